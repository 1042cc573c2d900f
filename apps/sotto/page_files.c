/* The files of the page; see the header. */
#include "page_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)8 << 20)

/* The type by the end of the name; what is none of these is not served. */
static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
    };
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t m = strlen(types[i].end);
        if (n > m && strcmp(name + n - m, types[i].end) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

static base_err read_file(int dir, const char *name, base_buf *out)
{
    base_err err = BASE_OK;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0) {
        return errno == ENOENT ? BASE_E_NOT_FOUND : BASE_E_STORE;
    }
    REQUIRE(fstat(fd, &st) == 0 && S_ISREG(st.st_mode), BASE_E_STORE);
    REQUIRE((size_t)st.st_size <= FILE_MAX, BASE_E_LIMIT);
    TRY(base_buf_resize(out, (size_t)st.st_size));
    for (size_t at = 0; at < out->n;) {
        ssize_t n = read(fd, out->p + at, out->n - at);
        REQUIRE(n > 0, BASE_E_STORE);
        at += (size_t)n;
    }
done:
    (void)close(fd);
    return err;
}

static base_err add(page_files *f, int dir, const char *name, const char *target)
{
    const char *type = type_of(name);
    if (type == NULL || strlen(target) >= sizeof f->targets[0]) {
        return BASE_OK;
    }
    if (f->n == PAGE_FILES_MAX) {
        return BASE_E_LIMIT;
    }
    base_err err = read_file(dir, name, &f->bodies[f->n]);
    if (err == BASE_OK) {
        (void)snprintf(f->targets[f->n], sizeof f->targets[0], "%s", target);
        f->v[f->n] = (page_file){f->targets[f->n], type, base_buf_bytes(&f->bodies[f->n])};
        f->n++;
    }
    return err;
}

static base_err add_folder(page_files *f, int dir)
{
    base_err err = BASE_OK;
    char target[300];
    int fd = openat(dir, "assets", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *assets = fd < 0 ? NULL : fdopendir(fd);
    if (assets == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return BASE_OK;
    }
    for (struct dirent *e = readdir(assets); err == BASE_OK && e != NULL; e = readdir(assets)) {
        (void)snprintf(target, sizeof target, "/assets/%s", e->d_name);
        if (e->d_name[0] != '.') {
            err = add(f, dirfd(assets), e->d_name, target);
        }
    }
    (void)closedir(assets);
    return err;
}

base_err page_files_load(page_files *f, const char *folder)
{
    base_err err = BASE_OK;
    *f = (page_files){.n = 0};
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return BASE_E_NOT_FOUND;
    }
    TRY(add(f, dir, "index.html", "/"));
    TRY(add_folder(f, dir));
done:
    (void)close(dir);
    if (err != BASE_OK) {
        page_files_clear(f);
    }
    return err;
}

void page_files_clear(page_files *f)
{
    for (size_t i = 0; i < PAGE_FILES_MAX; i++) {
        base_buf_clear(&f->bodies[i]);
    }
    f->n = 0;
}

/* The program's own folder, by the path it was started from. */
static bool own_folder(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    if (n <= 0) {
        return false;
    }
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

bool page_files_find(char *out, size_t size)
{
    /* Installed: PREFIX/bin/sotto. In the tree: build/NAME/apps/sotto. */
    static const char *const places[] = {"/../share/sotto/web", "/../../../web/dist"};
    char own[3000];
    char file[3200];
    if (!own_folder(own, sizeof own)) {
        return false;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(file, sizeof file, "%s%s/index.html", own, places[i]);
        if (access(file, R_OK) == 0) {
            int n = snprintf(out, size, "%s%s", own, places[i]);
            return n > 0 && (size_t)n < size;
        }
    }
    (void)snprintf(out, size, "%s%s", own, places[0]);
    return false;
}
