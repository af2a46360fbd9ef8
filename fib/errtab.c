/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array that is searched from the front: there are as many rows as there are different reasons,
 * a handful. Rows without references are used again.
 */
#include "fib/errtab.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

struct errtab_row {
	char *text; /* owned; NULL: free row */
	uint32_t refs;
	int error;
};

void errtab_init(struct errtab *t)
{
	*t = (struct errtab){ 0 };
}

void errtab_fini(struct errtab *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		free(t->rows[i].text);
	free(t->rows);
	errtab_init(t);
}

static bool is_row(const struct errtab_row *r, int error, const char *text)
{
	return r->text && r->error == error && strcmp(r->text, text) == 0;
}

static uint32_t find(const struct errtab *t, int error, const char *text)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (is_row(&t->rows[i], error, text))
			return i;
	}
	return UINT32_MAX;
}

static uint32_t free_row(struct errtab *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (!t->rows[i].text)
			return i;
	}
	if (t->n == UINT16_MAX)
		return UINT32_MAX;
	t->rows = xreallocarray(t->rows, t->n + 1, sizeof(*t->rows));
	t->rows[t->n] = (struct errtab_row){ 0 };
	return t->n++;
}

uint16_t errtab_intern(struct errtab *t, int error, const char *text)
{
	uint32_t i = t->last;

	if (i >= t->n || !is_row(&t->rows[i], error, text))
		i = find(t, error, text);
	if (i == UINT32_MAX) {
		i = free_row(t);
		if (i == UINT32_MAX)
			return 0;
		t->rows[i].text = xstrdup(text);
		t->rows[i].error = error;
	}
	t->rows[i].refs++;
	t->last = i;
	return (uint16_t)(i + 1);
}

void errtab_release(struct errtab *t, uint16_t i)
{
	if (!i || --t->rows[i - 1].refs)
		return;
	free(t->rows[i - 1].text);
	t->rows[i - 1].text = NULL;
}

const char *errtab_text(const struct errtab *t, uint16_t i)
{
	return i ? t->rows[i - 1].text : "";
}

int errtab_error(const struct errtab *t, uint16_t i)
{
	return i ? t->rows[i - 1].error : 0;
}

const char *errtab_sentence(int error, const char *words, char *buf, uint32_t size)
{
	if (words && words[0])
		(void)snprintf(buf, size, "%s", words);
	else if (error == -EEXIST)
		(void)snprintf(buf, size,
			"another program's route stands at this prefix and metric");
	else if (error == -EPERM)
		(void)snprintf(buf, size, "the kernel refuses: no permission (CAP_NET_ADMIN)");
	else
		(void)snprintf(buf, size, "the kernel refuses: %s", strerror(-error));
	return buf;
}
