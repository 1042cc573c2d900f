/* A SQLite VFS that fails on demand: it passes everything to the default one, counts what a
 * database under a folder asks of the disk, and answers the nth request with an error. SQLCipher
 * uses it like any other. */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum fault_vfs_kind {
    FAULT_VFS_WRITE, /* write, truncate: the disk is full */
    FAULT_VFS_SYNC,  /* it does not become durable */
    FAULT_VFS_READ,
    FAULT_VFS_LOCK,  /* another process has the database */
    FAULT_VFS_MEMORY /* SQLite's own memory, whatever the folder */
} fault_vfs_kind;

/* Make it the default VFS of this process, and its memory the one that fails; once, before a
 * database is opened. */
void fault_vfs_install(void);

/* Fail request number nth from now on of this kind (from 1), and the `more` after it, for files
 * whose path begins with folder, which is borrowed. */
void fault_vfs_arm(const char *folder, fault_vfs_kind kind, size_t nth, size_t more);
void fault_vfs_disarm(void);

/* Whether the request that was to fail was made. */
bool fault_vfs_fired(void);

#endif
