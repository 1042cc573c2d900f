/* What the subject does in a group, a step at a time: see subject.h. Each leaves what the next ones
 * of a walk build on in `me`. */
#ifndef ERASURE_STEPS_H
#define ERASURE_STEPS_H

#include "subject.h"

void step_merge_got(void);
void step_get_signature_key(void);
void step_create(void);
void step_commit_three_adds(void);
void step_merge_and_welcome(void);
void step_protect(void);
void step_unprotect(void);
void step_whisper(void);
void step_hear(void);
void step_seal_and_open_for_a_component(void);
void step_unprotect_out_of_order(void);
void step_unprotect_the_late_one(void);
void step_unprotect_the_last_one(void);
void step_refuse_a_replay_and_damage(void);
void step_export(void);
void step_clear_the_export(void);
void step_safe_export(void);
void step_safe_export_another(void);
void step_show_group_info(void);
void step_commit_and_throw_away(void);
void step_commit(void);
void step_encode_and_decode_the_staged_commit(void);
void step_merge(void);
void step_stage_a_peers_commit(void);
void step_throw_the_peers_commit_away(void);
void step_keep_a_peers_update(void);
void step_propose_an_update(void);
void step_propose_another_update(void);
void step_process_the_commit_of_our_update(void);
void step_remove_a_peer(void);
void step_a_peer_comes_back_from_outside(void);
void step_put_psk(void);
void step_commit_with_psks(void);
void step_delete_psk(void);
void step_load_again(void);
void step_branch(void);
void step_delete_successor(void);
void step_end_by_reinit(void);
void step_reinit(void);
void step_delete_group(void);
void step_make_key_package(void);
void step_make_last_resort(void);
void step_delete_key_package(void);
void step_delete_last_resort(void);
void step_seal_and_open_mail(void);
void step_peers_found_a_group(void);
void step_join_by_welcome(void);
void step_join_by_last_resort(void);
void step_add_a_peer(void);
void step_join_from_outside(void);
void step_ask_to_leave(void);
void step_be_removed(void);
void step_forget_signature_key(void);

#endif
