/* A small group under fire: the input is a script of steps that a valid group takes, each with
 * changes to the bytes on their way: to messages, to content that a hostile member then signs and
 * tags as its own, to Welcomes, GroupInfos and trees, to values in a store and to kept staged
 * commits.
 *
 * Beyond "no crash": who refuses a message is as before and takes the true one afterwards; two
 * members who take one commit agree on the epoch it leads to. */
#include <assert.h>
#include <stdlib.h>

#include "adapters/crypto_default.h"
#include "mls/group.h"
#include "support/fake_random.h"
#include "support/fake_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEOPLE 4 /* the last is outside at first */
#define STEPS 12
#define NOW 1700000000

typedef struct member {
    fake_store store;
    fake_random random;
    mls_ctx *ctx;
    base_buf private_key;
    base_buf public_key;
    mls_group *g;
} member;

static member people[PEOPLE];
static fake_store start[PEOPLE];
static base_buf package; /* of the last */
static const base_bytes group_id = {(const uint8_t *)"fuzz", 4};
static const base_bytes none = {NULL, 0};

#define MUST(call)                                                                                 \
    do {                                                                                           \
        base_err must_ = (call);                                                                   \
        if (must_ != BASE_OK) {                                                                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- the script ---- */

static const uint8_t *script;
static size_t left;

static uint8_t next_byte(void)
{
    if (left == 0) {
        return 0;
    }
    left--;
    return *script++;
}

/* Change bytes as the script says: up to four flips, then perhaps a cut, a copy of a piece, a byte
 * more. */
static void mutate(base_buf *b)
{
    uint8_t how = next_byte();
    for (unsigned i = 0; i < (how & 3u) + 1 && b->n > 0; i++) {
        size_t at = (size_t)next_byte() << 8 | next_byte();
        b->p[at % b->n] ^= next_byte();
    }
    if ((how & 4u) != 0 && b->n > 0) {
        MUST(base_buf_resize(b, ((size_t)next_byte() << 8 | next_byte()) % b->n));
    }
    if ((how & 8u) != 0 && b->n > 1) {
        size_t from = next_byte() % b->n;
        size_t to = next_byte() % b->n;
        size_t n = next_byte() % (b->n - (from > to ? from : to));
        memmove(b->p + to, b->p + from, n);
    }
    if ((how & 16u) != 0) {
        uint8_t more = next_byte();
        MUST(base_buf_append(b, base_bytes_of(&more, 1)));
    }
}

static base_buf copy_of(base_bytes b)
{
    base_buf out = {0};
    MUST(base_buf_set(&out, b));
    return out;
}

/* ---- the world ---- */

static mls_member_params member_of(const member *p)
{
    static const char *const names[PEOPLE] = {"a", "b", "c", "d"};
    return (mls_member_params){
        .suite = 1,
        .credential = {MLS_CREDENTIAL_BASIC, base_bytes_str(names[p - people])},
        .signature_private = base_buf_bytes(&p->private_key),
        .signature_public = base_buf_bytes(&p->public_key)};
}

static base_buf key_package_of(member *p)
{
    base_buf out = {0};
    const mls_key_package_params params = {
        .member = member_of(p), .not_after = UINT64_MAX, .last_resort = true};
    MUST(mls_key_package_new(p->ctx, &params, &out, NULL));
    return out;
}

static void drop(member *p)
{
    mls_group_free(p->g);
    p->g = NULL;
}

/* Deliver a commit of p's that was made well, and merge it everywhere. */
static void settle(member *p, mls_commit_out *out)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        member *q = &people[i];
        mls_received r = {0};
        if (q == p || q->g == NULL ||
            mls_group_receive(q->g, base_buf_bytes(&out->commit), NOW, &r) != BASE_OK) {
            continue;
        }
        if (r.kind == MLS_RECEIVED_COMMIT && mls_group_merge(q->g, r.staged) == BASE_OK) {
            r.staged = NULL;
        }
        mls_received_clear(&r);
    }
    MUST(mls_group_merge(p->g, out->staged));
    out->staged = NULL;
}

