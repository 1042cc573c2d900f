/* A sottod process of its own and a client that speaks the relay's frames; see the header. */
#include "sottod_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 32
#define READY_MS 20000

static uint64_t clock_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the process ---- */

static const char *program(void)
{
    static char path[400];
    const char *build = getenv("SOTTO_BUILD");
    (void)snprintf(path, sizeof path, "%s/apps/sottod", build == NULL ? "." : build);
    return path;
}

void sottod_make(sottod *s)
{
    const char *tmp = getenv("TMPDIR");
    *s = (sottod){.pid = 0};
    (void)snprintf(s->folder, sizeof s->folder, "%s/sotto-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->data, sizeof s->data, "%s/relay.db", s->folder);
    (void)snprintf(s->log, sizeof s->log, "%s/log", s->folder);
}

char *rig_read(const char *path, size_t from)
{
    FILE *f = fopen(path, "rb");
    base_buf b = base_buf_on(NULL);
    uint8_t piece[4096];
    size_t n = 0;
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)from, SEEK_SET), 0);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        assert_int_equal(base_buf_append(&b, base_bytes_of(piece, n)), BASE_OK);
    }
    (void)fclose(f);
    char *text = malloc(b.n + 1);
    assert_non_null(text);
    if (b.n > 0) {
        memcpy(text, b.p, b.n);
    }
    text[b.n] = '\0';
    base_buf_clear(&b);
    return text;
}

char *sottod_said(const sottod *s)
{
    return rig_read(s->log, s->log_read);
}

/* Fork, both outputs into the file at path. */
static pid_t spawn(const char *const *argv, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(fd);
    return pid;
}

bool sottod_start(sottod *s, const char *const *args)
{
    const char *argv[ARGS_MAX] = {program(), "--data", s->data};
    size_t n = 3;
    bool listens = false;
    for (; args != NULL && *args != NULL; args++) {
        assert_true(n < ARGS_MAX - 3);
        listens = listens || strcmp(*args, "--listen") == 0;
        argv[n++] = *args;
    }
    if (!listens) {
        argv[n++] = "--listen";
        argv[n++] = "127.0.0.1:0";
    }
    FILE *f = fopen(s->log, "ab");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    s->log_read = (size_t)ftell(f);
    (void)fclose(f);
    s->pid = spawn(argv, s->log);
    for (uint64_t until = clock_ms() + READY_MS; clock_ms() < until;) {
        int status = 0;
        char *said = sottod_said(s);
        bool ready = strstr(said, "event=ready") != NULL;
        const char *at = strstr(said, "event=listen address=");
        const char *colon = at == NULL ? NULL : strstr(at, "1:"); /* 127.0.0.1: */
        if (colon != NULL) {
            s->port = (uint16_t)strtoul(colon + 2, NULL, 10);
        }
        free(said);
        if (ready) {
            return true;
        }
        if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
            s->pid = 0;
            return false;
        }
        (void)usleep(2000);
    }
    fail_msg("sottod is not ready after %d ms", READY_MS);
    return false;
}

int sottod_end(sottod *s, int signal)
{
    int status = 0;
    assert_true(s->pid > 0);
    assert_int_equal(kill(s->pid, signal), 0);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    s->pid = 0;
    return status;
}

pid_t sottod_spawn(const char *const *args, const char *path)
{
    const char *argv[ARGS_MAX] = {program()};
    size_t n = 1;
    for (; *args != NULL; args++) {
        assert_true(n < ARGS_MAX - 1);
        argv[n++] = *args;
    }
    return spawn(argv, path);
}

