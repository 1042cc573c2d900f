/* A pre-shared key in the key schedule: two people who have a secret from elsewhere (a code that
 * they read to each other) mix it into their group. Whoever took part without it is out of the next
 * epoch, even with all keys of this one. */
#include "example.h"

static const char psk_id[] = "code of the 3rd of May";

static mls_commit_out commit_with_psk(client *from)
{
    mls_proposal_params use = {.type = MLS_PROPOSAL_PSK};
    use.psk.type = MLS_PSK_EXTERNAL;
    use.psk.psk_id = text(psk_id);
    mls_commit_params params = {.proposals = &use, .n_proposals = 1};
    mls_commit_out made = {0};
    must(mls_group_commit(from->group, &params, now(), &made), "a commit");
    return made;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "ours");

    /* Both keep the secret under the id. A code that people read is short: stretch it first. */
    must(mls_psk_put(alice.ctx, text(psk_id), text("correct horse battery staple")), "to keep it");
    mls_commit_out made = commit_with_psk(&alice);

    /* Bob has not typed his in yet. The commit can be received again later. */
    mls_received got = {0};
    base_err early = client_receive(&bob, &made.commit, &got);
    printf("Bob: %s\n", base_err_text(early));
    must(mls_psk_put(bob.ctx, text(psk_id), text("correct horse battery staple")), "to keep it");
    must(client_receive(&bob, &made.commit, &got), "to take the commit in");
    mls_received_clear(&got);
    must(mls_group_merge(alice.group, made.staged), "a merge");
    made.staged = NULL;
    mls_commit_out_clear(&made);

    /* It is in the epoch's secrets now; nobody needs it any more. */
    must(mls_psk_delete(alice.ctx, text(psk_id)), "to delete it");
    must(mls_psk_delete(bob.ctx, text(psk_id)), "to delete it");
    base_bytes a = mls_group_epoch_authenticator(alice.group);
    base_bytes b = mls_group_epoch_authenticator(bob.group);
    bool good = early == MLS_E_PSK_MISSING && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
    printf("they %s on the epoch\n", good ? "agree" : "do not agree");
    client_stop(&alice);
    client_stop(&bob);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
