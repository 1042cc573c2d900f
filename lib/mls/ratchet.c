/* Hash ratchets. A secret is replaced as soon as the next one is derived, and a key leaves this
 * file's memory in the call that hands it out for good. */
#include "ratchet.h"

#include "base/alloc.h"
#include "base/ct.h"

/* ---- lists of kept keys ---- */

static void list_clear(const base_alloc *a, mls_kept_list *list)
{
    if (list->v != NULL) {
        base_wipe(list->v, list->cap * sizeof *list->v);
        base_alloc_free(a, list->v);
    }
    *list = (mls_kept_list){NULL, 0, 0};
}

static base_err list_grow(const base_alloc *a, mls_kept_list *list, size_t need)
{
    void *v = list->v;
    base_err err = base_alloc_grow(a, &v, &list->cap, need, sizeof *list->v);
    list->v = v;
    return err;
}

/* Take away count keys from position `at`, and wipe what they held. */
static void list_remove(mls_kept_list *list, size_t at, size_t count)
{
    memmove(list->v + at, list->v + at + count, (list->n - at - count) * sizeof *list->v);
    base_wipe(list->v + list->n - count, count * sizeof *list->v);
    list->n -= count;
}

/* The position of a generation, or list->n. The list is short by the limits, and ascending. */
static size_t list_find(const mls_kept_list *list, uint32_t generation)
{
    size_t lo = 0;
    size_t hi = list->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (list->v[mid].generation < generation) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < list->n && list->v[lo].generation == generation ? lo : list->n;
}

static void to_message_key(const crypto_suite *s, const mls_kept_key *from, mls_message_key *to)
{
    to->key.n = s->aead->key_size;
    memcpy(to->key.b, from->key, s->aead->key_size);
    to->nonce.n = s->aead->nonce_size;
    memcpy(to->nonce.b, from->nonce, s->aead->nonce_size);
}

/* ---- derivation ---- */

/* Key and nonce of a generation from its ratchet secret. */
static base_err derive_key(const crypto_suite *s, const base_secret *secret, uint32_t generation,
                           mls_message_key *out)
{
    base_bytes from = base_secret_bytes(secret);
    base_err err = BASE_OK;
    TRY(crypto_derive_tree_secret(s, from, CRYPTO_LABEL("key"), generation, s->aead->key_size,
                                  &out->key));
    TRY(crypto_derive_tree_secret(s, from, CRYPTO_LABEL("nonce"), generation, s->aead->nonce_size,
                                  &out->nonce));
done:
    if (err != BASE_OK) {
        mls_message_key_clear(out);
    }
    return err;
}

/* The same into a list's element. */
static base_err derive_kept(const crypto_suite *s, const base_secret *secret, uint32_t generation,
                            mls_kept_key *out)
{
    mls_message_key key = {0};
    base_err err = derive_key(s, secret, generation, &key);
    if (err == BASE_OK) {
        out->generation = generation;
        memcpy(out->key, key.key.b, key.key.n);
        memcpy(out->nonce, key.nonce.b, key.nonce.n);
    }
    mls_message_key_clear(&key);
    return err;
}

/* The ratchet secret of the generation after this one, in place. */
static base_err advance(const crypto_suite *s, base_secret *secret, uint32_t generation)
{
    return crypto_derive_tree_secret(s, base_secret_bytes(secret), CRYPTO_LABEL("secret"),
                                     generation, s->hash->size, secret);
}

void mls_ratchet_clear(const base_alloc *a, mls_ratchet *r)
{
    list_clear(a, &r->kept);
    list_clear(a, &r->reserved);
    base_secret_clear(&r->secret);
    r->next = 0;
}

/* ---- sending ---- */

base_err mls_ratchet_next(const crypto_suite *s, mls_ratchet *r, uint32_t *generation,
                          mls_message_key *out)
{
    base_secret after = r->secret;
    base_err err = BASE_OK;
    if (r->reserved.n > 0) {
        *generation = r->reserved.v[0].generation;
        to_message_key(s, &r->reserved.v[0], out);
        list_remove(&r->reserved, 0, 1);
        goto done;
    }
    REQUIRE(r->next < UINT32_MAX, MLS_E_GENERATION_GONE);
    TRY(advance(s, &after, r->next));
    TRY(derive_key(s, &r->secret, r->next, out));
    *generation = r->next;
    r->secret = after;
    r->next++;
done:
    base_secret_clear(&after);
    return err;
}

base_err mls_ratchet_reserve(const crypto_suite *s, mls_ratchet *r, uint32_t count)
{
    base_secret secret = r->secret;
    uint32_t next = r->next;
    size_t before = r->reserved.n;
    base_err err = BASE_OK;
    REQUIRE(count <= UINT32_MAX - next, MLS_E_GENERATION_GONE);
    TRY(list_grow(crypto_suite_alloc(s), &r->reserved, before + count));
    for (uint32_t i = 0; i < count; i++) {
        TRY(derive_kept(s, &secret, next, &r->reserved.v[before + i]));
        TRY(advance(s, &secret, next));
        next++;
    }
    r->reserved.n = before + count;
    r->secret = secret;
    r->next = next;
done:
    if (err != BASE_OK && r->reserved.cap > before) {
        base_wipe(r->reserved.v + before, (r->reserved.cap - before) * sizeof *r->reserved.v);
    }
    base_secret_clear(&secret);
    return err;
}

/* ---- receiving ---- */

void mls_ratchet_step_clear(mls_ratchet_step *step)
{
    mls_kept_list list = {step->skipped, step->n_skipped, step->cap_skipped};
    list_clear(step->alloc, &list);
    base_wipe(step, sizeof *step);
}

