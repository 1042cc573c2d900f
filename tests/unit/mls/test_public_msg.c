/* Tests of public_msg.c: the membership tag, and what may not be sent without encryption. */
#include "samples.h"

#define KEY BYTES("membership key")
#define CONTEXT BYTES("an encoded group context")

static base_err decode(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_message m = {0};
    base_err err = mls_message_decode(in, &a, &m);
    base_arena_clear(&a);
    return err;
}

/* A message of ours, as its recipient sees it. */
typedef struct sent {
    bench b;
    base_arena arena;
    base_buf body;
    base_buf encoded;
    base_buf message;
    mls_public_message m;
} sent;

static void send(sent *s, mls_sender_type sender, mls_content_type type, base_buf body)
{
    *s = (sent){.body = body};
    bench_init(&s->b, 1);
    s->arena = base_arena_on(&s->b.alloc.port, 0);
    s->message = base_buf_on(&s->b.alloc.port);
    mls_auth_content c =
        sample_content(MLS_WIRE_PUBLIC_MESSAGE, sender, type, base_buf_bytes(&s->body));
    mls_auth_content d = decoded_content(&c, &s->arena, &s->encoded);
    assert_int_equal(mls_public_protect(&s->b.suite, KEY, CONTEXT, &d, &s->message), BASE_OK);
    mls_message m = {0};
    assert_int_equal(mls_message_decode(base_buf_bytes(&s->message), &s->arena, &m), BASE_OK);
    assert_int_equal(m.wire_format, MLS_WIRE_PUBLIC_MESSAGE);
    s->m = m.public_message;
}

static void sent_clear(sent *s)
{
    base_buf_clear(&s->message);
    base_buf_clear(&s->encoded);
    base_buf_clear(&s->body);
    base_arena_clear(&s->arena);
    bench_clear(&s->b);
}

static void a_members_message_opens(void **state)
{
    (void)state;
    sent s;
    send(&s, MLS_SENDER_MEMBER, MLS_CONTENT_COMMIT, encode_commit(true));
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &s.m), BASE_OK);
    assert_int_equal(s.m.auth.content.sender.index, 3);
    assert_bytes(s.m.auth.content.body, base_buf_bytes(&s.body));
    assert_bytes(s.m.auth.signature, BYTES("content signature"));
    assert_bytes(s.m.auth.confirmation_tag, BYTES("confirmation tag"));
    assert_int_equal(s.m.membership_tag.n, s.b.suite.hash->size);
    assert_exact(base_buf_bytes(&s.message), decode);
    sent_clear(&s);
}

static void a_wrong_membership_tag_is_refused(void **state) /* V-6.2-1 */
{
    (void)state;
    sent s;
    send(&s, MLS_SENDER_MEMBER, MLS_CONTENT_COMMIT, encode_commit(true));
    assert_int_equal(mls_public_check(&s.b.suite, BYTES("another key"), CONTEXT, &s.m),
                     MLS_E_MEMBERSHIP_TAG);
    assert_int_equal(mls_public_check(&s.b.suite, KEY, BYTES("another context"), &s.m),
                     MLS_E_MEMBERSHIP_TAG);
    mls_public_message m = s.m;
    m.membership_tag.n--;
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &m), MLS_E_MEMBERSHIP_TAG);
    m.membership_tag = BASE_BYTES_NONE;
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &m), MLS_E_MEMBERSHIP_TAG);
    m = s.m;
    m.auth.content.epoch++;
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &m), MLS_E_MEMBERSHIP_TAG);
    m = s.m;
    m.auth.signature = BYTES("another signature");
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &m), MLS_E_MEMBERSHIP_TAG);
    m = s.m;
    m.auth.confirmation_tag = BYTES("another tag");
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &m), MLS_E_MEMBERSHIP_TAG);
    uint8_t *last = &s.message.p[s.message.n - 1];
    *last ^= 1;
    assert_int_equal(mls_public_check(&s.b.suite, KEY, CONTEXT, &s.m), MLS_E_MEMBERSHIP_TAG);
    sent_clear(&s);
}

