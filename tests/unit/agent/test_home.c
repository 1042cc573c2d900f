/* The person's folder: whom it lets in, one agent at a time, and files that are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sotto-home-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    char command[96];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static home open_home(const char *name)
{
    home h;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(home_open(&h, path, true));
    return h;
}

static void folder_is_made_for_its_owner_alone(void **state)
{
    (void)state;
    struct stat st;
    home h = open_home("a/b/c");
    assert_int_equal(fstat(h.dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_false(home_is_ready(&h));
    home_close(&h);
}

static void folder_open_to_others_is_refused(void **state)
{
    (void)state;
    char path[256];
    home h;
    (void)snprintf(path, sizeof path, "%s/open", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_true(home_open(&h, path, false));
    home_close(&h);
    assert_int_equal(chmod(path, 0710), 0);
    assert_false(home_open(&h, path, false));
    assert_int_equal(chmod(path, 0702), 0);
    assert_false(home_open(&h, path, true));
}

static void absent_folder_is_refused_unless_it_is_to_be_made(void **state)
{
    (void)state;
    char path[256];
    home h;
    (void)snprintf(path, sizeof path, "%s/absent", folder);
    assert_false(home_open(&h, path, false));
    assert_true(home_open(&h, path, true));
    home_close(&h);
}

static void lock_has_one_holder_who_is_named(void **state)
{
    (void)state;
    pid_t holder = 0;
    home one = open_home("lock");
    home two = open_home("lock");
    assert_true(home_lock(&one, &holder));
    assert_false(home_lock(&two, &holder));
    assert_int_equal(holder, getpid());
    home_close(&one);
    assert_true(home_lock(&two, &holder));
    home_close(&two);
}

static void file_is_replaced_whole_and_kept_from_others(void **state)
{
    (void)state;
    struct stat st;
    home h = open_home("files");
    base_buf got = base_buf_on(NULL);
    assert_int_equal(home_read(&h, HOME_KEY, 100, &got), BASE_E_NOT_FOUND);
    assert_int_equal(home_write(&h, HOME_KEY, base_bytes_str("a longer first one")), BASE_OK);
    assert_int_equal(home_write(&h, HOME_KEY, base_bytes_str("second")), BASE_OK);
    assert_int_equal(home_read(&h, HOME_KEY, 100, &got), BASE_OK);
    assert_true(base_bytes_eq(base_buf_bytes(&got), base_bytes_str("second")));
    assert_int_equal(fstatat(h.dir, HOME_KEY, &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(faccessat(h.dir, HOME_KEY ".new", F_OK, 0), -1);
    assert_true(home_is_ready(&h));
    assert_int_equal(home_read(&h, HOME_KEY, 5, &got), BASE_E_LIMIT);
    assert_int_equal(home_remove(&h, HOME_KEY), BASE_OK);
    assert_int_equal(home_remove(&h, HOME_KEY), BASE_OK);
    assert_false(home_is_ready(&h));
    base_buf_clear(&got);
    home_close(&h);
}

static void file_that_cannot_be_written_leaves_the_old_one(void **state)
{
    (void)state;
    home h = open_home("full");
    base_buf got = base_buf_on(NULL);
    assert_int_equal(home_write(&h, HOME_KEY, base_bytes_str("old")), BASE_OK);
    assert_int_equal(mkdirat(h.dir, HOME_KEY ".new", 0700), 0); /* stands in the way */
    assert_int_equal(home_write(&h, HOME_KEY, base_bytes_str("new")), BASE_E_STORE);
    assert_int_equal(home_read(&h, HOME_KEY, 100, &got), BASE_OK);
    assert_true(base_bytes_eq(base_buf_bytes(&got), base_bytes_str("old")));
    base_buf_clear(&got);
    home_close(&h);
}

static void settings_are_kept_and_damage_means_the_defaults(void **state)
{
    (void)state;
    home h = open_home("settings");
    home_settings s = {.port = 4420, .passphrase = false};
    home_settings got;
    home_settings_read(&h, &got);
    assert_int_equal(got.port, 0);
    assert_true(got.passphrase);
    assert_int_equal(home_settings_write(&h, &s), BASE_OK);
    home_settings_read(&h, &got);
    assert_int_equal(got.port, 4420);
    assert_false(got.passphrase);
    assert_int_equal(home_write(&h, "agent.json", base_bytes_str("{\"port\": 70000,")), BASE_OK);
    home_settings_read(&h, &got);
    assert_int_equal(got.port, 0);
    assert_true(got.passphrase);
    home_close(&h);
}

static void socket_works_where_the_path_is_too_long_for_its_address(void **state)
{
    (void)state;
    struct stat st;
    home h = open_home("a-name-of-more-than-one-hundred-and-eight-characters-together-with-all/"
                       "x/../x/../x");
    int server = home_listen(&h);
    assert_true(server >= 0);
    assert_int_equal(fstatat(h.dir, HOME_SOCKET, &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    int client = home_connect(&h);
    assert_true(client >= 0);
    (void)close(client);
    (void)close(server);
    assert_int_equal(home_connect(&h), -1);
    home_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folder_is_made_for_its_owner_alone),
        cmocka_unit_test(folder_open_to_others_is_refused),
        cmocka_unit_test(absent_folder_is_refused_unless_it_is_to_be_made),
        cmocka_unit_test(lock_has_one_holder_who_is_named),
        cmocka_unit_test(file_is_replaced_whole_and_kept_from_others),
        cmocka_unit_test(file_that_cannot_be_written_leaves_the_old_one),
        cmocka_unit_test(settings_are_kept_and_damage_means_the_defaults),
        cmocka_unit_test(socket_works_where_the_path_is_too_long_for_its_address),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
