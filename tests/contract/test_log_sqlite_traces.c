/* What adapters/log_sqlite leaves of what it deleted: in the memory of the process, and in pages of
 * the small tables. Every body is made of units of 16 bytes, a magic number and the body's own, so
 * that one pass over memory or a file tells which bodies have traces there, wherever they were cut.
 * The magic number stands nowhere in memory but in bodies: it is put together when it is used. */
#include "log_rig.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/ct.h"

#define CALL(name, ...) st->ops->name(st->user, __VA_ARGS__)

enum { BODIES = 4096, UNIT = 16, BODY_MAX = 65536 };

#define SPREAD 0x9e3779b97f4a7c15u
#define UNSPREAD 0xf1de83e19937733du /* its inverse modulo 2^64 */

typedef struct traces {
    uint8_t seen[BODIES];
    size_t bytes; /* searched */
} traces;

static volatile uint64_t half = 0x6b1f0c8d52a39e74u;

static uint64_t magic(void)
{
    return half * 0x9e3779b97f4a7c15u ^ 0x517cc1b727220a95u;
}

/* Fill n bytes with units of body k. */
static void body_make(uint8_t *p, size_t n, uint64_t k)
{
    uint64_t unit[2] = {magic(), k * SPREAD};
    for (size_t at = 0; at + UNIT <= n; at += UNIT) {
        memcpy(p + at, unit, UNIT);
    }
    base_wipe(unit, sizeof unit);
}

static void look(traces *t, const uint8_t *p, size_t n)
{
    uint64_t want = magic();
    for (size_t at = 0; at + UNIT <= n; at++) {
        uint64_t v;
        memcpy(&v, p + at, sizeof v);
        if (v == want) {
            memcpy(&v, p + at + 8, sizeof v);
            v *= UNSPREAD; /* beside a magic number at the end of a page stands anything */
            if (v < BODIES) {
                t->seen[v] = 1;
            }
        }
    }
    t->bytes += n;
}

enum { PIECE = 1 << 20 };

/* The range of memory but `own`, in pieces that overlap, so that no unit falls between two. It is
 * read through the kernel: a sanitizer, or Valgrind, would object to what is looked at. */
static void look_range(traces *t, int mem, uint8_t *own, uint64_t from, uint64_t to)
{
    const uint64_t skip = (uint64_t)(uintptr_t)own;
    while (to - from >= UNIT) {
        uint64_t n = to - from < PIECE ? to - from : PIECE;
        if (from < skip + PIECE && from + n > skip) {
            n = from < skip ? skip - from : 0;
        }
        if (n < UNIT) {
            from = skip + PIECE; /* the buffer itself */
            if (from >= to) {
                return;
            }
            continue;
        }
        ssize_t got = pread(mem, own, n, (off_t)from);
        if (got < UNIT) {
            return;
        }
        look(t, own, (size_t)got);
        from += (uint64_t)got == to - from ? (uint64_t)got : (uint64_t)got - UNIT + 1;
    }
}

/* All private writable memory but the stack, on which the search itself stands, and the shadow of a
 * sanitizer. */
static void look_memory(traces *t)
{
    char line[512];
    memset(t, 0, sizeof *t);
    uint8_t *own = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *f = fopen("/proc/self/maps", "r");
    assert_true(own != MAP_FAILED && mem >= 0 && f != NULL);
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned long from = 0;
        unsigned long to = 0;
        char mode[8] = {0};
        assert_int_equal(sscanf(line, "%lx-%lx %7s", &from, &to, mode), 3);
        if (strcmp(mode, "rw-p") == 0 && strstr(line, "[stack]") == NULL && to - from < 1ul << 32) {
            look_range(t, mem, own, from, to);
        }
    }
    (void)fclose(f);
    (void)close(mem);
    base_wipe(own, PIECE);
    (void)munmap(own, PIECE);
}

static void look_file(traces *t, const rig_files *f, const char *end)
{
    char path[112];
    (void)snprintf(path, sizeof path, "%s%s", f->path, end);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(file);
    rewind(file);
    uint8_t *all = (uint8_t *)malloc(n + 1);
    assert_non_null(all);
    assert_int_equal(fread(all, 1, n, file), n);
    look(t, all, n);
    base_wipe(all, n);
    free(all);
    (void)fclose(file);
}

static size_t count(const traces *t, const uint8_t *which)
{
    size_t n = 0;
    for (size_t i = 0; i < BODIES; i++) {
        n += t->seen[i] == 1 && which[i] == 1 ? 1 : 0;
    }
    return n;
}

static int setup(void **state)
{
    rig_files *f = (rig_files *)calloc(1, sizeof *f);
    assert_non_null(f);
    rig_files_make(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    rig_files_remove((rig_files *)*state);
    free(*state);
    return 0;
}

/* ---- bodies in the store ---- */

static uint8_t scratch[BODY_MAX];

static const uint64_t owner = (1ull << 62) + 1;

/* Packages are of many shelves, so that their rows lie everywhere in the tree. */
static uint64_t shelf_of(uint64_t k)
{
    return (1ull << 62) + 1 + k * SPREAD % 97;
}

static void scrub(const relay_store *st, bool deep)
{
    bool more = true;
    while (more) {
        OK(CALL(scrub, deep, &more));
    }
}

static size_t size_of(uint64_t k)
{
    static const size_t sizes[] = {256, 1024, 4096, 256, 16384, 65536};
    return sizes[k % 6];
}

/* Body k: an entry, a mail, a side part or a package, by turns. */
static void add(const relay_store *st, uint64_t k)
{
    size_t n = k % 4 == 3 ? 8192 : size_of(k / 4);
    base_bytes data = base_bytes_of(scratch, n);
    const relay_entry entry = {.seq = k, .day = 20781};
    const relay_mail mail = {.seq = k, .day = 20781, .number = 1};
    const relay_side side = {.epoch = k, .waiting = 1, .day = 20781, .size = (uint32_t)n};
    body_make(scratch, n, k);
    switch (k % 4) {
    case 0:
        OK(CALL(entry_add, owner, &entry, data));
        break;
    case 1:
        OK(CALL(mail_add, owner, &mail, data));
        break;
    case 2:
        OK(CALL(side_add, owner, &side, data));
        break;
    default:
        OK(CALL(package_put, shelf_of(k), k, data));
        break;
    }
    base_wipe(scratch, n);
}

/* As the relay pushes it. */
static void read_back(const relay_store *st, uint64_t k)
{
    size_t n = size_of(k / 4);
    base_buf data = {0};
    switch (k % 4) {
    case 0:
        OK(CALL(entry_read, owner, k, 0, scratch, n));
        break;
    case 1:
        OK(CALL(mail_read, owner, k, scratch, n));
        break;
    case 2:
        OK(CALL(side_read, owner, k, 0, scratch, n));
        break;
    default:
        OK(CALL(package_get, shelf_of(k), k, &data));
        assert_int_equal(data.n, 8192);
        base_buf_clear(&data);
        break;
    }
    base_wipe(scratch, sizeof scratch);
}

static void drop(const relay_store *st, uint64_t k)
{
    uint64_t n = 0;
    uint64_t bytes = 0;
    switch (k % 4) {
    case 0:
        OK(CALL(entry_drop, owner, k, k, UINT32_MAX, &n, &bytes));
        assert_int_equal(n, 1);
        break;
    case 1:
        OK(CALL(mail_drop, owner, k));
        break;
    case 2:
        OK(CALL(side_drop, owner, k));
        break;
    default:
        OK(CALL(package_drop, shelf_of(k), k));
        break;
    }
}

static void deleted_bodies_are_in_no_memory_after_a_scrub(void **state)
{
    static traces t;
    static uint8_t dead[BODIES];
    static uint8_t live[BODIES];
    enum { BATCH = 40, ROUNDS = 20, ALL = BATCH * ROUNDS };
    log_sqlite *s = rig_open((rig_files *)*state);
    const relay_store *st = log_sqlite_store(s);
    for (uint64_t r = 0; r < ROUNDS; r++) {
        OK(st->ops->begin(st->user));
        for (uint64_t k = r * BATCH; k < (r + 1) * BATCH; k++) {
            add(st, k);
            live[k] = 1;
        }
        OK(st->ops->commit(st->user));
        OK(st->ops->begin(st->user));
        for (uint64_t k = r * BATCH; k < (r + 1) * BATCH; k++) {
            read_back(st, k);
            if (k % 7 != 0) {
                drop(st, k);
                live[k] = 0;
                dead[k] = 1;
            }
        }
        OK(st->ops->commit(st->user));
    }
    for (uint64_t k = 0; k < ALL; k += 7) {
        read_back(st, k);
    }
    look_memory(&t);
    assert_true(count(&t, live) > 10); /* the search finds what is in the cache */
    assert_true(t.bytes > 1 << 20);
    scrub(st, false);
    look_memory(&t);
    assert_int_equal(count(&t, dead), 0);
    assert_true(count(&t, live) < 16); /* the page that was copied last from the journal */
    log_sqlite_close(s);
}

/* What was written last waits in a buffer of SQLite's for the next write, however long that takes.
 */
static void the_last_body_is_in_no_memory_after_a_scrub(void **state)
{
    static traces t;
    static uint8_t one[BODIES];
    log_sqlite *s = rig_open((rig_files *)*state);
    const relay_store *st = log_sqlite_store(s);
    for (uint64_t k = 0; k < 24; k++) {
        OK(st->ops->begin(st->user));
        add(st, k);
        OK(st->ops->commit(st->user));
        if (k % 8 < 4) {
            scrub(st, false); /* it is copied from the journal, too */
        }
        OK(st->ops->begin(st->user));
        drop(st, k);
        OK(st->ops->commit(st->user));
        scrub(st, false);
        memset(one, 0, sizeof one);
        one[k] = 1;
        look_memory(&t);
        assert_int_equal(count(&t, one), 0);
    }
    log_sqlite_close(s);
}

/* The b-tree of the packages moves rows between pages, and leaves copies of their heads behind. */
static void a_deep_scrub_leaves_no_trace_of_packages_in_the_files(void **state)
{
    static traces t;
    static uint8_t dead[BODIES];
    static uint8_t live[BODIES];
    rig_files *f = (rig_files *)*state;
    log_sqlite *s = rig_open(f);
    const relay_store *st = log_sqlite_store(s);
    uint64_t random = 88172645463325252u;
    for (uint64_t k = 3; k < BODIES; k += 4) {
        OK(st->ops->begin(st->user));
        add(st, k);
        live[k] = 1;
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t old = (random >> 33) % (k + 1) / 4 * 4 + 3;
        if (old <= k && live[old] == 1) {
            drop(st, old);
            live[old] = 0;
            dead[old] = 1;
        }
        OK(st->ops->commit(st->user));
    }
    memset(&t, 0, sizeof t);
    look_file(&t, f, "-wal");
    assert_true(count(&t, dead) > 100); /* the search finds what the journal still holds */
    scrub(st, true);
    memset(&t, 0, sizeof t);
    look_file(&t, f, "");
    look_file(&t, f, "-wal");
    assert_int_equal(count(&t, dead), 0);
    assert_true(count(&t, live) > 100);
    log_sqlite_close(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(deleted_bodies_are_in_no_memory_after_a_scrub),
        T(the_last_body_is_in_no_memory_after_a_scrub),
        T(a_deep_scrub_leaves_no_trace_of_packages_in_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
