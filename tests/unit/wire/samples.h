/* One frame of every type, and of every variant of a type, for the tests of the codec. The bytes
 * are recognisable: a field of 32 bytes is one byte value throughout. */
#ifndef WIRE_SAMPLES_H
#define WIRE_SAMPLES_H

#include "wire/item.h"

enum { SAMPLES = 54 };

typedef struct sample {
    wire_frame f;
    base_buf items;
    base_buf big; /* filler behind longer fields */
} sample;

/* 32 bytes of value v, from one static table. */
static base_bytes sample_id(uint8_t v)
{
    static uint8_t table[256][32];
    memset(table[v], v, 32);
    return base_bytes_of(table[v], 32);
}

static base_bytes sample_fill(sample *s, size_t n)
{
    base_buf_clear(&s->big);
    if (base_buf_resize(&s->big, n) != BASE_OK) {
        return BASE_BYTES_NONE;
    }
    memset(s->big.p, 0xaa, n);
    return base_buf_bytes(&s->big);
}

static base_bytes sample_tag(uint8_t v)
{
    return base_bytes_of(sample_id(v).p, 16);
}

static bool sample_follow(sample *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        wire_follow v = {7 + (uint32_t)i, sample_id(0x11), 3, sample_id(0x22), sample_id(0x33), 0};
        if (wire_follow_put(&s->items, &v) != BASE_OK) {
            return false;
        }
    }
    s->f.u.items.items = base_buf_bytes(&s->items);
    return true;
}

static bool sample_followed(sample *s)
{
    const wire_followed v[] = {
        {.channel = 7,
         .status = WIRE_OK,
         .cursor = WIRE_CURSOR_OPEN,
         .place = 41,
         .start = 40,
         .start_hash = sample_id(0x44),
         .end = 45,
         .ended = true},
        {.channel = 8,
         .status = WIRE_GONE,
         .place = 9,
         .resume = 9,
         .resume_hash = sample_id(0x55),
         .end = 12},
        {.channel = 9, .status = WIRE_RANGE, .start = 4, .end = 6},
        {.channel = 10, .status = WIRE_DENIED},
    };
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
        if (wire_followed_put(&s->items, &v[i]) != BASE_OK) {
            return false;
        }
    }
    s->f.u.items.items = base_buf_bytes(&s->items);
    return true;
}

static bool sample_acks(sample *s, bool answer)
{
    const wire_ack a[] = {{.channel = 7, .seq = 44},
                          {.channel = 8,
                           .seq = 45,
                           .has_next = true,
                           .next_epoch = 4,
                           .next_token = sample_id(0x23)}};
    const wire_acked b[] = {{7, WIRE_OK}, {8, WIRE_RANGE}};
    for (size_t i = 0; i < 2; i++) {
        base_err err = answer ? wire_acked_put(&s->items, &b[i]) : wire_ack_put(&s->items, &a[i]);
        if (err != BASE_OK) {
            return false;
        }
    }
    s->f.u.items.items = base_buf_bytes(&s->items);
    return true;
}

static bool sample_doors(sample *s, bool full)
{
    wire_box_doors v = {.box = sample_id(0x66), .owner = sample_id(0x67)};
    if (full) {
        static const uint8_t gone[8] = {0, 0, 0, 3, 0, 0, 0, 4};
        const wire_door doors[] = {{1, sample_id(0x68)}, {2, sample_id(0x69)}};
        for (size_t i = 0; i < 2; i++) {
            if (wire_door_put(&s->items, &doors[i]) != BASE_OK) {
                return false;
            }
        }
        v.has_door = true;
        v.door = sample_id(0x6a);
        v.add = base_buf_bytes(&s->items);
        v.remove = base_bytes_of(gone, sizeof gone);
    }
    s->f.u.box_doors = v;
    return true;
}

static void sample_head(sample *s, uint8_t type)
{
    s->f.type = type;
    s->f.request = type >= WIRE_ENTRY ? 0 : 2;
}

