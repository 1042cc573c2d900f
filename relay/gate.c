/* Tokens, gates and postage. Unknown, wrong and deleted take the same look-ups, one hash and one
 * comparison in constant time (docs/protocol.md, section 5). */
#include "core.h"

base_err relay_hash(relay *r, const base_bytes *parts, size_t n, uint8_t out[32])
{
    return r->ports.digest.sha256(r->ports.digest.user, parts, n, out);
}

base_err relay_gate_check(relay *r, const uint8_t *gate, base_bytes token, bool *ok)
{
    uint8_t shown[32];
    base_err err = relay_hash(r, &token, 1, shown);
    if (err != BASE_OK) {
        return err;
    }
    bool found = gate != NULL;
    bool equal = base_ct_eq(base_bytes_of(shown, 32), base_bytes_of(found ? gate : r->dummy, 32));
    *ok = equal && found;
    return BASE_OK;
}

base_err relay_gate_log(relay *r, base_bytes id, uint64_t epoch, base_bytes token, relay_log *log,
                        relay_epoch *e, bool *ok)
{
    *log = (relay_log){0};
    *e = (relay_epoch){0};
    base_err err = STORE(r, log_get, id.p, log);
    bool found = err == BASE_OK;
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    err = STORE(r, epoch_get, log->key, epoch, e); /* key 0 has no epochs */
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return err;
    }
    found = found && err == BASE_OK;
    return relay_gate_check(r, found ? e->gate : NULL, token, ok);
}

bool relay_postage(const relay_session *s, base_bytes postage)
{
    const relay *r = s->r;
    bool paid = base_ct_eq(postage, base_buf_bytes(&r->postage)) && r->postage.n > 0;
    return paid || (s->free_postage && postage.n == 0);
}

void relay_denied(relay_session *s)
{
    s->frame_denied = true;
    relay_count(s->r, RELAY_M_DENIED, 1);
}
