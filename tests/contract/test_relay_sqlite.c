/* The relay's rules on the store that ships: a conversation over SQLite, what is left of it on the
 * disk two ticks after delivery, what a crash leaves, and the exhibit of all that is stored. */
#include "log_rig.h"
#include "relay/exhibit.h"
#include "support/fake_peers.h"

#include <time.h>

typedef struct rig {
    rig_files files;
    log_sqlite *store;
    fake_world *w;
    fake_peer *alice, *bob;
} rig;

static wire_status status;

static void start(rig *t)
{
    t->store = rig_open(&t->files);
    t->w = fake_world_new(log_sqlite_store(t->store), "");
    t->alice = fake_peer_new(t->w, true, true);
    t->bob = fake_peer_new(t->w, true, true);
}

static void stop(rig *t)
{
    fake_peer_free(t->alice);
    fake_peer_free(t->bob);
    fake_world_free(t->w);
    log_sqlite_close(t->store);
}

/* Log 1, epoch 0, token 10: Alice (1) and Bob (2) follow. */
static int setup(void **state)
{
    rig *t = (rig *)calloc(1, sizeof *t);
    assert_non_null(t);
    rig_files_make(&t->files);
    start(t);
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
    assert_int_equal(fake_follow(t->alice, 1, 1, 0, 10, 1, 0).status, WIRE_OK);
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).status, WIRE_OK);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    rig *t = (rig *)*state;
    stop(t);
    rig_files_remove(&t->files);
    free(t);
    return 0;
}

static bool on_disk(const rig *t, base_bytes what)
{
    static const char *const ends[] = {"", "-wal"};
    bool found = false;
    assert_non_null(what.p); /* which gcc does not take for the end of it */
    for (size_t i = 0; what.p != NULL && i < 2; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", t->files.path, ends[i]);
        FILE *f = fopen(path, "rb");
        static uint8_t all[1 << 22];
        size_t n = f != NULL ? fread(all, 1, sizeof all, f) : 0;
        assert_true(n < sizeof all);
        found = found || memmem(all, n, what.p, what.n) != NULL;
        if (f != NULL) {
            (void)fclose(f);
        }
    }
    return found;
}

static void say(fake_peer *p, base_bytes data)
{
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 0, data};
    fake_send(p, f);
    fake_flush(p->w);
}

/* Take what came, acknowledge the last entry. */
static void read_all(fake_peer *p)
{
    wire_frame f;
    uint64_t seq = 0;
    while (fake_next(p, &f)) {
        seq = f.type == WIRE_ENTRY ? f.u.entry.seq : seq;
    }
    assert_int_equal(seq, 20);
    assert_int_equal(fake_ack(p, 1, seq, 0, 0), WIRE_OK);
}

/* What a relay does in 30 s: a tick may come just before the deletion. */
static void pass_ticks(rig *t, unsigned n)
{
    assert_true(n * RELAY_TICK_SECONDS <= 30);
    for (unsigned i = 0; i < n; i++) {
        t->w->now += RELAY_TICK_SECONDS * 1000;
        fake_tick(t->w);
    }
}

static void two_ticks_after_delivery_nothing_of_an_entry_is_on_the_disk(void **state)
{
    rig *t = (rig *)*state;
    static uint8_t body[4096];
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 167 + (i >> 7) * 13 + 5);
    }
    base_bytes text = base_bytes_of(body, sizeof body);
    for (unsigned i = 0; i < 20; i++) {
        body[0] = (uint8_t)i;
        say(t->alice, text);
    }
    assert_true(on_disk(t, base_bytes_of(body + 100, 64))); /* the search finds what is there */
    read_all(t->alice);
    pass_ticks(t, 2);
    assert_true(on_disk(t, base_bytes_of(body + 100, 64))); /* Bob has not read it */
    read_all(t->bob);
    assert_true(on_disk(t, base_bytes_of(body + 100, 64))); /* it is in the journal still */
    pass_ticks(t, 2);
    for (size_t at = 0; at + 64 <= sizeof body; at += 64) {
        assert_false(on_disk(t, base_bytes_of(body + at, 64)));
    }
}

