/* The contract of relay/store.h, on every store there is: SQLite, and the fake that the relay's
 * own tests run on, so that what they prove holds for what is shipped. */
#include "log_rows.h"
#include "support/fake_log_store.h"

typedef struct rig {
    rig_files files;
    log_sqlite *sqlite;
    fake_log_store *fake;
    const relay_store *st;
} rig;

static int setup_sqlite(void **state)
{
    rig *r = (rig *)calloc(1, sizeof *r);
    assert_non_null(r);
    rig_files_make(&r->files);
    r->sqlite = rig_open(&r->files);
    r->st = log_sqlite_store(r->sqlite);
    *state = r;
    return 0;
}

static int setup_fake(void **state)
{
    rig *r = (rig *)calloc(1, sizeof *r);
    assert_non_null(r);
    r->fake = fake_log_store_new(3);
    assert_non_null(r->fake);
    r->st = fake_log_store_port(r->fake);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig *r = (rig *)*state;
    log_sqlite_close(r->sqlite);
    fake_log_store_free(r->fake);
    if (r->sqlite != NULL) {
        rig_files_remove(&r->files);
    }
    free(r);
    return 0;
}

#define STORE(state) const relay_store *st = ((rig *)*(state))->st
#define CALL(name, ...) st->ops->name(st->user, __VA_ARGS__)
#define BEGIN() OK(st->ops->begin(st->user))
#define COMMIT() OK(st->ops->commit(st->user))

static relay_cursor rig_cursor(unsigned v, uint64_t place, uint64_t until)
{
    relay_cursor c = {.place = place, .until = until, .opened = 1, .used = true, .day = 20781};
    rig_id(c.handle, v);
    return c;
}

static uint64_t new_log(const relay_store *st, unsigned v)
{
    relay_log l = rig_log(v);
    OK(CALL(log_new, &l));
    return l.key;
}

static void a_log_comes_back_as_it_was_put(void **state)
{
    STORE(state);
    relay_log l = rig_log(1);
    relay_log got;
    BEGIN();
    OK(CALL(log_new, &l));
    assert_int_not_equal(l.key, 0);
    OK(CALL(log_get, l.id, &got));
    assert_int_equal(got.key, l.key);
    assert_memory_equal(got.hash, l.hash, 32);
    assert_int_equal(got.bytes, 4);
    assert_int_equal(got.guests, 6);
    l.head = 99;
    l.touched = 20782;
    OK(CALL(log_put, &l));
    COMMIT();
    OK(CALL(log_get, l.id, &got));
    assert_int_equal(got.head, 99);
    assert_int_equal(got.touched, 20782);
}

static void an_unknown_log_is_not_found_and_a_known_one_not_made_twice(void **state)
{
    STORE(state);
    relay_log l = rig_log(1);
    relay_log got;
    assert_int_equal(CALL(log_get, l.id, &got), BASE_E_NOT_FOUND);
    BEGIN();
    OK(CALL(log_new, &l));
    assert_int_equal(CALL(log_new, &l), BASE_E_EXISTS);
    COMMIT();
}

static void logs_are_walked_in_order_of_their_ids(void **state)
{
    STORE(state);
    static const unsigned made[] = {0x300, 0x100, 0x200};
    BEGIN();
    for (size_t i = 0; i < 3; i++) {
        (void)new_log(st, made[i]);
    }
    COMMIT();
    uint8_t at[32] = {0};
    relay_log got;
    for (unsigned v = 1; v <= 3; v++) {
        OK(CALL(log_next, at, &got));
        assert_int_equal(got.id[0], v);
        memcpy(at, got.id, 32);
    }
    assert_int_equal(CALL(log_next, at, &got), BASE_E_NOT_FOUND);
}

