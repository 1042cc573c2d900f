/* Large bodies of COMMIT (docs/protocol.md, section 3.5): judged first, then promised memory from
 * one budget, then received against credit, judged again, and stored. One at a time a session. */
#include "write.h"

static void credit(relay_session *s, uint32_t request, size_t bytes)
{
    wire_frame f = {.type = WIRE_CREDITED, .request = request};
    f.u.credited.bytes = (uint32_t)bytes;
    s->upload.credited += bytes;
    relay_send(s, &f);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Whether total bytes can be promised. Where they cannot, bodies that have had a minute and are not
 * there yet give way, oldest first: a byte now and then must not keep the budget for ever. */
static bool make_room(relay *r, size_t total)
{
    while (total <= r->config.bulk_max && total > r->config.bulk_max - r->bulk) {
        relay_session *oldest = NULL;
        for (relay_session *s = r->sessions; s != NULL; s = s->next) {
            if (s->upload.active &&
                (oldest == NULL || s->upload.begun_ms < oldest->upload.begun_ms)) {
                oldest = s;
            }
        }
        if (oldest == NULL || relay_since(r, oldest->upload.begun_ms) < RELAY_PATIENCE_MS) {
            return false;
        }
        relay_upload_refuse(oldest, WIRE_BUSY);
    }
    return total <= r->config.bulk_max;
}

base_err relay_upload_begin(relay_session *s, const wire_frame *f, base_bytes message)
{
    relay *r = s->r;
    relay_upload *up = &s->upload;
    const wire_commit *want = &f->u.commit;
    size_t total = (size_t)want->entry_size + want->side_size;
    base_err err = BASE_OK;
    if (up->active) {
        relay_answer(s, f->request, WIRE_OVER_LIMIT);
        return BASE_OK;
    }
    if (!make_room(r, total)) {
        relay_answer(s, f->request, WIRE_BUSY);
        return BASE_OK;
    }
    base_buf header = base_buf_on(NULL);
    base_buf body = base_buf_on(NULL);
    TRY(base_buf_append(&header, message));
    TRY(base_buf_reserve(&body, total));
    *up = (relay_upload){.active = true,
                         .request = f->request,
                         .channel = want->channel,
                         .epoch = want->epoch,
                         .header = base_buf_take(&header),
                         .body = base_buf_take(&body),
                         .total = total,
                         .moved_ms = r->now,
                         .begun_ms = r->now};
    r->bulk += total;
    credit(s, f->request, smaller(total, WIRE_CREDIT));
done:
    base_buf_clear(&header);
    base_buf_clear(&body);
    if (err == BASE_E_NOMEM) { /* nothing was changed: the client may try again */
        relay_answer(s, f->request, WIRE_BUSY);
        err = BASE_OK;
    }
    return err;
}

/* Give the memory back; what is still under way by its credit will be dropped unread. */
static void end(relay_session *s)
{
    relay_upload *up = &s->upload;
    size_t left = up->credited - up->body.n;
    uint32_t request = up->request;
    s->r->bulk -= up->total;
    base_buf_clear(&up->header);
    base_buf_clear(&up->body);
    *up = (relay_upload){.drain_request = request, .drain = left};
}

void relay_upload_clear(relay_session *s)
{
    if (s->upload.active) {
        end(s);
    }
}

void relay_upload_refuse(relay_session *s, wire_status status)
{
    uint32_t request = s->upload.request;
    end(s);
    relay_answer(s, request, status);
}

void relay_upload_tick(relay_session *s)
{
    if (s->upload.active && relay_since(s->r, s->upload.moved_ms) > RELAY_PATIENCE_MS) {
        relay_upload_refuse(s, WIRE_BUSY);
    }
}

/* The last byte is there. */
static base_err finish(relay_session *s)
{
    relay_upload *up = &s->upload;
    base_buf header = base_buf_take(&up->header);
    base_buf body = base_buf_take(&up->body);
    relay_log log;
    relay_channel *c = NULL;
    wire_status status = WIRE_OK;
    wire_frame f;
    base_err err = BASE_OK;
    uint32_t request = up->request;
    s->r->bulk -= up->total;
    *up = (relay_upload){0};
    TRY(wire_frame_decode(base_buf_bytes(&header), &f));
    TRY(relay_commit_judge(s, &f.u.commit, &log, &c, &status));
    if (status != WIRE_OK) {
        relay_answer(s, request, status);
    } else {
        TRY(relay_commit_store(s, request, &f.u.commit, &log, c, base_buf_bytes(&body)));
    }
done:
    base_buf_clear(&header);
    base_buf_clear(&body);
    return err;
}

base_err relay_do_data(relay_session *s, const wire_frame *f)
{
    relay_upload *up = &s->upload;
    base_bytes data = f->u.bytes.data;
    if (!up->active || f->request != up->request) {
        if (up->drain_request != 0 && f->request == up->drain_request && data.n <= up->drain) {
            up->drain -= data.n;
            return BASE_OK;
        }
        relay_fatal(s, WIRE_BAD);
        return BASE_OK;
    }
    if (data.n > up->credited - up->body.n) {
        relay_fatal(s, WIRE_BAD);
        return BASE_OK;
    }
    base_err err = base_buf_append(&up->body, data);
    if (err != BASE_OK) {
        return err;
    }
    up->moved_ms = s->r->now;
    if (up->body.n == up->total) {
        return finish(s);
    }
    size_t open = up->credited - up->body.n;
    if (open <= WIRE_CREDIT / 2 && up->credited < up->total) {
        credit(s, up->request, smaller(up->total - up->credited, WIRE_CREDIT));
    }
    return BASE_OK;
}
