/* What the files of the OpenSSL backend share. */
#ifndef ADAPTERS_CRYPTO_OPENSSL_PARTS_H
#define ADAPTERS_CRYPTO_OPENSSL_PARTS_H

#include <stdbool.h>

/* Make the P-256 group once; false when the library lacks it. */
bool crypto_openssl_p256_setup(void);

#endif
