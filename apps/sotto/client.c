/* The connection of a sub-command to the agent; see the header. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "start.h"

#define LINE_MAX_BYTES ((size_t)8 << 20)

exit_code client_open(client *c, const cli *cli_in, bool start)
{
    *c = (client){.cli = cli_in, .fd = -1, .next_id = 1, .events = json_array()};
    if (!home_open(&c->home, cli_in->dir, false)) {
        return EXIT_NO_AGENT;
    }
    if (!home_is_ready(&c->home)) {
        cli_say("%s: nobody lives here yet. Begin with: sotto init", c->home.path);
        return EXIT_NO_AGENT;
    }
    c->fd = home_connect(&c->home);
    if (c->fd >= 0) {
        return EXIT_GOOD;
    }
    if (!start) {
        cli_say("the agent does not run. Start it with: sotto run --detach");
        return EXIT_NO_AGENT;
    }
    exit_code code = start_agent(&c->home, cli_in, &(start_extra){NULL, NULL});
    /* Somebody else may have started one at the same moment. */
    if (code == EXIT_GOOD || code == EXIT_IN_USE) {
        c->fd = home_connect(&c->home);
        code = c->fd >= 0 ? EXIT_GOOD : EXIT_NO_AGENT;
    }
    return code;
}

void client_close(client *c)
{
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    home_close(&c->home);
    base_buf_clear(&c->in);
    json_decref(c->events);
    *c = (client){.fd = -1, .home = {.dir = -1, .lock = -1}};
}

bool client_begin(client *c, cli *cli_out, const cli_line *line, exit_code *code)
{
    cli_result r = cli_read(cli_out, line);
    if (r != CLI_GO) {
        *code = r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
        return false;
    }
    *code = client_open(c, cli_out, true);
    if (*code != EXIT_GOOD) {
        client_close(c);
    }
    return *code == EXIT_GOOD;
}

/* ---- lines ---- */

static void lose(client *c)
{
    c->lost = true;
    c->fault = FAULT_INTERNAL;
    (void)snprintf(c->message, sizeof c->message, "The agent is gone.");
}

static bool write_all(client *c, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(c->fd, p, n);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            lose(c);
            return false;
        }
        p += put;
        n -= (size_t)put;
    }
    return true;
}

/* A whole line out of what came; NULL when there is none. */
static json_t *take_line(client *c)
{
    const uint8_t *end = c->in.n == 0 ? NULL : memchr(c->in.p, '\n', c->in.n);
    if (end == NULL) {
        return NULL;
    }
    size_t n = (size_t)(end - c->in.p);
    json_t *value = json_loadb((const char *)c->in.p, n, 0, NULL);
    memmove(c->in.p, c->in.p + n + 1, c->in.n - n - 1);
    c->in.n -= n + 1;
    if (value == NULL) {
        lose(c);
    }
    return value;
}

/* The next object of the agent within ms; NULL: none came, or it is gone. */
static json_t *next_object(client *c, int ms)
{
    uint8_t part[65536];
    while (!c->lost) {
        json_t *value = take_line(c);
        if (value != NULL || c->lost) {
            return value;
        }
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        int ready = poll(&p, 1, ms);
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            return NULL;
        }
        ssize_t n = read(c->fd, part, sizeof part);
        if (n <= 0 || c->in.n > LINE_MAX_BYTES ||
            base_buf_append(&c->in, base_bytes_of(part, (size_t)n)) != BASE_OK) {
            lose(c);
        }
    }
    return NULL;
}

/* ---- requests ---- */

json_int_t client_send(client *c, const char *method, json_t *params)
{
    json_int_t id = c->next_id++;
    json_t *o = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id", id, "method", method,
                          "params", params);
    char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (text == NULL) {
        c->fault = FAULT_INTERNAL;
        (void)snprintf(c->message, sizeof c->message, "This is not text.");
        return 0;
    }
    bool sent = write_all(c, text, strlen(text)) && write_all(c, "\n", 1);
    free(text);
    return sent ? id : 0;
}

static void note_fault(client *c, const json_t *error)
{
    const char *name = json_string_value(json_object_get(json_object_get(error, "data"), "name"));
    const char *text = json_string_value(json_object_get(error, "message"));
    c->fault = name == NULL ? FAULT_INTERNAL : fault_named(name);
    (void)snprintf(c->message, sizeof c->message, "%s", text == NULL ? "It failed." : text);
}

json_t *client_answer(client *c, json_int_t number)
{
    while (number != 0 && !c->lost) {
        json_t *o = next_object(c, -1);
        const json_t *error = json_object_get(o, "error");
        json_t *result = json_object_get(o, "result");
        bool ours = json_integer_value(json_object_get(o, "id")) == number;
        if (o == NULL) {
            continue;
        }
        if (json_object_get(o, "method") != NULL) {
            (void)json_array_append(c->events, o);
        } else if (error != NULL && (ours || json_is_null(json_object_get(o, "id")))) {
            note_fault(c, error);
            json_decref(o);
            return NULL;
        } else if (ours && result != NULL) {
            json_incref(result);
            json_decref(o);
            return result;
        }
        json_decref(o);
    }
    return NULL;
}

json_t *client_call(client *c, const char *method, json_t *params)
{
    return client_answer(c, client_send(c, method, params));
}

json_t *client_list(client *c, const char *method, const char *key, json_t *params)
{
    json_t *all = json_array();
    json_t *ask = params == NULL ? json_object() : params;
    for (;;) {
        json_t *page = client_call(c, method, json_incref(ask));
        if (page == NULL || json_array_extend(all, json_object_get(page, key)) != 0) {
            json_decref(page);
            json_decref(all);
            all = NULL;
            break;
        }
        json_t *next = json_incref(json_object_get(page, "next"));
        json_decref(page);
        if (!json_is_string(next)) {
            json_decref(next);
            break;
        }
        (void)json_object_set_new(ask, "after", next);
    }
    json_decref(ask);
    return all;
}

json_t *client_event(client *c, int ms)
{
    if (json_array_size(c->events) > 0) {
        json_t *first = json_incref(json_array_get(c->events, 0));
        (void)json_array_remove(c->events, 0);
        return first;
    }
    json_t *o = next_object(c, ms);
    if (o != NULL && json_object_get(o, "method") == NULL) {
        json_decref(o); /* an answer that nobody waits for */
        return NULL;
    }
    return o;
}

exit_code client_fail(const client *c)
{
    cli_say("%s", c->message);
    switch (c->fault) {
    case FAULT_RELAY_UNREACHABLE:
    case FAULT_RELAY_REFUSED:
        return EXIT_RELAY;
    case FAULT_HANDLE_UNKNOWN:
    case FAULT_NOT_FOUND:
        return EXIT_WHO;
    default:
        return c->lost ? EXIT_NO_AGENT : EXIT_FAILED;
    }
}

void client_print(const json_t *value)
{
    (void)json_dumpf(value, stdout, JSON_COMPACT);
    (void)fputc('\n', stdout);
}
