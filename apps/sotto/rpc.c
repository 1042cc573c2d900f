/* JSON-RPC; see the header. */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/clock_os.h"
#include "ids.h"
#include "log.h"

#define ID_MAX 64
#define WAIT_MS 40000 /* the core answers after 30 seconds; this is for when it forgot */

/* ---- calls ---- */

static void call_free(rpc_call *c)
{
    json_decref(c->id);
    json_decref(c->params);
    free(c);
}

static void to_answers(agent *a, rpc_call *c)
{
    c->next = NULL;
    *a->answers_end = c;
    a->answers_end = &c->next;
}

static void no_memory(peer *p)
{
    log_event("out-of-memory", "request");
    peer_leave(p, 1011);
}

/* ---- judging a request ---- */

static bool is_id(const json_t *id)
{
    return json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= ID_MAX &&
                                   memchr(json_string_value(id), 0, json_string_length(id) + 1) ==
                                       json_string_value(id) + json_string_length(id));
}

static bool is_request(const json_t *root)
{
    static const char *const names[] = {"jsonrpc", "id", "method", "params"};
    size_t known = 0;
    const json_t *version = json_object_get(root, "jsonrpc");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        known += json_object_get(root, names[i]) != NULL ? 1 : 0;
    }
    return json_is_object(root) && json_object_size(root) == known && json_is_string(version) &&
           strcmp(json_string_value(version), "2.0") == 0 && is_id(json_object_get(root, "id")) &&
           json_is_string(json_object_get(root, "method"));
}

static fault judge(peer *p, rpc_call *c, const json_t *root)
{
    fault f = fault_none();
    if (!is_request(root)) {
        return fault_is(FAULT_INVALID_REQUEST);
    }
    c->method = rpc_method_find(json_string_value(json_object_get(root, "method")));
    if (p->is_page && !p->is_open && (c->method == NULL || !c->method->before_session)) {
        return fault_is(FAULT_SESSION_NEEDED);
    }
    if (c->method == NULL) {
        return fault_is(FAULT_METHOD_NOT_FOUND);
    }
    params_check(c->params, c->method->rules, c->method->rules_n, &f);
    return f;
}

/* Begin it: it is answered at the end of the turn, or waits for the core. */
static void begin(peer *p, rpc_call *c)
{
    agent *a = p->agent;
    if (c->fault.kind == FAULT_NONE && c->method->begin != NULL) {
        c->fault = c->method->begin(c);
    }
    if (c->fault.kind == FAULT_NONE && c->op != 0) {
        c->give_up_at = call_now() + WAIT_MS;
        c->next = a->waiting;
        a->waiting = c;
        p->waiting++;
        return;
    }
    to_answers(a, c);
}

void rpc_receive(peer *p, base_bytes text)
{
    if (p->is_leaving || p->is_deaf) {
        return;
    }
    json_t *root =
        json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (root == NULL || (!json_is_object(root) && !json_is_array(root))) {
        json_decref(root);
        rpc_refuse(p, FAULT_PARSE_ERROR);
        return;
    }
    rpc_call *c = calloc(1, sizeof *c);
    if (c == NULL) {
        json_decref(root);
        no_memory(p);
        return;
    }
    c->agent = p->agent;
    c->peer = p->number;
    json_t *id = json_object_get(root, "id");
    c->id = is_id(id) ? json_incref(id) : json_null();
    c->params = json_incref(json_object_get(root, "params"));
    c->fault = judge(p, c, root);
    if (c->fault.kind == FAULT_NONE && p->waiting >= RPC_WAITING_MAX) {
        c->fault = fault_is(FAULT_BUSY);
    }
    json_decref(root);
    begin(p, c);
}

/* ---- answering ---- */

static void answer(agent *a, const rpc_call *c, json_t *result, const fault *f)
{
    peer *p = peer_find(a, c->peer);
    json_t *o = json_pack("{s:s, s:O}", "jsonrpc", "2.0", "id", c->id);
    bool bad = f->kind != FAULT_NONE;
    int put = json_object_set_new(o, bad ? "error" : "result", bad ? fault_json(f) : result);
    char *text = put == 0 && p != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (p == NULL) {
        return;
    }
    if (text == NULL) {
        no_memory(p);
        return;
    }
    if (c->opens && !bad) {
        p->is_open = true;
        p->open_by = 0;
    }
    p->transport->send(p, base_bytes_str(text));
    free(text);
    if (c->leave) {
        peer_leave(p, c->leave_code);
    }
}