static void rollback_undoes_rows_and_bodies(void **state)
{
    STORE(state);
    BEGIN();
    uint64_t key = new_log(st, 1);
    COMMIT();
    BEGIN();
    uint64_t other = new_log(st, 2);
    rig_entry(st, key, 1, 20781, base_bytes_str("never"));
    relay_log l = rig_log(1);
    l.key = key;
    l.head = 50;
    OK(CALL(log_put, &l));
    st->ops->rollback(st->user);
    relay_log got;
    relay_entry e;
    base_buf stamp = {0};
    OK(CALL(log_get, l.id, &got));
    assert_int_equal(got.head, 2);
    rig_id(l.id, 2);
    assert_int_equal(CALL(log_get, l.id, &got), BASE_E_NOT_FOUND);
    BEGIN();
    COMMIT();
    assert_int_equal(CALL(entry_next, key, 0, &e, &stamp), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(entry_next, other, 0, &e, &stamp), BASE_E_NOT_FOUND);
    base_buf_clear(&stamp);
}

static void a_rollback_without_a_transaction_does_nothing(void **state)
{
    STORE(state);
    BEGIN();
    (void)new_log(st, 1);
    COMMIT();
    st->ops->rollback(st->user);
    uint8_t id[32];
    relay_log l;
    rig_id(id, 1);
    OK(CALL(log_get, id, &l));
    assert_int_not_equal(st->ops->commit(st->user), BASE_OK); /* nor is there one to commit */
    BEGIN();
    COMMIT();
}

static void epochs_are_kept_by_number(void **state)
{
    STORE(state);
    relay_epoch got;
    BEGIN();
    uint64_t key = new_log(st, 1);
    for (uint64_t i = 0; i < 3; i++) {
        relay_epoch e = {.epoch = i * 2, .start = i, .end = i + 1};
        memset(e.gate, (int)i + 1, 32);
        OK(CALL(epoch_put, key, &e));
    }
    OK(CALL(epoch_get, key, 2, &got));
    assert_int_equal(got.gate[31], 2);
    assert_int_equal(got.end, 2);
    assert_int_equal(CALL(epoch_get, key, 3, &got), BASE_E_NOT_FOUND);
    OK(CALL(epoch_next, key, 3, &got));
    assert_int_equal(got.epoch, 4);
    assert_int_equal(CALL(epoch_next, key, 5, &got), BASE_E_NOT_FOUND);
    OK(CALL(epoch_drop, key, 2));
    assert_int_equal(CALL(epoch_get, key, 2, &got), BASE_E_NOT_FOUND);
    OK(CALL(epoch_next, key, 1, &got));
    assert_int_equal(got.epoch, 4);
    COMMIT();
}

static void cursors_are_walked_by_place_open_and_closed_apart(void **state)
{
    STORE(state);
    relay_cursor got;
    BEGIN();
    uint64_t key = new_log(st, 1);
    const relay_cursor all[] = {rig_cursor(3, 7, 0), rig_cursor(1, 9, 0), rig_cursor(2, 7, 0),
                                rig_cursor(4, 1, 5)};
    for (size_t i = 0; i < 4; i++) {
        OK(CALL(cursor_put, key, &all[i]));
    }
    OK(CALL(cursor_next, key, false, 0, NULL, &got));
    assert_int_equal(got.handle[1], 2);
    OK(CALL(cursor_next, key, false, got.place, got.handle, &got));
    assert_int_equal(got.handle[1], 3);
    OK(CALL(cursor_next, key, false, got.place, got.handle, &got));
    assert_int_equal(got.handle[1], 1);
    assert_int_equal(CALL(cursor_next, key, false, got.place, got.handle, &got), BASE_E_NOT_FOUND);
    OK(CALL(cursor_next, key, false, 8, NULL, &got));
    assert_int_equal(got.place, 9);
    OK(CALL(cursor_next, key, true, 0, NULL, &got));
    assert_int_equal(got.handle[1], 4);
    assert_int_equal(got.until, 5);
    COMMIT();
}

static void a_cursor_is_found_replaced_and_dropped_by_its_handle(void **state)
{
    STORE(state);
    relay_cursor got;
    BEGIN();
    uint64_t key = new_log(st, 1);
    uint64_t other = new_log(st, 2);
    relay_cursor c = rig_cursor(1, 7, 0);
    OK(CALL(cursor_put, key, &c));
    c.place = 8;
    c.guest = true;
    OK(CALL(cursor_put, key, &c));
    OK(CALL(cursor_get, key, c.handle, &got));
    assert_int_equal(got.place, 8);
    assert_true(got.guest);
    assert_true(got.used);
    assert_int_equal(CALL(cursor_get, other, c.handle, &got), BASE_E_NOT_FOUND);
    OK(CALL(cursor_drop, key, c.handle));
    assert_int_equal(CALL(cursor_get, key, c.handle, &got), BASE_E_NOT_FOUND);
    COMMIT();
}