static void set_up(void)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        member *p = &people[i];
        p->random = fake_random_of(i + 1);
        const mls_config config = {.crypto = crypto_default(),
                                   .random = fake_random_port(&p->random),
                                   .store = fake_store_port(&p->store)};
        MUST(mls_ctx_new(&config, &p->ctx));
        MUST(mls_signature_key_new(p->ctx, 1, &p->private_key, &p->public_key));
        MUST(mls_psk_put(p->ctx, base_bytes_str("psk"), base_bytes_str("secret")));
    }
    const mls_member_params founder = member_of(&people[0]);
    MUST(mls_group_create(people[0].ctx, group_id, &founder, (mls_extension_list){NULL, 0}, NOW,
                          &people[0].g));
    for (size_t i = 1; i + 1 < PEOPLE; i++) {
        base_buf kp = key_package_of(&people[i]);
        const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                         .key_package = base_buf_bytes(&kp)};
        const mls_commit_params params = {.proposals = &add, .n_proposals = 1};
        mls_commit_out out = {0};
        MUST(mls_group_commit(people[0].g, &params, NOW, &out));
        settle(&people[0], &out);
        MUST(mls_group_join(people[i].ctx, base_buf_bytes(&out.welcome), none, NOW, &people[i].g));
        mls_commit_out_clear(&out);
        base_buf_clear(&kp);
    }
    package = key_package_of(&people[PEOPLE - 1]);
    for (size_t i = 0; i < PEOPLE; i++) {
        drop(&people[i]);
        fake_store_copy(&start[i], &people[i].store);
    }
}

static void begin(void)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        member *p = &people[i];
        drop(p);
        p->random = fake_random_of(i + 1);
        fake_store_copy(&p->store, &start[i]);
        if (i + 1 < PEOPLE) {
            MUST(mls_group_load(p->ctx, group_id, &p->g));
        }
    }
}

/* A member who is in and can act. */
static member *somebody(void)
{
    size_t from = next_byte() % PEOPLE;
    for (size_t i = 0; i < PEOPLE; i++) {
        member *p = &people[(from + i) % PEOPLE];
        if (p->g != NULL && mls_group_state_of(p->g) == MLS_GROUP_ACTIVE) {
            return p;
        }
    }
    return NULL;
}

/* ---- delivering what was changed ---- */

/* Everybody but the sender gets it; who takes a commit stages it and throws it away. */
static void attack(const member *from, base_bytes message)
{
    base_buf first = {0};
    for (size_t i = 0; i < PEOPLE; i++) {
        member *q = &people[i];
        mls_received r = {0};
        if (q == from || q->g == NULL) {
            continue;
        }
        base_buf before = copy_of(mls_group_epoch_authenticator(q->g));
        base_err err = mls_group_receive(q->g, message, NOW, &r);
        assert(base_bytes_eq(base_buf_bytes(&before), mls_group_epoch_authenticator(q->g)));
        if (err == BASE_OK && r.kind == MLS_RECEIVED_COMMIT && mls_staged_next(r.staged) != NULL) {
            base_bytes next = mls_group_epoch_authenticator(mls_staged_next(r.staged));
            if (first.n == 0) {
                first = copy_of(next);
            }
            assert(base_bytes_eq(base_buf_bytes(&first), next));
        }
        mls_received_clear(&r);
        base_buf_clear(&before);
    }
    base_buf_clear(&first);
}

/* Content changed by the member who sends it, and signed and tagged anew: a PublicMessage. */
static void attack_inside(member *p, base_bytes message)
{
    base_arena lists = base_arena_on(NULL, 0);
    base_buf body = {0};
    base_buf signature = {0};
    base_buf tbm = {0};
    base_buf forged = {0};
    crypto_digest tag = {0};
    mls_message m;
    const mls_epoch *e = &p->g->epoch;
    base_bytes context = base_buf_bytes(&e->encoded);
    if (mls_message_decode(message, &lists, &m) != BASE_OK ||
        m.wire_format != MLS_WIRE_PUBLIC_MESSAGE) {
        base_arena_clear(&lists);
        return;
    }
    mls_auth_content c = m.public_message.auth;
    body = copy_of(c.content.body);
    mutate(&body);
    c.content.body = base_buf_bytes(&body);
    MUST(mls_content_sign(&e->suite, base_secret_bytes(&p->g->signature_private), &c, context,
                          &signature));
    c.signature = base_buf_bytes(&signature);
    base_wr w = base_wr_on(&tbm);
    mls_content_tbs_write(&w, &c, context);
    mls_content_auth_write(&w, &c);
    MUST(base_wr_end(&w));
    MUST(crypto_mac(&e->suite, base_secret_bytes(&e->secrets.membership_key), base_buf_bytes(&tbm),
                    &tag));
    const mls_public_message out = {c, crypto_digest_bytes(&tag)};
    base_wr o = base_wr_on(&forged);
    mls_message_begin(&o, MLS_WIRE_PUBLIC_MESSAGE);
    mls_public_message_write(&o, &out);
    MUST(base_wr_end(&o));
    attack(p, base_buf_bytes(&forged));
    base_buf_clear(&body);
    base_buf_clear(&signature);
    base_buf_clear(&tbm);
    base_buf_clear(&forged);
    base_arena_clear(&lists);
}

