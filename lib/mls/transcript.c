/* Transcript hashes and the confirmation tag: two hashes and a MAC. */
#include "transcript.h"

#include "base/wr.h"

base_err mls_transcript_confirmed(const crypto_suite *s, base_bytes interim, base_bytes input,
                                  crypto_digest *out)
{
    const base_bytes parts[2] = {interim, input};
    return crypto_digest_of(s, parts, 2, out);
}

base_err mls_transcript_interim(const crypto_suite *s, base_bytes confirmed,
                                base_bytes confirmation_tag, crypto_digest *out)
{
    /* InterimTranscriptHashInput is one MAC, an opaque<V>. */
    base_buf input = base_buf_on(s->env->alloc);
    base_wr w = base_wr_on(&input);
    base_err err = BASE_OK;
    base_wr_vec(&w, confirmation_tag);
    TRY(base_wr_end(&w));
    const base_bytes parts[2] = {confirmed, base_buf_bytes(&input)};
    TRY(crypto_digest_of(s, parts, 2, out));
done:
    base_buf_clear(&input);
    return err;
}

base_err mls_confirmation_tag_make(const crypto_suite *s, base_bytes confirmation_key,
                                   base_bytes confirmed, crypto_digest *out)
{
    return crypto_mac(s, confirmation_key, confirmed, out);
}

base_err mls_confirmation_tag_check(const crypto_suite *s, base_bytes confirmation_key,
                                    base_bytes confirmed, base_bytes tag)
{
    base_err err = crypto_mac_check(s, confirmation_key, confirmed, tag);
    return err == CRYPTO_E_OPEN ? MLS_E_CONFIRMATION_TAG : err;
}
