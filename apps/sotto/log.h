/* The agent's log: one line an event on standard error, `event=NAME why="..."`. No content, key,
 * name, address or id. */
#ifndef APP_LOG_H
#define APP_LOG_H

#include <sotto/base.h>

/* why may be empty. */
void log_event(const char *event, const char *why);

/* Log a call's result if it is one that should not be: a caller's bug, a lack of resources, a fault
 * of ours. What a peer can provoke is not logged. */
void log_result(const char *event, base_err err);

#endif
