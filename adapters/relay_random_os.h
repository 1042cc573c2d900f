/* The operating system's generator as the relay's port of randomness. */
#ifndef ADAPTERS_RELAY_RANDOM_OS_H
#define ADAPTERS_RELAY_RANDOM_OS_H

#include "relay/ports.h"

/* Fit for keys; waits until the system's generator has been seeded, at boot. BASE_E_RANDOM when it
 * fails. */
relay_random relay_random_os(void);

#endif