static void entries_are_readable_after_commit_and_not_before(void **state)
{
    STORE(state);
    relay_entry e;
    base_buf stamp = {0};
    uint8_t got[5];
    BEGIN();
    uint64_t key = new_log(st, 1);
    rig_entry(st, key, 1, 20781, base_bytes_str("hello"));
    rig_entry(st, key, 2, 20781, base_bytes_str("world"));
    assert_int_equal(CALL(entry_next, key, 0, &e, &stamp), BASE_E_NOT_FOUND);
    COMMIT();
    OK(CALL(entry_next, key, 0, &e, &stamp));
    assert_int_equal(e.seq, 1);
    assert_int_equal(e.kind, 1);
    assert_int_equal(e.size, 5);
    assert_int_equal(e.day, 20781);
    assert_int_equal(e.before[31], 1);
    assert_true(base_bytes_eq(e.stamp, base_bytes_str("a stamp")));
    OK(CALL(entry_read, key, 1, 0, got, 5));
    assert_memory_equal(got, "hello", 5);
    OK(CALL(entry_read, key, 2, 3, got, 2));
    assert_memory_equal(got, "ld", 2);
    OK(CALL(entry_next, key, 2, &e, &stamp));
    assert_int_equal(e.stamp.n, 0);
    assert_int_equal(CALL(entry_next, key, 3, &e, &stamp), BASE_E_NOT_FOUND);
    base_buf_clear(&stamp);
}

static void reading_beyond_an_entry_is_refused(void **state)
{
    STORE(state);
    uint8_t got[8];
    BEGIN();
    uint64_t key = new_log(st, 1);
    rig_entry(st, key, 1, 20781, base_bytes_str("hello"));
    COMMIT();
    OK(CALL(entry_read, key, 1, 5, got, 0));
    assert_int_equal(CALL(entry_read, key, 1, 0, got, 6), BASE_E_ARGUMENT);
    assert_int_equal(CALL(entry_read, key, 1, 6, got, 0), BASE_E_ARGUMENT);
    assert_int_equal(CALL(entry_read, key, 2, 0, got, 1), BASE_E_NOT_FOUND);
}

static void a_large_body_is_read_in_pieces(void **state)
{
    STORE(state);
    enum { SIZE = 4 << 20 };
    base_buf data = {0};
    OK(base_buf_resize(&data, SIZE));
    for (size_t i = 0; i < SIZE; i++) {
        data.p[i] = (uint8_t)(i * 31 >> 5);
    }
    relay_side side = {.epoch = 3, .waiting = 2, .day = 20781, .size = SIZE};
    BEGIN();
    uint64_t key = new_log(st, 1);
    rig_entry(st, key, 1, 20781, base_buf_bytes(&data));
    OK(CALL(side_add, key, &side, base_buf_bytes(&data)));
    COMMIT();
    static uint8_t piece[65536];
    for (size_t off = 0; off < SIZE; off += sizeof piece) {
        OK(CALL(entry_read, key, 1, off, piece, sizeof piece));
        assert_memory_equal(piece, data.p + off, sizeof piece);
        OK(CALL(side_read, key, 3, off, piece, sizeof piece));
        assert_memory_equal(piece, data.p + off, sizeof piece);
    }
    assert_int_equal(CALL(entry_read, key, 1, SIZE - 1, piece, 2), BASE_E_ARGUMENT);
    base_buf_clear(&data);
}

