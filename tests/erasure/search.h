/* Looks for what recorder.h wrote down in the memory of this process: all private writable
 * mappings, the dead part of stacks included, read through the kernel. A piece of 8 bytes of a
 * secret, at an offset that 8 divides, is a trace; so is one in the forms that HMAC and SHA-2 give
 * to their inputs (under the two pads, and in the byte order of the machine), and as the limbs of a
 * big number. */
#ifndef ERASURE_SEARCH_H
#define ERASURE_SEARCH_H

#include "recorder.h"

typedef struct search_trace {
    size_t count;     /* 0: not a trace */
    uint64_t address; /* of the first */
    char where[48];   /* the mapping's name, and the form */
} search_trace;

/* Traces of every record so far, by its index; valid until the next search. */
const search_trace *search_memory(void);

/* Forget all, with recorder_reset(). */
void search_reset(void);

/* Bytes that the last search looked at. */
size_t search_bytes(void);

/* Whether some store value holds a trace in its plain form. */
bool search_bytes_for(base_bytes where, const recorder_secret *s);

#endif
