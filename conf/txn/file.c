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

struct file_writer {
	const char *dir;  /* borrowed */
	const char *path; /* borrowed */
	char *aside;      /* owned */
	int fd;
	int fault;        /* 0 or -errno: the first one */
	off_t len;        /* so far */
	off_t on_its_way; /* so much of it the kernel was told to bring to the disk */
};

/* What lies in the page cache until the end makes the end long. */
#define WRITE_BACK (off_t)(1 << 20)

struct file_writer *file_begin(const char *dir, const char *path)
{
	struct file_writer *w = xcalloc(1, sizeof(*w));

	w->dir = dir;
	w->path = path;
	w->aside = xasprintf("%s.new", path);
	w->fd = open(w->aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		const int saved = errno;

		free(w->aside);
		free(w);
		errno = saved;
		return NULL;
	}
	return w;
}

void file_put(struct file_writer *w, const char *text, size_t len)
{
	while (len > 0 && w->fault == 0) {
		const ssize_t n = write(w->fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->fault = -errno;
			return;
		}
		text += n;
		len -= (size_t)n;
		w->len += n;
	}
	if (w->len - w->on_its_way < WRITE_BACK)
		return;
	/* A hint: file systems that do not know it are asked by fsync. */
	(void)sync_file_range(w->fd, w->on_its_way, w->len - w->on_its_way, SYNC_FILE_RANGE_WRITE);
	w->on_its_way = w->len;
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

static void writer_free(struct file_writer *w)
{
	free(w->aside);
	free(w);
}

int file_end(struct file_writer *w)
{
	int ret = w->fault;

	if (ret == 0 && fsync(w->fd) < 0)
		ret = -errno;
	close(w->fd);
	if (ret == 0 && rename(w->aside, w->path) < 0)
		ret = -errno;
	if (ret == 0)
		ret = sync_dir(w->dir);
	else
		unlink(w->aside);
	writer_free(w);
	return ret;
}

void file_drop(struct file_writer *w)
{
	if (w == NULL)
		return;
	close(w->fd);
	unlink(w->aside);
	writer_free(w);
}

int file_write(const char *dir, const char *path, const char *text, size_t len)
{
	struct file_writer *w = file_begin(dir, path);

	if (w == NULL)
		return -errno;
	file_put(w, text, len);
	return file_end(w);
}
