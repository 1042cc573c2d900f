/* libmls: Messaging Layer Security (RFC 9420).
 *
 * The library computes and nothing else: it opens no socket, reads no clock, draws no randomness
 * and touches no file. Those arrive in mls_config: an allocator, a backend of primitives, a source
 * of random bytes and a key-value store. The time is an argument (`now`, seconds since 1970 UTC):
 * it is held against what this client makes or sends; what it receives is judged by the group's
 * state and the bytes alone, so that members who look at different times come to one answer. There
 * is no global state; objects of different contexts may live in different threads, one object
 * belongs to one thread at a time.
 *
 * Every message that goes in or comes out is an encoded MLSMessage (section 6), unless a name says
 * otherwise. Pointers are borrowed for the call; what a function gives through `out` is the
 * caller's, to be released with base_buf_clear() or the object's _free(). On an error outputs are
 * untouched or empty and group and store are as they were, except that a key which section 9.2
 * orders deleted stays deleted.
 *
 * Changes of a group's state reach the store before a call returns, in one atomic batch a call. A
 * caller that wants its own data in the same transaction opens one around the call. When that
 * outer transaction is rolled back, the object in memory is ahead of the store: free it and load it
 * again.
 *
 * Errors of any call, beside those that it names: BASE_E_ARGUMENT for a NULL where none may be,
 * BASE_E_NOMEM, CRYPTO_E_BACKEND. "The store's" are BASE_E_STORE, or whatever else its functions
 * return, and BASE_E_CORRUPT for records that do not decode. "The decoder's" are those of class
 * malformed, for bytes that are no message, and MLS_E_VERSION. "The checks' own" are those of class
 * rejected: each names the rule that was broken, and docs/validation.md says which that are. */
#ifndef SOTTO_MLS_H
#define SOTTO_MLS_H

#include <sotto/base.h>
#include <sotto/crypto.h>
#include <sotto/mls_ctx.h>
#include <sotto/mls_keys.h>
#include <sotto/mls_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mls_group mls_group;
typedef struct mls_staged mls_staged;

/* ---- groups: beginning and end ---- */

/* Create a group of one (section 11), in epoch 0. Others come in by mls_group_commit().
 *
 * group_id    any bytes that no other group of the application has; random ones are best.
 * member      this client's leaf.
 * extensions  the GroupContext's: required_capabilities, external_senders and the like.
 * now         seconds since 1970 UTC; the leaf's lifetime is set around it.
 * out         given; mls_group_free().
 *
 * Errors: BASE_E_EXISTS when the store has a group of that id, CRYPTO_E_SUITE, CRYPTO_E_KEY,
 * MLS_E_EXTENSION, MLS_E_CAPABILITIES when the leaf lacks what the extensions require,
 * MLS_E_LEAF_NODE, BASE_E_RANDOM, the store's. */
BASE_MUST_USE base_err mls_group_create(mls_ctx *ctx, base_bytes group_id,
                                        const mls_member_params *member,
                                        mls_extension_list extensions, uint64_t now,
                                        mls_group **out);

/* Join by a Welcome (section 12.4.3.1) addressed to a KeyPackage whose private keys are in the
 * store. PSKs that it names are looked up in the store. The init key is deleted unless it is a last
 * resort's. A group of that id may not be in the store: whoever comes back deletes the old one
 * first (mls_group_delete()), best in one outer transaction with the join. Who the members are is
 * for the application to judge: mls_group_member().
 *
 * ratchet_tree  the encoded tree when the Welcome does not hold one, else empty.
 * now           seconds since 1970 UTC.
 * out           given; mls_group_free().
 *
 * Errors: MLS_E_NO_KEY_PACKAGE when the Welcome is for somebody else, or its key package was used;
 * MLS_E_TREE_MISSING; MLS_E_PSK_MISSING; BASE_E_EXISTS; MLS_E_REINIT when the new group does not
 * follow the one that it names; CRYPTO_E_SUITE; BASE_E_LIMIT; the decoder's, the checks' own, the
 * store's. */
BASE_MUST_USE base_err mls_group_join(mls_ctx *ctx, base_bytes welcome, base_bytes ratchet_tree,
                                      uint64_t now, mls_group **out);

