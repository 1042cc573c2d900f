/* Making and opening a store: the passphrase, damaged files, what is readable on the disk. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sotto/sotto.h>

#include "sotto/core.h"

#define NOW 1800000000000U

typedef struct files {
    char folder[64];
    char path[96];
    fake_random random;
    base_buf wrapped;
    base_buf recovery;
    sotto *s;
} files;

static sotto_config config_of(files *f)
{
    return (sotto_config){NULL, crypto_default(), fake_random_port(&f->random), f->path};
}

static base_err create(files *f, const char *passphrase)
{
    sotto_config config = config_of(f);
    sotto_create_params params = {.name = base_bytes_str("Alice"),
                                  .relay = base_bytes_str("ws://127.0.0.1:7480"),
                                  .passphrase = base_bytes_str(passphrase)};
    return sotto_create(&config, &params, NOW, &f->wrapped, &f->recovery, &f->s);
}

static void begin(files *f)
{
    memset(f, 0, sizeof *f);
    f->random = fake_random_of(5);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/sotto-open-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/store.db", f->folder);
    OK(create(f, "correct horse"));
}

static void end(files *f)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    sotto_close(f->s);
    base_buf_clear(&f->wrapped);
    base_buf_clear(&f->recovery);
    for (size_t i = 0; i < 3; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->folder);
}

static base_err reopen(files *f, const char *passphrase)
{
    sotto_config config = config_of(f);
    sotto_close(f->s);
    f->s = NULL;
    return sotto_open(&config, base_buf_bytes(&f->wrapped), base_bytes_str(passphrase), NOW, &f->s);
}

static void a_store_opens_with_its_passphrase_alone(void **state)
{
    (void)state;
    files f;
    sotto_me before;
    sotto_me after;
    begin(&f);
    OK(sotto_get_me(f.s, &before));
    assert_string_equal(before.name, "Alice");
    assert_string_equal(before.relay_name, "127.0.0.1:7480");
    assert_int_equal(before.link[0], '\0'); /* nothing to give away before the relay has it */
    assert_int_equal(reopen(&f, "wrong horse"), SOTTO_E_PASSPHRASE);
    assert_int_equal(reopen(&f, ""), SOTTO_E_PASSPHRASE);
    OK(reopen(&f, "correct horse"));
    OK(sotto_get_me(f.s, &after));
    assert_memory_equal(&before.id, &after.id, sizeof before.id);
    end(&f);
}

static void another_passphrase_replaces_the_first(void **state)
{
    (void)state;
    files f;
    base_buf fresh = base_buf_on(NULL);
    begin(&f);
    OK(sotto_rewrap(f.s, base_bytes_str("battery staple"), &fresh));
    base_buf_move(&f.wrapped, &fresh);
    assert_int_equal(reopen(&f, "correct horse"), SOTTO_E_PASSPHRASE);
    OK(reopen(&f, "battery staple"));
    end(&f);
}

static void a_damaged_key_file_is_refused(void **state)
{
    (void)state;
    files f;
    begin(&f);
    for (size_t i = 0; i < f.wrapped.n; i += 9) {
        f.wrapped.p[i] ^= 0x40;
        assert_int_equal(reopen(&f, "correct horse"), SOTTO_E_PASSPHRASE);
        f.wrapped.p[i] ^= 0x40;
    }
    size_t whole = f.wrapped.n;
    f.wrapped.n = whole - 1;
    assert_int_equal(reopen(&f, "correct horse"), SOTTO_E_PASSPHRASE);
    f.wrapped.n = whole;
    OK(reopen(&f, "correct horse"));
    end(&f);
}

static void a_store_is_not_made_over_another(void **state)
{
    (void)state;
    files f;
    begin(&f);
    sotto_close(f.s);
    f.s = NULL;
    files g = f;
    g.wrapped = base_buf_on(NULL);
    g.recovery = base_buf_on(NULL);
    assert_int_not_equal(create(&g, "another"), BASE_OK);
    OK(reopen(&f, "correct horse"));
    end(&f);
}

static void nothing_on_the_disk_is_readable(void **state)
{
    (void)state;
    files f;
    begin(&f);
    sotto_close(f.s);
    f.s = NULL;
    FILE *file = fopen(f.path, "rb");
    assert_non_null(file);
    char *all = calloc(1, 1 << 20);
    assert_non_null(all);
    size_t n = fread(all, 1, 1 << 20, file);
    (void)fclose(file);
    assert_true(n > 4096);
    assert_null(memmem(all, n, "Alice", 5));
    assert_null(memmem(all, n, "SQLite format", 13));
    assert_null(memmem(all, n, "CREATE TABLE", 12));
    free(all);
    end(&f);
}

static void a_store_of_the_first_version_is_brought_up(void **state)
{
    (void)state;
    files f;
    sotto_me me;
    begin(&f);
    OK(store_script(f.s->store,
                    "DROP INDEX room_group; ALTER TABLE room DROP COLUMN mls_group;"
                    "DROP INDEX IF EXISTS message_waiting; DROP INDEX IF EXISTS message_theirs;"
                    "DELETE FROM account WHERE name = 'shelf filled';"
                    "ALTER TABLE package DROP COLUMN door; PRAGMA user_version = 1;"));
    OK(reopen(&f, "correct horse"));
    OK(store_script(f.s->store, "SELECT door FROM package; SELECT mls_group FROM room;"));
    assert_false(f.s->me.shelf_filled); /* the next connection tells */
    OK(sotto_get_me(f.s, &me));
    assert_string_equal(me.name, "Alice");
    OK(store_script(f.s->store, "PRAGMA user_version = 9;"));
    assert_int_equal(reopen(&f, "correct horse"), BASE_E_CORRUPT); /* of a later program */
    end(&f);
}

static void a_recovery_key_is_shown_in_groups(void **state)
{
    (void)state;
    files f;
    begin(&f);
    assert_int_equal(f.recovery.n, 14 * 4 + 13); /* 35 bytes in base32, groups of four */
    for (size_t i = 4; i < f.recovery.n; i += 5) {
        assert_int_equal(f.recovery.p[i], '-');
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_opens_with_its_passphrase_alone),
        cmocka_unit_test(another_passphrase_replaces_the_first),
        cmocka_unit_test(a_damaged_key_file_is_refused),
        cmocka_unit_test(a_store_is_not_made_over_another),
        cmocka_unit_test(nothing_on_the_disk_is_readable),
        cmocka_unit_test(a_store_of_the_first_version_is_brought_up),
        cmocka_unit_test(a_recovery_key_is_shown_in_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
