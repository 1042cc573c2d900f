/* Keys as a component of the application has them (<sotto/mls_app.h>): a vote that is signed, a
 * note for one member, and a pre-shared key of its own. What one component makes opens for no
 * other. */
#include "example.h"

#define VOTES 0x8002 /* private use */

/* A vote that holds outside the group too: whoever has Alice's key can check it. */
static base_buf vote(const client *c, const char *what)
{
    base_buf signature = {0};
    must(mls_component_sign(c->ctx, SUITE, base_buf_bytes(&c->private_key), VOTES, text("vote"),
                            text(what), &signature),
         "to sign");
    return signature;
}

static base_err check_vote(const client *c, const mls_group *g, mls_leaf_index who,
                           const char *what, const base_buf *signature)
{
    const mls_leaf_node *member = NULL;
    base_err err = mls_group_member(g, who, &member);
    return err != BASE_OK
               ? err
               : mls_component_verify(c->ctx, SUITE, member->signature_key, VOTES, text("vote"),
                                      text(what), base_buf_bytes(signature));
}

/* A note for one member, opened by the same component alone. */
static base_err note(const client *from, const client *to, const char *what, base_buf *read)
{
    base_buf kem_output = {0}, ciphertext = {0};
    mls_component_label label = {VOTES, text("note"), mls_group_id(from->group)};
    must(mls_group_component_seal(from->group, mls_group_own_leaf(to->group), &label, text(what),
                                  &kem_output, &ciphertext),
         "to seal");
    base_err err = mls_group_component_open(to->group, &label, base_buf_bytes(&kem_output),
                                            base_buf_bytes(&ciphertext), read);
    base_buf_clear(&kem_output);
    base_buf_clear(&ciphertext);
    return err;
}

/* A secret of the component's own, mixed into the next epoch. */
static void mix_in(client *from, client *to)
{
    mls_proposal_params use = {.type = MLS_PROPOSAL_PSK};
    use.psk.type = MLS_PSK_COMPONENT;
    use.psk.component = VOTES;
    use.psk.psk_id = text("ballot");
    mls_commit_params params = {.proposals = &use, .n_proposals = 1};
    mls_commit_out made = {0};
    mls_received got = {0};
    must(mls_component_psk_put(from->ctx, VOTES, text("ballot"), text("secret")), "to keep it");
    must(mls_component_psk_put(to->ctx, VOTES, text("ballot"), text("secret")), "to keep it");
    must(mls_group_commit(from->group, &params, now(), &made), "a commit");
    must(client_receive(to, &made.commit, &got), "to take the commit in");
    must(mls_group_merge(from->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_component_psk_delete(from->ctx, VOTES, text("ballot")), "to delete it");
    must(mls_component_psk_delete(to->ctx, VOTES, text("ballot")), "to delete it");
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "council");

    base_buf signature = vote(&alice, "yes"), read = {0};
    mls_leaf_index her = mls_group_own_leaf(alice.group);
    must(check_vote(&bob, bob.group, her, "yes", &signature), "her vote");
    base_err turned = check_vote(&bob, bob.group, her, "no", &signature);
    printf("Alice votes yes; \"no\": %s\n", base_err_text(turned));
    must(note(&alice, &bob, "and you?", &read), "the note");
    printf("Bob reads: %.*s\n", (int)read.n, (const char *)read.p);
    mix_in(&alice, &bob);
    bool good = turned == CRYPTO_E_SIGNATURE && mls_group_epoch(bob.group) == 2;
    base_buf_clear(&read);
    base_buf_clear(&signature);
    client_stop(&alice);
    client_stop(&bob);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
