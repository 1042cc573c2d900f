/* The rules of parameters; see the header. */
#include "rpc_params.h"

#include <string.h>

#include "chars.h"

#define ID_MAX 128

typedef enum verdict { GOOD, WRONG, TOO_MUCH } verdict;

static base_bytes bytes_of(const json_t *value)
{
    return base_bytes_of(json_string_value(value), json_string_length(value));
}

static bool has_nul(base_bytes b)
{
    return b.n > 0 && memchr(b.p, 0, b.n) != NULL;
}

static verdict judge_size(size_t size, const param_rule *rule)
{
    if (size < (size_t)rule->min) {
        return WRONG;
    }
    return size > (size_t)rule->max ? TOO_MUCH : GOOD;
}

static bool is_word(base_bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return true;
}

static verdict judge_string(const json_t *value, const param_rule *rule)
{
    base_bytes b = bytes_of(value);
    bool bad = !json_is_string(value) || has_nul(b);
    if (bad) {
        return WRONG;
    }
    switch (rule->kind) {
    case PARAM_ID:
        return b.n >= 1 && b.n <= ID_MAX ? GOOD : WRONG;
    case PARAM_NAME:
        return chars_have_control(b, false) ? WRONG : judge_size(char_count(b), rule);
    case PARAM_TEXT:
        bad = chars_have_control(b, true) || (rule->not_blank && chars_are_blank(b));
        return bad ? WRONG : judge_size(b.n, rule);
    case PARAM_WORD:
        return is_word(b) ? judge_size(b.n, rule) : WRONG;
    default:
        return judge_size(b.n, rule);
    }
}

static verdict judge_ids(const json_t *value, const param_rule *rule)
{
    if (!json_is_array(value)) {
        return WRONG;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        base_bytes b = bytes_of(item);
        if (!json_is_string(item) || has_nul(b) || b.n < 1 || b.n > ID_MAX) {
            return WRONG;
        }
    }
    return judge_size(json_array_size(value), rule);
}

static verdict judge(const json_t *value, const param_rule *rule)
{
    switch (rule->kind) {
    case PARAM_BOOL:
        return json_is_boolean(value) ? GOOD : WRONG;
    case PARAM_INT:
        if (!json_is_integer(value)) {
            return WRONG;
        }
        return json_integer_value(value) >= rule->min && json_integer_value(value) <= rule->max
                   ? GOOD
                   : WRONG;
    case PARAM_IDS:
        return judge_ids(value, rule);
    default:
        return judge_string(value, rule);
    }
}

static const param_rule *rule_of(const char *name, const param_rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

void params_check(json_t *params, const param_rule *rules, size_t n, fault *f)
{
    const char *name = NULL;
    json_t *value = NULL;
    *f = (fault){FAULT_NONE, NULL, NULL};
    if (params != NULL && !json_is_object(params)) {
        *f = (fault){FAULT_INVALID_PARAMS, "params", NULL};
        return;
    }
    json_object_foreach(params, name, value)
    {
        if (rule_of(name, rules, n) == NULL) {
            bool short_name = strlen(name) <= FAULT_FIELD_MAX;
            *f = (fault){FAULT_INVALID_PARAMS, short_name ? name : "params", NULL};
            return;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const param_rule *rule = &rules[i];
        value = json_object_get(params, rule->name);
        if (value == NULL && rule->optional) {
            continue;
        }
        verdict v = value == NULL ? WRONG : judge(value, rule);
        if (v == TOO_MUCH && rule->over_is_limit) {
            *f = (fault){FAULT_LIMIT, rule->name, NULL};
            return;
        }
        if (v != GOOD) {
            *f = (fault){FAULT_INVALID_PARAMS, rule->name, NULL};
            return;
        }
    }
}
