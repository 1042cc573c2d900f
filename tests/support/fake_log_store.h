/* The log store port in memory, for tests: rows in one list, searched from the start. A transaction
 * keeps a copy of the list; bodies are shared and counted. Failures can be ordered. */
#ifndef SUPPORT_FAKE_LOG_STORE_H
#define SUPPORT_FAKE_LOG_STORE_H

#include "relay/store.h"

typedef struct fake_log_store fake_log_store;

/* An empty store; incarnation and decoy are the byte `seed`. NULL without memory. */
fake_log_store *fake_log_store_new(uint8_t seed);
void fake_log_store_free(fake_log_store *s);
const relay_store *fake_log_store_port(const fake_log_store *s);

/* Let the nth commit from now fail (1: the next one; 0: none), or the nth row operation. */
void fake_log_store_fail_commit(fake_log_store *s, unsigned nth);
void fake_log_store_fail_op(fake_log_store *s, unsigned nth);

/* Say that so many bytes can be added, and so many when it is urgent. */
void fake_log_store_room(fake_log_store *s, uint64_t n, uint64_t urgent);

/* A sum over every row and body: another one when anything changed. */
uint64_t fake_log_store_sum(const fake_log_store *s);

/* Row operations so far. */
unsigned long fake_log_store_ops(const fake_log_store *s);

#endif
