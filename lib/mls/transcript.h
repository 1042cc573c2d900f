/* Transcript hashes and the confirmation tag (RFC 9420, sections 8.2 and 6.1). The inputs of the
 * hashes come in encoded: this file knows no message. */
#ifndef MLS_TRANSCRIPT_H
#define MLS_TRANSCRIPT_H

#include "crypto/suite.h"

/* confirmed_transcript_hash of the next epoch. interim is this epoch's interim hash (empty in epoch
 * 0); input is the encoded ConfirmedTranscriptHashInput: wire_format, FramedContent, signature<V>.
 */
BASE_MUST_USE base_err mls_transcript_confirmed(const crypto_suite *s, base_bytes interim,
                                                base_bytes input, crypto_digest *out);

/* interim_transcript_hash of the epoch that confirmed and confirmation_tag belong to. */
BASE_MUST_USE base_err mls_transcript_interim(const crypto_suite *s, base_bytes confirmed,
                                              base_bytes confirmation_tag, crypto_digest *out);

/* confirmation_tag = MAC(confirmation_key, confirmed_transcript_hash), both of the new epoch, and
 * its check: MLS_E_CONFIRMATION_TAG. */
BASE_MUST_USE base_err mls_confirmation_tag_make(const crypto_suite *s, base_bytes confirmation_key,
                                                 base_bytes confirmed, crypto_digest *out);
BASE_MUST_USE base_err mls_confirmation_tag_check(const crypto_suite *s,
                                                  base_bytes confirmation_key, base_bytes confirmed,
                                                  base_bytes tag);

#endif
