/* Fields of JSON objects and the checks of runners. */
#include "vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fail(vec_ctx *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first reason stays. */
static void fail(vec_ctx *c, const char *format, ...)
{
    va_list args;
    if (c->failed) {
        return;
    }
    c->failed = true;
    va_start(args, format);
    (void)vsnprintf(c->why, sizeof c->why, format, args);
    va_end(args);
}

static int nibble(char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }
    if (ch >= 'a' && ch <= 'f') {
        return ch - 'a' + 10;
    }
    return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

base_bytes vec_hex_of(vec_ctx *c, const json_t *string, const char *name)
{
    if (!json_is_string(string) || json_string_length(string) % 2 != 0) {
        fail(c, "%s: hexadecimal digits expected", name);
        return BASE_BYTES_NONE;
    }
    const char *text = json_string_value(string);
    size_t n = json_string_length(string) / 2;
    if (n == 0) {
        return BASE_BYTES_NONE;
    }
    uint8_t *p = base_arena_zero(&c->arena, n, 1);
    if (p == NULL) {
        fail(c, "%s: out of memory", name);
        return BASE_BYTES_NONE;
    }
    for (size_t i = 0; i < n; i++) {
        int hi = nibble(text[2 * i]);
        int lo = nibble(text[2 * i + 1]);
        if (hi < 0 || lo < 0) {
            fail(c, "%s: hexadecimal digits expected", name);
            return BASE_BYTES_NONE;
        }
        p[i] = (uint8_t)(hi << 4 | lo);
    }
    return base_bytes_of(p, n);
}

base_bytes vec_hex(vec_ctx *c, const json_t *object, const char *key)
{
    return vec_hex_of(c, json_object_get(object, key), key);
}

/* The bytes of a number, with zeros in front up to n bytes. */
static base_bytes widened(vec_ctx *c, base_bytes number, size_t n)
{
    uint8_t *p = number.n < n ? base_arena_zero(&c->arena, n, 1) : NULL;
    if (p == NULL || number.n == 0) {
        return number;
    }
    memcpy(p + n - number.n, number.p, number.n);
    return base_bytes_of(p, n);
}

base_bytes vec_kem_private(vec_ctx *c, const crypto_suite *s, const json_t *object, const char *key)
{
    bool is_number = s->dh != NULL && s->dh->scalar_mask != 0;
    base_bytes b = vec_hex(c, object, key);
    return is_number ? widened(c, b, s->dh->private_size) : b;
}

base_bytes vec_sig_private(vec_ctx *c, const crypto_suite *s, const json_t *object, const char *key)
{
    bool is_number = s->sig->id == CRYPTO_SIG_P256 || s->sig->id == CRYPTO_SIG_P384 ||
                     s->sig->id == CRYPTO_SIG_P521;
    base_bytes b = vec_hex(c, object, key);
    return is_number ? widened(c, b, s->sig->seed_size) : b;
}

base_bytes vec_text(vec_ctx *c, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    if (!json_is_string(v)) {
        fail(c, "%s: a string expected", key);
        return BASE_BYTES_NONE;
    }
    return base_bytes_of(json_string_value(v), json_string_length(v));
}

uint64_t vec_uint(vec_ctx *c, const json_t *object, const char *key, uint64_t max)
{
    const json_t *v = json_object_get(object, key);
    if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max) {
        fail(c, "%s: a number of at most %llu expected", key, (unsigned long long)max);
        return 0;
    }
    return (uint64_t)json_integer_value(v);
}

const json_t *vec_object(vec_ctx *c, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    if (!json_is_object(v)) {
        fail(c, "%s: an object expected", key);
        return NULL;
    }
    return v;
}

const json_t *vec_array(vec_ctx *c, const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    if (!json_is_array(v)) {
        fail(c, "%s: an array expected", key);
        return NULL;
    }
    return v;
}

bool vec_is_null(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return v == NULL || json_is_null(v);
}

bool vec_suite(vec_ctx *c, const json_t *object, crypto_suite *out)
{
    uint16_t number = (uint16_t)vec_uint(c, object, "cipher_suite", UINT16_MAX);
    return crypto_suite_resolve(c->env, number, out) == BASE_OK;
}

bool vec_ok(vec_ctx *c, base_err err, const char *what)
{
    if (err != BASE_OK) {
        fail(c, "%s: %s (%s)", what, base_err_text(err), base_err_name(err));
    }
    return err == BASE_OK;
}

bool vec_eq(vec_ctx *c, base_bytes got, base_bytes want, const char *what)
{
    bool same = base_bytes_eq(got, want);
    if (!same) {
        fail(c, "%s: %zu bytes differ from the %zu expected", what, got.n, want.n);
    }
    return same;
}

bool vec_true(vec_ctx *c, bool holds, const char *what)
{
    if (!holds) {
        fail(c, "%s: does not hold", what);
    }
    return holds;
}

vec_result vec_done(const vec_ctx *c)
{
    return c->failed ? VEC_FAILED : VEC_PASSED;
}
