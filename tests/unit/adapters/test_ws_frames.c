/* WebSocket framing (RFC 6455, section 5): messages in one piece, in fragments, byte by byte, and
 * each rule of the frame header broken on its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/ws_frames.h"

#define MAX_MESSAGE 5000

typedef struct rig {
    ws_pool *pool;
    ws_frames f;
} rig;

static rig rig_up(ws_side side)
{
    rig r = {0};
    assert_int_equal(ws_pool_new(20000, &r.pool), BASE_OK);
    ws_frames_init(&r.f, r.pool, side, MAX_MESSAGE);
    return r;
}

static void rig_down(rig *r)
{
    ws_frames_clear(&r->f);
    assert_int_equal(ws_pool_held(r->pool), 0);
    ws_pool_free(r->pool);
}

/* A frame as a client sends it, mask 0x01020304. */
static size_t frame_put(uint8_t *out, uint8_t first, const void *payload, size_t n)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    size_t at = 0;
    out[at++] = first;
    if (n < 126) {
        out[at++] = (uint8_t)(0x80 | n);
    } else {
        out[at++] = 0x80 | 126;
        out[at++] = (uint8_t)(n >> 8);
        out[at++] = (uint8_t)n;
    }
    memcpy(out + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < n; i++) {
        out[at++] = ((const uint8_t *)payload)[i] ^ mask[i % 4];
    }
    return at;
}

static ws_event next_of(rig *r, const void *p, size_t n)
{
    base_bytes in = base_bytes_of(p, n);
    return ws_frames_next(&r->f, &in);
}

static void expect_fault(const void *p, size_t n, uint16_t code)
{
    rig r = rig_up(WS_SIDE_SERVER);
    ws_event e = next_of(&r, p, n);
    assert_int_equal(e.kind, WS_EVENT_FAULT);
    assert_int_equal(e.code, code);
    assert_non_null(e.why);
    rig_down(&r);
}

static void message_passes_from_client_to_server_and_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 125, 126, 4000, MAX_MESSAGE};
    uint8_t text[MAX_MESSAGE];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 7);
    }
    for (int way = 0; way < 2; way++) {
        rig from = rig_up(way == 0 ? WS_SIDE_CLIENT : WS_SIDE_SERVER);
        rig to = rig_up(way == 0 ? WS_SIDE_SERVER : WS_SIDE_CLIENT);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            base_buf wire = base_buf_on(NULL);
            base_bytes message = base_bytes_of(text, sizes[i]);
            assert_int_equal(ws_frames_write(&from.f, &wire, WS_OP_BINARY, message), BASE_OK);
            base_bytes in = base_buf_bytes(&wire);
            ws_event e = ws_frames_next(&to.f, &in);
            assert_int_equal(e.kind, WS_EVENT_MESSAGE);
            assert_true(base_bytes_eq(e.data, message));
            assert_int_equal(ws_frames_next(&to.f, &in).kind, WS_EVENT_NONE);
            assert_false(ws_frames_is_midway(&to.f));
            base_buf_clear(&wire);
        }
        rig_down(&from);
        rig_down(&to);
    }
}

static void client_masks_with_fresh_randomness(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_CLIENT);
    base_buf a = base_buf_on(NULL);
    base_buf b = base_buf_on(NULL);
    assert_int_equal(ws_frames_write(&r.f, &a, WS_OP_BINARY, base_bytes_str("abcd")), BASE_OK);
    assert_int_equal(ws_frames_write(&r.f, &b, WS_OP_BINARY, base_bytes_str("abcd")), BASE_OK);
    assert_int_equal(a.n, 10);
    assert_int_equal(a.p[1], 0x84);
    assert_memory_not_equal(a.p + 2, b.p + 2, 4);
    base_buf_clear(&a);
    base_buf_clear(&b);
    rig_down(&r);
}

static void many_messages_in_one_read_come_out_one_by_one(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    uint8_t wire[3000];
    size_t n = 0;
    for (uint8_t i = 0; i < 200; i++) {
        n += frame_put(wire + n, 0x82, &i, 1);
    }
    base_bytes in = base_bytes_of(wire, n);
    for (uint8_t i = 0; i < 200; i++) {
        ws_event e = ws_frames_next(&r.f, &in);
        assert_int_equal(e.kind, WS_EVENT_MESSAGE);
        assert_int_equal(e.data.n, 1);
        assert_int_equal(e.data.p[0], i);
    }
    assert_int_equal(ws_frames_next(&r.f, &in).kind, WS_EVENT_NONE);
    assert_false(ws_frames_is_midway(&r.f));
    rig_down(&r);
}

