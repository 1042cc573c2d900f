/* See steps.h. */
#include "steps.h"

#include "base/ct.h"

#define NOW PEERS_NOW
#define GROUP (base_bytes_str("the group"))

static const base_bytes none = {NULL, 0};

/* ---- parts of steps ---- */

static void from_peer(peers_op op, size_t who, base_bytes in)
{
    SURE(peers_do(op, who, in, &me.message, NULL));
}

/* Peers receive what is in me.message. */
static void to_peers(size_t from, size_t n)
{
    for (size_t i = from; i < n; i++) {
        SURE(peers_do(PEERS_RECEIVE, i, base_buf_bytes(&me.message), NULL, NULL));
    }
}

static void merge_made(void)
{
    base_buf_move(&me.message, &me.made.commit);
    OK(mls_group_merge(me.group[0], me.made.staged));
    me.made.staged = NULL;
    mls_commit_out_clear(&me.made);
}

static void receive(void)
{
    OK(mls_group_receive(me.group[0], base_buf_bytes(&me.message), NOW, &me.got));
}

void step_merge_got(void)
{
    SURE(me.got.kind == MLS_RECEIVED_COMMIT);
    OK(mls_group_merge(me.group[0], me.got.staged));
    me.got.staged = NULL;
    mls_received_clear(&me.got);
}

static void clear_got(void)
{
    mls_received_clear(&me.got);
    me.got = (mls_received){0};
}

static void commit_with(const mls_proposal_params *proposals, size_t n)
{
    const mls_commit_params params = {.proposals = proposals, .n_proposals = n};
    OK(mls_group_commit(me.group[0], &params, NOW, &me.made));
}

/* ---- beginning ---- */

void step_get_signature_key(void)
{
    OK(mls_signature_key_new(me.ctx, me.suite, &me.signature_private, &me.signature_public));
}

void step_create(void)
{
    const mls_member_params member = subject_member();
    OK(mls_group_create(me.ctx, GROUP, &member, (mls_extension_list){0}, NOW, &me.group[0]));
}

void step_commit_three_adds(void)
{
    base_buf packages[PEERS] = {0};
    mls_proposal_params adds[PEERS];
    for (size_t i = 0; i < PEERS; i++) {
        SURE(peers_do(PEERS_KEY_PACKAGE, i, none, &packages[i], NULL));
        adds[i] = (mls_proposal_params){.type = MLS_PROPOSAL_ADD,
                                        .key_package = base_buf_bytes(&packages[i])};
    }
    commit_with(adds, PEERS);
    for (size_t i = 0; i < PEERS; i++) {
        base_buf_clear(&packages[i]);
    }
}

void step_merge_and_welcome(void)
{
    for (size_t i = 0; i < PEERS; i++) {
        SURE(peers_do(PEERS_JOIN, i, base_buf_bytes(&me.made.welcome), NULL, NULL));
    }
    merge_made();
}

/* ---- messages ---- */

void step_protect(void)
{
    OK(mls_group_protect(me.group[0], base_bytes_str("hello"), NULL, &me.message));
    to_peers(0, 2);
}

void step_unprotect(void)
{
    from_peer(PEERS_SAY, 0, none);
    receive();
    clear_got();
}

void step_whisper(void)
{
    OK(mls_group_targeted_seal(me.group[0], (mls_leaf_index){1}, base_bytes_str("psst"), NULL,
                               &me.message));
    SURE(peers_do(PEERS_HEAR, 0, base_buf_bytes(&me.message), NULL, NULL));
}

void step_hear(void)
{
    mls_targeted t = {0};
    from_peer(PEERS_WHISPER, 0, none);
    OK(mls_group_targeted_open(me.group[0], base_buf_bytes(&me.message), &t));
    mls_targeted_clear(&t);
}

/* To ourselves: any leaf will do. */
void step_seal_and_open_for_a_component(void)
{
    base_buf enc = {0};
    const mls_component_label label = {.component = 0x8001, .label = base_bytes_str("label")};
    OK(mls_group_component_seal(me.group[0], mls_group_own_leaf(me.group[0]), &label,
                                base_bytes_str("hello"), &enc, &me.message));
    OK(mls_group_component_open(me.group[0], &label, base_buf_bytes(&enc),
                                base_buf_bytes(&me.message), &me.secret));
    base_buf_clear(&enc);
    base_buf_clear(&me.secret);
}

