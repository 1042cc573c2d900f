/* How the terminal shows things of the API. The agent has made all text harmless already. */
#ifndef APP_SHOW_H
#define APP_SHOW_H

#include <stdio.h>

#include <jansson.h>

/* One message or notice, with its time; a line with the date before it when the day is another than
 * *day, which is kept there (0 at first). */
void show_message(FILE *f, const json_t *message, const char *me, long *day);

/* A person, a conversation, a member: one line each. */
void show_contact(FILE *f, const json_t *contact);
void show_conversation(FILE *f, const json_t *conversation);
void show_member(FILE *f, const json_t *member, const char *me);

/* "14:03" today, "2 Jan" this year, "2 Jan 2025" before; "never" for null. */
void show_when(const json_t *time, char *out, size_t size);

/* 60 digits as 12 groups of five, in two lines. */
void show_digits(FILE *f, const char *digits);

/* A QR code, if it fits the terminal; else a word on why there is none. */
void show_qr(FILE *f, const json_t *qr);

/* Columns of the terminal; 80 when it is none. */
unsigned show_columns(void);

#endif
