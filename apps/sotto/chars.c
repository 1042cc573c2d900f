/* Text of people; see the header. */
#include "chars.h"

#define BAD 0xfffdU

uint32_t char_next(base_bytes left, size_t *n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = left.p[0];
    size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
    *n = 1;
    if (size == 1) {
        return first;
    }
    if (size == 0 || first > 0xf4 || size > left.n) {
        return BAD;
    }
    uint32_t c = first & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((left.p[i] & 0xc0) != 0x80) {
            return BAD;
        }
        c = c << 6 | (left.p[i] & 0x3fU);
    }
    if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return BAD;
    }
    *n = size;
    return c;
}

static base_bytes rest_of(base_bytes text, size_t n)
{
    return base_bytes_of(text.p + n, text.n - n);
}

size_t char_count(base_bytes text)
{
    size_t count = 0;
    size_t n = 0;
    for (; text.n > 0; text = rest_of(text, n)) {
        (void)char_next(text, &n);
        count++;
    }
    return count;
}

bool char_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static bool is_allowed(uint32_t c, bool lines)
{
    return !char_is_control(c) || (lines && (c == '\n' || c == '\t'));
}

bool chars_have_control(base_bytes text, bool lines)
{
    size_t n = 0;
    for (; text.n > 0; text = rest_of(text, n)) {
        if (!is_allowed(char_next(text, &n), lines)) {
            return true;
        }
    }
    return false;
}

static bool is_white(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xfeff;
}

bool chars_are_blank(base_bytes text)
{
    size_t n = 0;
    for (; text.n > 0; text = rest_of(text, n)) {
        if (!is_white(char_next(text, &n))) {
            return false;
        }
    }
    return true;
}

static bool is_edge(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

base_bytes chars_trim(base_bytes text)
{
    while (text.n > 0 && is_edge(text.p[0])) {
        text = rest_of(text, 1);
    }
    while (text.n > 0 && is_edge(text.p[text.n - 1])) {
        text.n--;
    }
    return text;
}

base_err chars_clean(base_bytes text, bool lines, base_buf *out)
{
    static const uint8_t bad[] = {0xef, 0xbf, 0xbd};
    base_err err = BASE_OK;
    size_t n = 0;
    for (; err == BASE_OK && text.n > 0; text = rest_of(text, n)) {
        uint32_t c = char_next(text, &n);
        bool good = is_allowed(c, lines) && (c != BAD || n == 3);
        err = base_buf_append(out, good ? base_bytes_of(text.p, n) : base_bytes_of(bad, 3));
    }
    return err;
}

base_bytes chars_head(base_bytes text, size_t count)
{
    base_bytes left = text;
    size_t n = 0;
    while (left.n > 0 && count > 0) {
        (void)char_next(left, &n);
        left = rest_of(left, n);
        count--;
    }
    return base_bytes_of(text.p, text.n - left.n);
}
