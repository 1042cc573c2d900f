/* `sottod exhibit`; see the header. The whole view walks every table; the live one walks them each
 * second and shows what came and went. */
#include "exhibit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "data.h"
#include "exhibit_live.h"

#define COLUMNS_MAX 32
#define FIRST_BYTES 16 /* shown of a value unless --full */

typedef struct view {
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
        (void)printf("  %" PRIu64 " row%s\n\n", v->rows, v->rows == 1 ? "" : "s");
    }
    v->table = NULL;
}

/* Text after an indent, broken between words before column 100. */
static void print_words(const char *text, int indent)
{
    int at = indent;
    for (bool first = true; *text != '\0'; first = false) {
        size_t n = strcspn(text, " ");
        if (!first && at + 1 + (int)n > 100) {
            (void)printf("\n%*s", indent, "");
            at = indent;
            first = true;
        }
        (void)printf("%s%.*s", first ? "" : " ", (int)n, text);
        at += (int)n + (first ? 0 : 1);
        text += n + (text[n] == ' ' ? 1 : 0);
    }
    (void)putchar('\n');
}

static const char *describe(view *v, const char *table, const char *column)
{
    const char *text = exhibit_words(table, column);
    if (text == NULL) {
        v->undescribed = true;
        return "(this version has no words for it)";
    }
    return text;
}

static base_err on_table(void *user, const char *name, const char *const *columns, size_t n)
{
    view *v = user;
    end_table(v);
    if (n > COLUMNS_MAX) {
        return BASE_E_LIMIT;
    }
    v->table = name;
    v->columns_n = n;
    v->rows = 0;
    (void)printf("== %s ==\n  ", name);
    print_words(describe(v, name, NULL), 2);
    for (size_t i = 0; i < n; i++) {
        v->columns[i] = columns[i];
        (void)printf("    %-11s ", columns[i]);
        print_words(describe(v, name, columns[i]), 16);
    }
    return BASE_OK;
}

static void print_bytes(base_bytes b, bool full)
{
    size_t n = full || b.n < FIRST_BYTES ? b.n : FIRST_BYTES;
    for (size_t i = 0; i < n; i++) {
        (void)printf("%02x", b.p[i]);
    }
    if (n < b.n) {
        (void)printf("... (%zu bytes)", b.n);
    } else if (b.n == 0) {
        (void)printf("(empty)");
    }
}

/* A day as a date: days since 1970. */
static void print_day(int64_t day)
{
    time_t at = (time_t)day * 86400;
    struct tm t = {0};
    char text[16] = "?";
    if (gmtime_r(&at, &t) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%d", &t);
    }
    (void)fputs(text, stdout);
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
    (void)printf("  %" PRIu64 ":", ++v->rows);
    if (is_dead(v, cells, n)) {
        (void)puts(" deleted: every value in it is overwritten");
        return BASE_OK;
    }
    for (size_t i = 0; i < n && i < v->columns_n; i++) {
        (void)printf(" %s=", v->columns[i]);
        switch (cells[i].kind) {
        case RELAY_CELL_NUMBER:
            if (is_day(v->columns[i])) {
                print_day(cells[i].number);
            } else {
                (void)printf("%" PRId64, cells[i].number);
            }
            break;
        case RELAY_CELL_TEXT:
            (void)printf("%.*s", (int)cells[i].bytes.n, (const char *)cells[i].bytes.p);
            break;
        case RELAY_CELL_BYTES:
            print_bytes(cells[i].bytes, v->full);
            break;
        case RELAY_CELL_NULL:
            (void)fputs("(none)", stdout);
            break;
        }
    }
    (void)putchar('\n');
    return BASE_OK;
}

static int print_all(const options *o, const relay_store *store)
{
    view v = {.full = o->full};
    const relay_walk walk = {on_table, on_row, &v};
    (void)printf("Everything this relay has stored in %s\n\n", o->data);
    base_err err = store->ops->walk(store->user, &walk);
    end_table(&v);
    (void)fputs(exhibit_absent(), stdout);
    if (err != BASE_OK) {
        (void)fprintf(stderr, "sottod: %s: %s\n", o->data, base_err_text(err));
        return 1;
    }
    if (fflush(stdout) != 0) {
        (void)fprintf(stderr, "sottod: the output could not be written\n");
        return 1;
    }
    if (v.undescribed) {
        (void)fprintf(stderr,
                      "sottod: this database has columns that this version cannot explain\n");
        return 1;
    }
    return 0;
}

int exhibit_run(const options *o)
{
    data d = {.lock = -1};
    if (!data_open(o->data, true, &d)) {
        return 1;
    }
    const relay_store *store = log_sqlite_store(d.store);
    int code = o->live ? exhibit_live(o, store) : print_all(o, store);
    data_close(&d);
    return code;
}
