/* Receiving (RFC 9420, sections 6 and 12): open a message, find out whose it is and whether it is
 * genuine, then do what its content asks. A one-time key is deleted once its message has proved
 * genuine and was dealt with, accepted or refused; it stays while something is lacking that may
 * come later. */
#include "app_data.h"
#include "base/alloc.h"
#include "commit_stage.h"
#include "persist.h"
#include "proposal_list.h"
#include "scratch.h"

/* A message on its way in. */
typedef struct receiving {
    mls_group *g;
    uint64_t now;
    mls_scratch scratch; /* where all below lies that ends with the call */
    base_arena lists;
    mls_message m;
    base_buf plaintext; /* of a PrivateMessage */
    mls_auth_content c;
    mls_ratchet_step step; /* of a PrivateMessage */
    bool has_step;
    mls_batch b;
    mls_kept_proposal *kept;
    mls_received out;
} receiving;

static void receiving_clear(receiving *r)
{
    base_arena_clear(&r->lists);
    base_buf_clear(&r->plaintext);
    mls_ratchet_step_clear(&r->step);
    mls_batch_clear(&r->b);
    mls_kept_proposal_free(r->kept);
    mls_received_clear(&r->out);
    mls_scratch_clear(&r->scratch);
}

void mls_received_clear(mls_received *r)
{
    if (r != NULL) {
        base_buf_clear(&r->authenticated_data);
        base_buf_clear(&r->plaintext);
        base_buf_clear(&r->proposal_ref);
        mls_staged_free(r->staged);
        r->staged = NULL;
    }
}

/* ---- whose it is ---- */

/* V-6.1-3 */
static base_err external_sender_key(receiving *r, uint32_t index, base_bytes *key)
{
    mls_external_sender_list list = {0};
    const mls_extension *e =
        mls_extension_find(r->g->epoch.context.extensions, MLS_EXTENSION_EXTERNAL_SENDERS);
    if (e == NULL) {
        return MLS_E_SENDER;
    }
    base_err err = mls_external_senders_decode(e->data, &r->lists, &list);
    if (err != BASE_OK) {
        return err;
    }
    if (index >= list.n) {
        return MLS_E_SENDER;
    }
    *key = list.v[index].signature_key;
    return BASE_OK;
}

/* V-6.1-2, V-6.3.2-2 */
static base_err member_key(const mls_group *g, mls_leaf_index at, base_bytes *key)
{
    const mls_leaf_node *leaf = NULL;
    base_err err = mls_persist_need_leaf(g, at, &leaf);
    if (err == BASE_OK) {
        *key = leaf->signature_key;
    }
    return err == BASE_E_NOT_FOUND ? MLS_E_SENDER : err;
}

/* The key that the content must be signed with (section 6.1). */
static base_err sender_key(receiving *r, base_bytes *key)
{
    const mls_sender *sender = &r->c.content.sender;
    switch (sender->type) {
    case MLS_SENDER_MEMBER:
        return member_key(r->g, (mls_leaf_index){sender->index}, key);
    case MLS_SENDER_EXTERNAL:
        return external_sender_key(r, sender->index, key);
    case MLS_SENDER_NEW_MEMBER_PROPOSAL:
    case MLS_SENDER_NEW_MEMBER_COMMIT:
        /* V-6.1-8, V-6.1-9 */
        return mls_content_joiner_key(&r->c, key);
    }
    return MLS_E_SENDER;
}

static base_err verify(receiving *r)
{
    base_bytes key = BASE_BYTES_NONE;
    base_err err = sender_key(r, &key);
    if (err == BASE_OK) {
        err =
            mls_content_verify(&r->scratch.suite, key, &r->c, base_buf_bytes(&r->g->epoch.encoded));
    }
    return err;
}

static bool is_own(const receiving *r)
{
    const mls_sender *sender = &r->c.content.sender;
    return sender->type == MLS_SENDER_MEMBER && sender->index == r->g->epoch.keys.leaf.v;
}

static base_err open_public(receiving *r)
{
    base_err err = BASE_OK;
    const mls_public_message *m = &r->m.public_message;
    r->c = m->auth;
    TRY(mls_group_check_address(r->g, r->c.content.group_id, r->c.content.epoch));
    TRY(mls_persist_need_tree(r->g));
    TRY(mls_public_check(&r->g->epoch.suite, base_secret_bytes(&r->g->epoch.secrets.membership_key),
                         base_buf_bytes(&r->g->epoch.encoded), m));
    TRY(verify(r));
    REQUIRE(!is_own(r), MLS_E_OWN_MESSAGE);
done:
    return err;
}

