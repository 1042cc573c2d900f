/* The Unix socket of the API: one JSON object a line, ended by LF. Whoever can open it is the
 * person. */
#ifndef APP_SOCK_H
#define APP_SOCK_H

#include <sotto/base.h>

struct agent;

BASE_MUST_USE base_err sock_start(struct agent *a);
void sock_stop(struct agent *a);

/* Let clients go that are to leave and have read everything. */
void sock_tick(struct agent *a);

#endif
