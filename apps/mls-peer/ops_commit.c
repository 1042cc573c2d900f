/* Commits: made and left pending, received, merged. The interface hands proposals to a client only
 * together with a commit, so that they are taken in here. */
#include "commit.h"

#include "state.h"

/* ---- proposals by reference ---- */

static peer_seen *seen_of(const peer_thing *t, base_bytes message)
{
    for (size_t i = 0; i < t->n_seen; i++) {
        if (base_bytes_eq(base_buf_bytes(&t->seen[i].message), message)) {
            return &t->seen[i];
        }
    }
    return NULL;
}

static base_err take_proposal(call *c, peer_thing *t, base_bytes message)
{
    base_err err = BASE_OK;
    mls_received r = {0};
    if (seen_of(t, message) != NULL) {
        return BASE_OK;
    }
    TRY(mls_group_receive(t->group, message, c->now, &r));
    REQUIRE(r.kind == MLS_RECEIVED_PROPOSAL,
            call_refuse(c, "KIND", "a proposal by reference is no proposal"));
    TRY(peer_state_saw(t, message, base_buf_bytes(&r.proposal_ref)));
done:
    mls_received_clear(&r);
    return err;
}

static bool is_listed(const peer_seen *s, const base_bytes *listed, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (base_bytes_eq(base_buf_bytes(&s->message), listed[i])) {
            return true;
        }
    }
    return false;
}

/* libmls commits all that it keeps: what the request does not list is forgotten before. A proposal
 * of the state's own has a reference that libmls does not tell, so it cannot be left out alone. */
static base_err drop_unlisted(call *c, peer_thing *t, const base_bytes *listed, size_t n)
{
    for (size_t i = 0; i < t->n_seen; i++) {
        const peer_seen *s = &t->seen[i];
        if (is_listed(s, listed, n)) {
            continue;
        }
        if (s->ref.n == 0) {
            return call_refuse(c, "UNSUPPORTED",
                               "by_reference: a proposal of this state's own is not listed");
        }
        base_err err = mls_group_forget_proposal(t->group, base_buf_bytes(&s->ref));
        if (err != BASE_OK) {
            return err;
        }
    }
    return BASE_OK;
}

/* The same in the state's own list, once the request cannot fail any more. */
static void forget_unlisted(peer_thing *t, const base_bytes *listed, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n_seen; i++) {
        if (is_listed(&t->seen[i], listed, n)) {
            peer_seen s = t->seen[kept];
            t->seen[kept++] = t->seen[i];
            t->seen[i] = s;
        }
    }
    peer_state_forget_seen(t, kept);
}

/* ---- making ---- */

static base_err describe_all(call *c, const peer_thing *t, mls_proposal_params **out, size_t *n)
{
    base_err err = BASE_OK;
    const json_t *list = call_list(c, c->request, "by_value");
    *n = json_array_size(list);
    *out = (mls_proposal_params *)base_arena_zero(&c->arena, *n, sizeof **out);
    REQUIRE(*out != NULL || *n == 0, BASE_E_NOMEM);
    for (size_t i = 0; i < *n; i++) {
        TRY(state_describe(c, json_array_get(list, i), mls_group_id(t->group), t->group,
                           &(*out)[i]));
    }
done:
    return err;
}

static base_err make(call *c, peer_thing *t, const mls_commit_params *params, bool reinit)
{
    base_err err = BASE_OK;
    mls_commit_out out = {0};
    base_buf pending = {0};
    TRY(mls_group_commit(t->group, params, c->now, &out));
    REQUIRE((commit_reinit_of(out.staged) != NULL) == reinit,
            call_refuse(c, "KIND",
                        reinit ? "there is no ReInit to commit"
                               : "a ReInit is committed by ReInitCommit"));
    TRY(mls_staged_encode(out.staged, &pending));
    answer_bytes(c, "commit", base_buf_bytes(&out.commit));
    answer_bytes(c, "welcome", base_buf_bytes(&out.welcome));
    TRY(state_answer_tree(c, mls_staged_next(out.staged), params->tree_beside));
    TRY(call_ok(c));
    base_buf_clear(&t->pending);
    t->pending = base_buf_take(&pending);
done:
    base_buf_clear(&pending);
    mls_commit_out_clear(&out);
    return err;
}

