/* Surviving a crash: the group in a file, a commit that was on its way to the others, and a message
 * that is kept in the same transaction as the key that it used up. */
#define _POSIX_C_SOURCE 200809L /* fsync, in file_store.h */
#include "file_store.h"

/* The application's own records live in the same store, under names that libmls does not use. */
static void put(file_store *f, const char *key, base_bytes value)
{
    mls_store_op op = {text(key), value, value.p == NULL};
    must(file_write(f, &op, 1), key);
}

/* Alice's process ends at any moment, and another one begins. */
static void crash(client *alice, file_store *f)
{
    const char *path = f->path;
    alice->memory = f->list;
    client_stop(alice); /* nothing of it is left */
    *alice = (client){0};
    *f = (file_store){.path = path};
    file_load(f);
    client_open(alice, "Alice", (mls_store){file_get, file_write, f});
    must(mls_group_load(alice->ctx, text("saved"), &alice->group), "the group from the store");
}

int main(int argc, char **argv)
{
    client alice = {0}, bob = {0};
    file_store f = {.path = argc > 1 ? argv[1] : "persistence.store"};
    client_start(&alice, "Alice", (mls_store){file_get, file_write, &f});
    client_start(&bob, "Bob", memory_store(&bob));
    client_meet(&alice, &bob, "saved"); /* as in two_people.c */

    /* Alice makes a commit. Before it is sent, it is kept, or she could not follow the others into
     * the epoch that it begins. */
    mls_commit_out made = {0};
    base_buf pending = {0};
    must(mls_group_commit(alice.group, NULL, now(), &made), "a commit");
    must(mls_staged_encode(made.staged, &pending), "to encode");
    put(&f, "app/pending", base_buf_bytes(&pending));
    base_buf_clear(&pending);
    mls_received got = {0};
    must(client_receive(&bob, &made.commit, &got), "to take the commit in");
    mls_received_clear(&got);
    mls_commit_out_clear(&made);
    crash(&alice, &f);

    /* Her commit was taken: she finds it where she left it and goes on. Merging it and forgetting
     * it are one transaction. */
    mls_staged *staged = NULL;
    must(file_get(&f, text("app/pending"), &pending), "what is pending");
    must(mls_staged_decode(alice.group, base_buf_bytes(&pending), &staged), "to decode");
    file_begin(&f);
    must(mls_group_merge(alice.group, staged), "a merge");
    put(&f, "app/pending", (base_bytes){0});
    file_end(&f);
    base_buf_clear(&pending);

    /* A message's key is gone once it was used, so its text has to be kept with that, or a crash in
     * between would lose it. Only then may Alice tell the server that she has it. */
    base_buf message = {0};
    must(mls_group_protect(bob.group, text("Do not lose this"), NULL, &message), "to encrypt");
    file_begin(&f);
    must(client_receive(&alice, &message, &got), "to decrypt");
    put(&f, "app/inbox", base_buf_bytes(&got.plaintext));
    file_end(&f);
    mls_received_clear(&got);
    crash(&alice, &f);

    base_buf kept = {0};
    must(file_get(&f, text("app/inbox"), &kept), "the inbox");
    printf("after two crashes: epoch %u, \"%.*s\"\n", (unsigned)mls_group_epoch(alice.group),
           (int)kept.n, (const char *)kept.p);
    base_err again = client_receive(&alice, &message, &got);
    printf("the same message again: %s\n", base_err_text(again));
    bool good = mls_group_epoch(alice.group) == 2 && again == MLS_E_GENERATION_GONE;
    base_buf_clear(&kept);
    base_buf_clear(&message);
    alice.memory = f.list;
    client_stop(&alice);
    client_stop(&bob);
    return good && remove(f.path) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
