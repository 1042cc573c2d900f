/* A line being typed; see the header. */
#include "term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "chars.h"
#include "show.h"

#define CTRL_C 3
#define CTRL_D 4
#define CTRL_H 8
#define CTRL_U 21
#define CTRL_W 23
#define ESCAPE 27
#define ERASE 127

bool term_begin(term *t, const char *prompt)
{
    *t = (term){.prompt = prompt};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &t->before) != 0) {
        return false;
    }
    struct termios now = t->before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    now.c_iflag &= ~(tcflag_t)(IXON | INLCR);
    now.c_cc[VMIN] = 0; /* a read takes what is there */
    now.c_cc[VTIME] = 0;
    t->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &now) == 0;
    return t->raw;
}

void term_end(term *t)
{
    if (t->raw) {
        term_hide(t);
        (void)fflush(stdout);
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
        t->raw = false;
    }
}

/* ---- drawing ---- */

static unsigned width_of(uint32_t c)
{
    int width = wcwidth((wchar_t)c);
    return width < 0 ? 1 : (unsigned)width;
}

void term_hide(const term *t)
{
    if (t->raw) {
        (void)fputs("\r\033[K", stdout);
    }
}

/* The end of a long line is what one writes at: its beginning goes out of sight. */
void term_draw(const term *t)
{
    base_bytes rest = base_bytes_of(t->text, t->n);
    size_t n = 0;
    unsigned columns = show_columns();
    unsigned room = columns > strlen(t->prompt) + 1 ? columns - (unsigned)strlen(t->prompt) - 1 : 1;
    unsigned width = 0;
    if (!t->raw) {
        return;
    }
    for (base_bytes b = rest; b.n > 0; b = base_bytes_of(b.p + n, b.n - n)) {
        width += width_of(char_next(b, &n));
    }
    while (width > room && rest.n > 0) {
        width -= width_of(char_next(rest, &n));
        rest = base_bytes_of(rest.p + n, rest.n - n);
    }
    (void)fprintf(stdout, "\r\033[K%s%.*s", t->prompt, (int)rest.n, (const char *)rest.p);
    (void)fflush(stdout);
}

/* ---- typing ---- */

static void erase_one(term *t)
{
    while (t->n > 0 && ((unsigned char)t->text[t->n - 1] & 0xc0) == 0x80) {
        t->n--;
    }
    t->n -= t->n > 0 ? 1 : 0;
}

static void erase_word(term *t)
{
    while (t->n > 0 && t->text[t->n - 1] == ' ') {
        t->n--;
    }
    while (t->n > 0 && t->text[t->n - 1] != ' ') {
        t->n--;
    }
}

/* A special key sends ESC and more, which ends with a letter or a tilde. */
static bool is_in_sequence(term *t, unsigned char c)
{
    if (c == ESCAPE) {
        t->escape = true;
        t->bracket = false;
        return true;
    }
    if (!t->escape) {
        return false;
    }
    if (!t->bracket) {
        t->bracket = c == '[' || c == 'O';
        t->escape = t->bracket;
        return true;
    }
    t->escape = !(c >= 0x40 && c <= 0x7e);
    return true;
}

static term_event type(term *t, unsigned char c)
{
    if (is_in_sequence(t, c)) {
        return TERM_NOTHING;
    }
    switch (c) {
    case CTRL_C:
        return TERM_END;
    case CTRL_D:
        return t->n == 0 ? TERM_END : TERM_NOTHING;
    case '\r':
    case '\n':
        memcpy(t->line, t->text, t->n);
        t->line[t->n] = '\0';
        t->n = 0;
        return TERM_LINE;
    case CTRL_H:
    case ERASE:
        erase_one(t);
        break;
    case CTRL_U:
        t->n = 0;
        break;
    case CTRL_W:
        erase_word(t);
        break;
    default:
        if (c >= 0x20 && t->n < TERM_LINE_MAX) {
            t->text[t->n++] = (char)c;
        }
        break;
    }
    return TERM_NOTHING;
}

term_event term_read(term *t)
{
    unsigned char c = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN) {
            return TERM_END;
        }
        if (n <= 0) {
            return TERM_NOTHING;
        }
        term_event e = type(t, c);
        if (e != TERM_NOTHING) {
            return e;
        }
    }
}
