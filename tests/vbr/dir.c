/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories hold files only, so removing is one level deep.
 */
#include "tests/vbr/dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

const char *dir_new(void)
{
	static char path[256];
	const char *tmp = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/vbr-XXXXXX", tmp != NULL ? tmp : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
	return path;
}

const char *dir_file(const char *dir, const char *name)
{
	static char path[2][512];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

void dir_remove(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlink(dir_file(dir, e->d_name));
	if (d != NULL)
		closedir(d);
	(void)rmdir(dir);
}

void dir_write(const char *dir, const char *name, const void *data, size_t size)
{
	const char *path = dir_file(dir, name);
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(write(fd, data, size) == (ssize_t)size);
	close(fd);
}
