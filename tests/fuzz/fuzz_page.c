/* What any program on this machine, and any web site through the person's browser, can send to the
 * agent's port: a request.
 *
 * Beyond "no crash": what is let in has one end only, names this machine and port, and, for a
 * WebSocket, says that it comes from the page served here. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/page_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const page_rules rules = {4420, "/rpc", "sotto.rpc.1"};

/* One of the three names of this machine, with a scheme in front of it for an origin. */
static bool names_us(const char *text, const char *scheme)
{
    static const char *const hosts[] = {"127.0.0.1:4420", "localhost:4420", "[::1]:4420"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        char name[64] = "";
        (void)strcat(strcat(name, scheme), hosts[i]);
        if (strcasestr(text, name) != NULL) {
            return true;
        }
    }
    return false;
}

static void let_in(base_bytes in, int status)
{
    page_request request;
    base_buf out = base_buf_on(NULL);
    assert(memcmp(in.p + in.n - 4, "\r\n\r\n", 4) == 0);
    assert(memcmp(in.p, "GET /", 5) == 0);
    assert(names_us((const char *)in.p, ""));
    assert(status != 101 || names_us((const char *)in.p, "http://"));
    for (size_t n = 0; n < in.n; n++) {
        assert(page_request_judge(base_bytes_of(in.p, n), &rules, &request) == 0);
    }
    assert(page_request_judge(in, &rules, &request) == status);
    assert(page_answer_write(&out, status, NULL, 0, &request, &rules) == BASE_OK);
    assert(memcmp(out.p + out.n - 4, "\r\n\r\n", 4) == 0);
    base_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int known[] = {0, 101, 200, 400, 403, 404, 405, 426, 431, 505};
    page_request request;
    /* A copy with a terminator, for the searches above. */
    uint8_t *copy = malloc(size + 1);
    bool found = false;
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, size);
    copy[size] = 0;
    base_bytes in = base_bytes_of(copy, size);
    int status = page_request_judge(in, &rules, &request);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        found = found || status == known[i];
    }
    assert(found);
    if (status == 101 || status == 200) {
        assert(request.target[0] == '/' && strlen(request.target) <= PAGE_TARGET_MAX);
        let_in(in, status);
    }
    free(copy);
    return 0;
}
