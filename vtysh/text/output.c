/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of filters over lines. A filter passes a line on or not; "count" passes none and says
 * at the end how many it saw. Without filters text goes through unbuffered by lines.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "vtysh/text/output.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define MAX_FILTERS 8u
#define MATCH_LIMIT 100000u /* of PCRE2: a hostile expression fails instead of hanging */

enum filter_kind {
	FILTER_KIND_INCLUDE,
	FILTER_KIND_EXCLUDE,
	FILTER_KIND_BEGIN,
	FILTER_KIND_COUNT,
	FILTER_KIND_NO_MORE,
};

static const char *const kind_names[] = {
	[FILTER_KIND_INCLUDE] = "include",
	[FILTER_KIND_EXCLUDE] = "exclude",
	[FILTER_KIND_BEGIN] = "begin",
	[FILTER_KIND_COUNT] = "count",
	[FILTER_KIND_NO_MORE] = "no-more",
};

struct filter {
	enum filter_kind kind;
	pcre2_code *re; /* owned */
	pcre2_match_data *match;
	bool begun;
	uint64_t n;
};

struct output {
	FILE *out; /* borrowed, or the pager's */
	bool is_pager;
	bool closed;
	uint32_t n_filters;
	struct filter filters[MAX_FILTERS];
	pcre2_match_context *limits; /* owned */
	char *line;                  /* owned; unfinished line, only with filters */
	size_t len;
	size_t cap;
};

char *output_cut_pipes(char *line)
{
	bool quoted = false;

	for (char *s = line; *s; s++) {
		if (*s == '\\' && quoted && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == '|' && !quoted && (s == line || isspace((unsigned char)s[-1])) &&
			(!s[1] || isspace((unsigned char)s[1]))) {
			*s = '\0';
			return s + 1;
		}
	}
	return NULL;
}

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	/* "a b" as one expression may be quoted like any other word. */
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s[n - 1] = '\0';
		s++;
	}
	return s;
}

