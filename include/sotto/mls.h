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
 * again. */
#ifndef SOTTO_MLS_H
#define SOTTO_MLS_H

#include <sotto/base.h>
#include <sotto/crypto.h>
#include <sotto/mls_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mls_ctx mls_ctx;
typedef struct mls_group mls_group;
typedef struct mls_staged mls_staged;

/* ---- the context ---- */

/* One change of the store. remove: value is ignored, and the key may be absent. */
typedef struct mls_store_op {
    base_bytes key;
    base_bytes value;
    bool remove;
} mls_store_op;

/* The key-value store port. Keys are at most 128 bytes; values hold secrets, so that the store must
 * encrypt what it keeps, and overwrite what it removes. */
typedef struct mls_store {
    /* The value of a key, given in *value (any allocator). BASE_E_NOT_FOUND when absent. */
    base_err (*get)(void *user, base_bytes key, base_buf *value);
    /* Apply all n changes in order, or none. */
    base_err (*write)(void *user, const mls_store_op *ops, size_t n);
    void *user;
} mls_store;

/* What a stranger can press against. Zero means the default in brackets. */
typedef struct mls_limits {
    size_t message_bytes; /* a message, a tree [16 MiB] */
    uint32_t leaves;      /* in a tree [65536] */
    uint32_t proposals;   /* in a commit, and kept for one [4096] */
    uint32_t forward;     /* generations skipped at once in a ratchet [1024] */
    uint32_t skipped;     /* keys kept for late messages, a ratchet; UINT32_MAX for none [64] */
    uint32_t resumption;  /* past epochs whose resumption_psk is kept; at most 65536 [16] */
    uint64_t lifetime;    /* seconds that a leaf's lifetime may span in all [any] */
} mls_limits;

/* Whether two leaves present the same client, which only an application can know (sections 11.3,
 * 12.2, 12.4.3.1). The answer may depend on the two leaves alone, or members would part. */
typedef struct mls_clients {
    bool (*same)(void *user, const mls_leaf_node *a, const mls_leaf_node *b);
    void *user;
} mls_clients;

/* What a commit does to the data of one component: old is NULL when it has none; the updates are in
 * the order of the commit, at least one. */
typedef struct mls_component_update {
    uint16_t component;
    const base_bytes *old;
    const base_bytes *updates;
    size_t n;
} mls_component_update;

/* The components of the application (draft-ietf-mls-extensions; see <sotto/mls_app.h>). Answers may
 * depend on the arguments alone, or members would part. Errors of the classes resource and internal
 * are passed on, any other means no. A function that is NULL: no component is known; no update is
 * valid; all ephemeral data is. The components that the draft defines itself are not asked about.
 */
typedef struct mls_components {
    bool (*known)(void *user, uint16_t component);
    /* The component's new data in the GroupContext: given in *data (any allocator). */
    base_err (*update)(void *user, const mls_component_update *u, base_buf *data);
    /* Whether item may travel with a commit. */
    base_err (*ephemeral)(void *user, const mls_app_data *item);
    void *user;
} mls_components;

/* All borrowed for the life of the context. alloc NULL: the standard one.
 *
 * clients.same NULL: leaves with one signature key are one client where an Add may not bring a
 * client twice; where a leaf stands for another (an external commit's replacement, members of a
 * branch or reinitialised group), leaves with equal credentials are. A function answers both. */
typedef struct mls_config {
    const base_alloc *alloc;
    const crypto_backend *crypto;
    crypto_random random;
    mls_store store;
    mls_limits limits;
    mls_clients clients;
    mls_components components;
    mls_suite pq_suite; /* number of the post-quantum suite; 0: the 0xF001 of mls_types.h */
} mls_config;

/* Errors: BASE_E_ARGUMENT, BASE_E_NOMEM. */
BASE_MUST_USE base_err mls_ctx_new(const mls_config *config, mls_ctx **out);
void mls_ctx_free(mls_ctx *ctx);

/* Whether this context can run the suite: it is in the table and the backend has its parts. */
bool mls_ctx_supports(const mls_ctx *ctx, mls_suite suite);

/* Length of the suite's hash output in bytes (Nh), or 0. */
size_t mls_suite_hash_size(const mls_ctx *ctx, mls_suite suite);

/* ---- members ---- */

/* A fresh signature key pair of the suite. private_key holds a secret. */
BASE_MUST_USE base_err mls_signature_key_new(mls_ctx *ctx, mls_suite suite, base_buf *private_key,
                                             base_buf *public_key);

/* SignWithLabel and VerifyWithLabel (section 5.1.2), for data of the application's own. label is
 * without the prefix "MLS 1.0 ". */
BASE_MUST_USE base_err mls_sign(mls_ctx *ctx, mls_suite suite, base_bytes private_key,
                                base_bytes label, base_bytes content, base_buf *signature);
