/* The operating system's clocks; see the header. */
#include "clock_os.h"

#include <time.h>

static uint64_t read_ms(clockid_t which)
{
    struct timespec t = {0};
    if (clock_gettime(which, &t) != 0 || t.tv_sec < 0) {
        return 0;
    }
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_os_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

uint64_t clock_os_steady_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}
