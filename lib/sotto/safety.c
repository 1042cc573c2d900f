/* Digits from identity hashes. Each half is a slow hash of one identity, so that finding another
 * identity with the same 30 digits (about 100 bits) costs thousands of hashes a try. */
#include "safety.h"

#include <stddef.h>

#define ROUNDS 5200
#define GROUPS 6 /* of five digits, in a half */

static base_err half(const sotto_prims *p, const sotto_hash *id, char *out)
{
    sotto_hash h = *id;
    base_err err = BASE_OK;
    for (int i = 0; i < ROUNDS; i++) {
        const base_bytes parts[] = {sotto_hash_bytes(&h), sotto_hash_bytes(id)};
        TRY(sotto_hash_of(p, "sotto safety", parts, 2, &h));
    }
    for (size_t g = 0; g < GROUPS; g++) {
        uint64_t v = 0;
        for (size_t i = 0; i < 5; i++) {
            v = (v << 8) | h.b[5 * g + i];
        }
        v %= 100000;
        for (size_t i = 5; i > 0; i--) {
            out[5 * g + i - 1] = (char)('0' + v % 10);
            v /= 10;
        }
    }
done:
    return err;
}

base_err sotto_safety_number(const sotto_prims *p, const sotto_hash *a, const sotto_hash *b,
                             char out[static SOTTO_SAFETY_DIGITS + 1])
{
    base_err err = BASE_OK;
    bool swap = memcmp(a->b, b->b, sizeof a->b) > 0;
    TRY(half(p, swap ? b : a, out));
    TRY(half(p, swap ? a : b, out + SOTTO_SAFETY_DIGITS / 2));
    out[SOTTO_SAFETY_DIGITS] = '\0';
done:
    return err;
}

void sotto_fingerprint(const sotto_hash *id, char out[static SOTTO_FINGERPRINT_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i > 0 && i % 2 == 0) {
            out[at++] = ' ';
        }
        out[at++] = digits[id->b[i] >> 4];
        out[at++] = digits[id->b[i] & 15];
    }
    out[at] = '\0';
}