/* An external commit to be made (section 12.4.3.2). */
typedef struct mls_external_params {
    mls_member_params member;
    bool replace; /* remove the leaf `old` in the same commit: a resync */
    mls_leaf_index old;
    const mls_psk_id *psks; /* known to the store; psk_nonce is drawn */
    size_t n_psks;
    base_bytes authenticated_data;
    const base_bytes *self_removes; /* messages with SelfRemove proposals of the epoch of the
                                       GroupInfo, all that the delivery service knows */
    size_t n_self_removes;
    const mls_app_data *app_ephemerals; /* proposals of these types, see mls_app.h */
    size_t n_app_ephemerals;
    const mls_app_data_update *app_data_updates;
    size_t n_app_data_updates;
} mls_external_params;

/* Join from outside, by an external commit (section 12.4.3.2). The group is in the new epoch at
 * once; when the delivery service refuses the commit, delete it by mls_group_delete().
 *
 * group_info    an MLSMessage with a GroupInfo that holds external_pub: mls_group_info().
 * ratchet_tree  the encoded tree when the GroupInfo does not hold one, else empty.
 * now           seconds since 1970 UTC.
 * commit        given: a PublicMessage for all members.
 * out           given; mls_group_free().
 *
 * Errors: MLS_E_EXTERNAL_PUB, MLS_E_TREE_MISSING, MLS_E_PSK_MISSING, BASE_E_EXISTS, MLS_E_PROPOSAL
 * when `old` is no member, MLS_E_PROPOSAL_LIST when it is another client's leaf,
 * MLS_E_CAPABILITIES, CRYPTO_E_SUITE, BASE_E_RANDOM, BASE_E_LIMIT, the decoder's, the checks' own,
 * the store's. */
BASE_MUST_USE base_err mls_group_join_external(mls_ctx *ctx, base_bytes group_info,
                                               base_bytes ratchet_tree,
                                               const mls_external_params *params, uint64_t now,
                                               base_buf *commit, mls_group **out);

/* Load a group from the store, as the last call that changed it left it. One object a group at a
 * time: two would not know of each other's changes. What is read does not grow with the group: the
 * tree stays in the store until a handshake or a look at all of it asks for it, and messages read
 * their sender's leaf and keys. A call that reads on passes the store's errors on, BASE_E_CORRUPT
 * among them.
 *
 * out  given; mls_group_free().
 *
 * Errors: BASE_E_NOT_FOUND, CRYPTO_E_SUITE, the store's. */
BASE_MUST_USE base_err mls_group_load(mls_ctx *ctx, base_bytes group_id, mls_group **out);

/* Release a group and wipe its keys from memory; the store keeps the state, for mls_group_load().
 * Its staged commits are freed before it. NULL is allowed. */
void mls_group_free(mls_group *g);

/* Delete a group from the store, with every key of it. The object can then only be looked at and
 * freed. The other members are not told: to leave, propose MLS_PROPOSAL_SELF_REMOVE first.
 *
 * Errors: the store's; then the group is as it was. */
BASE_MUST_USE base_err mls_group_delete(mls_group *g);

/* ---- groups: what they are ---- */

/* REMOVED: a commit removed this member. ENDED: a ReInit was committed; mls_group_reinit() or the
 * Welcome of whoever calls it leads on. Either way the message keys are deleted, nothing can be
 * sent or received (MLS_E_REMOVED), and the last epoch can be looked at and exported from. */
typedef enum mls_group_state {
    MLS_GROUP_ACTIVE = 1,
    MLS_GROUP_REMOVED,
    MLS_GROUP_ENDED
} mls_group_state;

/* Tell whether a group is active, or this member is out of it (section 12.4.2), or it ended. */
mls_group_state mls_group_state_of(const mls_group *g);

/* The group's id (section 8.1), borrowed until the group is freed. */
base_bytes mls_group_id(const mls_group *g);

/* The group's epoch (section 8.1), counted from 0 at its creation. Each merge adds one. */
uint64_t mls_group_epoch(const mls_group *g);

/* The group's cipher suite (section 8.1), as its members number it. */
mls_suite mls_group_suite(const mls_group *g);

/* The leaf of this member (section 4.1). It stays the same as long as the member is in the group.
 */
