/* The page: its files from a folder, served with page_server; its WebSockets as clients of the API;
 * and the one-time secrets of its links. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include <sotto/sotto.h>

#include "peer.h"

struct agent;

#define PAGE_LINK_MAX 128

/* Load the files of `web` (NULL: look beside the program and in its source tree) and listen on the
 * port of settings, else on any free one, which is remembered. Without a page the agent serves
 * terminals all the same. Errors: BASE_E_NOMEM, BASE_E_STATE. */
BASE_MUST_USE base_err page_start(struct agent *a, const char *web, bool port_is_asked);
void page_stop(struct agent *a);

/* A fresh link with a one-time secret, good for 10 minutes. BASE_E_NOT_FOUND: there is no page. */
BASE_MUST_USE base_err page_link(struct agent *a, char out[static PAGE_LINK_MAX]);

/* Whether a one-time secret is good; it is not afterwards. */
bool page_secret_take(struct agent *a, const uint8_t secret[static PEER_SECRET_BYTES]);

uint16_t page_port(const struct agent *a);

/* Send pages away that did not open their session in time; when to look again. */
void page_tick(struct agent *a);
uint64_t page_wake_at(const struct agent *a);

#endif
