/* What adapters/log_sqlite promises beyond the port: what was committed survives, what was deleted
 * is in no file after a scrub, rows do not tell who wrote beside whom, and a file that is no
 * relay's database is refused. */
#include "log_rows.h"

#include <sqlite3.h>

#define CALL(name, ...) st->ops->name(st->user, __VA_ARGS__)

/* Until nothing is left to do. */
static void scrub(const relay_store *st, bool deep)
{
    bool more = true;
    while (more) {
        OK(CALL(scrub, deep, &more));
    }
}

static int setup(void **state)
{
    rig_files *f = (rig_files *)calloc(1, sizeof *f);
    assert_non_null(f);
    rig_files_make(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    rig_files_remove((rig_files *)*state);
    free(*state);
    return 0;
}

/* ---- looking for bytes in the files ---- */

static base_buf file_bytes(const rig_files *f, const char *end)
{
    base_buf out = {0};
    char path[112];
    uint8_t part[4096];
    (void)snprintf(path, sizeof path, "%s%s", f->path, end);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return out;
    }
    size_t n = 0;
    while ((n = fread(part, 1, sizeof part, file)) > 0) {
        OK(base_buf_append(&out, base_bytes_of(part, n)));
    }
    (void)fclose(file);
    return out;
}

enum { PROBE = 16 }; /* a random stretch of this length does not occur twice by chance */
enum { FILTER_BITS = 27 };

/* Both files, and a filter of all their stretches: a body is looked for only where it may be. */
typedef struct probes {
    base_buf db, wal;
    uint8_t *filter;
} probes;

static size_t filter_place(const uint8_t *p, uint64_t factor)
{
    uint64_t a;
    uint64_t b;
    memcpy(&a, p, 8);
    memcpy(&b, p + 8, 8);
    return (size_t)((((a * factor) ^ b) * 0x9e3779b97f4a7c15u) >> (64 - FILTER_BITS));
}

static void filter_add(uint8_t *filter, const base_buf *file)
{
    for (size_t at = 0; at + PROBE <= file->n; at++) {
        size_t one = filter_place(file->p + at, 0xff51afd7ed558ccdu);
        size_t two = filter_place(file->p + at, 0xc4ceb9fe1a85ec53u);
        filter[one / 8] |= (uint8_t)(1u << (one % 8));
        filter[two / 8] |= (uint8_t)(1u << (two % 8));
    }
}

static void probes_make(probes *in, const rig_files *f)
{
    *in = (probes){.db = file_bytes(f, ""), .wal = file_bytes(f, "-wal")};
    in->filter = (uint8_t *)calloc(1, (size_t)1 << (FILTER_BITS - 3));
    assert_non_null(in->filter);
    filter_add(in->filter, &in->db);
    filter_add(in->filter, &in->wal);
}

static void probes_clear(probes *in)
{
    base_buf_clear(&in->db);
    base_buf_clear(&in->wal);
    free(in->filter);
}

static bool found(const probes *in, const uint8_t *p)
{
    size_t one = filter_place(p, 0xff51afd7ed558ccdu);
    size_t two = filter_place(p, 0xc4ceb9fe1a85ec53u);
    if (((in->filter[one / 8] >> (one % 8)) & (in->filter[two / 8] >> (two % 8)) & 1) == 0) {
        return false;
    }
    return (in->db.n > 0 && memmem(in->db.p, in->db.n, p, PROBE) != NULL) ||
           (in->wal.n > 0 && memmem(in->wal.p, in->wal.n, p, PROBE) != NULL);
}

/* Whether any stretch of the body, every 100 bytes and at its end, is in a file. */
static bool traced(const probes *in, const base_buf *body)
{
    for (size_t at = 0; at + PROBE <= body->n; at += 100) {
        if (found(in, body->p + at)) {
            return true;
        }
    }
    return found(in, body->p + body->n - PROBE);
}

static uint64_t rnd_state = 88172645463325252u;

static uint64_t rnd(void)
{
    rnd_state ^= rnd_state << 13;
    rnd_state ^= rnd_state >> 7;
    rnd_state ^= rnd_state << 17;
    return rnd_state;
}

typedef struct item {
    uint64_t log, seq;
    base_buf data;
    bool mail, dead;
} item;

enum { LOGS = 50, ROUNDS = 100, BATCH = 60, ITEMS = ROUNDS * BATCH };

static void body_make(base_buf *out)
{
    static const size_t sizes[] = {256, 256, 1024, 1024, 256, 4096};
    OK(base_buf_resize(out, sizes[rnd() % 6]));
    for (size_t i = 0; i + 8 <= out->n; i += 8) {
        uint64_t v = rnd();
        memcpy(out->p + i, &v, 8);
    }
}

