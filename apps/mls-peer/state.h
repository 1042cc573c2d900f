/* What several chapters of the interface share: groups as the peer holds them. */
#ifndef MLS_PEER_STATE_H
#define MLS_PEER_STATE_H

#include "call.h"

/* A fresh client with a key package for the identity, as a JOINER. */
BASE_MUST_USE base_err state_joiner_new(call *c, mls_suite suite, base_bytes identity,
                                        peer_thing **out, base_buf *message);

/* A key package of a client that exists, valid from an hour ago for four weeks. */
BASE_MUST_USE base_err state_key_package(call *c, peer_client *client, const peer_self *self,
                                         base_buf *message);

/* A new STATE of the client over a group, which it takes, on failure too. self is copied. */
BASE_MUST_USE base_err state_new(call *c, peer_client *client, const peer_self *self,
                                 mls_group *group, peer_thing **out);

/* How this state's handshake messages travel. */
mls_framing state_framing(const peer_thing *t);

/* The leaf whose basic credential is the identity. Refused with "MEMBER" when there is none, or
 * more than one. */
BASE_MUST_USE base_err state_member(call *c, const mls_group *g, base_bytes identity,
                                    mls_leaf_index *out);

/* state_id and epoch_authenticator. */
void state_answer(call *c, const peer_thing *t);

/* ratchet_tree: the group's when `beside`, else empty. */
BASE_MUST_USE base_err state_answer_tree(call *c, const mls_group *g, bool beside);

/* transaction_id, signature_priv and the message under its name. libmls gives the private halves of
 * a key package to nobody, so that init_priv and encryption_priv are not in the answer. */
void state_answer_joiner(call *c, const peer_thing *t, const char *name, base_bytes message);

/* A proposal by its parts, as a group, or an outsider who knows the group's id and members, makes
 * it: a description of the interface. group may be NULL for the types that need no member. */
BASE_MUST_USE base_err state_describe(call *c, const json_t *description, base_bytes group_id,
                                      const mls_group *group, mls_proposal_params *out);

#endif