mls_leaf_index mls_group_own_leaf(const mls_group *g);

/* The extensions of the GroupContext (section 8.1), borrowed until the group changes. */
mls_extension_list mls_group_extensions(const mls_group *g);

/* The epoch_authenticator (section 8.7): Nh bytes that members have in common as long as nobody
 * stands between them. Two people compare them by another way. Borrowed until the group changes. */
base_bytes mls_group_epoch_authenticator(const mls_group *g);

/* How many leaves the tree has room for (section 4.1): a power of two. Some may be blank; the
 * members are those for which mls_group_member() finds one. */
uint32_t mls_group_leaf_count(const mls_group *g);

/* Look at the member at a leaf (section 7.2).
 *
 * leaf  below mls_group_leaf_count().
 * out   *out is borrowed until the group changes.
 *
 * Errors: BASE_E_NOT_FOUND for a blank leaf and for one beyond the tree. */
BASE_MUST_USE base_err mls_group_member(const mls_group *g, mls_leaf_index leaf,
                                        const mls_leaf_node **out);

/* Derive a secret of the epoch for a purpose of the application's: MLS-Exporter (section 8.5). All
 * members of the epoch come to the same bytes; asked again, it gives them again.
 *
 * label    names the purpose.
 * context  any bytes to tell secrets of one purpose apart.
 * n        bytes wanted: from 1 to 255 times Nh.
 * secret   given.
 *
 * Errors: BASE_E_ARGUMENT when n is 0 or too large. */
BASE_MUST_USE base_err mls_group_export(const mls_group *g, base_bytes label, base_bytes context,
                                        size_t n, base_buf *secret);

/* Encode the ratchet tree (section 12.4.3.3), for joiners whose Welcome or GroupInfo does not hold
 * it. It is public to the members and names them all.
 *
 * tree  given: the content of a ratchet_tree extension.
 *
 * Errors: none of its own. */
BASE_MUST_USE base_err mls_group_tree(const mls_group *g, base_buf *tree);

/* Make a signed GroupInfo of the epoch (section 12.4.3), for those who join from outside. Whoever
 * has one with external_pub can join without being asked; members see it in the staged commit.
 *
 * with_tree          it holds the ratchet_tree.
 * with_external_pub  it holds the key for external commits.
 * message            given: an MLSMessage, signed and not encrypted.
 *
 * Errors: MLS_E_REMOVED. */
BASE_MUST_USE base_err mls_group_info(const mls_group *g, bool with_tree, bool with_external_pub,
                                      base_buf *message);

/* ---- proposals (section 12.1) ---- */

/* A proposal to be made; which field counts depends on type. */
typedef struct mls_proposal_params {
    mls_proposal_type type;
    base_bytes key_package;          /* ADD: an MLSMessage */
    mls_leaf_index removed;          /* REMOVE */
    mls_psk_id psk;                  /* PSK: without psk_nonce, which is drawn */
    mls_reinit reinit;               /* REINIT */
    mls_extension_list extensions;   /* GROUP_CONTEXT_EXTENSIONS */
    const mls_member_params *update; /* UPDATE: NULL keeps all but the encryption key */
    mls_app_data_update app_data_update;
    mls_app_data app_ephemeral;
} mls_proposal_params;

/* How a message travels. authenticated_data: in a group with the component safe_aad what
 * mls_app_data_encode() makes (BASE_E_ARGUMENT for anything else), and nothing stands for an empty
 * list there. */
typedef struct mls_framing {
    bool is_public; /* PublicMessage instead of PrivateMessage */
    base_bytes authenticated_data;
    size_t pad_to; /* PrivateMessage: content padded to a multiple; 0 for none */
} mls_framing;

/* Make a proposal (section 12.1), to be sent to all and committed by whoever comes first. It is
 * kept here too, for a commit by reference.
 *
 * framing  NULL: a PrivateMessage, no extras.
 * now      seconds since 1970 UTC; a key package has to be valid then.
 * message  given: for the other members.
 *
 * MLS_PROPOSAL_SELF_REMOVE (draft-ietf-mls-extensions, section 6.3): this member leaves with the
 * next commit by anybody else, one from outside included. Once an epoch (BASE_E_EXISTS), only
 * where all members support it (MLS_E_CAPABILITIES), and in public: NULL means that here, another
 * framing is BASE_E_ARGUMENT. By value it may stand in no commit.
 *
 * Errors: MLS_E_REMOVED, BASE_E_EXISTS, BASE_E_ARGUMENT, MLS_E_CAPABILITIES, MLS_E_PROPOSAL,
 * MLS_E_PSK_MISSING, BASE_E_LIMIT when too many proposals are kept, BASE_E_RANDOM, the checks' own,
 * the store's. */
