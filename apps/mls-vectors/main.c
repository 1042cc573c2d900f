/* mls-vectors FILE...: run test vectors of the MLS working group and of HPKE. What a file holds is
 * told by the keys of its entries, never by its name. Prints a line a file,
 *     passed N, failed N, skipped N (kind) file
 * and says on standard error which entry failed and why. Exits with 1 when an entry failed or a
 * file was not understood; an entry is skipped only because its cipher suite is not supported. */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/crypto_default.h"
#include "adapters/random_os.h"

#define ARENA_MAX ((size_t)64 << 20) /* bytes of decoded inputs of one entry */

/* One line a runner. */
extern const vec_kind vec_crypto_basics;
extern const vec_kind vec_deserialization;
extern const vec_kind vec_hpke;
extern const vec_kind vec_key_schedule;
extern const vec_kind vec_message_protection;
extern const vec_kind vec_messages;
extern const vec_kind vec_passive_client;
extern const vec_kind vec_psk_secret;
extern const vec_kind vec_secret_tree;
extern const vec_kind vec_transcript_hashes;
extern const vec_kind vec_tree_math;
extern const vec_kind vec_tree_operations;
extern const vec_kind vec_tree_validation;
extern const vec_kind vec_treekem;
extern const vec_kind vec_welcome;

/* A list to which one line is added. clang-format packs it otherwise. */
/* clang-format off */
static const vec_kind *const kinds[] = {
    &vec_crypto_basics,
    &vec_deserialization,
    &vec_hpke,
    &vec_key_schedule,
    &vec_message_protection,
    &vec_messages,
    &vec_passive_client,
    &vec_psk_secret,
    &vec_secret_tree,
    &vec_transcript_hashes,
    &vec_tree_math,
    &vec_tree_operations,
    &vec_tree_validation,
    &vec_treekem,
    &vec_welcome,
};
/* clang-format on */

#define KINDS (sizeof kinds / sizeof kinds[0])

typedef struct tally {
    unsigned passed;
    unsigned failed;
    unsigned skipped;
} tally;

static bool is_kind(const vec_kind *kind, const json_t *entry)
{
    bool all = json_is_object(entry);
    for (size_t i = 0; all && kind->keys[i] != NULL; i++) {
        all = json_object_get(entry, kind->keys[i]) != NULL;
    }
    return all;
}

static const vec_kind *kind_of(const json_t *entry)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (is_kind(kinds[i], entry)) {
            return kinds[i];
        }
    }
    return NULL;
}

/* All entries of a file are of the first one's kind; NULL when they are not, or there are none. */
static const vec_kind *kind_of_file(const json_t *file)
{
    const vec_kind *kind = kind_of(json_array_get(file, 0));
    for (size_t i = 0; kind != NULL && i < json_array_size(file); i++) {
        if (!is_kind(kind, json_array_get(file, i))) {
            return NULL;
        }
    }
    return kind;
}

static void run_entry(const crypto_env *env, const vec_kind *kind, const json_t *entry, size_t at,
                      tally *sum)
{
    vec_ctx c = {.env = env, .arena = base_arena_on(NULL, ARENA_MAX)};
    vec_result result = kind->run(&c, entry);
    if (c.failed || result == VEC_FAILED) {
        sum->failed++;
        fprintf(stderr, "%s, entry %zu: %s\n", kind->name, at, c.why);
    } else if (result == VEC_SKIPPED) {
        sum->skipped++;
    } else {
        sum->passed++;
    }
    base_arena_clear(&c.arena);
}

/* Whether the file was understood and nothing failed. */
static bool run_file(const crypto_env *env, const char *path)
{
    json_error_t why;
    tally sum = {0};
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (file == NULL) {
        fprintf(stderr, "mls-vectors: %s: %s (line %d)\n", path, why.text, why.line);
        return false;
    }
    const vec_kind *kind = kind_of_file(file);
    if (kind == NULL) {
        fprintf(stderr, "mls-vectors: %s: these are no test vectors of a kind known here\n", path);
        json_decref(file);
        return false;
    }
    for (size_t i = 0; i < json_array_size(file); i++) {
        run_entry(env, kind, json_array_get(file, i), i, &sum);
    }
    printf("passed %u, failed %u, skipped %u (%s) %s\n", sum.passed, sum.failed, sum.skipped,
           kind->name, path);
    json_decref(file);
    return sum.failed == 0;
}

static const char usage[] =
    "mls-vectors runs test vectors of MLS (RFC 9420) and HPKE, by the published JSON files.\n"
    "\n"
    "  mls-vectors FILE...\n"
    "\n"
    "What a file holds is told by its content. Prints a line a file:\n"
    "  passed N, failed N, skipped N (kind) file\n"
    "and on standard error which entry failed and why. Exits with 1 when an entry failed or a\n"
    "file was not understood. Skipped is only what needs a cipher suite that is not supported.\n"
    "\n"
    "  --version, --help\n";

int main(int argc, char **argv)
{
    const crypto_env env = {.backend = crypto_default(), .random = random_os()};
    bool good = true;
    if (argc < 2) {
        fprintf(stderr, "usage: mls-vectors FILE...\n");
        return 2;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(usage, stdout) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("mls-vectors " SOTTO_VERSION) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (env.backend == NULL) {
        fprintf(stderr, "mls-vectors: the cryptographic libraries did not start\n");
        return EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++) {
        good = run_file(&env, argv[i]) && good;
    }
    return good && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
