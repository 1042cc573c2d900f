/* Message status reports (draft-mahy-mimi-message-status): what became of messages at whoever sends
 * the report. A list of pairs; a message that no pair names is not spoken of. */
#ifndef MIMI_STATUS_H
#define MIMI_STATUS_H

#include "base/arena.h"

#include "id.h"

#define MIMI_STATUS_TYPE "application/mimi-message-status"
#define MIMI_STATUS_PAIRS_MAX 1024 /* MIMI_E_LIMIT */

/* Values up to 255 that are not listed are decoded, and mean nothing here. */
typedef enum mimi_status {
    MIMI_STATUS_UNREAD = 0,
    MIMI_STATUS_DELIVERED = 1,
    MIMI_STATUS_READ = 2,
    MIMI_STATUS_EXPIRED = 3,
    MIMI_STATUS_DELETED = 4,
    MIMI_STATUS_HIDDEN = 5,
    MIMI_STATUS_ERROR = 6
} mimi_status;

typedef struct mimi_status_pair {
    mimi_id id;
    uint8_t status;
} mimi_status_pair;

typedef struct mimi_report {
    const mimi_status_pair *pairs;
    size_t n;
} mimi_report;

/* The whole of `in`; the pairs live in the arena. Errors: as mimi_content_decode(). */
BASE_MUST_USE base_err mimi_report_decode(base_bytes in, base_arena *a, mimi_report *out);

/* *out is replaced. */
BASE_MUST_USE base_err mimi_report_encode(const mimi_report *r, base_buf *out);

#endif
