/* The safety number: 60 digits that two people compare to know that nobody stands between them
 * (docs/client.md, section 3). The same at both ends, whoever asks. */
#ifndef SOTTO_SAFETY_H
#define SOTTO_SAFETY_H

#include "prims.h"

#define SOTTO_SAFETY_DIGITS 60

/* Writes 60 digits and a terminator. Costs 2 x 5,200 hashes. */
BASE_MUST_USE base_err sotto_safety_number(const sotto_prims *p, const sotto_hash *a,
                                           const sotto_hash *b,
                                           char out[static SOTTO_SAFETY_DIGITS + 1]);

/* A hash as people read it: its first 16 bytes in hexadecimal, groups of 4 parted by spaces. Writes
 * 39 characters and a terminator. */
#define SOTTO_FINGERPRINT_CHARS 39
void sotto_fingerprint(const sotto_hash *id, char out[static SOTTO_FINGERPRINT_CHARS + 1]);

#endif
