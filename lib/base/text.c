/* One encoder and one decoder for every alphabet whose size is a power of two. Not for secrets: the
 * alphabet is looked up by value, and what is printed was never secret from who reads it. But for
 * hexadecimal, which keys are handed to a database in: its letters are computed. */
#include "text.h"

typedef struct alphabet {
    const char *letters;
    unsigned bits; /* a letter */
} alphabet;

static const alphabet base64url = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6};
static const alphabet base32 = {"abcdefghijklmnopqrstuvwxyz234567", 5};
static const alphabet hex = {"0123456789abcdef", 4};

static base_err encode(const alphabet *a, base_bytes src, base_buf *out)
{
    uint32_t acc = 0;
    unsigned held = 0;
    uint32_t mask = (1U << a->bits) - 1U;
    base_err err = base_buf_reserve(out, src.n / a->bits * 8 + 8);
    for (size_t i = 0; err == BASE_OK && i < src.n; i++) {
        acc = (acc << 8) | src.p[i];
        held += 8;
        while (held >= a->bits) {
            held -= a->bits;
            out->p[out->n++] = (uint8_t)a->letters[(acc >> held) & mask];
        }
    }
    if (err == BASE_OK && held > 0) {
        out->p[out->n++] = (uint8_t)a->letters[(acc << (a->bits - held)) & mask];
    }
    return err;
}

static int letter_value(const alphabet *a, uint8_t c)
{
    const char *at = c == 0 ? NULL : strchr(a->letters, (int)c);
    return at == NULL ? -1 : (int)(at - a->letters);
}

static base_err decode(const alphabet *a, base_bytes text, base_buf *out)
{
    uint32_t acc = 0;
    unsigned held = 0;
    size_t before = out->n;
    base_err err = base_buf_reserve(out, text.n);
    for (size_t i = 0; err == BASE_OK && i < text.n; i++) {
        int v = letter_value(a, text.p[i]);
        if (v < 0) {
            err = BASE_E_VALUE;
            break;
        }
        acc = (acc << a->bits) | (uint32_t)v;
        held += a->bits;
        if (held >= 8) {
            held -= 8;
            out->p[out->n++] = (uint8_t)(acc >> held);
            acc &= (1U << held) - 1U;
        }
    }
    /* What is left over must be padding bits: fewer than a letter's, and zero. */
    if (err == BASE_OK && (held >= a->bits || acc != 0)) {
        err = BASE_E_VALUE;
    }
    if (err != BASE_OK && out->n > before) {
        base_wipe(out->p + before, out->n - before);
        out->n = before;
    }
    return err;
}

base_err base_text_base64url(base_bytes src, base_buf *out)
{
    return encode(&base64url, src, out);
}

base_err base_text_base32(base_bytes src, base_buf *out)
{
    return encode(&base32, src, out);
}

/* From 10 on the letters stand 39 places further than the digits. */
static uint8_t hex_digit(uint32_t v)
{
    uint32_t past_nine = (9U - v) >> 31;
    return (uint8_t)('0' + v + 39U * past_nine);
}

base_err base_text_hex(base_bytes src, base_buf *out)
{
    base_err err = src.n <= SIZE_MAX / 2 ? base_buf_reserve(out, 2 * src.n) : BASE_E_LIMIT;
    for (size_t i = 0; err == BASE_OK && i < src.n; i++) {
        out->p[out->n++] = hex_digit(src.p[i] >> 4);
        out->p[out->n++] = hex_digit(src.p[i] & 15U);
    }
    return err;
}

base_err base_text_from_base64url(base_bytes text, base_buf *out)
{
    return decode(&base64url, text, out);
}

base_err base_text_from_base32(base_bytes text, base_buf *out)
{
    return decode(&base32, text, out);
}

base_err base_text_from_hex(base_bytes text, base_buf *out)
{
    base_buf lower = base_buf_on(out->alloc);
    base_err err = BASE_OK;
    TRY(base_buf_set(&lower, text));
    for (size_t i = 0; i < lower.n; i++) {
        if (lower.p[i] >= 'A' && lower.p[i] <= 'F') {
            lower.p[i] = (uint8_t)(lower.p[i] - 'A' + 'a');
        }
    }
    err = decode(&hex, base_buf_bytes(&lower), out);
done:
    base_buf_clear(&lower);
    return err;
}
