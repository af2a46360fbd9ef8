/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short array of owned strings. Errors are rare and read by people, so nothing here is fast;
 * what matters is that a broken file of a million lines cannot grow it: after ERRBUF_MAX_ITEMS
 * only the number of the lost ones is kept, and errbuf_format tells it.
 */
#include "lib/base/errbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/xalloc.h"

static char *format_text(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

static char *format_text(const char *fmt, va_list ap)
{
	char *s;

	return vasprintf(&s, fmt, ap) < 0 ? xstrdup("out of memory") : s;
}

void errbuf_init(struct errbuf *e)
{
	*e = (struct errbuf){ 0 };
}

void errbuf_fini(struct errbuf *e)
{
	for (uint32_t i = 0; i < e->n; i++) {
		free(e->items[i].path);
		free(e->items[i].text);
	}
	free(e->items);
	errbuf_init(e);
}

void errbuf_add(struct errbuf *e, const char *path, uint32_t line, const char *fmt, ...)
{
	va_list ap;

	if (e->n >= ERRBUF_MAX_ITEMS) {
		e->dropped++;
		return;
	}
	e->items = xreallocarray(e->items, e->n + 1, sizeof(*e->items));
	va_start(ap, fmt);
	e->items[e->n++] = (struct errbuf_item){
		.path = path ? xstrdup(path) : NULL,
		.text = format_text(fmt, ap),
		.line = line,
	};
	va_end(ap);
}

void errbuf_prefix(struct errbuf *e, uint32_t first, const char *fmt, ...)
{
	va_list ap;
	char *words;

	va_start(ap, fmt);
	words = format_text(fmt, ap);
	va_end(ap);
	for (uint32_t i = first; i < e->n; i++) {
		char *text = xasprintf("%s%s", words, e->items[i].text);

		free(e->items[i].text);
		e->items[i].text = text;
	}
	free(words);
}

bool errbuf_is_empty(const struct errbuf *e)
{
	return e->n == 0;
}

const char *errbuf_first(const struct errbuf *e)
{
	return e->n ? e->items[0].text : "";
}

static void print_item(FILE *f, const struct errbuf_item *item)
{
	if (item->line)
		fprintf(f, "line %u: ", item->line);
	if (item->path)
		fprintf(f, "%s: ", item->path);
	fputs(item->text, f);
}

char *errbuf_format(const struct errbuf *e)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return xstrdup(errbuf_first(e));
	for (uint32_t i = 0; i < e->n; i++) {
		if (i)
			fputc('\n', f);
		print_item(f, &e->items[i]);
	}
	if (e->dropped)
		fprintf(f, "\n%u more errors not shown", e->dropped);
	fclose(f);
	return text;
}
