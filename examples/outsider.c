/* A sender outside the group: a server that may propose to remove members, and do no more. The
 * group lists its key in the external_senders extension; a member commits what it proposes. */
#include "example.h"

/* The list is encoded as RFC 9420 has it (section 12.1.8.1): a vector of ExternalSender. Lengths
 * below 64 are one byte. */
static size_t put_bytes(uint8_t *to, base_bytes what)
{
    to[0] = (uint8_t)what.n;
    memcpy(to + 1, what.p, what.n);
    return what.n + 1;
}

static size_t external_senders(uint8_t *to, const client *server)
{
    size_t n = 1; /* the vector's length, below */
    n += put_bytes(to + n, base_buf_bytes(&server->public_key));
    to[n++] = 0;
    to[n++] = MLS_CREDENTIAL_BASIC;
    n += put_bytes(to + n, text(server->name));
    to[0] = (uint8_t)(n - 1);
    return n;
}

/* The server has no group, only what it was told of one. */
static base_buf ask_to_remove(client *server, const char *group_id, uint64_t epoch, uint32_t leaf)
{
    base_buf message = {0};
    mls_external_proposal params = {0};
    params.suite = SUITE;
    params.group_id = text(group_id);
    params.epoch = epoch;
    params.sender_index = 0; /* in the list */
    params.signature_private = base_buf_bytes(&server->private_key);
    params.proposal.type = MLS_PROPOSAL_REMOVE;
    params.proposal.removed.v = leaf;
    must(mls_propose_external(server->ctx, &params, &message), "to propose");
    return message;
}

/* Alice takes the proposal in and commits it. */
static base_buf obey(client *alice, const base_buf *message)
{
    mls_received got = {0};
    mls_commit_out made = {0};
    must(client_receive(alice, message, &got), "a proposal");
    if (got.sender_type != MLS_SENDER_EXTERNAL || got.proposal != MLS_PROPOSAL_REMOVE) {
        exit(EXIT_FAILURE);
    }
    printf("the server wants leaf %u out\n", (unsigned)got.removed.v);
    mls_received_clear(&got);
    must(mls_group_commit(alice->group, NULL, now(), &made), "a commit");
    must(mls_group_merge(alice->group, made.staged), "a merge");
    base_buf_clear(&made.welcome);
    return made.commit;
}

int main(void)
{
    client alice = {0}, bob = {0}, server = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    client_start(&server, "Server", memory_store(&server));
    client_meet(&alice, &bob, "watched");

    /* The extension comes in by a proposal like any change of the group. */
    uint8_t list[128];
    mls_extension extension = {MLS_EXTENSION_EXTERNAL_SENDERS, {list, 0}};
    extension.data.n = external_senders(list, &server);
    mls_proposal_params set = {.type = MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
                               .extensions = {&extension, 1}};
    mls_commit_params params = {.proposals = &set, .n_proposals = 1};
    mls_commit_out made = {0};
    mls_received got = {0};
    must(mls_group_commit(alice.group, &params, now(), &made), "a commit");
    must(client_receive(&bob, &made.commit, &got), "to take the commit in");
    must(mls_group_merge(alice.group, made.staged), "a merge");
    made.staged = NULL;
    mls_received_clear(&got);
    mls_commit_out_clear(&made);

    base_buf wish = ask_to_remove(&server, "watched", mls_group_epoch(alice.group), 1);
    must(client_receive(&bob, &wish, &got), "a proposal");
    mls_received_clear(&got);
    base_buf commit = obey(&alice, &wish);
    must(client_receive(&bob, &commit, &got), "the last commit");
    mls_received_clear(&got);
    bool out = mls_group_state_of(bob.group) == MLS_GROUP_REMOVED;
    printf("Bob is %s\n", out ? "out" : "in");
    base_buf_clear(&commit);
    base_buf_clear(&wish);
    client_stop(&alice);
    client_stop(&bob);
    client_stop(&server);
    return out ? EXIT_SUCCESS : EXIT_FAILURE;
}