static base_buf late[3];

/* The second of three messages is the first to come. */
void step_unprotect_out_of_order(void)
{
    for (size_t i = 0; i < 3; i++) {
        SURE(peers_do(PEERS_SAY, 1, none, &late[i], NULL));
    }
    base_buf_move(&me.message, &late[1]);
    receive();
    clear_got();
}

void step_unprotect_the_late_one(void)
{
    base_buf_move(&me.message, &late[0]);
    receive();
    clear_got();
}

void step_unprotect_the_last_one(void)
{
    base_buf_move(&me.message, &late[2]);
    receive();
    clear_got();
}

void step_refuse_a_replay_and_damage(void)
{
    mls_received r = {0};
    SURE(mls_group_receive(me.group[0], base_buf_bytes(&me.message), NOW, &r) ==
         MLS_E_GENERATION_GONE);
    from_peer(PEERS_SAY, 1, none);
    me.message.p[me.message.n - 1] ^= 1;
    SURE(mls_group_receive(me.group[0], base_buf_bytes(&me.message), NOW, &r) == CRYPTO_E_OPEN);
}

/* ---- exports ---- */

void step_export(void)
{
    OK(mls_group_export(me.group[0], base_bytes_str("label"), none, 32, &me.secret));
}

void step_clear_the_export(void)
{
    base_buf_clear(&me.secret);
    me.caller_gone = true;
}

void step_safe_export(void)
{
    me.caller_gone = false;
    OK(mls_group_safe_export(me.group[0], 0x8001, &me.secret));
    recorder_note(base_buf_bytes(&me.secret), "safe export");
}

void step_safe_export_another(void)
{
    base_buf_clear(&me.secret);
    OK(mls_group_safe_export(me.group[0], 0x8002, &me.secret));
    recorder_note(base_buf_bytes(&me.secret), "safe export");
}

void step_show_group_info(void)
{
    OK(mls_group_info(me.group[0], true, true, &me.message));
}

/* ---- commits ---- */

void step_commit_and_throw_away(void)
{
    OK(mls_group_commit(me.group[0], NULL, NOW, &me.made));
    mls_commit_out_clear(&me.made);
}

void step_commit(void)
{
    OK(mls_group_commit(me.group[0], NULL, NOW, &me.made));
}

void step_encode_and_decode_the_staged_commit(void)
{
    OK(mls_staged_encode(me.made.staged, &me.code));
    mls_staged_free(me.made.staged);
    me.made.staged = NULL;
    OK(mls_staged_decode(me.group[0], base_buf_bytes(&me.code), &me.made.staged));
    base_buf_clear(&me.code);
}

void step_merge(void)
{
    merge_made();
    to_peers(0, 2);
}

void step_stage_a_peers_commit(void)
{
    SURE(peers_do(PEERS_COMMIT, 0, none, &me.message, NULL));
    SURE(peers_do(PEERS_RECEIVE, 1, base_buf_bytes(&me.message), NULL, NULL));
    receive();
}

void step_throw_the_peers_commit_away(void)
{
    mls_received_clear(&me.got);
    me.got = (mls_received){0};
}

static void process_a_peers_commit(void)
{
    SURE(peers_do(PEERS_COMMIT, 0, none, &me.message, NULL));
    SURE(peers_do(PEERS_RECEIVE, 1, base_buf_bytes(&me.message), NULL, NULL));
    receive();
    step_merge_got();
}

void step_keep_a_peers_update(void)
{
    SURE(peers_do(PEERS_PROPOSE_UPDATE, 1, none, &me.message, NULL));
    SURE(peers_do(PEERS_RECEIVE, 0, base_buf_bytes(&me.message), NULL, NULL));
    receive();
    clear_got();
}

void step_propose_an_update(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_framing framing = {.is_public = true};
    OK(mls_group_propose(me.group[0], &update, &framing, NOW, &me.notes[0]));
    OK(base_buf_set(&me.message, base_buf_bytes(&me.notes[0])));
    to_peers(0, 2);
}

void step_propose_another_update(void)
{
    const mls_proposal_params update = {.type = MLS_PROPOSAL_UPDATE};
    const mls_framing framing = {.is_public = true};
    OK(mls_group_propose(me.group[0], &update, &framing, NOW, &me.message));
    OK(mls_group_forget_proposals(me.group[0]));
}

