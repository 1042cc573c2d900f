/* How a device is reached: the mailbox and the shelf, with what opens them. As the leaf extension
 * `home` it is told to the members of a conversation; with an identity hash it is the contact link
 * that a person gives away (docs/client.md, sections 4 and 6).
 *
 *     struct {
 *         opaque relay<V>;          URL: ws:// or wss://, at most 255 bytes
 *         opaque mailbox[32];
 *         uint32 door;              0: the open door; else the number of a deliver token
 *         opaque token[32];         of that door
 *         opaque shelf[32];
 *         opaque shelf_token[32];
 *         opaque shelf_key[32];     opens the sealed key packages
 *     } Reach;
 *
 *     struct {
 *         uint8 version = 1;
 *         Reach reach;
 *         opaque identity[32];
 *         opaque name<V>;           as the person calls themselves, UTF-8, at most 64 bytes: a hint
 *                                   for the list of people until they answer; may be empty
 *     } ContactLink;
 *
 * The text of a link is "sotto:" and the base64url of ContactLink. */
#ifndef SOTTO_REACH_H
#define SOTTO_REACH_H

#include "base/rd.h"
#include "base/wr.h"
#include "prims.h"

#define SOTTO_RELAY_URL_MAX 255
#define SOTTO_LINK_TEXT_MAX 1024
#define SOTTO_LINK_NAME_MAX 64

typedef struct sotto_reach {
    char relay[SOTTO_RELAY_URL_MAX + 1];
    uint8_t mailbox[32];
    uint32_t door;
    uint8_t token[32];
    uint8_t shelf[32];
    uint8_t shelf_token[32];
    uint8_t shelf_key[32];
} sotto_reach;

typedef struct sotto_contact_link {
    sotto_reach reach;
    sotto_hash identity;
    char name[SOTTO_LINK_NAME_MAX + 1];
} sotto_contact_link;

/* Whether a URL is one we would ever connect to: ws:// or wss://, a host, printable ASCII without
 * spaces, no user info, no fragment. */
bool sotto_relay_url_ok(base_bytes url);

void sotto_reach_write(base_wr *w, const sotto_reach *reach);
void sotto_reach_read(base_rd *r, sotto_reach *out);

/* Set the name: a longer one is cut between characters. */
void sotto_contact_link_call(sotto_contact_link *link, const char *name);

/* The text of a link, appended to out; and back. White space around the text is ignored, everything
 * else is refused. Errors: SOTTO_E_LINK. */
BASE_MUST_USE base_err sotto_contact_link_text(const sotto_contact_link *link, base_buf *out);
BASE_MUST_USE base_err sotto_contact_link_parse(base_bytes text, sotto_contact_link *out);

/* The same without the text form: what a directory entry holds, encrypted. */
BASE_MUST_USE base_err sotto_contact_link_encode(const sotto_contact_link *link, base_buf *out);
BASE_MUST_USE base_err sotto_contact_link_decode(base_bytes in, sotto_contact_link *out);

#endif
