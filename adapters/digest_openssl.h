/* The relay's SHA-256, by OpenSSL, which uses the machine's instructions for it. */
#ifndef ADAPTERS_DIGEST_OPENSSL_H
#define ADAPTERS_DIGEST_OPENSSL_H

#include "relay/ports.h"

typedef struct digest_openssl digest_openssl;

/* Errors: BASE_E_NOMEM, also when this OpenSSL has no SHA-256. */
BASE_MUST_USE base_err digest_openssl_new(digest_openssl **out);

/* NULL is allowed. */
void digest_openssl_free(digest_openssl *d);

/* The port; d is borrowed and belongs to one thread. Its error is BASE_E_INTERNAL. */
relay_digest digest_openssl_port(digest_openssl *d);

#endif
