/* The small parts: running hash, envelope, room extension, safety number, shelf packages, joins. */
#include "rig.h"

#include "sotto/envelope.h"
#include "sotto/extensions.h"
#include "sotto/mail.h"
#include "sotto/safety.h"

static void the_running_hash_depends_on_every_entry_and_their_order(void **state)
{
    (void)state;
    static const uint8_t id[32] = {3};
    rig r;
    rig_begin(&r);
    sotto_log_point ab;
    sotto_log_point ba;
    OK(sotto_log_start(&r.p, base_bytes_of(id, 32), &ab));
    assert_int_equal(ab.n, 0);
    ba = ab;
    OK(sotto_log_step(&r.p, &ab, base_bytes_str("a")));
    OK(sotto_log_step(&r.p, &ab, base_bytes_str("b")));
    OK(sotto_log_step(&r.p, &ba, base_bytes_str("b")));
    OK(sotto_log_step(&r.p, &ba, base_bytes_str("a")));
    assert_int_equal(ab.n, 2);
    assert_false(sotto_hash_eq(&ab.h, &ba.h));
    rig_end(&r);
}

static void an_envelope_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    sotto_envelope e = {.count = 1,
                        .name = base_bytes_str("Zoë"),
                        .type = base_bytes_str("text/plain"),
                        .body = base_bytes_str("hi")};
    sotto_envelope back;
    base_buf bytes = base_buf_on(NULL);
    e.at.n = 12;
    OK(sotto_envelope_encode(&e, &bytes));
    OK(sotto_envelope_decode(base_buf_bytes(&bytes), &back));
    assert_int_equal(back.at.n, 12);
    assert_true(base_bytes_eq(back.name, e.name) && base_bytes_eq(back.body, e.body));
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_equal(sotto_envelope_decode(base_bytes_of(bytes.p, n), &back), SOTTO_E_ENVELOPE);
    }
    base_buf_clear(&bytes);
}

static void an_envelope_counts_from_one_and_names_in_utf8(void **state)
{
    (void)state;
    sotto_envelope e = {.count = 0, .type = base_bytes_str("text/plain")};
    sotto_envelope back;
    base_buf bytes = base_buf_on(NULL);
    OK(sotto_envelope_encode(&e, &bytes));
    assert_int_equal(sotto_envelope_decode(base_buf_bytes(&bytes), &back), SOTTO_E_ENVELOPE);
    base_buf_clear(&bytes);
    e.count = 1;
    e.name = base_bytes_str("\xff");
    OK(sotto_envelope_encode(&e, &bytes));
    assert_int_equal(sotto_envelope_decode(base_buf_bytes(&bytes), &back), BASE_E_UTF8);
    base_buf_clear(&bytes);
}

static void a_room_extension_comes_back_with_its_admins_in_order(void **state)
{
    (void)state;
    sotto_room_ext room;
    sotto_room_ext back;
    base_buf bytes = base_buf_on(NULL);
    memset(&room, 0, sizeof room);
    room.kind = SOTTO_ROOM_GROUP;
    room.title = base_bytes_str("The clinic");
    room.n_admins = 2;
    room.admins[0].b[0] = 9;
    room.admins[1].b[0] = 4;
    OK(sotto_room_ext_encode(&room, &bytes));
    OK(sotto_room_ext_decode(base_buf_bytes(&bytes), &back));
    assert_int_equal(back.n_admins, 2);
    assert_int_equal(back.admins[0].b[0], 4);
    assert_true(sotto_room_ext_is_admin(&back, &room.admins[0]));
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_equal(sotto_room_ext_decode(base_bytes_of(bytes.p, n), &back), SOTTO_E_RULES);
    }
    bytes.p[0] = 2; /* rules of a later version */
    assert_int_equal(sotto_room_ext_decode(base_buf_bytes(&bytes), &back), SOTTO_E_RULES);
    base_buf_clear(&bytes);
}

