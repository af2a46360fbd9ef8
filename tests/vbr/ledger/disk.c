/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system of SQLite's (sqlite3_vfs) that is the usual one but for three methods of its files.
 */
#include "tests/vbr/ledger/disk.h"

#include <assert.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define KINDS 4 /* of files: with locks, without, ... */

static struct {
	sqlite3_vfs *real;
	sqlite3_vfs ours;
	struct {
		const sqlite3_io_methods *real;
		sqlite3_io_methods ours;
	} files[KINDS];
	enum disk_mode mode;
	uint32_t at;
	uint32_t n;
} disk;

static const sqlite3_io_methods *real_of(const sqlite3_file *f)
{
	for (int i = 0; i < KINDS; i++)
		if (f->pMethods == &disk.files[i].ours)
			return disk.files[i].real;
	abort();
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* SQLITE_OK, or how the operation fails. */
static int strike(void)
{
	disk.n++;
	if (disk.mode == DISK_GOOD || disk.n < disk.at)
		return SQLITE_OK;
	if (disk.mode == DISK_KILL || disk.mode == DISK_KILL_HALF)
		die();
	return disk.mode == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int do_write(sqlite3_file *f, const void *p, int len, sqlite3_int64 at)
{
	if (disk.mode == DISK_KILL_HALF && disk.n + 1 == disk.at) {
		(void)real_of(f)->xWrite(f, p, len / 2, at);
		die();
	}
	const int ret = strike();

	return ret != SQLITE_OK ? ret : real_of(f)->xWrite(f, p, len, at);
}

/* Processes die here, not machines: nothing has to reach the disk. */
static int do_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return strike();
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	const int ret = strike();

	return ret != SQLITE_OK ? ret : real_of(f)->xTruncate(f, size);
}

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	const int ret = disk.real->xOpen(disk.real, name, f, flags, out);

	(void)vfs;
	if (ret != SQLITE_OK || f->pMethods == NULL)
		return ret;
	for (int i = 0; i < KINDS; i++) {
		if (disk.files[i].real == NULL) {
			disk.files[i].real = f->pMethods;
			disk.files[i].ours = *f->pMethods;
			disk.files[i].ours.xWrite = do_write;
			disk.files[i].ours.xSync = do_sync;
			disk.files[i].ours.xTruncate = do_truncate;
		}
		if (f->pMethods == disk.files[i].real) {
			f->pMethods = &disk.files[i].ours;
			return ret;
		}
	}
	abort();
}

static int do_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	(void)sync_dir;
	return disk.real->xDelete(disk.real, name, 0);
}

void disk_install(void)
{
	disk.real = sqlite3_vfs_find(NULL);
	assert(disk.real != NULL);
	disk.ours = *disk.real;
	disk.ours.zName = "disk";
	disk.ours.pNext = NULL;
	disk.ours.xOpen = do_open;
	disk.ours.xDelete = do_delete;
	(void)sqlite3_vfs_register(&disk.ours, 1);
}

void disk_set(enum disk_mode mode, uint32_t n)
{
	disk.mode = mode;
	disk.at = n;
	disk.n = 0;
}

uint32_t disk_count(void)
{
	return disk.n;
}
