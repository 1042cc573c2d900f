/* What must not depend on the value of a secret: wiping, comparing, choosing. The marks CT_SECRET
 * and CT_PUBLIC cost nothing in a normal build; with BASE_CT_TEST they tell Valgrind to treat the
 * bytes as undefined, so that a branch or an index on them is reported. */
#ifndef BASE_CT_H
#define BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sotto/base.h>

#ifdef BASE_CT_TEST
#include <valgrind/memcheck.h>
#define CT_SECRET(p, n) ((void)VALGRIND_MAKE_MEM_UNDEFINED((p), (n)))
#define CT_PUBLIC(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED((p), (n)))
#else
#define CT_SECRET(p, n) ((void)(p), (void)(n))
#define CT_PUBLIC(p, n) ((void)(p), (void)(n))
#endif

/* Overwrite n bytes with zeros in a way the compiler keeps. p may be NULL when n is 0. */
void base_wipe(void *p, size_t n);

/* Overwrite the n bytes of stack (rounded up to 4 KiB) below the caller's frame, where the
 * functions it called left what compilers spill and what other libraries do not wipe. n is a
 * constant of the caller's: as much stack as its callees used. */
void base_wipe_stack(size_t n);

/* Whether a and b are the same bytes. The lengths are public, the content is not: time depends on
 * the length alone. Different lengths are never equal. */
BASE_MUST_USE bool base_ct_eq(base_bytes a, base_bytes b);

/* 0xff when a and b are equal, else 0, without a branch on either. */
uint8_t base_ct_mask_eq(uint32_t a, uint32_t b);

/* Copy src over dst where mask is 0xff; leave dst where it is 0. */
void base_ct_copy(uint8_t *dst, const uint8_t *src, size_t n, uint8_t mask);

/* Whether all n bytes are zero, in time that depends on n alone. */
BASE_MUST_USE bool base_ct_is_zero(base_bytes a);

#endif
