/* mls-peer: libmls as a client of the MLS working group's interop interface. It reads one JSON
 * object a line, {"op": "CreateGroup", ...}, with the fields of the request message of that name,
 * and answers each with one line: the fields of the response message, or
 *     {"error": {"code": "...", "text": "..."}}
 * Bytes are hexadecimal strings; a field that is absent is its type's zero. A request that fails
 * leaves everything as it was. All state is in memory and ends with the input. */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>

#include "adapters/crypto_default.h"

#define LINE_MAX_BYTES ((size_t)64 << 20)
#define ARENA_MAX ((size_t)128 << 20)

static const op *const chapters[] = {ops_group, ops_proposal, ops_commit, ops_successor,
                                     ops_external};

static const op *op_of(base_bytes name)
{
    for (size_t i = 0; i < sizeof chapters / sizeof chapters[0]; i++) {
        for (const op *o = chapters[i]; o->name != NULL; o++) {
            if (base_bytes_eq(base_bytes_str(o->name), name)) {
                return o;
            }
        }
    }
    return NULL;
}

/* Every request also has its name. */
static void check_fields(call *c, const op *o)
{
    char names[160];
    (void)snprintf(names, sizeof names, "op %s", o->fields);
    call_only(c, c->request, names);
}

static base_err run(call *c)
{
    if (!json_is_object(c->request)) {
        return call_refuse(c, "JSON", "an object is expected");
    }
    const op *o = op_of(call_text(c, c->request, "op"));
    if (o == NULL) {
        return call_refuse(c, "OP", "there is no such op");
    }
    check_fields(c, o);
    base_err err = call_ok(c);
    if (err == BASE_OK) {
        err = o->run(c);
    }
    return err == BASE_OK ? call_ok(c) : err;
}

static void print(json_t *answer)
{
    if (answer == NULL || json_dumpf(answer, stdout, JSON_COMPACT) != 0) {
        fputs("{\"error\":{\"code\":\"MEMORY\",\"text\":\"out of memory\"}}", stdout);
    }
    putchar('\n');
}

static json_t *error_of(const char *code, const char *text)
{
    return json_pack("{s:{s:s, s:s}}", "error", "code", code, "text", text);
}

static void answer_line(peer *p, const json_t *request)
{
    uint32_t last_id = p->last_id;
    call c = {.p = p,
              .now = peer_now(),
              .request = request,
              .answer = json_object(),
              .arena = base_arena_on(NULL, ARENA_MAX)};
    base_err err = c.answer != NULL ? run(&c) : BASE_E_NOMEM;
    if (err != BASE_OK) {
        peer_undo_since(p, last_id);
        json_decref(c.answer);
        c.answer = c.code != NULL ? error_of(c.code, c.text)
                                  : error_of(base_err_name(err), base_err_text(err));
    } else {
        peer_keep(p);
    }
    print(c.answer);
    json_decref(c.answer);
    base_arena_clear(&c.arena);
}

static void refuse_line(const char *code, const char *text)
{
    json_t *answer = error_of(code, text);
    print(answer);
    json_decref(answer);
}

static const char usage[] =
    "usage: mls-peer\n"
    "Reads one JSON object a line, {\"op\": \"CreateGroup\", ...}: a request of the MLS\n"
    "working group's interop interface. Answers each with one line.\n"
    "  --help     this text\n"
    "  --version  the version\n";

static void run_line(peer *p, const char *line, size_t n)
{
    json_error_t why;
    json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, &why);
    if (request == NULL) {
        refuse_line("JSON", why.text);
    } else {
        answer_line(p, request);
    }
    json_decref(request);
}

/* One line without its end, in *line of *cap; what is longer than the bound is read and dropped.
 * False at the end of the input. */
static bool read_line(char **line, size_t *cap, size_t *n, bool *too_long)
{
    int ch = getchar();
    *n = 0;
    *too_long = false;
    if (ch == EOF) {
        return false;
    }
    for (; ch != EOF && ch != '\n'; ch = getchar()) {
        if (*n == *cap && *cap < LINE_MAX_BYTES) {
            size_t more = *cap == 0 ? 4096 : 2 * *cap;
            char *bigger = realloc(*line, more);
            *cap = bigger != NULL ? more : *cap;
            *line = bigger != NULL ? bigger : *line;
        }
        if (*n < *cap) {
            (*line)[(*n)++] = (char)ch;
        } else {
            *too_long = true;
        }
    }
    return true;
}

/* Everything on the command line is answered; the exit status. */
static int run_argument(const char *argument)
{
    if (strcmp(argument, "--help") == 0) {
        return fputs(usage, stdout) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (strcmp(argument, "--version") == 0) {
        return puts("mls-peer " SOTTO_VERSION) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    fputs(usage, stderr);
    return 2;
}

int main(int argc, char **argv)
{
    peer p = {0};
    char *line = NULL;
    size_t cap = 0;
    size_t n = 0;
    bool too_long = false;
    if (argc > 1) {
        return run_argument(argv[1]);
    }
    if (crypto_default() == NULL) {
        fprintf(stderr, "mls-peer: the cryptographic libraries did not start\n");
        return EXIT_FAILURE;
    }
    while (read_line(&line, &cap, &n, &too_long)) {
        if (too_long) {
            refuse_line("LIMIT", "the line is longer than this program takes");
        } else {
            run_line(&p, line, n);
        }
        if (fflush(stdout) != 0) {
            break;
        }
    }
    bool good = ferror(stdin) == 0 && ferror(stdout) == 0;
    free(line);
    peer_clear(&p);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
