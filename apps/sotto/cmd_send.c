/* sotto send: one message, or one a line from standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/random_os.h"
#include "base/text.h"
#include "client.h"
#include "cmd.h"
#include "who.h"

#define TEXT_MAX ((size_t)64000)
#define WINDOW 32 /* messages handed over and not yet in the agent's store */

static const char usage[] =
    "sotto send WHO [TEXT]\n"
    "sotto send WHO --lines\n"
    "\n"
    "Send a message. Without TEXT it is read from standard input, whole, which also keeps it\n"
    "out of this machine's list of processes. It is done when the message is safe in the\n"
    "agent's store: it leaves as soon as the relay is reached, also after a restart.\n"
    "\n"
    "  --lines      each line of standard input is a message; empty ones are passed over\n"
    "  --wait       return once the relay has it\n";

typedef struct sending {
    client *agent;
    const char *room;
    char prefix[24]; /* of client ids: this run's own */
    unsigned long count;
    json_int_t numbers[WINDOW];
    size_t begun, done; /* messages handed over, and answered */
    json_t *waiting;    /* ids of messages that the relay does not have yet, with --wait */
} sending;

static bool prepare(sending *s)
{
    uint8_t bytes[12];
    crypto_random random = random_os();
    base_buf text = base_buf_on(NULL);
    bool good = random.fill(random.user, bytes, sizeof bytes) == BASE_OK &&
                base_text_base64url(base_bytes_of(bytes, sizeof bytes), &text) == BASE_OK;
    if (good) {
        (void)snprintf(s->prefix, sizeof s->prefix, "t%.*s", (int)text.n, (const char *)text.p);
    }
    base_buf_clear(&text);
    return good;
}

/* Take the answer to the oldest message that has none. */
static exit_code take_answer(sending *s)
{
    json_t *result = client_answer(s->agent, s->numbers[s->done % WINDOW]);
    s->done++;
    if (result == NULL) {
        return client_fail(s->agent);
    }
    const json_t *message = json_object_get(result, "message");
    if (s->agent->cli->json) {
        client_print(message);
    }
    if (s->waiting != NULL && strcmp(text_of(message, "state"), "waiting") == 0) {
        (void)json_object_set_new(s->waiting, text_of(message, "id"), json_true());
    }
    json_decref(result);
    return EXIT_GOOD;
}

static exit_code give(sending *s, const char *text, size_t n)
{
    char id[64];
    exit_code code = EXIT_GOOD;
    if (!base_bytes_is_text(base_bytes_of(text, n))) {
        cli_say("this is not text in UTF-8");
        return EXIT_USAGE;
    }
    if (s->begun - s->done == WINDOW) {
        code = take_answer(s);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    (void)snprintf(id, sizeof id, "%s-%lu", s->prefix, ++s->count);
    json_int_t number = client_send(
        s->agent, "message.send",
        json_pack("{s:s, s:s%, s:s}", "conversation", s->room, "text", text, n, "client_id", id));
    if (number == 0) {
        return client_fail(s->agent);
    }
    s->numbers[s->begun++ % WINDOW] = number;
    return EXIT_GOOD;
}

static exit_code send_lines(sending *s)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = 0;
    exit_code code = EXIT_GOOD;
    while (code == EXIT_GOOD && (n = getline(&line, &cap, stdin)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r')) {
            n--;
        }
        line[n] = '\0';
        if (line[strspn(line, " \t")] != '\0') {
            code = give(s, line, (size_t)n);
        }
    }
    free(line);
    return code;
}

static exit_code send_input(sending *s)
{
    static char text[TEXT_MAX + 2];
    size_t n = fread(text, 1, sizeof text, stdin);
    if (n > 0 && n <= TEXT_MAX + 1 && text[n - 1] == '\n') {
        n--;
    }
    if (n == 0 || n > TEXT_MAX) {
        cli_say(n == 0 ? "there is nothing to send" : "a message holds at most 64,000 bytes");
        return EXIT_USAGE;
    }
    return give(s, text, n);
}

static void note_event(sending *s, const json_t *event, exit_code *code)
{
    const json_t *message = json_object_get(json_object_get(event, "params"), "message");
    const char *state = text_of(message, "state");
    bool failed = strcmp(state, "failed") == 0;
    if (json_object_get(s->waiting, text_of(message, "id")) == NULL ||
        (!failed && strcmp(state, "sent") != 0)) {
        return;
    }
    (void)json_object_del(s->waiting, text_of(message, "id"));
    if (failed) {
        cli_say("%s", text_of(message, "sentence"));
        *code = EXIT_RELAY;
    }
}

static exit_code wait_for_relay(sending *s)
{
    exit_code code = EXIT_GOOD;
    while (json_object_size(s->waiting) > 0 && !s->agent->lost) {
        json_t *event = client_event(s->agent, -1);
        if (event != NULL) {
            note_event(s, event, &code);
        }
        json_decref(event);
    }
    return s->agent->lost ? client_fail(s->agent) : code;
}

static exit_code send_all(sending *s, const cli *c, bool lines)
{
    exit_code code = EXIT_GOOD;
    if (s->waiting != NULL) { /* the events tell when the relay has it */
        json_t *opened = client_call(s->agent, "session.open", NULL);
        code = opened == NULL ? client_fail(s->agent) : EXIT_GOOD;
        json_decref(opened);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    if (lines) {
        code = send_lines(s);
    } else if (c->args_n == 2) {
        code = give(s, c->args[1], strlen(c->args[1]));
    } else {
        code = send_input(s);
    }
    while (s->done < s->begun && !s->agent->lost) {
        exit_code one = take_answer(s);
        code = code == EXIT_GOOD ? one : code;
    }
    return code == EXIT_GOOD && s->waiting != NULL ? wait_for_relay(s) : code;
}

static int run(int argc, char **argv, const cli_command *self)
{
    cli c;
    client agent;
    exit_code code = EXIT_GOOD;
    bool lines = false;
    bool wait = false;
    json_t *room = NULL;
    sending s = {.agent = &agent};
    const cli_option options[] = {{"lines", NULL, &lines}, {"wait", NULL, &wait}};
    if (!client_begin(&agent, &c, &(cli_line){self, argc, argv, 1, 2, options, 2}, &code)) {
        return code;
    }
    if (lines && c.args_n == 2) {
        cli_say("send: TEXT or --lines, not both");
        code = EXIT_USAGE;
    } else if (!prepare(&s)) {
        cli_say("there is no randomness to be had");
        code = EXIT_FAILED;
    } else {
        code = who_conversation(&agent, c.args[0], WHO_ANY, &room);
    }
    if (code == EXIT_GOOD) {
        s.room = text_of(room, "id");
        s.waiting = wait ? json_object() : NULL;
        code = send_all(&s, &c, lines);
    }
    json_decref(s.waiting);
    json_decref(room);
    client_close(&agent);
    return code;
}

const cli_command cmd_send = {"send", "send a message", usage, run};