/* The peer's commit takes our new leaf in. */
void step_process_the_commit_of_our_update(void)
{
    process_a_peers_commit();
    base_buf_clear(&me.notes[0]);
}

void step_remove_a_peer(void)
{
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE, .removed = {3}};
    commit_with(&out, 1);
    merge_made();
    to_peers(0, 2);
}

void step_a_peer_comes_back_from_outside(void)
{
    base_buf info = {0};
    SURE(peers_do(PEERS_FORGET, 2, none, NULL, NULL));
    OK(mls_group_info(me.group[0], true, true, &info));
    SURE(peers_do(PEERS_JOIN_EXTERNAL, 2, base_buf_bytes(&info), &me.message, NULL));
    base_buf_clear(&info);
    to_peers(0, 2);
    receive();
    step_merge_got();
}

/* ---- PSKs ---- */

void step_put_psk(void)
{
    uint8_t id[8];
    uint8_t psk[32];
    static const uint8_t seed = 9;
    peers_psk(seed, id, psk);
    recorder_note(base_bytes_of(psk, sizeof psk), "psk");
    me.caller_gone = false;
    OK(mls_psk_put(me.ctx, base_bytes_of(id, sizeof id), base_bytes_of(psk, sizeof psk)));
    base_wipe(psk, sizeof psk);
    SURE(peers_do(PEERS_PSK, 0, base_bytes_of(&seed, 1), NULL, NULL));
    SURE(peers_do(PEERS_PSK, 1, base_bytes_of(&seed, 1), NULL, NULL));
    SURE(peers_do(PEERS_PSK, 2, base_bytes_of(&seed, 1), NULL, NULL));
}

void step_commit_with_psks(void)
{
    static const uint8_t id[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    const mls_proposal_params psks[] = {
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_EXTERNAL, .psk_id = base_bytes_of(id, sizeof id)}},
        {.type = MLS_PROPOSAL_PSK,
         .psk = {.type = MLS_PSK_RESUMPTION,
                 .usage = MLS_PSK_APPLICATION,
                 .psk_group_id = GROUP,
                 .psk_epoch = mls_group_epoch(me.group[0])}}};
    commit_with(psks, 2);
    merge_made();
    to_peers(0, 3);
}

