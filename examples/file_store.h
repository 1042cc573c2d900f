/* A store in a file, loaded at the start and written whole at each change: written beside, synced
 * and renamed, so that it is the old one or the new one. It shows when things have to reach the
 * disk and what a transaction covers; it does not encrypt, and the old file's blocks stay on the
 * disk. A real program takes a database that encrypts what it keeps and overwrites what it removes.
 */
#ifndef FILE_STORE_H
#define FILE_STORE_H

#include <stdio.h>
#include <unistd.h>

#include "example.h"

typedef struct file_store {
    entry *list;
    const char *path;
    bool in_transaction; /* of the application's: it saves at its end */
} file_store;

static inline bool file_save(const file_store *f)
{
    char fresh[256];
    snprintf(fresh, sizeof fresh, "%s.new", f->path);
    FILE *out = fopen(fresh, "wb");
    bool good = out != NULL;
    for (const entry *e = f->list; good && e != NULL; e = e->next) {
        size_t sizes[2] = {e->key_n, e->value_n};
        good = fwrite(sizes, sizeof sizes, 1, out) == 1 &&
               fwrite(e->bytes, 1, e->key_n + e->value_n, out) == e->key_n + e->value_n;
    }
    good = good && fflush(out) == 0 && fsync(fileno(out)) == 0;
    good = (out == NULL || fclose(out) == 0) && good;
    return good && rename(fresh, f->path) == 0;
}

static inline void file_load(file_store *f)
{
    static uint8_t bytes[1 << 20];
    size_t sizes[2];
    FILE *in = fopen(f->path, "rb");
    while (in != NULL && fread(sizes, sizeof sizes, 1, in) == 1) {
        size_t n = sizes[0] + sizes[1];
        must(n <= sizeof bytes && fread(bytes, 1, n, in) == n ? BASE_OK : BASE_E_CORRUPT, "load");
        mls_store_op op = {{bytes, sizes[0]}, {bytes + sizes[0], sizes[1]}, false};
        must(memory_write(&f->list, &op, 1), "load");
    }
    must(in != NULL && fclose(in) == 0 ? BASE_OK : BASE_E_STORE, "load");
}

static inline base_err file_get(void *user, base_bytes key, base_buf *value)
{
    return memory_get(&((file_store *)user)->list, key, value);
}

/* In a transaction of the caller's nothing reaches the disk yet. Otherwise what is not on the disk
 * must not count: a program that cannot save ends here, and is as the file says when it starts. */
static inline base_err file_write(void *user, const mls_store_op *ops, size_t n)
{
    file_store *f = (file_store *)user;
    base_err err = memory_write(&f->list, ops, n);
    if (err == BASE_OK && !f->in_transaction && !file_save(f)) {
        must(BASE_E_STORE, "save");
    }
    return err;
}

/* A transaction of the application's around calls of libmls. */
static inline void file_begin(file_store *f)
{
    f->in_transaction = true;
}

static inline void file_end(file_store *f)
{
    f->in_transaction = false;
    must(file_save(f) ? BASE_OK : BASE_E_STORE, "to save");
}

#endif
