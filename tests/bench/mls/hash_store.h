/* The key-value store port for benchmarks: a hash table in memory, cheap at any size, that can be
 * copied and counts what is written to it and read from it. */
#ifndef BENCH_HASH_STORE_H
#define BENCH_HASH_STORE_H

#include <sotto/mls.h>

typedef struct hash_entry {
    uint8_t *bytes; /* key, then value; NULL: free, or a grave when key_n is not 0 */
    size_t key_n;
    size_t value_n;
} hash_entry;

typedef struct hash_store {
    hash_entry *v;
    size_t cap;  /* a power of two, or 0 */
    size_t used; /* graves included */
    size_t ops;
    size_t bytes; /* of keys and values written */
    size_t read;  /* and of values read */
} hash_store;

/* A zeroed struct is an empty store. s is borrowed by the port. */
mls_store hash_store_port(hash_store *s);
void hash_store_copy(hash_store *to, const hash_store *from); /* *to is replaced */
void hash_store_clear(hash_store *s);

#endif