static void what_was_acknowledged_survives_a_restart(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(fake_append(t->alice, 1, 0, 7, &status), 1);
    assert_int_equal(fake_commit(t->alice, fake_commit_frame(1, 0, 11, 8), &status), 2);
    wire_frame f = {.type = WIRE_APPEND};
    f.u.append = (wire_append){1, 1, fake_body(256, 9)};
    fake_send(t->alice, f); /* never flushed */
    stop(t);
    start(t);
    wire_followed r = fake_follow(t->bob, 1, 1, 0, 10, 2, 0);
    assert_int_equal(r.status, WIRE_OK);
    assert_int_equal(r.end, 2);
    assert_true(r.ended);
    (void)fake_entry(t->bob, 1, 1, 7);
    (void)fake_entry(t->bob, 1, 2, 8);
    assert_int_equal(fake_ack(t->bob, 1, 2, 1, 11), WIRE_OK);
    assert_int_equal(fake_append(t->bob, 1, 1, 9, &status), 3);
    (void)fake_entry(t->bob, 1, 3, 9);
}

static void a_large_commit_and_its_side_part_come_back_whole(void **state)
{
    rig *t = (rig *)*state;
    enum { ENTRY = 262144, SIDE = 131072 };
    static uint8_t handle[32];
    memcpy(handle, fake_gate('k', 3).p, 32);
    wire_frame f = fake_commit_frame(1, 0, 11, 0);
    f.u.commit.opened = base_bytes_of(handle, 32);
    f.u.commit.entry_size = ENTRY;
    f.u.commit.side_size = SIDE;
    f.u.commit.data = BASE_BYTES_NONE;
    fake_send(t->alice, f);
    uint32_t request = t->alice->request;
    for (size_t at = 0; at < ENTRY + SIDE; at += WIRE_INLINE_MAX) {
        f = (wire_frame){.type = WIRE_DATA, .request = request};
        f.u.bytes.data = base_bytes_of(fake_body(ENTRY + SIDE, 9).p + at, WIRE_INLINE_MAX);
        fake_send(t->alice, f);
        fake_flush(t->w);
    }
    f = fake_expect(t->bob, WIRE_ENTRY);
    assert_int_equal(f.u.entry.size, ENTRY);
    for (size_t at = 0; at < ENTRY; at += f.u.bytes.data.n) {
        f = fake_expect(t->bob, WIRE_PART);
        assert_memory_equal(f.u.bytes.data.p, fake_body(ENTRY + SIDE, 9).p + at, f.u.bytes.data.n);
    }
    f = (wire_frame){.type = WIRE_SIDE};
    f.u.side = (wire_side){fake_id('l', 1), 1, fake_id('t', 11)};
    fake_send(t->bob, f);
    fake_flush(t->w);
    f = fake_expect(t->bob, WIRE_SIDE_IS);
    assert_int_equal(f.u.side_is.size, SIDE);
    for (size_t at = 0; at < SIDE; at += f.u.bytes.data.n) {
        f = fake_expect(t->bob, WIRE_PART);
        assert_memory_equal(f.u.bytes.data.p, fake_body(ENTRY + SIDE, 9).p + ENTRY + at,
                            f.u.bytes.data.n);
    }
}

static base_err on_table_name(void *user, const char *name, const char *const *columns, size_t n)
{
    size_t *rows = (size_t *)user;
    (void)columns;
    (void)n;
    rows[1] = strcmp(name, "side") == 0 ? 1 : 0;
    return BASE_OK;
}

static base_err on_side(void *user, const relay_cell *cells, size_t n)
{
    size_t *rows = (size_t *)user;
    (void)n;
    rows[0] += rows[1] == 1 && cells[1].number == 1 ? 1 : 0; /* live */
    return BASE_OK;
}

/* A joiner that follows and acknowledges in the batch of the commit that adds it lets go of a side
 * part before it is stored: it must not be stored behind everybody's back, and counted nowhere. */
