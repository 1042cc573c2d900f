/* What a seized relay must not show: everything private that one device knows, read from its store
 * with the real code, a line each, "label<TAB>hex". For tests/seizure/search.
 *
 *     seizure_needles store.db store.key [PASSPHRASE]
 *
 * Not: what the relay has to know (ids of logs, mailboxes and shelves), and the one thing that
 * stands outside of the encryption beside it: the MLS group id at the head of each entry (RFC 9420,
 * section 6.3), drawn at random for this one use.
 *
 * Only what is long enough not to stand somewhere by chance: texts and names of 6 bytes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sotto/sotto.h>

#include "adapters/crypto_default.h"
#include "adapters/random_os.h"
#include "base/bytes.h"
#include "sotto/core.h"

#define SHORTEST 6
#define LONGEST 64 /* of a long value its first bytes and some from its middle */

static void print_hex(const char *label, base_bytes b)
{
    (void)printf("%s\t", label);
    for (size_t i = 0; i < b.n; i++) {
        (void)printf("%02x", b.p[i]);
    }
    (void)printf("\n");
}

static void needle(const char *label, base_bytes b)
{
    if (b.n < SHORTEST) {
        return;
    }
    print_hex(label, base_bytes_of(b.p, b.n < LONGEST ? b.n : LONGEST));
    if (b.n > 3 * LONGEST) {
        print_hex(label, base_bytes_of(b.p + b.n / 2, LONGEST));
    }
}

static void check(base_err err, const char *what)
{
    if (err != BASE_OK) {
        (void)fprintf(stderr, "needles: %s: %s\n", what, base_err_text(err));
        exit(1);
    }
}

static bool person(void *user, const person_row *p)
{
    (void)user;
    needle("identity", sotto_hash_bytes(&p->id));
    needle("device list", base_buf_bytes(&p->list));
    needle("name", base_bytes_str(p->own_name));
    needle("name given", base_bytes_str(p->my_name));
    needle("handle", base_bytes_str(p->handle));
    return true;
}

static bool message(void *user, const message_row *m)
{
    (void)user;
    needle("text", m->text);
    needle("message id", base_bytes_of(m->id.b, sizeof m->id.b));
    return true;
}

static bool package(void *user, const package_row *row)
{
    (void)user;
    needle("KeyPackageRef", row->ref);
    needle("init key", row->init_key);
    needle("mail hint", row->hint);
    return true;
}

static void leaves(const mls_group *g)
{
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *leaf = NULL;
        if (mls_group_member(g, (mls_leaf_index){i}, &leaf) == BASE_OK) {
            needle("leaf encryption key", leaf->encryption_key);
            needle("leaf signature key", leaf->signature_key);
            needle("leaf credential", leaf->credential.body);
        }
    }
}

static bool room(void *user, const sotto_room_id *id)
{
    sotto *s = user;
    room_live *r = NULL;
    check(room_live_get(s, id, &r), "room");
    needle("room id", base_bytes_of(id->b, sizeof id->b));
    needle("title", base_bytes_str(r->row.title));
    needle("cursor key", base_bytes_of(r->row.reader, sizeof r->row.reader));
    check(store_message_page(s->store, id, 0, 1000000, message, NULL), "messages");
    if (r->row.joining.n == 0 && room_group(s, r) == BASE_OK) {
        uint8_t token[32];
        check(room_token(s, r, r->group, token), "token");
        needle("gate token", base_bytes_of(token, sizeof token));
        leaves(r->group);
    }
    return true;
}

static base_buf read_file(const char *path)
{
    base_buf out = base_buf_on(NULL);
    uint8_t piece[4096];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        (void)fprintf(stderr, "needles: cannot read %s\n", path);
        exit(1);
    }
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        check(base_buf_append(&out, base_bytes_of(piece, n)), "memory");
    }
    (void)fclose(f);
    return out;
}

int main(int argc, char **argv)
{
    sotto *s = NULL;
    if (argc < 3 || argc > 4) {
        (void)fprintf(stderr, "usage: needles store.db store.key [PASSPHRASE]\n");
        return 2;
    }
    base_buf wrapped = read_file(argv[2]);
    sotto_config config = {NULL, crypto_default(), random_os(), argv[1]};
    check(sotto_open(&config, base_buf_bytes(&wrapped), base_bytes_str(argc > 3 ? argv[3] : ""), 1,
                     &s),
          "open");
    needle("own name", base_bytes_str(s->me.name));
    needle("own handle", base_bytes_str(s->me.handle));
    needle("own identity", sotto_hash_bytes(&s->me.id));
    needle("own identity key", base_bytes_of(s->me.identity_key, sizeof s->me.identity_key));
    needle("own device key", base_buf_bytes(&s->me.device_public));
    needle("own device list", base_buf_bytes(&s->me.list));
    needle("own box token", base_bytes_of(s->me.box_owner, sizeof s->me.box_owner));
    needle("own shelf token", base_bytes_of(s->me.shelf_owner, sizeof s->me.shelf_owner));
    needle("own shelf key", base_bytes_of(s->me.reach.shelf_key, 32));
    check(store_person_list(s->store, 0, 1000000, person, NULL), "people");
    for (int64_t batch = 0; batch <= s->me.batch; batch++) {
        check(store_package_list(s->store, batch, package, NULL), "packages");
    }
    check(store_room_list(s->store, 0, 1000000, room, s), "rooms");
    sotto_close(s);
    base_buf_clear(&wrapped);
    return 0;
}
