/* A backend that counts what it is asked for, one suite at a time. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <sotto/crypto.h>

#include "bench.h"

/* The default backend with the parts of one suite counted, static until the next call. NULL when it
 * cannot run the suite. */
const crypto_backend *meter_backend(uint16_t suite);

/* The counts since the last call. */
bench_calls meter_take(void);

#endif
