/* What a context is given: an allocator that counts, limits tighter than the default ones, and the
 * ports that every example has. */
#include "example.h"

typedef struct counter {
    size_t blocks;
} counter;

/* The allocator port: standard blocks, counted. What libmls frees it has wiped where it must. */
static void *count_alloc(void *user, size_t n)
{
    void *p = base_alloc_std.alloc(base_alloc_std.user, n);
    ((counter *)user)->blocks += p != NULL;
    return p;
}

static void count_free(void *user, void *p)
{
    ((counter *)user)->blocks -= p != NULL;
    base_alloc_std.free(base_alloc_std.user, p);
}

/* Which of the suites of RFC 9420 run here depends on the backend. */
static size_t list_suites(const mls_ctx *ctx)
{
    size_t n = 0;
    for (mls_suite suite = MLS_SUITE_X25519_AES128GCM_SHA256_ED25519;
         suite <= MLS_SUITE_P384_AES256GCM_SHA384_P384; suite++) {
        if (mls_ctx_supports(ctx, suite)) {
            printf("suite 0x%04x: Nh is %zu\n", (unsigned)suite, mls_suite_hash_size(ctx, suite));
            n++;
        }
    }
    return n;
}

/* What a program does about an error depends on its class; a log gets the name, people the text. */
static bool worth_another_try(base_err err)
{
    printf("%s: %s\n", base_err_name(err), base_err_text(err));
    switch (base_err_class(err)) {
    case BASE_CLASS_RESOURCE:
    case BASE_CLASS_RETRY:
        return true;
    case BASE_CLASS_OK:
    case BASE_CLASS_CALLER:
    case BASE_CLASS_MALFORMED:
    case BASE_CLASS_REJECTED:
    case BASE_CLASS_INTERNAL:
        break;
    }
    return false;
}

int main(void)
{
    counter count = {0};
    const base_alloc alloc = {count_alloc, count_free, &count};
    client alice = {.name = "Alice"};

    /* All of it is borrowed for the life of the context. Limits that are zero are the default. */
    mls_config config = {0};
    config.alloc = &alloc;
    config.crypto = crypto_default();
    config.random = crypto_default_random();
    config.store = memory_store(&alice);
    config.limits.message_bytes = 64 * 1024;
    config.limits.leaves = 100;
    must(mls_ctx_new(&config, &alice.ctx), "a context");

    bool good = list_suites(alice.ctx) > 0;
    printf("%zu blocks in use\n", count.blocks);
    static const uint8_t large[64 * 1024 + 1] = {0};
    mls_group *group = NULL;
    base_err err = mls_group_join(alice.ctx, (base_bytes){large, sizeof large}, (base_bytes){0},
                                  now(), &group);
    good = good && err == BASE_E_LIMIT && worth_another_try(err);
    client_stop(&alice);
    return good && count.blocks == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