static void item_add(const relay_store *st, item *it, uint64_t log, uint64_t seq)
{
    *it = (item){.log = log, .seq = seq, .mail = seq % 4 == 0};
    body_make(&it->data);
    if (it->mail) {
        relay_mail m = {.seq = seq, .day = 20781, .number = (uint32_t)(seq % 3)};
        OK(CALL(mail_add, log, &m, base_buf_bytes(&it->data)));
    } else {
        rig_entry(st, log, seq, 20781, base_buf_bytes(&it->data));
    }
}

static void item_drop(const relay_store *st, item *it)
{
    uint64_t n = 1;
    uint64_t bytes = 0;
    if (it->mail) {
        OK(CALL(mail_drop, it->log, it->seq));
    } else {
        OK(CALL(entry_drop, it->log, it->seq, it->seq, UINT32_MAX, &n, &bytes));
    }
    assert_int_equal(n, 1);
    it->dead = true;
}

/* Some logs keep nearly everything, others nearly nothing, so that live and dead rows lie mixed. */
static void churn(const relay_store *st, item *items)
{
    uint64_t seq = 0;
    for (size_t r = 0; r < ROUNDS; r++) {
        OK(st->ops->begin(st->user));
        for (size_t i = 0; i < BATCH; i++) {
            item_add(st, &items[r * BATCH + i], (1ull << 62) + 1 + rnd() % LOGS, ++seq);
        }
        OK(st->ops->commit(st->user));
        OK(st->ops->begin(st->user));
        for (size_t i = 0; i < (r + 1) * BATCH; i++) {
            bool keep = rnd() % 100 < (items[i].log % 2 == 0 ? 70 : 20);
            keep = keep || items[i].log % 8 == 0;
            if (!items[i].dead && !keep) {
                item_drop(st, &items[i]);
            }
        }
        OK(st->ops->commit(st->user));
        if (r % 7 == 2) {
            scrub(st, false);
        }
    }
}

static void count_traces(rig_files *f, const item *items, size_t *dead, size_t *traces,
                         size_t *missing)
{
    probes in;
    probes_make(&in, f);
    *dead = *traces = *missing = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        bool there = traced(&in, &items[i].data);
        *dead += items[i].dead;
        *traces += items[i].dead && there;
        *missing += !items[i].dead && !there;
    }
    probes_clear(&in);
}

static void deleted_bytes_are_in_no_file_after_a_scrub(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    static item items[ITEMS];
    size_t dead;
    size_t traces;
    size_t missing;
    for (int deep = 0; deep < 2; deep++) {
        churn(st, items);
        count_traces(f, items, &dead, &traces, &missing);
        assert_true(traces > 0); /* the search finds what the journal still holds */
        scrub(st, deep == 1);
        count_traces(f, items, &dead, &traces, &missing);
        assert_true(dead > ITEMS / 4 && dead < ITEMS);
        assert_int_equal(traces, 0);
        assert_int_equal(missing, 0);
        OK(st->ops->begin(st->user));
        for (size_t i = 0; i < ITEMS; i++) {
            if (!items[i].dead) {
                item_drop(st, &items[i]);
            }
        }
        OK(st->ops->commit(st->user));
        scrub(st, false);
        count_traces(f, items, &dead, &traces, &missing);
        assert_int_equal(dead, ITEMS);
        assert_int_equal(traces, 0);
        for (size_t i = 0; i < ITEMS; i++) {
            base_buf_clear(&items[i].data);
        }
    }
    log_sqlite_close(s);
}

static void a_reader_that_is_away_does_not_keep_the_table_long(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    const uint64_t away = (1ull << 62) + 1;
    const uint64_t busy = (1ull << 62) + 2;
    uint8_t body[256];
    uint64_t n;
    uint64_t bytes;
    memset(body, 0x5a, sizeof body);
    OK(st->ops->begin(st->user));
    rig_entry(st, away, 1, 20781, base_bytes_str("a body that waits for its reader"));
    OK(st->ops->commit(st->user));
    for (uint64_t seq = 0; seq < 9000; seq += 1000) {
        OK(st->ops->begin(st->user));
        for (uint64_t i = 1; i <= 1000; i++) {
            rig_entry(st, busy, seq + i, 20781, base_bytes_of(body, sizeof body));
        }
        OK(st->ops->commit(st->user));
        OK(st->ops->begin(st->user));
        OK(CALL(entry_drop, busy, 1, UINT64_MAX, UINT32_MAX, &n, &bytes));
        OK(st->ops->commit(st->user));
        scrub(st, false);
    }
    scrub(st, false);
    scrub(st, false);
    relay_entry e;
    base_buf stamp = {0};
    uint8_t got[32];
    OK(CALL(entry_next, away, 0, &e, &stamp)); /* moved, and whole */
    OK(CALL(entry_read, away, 1, 0, got, 32));
    assert_memory_equal(got, "a body that waits for its reader", 32);
    assert_true(base_bytes_eq(e.stamp, base_bytes_str("a stamp")));
    base_buf_clear(&stamp);
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM entry", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_true(sqlite3_column_int(q, 0) < 5000);
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
    log_sqlite_close(s);
}

