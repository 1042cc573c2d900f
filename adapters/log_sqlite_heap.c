/* SQLite's memory in adapters/log_sqlite. Pages, rows on their way and values bound to statements
 * are copies of what the store holds, and what is deleted from the file must not live on in the
 * heap: an allocator under SQLite's own wipes every block before it is freed. The pools that SQLite
 * would keep beside it (look-aside blocks, the page cache's first pages) are switched off, for they
 * hand blocks from user to user without freeing them. */
#include "log_sqlite_db.h"

#include "base/ct.h"

static sqlite3_mem_methods plain; /* what SQLite would use by itself */

static void wipe_free(void *p)
{
    if (p != NULL) {
        base_wipe(p, (size_t)plain.xSize(p));
        plain.xFree(p);
    }
}

/* Growing in place cannot be told from moving, and moving leaves the old block behind. */
static void *wipe_realloc(void *p, int n)
{
    int old = plain.xSize(p);
    if (n <= old && n > old / 2) {
        return p;
    }
    void *fresh = plain.xMalloc(n);
    if (fresh != NULL) {
        memcpy(fresh, p, (size_t)(old < n ? old : n));
        wipe_free(p);
    }
    return fresh;
}

base_err ls_heap_use(void)
{
    if (plain.xMalloc != NULL) {
        return BASE_OK;
    }
    sqlite3_mem_methods ours;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK) {
        plain = (sqlite3_mem_methods){0};
        return BASE_E_STATE;
    }
    ours = plain;
    ours.xFree = wipe_free;
    ours.xRealloc = wipe_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) != SQLITE_OK) {
        plain = (sqlite3_mem_methods){0};
        return BASE_E_STATE;
    }
    return BASE_OK;
}
