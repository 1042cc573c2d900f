/* The table of errors, made from err.def so that code, class and text cannot drift apart. */
#include "err.h"

typedef struct err_row {
    const char *name;
    const char *text;
    base_class cls;
} err_row;

static const err_row rows[BASE_E_COUNT] = {
    [BASE_OK] = {"BASE_OK", "no error", BASE_CLASS_OK},
#define BASE_ERR(code, cls, text) [code] = {#code, text, BASE_CLASS_##cls},
#include <sotto/err.def>
#undef BASE_ERR
};

static const err_row unknown = {"BASE_E_UNKNOWN", "an unknown error", BASE_CLASS_INTERNAL};

static const err_row *row_of(base_err err)
{
    unsigned i = (unsigned)err;
    return i < (unsigned)BASE_E_COUNT ? &rows[i] : &unknown;
}

const char *base_err_text(base_err err)
{
    return row_of(err)->text;
}

const char *base_err_name(base_err err)
{
    return row_of(err)->name;
}

base_class base_err_class(base_err err)
{
    return row_of(err)->cls;
}