BASE_MUST_USE base_err mls_group_propose(mls_group *g, const mls_proposal_params *proposal,
                                         const mls_framing *framing, uint64_t now,
                                         base_buf *message);

/* Count the proposals of this epoch that are kept for a commit by reference (section 12.4). */
size_t mls_group_proposal_count(const mls_group *g);

/* Forget one kept proposal, so that no commit made here takes it in (section 12.4). A commit by
 * somebody else that names it cannot be processed any more.
 *
 * ref  its reference: mls_received.proposal_ref.
 *
 * Errors: BASE_E_NOT_FOUND, the store's. */
BASE_MUST_USE base_err mls_group_forget_proposal(mls_group *g, base_bytes ref);

/* Forget all kept proposals (section 12.4), one's own among them. A commit by somebody else that
 * names one of them cannot be processed any more.
 *
 * Errors: the store's. */
BASE_MUST_USE base_err mls_group_forget_proposals(mls_group *g);

/* Ask to be added: an Add by the joiner itself, sent as new_member_proposal (section 12.1.8). A
 * member has to commit it.
 *
 * epoch              the group's present one; the proposal is for no other.
 * key_package        the joiner's own, an MLSMessage.
 * signature_private  the key that the package is signed with.
 * message            given: a PublicMessage for all members.
 *
 * Errors: BASE_E_ARGUMENT when the key is not the package's, MLS_E_WIRE_FORMAT, CRYPTO_E_SUITE,
 * CRYPTO_E_KEY, the decoder's. */
BASE_MUST_USE base_err mls_propose_join(mls_ctx *ctx, base_bytes group_id, uint64_t epoch,
                                        base_bytes key_package, base_bytes signature_private,
                                        base_bytes authenticated_data, base_buf *message);

/* A proposal by a sender that the external_senders extension lists (section 12.1.8.1). Of the types
 * open to them: Add, Remove, PSK, ReInit, GroupContextExtensions, and the two about components. */
typedef struct mls_external_proposal {
    mls_suite suite;
    base_bytes group_id;
    uint64_t epoch;
    uint32_t sender_index; /* in external_senders */
    base_bytes signature_private;
    mls_proposal_params proposal;
    base_bytes authenticated_data;
} mls_external_proposal;

/* Make a proposal from outside the group (section 12.1.8), by a sender that is no member. A member
 * has to commit it.
 *
 * params   all borrowed for the call.
 * message  given: a PublicMessage for all members.
 *
 * Errors: BASE_E_ARGUMENT for a type that is not open to outsiders, MLS_E_WIRE_FORMAT,
 * CRYPTO_E_SUITE, CRYPTO_E_KEY, BASE_E_RANDOM, the decoder's. */
BASE_MUST_USE base_err mls_propose_external(mls_ctx *ctx, const mls_external_proposal *params,
                                            base_buf *message);

/* ---- commits (section 12.4) ---- */

/* A commit to be made. Zeroed: an empty one with a path, and all kept proposals. */
typedef struct mls_commit_params {
    const mls_proposal_params *proposals; /* by value */
    size_t n_proposals;
    bool leave_kept;                 /* leave out the proposals that are kept */
    bool no_path;                    /* omit the path where section 12.4 allows it */
    bool tree_beside;                /* the Welcome does not hold the ratchet_tree */
    const mls_member_params *update; /* the committer's new leaf; NULL keeps all but its key */
    mls_framing framing;
} mls_commit_params;

/* A commit that was made; released by mls_commit_out_clear(). */
typedef struct mls_commit_out {
    base_buf commit;
    base_buf welcome;   /* one for all joiners; empty when nobody joins */
    mls_staged *staged; /* merge when the delivery service took the commit, else free */
} mls_commit_out;

