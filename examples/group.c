/* A group: three people are added in one commit, two members commit at once and one of them loses,
 * one member is removed and can read no more.
 *
 * MLS needs somebody who puts commits in order. Here that is the order of the calls: a commit that
 * is delivered is merged by all, and one that came too late is thrown away by its maker. */
#include "example.h"

#define PEOPLE 4

/* Everybody but the maker takes a commit in; the maker merges its own. */
static void deliver(client *people, client *from, mls_commit_out *made)
{
    for (client *c = people; c < people + PEOPLE; c++) {
        mls_received got = {0};
        if (c != from && c->group != NULL && mls_group_state_of(c->group) == MLS_GROUP_ACTIVE) {
            must(client_receive(c, &made->commit, &got), "to take a commit in");
            mls_received_clear(&got);
        }
    }
    must(mls_group_merge(from->group, made->staged), "a merge");
    made->staged = NULL;
}

static mls_commit_out commit(client *from, const mls_proposal_params *proposals, size_t n)
{
    mls_commit_params params = {0};
    mls_commit_out made = {0};
    params.proposals = proposals;
    params.n_proposals = n;
    must(mls_group_commit(from->group, &params, now(), &made), "a commit");
    return made;
}

int main(void)
{
    static const char *const names[PEOPLE] = {"Alice", "Bob", "Carol", "Dave"};
    client people[PEOPLE] = {0};
    for (size_t i = 0; i < PEOPLE; i++) {
        client_start(&people[i], names[i], memory_store(&people[i]));
    }
    client *alice = &people[0], *bob = &people[1], *carol = &people[2], *dave = &people[3];
    mls_member_params member = client_member(alice);
    must(mls_group_create(alice->ctx, text("friends"), &member, (mls_extension_list){0}, now(),
                          &alice->group),
         "a group");

    /* One commit and one Welcome for all three. */
    base_buf packages[3];
    mls_proposal_params adds[3] = {0};
    for (size_t i = 0; i < 3; i++) {
        packages[i] = client_key_package(&people[i + 1]);
        adds[i].type = MLS_PROPOSAL_ADD;
        adds[i].key_package = base_buf_bytes(&packages[i]);
    }
    mls_commit_out made = commit(alice, adds, 3);
    deliver(people, alice, &made);
    for (size_t i = 0; i < 3; i++) {
        client *c = &people[i + 1];
        must(mls_group_join(c->ctx, base_buf_bytes(&made.welcome), (base_bytes){0}, now(),
                            &c->group),
             "to join");
        base_buf_clear(&packages[i]);
    }
    mls_commit_out_clear(&made);

    /* Bob and Carol both refresh their keys. Bob's commit is first; Carol's is of an epoch that is
     * over then. She throws it away and makes another one. */
    mls_commit_out first = commit(bob, NULL, 0);
    mls_commit_out late = commit(carol, NULL, 0);
    deliver(people, bob, &first);
    mls_received got = {0};
    base_err refused = client_receive(alice, &late.commit, &got);
    printf("Carol's commit came late: %s\n", base_err_text(refused));
    mls_commit_out_clear(&late);
    mls_commit_out_clear(&first);

    /* Alice removes Dave. The commit still tells him so; what follows does not. */
    mls_proposal_params remove = {.type = MLS_PROPOSAL_REMOVE,
                                  .removed = mls_group_own_leaf(dave->group)};
    made = commit(alice, &remove, 1);
    deliver(people, alice, &made);
    mls_commit_out_clear(&made);
    base_buf message = {0};
    must(mls_group_protect(carol->group, text("Without Dave"), NULL, &message), "to encrypt");
    base_err shut_out = client_receive(dave, &message, &got);
    printf("Dave: %s\n", base_err_text(shut_out));
    must(client_receive(bob, &message, &got), "to decrypt");
    printf("Bob reads: %.*s\n", (int)got.plaintext.n, (const char *)got.plaintext.p);
    mls_received_clear(&got);
    base_buf_clear(&message);
    for (size_t i = 0; i < PEOPLE; i++) {
        client_stop(&people[i]);
    }
    return refused == MLS_E_EPOCH_PAST && shut_out == MLS_E_REMOVED ? EXIT_SUCCESS : EXIT_FAILURE;
}
