/* The rules of a conversation (docs/client.md, section 8), judged from the group's state and the
 * commit's bytes alone, so that every honest member comes to the same verdict, for ever. */
#include "core.h"

base_err room_leaf_identity(sotto *s, const mls_leaf_node *leaf, sotto_hash *id,
                            sotto_device_list *list)
{
    sotto_device_list own;
    sotto_device_list *l = list != NULL ? list : &own;
    if (leaf->credential.type != SOTTO_CREDENTIAL_DEVICE_LIST) {
        return SOTTO_E_RULES;
    }
    base_err err = sotto_device_list_decode(&s->prims, leaf->credential.body, l);
    if (err != BASE_OK) {
        return core_is_fault(err) ? err : SOTTO_E_RULES;
    }
    if (sotto_device_list_find(l, leaf->signature_key) == NULL) {
        return SOTTO_E_RULES;
    }
    return sotto_device_list_identity(&s->prims, l, id);
}

static base_err check_leaf(sotto *s, const mls_leaf_node *leaf, sotto_hash *id)
{
    base_err err = BASE_OK;
    base_bytes cursor;
    sotto_reach home;
    TRY(room_leaf_identity(s, leaf, id, NULL));
    TRY(sotto_leaf_reader(leaf, &cursor));
    TRY(sotto_leaf_home(leaf, &home));
done:
    return err;
}

static base_err check_context(mls_extension_list list, sotto_room_ext *room)
{
    const mls_extension *ext = sotto_extension_find(list, SOTTO_EXTENSION_ROOM);
    if (ext == NULL) {
        return SOTTO_E_RULES;
    }
    for (size_t i = 0; i < list.n; i++) {
        if (list.v[i].type != SOTTO_EXTENSION_ROOM &&
            list.v[i].type != MLS_EXTENSION_REQUIRED_CAPABILITIES) {
            return SOTTO_E_RULES; /* external senders, and whatever is not ours */
        }
    }
    return sotto_room_ext_decode(ext->data, room);
}

base_err rules_check_group(sotto *s, const mls_group *g, sotto_room_ext *room)
{
    base_err err = BASE_OK;
    sotto_hash first = {{0}};
    sotto_hash second = {{0}};
    size_t people = 0;
    REQUIRE(mls_group_suite(g) == CORE_SUITE, SOTTO_E_RULES);
    REQUIRE(mls_group_id(g).n == SOTTO_GROUP_ID_SIZE, SOTTO_E_RULES);
    TRY(check_context(mls_group_extensions(g), room));
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *leaf = NULL;
        sotto_hash id;
        err = mls_group_member(g, (mls_leaf_index){i}, &leaf);
        if (err == BASE_E_NOT_FOUND) {
            err = BASE_OK;
            continue;
        }
        TRY(err);
        TRY(check_leaf(s, leaf, &id));
        if (people == 0) {
            first = id;
            people = 1;
        } else if (people == 1 && !sotto_hash_eq(&id, &first)) {
            second = id;
            people = 2;
        } else if (!sotto_hash_eq(&id, &first) && !sotto_hash_eq(&id, &second)) {
            people = 3;
        }
    }
    REQUIRE(room->kind == SOTTO_ROOM_GROUP || people <= 2, SOTTO_E_RULES);
done:
    return err;
}

typedef struct judge {
    sotto *s;
    const mls_group *before;
    sotto_room_ext room;
    mls_leaf_index committer;
    sotto_hash who; /* the committer */
    bool admin;
    bool has_path;
} judge;

static uint32_t member_count(const mls_group *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < mls_group_leaf_count(g); i++) {
        const mls_leaf_node *leaf = NULL;
        n += mls_group_member(g, (mls_leaf_index){i}, &leaf) == BASE_OK;
    }
    return n;
}

static base_err judge_add(judge *j, const mls_change *c)
{
    sotto_hash id;
    if (!c->by_value || !(j->admin || member_count(j->before) == 1)) {
        return SOTTO_E_RULES;
    }
    return check_leaf(j->s, c->node, &id);
}

static base_err judge_update(judge *j, const mls_change *c)
{
    base_err err = BASE_OK;
    sotto_hash before;
    sotto_hash after;
    sotto_device_list known;
    sotto_device_list fresh;
    REQUIRE(c->leaf.v == j->committer.v && c->by_value, SOTTO_E_RULES);
    TRY(check_leaf(j->s, c->node, &after));
    TRY(room_leaf_identity(j->s, c->old_node, &before, &known));
    TRY(room_leaf_identity(j->s, c->node, &after, &fresh));
    REQUIRE(sotto_hash_eq(&before, &after), SOTTO_E_RULES);
    sotto_list_order order = sotto_device_list_compare(&known, &fresh);
    REQUIRE(order == SOTTO_LIST_SAME || order == SOTTO_LIST_NEWER, SOTTO_E_RULES);
    j->has_path = true;
done:
    return err;
}

static base_err judge_remove(judge *j, const mls_change *c)
{
    sotto_hash whose;
    if (!c->by_value) {
        /* A leaver's own proposal, and nobody else's. */
        return c->proposer_type == MLS_SENDER_MEMBER && c->proposer.v == c->leaf.v ? BASE_OK
                                                                                   : SOTTO_E_RULES;
    }
    base_err err = room_leaf_identity(j->s, c->old_node, &whose, NULL);
    if (err != BASE_OK) {
        return err;
    }
    return j->admin || sotto_hash_eq(&whose, &j->who) ? BASE_OK : SOTTO_E_RULES;
}

static base_err judge_extensions(judge *j, const mls_change *c)
{
    sotto_room_ext next;
    base_err err = check_context(c->extensions, &next);
    if (err != BASE_OK) {
        return err;
    }
    bool same = memcmp(next.id, j->room.id, sizeof next.id) == 0 && next.kind == j->room.kind;
    return same && j->admin && c->by_value ? BASE_OK : SOTTO_E_RULES;
}

static base_err judge_change(judge *j, const mls_change *c)
{
    switch (c->kind) {
    case MLS_CHANGE_ADD:
        return judge_add(j, c);
    case MLS_CHANGE_UPDATE:
        return judge_update(j, c);
    case MLS_CHANGE_REMOVE:
        return judge_remove(j, c);
    case MLS_CHANGE_EXTENSIONS:
        return judge_extensions(j, c);
    case MLS_CHANGE_PSK:
    case MLS_CHANGE_REINIT:
    case MLS_CHANGE_APP_DATA:
    case MLS_CHANGE_APP_EPHEMERAL:
        break;
    }
    return SOTTO_E_RULES;
}

base_err rules_check_commit(sotto *s, const mls_group *before, const mls_staged *staged)
{
    base_err err = BASE_OK;
    const mls_leaf_node *leaf = NULL;
    judge j = {.s = s, .before = before, .committer = mls_staged_committer(staged)};
    REQUIRE(!mls_staged_is_external(staged), SOTTO_E_RULES);
    TRY(check_context(mls_group_extensions(before), &j.room));
    TRY(mls_group_member(before, j.committer, &leaf));
    TRY(room_leaf_identity(s, leaf, &j.who, NULL));
    j.admin = sotto_room_ext_is_admin(&j.room, &j.who);
    for (size_t i = 0; i < mls_staged_change_count(staged); i++) {
        TRY(judge_change(&j, mls_staged_change(staged, i)));
    }
    REQUIRE(j.has_path, SOTTO_E_RULES);
done:
    return err;
}
