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

/* Get the backend over libsodium and OpenSSL, for mls_config.crypto; NULL when one of the libraries
 * does not start. Static, for the life of the process; any thread may call it, and share it. */
const crypto_backend *crypto_default(void);

/* The operating system's generator (getrandom), for mls_config.random. It needs no release; any
 * thread may share it. It waits until the generator was seeded, at boot, and its fill() fails with
 * BASE_E_RANDOM when the system refuses. */
crypto_random crypto_default_random(void);

#ifdef __cplusplus
}
#endif

#endif
