/* Tests of content.c: Commit and FramedContent there and back, the signature and what it covers,
 * who may send what, and the inputs of hashes. */
#include "samples.h"

#include "crypto/labels.h"

static const mls_sender_type senders[] = {MLS_SENDER_MEMBER, MLS_SENDER_EXTERNAL,
                                          MLS_SENDER_NEW_MEMBER_PROPOSAL,
                                          MLS_SENDER_NEW_MEMBER_COMMIT};

static base_err decode_commit(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_commit c = {0};
    base_rd r = base_rd_on(in);
    mls_commit_read(&r, &a, &c);
    base_arena_clear(&a);
    return base_rd_end(&r);
}

static base_err decode_content(base_bytes in)
{
    base_arena a = base_arena_on(NULL, 0);
    mls_auth_content c = {0};
    base_err err = mls_auth_content_decode(in, &a, &c);
    base_arena_clear(&a);
    return err;
}

/* The body of content of a type; cleared by the caller. */
static base_buf body_of(mls_content_type type)
{
    if (type == MLS_CONTENT_PROPOSAL) {
        return encode_proposal(MLS_PROPOSAL_ADD);
    }
    if (type == MLS_CONTENT_COMMIT) {
        return encode_commit(true);
    }
    base_buf out = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&out, BYTES("hello")), BASE_OK);
    return out;
}

/* ---- Commit ---- */

static void a_commit_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (int has_path = 0; has_path < 2; has_path++) {
        base_arena a = base_arena_on(NULL, 0);
        base_buf in = encode_commit(has_path == 1);
        base_buf out = base_buf_on(NULL);
        mls_commit c = {0};
        base_rd r = base_rd_on(base_buf_bytes(&in));
        mls_commit_read(&r, &a, &c);
        assert_int_equal(base_rd_end(&r), BASE_OK);
        assert_int_equal(c.n_proposals, 2);
        assert_non_null(c.proposals[0].proposal);
        assert_bytes(c.proposals[1].ref, BYTES("reference"));
        assert_int_equal(c.has_path, has_path);
        assert_int_equal(c.path.n_nodes, has_path == 1 ? 2 : 0);
        base_wr w = base_wr_on(&out);
        mls_commit_write(&w, &c);
        assert_int_equal(base_wr_end(&w), BASE_OK);
        assert_bytes(base_buf_bytes(&out), base_buf_bytes(&in));
        base_buf_clear(&out);
        base_buf_clear(&in);
        base_arena_clear(&a);
    }
}

static void every_truncation_of_a_commit_is_refused(void **state)
{
    (void)state;
    base_buf in = encode_commit(true);
    assert_exact(base_buf_bytes(&in), decode_commit);
    base_buf_clear(&in);
    assert_exact(BYTES("\0\0"), decode_commit);
}

static void a_commit_whose_path_is_neither_there_nor_absent_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_commit(BYTES("\0\2")), BASE_E_VALUE);
}

static void a_commit_with_an_unknown_proposal_is_refused(void **state)
{
    (void)state;
    assert_int_equal(decode_commit(BYTES("\4\1\x0A\x0A\0\0")), MLS_E_PROPOSAL);
}

/* n references of no bytes at all: the most entries that a message of a size can hold. */
static base_buf commit_of_references(size_t n)
{
    base_buf out = base_buf_on(NULL);
    base_wr w = base_wr_on(&out);
    size_t mark = base_wr_open(&w);
    for (size_t i = 0; i < n; i++) {
        base_wr_u16(&w, 0x0200);
    }
    base_wr_close(&w, mark);
    base_wr_bool(&w, false);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    return out;
}

static void a_commit_has_at_most_so_many_proposals(void **state)
{
    (void)state;
    base_buf most = commit_of_references(MLS_VECTOR_MAX);
    base_buf more = commit_of_references(MLS_VECTOR_MAX + 1);
    assert_int_equal(decode_commit(base_buf_bytes(&most)), BASE_OK);
    assert_int_equal(decode_commit(base_buf_bytes(&more)), BASE_E_LIMIT);
    base_buf_clear(&more);
    base_buf_clear(&most);
}

/* ---- FramedContent ---- */

