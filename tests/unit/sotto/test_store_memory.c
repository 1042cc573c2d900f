/* What a store held is not in the process's memory any more once it is closed. The secret is put
 * together from halves at run time, so that it stands nowhere but where the store put it. */
#include "rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/ct.h"
#include "sotto/store.h"

enum { SECRET = 64, PIECE = 1 << 20 };

static volatile uint8_t half = 0x5a;

static void secret_make(uint8_t out[static SECRET])
{
    for (size_t i = 0; i < SECRET; i++) {
        out[i] = (uint8_t)((half * (i + 3)) ^ (0xc3 + i * i));
    }
}

static bool is_secret(const uint8_t *p)
{
    for (size_t i = 0; i < SECRET; i++) {
        if (p[i] != (uint8_t)((half * (i + 3)) ^ (0xc3 + i * i))) {
            return false;
        }
    }
    return true;
}

static size_t count_in(const uint8_t *p, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i + SECRET <= n; i++) {
        count += is_secret(p + i);
    }
    return count;
}

/* A range of memory, read through the kernel in pieces that overlap; `own`, where they are put, is
 * left out. */
static size_t count_range(int mem, uint8_t *own, uint64_t from, uint64_t to)
{
    size_t count = 0;
    if ((uint64_t)(uintptr_t)own >= from && (uint64_t)(uintptr_t)own < to) {
        return count_range(mem, own, from, (uint64_t)(uintptr_t)own) +
               count_range(mem, own, (uint64_t)(uintptr_t)own + PIECE, to);
    }
    while (from + SECRET <= to) {
        ssize_t n = pread(mem, own, to - from < PIECE ? to - from : PIECE, (off_t)from);
        if (n < SECRET) {
            break;
        }
        count += count_in(own, (size_t)n);
        from += (uint64_t)n - SECRET + 1;
    }
    return count;
}

/* How often the secret stands in this process's own memory but the stack. */
static size_t in_memory(void)
{
    char line[512];
    size_t count = 0;
    uint8_t *own = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *f = fopen("/proc/self/maps", "r");
    assert_true(own != MAP_FAILED && mem >= 0 && f != NULL);
    while (fgets(line, sizeof line, f) != NULL) {
        unsigned long from = 0;
        unsigned long to = 0;
        char mode[8] = {0};
        assert_int_equal(sscanf(line, "%lx-%lx %7s", &from, &to, mode), 3);
        /* Valgrind's heap may be run as well. */
        bool own_data = strncmp(mode, "rw", 2) == 0 && mode[3] == 'p';
        if (own_data && strstr(line, "[stack]") == NULL && to - from < 1ul << 32) {
            count += count_range(mem, own, from, to);
        }
    }
    (void)fclose(f);
    (void)close(mem);
    (void)munmap(own, PIECE);
    return count;
}

static void what_a_store_held_is_gone_when_it_is_closed(void **state)
{
    (void)state;
    static const uint8_t key[32] = {7};
    char folder[] = "/tmp/sotto-memory-XXXXXX";
    char path[64];
    sotto_store *st = NULL;
    uint8_t secret[SECRET];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    OK(store_open(NULL, path, base_bytes_of(key, sizeof key), true, &st));
    secret_make(secret);
    store_q q = store_query(st, "INSERT INTO mls (key, value) VALUES (?, ?)");
    store_bind_bytes(&q, base_bytes_str("a key"));
    store_bind_bytes(&q, base_bytes_of(secret, sizeof secret));
    OK(store_run(&q));
    base_wipe(secret, sizeof secret);
    assert_int_not_equal(in_memory(), 0); /* its page is in the cache: the search finds it */
    store_close(st);
    assert_int_equal(in_memory(), 0);
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end != NULL;
         end++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, *end);
        (void)unlink(name);
    }
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_store_held_is_gone_when_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
