/* JSON-RPC 2.0 as docs/api.md has it: requests judged, begun in the order in which they came, and
 * answered at the end of the turn, or when the relay has answered. What a method does is in
 * rpc_<family>.c; this is what is the same for all. */
#ifndef APP_RPC_H
#define APP_RPC_H

#include <jansson.h>

#include "agent.h"
#include "fault.h"
#include "rpc_params.h"

#define RPC_REQUEST_MAX ((size_t)524288)
#define RPC_QUEUE_MAX ((size_t)8388608)
#define RPC_WAITING_MAX 64

typedef struct rpc_call rpc_call;

typedef struct rpc_method {
    const char *name;
    const param_rule *rules;
    size_t rules_n;
    /* Do it, or begin it (call->op). A fault ends the call. NULL: there is nothing to do. */
    fault (*begin)(rpc_call *call);
    /* Build the result once what changed was told. NULL: {}. */
    fault (*finish)(rpc_call *call, json_t **result);
    bool before_session; /* allowed on a page before session.open */
} rpc_method;

struct rpc_call {
    rpc_call *next;
    agent *agent;
    uint32_t peer;
    json_t *id;
    json_t *params;
    const rpc_method *method;
    fault fault;
    uint32_t op; /* of the core; 0: nothing is waited for */
    uint64_t give_up_at;
    /* What begin() leaves to finish(). */
    sotto_room_id room;
    sotto_person_id person;
    int64_t number;
    char text[64];
    /* What happens to the connection after the answer. */
    bool leave;
    unsigned leave_code;
    bool opens; /* events begin */
};

/* Every method; rpc_table.c. */
const rpc_method *rpc_method_find(const char *name);

/* One request of a client, a whole JSON text. */
void rpc_receive(peer *p, base_bytes text);

/* Answer with an error that belongs to no request, after the answers that are due, and leave. */
void rpc_refuse(peer *p, fault_kind kind);

/* A request that waited has ended (SOTTO_EVENT_DONE). */
void rpc_done(agent *a, const sotto_event *e);

/* The end of a turn: give up what waited too long, and answer. */
void rpc_flush(agent *a);
uint64_t rpc_wake_at(const agent *a);
void rpc_clear(agent *a);

/* ---- for the families ---- */

static inline fault fault_none(void)
{
    return (fault){FAULT_NONE, NULL, NULL};
}

static inline fault fault_is(fault_kind kind)
{
    return (fault){kind, NULL, NULL};
}

/* Of a result of the core; limits and relay errors get a sentence of their own. */
fault fault_from(base_err err);

/* What the parameters hold; they were checked. Absent: empty, or the given number. */
base_bytes call_text(const rpc_call *call, const char *name);
bool call_has(const rpc_call *call, const char *name);
int64_t call_int(const rpc_call *call, const char *name, int64_t absent);
bool call_bool(const rpc_call *call, const char *name);
/* An id that does not read names nothing: FAULT_NOT_FOUND. */
fault call_room(rpc_call *call, const char *name);
fault call_person(rpc_call *call, const char *name);
fault call_number(rpc_call *call, const char *name, char kind);

/* {key: value}; value is taken. */
fault result_one(base_err err, const char *key, json_t *value, json_t **result);

uint64_t call_now(void);

#endif
