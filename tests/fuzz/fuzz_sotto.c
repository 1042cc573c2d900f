/* The client core with a relay that says anything. Once, a world of three people and an honest
 * relay is played, and what the relay says to Alice when she comes back is kept: messages, a commit
 * that adds somebody, mail of a stranger. Each input is a program: from Alice's store of before, it
 * lets those frames come in this order or another, changed or not, answers what was asked falsely,
 * moves the clock, breaks connections, and lets Alice do things.
 *
 * Held against it: no call ends in an error, but for what Alice asks herself, and that is never our
 * own fault; nothing is said for ever; nothing is due for ever; the store opens afterwards. */
#include "../scenario/world.c"

#include <sys/stat.h>

#include "wire/frame.h"

#define FRAMES_MAX 128
#define PENDING_MAX 64
#define STEPS 200
#define COMMANDS_MAX 20000 /* of one input; more is spinning */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- what was said once ---- */

static struct {
    bool ready;
    char store[128]; /* Alice's, closed */
    base_buf wrapped;
    fake_random random; /* so that her own bytes are the same and come back to her */
    sotto_room_id direct;
    sotto_room_id group;
    uint64_t now;
    struct {
        uint32_t conn;
        base_buf frame;
    } said[FRAMES_MAX];
    size_t n_said;
} once;

static bool record(void *user, client *c, bool to_client, base_buf *frame)
{
    if (to_client && c == user && once.n_said < FRAMES_MAX) {
        once.said[once.n_said].conn = c->w->tap_conn;
        OK(base_buf_set(&once.said[once.n_said].frame, base_buf_bytes(frame)));
        once.n_said++;
    }
    return true;
}

static void remember_store(client *alice)
{
    sotto_config config = world_config(alice);
    for (uint32_t conn = 0; conn < WORLD_CONNS; conn++) {
        drop_session(alice, conn);
    }
    sotto_close(alice->s); /* all of it is in the one file then */
    (void)snprintf(once.store, sizeof once.store, "%s/before.db", alice->folder);
    copy_file(alice->path, once.store);
    OK(base_buf_set(&once.wrapped, base_buf_bytes(&alice->wrapped)));
    once.random = alice->random;
    OK(sotto_open(&config, base_buf_bytes(&alice->wrapped), BASE_BYTES_NONE, alice->w->now,
                  &alice->s));
}