/* Whether the step's key was a kept one, and moves the ratchet nowhere. */
static bool is_kept(const mls_ratchet_step *step)
{
    return step->generation < step->from;
}

/* Derive what lies between the ratchet's next generation and the step's: secrets only, while the
 * keys would be dropped at once, then keys too. */
static base_err skip(const crypto_suite *s, uint32_t max_kept, mls_ratchet_step *step)
{
    uint32_t count = step->generation - step->from;
    uint32_t dropped = count > max_kept ? count - max_kept : 0;
    mls_kept_list list = {NULL, 0, 0};
    base_err err = list_grow(step->alloc, &list, count - dropped);
    for (uint32_t i = 0; err == BASE_OK && i < count; i++) {
        if (i >= dropped) {
            err = derive_kept(s, &step->secret, step->from + i, &list.v[list.n]);
            list.n++;
        }
        if (err == BASE_OK) {
            err = advance(s, &step->secret, step->from + i);
        }
    }
    step->skipped = list.v;
    step->n_skipped = list.n;
    step->cap_skipped = list.cap;
    return err;
}

base_err mls_ratchet_peek(const crypto_suite *s, mls_ratchet *r, const mls_ratchet_limits *limits,
                          uint32_t generation, mls_ratchet_step *step)
{
    mls_ratchet_step fresh = {.generation = generation,
                              .from = r->next,
                              .secret = r->secret,
                              .alloc = crypto_suite_alloc(s)};
    base_err err = BASE_OK;
    if (generation < r->next) {
        size_t at = list_find(&r->kept, generation);
        REQUIRE(at < r->kept.n, MLS_E_GENERATION_GONE); /* V-9.1-1 */
        base_secret_clear(&fresh.secret);
        to_message_key(s, &r->kept.v[at], &fresh.key);
    } else {
        REQUIRE(generation < UINT32_MAX && generation - r->next <= limits->forward,
                MLS_E_GENERATION_FAR); /* V-9.1-2 */
        TRY(skip(s, limits->kept, &fresh));
        TRY(derive_key(s, &fresh.secret, generation, &fresh.key));
        TRY(advance(s, &fresh.secret, generation));
        /* Room for consume(), which must not fail for want of memory. */
        TRY(list_grow(fresh.alloc, &r->kept, r->kept.n + fresh.n_skipped));
    }
    *step = fresh;
    fresh = (mls_ratchet_step){.alloc = fresh.alloc};
done:
    mls_ratchet_step_clear(&fresh);
    return err;
}

base_err mls_ratchet_consume(mls_ratchet *r, const mls_ratchet_limits *limits,
                             mls_ratchet_step *step)
{
    mls_kept_list *kept = &r->kept;
    if (is_kept(step)) {
        size_t at = list_find(kept, step->generation);
        if (at == kept->n) {
            return BASE_E_STATE;
        }
        list_remove(kept, at, 1);
        return BASE_OK;
    }
    if (step->from != r->next || kept->cap - kept->n < step->n_skipped) {
        return BASE_E_STATE;
    }
    if (step->n_skipped > 0) {
        memcpy(kept->v + kept->n, step->skipped, step->n_skipped * sizeof *kept->v);
        kept->n += step->n_skipped;
    }
    if (kept->n > limits->kept) {
        list_remove(kept, 0, kept->n - limits->kept);
    }
    r->secret = step->secret;
    r->next = step->generation + 1;
    return BASE_OK;
}

/* ---- the store ---- */

void mls_ratchet_write(base_wr *w, const crypto_suite *s, const mls_ratchet *r)
{
    base_wr_vec(w, base_secret_bytes(&r->secret));
    base_wr_u32(w, r->next);
    size_t mark = base_wr_open(w);
    for (size_t i = 0; i < r->kept.n; i++) {
        base_wr_u32(w, r->kept.v[i].generation);
        base_wr_fixed(w, base_bytes_of(r->kept.v[i].key, s->aead->key_size));
        base_wr_fixed(w, base_bytes_of(r->kept.v[i].nonce, s->aead->nonce_size));
    }
    base_wr_close(w, mark);
}

static void read_kept(base_rd *rd, const crypto_suite *s, mls_ratchet *r)
{
    uint32_t least = 0;
    while (base_rd_more(rd)) {
        mls_kept_key k = {.generation = base_rd_u32(rd)};
        base_bytes key = base_rd_fixed(rd, s->aead->key_size);
        base_bytes nonce = base_rd_fixed(rd, s->aead->nonce_size);
        if (rd->err != BASE_OK) {
            break;
        }
        if (k.generation < least || k.generation >= r->next) {
            base_rd_fail(rd, BASE_E_CORRUPT);
            break;
        }
        least = k.generation + 1;
        memcpy(k.key, key.p, key.n);
        memcpy(k.nonce, nonce.p, nonce.n);
        base_err err = list_grow(crypto_suite_alloc(s), &r->kept, r->kept.n + 1);
        if (err != BASE_OK) {
            base_rd_fail(rd, err);
        } else {
            r->kept.v[r->kept.n] = k;
            r->kept.n++;
        }
        base_wipe(&k, sizeof k);
    }
}

void mls_ratchet_read(base_rd *rd, const crypto_suite *s, mls_ratchet *r)
{
    base_bytes secret = base_rd_vec(rd);
    r->next = base_rd_u32(rd);
    if (rd->err == BASE_OK &&
        (secret.n != s->hash->size || base_secret_set(&r->secret, secret) != BASE_OK)) {
        base_rd_fail(rd, BASE_E_CORRUPT);
    }
    base_rd kept = base_rd_open(rd);
    read_kept(&kept, s, r);
    base_rd_close(rd, &kept);
}
