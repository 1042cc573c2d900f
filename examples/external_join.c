/* Joining from outside: Alice publishes a GroupInfo; Bob comes in by an external commit, without
 * anybody adding him. Alice looks at who comes before she lets the commit in: RFC 9420 leaves that
 * to the application, and here it is her whole door. */
#include "example.h"

/* The application's own rule: whether the one that a staged commit brings may come. */
static bool welcome(const mls_staged *staged, const char *guest)
{
    size_t brought = 0;
    bool good = true;
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        const mls_change *c = mls_staged_change(staged, i);
        if (c->kind == MLS_CHANGE_ADD) {
            base_bytes name = c->node->credential.body;
            printf("at leaf %u: %.*s\n", (unsigned)c->leaf.v, (int)name.n, (const char *)name.p);
            good = good && name.n == strlen(guest) && memcmp(name.p, guest, name.n) == 0;
            brought++;
        }
    }
    return good && brought == 1;
}

/* A commit from outside goes through the door, or is thrown away. */
static base_err let_in(client *alice, const base_buf *commit, const char *guest)
{
    mls_received got = {0};
    must(mls_group_receive(alice->group, base_buf_bytes(commit), now(), &got), "to receive");
    base_err err = BASE_E_NOT_FOUND;
    if (got.kind == MLS_RECEIVED_COMMIT && mls_staged_is_external(got.staged) &&
        welcome(got.staged, guest)) {
        err = mls_group_merge(alice->group, got.staged);
        got.staged = err == BASE_OK ? NULL : got.staged;
    }
    mls_received_clear(&got);
    return err;
}

static base_buf knock(client *guest, const base_buf *info)
{
    base_buf commit = {0};
    mls_external_params params = {0};
    params.member = client_member(guest);
    must(mls_group_join_external(guest->ctx, base_buf_bytes(info), (base_bytes){0}, &params, now(),
                                 &commit, &guest->group),
         "to join from outside");
    return commit;
}

int main(void)
{
    client alice = {0}, bob = {0}, mallory = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_start(&mallory, "Mallory", memory_store(&mallory));
    mls_member_params member = client_member(&alice);
    must(mls_group_create(alice.ctx, text("open house"), &member, (mls_extension_list){0}, now(),
                          &alice.group),
         "a group");

    /* With the tree in it and the key that external commits are made to. */
    base_buf info = {0};
    must(mls_group_info(alice.group, true, true, &info), "a GroupInfo");

    /* Mallory has the same GroupInfo, and Alice does not want her. She is in a group of her own
     * making then, and in nobody else's. */
    base_buf refused = knock(&mallory, &info);
    base_err turned_away = let_in(&alice, &refused, "Bob");
    printf("Mallory: %s\n", turned_away == BASE_OK ? "came in" : "turned away");
    must(mls_group_delete(mallory.group), "to forget a group");

    base_buf commit = knock(&bob, &info);
    must(let_in(&alice, &commit, "Bob"), "to let Bob in");

    base_buf message = {0};
    mls_received got = {0};
    must(mls_group_protect(bob.group, text("I let myself in"), NULL, &message), "to encrypt");
    must(client_receive(&alice, &message, &got), "to decrypt");
    printf("Alice reads: %.*s\n", (int)got.plaintext.n, (const char *)got.plaintext.p);
    mls_received_clear(&got);
    base_buf_clear(&message);
    base_buf_clear(&commit);
    base_buf_clear(&refused);
    base_buf_clear(&info);
    client_stop(&alice);
    client_stop(&bob);
    client_stop(&mallory);
    return turned_away != BASE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
