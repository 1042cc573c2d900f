/* `sottod exhibit --live`; see the header. Between two devices that are both online an entry lives
 * a few milliseconds, so the store is walked that often, with pauses that grow with it, and what
 * was seen is shown at a pace for people. An entry or mail that was there in the walk before and is
 * not any more has been delivered, or has expired; its bytes are then in this view alone. */
#include "exhibit_live.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exhibit.h"

#define SEEN_MAX 1024 /* entries and mails remembered; beyond, the oldest are forgotten */
#define SHOWN 14      /* the newest of them are drawn */
#define SOME_BYTES 20
#define PAUSE_MS 1    /* between walks, at least */
#define PAUSE_TIMES 4 /* and so many times as long as a walk takes */
#define SHOW_MS 250   /* between two drawings */

typedef struct seen {
    bool used, mail, commit, here;
    bool said_came, said_gone;
    int64_t owner, seq; /* log or box, by its key */
    size_t size;
    uint8_t some[SOME_BYTES]; /* from the middle: the beginning is the same each time */
    size_t some_n;
    uint64_t order; /* when it was first seen */
} seen;

typedef struct live {
    seen items[SEEN_MAX];
    uint64_t order;
    /* of the walk under way */
    char table[32];
    int owner, seq, data, kind, alive; /* columns; -1: not in this table */
    uint64_t logs, cursors, entries, bytes, boxes, mails, packages, records;
    bool tty;
} live;

static volatile sig_atomic_t over;

static void on_signal(int number)
{
    (void)number;
    over = 1;
}

