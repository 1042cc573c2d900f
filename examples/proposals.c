/* Proposals by themselves: anybody proposes, a member commits. Carol asks to be added, and Alice
 * commits that; Bob proposes new keys of his, and the two let it be. */
#include "example.h"

/* A server sorts mail by what can be seen of it without keys. */
static void sort(const base_buf *message)
{
    mls_peek peek;
    must(mls_message_peek(base_buf_bytes(message), &peek), "to look");
    printf("for \"%.*s\", epoch %u, kind %u\n", (int)peek.group_id.n, (const char *)peek.group_id.p,
           (unsigned)peek.epoch, (unsigned)peek.content_type);
}

/* Carol is in no group yet: she proposes herself. */
static base_buf ask_to_join(client *c, const char *group_id, uint64_t epoch)
{
    base_buf key_package = client_key_package(c), message = {0};
    must(mls_propose_join(c->ctx, text(group_id), epoch, base_buf_bytes(&key_package),
                          base_buf_bytes(&c->private_key), (base_bytes){0}, &message),
         "to ask");
    base_buf_clear(&key_package);
    return message;
}

static base_buf propose(client *c, mls_proposal_type type)
{
    base_buf message = {0};
    mls_proposal_params params = {.type = type};
    must(mls_group_propose(c->group, &params, NULL, now(), &message), "to propose");
    return message;
}

/* Whoever receives a proposal keeps it; *ref is its name from then on. */
static void keep(client *c, const base_buf *message, base_buf *ref)
{
    mls_received got = {0};
    must(client_receive(c, message, &got), "a proposal");
    *ref = got.proposal_ref;
    got.proposal_ref = (base_buf){0};
    mls_received_clear(&got);
}

/* Commit all that is kept; the other takes it in. */
static base_buf commit_kept(client *from, client *to)
{
    mls_commit_out made = {0};
    mls_received got = {0};
    must(mls_group_commit(from->group, NULL, now(), &made), "a commit");
    must(client_receive(to, &made.commit, &got), "to take the commit in");
    must(mls_group_merge(from->group, made.staged), "a merge");
    base_buf welcome = made.welcome;
    made = (mls_commit_out){.commit = made.commit};
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
    return welcome;
}

int main(void)
{
    client alice = {0}, bob = {0}, carol = {0};
    base_buf ref_a = {0}, ref_b = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_start(&carol, "Carol", memory_store(&carol));
    client_meet(&alice, &bob, "friends"); /* as in two_people.c */

    /* Everybody keeps it, Alice commits it. */
    base_buf request = ask_to_join(&carol, "friends", mls_group_epoch(alice.group));
    sort(&request);
    keep(&alice, &request, &ref_a);
    keep(&bob, &request, &ref_b);
    base_buf welcome = commit_kept(&alice, &bob);
    must(mls_group_join(carol.ctx, base_buf_bytes(&welcome), (base_bytes){0}, now(), &carol.group),
         "to join");
    base_buf_clear(&ref_a);
    base_buf_clear(&ref_b);

    /* A commit takes in all that its maker keeps. What is not to be in it is forgotten before, by
     * its reference or with all the others. */
    base_buf update = propose(&bob, MLS_PROPOSAL_UPDATE);
    keep(&alice, &update, &ref_a);
    size_t kept = mls_group_proposal_count(alice.group);
    must(mls_group_forget_proposal(alice.group, base_buf_bytes(&ref_a)), "to forget it");
    must(mls_group_forget_proposals(bob.group), "to forget all");
    printf("Alice kept %zu, and keeps %zu\n", kept, mls_group_proposal_count(alice.group));
    bool good = kept == 1 && mls_group_proposal_count(alice.group) == 0;

    base_buf_clear(&ref_a);
    base_buf_clear(&update);
    base_buf_clear(&welcome);
    base_buf_clear(&request);
    client_stop(&alice);
    client_stop(&bob);
    client_stop(&carol);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
