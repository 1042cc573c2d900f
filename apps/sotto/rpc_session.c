/* session.*: who may speak, and links to the page. */
#include <stdio.h>
#include <string.h>

#include "adapters/random_os.h"
#include "base/ct.h"
#include "base/text.h"
#include "page.h"
#include "rpc_families.h"

#define CODE_REFUSED 4401

/* A session holds for the port it was made on: a page that finds its agent's port in the hands of
 * another program cannot be made to give away what opens the agent elsewhere. */
typedef struct session_key {
    uint8_t b[PEER_SECRET_BYTES + 2];
} session_key;

static session_key key_of(const agent *a, const uint8_t secret[static PEER_SECRET_BYTES])
{
    session_key key;
    uint16_t port = page_port(a);
    memcpy(key.b, secret, PEER_SECRET_BYTES);
    key.b[PEER_SECRET_BYTES] = (uint8_t)(port >> 8);
    key.b[PEER_SECRET_BYTES + 1] = (uint8_t)port;
    return key;
}

static bool decode(base_bytes text, uint8_t out[static PEER_SECRET_BYTES])
{
    base_buf bytes = base_buf_on(NULL);
    bool good = base_text_from_base64url(text, &bytes) == BASE_OK && bytes.n == PEER_SECRET_BYTES;
    if (good) {
        memcpy(out, bytes.p, PEER_SECRET_BYTES);
    }
    base_buf_clear(&bytes);
    return good;
}

/* Trade a one-time secret for a new session, or know an old one. */
static base_err open_session(rpc_call *call, peer *p)
{
    base_err err = BASE_OK;
    agent *a = call->agent;
    uint8_t secret[PEER_SECRET_BYTES] = {0};
    crypto_random random = random_os();
    session_key key = {{0}};
    bool fresh = call_has(call, "secret");
    REQUIRE(decode(call_text(call, fresh ? "secret" : "session"), secret), BASE_E_NOT_FOUND);
    if (fresh) {
        REQUIRE(page_secret_take(a, secret), BASE_E_NOT_FOUND);
        TRY(random.fill(random.user, secret, sizeof secret));
        key = key_of(a, secret);
        TRY(sotto_session_put(a->core, base_bytes_of(key.b, sizeof key.b), call_now()));
    } else {
        key = key_of(a, secret);
        TRY(sotto_session_check(a->core, base_bytes_of(key.b, sizeof key.b), call_now()));
    }
    memcpy(p->session, secret, sizeof secret);
    p->has_session = true;
done:
    base_wipe(secret, sizeof secret);
    base_wipe(&key, sizeof key);
    return err;
}

static fault open_begin(rpc_call *call)
{
    peer *p = peer_find(call->agent, call->peer);
    bool one = call_has(call, "secret") != call_has(call, "session");
    call->opens = true;
    if (!p->is_page) {
        bool none = !call_has(call, "secret") && !call_has(call, "session");
        return none ? fault_none()
                    : (fault){FAULT_INVALID_PARAMS, call_has(call, "secret") ? "secret" : "session",
                              NULL};
    }
    if (!one) {
        return (fault){FAULT_INVALID_PARAMS, "secret", NULL};
    }
    base_err err = open_session(call, p);
    if (err == BASE_E_NOT_FOUND) {
        call->leave = true;
        call->leave_code = CODE_REFUSED;
        p->is_deaf = true;
        return fault_is(FAULT_SESSION_REFUSED);
    }
    return fault_from(err);
}

static fault open_finish(rpc_call *call, json_t **result)
{
    const peer *p = peer_find(call->agent, call->peer);
    base_buf text = base_buf_on(NULL);
    if (p == NULL) {
        return fault_is(FAULT_SESSION_REFUSED); /* it is gone: nobody hears this */
    }
    if (p->has_session &&
        base_text_base64url(base_bytes_of(p->session, sizeof p->session), &text) != BASE_OK) {
        return fault_is(FAULT_INTERNAL);
    }
    *result = json_pack("{s:s%, s:i, s:s}", "session", text.n == 0 ? "" : (const char *)text.p,
                        text.n, "api", 1, "agent", AGENT_VERSION);
    base_buf_clear(&text);
    return fault_none();
}

static fault close_begin(rpc_call *call)
{
    agent *a = call->agent;
    peer *p = peer_find(a, call->peer);
    call->leave = true;
    call->leave_code = 1000;
    p->is_deaf = true;
    if (!p->has_session) {
        return fault_none();
    }
    session_key key = key_of(a, p->session);
    base_err err = sotto_session_drop(a->core, base_bytes_of(key.b, sizeof key.b));
    base_wipe(&key, sizeof key);
    if (err != BASE_OK && err != BASE_E_NOT_FOUND) {
        return fault_from(err);
    }
    for (size_t i = 0; i < a->peers_n; i++) { /* a duplicated tab has the same session */
        peer *other = a->peers[i];
        if (other != p && other->has_session &&
            base_ct_eq(base_bytes_of(other->session, sizeof other->session),
                       base_bytes_of(p->session, sizeof p->session))) {
            peer_leave(other, CODE_REFUSED);
        }
    }
    return fault_none();
}

static fault link_begin(rpc_call *call)
{
    const peer *p = peer_find(call->agent, call->peer);
    return fault_is(p->is_page ? FAULT_NOT_ALLOWED : FAULT_NONE);
}

static fault link_finish(rpc_call *call, json_t **result)
{
    char link[PAGE_LINK_MAX];
    base_err err = page_link(call->agent, link);
    if (err == BASE_E_NOT_FOUND) {
        return (fault){FAULT_NOT_ALLOWED, NULL,
                       "The page is not installed. Start the agent with --web FOLDER."};
    }
    return result_one(err, "link", err == BASE_OK ? json_string(link) : NULL, result);
}

static const param_rule open_rules[] = {
    {.name = "secret", .kind = PARAM_STRING, .optional = true, .min = 0, .max = 128},
    {.name = "session", .kind = PARAM_STRING, .optional = true, .min = 0, .max = 128},
};

const rpc_method rpc_session_methods[] = {
    {"session.open", open_rules, 2, open_begin, open_finish, true},
    {"session.close", NULL, 0, close_begin, NULL, false},
    {"session.link", NULL, 0, link_begin, link_finish, false},
    {.name = NULL},
};
