/* A person's requests that need a relay's answer: adding people, groups, members, a handle. They
 * begin here and go on in op.c. */
#include "base/alloc.h"
#include "core.h"

static base_err new_people(sotto *s, core_op *op, size_t n)
{
    base_err err = BASE_OK;
    if (n == 0) {
        return BASE_OK;
    }
    op->people = base_alloc_zero(s->alloc, n, sizeof *op->people);
    REQUIRE(op->people != NULL, BASE_E_NOMEM);
    op->n_people = n;
    for (size_t i = 0; i < n; i++) {
        TRY(sotto_random(&s->prims, op->people[i].nonce, sizeof op->people[i].nonce));
    }
done:
    return err;
}

base_err op_contact_found(sotto *s, core_op *op, const sotto_contact_link *link)
{
    base_err err = BASE_OK;
    sotto_room_id room;
    room_row row;
    memset(&row, 0, sizeof row);
    TRY(new_people(s, op, 1));
    op->people[0].id = link->identity;
    op->people[0].reach = link->reach;
    memcpy(op->link_name, link->name, sizeof op->link_name);
    if (core_is_me(s, &link->identity)) {
        return op_end(s, op, SOTTO_E_LINK_OWN);
    }
    err = store_room_direct(s->store, &link->identity, &room);
    if (err == BASE_OK) {
        TRY(store_room_get(s->store, &room, &row));
        if (row.state == SOTTO_ROOM_REQUEST) {
            TRY(room_accept(s, &room));
        }
        if (row.state == SOTTO_ROOM_REQUEST || row.state == SOTTO_ROOM_OPEN ||
            row.state == SOTTO_ROOM_PENDING) {
            op->room = room;
            TRY(op_end(s, op, BASE_OK)); /* they are here already */
            goto done;
        }
    } else if (err != BASE_E_NOT_FOUND) {
        goto done;
    }
    err = op_step(s, op);
done:
    room_row_clear(&row);
    return err;
}

static bool is_link(base_bytes address)
{
    for (size_t i = 0; i + 6 <= address.n; i++) {
        if (memcmp(address.p + i, "sotto:", 6) == 0) {
            return true;
        }
    }
    return false;
}

static base_err add_contact(sotto *s, base_bytes address, base_bytes name, uint32_t *number)
{
    base_err err = BASE_OK;
    sotto_contact_link link;
    core_op *op = NULL;
    bool by_link = is_link(address);
    if (by_link) {
        TRY(sotto_contact_link_parse(address, &link));
        REQUIRE(!core_is_me(s, &link.identity), SOTTO_E_LINK_OWN);
    }
    op = op_new(s, OP_CONTACT);
    REQUIRE(op != NULL, BASE_E_LIMIT);
    *number = op->number;
    core_text(name, op->name, sizeof op->name);
    if (by_link) {
        TRY(op_contact_found(s, op, &link));
    } else {
        TRY(directory_address(s, op, address));
        TRY(op_step(s, op));
    }
done:
    return err;
}

base_err sotto_add_contact(sotto *s, base_bytes address, base_bytes name, uint64_t now,
                           uint32_t *op)
{
    if (name.n > SOTTO_NAME_MAX) {
        return BASE_E_LIMIT;
    }
    if (!base_bytes_is_text(name)) {
        return BASE_E_UTF8;
    }
    *op = 0;
    base_err err = core_begin(s, now);
    if (err == BASE_OK) {
        err = add_contact(s, address, name, op);
        err = op_asked(s, err, *op);
    }
    return err;
}

base_err sotto_claim_handle(sotto *s, base_bytes handle, uint64_t now, uint32_t *number)
{
    base_err err = BASE_OK;
    if (!directory_handle_ok(handle)) {
        return SOTTO_E_HANDLE;
    }
    *number = 0;
    TRY(core_begin(s, now));
    core_op *op = op_new(s, OP_HANDLE);
    err = op == NULL ? BASE_E_LIMIT : BASE_OK;
    if (err == BASE_OK) {
        *number = op->number;
        core_text(handle, op->handle, sizeof op->handle);
        err = op_step(s, op);
    }
    return op_asked(s, err, *number);
done:
    return err;
}

/* ---- groups ---- */

static base_err fill_member(sotto *s, op_person *to, const sotto_person_id *id)
{
    base_err err = BASE_OK;
    person_row p;
    sotto_hash h = core_hash_of(id);
    memset(&p, 0, sizeof p);
    TRY(store_person_get(s->store, &h, &p));
    REQUIRE(!p.blocked && p.state != SOTTO_STRANGER && p.reach.n > 0, SOTTO_E_NOT_ALLOWED);
    base_rd r = base_rd_on(base_buf_bytes(&p.reach));
    sotto_reach_read(&r, &to->reach);
    REQUIRE(base_rd_end(&r) == BASE_OK, BASE_E_CORRUPT);
    to->id = h;
done:
    person_row_clear(&p);
    return err;
}

