/* A group out of a group. A branch: some members talk among themselves, and know that all of them
 * are members. A reinitialisation: the group ends, and begins again under another id, with another
 * suite or other extensions. */
#include "example.h"

/* Bob leaves the object that he has, and joins what the Welcome is for. */
static void go_over(client *c, const base_buf *welcome)
{
    mls_group_free(c->group);
    c->group = NULL;
    must(mls_group_join(c->ctx, base_buf_bytes(welcome), (base_bytes){0}, now(), &c->group),
         "to join");
}

/* Their first commit is merged already: only the Welcome is to be sent. */
static mls_group *branch(client *from, client *to, const char *group_id)
{
    base_buf key_package = client_key_package(to), welcome = {0};
    base_bytes package = base_buf_bytes(&key_package);
    mls_member_params member = client_member(from);
    mls_successor_params params = {.group_id = text(group_id),
                                   .member = &member,
                                   .key_packages = &package,
                                   .n_key_packages = 1};
    mls_group *out = NULL;
    must(mls_group_branch(from->group, &params, now(), &welcome, &out), "a branch");
    go_over(to, &welcome);
    base_buf_clear(&welcome);
    base_buf_clear(&key_package);
    return out;
}

/* A ReInit ends the group for all who merge the commit. */
static void end_group(client *from, client *to, const char *next_id)
{
    mls_proposal_params end = {.type = MLS_PROPOSAL_REINIT};
    end.reinit.group_id = text(next_id);
    end.reinit.version = 1;
    end.reinit.suite = SUITE;
    mls_commit_params params = {.proposals = &end, .n_proposals = 1};
    mls_commit_out made = {0};
    mls_received got = {0};
    must(mls_group_commit(from->group, &params, now(), &made), "a commit");
    must(client_receive(to, &made.commit, &got), "to take the commit in");
    must(mls_group_merge(from->group, made.staged), "a merge");
    made.staged = NULL;
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
}

/* What the ReInit says of the new group need not be said again. */
static mls_group *begin_again(client *from, client *to)
{
    base_buf key_package = client_key_package(to), welcome = {0};
    base_bytes package = base_buf_bytes(&key_package);
    mls_member_params member = client_member(from);
    mls_successor_params params = {
        .member = &member, .key_packages = &package, .n_key_packages = 1};
    mls_group *out = NULL;
    must(mls_group_reinit(from->group, &params, now(), &welcome, &out), "the next group");
    go_over(to, &welcome);
    base_buf_clear(&welcome);
    base_buf_clear(&key_package);
    return out;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "first");
    mls_group *second = branch(&alice, &bob, "second");
    printf("a branch: epoch %u\n", (unsigned)mls_group_epoch(second));
    mls_group_free(alice.group);
    alice.group = second;

    end_group(&alice, &bob, "third");
    bool good = mls_group_state_of(alice.group) == MLS_GROUP_ENDED;
    mls_group *third = begin_again(&alice, &bob);
    base_bytes a = mls_group_id(third), b = mls_group_id(bob.group);
    good = good && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
    printf("and \"%.*s\" after it\n", (int)a.n, (const char *)a.p);
    mls_group_free(third);
    client_stop(&alice);
    client_stop(&bob);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
