/* The hybrid KEMs that crypto_default.c lists beside what the libraries have. */
#ifndef ADAPTERS_CRYPTO_DEFAULT_HYBRID_H
#define ADAPTERS_CRYPTO_DEFAULT_HYBRID_H

#include <sotto/crypto.h>

/* MLKEM768-P256. Works once both libraries are ready. */
extern const crypto_kem_alg crypto_default_mlkem768p256;

/* MLKEM1024-P384. Needs OpenSSL's ML-KEM too: crypto_openssl_has_ml(). */
extern const crypto_kem_alg crypto_default_mlkem1024p384;

#endif
