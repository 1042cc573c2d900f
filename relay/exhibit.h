/* What the relay can hand over: everything that is stored, table by table and column by column,
 * each with what it can tell and what it cannot. `sottod exhibit` prints it; whoever demands the
 * relay's data gets no more than this. */
#ifndef RELAY_EXHIBIT_H
#define RELAY_EXHIBIT_H

#include "store.h"

typedef struct relay_exhibit_column {
    const char *name;
    const char *tells; /* what who reads it learns */
    const char *hides; /* what it does not tell */
} relay_exhibit_column;

typedef struct relay_exhibit_table {
    const char *name;
    const char *holds; /* one sentence */
    const relay_exhibit_column *columns;
    size_t n;
} relay_exhibit_table;

/* Called in order: table, its columns, its rows, the next table. A column or table that this file
 * does not know has NULL texts: a schema that outgrew its description. A failure stops the walk. */
typedef struct relay_exhibit_to {
    base_err (*table)(void *user, const char *name, const char *holds);
    base_err (*column)(void *user, const char *name, const char *tells, const char *hides);
    base_err (*row)(void *user, const relay_cell *cells, size_t n);
    void *user;
} relay_exhibit_to;

/* Walk the whole store. Errors: those of the store and of the callbacks. */
BASE_MUST_USE base_err relay_exhibit(const relay_store *store, const relay_exhibit_to *to);

/* The descriptions themselves. */
const relay_exhibit_table *relay_exhibit_tables(size_t *n);

#endif
