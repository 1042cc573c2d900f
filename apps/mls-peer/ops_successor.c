/* Groups that follow others (sections 11.2 and 11.3): reinitialisation and branches. Both groups
 * belong to one client, whose store has the old one's resumption_psk. */
#include "commit.h"
#include "state.h"

/* ---- reinitialisation: the end of the old group ---- */

/* Merge the commit, and wait for the group that follows with a key package of its suite. */
static base_err end_group(call *c, peer_thing *t, mls_staged **staged)
{
    base_err err = BASE_OK;
    peer_thing *fresh = NULL;
    base_buf message = {0};
    const mls_reinit *reinit = commit_reinit_of(*staged);
    REQUIRE(reinit != NULL, call_refuse(c, "KIND", "the commit holds no ReInit"));
    TRY(peer_thing_new(c->p, t->client, PEER_REINIT, &fresh));
    TRY(base_buf_set(&fresh->group_id, base_buf_bytes(&t->group_id)));
    TRY(peer_self_new(&fresh->self, t->client->ctx, reinit->suite,
                      base_buf_bytes(&t->self.identity)));
    fresh->private_handshake = t->private_handshake;
    TRY(state_key_package(c, t->client, &fresh->self, &message));
    TRY(mls_group_merge(t->group, *staged));
    *staged = NULL;
    answer_uint(c, "reinit_id", fresh->id);
    answer_bytes(c, "key_package", base_buf_bytes(&message));
    answer_bytes(c, "epoch_authenticator", mls_group_epoch_authenticator(t->group));
    TRY(call_ok(c));
    peer_state_new_epoch(t);
done:
    base_buf_clear(&message);
    return err;
}

static base_err run_handle_pending_reinit(call *c)
{
    base_err err = BASE_OK;
    mls_staged *staged = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    TRY(call_ok(c));
    TRY(commit_pending(c, t, &staged));
    TRY(end_group(c, t, &staged));
done:
    mls_staged_free(staged);
    return err;
}

static base_err run_handle_reinit(call *c)
{
    base_err err = BASE_OK;
    mls_staged *staged = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    TRY(call_ok(c));
    TRY(commit_receive(c, t, &staged));
    TRY(end_group(c, t, &staged));
done:
    mls_staged_free(staged);
    return err;
}

/* ---- the group that follows ---- */

/* Answer a group that a client has made or joined; it is taken, on failure too. */
static base_err answer_group(call *c, const peer_thing *from, const peer_self *self, mls_group *g)
{
    peer_thing *t = NULL;
    base_err err = state_new(c, from->client, self, g, &t);
    if (err == BASE_OK) {
        t->private_handshake = from->private_handshake;
        state_answer(c, t);
        err = call_ok(c);
    }
    return err;
}

static base_err answer_made(call *c, const peer_thing *from, const peer_self *self, bool beside,
                            base_bytes welcome, mls_group *g)
{
    answer_bytes(c, "welcome", welcome);
    base_err err = state_answer_tree(c, g, beside);
    if (err != BASE_OK) {
        mls_group_free(g);
        return err;
    }
    return answer_group(c, from, self, g);
}

static base_err run_reinit_welcome(call *c)
{
    base_err err = BASE_OK;
    mls_group *old = NULL;
    mls_group *g = NULL;
    base_buf welcome = {0};
    base_bytes *packages = NULL;
    peer_thing *t = call_thing(c, "reinit_id", PEER_REINIT);
    size_t n = call_bytes_list(c, c->request, "key_package", &packages);
    bool beside = call_bool(c, c->request, "external_tree");
    (void)call_bool(c, c->request, "force_path"); /* such a commit always has a path */
    TRY(call_ok(c));
    TRY(mls_group_load(t->client->ctx, base_buf_bytes(&t->group_id), &old));
    const mls_member_params member = peer_self_member(&t->self);
    const mls_successor_params params = {
        .member = &member, .key_packages = packages, .n_key_packages = n, .tree_beside = beside};
    TRY(mls_group_reinit(old, &params, c->now, &welcome, &g));
    err = answer_made(c, t, &t->self, beside, base_buf_bytes(&welcome), g);
done:
    base_buf_clear(&welcome);
    mls_group_free(old);
    return err;
}

static base_err run_handle_reinit_welcome(call *c)
{
    base_err err = BASE_OK;
    mls_group *g = NULL;
    peer_thing *t = call_thing(c, "reinit_id", PEER_REINIT);
    base_bytes welcome = call_bytes(c, c->request, "welcome");
    base_bytes tree = call_bytes(c, c->request, "ratchet_tree");
    TRY(call_ok(c));
    TRY(mls_group_join(t->client->ctx, welcome, tree, c->now, &g));
    err = answer_group(c, t, &t->self, g);
done:
    return err;
}

/* ---- branches ---- */

static base_err run_create_branch(call *c)
{
    base_err err = BASE_OK;
    mls_group *g = NULL;
    base_buf welcome = {0};
    base_bytes *packages = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    base_bytes group_id = call_bytes(c, c->request, "group_id");
    mls_extension_list extensions = call_extensions(c, c->request, "extensions");
    size_t n = call_bytes_list(c, c->request, "key_packages", &packages);
    bool beside = call_bool(c, c->request, "external_tree");
    (void)call_bool(c, c->request, "force_path"); /* such a commit always has a path */
    TRY(call_ok(c));
    const mls_member_params member = peer_self_member(&t->self);
    const mls_successor_params params = {.group_id = group_id,
                                         .member = &member,
                                         .extensions = extensions,
                                         .key_packages = packages,
                                         .n_key_packages = n,
                                         .tree_beside = beside};
    TRY(mls_group_branch(t->group, &params, c->now, &welcome, &g));
    err = answer_made(c, t, &t->self, beside, base_buf_bytes(&welcome), g);
done:
    base_buf_clear(&welcome);
    return err;
}

/* The key package was made by a client of its own; what its store has moves to the old group's. */
static base_err run_handle_branch(call *c)
{
    base_err err = BASE_OK;
    mls_group *g = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    peer_thing *joiner = call_thing(c, "transaction_id", PEER_JOINER);
    base_bytes welcome = call_bytes(c, c->request, "welcome");
    base_bytes tree = call_bytes(c, c->request, "ratchet_tree");
    TRY(call_ok(c));
    TRY(peer_store_copy(&t->client->store, &joiner->client->store));
    TRY(mls_group_join(t->client->ctx, welcome, tree, c->now, &g));
    TRY(answer_group(c, t, &joiner->self, g));
    peer_drop(c->p, joiner);
done:
    return err;
}

const op ops_successor[] = {
    {"HandlePendingReInitCommit", "state_id", run_handle_pending_reinit},
    {"HandleReInitCommit", "state_id proposal commit", run_handle_reinit},
    {"ReInitWelcome", "reinit_id key_package force_path external_tree", run_reinit_welcome},
    {"HandleReInitWelcome", "reinit_id welcome ratchet_tree", run_handle_reinit_welcome},
    {"CreateBranch", "state_id group_id extensions key_packages force_path external_tree",
     run_create_branch},
    {"HandleBranch", "state_id transaction_id welcome ratchet_tree", run_handle_branch},
    {NULL, NULL, NULL},
};
