/* Text as it comes from people, near and far: counting characters, telling control characters and
 * white space, and making safe what is shown. All text is UTF-8. */
#ifndef APP_CHARS_H
#define APP_CHARS_H

#include "base/bytes.h"

/* The next character: its code point, and *n its bytes. Bytes that are no UTF-8 give U+FFFD, one a
 * byte. left.n must not be 0. */
uint32_t char_next(base_bytes left, size_t *n);

size_t char_count(base_bytes text);

/* C0, DEL and C1: what a terminal may obey. */
bool char_is_control(uint32_t c);

/* Whether any character is a control character; LF and TAB may be allowed. */
bool chars_have_control(base_bytes text, bool lines);

bool chars_are_blank(base_bytes text); /* nothing but white space, or nothing */

/* Without white space at both ends (space, TAB, LF, CR). */
base_bytes chars_trim(base_bytes text);

/* Append text to out with U+FFFD for every control character and every malformed byte, so that it
 * is UTF-8 and harmless. lines: LF and TAB stay. Errors: BASE_E_NOMEM. */
BASE_MUST_USE base_err chars_clean(base_bytes text, bool lines, base_buf *out);

/* The first `count` characters at most. */
base_bytes chars_head(base_bytes text, size_t count);

#endif
