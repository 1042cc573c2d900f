/* See search.h. Every piece of every record is a key of one table in shared memory; one pass over
 * memory asks the table at each byte. */
#include "search.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 8, CHUNK = 1 << 20, BITS = 1 << 24, SLOTS = 1 << 22, RECORDS = 1 << 16 };

typedef struct entry {
    uint64_t piece;
    uint32_t record; /* index + 1 */
    uint32_t form;
} entry;

typedef struct table {
    uint8_t bits[BITS / 8];
    entry slot[SLOTS];
    search_trace traces[RECORDS];
    uint8_t chunk[CHUNK];
    size_t n_indexed;
    size_t n_slots;
    size_t bytes;
} table;

static table *t;

typedef enum order { AS_IS, WORDS, LIMBS } order;

static const struct {
    const char *name;
    uint8_t pad;
    order order;
} forms[] = {
    {"", 0, AS_IS},       {" inner pad", 0x36, AS_IS},       {" outer pad", 0x5c, AS_IS},
    {" words", 0, WORDS}, {" inner pad words", 0x36, WORDS}, {" outer pad words", 0x5c, WORDS},
    {" limbs", 0, LIMBS},
};

static uint64_t mix(uint64_t v)
{
    return (v ^ v >> 29) * 0x9e3779b97f4a7c15u;
}

static void insert(uint64_t piece, size_t record, size_t form)
{
    uint64_t h = mix(piece);
    size_t bit = (size_t)(h >> 40) % BITS;
    size_t at = (size_t)(h >> 20) % SLOTS;
    t->bits[bit / 8] = (uint8_t)(t->bits[bit / 8] | 1u << bit % 8);
    while (t->slot[at].record != 0) {
        if (t->slot[at].piece == piece) {
            return;
        }
        at = (at + 1) % SLOTS;
    }
    if (++t->n_slots > SLOTS / 2) {
        abort();
    }
    t->slot[at] = (entry){piece, (uint32_t)record + 1, (uint32_t)form};
}

static bool is_plain(uint64_t v)
{
    return v == (v & 0xff) * 0x0101010101010101u;
}

static void index_record(size_t i)
{
    const recorder_secret *s = recorder_at(i);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        size_t first = forms[f].order == LIMBS ? s->n % PIECE : 0; /* they count from the end */
        for (size_t at = first; at + 4 < s->n; at += PIECE) {
            size_t from = at + PIECE <= s->n ? at : s->n - PIECE; /* the end of a nonce */
            uint64_t v = 0;
            memcpy(&v, s->b + from, PIECE);
            if (is_plain(v)) {
                continue;
            }
            v ^= forms[f].pad * 0x0101010101010101u;
            v = forms[f].order != AS_IS ? __builtin_bswap64(v) : v;
            v = forms[f].order == WORDS ? v >> 32 | v << 32 : v;
            insert(v, i, f);
        }
    }
}

static const entry *lookup(uint64_t v)
{
    uint64_t h = mix(v);
    size_t bit = (size_t)(h >> 40) % BITS;
    if ((t->bits[bit / 8] >> bit % 8 & 1) == 0) {
        return NULL;
    }
    for (size_t at = (size_t)(h >> 20) % SLOTS; t->slot[at].record != 0; at = (at + 1) % SLOTS) {
        if (t->slot[at].piece == v) {
            return &t->slot[at];
        }
    }
    return NULL;
}

static void look(const uint8_t *p, size_t n, uint64_t address, const char *name)
{
    for (size_t i = 0; i + PIECE <= n; i++) {
        uint64_t v = 0;
        memcpy(&v, p + i, sizeof v);
        const entry *e = lookup(v);
        if (e == NULL) {
            continue;
        }
        search_trace *found = &t->traces[e->record - 1];
        if (found->count++ == 0) {
            found->address = address + i;
            (void)snprintf(found->where, sizeof found->where, "%.24s%s", name, forms[e->form].name);
        }
    }
}

/* In chunks that overlap, so that no piece falls between two. */
static void look_range(int mem, uint64_t from, uint64_t to, const char *name)
{
    while (to - from >= PIECE) {
        size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
        ssize_t got = pread(mem, t->chunk, n, (off_t)from);
        if (got < PIECE) {
            return;
        }
        look(t->chunk, (size_t)got, from, name);
        t->bytes += (size_t)got;
        from += (uint64_t)got == to - from ? (uint64_t)got : (uint64_t)got - PIECE + 1;
    }
}

const search_trace *search_memory(void)
{
    char line[512];
    if (t == NULL) {
        t = (table *)mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                          0);
    }
    for (; t->n_indexed < recorder_count(); t->n_indexed++) {
        index_record(t->n_indexed);
    }
    memset(t->traces, 0, sizeof t->traces);
    t->bytes = 0;
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *f = fopen("/proc/self/maps", "r");
    if (t == MAP_FAILED || mem < 0 || f == NULL) {
        abort();
    }
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned long from = 0;
        unsigned long to = 0;
        char mode[8] = {0};
        char name[256] = {0};
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &from, &to, mode, name) < 3) {
            abort();
        }
        if (strcmp(mode, "rw-p") == 0 && to - from < 1ul << 32) { /* not a sanitizer's shadow */
            const char *last = strrchr(name, '/');
            look_range(mem, from, to, last != NULL ? last + 1 : name);
        }
    }
    (void)fclose(f);
    (void)close(mem);
    return t->traces;
}

size_t search_bytes(void)
{
    return t->bytes;
}

void search_reset(void)
{
    if (t != NULL) {
        (void)munmap(t, sizeof *t);
        t = NULL;
    }
}

bool search_bytes_for(base_bytes where, const recorder_secret *s)
{
    for (size_t i = 0; i + s->n <= where.n; i++) {
        if (memcmp(where.p + i, s->b, s->n) == 0) {
            return true;
        }
    }
    return false;
}
