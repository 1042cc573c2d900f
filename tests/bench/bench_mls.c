/* bench_mls JSON [MAX_N]: what operations of libmls cost in groups of 2, 10, 100 and 1000, beside
 * the primitives that they cannot do without, measured in the same run. Prints a table, and
 * writes all figures to the file. README.md says what is counted. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const mls_suite suites[] = {MLS_SUITE_X25519_AES128GCM_SHA256_ED25519,
                                   MLS_SUITE_X25519_CHACHA20POLY1305_SHA256_ED25519,
                                   MLS_SUITE_MLKEM768X25519_AES128GCM_SHA256_ED25519};
static const uint32_t sizes[] = {2, 10, 100, 1000};

#define SUITES (sizeof suites / sizeof suites[0])
#define SIZES (sizeof sizes / sizeof sizes[0])

static const char *const op_names[BENCH_OPS] = {
    "create",       "join",        "commit, fresh tree", "process, fresh tree", "commit, full tree",
    "process near", "process far", "protect 100 B",      "unprotect 100 B",
};
static const char *const op_keys[BENCH_OPS] = {
    "create",       "join",        "commit_fresh", "process_fresh", "commit_full",
    "process_near", "process_far", "protect_100",  "unprotect_100",
};

void bench_must(base_err err, const char *what, const char *file, int line)
{
    if (err != BASE_OK) {
        fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, base_err_name(err));
        exit(EXIT_FAILURE);
    }
}

double bench_now(void)
{
    struct timespec t = {0, 0};
    NEED(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void samples_add(samples *s, double v)
{
    if (s->n < BENCH_SAMPLES) {
        s->v[s->n++] = v;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_median(samples *s)
{
    if (s->n == 0) {
        return 0;
    }
    qsort(s->v, s->n, sizeof s->v[0], compare);
    return s->n % 2 == 1 ? s->v[s->n / 2] : (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

/* ---- the table ---- */

typedef struct result {
    bench_prims prims;
    bench_row rows[SIZES][BENCH_OPS];
} result;

static void print_prims(const bench_prims *p)
{
    printf("  primitives: sign %.1f, verify %.1f, key pair %.1f", p->sign, p->verify, p->base);
    if (p->encap > 0) {
        printf(", encap %.1f, decap %.1f", p->encap, p->decap);
    } else {
        printf(", DH %.1f", p->dh);
    }
    printf(", AEAD %.2f, hash %.2f, HMAC %.2f\n", p->aead, p->hash, p->hmac);
}

static void print_table(mls_suite suite, result *r, size_t n_sizes)
{
    printf("\nsuite 0x%04x: microseconds of CPU time, and times the primitives alone\n",
           (unsigned)suite);
    print_prims(&r->prims);
    printf("  %-20s", "");
    for (size_t i = 0; i < n_sizes; i++) {
        printf("%12s%-6u", "N = ", (unsigned)sizes[i]);
    }
    printf("\n");
    for (bench_op op = 0; op < BENCH_OPS; op++) {
        printf("  %-20s", op_names[op]);
        for (size_t i = 0; i < n_sizes; i++) {
            double us = samples_median(&r->rows[i][op].time);
            if (us > 0) {
                printf("%11.1f %5.2fx", us, us / bench_bound(&r->prims, op, sizes[i]));
            } else {
                printf("%11s %6s", "-", "");
            }
        }
        printf("\n");
    }
    for (bench_op op = 0; op < BENCH_OPS; op++) {
        for (size_t i = 0; i < n_sizes; i++) {
            bench_row *row = &r->rows[i][op];
            double bound = bench_bound(&r->prims, op, sizes[i]);
            double bytes = bench_bytes(&r->prims, op, row->wire);
            if (bytes > bound / 3) {
                printf("  %s, N = %u, with its %zu bytes signed, hashed and encrypted: %.2fx\n",
                       op_names[op], (unsigned)sizes[i], row->wire,
                       samples_median(&row->time) / (bound + bytes));
            }
        }
    }
}

