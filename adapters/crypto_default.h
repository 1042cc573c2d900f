/* The crypto backend that our programs use: for each primitive the faster of libsodium and OpenSSL.
 * */
#ifndef ADAPTERS_CRYPTO_DEFAULT_H
#define ADAPTERS_CRYPTO_DEFAULT_H

#include <sotto/crypto.h>

/* The backend, once both libraries are ready; NULL when one is not. Callable from any thread. */
const crypto_backend *crypto_default(void);

#endif
