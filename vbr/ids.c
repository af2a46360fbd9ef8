/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line a name: number, blank, name. Sorted by name in memory; a bitmap finds the next free
 * number.
 */
#include "vbr/ids.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/search.h"

#define IDS_NAME_SIZE 256

struct id {
	char *name; /* owned */
	uint32_t v;
};

struct ids {
	char *path;     /* owned; NULL: memory only */
	struct id *ids; /* owned, sorted by name */
	uint32_t n;
	struct bitmap used;
	uint32_t last; /* given out; the search for the next one starts behind it */
	bool dirty;
};

static int by_name(const void *name, const void *item)
{
	return strcmp(name, ((const struct id *)item)->name);
}

static uint32_t lower_bound(const struct ids *i, const char *name)
{
	return search_lower(name, i->ids, i->n, sizeof(*i->ids), by_name);
}

static bool is_at(const struct ids *i, uint32_t k, const char *name)
{
	return k < i->n && strcmp(i->ids[k].name, name) == 0;
}

static void insert(struct ids *i, const char *name, uint32_t v)
{
	uint32_t k = lower_bound(i, name);

	i->ids = xreallocarray(i->ids, i->n + 1, sizeof(*i->ids));
	memmove(&i->ids[k + 1], &i->ids[k], (i->n - k) * sizeof(*i->ids));
	i->ids[k].name = xstrdup(name);
	i->ids[k].v = v;
	i->n++;
	(void)bitmap_set(&i->used, v);
	i->last = v > i->last ? v : i->last;
}

static int load(struct ids *i)
{
	FILE *f = fopen(i->path, "re");
	char name[IDS_NAME_SIZE];
	uint32_t v;
	int ret = 0;
	int n;

	if (f == NULL)
		return errno == ENOENT ? 0 : -errno;
	/* Two names of one table would be one tenant inside another: no guess is good enough. */
	while ((n = fscanf(f, "%9u %255s", &v, name)) == 2 && ret == 0)
		if (v == 0 || v > IDS_MAX || bitmap_has(&i->used, v) ||
			is_at(i, lower_bound(i, name), name))
			ret = -EBADMSG;
		else
			insert(i, name, v);
	if (ret == 0 && (n != EOF || ferror(f)))
		ret = -EBADMSG;
	fclose(f);
	return ret;
}

struct ids *ids_open(const char *state_dir, struct errbuf *err)
{
	struct ids *i = xcalloc(1, sizeof(*i));
	int ret = 0;

	bitmap_init(&i->used);
	if (state_dir != NULL) {
		i->path = xasprintf("%s/table-ids", state_dir);
		ret = load(i);
	}
	if (ret == 0)
		return i;
	errbuf_add(err, NULL, 0,
		"%s: %s: restore it, or delete it and expect a short outage at the next start",
		i->path, ret == -EBADMSG ? "not what vbrd wrote" : strerror(-ret));
	ids_close(i);
	return NULL;
}

void ids_close(struct ids *i)
{
	if (i == NULL)
		return;
	for (uint32_t k = 0; k < i->n; k++)
		free(i->ids[k].name);
	bitmap_fini(&i->used);
	free(i->ids);
	free(i->path);
	free(i);
}

uint32_t ids_find(const struct ids *i, const char *name)
{
	uint32_t k = lower_bound(i, name);

	return is_at(i, k, name) ? i->ids[k].v : 0;
}

uint32_t ids_get(struct ids *i, const char *name)
{
	uint32_t v = ids_find(i, name);

	if (v != 0)
		return v;
	v = i->last;
	do
		v = v < IDS_MAX ? v + 1 : 1;
	while (bitmap_has(&i->used, v));
	insert(i, name, v);
	i->last = v;
	i->dirty = true;
	return v;
}

static void remove_at(struct ids *i, uint32_t k)
{
	(void)bitmap_clear(&i->used, i->ids[k].v);
	free(i->ids[k].name);
	memmove(&i->ids[k], &i->ids[k + 1], (i->n - k - 1) * sizeof(*i->ids));
	i->n--;
	i->dirty = true;
}

void ids_release(struct ids *i, const char *name)
{
	uint32_t k = lower_bound(i, name);

	if (is_at(i, k, name))
		remove_at(i, k);
}

void ids_retain(struct ids *i, bool (*keep)(void *ctx, const char *name), void *ctx)
{
	for (uint32_t k = i->n; k-- > 0;)
		if (!keep(ctx, i->ids[k].name))
			remove_at(i, k);
}

static int write_all(const struct ids *i, const char *tmp)
{
	FILE *f = fopen(tmp, "we");
	bool ok = f != NULL;

	if (!ok)
		return -errno;
	for (uint32_t k = 0; k < i->n && ok; k++)
		ok = fprintf(f, "%u %s\n", i->ids[k].v, i->ids[k].name) > 0;
	ok = ok && fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (fclose(f) != 0 || !ok)
		return errno != 0 ? -errno : -EIO;
	return rename(tmp, i->path) == 0 ? 0 : -errno;
}

int ids_save(struct ids *i, struct errbuf *err)
{
	char *tmp;
	int ret;

	if (!i->dirty || i->path == NULL)
		return 0;
	tmp = xasprintf("%s.new", i->path);
	ret = write_all(i, tmp);
	if (ret < 0)
		errbuf_add(err, NULL, 0,
			"%s: cannot write: %s: make room, or give vbrd the right to write there",
			tmp, strerror(-ret));
	else
		i->dirty = false;
	if (ret < 0)
		(void)unlink(tmp);
	free(tmp);
	return ret;
}