/* ---- the file ---- */

static void write_prims(FILE *f, mls_suite suite, const bench_prims *p)
{
    fprintf(f,
            "{\"suite\": %u, \"sign\": %.3f, \"verify\": %.3f, \"base\": %.3f, \"dh\": %.3f, "
            "\"encap\": %.3f, \"decap\": %.3f, \"aead\": %.3f, \"hash\": %.3f, \"hmac\": %.3f}",
            (unsigned)suite, p->sign, p->verify, p->base, p->dh, p->encap, p->decap, p->aead,
            p->hash, p->hmac);
}

static void write_row(FILE *f, mls_suite suite, uint32_t n, bench_op op, bench_row *row,
                      const bench_prims *p)
{
    double bound = bench_bound(p, op, n);
    double bytes = bench_bytes(p, op, row->wire);
    const meter *m = &row->counts;
    double us = samples_median(&row->time);
    fprintf(f,
            "{\"suite\": %u, \"n\": %u, \"op\": \"%s\", \"us\": %.2f, \"min_us\": %.2f, "
            "\"runs\": %zu, \"bound_us\": %.2f, \"ratio\": %.3f, \"bytes_us\": %.2f, "
            "\"wire_bytes\": %zu, "
            "\"stored_bytes\": %zu, \"calls\": {\"sign\": %lu, \"verify\": %lu, \"base\": %lu, "
            "\"dh\": %lu, \"encap\": %lu, \"decap\": %lu, \"check\": %lu, \"hash\": %lu, "
            "\"hmac\": %lu}}",
            (unsigned)suite, (unsigned)n, op_keys[op], us, row->time.v[0], row->time.n, bound,
            us / bound, bytes, row->wire, row->stored, m->sign, m->verify, m->base, m->dh, m->encap,
            m->decap, m->check, m->hash, m->hmac);
}

static bool write_json(const char *path, result *results, size_t n_sizes)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        return false;
    }
    fprintf(f, "{\"unit\": \"microseconds of CPU time, median\",\n \"primitives\": [\n");
    for (size_t s = 0; s < SUITES; s++) {
        fprintf(f, "%s  ", s == 0 ? "" : ",\n");
        write_prims(f, suites[s], &results[s].prims);
    }
    fprintf(f, "\n ],\n \"operations\": [\n");
    const char *between = "";
    for (size_t s = 0; s < SUITES; s++) {
        for (size_t i = 0; i < n_sizes; i++) {
            for (bench_op op = 0; op < BENCH_OPS; op++) {
                bench_row *row = &results[s].rows[i][op];
                if (row->time.n > 0) {
                    fprintf(f, "%s  ", between);
                    write_row(f, suites[s], sizes[i], op, row, &results[s].prims);
                    between = ",\n";
                }
            }
        }
    }
    fprintf(f, "\n ]}\n");
    bool good = ferror(f) == 0;
    return fclose(f) == 0 && good;
}

int main(int argc, char **argv)
{
    static result results[SUITES];
    size_t n_sizes = 0;
    unsigned long max = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    if (argc < 2 || argc > 3 || max < 2) {
        fprintf(stderr, "usage: bench_mls JSON [MAX_N]\n");
        return 2;
    }
    while (n_sizes < SIZES && sizes[n_sizes] <= max) {
        n_sizes++;
    }
    NEED(meter_backend() != NULL);
    for (size_t s = 0; s < SUITES; s++) {
        bench_prims_measure(suites[s], &results[s].prims);
        for (size_t i = 0; i < n_sizes; i++) {
            bench_groups(suites[s], sizes[i], results[s].rows[i]);
        }
        print_table(suites[s], &results[s], n_sizes);
        fflush(stdout);
    }
    if (!write_json(argv[1], results, n_sizes)) {
        fprintf(stderr, "bench_mls: %s could not be written\n", argv[1]);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
