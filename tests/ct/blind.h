/* A backend whose secrets Valgrind takes for undefined: what HMAC, key agreement and key generation
 * give is marked, and so is randomness, while each primitive itself runs on copies that are not. So
 * everything between the primitives is watched, which is all of lib/, and nothing inside of them,
 * which is their authors'. Public by their nature are ciphertexts, public keys, signatures, hashes,
 * and what a message decrypts to, but for its padding and a path secret. */
#ifndef CT_BLIND_H
#define CT_BLIND_H

#include <sotto/crypto.h>

/* Over crypto_default(), of one suite; NULL when it lacks a part. */
const crypto_backend *blind_backend(void);

/* The same port, marked. All ports given must have one function. */
crypto_random blind_random(crypto_random port);

#endif