static base_err open_private(receiving *r)
{
    base_err err = BASE_OK;
    mls_group *g = r->g;
    const mls_private_message *m = &r->m.private_message;
    mls_sender_data sender = {0};
    TRY(mls_group_check_address(g, m->group_id, m->epoch));
    if (m->type != MLS_CONTENT_APPLICATION) {
        TRY(mls_persist_need_tree(g)); /* before a key is used */
    }
    TRY(mls_private_open_sender(
        &g->epoch.suite, base_secret_bytes(&g->epoch.secrets.sender_data_secret), m, &sender));
    base_bytes key = BASE_BYTES_NONE;
    TRY(member_key(g, sender.leaf, &key));
    REQUIRE(sender.leaf.v != g->epoch.keys.leaf.v, MLS_E_OWN_MESSAGE);
    TRY(mls_persist_need_sender(g, sender.leaf));
    TRY(mls_secret_tree_peek(g->messages, sender.leaf, mls_private_ratchet(m->type),
                             sender.generation, &r->step));
    r->has_step = true;
    r->out.generation = sender.generation;
    TRY(mls_private_open(&r->scratch.suite, m, &sender, &r->step.key, &r->lists, &r->plaintext,
                         &r->c));
    TRY(mls_content_check_sender(&r->c));
    TRY(verify(r));
done:
    return err;
}

static base_err open_message(receiving *r, base_bytes message)
{
    base_err err = BASE_OK;
    REQUIRE(message.n <= r->g->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(message, &r->lists, &r->m));
    switch (r->m.wire_format) {
    case MLS_WIRE_PUBLIC_MESSAGE:
        TRY(open_public(r));
        break;
    case MLS_WIRE_PRIVATE_MESSAGE:
        TRY(open_private(r));
        break;
    case MLS_WIRE_WELCOME:
    case MLS_WIRE_GROUP_INFO:
    case MLS_WIRE_KEY_PACKAGE:
    case MLS_WIRE_TARGETED_MESSAGE:
        REQUIRE(false, MLS_E_WIRE_FORMAT);
        break;
    }
    const mls_framed_content *c = &r->c.content;
    r->out.sender_type = c->sender.type;
    r->out.sender.v = c->sender.index;
    r->out.epoch = c->epoch;
    TRY(base_buf_set(&r->out.authenticated_data, c->authenticated_data));
done:
    return err;
}

/* ---- what it asks ---- */

static base_err take_proposal(receiving *r)
{
    base_err err = BASE_OK;
    mls_group *g = r->g;
    const mls_framed_content *c = &r->c.content;
    const mls_list_ground ground = {
        .ctx = g->ctx, .epoch = &g->epoch, .committer = c->sender, .now = r->now};
    base_buf encoded = base_buf_on(g->ctx->alloc);
    base_wr w = base_wr_on(&encoded);
    r->out.kind = MLS_RECEIVED_PROPOSAL;
    r->out.proposal = c->proposal->type;
    if (c->proposal->type == MLS_PROPOSAL_REMOVE) {
        r->out.removed = c->proposal->removed;
    } else if (c->proposal->type == MLS_PROPOSAL_SELF_REMOVE) {
        r->out.removed.v = c->sender.index;
    }
    TRY(mls_proposal_judge(&ground, &c->sender, c->proposal));
    mls_auth_content_write(&w, &r->c);
    TRY(base_wr_end(&w));
    TRY(mls_kept_proposal_new(&g->epoch.suite, g->ctx->alloc, base_buf_bytes(&encoded), NULL, NULL,
                              &r->kept));
    TRY(base_buf_set(&r->out.proposal_ref, crypto_digest_bytes(&r->kept->ref)));
    if (mls_kept_find(&g->kept, crypto_digest_bytes(&r->kept->ref)) != NULL) {
        mls_kept_proposal_free(r->kept);
        r->kept = NULL;
        goto done;
    }
    TRY(mls_kept_reserve(&g->kept, g->ctx->alloc, g->ctx->limits.proposals));
done:
    base_buf_clear(&encoded);
    return err;
}

