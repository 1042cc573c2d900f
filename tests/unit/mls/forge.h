/* A hostile member for tests: commits and proposals with everything right, signature, tags and
 * keys, but for what the test wants wrong. It builds as libmls does and judges nothing. What it
 * makes travels as PublicMessage, so that a refused message uses no key and the next one can be
 * tried on the same group. */
#ifndef TEST_MLS_FORGE_H
#define TEST_MLS_FORGE_H

#include "support/mls_world.h"

#include "base/alloc.h"
#include "mls/commit_make.h"
#include "mls/joining.h"
#include "mls/key_package.h"
#include "mls/leaf_node.h"
#include "mls/member.h"
#include "mls/parent_hash.h"
#include "mls/proposal_make.h"
#include "mls/protect.h"
#include "mls/transcript.h"
#include "mls/transition.h"
#include "mls/update_path.h"

#define FORGE_ITEMS 16

typedef struct forge forge;
struct forge {
    mls_group *g;         /* the group as the forger sees it; NULL ends a forgery with nothing */
    mls_sender committer; /* a member, or new_member_commit with `member` */
    const mls_member_params *member;
    const base_secret *init_secret;
    mls_list_item items[FORGE_ITEMS];
    size_t n;
    bool no_path;
    bool wrong_tag;
    /* Called when the path is in the tree and not sealed yet: to make it wrong. */
    void (*spoil)(forge *f, mls_transition *t, const mls_path_secrets *secrets);
    void *user;
};

static inline forge forge_of(person *p)
{
    return (forge){.g = p->group, .committer = {MLS_SENDER_MEMBER, mls_group_own_leaf(p->group).v}};
}

/* One proposal by value, said to come from the committer; or a kept one. */
static inline void forge_add(forge *f, const mls_proposal *p)
{
    assert_true(f->n < FORGE_ITEMS);
    f->items[f->n++] = (mls_list_item){
        .proposal = p, .sender = f->committer, .by_value = true, .leaf = {UINT32_MAX}};
}

static inline void forge_add_kept(forge *f, size_t i)
{
    assert_true(f->n < FORGE_ITEMS && i < f->g->kept.n);
    const mls_kept_proposal *kept = f->g->kept.v[i];
    f->items[f->n++] = (mls_list_item){.proposal = kept->content.content.proposal,
                                       .sender = kept->content.content.sender,
                                       .kept = kept,
                                       .leaf = {UINT32_MAX}};
}

/* Apply without judging; what cannot be applied is passed over. */
static inline void forge_apply_type(mls_transition *t, mls_proposal_type type)
{
    for (size_t i = 0; i < t->list.n; i++) {
        mls_list_item *item = &t->list.v[i];
        const mls_proposal *p = item->proposal;
        if (p->type != type) {
            continue;
        }
        if (type == MLS_PROPOSAL_REMOVE && mls_tree_leaf(t->tree, p->removed) != NULL) {
            assert_ok(mls_tree_remove_leaf(t->tree, p->removed));
            item->leaf = p->removed;
        } else if (type == MLS_PROPOSAL_SELF_REMOVE) {
            item->leaf.v = item->sender.index;
            if (mls_tree_leaf(t->tree, item->leaf) != NULL) {
                assert_ok(mls_tree_remove_leaf(t->tree, item->leaf));
            }
        } else if (type == MLS_PROPOSAL_UPDATE) {
            item->leaf.v = item->sender.index;
            if (mls_tree_leaf(t->tree, item->leaf) != NULL) {
                assert_ok(mls_tree_update_leaf(t->tree, item->leaf, &p->leaf_node));
            }
        } else if (type == MLS_PROPOSAL_ADD) {
            assert_ok(mls_tree_add_leaf(t->tree, &p->key_package.leaf_node, &item->leaf));
            t->applied.added[t->applied.n_added++] = item->leaf;
        } else if (type == MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS) {
            t->applied.extensions = p->extensions;
        } else if (type == MLS_PROPOSAL_EXTERNAL_INIT) {
            t->applied.external_init = p;
        } else if (type == MLS_PROPOSAL_REINIT) {
            t->applied.reinit = p;
        }
    }
}

