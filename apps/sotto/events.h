/* What changed, told to every client that opened its session: the core's events as those of
 * docs/api.json. A conversation is told once a turn, after the messages that changed it. */
#ifndef APP_EVENTS_H
#define APP_EVENTS_H

#include <jansson.h>

#include <sotto/sotto.h>

struct agent;

typedef struct agent_events {
    sotto_room_id *rooms; /* changed in this turn */
    size_t rooms_n, rooms_cap;
    bool connection, account; /* changed in this turn */
    json_t *going;            /* what a conversation looked like before it was declined */
    sotto_room_id going_id;
} agent_events;

void events_clear(agent_events *e);

/* One event of the core, but for DONE, which is the dispatcher's. */
void events_take(struct agent *a, const sotto_event *e);

/* The end of the turn: tell what was held back. */
void events_flush(struct agent *a);

/* A conversation is about to be declined: keep its last look for the event about its end. */
base_err events_farewell(struct agent *a, const sotto_room_id *room);

/* Tell an event; params is taken, NULL is ignored. */
void events_tell(struct agent *a, const char *name, json_t *params);

#endif
