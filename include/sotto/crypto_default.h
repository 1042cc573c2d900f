/* A crypto backend and a source of randomness for those who bring none: libmls-crypto, a second
 * library beside libmls. For each primitive it takes the faster of libsodium and OpenSSL. An
 * embedder with a backend of its own (<sotto/crypto.h>) needs neither this header nor its library.
 */
#ifndef SOTTO_CRYPTO_DEFAULT_H
#define SOTTO_CRYPTO_DEFAULT_H

#include <sotto/crypto.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The backend, once both libraries are ready; NULL when one is not. Callable from any thread. */
const crypto_backend *crypto_default(void);

/* The operating system's generator (getrandom). Waits until it was seeded, at boot. */
crypto_random crypto_default_random(void);

#ifdef __cplusplus
}
#endif

#endif
