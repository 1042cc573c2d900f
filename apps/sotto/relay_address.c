/* A relay's address; see the header. */
#include "relay_address.h"

#include <stdio.h>
#include <string.h>

#include "adapters/ws_url.h"
#include "cli.h"

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

bool relay_address(const char *text, char *url, size_t size, bool *exposed)
{
    char full[512];
    ws_url parsed;
    bool has_scheme = strstr(text, "://") != NULL;
    int n = snprintf(full, sizeof full, "%s%s", has_scheme ? "" : "ws://", text);
    if (n < 0 || (size_t)n >= sizeof full || !ws_url_parse(full, &parsed)) {
        cli_say("%s: not the address of a relay, such as relay.example.org or "
                "ws://127.0.0.1:7480",
                text);
        return false;
    }
    if (strcmp(parsed.path, "/") != 0) {
        cli_say("%s: a relay's address has no path", text);
        return false;
    }
    bool here = is_this_machine(parsed.host);
    bool tls = has_scheme ? parsed.tls : !here;
    *exposed = !tls && !here;
    /* Without a scheme it was parsed as plain: only a port that was given is in the authority. */
    n = snprintf(url, size, "%s%s", tls ? "wss://" : "ws://", parsed.authority);
    return n > 0 && (size_t)n < size;
}