static void dropping_a_range_counts_what_went_and_spares_younger_days(void **state)
{
    STORE(state);
    uint64_t n = 9;
    uint64_t bytes = 9;
    relay_entry e;
    base_buf stamp = {0};
    BEGIN();
    uint64_t key = new_log(st, 1);
    uint64_t other = new_log(st, 2);
    for (uint64_t i = 1; i <= 6; i++) {
        rig_entry(st, key, i, (uint32_t)(100 + i), base_bytes_str("12345"));
        rig_entry(st, other, i, 100, base_bytes_str("12345"));
    }
    COMMIT();
    BEGIN();
    OK(CALL(entry_drop, key, 2, 5, 104, &n, &bytes));
    assert_int_equal(n, 2); /* days 102 and 103 */
    assert_int_equal(bytes, 10);
    OK(CALL(entry_drop, key, 2, 3, UINT32_MAX, &n, &bytes));
    assert_int_equal(n, 0);
    assert_int_equal(bytes, 0);
    OK(CALL(entry_drop, key, 5, UINT64_MAX, UINT32_MAX, &n, &bytes));
    assert_int_equal(n, 2);
    COMMIT();
    OK(CALL(entry_next, key, 0, &e, &stamp));
    assert_int_equal(e.seq, 1);
    OK(CALL(entry_next, key, 2, &e, &stamp));
    assert_int_equal(e.seq, 4);
    assert_int_equal(CALL(entry_next, key, 5, &e, &stamp), BASE_E_NOT_FOUND);
    OK(CALL(entry_next, other, 3, &e, &stamp));
    assert_int_equal(e.seq, 3);
    base_buf_clear(&stamp);
}

static void dropping_a_log_takes_everything_of_it_and_nothing_else(void **state)
{
    STORE(state);
    relay_epoch epoch = {.epoch = 0};
    relay_cursor c = rig_cursor(1, 0, 0);
    relay_side side = {.epoch = 1, .waiting = 1, .day = 1, .size = 4};
    uint64_t key[2];
    BEGIN();
    for (unsigned i = 0; i < 2; i++) {
        key[i] = new_log(st, i + 1);
        OK(CALL(epoch_put, key[i], &epoch));
        OK(CALL(cursor_put, key[i], &c));
        rig_entry(st, key[i], 1, 20781, base_bytes_str("body"));
        OK(CALL(side_add, key[i], &side, base_bytes_str("side")));
    }
    COMMIT();
    BEGIN();
    rig_entry(st, key[0], 2, 20781, base_bytes_str("late"));
    OK(CALL(log_drop, key[0]));
    COMMIT();
    relay_entry e;
    base_buf stamp = {0};
    uint8_t id[32];
    relay_log l;
    rig_id(id, 1);
    assert_int_equal(CALL(log_get, id, &l), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(epoch_get, key[0], 0, &epoch), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(cursor_get, key[0], c.handle, &c), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(entry_next, key[0], 0, &e, &stamp), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(side_get, key[0], 1, &side), BASE_E_NOT_FOUND);
    rig_id(id, 2);
    OK(CALL(log_get, id, &l));
    OK(CALL(epoch_get, key[1], 0, &epoch));
    OK(CALL(cursor_get, key[1], c.handle, &c));
    OK(CALL(entry_next, key[1], 0, &e, &stamp));
    OK(CALL(side_get, key[1], 1, &side));
    base_buf_clear(&stamp);
}

static void side_parts_count_who_waits(void **state)
{
    STORE(state);
    relay_side side = {.epoch = 4, .waiting = 3, .day = 20781, .size = 4};
    relay_side got;
    uint8_t bytes[4];
    BEGIN();
    uint64_t key = new_log(st, 1);
    OK(CALL(side_add, key, &side, base_bytes_str("side")));
    side.waiting = 2;
    OK(CALL(side_put, key, &side));
    OK(CALL(side_get, key, 4, &got));
    assert_int_equal(got.waiting, 2);
    COMMIT();
    OK(CALL(side_next, key, 0, &got));
    assert_int_equal(got.epoch, 4);
    assert_int_equal(got.waiting, 2);
    assert_int_equal(got.size, 4);
    OK(CALL(side_read, key, 4, 0, bytes, 4));
    assert_memory_equal(bytes, "side", 4);
    BEGIN();
    OK(CALL(side_drop, key, 4));
    COMMIT();
    assert_int_equal(CALL(side_get, key, 4, &got), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(side_read, key, 4, 0, bytes, 4), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(side_next, key, 0, &got), BASE_E_NOT_FOUND);
}

