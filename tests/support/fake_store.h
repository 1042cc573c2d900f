/* The key-value store port for tests: in memory, refuses the call of a given number, can be
 * compared and copied. Removed and replaced values are overwritten. */
#ifndef SUPPORT_FAKE_STORE_H
#define SUPPORT_FAKE_STORE_H

#include <sotto/mls.h>

typedef struct fake_store_entry {
    uint8_t *key;
    size_t key_n;
    uint8_t *value;
    size_t value_n;
} fake_store_entry;

typedef struct fake_store {
    fake_store_entry *v; /* sorted by key */
    size_t n;
    size_t cap;
    size_t gets;
    size_t writes;
    size_t ops;           /* changes in all batches */
    size_t get_fail_at;   /* the get that fails, from 1; 0 fails none */
    size_t write_fail_at; /* the write that fails, with nothing applied */
} fake_store;

/* f is borrowed by the port. A zeroed struct is an empty store. */
mls_store fake_store_port(fake_store *f);

/* Count from zero again, and fail call number get_fail_at or write_fail_at (0: none). */
void fake_store_reset(fake_store *f, size_t get_fail_at, size_t write_fail_at);

/* Whether two stores hold the same; a copy of one into another, which loses what it held; the value
 * of a key, or NULL; whether some value or key holds the bytes anywhere. */
bool fake_store_equal(const fake_store *a, const fake_store *b);
void fake_store_copy(fake_store *to, const fake_store *from);
fake_store_entry *fake_store_find(fake_store *f, base_bytes key);
bool fake_store_contains(const fake_store *f, base_bytes bytes);

void fake_store_clear(fake_store *f);

#endif
