/* sotto init: a person and a device, and the recovery key, shown once. Nothing exists before the
 * key was shown and, on a terminal, confirmed: the sealed key of the store is written last, and a
 * store without it is what an interrupted init left. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sotto/sotto.h>

#include "adapters/clock_os.h"
#include "adapters/crypto_default.h"
#include "adapters/random_os.h"
#include "base/ct.h"
#include "chars.h"
#include "cmd.h"
#include "home.h"
#include "passphrase.h"
#include "relay_address.h"

#define DEFAULT_RELAY "ws://127.0.0.1:7480"
#define POSTAGE_MAX 255
#define CA_MAX ((size_t)1 << 20)

static const char usage[] =
    "sotto init [--name NAME] [--relay URL] [--postage-file FILE] [--relay-ca FILE]\n"
    "\n"
    "Make a person and this device of theirs. Shows the recovery key, once: whoever has it\n"
    "can take this person over, and without it nobody can help you when this device is lost.\n"
    "\n"
    "  --name NAME          what others see (may be set later)\n"
    "  --relay URL          your relay, such as relay.example.org (default: " DEFAULT_RELAY ")\n"
    "  --postage-file FILE  the relay's shared secret, one line, from its operator\n"
    "  --relay-ca FILE      a certificate (PEM) to trust for this relay, besides the system's\n";

typedef struct wishes {
    const char *name, *relay, *postage_file, *ca_file;
    char url[256];
    char asked_name[SOTTO_NAME_MAX + 1];
    base_buf postage;
    base_buf ca;
    base_buf passphrase;
} wishes;

/* A whole file of at most max bytes. */
static bool read_file(const char *path, size_t max, base_buf *out)
{
    uint8_t part[4096];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        cli_say("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = true;
    while (good && (n = fread(part, 1, sizeof part, f)) > 0) {
        good = out->n + n <= max && base_buf_append(out, base_bytes_of(part, n)) == BASE_OK;
    }
    good = good && ferror(f) == 0;
    (void)fclose(f);
    base_wipe(part, sizeof part);
    if (!good) {
        cli_say("%s: cannot be read, or is too large", path);
    }
    return good;
}

static bool read_postage(wishes *w)
{
    if (w->postage_file == NULL) {
        return true;
    }
    if (!read_file(w->postage_file, POSTAGE_MAX + 2, &w->postage)) {
        return false;
    }
    base_bytes line = chars_trim(base_buf_bytes(&w->postage));
    if (line.n == 0 || line.n > POSTAGE_MAX) {
        cli_say("%s: the postage is 1 to %d bytes on one line", w->postage_file, POSTAGE_MAX);
        return false;
    }
    memmove(w->postage.p, line.p, line.n);
    w->postage.n = line.n;
    return true;
}

static exit_code read_wishes(const cli *c, wishes *w)
{
    bool exposed = false;
    if (w->name == NULL && isatty(STDIN_FILENO) &&
        terminal_ask("Your name, as others see it: ", w->asked_name, sizeof w->asked_name)) {
        w->name = w->asked_name;
    }
    base_bytes name = base_bytes_str(w->name != NULL ? w->name : "");
    if (!base_bytes_is_text(name) || chars_have_control(name, false) || char_count(name) > 64) {
        cli_say("a name has at most 64 characters, none of them a control character");
        return EXIT_USAGE;
    }
    if (!relay_address(w->relay != NULL ? w->relay : DEFAULT_RELAY, w->url, sizeof w->url,
                       &exposed)) {
        return EXIT_USAGE;
    }
    if (exposed) {
        cli_say("WARNING: this relay is reached without TLS. Nobody on the way can read messages, "
                "but everybody there sees which mailboxes and conversations are used.");
    }
    if (!read_postage(w) || (w->ca_file != NULL && !read_file(w->ca_file, CA_MAX, &w->ca))) {
        return EXIT_USAGE;
    }
    return passphrase_new(c, &w->passphrase);
}

static bool is_confirmed(void)
{
    char answer[16];
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return true;
    }
    for (int tries = 0; tries < 3; tries++) {
        if (terminal_ask("Have you written it down? (yes/no) ", answer, sizeof answer) &&
            strcmp(answer, "yes") == 0) {
            return true;
        }
    }
    return false;
}

