/* One line being typed at the bottom of a terminal, while other lines appear above it. Only what
 * writing a message needs: characters of any language, erasing, the whole line away; no cursor
 * movement, no history. */
#ifndef APP_TERM_H
#define APP_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define TERM_LINE_MAX 16384 /* bytes */

typedef enum term_event {
    TERM_NOTHING, /* more is to come */
    TERM_LINE,    /* a whole line is in `line` */
    TERM_END      /* Ctrl-C, Ctrl-D on an empty line, or the terminal is gone */
} term_event;

typedef struct term {
    struct termios before;
    bool raw;
    const char *prompt; /* borrowed; characters that take one column each */
    char text[TERM_LINE_MAX + 1];
    size_t n;
    bool escape;  /* inside a sequence of a special key, which is passed over */
    bool bracket; /* its second part */
    char line[TERM_LINE_MAX + 1];
} term;

/* Take the terminal over. False when standard input or output is none. */
bool term_begin(term *t, const char *prompt);
void term_end(term *t);

/* Standard input is readable: take at most one line. */
term_event term_read(term *t);

/* Clear the line before something is printed, and draw it again afterwards. */
void term_hide(const term *t);
void term_draw(const term *t);

#endif
