/* What people write, as MIMI content: made and read with the URIs of person and room that the
 * message id is made of (docs/client.md, section 5). */
#include "base/text.h"
#include "core.h"
#include "mimi/shape.h"

static base_err uri(base_bytes id, base_buf *out)
{
    base_err err = base_buf_append(out, base_bytes_str("sotto:"));
    return err != BASE_OK ? err : base_text_base32(id, out);
}

static base_err id_of(sotto *s, const sotto_room_id *room, const sotto_hash *sender,
                      base_bytes body, const uint8_t salt[static MIMI_SALT_SIZE],
                      sotto_message_id *id)
{
    base_err err = BASE_OK;
    base_buf who = base_buf_on(s->alloc);
    base_buf where = base_buf_on(s->alloc);
    mimi_id made;
    TRY(uri(sotto_hash_bytes(sender), &who));
    TRY(uri(room_bytes(room), &where));
    mimi_origin origin = {base_buf_bytes(&who), base_buf_bytes(&where)};
    TRY(mimi_id_compute(s->prims.sha256, &origin, body, salt, &made));
    memcpy(id->b, made.b, sizeof id->b);
done:
    base_buf_clear(&where);
    base_buf_clear(&who);
    return err;
}

base_err content_make_text(sotto *s, const sotto_room_id *room, base_bytes text, base_buf *body,
                           sotto_message_id *id)
{
    base_err err = BASE_OK;
    mimi_content c = mimi_make_text((mimi_text){text, false});
    TRY(sotto_random(&s->prims, c.salt, sizeof c.salt));
    TRY(mimi_content_encode(&c, body));
    TRY(id_of(s, room, &s->me.id, base_buf_bytes(body), c.salt, id));
done:
    return err;
}

base_err content_read_text(sotto *s, const sotto_room_id *room, const sotto_hash *sender,
                           base_bytes body, base_buf *text, sotto_message_id *id)
{
    base_err err = BASE_OK;
    mimi_content c;
    mimi_text shown;
    base_arena arena = base_arena_on(s->alloc, (size_t)4 << 20);
    base_buf who = base_buf_on(s->alloc);
    base_buf where = base_buf_on(s->alloc);
    TRY(mimi_content_decode(body, &arena, &c));
    TRY(uri(sotto_hash_bytes(sender), &who));
    TRY(uri(room_bytes(room), &where));
    mimi_origin origin = {base_buf_bytes(&who), base_buf_bytes(&where)};
    TRY(mimi_content_check(&c, &origin, core_seconds(s)));
    REQUIRE(mimi_kind_of(&c) == MIMI_KIND_MESSAGE || mimi_kind_of(&c) == MIMI_KIND_REPLY,
            BASE_E_NOT_FOUND);
    TRY(mimi_text_of(&c, &shown));
    TRY(id_of(s, room, sender, body, c.salt, id));
    TRY(base_buf_set(text, shown.text));
done:
    base_buf_clear(&where);
    base_buf_clear(&who);
    base_arena_clear(&arena);
    return err;
}
