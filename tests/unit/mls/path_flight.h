/* A path under way, from one member to a receiver, for tests that look at it or change it on the
 * way. */
#ifndef TEST_MLS_PATH_FLIGHT_H
#define TEST_MLS_PATH_FLIGHT_H

#include "tree_rig.h"

/* A path under way, from one member, on two overlays: the committer's and a receiver's. */
typedef struct flight {
    rig_path path;
    mls_path_secrets secrets;
    mls_tree_private priv;
    mls_tree *received;
} flight;

static inline void take_off(rig *r, flight *f, uint32_t by)
{
    mls_tree *made = rig_overlay(r);
    memset(f, 0, sizeof *f);
    rig_make_path(r, made, (mls_leaf_index){by}, NULL, 0, &f->path, &f->secrets, &f->priv);
    mls_tree_free(made);
    f->received = rig_overlay(r);
}

static inline void land(flight *f)
{
    rig_path_clear(&f->path);
    mls_path_secrets_clear(&f->secrets);
    mls_tree_private_clear(&f->priv);
    mls_tree_free(f->received);
}

static inline base_err apply(flight *f, uint32_t by)
{
    mls_received_path in = {.sender = {by}, .path = &f->path.view};
    return mls_path_apply(f->received, &in);
}

/* Put a path, changed or not, to a fresh overlay. */
static inline base_err applied_to(rig *r, flight *f, uint32_t by)
{
    mls_tree_free(f->received);
    f->received = rig_overlay(r);
    return apply(f, by);
}

static inline base_err open_as(rig *r, flight *f, uint32_t by, uint32_t own,
                               base_secret *path_secret)
{
    base_secret commit_secret = {0};
    base_buf context = rig_encoded_context(r, f->received);
    mls_received_path in = {.sender = {by}, .path = &f->path.view};
    in.group_context = base_buf_bytes(&context);
    base_err err = mls_path_open(f->received, &in, &r->at[own].priv, &commit_secret, path_secret);
    base_secret_clear(&commit_secret);
    base_buf_clear(&context);
    return err;
}

#endif
