/* What the examples share: clients (client.h), what they publish, how two of them meet, and how one
 * receives. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <sotto/mls_app.h>

#include "client.h"

/* What a client publishes so that others can add it. */
static inline base_buf client_key_package(client *c)
{
    base_buf message = {0};
    mls_key_package_params params = {0};
    params.member = client_member(c);
    params.not_before = now() - 3600;
    params.not_after = now() + 30 * 24 * 3600;
    must(mls_key_package_new(c->ctx, &params, &message, NULL), "a key package");
    return message;
}

/* c founds a group and adds a guest: two_people.c goes through the steps. */
static inline void client_meet(client *c, client *guest, const char *group_id)
{
    base_buf key_package = client_key_package(guest);
    mls_member_params member = client_member(c);
    mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                               .key_package = base_buf_bytes(&key_package)};
    mls_commit_params params = {.proposals = &add, .n_proposals = 1};
    mls_commit_out made = {0};
    must(mls_group_create(c->ctx, text(group_id), &member, (mls_extension_list){0}, now(),
                          &c->group),
         "a group");
    must(mls_group_commit(c->group, &params, now(), &made), "a commit");
    must(mls_group_merge(c->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_group_join(guest->ctx, base_buf_bytes(&made.welcome), (base_bytes){0}, now(),
                        &guest->group),
         "to join");
    mls_commit_out_clear(&made);
    base_buf_clear(&key_package);
}

/* A dictionary with one entry: the content of an app_data_dictionary extension. Takes data. */
static inline base_buf dictionary(uint16_t component, base_buf data)
{
    base_buf out = {0};
    mls_app_data item = {component, base_buf_bytes(&data)};
    must(mls_app_data_encode(&item, 1, &out), "a dictionary");
    base_buf_clear(&data);
    return out;
}

/* The dictionary of a leaf: which components its client has. */
static inline base_buf leaf_dictionary(const uint16_t *components, size_t n)
{
    base_buf list = {0};
    must(mls_u16_list_encode((mls_u16_list){components, n}, &list), "a list");
    return dictionary(MLS_COMPONENT_APP_COMPONENTS, list);
}

/* Receive, and merge what is a commit. *out is to be cleared. */
static inline base_err client_receive(client *c, const base_buf *message, mls_received *out)
{
    *out = (mls_received){0};
    base_err err = mls_group_receive(c->group, base_buf_bytes(message), now(), out);
    if (err == BASE_OK && out->kind == MLS_RECEIVED_COMMIT) {
        must(mls_group_merge(c->group, out->staged), "a merge");
        out->staged = NULL;
    }
    return err;
}

#endif
