/* Shelves of sealed key packages (docs/protocol.md, section 4.2). A package leaves once: it is
 * deleted in the batch whose answer carries it, and remembered in memory for ten minutes, so that
 * the same nonce gets the same package. */
#include "base/alloc.h"
#include "core.h"

enum { PACKAGES_MAX = 64, PACKAGE_SIZE_STEP = 1024, PACKAGE_SIZE_MAX = 16384 };

static base_err shelf_open(relay *r, base_bytes id, base_bytes token, bool owner, relay_shelf *out,
                           bool *ok)
{
    *out = (relay_shelf){0};
    base_err err = STORE(r, shelf_get, id.p, out);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    const uint8_t *gate = owner ? out->owner : out->take;
    return relay_gate_check(r, err == BASE_OK ? gate : NULL, token, ok);
}

static base_err shelf_new(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_shelf_new *want = &f->u.shelf_new;
    relay_shelf shelf = {.size = want->size, .next = 1, .touched = relay_day(r)};
    wire_status status = WIRE_OK;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    if (want->size == 0 || want->size % PACKAGE_SIZE_STEP != 0 || want->size > PACKAGE_SIZE_MAX) {
        relay_answer(s, f->request, WIRE_BAD_SIZE);
        return BASE_OK;
    }
    if (!STORE(r, room, 1, false)) {
        relay_answer(s, f->request, WIRE_FULL);
        return BASE_OK;
    }
    memcpy(shelf.id, want->shelf.p, 32);
    memcpy(shelf.owner, want->owner.p, 32);
    memcpy(shelf.take, want->take.p, 32);
    base_err err = STORE(r, shelf_new, &shelf);
    if (err == BASE_E_EXISTS) {
        err = STORE(r, shelf_get, want->shelf.p, &shelf);
        bool owner = base_ct_eq(base_bytes_of(shelf.owner, sizeof shelf.owner), want->owner);
        bool take = base_ct_eq(base_bytes_of(shelf.take, sizeof shelf.take), want->take);
        bool same = err == BASE_OK && shelf.size == want->size && owner && take;
        status = same ? WIRE_OK : WIRE_DENIED;
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, status);
    }
    return err;
}

/* ---- putting ---- */

static wire_status put_judge(const relay_shelf *shelf, const wire_shelf_put *want)
{
    if ((want->last.n != 0 && want->last.n != shelf->size) || want->packages.n % shelf->size != 0) {
        return WIRE_BAD_SIZE;
    }
    return shelf->packages + want->packages.n / shelf->size > PACKAGES_MAX ? WIRE_FULL : WIRE_OK;
}

static base_err put_store(relay *r, relay_shelf *shelf, const wire_shelf_put *want)
{
    base_err err = BASE_OK;
    for (size_t at = 0; at < want->packages.n; at += shelf->size) {
        TRY(STORE(r, package_put, shelf->key, shelf->next,
                  base_bytes_of(want->packages.p + at, shelf->size)));
        shelf->next++;
        shelf->packages++;
    }
    if (want->last.n != 0) {
        TRY(STORE(r, package_put, shelf->key, 0, want->last));
        shelf->last = true;
    }
    shelf->batch = want->batch;
    shelf->touched = relay_day(r);
    TRY(STORE(r, shelf_put, shelf));
done:
    return err;
}

static base_err shelf_put(relay_session *s, const wire_frame *f)
{
    const wire_shelf_put *want = &f->u.shelf_put;
    relay_shelf shelf;
    bool ok = false;
    wire_status status = WIRE_OK;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    base_err err = shelf_open(s->r, want->shelf, want->owner, true, &shelf, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        status = WIRE_DENIED;
    } else if (want->batch > shelf.batch) { /* else a resend of what is stored, or was taken */
        status = put_judge(&shelf, want);
        if (status == WIRE_OK && !STORE(s->r, room, want->packages.n + want->last.n, false)) {
            status = WIRE_FULL;
        }
        if (status == WIRE_OK) {
            err = put_store(s->r, &shelf, want);
        }
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, status);
    }
    return err;
}

/* ---- taking ---- */

static void taken_drop(relay *r, size_t i)
{
    base_buf_clear(&r->taken[i].package);
    r->taken[i] = r->taken[--r->n_taken];
    base_wipe(&r->taken[r->n_taken], sizeof r->taken[0]); /* the nonce */
}

void relay_taken_forget(relay *r, bool all)
{
    size_t i = 0;
    while (i < r->n_taken) {
        if (all || r->taken[i].batch == r->batch) {
            taken_drop(r, i);
        } else {
            i++;
        }
    }
}

void relay_taken_expire(relay *r)
{
    size_t i = 0;
    while (i < r->n_taken) {
        if (r->taken[i].until_ms <= r->now) {
            taken_drop(r, i);
        } else {
            i++;
        }
    }
}

/* Forget what is over, and the oldest when there is no room. */
static void taken_trim(relay *r)
{
    size_t oldest = 0;
    relay_taken_expire(r);
    if (r->n_taken < r->config.takes_max) {
        return;
    }
    for (size_t i = 1; i < r->n_taken; i++) {
        if (r->taken[i].until_ms < r->taken[oldest].until_ms) {
            oldest = i;
        }
    }
    taken_drop(r, oldest);
}