static bool sample_log(size_t i, sample *s)
{
    wire_frame *f = &s->f;
    switch (i) {
    case 0:
        sample_head(s, WIRE_CREATE);
        f->u.create = (wire_create){sample_id(0x11), sample_id(0x21), sample_id(0x31),
                                    base_bytes_str("open sesame")};
        return true;
    case 1:
        sample_head(s, WIRE_FOLLOW);
        return sample_follow(s, 1);
    case 2:
        sample_head(s, WIRE_FOLLOW);
        return sample_follow(s, WIRE_FOLLOW_MAX);
    case 3:
        sample_head(s, WIRE_FOLLOWED);
        return sample_followed(s);
    case 4:
        sample_head(s, WIRE_APPEND);
        f->u.append = (wire_append){7, 3, sample_fill(s, 256)};
        return true;
    case 5:
        sample_head(s, WIRE_APPENDED);
        f->u.seq.seq = 46;
        return true;
    case 6:
    case 7:
    case 8:
        sample_head(s, WIRE_COMMIT);
        f->u.commit = (wire_commit){7,   3, sample_id(0x24), BASE_BYTES_NONE, BASE_BYTES_NONE,
                                    256, 0, BASE_BYTES_NONE};
        if (i == 7) {
            f->u.commit.opened = sample_id(0x34);
            f->u.commit.closed = sample_id(0x35);
            f->u.commit.side_size = 1024;
        }
        if (i == 8) { /* too large to be inline: the bytes follow in DATA */
            f->u.commit.entry_size = 65536;
            f->u.commit.side_size = 131072;
            return true;
        }
        f->u.commit.data = sample_fill(s, f->u.commit.entry_size + f->u.commit.side_size);
        return true;
    case 9:
        sample_head(s, WIRE_COMMITTED);
        f->u.seq.seq = 47;
        return true;
    case 10:
        sample_head(s, WIRE_ACK);
        return sample_acks(s, false);
    case 11:
        sample_head(s, WIRE_ACKED);
        return sample_acks(s, true);
    case 12:
        sample_head(s, WIRE_NUDGE);
        f->u.nudge = (wire_nudge){7, 3, sample_fill(s, WIRE_NUDGE_SIZE)};
        return true;
    case 13:
        sample_head(s, WIRE_NUDGED);
        f->u.nudge = (wire_nudge){7, 0, sample_fill(s, WIRE_NUDGE_SIZE)};
        return true;
    case 14:
        sample_head(s, WIRE_LEAVE);
        f->u.leave = (wire_leave){7, true};
        return true;
    case 15:
        sample_head(s, WIRE_SIDE);
        f->u.side = (wire_side){sample_id(0x11), 4, sample_id(0x23)};
        return true;
    default:
        return false;
    }
}

static bool sample_log_more(size_t i, sample *s)
{
    wire_frame *f = &s->f;
    static const uint8_t states[] = {0, 1, 2, 3};
    switch (i) {
    case 16:
        sample_head(s, WIRE_SIDE_IS);
        f->u.side_is = (wire_side_is){1024, sample_fill(s, 1024)};
        return true;
    case 17:
        sample_head(s, WIRE_SIDE_IS);
        f->u.side_is = (wire_side_is){131072, BASE_BYTES_NONE};
        return true;
    case 18:
        sample_head(s, WIRE_CURSORS);
        f->u.cursors = (wire_cursors){7, sample_id(0x34)};
        return true;
    case 19:
        sample_head(s, WIRE_CURSORS_ARE);
        f->u.bytes.data = base_bytes_of(states, sizeof states);
        return true;
    case 20:
    case 21:
    case 22:
        sample_head(s, WIRE_ENTRY);
        f->u.entry = (wire_entry){.channel = 7, .seq = 46, .kind = WIRE_KIND_MESSAGE, .size = 256};
        if (i == 21) {
            f->u.entry.kind = WIRE_KIND_COMMIT;
            f->u.entry.stamp = (wire_stamp){sample_id(0x31), sample_id(0x24), sample_id(0x34),
                                            sample_id(0x35), 1024};
        }
        if (i == 22) {
            f->u.entry.size = 131072;
            return true;
        }
        f->u.entry.data = sample_fill(s, 256);
        return true;
    case 23:
        sample_head(s, WIRE_DROPPED);
        f->u.dropped = (wire_dropped){7, WIRE_SUPERSEDED};
        return true;
    default:
        return false;
    }
}

static bool sample_core(size_t i, sample *s)
{
    wire_frame *f = &s->f;
    switch (i) {
    case 24:
        sample_head(s, WIRE_HELLO);
        f->u.hello = (wire_hello){1, 1};
        return true;
    case 25:
        sample_head(s, WIRE_WELCOME);
        f->u.welcome = (wire_welcome){
            WIRE_VERSION,    sample_tag(0x01), sample_tag(0x02), WIRE_FRAME_MAX, WIRE_INLINE_MAX,
            WIRE_ENTRY_MAX,  WIRE_SIDE_MAX,    WIRE_MAIL_MAX,    WIRE_CREDIT,    WIRE_CHANNELS_MAX,
            WIRE_FOLLOW_MAX, WIRE_TTL_DAYS,    WIRE_HOLD_DAYS,   WIRE_IDLE_DAYS, true};
        return true;
    case 26:
        sample_head(s, WIRE_DATA);
        f->u.bytes.data = sample_fill(s, WIRE_INLINE_MAX);
        return true;
    case 27:
        sample_head(s, WIRE_PART);
        f->u.bytes.data = sample_fill(s, 300);
        return true;
    case 28: /* of a push */
        sample_head(s, WIRE_PART);
        f->request = 0;
        f->u.bytes.data = sample_fill(s, 1);
        return true;
    case 29:
        sample_head(s, WIRE_CREDITED);
        f->u.credited.bytes = WIRE_CREDIT;
        return true;
    case 30:
        sample_head(s, WIRE_DONE);
        f->u.done.status = WIRE_OK;
        return true;
    case 31:
        sample_head(s, WIRE_DONE);
        f->u.done.status = WIRE_DENIED;
        return true;
    case 32:
        sample_head(s, WIRE_FAIL);
        f->u.done.status = WIRE_BAD;
        return true;
    default:
        return false;
    }
}