static void content_of_every_sender_and_type_is_written_as_it_was_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(senders); i++) {
        for (int t = MLS_CONTENT_APPLICATION; t <= MLS_CONTENT_COMMIT; t++) {
            base_arena a = base_arena_on(NULL, 0);
            base_buf body = body_of((mls_content_type)t);
            base_buf in = base_buf_on(NULL);
            base_buf out = base_buf_on(NULL);
            mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, senders[i],
                                                (mls_content_type)t, base_buf_bytes(&body));
            mls_auth_content d = decoded_content(&c, &a, &in);
            assert_int_equal(d.content.epoch, c.content.epoch);
            assert_int_equal(d.content.sender.type, senders[i]);
            assert_int_equal(d.content.sender.index, c.content.sender.index);
            assert_bytes(d.content.group_id, c.content.group_id);
            assert_bytes(d.content.authenticated_data, c.content.authenticated_data);
            assert_bytes(d.content.body, c.content.body);
            assert_int_equal(d.content.proposal != NULL, t == MLS_CONTENT_PROPOSAL);
            assert_int_equal(d.content.commit != NULL, t == MLS_CONTENT_COMMIT);
            assert_bytes(d.confirmation_tag, c.confirmation_tag);
            base_wr w = base_wr_on(&out);
            mls_auth_content_write(&w, &d);
            assert_int_equal(base_wr_end(&w), BASE_OK);
            assert_bytes(base_buf_bytes(&out), base_buf_bytes(&in));
            assert_exact(base_buf_bytes(&in), decode_content);
            base_buf_clear(&out);
            base_buf_clear(&in);
            base_buf_clear(&body);
            base_arena_clear(&a);
        }
    }
}

/* The encoding of small application content with one byte replaced. at counts: 0, 1 wire
 * format; 2..7 group id; 8..15 epoch; 16 sender type; 17..20 leaf; 21..31 authenticated data; 32
 * content type. */
static base_err decode_with(size_t at, uint8_t value)
{
    mls_auth_content c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_APPLICATION, BYTES("hello"));
    base_buf in = base_buf_on(NULL);
    base_wr w = base_wr_on(&in);
    mls_auth_content_write(&w, &c);
    assert_int_equal(base_wr_end(&w), BASE_OK);
    in.p[at] = value;
    base_err err = decode_content(base_buf_bytes(&in));
    base_buf_clear(&in);
    return err;
}

static void types_out_of_range_are_refused(void **state) /* V-6-2 */
{
    (void)state;
    assert_int_equal(decode_with(1, MLS_WIRE_PRIVATE_MESSAGE), BASE_OK);
    assert_int_equal(decode_with(1, MLS_WIRE_WELCOME), MLS_E_WIRE_FORMAT);
    assert_int_equal(decode_with(1, 0), MLS_E_WIRE_FORMAT);
    assert_int_equal(decode_with(16, MLS_SENDER_EXTERNAL), BASE_OK);
    assert_int_equal(decode_with(16, 0), BASE_E_VALUE);
    assert_int_equal(decode_with(16, 5), BASE_E_VALUE);
    assert_int_equal(decode_with(32, MLS_CONTENT_APPLICATION), BASE_OK);
    assert_int_equal(decode_with(32, 0), BASE_E_VALUE);
    assert_int_equal(decode_with(32, 4), BASE_E_VALUE);
}

static void types_out_of_range_are_not_written(void **state)
{
    (void)state;
    base_buf out = base_buf_on(NULL);
    mls_auth_content c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, (mls_sender_type)5,
                                        MLS_CONTENT_APPLICATION, BYTES("hello"));
    base_wr w = base_wr_on(&out);
    mls_auth_content_write(&w, &c);
    assert_int_equal(base_wr_end(&w), BASE_E_ARGUMENT);
    c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER, (mls_content_type)4,
                       BYTES("hello"));
    w = base_wr_on(&out);
    mls_auth_content_write(&w, &c);
    assert_int_equal(base_wr_end(&w), BASE_E_ARGUMENT);
    base_buf_clear(&out);
}

/* ---- the signature ---- */

typedef struct signer {
    bench b;
    base_secret private_key;
    base_buf public_key;
    base_buf signature;
} signer;