BASE_MUST_USE base_err mls_verify(mls_ctx *ctx, mls_suite suite, base_bytes public_key,
                                  base_bytes label, base_bytes content, base_bytes signature);

/* Who a new leaf is. capabilities NULL: what this library supports, with the credential's type and
 * the types of the extensions given here added. */
typedef struct mls_member_params {
    mls_suite suite;
    mls_credential credential;
    base_bytes signature_private;
    base_bytes signature_public;
    const mls_capabilities *capabilities;
    mls_extension_list leaf_extensions;
} mls_member_params;

/* ---- key packages (section 10) ---- */

typedef struct mls_key_package_params {
    mls_member_params member;
    mls_extension_list extensions;
    uint64_t not_before;
    uint64_t not_after;
    bool last_resort; /* its init key stays after a join, until mls_key_package_delete() */
} mls_key_package_params;

/* Make a KeyPackage. Its private keys go to the store under its reference (KeyPackageRef, Nh
 * bytes), which *ref receives. */
BASE_MUST_USE base_err mls_key_package_new(mls_ctx *ctx, const mls_key_package_params *params,
                                           base_buf *message, base_buf *ref);

/* Delete the private keys of a reference; BASE_E_NOT_FOUND when there are none. */
BASE_MUST_USE base_err mls_key_package_delete(mls_ctx *ctx, base_bytes ref);

/* Decode, check all that section 10.1 checks without a group, and hand the view to `seen`, which
 * borrows it for the call. *ref may be NULL. */
typedef base_err (*mls_key_package_seen)(void *user, const mls_key_package *kp);
BASE_MUST_USE base_err mls_key_package_check(mls_ctx *ctx, base_bytes message, uint64_t now,
                                             mls_key_package_seen seen, void *user, base_buf *ref);

/* EncryptWithLabel to the init_key of a checked KeyPackage and its inverse with the private key
 * kept under ref (section 5.1.3): mail to somebody before there is a group. The two outputs of seal
 * are kem_output and ciphertext. */
BASE_MUST_USE base_err mls_key_package_seal(mls_ctx *ctx, base_bytes message, base_bytes label,
                                            base_bytes context, base_bytes plaintext,
                                            base_buf *kem_output, base_buf *ciphertext);
BASE_MUST_USE base_err mls_key_package_open(mls_ctx *ctx, base_bytes ref, base_bytes label,
                                            base_bytes context, base_bytes kem_output,
                                            base_bytes ciphertext, base_buf *plaintext);

/* ---- groups: beginning and end ---- */

/* Create a group of one (section 11). extensions are the GroupContext's. */
BASE_MUST_USE base_err mls_group_create(mls_ctx *ctx, base_bytes group_id,
                                        const mls_member_params *member,
                                        mls_extension_list extensions, uint64_t now,
                                        mls_group **out);

/* Join by a Welcome (section 12.4.3.1) addressed to a KeyPackage whose private keys are in the
 * store. ratchet_tree is the encoded tree when the Welcome does not hold one, else empty. PSKs that
 * it names are looked up in the store. The init key is deleted unless it is a last resort's. A
 * group of that id may not be in the store: whoever comes back deletes the old one first, best in
 * one outer transaction with the join.
 * Errors: MLS_E_NO_KEY_PACKAGE, MLS_E_TREE_MISSING, MLS_E_PSK_MISSING, BASE_E_EXISTS, MLS_E_REINIT,
 * the checks' own. */
BASE_MUST_USE base_err mls_group_join(mls_ctx *ctx, base_bytes welcome, base_bytes ratchet_tree,
                                      uint64_t now, mls_group **out);

/* Join by an external commit (section 12.4.3.2). The group is in the new epoch at once; when the
 * delivery service refuses the commit, delete it. */
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
BASE_MUST_USE base_err mls_group_join_external(mls_ctx *ctx, base_bytes group_info,
                                               base_bytes ratchet_tree,
                                               const mls_external_params *params, uint64_t now,
                                               base_buf *commit, mls_group **out);

/* Load what the store holds of a group; BASE_E_NOT_FOUND when it holds nothing. */
BASE_MUST_USE base_err mls_group_load(mls_ctx *ctx, base_bytes group_id, mls_group **out);

/* Release the object; the store keeps the state. */
void mls_group_free(mls_group *g);

/* Delete every key of the group from the store. The object can then only be looked at and freed. */
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
mls_group_state mls_group_state_of(const mls_group *g);

base_bytes mls_group_id(const mls_group *g);
uint64_t mls_group_epoch(const mls_group *g);
mls_suite mls_group_suite(const mls_group *g);
mls_leaf_index mls_group_own_leaf(const mls_group *g);
mls_extension_list mls_group_extensions(const mls_group *g);
base_bytes mls_group_epoch_authenticator(const mls_group *g);

