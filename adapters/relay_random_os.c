/* The operating system's generator as the relay's port of randomness; see the header. The agent has
 * an adapter of its own, since the relay must not know the room of cryptography. */
#include "relay_random_os.h"

#include <unistd.h>

#define CHUNK 256 /* bytes that getentropy(3) gives at most */

static base_err fill(void *user, uint8_t *p, size_t n)
{
    (void)user;
    while (n > 0) {
        size_t now = n < CHUNK ? n : CHUNK;
        if (getentropy(p, now) != 0) {
            return BASE_E_RANDOM;
        }
        p += now;
        n -= now;
    }
    return BASE_OK;
}

relay_random relay_random_os(void)
{
    return (relay_random){fill, NULL};
}
