/* Starting an agent; see the header. */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "passphrase.h"

#define CHILD_PASSPHRASE_FD 3
#define CHILD_READY_FD 4

/* In the child: its own session, no terminal, the log as its output. Never returns. */
static void become_agent(const home *h, const start_extra *extra, int passphrase, int ready)
{
    char web[8] = "--web";
    char port[8] = "--port";
    char *args[16] = {
        (char[]){"sotto"},           (char[]){"run"}, (char[]){"--dir"},      strdup(h->path),
        (char[]){"--passphrase-fd"}, (char[]){"3"},   (char[]){"--ready-fd"}, (char[]){"4"}};
    size_t n = 8;
    if (extra->web != NULL) {
        args[n++] = web;
        args[n++] = strdup(extra->web);
    }
    if (extra->port != NULL) {
        args[n++] = port;
        args[n++] = strdup(extra->port);
    }
    (void)setsid();
    int log = openat(h->dir, HOME_LOG, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    int none = open("/dev/null", O_RDWR);
    /* Above all numbers that are about to be used. */
    int pass = fcntl(passphrase, F_DUPFD, 10);
    int tell = fcntl(ready, F_DUPFD, 10);
    if (log < 0 || none < 0 || pass < 0 || tell < 0 || dup2(none, 0) < 0 || dup2(none, 1) < 0 ||
        dup2(log, 2) < 0 || dup2(pass, CHILD_PASSPHRASE_FD) < 0 || dup2(tell, CHILD_READY_FD) < 0) {
        _exit(127);
    }
    for (int fd = CHILD_READY_FD + 1; fd < 256; fd++) {
        (void)close(fd);
    }
    (void)execv("/proc/self/exe", args);
    _exit(127);
}

/* What the agent tells when it serves, or why it does not. */
static exit_code wait_ready(int fd, pid_t child)
{
    char text[512];
    size_t n = 0;
    while (n + 1 < sizeof text) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    text[n] = '\0';
    if (strcmp(text, "ok") == 0) {
        return EXIT_GOOD;
    }
    int status = 0;
    int code = waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                        : EXIT_NO_AGENT;
    cli_say("%s", n > 0 ? text : "the agent does not start; see agent.log in its folder");
    return code == EXIT_PASSPHRASE || code == EXIT_IN_USE ? (exit_code)code : EXIT_NO_AGENT;
}

exit_code start_agent(const home *h, const cli *c, const start_extra *extra)
{
    home_settings settings;
    base_buf passphrase = base_buf_on(NULL);
    int secret[2] = {-1, -1};
    int ready[2] = {-1, -1};
    home_settings_read(h, &settings);
    exit_code code = passphrase_get(c, &settings, &passphrase);
    if (code == EXIT_GOOD && (pipe2(secret, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0)) {
        code = EXIT_NO_AGENT;
    }
    pid_t child = code == EXIT_GOOD ? fork() : -1;
    if (child == 0) {
        become_agent(h, extra, secret[0], ready[1]);
    }
    if (secret[0] >= 0) {
        (void)close(secret[0]);
    }
    if (ready[1] >= 0) {
        (void)close(ready[1]);
    }
    if (child > 0) {
        /* A passphrase is shorter than what a pipe holds. */
        (void)!write(secret[1], passphrase.p, passphrase.n);
        (void)close(secret[1]);
        secret[1] = -1;
        code = wait_ready(ready[0], child);
    } else if (code == EXIT_GOOD) {
        cli_say("the agent cannot be started: %s", strerror(errno));
        code = EXIT_NO_AGENT;
    }
    base_buf_clear(&passphrase);
    if (secret[1] >= 0) {
        (void)close(secret[1]);
    }
    if (ready[0] >= 0) {
        (void)close(ready[0]);
    }
    return code;
}
