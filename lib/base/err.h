/* Errors and the one way out of a function: TRY jumps to the label `done`, which frees and wipes
 * in reverse. Needs a local `base_err err`. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <sotto/base.h>

#define TRY(call)                                                                                  \
    do {                                                                                           \
        err = (call);                                                                              \
        if (err != BASE_OK) {                                                                      \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

/* Leave with the error `code` unless the condition holds. */
#define REQUIRE(condition, code)                                                                   \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            err = (code);                                                                          \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif
