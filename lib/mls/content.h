/* Framed content and its authentication (RFC 9420, sections 6, 6.1 and 8.2): what is said, who says
 * it, and the signature over both. How it is protected on its way is public_msg's and
 * private_msg's; whose key a sender signs with is the group's to know. */
#ifndef MLS_CONTENT_H
#define MLS_CONTENT_H

#include "crypto/suite.h"

#include "proposal.h"
#include "update_path.h"

/* Most entries of one vector that a decoder accepts (BASE_E_LIMIT), whatever a context allows. */
#define MLS_VECTOR_MAX 65536

/* Section 17.2. */
typedef enum mls_wire_format {
    MLS_WIRE_PUBLIC_MESSAGE = 1,
    MLS_WIRE_PRIVATE_MESSAGE = 2,
    MLS_WIRE_WELCOME = 3,
    MLS_WIRE_GROUP_INFO = 4,
    MLS_WIRE_KEY_PACKAGE = 5,
    MLS_WIRE_TARGETED_MESSAGE = 6 /* draft-ietf-mls-targeted-messages */
} mls_wire_format;

typedef enum mls_content_type {
    MLS_CONTENT_APPLICATION = 1,
    MLS_CONTENT_PROPOSAL = 2,
    MLS_CONTENT_COMMIT = 3
} mls_content_type;

/* index is leaf_index for a member, sender_index for an external sender, else 0. */
typedef struct mls_sender {
    mls_sender_type type;
    uint32_t index;
} mls_sender;

/* Section 12.4. has_path tells whether path counts. */
typedef struct mls_commit {
    const mls_proposal_or_ref *proposals;
    size_t n_proposals;
    bool has_path;
    mls_update_path path;
} mls_commit;

void mls_commit_read(base_rd *r, base_arena *a, mls_commit *out);
void mls_commit_write(base_wr *w, const mls_commit *c);

/* FramedContent. body is what is signed and sent: the application data itself, or the encoding of
 * the Proposal or Commit; proposal and commit are its decoded form, set by decoding and ignored by
 * encoding. Who makes content encodes a Proposal or Commit first and points body to it. */
typedef struct mls_framed_content {
    base_bytes group_id;
    uint64_t epoch;
    mls_sender sender;
    base_bytes authenticated_data;
    mls_content_type type;
    base_bytes body;
    const mls_proposal *proposal; /* PROPOSAL, decoded */
    const mls_commit *commit;     /* COMMIT, decoded */
} mls_framed_content;

/* AuthenticatedContent: content with FramedContentAuthData. wire_format is PUBLIC_MESSAGE or
 * PRIVATE_MESSAGE; confirmation_tag is a Commit's, else empty. */
typedef struct mls_auth_content {
    mls_wire_format wire_format;
    mls_framed_content content;
    base_bytes signature;
    base_bytes confirmation_tag;
} mls_auth_content;

void mls_framed_content_read(base_rd *r, base_arena *a, mls_framed_content *out);
void mls_framed_content_write(base_wr *w, const mls_framed_content *c);

/* The part of FramedContent that content_type selects, and FramedContentAuthData. type and
 * content.type say which form; decoding fills body, proposal and commit, or signature and tag. */
void mls_content_body_read(base_rd *r, base_arena *a, mls_framed_content *out);
void mls_content_body_write(base_wr *w, const mls_framed_content *c);
void mls_content_auth_read(base_rd *r, mls_auth_content *out);
void mls_content_auth_write(base_wr *w, const mls_auth_content *c);

/* AuthenticatedContent, whole. Decoding refuses trailing bytes. */
BASE_MUST_USE base_err mls_auth_content_decode(base_bytes in, base_arena *a, mls_auth_content *out);
void mls_auth_content_write(base_wr *w, const mls_auth_content *c);

/* FramedContentTBS. group_context is the encoded GroupContext of the epoch, which covers content of
 * members and of new_member_commit; for the other senders it is left out. */
void mls_content_tbs_write(base_wr *w, const mls_auth_content *c, base_bytes group_context);

/* Sign: *signature is replaced. Fill wire_format and content first; point c->signature to it after.
 * private_key is of the suite's signature scheme, in either form of crypto.h. */
BASE_MUST_USE base_err mls_content_sign(const crypto_suite *s, base_bytes private_key,
                                        const mls_auth_content *c, base_bytes group_context,
                                        base_buf *signature);

/* Verify the signature. CRYPTO_E_SIGNATURE, CRYPTO_E_KEY. */
BASE_MUST_USE base_err mls_content_verify(const crypto_suite *s, base_bytes public_key,
                                          const mls_auth_content *c, base_bytes group_context);

/* What each sender may send (sections 6, 6.1 and 12.1.8), judged by the message alone: application
 * data from members by PrivateMessage (MLS_E_UNENCRYPTED); external senders only proposals of the
 * types open to them; new_member_proposal only an Add, new_member_commit only a Commit with a
 * path; neither of the three as PrivateMessage (MLS_E_SENDER, MLS_E_PATH_MISSING); a SelfRemove as
 * PublicMessage alone (MLS_E_WIRE_FORMAT). Decoded content only. */
BASE_MUST_USE base_err mls_content_check_sender(const mls_auth_content *c);

/* The key that content of a joiner is signed with: that of its KeyPackage's leaf
 * (new_member_proposal) or of the path's leaf (new_member_commit). MLS_E_SENDER for all other
 * content. */
BASE_MUST_USE base_err mls_content_joiner_key(const mls_auth_content *c, base_bytes *key);

/* ProposalRef (section 5.2): of the AuthenticatedContent that carries the proposal. */
BASE_MUST_USE base_err mls_content_proposal_ref(const crypto_suite *s, const mls_auth_content *c,
                                                crypto_digest *out);

/* ConfirmedTranscriptHashInput of a signed Commit (section 8.2). *out is replaced. */
BASE_MUST_USE base_err mls_content_confirmed_input(const mls_auth_content *c, base_buf *out);

#endif
