/* The seizure search: does any needle stand in a seized file, or in the memory of a running
 * process, as raw bytes, hexadecimal (either case) or base64 (either alphabet, any alignment)?
 *
 *     seizure_search NEEDLES [--pid PID | --opened PID DESCRIPTOR] FILE...
 *
 * --opened: /proc/PID/mem was opened already, for reading. An ordinary user may be let into the
 * memory of no process but those that it started itself (Yama), so who started PID opens it.
 *
 * NEEDLES: lines "label<TAB>hex" (tests/seizure/needles), - for standard input. Prints a line for
 * each find, and a last line `searched N needles in M bytes, K found`. Exit: 0 nothing found, 1
 * found, 2 trouble. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"

#define FORMS 9
#define SHORTEST 6 /* bytes of a form; it is found by so many first ones */
#define LONGEST 512
#define CHUNK ((size_t)64 << 20)
#define HASH_BITS 22

typedef struct needle {
    char label[64];
    base_buf forms[FORMS];
    bool found;
} needle;

/* The forms by the hash of their first bytes, each in a chain; a bit tells where a chain is, so
 * that memory is walked once however many needles there are. */
typedef struct chained {
    size_t needle, form;
    size_t next; /* index + 1; 0: the end */
} chained;

typedef struct hunt {
    needle *v;
    size_t n;
    size_t found;
    uint64_t bytes;
    chained *links;
    size_t n_links;
    uint32_t *heads; /* index + 1 by hash; 0: none */
    uint8_t *any;    /* a bit by hash */
} hunt;

static void die(const char *what)
{
    (void)fprintf(stderr, "search: %s\n", what);
    exit(2);
}

static void ok(base_err err)
{
    if (err != BASE_OK) {
        die(base_err_text(err));
    }
}

/* base64 of the bytes as it stands when `skip` bytes precede them: without the letters that other
 * bytes share. */
static base_buf base64_at(base_bytes b, size_t skip, bool url)
{
    base_buf raw = base_buf_on(NULL);
    base_buf text = base_buf_on(NULL);
    base_buf out = base_buf_on(NULL);
    ok(base_buf_resize(&raw, skip));
    ok(base_buf_append(&raw, b));
    ok(base_text_base64url(base_buf_bytes(&raw), &text));
    size_t from = skip == 0 ? 0 : skip + 1;
    size_t to = raw.n * 8 / 6; /* whole letters */
    for (size_t i = from; i < to; i++) {
        uint8_t c = text.p[i];
        if (!url) {
            c = c == '-' ? '+' : c == '_' ? '/' : c;
        }
        ok(base_buf_append(&out, base_bytes_of(&c, 1)));
    }
    base_buf_clear(&text);
    base_buf_clear(&raw);
    return out;
}

static void add_needle(hunt *h, const char *label, base_bytes b)
{
    needle *fresh = realloc(h->v, (h->n + 1) * sizeof *fresh);
    if (fresh == NULL) {
        die("out of memory");
    }
    h->v = fresh;
    needle *n = &h->v[h->n++];
    memset(n, 0, sizeof *n);
    (void)snprintf(n->label, sizeof n->label, "%s", label);
    ok(base_buf_set(&n->forms[0], b));
    ok(base_text_hex(b, &n->forms[1]));
    ok(base_text_hex(b, &n->forms[2]));
    for (size_t i = 0; i < n->forms[2].n; i++) {
        uint8_t *c = &n->forms[2].p[i];
        *c = *c >= 'a' ? (uint8_t)(*c - 'a' + 'A') : *c;
    }
    for (size_t skip = 0; skip < 3; skip++) {
        n->forms[3 + skip] = base64_at(b, skip, true);
        n->forms[6 + skip] = base64_at(b, skip, false);
    }
}

static void read_needles(hunt *h, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (f == NULL) {
        die("cannot read the needles");
    }
    while (getline(&line, &cap, f) > 0) {
        char *tab = strchr(line, '\t');
        base_buf b = base_buf_on(NULL);
        if (tab == NULL) {
            die("a line without a tab among the needles");
        }
        *tab = '\0';
        tab[1 + strcspn(tab + 1, "\r\n")] = '\0';
        ok(base_text_from_hex(base_bytes_str(tab + 1), &b));
        if (b.n < SHORTEST) {
            die("a needle shorter than 6 bytes would be found by chance");
        }
        if (b.n > LONGEST / 2) {
            die("a needle longer than 256 bytes could lie across two pieces");
        }
        add_needle(h, line, base_buf_bytes(&b));
        base_buf_clear(&b);
    }
    free(line);
    if (h->n == 0) {
        die("no needles: nothing would be found");
    }
}

static size_t hash_at(const uint8_t *p)
{
    uint64_t v = 0;
    memcpy(&v, p, SHORTEST);
    return (size_t)((v * 0x9e3779b97f4a7c15U) >> (64 - HASH_BITS));
}