/* Make a Commit and stage it (section 12.4.1). The group stays in its epoch: send the commit, and
 * call mls_group_merge() once the delivery service took it, for of two commits in one epoch one can
 * stand. The Welcome goes to the joiners after that.
 *
 * Kept proposals that cannot stand beside the others (section 12.2: a Remove before an Update, the
 * newest Update, anything before a ReInit, what is by value before all) are left out.
 *
 * params  NULL: an empty commit with a path and all kept proposals.
 * now     seconds since 1970 UTC; the key packages that are added have to be valid then.
 * out     given; mls_commit_out_clear(), which leaves alone what was taken out: staged set to NULL.
 *
 * Cost: O(log leaves) hashes and HPKE seals in a full tree, one HPKE seal a joiner.
 *
 * Errors: MLS_E_REMOVED; MLS_E_PROPOSAL_LIST for those by value; MLS_E_PROPOSAL, MLS_E_KEY_PACKAGE,
 * MLS_E_LIFETIME, MLS_E_CAPABILITIES, MLS_E_KEY_REUSE; MLS_E_PSK_MISSING; BASE_E_ARGUMENT for
 * no_path with an update; BASE_E_LIMIT; BASE_E_RANDOM; the checks' own, the store's. */
BASE_MUST_USE base_err mls_group_commit(mls_group *g, const mls_commit_params *params, uint64_t now,
                                        mls_commit_out *out);

/* Release what mls_group_commit() gave, the staged commit with it unless staged was set to NULL.
 * The struct can be used again. NULL is allowed. */
void mls_commit_out_clear(mls_commit_out *out);

/* What a staged commit does, before it is merged: the place for the application's own checks of
 * credentials and rules. Views are borrowed from the staged commit. */
typedef enum mls_change_kind {
    MLS_CHANGE_ADD = 1,    /* leaf, node: by Add proposal, or the joiner of an external commit */
    MLS_CHANGE_UPDATE,     /* leaf, old node, node: by Update proposal or by the committer's path */
    MLS_CHANGE_REMOVE,     /* leaf, old node; by Remove or SelfRemove */
    MLS_CHANGE_PSK,        /* psk */
    MLS_CHANGE_REINIT,     /* reinit */
    MLS_CHANGE_EXTENSIONS, /* extensions: all that a GroupContextExtensions sets */
    MLS_CHANGE_APP_DATA,   /* app_data: one AppDataUpdate; what the updates of a component come to
                              stands in the extensions of mls_staged_next() */
    MLS_CHANGE_APP_EPHEMERAL /* app_ephemeral: for the component, in this order */
} mls_change_kind;

/* One change; which fields count depends on kind. Borrowed from the staged commit. */
typedef struct mls_change {
    mls_change_kind kind;
    mls_sender_type proposer_type; /* of the proposal; the committer for those by value */
    mls_leaf_index proposer;       /* for MLS_SENDER_EXTERNAL: its index in external_senders */
    bool by_value;                 /* or by the committer's path */
    mls_leaf_index leaf;
    const mls_leaf_node *old_node;
    const mls_leaf_node *node;
    const mls_psk_id *psk;
    const mls_reinit *reinit;
    mls_extension_list extensions;
    const mls_app_data_update *app_data;
    const mls_app_data *app_ephemeral;
    bool last_resort; /* of an Add: its KeyPackage says so */
} mls_change;

/* Count the changes that a staged commit brings (section 12.4.2): one a proposal, and one for the
 * committer's new leaf when it has a path. */
size_t mls_staged_change_count(const mls_staged *s);

/* Look at one change of a staged commit (section 12.4.2). i is below mls_staged_change_count();
 * what comes back is borrowed from s. Here is the place to refuse what the application's rules
 * forbid, by not merging the commit. */
const mls_change *mls_staged_change(const mls_staged *s, size_t i);

/* Tell whether the committer joined by this commit (section 12.4.3.2), so that nobody added it. */
bool mls_staged_is_external(const mls_staged *s);

/* The leaf of who made a staged commit (section 12.4); of an external one, the leaf it takes. */
mls_leaf_index mls_staged_committer(const mls_staged *s);

/* Tell whether this member is out once the commit is merged (section 12.4.2). */
bool mls_staged_removes_me(const mls_staged *s);