static void senders_outside_the_group_carry_no_tag(void **state)
{
    (void)state;
    const struct {
        mls_sender_type sender;
        mls_content_type type;
    } cases[] = {{MLS_SENDER_EXTERNAL, MLS_CONTENT_PROPOSAL},
                 {MLS_SENDER_NEW_MEMBER_PROPOSAL, MLS_CONTENT_PROPOSAL},
                 {MLS_SENDER_NEW_MEMBER_COMMIT, MLS_CONTENT_COMMIT}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        sent s;
        send(&s, cases[i].sender, cases[i].type,
             cases[i].type == MLS_CONTENT_COMMIT ? encode_commit(true)
                                                 : encode_proposal(MLS_PROPOSAL_ADD));
        assert_int_equal(s.m.membership_tag.n, 0);
        assert_int_equal(mls_public_check(&s.b.suite, BYTES("another key"), CONTEXT, &s.m),
                         BASE_OK);
        /* The encoded content but for its wire format, behind the message's own header. */
        assert_bytes(base_bytes_of(s.message.p + 4, s.message.n - 4),
                     base_bytes_of(s.encoded.p + 2, s.encoded.n - 2));
        assert_exact(base_buf_bytes(&s.message), decode);
        sent_clear(&s);
    }
}

static void what_a_sender_may_not_send_is_neither_made_nor_opened(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, 1);
    base_arena a = base_arena_on(NULL, 0);
    base_buf encoded = base_buf_on(NULL);
    base_buf update = encode_proposal(MLS_PROPOSAL_UPDATE);
    base_buf message = base_buf_on(&b.alloc.port);
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_EXTERNAL,
                                        MLS_CONTENT_PROPOSAL, base_buf_bytes(&update));
    mls_public_message m = {.auth = decoded_content(&c, &a, &encoded)};
    assert_int_equal(mls_public_protect(&b.suite, KEY, CONTEXT, &m.auth, &message), MLS_E_SENDER);
    assert_int_equal(mls_public_check(&b.suite, KEY, CONTEXT, &m), MLS_E_SENDER);
    assert_int_equal(message.n, 0);
    base_buf_clear(&update);
    base_buf_clear(&encoded);
    base_arena_clear(&a);
    bench_clear(&b);
}

static void application_data_is_neither_sent_nor_opened(void **state) /* V-6-4 */
{
    (void)state;
    bench b;
    bench_init(&b, 1);
    base_buf message = base_buf_on(&b.alloc.port);
    mls_public_message m = {.auth = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                                   MLS_CONTENT_APPLICATION, BYTES("hello"))};
    assert_int_equal(mls_public_protect(&b.suite, KEY, CONTEXT, &m.auth, &message),
                     MLS_E_UNENCRYPTED);
    assert_int_equal(mls_public_check(&b.suite, KEY, CONTEXT, &m), MLS_E_UNENCRYPTED);
    bench_clear(&b);
}

static void content_signed_for_a_private_message_is_not_sent_as_a_public_one(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, 1);
    base_buf message = base_buf_on(&b.alloc.port);
    mls_auth_content c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_PROPOSAL, BYTES("\0\3\0\0\0\1"));
    assert_int_equal(mls_public_protect(&b.suite, KEY, CONTEXT, &c, &message), BASE_E_ARGUMENT);
    bench_clear(&b);
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    sent s;
    send(&s, MLS_SENDER_MEMBER, MLS_CONTENT_COMMIT, encode_commit(true));
    size_t live = s.b.alloc.live;
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        fake_alloc_reset(&s.b.alloc, n);
        base_buf message = base_buf_on(&s.b.alloc.port);
        base_err err = mls_public_protect(&s.b.suite, KEY, CONTEXT, &s.m.auth, &message);
        if (err == BASE_OK) {
            err = mls_public_check(&s.b.suite, KEY, CONTEXT, &s.m);
        }
        refused = fake_alloc_refused(&s.b.alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        failures += refused ? 1 : 0;
        base_buf_clear(&message);
        assert_int_equal(s.b.alloc.live, live);
    }
    assert_true(failures >= 3);
    sent_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_members_message_opens),
        cmocka_unit_test(a_wrong_membership_tag_is_refused),
        cmocka_unit_test(senders_outside_the_group_carry_no_tag),
        cmocka_unit_test(what_a_sender_may_not_send_is_neither_made_nor_opened),
        cmocka_unit_test(application_data_is_neither_sent_nor_opened),
        cmocka_unit_test(content_signed_for_a_private_message_is_not_sent_as_a_public_one),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
