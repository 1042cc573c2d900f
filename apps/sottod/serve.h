/* The relay at work: its logic, its database and its sockets joined. */
#ifndef SOTTOD_SERVE_H
#define SOTTOD_SERVE_H

#include "options.h"

/* Serve until SIGTERM, SIGINT or SIGHUP. Returns the exit code; errors have been printed. */
int serve_run(const options *o);

/* Try everything that serve_run() needs, and serve nothing. */
int serve_check(const options *o);

#endif
