/* A conversation that is being read in the terminal: its history, what comes, and how far it was
 * read. Shared by `read` and `chat`. */
#ifndef APP_READING_H
#define APP_READING_H

#include <stdio.h>

#include "client.h"

typedef struct reading {
    client *agent;
    json_t *room;
    char me[80];       /* my id */
    json_t *shown;     /* ids of messages shown, with the state they were shown in */
    json_int_t newest; /* order of the newest message shown */
    json_int_t marked;
    long day;
    bool peek; /* never mark as read */
    bool own;  /* my own messages are shown too (`chat` shows what is typed) */
} reading;

/* events: they are opened before the history is asked for, so that nothing falls between. */
exit_code reading_begin(reading *r, client *agent, const char *who, bool events);
void reading_end(reading *r);

/* The newest `last` messages (0: all), oldest first; new reference, NULL when the call failed. */
json_t *reading_history(reading *r, size_t last);

/* What an event tells of this conversation that was not shown yet: a message, borrowed from the
 * event; NULL: nothing. */
const json_t *reading_new(const reading *r, const json_t *event);

void reading_show(reading *r, FILE *f, const json_t *message);

/* Tell the agent how far it was read. False when the call failed. */
bool reading_mark(reading *r);

#endif
