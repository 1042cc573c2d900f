/* Fields in and out. */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

base_err call_refuse(call *c, const char *code, const char *format, ...)
{
    va_list args;
    if (c->code == NULL) {
        c->code = code;
        va_start(args, format);
        (void)vsnprintf(c->text, sizeof c->text, format, args);
        va_end(args);
    }
    return BASE_E_ARGUMENT;
}

base_err call_ok(const call *c)
{
    return c->code == NULL ? BASE_OK : BASE_E_ARGUMENT;
}

/* ---- in ---- */

/* The field, or NULL when it is absent. */
static const json_t *field(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static base_bytes hex_of(call *c, const json_t *v, const char *name)
{
    base_bytes out = BASE_BYTES_NONE;
    base_buf b = {0};
    if (!json_is_string(v) ||
        base_text_from_hex(base_bytes_of(json_string_value(v), json_string_length(v)), &b) !=
            BASE_OK) {
        (void)call_refuse(c, "FIELD", "%s: a string of hexadecimal digits is expected", name);
    } else if (b.n > 0 && base_arena_copy(&c->arena, base_buf_bytes(&b), &out) != BASE_OK) {
        (void)call_refuse(c, "MEMORY", "%s: out of memory", name);
    }
    base_buf_clear(&b);
    return out;
}

base_bytes call_bytes(call *c, const json_t *object, const char *name)
{
    const json_t *v = field(object, name);
    return v == NULL ? BASE_BYTES_NONE : hex_of(c, v, name);
}

base_bytes call_text(call *c, const json_t *object, const char *name)
{
    const json_t *v = field(object, name);
    if (v != NULL && !json_is_string(v)) {
        (void)call_refuse(c, "FIELD", "%s: a string is expected", name);
        return BASE_BYTES_NONE;
    }
    return v == NULL ? BASE_BYTES_NONE : base_bytes_of(json_string_value(v), json_string_length(v));
}

uint64_t call_uint(call *c, const json_t *object, const char *name, uint64_t max)
{
    const json_t *v = field(object, name);
    json_int_t n = json_integer_value(v);
    if (v != NULL && (!json_is_integer(v) || n < 0 || (uint64_t)n > max)) {
        (void)call_refuse(c, "FIELD", "%s: a whole number from 0 to %llu is expected", name,
                          (unsigned long long)max);
        return 0;
    }
    return (uint64_t)n;
}

bool call_bool(call *c, const json_t *object, const char *name)
{
    const json_t *v = field(object, name);
    if (v != NULL && !json_is_boolean(v)) {
        (void)call_refuse(c, "FIELD", "%s: true or false is expected", name);
    }
    return json_is_true(v);
}

mls_suite call_suite(call *c, const json_t *object, const char *name)
{
    return (mls_suite)call_uint(c, object, name, UINT16_MAX);
}

const json_t *call_list(call *c, const json_t *object, const char *name)
{
    const json_t *v = field(object, name);
    if (v != NULL && !json_is_array(v)) {
        (void)call_refuse(c, "FIELD", "%s: a list is expected", name);
        return NULL;
    }
    return v;
}

static void *list_memory(call *c, size_t n, size_t size)
{
    void *p = base_arena_zero(&c->arena, n, size);
    if (p == NULL && n > 0) {
        (void)call_refuse(c, "MEMORY", "out of memory");
    }
    return p;
}

size_t call_bytes_list(call *c, const json_t *object, const char *name, base_bytes **out)
{
    const json_t *list = call_list(c, object, name);
    size_t n = json_array_size(list);
    *out = (base_bytes *)list_memory(c, n, sizeof **out);
    for (size_t i = 0; *out != NULL && i < n; i++) {
        (*out)[i] = hex_of(c, json_array_get(list, i), name);
    }
    return *out != NULL ? n : 0;
}

mls_extension_list call_extensions(call *c, const json_t *object, const char *name)
{
    const json_t *list = call_list(c, object, name);
    size_t n = json_array_size(list);
    mls_extension *v = (mls_extension *)list_memory(c, n, sizeof *v);
    for (size_t i = 0; v != NULL && i < n; i++) {
        const json_t *e = json_array_get(list, i);
        call_only(c, e, "extension_type extension_data");
        v[i].type = (uint16_t)call_uint(c, e, "extension_type", UINT16_MAX);
        v[i].data = call_bytes(c, e, "extension_data");
    }
    return (mls_extension_list){v, v != NULL ? n : 0};
}

/* Whether a list of words, separated by single blanks, has the word. */
static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; n > 0; at++) {
        size_t length = strcspn(at, " ");
        if (length == n && memcmp(at, word, n) == 0) {
            return true;
        }
        at += length;
        if (*at == '\0') {
            return false;
        }
    }
    return false;
}

void call_only(call *c, const json_t *object, const char *names)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (!json_is_object(object)) {
        (void)call_refuse(c, "FIELD", "an object with the fields %s is expected", names);
        return;
    }
    /* jansson's loop takes an object that is not const, and changes nothing. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        name = json_object_iter_key(at);
        value = json_object_iter_value(at);
        if (!has_word(names, name) || value == NULL) {
            (void)call_refuse(c, "FIELD", "there is no field %.40s here", name);
        }
    }
}

peer_thing *call_thing(call *c, const char *name, peer_kind kind)
{
    uint32_t id = (uint32_t)call_uint(c, c->request, name, UINT32_MAX);
    peer_thing *t = peer_find(c->p, id, kind);
    if (t == NULL || (kind == PEER_STATE && t->group == NULL)) {
        (void)call_refuse(c, "ID", "%s: nothing of that kind has the number %lu", name,
                          (unsigned long)id);
        return NULL;
    }
    return t;
}

/* ---- out ---- */

static void answer_set(call *c, const char *name, json_t *value)
{
    if (json_object_set_new(c->answer, name, value) != 0) {
        (void)call_refuse(c, "MEMORY", "out of memory");
    }
}

void answer_bytes(call *c, const char *name, base_bytes value)
{
    base_buf hex = {0};
    if (base_text_hex(value, &hex) != BASE_OK) {
        (void)call_refuse(c, "MEMORY", "out of memory");
    } else {
        answer_set(c, name, json_stringn(hex.n > 0 ? (const char *)hex.p : "", hex.n));
    }
    base_buf_clear(&hex);
}

void answer_uint(call *c, const char *name, uint64_t value)
{
    answer_set(c, name, json_integer((json_int_t)value));
}

void answer_text(call *c, const char *name, const char *value)
{
    answer_set(c, name, json_string(value));
}
