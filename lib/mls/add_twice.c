/* See add_twice.h. */
#include "add_twice.h"

#include <stdlib.h>

#include "base/alloc.h"

typedef struct added {
    base_bytes key;
    size_t at; /* in the list */
} added;

/* By key, and of one key the first in front. */
static int compare(const void *a, const void *b)
{
    const added *x = (const added *)a;
    const added *y = (const added *)b;
    int order = base_bytes_cmp(x->key, y->key);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

base_err mls_add_twice(const mls_proposal_list *list, size_t *at)
{
    *at = list->n;
    if (list->n < 2) {
        return BASE_OK;
    }
    added *v = (added *)base_alloc_zero(list->alloc, list->n, sizeof *v);
    size_t n = 0;
    if (v == NULL) {
        return BASE_E_NOMEM;
    }
    for (size_t i = 0; i < list->n; i++) {
        const mls_proposal *p = list->v[i].proposal;
        if (p->type == MLS_PROPOSAL_ADD) {
            v[n++] = (added){p->key_package.leaf_node.signature_key, i};
        }
    }
    qsort(v, n, sizeof *v, compare);
    for (size_t i = 1; i < n; i++) {
        if (base_bytes_eq(v[i].key, v[i - 1].key) && v[i].at < *at) {
            *at = v[i].at;
        }
    }
    base_alloc_free(list->alloc, v);
    return BASE_OK;
}
