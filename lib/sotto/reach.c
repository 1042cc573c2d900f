/* Codec of reaches and contact links. */
#include "reach.h"

#include "base/text.h"

#define LINK_VERSION 1
#define LINK_SCHEME "sotto:"

static bool starts_with(base_bytes text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

bool sotto_relay_url_ok(base_bytes url)
{
    size_t scheme = starts_with(url, "wss://") ? 6 : starts_with(url, "ws://") ? 5 : 0;
    if (scheme == 0 || url.n <= scheme || url.n > SOTTO_RELAY_URL_MAX) {
        return false;
    }
    if (url.p[scheme] == '/' || url.p[scheme] == ':') {
        return false; /* no host */
    }
    for (size_t i = 0; i < url.n; i++) {
        uint8_t c = url.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '@' || c == '"' || c == '<' || c == '>' ||
            c == '\\') {
            return false;
        }
    }
    return true;
}

static base_bytes key32(const uint8_t p[static 32])
{
    return (base_bytes){p, 32};
}

void sotto_reach_write(base_wr *w, const sotto_reach *reach)
{
    base_wr_vec(w, base_bytes_str(reach->relay));
    base_wr_fixed(w, key32(reach->mailbox));
    base_wr_u32(w, reach->door);
    base_wr_fixed(w, key32(reach->token));
    base_wr_fixed(w, key32(reach->shelf));
    base_wr_fixed(w, key32(reach->shelf_token));
    base_wr_fixed(w, key32(reach->shelf_key));
}

static void read32(base_rd *r, uint8_t out[static 32])
{
    base_bytes b = base_rd_fixed(r, 32);
    if (b.n == 32) {
        memcpy(out, b.p, 32);
    }
}

void sotto_reach_read(base_rd *r, sotto_reach *out)
{
    base_bytes url = base_rd_vec_max(r, SOTTO_RELAY_URL_MAX);
    memset(out, 0, sizeof *out);
    if (r->err == BASE_OK && !sotto_relay_url_ok(url)) {
        base_rd_fail(r, BASE_E_VALUE);
    }
    if (r->err == BASE_OK) {
        memcpy(out->relay, url.p, url.n);
    }
    read32(r, out->mailbox);
    out->door = base_rd_u32(r);
    read32(r, out->token);
    read32(r, out->shelf);
    read32(r, out->shelf_token);
    read32(r, out->shelf_key);
}

void sotto_contact_link_call(sotto_contact_link *link, const char *name)
{
    size_t n = strlen(name);
    if (n > SOTTO_LINK_NAME_MAX) {
        n = SOTTO_LINK_NAME_MAX;
        while (n > 0 && ((uint8_t)name[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    memset(link->name, 0, sizeof link->name);
    memcpy(link->name, name, n);
}

base_err sotto_contact_link_encode(const sotto_contact_link *link, base_buf *out)
{
    base_wr w = base_wr_on(out);
    base_wr_u8(&w, LINK_VERSION);
    sotto_reach_write(&w, &link->reach);
    base_wr_fixed(&w, sotto_hash_bytes(&link->identity));
    base_wr_vec(&w, base_bytes_str(link->name));
    return base_wr_end(&w);
}

base_err sotto_contact_link_decode(base_bytes in, sotto_contact_link *out)
{
    base_rd r = base_rd_on(in);
    sotto_contact_link link;
    memset(&link, 0, sizeof link);
    if (base_rd_u8(&r) != LINK_VERSION) {
        return SOTTO_E_LINK;
    }
    sotto_reach_read(&r, &link.reach);
    read32(&r, link.identity.b);
    base_bytes name = base_rd_vec_max(&r, SOTTO_LINK_NAME_MAX);
    if (base_rd_end(&r) != BASE_OK || !base_bytes_is_text(name)) {
        return SOTTO_E_LINK;
    }
    if (name.n > 0) {
        memcpy(link.name, name.p, name.n);
    }
    *out = link;
    return BASE_OK;
}

base_err sotto_contact_link_text(const sotto_contact_link *link, base_buf *out)
{
    base_err err = BASE_OK;
    base_buf raw = base_buf_on(out->alloc);
    base_buf text = base_buf_on(out->alloc);
    TRY(sotto_contact_link_encode(link, &raw));
    TRY(base_buf_append(&text, base_bytes_str(LINK_SCHEME)));
    TRY(base_text_base64url(base_buf_bytes(&raw), &text));
    TRY(base_buf_append(out, base_buf_bytes(&text)));
done:
    base_buf_clear(&text);
    base_buf_clear(&raw);
    return err;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

base_err sotto_contact_link_parse(base_bytes text, sotto_contact_link *out)
{
    base_err err = BASE_OK;
    base_buf raw = base_buf_on(NULL);
    while (text.n > 0 && is_space(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && is_space(text.p[text.n - 1])) {
        text.n--;
    }
    REQUIRE(text.n <= SOTTO_LINK_TEXT_MAX && starts_with(text, LINK_SCHEME), SOTTO_E_LINK);
    text.p += strlen(LINK_SCHEME);
    text.n -= strlen(LINK_SCHEME);
    err = base_text_from_base64url(text, &raw);
    REQUIRE(err != BASE_E_VALUE, SOTTO_E_LINK);
    TRY(err);
    TRY(sotto_contact_link_decode(base_buf_bytes(&raw), out));
done:
    base_buf_clear(&raw);
    return err;
}
