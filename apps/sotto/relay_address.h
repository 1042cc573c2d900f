/* A relay's address as a person may write it, made into the URL that is kept. */
#ifndef APP_RELAY_ADDRESS_H
#define APP_RELAY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* "relay.example.org", "relay.example.org:8443" and "wss://…" are under TLS; "ws://…", and an
 * address of this machine without a scheme, are plain. *exposed: plain, and not to this machine.
 * False, with a sentence, when it is no address. */
bool relay_address(const char *text, char *url, size_t size, bool *exposed);

#endif
