/* Helpers of the log store's tests: a SQLite store in a folder of its own. */
#ifndef CONTRACT_LOG_RIG_H
#define CONTRACT_LOG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/log_sqlite.h"

#define OK(call) assert_int_equal((call), BASE_OK)

/* Counting bytes: enough for a store that only wants its secrets to differ. */
static base_err rig_fill(void *user, uint8_t *p, size_t n)
{
    uint8_t *next = (uint8_t *)user;
    for (size_t i = 0; i < n; i++) {
        p[i] = (*next)++;
    }
    return BASE_OK;
}

typedef struct rig_files {
    char folder[64];
    char path[96];
    uint8_t next;
} rig_files;

static void rig_files_make(rig_files *f)
{
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/sotto-log-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/relay.db", f->folder);
}

static void rig_files_remove(const rig_files *f)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
}

static log_sqlite *rig_open(rig_files *f)
{
    log_sqlite *s = NULL;
    relay_random random = {rig_fill, &f->next};
    OK(log_sqlite_open(f->path, false, &random, &s));
    return s;
}

#endif
