/* Making a Welcome. */
#include "welcome_make.h"

#include "base/alloc.h"
#include "group_info.h"
#include "key_package.h"
#include "welcome_crypto.h"

/* The lists that grow with the joiners and the PSKs. */
typedef struct making {
    const mls_welcome_plan *plan;
    const base_alloc *alloc;
    const crypto_suite *suite;
    base_buf encrypted_group_info;
    crypto_digest bound;
    mls_encrypted_group_secrets *entries;
    crypto_sealed *sealed;
    crypto_digest *refs;
    size_t n;
    mls_psk_id *psks;
    size_t n_psks;
} making;

static void making_clear(making *m)
{
    for (size_t i = 0; i < m->n; i++) {
        crypto_sealed_clear(&m->sealed[i]);
    }
    base_alloc_free(m->alloc, m->entries);
    base_alloc_free(m->alloc, m->sealed);
    base_alloc_free(m->alloc, m->refs);
    base_alloc_free(m->alloc, m->psks);
    base_buf_clear(&m->encrypted_group_info);
}

/* Room for every joiner, and the PSK ids in the order of the commit. */
static base_err making_begin(making *m)
{
    const mls_staged *s = m->plan->staged;
    if (s->n_items == 0) {
        return BASE_OK;
    }
    m->entries =
        (mls_encrypted_group_secrets *)base_alloc_zero(m->alloc, s->n_items, sizeof *m->entries);
    m->sealed = (crypto_sealed *)base_alloc_zero(m->alloc, s->n_items, sizeof *m->sealed);
    m->refs = (crypto_digest *)base_alloc_zero(m->alloc, s->n_items, sizeof *m->refs);
    m->psks = (mls_psk_id *)base_alloc_zero(m->alloc, s->n_items, sizeof *m->psks);
    if (m->entries == NULL || m->sealed == NULL || m->refs == NULL || m->psks == NULL) {
        return BASE_E_NOMEM;
    }
    for (size_t i = 0; i < s->n_items; i++) {
        if (s->items[i].proposal->type == MLS_PROPOSAL_PSK) {
            m->psks[m->n_psks++] = s->items[i].proposal->psk;
        }
    }
    return BASE_OK;
}

static base_err seal_info(making *m)
{
    base_err err = BASE_OK;
    base_buf info = base_buf_on(m->alloc);
    base_secret welcome_secret = {0};
    const mls_welcome_plan *p = m->plan;
    TRY(mls_group_info_make(&p->staged->next, !p->tree_beside, false, &info));
    TRY(mls_welcome_secret_derive(m->suite, base_secret_bytes(p->joiner_secret),
                                  base_secret_bytes(p->psk_secret), &welcome_secret));
    TRY(mls_welcome_seal_info(m->suite, base_secret_bytes(&welcome_secret), base_buf_bytes(&info),
                              &m->encrypted_group_info));
    TRY(mls_welcome_bind(m->suite, base_buf_bytes(&m->encrypted_group_info), &m->bound));
done:
    base_secret_clear(&welcome_secret);
    base_buf_clear(&info);
    return err;
}

static base_err ref_of(const making *m, const mls_key_package *kp, crypto_digest *ref)
{
    base_err err = BASE_OK;
    base_buf encoded = base_buf_on(m->alloc);
    base_wr w = base_wr_on(&encoded);
    mls_key_package_write(&w, kp);
    TRY(base_wr_end(&w));
    TRY(mls_key_package_ref(m->suite, base_buf_bytes(&encoded), ref));
done:
    base_buf_clear(&encoded);
    return err;
}

static base_err seal_one(making *m, const mls_list_item *item)
{
    base_err err = BASE_OK;
    const mls_key_package *kp = &item->proposal->key_package;
    mls_group_secrets secrets = {.joiner_secret = base_secret_bytes(m->plan->joiner_secret),
                                 .psks = m->psks,
                                 .n_psks = m->n_psks};
    if (m->plan->path != NULL) {
        TRY(mls_path_secret_for(m->plan->path, item->leaf, &secrets.path_secret));
        secrets.has_path_secret = true;
    }
    TRY(ref_of(m, kp, &m->refs[m->n]));
    m->sealed[m->n] = (crypto_sealed){base_buf_on(m->alloc), base_buf_on(m->alloc)};
    TRY(mls_welcome_seal_secrets(m->suite, kp->init_key, &secrets, &m->bound, &m->sealed[m->n]));
    m->entries[m->n] =
        (mls_encrypted_group_secrets){.new_member = crypto_digest_bytes(&m->refs[m->n]),
                                      .sealed = {base_buf_bytes(&m->sealed[m->n].kem_output),
                                                 base_buf_bytes(&m->sealed[m->n].ciphertext)}};
    m->n++;
done:
    return err;
}

base_err mls_welcome_make(const mls_welcome_plan *plan, base_buf *message)
{
    base_err err = BASE_OK;
    const mls_staged *s = plan->staged;
    making m = {.plan = plan, .alloc = s->ctx->alloc, .suite = &s->next.epoch.suite};
    bool somebody = false;
    for (size_t i = 0; i < s->n_items; i++) {
        somebody = somebody || s->items[i].proposal->type == MLS_PROPOSAL_ADD;
    }
    if (!somebody) {
        base_buf_clear(message);
        return BASE_OK;
    }
    TRY(making_begin(&m));
    TRY(seal_info(&m));
    for (size_t i = 0; i < s->n_items; i++) {
        if (s->items[i].proposal->type == MLS_PROPOSAL_ADD) {
            TRY(seal_one(&m, &s->items[i]));
        }
    }
    const mls_message out = {
        .wire_format = MLS_WIRE_WELCOME,
        .welcome = {m.suite->number, m.entries, m.n, base_buf_bytes(&m.encrypted_group_info)}};
    TRY(mls_message_encode(&out, message));
done:
    making_clear(&m);
    return err;
}