/* Attacks before the true message goes out. */
static void attack_with(member *p, base_bytes message)
{
    for (unsigned n = next_byte() % 3; n > 0; n--) {
        if (next_byte() % 2 == 0) {
            base_buf changed = copy_of(message);
            mutate(&changed);
            if (!base_bytes_eq(base_buf_bytes(&changed), message)) {
                attack(p, base_buf_bytes(&changed));
            }
            base_buf_clear(&changed);
        } else {
            attack_inside(p, message);
        }
    }
}

/* ---- steps ---- */

static void step_say(member *p)
{
    base_buf message = {0};
    if (mls_group_protect(p->g, base_bytes_str("hello"), NULL, &message) != BASE_OK) {
        return; /* proposals wait */
    }
    attack_with(p, base_buf_bytes(&message));
    for (size_t i = 0; i < PEOPLE; i++) {
        member *q = &people[i];
        mls_received r = {0};
        if (q == p || q->g == NULL || mls_group_epoch(q->g) != mls_group_epoch(p->g) ||
            !base_bytes_eq(mls_group_epoch_authenticator(q->g),
                           mls_group_epoch_authenticator(p->g)) ||
            mls_group_state_of(q->g) != MLS_GROUP_ACTIVE) {
            continue;
        }
        MUST(mls_group_receive(q->g, base_buf_bytes(&message), NOW, &r));
        mls_received_clear(&r);
    }
    base_buf_clear(&message);
}

static mls_proposal_params some_proposal(void)
{
    uint8_t which = next_byte();
    mls_proposal_params out = {.type = which < 248 ? (mls_proposal_type)(1 + which % 7)
                                                   : MLS_PROPOSAL_SELF_REMOVE};
    out.removed.v = next_byte() % 8;
    if (out.type == MLS_PROPOSAL_ADD) {
        out.key_package = base_buf_bytes(&package);
    } else if (out.type == MLS_PROPOSAL_PSK) {
        out.psk = (mls_psk_id){.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_str("psk")};
    } else if (out.type == MLS_PROPOSAL_REINIT) {
        out.reinit = (mls_reinit){.group_id = base_bytes_str("next"), .version = 1, .suite = 1};
    }
    return out;
}

static mls_framing some_framing(void)
{
    uint8_t how = next_byte();
    return (mls_framing){.is_public = how % 4 != 0, .pad_to = how % 64};
}

static void step_propose(member *p)
{
    base_buf message = {0};
    const mls_proposal_params proposal = some_proposal();
    const mls_framing framing = some_framing();
    if (mls_group_propose(p->g, &proposal, &framing, NOW, &message) == BASE_OK) {
        attack_with(p, base_buf_bytes(&message));
        attack(p, base_buf_bytes(&message)); /* the true one: kept by all who may */
    }
    base_buf_clear(&message);
}

/* A staged commit as it lies on disk, changed. */
static void attack_staged(const member *p, const mls_staged *s)
{
    base_buf code = {0};
    mls_staged *again = NULL;
    if (mls_staged_encode(s, &code) == BASE_OK) {
        mutate(&code);
        if (mls_staged_decode(p->g, base_buf_bytes(&code), &again) == BASE_OK) {
            for (size_t i = 0; i < mls_staged_change_count(again); i++) {
                assert(mls_staged_change(again, i) != NULL);
            }
        }
    }
    mls_staged_free(again);
    base_buf_clear(&code);
}

static void join_last(const mls_commit_out *out, member *from)
{
    member *p = &people[PEOPLE - 1];
    base_buf tree = {0};
    if (p->g != NULL) {
        return;
    }
    MUST(mls_group_tree(from->g, &tree));
    for (unsigned n = next_byte() % 3; n > 0; n--) {
        base_buf welcome = copy_of(base_buf_bytes(&out->welcome));
        base_buf beside = copy_of(base_buf_bytes(&tree));
        mutate(n % 2 == 0 ? &welcome : &beside);
        if (mls_group_join(p->ctx, base_buf_bytes(&welcome), base_buf_bytes(&beside), NOW, &p->g) ==
            BASE_OK) {
            MUST(mls_group_delete(p->g));
            drop(p);
        }
        base_buf_clear(&welcome);
        base_buf_clear(&beside);
    }
    (void)!mls_group_join(p->ctx, base_buf_bytes(&out->welcome), base_buf_bytes(&tree), NOW, &p->g);
    base_buf_clear(&tree);
}

