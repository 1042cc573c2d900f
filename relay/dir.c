/* The directory (docs/protocol.md, section 4.3): sealed records under opaque keys, changed by
 * compare-and-swap. A missing key gets a record too, always the same one, after the same work. */
#include "core.h"

/* What a missing key holds: blocks of SHA-256(decoy secret || key || counter). */
static base_err decoy(relay *r, base_bytes key, uint8_t out[WIRE_RECORD_SIZE])
{
    base_err err = BASE_OK;
    for (uint8_t i = 0; i < WIRE_RECORD_SIZE / 32 && err == BASE_OK; i++) {
        const base_bytes parts[] = {base_bytes_of(r->meta.decoy, sizeof r->meta.decoy), key,
                                    base_bytes_of(&i, 1)};
        err = relay_hash(r, parts, 3, out + (size_t)32 * i);
    }
    return err;
}

/* So many look-ups a connection, and so many a second: a dictionary of handles costs connections.
 */
static bool allowed(relay_session *s)
{
    uint64_t second = s->r->now / 1000;
    if (second != s->second) {
        s->second = second;
        s->lookups_second = 0;
    }
    if (s->lookups >= RELAY_LOOKUPS_MAX || s->lookups_second >= RELAY_LOOKUPS_SECOND) {
        return false;
    }
    s->lookups++;
    s->lookups_second++;
    return true;
}

static base_err dir_get(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    relay_record rec;
    uint8_t fake[WIRE_RECORD_SIZE];
    if (!allowed(s)) {
        relay_answer(s, f->request, WIRE_OVER_LIMIT);
        return BASE_OK;
    }
    base_err err = STORE(r, dir_get, f->u.dir_get.key.p, &rec);
    bool found = err == BASE_OK;
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    err = decoy(r, f->u.dir_get.key, fake);
    if (err != BASE_OK) {
        return err;
    }
    wire_frame answer = {.type = WIRE_RECORD, .request = f->request};
    answer.u.record.data = base_bytes_of(found ? rec.data : fake, WIRE_RECORD_SIZE);
    relay_send(s, &answer);
    return BASE_OK;
}

/* Whether the record that is there is the one to be replaced. */
static base_err expected(relay *r, const relay_record *rec, base_bytes hash, bool *out)
{
    uint8_t h[32] = {0};
    const base_bytes data = base_bytes_of(rec->data, sizeof rec->data);
    base_err err = relay_hash(r, &data, 1, h);
    *out = base_ct_eq(base_bytes_of(h, sizeof h), hash) && err == BASE_OK;
    return err;
}

static base_err judge(relay *r, const wire_dir_put *want, const relay_record *rec, bool found,
                      wire_status *out)
{
    static const uint8_t none[32];
    bool ok = false;
    bool match = false;
    base_err err = relay_gate_check(r, found ? rec->gate : NULL, want->token, &ok);
    if (err == BASE_OK) {
        err = expected(r, rec, want->expected, &match);
    }
    const base_bytes data = base_bytes_of(rec->data, sizeof rec->data);
    bool same_gate = base_ct_eq(base_bytes_of(rec->gate, sizeof rec->gate), want->gate);
    bool same_data = base_ct_eq(data, want->record);
    if (!found) {
        *out = memcmp(want->expected.p, none, 32) == 0 ? WIRE_OK : WIRE_DENIED;
    } else if (same_gate && same_data) {
        *out = WIRE_OK; /* stored before: a resend, or an owner who keeps it alive */
    } else if (!ok) {
        *out = WIRE_DENIED;
    } else {
        *out = match ? WIRE_OK : WIRE_STALE;
    }
    return err;
}

static base_err dir_put(relay_session *s, const wire_frame *f)
{
    relay *r = s->r;
    const wire_dir_put *want = &f->u.dir_put;
    relay_record rec = {0};
    wire_status status = WIRE_OK;
    if (!relay_postage(s, want->postage)) {
        relay_answer(s, f->request, WIRE_NO_POSTAGE);
        return BASE_OK;
    }
    base_err err = STORE(r, dir_get, want->key.p, &rec);
    bool found = err == BASE_OK;
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    TRY(judge(r, want, &rec, found, &status));
    if (status == WIRE_OK && !found && !STORE(r, room, sizeof rec, false)) {
        status = WIRE_FULL;
    }
    if (status == WIRE_OK && want->record.n == 0) {
        TRY(STORE(r, dir_drop, want->key.p));
    } else if (status == WIRE_OK) {
        memcpy(rec.key, want->key.p, 32);
        memcpy(rec.gate, want->gate.p, 32);
        memcpy(rec.data, want->record.p, sizeof rec.data);
        rec.touched = relay_day(r);
        TRY(STORE(r, dir_put, &rec));
    }
    relay_answer(s, f->request, status);
done:
    return err;
}

base_err relay_do_dir(relay_session *s, const wire_frame *f)
{
    return f->type == WIRE_DIR_GET ? dir_get(s, f) : dir_put(s, f);
}
