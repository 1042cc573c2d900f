/* Content that says what it is (draft-ietf-mls-extensions, section 6.2): the group names the media
 * types that all of its members read, and each message its own. */
#include "example.h"

static base_err show_parameter(void *user, const mls_media_parameter *p)
{
    (void)user;
    printf("; %.*s=%.*s", (int)p->name.n, (const char *)p->name.p, (int)p->value.n,
           (const char *)p->value.p);
    return BASE_OK;
}

static base_err show_type(void *user, const mls_media_type *t)
{
    (*(size_t *)user)++;
    printf("  %.*s", (int)t->type.n, (const char *)t->type.p);
    base_err err = mls_media_parameters_each(t->parameters, show_parameter, NULL);
    printf("\n");
    return err;
}

/* What this group is for: plain text, and pictures. The first is what content is that does not
 * say. */
static base_buf media_types(void)
{
    base_buf charset = {0}, out = {0};
    mls_media_parameter utf8 = {text("charset"), text("utf-8")};
    must(mls_media_parameters_encode(&utf8, 1, &charset), "a parameter");
    mls_media_type types[] = {{text("text/plain"), base_buf_bytes(&charset)},
                              {.type = text("image/png")}};
    must(mls_media_types_encode(types, 2, &out), "media types");
    base_buf_clear(&charset);
    return out;
}

/* Whoever adds a member looks first whether it can read what the group writes. */
static bool can_read(const mls_group *g, mls_extension_list leaf_extensions)
{
    base_err err = mls_media_types_cover(leaf_extensions, mls_group_extensions(g));
    printf("a client without media types: %s\n", base_err_text(err));
    return err == BASE_OK;
}

/* What mls_group_protect() is given, and what mls_group_receive() gives. type NULL: the first. */
static size_t there_and_back(const mls_group *g, const mls_media_type *type, const char *content)
{
    base_buf framed = {0};
    mls_media_type found = {0};
    base_bytes inner = {0};
    size_t n = 0;
    must(mls_content_frame(type, text(content), &framed), "to frame");
    must(mls_content_unframe(g, base_buf_bytes(&framed), &found, &inner), "to read a frame");
    must(show_type(&n, &found), "a media type");
    base_buf_clear(&framed);
    return n;
}

int main(void)
{
    client alice = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    static const uint16_t has[] = {MLS_COMPONENT_CONTENT_MEDIA_TYPES};
    base_buf types = media_types(), mine = leaf_dictionary(has, 1);
    size_t n = 0;
    must(mls_media_types_each(base_buf_bytes(&types), show_type, &n), "media types");
    base_buf ours = dictionary(MLS_COMPONENT_CONTENT_MEDIA_TYPES, types);
    mls_extension in_leaf = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&mine)};
    mls_extension in_group = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&ours)};
    alice.leaf_extensions = (mls_extension_list){&in_leaf, 1};
    mls_member_params member = client_member(&alice);
    must(mls_group_create(alice.ctx, text("pictures"), &member, (mls_extension_list){&in_group, 1},
                          now(), &alice.group),
         "a group");
    bool good = n == 2 && !can_read(alice.group, alice.leaf_extensions);
    mls_media_type png = {.type = text("image/png")};
    good = there_and_back(alice.group, &png, "...") == 1 && good;
    good = there_and_back(alice.group, NULL, "just text") == 1 && good;
    base_buf_clear(&mine);
    base_buf_clear(&ours);
    client_stop(&alice);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
