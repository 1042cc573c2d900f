/* Rules of the application's own, held up before a commit is merged. Here only who founded the
 * group (leaf 0) may remove anybody, and nobody is surprised by going. RFC 9420 lets every member
 * do everything: what it leaves open is decided here, by all members alike, or they part. */
#include "example.h"

static bool allowed(const mls_staged *staged)
{
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        const mls_change *c = mls_staged_change(staged, i);
        if (c->kind == MLS_CHANGE_REMOVE && mls_staged_committer(staged).v != 0) {
            printf("leaf %u may not remove leaf %u\n", (unsigned)mls_staged_committer(staged).v,
                   (unsigned)c->leaf.v);
            return false;
        }
    }
    return true;
}

/* What comes, shown before it is so: the next epoch can be looked at while the group is in this
 * one. */
static void announce(const mls_staged *staged)
{
    const mls_group *next = mls_staged_next(staged);
    if (mls_staged_removes_me(staged)) {
        printf("this member is out\n");
    } else if (next != NULL) {
        printf("epoch %u comes\n", (unsigned)mls_group_epoch(next));
    }
}

/* Merge, or throw away what breaks the rules. *ours is set when this member is still in. */
static base_err take(client *c, const base_buf *commit, bool *ours)
{
    mls_received got = {0};
    must(mls_group_receive(c->group, base_buf_bytes(commit), now(), &got), "to receive");
    mls_staged *staged = got.staged;
    got.staged = NULL;
    mls_received_clear(&got);
    if (!allowed(staged)) {
        mls_staged_free(staged);
        return BASE_E_NOT_FOUND;
    }
    announce(staged);
    *ours = !mls_staged_removes_me(staged);
    return mls_group_merge(c->group, staged);
}

static mls_commit_out remove_leaf(client *from, uint32_t leaf)
{
    mls_proposal_params remove = {.type = MLS_PROPOSAL_REMOVE, .removed = {leaf}};
    mls_commit_params params = {.proposals = &remove, .n_proposals = 1};
    mls_commit_out made = {0};
    must(mls_group_commit(from->group, &params, now(), &made), "a commit");
    return made;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "Alice's"); /* she is leaf 0, he is leaf 1 */

    /* Bob tries to remove Alice. She does not merge that, and is where she was. */
    bool in = true;
    mls_commit_out made = remove_leaf(&bob, 0);
    base_err refused = take(&alice, &made.commit, &in);
    mls_commit_out_clear(&made);
    bool good = refused == BASE_E_NOT_FOUND && mls_group_epoch(alice.group) == 1;

    /* Alice removes Bob, and he sees it before it is so. */
    made = remove_leaf(&alice, 1);
    must(take(&bob, &made.commit, &in), "to take the commit in");
    must(mls_group_merge(alice.group, made.staged), "a merge");
    made.staged = NULL;
    mls_commit_out_clear(&made);
    client_stop(&alice);
    client_stop(&bob);
    return good && !in ? EXIT_SUCCESS : EXIT_FAILURE;
}
