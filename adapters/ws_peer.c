/* The connections of one event loop: their deadlines, their place in a turn, their sessions. What
 * is said on the wire is left to ws_conn, the loop itself to ws_server. */
#include "ws_loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static_assert((int)WS_SERVER_GO == (int)WS_GO && (int)WS_SERVER_HOLD == (int)WS_HOLD,
              "a handler's answer is passed on as it is");

/* ---- deadlines ---- */

static void timer_unlink(ws_peer *p)
{
    timer_list *list = &p->server->timers[p->timer];
    *(p->older != NULL ? &p->older->newer : &list->oldest) = p->newer;
    *(p->newer != NULL ? &p->newer->older : &list->newest) = p->older;
    p->older = NULL;
    p->newer = NULL;
}

static void timer_link(ws_peer *p, timer_kind kind)
{
    timer_list *list = &p->server->timers[kind];
    p->timer = (uint8_t)kind;
    p->deadline_ms = p->server->now_ms + list->after_ms;
    p->queued_then = ws_conn_queued(&p->conn);
    p->midway_then = ws_frames_is_midway(&p->conn.frames);
    p->took = false;
    p->sent = false;
    p->was_deaf = (p->interest & (uint32_t)EPOLLIN) == 0;
    p->conn.heard = false;
    p->older = list->newest;
    p->newer = NULL;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = p;
    list->newest = p;
}

static void timer_arm(ws_peer *p, timer_kind kind)
{
    timer_unlink(p);
    timer_link(p, kind);
}

/* ---- the lists of a turn ---- */

static void make_ready(ws_peer *p)
{
    if (!p->ready && !p->dead) {
        p->ready = true;
        p->next_ready = p->server->ready;
        p->server->ready = p;
    }
}

static void make_dirty(ws_peer *p)
{
    if (!p->dirty && !p->dead) {
        p->dirty = true;
        p->next_dirty = p->server->dirty;
        p->server->dirty = p;
    }
}

static void end_session(ws_peer *p)
{
    void *session = p->session;
    if (session != NULL) {
        p->session = NULL;
        p->server->handler->close(session);
    }
}

void ws_peer_settle(ws_peer *p)
{
    if (p->dead) {
        return;
    }
    if (p->conn.phase == WS_PHASE_OPEN) {
        if (p->timer == TIMER_SHAKE) {
            timer_arm(p, TIMER_QUIET);
        }
        return;
    }
    if (p->conn.phase == WS_PHASE_CLOSING && p->timer != TIMER_LINGER) {
        ws_server_note(p->server, p->tag, "close", p->conn.why, p->conn.code);
        end_session(p);
        timer_arm(p, TIMER_LINGER);
        make_dirty(p);
    }
    if (p->conn.phase == WS_PHASE_DEAD) {
        if (p->timer != TIMER_LINGER) {
            ws_server_note(p->server, p->tag, "close", p->conn.why, p->conn.code);
        }
        end_session(p);
        timer_unlink(p);
        p->dead = true;
        p->server->dying++;
        p->next_dead = p->server->graves;
        p->server->graves = p;
    }
}

static void update_interest(ws_peer *p)
{
    uint32_t want = ws_conn_interest(&p->conn);
    p->was_deaf = p->was_deaf || (want & (uint32_t)EPOLLIN) == 0;
    if (p->dead || want == p->interest) {
        return;
    }
    struct epoll_event event = {.events = want, .data.ptr = p};
    if (epoll_ctl(p->server->epoll, EPOLL_CTL_MOD, p->conn.io.fd, &event) != 0) {
        ws_conn_drop(&p->conn, "epoll failed");
        ws_peer_settle(p);
        return;
    }
    p->interest = want;
}

/* ---- what ws_conn reports ---- */

static bool on_open(ws_conn *c)
{
    ws_peer *p = (ws_peer *)(void *)c;
    ws_server *s = p->server;
    p->session = s->handler->open(s->handler->user, p);
    ws_server_note(s, p->tag, p->session == NULL ? "refuse" : "open", NULL, 0);
    return p->session != NULL;
}

static int on_message(ws_conn *c, base_bytes message)
{
    ws_peer *p = (ws_peer *)(void *)c;
    p->took = true;
    return p->server->handler->message(p->session, message);
}

static const ws_conn_ops peer_ops = {on_open, on_message};

/* ---- a peer ---- */

ws_peer *ws_peer_new(ws_server *s, int fd, size_t address)
{
    ws_peer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return NULL;
    }
    p->server = s;
    p->address = address;
    if (getentropy(&p->tag, sizeof p->tag) != 0) {
        free(p);
        return NULL;
    }
    ws_conn_init(&p->conn, fd, WS_SIDE_SERVER, s->pool, s->config.max_message, &peer_ops,
                 &s->config.rules);
    p->interest = (uint32_t)EPOLLIN;
    struct epoll_event event = {.events = p->interest, .data.ptr = p};
    if ((s->config.tls != NULL && ws_conn_use_tls(&p->conn, s->config.tls, NULL) != BASE_OK) ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        p->conn.io.fd = -1; /* the caller closes it */
        ws_conn_clear(&p->conn);
        free(p);
        return NULL;
    }
    s->peers++;
    timer_link(p, TIMER_SHAKE);
    return p;
}

