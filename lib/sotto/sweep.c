/* What is no longer needed is erased (docs/client.md, section 2): key packages that were used,
 * refused or are too old, with their private keys and the doors they named; old hashes and
 * sessions. Once a day, and as things end. */
#include "base/alloc.h"
#include "core.h"

#define PACKAGE_DAYS 92     /* a package's life and a day of slack at each end */
#define LAST_RESORT_DAYS 37 /* a week on the shelf, and thirty days after */
#define PACKAGES_MAX 256    /* kept at once; a drained shelf may not fill the disk */
#define LAST_RESORTS_MAX 32 /* likewise */
#define SEEN_DAYS 400       /* far longer than a relay keeps, or a package lives */
#define SESSION_DAYS 30

base_err package_erase(sotto *s, base_bytes ref)
{
    base_err err = BASE_OK;
    uint32_t door = 0;
    TRY(store_package_door(s->store, ref, &door));
    err = mls_key_package_delete(s->mls, ref);
    TRY(err == BASE_E_NOT_FOUND ? BASE_OK : err); /* a join has used it up */
    TRY(store_package_drop(s->store, ref));
    TRY(store_door_end(s->store, door));
done:
    return err;
}

base_err sweep_door_of(sotto *s, const mls_group *g)
{
    base_err err = BASE_OK;
    const mls_leaf_node *leaf = NULL;
    sotto_reach home;
    TRY(mls_group_member(g, mls_group_own_leaf(g), &leaf));
    TRY(sotto_leaf_home(leaf, &home));
    TRY(store_door_end(s->store, home.door));
done:
    return err;
}

typedef struct refs {
    const base_alloc *alloc;
    base_buf all; /* behind their lengths */
    base_err err;
} refs;

static bool collect(void *user, base_bytes ref)
{
    refs *r = user;
    base_wr w = base_wr_on(&r->all);
    base_wr_vec(&w, ref);
    r->err = base_wr_end(&w);
    return r->err == BASE_OK;
}

base_err sweep_packages(sotto *s)
{
    base_err err = BASE_OK;
    refs r = {.all = base_buf_on(s->alloc)};
    TRY(store_package_old(s->store, false, core_day(s) - PACKAGE_DAYS, PACKAGES_MAX, collect, &r));
    TRY(r.err);
    TRY(store_package_old(s->store, true, core_day(s) - LAST_RESORT_DAYS, LAST_RESORTS_MAX, collect,
                          &r));
    TRY(r.err);
    base_rd in = base_rd_on(base_buf_bytes(&r.all));
    while (base_rd_more(&in)) {
        TRY(package_erase(s, base_rd_vec(&in)));
    }
done:
    base_buf_clear(&r.all);
    return err;
}

base_err sweep_daily(sotto *s)
{
    base_err err = BASE_OK;
    if (s->swept_day == core_day(s)) {
        return BASE_OK;
    }
    s->disturbed = true;
    TRY(sweep_packages(s));
    TRY(store_seen_forget(s->store, core_day(s) - SEEN_DAYS));
    TRY(store_session_forget(s->store, s->now - (uint64_t)SESSION_DAYS * 86400000U));
    s->swept_day = core_day(s);
    s->shelf_checked = false; /* the last resort grows old too */
    s->shelf_again = false;
    s->box_again = false;
done:
    return err;
}

uint64_t sweep_wake_at(const sotto *s)
{
    return (uint64_t)(s->swept_day + 1) * 86400000U;
}