static void bytes_that_come_one_by_one_make_the_same_messages(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    uint8_t wire[2000];
    uint8_t long_one[300];
    memset(long_one, 0x55, sizeof long_one);
    size_t n = frame_put(wire, 0x02, "abc", 3);
    n += frame_put(wire + n, 0x89, "ping", 4); /* between fragments */
    n += frame_put(wire + n, 0x00, long_one, sizeof long_one);
    n += frame_put(wire + n, 0x80, "", 0);
    n += frame_put(wire + n, 0x82, "z", 1);
    size_t messages = 0;
    size_t pings = 0;
    for (size_t i = 0; i < n; i++) {
        base_bytes in = base_bytes_of(wire + i, 1);
        for (ws_event e = ws_frames_next(&r.f, &in); e.kind != WS_EVENT_NONE;
             e = ws_frames_next(&r.f, &in)) {
            if (e.kind == WS_EVENT_PING) {
                assert_true(base_bytes_eq(e.data, base_bytes_str("ping")));
                pings++;
            } else {
                assert_int_equal(e.kind, WS_EVENT_MESSAGE);
                assert_int_equal(e.data.n, messages == 0 ? 303 : 1);
                assert_int_equal(e.data.p[0], messages == 0 ? 'a' : 'z');
                messages++;
            }
        }
    }
    assert_int_equal(messages, 2);
    assert_int_equal(pings, 1);
    rig_down(&r);
}

static void message_of_the_largest_size_passes_and_one_byte_more_does_not(void **state)
{
    (void)state;
    static uint8_t body[MAX_MESSAGE + 1];
    static uint8_t wire[MAX_MESSAGE + 40];
    rig r = rig_up(WS_SIDE_SERVER);
    size_t n = frame_put(wire, 0x82, body, MAX_MESSAGE);
    assert_int_equal(next_of(&r, wire, n).kind, WS_EVENT_MESSAGE);
    rig_down(&r);
    n = frame_put(wire, 0x82, body, MAX_MESSAGE + 1);
    expect_fault(wire, n, WS_CODE_TOO_BIG);
    n = frame_put(wire, 0x02, body, MAX_MESSAGE);
    n += frame_put(wire + n, 0x80, "x", 1);
    expect_fault(wire, n, WS_CODE_TOO_BIG);
}

static void length_that_no_memory_could_hold_is_refused_before_any_is_taken(void **state)
{
    (void)state;
    const uint8_t huge[] = {0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff,
                            0xff, 0xff, 0,    0,    0,    0,    'x'};
    const uint8_t negative[] = {0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'x'};
    expect_fault(huge, sizeof huge, WS_CODE_TOO_BIG);
    expect_fault(negative, sizeof negative, WS_CODE_PROTOCOL);
}

static void text_is_refused_as_unsupported(void **state)
{
    (void)state;
    uint8_t wire[20];
    expect_fault(wire, frame_put(wire, 0x81, "hi", 2), WS_CODE_UNSUPPORTED);
}

static void broken_frame_headers_are_protocol_errors(void **state)
{
    (void)state;
    uint8_t wire[400];
    uint8_t big[200] = {0};
    expect_fault(wire, frame_put(wire, 0xc2, "x", 1), WS_CODE_PROTOCOL); /* RSV1: deflate */
    expect_fault(wire, frame_put(wire, 0xa2, "x", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x92, "x", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x83, "x", 1), WS_CODE_PROTOCOL); /* reserved opcodes */
    expect_fault(wire, frame_put(wire, 0x87, "x", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x8b, "x", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x8f, "x", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x09, "x", 1), WS_CODE_PROTOCOL); /* fragmented ping */
    expect_fault(wire, frame_put(wire, 0x89, big, 126), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x80, "x", 1), WS_CODE_PROTOCOL); /* no message begun */
    size_t n = frame_put(wire, 0x02, "x", 1);
    n += frame_put(wire + n, 0x82, "y", 1); /* a second message inside the first */
    expect_fault(wire, n, WS_CODE_PROTOCOL);
    const uint8_t unmasked[] = {0x82, 1, 'x'};
    expect_fault(unmasked, sizeof unmasked, WS_CODE_PROTOCOL);
    const uint8_t padded[] = {0x82, 0xfe, 0, 1, 0, 0, 0, 0, 'x'}; /* 1 in the long form */
    expect_fault(padded, sizeof padded, WS_CODE_PROTOCOL);
}

static void masked_frame_from_a_server_is_a_protocol_error(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_CLIENT);
    uint8_t wire[20];
    ws_event e = next_of(&r, wire, frame_put(wire, 0x82, "x", 1));
    assert_int_equal(e.kind, WS_EVENT_FAULT);
    assert_int_equal(e.code, WS_CODE_PROTOCOL);
    rig_down(&r);
}