static void read_some(ws_peer *p)
{
    if (ws_conn_read(&p->conn, p->server->scratch) || ws_conn_is_ready(&p->conn)) {
        make_ready(p);
    }
    ws_peer_settle(p);
    make_dirty(p);
}

void ws_peer_write(ws_peer *p)
{
    size_t before = 0;
    if (p->session != NULL && !p->conn.blocked && ws_conn_has_room(&p->conn)) {
        p->more = p->server->handler->fill(p->session);
    } else {
        p->more = true; /* nobody asked: ask once there is room */
    }
    before = ws_conn_queued(&p->conn);
    if (ws_conn_wants_write(&p->conn)) {
        ws_conn_write(&p->conn);
    }
    p->sent = p->sent || ws_conn_queued(&p->conn) < before;
    ws_peer_settle(p);
    if (p->dead) {
        return;
    }
    if (p->more && !p->conn.blocked && p->session != NULL) {
        make_dirty(p); /* the rest in the next turn, after the others */
    }
    if (ws_conn_is_ready(&p->conn)) {
        make_ready(p);
    }
    update_interest(p);
}

void ws_peer_read(ws_peer *p, uint32_t events)
{
    bool broken = (events & (uint32_t)(EPOLLERR | EPOLLHUP)) != 0;
    if (p->dead) {
        return;
    }
    if ((events & (uint32_t)EPOLLOUT) != 0 || broken) {
        p->conn.blocked = false;
        make_dirty(p);
    }
    read_some(p);
    if (broken && !p->dead && (p->interest & (uint32_t)EPOLLIN) == 0) {
        /* Not being read from, so the reading could not tell. */
        ws_conn_drop(&p->conn, "the connection failed");
        ws_peer_settle(p);
    }
}

/* The deadline of a peer that is open has come. */
static void expire_open(ws_peer *p)
{
    bool stuck_out = p->queued_then > 0 && ws_conn_queued(&p->conn) > 0 && !p->sent;
    bool stuck_in = p->midway_then && ws_frames_is_midway(&p->conn.frames) && !p->took;
    if (stuck_out) {
        ws_conn_drop(&p->conn, "the peer does not read");
    } else if (p->conn.held) {
        timer_arm(p, TIMER_QUIET);
    } else if (stuck_in) {
        ws_conn_shut(&p->conn, WS_CODE_POLICY, "half a message took too long");
    } else if (p->conn.heard || (p->was_deaf && (p->took || p->sent))) {
        timer_arm(p, TIMER_QUIET);
    } else if (p->timer == TIMER_QUIET) {
        ws_conn_ping(&p->conn);
        timer_arm(p, TIMER_PONG);
        make_dirty(p);
    } else {
        ws_conn_drop(&p->conn, "no answer to a ping");
    }
}

void ws_peer_expire(ws_peer *p)
{
    if (p->timer == TIMER_SHAKE) {
        ws_conn_drop(&p->conn, "the handshake took too long");
    } else if (p->timer == TIMER_LINGER) {
        ws_conn_drop(&p->conn, "the peer did not close");
    } else {
        expire_open(p);
    }
    ws_peer_settle(p);
}

static void bury(ws_server *s)
{
    ws_peer *p = s->graves;
    s->graves = NULL;
    while (p != NULL) {
        ws_peer *next = p->next_dead;
        ws_conn_clear(&p->conn); /* closing the socket takes it out of epoll */
        free(p);
        s->peers--;
        s->dying--;
        p = next;
    }
}

void ws_peer_sweep(ws_server *s)
{
    if (s->graves == NULL) {
        return;
    }
    ws_peer **at = &s->ready;
    while (*at != NULL) {
        if ((*at)->dead) {
            *at = (*at)->next_ready;
        } else {
            at = &(*at)->next_ready;
        }
    }
    at = &s->dirty;
    while (*at != NULL) {
        if ((*at)->dead) {
            *at = (*at)->next_dirty;
        } else {
            at = &(*at)->next_dirty;
        }
    }
    bury(s);
}

/* ---- inside handlers ---- */

void ws_peer_wake(ws_peer *peer)
{
    make_dirty(peer);
}

bool ws_peer_send(ws_peer *peer, base_bytes message)
{
    if (!ws_conn_has_room(&peer->conn)) {
        return false;
    }
    bool sent = ws_conn_send(&peer->conn, message) == BASE_OK;
    if (!sent) {
        ws_conn_drop(&peer->conn, "out of memory"); /* asking again would not help */
    }
    make_dirty(peer);
    return sent;
}

void ws_peer_resume(ws_peer *peer)
{
    ws_conn_resume(&peer->conn);
    make_dirty(peer); /* its interest is looked at again, and what was held back is read */
}

void ws_peer_close(ws_peer *peer, uint16_t code)
{
    ws_conn_shut(&peer->conn, code, "closed by this side");
    make_dirty(peer);
}

size_t ws_peer_address(const ws_peer *peer)
{
    return peer->address;
}

uint32_t ws_peer_tag(const ws_peer *peer)
{
    return peer->tag;
}

void ws_peer_set_tag(ws_peer *peer, uint32_t tag)
{
    peer->tag = tag;
}
