/* What can be seen of a group: its members, its extensions, a secret that they share. Bob joins
 * with the ratchet tree beside the Welcome, as large groups do. */
#include "example.h"

static void print_group(const mls_group *g)
{
    base_bytes id = mls_group_id(g);
    printf("%.*s: suite 0x%04x, epoch %u, %zu extensions\n", (int)id.n, (const char *)id.p,
           (unsigned)mls_group_suite(g), (unsigned)mls_group_epoch(g), mls_group_extensions(g).n);
}

/* Leaves may be blank: whoever left leaves a gap that the next one fills. */
static size_t print_members(const mls_group *g)
{
    size_t n = 0;
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *member = NULL;
        if (mls_group_member(g, (mls_leaf_index){i}, &member) == BASE_OK) {
            base_bytes name = member->credential.body;
            printf("  leaf %u: %.*s%s\n", (unsigned)i, (int)name.n, (const char *)name.p,
                   i == mls_group_own_leaf(g).v ? ", who looks" : "");
            n++;
        }
    }
    return n;
}

/* Add a guest by a Welcome that does not hold the tree; the tree may come from any server. */
static void add_with_tree_beside(client *host, client *guest)
{
    base_buf key_package = client_key_package(guest), tree = {0};
    mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                               .key_package = base_buf_bytes(&key_package)};
    mls_commit_params params = {.proposals = &add, .n_proposals = 1, .tree_beside = true};
    mls_commit_out made = {0};
    must(mls_group_commit(host->group, &params, now(), &made), "a commit");
    must(mls_group_merge(host->group, made.staged), "a merge");
    made.staged = NULL;
    must(mls_group_tree(host->group, &tree), "the tree");
    printf("the Welcome has %zu bytes, the tree %zu\n", made.welcome.n, tree.n);
    must(mls_group_join(guest->ctx, base_buf_bytes(&made.welcome), base_buf_bytes(&tree), now(),
                        &guest->group),
         "to join");
    mls_commit_out_clear(&made);
    base_buf_clear(&tree);
    base_buf_clear(&key_package);
}

/* 32 bytes that the members of the epoch have and nobody else, here to name a call by. */
static base_buf call_key(const client *c)
{
    base_buf secret = {0};
    must(mls_group_export(c->group, text("example call"), text("call 1"), 32, &secret), "a secret");
    return secret;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));

    /* Everybody who is to come in has to support basic credentials. */
    static const uint8_t required[] = {0, 0, 2, 0, MLS_CREDENTIAL_BASIC};
    mls_extension extension = {MLS_EXTENSION_REQUIRED_CAPABILITIES, {required, sizeof required}};
    mls_member_params member = client_member(&alice);
    must(mls_group_create(alice.ctx, text("the two of us"), &member,
                          (mls_extension_list){&extension, 1}, now(), &alice.group),
         "a group");
    add_with_tree_beside(&alice, &bob);
    print_group(bob.group);
    bool good = print_members(bob.group) == 2;

    base_buf a = call_key(&alice), b = call_key(&bob);
    good = good && a.n == 32 && b.n == 32 && memcmp(a.p, b.p, 32) == 0;
    printf("the key of the call is %s\n", good ? "the same" : "another");
    base_buf_clear(&a);
    base_buf_clear(&b);
    client_stop(&alice);
    client_stop(&bob);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