static int column(const char *const *columns, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(columns[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static base_err on_table(void *user, const char *name, const char *const *columns, size_t n)
{
    live *v = user;
    (void)snprintf(v->table, sizeof v->table, "%s", name);
    v->owner = column(columns, n, strcmp(name, "mail") == 0 ? "box" : "log");
    v->seq = column(columns, n, "seq");
    v->data = column(columns, n, "data");
    v->kind = column(columns, n, "kind");
    v->alive = column(columns, n, "live");
    return BASE_OK;
}

/* The place of an item that is known, or the oldest one's. */
static seen *place_of(live *v, bool mail, int64_t owner, int64_t seq)
{
    seen *oldest = &v->items[0];
    for (size_t i = 0; i < SEEN_MAX; i++) {
        seen *s = &v->items[i];
        if (s->used && s->mail == mail && s->owner == owner && s->seq == seq) {
            return s;
        }
        if (!s->used || (oldest->used && s->order < oldest->order)) {
            oldest = s;
        }
    }
    *oldest = (seen){.mail = mail, .owner = owner, .seq = seq};
    return oldest;
}

static void take_item(live *v, bool mail, const relay_cell *cells)
{
    seen *s = place_of(v, mail, cells[v->owner].number, cells[v->seq].number);
    base_bytes data = cells[v->data].bytes;
    if (!s->used) {
        s->used = true;
        s->order = ++v->order;
        s->size = data.n;
        s->commit = v->kind >= 0 && cells[v->kind].number == 1;
        s->some_n = data.n / 2 < SOME_BYTES ? data.n / 2 : SOME_BYTES;
        if (s->some_n > 0) {
            memcpy(s->some, data.p + data.n / 2, s->some_n);
        }
    }
    s->here = true;
    v->bytes += data.n;
}

static base_err on_row(void *user, const relay_cell *cells, size_t n)
{
    live *v = user;
    bool entry = strcmp(v->table, "entry") == 0;
    bool mail = strcmp(v->table, "mail") == 0;
    (void)n;
    if ((entry || mail) && v->owner >= 0 && v->seq >= 0 && v->data >= 0) {
        if (v->alive < 0 || cells[v->alive].number == 1) {
            v->entries += entry;
            v->mails += mail;
            take_item(v, mail, cells);
        }
    }
    v->logs += strcmp(v->table, "log") == 0;
    v->cursors += strcmp(v->table, "cursor") == 0;
    v->boxes += strcmp(v->table, "box") == 0;
    v->packages += strcmp(v->table, "package") == 0;
    v->records += strcmp(v->table, "directory") == 0;
    return BASE_OK;
}

static void print_item(const seen *s, bool bytes, bool gone)
{
    (void)printf("  %-8s %04" PRIx64 " #%-5" PRId64 " %7zu B  ",
                 s->mail     ? "mail"
                 : s->commit ? "commit"
                             : "message",
                 (uint64_t)s->owner & 0xffff, s->seq, s->size);
    for (size_t i = 0; bytes && i < s->some_n; i++) {
        (void)printf("%02x", s->some[i]);
    }
    (void)printf("%s%s\n", bytes ? "..." : "",
                 gone ? (bytes ? " gone" : "delivered: its bytes are overwritten") : "");
}

static void print_counts(const live *v)
{
    (void)printf("%" PRIu64 " logs, %" PRIu64 " readers, %" PRIu64 " entries, %" PRIu64
                 " mailboxes, %" PRIu64 " mails, %" PRIu64 " packages, %" PRIu64
                 " directory records, %" PRIu64 " B waiting\n",
                 v->logs, v->cursors, v->entries, v->boxes, v->mails, v->packages, v->records,
                 v->bytes);
}

/* The item that was first seen after the one with this order; NULL: there is none. */
static seen *after(live *v, uint64_t order)
{
    seen *next = NULL;
    for (size_t i = 0; i < SEEN_MAX; i++) {
        seen *s = &v->items[i];
        if (s->used && s->order > order && (next == NULL || s->order < next->order)) {
            next = s;
        }
    }
    return next;
}

/* The newest items, oldest of them first. */
static void draw(const options *o, live *v)
{
    (void)printf("\033[H\033[2JWhat the relay holds (%s); it can read none of it\n\n", o->data);
    print_counts(v);
    (void)printf(
        "\n  what     log  number    size    some of its bytes, as they were on the disk\n");
    const seen *s = after(v, v->order > SHOWN ? v->order - SHOWN : 0);
    for (; s != NULL; s = after(v, s->order)) {
        print_item(s, true, !s->here);
    }
    (void)printf("\n%s", exhibit_absent());
}

/* Without a terminal: a line for what came and for what went. */
static void tell(live *v)
{
    for (seen *s = after(v, 0); s != NULL; s = after(v, s->order)) {
        if (!s->said_came) {
            print_item(s, true, false);
            s->said_came = true;
        }
        if (!s->here && !s->said_gone) {
            print_item(s, false, true);
            s->said_gone = true;
        }
    }
}

static bool look(live *v, const relay_store *store)
{
    const relay_walk walk = {on_table, on_row, v};
    for (size_t i = 0; i < SEEN_MAX; i++) {
        v->items[i].here = false;
    }
    v->logs = v->cursors = v->entries = v->bytes = 0;
    v->boxes = v->mails = v->packages = v->records = 0;
    return store->ops->walk(store->user, &walk) == BASE_OK;
}

static int64_t clock_ns(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void show(const options *o, live *v)
{
    if (v->tty) {
        draw(o, v);
    } else {
        tell(v);
    }
}

int exhibit_live(const options *o, const relay_store *store)
{
    live v = {.tty = isatty(STDOUT_FILENO) == 1};
    struct sigaction stop = {.sa_handler = on_signal};
    int64_t shown_at = 0;
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    while (!over) {
        int64_t begin = clock_ns();
        if (!look(&v, store)) {
            (void)fprintf(stderr, "sottod: %s: cannot be read any more\n", o->data);
            return 1;
        }
        int64_t end = clock_ns();
        if (shown_at == 0 || end - shown_at >= (int64_t)SHOW_MS * 1000000) {
            shown_at = end;
            show(o, &v);
            if (fflush(stdout) != 0) {
                return 1;
            }
        }
        int64_t pause = (int64_t)PAUSE_MS * 1000000;
        pause = pause > (end - begin) * PAUSE_TIMES ? pause : (end - begin) * PAUSE_TIMES;
        const struct timespec rest = {.tv_sec = (time_t)(pause / 1000000000),
                                      .tv_nsec = (long)(pause % 1000000000)};
        (void)nanosleep(&rest, NULL);
    }
    return 0;
}