#define CONTEXT BYTES("an encoded group context")

/* Sign c, which points to the signature afterwards. */
static void sign(signer *s, mls_auth_content *c)
{
    bench_init(&s->b, 1);
    s->private_key = (base_secret){0};
    s->public_key = base_buf_on(&s->b.alloc.port);
    s->signature = base_buf_on(&s->b.alloc.port);
    assert_int_equal(crypto_sig_generate(&s->b.suite, &s->private_key, &s->public_key), BASE_OK);
    assert_int_equal(mls_content_sign(&s->b.suite, base_secret_bytes(&s->private_key), c, CONTEXT,
                                      &s->signature),
                     BASE_OK);
    c->signature = base_buf_bytes(&s->signature);
}

static void signer_clear(signer *s)
{
    base_secret_clear(&s->private_key);
    base_buf_clear(&s->public_key);
    base_buf_clear(&s->signature);
    bench_clear(&s->b);
}

static base_err verify(const signer *s, const mls_auth_content *c, base_bytes context)
{
    return mls_content_verify(&s->b.suite, base_buf_bytes(&s->public_key), c, context);
}

static void a_signature_covers_every_field_of_the_content(void **state) /* V-6.1-1 */
{
    (void)state;
    signer s;
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_PROPOSAL, BYTES("\0\3\0\0\0\1"));
    sign(&s, &c);
    assert_int_equal(verify(&s, &c, CONTEXT), BASE_OK);
    mls_auth_content d = c;
    d.wire_format = MLS_WIRE_PRIVATE_MESSAGE;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.group_id = BYTES("another");
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.epoch++;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.sender.index++;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.sender.type = MLS_SENDER_EXTERNAL;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.authenticated_data = BASE_BYTES_NONE;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.type = MLS_CONTENT_COMMIT;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.content.body = BYTES("\0\3\0\0\0\2");
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d = c;
    d.signature.n--;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    d.signature = BASE_BYTES_NONE;
    assert_int_equal(verify(&s, &d, CONTEXT), CRYPTO_E_SIGNATURE);
    signer_clear(&s);
}

static void the_group_context_is_covered_for_members_and_joiners_only(void **state)
{
    (void)state;
    base_buf commit = encode_commit(true);
    for (size_t i = 0; i < COUNT(senders); i++) {
        signer s;
        mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, senders[i], MLS_CONTENT_COMMIT,
                                            base_buf_bytes(&commit));
        sign(&s, &c);
        assert_int_equal(verify(&s, &c, CONTEXT), BASE_OK);
        bool covered =
            senders[i] == MLS_SENDER_MEMBER || senders[i] == MLS_SENDER_NEW_MEMBER_COMMIT;
        assert_int_equal(verify(&s, &c, BYTES("another context")),
                         covered ? CRYPTO_E_SIGNATURE : BASE_OK);
        signer_clear(&s);
    }
    base_buf_clear(&commit);
}

static void a_confirmation_tag_is_not_covered(void **state)
{
    (void)state;
    base_buf commit = encode_commit(true);
    signer s;
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_COMMIT, base_buf_bytes(&commit));
    sign(&s, &c);
    c.confirmation_tag = BYTES("made once the signature is known");
    assert_int_equal(verify(&s, &c, CONTEXT), BASE_OK);
    signer_clear(&s);
    base_buf_clear(&commit);
}

static void anothers_key_does_not_verify(void **state)
{
    (void)state;
    signer s;
    mls_auth_content c = sample_content(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_APPLICATION, BYTES("hello"));
    sign(&s, &c);
    base_secret other = {0};
    base_buf key = base_buf_on(&s.b.alloc.port);
    assert_int_equal(crypto_sig_generate(&s.b.suite, &other, &key), BASE_OK);
    assert_int_equal(mls_content_verify(&s.b.suite, base_buf_bytes(&key), &c, CONTEXT),
                     CRYPTO_E_SIGNATURE);
    assert_int_equal(mls_content_verify(&s.b.suite, BYTES("no key"), &c, CONTEXT), CRYPTO_E_KEY);
    base_secret_clear(&other);
    base_buf_clear(&key);
    signer_clear(&s);
}

/* ---- who may send what ---- */

