/* The crypto backend that our programs use is the one that embedders get: its header is public. */
#ifndef ADAPTERS_CRYPTO_DEFAULT_H
#define ADAPTERS_CRYPTO_DEFAULT_H

#include <sotto/crypto_default.h>

#endif
