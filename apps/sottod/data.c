/* The relay's database file; see the header. */
#include "data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/relay_random_os.h"

static bool complain(const char *path, const char *why)
{
    (void)fprintf(stderr, "sottod: %s: %s\n", path, why);
    return false;
}

/* What opening the file the plain way says: SQLite's own words for it are poorer. */
static bool look(const char *path, bool read_only)
{
    static const char magic[16] = "SQLite format 3";
    char head[16] = {0};
    struct stat st;
    int fd = open(path, (read_only ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0600);
    if (fd < 0) {
        return complain(path,
                        errno == ENOENT && read_only ? "there is no database" : strerror(errno));
    }
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    ssize_t n = regular ? read(fd, head, sizeof head) : 0;
    (void)close(fd);
    if (!regular) {
        return complain(path, "not a file");
    }
    if (n < 0) {
        return complain(path, strerror(errno));
    }
    if (n != 0 && (n != (ssize_t)sizeof head || memcmp(head, magic, sizeof head) != 0)) {
        return complain(path, "this is no database of sottod");
    }
    return n != 0 || !read_only || complain(path, "the database is empty");
}

static bool lock(const char *path, data *d)
{
    char name[4096];
    int n = snprintf(name, sizeof name, "%s.lock", path);
    if (n < 0 || (size_t)n >= sizeof name) {
        return complain(path, "the name is too long");
    }
    d->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->lock < 0) {
        return complain(name, strerror(errno));
    }
    if (flock(d->lock, LOCK_EX | LOCK_NB) != 0) {
        return complain(path, errno == EWOULDBLOCK ? "another sottod uses this database"
                                                   : strerror(errno));
    }
    return true;
}

static const char *open_error(base_err err)
{
    switch (err) {
    case BASE_E_CORRUPT:
        return "this is no database of sottod, or one of another version";
    case BASE_E_STORE:
        return "the database cannot be opened; is the disk full, or the folder not to be written?";
    default:
        return base_err_text(err);
    }
}

bool data_open(const char *path, bool read_only, data *out)
{
    data d = {.store = NULL, .lock = -1};
    relay_random random = relay_random_os();
    bool ok = (read_only || lock(path, &d)) && look(path, read_only);
    if (ok) {
        base_err err = log_sqlite_open(path, read_only, &random, &d.store);
        if (err != BASE_OK) {
            ok = complain(path, open_error(err));
        }
    }
    if (!ok) {
        data_close(&d);
        return false;
    }
    *out = d;
    return true;
}

void data_close(data *d)
{
    log_sqlite_close(d->store);
    d->store = NULL;
    if (d->lock >= 0) {
        (void)close(d->lock);
    }
    d->lock = -1;
}