static void close_frames_tell_their_code(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    uint8_t wire[40];
    ws_event e = next_of(&r, wire, frame_put(wire, 0x88, "\x03\xe9gone", 6));
    assert_int_equal(e.kind, WS_EVENT_CLOSE);
    assert_int_equal(e.code, WS_CODE_GOING_AWAY);
    assert_true(base_bytes_eq(e.data, base_bytes_str("gone")));
    rig_down(&r);
    r = rig_up(WS_SIDE_SERVER);
    e = next_of(&r, wire, frame_put(wire, 0x88, "", 0));
    assert_int_equal(e.kind, WS_EVENT_CLOSE);
    assert_int_equal(e.code, WS_CODE_NONE);
    rig_down(&r);
}

static void close_frames_that_break_the_rules_are_faults(void **state)
{
    (void)state;
    uint8_t wire[40];
    expect_fault(wire, frame_put(wire, 0x88, "\x03", 1), WS_CODE_PROTOCOL);
    expect_fault(wire, frame_put(wire, 0x88, "\x03\xe7", 2), WS_CODE_PROTOCOL); /* 999 */
    expect_fault(wire, frame_put(wire, 0x88, "\x03\xec", 2), WS_CODE_PROTOCOL); /* 1004 */
    expect_fault(wire, frame_put(wire, 0x88, "\x03\xed", 2), WS_CODE_PROTOCOL); /* 1005 */
    expect_fault(wire, frame_put(wire, 0x88, "\x03\xf7", 2), WS_CODE_PROTOCOL); /* 1015 */
    expect_fault(wire, frame_put(wire, 0x88, "\x13\x88", 2), WS_CODE_PROTOCOL); /* 5000 */
    expect_fault(wire, frame_put(wire, 0x88, "\x03\xe8\xff", 3), WS_CODE_TEXT);
}

/* A flood of half messages takes the place of its own older ones, never of those that go on. */
static void the_oldest_half_message_makes_room_for_the_newest(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    static uint8_t body[MAX_MESSAGE];
    static uint8_t wire[MAX_MESSAGE + 40];
    ws_frames many[8];
    size_t lost = 0;
    size_t n = frame_put(wire, 0x82, body, MAX_MESSAGE);
    for (size_t i = 0; i < 8; i++) {
        ws_frames_init(&many[i], r.pool, WS_SIDE_SERVER, MAX_MESSAGE);
        base_bytes in = base_bytes_of(wire, n - 1);
        assert_int_equal(ws_frames_next(&many[i], &in).kind, WS_EVENT_NONE);
        assert_true(ws_pool_held(r.pool) <= 20000);
        assert_true(ws_frames_is_midway(&many[i]));
    }
    for (size_t i = 0; i < 8; i++) {
        base_bytes in = base_bytes_of(wire + n - 1, 1);
        ws_event e = ws_frames_next(&many[i], &in);
        if (e.kind == WS_EVENT_FAULT) {
            assert_int_equal(e.code, WS_CODE_TRY_LATER);
            assert_int_equal(lost, i); /* the first ones, and only they */
            lost++;
        } else {
            assert_int_equal(e.kind, WS_EVENT_MESSAGE);
            assert_int_equal(e.data.n, MAX_MESSAGE);
        }
    }
    assert_in_range(lost, 4, 6); /* 20000 bytes hold two of 8192 or more */
    for (size_t i = 0; i < 8; i++) {
        ws_frames_clear(&many[i]);
    }
    assert_int_equal(ws_pool_held(r.pool), 0);
    rig_down(&r);
}

static void a_message_that_alone_is_too_much_is_refused(void **state)
{
    (void)state;
    ws_pool *pool = NULL;
    static uint8_t body[MAX_MESSAGE];
    static uint8_t wire[MAX_MESSAGE + 40];
    ws_frames f;
    assert_int_equal(ws_pool_new(1000, &pool), BASE_OK);
    ws_frames_init(&f, pool, WS_SIDE_SERVER, MAX_MESSAGE);
    base_bytes in = base_bytes_of(wire, frame_put(wire, 0x02, body, MAX_MESSAGE));
    ws_event e = ws_frames_next(&f, &in);
    assert_int_equal(e.kind, WS_EVENT_FAULT);
    assert_int_equal(e.code, WS_CODE_TRY_LATER);
    ws_frames_clear(&f);
    assert_int_equal(ws_pool_held(pool), 0);
    ws_pool_free(pool);
}

