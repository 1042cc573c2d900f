/* QR codes; see the header. */
#include "qr.h"

#include <string.h>

#include <qrencode.h>

#define QUIET 2 /* modules around it; four are the rule, two are enough for every reader tried */
#define SIDE_MAX 177

static json_t *make(size_t size, const QRcode *code)
{
    char row[SIDE_MAX + 1];
    json_t *rows = json_array();
    for (size_t y = 0; y < size; y++) {
        for (size_t x = 0; x < size; x++) {
            row[x] = (code->data[y * size + x] & 1) != 0 ? '1' : '0';
        }
        row[size] = '\0';
        if (json_array_append_new(rows, json_string(row)) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return json_pack("{s:I, s:o}", "size", (json_int_t)size, "rows", rows);
}

json_t *qr_json(const char *text, qr_use use)
{
    if (text[0] == '\0') {
        return make(0, NULL);
    }
    QRcode *code = use == QR_DIGITS ? QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1)
                                    : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (code == NULL) {
        return NULL;
    }
    json_t *out = make((size_t)code->width, code);
    QRcode_free(code);
    return out;
}

static bool is_dark(const json_t *rows, size_t size, size_t y, size_t x)
{
    if (y < QUIET || x < QUIET || y >= size + QUIET || x >= size + QUIET) {
        return false;
    }
    const char *row = json_string_value(json_array_get(rows, y - QUIET));
    return row != NULL && strlen(row) == size && row[x - QUIET] == '1';
}

bool qr_print(FILE *f, const json_t *qr, unsigned columns)
{
    static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};
    const json_t *rows = json_object_get(qr, "rows");
    size_t size = json_array_size(rows);
    size_t side = size + (size_t)2 * QUIET;
    if (size == 0 || side > columns) {
        return false;
    }
    for (size_t y = 0; y < side; y += 2) {
        (void)fputs("\033[30;107m", f);
        for (size_t x = 0; x < side; x++) {
            unsigned top = is_dark(rows, size, y, x);
            unsigned low = is_dark(rows, size, y + 1, x);
            (void)fputs(blocks[top << 1 | low], f);
        }
        (void)fputs("\033[0m\n", f);
    }
    return true;
}
