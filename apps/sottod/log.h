/* The relay's log: one line an event, key=value, on standard error. No time (whoever collects the
 * lines adds one), no id, no address or size of a user; a connection is named by a random tag. */
#ifndef SOTTOD_LOG_H
#define SOTTOD_LOG_H

#include <stdint.h>

/* log_event("listen", "address=%s tls=%s", ...) prints "sottod: event=listen address=... tls=yes".
 * A value with a blank or a quote in it is written by log_quote(). */
__attribute__((format(printf, 2, 3))) void log_event(const char *event, const char *form, ...);

/* text in double quotes, what would end or break the line replaced by '?'. Static buffer: one a
 * line. */
const char *log_quote(const char *text);

#endif
