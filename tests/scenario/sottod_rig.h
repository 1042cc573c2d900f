/* A sottod process of its own and a client that speaks the relay's frames to it: what the tests of
 * the whole relay share. Everything lives in one new folder that sottod_drop() removes. */
#ifndef TESTS_SOTTOD_RIG_H
#define TESTS_SOTTOD_RIG_H

#include <sys/types.h>

#include "adapters/digest_openssl.h"
#include "adapters/ws_client.h"
#include "base/alloc.h"
#include "wire/item.h"

/* ---- the process ---- */

typedef struct sottod {
    char folder[200];
    char data[240]; /* its database */
    char log[240];  /* its standard error, of all starts one after another */
    pid_t pid;      /* 0: not running */
    uint16_t port;
    size_t log_read; /* where the log of this start begins */
} sottod;

/* Make the folder; nothing runs yet. */
void sottod_make(sottod *s);

/* Start `sottod --data DATA ARGS...` and wait until it is ready. args ends with NULL. Without a
 * --listen in args it listens on 127.0.0.1, any free port. False when it ended instead: its words
 * are in sottod_said(). */
bool sottod_start(sottod *s, const char *const *args);

/* Send a signal, wait for the end; the wait status. */
int sottod_end(sottod *s, int signal);

/* Run `sottod ARGS...` to its end; its exit code. Output and errors are in out (freed by the
 * caller, ends in NUL). */
int sottod_run(const char *const *args, char **out);

/* Start `sottod ARGS...`, its output appended to the file at path; whoever calls waits for it. */
pid_t sottod_spawn(const char *const *args, const char *path);

/* The whole of a file from a byte on (freed by the caller, ends in NUL). */
char *rig_read(const char *path, size_t from);

/* What it has said since its last start (freed by the caller, ends in NUL). */
char *sottod_said(const sottod *s);

/* End it if it runs, and remove the folder. */
void sottod_drop(sottod *s);

/* ---- a client ---- */

typedef struct relay_client {
    ws_client *ws;
    ws_client_handler handler;
    bool open, ended;
    ws_client_end why;
    unsigned code;
    base_buf *inbox; /* whole frames, oldest first */
    size_t inbox_n, inbox_cap;
    base_buf current;                              /* the frame handed out last */
    uint32_t request;                              /* the last number used */
    bool (*push)(void *user, const wire_frame *f); /* sees frames first; true: it took it */
    void *user;
} relay_client;

/* Connect and exchange HELLO and WELCOME. False when that failed. */
bool relay_connect(relay_client *c, uint16_t port);
void relay_disconnect(relay_client *c);

/* Queue a frame with the next request number, which is returned; 0 when the connection is gone or
 * does not take it within 10 s. */
uint32_t relay_send(relay_client *c, wire_frame *f);

/* The answer to a request, or the next frame of a type (request 0), borrowed until the next call;
 * NULL when none came in `ms` or the connection ended. Others wait in the inbox. */
const wire_frame *relay_wait(relay_client *c, uint32_t request, uint8_t type, int ms);

/* Send and wait 10 s. */
const wire_frame *relay_ask(relay_client *c, wire_frame *f);

/* Let frames come in for at most ms, or until one came. */
void relay_pump(relay_client *c, int ms);

/* SHA-256, or fail the test. */
void rig_sha256(base_bytes in, uint8_t out[32]);

#endif