static void file_forms(hunt *h)
{
    h->heads = calloc((size_t)1 << HASH_BITS, sizeof *h->heads);
    h->any = calloc((size_t)1 << (HASH_BITS - 3), 1);
    h->links = calloc(h->n * FORMS, sizeof *h->links);
    if (h->heads == NULL || h->any == NULL || h->links == NULL) {
        die("out of memory");
    }
    for (size_t i = 0; i < h->n * FORMS; i++) {
        const base_buf *form = &h->v[i / FORMS].forms[i % FORMS];
        if (form->n < SHORTEST) {
            continue;
        }
        size_t hash = hash_at(form->p);
        h->links[h->n_links] = (chained){i / FORMS, i % FORMS, h->heads[hash]};
        h->heads[hash] = (uint32_t)++h->n_links;
        h->any[hash / 8] = (uint8_t)(h->any[hash / 8] | (1U << hash % 8));
    }
}

static void look_here(hunt *h, size_t hash, const char *where, uint64_t place, const uint8_t *p,
                      size_t n)
{
    for (size_t at = h->heads[hash]; at != 0; at = h->links[at - 1].next) {
        const chained *l = &h->links[at - 1];
        needle *sought = &h->v[l->needle];
        const base_buf *form = &sought->forms[l->form];
        if (!sought->found && form->n <= n && memcmp(p, form->p, form->n) == 0) {
            (void)printf("found: %s, form %zu, in %s at %#" PRIx64 "\n", sought->label, l->form,
                         where, place);
            sought->found = true;
            h->found++;
        }
    }
}

static void look(hunt *h, const char *where, uint64_t place, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + SHORTEST <= n; i++) {
        size_t hash = hash_at(p + i);
        if ((h->any[hash / 8] >> hash % 8 & 1) != 0) {
            look_here(h, hash, where, place + i, p + i, n - i);
        }
    }
}

/* n bytes of fd from `from` on, in chunks that overlap by more than the longest form. */
static bool look_range(hunt *h, const char *where, int fd, uint64_t from, uint64_t n)
{
    static uint8_t *buffer;
    const size_t overlap = 2 * LONGEST;
    bool any = false;
    if (buffer == NULL && (buffer = malloc(CHUNK)) == NULL) {
        die("out of memory");
    }
    for (uint64_t at = 0; at < n;) {
        size_t want = n - at < CHUNK ? (size_t)(n - at) : CHUNK;
        ssize_t got = pread(fd, buffer, want, (off_t)(from + at));
        if (got <= 0) {
            break;
        }
        any = true;
        look(h, where, from + at, buffer, (size_t)got);
        h->bytes += (uint64_t)got;
        at += (uint64_t)got;
        if (at < n && (size_t)got > overlap) {
            at -= overlap;
            h->bytes -= overlap;
        }
    }
    return any;
}

static void search_file(hunt *h, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (size < 0) {
        die("cannot read a file that was named");
    }
    (void)look_range(h, path, fd, 0, (uint64_t)size);
    (void)close(fd);
}

/* fd: /proc/PID/mem, or -1 for one to be opened here. */
static void search_memory(hunt *h, const char *pid, int fd)
{
    char path[64];
    char line[512];
    size_t regions = 0;
    (void)snprintf(path, sizeof path, "/proc/%s/maps", pid);
    FILE *maps = fopen(path, "r");
    (void)snprintf(path, sizeof path, "/proc/%s/mem", pid);
    fd = fd < 0 ? open(path, O_RDONLY | O_CLOEXEC) : fd;
    if (maps == NULL || fd < 0) {
        die("cannot read the process's memory: not its owner, or Yama lets only its parent "
            "(--opened)");
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t from = 0;
        uint64_t to = 0;
        char mode[5] = "";
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, mode) == 3 && mode[0] == 'r' &&
            from < ((uint64_t)1 << 62)) {
            regions += look_range(h, path, fd, from, to - from);
        }
    }
    (void)fclose(maps);
    (void)close(fd);
    if (regions == 0) {
        die("no region of the process's memory could be read");
    }
}

int main(int argc, char **argv)
{
    hunt h = {.n = 0};
    if (argc < 3) {
        (void)fprintf(stderr, "usage: search NEEDLES [--pid PID | --opened PID FD] FILE...\n");
        return 2;
    }
    read_needles(&h, argv[1]);
    file_forms(&h);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--pid") == 0 && i + 1 < argc) {
            search_memory(&h, argv[++i], -1);
        } else if (strcmp(argv[i], "--opened") == 0 && i + 2 < argc) {
            search_memory(&h, argv[i + 1], atoi(argv[i + 2]));
            i += 2;
        } else {
            search_file(&h, argv[i]);
        }
    }
    (void)printf("searched %zu needles in %" PRIu64 " bytes, %zu found\n", h.n, h.bytes, h.found);
    for (size_t i = 0; i < h.n; i++) {
        for (size_t k = 0; k < FORMS; k++) {
            base_buf_clear(&h.v[i].forms[k]);
        }
    }
    free(h.v);
    free(h.links);
    free(h.heads);
    free(h.any);
    return h.found == 0 ? 0 : 1;
}
