/* A terminal sub-command's side of the API: the connection to the agent, which is started when it
 * does not run, requests one after the other, and events between them. */
#ifndef APP_CLIENT_H
#define APP_CLIENT_H

#include <jansson.h>

#include "base/bytes.h"
#include "cli.h"
#include "fault.h"
#include "home.h"

typedef struct client {
    const cli *cli;
    home home;
    int fd; /* -1: not connected */
    base_buf in;
    json_int_t next_id;
    json_t *events;   /* an array of those that came and were not taken */
    fault_kind fault; /* of the last call that failed */
    char message[512];
    bool lost; /* the connection broke */
} client;

/* Connect. start: when no agent runs, start one. Says what is wrong. */
exit_code client_open(client *c, const cli *cli, bool start);
void client_close(client *c);

/* Read the command line and connect, starting an agent if need be. False: end with *code, there is
 * nothing to close. */
bool client_begin(client *c, cli *cli, const cli_line *line, exit_code *code);

/* One request and its result (new reference), NULL when it failed; params is taken and may be NULL.
 */
json_t *client_call(client *c, const char *method, json_t *params);

/* The same for a list in pages: all of `key` from every page, joined. */
json_t *client_list(client *c, const char *method, const char *key, json_t *params);

/* Say why the last call failed and give the exit code that fits. */
exit_code client_fail(const client *c);

/* The next event (new reference) within ms (-1: without end); NULL when there was none, or the
 * agent is gone (c->lost). */
json_t *client_event(client *c, int ms);

/* Hand over requests without waiting: the number of the request, 0 when it could not be sent. */
json_int_t client_send(client *c, const char *method, json_t *params);
/* The answer to a number, whatever comes before it; as client_call(). */
json_t *client_answer(client *c, json_int_t number);

/* Print a value as one line of JSON. */
void client_print(const json_t *value);

#endif
