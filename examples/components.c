/* Parts of an application that do not get in each other's way (<sotto/mls_app.h>): a component has
 * a number, data of its own in the group, and secrets of its own. */
#include "example.h"

#define COLOUR 0x8001 /* private use */

static bool known(void *user, uint16_t component)
{
    (void)user;
    return component == COLOUR;
}

static void start(client *c, const char *name)
{
    mls_config config = {0};
    config.crypto = crypto_default();
    config.random = crypto_default_random();
    config.store = memory_store(c);
    config.components.known = known;
    c->name = name;
    must(mls_ctx_new(&config, &c->ctx), "a context");
    must(mls_signature_key_new(c->ctx, SUITE, &c->private_key, &c->public_key), "a key pair");
}

/* Whether the member at a leaf has a component. */
static bool has_component(const mls_group *g, mls_leaf_index leaf, uint16_t component)
{
    const mls_leaf_node *member = NULL;
    base_bytes list = {0};
    return mls_group_member(g, leaf, &member) == BASE_OK &&
           mls_app_data_find(member->extensions, MLS_COMPONENT_APP_COMPONENTS, &list) == BASE_OK &&
           mls_u16_list_holds(list, component);
}

static base_err show(void *user, const mls_app_data *item)
{
    (*(size_t *)user)++;
    printf("component 0x%04x: %zu bytes\n", (unsigned)item->component, item->data.n);
    return BASE_OK;
}

/* A secret is given once an epoch. What is needed for longer is kept by who asked for it. */
static base_err paint_key(mls_group *g, base_buf *key)
{
    base_err err = mls_group_safe_export(g, COLOUR, key);
    printf("the key: %s\n", err == BASE_OK ? "here it is" : base_err_text(err));
    return err;
}

int main(void)
{
    client alice = {0};
    start(&alice, "Alice");

    /* The group's data of the component, from its beginning on. */
    static const uint16_t has[] = {COLOUR};
    base_buf mine = leaf_dictionary(has, 1), ours = {0};
    mls_app_data green = {COLOUR, text("green")};
    must(mls_app_data_encode(&green, 1, &ours), "a dictionary");
    mls_extension in_leaf = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&mine)};
    mls_extension in_group = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&ours)};
    alice.leaf_extensions = (mls_extension_list){&in_leaf, 1};
    mls_member_params member = client_member(&alice);
    must(mls_group_create(alice.ctx, text("painters"), &member, (mls_extension_list){&in_group, 1},
                          now(), &alice.group),
         "a group");

    size_t n = 0;
    base_bytes colour = {0};
    must(mls_app_data_each(base_buf_bytes(&ours), show, &n), "the dictionary");
    must(mls_app_data_find(mls_group_extensions(alice.group), COLOUR, &colour), "the colour");
    printf("the colour is %.*s\n", (int)colour.n, (const char *)colour.p);
    bool good = n == 1 && has_component(alice.group, mls_group_own_leaf(alice.group), COLOUR);

    base_buf key = {0}, again = {0};
    good = paint_key(alice.group, &key) == BASE_OK && good;
    good = paint_key(alice.group, &again) == MLS_E_EXPORTED && good;
    base_buf_clear(&key);
    base_buf_clear(&again);
    base_buf_clear(&mine);
    base_buf_clear(&ours);
    client_stop(&alice);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
