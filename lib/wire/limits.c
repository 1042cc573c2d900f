/* Size classes: what lengths are padded to, so that a size says little (docs/protocol.md, 6.2). */
#include "limits.h"

size_t wire_size_class(size_t n)
{
    if (n == 0 || n > WIRE_SIDE_MAX) {
        return 0;
    }
    for (size_t c = 256; c < 65536; c *= 4) {
        if (n <= c) {
            return c;
        }
    }
    return (n + 65535) / 65536 * 65536;
}

bool wire_size_check(size_t n, size_t max)
{
    return n > 0 && n <= max && wire_size_class(n) == n;
}
