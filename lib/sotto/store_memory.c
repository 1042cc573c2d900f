/* SQLite's memory: what it frees is wiped first, since rows and pages were in it. SQLCipher's own
 * switch for that also asks the system to lock each allocation by itself, two calls for a few
 * bytes; which made up three quarters of the time. Whether the process is kept out of swap is the
 * agent's to see to, for all of its memory at once. */
#include "store.h"

#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#define HEAD 16 /* in front of what SQLite sees: the size; keeps the alignment */

static unsigned char *base_of(void *p)
{
    return (unsigned char *)p - HEAD;
}

static int size_of(void *p)
{
    int n = 0;
    if (p != NULL) {
        memcpy(&n, base_of(p), sizeof n);
    }
    return n;
}

static void *take(int n)
{
    unsigned char *p = n > 0 ? base_alloc_std.alloc(NULL, (size_t)n + HEAD) : NULL;
    if (p == NULL) {
        return NULL;
    }
    memcpy(p, &n, sizeof n);
    return p + HEAD;
}

static void give_back(void *p)
{
    if (p != NULL) {
        base_wipe(p, (size_t)size_of(p));
        base_alloc_std.free(NULL, base_of(p));
    }
}

static void *resize(void *p, int n)
{
    void *more = take(n);
    if (more != NULL && p != NULL) {
        int old = size_of(p);
        memcpy(more, p, (size_t)(old < n ? old : n));
        give_back(p);
    }
    return more;
}

static int round_up(int n)
{
    return (n + 7) & ~7;
}

static int begin(void *user)
{
    (void)user;
    return SQLITE_OK;
}

static void end(void *user)
{
    (void)user;
}

void store_memory_wipes(void)
{
    static const sqlite3_mem_methods methods = {take,     give_back, resize, size_of,
                                                round_up, begin,     end,    NULL};
    /* Refused once SQLite has begun: then it has these already, from the first store. Lookaside
     * would be a pool of its own, which nothing wipes. */
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    (void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}
