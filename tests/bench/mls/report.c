/* The table and the file. */
#include "bench.h"

#define GROUP_BYTES 8192 /* of the bound on memory: this and 1.5 times the tree */

static const struct {
    const char *name;
    const char *key;
} ops[BENCH_OPS] = {
    [OP_CREATE] = {"create, add N-1 at once", "create"},
    [OP_JOIN] = {"join, tree inside", "join"},
    [OP_JOIN_BESIDE] = {"join, tree beside", "join_beside"},
    [OP_COMMIT_FRESH] = {"commit, fresh tree", "commit_fresh"},
    [OP_PROCESS_FRESH] = {"process, fresh tree", "process_fresh"},
    [OP_JOIN_EXTERNAL] = {"external join", "join_external"},
    [OP_COMMIT_FULL] = {"commit, full tree", "commit_full"},
    [OP_PROCESS_NEAR] = {"process near", "process_near"},
    [OP_PROCESS_FAR] = {"process far", "process_far"},
    [OP_ADD] = {"add one", "add"},
    [OP_PROCESS_ADD] = {"process the add", "process_add"},
    [OP_REMOVE] = {"remove one", "remove"},
    [OP_PROCESS_REMOVE] = {"process the removal", "process_remove"},
    [OP_PROTECT] = {"protect 100 B", "protect_100"},
    [OP_UNPROTECT] = {"unprotect 100 B", "unprotect_100"},
    [OP_PROTECT_16K] = {"protect 16 KiB", "protect_16k"},
    [OP_UNPROTECT_16K] = {"unprotect 16 KiB", "unprotect_16k"},
    [OP_SAVE] = {"save whole", "save"},
    [OP_LOAD] = {"load", "load"},
    [OP_LOAD_PROTECT] = {"load, protect", "load_protect"},
    [OP_LOAD_COMMIT] = {"load, commit", "load_commit"},
    [OP_SQLITE] = {"protect 100 B, SQLite", "protect_sqlite"},
};

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

/* Whether long messages are more than a twentieth of what an operation has to do. */
static bool counts_bytes(const bench_row *row)
{
    return row->bytes > row->bound / 20;
}

static void print_cell(bench_row *row)
{
    double us = samples_median(&row->time);
    if (us <= 0) {
        printf("%12s %12s", "-", "");
    } else if (row->bound <= 0) {
        printf("%12.1f %12s", us, "");
    } else if (counts_bytes(row)) {
        printf("%12.1f %5.2f (%4.2f)", us, us / row->bound, us / (row->bound + row->bytes));
    } else {
        printf("%12.1f %5.2f %6s", us, us / row->bound, "");
    }
}

static void print_memory(const char *name, size_t heap, size_t tree, size_t n)
{
    double allowed = GROUP_BYTES + 1.5 * (double)tree;
    printf("  %s, N = %zu: %zu bytes, %.0f a leaf; tree %zu; %.2f of 8 KiB and 1.5 trees\n", name,
           n, heap, (double)heap / (double)n, tree, (double)heap / allowed);
}

