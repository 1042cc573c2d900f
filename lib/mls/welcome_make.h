/* The Welcome for those whom a staged commit adds (RFC 9420, section 12.4.3.1). */
#ifndef MLS_WELCOME_MAKE_H
#define MLS_WELCOME_MAKE_H

#include "staged.h"
#include "update_path.h"

typedef struct mls_welcome_plan {
    const mls_staged *staged;
    const base_secret *joiner_secret;
    const base_secret *psk_secret;
    const mls_path_secrets *path; /* NULL: the commit has none */
    bool tree_beside;
} mls_welcome_plan;

/* One MLSMessage for all; *message is replaced, and empty when nobody joins. */
BASE_MUST_USE base_err mls_welcome_make(const mls_welcome_plan *plan, base_buf *message);

#endif
