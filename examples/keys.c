/* Keys before there is a group: Bob publishes a key package; Alice checks whose it is, writes him a
 * letter that only its owner can open, and signs it. */
#include "example.h"

/* Whom Alice means to add. The view is borrowed for the call: what is to last is copied. */
static base_err is_bob(void *user, const mls_key_package *kp)
{
    base_bytes name = kp->leaf_node.credential.body;
    base_bytes key = kp->leaf_node.signature_key;
    const base_buf *known = (const base_buf *)user; /* Bob's key, as she has it from himself */
    bool good = name.n == 3 && memcmp(name.p, "Bob", 3) == 0 && key.n == known->n &&
                memcmp(key.p, known->p, key.n) == 0;
    printf("%.*s, %s\n", (int)name.n, (const char *)name.p,
           mls_key_package_is_last_resort(kp) ? "a last resort" : "to be used once");
    return good ? BASE_OK : BASE_E_NOT_FOUND;
}

/* A letter: sealed to the key package, signed by its writer. label keeps either from being taken
 * for anything else. */
typedef struct letter {
    base_buf kem_output, ciphertext, signature;
} letter;

static letter write_letter(const client *from, const base_buf *key_package, const char *what)
{
    letter l = {0};
    must(mls_key_package_seal(from->ctx, base_buf_bytes(key_package), text("Example Letter"),
                              text(from->name), text(what), &l.kem_output, &l.ciphertext),
         "to seal");
    must(mls_sign(from->ctx, SUITE, base_buf_bytes(&from->private_key), text("Example Letter"),
                  base_buf_bytes(&l.ciphertext), &l.signature),
         "to sign");
    return l;
}

static base_err read_letter(const client *to, const client *from, const base_buf *ref,
                            const letter *l, base_buf *plaintext)
{
    base_err err =
        mls_verify(to->ctx, SUITE, base_buf_bytes(&from->public_key), text("Example Letter"),
                   base_buf_bytes(&l->ciphertext), base_buf_bytes(&l->signature));
    if (err == BASE_OK) {
        err = mls_key_package_open(to->ctx, base_buf_bytes(ref), text("Example Letter"),
                                   text(from->name), base_buf_bytes(&l->kem_output),
                                   base_buf_bytes(&l->ciphertext), plaintext);
    }
    return err;
}

int main(void)
{
    client alice = {0}, bob = {0};
    client_start(&alice, "Alice", memory_store(&alice));
    client_start(&bob, "Bob", memory_store(&bob));

    /* The private keys are in Bob's store, under the reference. That the package is a last resort
     * can be seen of it when his leaf has a dictionary. */
    static const uint16_t has[] = {MLS_COMPONENT_LAST_RESORT_KEY_PACKAGE};
    base_buf mine = leaf_dictionary(has, 1);
    mls_extension in_leaf = {MLS_EXTENSION_APP_DATA_DICTIONARY, base_buf_bytes(&mine)};
    bob.leaf_extensions = (mls_extension_list){&in_leaf, 1};
    base_buf message = {0}, ref = {0};
    mls_key_package_params params = {.member = client_member(&bob),
                                     .not_before = now() - 3600,
                                     .not_after = now() + 30 * 24 * 3600,
                                     .last_resort = true};
    must(mls_key_package_new(bob.ctx, &params, &message, &ref), "a key package");

    /* Alice: genuine, of the present, and Bob's? */
    must(mls_key_package_check(alice.ctx, base_buf_bytes(&message), now(), is_bob, &bob.public_key,
                               NULL),
         "Bob's key package");
    letter l = write_letter(&alice, &message, "May I add you?");

    base_buf plaintext = {0};
    must(read_letter(&bob, &alice, &ref, &l, &plaintext), "the letter");
    printf("Bob reads: %.*s\n", (int)plaintext.n, (const char *)plaintext.p);

    /* Once the keys are deleted, the letter is closed for good, to whoever takes Bob's store too.
     */
    must(mls_key_package_delete(bob.ctx, base_buf_bytes(&ref)), "to delete");
    base_err gone = read_letter(&bob, &alice, &ref, &l, &plaintext);
    printf("and later: %s\n", base_err_text(gone));
    base_buf_clear(&mine);
    base_buf_clear(&plaintext);
    base_buf_clear(&l.kem_output);
    base_buf_clear(&l.ciphertext);
    base_buf_clear(&l.signature);
    base_buf_clear(&message);
    base_buf_clear(&ref);
    client_stop(&alice);
    client_stop(&bob);
    return gone == BASE_E_NOT_FOUND ? EXIT_SUCCESS : EXIT_FAILURE;
}
