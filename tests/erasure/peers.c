/* See peers.h. A request is an op, a peer and bytes; an answer is a verdict and two byte strings.
 */
#include "support/mls_world.h"

#include <sotto/mls_app.h>

#include "peers.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct request {
    uint32_t op;
    uint32_t who;
    uint64_t n;
} request;

typedef struct answer {
    uint64_t good;
    uint64_t a;
    uint64_t b;
} answer;

static int line = -1;
static pid_t child;

static bool put_all(int fd, const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = write(fd, (const uint8_t *)p + at, n - at);
        if (got <= 0) {
            return false;
        }
        at += (size_t)got;
    }
    return true;
}

static bool get_all(int fd, void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (uint8_t *)p + at, n - at);
        if (got <= 0) {
            return false;
        }
        at += (size_t)got;
    }
    return true;
}

void peers_psk(uint8_t seed, uint8_t id[static 8], uint8_t psk[static 32])
{
    fake_random r = fake_random_of(seed);
    crypto_random port = fake_random_port(&r);
    memset(id, seed, 8);
    (void)port.fill(port.user, psk, 32);
}

/* ---- in their process ---- */

static world w;

static base_err receive(person *p, base_bytes message)
{
    mls_received r = {0};
    base_err err = mls_group_receive(p->group, message, WORLD_NOW, &r);
    if (err == BASE_OK && r.kind == MLS_RECEIVED_COMMIT) {
        err = mls_group_merge(p->group, r.staged);
        r.staged = err == BASE_OK ? NULL : r.staged;
    }
    mls_received_clear(&r);
    return err;
}

static base_err commit(person *p, base_bytes package, base_buf *a, base_buf *b)
{
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD, .key_package = package};
    const mls_commit_params params = {.proposals = &add, .n_proposals = package.n > 0 ? 1 : 0};
    mls_commit_out out = {0};
    base_err err = mls_group_commit(p->group, &params, WORLD_NOW, &out);
    if (err == BASE_OK) {
        err = mls_group_merge(p->group, out.staged);
        out.staged = err == BASE_OK ? NULL : out.staged;
    }
    base_buf_move(a, &out.commit);
    base_buf_move(b, &out.welcome);
    mls_commit_out_clear(&out);
    return err;
}

static base_err join_external(person *p, base_bytes info, base_buf *a)
{
    const mls_external_params params = {.member = person_member(&w, p)};
    return mls_group_join_external(p->ctx, info, BASE_BYTES_NONE, &params, WORLD_NOW, a, &p->group);
}

static base_err propose_update(person *p, base_buf *a)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    return mls_group_propose(p->group, &update, NULL, WORLD_NOW, a);
}

static base_err forget(person *p)
{
    base_err err = p->group != NULL ? mls_group_delete(p->group) : BASE_OK;
    mls_group_free(p->group);
    p->group = NULL;
    return err;
}

static base_err psk(person *p, uint8_t seed)
{
    uint8_t id[8];
    uint8_t secret[32];
    peers_psk(seed, id, secret);
    return mls_psk_put(p->ctx, base_bytes_of(id, sizeof id), base_bytes_of(secret, sizeof secret));
}

static base_err hear(const person *p, base_bytes message)
{
    mls_targeted t = {0};
    base_err err = mls_group_targeted_open(p->group, message, &t);
    mls_targeted_clear(&t);
    return err;
}

static base_err serve(peers_op op, person *p, base_bytes in, base_buf *a, base_buf *b)
{
    switch (op) {
    case PEERS_FOUND:
        (void)world_found(&w, (size_t)(p - w.people));
        return BASE_OK;
    case PEERS_KEY_PACKAGE:
        *a = person_key_package(&w, p);
        return BASE_OK;
    case PEERS_JOIN:
        return mls_group_join(p->ctx, in, BASE_BYTES_NONE, WORLD_NOW, &p->group);
    case PEERS_JOIN_EXTERNAL:
        return join_external(p, in, a);
    case PEERS_RECEIVE:
        return receive(p, in);
    case PEERS_SAY:
        return mls_group_protect(p->group, base_bytes_str("hello from a peer"), NULL, a);
    case PEERS_COMMIT:
        return commit(p, in, a, b);
    case PEERS_PROPOSE_UPDATE:
        return propose_update(p, a);
    case PEERS_WHISPER:
        return mls_group_targeted_seal(p->group, (mls_leaf_index){0}, base_bytes_str("psst"), NULL,
                                       a);
    case PEERS_HEAR:
        return hear(p, in);
    case PEERS_GROUP_INFO:
        return mls_group_info(p->group, true, true, a);
    case PEERS_PSK:
        return psk(p, in.p[0]);
    case PEERS_FORGET:
        return forget(p);
    }
    return BASE_E_ARGUMENT;
}

static void serve_all(int fd)
{
    request q;
    while (get_all(fd, &q, sizeof q)) {
        base_buf in = {0};
        base_buf a = {0};
        base_buf b = {0};
        if (base_buf_resize(&in, (size_t)q.n) != BASE_OK || !get_all(fd, in.p, in.n)) {
            return;
        }
        base_err err = serve((peers_op)q.op, &w.people[q.who], base_buf_bytes(&in), &a, &b);
        if (err != BASE_OK) {
            fprintf(stderr, "# peer %u, op %u: %s\n", q.who, q.op, base_err_name(err));
        }
        const answer out = {err == BASE_OK, a.n, b.n};
        bool sent = put_all(fd, &out, sizeof out) && put_all(fd, a.p, a.n) && put_all(fd, b.p, b.n);
        base_buf_clear(&in);
        base_buf_clear(&a);
        base_buf_clear(&b);
        if (!sent) {
            return;
        }
    }
}

/* ---- in the test's ---- */

void peers_start(mls_suite suite)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || (child = fork()) < 0) {
        abort();
    }
    if (child == 0) {
        (void)close(ends[0]);
        world_init(&w, suite, PEERS, 77);
        serve_all(ends[1]);
        _exit(0);
    }
    (void)close(ends[1]);
    line = ends[0];
}

void peers_end(void)
{
    (void)close(line);
    (void)waitpid(child, NULL, 0);
}

static bool fetch(size_t n, base_buf *out)
{
    base_buf got = {0};
    bool good = base_buf_resize(&got, n) == BASE_OK && get_all(line, got.p, n);
    if (out != NULL) {
        base_buf_move(out, &got);
    }
    base_buf_clear(&got);
    return good;
}

bool peers_do(peers_op op, size_t who, base_bytes in, base_buf *a, base_buf *b)
{
    const request q = {(uint32_t)op, (uint32_t)who, in.n};
    answer r = {0};
    return put_all(line, &q, sizeof q) && put_all(line, in.p, in.n) &&
           get_all(line, &r, sizeof r) && fetch((size_t)r.a, a) && fetch((size_t)r.b, b) &&
           r.good == 1;
}