static bool sample_box(size_t i, sample *s)
{
    wire_frame *f = &s->f;
    switch (i) {
    case 33:
        sample_head(s, WIRE_BOX_NEW);
        f->u.box_new =
            (wire_box_new){sample_id(0x66), sample_id(0x6b), sample_id(0x6a), BASE_BYTES_NONE};
        return true;
    case 34:
        sample_head(s, WIRE_BOX_DOORS);
        return sample_doors(s, false);
    case 35:
        sample_head(s, WIRE_BOX_DOORS);
        return sample_doors(s, true);
    case 36:
        sample_head(s, WIRE_BOX_DELIVER);
        f->u.box_deliver = (wire_box_deliver){sample_id(0x66), 0, sample_id(0x6c),
                                              base_bytes_str("open sesame"), sample_fill(s, 256)};
        return true;
    case 37:
        sample_head(s, WIRE_BOX_DELIVER);
        f->u.box_deliver = (wire_box_deliver){sample_id(0x66), 2, sample_id(0x6d), BASE_BYTES_NONE,
                                              sample_fill(s, WIRE_MAIL_MAX)};
        return true;
    case 38:
        sample_head(s, WIRE_BOX_COLLECT);
        f->u.box_collect = (wire_box_collect){9, sample_id(0x66), sample_id(0x67), 0};
        return true;
    case 39:
        sample_head(s, WIRE_COLLECTED);
        f->u.collected = (wire_collected){3, 5};
        return true;
    case 40:
        sample_head(s, WIRE_MAIL);
        f->u.mail = (wire_mail){9, 4, 2, sample_fill(s, 256)};
        return true;
    case 41:
    case 42:
    case 43: {
        const uint8_t type[] = {WIRE_BOX_END, WIRE_SHELF_COUNT, WIRE_SHELF_END};
        sample_head(s, type[i - 41]);
        f->u.owned = (wire_owned){sample_id(0x66), sample_id(0x67)};
        return true;
    }
    default:
        return false;
    }
}

static bool sample_shelf(size_t i, sample *s)
{
    wire_frame *f = &s->f;
    switch (i) {
    case 44:
        sample_head(s, WIRE_SHELF_NEW);
        f->u.shelf_new = (wire_shelf_new){sample_id(0x70), sample_id(0x71), sample_id(0x72), 8192,
                                          BASE_BYTES_NONE};
        return true;
    case 45:
    case 46: {
        base_bytes two = sample_fill(s, 2048);
        sample_head(s, WIRE_SHELF_PUT);
        f->u.shelf_put = (wire_shelf_put){sample_id(0x70),
                                          sample_id(0x73),
                                          5,
                                          BASE_BYTES_NONE,
                                          i == 45 ? base_bytes_of(two.p, 1024) : BASE_BYTES_NONE,
                                          two};
        return true;
    }
    case 47:
        sample_head(s, WIRE_SHELF_TAKE);
        f->u.shelf_take =
            (wire_shelf_take){sample_id(0x70), sample_id(0x74), sample_tag(0x75), BASE_BYTES_NONE};
        return true;
    case 48:
        sample_head(s, WIRE_TAKEN);
        f->u.taken = (wire_taken){true, sample_fill(s, 1024)};
        return true;
    case 49:
        sample_head(s, WIRE_COUNTED);
        f->u.counted = (wire_counted){12, true, 5};
        return true;
    case 50:
        sample_head(s, WIRE_DIR_GET);
        f->u.dir_get.key = sample_id(0x80);
        return true;
    case 51:
        sample_head(s, WIRE_RECORD);
        f->u.record.data = sample_fill(s, WIRE_RECORD_SIZE);
        return true;
    case 52:
    case 53:
        sample_head(s, WIRE_DIR_PUT);
        f->u.dir_put = (wire_dir_put){sample_id(0x80),
                                      sample_id(0x81),
                                      sample_id(0x82),
                                      sample_id(0x00),
                                      i == 52 ? sample_fill(s, WIRE_RECORD_SIZE) : BASE_BYTES_NONE,
                                      BASE_BYTES_NONE};
        return true;
    default:
        return false;
    }
}

/* Fill *s with sample i; release with sample_clear(). */
static bool sample_make(size_t i, sample *s)
{
    *s = (sample){0};
    return sample_log(i, s) || sample_log_more(i, s) || sample_core(i, s) || sample_box(i, s) ||
           sample_shelf(i, s);
}

static void sample_clear(sample *s)
{
    base_buf_clear(&s->items);
    base_buf_clear(&s->big);
    *s = (sample){0};
}

#endif