static const relay_taken *taken_find(const relay *r, const wire_shelf_take *want)
{
    for (size_t i = 0; i < r->n_taken; i++) {
        const relay_taken *t = &r->taken[i];
        if (t->until_ms > r->now && memcmp(t->nonce, want->nonce.p, sizeof t->nonce) == 0 &&
            memcmp(t->shelf, want->shelf.p, sizeof t->shelf) == 0) {
            return t;
        }
    }
    return NULL;
}

static base_err taken_add(relay *r, const wire_shelf_take *want, base_bytes package)
{
    taken_trim(r);
    void *list = r->taken;
    relay_taken t = {.until_ms = r->now + RELAY_TAKE_MS, .batch = r->batch};
    memcpy(t.shelf, want->shelf.p, sizeof t.shelf);
    memcpy(t.nonce, want->nonce.p, sizeof t.nonce);
    base_err err = base_buf_append(&t.package, package);
    if (err == BASE_OK) {
        err = base_alloc_grow(NULL, &list, &r->cap_taken, r->n_taken + 1, sizeof t);
    }
    if (err != BASE_OK) {
        base_buf_clear(&t.package);
        return err;
    }
    r->taken = (relay_taken *)list;
    r->taken[r->n_taken++] = t;
    return BASE_OK;
}

/* Whether as many packages left the shelf of late as may: who has a contact link can take, and what
 * is taken the owner makes anew. */
static bool taken_enough(const relay *r, const relay_shelf *shelf)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_taken; i++) {
        const relay_taken *t = &r->taken[i];
        n += t->until_ms > r->now && memcmp(t->shelf, shelf->id, sizeof t->shelf) == 0 ? 1 : 0;
    }
    return n >= RELAY_SHELF_TAKES;
}

/* The oldest package off the shelf, or the last resort. NOT_FOUND: there is none to be had. */
static base_err take_one(relay *r, relay_shelf *shelf, bool enough, bool *last, base_buf *out)
{
    uint64_t number = 0;
    base_err err = enough ? BASE_E_NOT_FOUND : STORE(r, package_first, shelf->key, &number, out);
    *last = err == BASE_E_NOT_FOUND;
    if (*last) {
        return STORE(r, package_get, shelf->key, 0, out);
    }
    TRY(err);
    TRY(STORE(r, package_drop, shelf->key, number));
    shelf->packages -= shelf->packages > 0 ? 1 : 0;
    TRY(STORE(r, shelf_put, shelf)); /* touched is the owner's alone */
done:
    return err;
}

static void give(relay_session *s, uint32_t request, bool last, base_bytes package)
{
    wire_frame f = {.type = WIRE_TAKEN, .request = request};
    f.u.taken = (wire_taken){last, package};
    relay_send(s, &f);
    relay_count(s->r, RELAY_M_TAKEN, 1);
}

static base_err shelf_take(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_shelf_take *want = &f->u.shelf_take;
    relay_shelf shelf;
    bool ok = false;
    bool last = false;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    base_err err = shelf_open(r, want->shelf, want->take, false, &shelf, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        relay_answer(s, f->request, WIRE_DENIED);
        return BASE_OK;
    }
    const relay_taken *again = taken_find(r, want);
    if (again != NULL) {
        give(s, f->request, false, base_buf_bytes(&again->package));
        return BASE_OK;
    }
    bool enough = taken_enough(r, &shelf);
    err = take_one(r, &shelf, enough, &last, &r->body);
    if (err == BASE_E_NOT_FOUND) {
        relay_answer(s, f->request, enough && shelf.packages > 0 ? WIRE_BUSY : WIRE_EMPTY);
        return BASE_OK;
    }
    TRY(err);
    if (!last) { /* the last resort is there again for whoever asks again */
        TRY(taken_add(r, want, base_buf_bytes(&r->body)));
    }
    give(s, f->request, last, base_buf_bytes(&r->body));
done:
    return err;
}

/* ---- counting, ending ---- */

static base_err shelf_count(relay_session *s, const wire_frame *f)
{
    relay_shelf shelf;
    bool ok = false;
    base_err err = shelf_open(s->r, f->u.owned.id, f->u.owned.owner, true, &shelf, &ok);
    if (err != BASE_OK) {
        return err;
    }
    if (!ok) {
        relay_answer(s, f->request, WIRE_DENIED);
        return BASE_OK;
    }
    wire_frame answer = {.type = WIRE_COUNTED, .request = f->request};
    answer.u.counted = (wire_counted){(uint16_t)shelf.packages, shelf.last, shelf.batch};
    relay_send(s, &answer);
    shelf.touched = relay_day(s->r);
    return STORE(s->r, shelf_put, &shelf);
}

static base_err shelf_end(relay_session *s, const wire_frame *f)
{
    relay_shelf shelf;
    bool ok = false;
    base_err err = shelf_open(s->r, f->u.owned.id, f->u.owned.owner, true, &shelf, &ok);
    if (err == BASE_OK && ok) {
        err = STORE(s->r, shelf_drop, shelf.key);
    }
    if (err == BASE_OK) {
        relay_answer(s, f->request, ok ? WIRE_OK : WIRE_DENIED);
    }
    return err;
}

base_err relay_do_shelf(relay_session *s, const wire_frame *f)
{
    switch (f->type) {
    case WIRE_SHELF_NEW:
        return shelf_new(s, f);
    case WIRE_SHELF_PUT:
        return shelf_put(s, f);
    case WIRE_SHELF_TAKE:
        return shelf_take(s, f);
    case WIRE_SHELF_COUNT:
        return shelf_count(s, f);
    default:
        return shelf_end(s, f);
    }
}
