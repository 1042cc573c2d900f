/* A person who is to be added, as plans and mail carry it. */
#ifndef SOTTO_PLAN_H
#define SOTTO_PLAN_H

#include "base/alloc.h"
#include "mail.h"

typedef struct plan_person {
    sotto_hash id;
    sotto_reach reach;
    uint8_t hint[SOTTO_HINT_SIZE];
    base_bytes key_package; /* borrowed */
    base_bytes init_key;    /* borrowed */
} plan_person;

void plan_person_write(base_wr *w, const plan_person *p);
void plan_person_read(base_rd *r, plan_person *p);

#endif
