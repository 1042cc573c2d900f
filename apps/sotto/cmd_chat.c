/* sotto chat: a conversation live in the terminal. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/random_os.h"
#include "base/text.h"
#include "client.h"
#include "cmd.h"
#include "reading.h"
#include "show.h"
#include "term.h"
#include "who.h"

#define TEXT_MAX 64000

static const char usage[] =
    "sotto chat WHO\n"
    "\n"
    "A conversation, live: what comes appears above the line you write. Enter sends, Ctrl-D on\n"
    "an empty line ends. When the input is no terminal each of its lines is a message, and the\n"
    "end of the input ends it.\n";

typedef struct chat {
    client *agent;
    reading reading;
    term term;
    bool live; /* a terminal at both ends */
    char prefix[24];
    unsigned long count;
    char *line; /* of an input that is no terminal */
    size_t line_n;
    exit_code code;
    bool over;
} chat;

static bool prepare(chat *c)
{
    uint8_t bytes[12];
    crypto_random random = random_os();
    base_buf text = base_buf_on(NULL);
    bool good = random.fill(random.user, bytes, sizeof bytes) == BASE_OK &&
                base_text_base64url(base_bytes_of(bytes, sizeof bytes), &text) == BASE_OK;
    if (good) {
        (void)snprintf(c->prefix, sizeof c->prefix, "c%.*s", (int)text.n, (const char *)text.p);
    }
    base_buf_clear(&text);
    return good;
}

static void show(chat *c, const json_t *message)
{
    term_hide(&c->term);
    reading_show(&c->reading, stdout, message);
    (void)fflush(stdout);
    term_draw(&c->term);
}

static void complain(chat *c, const char *why)
{
    term_hide(&c->term);
    cli_say("%s", why);
    term_draw(&c->term);
}

/* The agent's answer is the message as it stands, and is shown at once: waiting, if it is. */
static void send_line(chat *c, const char *text, size_t n)
{
    char id[64];
    if (n == 0 || text[strspn(text, " \t")] == '\0') {
        term_draw(&c->term);
        return;
    }
    if (n > TEXT_MAX || !base_bytes_is_text(base_bytes_of(text, n))) {
        complain(c, n > TEXT_MAX ? "a message holds at most 64,000 bytes"
                                 : "this is not text in UTF-8");
        return;
    }
    (void)snprintf(id, sizeof id, "%s-%lu", c->prefix, ++c->count);
    json_t *result =
        client_call(c->agent, "message.send",
                    json_pack("{s:s, s:s%, s:s}", "conversation", text_of(c->reading.room, "id"),
                              "text", text, n, "client_id", id));
    if (result == NULL) {
        complain(c, c->agent->message);
        c->over = c->agent->lost;
        c->code = c->agent->lost ? EXIT_NO_AGENT : c->live ? EXIT_GOOD : EXIT_FAILED;
        return;
    }
    const json_t *m = json_object_get(result, "message");
    if (json_object_get(c->reading.shown, text_of(m, "id")) == NULL) {
        show(c, m);
    }
    json_decref(result);
}

/* ---- input ---- */

static void read_terminal(chat *c)
{
    term_event e = term_read(&c->term);
    if (e == TERM_END) {
        c->over = true;
    } else if (e == TERM_LINE) {
        send_line(c, c->term.line, strlen(c->term.line));
    } else {
        term_draw(&c->term);
    }
}

/* Lines of an input that is no terminal, without waiting for what is not there yet. */
static void read_plain(chat *c)
{
    char part[4096];
    ssize_t n = read(STDIN_FILENO, part, sizeof part);
    if (n < 0 && errno == EINTR) {
        return;
    }
    for (ssize_t i = 0; i < n && !c->over; i++) {
        if (part[i] == '\n') {
            c->line[c->line_n] = '\0';
            send_line(c, c->line, c->line_n);
            c->line_n = 0;
        } else if (c->line_n < TEXT_MAX + 1) {
            c->line[c->line_n++] = part[i];
        }
    }
    if (n <= 0) {
        c->line[c->line_n] = '\0';
        send_line(c, c->line, c->line_n);
        c->over = true;
    }
}

/* ---- both sides ---- */

static void take_events(chat *c)
{
    for (;;) {
        json_t *event = client_event(c->agent, 0);
        if (event == NULL) {
            break;
        }
        const json_t *m = reading_new(&c->reading, event);
        if (m != NULL) {
            show(c, m);
        }
        json_decref(event);
    }
    if (c->agent->lost) {
        complain(c, c->agent->message);
        c->code = EXIT_NO_AGENT;
        c->over = true;
    }
}

static void talk(chat *c)
{
    while (!c->over) {
        struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = c->agent->fd, .events = POLLIN}};
        if (poll(p, 2, -1) < 0 && errno != EINTR) {
            break;
        }
        if (p[1].revents != 0) {
            take_events(c);
        }
        if (p[0].revents != 0 && !c->over) {
            if (c->live) {
                read_terminal(c);
            } else {
                read_plain(c);
            }
            take_events(c);
        }
        if (!c->over && !reading_mark(&c->reading)) {
            c->over = c->agent->lost;
        }
    }
}

static exit_code begin(chat *c, const char *who)
{
    size_t i = 0;
    json_t *m = NULL;
    exit_code code = reading_begin(&c->reading, c->agent, who, true);
    if (code != EXIT_GOOD) {
        return code;
    }
    json_t *messages = reading_history(&c->reading, 20);
    c->line = malloc(TEXT_MAX + 2);
    if (messages == NULL || c->line == NULL) {
        json_decref(messages);
        reading_end(&c->reading);
        free(c->line);
        return client_fail(c->agent);
    }
    json_array_foreach(messages, i, m)
    {
        reading_show(&c->reading, stdout, m);
    }
    json_decref(messages);
    (void)fflush(stdout);
    return EXIT_GOOD;
}

static int run(int argc, char **argv, const cli_command *self)
{
    cli line;
    client agent;
    static chat c; /* two lines of text: too large for the stack */
    exit_code code = EXIT_GOOD;
    if (!client_begin(&agent, &line, &(cli_line){self, argc, argv, 1, 1, NULL, 0}, &code)) {
        return code;
    }
    c.agent = &agent;
    if (!prepare(&c)) {
        cli_say("there is no randomness to be had");
        code = EXIT_FAILED;
    } else {
        code = begin(&c, line.args[0]);
    }
    if (code == EXIT_GOOD) {
        c.live = term_begin(&c.term, "> ");
        term_draw(&c.term);
        (void)reading_mark(&c.reading);
        talk(&c);
        term_end(&c.term);
        code = c.code;
        reading_end(&c.reading);
        free(c.line);
    }
    c.agent = NULL;
    client_close(&agent);
    return code;
}

const cli_command cmd_chat = {"chat", "a conversation, live", usage, run};
