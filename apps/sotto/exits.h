/* What the program's exit codes mean (`sotto help`). */
#ifndef APP_EXITS_H
#define APP_EXITS_H

/* An int, since that is what main() returns. */
typedef int exit_code;

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1,     /* refused, or it went wrong: the sentence says why */
    EXIT_USAGE = 2,      /* the command line */
    EXIT_WHO = 3,        /* nobody of that name, or several */
    EXIT_NO_AGENT = 4,   /* the agent does not run and cannot be started, or went away */
    EXIT_RELAY = 5,      /* the relay cannot be reached, or refused */
    EXIT_PASSPHRASE = 6, /* wrong, or there was none to be had */
    EXIT_IN_USE = 7      /* another agent has the store */
};

#endif