static void a_side_part_let_go_of_before_it_is_stored_is_not_stored(void **state)
{
    rig *t = (rig *)*state;
    fake_peer *carol = fake_peer_new(t->w, true, true);
    static uint8_t handle[32];
    static uint8_t body[256 + 4096];
    size_t rows[2] = {0, 0};
    base_buf list = base_buf_on(NULL);
    memcpy(handle, fake_gate('k', 3).p, 32);
    memcpy(body, fake_body(sizeof body, 1).p, sizeof body);
    wire_frame f = fake_commit_frame(1, 0, 11, 0);
    f.u.commit.opened = base_bytes_of(handle, 32);
    f.u.commit.side_size = 4096;
    f.u.commit.data = base_bytes_of(body, sizeof body);
    fake_send(t->alice, f);
    const wire_follow item = fake_follow_item(1, 1, 1, 11, 3, 0);
    fake_follow_send(carol, &item, 1);
    const wire_ack ack = {.channel = 1, .seq = 1};
    OK(wire_ack_put(&list, &ack));
    f = (wire_frame){.type = WIRE_ACK};
    f.u.items.items = base_buf_bytes(&list);
    fake_send(carol, f);
    fake_flush(t->w);
    (void)fake_expect(carol, WIRE_FOLLOWED);
    (void)fake_expect(carol, WIRE_ACKED);
    const relay_walk walk = {on_table_name, on_side, rows};
    OK(t->w->port->ops->walk(t->w->port->user, &walk));
    assert_int_equal(rows[0], 0);
    base_buf_clear(&list);
    fake_peer_free(carol);
}

static void a_removed_member_gets_no_byte_after_its_removal_here_either(void **state)
{
    rig *t = (rig *)*state;
    static uint8_t closed[32];
    memcpy(closed, fake_gate('k', 2).p, 32);
    assert_int_equal(fake_append(t->alice, 1, 0, 7, &status), 1);
    wire_frame f = fake_commit_frame(1, 0, 11, 8);
    f.u.commit.closed = base_bytes_of(closed, 32);
    assert_int_equal(fake_commit(t->alice, f, &status), 2);
    (void)fake_entry(t->alice, 1, 1, 7);
    (void)fake_entry(t->alice, 1, 2, 8);
    assert_int_equal(fake_ack(t->alice, 1, 2, 1, 11), WIRE_OK);
    assert_int_equal(fake_append(t->alice, 1, 1, 9, &status), 3);
    (void)fake_entry(t->bob, 1, 1, 7);
    (void)fake_entry(t->bob, 1, 2, 8);
    fake_expect_nothing(t->bob);
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).end, 2);
    (void)fake_entry(t->bob, 1, 1, 7);
    (void)fake_entry(t->bob, 1, 2, 8);
    fake_expect_nothing(t->bob);
}

static void a_year_passes_without_harm(void **state)
{
    rig *t = (rig *)*state;
    assert_int_equal(fake_append(t->alice, 1, 0, 7, &status), 1);
    fake_days(t->w, 8);
    wire_frame f;
    while (fake_next(t->bob, &f)) {
    }
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 1).status, WIRE_GONE);
    fake_days(t->w, 365);
    while (fake_next(t->bob, &f) || fake_next(t->alice, &f)) {
    }
    assert_int_equal(fake_follow(t->bob, 1, 1, 0, 10, 2, 0).status, WIRE_DENIED);
    assert_int_equal(fake_create(t->alice, 1, 10, 1), WIRE_OK);
}

/* ---- the exhibit ---- */

/* In the middle of a walk by another process, as `sottod exhibit` makes it. */
static base_err on_row_tick(void *user, const relay_cell *cells, size_t n)
{
    rig *t = (rig *)user;
    bool more = false;
    struct timespec begin;
    struct timespec end;
    (void)cells;
    (void)n;
    t->w->now += RELAY_TICK_SECONDS * 1000;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(relay_tick(t->w->r, t->w->now, &more), BASE_E_STORE);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - begin.tv_sec < 2); /* nobody is kept waiting for the reader */
    return BASE_E_STATE;                        /* once is enough */
}

