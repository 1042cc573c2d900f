/* The exhibit: descriptions of every column, and the walk that joins them with what is stored. A
 * column added to a store without a line here makes a test fail. */
#include "exhibit.h"

#include <string.h>

#define COLUMNS(list) (list), sizeof(list) / sizeof((list)[0])

static const relay_exhibit_column meta_columns[] = {
    {"name", "which of the two values it is", "anything about people"},
    {"value",
     "incarnation: told to every client, so that a restored database shows. decoy: which "
     "directory records are made up",
     "any key of a conversation; there is none here"},
};

static const relay_exhibit_column log_columns[] = {
    {"key", "nothing: drawn at random by the store", "the order in which logs were made"},
    {"id", "that a log of this random id exists; its members know the id",
     "who they are, or what other logs they have"},
    {"epoch", "how often its membership or keys changed", "who came, went or changed them"},
    {"head", "how many entries it ever had", "who wrote them, and when"},
    {"hash", "a hash over ciphertext that members compare", "any of it"},
    {"floor", "how far every open cursor has read", "who reads fast or slowly"},
    {"kept", "how many entries somebody still has to fetch", "who"},
    {"bytes", "how much that is, padded", "the length of any message"},
    {"cursors", "how many devices read here, and left of late", "whose they are; how many people"},
    {"guests", "how many of them no commit announced", "whose they are"},
    {"touched", "the last day anything happened here", "the hour, and what it was"},
};

static const relay_exhibit_column epoch_columns[] = {
    {"log", "the log it belongs to", "its members"},
    {"epoch", "that somebody may still read in this epoch", "who"},
    {"gate", "the hash of a token that members derive from their keys",
     "the token; and the token would open ciphertext, no message"},
    {"start", "the number of the commit that began it", "what that changed"},
    {"end", "the number of the commit that ended it, or 0", "what that changed"},
    {"start_hash", "a hash over ciphertext", "any of it"},
    {"end_hash", "a hash over ciphertext", "any of it"},
};

static const relay_exhibit_column cursor_columns[] = {
    {"log", "the log it reads", "its members"},
    {"handle", "the hash of a random key of one device in this log",
     "the device or its person: it is another one in every log"},
    {"place", "up to which entry it has read", "when it read"},
    {"opened", "the epoch in which a commit announced it", "who made that commit"},
    {"until", "the commit that closed it, or 0", "who made that commit"},
    {"closed", "whether it is closed", "why"},
    {"used", "whether it ever acknowledged anything", "when"},
    {"guest", "that no commit announced it", "why not"},
    {"day", "the last day it moved, or was closed", "the hour; from where"},
};

static const relay_exhibit_column entry_columns[] = {
    {"n", "the order in which batches were stored",
     "the order within a batch: it is sorted by the log's random key"},
    {"live", "whether somebody still has to fetch it", "who; dead rows are zeros"},
    {"log", "the log it belongs to", "its members"},
    {"seq", "its number in the log", "who wrote it"},
    {"day", "the day it came", "the hour"},
    {"kind", "whether it is a commit", "what the commit changed"},
    {"before", "a hash over earlier ciphertext", "any of it"},
    {"stamp", "of a commit: the handle of its writer, the next gate, handles opened and closed",
     "whose handles they are. Messages have no stamp: their writer is not stored"},
    {"data", "ciphertext, padded to a size class", "the message, its length, its kind, its sender"},
};

static const relay_exhibit_column side_columns[] = {
    {"n", "the order in which they were stored", "the order within a batch"},
    {"live", "whether a joiner still has to fetch it", "who"},
    {"log", "the log it belongs to", "its members"},
    {"seq", "the epoch that joiners enter with it", "who they are"},
    {"data", "ciphertext, padded to a size class", "the group's tree, or how large it is exactly"},
};

static const relay_exhibit_column waiting_columns[] = {
    {"log", "the log it belongs to", "its members"},
    {"epoch", "the epoch that joiners enter", "who they are"},
    {"waiting", "how many of the devices added have not come yet", "which"},
    {"day", "the day they were added", "the hour, and by whom"},
    {"size", "the padded size of what they fetch", "what it is"},
};

static const relay_exhibit_column box_columns[] = {
    {"key", "nothing: drawn at random by the store", "the order in which boxes were made"},
    {"id", "that a mailbox of this random id exists; who has a link to it knows the id",
     "whose it is"},
    {"owner", "the hash of the token that its device reads it with", "the device"},
    {"door", "the hash of the token in its contact link, or zeros", "who was given the link"},
    {"place", "up to which mail it was read", "when"},
    {"head", "how many mails it ever got", "from whom"},
    {"door_mails", "how many wait that came by the contact link", "from whom"},
    {"mails", "how many wait", "from whom"},
    {"doors", "how many deliver tokens it issued: about as many as its device has conversations",
     "which, or with whom"},
    {"door_bytes", "how much waits that came by the contact link, padded", "what it is"},
    {"bytes", "how much waits, padded", "what it is"},
    {"touched", "the last day its device collected mail or changed doors", "the hour; from where"},
};