static void a_direct_room_has_neither_title_nor_admins(void **state)
{
    (void)state;
    sotto_room_ext room;
    sotto_room_ext back;
    base_buf bytes = base_buf_on(NULL);
    memset(&room, 0, sizeof room);
    room.kind = SOTTO_ROOM_DIRECT;
    OK(sotto_room_ext_encode(&room, &bytes));
    OK(sotto_room_ext_decode(base_buf_bytes(&bytes), &back));
    base_buf_clear(&bytes);
    room.title = base_bytes_str("x");
    OK(sotto_room_ext_encode(&room, &bytes));
    assert_int_equal(sotto_room_ext_decode(base_buf_bytes(&bytes), &back), SOTTO_E_RULES);
    base_buf_clear(&bytes);
    room.title = BASE_BYTES_NONE;
    room.n_admins = 1;
    OK(sotto_room_ext_encode(&room, &bytes));
    assert_int_equal(sotto_room_ext_decode(base_buf_bytes(&bytes), &back), SOTTO_E_RULES);
    base_buf_clear(&bytes);
}

static void a_safety_number_is_the_same_at_both_ends(void **state)
{
    (void)state;
    rig r;
    sotto_hash a = {{1}};
    sotto_hash b = {{2}};
    sotto_hash c = {{3}};
    char ab[61];
    char ba[61];
    char ac[61];
    rig_begin(&r);
    OK(sotto_safety_number(&r.p, &a, &b, ab));
    OK(sotto_safety_number(&r.p, &b, &a, ba));
    OK(sotto_safety_number(&r.p, &a, &c, ac));
    assert_string_equal(ab, ba);
    assert_string_not_equal(ab, ac);
    assert_int_equal(strspn(ab, "0123456789"), 60);
    rig_end(&r);
}

static void a_shelf_package_opens_with_its_key_alone(void **state)
{
    (void)state;
    static const uint8_t key[32] = {1};
    static const uint8_t other[32] = {2};
    rig r;
    sotto_shelf_package in = {.hint = {7}, .key_package = base_bytes_str("package")};
    sotto_shelf_package out;
    base_buf sealed = base_buf_on(NULL);
    base_buf plain = base_buf_on(NULL);
    rig_begin(&r);
    OK(sotto_shelf_seal(&r.p, base_bytes_of(key, 32), &in, &sealed));
    assert_int_equal(sealed.n, 8192); /* all packages look alike */
    OK(sotto_shelf_open(&r.p, base_bytes_of(key, 32), base_buf_bytes(&sealed), &plain, &out));
    assert_true(base_bytes_eq(out.key_package, in.key_package));
    assert_int_equal(
        sotto_shelf_open(&r.p, base_bytes_of(other, 32), base_buf_bytes(&sealed), &plain, &out),
        CRYPTO_E_OPEN);
    sealed.p[100] ^= 1;
    assert_int_equal(
        sotto_shelf_open(&r.p, base_bytes_of(key, 32), base_buf_bytes(&sealed), &plain, &out),
        CRYPTO_E_OPEN);
    base_buf_clear(&plain);
    base_buf_clear(&sealed);
    rig_end(&r);
}

static void a_join_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    sotto_join join;
    sotto_join back;
    base_buf bytes = base_buf_on(NULL);
    memset(&join, 0, sizeof join);
    memcpy(join.relay, "wss://a.example", 15);
    join.epoch = 5;
    join.kind = SOTTO_ROOM_GROUP;
    join.title = base_bytes_str("Ωmega");
    OK(sotto_join_encode(&join, &bytes));
    OK(sotto_join_decode(base_buf_bytes(&bytes), &back));
    assert_int_equal(back.epoch, 5);
    assert_true(base_bytes_eq(back.title, join.title));
    for (size_t n = 0; n < bytes.n; n++) {
        assert_int_equal(sotto_join_decode(base_bytes_of(bytes.p, n), &back), SOTTO_E_MAIL);
    }
    base_buf_clear(&bytes);
    memcpy(join.relay, "file:///etc", 12);
    OK(sotto_join_encode(&join, &bytes));
    assert_int_equal(sotto_join_decode(base_buf_bytes(&bytes), &back), SOTTO_E_MAIL);
    base_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_running_hash_depends_on_every_entry_and_their_order),
        cmocka_unit_test(an_envelope_comes_back_and_no_part_of_it_does),
        cmocka_unit_test(an_envelope_counts_from_one_and_names_in_utf8),
        cmocka_unit_test(a_room_extension_comes_back_with_its_admins_in_order),
        cmocka_unit_test(a_direct_room_has_neither_title_nor_admins),
        cmocka_unit_test(a_safety_number_is_the_same_at_both_ends),
        cmocka_unit_test(a_shelf_package_opens_with_its_key_alone),
        cmocka_unit_test(a_join_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
