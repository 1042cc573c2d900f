/* A message to one member of a group (draft-ietf-mls-targeted-messages): Alice writes to Bob, and
 * Carol, who is in the group too, sees no more of it than the server. */
#include "example.h"

/* Carol comes in as Bob did in client_meet(); Bob takes the commit in. */
static void add(client *alice, client *bob, client *carol)
{
    base_buf key_package = client_key_package(carol);
    mls_proposal_params proposal = {.type = MLS_PROPOSAL_ADD,
                                    .key_package = base_buf_bytes(&key_package)};
    mls_commit_params params = {.proposals = &proposal, .n_proposals = 1};
    mls_commit_out made = {0};
    mls_received got = {0};
    must(mls_group_commit(alice->group, &params, now(), &made), "a commit");
    must(client_receive(bob, &made.commit, &got), "to take the commit in");
    must(mls_group_merge(alice->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_group_join(carol->ctx, base_buf_bytes(&made.welcome), (base_bytes){0}, now(),
                        &carol->group),
         "to join");
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
    base_buf_clear(&key_package);
}

/* authenticated_data holds what tells this message from any other, so that Bob can notice when it
 * is given to him twice. It is not encrypted. */
static base_buf whisper(const client *from, const client *to, const char *what)
{
    base_buf message = {0};
    mls_framing framing = {.authenticated_data = text("1"), .pad_to = 64};
    must(mls_group_targeted_seal(from->group, mls_group_own_leaf(to->group), text(what), &framing,
                                 &message),
         "to seal");
    return message;
}

static base_err hear(const client *c, const base_buf *message)
{
    mls_targeted got = {0};
    base_err err = mls_group_targeted_open(c->group, base_buf_bytes(message), &got);
    if (err == BASE_OK) {
        printf("%s reads from leaf %u: %.*s\n", c->name, (unsigned)got.sender.v,
               (int)got.plaintext.n, (const char *)got.plaintext.p);
    } else {
        printf("%s: %s\n", c->name, base_err_text(err));
    }
    mls_targeted_clear(&got);
    return err;
}

int main(void)
{
    client alice = {0}, bob = {0}, carol = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_start(&carol, "Carol", memory_store(&carol));
    client_meet(&alice, &bob, "the three of us");
    add(&alice, &bob, &carol);

    base_buf message = whisper(&alice, &bob, "Shall we tell her?");
    bool good = hear(&bob, &message) == BASE_OK && hear(&carol, &message) == MLS_E_RECIPIENT;
    base_buf_clear(&message);
    client_stop(&alice);
    client_stop(&bob);
    client_stop(&carol);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
