/* What the terminal shows; see the header. */
#include "show.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "qr.h"
#include "who.h"

static struct tm local(json_int_t ms)
{
    struct tm t = {0};
    time_t seconds = (time_t)(ms / 1000);
    (void)localtime_r(&seconds, &t);
    return t;
}

void show_when(const json_t *time_in, char *out, size_t size)
{
    if (!json_is_integer(time_in)) {
        (void)snprintf(out, size, "never");
        return;
    }
    struct tm then = local(json_integer_value(time_in));
    struct tm now = local((json_int_t)time(NULL) * 1000);
    bool year = then.tm_year == now.tm_year;
    if (year && then.tm_yday == now.tm_yday) {
        (void)strftime(out, size, "%H:%M", &then);
    } else if (year) {
        (void)strftime(out, size, "%e %b", &then);
    } else {
        (void)strftime(out, size, "%e %b %Y", &then);
    }
}

/* Text with its later lines under the first. */
static void show_text(FILE *f, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        (void)fputc(*p, f);
        if (*p == '\n') {
            (void)fputs("       ", f);
        }
    }
    (void)fputc('\n', f);
}

void show_message(FILE *f, const json_t *m, const char *me, long *day)
{
    char line[64];
    struct tm t = local(json_integer_value(json_object_get(m, "time")));
    long today = (long)t.tm_year * 366 + t.tm_yday;
    const json_t *notice = json_object_get(m, "notice");
    const char *state = text_of(m, "state");
    if (today != *day) {
        *day = today;
        (void)strftime(line, sizeof line, "%A, %e %B %Y", &t);
        (void)fprintf(f, "-- %s --\n", line);
    }
    (void)strftime(line, sizeof line, "%H:%M", &t);
    if (json_is_object(notice)) {
        (void)fprintf(f, "%s  * %s\n", line, text_of(notice, "sentence"));
        return;
    }
    bool own = strcmp(text_of(m, "sender"), me) == 0;
    (void)fprintf(f, "%s  %s: ", line, own ? "you" : text_of(m, "sender_name"));
    if (strcmp(state, "waiting") == 0) {
        (void)fputs("(waiting) ", f);
    } else if (strcmp(state, "failed") == 0) {
        (void)fprintf(f, "(not sent: %s) ", text_of(m, "sentence"));
    }
    show_text(f, text_of(m, "text"));
}

void show_contact(FILE *f, const json_t *c)
{
    char when[32];
    show_when(json_object_get(c, "last_heard"), when, sizeof when);
    (void)fprintf(f, "%.12s  %s%s%s%s", text_of(c, "id"), text_of(c, "name"),
                  text_of(c, "handle")[0] != '\0' ? "  " : "", text_of(c, "handle"),
                  json_is_true(json_object_get(c, "verified")) ? "  [verified]" : "");
    if (strcmp(text_of(c, "state"), "connected") != 0) {
        (void)fprintf(f, "  [%s]", text_of(c, "state"));
    }
    if (json_is_true(json_object_get(c, "blocked"))) {
        (void)fputs("  [blocked]", f);
    }
    (void)fprintf(f, "  heard: %s\n", when);
}

void show_conversation(FILE *f, const json_t *c)
{
    char when[32];
    json_int_t unread = json_integer_value(json_object_get(c, "unread"));
    const json_t *last = json_object_get(c, "last");
    const json_t *alarm = json_object_get(c, "alarm");
    show_when(json_object_get(c, "activity"), when, sizeof when);
    (void)fprintf(f, "%.12s  %-7s %s", text_of(c, "id"), when, text_of(c, "title"));
    if (strcmp(text_of(c, "kind"), "group") == 0) {
        (void)fprintf(f, "  (group of %lld)",
                      (long long)json_integer_value(json_object_get(c, "member_count")));
    }
    if (strcmp(text_of(c, "state"), "open") != 0) {
        (void)fprintf(f, "  [%s]", text_of(c, "state"));
    }
    if (unread > 0) {
        (void)fprintf(f, "  %d%s unread", unread > 999 ? 999 : (int)unread,
                      unread > 999 ? "+" : "");
    }
    if (json_is_object(last) && text_of(last, "text")[0] != '\0') {
        const char *text = text_of(last, "text");
        (void)fprintf(f, "  %.*s", (int)strcspn(text, "\n"), text);
    }
    (void)fputc('\n', f);
    if (json_is_object(alarm)) {
        (void)fprintf(f, "              ! %s\n", text_of(alarm, "sentence"));
    }
}

void show_member(FILE *f, const json_t *m, const char *me)
{
    char when[32];
    bool own = strcmp(text_of(m, "contact"), me) == 0;
    show_when(json_object_get(m, "last_heard"), when, sizeof when);
    (void)fprintf(f, "%.12s  %s%s%s%s%s", text_of(m, "contact"), text_of(m, "name"),
                  own ? " (you)" : "", strcmp(text_of(m, "role"), "admin") == 0 ? "  [admin]" : "",
                  strcmp(text_of(m, "state"), "invited") == 0   ? "  [invited]"
                  : strcmp(text_of(m, "state"), "leaving") == 0 ? "  [leaving]"
                                                                : "",
                  !own && json_is_true(json_object_get(m, "verified")) ? "  [verified]" : "");
    if (!own) {
        (void)fprintf(f, "  heard: %s", when);
    }
    (void)fputc('\n', f);
}

void show_digits(FILE *f, const char *digits)
{
    for (size_t i = 0; i < 60 && digits[i] != '\0'; i++) {
        (void)fputc(digits[i], f);
        if (i % 5 == 4) {
            (void)fputc(i % 30 == 29 ? '\n' : ' ', f);
        }
    }
}

unsigned show_columns(void)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

void show_qr(FILE *f, const json_t *qr)
{
    unsigned columns = show_columns();
    if (json_array_size(json_object_get(qr, "rows")) > 0 && !qr_print(f, qr, columns)) {
        (void)fprintf(f, "(The QR code needs more than %u columns.)\n", columns);
    }
}
