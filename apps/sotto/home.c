/* The person's folder; see the header. */
#include "home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#define HOME_LOCK "lock"
#define HOME_SETTINGS "agent.json"

static bool complain(const char *path, const char *why)
{
    (void)fprintf(stderr, "sotto: %s: %s\n", path, why);
    return false;
}

/* ---- the folder ---- */

static bool choose_path(home *h, const char *dir_option)
{
    const char *own = dir_option != NULL ? dir_option : getenv("SOTTO_HOME");
    const char *data = getenv("XDG_DATA_HOME");
    const char *user = getenv("HOME");
    int n = -1;
    if (own != NULL && own[0] != '\0') {
        n = snprintf(h->path, sizeof h->path, "%s", own);
    } else if (data != NULL && data[0] == '/') {
        n = snprintf(h->path, sizeof h->path, "%s/sotto", data);
    } else if (user != NULL && user[0] == '/') {
        n = snprintf(h->path, sizeof h->path, "%s/.local/share/sotto", user);
    } else {
        return complain("HOME", "is not set; say where to keep things with --dir DIR");
    }
    if (n < 0 || (size_t)n + 32 > sizeof h->path) {
        return complain("--dir", "the path is too long");
    }
    return true;
}

/* mkdir -p: what is missing is made for this user alone. */
static bool make_path(const char *path)
{
    char part[HOME_PATH_MAX];
    size_t n = strlen(path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return complain(part, strerror(errno));
        }
    }
    return true;
}

bool home_open(home *h, const char *dir_option, bool create)
{
    struct stat st;
    *h = (home){.dir = -1, .lock = -1};
    if (!choose_path(h, dir_option) || (create && !make_path(h->path))) {
        return false;
    }
    h->dir = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->dir < 0) {
        return errno == ENOENT ? complain(h->path, "nobody lives here yet. Begin with: sotto init")
                               : complain(h->path, strerror(errno));
    }
    if (fstat(h->dir, &st) != 0 || st.st_uid != geteuid()) {
        home_close(h);
        return complain(h->path, "belongs to somebody else");
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        home_close(h);
        return complain(h->path, "other users of this machine may look in. Run: chmod 700 on it");
    }
    return true;
}

void home_close(home *h)
{
    if (h->lock >= 0) {
        (void)close(h->lock);
    }
    if (h->dir >= 0) {
        (void)close(h->dir);
    }
    h->lock = -1;
    h->dir = -1;
}

bool home_is_ready(const home *h)
{
    return faccessat(h->dir, HOME_KEY, F_OK, 0) == 0;
}

bool home_lock(home *h, pid_t *holder)
{
    char text[32] = {0};
    *holder = 0;
    int fd = openat(h->dir, HOME_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return complain(h->path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (pread(fd, text, sizeof text - 1, 0) > 0) {
            *holder = (pid_t)strtol(text, NULL, 10);
        }
        (void)close(fd);
        return false;
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    (void)!ftruncate(fd, 0);
    (void)!pwrite(fd, text, (size_t)n, 0); /* for people: the lock itself is the kernel's */
    h->lock = fd;
    return true;
}

bool home_file(const home *h, const char *name, char out[static HOME_PATH_MAX])
{
    int n = snprintf(out, HOME_PATH_MAX, "%s/%s", h->path, name);
    return n > 0 && n < HOME_PATH_MAX;
}

/* ---- files ---- */

base_err home_read(const home *h, const char *name, size_t max, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf read_in = base_buf_on(out->alloc);
    int fd = openat(h->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? BASE_E_NOT_FOUND : BASE_E_STORE;
    }
    for (;;) {
        uint8_t part[4096];
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        REQUIRE(n >= 0, BASE_E_STORE);
        if (n == 0) {
            break;
        }
        REQUIRE((size_t)n <= max - read_in.n, BASE_E_LIMIT);
        TRY(base_buf_append(&read_in, base_bytes_of(part, (size_t)n)));
        base_wipe(part, (size_t)n);
    }
    base_buf_move(out, &read_in);
done:
    (void)close(fd);
    base_buf_clear(&read_in);
    return err;
}

static bool write_all(int fd, base_bytes data)
{
    while (data.n > 0) {
        ssize_t n = write(fd, data.p, data.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data = base_bytes_of(data.p + n, data.n - (size_t)n);
    }
    return true;
}

base_err home_write(const home *h, const char *name, base_bytes data)
{
    char fresh[64];
    int n = snprintf(fresh, sizeof fresh, "%s.new", name);
    if (n < 0 || (size_t)n >= sizeof fresh) {
        return BASE_E_ARGUMENT;
    }
    int fd = openat(h->dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return BASE_E_STORE;
    }
    bool good = write_all(fd, data) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (!good || renameat(h->dir, fresh, h->dir, name) != 0) {
        (void)unlinkat(h->dir, fresh, 0);
        return BASE_E_STORE;
    }
    return fsync(h->dir) == 0 ? BASE_OK : BASE_E_STORE;
}

base_err home_remove(const home *h, const char *name)
{
    return unlinkat(h->dir, name, 0) == 0 || errno == ENOENT ? BASE_OK : BASE_E_STORE;
}

/* ---- settings ---- */

void home_settings_read(const home *h, home_settings *out)
{
    base_buf text = base_buf_on(NULL);
    *out = (home_settings){.passphrase = true};
    if (home_read(h, HOME_SETTINGS, 4096, &text) == BASE_OK) {
        json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
        json_int_t port = json_integer_value(json_object_get(root, "port"));
        out->port = port > 0 && port < 65536 ? (uint16_t)port : 0;
        out->passphrase = !json_is_false(json_object_get(root, "passphrase"));
        json_decref(root);
    }
    base_buf_clear(&text);
}

base_err home_settings_write(const home *h, const home_settings *settings)
{
    char text[128];
    int n = snprintf(text, sizeof text, "{\"port\": %u, \"passphrase\": %s}\n",
                     (unsigned)settings->port, settings->passphrase ? "true" : "false");
    return home_write(h, HOME_SETTINGS, base_bytes_of(text, (size_t)n));
}

/* ---- the socket ---- */

static bool socket_address(const home *h, struct sockaddr_un *at)
{
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(at->sun_path, sizeof at->sun_path, "/proc/self/fd/%d/" HOME_SOCKET, h->dir);
    return n > 0 && (size_t)n < sizeof at->sun_path;
}

int home_connect(const home *h)
{
    struct sockaddr_un at;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        (!socket_address(h, &at) || connect(fd, (const struct sockaddr *)&at, sizeof at) != 0)) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int home_listen(const home *h)
{
    struct sockaddr_un at;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    mode_t mask = umask(0177);
    bool good = socket_address(h, &at) && home_remove(h, HOME_SOCKET) == BASE_OK &&
                bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 32) == 0;
    (void)umask(mask);
    if (!good) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}