static int set_expression(struct filter *f, const char *re, struct errbuf *err)
{
	int code;
	PCRE2_SIZE at;
	PCRE2_UCHAR why[128];

	if (!*re) {
		errbuf_add(err, NULL, 0, "| %s: an expression must follow", kind_names[f->kind]);
		return -1;
	}
	f->re = pcre2_compile((PCRE2_SPTR)re, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
	if (!f->re) {
		(void)pcre2_get_error_message(code, why, sizeof(why));
		errbuf_add(err, NULL, 0, "| %s %s: %s at character %zu", kind_names[f->kind], re,
			(const char *)why, (size_t)at + 1);
		return -1;
	}
	f->match = pcre2_match_data_create_from_pattern(f->re, NULL);
	return 0;
}

static bool takes_expression(enum filter_kind kind)
{
	return kind <= FILTER_KIND_BEGIN;
}

/* The only kind that the word abbreviates, or -1. */
static int find_kind(const char *word)
{
	int found = -1;

	for (uint32_t i = 0; *word && i < ARRAY_SIZE(kind_names); i++) {
		if (strncmp(kind_names[i], word, strlen(word)) == 0)
			found = (int)i;
	}
	return found;
}

static int add_filter(struct output *o, char *text, struct errbuf *err)
{
	char *word = trim(text);
	char *rest = word + strcspn(word, " \t");
	struct filter *f = &o->filters[o->n_filters];
	int kind;

	if (*rest)
		*rest++ = '\0';
	kind = find_kind(word);
	if (kind < 0) {
		errbuf_add(err, NULL, 0,
			"unknown pipe \"%s\"; expected: include RE | exclude RE | begin RE | "
			"count | no-more",
			word);
		return -1;
	}
	if (o->n_filters == MAX_FILTERS) {
		errbuf_add(err, NULL, 0, "more than %u pipes", MAX_FILTERS);
		return -1;
	}
	o->n_filters++;
	f->kind = (enum filter_kind)kind;
	return takes_expression(f->kind) ? set_expression(f, trim(rest), err) : 0;
}

static int add_filters(struct output *o, const char *pipes, struct errbuf *err)
{
	char *copy = xstrdup(pipes);
	char *next;
	int ret = 0;

	for (char *s = copy; s && !ret; s = next) {
		next = output_cut_pipes(s);
		ret = add_filter(o, s, err);
	}
	free(copy);
	return ret;
}

/* "no-more" is a filter that passes all; it only keeps the pager away. */
static bool may_page(const struct output *o)
{
	for (uint32_t i = 0; i < o->n_filters; i++) {
		if (o->filters[i].kind >= FILTER_KIND_COUNT)
			return false;
	}
	return true;
}

struct output *output_new(FILE *out, const char *pipes, const char *pager, struct errbuf *err)
{
	struct output *o = xcalloc(1, sizeof(*o));

	o->out = out;
	o->limits = pcre2_match_context_create(NULL);
	(void)pcre2_set_match_limit(o->limits, MATCH_LIMIT);
	if (pipes && add_filters(o, pipes, err)) {
		o->closed = true; /* nothing to finish */
		output_free(o);
		return NULL;
	}
	if (pager && may_page(o)) {
		FILE *p = popen(pager, "w");

		if (p) {
			o->out = p;
			o->is_pager = true;
		}
	}
	return o;
}

static bool matches(const struct output *o, const struct filter *f, const char *p, size_t len)
{
	return pcre2_match(f->re, (PCRE2_SPTR)p, len, 0, 0, f->match, o->limits) >= 0;
}

static bool passes(const struct output *o, struct filter *f, const char *p, size_t len)
{
	switch (f->kind) {
	case FILTER_KIND_INCLUDE:
		return matches(o, f, p, len);
	case FILTER_KIND_EXCLUDE:
		return !matches(o, f, p, len);
	case FILTER_KIND_BEGIN:
		f->begun = f->begun || matches(o, f, p, len);
		return f->begun;
	case FILTER_KIND_COUNT:
		f->n++;
		return false;
	case FILTER_KIND_NO_MORE:
		break;
	}
	return true;
}

static void raw_write(struct output *o, const char *p, size_t len)
{
	/* One thread writes; a lock for each of the many short pieces would cost more than they. */
	if (!o->closed && fwrite_unlocked(p, 1, len, o->out) != len)
		o->closed = true;
}

/* A line without its end, through filters from the given one on. */
static void filter_line(struct output *o, uint32_t first, const char *p, size_t len)
{
	for (uint32_t i = first; i < o->n_filters; i++) {
		if (!passes(o, &o->filters[i], p, len))
			return;
	}
	raw_write(o, p, len);
	raw_write(o, "\n", 1);
}

static void keep(struct output *o, const char *p, size_t len)
{
	if (o->len + len > o->cap) {
		o->cap = (o->len + len) * 2;
		o->line = xrealloc(o->line, o->cap);
	}
	memcpy(o->line + o->len, p, len);
	o->len += len;
}

void output_write(struct output *o, const char *p, size_t len)
{
	if (!o->n_filters) {
		raw_write(o, p, len);
		return;
	}
	while (len > 0) {
		const char *end = memchr(p, '\n', len);
		const size_t n = end ? (size_t)(end - p) : len;

		if (o->len || !end)
			keep(o, p, n);
		if (!end)
			return;
		if (o->len)
			filter_line(o, 0, o->line, o->len);
		else
			filter_line(o, 0, p, n);
		o->len = 0;
		p += n + 1;
		len -= n + 1;
	}
}

void output_printf(struct output *o, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort(); /* out of memory: the same end as xmalloc's */
	output_write(o, text, (size_t)n);
	free(text);
}

void output_flush(struct output *o)
{
	if (fflush(o->out))
		o->closed = true;
}

bool output_is_closed(const struct output *o)
{
	return o->closed;
}

/* A count's line goes through the filters behind it: "| count | count" is 1. */
static void finish(struct output *o)
{
	char text[24];

	if (o->len)
		filter_line(o, 0, o->line, o->len);
	for (uint32_t i = 0; i < o->n_filters; i++) {
		if (o->filters[i].kind != FILTER_KIND_COUNT)
			continue;
		(void)snprintf(text, sizeof(text), "%" PRIu64, o->filters[i].n);
		filter_line(o, i + 1, text, strlen(text));
	}
}

void output_free(struct output *o)
{
	if (!o)
		return;
	finish(o);
	if (o->is_pager)
		(void)pclose(o->out);
	else
		(void)fflush(o->out);
	for (uint32_t i = 0; i < o->n_filters; i++) {
		pcre2_match_data_free(o->filters[i].match);
		pcre2_code_free(o->filters[i].re);
	}
	pcre2_match_context_free(o->limits);
	free(o->line);
	free(o);
}