static base_err on_table_nothing(void *user, const char *name, const char *const *columns, size_t n)
{
    (void)user;
    (void)name;
    (void)columns;
    (void)n;
    return BASE_OK;
}

static void a_reader_that_holds_the_journal_is_told_of_and_borne(void **state)
{
    rig *t = (rig *)*state;
    static uint8_t body[4096];
    log_sqlite *view = NULL;
    relay_random random = {rig_fill, &t->files.next};
    for (size_t i = 0; i < sizeof body; i++) {
        body[i] = (uint8_t)(i * 131 + (i >> 8) * 17 + 3);
    }
    OK(log_sqlite_open(t->files.path, true, &random, &view));
    for (unsigned i = 0; i < 20; i++) {
        say(t->alice, base_bytes_of(body, sizeof body));
    }
    read_all(t->alice);
    read_all(t->bob);
    const relay_walk walk = {on_table_nothing, on_row_tick, t};
    assert_int_equal(log_sqlite_store(view)->ops->walk(log_sqlite_store(view)->user, &walk),
                     BASE_E_STATE);
    assert_true(on_disk(t, base_bytes_of(body + 100, 64)));
    assert_int_equal(fake_append(t->alice, 1, 0, 7, &status), 21); /* the relay goes on */
    (void)fake_entry(t->bob, 1, 21, 7);
    t->w->now += 1000;
    fake_tick(t->w);
    assert_false(on_disk(t, base_bytes_of(body + 100, 64))); /* the next tick makes it good */
    log_sqlite_close(view);
}

typedef struct seen {
    char table[32];
    size_t tables, columns, rows, unknown;
    bool body;
} seen;

static base_err on_table(void *user, const char *name, const char *holds)
{
    seen *s = (seen *)user;
    (void)snprintf(s->table, sizeof s->table, "%s", name);
    s->tables++;
    s->unknown += holds == NULL ? 1 : 0;
    return BASE_OK;
}

static base_err on_column(void *user, const char *name, const char *tells, const char *hides)
{
    seen *s = (seen *)user;
    if (tells == NULL || hides == NULL) {
        print_message("no description: %s.%s\n", s->table, name);
        s->unknown++;
    }
    s->columns++;
    return BASE_OK;
}

static base_err on_row(void *user, const relay_cell *cells, size_t n)
{
    seen *s = (seen *)user;
    s->rows++;
    for (size_t i = 0; i < n; i++) {
        s->body = s->body || (cells[i].kind == RELAY_CELL_BYTES &&
                              base_bytes_eq(cells[i].bytes, fake_body(256, 7)));
    }
    return BASE_OK;
}

static void the_exhibit_describes_every_column_and_shows_every_row(void **state)
{
    rig *t = (rig *)*state;
    seen s;
    size_t tables = 0;
    size_t columns = 0;
    memset(&s, 0, sizeof s);
    assert_int_equal(fake_append(t->alice, 1, 0, 7, &status), 1);
    const relay_exhibit_to to = {on_table, on_column, on_row, &s};
    OK(relay_exhibit(log_sqlite_store(t->store), &to));
    assert_int_equal(s.unknown, 0);
    assert_true(s.body);
    assert_int_equal(s.rows, 2 + 1 + 1 + 2 + 1); /* meta, log, epoch, cursors, entry */
    const relay_exhibit_table *all = relay_exhibit_tables(&tables);
    for (size_t i = 0; i < tables; i++) {
        columns += all[i].n;
    }
    assert_int_equal(s.tables, tables); /* and nothing is described that is not there */
    assert_int_equal(s.columns, columns);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(two_ticks_after_delivery_nothing_of_an_entry_is_on_the_disk),
        T(what_was_acknowledged_survives_a_restart),
        T(a_large_commit_and_its_side_part_come_back_whole),
        T(a_side_part_let_go_of_before_it_is_stored_is_not_stored),
        T(a_removed_member_gets_no_byte_after_its_removal_here_either),
        T(a_reader_that_holds_the_journal_is_told_of_and_borne),
        T(a_year_passes_without_harm),
        T(the_exhibit_describes_every_column_and_shows_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