static void mailboxes_keep_doors_and_mail(void **state)
{
    STORE(state);
    relay_box box = {.head = 2, .mails = 2, .door_bytes = 7, .doors = 1, .touched = 20781};
    relay_box got;
    relay_door door = {.number = 5, .mails = 1, .bytes = 4};
    relay_mail mail = {.seq = 1, .day = 20781, .number = 5};
    uint8_t bytes[4];
    rig_id(box.id, 1);
    memset(door.gate, 9, 32);
    BEGIN();
    OK(CALL(box_new, &box));
    assert_int_equal(CALL(box_new, &box), BASE_E_EXISTS);
    OK(CALL(door_put, box.key, &door));
    OK(CALL(mail_add, box.key, &mail, base_bytes_str("mail")));
    mail.seq = 2;
    OK(CALL(mail_add, box.key, &mail, base_bytes_str("more")));
    assert_int_equal(CALL(mail_next, box.key, 0, &mail), BASE_E_NOT_FOUND);
    COMMIT();
    OK(CALL(box_get, box.id, &got));
    assert_int_equal(got.door_bytes, 7);
    OK(CALL(door_get, box.key, 5, &door));
    assert_int_equal(door.gate[3], 9);
    assert_int_equal(CALL(door_get, box.key, 6, &door), BASE_E_NOT_FOUND);
    OK(CALL(mail_next, box.key, 2, &mail));
    assert_int_equal(mail.number, 5);
    assert_int_equal(mail.size, 4);
    OK(CALL(mail_read, box.key, 2, bytes, 4));
    assert_memory_equal(bytes, "more", 4);
    assert_int_equal(CALL(mail_read, box.key, 2, bytes, 3), BASE_E_ARGUMENT);
    BEGIN();
    OK(CALL(mail_drop, box.key, 1));
    OK(CALL(door_drop, box.key, 5));
    COMMIT();
    OK(CALL(mail_next, box.key, 0, &mail));
    assert_int_equal(mail.seq, 2);
    assert_int_equal(CALL(door_get, box.key, 5, &door), BASE_E_NOT_FOUND);
    BEGIN();
    OK(CALL(box_drop, box.key));
    COMMIT();
    assert_int_equal(CALL(box_get, box.id, &got), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(mail_next, box.key, 0, &mail), BASE_E_NOT_FOUND);
}

static void shelves_give_their_packages_in_order(void **state)
{
    STORE(state);
    relay_shelf shelf = {.batch = 1, .next = 3, .packages = 2, .size = 1024, .last = true};
    relay_shelf got;
    base_buf data = {0};
    uint64_t number = 0;
    rig_id(shelf.id, 1);
    BEGIN();
    OK(CALL(shelf_new, &shelf));
    OK(CALL(package_put, shelf.key, 2, base_bytes_str("two")));
    OK(CALL(package_put, shelf.key, 1, base_bytes_str("one")));
    OK(CALL(package_put, shelf.key, 0, base_bytes_str("last")));
    COMMIT();
    OK(CALL(shelf_get, shelf.id, &got));
    assert_int_equal(got.size, 1024);
    assert_true(got.last);
    OK(CALL(package_first, shelf.key, &number, &data));
    assert_int_equal(number, 1);
    assert_true(base_bytes_eq(base_buf_bytes(&data), base_bytes_str("one")));
    BEGIN();
    OK(CALL(package_drop, shelf.key, 1));
    OK(CALL(package_put, shelf.key, 0, base_bytes_str("newer")));
    COMMIT();
    OK(CALL(package_first, shelf.key, &number, &data));
    assert_int_equal(number, 2);
    OK(CALL(package_get, shelf.key, 0, &data));
    assert_true(base_bytes_eq(base_buf_bytes(&data), base_bytes_str("newer")));
    BEGIN();
    OK(CALL(shelf_drop, shelf.key));
    COMMIT();
    assert_int_equal(CALL(package_first, shelf.key, &number, &data), BASE_E_NOT_FOUND);
    assert_int_equal(CALL(shelf_get, shelf.id, &got), BASE_E_NOT_FOUND);
    base_buf_clear(&data);
}

