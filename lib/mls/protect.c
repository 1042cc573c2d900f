/* Protecting content, and application messages (section 15). */
#include "protect.h"

#include <sotto/mls_app.h>

#include "persist.h"
#include "scratch.h"

mls_wire_format mls_framing_wire(const mls_framing *f)
{
    return f != NULL && f->is_public ? MLS_WIRE_PUBLIC_MESSAGE : MLS_WIRE_PRIVATE_MESSAGE;
}

static base_err protect_private(mls_group *g, const mls_auth_content *c, const mls_framing *f,
                                mls_batch *b, base_buf *message)
{
    base_err err = BASE_OK;
    uint32_t generation = 0;
    mls_message_key key = {0};
    TRY(mls_persist_need_sender(g, g->epoch.keys.leaf));
    TRY(mls_secret_tree_next(g->messages, g->epoch.keys.leaf, mls_private_ratchet(c->content.type),
                             &generation, &key));
    TRY(mls_persist_messages(g, b));
    TRY(mls_private_protect(&g->epoch.suite,
                            base_secret_bytes(&g->epoch.secrets.sender_data_secret), &key,
                            generation, c, f != NULL ? f->pad_to : 0, message));
    if (c->content.type == MLS_CONTENT_APPLICATION) {
        g->last_generation = generation;
    }
done:
    mls_message_key_clear(&key);
    return err;
}

base_err mls_protect_content(mls_group *g, const mls_auth_content *c, const mls_framing *f,
                             mls_batch *b, base_buf *message)
{
    base_err err = BASE_OK;
    base_buf out = base_buf_on(message->alloc);
    if (mls_framing_wire(f) == MLS_WIRE_PUBLIC_MESSAGE) {
        TRY(mls_public_protect(&g->epoch.suite, base_secret_bytes(&g->epoch.secrets.membership_key),
                               base_buf_bytes(&g->epoch.encoded), c, &out));
    } else {
        TRY(protect_private(g, c, f, b, &out));
    }
    REQUIRE(out.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    base_buf_move(message, &out);
done:
    /* Nothing was sent, so that the generation is free again. */
    if (err != BASE_OK) {
        mls_persist_forget_messages(g);
    }
    base_buf_clear(&out);
    return err;
}

uint32_t mls_group_last_generation(const mls_group *g)
{
    return g->last_generation;
}

base_err mls_group_protect(mls_group *g, base_bytes plaintext, const mls_framing *framing,
                           base_buf *message)
{
    if (g == NULL || message == NULL || (framing != NULL && framing->is_public)) {
        return BASE_E_ARGUMENT;
    }
    base_err err = BASE_OK;
    const uint32_t last = g->last_generation;
    mls_scratch scratch;
    mls_scratch_init(&scratch, &g->epoch.suite);
    base_buf signature = base_buf_on(&scratch.port);
    base_buf out = base_buf_on(&scratch.port);
    base_buf fresh = {0};
    mls_batch b = mls_batch_on(&scratch.port);
    mls_auth_content c = {.wire_format = MLS_WIRE_PRIVATE_MESSAGE,
                          .content = {.group_id = g->epoch.context.group_id,
                                      .epoch = g->epoch.context.epoch,
                                      .sender = {MLS_SENDER_MEMBER, g->epoch.keys.leaf.v},
                                      .type = MLS_CONTENT_APPLICATION,
                                      .body = plaintext}};
    TRY(mls_group_require_active(g));
    TRY(mls_group_authenticated_data(g, framing, &c.content.authenticated_data));
    REQUIRE(g->kept.n == 0, MLS_E_COMMIT_FIRST);
    REQUIRE(plaintext.n <= g->ctx->limits.message_bytes, BASE_E_LIMIT);
    TRY(mls_content_sign(&scratch.suite, base_secret_bytes(&g->signature_private), &c,
                         base_buf_bytes(&g->epoch.encoded), &signature));
    c.signature = base_buf_bytes(&signature);
    TRY(mls_protect_content(g, &c, framing, &b, &out));
    err = mls_scratch_ready(&scratch, message, out.n, &fresh);
    if (err != BASE_OK) {
        mls_persist_forget_messages(g); /* it was not sent, and its generation is free again */
        goto done;
    }
    TRY(mls_persist_write(g, &b));
    mls_scratch_fill(message, &fresh, base_buf_bytes(&out));
done:
    g->last_generation = err == BASE_OK ? g->last_generation : last;
    mls_batch_clear(&b);
    base_buf_clear(&fresh);
    base_buf_clear(&out);
    base_buf_clear(&signature);
    mls_scratch_clear(&scratch);
    base_wipe_stack(MLS_STACK_SMALL);
    return err;
}
