/* One request and its answer. Fields have their names and types of the interface: bytes are
 * hexadecimal strings, an absent field is its type's zero, and a field that the request does not
 * have is refused. The first thing that goes wrong is latched; readers then yield zeros. */
#ifndef MLS_PEER_CALL_H
#define MLS_PEER_CALL_H

#include <jansson.h>

#include "base/arena.h"

#include "peer.h"

typedef struct call {
    peer *p;
    uint64_t now;
    const json_t *request;
    json_t *answer;
    base_arena arena; /* of decoded fields, until the answer is out */
    const char *code; /* of the first refusal by the peer itself; else NULL */
    char text[160];
} call;

/* Latch a refusal, with a code of the peer's own. Returns BASE_E_ARGUMENT, for `return`. */
base_err call_refuse(call *c, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* BASE_OK unless something was latched: to be asked after reading fields, before using them. */
BASE_MUST_USE base_err call_ok(const call *c);

/* ---- fields of the request, or of an object in it ---- */

base_bytes call_bytes(call *c, const json_t *object, const char *name);
base_bytes call_text(call *c, const json_t *object, const char *name);
uint64_t call_uint(call *c, const json_t *object, const char *name, uint64_t max);
bool call_bool(call *c, const json_t *object, const char *name);
mls_suite call_suite(call *c, const json_t *object, const char *name);

/* A list; NULL stands for an empty one. Its elements are of one kind. */
const json_t *call_list(call *c, const json_t *object, const char *name);

/* repeated bytes: *out in the arena. */
size_t call_bytes_list(call *c, const json_t *object, const char *name, base_bytes **out);

/* repeated Extension. */
mls_extension_list call_extensions(call *c, const json_t *object, const char *name);

/* The object has no field but those named, separated by blanks. */
void call_only(call *c, const json_t *object, const char *names);

/* The thing that a number in the request names; NULL, and latched, when there is none. */
peer_thing *call_thing(call *c, const char *name, peer_kind kind);

/* ---- fields of the answer; memory that runs out is latched ---- */

void answer_bytes(call *c, const char *name, base_bytes value);
void answer_uint(call *c, const char *name, uint64_t value);
void answer_text(call *c, const char *name, const char *value);

/* ---- requests: one file a chapter of the interface. They read fields, do, answer; what they did
 * is kept when they return BASE_OK and undone otherwise ---- */

typedef struct op {
    const char *name;
    const char *fields;
    base_err (*run)(call *c);
} op;

/* Tables that end with a NULL name. */
extern const op ops_group[];
extern const op ops_proposal[];
extern const op ops_commit[];
extern const op ops_successor[];
extern const op ops_external[];

#endif