static inline void forge_apply(forge *f, mls_transition *t)
{
    static const mls_proposal_type order[] = {MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                                              MLS_PROPOSAL_SELF_REMOVE,
                                              MLS_PROPOSAL_REMOVE,
                                              MLS_PROPOSAL_UPDATE,
                                              MLS_PROPOSAL_ADD,
                                              MLS_PROPOSAL_EXTERNAL_INIT,
                                              MLS_PROPOSAL_REINIT};
    assert_ok(mls_tree_overlay_new(f->g->epoch.tree, &t->tree));
    t->applied.extensions = f->g->epoch.context.extensions;
    t->applied.added =
        (mls_leaf_index *)base_alloc_zero(f->g->ctx->alloc, FORGE_ITEMS, sizeof(mls_leaf_index));
    for (size_t i = 0; i < f->n; i++) {
        assert_ok(mls_proposal_list_add(&t->list, &f->items[i]));
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        forge_apply_type(t, order[i]);
    }
    t->keys = f->g->epoch.keys;
    t->committer.v =
        f->committer.type == MLS_SENDER_MEMBER ? f->committer.index : mls_tree_next_leaf(t->tree).v;
}

/* Sign the committer's leaf in the tree again, as leaf says. */
static inline void forge_put_leaf(forge *f, mls_transition *t, mls_leaf_node leaf)
{
    base_buf signature = {0};
    mls_node *node = NULL;
    assert_ok(mls_leaf_node_sign(&f->g->epoch.suite, base_secret_bytes(&t->signature_private),
                                 &leaf, f->g->epoch.context.group_id, t->committer, &signature));
    leaf.signature = base_buf_bytes(&signature);
    assert_ok(mls_node_from_leaf(f->g->ctx->alloc, &leaf, &node));
    assert_ok(mls_tree_put(t->tree, mls_node_of_leaf(t->committer), node));
    base_buf_clear(&signature);
}

/* Give a node of the path another key, and make the parent hashes and the leaf fit it. */
static inline void forge_put_key(forge *f, mls_transition *t, const mls_path_secrets *secrets,
                                 size_t i, base_bytes key)
{
    crypto_digest leaf_hash = {0};
    base_bytes keys[MLS_TREE_DEPTH_MAX];
    base_buf copies[MLS_TREE_DEPTH_MAX] = {0};
    for (size_t k = 0; k < secrets->path.n; k++) {
        const mls_node *node = mls_tree_node(t->tree, secrets->path.node[k]);
        assert_ok(base_buf_set(&copies[k], k == i ? key : node->parent.encryption_key));
        keys[k] = base_buf_bytes(&copies[k]);
    }
    assert_ok(mls_parent_hash_put_path(t->tree, &secrets->path, keys, &leaf_hash));
    mls_leaf_node leaf = *mls_tree_leaf(t->tree, t->committer);
    leaf.parent_hash = crypto_digest_bytes(&leaf_hash);
    forge_put_leaf(f, t, leaf);
    for (size_t k = 0; k < secrets->path.n; k++) {
        base_buf_clear(&copies[k]);
    }
}

static inline void forge_path(forge *f, mls_transition *t, base_buf *path)
{
    mls_member member = {0};
    mls_path_secrets secrets = {0};
    if (f->member != NULL) {
        assert_ok(mls_member_init(&member, &f->g->epoch.suite, f->member, f->g->ctx->alloc));
    } else {
        mls_member_keep(&member, mls_group_own_node(f->g), &f->g->signature_private);
    }
    const mls_path_params params = {&member.leaf, base_secret_bytes(&member.private_key),
                                    f->g->epoch.context.group_id};
    assert_ok(mls_path_make(t->tree, t->committer, &params, &secrets, &t->keys));
    t->signature_private = member.private_key;
    t->commit_secret = secrets.commit_secret;
    if (f->spoil != NULL) {
        f->spoil(f, t, &secrets);
    }
    assert_ok(mls_transition_provisional(t));
    assert_ok(mls_path_seal(t->tree, &secrets, t->applied.added, t->applied.n_added,
                            base_buf_bytes(&t->context), path));
    mls_path_secrets_clear(&secrets);
    mls_member_clear(&member);
}

static inline void forge_body(const forge *f, base_bytes path, base_buf *body)
{
    base_wr w = base_wr_on(body);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < f->n; i++) {
        mls_proposal_or_ref p = {.proposal = f->items[i].proposal};
        if (!f->items[i].by_value) {
            p = (mls_proposal_or_ref){.ref = crypto_digest_bytes(&f->items[i].kept->ref)};
        }
        mls_proposal_or_ref_write(&w, &p);
    }
    base_wr_close(&w, mark);
    base_wr_bool(&w, path.n > 0);
    base_wr_fixed(&w, path);
    assert_ok(base_wr_end(&w));
}

