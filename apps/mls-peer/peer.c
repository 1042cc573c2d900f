/* Clients and things: made, found, kept and undone. */
#include "peer.h"

#include <stdlib.h>

#include "adapters/clock_os.h"
#include "adapters/crypto_default.h"
#include "adapters/random_os.h"

uint64_t peer_now(void)
{
    return clock_os_unix_ms() / 1000;
}

/* ---- clients ---- */

static void client_free(peer_client *c)
{
    mls_ctx_free(c->ctx);
    peer_store_clear(&c->store);
    free(c);
}

base_err peer_client_new(peer *p, peer_client **out)
{
    base_err err = BASE_OK;
    peer_client *c = calloc(1, sizeof *c);
    REQUIRE(c != NULL, BASE_E_NOMEM);
    const mls_config config = {
        .crypto = crypto_default(), .random = random_os(), .store = peer_store_port(&c->store)};
    TRY(mls_ctx_new(&config, &c->ctx));
    c->next = p->clients;
    p->clients = c;
    *out = c;
    c = NULL;
done:
    free(c);
    return err;
}

static void free_unused_clients(peer *p)
{
    peer_client **at = &p->clients;
    while (*at != NULL) {
        peer_client *c = *at;
        if (c->refs > 0) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        client_free(c);
    }
}

/* ---- things ---- */

void peer_state_forget_seen(peer_thing *t, size_t keep)
{
    while (t->n_seen > keep) {
        t->n_seen--;
        base_buf_clear(&t->seen[t->n_seen].message);
        base_buf_clear(&t->seen[t->n_seen].ref);
    }
}

base_err peer_state_saw(peer_thing *t, base_bytes message, base_bytes ref)
{
    base_err err = BASE_OK;
    peer_seen fresh = {0};
    if (t->n_seen == t->cap_seen) {
        size_t cap = t->cap_seen == 0 ? 16 : 2 * t->cap_seen;
        peer_seen *more = realloc(t->seen, cap * sizeof *more);
        REQUIRE(more != NULL, BASE_E_NOMEM);
        t->seen = more;
        t->cap_seen = cap;
    }
    TRY(base_buf_set(&fresh.message, message));
    TRY(base_buf_set(&fresh.ref, ref));
    t->seen[t->n_seen++] = fresh;
    fresh = (peer_seen){0};
done:
    base_buf_clear(&fresh.message);
    base_buf_clear(&fresh.ref);
    return err;
}

void peer_state_new_epoch(peer_thing *t)
{
    base_buf_clear(&t->pending);
    peer_state_forget_seen(t, 0);
}

static void thing_free(peer_thing *t)
{
    peer_state_new_epoch(t);
    free(t->seen);
    mls_group_free(t->group);
    base_buf_clear(&t->group_id);
    peer_self_clear(&t->self);
    t->client->refs--;
    free(t);
}

base_err peer_thing_new(peer *p, peer_client *client, peer_kind kind, peer_thing **out)
{
    if (p->n >= PEER_THINGS_MAX || p->last_id == UINT32_MAX) {
        return BASE_E_LIMIT;
    }
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
        peer_thing **more = realloc(p->things, cap * sizeof(peer_thing *));
        if (more == NULL) {
            return BASE_E_NOMEM;
        }
        p->things = more;
        p->cap = cap;
    }
    peer_thing *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return BASE_E_NOMEM;
    }
    t->id = ++p->last_id;
    t->kind = kind;
    t->client = client;
    client->refs++;
    p->things[p->n++] = t;
    *out = t;
    return BASE_OK;
}

peer_thing *peer_find_any(const peer *p, uint32_t id)
{
    size_t lo = 0;
    size_t hi = p->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->things[mid]->id < id) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < p->n && p->things[lo]->id == id ? p->things[lo] : NULL;
}

peer_thing *peer_find(const peer *p, uint32_t id, peer_kind kind)
{
    peer_thing *t = peer_find_any(p, id);
    return t != NULL && t->kind == kind ? t : NULL;
}

void peer_drop(peer *p, peer_thing *t)
{
    size_t i = 0;
    while (p->things[i] != t) {
        i++;
    }
    memmove(p->things + i, p->things + i + 1, (p->n - i - 1) * sizeof(peer_thing *));
    p->n--;
    thing_free(t);
    free_unused_clients(p);
}

/* ---- the end of a request ---- */

void peer_keep(peer *p)
{
    for (peer_client *c = p->clients; c != NULL; c = c->next) {
        peer_store_commit(&c->store);
    }
    for (size_t i = 0; i < p->n; i++) {
        p->things[i]->kept_seen = p->things[i]->n_seen;
    }
    free_unused_clients(p);
}

/* Groups in memory are ahead of a store that went back: read them again. A group that cannot be
 * read any more is gone, and its state with it. */
static void reload_groups(peer *p, const peer_client *c)
{
    for (size_t i = 0; i < p->n; i++) {
        peer_thing *t = p->things[i];
        if (t->client == c && t->group != NULL) {
            mls_group_free(t->group);
            t->group = NULL;
            if (mls_group_load(c->ctx, base_buf_bytes(&t->group_id), &t->group) != BASE_OK) {
                t->group = NULL;
            }
        }
    }
}

void peer_undo_since(peer *p, uint32_t last_id)
{
    while (p->n > 0 && p->things[p->n - 1]->id > last_id) {
        thing_free(p->things[--p->n]);
    }
    for (size_t i = 0; i < p->n; i++) {
        peer_state_forget_seen(p->things[i], p->things[i]->kept_seen);
    }
    for (peer_client *c = p->clients; c != NULL; c = c->next) {
        if (peer_store_rollback(&c->store)) {
            reload_groups(p, c);
        }
    }
    free_unused_clients(p);
}

void peer_clear(peer *p)
{
    while (p->n > 0) {
        thing_free(p->things[--p->n]);
    }
    free_unused_clients(p);
    free(p->things);
    *p = (peer){0};
}

/* ---- who a client is ---- */

base_err peer_self_new(peer_self *self, mls_ctx *ctx, mls_suite suite, base_bytes identity)
{
    base_err err = BASE_OK;
    TRY(base_buf_set(&self->identity, identity));
    TRY(mls_signature_key_new(ctx, suite, &self->signature_private, &self->signature_public));
    self->suite = suite;
done:
    return err;
}

base_err peer_self_copy(peer_self *self, const peer_self *from)
{
    base_err err = BASE_OK;
    TRY(base_buf_set(&self->identity, base_buf_bytes(&from->identity)));
    TRY(base_buf_set(&self->signature_private, base_buf_bytes(&from->signature_private)));
    TRY(base_buf_set(&self->signature_public, base_buf_bytes(&from->signature_public)));
    self->suite = from->suite;
done:
    return err;
}

void peer_self_clear(peer_self *self)
{
    base_buf_clear(&self->identity);
    base_buf_clear(&self->signature_private);
    base_buf_clear(&self->signature_public);
}

mls_member_params peer_self_member(const peer_self *self)
{
    return (mls_member_params){
        .suite = self->suite,
        .credential = {MLS_CREDENTIAL_BASIC, base_buf_bytes(&self->identity)},
        .signature_private = base_buf_bytes(&self->signature_private),
        .signature_public = base_buf_bytes(&self->signature_public)};
}