/* The answer of check_sender for content that has been on the wire. */
static base_err check(mls_wire_format format, mls_sender_type sender, mls_content_type type,
                      base_bytes body)
{
    base_arena a = base_arena_on(NULL, 0);
    base_buf encoded = base_buf_on(NULL);
    mls_auth_content c = sample_content(format, sender, type, body);
    mls_auth_content d = decoded_content(&c, &a, &encoded);
    base_err err = mls_content_check_sender(&d);
    base_buf_clear(&encoded);
    base_arena_clear(&a);
    return err;
}

static void members_send_all_but_public_application_data(void **state) /* V-6-4 */
{
    (void)state;
    base_buf commit = encode_commit(false);
    base_bytes removal = BYTES("\0\3\0\0\0\1");
    for (int format = MLS_WIRE_PUBLIC_MESSAGE; format <= MLS_WIRE_PRIVATE_MESSAGE; format++) {
        mls_wire_format f = (mls_wire_format)format;
        assert_int_equal(check(f, MLS_SENDER_MEMBER, MLS_CONTENT_PROPOSAL, removal), BASE_OK);
        assert_int_equal(check(f, MLS_SENDER_MEMBER, MLS_CONTENT_COMMIT, base_buf_bytes(&commit)),
                         BASE_OK);
        assert_int_equal(check(f, MLS_SENDER_MEMBER, MLS_CONTENT_APPLICATION, BYTES("hello")),
                         f == MLS_WIRE_PUBLIC_MESSAGE ? MLS_E_UNENCRYPTED : BASE_OK);
    }
    base_buf_clear(&commit);
}

static void external_senders_send_proposals_and_nothing_else(void **state) /* V-6.1-4 */
{
    (void)state;
    base_buf commit = encode_commit(true);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_EXTERNAL, MLS_CONTENT_COMMIT,
                           base_buf_bytes(&commit)),
                     MLS_E_SENDER);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_EXTERNAL, MLS_CONTENT_APPLICATION,
                           BYTES("hello")),
                     MLS_E_UNENCRYPTED);
    base_buf_clear(&commit);
}

static void external_senders_send_the_types_open_to_them(void **state) /* V-6.1-5 */
{
    (void)state;
    for (int t = MLS_PROPOSAL_ADD; t <= MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS; t++) {
        base_buf body = encode_proposal((mls_proposal_type)t);
        bool open = t != MLS_PROPOSAL_UPDATE && t != MLS_PROPOSAL_EXTERNAL_INIT;
        assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_EXTERNAL, MLS_CONTENT_PROPOSAL,
                               base_buf_bytes(&body)),
                         open ? BASE_OK : MLS_E_SENDER);
        base_buf_clear(&body);
    }
}

static void new_members_propose_to_be_added_and_nothing_else(void **state) /* V-6.1-7 */
{
    (void)state;
    for (int t = MLS_PROPOSAL_ADD; t <= MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS; t++) {
        base_buf body = encode_proposal((mls_proposal_type)t);
        assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_NEW_MEMBER_PROPOSAL,
                               MLS_CONTENT_PROPOSAL, base_buf_bytes(&body)),
                         t == MLS_PROPOSAL_ADD ? BASE_OK : MLS_E_SENDER);
        base_buf_clear(&body);
    }
    base_buf commit = encode_commit(true);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_NEW_MEMBER_PROPOSAL,
                           MLS_CONTENT_COMMIT, base_buf_bytes(&commit)),
                     MLS_E_SENDER);
    base_buf_clear(&commit);
}

static void external_commits_are_commits_with_a_path(void **state) /* V-6.1-6, V-12.4.3.2-1 */
{
    (void)state;
    base_buf with = encode_commit(true);
    base_buf without = encode_commit(false);
    base_buf add = encode_proposal(MLS_PROPOSAL_ADD);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_NEW_MEMBER_COMMIT,
                           MLS_CONTENT_COMMIT, base_buf_bytes(&with)),
                     BASE_OK);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_NEW_MEMBER_COMMIT,
                           MLS_CONTENT_COMMIT, base_buf_bytes(&without)),
                     MLS_E_PATH_MISSING);
    assert_int_equal(check(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_NEW_MEMBER_COMMIT,
                           MLS_CONTENT_PROPOSAL, base_buf_bytes(&add)),
                     MLS_E_SENDER);
    base_buf_clear(&add);
    base_buf_clear(&without);
    base_buf_clear(&with);
}

