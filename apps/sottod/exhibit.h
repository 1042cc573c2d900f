/* `sottod exhibit`: everything the relay has stored, which is everything it can hand over, beside
 * what each column can tell and what it cannot. It reads the database of a relay that may be
 * running. */
#ifndef SOTTOD_EXHIBIT_H
#define SOTTOD_EXHIBIT_H

#include "options.h"

/* Print and return the exit code; errors have been printed. With --live go on until a signal. */
int exhibit_run(const options *o);

/* What the relay's tables do not hold at all. Static text, some lines. */
const char *exhibit_absent(void);

#endif
