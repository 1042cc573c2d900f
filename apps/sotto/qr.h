/* QR codes: rows of modules for the API, half-block characters for a terminal. */
#ifndef APP_QR_H
#define APP_QR_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* What the code is for decides how much of it may be damaged. */
typedef enum qr_use {
    QR_LINK,  /* long text: the least redundancy, so that the modules stay large */
    QR_DIGITS /* decimal digits only */
} qr_use;

/* {"size", "rows"} of docs/api.json; of size 0 for empty text. NULL: out of memory, or too long. */
json_t *qr_json(const char *text, qr_use use);

/* Print it, dark on light whatever the terminal's colours, from {"size", "rows"}. False when it is
 * wider than `columns`: nothing was printed. */
bool qr_print(FILE *f, const json_t *qr, unsigned columns);

#endif
