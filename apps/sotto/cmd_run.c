/* sotto run: the agent, in this terminal or in the background. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "adapters/clock_os.h"
#include "adapters/crypto_default.h"
#include "adapters/random_os.h"
#include "agent.h"
#include "cmd.h"
#include "passphrase.h"
#include "start.h"

static const char usage[] =
    "sotto run [--detach] [--port N] [--web FOLDER]\n"
    "\n"
    "Run the agent: the one process that holds your keys, speaks with the relay, and serves\n"
    "the page and the other commands. Those start it by themselves when it does not run.\n"
    "\n"
    "  --detach       in the background; it says what it has to say in agent.log\n"
    "  --port N       of the page, on 127.0.0.1 (default: the one it had, else any free one)\n"
    "  --web FOLDER   where the page's files are (default: where they were installed or built)\n"
    "  --ready-fd N   write “ok” there once it serves, or else why it does not\n";

/* Keys are in this process: no core file, and no look into its memory by other programs, but for
 * the sanitizer that looks for leaks at the end. */
static void keep_to_itself(void)
{
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static exit_code fail(const agent_options *o, exit_code code, const char *why)
{
    cli_say("%s", why);
    if (o->ready_fd >= 0) {
        (void)!write(o->ready_fd, why, strlen(why));
    }
    return code;
}

static exit_code open_and_run(const cli *c, home *h, const agent_options *o)
{
    char path[HOME_PATH_MAX];
    sotto *core = NULL;
    home_settings settings;
    base_buf passphrase = base_buf_on(NULL);
    base_buf key = base_buf_on(NULL);
    sotto_config config = {&base_alloc_std, crypto_default(), random_os(), path};
    home_settings_read(h, &settings);
    exit_code code = passphrase_get(c, &settings, &passphrase);
    if (code != EXIT_GOOD) {
        base_buf_clear(&passphrase);
        return fail(o, code, "there is no passphrase to be had");
    }
    base_err err = home_file(h, HOME_STORE, path) ? BASE_OK : BASE_E_LIMIT;
    if (err == BASE_OK && config.crypto == NULL) {
        err = CRYPTO_E_BACKEND;
    }
    if (err == BASE_OK) {
        err = home_read(h, HOME_KEY, 4096, &key);
    }
    if (err == BASE_OK) {
        err = sotto_open(&config, base_buf_bytes(&key), base_buf_bytes(&passphrase),
                         clock_os_unix_ms(), &core);
    }
    base_buf_clear(&passphrase);
    base_buf_clear(&key);
    if (err == SOTTO_E_PASSPHRASE) {
        return fail(o, EXIT_PASSPHRASE, "the passphrase is wrong, or the store is damaged");
    }
    if (err != BASE_OK) {
        return fail(o, EXIT_FAILED, base_err_text(err));
    }
    return (exit_code)agent_run(h, core, o);
}

static exit_code run_here(const cli *c, home *h, const agent_options *o)
{
    char why[96];
    pid_t holder = 0;
    keep_to_itself();
    if (!home_lock(h, &holder)) {
        (void)snprintf(why, sizeof why, "another agent has this folder (process %ld)",
                       (long)holder);
        return fail(o, EXIT_IN_USE, why);
    }
    return open_and_run(c, h, o);
}

static exit_code run_detached(const cli *c, const home *h, const start_extra *extra)
{
    int fd = home_connect(h);
    if (fd >= 0) {
        (void)close(fd);
        cli_say("the agent runs already");
        return EXIT_IN_USE;
    }
    return start_agent(h, c, extra);
}

static int run(int argc, char **argv, const cli_command *self)
{
    cli c;
    home h;
    long port = -1;
    long ready = -1;
    bool detach = false;
    const char *port_text = NULL;
    const char *ready_text = NULL;
    agent_options o = {.port = -1, .ready_fd = -1};
    const cli_option options[] = {
        {"detach", NULL, &detach},
        {"port", &port_text, NULL},
        {"web", &o.web, NULL},
        {"ready-fd", &ready_text, NULL},
    };
    cli_result r = cli_read(&c, &(cli_line){self, argc, argv, 0, 0, options, 4});
    if (r != CLI_GO) {
        return r == CLI_DONE ? EXIT_GOOD : EXIT_USAGE;
    }
    if ((port_text != NULL && !cli_number("--port", port_text, 0, 65535, &port)) ||
        (ready_text != NULL && !cli_number("--ready-fd", ready_text, 0, 1023, &ready))) {
        return EXIT_USAGE;
    }
    o.port = (int)port;
    o.ready_fd = (int)ready;
    if (o.ready_fd >= 0) {
        (void)fcntl(o.ready_fd, F_SETFD, FD_CLOEXEC);
    }
    if (!home_open(&h, c.dir, false)) {
        return EXIT_NO_AGENT;
    }
    exit_code code = EXIT_GOOD;
    if (!home_is_ready(&h)) {
        code = fail(&o, EXIT_NO_AGENT, "nobody lives here yet. Begin with: sotto init");
    } else if (detach) {
        code = run_detached(&c, &h, &(start_extra){port_text, o.web});
    } else {
        code = run_here(&c, &h, &o);
    }
    home_close(&h);
    return code;
}

const cli_command cmd_run = {"run", "the agent itself", usage, run};
