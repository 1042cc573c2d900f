/* The agent's log; see the header. */
#include "log.h"

#include <stdio.h>

void log_event(const char *event, const char *why)
{
    char line[512];
    size_t n = 0;
    for (const char *p = why; *p != '\0' && n + 3 < sizeof line; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            line[n++] = '\\';
        }
        line[n++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    line[n] = '\0';
    if (n == 0) {
        (void)fprintf(stderr, "event=%s\n", event);
    } else {
        (void)fprintf(stderr, "event=%s why=\"%s\"\n", event, line);
    }
}

void log_result(const char *event, base_err err)
{
    switch (base_err_class(err)) {
    case BASE_CLASS_CALLER:
    case BASE_CLASS_RESOURCE:
    case BASE_CLASS_INTERNAL:
        log_event(event, base_err_name(err));
        break;
    default:
        break;
    }
}
