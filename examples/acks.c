/* Acknowledgements (draft-ietf-mls-extensions, section 6.1): Bob says in a commit which of Alice's
 * messages he has. A server that dropped one of them cannot hide it without dropping commits. */
#include "example.h"

/* Bob looks at the generations of what arrives; here all of them did. */
static mls_message_range receive_all(client *from, client *to, size_t n)
{
    mls_message_range range = {.sender = mls_group_own_leaf(from->group)};
    for (size_t i = 0; i < n; i++) {
        base_buf message = {0};
        mls_received got = {0};
        must(mls_group_protect(from->group, text("..."), NULL, &message), "to encrypt");
        must(client_receive(to, &message, &got), "to decrypt");
        range.first_generation = i == 0 ? got.generation : range.first_generation;
        range.last_generation = got.generation;
        mls_received_clear(&got);
        base_buf_clear(&message);
    }
    return range;
}

static mls_commit_out acknowledge(client *c, const mls_message_range *range)
{
    base_buf ack = {0};
    mls_commit_out made = {0};
    must(mls_app_ack_encode(range, 1, &ack), "to encode");
    mls_proposal_params p = {.type = MLS_PROPOSAL_APP_EPHEMERAL,
                             .app_ephemeral = {MLS_COMPONENT_APP_ACK, base_buf_bytes(&ack)}};
    mls_commit_params params = {.proposals = &p, .n_proposals = 1};
    must(mls_group_commit(c->group, &params, now(), &made), "a commit");
    base_buf_clear(&ack);
    return made;
}

/* Alice compares with what she has sent in this epoch. */
static base_err compare(void *user, const mls_message_range *range)
{
    const mls_group *g = (const mls_group *)user;
    bool mine = range->sender.v == mls_group_own_leaf(g).v;
    bool all =
        range->first_generation == 0 && range->last_generation == mls_group_last_generation(g);
    printf("messages %u to %u arrived\n", (unsigned)range->first_generation,
           (unsigned)range->last_generation);
    return !mine || all ? BASE_OK : BASE_E_NOT_FOUND;
}

static base_err look_for_acks(mls_group *g, const mls_staged *staged)
{
    base_err err = BASE_E_NOT_FOUND;
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        const mls_change *c = mls_staged_change(staged, i);
        if (c->kind == MLS_CHANGE_APP_EPHEMERAL &&
            c->app_ephemeral->component == MLS_COMPONENT_APP_ACK) {
            err = mls_app_ack_each(c->app_ephemeral->data, compare, g);
        }
    }
    return err;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));
    static const uint16_t has[] = {MLS_COMPONENT_APP_ACK};
    base_buf mine = leaf_dictionary(has, 1);
    mls_extension in_leaf = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&mine)};
    alice.leaf_extensions = bob.leaf_extensions = (mls_extension_list){&in_leaf, 1};
    client_meet(&alice, &bob, "reliable");

    mls_message_range range = receive_all(&alice, &bob, 3);
    mls_commit_out made = acknowledge(&bob, &range);
    mls_received got = {0};
    must(mls_group_receive(alice.group, base_buf_bytes(&made.commit), now(), &got), "to receive");
    base_err all_there = look_for_acks(alice.group, got.staged);
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
    base_buf_clear(&mine);
    client_stop(&alice);
    client_stop(&bob);
    return all_there == BASE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