static void play_once(void)
{
    static world w;
    sotto_me me;
    uint32_t op = 0;
    world_begin(&w, 1);
    client *alice = world_person(&w, "Alice");
    client *bob = world_person(&w, "Bob");
    client *carol = world_person(&w, "Carol");
    once.direct = world_befriend(alice, bob);
    (void)world_befriend(bob, carol);
    OK(sotto_get_me(alice->s, &me));
    OK(sotto_create_group(bob->s, base_bytes_str("Group"), &me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    once.group = world_event(bob, SOTTO_EVENT_DONE).room;
    world_say(alice, &once.group, "hello");
    world_pass(&w, 2000);
    world_offline(alice);
    world_say(alice, &once.direct, "written off line");
    remember_store(alice);
    once.now = w.now;
    world_say(bob, &once.direct, "one");
    world_say(bob, &once.group, "two");
    world_pass(&w, 1000);
    OK(sotto_get_me(carol->s, &me));
    OK(sotto_add_members(bob->s, &once.group, &me.id, 1, w.now, &op));
    world_pass(&w, 2000);
    world_say(bob, &once.group, "three");
    OK(sotto_get_me(alice->s, &me));
    OK(sotto_add_contact(carol->s, base_bytes_str(me.link), BASE_BYTES_NONE, w.now, &op));
    world_pass(&w, 2000);
    w.tap = record;
    w.tap_user = alice;
    alice->online = true;
    OK(sotto_tick(alice->s, w.now));
    world_pass(&w, 5000);
    MUST(once.n_said > 10);
    w.tap = NULL;
    once.ready = true;
}

/* ---- the program ---- */

typedef struct asked {
    uint32_t conn;
    uint8_t type;
    uint32_t request;
} asked;

typedef struct machine {
    const uint8_t *p;
    size_t left;
    sotto *s;
    uint64_t now;
    fake_random random;
    asked pending[PENDING_MAX];
    size_t n_pending;
    size_t next_said;
    size_t commands;
    size_t begun; /* requests of hers that wait for a relay */
} machine;

static uint8_t take(machine *m)
{
    if (m->left == 0) {
        return 0;
    }
    m->left--;
    return *m->p++;
}

static void note_sent(machine *m, uint32_t conn, base_bytes frame)
{
    wire_frame f;
    MUST(wire_frame_decode(frame, &f) == BASE_OK); /* whatever came in, this is well formed */
    if (f.type == WIRE_DATA) {
        return;
    }
    if (m->n_pending == PENDING_MAX) {
        memmove(m->pending, m->pending + 1, --m->n_pending * sizeof m->pending[0]);
    }
    m->pending[m->n_pending++] = (asked){conn, f.type, f.request};
}

static void carry_out(machine *m)
{
    sotto_command cmd;
    while (sotto_next(m->s, &cmd) == BASE_OK) {
        MUST(++m->commands < COMMANDS_MAX);
        if (cmd.kind == SOTTO_CMD_SEND) {
            note_sent(m, cmd.conn, cmd.frame);
        } else if (cmd.kind == SOTTO_CMD_CONNECT) {
            uint32_t conn = cmd.conn;
            MUST(sotto_conn_up(m->s, conn, m->now) == BASE_OK);
        }
    }
}

static void pass(machine *m, uint64_t ms)
{
    m->now += ms;
    for (int i = 0; sotto_wake_at(m->s) <= m->now; i++) {
        MUST(i < 20); /* what is due is done */
        MUST(sotto_tick(m->s, m->now) == BASE_OK);
        carry_out(m);
    }
}

static void arrive(machine *m, uint32_t conn, base_bytes frame)
{
    MUST(sotto_conn_frame(m->s, conn, frame, m->now) == BASE_OK);
    carry_out(m);
}

/* Give an answer the number of a request that it may answer, if one is open. */
static void address(machine *m, uint32_t *conn, base_buf *frame)
{
    if (frame->n < 5 || frame->p[0] >= WIRE_ENTRY || frame->p[0] == WIRE_PART) {
        return;
    }
    for (size_t i = 0; i < m->n_pending; i++) {
        const asked *a = &m->pending[i];
        bool fits = frame->p[0] == (a->type | 0x80) || frame->p[0] == WIRE_DONE;
        if (fits && a->conn == *conn) {
            for (size_t k = 0; k < 4; k++) {
                frame->p[1 + k] = (uint8_t)(a->request >> (24 - 8 * k));
            }
            m->n_pending--;
            memmove(&m->pending[i], &m->pending[i + 1], (m->n_pending - i) * sizeof m->pending[0]);
            return;
        }
    }
}

static void change(machine *m, base_buf *frame)
{
    uint8_t how = take(m);
    for (unsigned i = 0; i < (how & 3u) + 1 && frame->n > 0; i++) {
        size_t at = (size_t)take(m) << 8 | take(m);
        frame->p[at % frame->n] ^= take(m);
    }
    if ((how & 4u) != 0 && frame->n > 0) {
        MUST(base_buf_resize(frame, ((size_t)take(m) << 8 | take(m)) % frame->n) == BASE_OK);
    }
}

static void say(machine *m, size_t which, bool changed)
{
    base_buf frame = base_buf_on(NULL);
    uint32_t conn = once.said[which].conn;
    MUST(base_buf_set(&frame, base_buf_bytes(&once.said[which].frame)) == BASE_OK);
    if (changed) {
        change(m, &frame);
    }
    address(m, &conn, &frame);
    arrive(m, conn, base_buf_bytes(&frame));
    base_buf_clear(&frame);
}

/* DONE, CREDIT, DROPPED, PART, numbers and lists that nobody asked for. */
static void say_new(machine *m)
{
    base_buf frame = base_buf_on(NULL);
    static const uint8_t zeros[70000];
    uint8_t conn = 1 + take(m) % 2;
    uint32_t to = conn;
    wire_frame f = {.type = WIRE_DONE, .request = 1};
    f.u.done.status = take(m) % 18;
    switch (take(m) % 8) {
    case 0:
        f.type = WIRE_CREDITED;
        f.u.credited.bytes = take(m) % 2 == 0 ? take(m) : UINT32_MAX;
        break;
    case 1:
        f = (wire_frame){.type = WIRE_DROPPED};
        f.u.dropped = (wire_dropped){take(m) % 4, take(m) % 2 == 0 ? WIRE_GONE : WIRE_DENIED};
        break;
    case 2:
        f = (wire_frame){.type = WIRE_PART};
        f.u.bytes.data = base_bytes_of(zeros, 1 + (size_t)take(m) * 256);
        break;
    case 3:
        f = (wire_frame){.type = WIRE_ENTRY};
        f.u.entry = (wire_entry){.channel = 1 + take(m) % 3u,
                                 .seq = take(m),
                                 .size = WIRE_ENTRY_MAX / (1u + take(m) % 4u)};
        break;
    default:
        break;
    }
    if (wire_frame_encode(&f, &frame) == BASE_OK) {
        address(m, &to, &frame);
        arrive(m, to, base_buf_bytes(&frame));
    }
    base_buf_clear(&frame);
}

static void say_bytes(machine *m)
{
    uint8_t raw[64];
    size_t n = take(m) % sizeof raw;
    for (size_t i = 0; i < n; i++) {
        raw[i] = take(m);
    }
    arrive(m, 1 + take(m) % 3u, base_bytes_of(raw, n));
}

static bool first_request(void *user, const sotto_room *r)
{
    if (r->state == SOTTO_ROOM_REQUEST) {
        *(sotto_room_id *)user = r->id;
    }
    return true;
}

static void ask(machine *m)
{
    base_err err = BASE_OK;
    int64_t number = 0;
    uint32_t op = 0;
    uint8_t what = take(m);
    sotto_room_id room = take(m) % 2 == 0 ? once.direct : once.group;
    sotto_room_id asked = {{0}};
    switch (what % 7) {
    case 0:
        err =
            sotto_send_text(m->s, &room, base_bytes_str("text"), BASE_BYTES_NONE, m->now, &number);
        break;
    case 1:
        err = sotto_leave(m->s, &room, m->now);
        break;
    case 2:
        err = sotto_create_group(m->s, base_bytes_str("New"), NULL, 0, m->now, &op);
        break;
    case 3:
        err = sotto_list_rooms(m->s, 0, 100, first_request, &asked);
        MUST(err == BASE_OK);
        err = sotto_accept(m->s, &asked, m->now);
        break;
    case 4:
        err = sotto_add_contact(m->s, base_bytes_str("bob@127.0.0.1:7480"), BASE_BYTES_NONE, m->now,
                                &op);
        break;
    case 5:
        err = sotto_mark_read(m->s, &room, INT64_MAX, m->now);
        break;
    default:
        err = sotto_retry(m->s, m->now);
        break;
    }
    /* So many may wait at once; and here it is not looked at how many have ended. */
    MUST(err != BASE_E_LIMIT || m->begun >= SOTTO_WAITING_MAX);
    MUST(err == BASE_E_LIMIT || (base_err_class(err) != BASE_CLASS_INTERNAL &&
                                 base_err_class(err) != BASE_CLASS_RESOURCE));
    m->begun += op != 0;
    carry_out(m);
}

static void step(machine *m)
{
    uint8_t op = take(m);
    if (op < 128) {
        say(m, m->next_said % once.n_said, op % 4 == 3);
        m->next_said++;
    } else if (op < 160) {
        say(m, take(m) % once.n_said, op % 2 == 1);
    } else if (op < 200) {
        say_new(m);
    } else if (op < 210) {
        say_bytes(m);
    } else if (op < 230) {
        pass(m, (uint64_t)1 << (take(m) % 18));
    } else if (op < 240) {
        MUST(sotto_conn_down(m->s, 1 + take(m) % 3u, "broken", m->now) == BASE_OK);
        carry_out(m);
    } else {
        ask(m);
    }
}

static bool count_texts(void *user, const sotto_message *m)
{
    *(size_t *)user += m->notice == SOTTO_NOTICE_NONE;
    return true;
}

/* Run a program; how many messages the group shows at its end. */
static size_t run(const uint8_t *data, size_t size)
{
    size_t texts = 0;
    char path[160];
    (void)snprintf(path, sizeof path, "%s-now", once.store);
    machine m = {.p = data, .left = size, .now = once.now, .random = once.random};
    sotto_config config = {NULL, world_crypto(), fake_random_port(&m.random), path};
    copy_file(once.store, path);
    MUST(sotto_open(&config, base_buf_bytes(&once.wrapped), BASE_BYTES_NONE, m.now, &m.s) ==
         BASE_OK);
    MUST(sotto_tick(m.s, m.now) == BASE_OK);
    carry_out(&m);
    for (int i = 0; i < STEPS && m.left > 0; i++) {
        step(&m);
    }
    MUST(sotto_list_messages(m.s, &once.group, 0, 1000, count_texts, &texts) == BASE_OK);
    pass(&m, 300000);
    sotto_close(m.s);
    MUST(sotto_open(&config, base_buf_bytes(&once.wrapped), BASE_BYTES_NONE, m.now, &m.s) ==
         BASE_OK);
    sotto_close(m.s);
    (void)unlink(path);
    return texts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t as_it_was[FRAMES_MAX] = {0};
    if (!once.ready) {
        play_once();
        MUST(run(as_it_was, once.n_said) == 3); /* or the fuzzer sees nothing of the rooms */
    }
    (void)run(data, size);
    return 0;
}
