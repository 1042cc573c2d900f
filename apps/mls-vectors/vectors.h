/* What main.c and the runners of mls-vectors share. A file is a JSON array; each of its entries is
 * one test. A runner handles one kind of entry and is one file, runners/<kind>.c, that
 * defines a vec_kind; main.c names it in its table. The formats are those of the MLS working
 * group's test-vectors.md and of the HPKE working group. */
#ifndef MLS_VECTORS_VECTORS_H
#define MLS_VECTORS_VECTORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "crypto/suite.h"

typedef enum vec_result { VEC_PASSED, VEC_FAILED, VEC_SKIPPED } vec_result;

/* One entry while it runs. Memory of its inputs lives in the arena until the entry ends. The first
 * failure is latched: readers then yield zeros, so that a runner may check once. */
typedef struct vec_ctx {
    const crypto_env *env;
    base_arena arena;
    bool failed;
    char why[256]; /* what failed first; printed by main */
} vec_ctx;

typedef struct vec_kind {
    const char *name;
    /* Keys that every entry of this kind has and no other kind has all of; ends with NULL. */
    const char *const *keys;
    /* Judge one entry. VEC_SKIPPED only for a suite that vec_suite() does not know; the result is
     * VEC_FAILED whatever is returned when c->failed is set. */
    vec_result (*run)(vec_ctx *c, const json_t *entry);
} vec_kind;

/* Fields of an object. A missing field, or one of another type or out of range, fails the entry. */
base_bytes vec_hex(vec_ctx *c, const json_t *object, const char *key);
base_bytes vec_text(vec_ctx *c, const json_t *object, const char *key);
uint64_t vec_uint(vec_ctx *c, const json_t *object, const char *key, uint64_t max);
const json_t *vec_object(vec_ctx *c, const json_t *object, const char *key);
const json_t *vec_array(vec_ctx *c, const json_t *object, const char *key);
/* As vec_hex for a string that is not in an object; and for a field that may be null or absent. */
base_bytes vec_hex_of(vec_ctx *c, const json_t *string, const char *name);
bool vec_is_null(const json_t *object, const char *key);
/* Private keys of a suite. The working group's files write scalars of the NIST curves as numbers,
 * which of P-521 are often a byte short: what is missing in front is put back. */
base_bytes vec_kem_private(vec_ctx *c, const crypto_suite *s, const json_t *object,
                           const char *key);
base_bytes vec_sig_private(vec_ctx *c, const crypto_suite *s, const json_t *object,
                           const char *key);

/* Resolve the suite that the object's "cipher_suite" names: false when it is unsupported (return
 * VEC_SKIPPED then). */
bool vec_suite(vec_ctx *c, const json_t *object, crypto_suite *out);

/* Checks: each fails the entry, with `what` and the place, unless it holds. They return it too. */
bool vec_ok(vec_ctx *c, base_err err, const char *what);
bool vec_eq(vec_ctx *c, base_bytes got, base_bytes want, const char *what);
bool vec_true(vec_ctx *c, bool holds, const char *what);

/* VEC_FAILED when the entry has failed, else VEC_PASSED. */
vec_result vec_done(const vec_ctx *c);

#endif