/* Leaves the tree has room for; some may be blank. */
uint32_t mls_group_leaf_count(const mls_group *g);

/* The member at a leaf, borrowed until the group changes; BASE_E_NOT_FOUND for a blank. */
BASE_MUST_USE base_err mls_group_member(const mls_group *g, mls_leaf_index leaf,
                                        const mls_leaf_node **out);

/* MLS-Exporter (section 8.5): n bytes, at most 255 times Nh. */
BASE_MUST_USE base_err mls_group_export(const mls_group *g, base_bytes label, base_bytes context,
                                        size_t n, base_buf *secret);

/* The ratchet_tree, encoded (section 12.4.3.3). */
BASE_MUST_USE base_err mls_group_tree(const mls_group *g, base_buf *tree);

/* A signed GroupInfo, for external commits (section 12.4.3). */
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

/* Make a proposal and keep it for a commit by reference. framing NULL: private, no extras.
 *
 * MLS_PROPOSAL_SELF_REMOVE (draft-ietf-mls-extensions, section 6.3): this member leaves with the
 * next commit by anybody else, one from outside included. Once an epoch (BASE_E_EXISTS), only
 * where all members support it (MLS_E_CAPABILITIES), and in public: NULL means that here, another
 * framing is BASE_E_ARGUMENT. By value it may stand in no commit. */
BASE_MUST_USE base_err mls_group_propose(mls_group *g, const mls_proposal_params *proposal,
                                         const mls_framing *framing, uint64_t now,
                                         base_buf *message);

/* Proposals of this epoch that are kept, and forgetting one by its reference (BASE_E_NOT_FOUND), or
 * all. A commit by somebody else that names a forgotten one cannot be processed. */
size_t mls_group_proposal_count(const mls_group *g);
BASE_MUST_USE base_err mls_group_forget_proposal(mls_group *g, base_bytes ref);
BASE_MUST_USE base_err mls_group_forget_proposals(mls_group *g);

/* From outside: an Add by the joiner itself (new_member_proposal), and any proposal by a sender
 * that the external_senders extension lists. Both are PublicMessages (section 12.1.8). Whoever
 * proposes to a group with the component safe_aad has to frame authenticated_data accordingly. */
BASE_MUST_USE base_err mls_propose_join(mls_ctx *ctx, base_bytes group_id, uint64_t epoch,
                                        base_bytes key_package, base_bytes signature_private,
                                        base_bytes authenticated_data, base_buf *message);
typedef struct mls_external_proposal {
    mls_suite suite;
    base_bytes group_id;
    uint64_t epoch;
    uint32_t sender_index; /* in external_senders */
    base_bytes signature_private;
    mls_proposal_params proposal;
    base_bytes authenticated_data;
} mls_external_proposal;
BASE_MUST_USE base_err mls_propose_external(mls_ctx *ctx, const mls_external_proposal *params,
                                            base_buf *message);

/* ---- commits (section 12.4) ---- */

typedef struct mls_commit_params {
    const mls_proposal_params *proposals; /* by value */
    size_t n_proposals;
    bool leave_kept;                 /* leave out the proposals that are kept */
    bool no_path;                    /* omit the path where section 12.4 allows it */
    bool tree_beside;                /* the Welcome does not hold the ratchet_tree */
    const mls_member_params *update; /* the committer's new leaf; NULL keeps all but its key */
    mls_framing framing;
} mls_commit_params;

typedef struct mls_commit_out {
    base_buf commit;
    base_buf welcome;   /* one for all joiners; empty when nobody joins */
    mls_staged *staged; /* merge when the delivery service took the commit, else free */
} mls_commit_out;

/* Make a Commit and stage it. The group stays in its epoch. params NULL: an empty commit with a
 * path and all kept proposals. Kept proposals that cannot stand beside the others (section 12.2: a
 * Remove before an Update, the newest Update, anything before a ReInit, what is by value before
 * all) are left out. Release with mls_commit_out_clear(), which leaves alone what was taken out
 * (staged set to NULL). Errors: MLS_E_PROPOSAL_LIST when the proposals by value may not stand
 * together, their own. */
BASE_MUST_USE base_err mls_group_commit(mls_group *g, const mls_commit_params *params, uint64_t now,
                                        mls_commit_out *out);
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
} mls_change;

size_t mls_staged_change_count(const mls_staged *s);
const mls_change *mls_staged_change(const mls_staged *s, size_t i);
bool mls_staged_is_external(const mls_staged *s); /* the committer joined by it */
mls_leaf_index mls_staged_committer(const mls_staged *s);
bool mls_staged_removes_me(const mls_staged *s);

