/* Room on the disk in adapters/log_sqlite. A disk that is full takes no acknowledgement either, for
 * each is a write; so what adds is refused while there is still room for what frees some. Asked of
 * the system once a transaction: the free bytes of the file system, and the size that a file of
 * this process may have. */
#include "log_sqlite_db.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum {
    SPARE = 16 << 20, /* a journal of 4000 pages, when it is emptied by itself */
    ROW = 1024,       /* what a row costs beside its bytes, at most */
};

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t size_of(const char *path)
{
    struct stat st;
    return path != NULL && stat(path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

/* The pages of the database, those that are still in the journal alone included. */
static uint64_t pages_of(log_sqlite *s)
{
    sqlite3_stmt *q = ls_use(s, LS_PAGES);
    uint64_t pages = 0;
    if (ls_row(s, q) == BASE_OK) {
        pages = ls_n(q, 0);
        ls_end(q);
    }
    return pages;
}

/* Bytes that can be added to the database. Each is written twice, to the journal and in its place;
 * what the journal holds has its place still to come. */
static uint64_t measure(log_sqlite *s)
{
    const char *path = sqlite3_db_filename(s->db, "main");
    uint64_t journal = size_of(sqlite3_filename_wal(path));
    uint64_t size = pages_of(s) * LS_PAGE;
    uint64_t room = UINT64_MAX;
    struct statvfs fs;
    struct rlimit file;
    if (statvfs(path, &fs) == 0) {
        uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        room = less(free_bytes, less(size, size_of(path))) / 2;
    }
    if (getrlimit(RLIMIT_FSIZE, &file) == 0 && file.rlim_cur != RLIM_INFINITY) {
        room = lower(room, less(file.rlim_cur, size > journal ? size : journal));
    }
    return room;
}

bool ls_room(void *u, uint64_t n, bool urgent)
{
    log_sqlite *s = (log_sqlite *)u;
    if (!s->measured) {
        s->room = measure(s);
        s->granted = 0;
        s->measured = s->in_transaction;
    }
    uint64_t cost = n + n / 4 + ROW;
    uint64_t left = less(s->room, s->granted);
    if (cost > less(left, urgent ? SPARE / 2 : SPARE)) {
        return false;
    }
    s->granted += cost;
    return true;
}

base_err ls_room_for(log_sqlite *s, uint64_t n)
{
    if (n <= measure(s)) {
        return BASE_OK;
    }
    (void)sqlite3_snprintf((int)sizeof s->message, s->message,
                           "no room to write the database anew");
    return BASE_E_STORE;
}
