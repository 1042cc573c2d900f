/* Errors of the API; see the header. */
#include "fault.h"

#include <stdio.h>
#include <string.h>

typedef struct fault_row {
    int code;
    const char *name;
    const char *text;
} fault_row;

static const fault_row rows[FAULT_COUNT] = {
    [FAULT_PARSE_ERROR] = {-32700, "parse_error", "This is not JSON."},
    [FAULT_INVALID_REQUEST] = {-32600, "invalid_request", "This is not a request."},
    [FAULT_METHOD_NOT_FOUND] = {-32601, "method_not_found", "There is no such method."},
    [FAULT_INVALID_PARAMS] = {-32602, "invalid_params",
                              "A parameter is missing, unknown or out of bounds"},
    [FAULT_INTERNAL] = {-32603, "internal", "Something went wrong inside the agent."},
    [FAULT_SESSION_NEEDED] = {1001, "session_needed", "Open the page again with “sotto ui”."},
    [FAULT_SESSION_REFUSED] = {1002, "session_refused",
                               "This link was used already or is too old. Open the page again with "
                               "“sotto ui”."},
    [FAULT_BUSY] = {1003, "busy", "Too many requests at once. Try again."},
    [FAULT_NOT_FOUND] = {1101, "not_found", "That does not exist any more."},
    [FAULT_NOT_ALLOWED] = {1102, "not_allowed", "You cannot do that here."},
    [FAULT_EXISTS] = {1103, "exists", "That is so already."},
    [FAULT_LIMIT] = {1104, "limit", "That is more than fits."},
    [FAULT_RELAY_UNREACHABLE] = {1201, "relay_unreachable",
                                 "The relay cannot be reached. Nothing was changed."},
    [FAULT_RELAY_REFUSED] = {1202, "relay_refused", "The relay refused this."},
    [FAULT_LINK_MALFORMED] = {1301, "link_malformed", "This is not a contact link."},
    [FAULT_LINK_OWN] = {1302, "link_own", "This is your own link."},
    [FAULT_HANDLE_MALFORMED] = {1303, "handle_malformed",
                                "A handle has 2 to 32 small letters, digits, dots, dashes or "
                                "underscores, and begins with a letter."},
    [FAULT_HANDLE_TAKEN] = {1304, "handle_taken", "This handle is taken."},
    [FAULT_HANDLE_UNKNOWN] = {1305, "handle_unknown", "Nobody has this handle."},
};

fault_kind fault_of(base_err err)
{
    switch (err) {
    case BASE_OK:
        return FAULT_NONE;
    case BASE_E_NOT_FOUND:
        return FAULT_NOT_FOUND;
    case BASE_E_EXISTS:
        return FAULT_EXISTS;
    case BASE_E_LIMIT:
        return FAULT_LIMIT;
    case SOTTO_E_NOT_ALLOWED:
        return FAULT_NOT_ALLOWED;
    case SOTTO_E_UNREACHABLE:
        return FAULT_RELAY_UNREACHABLE;
    case SOTTO_E_REFUSED:
    case SOTTO_E_RELAY:
    case SOTTO_E_IDENTITY:
        return FAULT_RELAY_REFUSED;
    case SOTTO_E_LINK:
        return FAULT_LINK_MALFORMED;
    case SOTTO_E_LINK_OWN:
        return FAULT_LINK_OWN;
    case SOTTO_E_HANDLE:
        return FAULT_HANDLE_MALFORMED;
    case SOTTO_E_HANDLE_TAKEN:
        return FAULT_HANDLE_TAKEN;
    case SOTTO_E_HANDLE_UNKNOWN:
        return FAULT_HANDLE_UNKNOWN;
    default:
        return FAULT_INTERNAL;
    }
}

fault_kind fault_named(const char *name)
{
    for (int k = 1; k < FAULT_COUNT; k++) {
        if (strcmp(rows[k].name, name) == 0) {
            return (fault_kind)k;
        }
    }
    return FAULT_NONE;
}

json_t *fault_json(const fault *f)
{
    const fault_row *row = &rows[f->kind];
    char named[160];
    const char *message = f->message != NULL ? f->message : row->text;
    if (f->message == NULL && f->kind == FAULT_INVALID_PARAMS) {
        (void)snprintf(named, sizeof named, "%s: %s.", row->text, f->field);
        message = named;
    }
    json_t *data = json_pack("{s:s, s:s*}", "name", row->name, "field", f->field);
    return json_pack("{s:i, s:s, s:o}", "code", row->code, "message", message, "data", data);
}

void fault_sentence(base_err err, char out[static 128])
{
    (void)snprintf(out, 128, "%s.", base_err_text(err));
    if (out[0] >= 'a' && out[0] <= 'z') {
        out[0] = (char)(out[0] - 'a' + 'A');
    }
}
