/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/xalloc.h"

#define WAYS_MAX 65536 /* more than a configuration has: such a file is none of ours */

static bool is_same(const struct health_way *a, const struct health_way *b)
{
	return a->is_vbr == b->is_vbr && strcmp(a->tenant, b->tenant) == 0 &&
		strcmp(a->name, b->name) == 0 && ip_is_equal(&a->target, &b->target);
}

void health_memory_add(struct health_memory *m, const struct health_way *w)
{
	m->v = xreallocarray(m->v, m->n + 1, sizeof(*m->v));
	m->v[m->n++] = *w;
}

bool health_memory_has(const struct health_memory *m, const struct health_way *w)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (is_same(&m->v[i], w))
			return true;
	return false;
}

void health_memory_fini(struct health_memory *m)
{
	free(m->v);
	*m = (struct health_memory){ 0 };
}

/* 1 and a way, 0 at the end, or -EBADMSG. */
static int read_one(FILE *f, struct health_way *w)
{
	char kind[8];
	char target[IP_STRLEN];
	int n;

	_Static_assert(MODEL_NAME_SIZE == 64 && IP_STRLEN > 45, "widths below");
	*w = (struct health_way){ 0 };
	n = fscanf(f, "%7s %63s %63s %45s", kind, w->tenant, w->name, target);
	if (n == EOF && !ferror(f))
		return 0;
	if (n != 4 || ip_parse(target, &w->target) != 0)
		return -EBADMSG;
	w->is_vbr = strcmp(kind, "vbr") == 0;
	return w->is_vbr || strcmp(kind, "peering") == 0 ? 1 : -EBADMSG;
}

int health_memory_load(struct health_memory *m, const char *path)
{
	FILE *f = fopen(path, "re");
	struct health_way w;
	int ret;

	*m = (struct health_memory){ 0 };
	if (f == NULL)
		return errno == ENOENT ? 0 : -errno;
	while ((ret = read_one(f, &w)) == 1 && m->n < WAYS_MAX)
		health_memory_add(m, &w);
	fclose(f);
	if (ret == 0)
		return 0;
	health_memory_fini(m);
	return -EBADMSG;
}

static int write_all(const struct health_memory *m, const char *tmp)
{
	FILE *f = fopen(tmp, "we");
	bool ok = f != NULL;
	char s[IP_STRLEN];

	if (!ok)
		return -errno;
	errno = 0;
	for (uint32_t i = 0; i < m->n && ok; i++)
		ok = fprintf(f, "%s %s %s %s\n", m->v[i].is_vbr ? "vbr" : "peering", m->v[i].tenant,
			     m->v[i].name, ip_format(&m->v[i].target, s)) > 0;
	ok = fclose(f) == 0 && ok;
	return ok ? 0 : errno != 0 ? -errno : -EIO;
}

int health_memory_save(const struct health_memory *m, const char *path)
{
	char *tmp = xasprintf("%s.new", path);
	int ret = write_all(m, tmp);

	if (ret == 0 && rename(tmp, path) < 0)
		ret = -errno;
	if (ret < 0)
		(void)unlink(tmp);
	free(tmp);
	return ret;
}