/* Encode content with its signature as a PublicMessage; `decoded` parts need not be set. */
static inline base_buf forge_public(const mls_group *g, const mls_auth_content *c)
{
    base_buf message = {0};
    base_buf tbm = {0};
    crypto_digest tag = {0};
    base_wr w = base_wr_on(&tbm);
    mls_content_tbs_write(&w, c, base_buf_bytes(&g->epoch.encoded));
    mls_content_auth_write(&w, c);
    assert_ok(base_wr_end(&w));
    if (c->content.sender.type == MLS_SENDER_MEMBER) {
        assert_ok(crypto_mac(&g->epoch.suite, base_secret_bytes(&g->epoch.secrets.membership_key),
                             base_buf_bytes(&tbm), &tag));
    }
    const mls_public_message m = {*c, crypto_digest_bytes(&tag)};
    base_wr out = base_wr_on(&message);
    mls_message_begin(&out, MLS_WIRE_PUBLIC_MESSAGE);
    mls_public_message_write(&out, &m);
    assert_ok(base_wr_end(&out));
    base_buf_clear(&tbm);
    return message;
}

static inline void forge_sign(const forge *f, mls_content_type type, base_bytes body,
                              base_buf *signature, mls_auth_content *c)
{
    *c = (mls_auth_content){.wire_format = MLS_WIRE_PUBLIC_MESSAGE,
                            .content = {.group_id = f->g->epoch.context.group_id,
                                        .epoch = f->g->epoch.context.epoch,
                                        .sender = f->committer,
                                        .type = type,
                                        .body = body}};
    assert_ok(mls_content_sign(&f->g->epoch.suite, base_secret_bytes(&f->g->signature_private), c,
                               base_buf_bytes(&f->g->epoch.encoded), signature));
    c->signature = base_buf_bytes(signature);
}

/* The Commit as a message. */
static inline base_buf forge_commit(forge *f)
{
    mls_transition t;
    base_buf path = {0};
    base_buf body = {0};
    base_buf signature = {0};
    mls_staged *s = NULL;
    mls_auth_content c;
    mls_transition_init(&t, f->g, f->committer, true, WORLD_NOW);
    forge_apply(f, &t);
    if (!f->no_path) {
        forge_path(f, &t, &path);
    }
    if (f->init_secret != NULL) {
        t.init_secret = *f->init_secret;
    }
    (void)!mls_transition_psks(&t); /* a PSK that is missing leaves the tag wrong */
    forge_body(f, base_buf_bytes(&path), &body);
    forge_sign(f, MLS_CONTENT_COMMIT, base_buf_bytes(&body), &signature, &c);
    crypto_digest tag = {.n = f->g->epoch.suite.hash->size};
    if (mls_transition_finish(&t, &c, !f->no_path, NULL, &s) == BASE_OK) {
        tag = s->next.epoch.confirmation_tag;
    }
    tag.b[0] ^= f->wrong_tag ? 1 : 0;
    c.confirmation_tag = crypto_digest_bytes(&tag);
    base_buf message = forge_public(f->g, &c);
    mls_staged_free(s);
    base_buf_clear(&path);
    base_buf_clear(&body);
    base_buf_clear(&signature);
    mls_transition_clear(&t);
    return message;
}

/* A proposal alone, from the committer. */
static inline base_buf forge_proposal(const forge *f, const mls_proposal *p)
{
    base_buf body = {0};
    base_buf signature = {0};
    mls_auth_content c;
    base_wr w = base_wr_on(&body);
    mls_proposal_write(&w, p);
    assert_ok(base_wr_end(&w));
    forge_sign(f, MLS_CONTENT_PROPOSAL, base_buf_bytes(&body), &signature, &c);
    base_buf message = forge_public(f->g, &c);
    base_buf_clear(&body);
    base_buf_clear(&signature);
    return message;
}

/* What p says to the forged commit; and to the proposals alone. */
static inline base_err forge_answer(forge *f, person *p)
{
    base_buf message = forge_commit(f);
    base_err err = person_receive(p, base_buf_bytes(&message));
    base_buf_clear(&message);
    return err;
}

static inline base_err forge_answer_proposal(const forge *f, person *p,
                                             const mls_proposal *proposal)
{
    base_buf message = forge_proposal(f, proposal);
    base_err err = person_receive(p, base_buf_bytes(&message));
    base_buf_clear(&message);
    return err;
}

/* ---- material ---- */

/* A KeyPackage of p's as an Add; the view borrows from both. */
typedef struct forged_add {
    base_buf message;
    base_arena lists;
    mls_proposal view;
} forged_add;

static inline void forge_key_package(const world *w, person *p, forged_add *out)
{
    mls_message m;
    *out = (forged_add){.message = person_key_package(w, p)};
    assert_ok(mls_message_decode(base_buf_bytes(&out->message), &out->lists, &m));
    out->view = (mls_proposal){.type = MLS_PROPOSAL_ADD, .key_package = m.key_package};
}

static inline void forged_add_clear(forged_add *a)
{
    base_buf_clear(&a->message);
    base_arena_clear(&a->lists);
}

#endif