static void a_batch_is_stored_in_order_of_its_logs(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    static const uint64_t order[] = {3, 1, 2, 1, 3};
    OK(st->ops->begin(st->user));
    for (size_t i = 0; i < 5; i++) {
        rig_entry(st, (1ull << 62) + order[i], i + 1, 20781, base_bytes_str("x"));
    }
    OK(st->ops->commit(st->user));
    log_sqlite_close(s);
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT log & 3, seq FROM entry ORDER BY n", -1, &q, NULL),
        SQLITE_OK);
    static const int want[5][2] = {{1, 2}, {1, 4}, {2, 3}, {3, 1}, {3, 5}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sqlite3_step(q), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(q, 0), want[i][0]);
        assert_int_equal(sqlite3_column_int(q, 1), want[i][1]);
    }
    (void)sqlite3_finalize(q);
    (void)sqlite3_close(db);
}

static void committed_rows_survive_and_open_ones_do_not(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    relay_log a = rig_log(1);
    relay_log b = rig_log(2);
    relay_meta before;
    relay_meta after;
    OK(CALL(meta, &before));
    OK(st->ops->begin(st->user));
    OK(CALL(log_new, &a));
    OK(st->ops->commit(st->user));
    OK(st->ops->begin(st->user));
    OK(CALL(log_new, &b));
    log_sqlite_close(s);
    s = rig_open(f);
    st = log_sqlite_store(s);
    relay_log got;
    OK(CALL(log_get, a.id, &got));
    assert_int_equal(CALL(log_get, b.id, &got), BASE_E_NOT_FOUND);
    OK(CALL(meta, &after));
    assert_memory_equal(&before, &after, sizeof before);
    log_sqlite_close(s);
}

static void a_restore_draws_a_new_incarnation_and_keeps_the_decoy(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    relay_random random = {rig_fill, &f->next};
    relay_meta before;
    relay_meta after;
    OK(CALL(meta, &before));
    OK(log_sqlite_renew(s, &random));
    OK(CALL(meta, &after));
    assert_memory_not_equal(before.incarnation, after.incarnation, 16);
    assert_memory_equal(before.decoy, after.decoy, 32);
    log_sqlite_close(s);
}

static void another_reader_may_walk_while_the_relay_writes(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    log_sqlite *reader = NULL;
    relay_random random = {rig_fill, &f->next};
    OK(log_sqlite_open(f->path, true, &random, &reader));
    const relay_store *st = log_sqlite_store(s);
    relay_log l = rig_log(1);
    OK(st->ops->begin(st->user));
    OK(CALL(log_new, &l));
    OK(st->ops->commit(st->user));
    const relay_store *other = log_sqlite_store(reader);
    relay_log got;
    OK(other->ops->log_get(other->user, l.id, &got));
    l = rig_log(2);
    OK(other->ops->begin(other->user));
    assert_int_equal(other->ops->log_new(other->user, &l), BASE_E_STORE); /* it may not write */
    other->ops->rollback(other->user);
    assert_string_not_equal(log_sqlite_message(reader), "");
    log_sqlite_close(reader);
    log_sqlite_close(s);
}

static void what_is_no_database_of_a_relay_is_refused(void **state)
{
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = NULL;
    relay_random random = {rig_fill, &f->next};
    assert_int_equal(log_sqlite_open(f->path, true, &random, &s), BASE_E_STORE); /* absent */
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    assert_int_equal(log_sqlite_open(f->path, false, &random, &s), BASE_E_CORRUPT);
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++) {
        (void)fputc('x', file);
    }
    (void)fclose(file);
    assert_int_equal(log_sqlite_open(f->path, false, &random, &s), BASE_E_STORE);
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(deleted_bytes_are_in_no_file_after_a_scrub, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reader_that_is_away_does_not_keep_the_table_long, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_batch_is_stored_in_order_of_its_logs, setup, teardown),
        cmocka_unit_test_setup_teardown(committed_rows_survive_and_open_ones_do_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_restore_draws_a_new_incarnation_and_keeps_the_decoy,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(another_reader_may_walk_while_the_relay_writes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_database_of_a_relay_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