static const relay_exhibit_column door_columns[] = {
    {"box", "the mailbox it opens", "whose it is"},
    {"number", "a number its owner chose", "the conversation it was issued for"},
    {"gate", "the hash of a deliver token", "who was given the token"},
    {"mails", "how many wait that came by it", "from whom"},
    {"bytes", "how much waits that came by it, padded", "what it is"},
};

static const relay_exhibit_column mail_columns[] = {
    {"n", "the order in which batches were stored",
     "the order within a batch: it is sorted by the box's random key"},
    {"live", "whether it still has to be fetched", "anything: dead rows are zeros"},
    {"box", "the mailbox it waits in", "whose it is"},
    {"seq", "its number in the box", "who sent it"},
    {"day", "the day it came", "the hour"},
    {"number", "by which door: mails of one conversation's members share one", "who sent it"},
    {"data", "ciphertext, padded to a size class", "the mail, its length, its kind, its sender"},
};

static const relay_exhibit_column shelf_columns[] = {
    {"key", "nothing: drawn at random by the store", "the order in which shelves were made"},
    {"id", "that a shelf of this random id exists; who has a link to it knows the id",
     "whose it is"},
    {"owner", "the hash of the token that its device stocks it with", "the device"},
    {"take", "the hash of the token that takes a package", "who has it"},
    {"batch", "how often it was stocked", "when"},
    {"next", "how many packages were ever put, less what lies there: taken", "by whom"},
    {"packages", "how many are left", "anything else"},
    {"size", "the size of a package, the same for all", "what is in it"},
    {"last", "whether a last resort is there", "anything else"},
    {"touched", "the last day its device stocked or counted it", "the hour; from where"},
};

static const relay_exhibit_column package_columns[] = {
    {"shelf", "the shelf it lies on", "whose it is"},
    {"number", "its turn; 0 is the last resort", "anything else"},
    {"data", "a key package sealed under a key the relay never sees",
     "the identity, the device, the package, its hash"},
};

static const relay_exhibit_column directory_columns[] = {
    {"key", "a slow hash of a handle: who guesses the handle finds the row", "the handle itself"},
    {"gate", "the hash of the token that changes the record", "whose it is"},
    {"data", "a contact link, encrypted under another slow hash of the handle",
     "the link, to who does not know the handle"},
    {"touched", "the last day its owner wrote it", "the hour; from where"},
};

static const relay_exhibit_table tables[] = {
    {"meta", "Two random values of this database.", COLUMNS(meta_columns)},
    {"log", "One row for each log: a conversation, and nothing says whose.", COLUMNS(log_columns)},
    {"epoch", "The gates of each log that somebody may still have to pass.",
     COLUMNS(epoch_columns)},
    {"cursor", "Where each reading device of a log stands, under a handle of this log alone.",
     COLUMNS(cursor_columns)},
    {"entry", "Ciphertext that somebody still has to fetch, and zeros where it was.",
     COLUMNS(entry_columns)},
    {"side", "Ciphertext that new members fetch once.", COLUMNS(side_columns)},
    {"waiting", "How many new members have not fetched it yet.", COLUMNS(waiting_columns)},
    {"box", "One row for each mailbox: a device, and nothing says whose.", COLUMNS(box_columns)},
    {"door", "The ways into each mailbox.", COLUMNS(door_columns)},
    {"mail", "Ciphertext that waits in a mailbox, and zeros where it was.", COLUMNS(mail_columns)},
    {"shelf", "One row for each shelf of key packages.", COLUMNS(shelf_columns)},
    {"package", "Sealed key packages that wait for whoever starts a conversation.",
     COLUMNS(package_columns)},
    {"directory", "Contact links that people chose to file under a handle.",
     COLUMNS(directory_columns)},
};

const relay_exhibit_table *relay_exhibit_tables(size_t *n)
{
    *n = sizeof tables / sizeof tables[0];
    return tables;
}

static const relay_exhibit_table *table_of(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return &tables[i];
        }
    }
    return NULL;
}

static const relay_exhibit_column *column_of(const relay_exhibit_table *t, const char *name)
{
    for (size_t i = 0; t != NULL && i < t->n; i++) {
        if (strcmp(t->columns[i].name, name) == 0) {
            return &t->columns[i];
        }
    }
    return NULL;
}

static base_err on_table(void *user, const char *name, const char *const *columns, size_t n)
{
    const relay_exhibit_to *to = (const relay_exhibit_to *)user;
    const relay_exhibit_table *t = table_of(name);
    base_err err = to->table(to->user, name, t != NULL ? t->holds : NULL);
    for (size_t i = 0; i < n && err == BASE_OK; i++) {
        const relay_exhibit_column *c = column_of(t, columns[i]);
        err = to->column(to->user, columns[i], c != NULL ? c->tells : NULL,
                         c != NULL ? c->hides : NULL);
    }
    return err;
}

static base_err on_row(void *user, const relay_cell *cells, size_t n)
{
    const relay_exhibit_to *to = (const relay_exhibit_to *)user;
    return to->row(to->user, cells, n);
}

base_err relay_exhibit(const relay_store *store, const relay_exhibit_to *to)
{
    relay_exhibit_to copy = *to;
    const relay_walk walk = {on_table, on_row, &copy};
    return store->ops->walk(store->user, &walk);
}