int sottod_run(const char *const *args, char **out)
{
    char path[] = "/tmp/sotto-test-out-XXXXXX";
    int status = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    pid_t pid = sottod_spawn(args, path);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    *out = rig_read(path, 0);
    (void)unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void sottod_drop(sottod *s)
{
    if (s->pid > 0) {
        (void)sottod_end(s, SIGKILL);
    }
    DIR *d = opendir(s->folder);
    for (struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d)) {
        char path[500];
        (void)snprintf(path, sizeof path, "%s/%s", s->folder, e->d_name);
        (void)unlink(path);
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    (void)rmdir(s->folder);
}

/* ---- a client ---- */

static void on_open(void *user)
{
    ((relay_client *)user)->open = true;
}

static bool on_message(void *user, base_bytes message)
{
    relay_client *c = user;
    wire_frame f;
    assert_int_equal(wire_frame_decode(message, &f), BASE_OK); /* the relay sends none it refuses */
    if (c->push != NULL && c->push(c->user, &f)) {
        return true;
    }
    void *grown = c->inbox;
    assert_int_equal(base_alloc_grow(NULL, &grown, &c->inbox_cap, c->inbox_n + 1, sizeof *c->inbox),
                     BASE_OK);
    c->inbox = grown;
    c->inbox[c->inbox_n] = base_buf_on(NULL);
    assert_int_equal(base_buf_append(&c->inbox[c->inbox_n], message), BASE_OK);
    c->inbox_n++;
    return true;
}

static void on_room(void *user)
{
    (void)user;
}

static void on_end(void *user, ws_client_end why, unsigned code, const char *text)
{
    relay_client *c = user;
    (void)text;
    c->ended = true;
    c->why = why;
    c->code = code;
}

void relay_pump(relay_client *c, int ms)
{
    struct pollfd p = {.fd = ws_client_fd(c->ws), .events = POLLIN};
    if (!c->ended && poll(&p, 1, ms) > 0) {
        ws_client_step(c->ws);
    }
}

bool relay_connect(relay_client *c, uint16_t port)
{
    char url[100];
    bool (*push)(void *, const wire_frame *) = c->push;
    void *user = c->user;
    *c = (relay_client){.push = push, .user = user, .current = base_buf_on(NULL)};
    c->handler = (ws_client_handler){c, on_open, on_message, on_room, on_end};
    (void)snprintf(url, sizeof url, "ws://127.0.0.1:%u/sotto", (unsigned)port);
    ws_client_config config = ws_client_defaults();
    config.url = url;
    config.protocol = "sotto.relay.1";
    config.allow_plain = true;
    config.allow_local = true;
    assert_int_equal(ws_client_new(&config, &c->handler, &c->ws), BASE_OK);
    for (uint64_t until = clock_ms() + 10000; !c->open && !c->ended && clock_ms() < until;) {
        relay_pump(c, 100);
    }
    wire_frame hello = {.type = WIRE_HELLO,
                        .u.hello = {.version_min = WIRE_VERSION, .version_max = WIRE_VERSION}};
    const wire_frame *answer = c->open ? relay_ask(c, &hello) : NULL;
    return answer != NULL && answer->type == WIRE_WELCOME;
}

void relay_disconnect(relay_client *c)
{
    ws_client_free(c->ws);
    c->ws = NULL;
    for (size_t i = 0; i < c->inbox_n; i++) {
        base_buf_clear(&c->inbox[i]);
    }
    base_alloc_free(NULL, c->inbox);
    c->inbox = NULL;
    c->inbox_n = c->inbox_cap = 0;
    base_buf_clear(&c->current);
}

uint32_t relay_send(relay_client *c, wire_frame *f)
{
    base_buf out = base_buf_on(NULL);
    f->request = ++c->request;
    assert_int_equal(wire_frame_encode(f, &out), BASE_OK);
    base_err err = BASE_E_LIMIT;
    for (uint64_t until = clock_ms() + 10000; clock_ms() < until && !c->ended;) {
        err = ws_client_send(c->ws, base_buf_bytes(&out));
        if (err != BASE_E_LIMIT) {
            break;
        }
        relay_pump(c, 10);
    }
    base_buf_clear(&out);
    return err == BASE_OK ? f->request : 0;
}

/* Take the first matching frame out of the inbox into c->current. */
static bool take(relay_client *c, uint32_t request, uint8_t type, wire_frame *out)
{
    for (size_t i = 0; i < c->inbox_n; i++) {
        assert_int_equal(wire_frame_decode(base_buf_bytes(&c->inbox[i]), out), BASE_OK);
        if (request != 0 ? out->request == request : out->type == type) {
            base_buf_move(&c->current, &c->inbox[i]);
            memmove(c->inbox + i, c->inbox + i + 1, (c->inbox_n - i - 1) * sizeof *c->inbox);
            c->inbox_n--;
            assert_int_equal(wire_frame_decode(base_buf_bytes(&c->current), out), BASE_OK);
            return true;
        }
    }
    return false;
}

const wire_frame *relay_wait(relay_client *c, uint32_t request, uint8_t type, int ms)
{
    static wire_frame f;
    for (uint64_t until = clock_ms() + (uint64_t)ms;;) {
        if (take(c, request, type, &f)) {
            return &f;
        }
        uint64_t now = clock_ms();
        if (c->ended || now >= until) {
            return NULL;
        }
        relay_pump(c, (int)(until - now));
    }
}

const wire_frame *relay_ask(relay_client *c, wire_frame *f)
{
    uint32_t request = relay_send(c, f);
    return request == 0 ? NULL : relay_wait(c, request, 0, 10000);
}

void rig_sha256(base_bytes in, uint8_t out[32])
{
    digest_openssl *d = NULL;
    assert_int_equal(digest_openssl_new(&d), BASE_OK);
    relay_digest port = digest_openssl_port(d);
    assert_int_equal(port.sha256(port.user, &in, 1, out), BASE_OK);
    digest_openssl_free(d);
}