/* The group as it will be (section 12.4.2), to look at and to export from before the commit is
 * merged. NULL when this member is removed, and once the group has left the epoch that s was made
 * in. Borrowed from s; only functions that take a const mls_group accept it. */
const mls_group *mls_staged_next(const mls_staged *s);

/* Merge a staged commit: the group becomes its next epoch (section 12.4.2). Other commits that are
 * staged become useless and are to be freed, before the group is. A group that removes this member
 * stays in its epoch, inactive. The keys of the old epoch are gone from memory and store when the
 * call returns (section 9.2).
 *
 * s  taken on success, left on failure; made from this group in this epoch.
 *
 * Errors: BASE_E_STATE when s is of another group or epoch, MLS_E_REMOVED, the store's. */
BASE_MUST_USE base_err mls_group_merge(mls_group *g, mls_staged *s);

/* Release a staged commit that will not be merged (section 12.4), and wipe its secrets; the group
 * stays as it is. NULL is allowed. */
void mls_staged_free(mls_staged *s);

/* Encode a staged commit, to keep it across a restart until the delivery service has answered
 * (section 14). Whoever makes a commit and loses this cannot follow the others into its epoch.
 *
 * out  given. Holds secrets of the next epoch: keep it like the store, delete it after the merge.
 *
 * Errors: BASE_E_STATE once the group has left the epoch. */
BASE_MUST_USE base_err mls_staged_encode(const mls_staged *s, base_buf *out);

/* Take up a staged commit after a restart (section 14), in the epoch it was made in.
 *
 * g    as mls_group_load() gave it; the commit belongs to it.
 * in   what mls_staged_encode() gave; wipe it yourself.
 * out  given; merge or free.
 *
 * Errors: BASE_E_STATE when the commit is of another group or epoch, MLS_E_REMOVED,
 * BASE_E_CORRUPT. */
BASE_MUST_USE base_err mls_staged_decode(const mls_group *g, base_bytes in, mls_staged **out);

/* ---- receiving ---- */

/* What a message was. */
typedef enum mls_received_kind {
    MLS_RECEIVED_APPLICATION = 1,
    MLS_RECEIVED_PROPOSAL,
    MLS_RECEIVED_COMMIT
} mls_received_kind;

/* What a message brought; released by mls_received_clear(). */
typedef struct mls_received {
    mls_received_kind kind;
    mls_sender_type sender_type;
    mls_leaf_index sender; /* for members; of an external commit: its new leaf */
    uint64_t epoch;
    uint32_t generation; /* of a PrivateMessage */
    base_buf authenticated_data;
    base_buf plaintext;         /* APPLICATION */
    base_buf proposal_ref;      /* PROPOSAL; it is kept for a commit by reference */
    mls_proposal_type proposal; /* PROPOSAL */
    mls_leaf_index removed;     /* PROPOSAL of type REMOVE or SELF_REMOVE: whom */
    mls_staged *staged;         /* COMMIT; merge or free */
} mls_received;

/* Open a message of this group and check it whole (sections 6 and 12). Ratchet keys it used are
 * deleted from memory and store before the call returns, also when the content is then refused. A
 * message whose signature fails uses no key: any member could forge it to deny the true one; nor
 * does one that fails for want of memory, a PSK or a proposal: it can be received again.
 * *out is zeroed before its first use; buffers that an earlier call left in it are used again.
 *
 * A commit is staged, not merged: look at it by mls_staged_change(), then mls_group_merge() or
 * mls_staged_free() it. A proposal is kept when it may stand in a commit of this epoch.
 *
 * message  an MLSMessage: PrivateMessage or PublicMessage.
 * now      seconds since 1970 UTC.
 * out      given; mls_received_clear().
 *
 * Errors: MLS_E_EPOCH_PAST, MLS_E_EPOCH_FUTURE when a commit in between is missing,
 * MLS_E_OWN_MESSAGE, MLS_E_GENERATION_GONE, MLS_E_GENERATION_FAR, MLS_E_GROUP_ID,
 * MLS_E_WIRE_FORMAT, MLS_E_REMOVED, CRYPTO_E_OPEN, CRYPTO_E_SIGNATURE, MLS_E_PSK_MISSING,
 * MLS_E_PROPOSAL_UNKNOWN, BASE_E_LIMIT, the decoder's, the checks' own, the store's. */