static void directory_records_are_replaced_by_key(void **state)
{
    STORE(state);
    relay_record rec = {.touched = 20781};
    relay_record got;
    uint8_t none[32] = {0};
    rig_id(rec.key, 1);
    memset(rec.data, 1, sizeof rec.data);
    BEGIN();
    OK(CALL(dir_put, &rec));
    memset(rec.data, 2, sizeof rec.data);
    OK(CALL(dir_put, &rec));
    COMMIT();
    OK(CALL(dir_get, rec.key, &got));
    assert_int_equal(got.data[1023], 2);
    OK(CALL(dir_next, none, &got));
    assert_memory_equal(got.key, rec.key, 32);
    assert_int_equal(CALL(dir_next, rec.key, &got), BASE_E_NOT_FOUND);
    BEGIN();
    OK(CALL(dir_drop, rec.key));
    COMMIT();
    assert_int_equal(CALL(dir_get, rec.key, &got), BASE_E_NOT_FOUND);
}

static void the_secrets_of_a_store_stay_the_same(void **state)
{
    STORE(state);
    relay_meta a;
    relay_meta b;
    OK(CALL(meta, &a));
    OK(CALL(meta, &b));
    assert_memory_equal(&a, &b, sizeof a);
}

static void scrubbing_wants_no_open_transaction(void **state)
{
    STORE(state);
    bool more = true;
    OK(CALL(scrub, false, &more));
    assert_false(more);
    BEGIN();
    assert_int_equal(CALL(scrub, false, &more), BASE_E_STATE);
    COMMIT();
}

typedef struct walked {
    bool found;
} walked;

static base_err on_table(void *user, const char *name, const char *const *columns, size_t n)
{
    (void)user;
    return name != NULL && columns[0] != NULL && n > 0 ? BASE_OK : BASE_E_INTERNAL;
}

static base_err on_row(void *user, const relay_cell *cells, size_t n)
{
    walked *w = (walked *)user;
    for (size_t i = 0; i < n; i++) {
        if (cells[i].kind == RELAY_CELL_BYTES &&
            base_bytes_eq(cells[i].bytes, base_bytes_str("canary"))) {
            w->found = true;
        }
    }
    return BASE_OK;
}

static void the_walk_reaches_what_is_stored(void **state)
{
    STORE(state);
    walked w = {false};
    const relay_walk to = {on_table, on_row, &w};
    OK(st->ops->walk(st->user, &to));
    assert_false(w.found);
    BEGIN();
    rig_entry(st, new_log(st, 1), 1, 20781, base_bytes_str("canary"));
    COMMIT();
    OK(st->ops->walk(st->user, &to));
    assert_true(w.found);
}

#define T(name, setup) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define ALL(setup)                                                                                 \
    {                                                                                              \
        T(a_log_comes_back_as_it_was_put, setup),                                                  \
            T(an_unknown_log_is_not_found_and_a_known_one_not_made_twice, setup),                  \
            T(logs_are_walked_in_order_of_their_ids, setup),                                       \
            T(rollback_undoes_rows_and_bodies, setup),                                             \
            T(a_rollback_without_a_transaction_does_nothing, setup),                               \
            T(epochs_are_kept_by_number, setup),                                                   \
            T(cursors_are_walked_by_place_open_and_closed_apart, setup),                           \
            T(a_cursor_is_found_replaced_and_dropped_by_its_handle, setup),                        \
            T(entries_are_readable_after_commit_and_not_before, setup),                            \
            T(reading_beyond_an_entry_is_refused, setup),                                          \
            T(a_large_body_is_read_in_pieces, setup),                                              \
            T(dropping_a_range_counts_what_went_and_spares_younger_days, setup),                   \
            T(dropping_a_log_takes_everything_of_it_and_nothing_else, setup),                      \
            T(side_parts_count_who_waits, setup), T(mailboxes_keep_doors_and_mail, setup),         \
            T(shelves_give_their_packages_in_order, setup),                                        \
            T(directory_records_are_replaced_by_key, setup),                                       \
            T(the_secrets_of_a_store_stay_the_same, setup),                                        \
            T(scrubbing_wants_no_open_transaction, setup),                                         \
            T(the_walk_reaches_what_is_stored, setup),                                             \
    }

int main(void)
{
    const struct CMUnitTest on_sqlite[] = ALL(setup_sqlite);
    const struct CMUnitTest on_fake[] = ALL(setup_fake);
    int failed = cmocka_run_group_tests_name("sqlite", on_sqlite, NULL, NULL);
    return failed + cmocka_run_group_tests_name("memory", on_fake, NULL, NULL);
}