/* The group as it will be, to look at and to export from; NULL when this member is removed, and
 * once the group has left the epoch that s was made in. Borrowed; only functions that take a const
 * mls_group accept it. */
const mls_group *mls_staged_next(const mls_staged *s);

/* Become the next epoch. s is taken on success, and left on failure. The staged commit must have
 * been made from this group in this epoch (BASE_E_STATE); others that are staged become useless and
 * are to be freed, before the group is. A group that removes this member stays in its epoch,
 * inactive. */
BASE_MUST_USE base_err mls_group_merge(mls_group *g, mls_staged *s);
void mls_staged_free(mls_staged *s);

/* Keep a staged commit across a restart: an encoding (with secrets), and back. */
BASE_MUST_USE base_err mls_staged_encode(const mls_staged *s, base_buf *out);
BASE_MUST_USE base_err mls_staged_decode(const mls_group *g, base_bytes in, mls_staged **out);

/* ---- receiving ---- */

typedef enum mls_received_kind {
    MLS_RECEIVED_APPLICATION = 1,
    MLS_RECEIVED_PROPOSAL,
    MLS_RECEIVED_COMMIT
} mls_received_kind;

typedef struct mls_received {
    mls_received_kind kind;
    mls_sender_type sender_type;
    mls_leaf_index sender; /* for members; of an external commit: its new leaf */
    uint64_t epoch;
    base_buf authenticated_data;
    base_buf plaintext;         /* APPLICATION */
    base_buf proposal_ref;      /* PROPOSAL; it is kept for a commit by reference */
    mls_proposal_type proposal; /* PROPOSAL */
    mls_leaf_index removed;     /* PROPOSAL of type REMOVE or SELF_REMOVE: whom */
    mls_staged *staged;         /* COMMIT; merge or free */
} mls_received;

/* Open a message of this group and check it whole (sections 6, 12). Ratchet keys it used are
 * deleted from memory and store before the call returns, also when the content is then refused. A
 * message whose signature fails uses no key: any member could forge it to deny the true one; nor
 * does one that fails for want of memory, a PSK or a proposal: it can be received again. A commit
 * is staged, not merged. A proposal is kept when it may stand in a commit of this epoch. Errors:
 * MLS_E_EPOCH_PAST, MLS_E_EPOCH_FUTURE, MLS_E_OWN_MESSAGE (our own, come back),
 * MLS_E_GENERATION_GONE (a replay, or too old), CRYPTO_E_OPEN, CRYPTO_E_SIGNATURE, the checks' own.
 */
BASE_MUST_USE base_err mls_group_receive(mls_group *g, base_bytes message, uint64_t now,
                                         mls_received *out);
void mls_received_clear(mls_received *r);

/* Look at a message without opening it: which group and epoch it names. Borrowed from message. */
typedef struct mls_peek {
    uint16_t wire_format;
    base_bytes group_id; /* empty for Welcome and KeyPackage */
    uint64_t epoch;
    uint8_t content_type; /* 1 application, 2 proposal, 3 commit; 0 when there is none */
} mls_peek;
BASE_MUST_USE base_err mls_message_peek(base_bytes message, mls_peek *out);

/* ---- application messages (section 15) ---- */

/* Encrypt. framing NULL: no authenticated data, no padding; is_public is refused. While proposals
 * are kept, a commit has to come first (section 12.4): MLS_E_COMMIT_FIRST. */
BASE_MUST_USE base_err mls_group_protect(mls_group *g, base_bytes plaintext,
                                         const mls_framing *framing, base_buf *message);

/* ---- pre-shared keys, reinitialisation, branches ---- */

/* Keep an external PSK under its id, or delete it. */
BASE_MUST_USE base_err mls_psk_put(mls_ctx *ctx, base_bytes psk_id, base_bytes psk);
BASE_MUST_USE base_err mls_psk_delete(mls_ctx *ctx, base_bytes psk_id);

/* A new group of members of this one, tied to it by a resumption PSK: usage branch (section 11.3),
 * or reinit (section 11.2) after a ReInit was committed, whose parameters it must then follow.
 * key_packages are MLSMessages; *out has its first commit merged already. */
typedef struct mls_successor_params {
    base_bytes group_id;
    const mls_member_params *member;
    mls_extension_list extensions;
    const base_bytes *key_packages;
    size_t n_key_packages;
    bool tree_beside;
} mls_successor_params;
BASE_MUST_USE base_err mls_group_branch(mls_group *g, const mls_successor_params *params,
                                        uint64_t now, base_buf *welcome, mls_group **out);
BASE_MUST_USE base_err mls_group_reinit(mls_group *g, const mls_successor_params *params,
                                        uint64_t now, base_buf *welcome, mls_group **out);

#ifdef __cplusplus
}
#endif

#endif
