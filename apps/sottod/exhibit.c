/* `sottod exhibit`; see the header. What the columns can tell is relay/exhibit.c's to say; the live
 * view, which shows what came and went, is in exhibit_live.c. */
#include "exhibit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data.h"
#include "exhibit_live.h"
#include "relay/exhibit.h"

#define COLUMNS_MAX 32
#define FIRST_BYTES 16 /* shown of a value unless --full */

typedef struct view {
    FILE *out;
    bool full;
    const char *table;
    const char *columns[COLUMNS_MAX];
    size_t columns_n;
    uint64_t rows;
    bool undescribed;
} view;

static void end_table(view *v)
{
    if (v->table != NULL) {
        (void)fprintf(v->out, "  %" PRIu64 " row%s\n\n", v->rows, v->rows == 1 ? "" : "s");
    }
    v->table = NULL;
}

/* Text after an indent, broken between words before column 100. */
static void print_words(FILE *out, const char *text, int indent)
{
    int at = indent;
    for (bool first = true; *text != '\0'; first = false) {
        size_t n = strcspn(text, " ");
        if (!first && at + 1 + (int)n > 100) {
            (void)fprintf(out, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        (void)fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
        at += (int)n + (first ? 0 : 1);
        text += n + (text[n] == ' ' ? 1 : 0);
    }
    (void)fputc('\n', out);
}

static const char *described(view *v, const char *text)
{
    v->undescribed = v->undescribed || text == NULL;
    return text != NULL ? text : "(this version has no words for it)";
}

static base_err on_table(void *user, const char *name, const char *holds)
{
    view *v = user;
    end_table(v);
    v->table = name;
    v->columns_n = 0;
    v->rows = 0;
    (void)fprintf(v->out, "== %s ==\n  ", name);
    print_words(v->out, described(v, holds), 2);
    return BASE_OK;
}

static base_err on_column(void *user, const char *name, const char *tells, const char *hides)
{
    view *v = user;
    if (v->columns_n == COLUMNS_MAX) {
        return BASE_E_LIMIT;
    }
    v->columns[v->columns_n++] = name;
    (void)fprintf(v->out, "    %-11s tells ", name);
    print_words(v->out, described(v, tells), 22);
    (void)fprintf(v->out, "    %-11s not:  ", "");
    print_words(v->out, described(v, hides), 22);
    return BASE_OK;
}

static void print_bytes(FILE *out, base_bytes b, bool full)
{
    size_t n = full || b.n < FIRST_BYTES ? b.n : FIRST_BYTES;
    for (size_t i = 0; i < n; i++) {
        (void)fprintf(out, "%02x", b.p[i]);
    }
    if (n < b.n) {
        (void)fprintf(out, "... (%zu bytes)", b.n);
    } else if (b.n == 0) {
        (void)fprintf(out, "(empty)");
    }
}

/* A day as a date: days since 1970. */
static void print_day(FILE *out, int64_t day)
{
    time_t at = (time_t)day * 86400;
    struct tm t = {0};
    char text[16] = "?";
    if (gmtime_r(&at, &t) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%d", &t);
    }
    (void)fputs(text, out);
}

static bool is_day(const char *column)
{
    return strcmp(column, "day") == 0 || strcmp(column, "touched") == 0;
}

/* A row whose bytes are gone and whose place in the file is not yet. */
static bool is_dead(const view *v, const relay_cell *cells, size_t n)
{
    for (size_t i = 0; i < n && i < v->columns_n; i++) {
        if (strcmp(v->columns[i], "live") == 0) {
            return !v->full && cells[i].kind == RELAY_CELL_NUMBER && cells[i].number == 0;
        }
    }
    return false;
}

static base_err on_row(void *user, const relay_cell *cells, size_t n)
{
    view *v = user;
    (void)fprintf(v->out, "  %" PRIu64 ":", ++v->rows);
    if (is_dead(v, cells, n)) {
        (void)fputs(" deleted: every value in it is overwritten\n", v->out);
        return BASE_OK;
    }
    for (size_t i = 0; i < n && i < v->columns_n; i++) {
        (void)fprintf(v->out, " %s=", v->columns[i]);
        switch (cells[i].kind) {
        case RELAY_CELL_NUMBER:
            if (is_day(v->columns[i])) {
                print_day(v->out, cells[i].number);
            } else {
                (void)fprintf(v->out, "%" PRId64, cells[i].number);
            }
            break;
        case RELAY_CELL_TEXT:
            (void)fprintf(v->out, "%.*s", (int)cells[i].bytes.n, (const char *)cells[i].bytes.p);
            break;
        case RELAY_CELL_BYTES:
            print_bytes(v->out, cells[i].bytes, v->full);
            break;
        case RELAY_CELL_NULL:
            (void)fputs("(none)", v->out);
            break;
        }
    }
    (void)fputc('\n', v->out);
    return BASE_OK;
}

/* The whole view as text in memory. A reader of the database holds back its journal, and with it
 * the bytes of what was delivered meanwhile: the database is left before the first line is written,
 * to a pager perhaps that stays open over the night. */
static base_err collect(const options *o, const relay_store *store, view *v)
{
    const relay_exhibit_to to = {on_table, on_column, on_row, v};
    (void)fprintf(v->out, "Everything this relay has stored in %s\n\n", o->data);
    base_err err = relay_exhibit(store, &to);
    end_table(v);
    (void)fputs(exhibit_absent(), v->out);
    return err;
}

static int print_all(const options *o, data *d)
{
    char *text = NULL;
    size_t n = 0;
    view v = {.full = o->full, .out = open_memstream(&text, &n)};
    base_err err = v.out == NULL ? BASE_E_NOMEM : collect(o, log_sqlite_store(d->store), &v);
    data_close(d);
    if (v.out != NULL && fclose(v.out) != 0) {
        err = BASE_E_NOMEM;
    }
    if (err != BASE_OK) {
        (void)fprintf(stderr, "sottod: %s: %s\n", o->data, base_err_text(err));
    } else if (fwrite(text, 1, n, stdout) != n || fflush(stdout) != 0) {
        (void)fprintf(stderr, "sottod: the output could not be written\n");
        err = BASE_E_STATE;
    } else if (v.undescribed) {
        (void)fprintf(stderr,
                      "sottod: this database has columns that this version cannot explain\n");
        err = BASE_E_STATE;
    }
    free(text);
    return err == BASE_OK ? 0 : 1;
}

const char *exhibit_absent(void)
{
    return "Nothing here holds: a message, a name, a number, a handle in clear, a member list, "
           "who\n"
           "wrote a message, an address, a time of day, or a key that opens any of the above.\n"
           "What a relay sees while it runs and does not store: the addresses and times of open\n"
           "connections, and which logs each of them follows.\n";
}

int exhibit_run(const options *o)
{
    data d = {.lock = -1};
    if (!data_open(o->data, true, &d)) {
        return 1;
    }
    int code = o->live ? exhibit_live(o, log_sqlite_store(d.store)) : print_all(o, &d);
    data_close(&d);
    return code;
}
