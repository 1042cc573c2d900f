/* account.*, directory.*, relay.* and alarm.*: my own things. */
#include "json.h"
#include "rpc_families.h"

static fault me_finish(rpc_call *call, json_t **result)
{
    sotto_me me;
    json_t *value = NULL;
    base_err err = sotto_get_me(call->agent->core, &me);
    if (err == BASE_OK) {
        err = json_me(&me, &value);
    }
    return result_one(err, "me", value, result);
}

static fault connection_finish(rpc_call *call, json_t **result)
{
    sotto_me me;
    json_t *value = NULL;
    base_err err = sotto_get_me(call->agent->core, &me);
    if (err == BASE_OK) {
        err = json_connection(&me, &value);
    }
    return result_one(err, "connection", value, result);
}

static fault status_finish(rpc_call *call, json_t **result)
{
    sotto_me me;
    json_t *value = NULL;
    base_err err = sotto_get_me(call->agent->core, &me);
    if (err == BASE_OK) {
        err = json_connection(&me, &value);
    }
    if (err != BASE_OK) {
        return fault_from(err);
    }
    *result = json_pack("{s:s, s:o, s:I, s:I, s:I}", "agent", AGENT_VERSION, "connection", value,
                        "unread", (json_int_t)me.unread, "requests", (json_int_t)me.requests,
                        "alarms", (json_int_t)me.alarms);
    return fault_is(*result != NULL ? FAULT_NONE : FAULT_INTERNAL);
}

static fault set_name_begin(rpc_call *call)
{
    return fault_from(sotto_set_name(call->agent->core, call_text(call, "name"), call_now()));
}

static fault claim_begin(rpc_call *call)
{
    return fault_from(
        sotto_claim_handle(call->agent->core, call_text(call, "handle"), call_now(), &call->op));
}

static fault retry_begin(rpc_call *call)
{
    return fault_from(sotto_retry(call->agent->core, call_now()));
}

/* ---- alarms ---- */

typedef struct alarm_array {
    json_t *array;
    base_err err;
} alarm_array;

static bool add_alarm(void *user, const sotto_alarm *alarm)
{
    alarm_array *a = user;
    json_t *value = NULL;
    a->err = json_alarm(alarm, &value);
    if (a->err == BASE_OK && json_array_append_new(a->array, value) != 0) {
        a->err = BASE_E_NOMEM;
    }
    return a->err == BASE_OK;
}

static fault alarms_finish(rpc_call *call, json_t **result)
{
    alarm_array a = {json_array(), BASE_OK};
    base_err err = sotto_list_alarms(call->agent->core, API_LIST_MAX, add_alarm, &a);
    err = err != BASE_OK ? err : a.err;
    if (err != BASE_OK) {
        json_decref(a.array);
    }
    return result_one(err, "alarms", a.array, result);
}

static fault act_begin(rpc_call *call)
{
    fault f = call_number(call, "alarm", 'a');
    if (f.kind != FAULT_NONE) {
        return f;
    }
    return fault_from(sotto_alarm_act(call->agent->core, call->number, call_now()));
}

static const param_rule name_rules[] = {
    {.name = "name", .kind = PARAM_NAME, .min = 1, .max = API_NAME_CHARS},
};
static const param_rule handle_rules[] = {
    {.name = "handle", .kind = PARAM_STRING, .min = 0, .max = 4096},
};
static const param_rule alarm_rules[] = {RULE_ID("alarm")};

const rpc_method rpc_account_methods[] = {
    {"account.status", NULL, 0, NULL, status_finish, false},
    {"account.me", NULL, 0, NULL, me_finish, false},
    {"account.set_name", name_rules, 1, set_name_begin, me_finish, false},
    {"directory.claim", handle_rules, 1, claim_begin, me_finish, false},
    {"relay.status", NULL, 0, NULL, connection_finish, false},
    {"relay.retry", NULL, 0, retry_begin, connection_finish, false},
    {"alarm.list", NULL, 0, NULL, alarms_finish, false},
    {"alarm.act", alarm_rules, 1, act_begin, NULL, false},
    {.name = NULL},
};
