/* Transcript hashes and the confirmation tag of one Commit (RFC 9420, sections 8.2 and 6.1). */
#include "../vectors.h"

#include "mls/content.h"
#include "mls/transcript.h"

static const char *const keys[] = {"confirmation_key",
                                   "authenticated_content",
                                   "interim_transcript_hash_before",
                                   "confirmed_transcript_hash_after",
                                   "interim_transcript_hash_after",
                                   NULL};

static vec_result run(vec_ctx *c, const json_t *entry)
{
    crypto_suite s;
    crypto_digest got = {0};
    mls_auth_content content = {0};
    base_buf input = base_buf_on(NULL);
    base_bytes confirmed = vec_hex(c, entry, "confirmed_transcript_hash_after");
    if (!vec_suite(c, entry, &s)) {
        return VEC_SKIPPED;
    }
    vec_ok(c,
           mls_auth_content_decode(vec_hex(c, entry, "authenticated_content"), &c->arena, &content),
           "authenticated_content");
    vec_true(c, content.content.type == MLS_CONTENT_COMMIT, "a commit");
    vec_ok(c, mls_content_confirmed_input(&content, &input), "ConfirmedTranscriptHashInput");
    vec_ok(c,
           mls_transcript_confirmed(&s, vec_hex(c, entry, "interim_transcript_hash_before"),
                                    base_buf_bytes(&input), &got),
           "confirmed hash");
    vec_eq(c, crypto_digest_bytes(&got), confirmed, "confirmed_transcript_hash_after");
    vec_ok(c, mls_transcript_interim(&s, confirmed, content.confirmation_tag, &got),
           "interim hash");
    vec_eq(c, crypto_digest_bytes(&got), vec_hex(c, entry, "interim_transcript_hash_after"),
           "interim_transcript_hash_after");
    vec_ok(c,
           mls_confirmation_tag_check(&s, vec_hex(c, entry, "confirmation_key"), confirmed,
                                      content.confirmation_tag),
           "confirmation_tag");
    base_buf_clear(&input);
    return vec_done(c);
}

const vec_kind vec_transcript_hashes = {"transcript-hashes", keys, run};
