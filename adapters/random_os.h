/* The operating system's random generator as the randomness port. */
#ifndef ADAPTERS_RANDOM_OS_H
#define ADAPTERS_RANDOM_OS_H

#include <sotto/crypto.h>

/* getrandom(2). Waits until the system's generator has been seeded, at boot; never less random. */
crypto_random random_os(void);

#endif