/* Handed out, and the owner reads no more of that connection for now. */
static void a_message_that_was_handed_out_is_let_go_of_without_harm(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    static uint8_t body[MAX_MESSAGE];
    static uint8_t wire[MAX_MESSAGE + 40];
    ws_frames many[4];
    size_t n = frame_put(wire, 0x82, body, MAX_MESSAGE);
    base_bytes first = base_bytes_of(wire, n - 1);
    base_bytes rest = base_bytes_of(wire + n - 1, 1);
    assert_int_equal(ws_frames_next(&r.f, &first).kind, WS_EVENT_NONE);
    assert_int_equal(ws_frames_next(&r.f, &rest).kind, WS_EVENT_MESSAGE);
    for (size_t i = 0; i < 4; i++) {
        ws_frames_init(&many[i], r.pool, WS_SIDE_SERVER, MAX_MESSAGE);
        base_bytes in = base_bytes_of(wire, n - 1);
        assert_int_equal(ws_frames_next(&many[i], &in).kind, WS_EVENT_NONE);
    }
    base_bytes again = base_bytes_of(wire, n);
    assert_int_equal(ws_frames_next(&r.f, &again).kind, WS_EVENT_MESSAGE);
    for (size_t i = 0; i < 4; i++) {
        ws_frames_clear(&many[i]);
    }
    rig_down(&r);
}

static void idle_connection_holds_no_memory(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    uint8_t wire[40];
    base_bytes in = base_bytes_of(wire, frame_put(wire, 0x82, "x", 1));
    base_bytes first = base_bytes_of(in.p, 3);
    base_bytes rest = base_bytes_of(in.p + 3, in.n - 3);
    assert_int_equal(ws_frames_next(&r.f, &first).kind, WS_EVENT_NONE);
    assert_non_null(r.f.codec); /* half a header is in it */
    assert_int_equal(ws_frames_next(&r.f, &rest).kind, WS_EVENT_MESSAGE);
    assert_int_equal(ws_frames_next(&r.f, &rest).kind, WS_EVENT_NONE);
    assert_null(r.f.codec);
    assert_int_equal(r.f.message.cap, 0);
    rig_down(&r);
}

static void oversized_control_frames_cannot_be_written(void **state)
{
    (void)state;
    rig r = rig_up(WS_SIDE_SERVER);
    uint8_t big[WS_CONTROL_MAX + 1] = {0};
    base_buf out = base_buf_on(NULL);
    assert_int_equal(ws_frames_write(&r.f, &out, WS_OP_PING, base_bytes_of(big, sizeof big)),
                     BASE_E_ARGUMENT);
    assert_int_equal(out.n, 0);
    assert_int_equal(ws_frames_write(&r.f, &out, WS_OP_PING, base_bytes_of(big, sizeof big - 1)),
                     BASE_OK);
    base_buf_clear(&out);
    rig_down(&r);
}

static void *no_memory(void *user, size_t n)
{
    (void)user;
    (void)n;
    return NULL;
}

static void no_free(void *user, void *p)
{
    (void)user;
    assert_null(p);
}

static void write_without_memory_leaves_the_buffer_as_it_was(void **state)
{
    (void)state;
    static const base_alloc none = {no_memory, no_free, NULL};
    rig r = rig_up(WS_SIDE_SERVER);
    base_buf out = base_buf_on(&none);
    assert_int_equal(ws_frames_write(&r.f, &out, WS_OP_BINARY, base_bytes_str("x")), BASE_E_NOMEM);
    assert_int_equal(out.n, 0);
    rig_down(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_passes_from_client_to_server_and_back),
        cmocka_unit_test(client_masks_with_fresh_randomness),
        cmocka_unit_test(many_messages_in_one_read_come_out_one_by_one),
        cmocka_unit_test(bytes_that_come_one_by_one_make_the_same_messages),
        cmocka_unit_test(message_of_the_largest_size_passes_and_one_byte_more_does_not),
        cmocka_unit_test(length_that_no_memory_could_hold_is_refused_before_any_is_taken),
        cmocka_unit_test(text_is_refused_as_unsupported),
        cmocka_unit_test(broken_frame_headers_are_protocol_errors),
        cmocka_unit_test(masked_frame_from_a_server_is_a_protocol_error),
        cmocka_unit_test(close_frames_tell_their_code),
        cmocka_unit_test(close_frames_that_break_the_rules_are_faults),
        cmocka_unit_test(the_oldest_half_message_makes_room_for_the_newest),
        cmocka_unit_test(a_message_that_alone_is_too_much_is_refused),
        cmocka_unit_test(a_message_that_was_handed_out_is_let_go_of_without_harm),
        cmocka_unit_test(idle_connection_holds_no_memory),
        cmocka_unit_test(oversized_control_frames_cannot_be_written),
        cmocka_unit_test(write_without_memory_leaves_the_buffer_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
