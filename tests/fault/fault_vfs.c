/* See fault_vfs.h. A file is ours in front and the default VFS's behind. */
#include "fault_vfs.h"

#include <assert.h>
#include <string.h>

#include <sqlcipher/sqlite3.h>

typedef struct fault_file {
    sqlite3_file base;
    const char *name;   /* SQLite keeps it until the file is closed */
    sqlite3_file *real; /* right behind */
} fault_file;

/* For the leak sanitizer: SQLCipher loses a codec whose memory ran out while it was attached. Its
 * frames cannot be told apart, so all that SQLite takes is passed over in these programs. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:sqlite3MemMalloc";
}

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_mem_methods memory;
    const char *folder;
    fault_vfs_kind kind;
    size_t nth;
    size_t more;
    size_t calls;
} fault;

static sqlite3_file *real(sqlite3_file *f)
{
    return ((fault_file *)f)->real;
}

static bool counted(void)
{
    fault.calls++;
    return fault.calls >= fault.nth && fault.calls - fault.nth <= fault.more;
}

static bool fails(sqlite3_file *f, fault_vfs_kind kind)
{
    const char *name = ((fault_file *)f)->name;
    if (fault.folder == NULL || fault.kind != kind || name == NULL ||
        strncmp(name, fault.folder, strlen(fault.folder)) != 0) {
        return false;
    }
    return counted();
}

static int vfs_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int vfs_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return fails(f, FAULT_VFS_READ) ? SQLITE_IOERR_READ
                                    : real(f)->pMethods->xRead(real(f), p, n, at);
}

static int vfs_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    return fails(f, FAULT_VFS_WRITE) ? SQLITE_FULL : real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int vfs_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return fails(f, FAULT_VFS_WRITE) ? SQLITE_IOERR_TRUNCATE
                                     : real(f)->pMethods->xTruncate(real(f), n);
}

static int vfs_sync(sqlite3_file *f, int flags)
{
    return fails(f, FAULT_VFS_SYNC) ? SQLITE_IOERR_FSYNC : real(f)->pMethods->xSync(real(f), flags);
}

static int vfs_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return real(f)->pMethods->xFileSize(real(f), n);
}

static int vfs_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int vfs_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int vfs_reserved(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int vfs_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int vfs_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int vfs_traits(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int vfs_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int vfs_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    const int taking = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
    if ((flags & taking) == taking && fails(f, FAULT_VFS_LOCK)) {
        return SQLITE_BUSY;
    }
    return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void vfs_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int vfs_shm_unmap(sqlite3_file *f, int forget)
{
    return real(f)->pMethods->xShmUnmap(real(f), forget);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector,
    .xDeviceCharacteristics = vfs_traits,
    .xShmMap = vfs_shm_map,
    .xShmLock = vfs_shm_lock,
    .xShmBarrier = vfs_shm_barrier,
    .xShmUnmap = vfs_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    fault_file *ours = (fault_file *)f;
    (void)vfs;
    memset(ours, 0, sizeof *ours);
    ours->real = (sqlite3_file *)(ours + 1);
    ours->name = name;
    int rc = fault.real->xOpen(fault.real, name, ours->real, flags, out);
    ours->base.pMethods = ours->real->pMethods != NULL ? &methods : NULL;
    return rc;
}

static bool memory_fails(void)
{
    return fault.folder != NULL && fault.kind == FAULT_VFS_MEMORY && counted();
}

static void *mem_malloc(int n)
{
    return memory_fails() ? NULL : fault.memory.xMalloc(n);
}

static void *mem_realloc(void *p, int n)
{
    return memory_fails() ? NULL : fault.memory.xRealloc(p, n);
}

static void install_memory(void)
{
    int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.memory);
    assert(rc == SQLITE_OK);
    sqlite3_mem_methods ours = fault.memory;
    ours.xMalloc = mem_malloc;
    ours.xRealloc = mem_realloc;
    rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    assert(rc == SQLITE_OK);
}

void fault_vfs_install(void)
{
    install_memory();
    fault.real = sqlite3_vfs_find(NULL);
    assert(fault.real != NULL);
    fault.vfs = *fault.real;
    fault.vfs.zName = "fault";
    fault.vfs.pNext = NULL;
    fault.vfs.szOsFile = (int)sizeof(fault_file) + fault.real->szOsFile;
    fault.vfs.xOpen = vfs_open;
    int rc = sqlite3_vfs_register(&fault.vfs, 1);
    assert(rc == SQLITE_OK);
}

void fault_vfs_arm(const char *folder, fault_vfs_kind kind, size_t nth, size_t more)
{
    fault.folder = folder;
    fault.kind = kind;
    fault.nth = nth;
    fault.more = more;
    fault.calls = 0;
}

void fault_vfs_disarm(void)
{
    fault.folder = NULL;
}

bool fault_vfs_fired(void)
{
    return fault.calls >= fault.nth && fault.nth > 0;
}
