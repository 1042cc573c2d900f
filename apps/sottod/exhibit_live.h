/* `sottod exhibit --live`: what the relay holds, each second: what came, in its ciphertext's first
 * bytes, and that it goes once it is delivered. */
#ifndef SOTTOD_EXHIBIT_LIVE_H
#define SOTTOD_EXHIBIT_LIVE_H

#include "options.h"
#include "relay/store.h"

/* Until SIGINT or SIGTERM. On a terminal the screen is drawn again each second, elsewhere a line is
 * written for each change. Returns the exit code. */
int exhibit_live(const options *o, const relay_store *store);

#endif