static void only_members_send_private_messages(void **state)
{
    (void)state;
    base_buf add = encode_proposal(MLS_PROPOSAL_ADD);
    base_buf commit = encode_commit(true);
    assert_int_equal(check(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_EXTERNAL, MLS_CONTENT_PROPOSAL,
                           base_buf_bytes(&add)),
                     MLS_E_SENDER);
    assert_int_equal(check(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_NEW_MEMBER_PROPOSAL,
                           MLS_CONTENT_PROPOSAL, base_buf_bytes(&add)),
                     MLS_E_SENDER);
    assert_int_equal(check(MLS_WIRE_PRIVATE_MESSAGE, MLS_SENDER_NEW_MEMBER_COMMIT,
                           MLS_CONTENT_COMMIT, base_buf_bytes(&commit)),
                     MLS_E_SENDER);
    base_buf_clear(&commit);
    base_buf_clear(&add);
}

static void a_joiner_signs_with_the_key_of_its_own_leaf(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(senders); i++) {
        base_arena a = base_arena_on(NULL, 0);
        base_buf encoded = base_buf_on(NULL);
        bool is_commit = senders[i] == MLS_SENDER_NEW_MEMBER_COMMIT;
        base_buf body = is_commit ? encode_commit(true) : encode_proposal(MLS_PROPOSAL_ADD);
        mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, senders[i],
                                            is_commit ? MLS_CONTENT_COMMIT : MLS_CONTENT_PROPOSAL,
                                            base_buf_bytes(&body));
        mls_auth_content d = decoded_content(&c, &a, &encoded);
        base_bytes key = BASE_BYTES_NONE;
        bool joins = is_commit || senders[i] == MLS_SENDER_NEW_MEMBER_PROPOSAL;
        assert_int_equal(mls_content_joiner_key(&d, &key), joins ? BASE_OK : MLS_E_SENDER);
        assert_bytes(key, joins ? BYTES("signature key") : BASE_BYTES_NONE);
        base_buf_clear(&body);
        base_buf_clear(&encoded);
        base_arena_clear(&a);
    }
}

/* ---- hashes ---- */

static void a_proposal_reference_covers_content_and_signature(void **state)
{
    (void)state;
    bench b;
    bench_init(&b, 1);
    base_buf encoded = base_buf_on(NULL);
    base_wr w = base_wr_on(&encoded);
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_PROPOSAL, BYTES("\0\3\0\0\0\1"));
    mls_auth_content_write(&w, &c);
    crypto_digest want = {0};
    crypto_digest got = {0};
    assert_int_equal(crypto_ref_hash(&b.suite, BYTES("MLS 1.0 Proposal Reference"),
                                     base_buf_bytes(&encoded), &want),
                     BASE_OK);
    assert_int_equal(mls_content_proposal_ref(&b.suite, &c, &got), BASE_OK);
    assert_bytes(crypto_digest_bytes(&got), crypto_digest_bytes(&want));
    c.signature = BYTES("another signature");
    assert_int_equal(mls_content_proposal_ref(&b.suite, &c, &got), BASE_OK);
    assert_false(base_bytes_eq(crypto_digest_bytes(&got), crypto_digest_bytes(&want)));
    c.content.type = MLS_CONTENT_APPLICATION;
    assert_int_equal(mls_content_proposal_ref(&b.suite, &c, &got), BASE_E_ARGUMENT);
    base_buf_clear(&encoded);
    bench_clear(&b);
}

static void the_transcript_covers_a_commit_up_to_its_signature(void **state)
{
    (void)state;
    base_buf commit = encode_commit(true);
    base_buf whole = base_buf_on(NULL);
    base_buf input = base_buf_on(NULL);
    base_wr w = base_wr_on(&whole);
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_COMMIT, base_buf_bytes(&commit));
    mls_auth_content_write(&w, &c);
    assert_int_equal(mls_content_confirmed_input(&c, &input), BASE_OK);
    size_t tag = 1 + c.confirmation_tag.n;
    assert_bytes(base_buf_bytes(&input), base_bytes_of(whole.p, whole.n - tag));
    c.content.type = MLS_CONTENT_PROPOSAL;
    assert_int_equal(mls_content_confirmed_input(&c, &input), BASE_E_ARGUMENT);
    base_buf_clear(&input);
    base_buf_clear(&whole);
    base_buf_clear(&commit);
}