static void step_commit(member *p)
{
    mls_proposal_params proposals[3];
    mls_commit_out out = {0};
    size_t n = next_byte() % 4;
    for (size_t i = 0; i < n; i++) {
        proposals[i] = some_proposal();
    }
    uint8_t how = next_byte();
    const mls_commit_params params = {.proposals = proposals,
                                      .n_proposals = n,
                                      .leave_kept = (how & 1u) != 0,
                                      .no_path = (how & 2u) != 0,
                                      .tree_beside = (how & 4u) != 0,
                                      .framing = some_framing()};
    if (mls_group_commit(p->g, &params, NOW, &out) != BASE_OK) {
        return;
    }
    attack_with(p, base_buf_bytes(&out.commit));
    if ((how & 8u) != 0) {
        attack_staged(p, out.staged);
    }
    if ((how & 16u) == 0) {
        settle(p, &out);
        if (out.welcome.n > 0) {
            join_last(&out, p);
        }
    }
    mls_commit_out_clear(&out);
}

static void step_external(member *from)
{
    member *p = &people[PEOPLE - 1];
    const mls_external_params params = {.member = member_of(p)};
    base_buf info = {0};
    base_buf commit = {0};
    if (p->g != NULL) {
        return;
    }
    MUST(mls_group_info(from->g, true, true, &info));
    base_buf changed = copy_of(base_buf_bytes(&info));
    mutate(&changed);
    if (mls_group_join_external(p->ctx, base_buf_bytes(&changed), none, &params, NOW, &commit,
                                &p->g) == BASE_OK) {
        MUST(mls_group_delete(p->g));
        drop(p);
    }
    base_buf_clear(&changed);
    base_buf_clear(&commit);
    /* Who has proposals of its own may still be joined: they go with the epoch. */
    if (mls_group_join_external(p->ctx, base_buf_bytes(&info), none, &params, NOW, &commit,
                                &p->g) == BASE_OK) {
        changed = copy_of(base_buf_bytes(&commit));
        mutate(&changed);
        attack(p, base_buf_bytes(&changed));
        base_buf_clear(&changed);
        for (size_t i = 0; i + 1 < PEOPLE; i++) {
            mls_received r = {0};
            member *q = &people[i];
            if (q->g != NULL &&
                mls_group_receive(q->g, base_buf_bytes(&commit), NOW, &r) == BASE_OK) {
                MUST(mls_group_merge(q->g, r.staged));
                r.staged = NULL;
            }
            mls_received_clear(&r);
        }
    }
    base_buf_clear(&commit);
    base_buf_clear(&info);
}

/* One value in a store, changed; the group is read back from it, and then from the true one. */
static void step_damage(member *p)
{
    fake_store good = {0};
    base_buf out = {0};
    fake_store_copy(&good, &p->store);
    drop(p);
    size_t at = ((size_t)next_byte() << 8 | next_byte()) % p->store.n;
    fake_store_entry *e = &p->store.v[at];
    for (unsigned n = 1 + next_byte() % 3; n > 0 && e->value_n > 0; n--) {
        e->value[((size_t)next_byte() << 8 | next_byte()) % e->value_n] ^= next_byte();
    }
    if (mls_group_load(p->ctx, group_id, &p->g) == BASE_OK) {
        (void)!mls_group_protect(p->g, base_bytes_str("x"), NULL, &out);
        (void)!mls_group_info(p->g, true, true, &out);
        mls_commit_out made = {0};
        if (mls_group_commit(p->g, NULL, NOW, &made) == BASE_OK &&
            mls_group_merge(p->g, made.staged) == BASE_OK) {
            made.staged = NULL;
        }
        mls_commit_out_clear(&made);
        drop(p);
    }
    base_buf_clear(&out);
    fake_store_copy(&p->store, &good);
    MUST(mls_group_load(p->ctx, group_id, &p->g));
    fake_store_clear(&good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (people[0].ctx == NULL) {
        set_up();
    }
    script = data;
    left = size;
    begin();
    for (unsigned i = 0; i < STEPS && left > 0; i++) {
        uint8_t step = next_byte();
        member *p = somebody();
        if (p == NULL) {
            break;
        }
        switch (step % 8) {
        case 0:
        case 1:
            step_say(p);
            break;
        case 2:
        case 3:
            step_propose(p);
            break;
        case 4:
        case 5:
            step_commit(p);
            break;
        case 6:
            step_external(p);
            break;
        default:
            step_damage(p);
            break;
        }
    }
    return 0;
}