static void show_recovery(const cli *c, const base_buf *recovery)
{
    if (c->json) {
        (void)printf("{\"recovery\":\"%.*s\"}\n", (int)recovery->n, (const char *)recovery->p);
    } else {
        (void)printf("Your recovery key. It is shown this once, and kept nowhere:\n\n"
                     "    %.*s\n\n"
                     "Write it on paper, and keep the paper where you keep such papers.\n",
                     (int)recovery->n, (const char *)recovery->p);
    }
    (void)fflush(stdout);
}

/* What an interrupted init, or this one, leaves. */
static base_err remove_store(const home *h)
{
    base_err err = BASE_OK;
    TRY(home_remove(h, HOME_STORE));
    TRY(home_remove(h, HOME_STORE "-wal"));
    TRY(home_remove(h, HOME_STORE "-shm"));
    TRY(home_remove(h, HOME_STORE "-journal"));
done:
    return err;
}

static exit_code make(const cli *c, home *h, const wishes *w)
{
    base_err err = BASE_OK;
    exit_code code = EXIT_FAILED;
    char path[HOME_PATH_MAX];
    sotto *core = NULL;
    base_buf key = base_buf_on(NULL);
    base_buf recovery = base_buf_on(NULL);
    home_settings settings = {.passphrase = w->passphrase.n > 0};
    sotto_create_params params = {
        .name = base_bytes_str(w->name != NULL ? w->name : ""),
        .relay = base_bytes_str(w->url),
        .postage = base_buf_bytes(&w->postage),
        .passphrase = base_buf_bytes(&w->passphrase),
    };
    sotto_config config = {&base_alloc_std, crypto_default(), random_os(), path};
    REQUIRE(config.crypto != NULL, CRYPTO_E_BACKEND);
    REQUIRE(home_file(h, HOME_STORE, path), BASE_E_LIMIT);
    TRY(remove_store(h));
    TRY(sotto_create(&config, &params, clock_os_unix_ms(), &key, &recovery, &core));
    sotto_close(core);
    show_recovery(c, &recovery);
    if (!is_confirmed()) {
        cli_say("nothing was made. Try again with something to write at hand");
        TRY(remove_store(h));
        goto done;
    }
    TRY(home_settings_write(h, &settings));
    if (w->ca.n > 0) {
        TRY(home_write(h, HOME_CA, base_buf_bytes(&w->ca)));
    }
    TRY(home_write(h, HOME_KEY, base_buf_bytes(&key)));
    code = EXIT_GOOD;
done:
    if (err != BASE_OK) {
        cli_say("%s: %s", h->path, base_err_text(err));
    }
    base_buf_clear(&recovery);
    base_buf_clear(&key);
    return code;
}

static int run(int argc, char **argv, const cli_command *self)
{
    cli c;
    home h;
    pid_t holder = 0;
    wishes w = {0};
    const cli_option options[] = {
        {"name", &w.name, NULL},
        {"relay", &w.relay, NULL},
        {"postage-file", &w.postage_file, NULL},
        {"relay-ca", &w.ca_file, NULL},
    };
    cli_result r = cli_read(&c, &(cli_line){self, argc, argv, 0, 0, options, 4});
    if (r != CLI_GO) {
        return r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
    }
    if (!home_open(&h, c.dir, true)) {
        return EXIT_FAILED;
    }
    exit_code code = EXIT_FAILED;
    if (home_is_ready(&h)) {
        cli_say("%s: somebody lives here already. See: sotto me", h.path);
    } else if (!home_lock(&h, &holder)) {
        cli_say("%s: another sotto is busy here", h.path);
        code = EXIT_IN_USE;
    } else {
        code = read_wishes(&c, &w);
        if (code == EXIT_GOOD) {
            code = make(&c, &h, &w);
        }
    }
    base_buf_clear(&w.postage);
    base_buf_clear(&w.ca);
    base_buf_clear(&w.passphrase);
    home_close(&h);
    if (code == EXIT_GOOD && !c.json) {
        (void)puts("\nDone. Next: sotto ui (the page), or sotto me (your link, for others).");
    }
    return code;
}

const cli_command cmd_init = {"init", "make a person and this device", usage, run};
