/* What each column of the relay's database can tell, and what it cannot: the words of `sottod
 * exhibit`. A test walks a real database and fails when a table or a column is not here. */
#include "exhibit.h"

#include <string.h>

typedef struct words {
    const char *table, *column, *text;
} words;

static const words all[] = {
    {"meta", NULL, "This database as a whole."},
    {"meta", "name", "Which value."},
    {"meta", "value",
     "Random. The incarnation tells clients that a copy was restored; the decoy secret makes "
     "answers "
     "about missing directory records look like real ones. Neither opens anything."},

    {"log", NULL,
     "One row a conversation. Not: whose, or how many people; a log has readers, and a person has "
     "several devices."},
    {"log", "key", "Random; the other tables refer to the log by it."},
    {"log", "id", "Random, chosen by who opened the log. Known to its members."},
    {"log", "epoch", "How often membership or keys changed. Not: who joined or left."},
    {"log", "head", "How many entries there ever were. Not: what they said."},
    {"log", "hash",
     "The running hash over all entries, which members compare to catch this relay cheating."},
    {"log", "floor", "How far all readers have read. Not: any one's place."},
    {"log", "kept", "How many entries are still here."},
    {"log", "bytes", "Their size, padded."},
    {"log", "cursors", "How many readers there are: devices, at most."},
    {"log", "guests", "How many of them were opened by reading, not by a commit."},
    {"log", "touched", "The day of the last use. No time of day is stored anywhere."},

    {"epoch", NULL,
     "The gates of a log: one for each stretch between two commits that is still "
     "needed."},
    {"epoch", "log", "Which log, by its key."},
    {"epoch", "epoch", "Which epoch."},
    {"epoch", "gate",
     "SHA-256 of the token that opens it. The token comes from the group's own keys and cannot be "
     "computed from its hash."},
    {"epoch", "start", "The entry that began it."},
    {"epoch", "end", "The entry that ended it; 0: it goes on."},
    {"epoch", "start_hash", "The running hash where it began."},
    {"epoch", "end_hash", "The running hash where it ended."},

    {"cursor", NULL,
     "One row a reader of a log, so that entries are kept until all have them. Not: which device "
     "or "
     "person; a device has another handle in every log."},
    {"cursor", "log", "Which log, by its key."},
    {"cursor", "handle", "SHA-256 of a key that one device drew at random for this log alone."},
    {"cursor", "place", "How far this reader has read."},
    {"cursor", "opened", "The entry that let it in."},
    {"cursor", "until", "The entry that shut it out; 0: none has."},
    {"cursor", "closed", "Whether it was shut out."},
    {"cursor", "used", "Whether it has ever read."},
    {"cursor", "guest", "Whether it was opened by reading, not by a commit."},
    {"cursor", "day", "The day it last moved."},

    {"entry", NULL,
     "What is on its way: encrypted by MLS before it left the sender's machine. Deleted once all "
     "readers have it, or after 30 days. Not: who wrote it, to whom, what."},
    {"entry", "n",
     "The row's number. Rows of one batch are sorted by log first, so it does not tell which came "
     "beside which."},
    {"entry", "live", "0: deleted, its bytes overwritten; the empty row goes later."},
    {"entry", "log", "Which log, by its key."},
    {"entry", "seq", "Its number in the log."},
    {"entry", "day", "The day it came."},
    {"entry", "kind", "0 a message, 1 a commit: a change of membership or keys."},
    {"entry", "before", "The running hash before it."},
    {"entry", "size", "Its size: one of a few classes that everything is padded to."},
    {"entry", "stamp",
     "Of a commit: handle of the writer's cursor, the next gate, the cursors it opened and closed. "
     "Messages have none: their writer is not stored."},
    {"entry", "data", "Ciphertext. No key to it has ever been on this machine."},

    {"side", NULL,
     "The welcome of a commit: what those who were added need, encrypted with a key that only they "
     "get, by mail."},
    {"side", "n", "The row's number; sorted as entries are."},
    {"side", "live", "0: deleted, its bytes overwritten."},
    {"side", "log", "Which log, by its key."},
    {"side", "seq", "The epoch that the commit began."},
    {"side", "epoch", "The epoch that the commit began."},
    {"side", "waiting", "How many readers it added have not come yet."},
    {"side", "day", "The day it came."},
    {"side", "size", "Its size, padded."},
    {"side", "data", "Ciphertext."},

    {"waiting", NULL, "Until when the welcome of a commit is kept."},
    {"waiting", "log", "Which log, by its key."},
    {"waiting", "epoch", "The epoch that the commit began."},
    {"waiting", "waiting", "How many readers it added have not come yet."},
    {"waiting", "day", "The day it came."},
    {"waiting", "size", "The size of the welcome, padded."},

    {"box", NULL,
     "One row a mailbox; a device has one. Not: whose, and not the logs that it reads."},
    {"box", "key", "Random; the other tables refer to the box by it."},
    {"box", "id", "Random. In the contact links that its owner gave away."},
    {"box", "owner", "SHA-256 of the token that reads it."},
    {"box", "door", "SHA-256 of the token that a stranger needs to write; zeros: shut."},
    {"box", "place", "How many mails its owner has fetched."},
    {"box", "head", "How many mails ever came."},
    {"box", "door_mails", "How many wait that came through the open door."},
    {"box", "mails", "How many wait."},
    {"box", "doors", "How many tokens its owner gave to conversations. Not: to which."},
    {"box", "door_bytes", "The size of what came through the open door, padded."},
    {"box", "bytes", "The size of all that waits, padded."},
    {"box", "touched", "The day of the last use."},

    {"door", NULL, "The tokens that may write to a mailbox."},
    {"door", "box", "Which mailbox, by its key."},
    {"door", "number", "The owner's number for it. Not: who holds it."},
    {"door", "gate", "SHA-256 of the token."},
    {"door", "mails", "How many mails wait that came by it."},
    {"door", "bytes", "Their size, padded."},

    {"mail", NULL,
     "Invitations on their way, sealed to a key that only the receiver has. Deleted once fetched, "
     "or "
     "after 30 days. Not: who wrote."},
    {"mail", "n", "The row's number; sorted as entries are."},
    {"mail", "live", "0: deleted, its bytes overwritten."},
    {"mail", "box", "Which mailbox, by its key."},
    {"mail", "seq", "Its number in the mailbox."},
    {"mail", "day", "The day it came."},
    {"mail", "number", "The door it came by; 0: the open one."},
    {"mail", "size", "Its size, padded."},
    {"mail", "data", "Ciphertext."},

    {"shelf", NULL, "One row a shelf of one-time keys; a device has one. Not: whose."},
    {"shelf", "key", "Random; the packages refer to the shelf by it."},
    {"shelf", "id", "Random. In the contact links that its owner gave away."},
    {"shelf", "owner", "SHA-256 of the token that fills it."},
    {"shelf", "take", "SHA-256 of the token that takes from it."},
    {"shelf", "batch", "How often it was filled."},
    {"shelf", "next", "How many packages it ever held."},
    {"shelf", "packages", "How many are there."},
    {"shelf", "size", "The size of each, padded to one size."},
    {"shelf", "last", "Whether there is one for when all others are taken."},
    {"shelf", "touched", "The day its owner last used it."},

    {"package", NULL,
     "Public keys to add a device with, encrypted under a key that this relay never sees."},
    {"package", "shelf", "Which shelf, by its key."},
    {"package", "number", "Its number; 0 is the last resort."},
    {"package", "data", "Ciphertext."},

    {"directory", NULL,
     "For people who want to be found by a handle. Whoever guesses a handle finds its record; the "
     "records as such do not tell the handles."},
    {"directory", "key", "A slow hash of the handle."},
    {"directory", "gate", "SHA-256 of the token that changes it."},
    {"directory", "data", "A contact link, encrypted under another slow hash of the handle."},
    {"directory", "touched", "The day its owner last used it."},
};

const char *exhibit_words(const char *table, const char *column)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bool same = column == NULL ? all[i].column == NULL
                                   : all[i].column != NULL && strcmp(all[i].column, column) == 0;
        if (same && strcmp(all[i].table, table) == 0) {
            return all[i].text;
        }
    }
    return NULL;
}

const char *exhibit_absent(void)
{
    return "Nothing here holds: a message, a name, a number, a handle in clear, a member list, "
           "who\n"
           "wrote a message, an address, a time of day, or a key that opens any of the above.\n"
           "What a relay sees while it runs and does not store: the addresses and times of open\n"
           "connections, and which logs each of them follows.\n";
}
