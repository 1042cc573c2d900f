/* What opens a person's logs, for a test that is to come back with it later: read from a copy of
 * the store with the real code, a line for each open room,
 *
 *     title<TAB>log<TAB>epoch<TAB>token<TAB>reader<TAB>n
 *
 * all but title and numbers as hex: the token of the epoch, the cursor's key, and the last entry
 * that the device has taken in. tests/e2e/knock.c speaks to the relay with it.
 *
 *     e2e_gates store.db store.key [PASSPHRASE] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sotto/sotto.h>

#include "adapters/crypto_default.h"
#include "adapters/random_os.h"
#include "base/bytes.h"
#include "sotto/core.h"

#define KEY_FILE_MAX 4096

static void check(base_err err, const char *what)
{
    if (err != BASE_OK) {
        (void)fprintf(stderr, "gates: %s: %s\n", what, base_err_text(err));
        exit(1);
    }
}

static void print_hex(const uint8_t *p, size_t n)
{
    (void)printf("\t");
    for (size_t i = 0; i < n; i++) {
        (void)printf("%02x", p[i]);
    }
}

static bool room(void *user, const sotto_room_id *id)
{
    sotto *s = user;
    room_live *r = NULL;
    uint8_t token[32];
    check(room_live_get(s, id, &r), "room");
    if (r->row.joining.n > 0 || room_group(s, r) != BASE_OK) {
        return true;
    }
    check(room_token(s, r, r->group, token), "token");
    (void)printf("%s", r->row.title);
    print_hex(r->row.log, sizeof r->row.log);
    (void)printf("\t%" PRIu64, r->row.epoch);
    print_hex(token, sizeof token);
    print_hex(r->row.reader, sizeof r->row.reader);
    (void)printf("\t%" PRIu64 "\n", r->row.at.n);
    return true;
}

int main(int argc, char **argv)
{
    sotto *s = NULL;
    uint8_t wrapped[KEY_FILE_MAX];
    if (argc < 3 || argc > 4) {
        (void)fprintf(stderr, "usage: e2e_gates store.db store.key [PASSPHRASE]\n");
        return 2;
    }
    FILE *f = fopen(argv[2], "rb");
    size_t n = f == NULL ? 0 : fread(wrapped, 1, sizeof wrapped, f);
    if (f != NULL) {
        (void)fclose(f);
    }
    sotto_config config = {NULL, crypto_default(), random_os(), argv[1]};
    check(sotto_open(&config, base_bytes_of(wrapped, n), base_bytes_str(argc > 3 ? argv[3] : ""), 1,
                     &s),
          "open");
    check(store_room_list(s->store, 0, 1000000, room, s), "rooms");
    sotto_close(s);
    return 0;
}