void report_table(mls_suite suite, bench_result *r, size_t n)
{
    printf(
        "\nsuite 0x%04x: microseconds of CPU time, times the primitives alone (in brackets: with "
        "what\nlong messages make them cost)\n",
        (unsigned)suite);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || i + 1 == n) {
            print_prims(&r[i].prims);
        }
    }
    printf("  %-24s", "");
    for (size_t i = 0; i < n; i++) {
        printf("%17s%-8u", "N = ", (unsigned)r[i].n);
    }
    printf("\n");
    for (bench_op op = 0; op < BENCH_OPS; op++) {
        printf("  %-24s", ops[op].name);
        for (size_t i = 0; i < n; i++) {
            print_cell(&r[i].rows[op]);
        }
        printf("\n");
    }
    for (size_t i = 0; i < n; i++) {
        print_memory("heap of a fresh group", r[i].memory.fresh, r[i].memory.fresh_tree, r[i].n);
        print_memory("heap of a full group", r[i].memory.full, r[i].memory.full_tree, r[i].n);
    }
    for (size_t i = 0; i < n; i++) {
        bench_row *rows = r[i].rows;
        printf(
            "  N = %u: a commit is %zu bytes, and writes %zu; a message of 100 B is %zu and writes "
            "%zu,\n    sent by %zu allocations, received by %zu; opening reads %zu, opening and "
            "sending %zu, and committing %zu\n",
            (unsigned)r[i].n, rows[OP_COMMIT_FULL].wire, rows[OP_COMMIT_FULL].stored,
            rows[OP_PROTECT].wire, rows[OP_PROTECT].stored, rows[OP_PROTECT].allocs,
            rows[OP_UNPROTECT].allocs, rows[OP_LOAD].read, rows[OP_LOAD_PROTECT].read,
            rows[OP_LOAD_COMMIT].read);
    }
}

/* ---- the file ---- */

static const char *between = "";

void report_begin(FILE *f)
{
    between = "";
    fprintf(f, "{\"unit\": \"microseconds of CPU time, median\",\n \"groups\": [\n");
}

static void write_row(FILE *f, bench_op op, bench_row *row)
{
    const bench_calls *c = &row->calls;
    double us = samples_median(&row->time);
    fprintf(f,
            "    {\"op\": \"%s\", \"us\": %.2f, \"min_us\": %.2f, \"runs\": %zu, "
            "\"bound_us\": %.2f, \"bytes_us\": %.2f, \"ratio\": %.3f, \"wire_bytes\": %zu, "
            "\"stored_bytes\": %zu, \"read_bytes\": %zu, \"allocs\": %zu, ",
            ops[op].key, us, row->time.v[0], row->time.n, row->bound, row->bytes,
            row->bound > 0 ? us / row->bound : 0, row->wire, row->stored, row->read, row->allocs);
    fprintf(f,
            "\"calls\": {\"sign\": %lu, \"verify\": %lu, \"base\": %lu, \"dh\": %lu, "
            "\"encap\": %lu, \"decap\": %lu, \"check\": %lu, \"hash\": %lu, \"hmac\": %lu, "
            "\"aead\": %lu}}",
            c->sign, c->verify, c->base, c->dh, c->encap, c->decap, c->check, c->hash, c->hmac,
            c->aead);
}

static void write_group(FILE *f, mls_suite suite, bench_result *r)
{
    const bench_prims *p = &r->prims;
    const bench_memory *m = &r->memory;
    fprintf(f,
            "  {\"suite\": %u, \"n\": %u,\n   \"primitives\": {\"sign\": %.3f, \"verify\": %.3f, "
            "\"base\": %.3f, \"dh\": %.3f, \"encap\": %.3f, \"decap\": %.3f, \"aead\": %.3f, "
            "\"hash\": %.3f, \"hmac\": %.3f},\n",
            (unsigned)suite, (unsigned)r->n, p->sign, p->verify, p->base, p->dh, p->encap, p->decap,
            p->aead, p->hash, p->hmac);
    fprintf(f,
            "   \"memory\": {\"fresh\": %zu, \"fresh_tree\": %zu, \"full\": %zu, "
            "\"full_tree\": %zu},\n   \"operations\": [\n",
            m->fresh, m->fresh_tree, m->full, m->full_tree);
    const char *comma = "";
    for (bench_op op = 0; op < BENCH_OPS; op++) {
        if (r->rows[op].time.n > 0) {
            fprintf(f, "%s", comma);
            write_row(f, op, &r->rows[op]);
            comma = ",\n";
        }
    }
    fprintf(f, "]}");
}

void report_json(FILE *f, mls_suite suite, bench_result *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%s", between);
        write_group(f, suite, &r[i]);
        between = ",\n";
    }
}

void report_end(FILE *f)
{
    fprintf(f, "\n ]}\n");
}
