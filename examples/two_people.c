/* Two people: a group of one, an Add, a Welcome, and a message each way.
 *
 *     cc -std=c17 two_people.c $(pkg-config --cflags --libs libmls-crypto) */
#include "example.h"

/* Carry a text from one member to another; in between stands what a server would see. */
static void say(client *from, client *to, const char *what)
{
    base_buf message = {0};
    mls_received got = {0};
    must(mls_group_protect(from->group, text(what), NULL, &message), "to encrypt");
    must(client_receive(to, &message, &got), "to decrypt");
    printf("%s to %s, %zu bytes on the wire: %.*s\n", from->name, to->name, message.n,
           (int)got.plaintext.n, (const char *)got.plaintext.p);
    if (got.kind != MLS_RECEIVED_APPLICATION || got.plaintext.n != strlen(what) ||
        memcmp(got.plaintext.p, what, got.plaintext.n) != 0) {
        exit(EXIT_FAILURE);
    }
    mls_received_clear(&got);
    base_buf_clear(&message);
}

/* Both compare these bytes by voice, or an application does when it knows the right ones. */
static bool agree(const client *a, const client *b)
{
    base_bytes x = mls_group_epoch_authenticator(a->group);
    base_bytes y = mls_group_epoch_authenticator(b->group);
    return x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
}

int main(void)
{
    client alice = {0};
    client bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));

    /* Alice is alone in the group at first. */
    mls_member_params member = client_member(&alice);
    mls_extension_list none = {0};
    must(mls_group_create(alice.ctx, text("our group"), &member, none, now(), &alice.group),
         "a group");

    /* She adds Bob by what he has published. A real program checks that the credential in it is
     * Bob's (mls_key_package_check). */
    base_buf key_package = client_key_package(&bob);
    mls_proposal_params add = {0};
    add.type = MLS_PROPOSAL_ADD;
    add.key_package = base_buf_bytes(&key_package);
    mls_commit_params params = {0};
    params.proposals = &add;
    params.n_proposals = 1;
    mls_commit_out made = {0};
    must(mls_group_commit(alice.group, &params, now(), &made), "a commit");

    /* There is nobody else to send the commit to, so it is the next epoch. */
    must(mls_group_merge(alice.group, made.staged), "a merge");
    made.staged = NULL;

    /* Bob needs nothing but the Welcome: the tree is in it. */
    base_bytes no_tree = {0};
    must(mls_group_join(bob.ctx, base_buf_bytes(&made.welcome), no_tree, now(), &bob.group),
         "to join");

    say(&alice, &bob, "Hello Bob");
    say(&bob, &alice, "Hello Alice");
    bool good = agree(&alice, &bob);
    printf("they %s on the epoch\n", good ? "agree" : "do not agree");

    mls_commit_out_clear(&made);
    base_buf_clear(&key_package);
    client_stop(&alice);
    client_stop(&bob);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
