/* The messages that people send, as MIMI content: text, replies, reactions, edits, deletions; made
 * from what was typed, and told apart when they arrive. */
#ifndef MIMI_SHAPE_H
#define MIMI_SHAPE_H

#include "content.h"

typedef enum mimi_kind {
    MIMI_KIND_MESSAGE = 1, /* new, and about no other */
    MIMI_KIND_REPLY,       /* to in_reply_to */
    MIMI_KIND_REACTION,    /* to in_reply_to */
    MIMI_KIND_EDIT,        /* of `replaces`, by the new body; of a message or a reaction */
    MIMI_KIND_DELETE       /* of `replaces`, a message or a reaction */
} mimi_kind;

mimi_kind mimi_kind_of(const mimi_content *c);

/* Text to be shown. */
typedef struct mimi_text {
    base_bytes text; /* UTF-8, borrowed */
    bool markdown;   /* of a variant that may be shown as it stands, too */
} mimi_text;

/* The text of the body: its only part, or the first that a reader of text and markdown would choose
 * of several. Errors: BASE_E_NOT_FOUND when there is none (show that content of an unknown type
 * came), BASE_E_UTF8. */
BASE_MUST_USE base_err mimi_text_of(const mimi_content *c, mimi_text *out);

/* Content with one part of text, which is borrowed. The salt is the caller's to draw. */
mimi_content mimi_make_text(mimi_text text);
mimi_content mimi_make_reply(const mimi_id *to, mimi_text text);

/* emoji: one, however many characters it is made of. */
mimi_content mimi_make_reaction(const mimi_id *to, base_bytes emoji);

/* `of` is the first version of the message. Only the body may differ from it: the caller sets
 * in_reply_to and topic_id to what they were. */
mimi_content mimi_make_edit(const mimi_id *of, mimi_text text);
mimi_content mimi_make_delete(const mimi_id *of);

/* Whether a media type is this one ("type/subtype", small letters), whatever its parameters. */
bool mimi_media_is(base_bytes media_type, const char *essence);

#endif