static base_err run_commit_of(call *c, bool reinit)
{
    base_err err = BASE_OK;
    base_bytes *listed = NULL;
    mls_proposal_params *by_value = NULL;
    size_t n_by_value = 0;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    size_t n = call_bytes_list(c, c->request, "by_reference", &listed);
    bool force_path = call_bool(c, c->request, "force_path");
    bool tree_beside = call_bool(c, c->request, "external_tree");
    TRY(call_ok(c));
    for (size_t i = 0; i < n; i++) {
        TRY(take_proposal(c, t, listed[i]));
    }
    if (n > 0) {
        TRY(drop_unlisted(c, t, listed, n));
    }
    TRY(describe_all(c, t, &by_value, &n_by_value));
    const mls_commit_params params = {.proposals = by_value,
                                      .n_proposals = n_by_value,
                                      .leave_kept = n == 0,
                                      .no_path = !force_path,
                                      .tree_beside = tree_beside,
                                      .framing = state_framing(t)};
    TRY(make(c, t, &params, reinit));
    if (n > 0) {
        forget_unlisted(t, listed, n);
    }
done:
    return err;
}

static base_err run_commit(call *c)
{
    return run_commit_of(c, false);
}

static base_err run_reinit_commit(call *c)
{
    return run_commit_of(c, true);
}

/* ---- merging ---- */

const mls_reinit *commit_reinit_of(const mls_staged *s)
{
    for (size_t i = 0; i < mls_staged_change_count(s); i++) {
        const mls_change *change = mls_staged_change(s, i);
        if (change->kind == MLS_CHANGE_REINIT) {
            return change->reinit;
        }
    }
    return NULL;
}

base_err commit_pending(call *c, peer_thing *t, mls_staged **out)
{
    if (t->pending.n == 0) {
        return call_refuse(c, "PENDING", "no commit is pending");
    }
    return mls_staged_decode(t->group, base_buf_bytes(&t->pending), out);
}

base_err commit_receive(call *c, peer_thing *t, mls_staged **out)
{
    base_err err = BASE_OK;
    mls_received r = {0};
    base_bytes *proposals = NULL;
    size_t n = call_bytes_list(c, c->request, "proposal", &proposals);
    base_bytes commit = call_bytes(c, c->request, "commit");
    TRY(call_ok(c));
    for (size_t i = 0; i < n; i++) {
        TRY(take_proposal(c, t, proposals[i]));
    }
    TRY(mls_group_receive(t->group, commit, c->now, &r));
    REQUIRE(r.kind == MLS_RECEIVED_COMMIT, call_refuse(c, "KIND", "commit: it is none"));
    *out = r.staged;
    r.staged = NULL;
done:
    mls_received_clear(&r);
    return err;
}

/* Merge, and answer with the new epoch. Who is removed by the commit gets an empty authenticator:
 * there is no epoch for it. */
static base_err enter(call *c, peer_thing *t, mls_staged **staged)
{
    base_err err = BASE_OK;
    REQUIRE(commit_reinit_of(*staged) == NULL,
            call_refuse(c, "KIND", "a ReInit is handled by the requests for it"));
    TRY(mls_group_merge(t->group, *staged));
    *staged = NULL;
    answer_uint(c, "state_id", t->id);
    answer_bytes(c, "epoch_authenticator",
                 mls_group_state_of(t->group) == MLS_GROUP_ACTIVE
                     ? mls_group_epoch_authenticator(t->group)
                     : BASE_BYTES_NONE);
    TRY(call_ok(c));
    peer_state_new_epoch(t);
done:
    return err;
}

static base_err run_handle_commit(call *c)
{
    base_err err = BASE_OK;
    mls_staged *staged = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    TRY(call_ok(c));
    TRY(commit_receive(c, t, &staged));
    TRY(enter(c, t, &staged));
done:
    mls_staged_free(staged);
    return err;
}

static base_err run_handle_pending_commit(call *c)
{
    base_err err = BASE_OK;
    mls_staged *staged = NULL;
    peer_thing *t = call_thing(c, "state_id", PEER_STATE);
    TRY(call_ok(c));
    TRY(commit_pending(c, t, &staged));
    TRY(enter(c, t, &staged));
done:
    mls_staged_free(staged);
    return err;
}

const op ops_commit[] = {
    {"Commit", "state_id by_reference by_value force_path external_tree", run_commit},
    {"HandleCommit", "state_id proposal commit", run_handle_commit},
    {"HandlePendingCommit", "state_id", run_handle_pending_commit},
    {"ReInitCommit", "state_id by_reference by_value force_path external_tree", run_reinit_commit},
    {NULL, NULL, NULL},
};
