/* The passphrase; see the header. */
#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char warning[] =
    "sotto: WARNING: the passphrase is empty. Whoever gets the files of this folder (a thief, a\n"
    "sotto: backup, another program of yours) reads everything and can write in your name.\n";

#define TRIES 3

/* The signal that came while the terminal was mute. */
static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
    interrupted = sig;
}

/* Read up to the first line end, or the end. */
static bool read_line(int fd, base_buf *out)
{
    for (;;) {
        uint8_t c = 0;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR && interrupted == 0) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0 || c == '\n') {
            return true;
        }
        if (out->n == PASSPHRASE_MAX || base_buf_append(out, base_bytes_of(&c, 1)) != BASE_OK) {
            return false;
        }
    }
}

/* The terminal is mute from before the question, so that what is typed at once is neither shown nor
 * lost, until after the answer, also when that is Ctrl-C: this process ends by it only then. */
static bool ask_mute(int tty, const char *question, const struct termios *before, base_buf *out)
{
    struct sigaction ours = {.sa_handler = interrupt};
    struct sigaction on_int;
    struct sigaction on_term;
    struct termios now = *before;
    now.c_lflag &= ~(tcflag_t)ECHO;
    now.c_lflag |= ECHONL;
    interrupted = 0;
    (void)sigaction(SIGINT, &ours, &on_int);
    (void)sigaction(SIGTERM, &ours, &on_term);
    (void)tcsetattr(tty, TCSAFLUSH, &now);
    (void)!write(tty, question, strlen(question));
    bool good = read_line(tty, out);
    (void)tcsetattr(tty, TCSAFLUSH, before);
    (void)sigaction(SIGINT, &on_int, NULL);
    (void)sigaction(SIGTERM, &on_term, NULL);
    if (interrupted != 0) {
        base_buf_clear(out);
        (void)!write(tty, "\n", 1);
        (void)raise(interrupted);
    }
    return good;
}

static bool ask(int tty, const char *question, bool shown, base_buf *out)
{
    struct termios before;
    if (!shown && tcgetattr(tty, &before) == 0) {
        return ask_mute(tty, question, &before, out);
    }
    (void)!write(tty, question, strlen(question));
    return read_line(tty, out);
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool terminal_ask(const char *question, char *answer, size_t size)
{
    base_buf line = base_buf_on(NULL);
    answer[0] = '\0';
    int tty = open_terminal();
    if (tty < 0) {
        return false;
    }
    bool good = ask(tty, question, true, &line) && line.n < size;
    if (good && line.n > 0) {
        memcpy(answer, line.p, line.n);
        answer[line.n] = '\0';
    }
    base_buf_clear(&line);
    (void)close(tty);
    return good;
}

static exit_code from_descriptor(const cli *c, base_buf *out)
{
    if (!read_line(c->passphrase_fd, out)) {
        cli_say("the passphrase cannot be read from descriptor %d", c->passphrase_fd);
        return EXIT_PASSPHRASE;
    }
    return EXIT_GOOD;
}

static exit_code no_terminal(void)
{
    cli_say("the passphrase is needed, and there is no terminal to ask on. Give it with "
            "--passphrase-fd N");
    return EXIT_PASSPHRASE;
}

exit_code passphrase_get(const cli *c, const home_settings *settings, base_buf *out)
{
    if (c->passphrase_fd >= 0) {
        return from_descriptor(c, out);
    }
    if (!settings->passphrase) {
        return EXIT_GOOD;
    }
    int tty = open_terminal();
    if (tty < 0) {
        return no_terminal();
    }
    bool good = ask(tty, "Passphrase: ", false, out);
    (void)close(tty);
    if (!good) {
        cli_say("the passphrase cannot be read");
    }
    return good ? EXIT_GOOD : EXIT_PASSPHRASE;
}

/* Asked twice until both are the same. */
static exit_code ask_new(base_buf *out)
{
    exit_code code = EXIT_PASSPHRASE;
    base_buf again = base_buf_on(NULL);
    int tty = open_terminal();
    if (tty < 0) {
        return no_terminal();
    }
    for (int i = 0; i < TRIES && code != EXIT_GOOD; i++) {
        base_buf_clear(out);
        base_buf_clear(&again);
        if (!ask(tty, "A passphrase for this device: ", false, out) ||
            !ask(tty, "The same again: ", false, &again)) {
            cli_say("no passphrase; nothing was made");
            break;
        }
        if (base_bytes_eq(base_buf_bytes(out), base_buf_bytes(&again))) {
            code = EXIT_GOOD;
        } else {
            cli_say("the two are not the same; %s",
                    i + 1 < TRIES ? "once more" : "nothing was made");
        }
    }
    base_buf_clear(&again);
    (void)close(tty);
    return code;
}

exit_code passphrase_new(const cli *c, base_buf *out)
{
    exit_code code = c->passphrase_fd >= 0 ? from_descriptor(c, out) : ask_new(out);
    if (code == EXIT_GOOD && out->n == 0) {
        (void)fputs(warning, stderr);
    }
    return code;
}
