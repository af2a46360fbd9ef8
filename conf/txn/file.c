/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rename() is atomic but says nothing about order on disk: the data must be down before the name,
 * and the directory after it. Files hold sealed secrets, so they are readable by their owner only.
 */
#include "conf/txn/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/xalloc.h"

char *file_read(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len = 0;
	size_t size = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	do {
		if (size - len < 4096) {
			size = size == 0 ? 65536 : 2 * size;
			text = xrealloc(text, size);
		}
		n = read(fd, text + len, size - len - 1);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		const int saved = errno;

		close(fd);
		free(text);
		errno = saved;
		return NULL;
	}
	close(fd);
	text[len] = '\0';
	return text;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int sync_dir(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int file_write(const char *dir, const char *path, const char *text, size_t len)
{
	char *aside = xasprintf("%s.new", path);
	const int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0) {
		ret = -errno;
		free(aside);
		return ret;
	}
	ret = write_all(fd, text, len);
	close(fd);
	if (ret == 0 && rename(aside, path) < 0)
		ret = -errno;
	if (ret == 0)
		ret = sync_dir(dir);
	else
		unlink(aside);
	free(aside);
	return ret;
}
