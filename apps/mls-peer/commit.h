/* Commits on their way in, for the chapters that merge them. */
#ifndef MLS_PEER_COMMIT_H
#define MLS_PEER_COMMIT_H

#include "call.h"

/* The state's own pending commit; the commit that the request brings, with its proposals. Given. */
BASE_MUST_USE base_err commit_pending(call *c, peer_thing *t, mls_staged **out);
BASE_MUST_USE base_err commit_receive(call *c, peer_thing *t, mls_staged **out);

/* The ReInit that a commit holds, or NULL; borrowed from s. */
const mls_reinit *commit_reinit_of(const mls_staged *s);

#endif