static base_err with_members(sotto *s, core_op *op, const sotto_person_id *members, size_t n)
{
    base_err err = BASE_OK;
    TRY(new_people(s, op, n));
    for (size_t i = 0; i < n; i++) {
        TRY(fill_member(s, &op->people[i], &members[i]));
        for (size_t k = 0; k < i; k++) {
            REQUIRE(!sotto_hash_eq(&op->people[i].id, &op->people[k].id), BASE_E_ARGUMENT);
        }
    }
    TRY(op_step(s, op));
done:
    return err;
}

static base_err create_group(sotto *s, base_bytes title, const sotto_person_id *members, size_t n,
                             uint32_t *number)
{
    core_op *op = op_new(s, OP_GROUP);
    if (op == NULL) {
        return BASE_E_LIMIT;
    }
    *number = op->number;
    core_text(title, op->name, sizeof op->name);
    return with_members(s, op, members, n);
}

base_err sotto_create_group(sotto *s, base_bytes title, const sotto_person_id *members, size_t n,
                            uint64_t now, uint32_t *op)
{
    if (title.n == 0 || title.n > SOTTO_TITLE_BYTES_MAX || n > 200) {
        return BASE_E_LIMIT;
    }
    if (!base_bytes_is_text(title)) {
        return BASE_E_UTF8;
    }
    *op = 0;
    base_err err = core_begin(s, now);
    if (err == BASE_OK) {
        err = create_group(s, title, members, n, op);
        err = op_asked(s, err, *op);
    }
    return err;
}

/* Whether I may change who is in this room. */
static base_err may_manage(sotto *s, const sotto_room_id *room, room_live **r)
{
    base_err err = BASE_OK;
    member_row me;
    TRY(room_live_get(s, room, r));
    REQUIRE((*r)->row.kind == SOTTO_ROOM_GROUP && (*r)->row.state == SOTTO_ROOM_OPEN &&
                (*r)->row.joining.n == 0,
            SOTTO_E_NOT_ALLOWED);
    TRY(store_member_get(s->store, room, &s->me.id, &me));
    REQUIRE(me.admin, SOTTO_E_NOT_ALLOWED);
done:
    return err;
}

static base_err add_members(sotto *s, const sotto_room_id *room, const sotto_person_id *members,
                            size_t n, uint32_t *number)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    TRY(may_manage(s, room, &r));
    /* Nobody joins a group of before version 3 of the store any more: its id was the room's. */
    REQUIRE(r->row.group_n == SOTTO_GROUP_ID_SIZE, SOTTO_E_NOT_ALLOWED);
    for (size_t i = 0; i < n; i++) {
        member_row m;
        sotto_hash h = core_hash_of(&members[i]);
        err = store_member_get(s->store, room, &h, &m);
        REQUIRE(err != BASE_OK || m.state == SOTTO_MEMBER_GONE, BASE_E_EXISTS);
        TRY(err == BASE_E_NOT_FOUND ? BASE_OK : err);
    }
    core_op *op = op_new(s, OP_ADD);
    REQUIRE(op != NULL, BASE_E_LIMIT);
    *number = op->number;
    op->room = *room;
    op->has_room = true;
    TRY(with_members(s, op, members, n));
done:
    return err;
}

base_err sotto_add_members(sotto *s, const sotto_room_id *room, const sotto_person_id *members,
                           size_t n, uint64_t now, uint32_t *op)
{
    if (n == 0 || n > 200) {
        return BASE_E_LIMIT;
    }
    *op = 0;
    base_err err = core_begin(s, now);
    if (err == BASE_OK) {
        err = add_members(s, room, members, n, op);
        err = op_asked(s, err, *op);
    }
    return err;
}

static base_err remove_member(sotto *s, const sotto_room_id *room, const sotto_person_id *member,
                              uint32_t *number)
{
    base_err err = BASE_OK;
    room_live *r = NULL;
    member_row m;
    core_op *op = NULL;
    sotto_hash h = core_hash_of(member);
    TRY(may_manage(s, room, &r));
    REQUIRE(!core_is_me(s, &h), SOTTO_E_NOT_ALLOWED);
    TRY(store_member_get(s->store, room, &h, &m));
    REQUIRE(m.state != SOTTO_MEMBER_GONE, BASE_E_NOT_FOUND);
    op = op_new(s, OP_REMOVE);
    REQUIRE(op != NULL, BASE_E_LIMIT);
    *number = op->number;
    op->room = *room;
    op->has_room = true;
    op->planned = true;
    TRY(plan_remove(s, room, &h, op->number));
    TRY(room_pump(s, r));
done:
    return err;
}

base_err sotto_remove_member(sotto *s, const sotto_room_id *room, const sotto_person_id *member,
                             uint64_t now, uint32_t *op)
{
    *op = 0;
    base_err err = core_begin(s, now);
    if (err == BASE_OK) {
        err = remove_member(s, room, member, op);
        err = op_asked(s, err, *op);
    }
    return err;
}
