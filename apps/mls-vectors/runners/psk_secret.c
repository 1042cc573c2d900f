/* psk_secret of a list of external PSKs (RFC 9420, section 8.4). */
#include "../vectors.h"

#include "mls/psk.h"

static const char *const keys[] = {"psks", "psk_secret", NULL};

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite s;
    base_secret got = {0};
    const json_t *list = vec_array(c, entry, "psks");
    size_t n = json_array_size(list);
    mls_psk *psks = n > 0 ? base_arena_zero(&c->arena, n, sizeof *psks) : NULL;
    if (!vec_suite(c, entry, &s)) {
        return VEC_SKIPPED;
    }
    if (n > 0 && psks == NULL) {
        vec_true(c, false, "memory");
        return VEC_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *p = json_array_get(list, i);
        psks[i].id.type = MLS_PSK_EXTERNAL;
        psks[i].id.psk_id = vec_hex(c, p, "psk_id");
        psks[i].id.psk_nonce = vec_hex(c, p, "psk_nonce");
        psks[i].secret = vec_hex(c, p, "psk");
    }
    vec_ok(c, mls_psk_secret_derive(&s, psks, n, &got), "psk_secret");
    vec_eq(c, base_secret_bytes(&got), vec_hex(c, entry, "psk_secret"), "psk_secret");
    base_secret_clear(&got);
    return vec_done(c);
}

const vec_kind vec_psk_secret = {"psk-secret", keys, run};
