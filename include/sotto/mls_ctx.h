/* What libmls is given to live with, and the context that holds it: ports to a store, to randomness
 * and to cryptography, limits, the application's own judgements. Included by <sotto/mls.h>, whose
 * first paragraphs also say what holds of every call here (RFC 9420). */
#ifndef SOTTO_MLS_CTX_H
#define SOTTO_MLS_CTX_H

#include <sotto/base.h>
#include <sotto/crypto.h>
#include <sotto/mls_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mls_ctx mls_ctx;

/* ---- ports and limits ---- */

/* One change of the store. remove: value is ignored, and the key may be absent. */
typedef struct mls_store_op {
    base_bytes key;
    base_bytes value;
    bool remove;
} mls_store_op;

/* The key-value store port. Keys are at most 128 bytes; values hold secrets, so that the store must
 * encrypt what it keeps, and overwrite what it removes. */
typedef struct mls_store {
    /* The value of a key, given in *value (any allocator). BASE_E_NOT_FOUND when absent. */
    base_err (*get)(void *user, base_bytes key, base_buf *value);
    /* Apply all n changes in order, or none. */
    base_err (*write)(void *user, const mls_store_op *ops, size_t n);
    void *user;
} mls_store;

/* What a stranger can press against. Zero means the default in brackets. */
typedef struct mls_limits {
    size_t message_bytes; /* a message, a tree [16 MiB] */
    uint32_t leaves;      /* in a tree [65536] */
    uint32_t proposals;   /* in a commit, and kept for one [4096] */
    uint32_t forward;     /* generations skipped at once in a ratchet [1024] */
    uint32_t skipped;     /* keys kept for late messages, a ratchet; UINT32_MAX for none [64] */
    uint32_t resumption;  /* past epochs whose resumption_psk is kept; at most 65536 [16] */
    uint64_t lifetime;    /* seconds that a leaf's lifetime may span in all [any] */
} mls_limits;

/* Whether two leaves present the same client, which only an application can know (sections 11.3,
 * 12.2, 12.4.3.1). The answer may depend on the two leaves alone, or members would part. */
typedef struct mls_clients {
    bool (*same)(void *user, const mls_leaf_node *a, const mls_leaf_node *b);
    void *user;
} mls_clients;

/* What a commit does to the data of one component: old is NULL when it has none; the updates are in
 * the order of the commit, at least one. */
typedef struct mls_component_update {
    uint16_t component;
    const base_bytes *old;
    const base_bytes *updates;
    size_t n;
} mls_component_update;

/* The components of the application (draft-ietf-mls-extensions; see <sotto/mls_app.h>). Answers may
 * depend on the arguments alone, or members would part. Errors of the classes resource and internal
 * are passed on, any other means no. A function that is NULL: no component is known; no update is
 * valid; all ephemeral data is. The components that the draft defines itself are not asked about.
 */
typedef struct mls_components {
    bool (*known)(void *user, uint16_t component);
    /* The component's new data in the GroupContext: given in *data (any allocator). */
    base_err (*update)(void *user, const mls_component_update *u, base_buf *data);
    /* Whether item may travel with a commit. */
    base_err (*ephemeral)(void *user, const mls_app_data *item);
    void *user;
} mls_components;

/* All borrowed for the life of the context. alloc NULL: the standard one.
 *
 * clients.same NULL: leaves with one signature key are one client where an Add may not bring a
 * client twice; where a leaf stands for another (an external commit's replacement, members of a
 * branch or reinitialised group), leaves with equal credentials are. A function answers both.
 *
 * numbers: in place of the private ones of mls_types.h, which all members of a group have to agree
 * on. Each is for one of those suites, is not zero, and no two suites have one number. */
typedef struct mls_config {
    const base_alloc *alloc;
    const crypto_backend *crypto;
    crypto_random random;
    mls_store store;
    mls_limits limits;
    mls_clients clients;
    mls_components components;
    const crypto_suite_number *numbers; /* copied; n_numbers of them, for suites without one */
    size_t n_numbers;
} mls_config;

/* ---- the context ---- */

/* Make a context: the ports and limits that groups and keys of one client live with. It touches
 * neither store nor randomness.
 *
 * config  read now; what its pointers lead to is borrowed for the life of the context.
 * out     given; mls_ctx_free().
 *
 * Errors: BASE_E_ARGUMENT when crypto, random or a function of the store is missing, or a limit is
 * above its bound. */
BASE_MUST_USE base_err mls_ctx_new(const mls_config *config, mls_ctx **out);

/* Release a context, after all groups and staged commits that were made with it. The store keeps
 * everything. NULL is allowed. */
void mls_ctx_free(mls_ctx *ctx);

/* Tell whether this context can run a suite: it is in the table and the backend has its parts
 * (section 5.1). */
bool mls_ctx_supports(const mls_ctx *ctx, mls_suite suite);

/* The length in bytes of the suite's hash output, Nh in the RFC (section 5.1), or 0 for a suite
 * that this context cannot run. */
size_t mls_suite_hash_size(const mls_ctx *ctx, mls_suite suite);

#ifdef __cplusplus
}
#endif

#endif
