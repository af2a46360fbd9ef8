/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splitting and quoting, each the inverse of the other: words_split(words_quote(v)) is v for every
 * value that a model string can hold. All words of a line share one buffer, which can be no longer
 * than the line, so a split is two allocations whatever the line.
 */
#include "conf/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * Inside quotes, past the opening one: copies to *out, returns the place past the closing one or
 * NULL.
 */
static const char *copy_quoted(const char *p, char **out)
{
	char *o = *out;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && p[1] != '\0') {
			p++;
			*o++ = *p == 'n' ? '\n' : *p;
		} else {
			*o++ = *p;
		}
	}
	*out = o;
	return p + 1;
}

static void push(struct words *w, char *word)
{
	/* Grows at powers of two: lines have a handful of words. */
	if ((w->n & (w->n - 1)) == 0)
		w->v = xreallocarray(w->v, w->n > 0 ? 2 * (size_t)w->n : 4, sizeof(*w->v));
	w->v[w->n++] = word;
}

int words_split(const char *line, uint32_t line_no, struct words *w, struct errbuf *err)
{
	const char *p = line;
	char *o;

	*w = (struct words){ .buf = xmalloc(2 * strlen(line) + 2) };
	o = w->buf;
	for (;;) {
		while (is_blank(*p))
			p++;
		if (*p == '\0')
			return 0;
		push(w, o);
		if (*p == '"') {
			p = copy_quoted(p + 1, &o);
			if (p == NULL) {
				errbuf_add(err, NULL, line_no,
					"the quote is never closed: end the string with \" on "
					"the same line");
				break;
			}
			if (*p != '\0' && !is_blank(*p)) {
				errbuf_add(err, NULL, line_no,
					"text sticks to the closing quote: put a blank after it, "
					"or write \\\" for a quote inside");
				break;
			}
		} else {
			while (*p != '\0' && !is_blank(*p))
				*o++ = *p++;
		}
		*o++ = '\0';
	}
	words_fini(w);
	return -EINVAL;
}

void words_fini(struct words *w)
{
	free(w->v);
	free(w->buf);
	*w = (struct words){ 0 };
}

static bool needs_quotes(const char *v)
{
	if (*v == '\0' || *v == '!' || *v == '#')
		return true;
	return strpbrk(v, " \t\r\n\"\\") != NULL;
}

char *words_quote(const char *value)
{
	char *out;
	char *o;

	if (!needs_quotes(value))
		return xstrdup(value);
	out = xmalloc(2 * strlen(value) + 3);
	o = out;
	*o++ = '"';
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\' || *value == '\n')
			*o++ = '\\';
		*o++ = *value == '\n' ? 'n' : *value;
	}
	*o++ = '"';
	*o = '\0';
	return out;
}