static void finish(agent *a, rpc_call *c)
{
    json_t *result = NULL;
    if (c->fault.kind == FAULT_NONE && c->method->finish != NULL) {
        c->fault = c->method->finish(c, &result);
    } else if (c->fault.kind == FAULT_NONE) {
        result = json_object();
    }
    answer(a, c, result, &c->fault);
}

void rpc_refuse(peer *p, fault_kind kind)
{
    rpc_call *c = calloc(1, sizeof *c);
    p->is_deaf = true;
    if (c == NULL) {
        no_memory(p);
        return;
    }
    c->agent = p->agent;
    c->peer = p->number;
    c->id = json_null();
    c->fault = fault_is(kind);
    c->leave = true;
    c->leave_code = 1000;
    to_answers(p->agent, c);
}

static void stop_waiting(agent *a, rpc_call **at)
{
    rpc_call *c = *at;
    peer *p = peer_find(a, c->peer);
    *at = c->next;
    if (p != NULL) {
        p->waiting--;
    }
    to_answers(a, c);
}

void rpc_done(agent *a, const sotto_event *e)
{
    for (rpc_call **at = &a->waiting; *at != NULL; at = &(*at)->next) {
        rpc_call *c = *at;
        if (c->op == e->op) {
            c->op = 0;
            c->room = e->room;
            c->person = e->person;
            c->fault = fault_from(e->result);
            stop_waiting(a, at);
            return;
        }
    }
}

static void give_up(agent *a)
{
    uint64_t now = call_now();
    rpc_call **at = &a->waiting;
    while (*at != NULL) {
        if (now >= (*at)->give_up_at) {
            (*at)->fault = fault_is(FAULT_RELAY_UNREACHABLE);
            stop_waiting(a, at);
        } else {
            at = &(*at)->next;
        }
    }
}

void rpc_flush(agent *a)
{
    give_up(a);
    while (a->answers != NULL) {
        rpc_call *c = a->answers;
        a->answers = c->next;
        if (a->answers == NULL) {
            a->answers_end = &a->answers;
        }
        finish(a, c);
        call_free(c);
    }
}

uint64_t rpc_wake_at(const agent *a)
{
    uint64_t at = UINT64_MAX;
    for (const rpc_call *c = a->waiting; c != NULL; c = c->next) {
        at = agent_soonest(at, c->give_up_at);
    }
    return at;
}

void rpc_clear(agent *a)
{
    rpc_call **lists[] = {&a->answers, &a->waiting};
    for (size_t i = 0; i < 2; i++) {
        while (*lists[i] != NULL) {
            rpc_call *c = *lists[i];
            *lists[i] = c->next;
            call_free(c);
        }
    }
    a->answers_end = &a->answers;
}

/* ---- for the families ---- */

fault fault_from(base_err err)
{
    fault f = fault_is(fault_of(err));
    if (f.kind == FAULT_INTERNAL) {
        log_result("request", err);
    }
    if (err == SOTTO_E_IDENTITY) {
        f.message = "The keys that came are not those that the link promised. The relay may be "
                    "deceiving you.";
    }
    return f;
}

base_bytes call_text(const rpc_call *call, const char *name)
{
    const json_t *value = json_object_get(call->params, name);
    return base_bytes_of(json_string_value(value), json_string_length(value));
}

bool call_has(const rpc_call *call, const char *name)
{
    return json_object_get(call->params, name) != NULL;
}

int64_t call_int(const rpc_call *call, const char *name, int64_t absent)
{
    const json_t *value = json_object_get(call->params, name);
    return value == NULL ? absent : json_integer_value(value);
}

bool call_bool(const rpc_call *call, const char *name)
{
    return json_is_true(json_object_get(call->params, name));
}

static const char *call_string(const rpc_call *call, const char *name)
{
    return json_string_value(json_object_get(call->params, name));
}

fault call_room(rpc_call *call, const char *name)
{
    return fault_is(id_to_room(call_string(call, name), &call->room) ? FAULT_NONE
                                                                     : FAULT_NOT_FOUND);
}

fault call_person(rpc_call *call, const char *name)
{
    return fault_is(id_to_person(call_string(call, name), &call->person) ? FAULT_NONE
                                                                         : FAULT_NOT_FOUND);
}

fault call_number(rpc_call *call, const char *name, char kind)
{
    return fault_is(id_to_number(kind, call_string(call, name), &call->number) ? FAULT_NONE
                                                                               : FAULT_NOT_FOUND);
}

fault result_one(base_err err, const char *key, json_t *value, json_t **result)
{
    if (err != BASE_OK) {
        return fault_from(err);
    }
    *result = json_pack("{s:o}", key, value);
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

uint64_t call_now(void)
{
    return clock_os_unix_ms();
}
