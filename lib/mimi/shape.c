/* See shape.h. */
#include "shape.h"

#define PLAIN "text/plain;charset=utf-8"
#define MARKDOWN "text/markdown;variant=GFM-MIMI"
#define DEPTH MIMI_PART_DEPTH

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Whether the bytes are the text, which is in small letters, whatever the case of theirs. */
static bool same_word(base_bytes b, const char *text)
{
    if (b.n != strlen(text)) {
        return false;
    }
    for (size_t i = 0; i < b.n; i++) {
        if (lower(b.p[i]) != (uint8_t)text[i]) {
            return false;
        }
    }
    return true;
}

static base_bytes trim(base_bytes b)
{
    while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\t')) {
        b.p++;
        b.n--;
    }
    while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t')) {
        b.n--;
    }
    return b;
}

/* What stands before the first `end`, trimmed; *rest is what stands behind it. */
static base_bytes cut(base_bytes b, uint8_t end, base_bytes *rest)
{
    const uint8_t *at = b.n > 0 ? memchr(b.p, end, b.n) : NULL;
    if (at == NULL) {
        *rest = BASE_BYTES_NONE;
        return trim(b);
    }
    const size_t n = (size_t)(at - b.p);
    *rest = base_bytes_of(at + 1, b.n - n - 1);
    return trim(base_bytes_of(b.p, n));
}

bool mimi_media_is(base_bytes media_type, const char *essence)
{
    base_bytes rest = BASE_BYTES_NONE;
    return same_word(cut(media_type, ';', &rest), essence);
}

/* Whether a media type says that its text is UTF-8: it does not name another character set. */
static bool is_utf8(base_bytes media_type)
{
    base_bytes rest = BASE_BYTES_NONE;
    (void)cut(media_type, ';', &rest);
    while (rest.n > 0) {
        base_bytes value = BASE_BYTES_NONE;
        base_bytes name = cut(cut(rest, ';', &rest), '=', &value);
        value = trim(value);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
            value = base_bytes_of(value.p + 1, value.n - 2);
        }
        if (same_word(name, "charset") && !same_word(value, "utf-8") &&
            !same_word(value, "us-ascii")) {
            return false;
        }
    }
    return true;
}

static bool is_text(const mimi_part *p)
{
    return p->cardinality == MIMI_PART_SINGLE && is_utf8(p->content_type) &&
           (mimi_media_is(p->content_type, "text/plain") ||
            mimi_media_is(p->content_type, "text/markdown"));
}

/* The first part that is text, and that a reader of text alone may choose: of parts that make one
 * unit it would have to understand all. NULL when there is none. */
static const mimi_part *find_text(const mimi_part *p, unsigned level)
{
    if (p->cardinality != MIMI_PART_MULTI || level >= DEPTH) {
        return is_text(p) ? p : NULL;
    }
    const mimi_part *first = NULL;
    for (size_t i = 0; i < p->n_parts; i++) {
        const mimi_part *found = find_text(&p->parts[i], level + 1);
        if (found == NULL && p->semantics == MIMI_SINGLE_UNIT) {
            return NULL;
        }
        if (first == NULL) {
            first = found;
        }
    }
    return first;
}

base_err mimi_text_of(const mimi_content *c, mimi_text *out)
{
    const mimi_part *p = find_text(&c->body, 1);
    if (p == NULL) {
        return BASE_E_NOT_FOUND;
    }
    if (!base_bytes_is_text(p->content)) {
        return BASE_E_UTF8;
    }
    *out = (mimi_text){p->content, mimi_media_is(p->content_type, "text/markdown")};
    return BASE_OK;
}

mimi_kind mimi_kind_of(const mimi_content *c)
{
    if (c->has_replaces) {
        return c->body.cardinality == MIMI_PART_NULL ? MIMI_KIND_DELETE : MIMI_KIND_EDIT;
    }
    if (c->has_in_reply_to) {
        return c->body.disposition == MIMI_REACTION ? MIMI_KIND_REACTION : MIMI_KIND_REPLY;
    }
    return MIMI_KIND_MESSAGE;
}

mimi_content mimi_make_text(mimi_text text)
{
    return (mimi_content){
        .body = {.disposition = MIMI_RENDER,
                 .cardinality = MIMI_PART_SINGLE,
                 .content_type = base_bytes_str(text.markdown ? MARKDOWN : PLAIN),
                 .content = text.text},
    };
}

mimi_content mimi_make_reply(const mimi_id *to, mimi_text text)
{
    mimi_content c = mimi_make_text(text);
    c.has_in_reply_to = true;
    c.in_reply_to = *to;
    return c;
}

mimi_content mimi_make_reaction(const mimi_id *to, base_bytes emoji)
{
    mimi_content c = mimi_make_reply(to, (mimi_text){emoji, false});
    c.body.disposition = MIMI_REACTION;
    return c;
}

mimi_content mimi_make_edit(const mimi_id *of, mimi_text text)
{
    mimi_content c = mimi_make_text(text);
    c.has_replaces = true;
    c.replaces = *of;
    return c;
}

mimi_content mimi_make_delete(const mimi_id *of)
{
    return (mimi_content){
        .has_replaces = true,
        .replaces = *of,
        .body = {.disposition = MIMI_RENDER, .cardinality = MIMI_PART_NULL},
    };
}
