/* mls-bench: what operations of libmls cost beside the primitives that they cannot do without,
 * measured in the same run. Prints a table; --json FILE writes all figures. README.md says what is
 * counted. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "meter.h"

#define LIST_MAX 16

static const char usage[] =
    "usage: mls-bench [--json FILE] [--suites 1,3,0xf001] [--sizes 2,10,100] [--max N]\n"
    "Without --sizes: 2, 10, 100, 1000, 10000, 50000 (to 10000 where keys are large), up to N.\n";

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

typedef struct options {
    const char *json;
    unsigned long suites[LIST_MAX];
    size_t n_suites;
    unsigned long sizes[LIST_MAX];
    size_t n_sizes;
    unsigned long max;
} options;

/* Numbers between commas, each from least to most; false when there is something else. */
static bool parse_list(const char *s, unsigned long least, unsigned long most, unsigned long *v,
                       size_t *n)
{
    *n = 0;
    while (*n < LIST_MAX) {
        char *end = NULL;
        v[*n] = strtoul(s, &end, 0);
        if (end == s || v[*n] < least || v[*n] > most) {
            return false;
        }
        (*n)++;
        if (*end == '\0') {
            return true;
        }
        if (*end != ',') {
            return false;
        }
        s = end + 1;
    }
    return false;
}

static bool parse(int argc, char **argv, options *o)
{
    size_t n = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        bool good = false;
        if (strcmp(argv[i], "--json") == 0) {
            o->json = value;
            good = true;
        } else if (strcmp(argv[i], "--suites") == 0) {
            good = parse_list(value, 1, 0xffff, o->suites, &o->n_suites);
        } else if (strcmp(argv[i], "--sizes") == 0) {
            good = parse_list(value, 2, 65535, o->sizes, &o->n_sizes);
        } else if (strcmp(argv[i], "--max") == 0) {
            good = parse_list(value, 2, 65535, &o->max, &n) && n == 1;
        }
        if (!good) {
            return false;
        }
    }
    return argc % 2 == 1;
}

/* All suites that this machine can run, unless the caller names some. */
static void choose_suites(options *o)
{
    for (unsigned long s = 1; o->n_suites < LIST_MAX && s <= 0xffff; s++) {
        if (meter_backend((uint16_t)s) != NULL) {
            o->suites[o->n_suites++] = s;
        }
    }
}

static size_t sizes_for(const options *o, mls_suite suite, unsigned long *out)
{
    static const unsigned long usual[] = {2, 10, 100, 1000, 10000, 50000};
    size_t n = 0;
    bench_prims p;
    if (o->n_sizes > 0) {
        memcpy(out, o->sizes, sizeof o->sizes);
        return o->n_sizes;
    }
    bench_prims_measure(suite, &p);
    unsigned long most = p.encap > 0 ? 10000 : 50000;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (usual[i] <= most && usual[i] <= o->max) {
            out[n++] = usual[i];
        }
    }
    return n;
}

static void run_suite(const options *o, mls_suite suite, FILE *json)
{
    static bench_result results[LIST_MAX];
    unsigned long sizes[LIST_MAX] = {0};
    size_t n = sizes_for(o, suite, sizes);
    memset(results, 0, sizeof results);
    for (size_t i = 0; i < n; i++) {
        results[i].n = (uint32_t)sizes[i];
        bench_prims_measure(suite, &results[i].prims);
        bench_groups(suite, &results[i]);
        fprintf(stderr, "suite 0x%04x, N = %lu: done\n", (unsigned)suite, sizes[i]);
    }
    report_table(suite, results, n);
    if (json != NULL) {
        report_json(json, suite, results, n);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    options o = {.max = 50000};
    FILE *json = NULL;
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.n_suites == 0) {
        choose_suites(&o);
    }
    for (size_t i = 0; i < o.n_suites; i++) {
        if (meter_backend((uint16_t)o.suites[i]) == NULL) {
            fprintf(stderr, "mls-bench: suite 0x%04lx cannot be run here\n", o.suites[i]);
            return 2;
        }
    }
    if (o.json != NULL) {
        json = fopen(o.json, "w");
        if (json == NULL) {
            fprintf(stderr, "mls-bench: %s cannot be written\n", o.json);
            return EXIT_FAILURE;
        }
        report_begin(json);
    }
    for (size_t i = 0; i < o.n_suites; i++) {
        run_suite(&o, (mls_suite)o.suites[i], json);
    }
    if (json != NULL) {
        report_end(json);
        bool good = ferror(json) == 0;
        if (fclose(json) != 0 || !good) {
            fprintf(stderr, "mls-bench: %s could not be written\n", o.json);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
