/* From frames to requests: HELLO first, then each to the file that knows it. An error of the store
 * or of memory in the middle of a request undoes the whole batch, since half of it may be done. */
#include "core.h"

static void welcome(relay_session *s, uint32_t request)
{
    const relay *r = s->r;
    wire_frame f = {.type = WIRE_WELCOME, .request = request};
    f.u.welcome = (wire_welcome){
        .version = WIRE_VERSION,
        .incarnation = base_bytes_of(r->meta.incarnation, sizeof r->meta.incarnation),
        .tag = base_bytes_of(s->tag, sizeof s->tag),
        .max_frame = WIRE_FRAME_MAX,
        .max_inline = WIRE_INLINE_MAX,
        .max_entry = WIRE_ENTRY_MAX,
        .max_side = WIRE_SIDE_MAX,
        .max_mail = WIRE_MAIL_MAX,
        .credit = WIRE_CREDIT,
        .max_channels = WIRE_CHANNELS_MAX,
        .max_follow = WIRE_FOLLOW_MAX,
        .ttl_days = WIRE_TTL_DAYS,
        .hold_days = WIRE_HOLD_DAYS,
        .idle_days = WIRE_IDLE_DAYS,
        .postage = !s->free_postage,
    };
    relay_send(s, &f);
}

static void hello(relay_session *s, const wire_frame *f)
{
    if (f->type != WIRE_HELLO || s->greeted) {
        relay_count(s->r, RELAY_M_CLOSED_BAD, 1);
        relay_fatal(s, WIRE_BAD);
        return;
    }
    if (f->u.hello.version_min > WIRE_VERSION || f->u.hello.version_max < WIRE_VERSION) {
        relay_fatal(s, WIRE_BAD_VERSION);
        return;
    }
    s->greeted = true;
    s->r->n_silent--;
    welcome(s, f->request);
}

static base_err dispatch(relay_session *s, const wire_frame *f, base_bytes message)
{
    switch (f->type) {
    case WIRE_DATA:
        return relay_do_data(s, f);
    case WIRE_CREATE:
        return relay_do_create(s, f);
    case WIRE_FOLLOW:
        return relay_do_follow(s, f);
    case WIRE_APPEND:
        return relay_do_append(s, f);
    case WIRE_COMMIT:
        return relay_do_commit(s, f, message);
    case WIRE_ACK:
        return relay_do_ack(s, f);
    case WIRE_NUDGE:
        return relay_do_nudge(s, f);
    case WIRE_LEAVE:
        return relay_do_leave(s, f);
    case WIRE_SIDE:
        return relay_do_side(s, f);
    case WIRE_CURSORS:
        return relay_do_cursors(s, f);
    case WIRE_DIR_GET:
    case WIRE_DIR_PUT:
        return relay_do_dir(s, f);
    default:
        return f->type < WIRE_SHELF_NEW ? relay_do_box(s, f) : relay_do_shelf(s, f);
    }
}

void relay_request(relay_session *s, const wire_frame *f, base_bytes message)
{
    relay *r = s->r;
    if (!s->greeted || f->type == WIRE_HELLO) {
        hello(s, f);
        return;
    }
    relay_join(s);
    s->frame_denied = false;
    base_err err = relay_begin(r);
    if (err == BASE_OK) {
        err = dispatch(s, f, message);
    }
    if (err != BASE_OK) {
        relay_abort(r);
        return;
    }
    s->denied += s->frame_denied ? 1 : 0;
    s->doomed = s->denied >= RELAY_DENIED_MAX; /* the refusals are told first */
}
