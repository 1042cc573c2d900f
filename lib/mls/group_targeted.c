/* Targeted messages in a group: whose they are and whom they are for (section 7 of
 * draft-ietf-mls-targeted-messages-01). Messages of the current epoch alone, the draft's most
 * conservative choice: keys of a past epoch would have to be kept for others. Nothing in the group
 * changes; a message can be opened again. */
#include <sotto/mls_app.h>

#include "persist.h"
#include "targeted.h"

static mls_targeted_epoch epoch_of(const mls_group *g)
{
    return (mls_targeted_epoch){&g->epoch.suite,
                                base_secret_bytes(&g->epoch.secrets.exporter_secret)};
}

base_err mls_group_targeted_seal(const mls_group *g, mls_leaf_index recipient, base_bytes plaintext,
                                 const mls_framing *framing, base_buf *message)
{
    if (g == NULL || message == NULL || (framing != NULL && framing->is_public) ||
        recipient.v == g->epoch.keys.leaf.v) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_buf out = base_buf_on(g->ctx->alloc);
    const mls_leaf_node *leaf = NULL;
    TRY(mls_group_require_active(g));
    TRY(mls_persist_need_leaf(g, recipient, &leaf));
    REQUIRE(plaintext.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    const mls_targeted_epoch e = epoch_of(g);
    const mls_targeted_from from = {g->epoch.keys.leaf, base_secret_bytes(&g->signature_private),
                                    leaf->encryption_key};
    const mls_targeted_message m = {
        .group_id = g->epoch.context.group_id,
        .epoch = g->epoch.context.epoch,
        .recipient = recipient,
        .authenticated_data = framing != NULL ? framing->authenticated_data : BASE_BYTES_NONE};
    TRY(mls_targeted_protect(&e, &from, &m, plaintext, framing != NULL ? framing->pad_to : 0,
                             &out));
    REQUIRE(out.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    base_buf_move(message, &out);
done:
    base_buf_clear(&out);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}

void mls_targeted_clear(mls_targeted *t)
{
    if (t != NULL) {
        base_buf_clear(&t->authenticated_data);
        base_buf_clear(&t->plaintext);
    }
}

/* The steps of section 7 in their order. */
static base_err open_for_me(const mls_group *g, const mls_targeted_message *m, mls_targeted *out)
{
    base_err err = BASE_OK;
    base_buf memory = base_buf_on(g->ctx->alloc);
    mls_targeted_sender sender = {0};
    const mls_targeted_epoch e = epoch_of(g);
    TRY(mls_group_check_address(g, m->group_id, m->epoch));           /* V-T7-1, V-T7-2 */
    REQUIRE(m->recipient.v == g->epoch.keys.leaf.v, MLS_E_RECIPIENT); /* V-T7-3 */
    TRY(mls_targeted_open_sender(&e, m, &memory, &sender));
    const mls_leaf_node *leaf = NULL;
    err = mls_persist_need_leaf(g, sender.leaf, &leaf);
    REQUIRE(err != BASE_E_NOT_FOUND, MLS_E_SENDER); /* V-T7-5 */
    TRY(err);
    const mls_targeted_keys keys = {leaf->signature_key,
                                    base_secret_bytes(&g->epoch.keys.leaf_key)};
    TRY(mls_targeted_open(&e, m, &sender, &keys, &out->plaintext));
    TRY(base_buf_set(&out->authenticated_data, m->authenticated_data));
    out->sender = sender.leaf;
    out->epoch = m->epoch;
done:
    base_buf_clear(&memory);
    return err;
}

base_err mls_group_targeted_open(const mls_group *g, base_bytes message, mls_targeted *out)
{
    if (g == NULL || out == NULL) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    base_arena lists = base_arena_on(g->ctx->alloc, 0);
    mls_message m;
    mls_targeted made = {.authenticated_data = base_buf_on(g->ctx->alloc),
                         .plaintext = base_buf_on(g->ctx->alloc)};
    TRY(mls_group_require_active(g));
    REQUIRE(message.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_message_decode(message, &lists, &m));
    REQUIRE(m.wire_format == MLS_WIRE_TARGETED_MESSAGE, MLS_E_WIRE_FORMAT);
    TRY(open_for_me(g, &m.targeted_message, &made));
    *out = made;
    made = (mls_targeted){0};
done:
    mls_targeted_clear(&made);
    base_arena_clear(&lists);
    base_wipe_stack(MLS_STACK_DEEP);
    return err;
}
