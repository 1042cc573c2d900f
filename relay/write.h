/* Between write.c and upload.c: judging a commit, and storing one whose bytes are all there. */
#ifndef RELAY_WRITE_H
#define RELAY_WRITE_H

#include "core.h"

/* Whether this channel may write to its log in this epoch: *out is WIRE_OK, and *log and *c are
 * set, or a refusal. */
BASE_MUST_USE base_err relay_writer(relay_session *s, uint32_t number, uint64_t epoch,
                                    relay_log *log, relay_channel **c, wire_status *out);

/* Everything but the body. */
BASE_MUST_USE base_err relay_commit_judge(relay_session *s, const wire_commit *want, relay_log *log,
                                          relay_channel **c, wire_status *out);

/* data is entry || side; judged before, in this batch. */
BASE_MUST_USE base_err relay_commit_store(relay_session *s, uint32_t request,
                                          const wire_commit *want, relay_log *log, relay_channel *c,
                                          base_bytes data);

/* Promise memory for a judged commit and give credit, or BUSY. message: the frame, copied. */
BASE_MUST_USE base_err relay_upload_begin(relay_session *s, const wire_frame *f,
                                          base_bytes message);

#endif