/* ---- memory ---- */

/* All of content.c that allocates, once. */
static base_err everything(signer *s, base_bytes encoded, const mls_auth_content *c,
                           const mls_auth_content *proposal)
{
    base_err err = BASE_OK;
    base_arena a = base_arena_on(&s->b.alloc.port, 0);
    base_buf out = base_buf_on(&s->b.alloc.port);
    mls_auth_content d = {0};
    crypto_digest ref = {0};
    TRY(mls_auth_content_decode(encoded, &a, &d));
    TRY(mls_content_sign(&s->b.suite, base_secret_bytes(&s->private_key), c, CONTEXT, &out));
    TRY(verify(s, c, CONTEXT));
    TRY(mls_content_proposal_ref(&s->b.suite, proposal, &ref));
    TRY(mls_content_confirmed_input(c, &out));
done:
    base_buf_clear(&out);
    base_arena_clear(&a);
    return err;
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    base_buf commit = encode_commit(true);
    base_buf encoded = base_buf_on(NULL);
    base_wr w = base_wr_on(&encoded);
    signer s;
    mls_auth_content c = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_COMMIT, base_buf_bytes(&commit));
    mls_auth_content p = sample_content(MLS_WIRE_PUBLIC_MESSAGE, MLS_SENDER_MEMBER,
                                        MLS_CONTENT_PROPOSAL, BYTES("\0\3\0\0\0\1"));
    sign(&s, &c);
    mls_auth_content_write(&w, &c);
    size_t live = s.b.alloc.live;
    size_t failures = 0;
    bool refused = true;
    for (size_t n = 1; refused; n++) {
        fake_alloc_reset(&s.b.alloc, n);
        base_err err = everything(&s, base_buf_bytes(&encoded), &c, &p);
        refused = fake_alloc_refused(&s.b.alloc);
        assert_int_equal(err, refused ? BASE_E_NOMEM : BASE_OK);
        assert_int_equal(s.b.alloc.live, live);
        failures += refused ? 1 : 0;
    }
    assert_true(failures >= 5);
    signer_clear(&s);
    base_buf_clear(&encoded);
    base_buf_clear(&commit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_is_written_as_it_was_read),
        cmocka_unit_test(every_truncation_of_a_commit_is_refused),
        cmocka_unit_test(a_commit_whose_path_is_neither_there_nor_absent_is_refused),
        cmocka_unit_test(a_commit_with_an_unknown_proposal_is_refused),
        cmocka_unit_test(a_commit_has_at_most_so_many_proposals),
        cmocka_unit_test(content_of_every_sender_and_type_is_written_as_it_was_read),
        cmocka_unit_test(types_out_of_range_are_refused),
        cmocka_unit_test(types_out_of_range_are_not_written),
        cmocka_unit_test(a_signature_covers_every_field_of_the_content),
        cmocka_unit_test(the_group_context_is_covered_for_members_and_joiners_only),
        cmocka_unit_test(a_confirmation_tag_is_not_covered),
        cmocka_unit_test(anothers_key_does_not_verify),
        cmocka_unit_test(members_send_all_but_public_application_data),
        cmocka_unit_test(external_senders_send_proposals_and_nothing_else),
        cmocka_unit_test(external_senders_send_the_types_open_to_them),
        cmocka_unit_test(new_members_propose_to_be_added_and_nothing_else),
        cmocka_unit_test(external_commits_are_commits_with_a_path),
        cmocka_unit_test(only_members_send_private_messages),
        cmocka_unit_test(a_joiner_signs_with_the_key_of_its_own_leaf),
        cmocka_unit_test(a_proposal_reference_covers_content_and_signature),
        cmocka_unit_test(the_transcript_covers_a_commit_up_to_its_signature),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