BASE_MUST_USE base_err mls_group_receive(mls_group *g, base_bytes message, uint64_t now,
                                         mls_received *out);

/* Release what mls_group_receive() gave, with a staged commit that was not taken out (staged set to
 * NULL); plaintext is wiped. The struct can be used again. NULL is allowed. */
void mls_received_clear(mls_received *r);

/* What can be seen of a message without keys; borrowed from it. */
typedef struct mls_peek {
    uint16_t wire_format; /* 1 PublicMessage, 2 PrivateMessage, 3 Welcome, 4 GroupInfo,
                             5 KeyPackage, 6 TargetedMessage */
    base_bytes group_id;  /* empty for Welcome and KeyPackage */
    uint64_t epoch;
    uint8_t content_type; /* 1 application, 2 proposal, 3 commit; 0 when there is none */
} mls_peek;

/* Look at a message without opening it (section 6): which group and epoch it names. Nothing of it
 * is proved yet.
 *
 * out  borrows from message.
 *
 * Errors: MLS_E_WIRE_FORMAT for a kind that is not known, the decoder's. */
BASE_MUST_USE base_err mls_message_peek(base_bytes message, mls_peek *out);

/* ---- application messages (section 15) ---- */

/* Encrypt a message to the group (section 15), as a PrivateMessage. Its key is used up, and the
 * next one in the store, before the call returns.
 *
 * plaintext  up to the limit of message_bytes; its length shows unless framing pads it.
 * framing    NULL: no authenticated data, no padding. is_public is refused (BASE_E_ARGUMENT).
 * message    given: for all members, this one excepted.
 *
 * Cost: one signature, two AEAD seals, O(1) hashes.
 *
 * Errors: MLS_E_COMMIT_FIRST while proposals are kept (section 12.4); MLS_E_REMOVED; BASE_E_LIMIT;
 * BASE_E_RANDOM; the store's. */
BASE_MUST_USE base_err mls_group_protect(mls_group *g, base_bytes plaintext,
                                         const mls_framing *framing, base_buf *message);

/* ---- reinitialisation and branches (section 11) ---- */

/* The group that comes out of another one. key_packages are MLSMessages of its other members. */
typedef struct mls_successor_params {
    base_bytes group_id;
    const mls_member_params *member;
    mls_extension_list extensions;
    const base_bytes *key_packages;
    size_t n_key_packages;
    bool tree_beside; /* the Welcome does not hold the ratchet_tree */
} mls_successor_params;

/* Make a new group of some members of this one (section 11.3), tied to it by a resumption PSK: its
 * members know that all of them are members here. This group goes on.
 *
 * params   group_id a new one; member's suite is this group's.
 * now      seconds since 1970 UTC.
 * welcome  given: one for all joiners.
 * out      given, its first commit merged already; mls_group_free().
 *
 * Errors: MLS_E_REINIT when somebody is no member here or the suite is another, MLS_E_REMOVED,
 * BASE_E_EXISTS, BASE_E_RANDOM, the decoder's, the checks' own, the store's. */
BASE_MUST_USE base_err mls_group_branch(mls_group *g, const mls_successor_params *params,
                                        uint64_t now, base_buf *welcome, mls_group **out);

/* Make the group that follows this one after a ReInit was committed (section 11.2), tied to it by a
 * resumption PSK. All members have to be in it.
 *
 * params   group_id and extensions empty: those of the ReInit; what is said must be the same.
 * now      seconds since 1970 UTC.
 * welcome  given: one for all joiners.
 * out      given, its first commit merged already; mls_group_free().
 *
 * Errors: BASE_E_STATE when no ReInit was committed, MLS_E_REINIT when the parameters are not the
 * ReInit's or a member is missing, BASE_E_EXISTS, BASE_E_RANDOM, the decoder's, the checks' own,
 * the store's. */
BASE_MUST_USE base_err mls_group_reinit(mls_group *g, const mls_successor_params *params,
                                        uint64_t now, base_buf *welcome, mls_group **out);

#ifdef __cplusplus
}
#endif

#endif
