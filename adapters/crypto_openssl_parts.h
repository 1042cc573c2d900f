/* What the files of the OpenSSL backend share. */
#ifndef ADAPTERS_CRYPTO_OPENSSL_PARTS_H
#define ADAPTERS_CRYPTO_OPENSSL_PARTS_H

#include <stdbool.h>

/* Make the groups of the NIST curves once; false when the library lacks one. */
bool crypto_openssl_nist_setup(void);

/* Whether the library has ML-KEM and ML-DSA. */
bool crypto_openssl_ml_setup(void);

#endif
