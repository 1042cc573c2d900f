/* Leaving: nobody can commit its own removal, so Bob says that he goes (a SelfRemove proposal of
 * draft-ietf-mls-extensions), the next commit by anybody else takes him out, and he deletes what he
 * has. */
#include "example.h"

/* In public, which no framing stands for here: then whoever joins from outside can commit it too.
 */
static base_buf say_goodbye(client *c)
{
    base_buf message = {0};
    mls_proposal_params leave = {.type = MLS_PROPOSAL_SELF_REMOVE};
    must(mls_group_propose(c->group, &leave, NULL, now(), &message), "to propose");
    return message;
}

/* While a proposal is kept, a commit has to come before the next message. Whoever wants to speak
 * makes it. */
static mls_commit_out let_go(client *c, const base_buf *goodbye)
{
    mls_received got = {0};
    mls_commit_out made = {0};
    base_buf message = {0};
    must(client_receive(c, goodbye, &got), "a proposal");
    printf("leaf %u goes\n", (unsigned)got.removed.v);
    mls_received_clear(&got);
    base_err err = mls_group_protect(c->group, text("Bye"), NULL, &message);
    printf("%s: %s\n", c->name, base_err_text(err));
    must(mls_group_commit(c->group, NULL, now(), &made), "a commit");
    must(mls_group_merge(c->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_group_protect(c->group, text("Bye"), NULL, &message), "to encrypt");
    base_buf_clear(&message);
    return made;
}

/* Bob waits for the commit: until then he could still be written to. */
static bool be_gone(client *c, const base_buf *commit)
{
    mls_received got = {0};
    must(client_receive(c, commit, &got), "the last commit");
    mls_received_clear(&got);
    bool out = mls_group_state_of(c->group) == MLS_GROUP_REMOVED;
    must(mls_group_delete(c->group), "to delete the group's keys");
    return out;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "a short talk");

    base_buf goodbye = say_goodbye(&bob);
    mls_commit_out made = let_go(&alice, &goodbye);
    bool out = be_gone(&bob, &made.commit);
    mls_group *again = NULL;
    base_err gone = mls_group_load(bob.ctx, text("a short talk"), &again);
    printf("Bob is %s; of the group he has: %s\n", out ? "out" : "in", base_err_text(gone));
    mls_commit_out_clear(&made);
    base_buf_clear(&goodbye);
    client_stop(&alice);
    client_stop(&bob);
    return out && gone == BASE_E_NOT_FOUND ? EXIT_SUCCESS : EXIT_FAILURE;
}
