/* The operating system's clocks. */
#ifndef ADAPTERS_CLOCK_OS_H
#define ADAPTERS_CLOCK_OS_H

#include <stdint.h>

/* Unix time in ms: what the relay and its days live by. It may jump when the machine's time is set;
 * 0 when the machine has no clock. */
uint64_t clock_os_unix_ms(void);

/* Milliseconds since some moment before the program's start; never goes back. For time-outs. */
uint64_t clock_os_steady_ms(void);

#endif
