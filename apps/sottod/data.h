/* The relay's database file: opened with a sentence about what is wrong, and locked, so that one
 * process writes. */
#ifndef SOTTOD_DATA_H
#define SOTTOD_DATA_H

#include "adapters/log_sqlite.h"

typedef struct data {
    log_sqlite *store;
    int lock; /* descriptor of FILE.lock; -1: none */
} data;

/* Open path: made when absent and locked, or only to read, beside a relay that runs. On failure the
 * reason has been printed and false is returned. */
bool data_open(const char *path, bool read_only, data *out);

/* A zeroed struct with lock -1 is allowed. */
void data_close(data *d);

#endif