void step_delete_psk(void)
{
    static const uint8_t id[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    OK(mls_psk_delete(me.ctx, base_bytes_of(id, sizeof id)));
    me.caller_gone = true;
}

/* ---- the store ---- */

void step_load_again(void)
{
    mls_group_free(me.group[0]);
    me.group[0] = NULL;
    OK(mls_group_load(me.ctx, GROUP, &me.group[0]));
}

/* ---- successors ---- */

void step_branch(void)
{
    base_buf package = {0};
    SURE(peers_do(PEERS_KEY_PACKAGE, 0, none, &package, NULL));
    const base_bytes packages[] = {base_buf_bytes(&package)};
    const mls_member_params member = subject_member();
    const mls_successor_params params = {.group_id = base_bytes_str("branch"),
                                         .member = &member,
                                         .key_packages = packages,
                                         .n_key_packages = 1};
    OK(mls_group_branch(me.group[0], &params, NOW, &me.message, &me.group[1]));
    base_buf_clear(&package);
}

void step_delete_successor(void)
{
    OK(mls_group_delete(me.group[1]));
    mls_group_free(me.group[1]);
    me.group[1] = NULL;
}

void step_end_by_reinit(void)
{
    const mls_proposal_params reinit = {
        .type = MLS_PROPOSAL_REINIT,
        .reinit = {.group_id = base_bytes_str("again"), .version = 1, .suite = me.suite}};
    commit_with(&reinit, 1);
    merge_made();
}

void step_reinit(void)
{
    base_buf packages[PEERS] = {0};
    base_bytes views[PEERS];
    for (size_t i = 0; i < PEERS; i++) {
        SURE(peers_do(PEERS_KEY_PACKAGE, i, none, &packages[i], NULL));
        views[i] = base_buf_bytes(&packages[i]);
    }
    const mls_member_params member = subject_member();
    const mls_successor_params params = {
        .member = &member, .key_packages = views, .n_key_packages = PEERS};
    OK(mls_group_reinit(me.group[0], &params, NOW, &me.message, &me.group[1]));
    for (size_t i = 0; i < PEERS; i++) {
        base_buf_clear(&packages[i]);
    }
}

void step_delete_group(void)
{
    OK(mls_group_delete(me.group[0]));
    mls_group_free(me.group[0]);
    me.group[0] = NULL;
}

/* ---- key packages, joining, leaving ---- */

void step_make_key_package(void)
{
    const mls_key_package_params params = {
        .member = subject_member(), .not_before = NOW - 1000, .not_after = NOW + 1000};
    OK(mls_key_package_new(me.ctx, &params, &me.notes[0], &me.ref));
}

void step_make_last_resort(void)
{
    const mls_key_package_params params = {.member = subject_member(),
                                           .not_before = NOW - 1000,
                                           .not_after = NOW + 1000,
                                           .last_resort = true};
    OK(mls_key_package_new(me.ctx, &params, &me.notes[1], &me.ref));
}

void step_delete_key_package(void)
{
    OK(mls_key_package_delete(me.ctx, base_buf_bytes(&me.ref)));
    base_buf_clear(&me.notes[0]);
}

void step_delete_last_resort(void)
{
    OK(mls_key_package_delete(me.ctx, base_buf_bytes(&me.ref)));
    base_buf_clear(&me.notes[1]);
}

void step_seal_and_open_mail(void)
{
    base_buf kem_output = {0};
    OK(mls_key_package_seal(me.ctx, base_buf_bytes(&me.notes[1]), base_bytes_str("mail"), none,
                            base_bytes_str("hello"), &kem_output, &me.message));
    OK(mls_key_package_open(me.ctx, base_buf_bytes(&me.ref), base_bytes_str("mail"), none,
                            base_buf_bytes(&kem_output), base_buf_bytes(&me.message), &me.secret));
    base_buf_clear(&kem_output);
    base_buf_clear(&me.secret);
}

void step_peers_found_a_group(void)
{
    for (size_t i = 0; i < PEERS; i++) {
        SURE(peers_do(PEERS_FORGET, i, none, NULL, NULL));
    }
    SURE(peers_do(PEERS_FOUND, 0, none, NULL, NULL));
}

/* By the KeyPackage in a note. */
static void join_by(size_t note)
{
    base_buf welcome = {0};
    SURE(peers_do(PEERS_COMMIT, 0, base_buf_bytes(&me.notes[note]), &me.message, &welcome));
    OK(mls_group_join(me.ctx, base_buf_bytes(&welcome), none, NOW, &me.group[0]));
    base_buf_clear(&welcome);
}

void step_join_by_welcome(void)
{
    join_by(0);
    base_buf_clear(&me.notes[0]);
}

void step_join_by_last_resort(void)
{
    join_by(1);
}

void step_add_a_peer(void)
{
    base_buf package = {0};
    SURE(peers_do(PEERS_KEY_PACKAGE, 1, none, &package, NULL));
    const mls_proposal_params add = {.type = MLS_PROPOSAL_ADD,
                                     .key_package = base_buf_bytes(&package)};
    commit_with(&add, 1);
    base_buf_clear(&package);
    SURE(peers_do(PEERS_JOIN, 1, base_buf_bytes(&me.made.welcome), NULL, NULL));
    merge_made();
    to_peers(0, 1);
}

void step_join_from_outside(void)
{
    const mls_external_params params = {.member = subject_member()};
    base_buf info = {0};
    SURE(peers_do(PEERS_GROUP_INFO, 0, none, &info, NULL));
    OK(mls_group_join_external(me.ctx, base_buf_bytes(&info), none, &params, NOW, &me.message,
                               &me.group[0]));
    base_buf_clear(&info);
    to_peers(0, 1);
}

void step_ask_to_leave(void)
{
    const mls_proposal_params out = {.type = MLS_PROPOSAL_REMOVE,
                                     .removed = mls_group_own_leaf(me.group[0])};
    OK(mls_group_propose(me.group[0], &out, NULL, NOW, &me.message));
    to_peers(0, 1);
}

void step_be_removed(void)
{
    SURE(peers_do(PEERS_COMMIT, 0, none, &me.message, NULL));
    receive();
    step_merge_got();
    SURE(mls_group_state_of(me.group[0]) == MLS_GROUP_REMOVED);
}

void step_forget_signature_key(void)
{
    base_buf_clear(&me.signature_private);
    mls_ctx_free(me.ctx);
    me.ctx = NULL;
    me.all_gone = true;
}