static base_err take_content(receiving *r)
{
    base_err err = mls_safe_aad_judge(r->g->epoch.context.extensions, r->g->ctx->alloc,
                                      r->c.content.authenticated_data);
    if (err != BASE_OK) {
        return err;
    }
    switch (r->c.content.type) {
    case MLS_CONTENT_APPLICATION:
        r->out.kind = MLS_RECEIVED_APPLICATION;
        return base_buf_set(&r->out.plaintext, r->c.content.body);
    case MLS_CONTENT_PROPOSAL:
        return take_proposal(r);
    case MLS_CONTENT_COMMIT:
        r->out.kind = MLS_RECEIVED_COMMIT;
        err = mls_commit_stage(r->g, &r->c, r->now, &r->out.staged);
        if (err == BASE_OK && mls_staged_is_external(r->out.staged)) {
            r->out.sender = r->out.staged->committer_leaf;
        }
        return err;
    }
    return BASE_E_INTERNAL;
}

/* Whether the same message may fare better later: then its key has to stay. */
static bool may_come_again(base_err err)
{
    base_class class = base_err_class(err);
    return class == BASE_CLASS_RESOURCE || class == BASE_CLASS_INTERNAL ||
           err == MLS_E_PSK_MISSING || err == MLS_E_PROPOSAL_UNKNOWN;
}

/* Delete the key that a PrivateMessage used, and keep a proposal: one batch. */
static base_err settle(receiving *r)
{
    base_err err = BASE_OK;
    mls_group *g = r->g;
    if (r->has_step) {
        TRY(mls_secret_tree_consume(g->messages, &r->step));
        TRY(mls_persist_messages(g, &r->b));
    }
    if (r->kept != NULL) {
        mls_kept_save_add(&g->kept, &g->prefix, r->kept, &r->b);
    }
    TRY(mls_persist_write(g, &r->b));
    if (r->kept != NULL) {
        mls_kept_add(&g->kept, r->kept);
        r->kept = NULL;
    }
done:
    if (err != BASE_OK) {
        mls_persist_forget_messages(g);
    }
    return err;
}

/* What the caller gets, in memory that it may have brought: room first, which is all that can fail,
 * then the key is deleted, then the bytes. */
static base_err hand_out(receiving *r, mls_received *out)
{
    base_err err = BASE_OK;
    base_buf *const from[] = {&r->out.authenticated_data, &r->out.plaintext, &r->out.proposal_ref};
    base_buf *const to[] = {&out->authenticated_data, &out->plaintext, &out->proposal_ref};
    base_buf fresh[3] = {{0}, {0}, {0}};
    for (size_t i = 0; i < 3; i++) {
        TRY(mls_scratch_ready(&r->scratch, to[i], from[i]->n, &fresh[i]));
    }
    TRY(settle(r));
    mls_received given = r->out;
    for (size_t i = 0; i < 3; i++) {
        mls_scratch_fill(to[i], &fresh[i], base_buf_bytes(from[i]));
    }
    given.authenticated_data = out->authenticated_data;
    given.plaintext = out->plaintext;
    given.proposal_ref = out->proposal_ref;
    r->out.staged = NULL;
    *out = given;
done:
    for (size_t i = 0; i < 3; i++) {
        base_buf_clear(&fresh[i]);
    }
    return err;
}

base_err mls_group_receive(mls_group *g, base_bytes message, uint64_t now, mls_received *out)
{
    if (g == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    receiving r;
    r.g = g;
    r.now = now;
    mls_scratch_init(&r.scratch, &g->epoch.suite);
    const base_alloc *alloc = &r.scratch.port;
    r.lists = base_arena_on(alloc, 0);
    r.m = (mls_message){0};
    r.plaintext = base_buf_on(alloc);
    r.c = (mls_auth_content){0};
    r.step = (mls_ratchet_step){0};
    r.has_step = false;
    r.b = mls_batch_on(alloc);
    r.kept = NULL;
    r.out = (mls_received){.authenticated_data = base_buf_on(alloc),
                           .plaintext = base_buf_on(alloc),
                           .proposal_ref = base_buf_on(alloc)};
    TRY(mls_group_require_active(g));
    TRY(open_message(&r, message));
    err = take_content(&r);
    if (err != BASE_OK) {
        mls_kept_proposal_free(r.kept);
        r.kept = NULL;
        if (r.has_step && !may_come_again(err)) {
            base_err settled = settle(&r);
            err = settled != BASE_OK ? settled : err;
        }
        goto done;
    }
    TRY(hand_out(&r, out));
done:
    receiving_clear(&r);
    bool is_small = r.c.content.type == MLS_CONTENT_APPLICATION;
    base_wipe_stack(is_small ? MLS_STACK_SMALL : MLS_STACK_DEEP);
    return err;
}
