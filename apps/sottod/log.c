/* The relay's log; see the header. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

void log_event(const char *event, const char *form, ...)
{
    char line[1024];
    va_list args;
    va_start(args, form);
    int n = vsnprintf(line, sizeof line, form, args);
    va_end(args);
    if (n < 0) {
        line[0] = '\0';
    }
    (void)fprintf(stderr, "sottod: event=%s%s%s\n", event, line[0] == '\0' ? "" : " ", line);
}

const char *log_quote(const char *text)
{
    static char out[600];
    size_t n = 0;
    out[n++] = '"';
    for (; *text != '\0' && n < sizeof out - 2; text++) {
        unsigned char c = (unsigned char)*text;
        out[n++] = c < 0x20 || c == 0x7f || c == '"' || c == '\\' ? '?' : (char)c;
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}
