/* getrandom(2): no descriptor to run out of, no device to be missing in a chroot. */
#include "random_os.h"

#include <errno.h>
#include <sys/random.h>

#include "base/ct.h"

static base_err fill(void *user, uint8_t *p, size_t n)
{
    size_t got = 0;
    (void)user;
    while (got < n) {
        ssize_t more = getrandom(p + got, n - got, 0);
        if (more > 0) {
            got += (size_t)more;
        } else if (more == 0 || errno != EINTR) {
            base_wipe(p, n);
            return BASE_E_RANDOM;
        }
    }
    return BASE_OK;
}

crypto_random random_os(void)
{
    return (crypto_random){fill, NULL};
}
