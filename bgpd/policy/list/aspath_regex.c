/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation and matching.
 *
 * `_` becomes the start or the end of the path or one of the characters that separate numbers in
 * its text. Inside of a character class it becomes these characters alone, since a class is always
 * one character. It stays what it is where PCRE2 gives it another meaning or none: escaped, quoted
 * by \Q..\E, in names of groups, in comments and in verbs. The scanner knows just enough of the
 * syntax to tell these places apart; whether an expression is right is PCRE2's business. Each
 * octet that PCRE2 is given remembers where it came from, so that the fault is shown in the text
 * that was typed.
 *
 * A neighbour chooses the path and an operator the expression, and some pairs take time exponential
 * in the length. So a match has a limit (scratch.c); beyond it the answer is "gave up", which
 * lists take for a denial. Back references, the worst of these, cannot be written: groups do not
 * capture. They are not needed for paths.
 */
#include "bgpd/policy/list/aspath_regex.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bgpd/policy/scratch.h"
#include "lib/base/xalloc.h"

/* What separates numbers in aspath_format: also sets {1,2}, confederations (1 2) and [1,2]. */
#define BOUNDARY          "(?:^|$|[][\\x20,{}()])"
#define BOUNDARY_IN_CLASS "\\]\\[\\x20,{}()"

#define OPTIONS (PCRE2_NO_AUTO_CAPTURE | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP)

struct aspath_regex {
	_Atomic uint32_t refs;
	pcre2_code *code; /* owned */
	char *text;       /* owned */
	char *translated; /* owned */
};

struct translation {
	const char *in;
	size_t i;
	char *out;    /* owned */
	uint32_t *at; /* owned: index into in of each octet of out */
	size_t n;
};

static void put(struct translation *t, const char *s, size_t len)
{
	memcpy(t->out + t->n, s, len);
	for (size_t k = 0; k < len; k++)
		t->at[t->n++] = (uint32_t)t->i;
}

/* As it stands, up to the end of the text at most. */
static void copy(struct translation *t, size_t len)
{
	for (; len && t->in[t->i]; len--, t->i++)
		put(t, &t->in[t->i], 1);
}

/* As it stands, up to and with the first `end` at or after `skip` octets; else all that is left. */
static void copy_through(struct translation *t, const char *end, size_t skip)
{
	const char *from = t->in + t->i;
	const char *e = strlen(from) > skip ? strstr(from + skip, end) : NULL;

	copy(t, e ? (size_t)(e - from) + strlen(end) : strlen(from));
}

/* A backslash and what belongs to it. */
static void copy_escape(struct translation *t)
{
	const char *p = t->in + t->i;

	if (p[1] == 'Q')
		copy_through(t, "\\E", 2);
	else if (p[1] && strchr("gkpPNox", p[1]) && p[2] == '{')
		copy_through(t, "}", 3);
	else if ((p[1] == 'g' || p[1] == 'k') && (p[2] == '<' || p[2] == '\''))
		copy_through(t, p[2] == '<' ? ">" : "'", 3);
	else
		copy(t, 2);
}

/* At an opening parenthesis: it and, where that is no expression, what follows. */
static void copy_group_head(struct translation *t)
{
	const char *p = t->in + t->i;

	if (p[1] == '*')
		copy_through(t, ")", 2);
	else if (p[1] != '?')
		copy(t, 1);
	else if (p[2] == '#' || p[2] == '&' || p[2] == 'C' || (p[2] == 'P' && p[3] != '<'))
		copy_through(t, ")", 3);
	else if (p[2] == '\'')
		copy_through(t, "'", 3);
	else if (p[2] == 'P' || (p[2] == '<' && p[3] != '=' && p[3] != '!'))
		copy_through(t, ">", 3);
	else
		copy(t, 2);
}

static void translate_class(struct translation *t)
{
	copy(t, 1);
	if (t->in[t->i] == '^')
		copy(t, 1);
	if (t->in[t->i] == ']') /* the first one is a member */
		copy(t, 1);
	while (t->in[t->i] && t->in[t->i] != ']') {
		const char *p = t->in + t->i;

		if (*p == '\\') {
			copy_escape(t);
		} else if (*p == '[' && p[1] == ':') {
			const char *e = strstr(p + 2, ":]");

			copy(t, e ? (size_t)(e - p) + 2 : 1);
		} else if (*p == '_') {
			put(t, BOUNDARY_IN_CLASS, strlen(BOUNDARY_IN_CLASS));
			t->i++;
		} else {
			copy(t, 1);
		}
	}
	copy(t, 1);
}

static void translate(struct translation *t)
{
	while (t->in[t->i]) {
		switch (t->in[t->i]) {
		case '\\':
			copy_escape(t);
			break;
		case '(':
			copy_group_head(t);
			break;
		case '[':
			translate_class(t);
			break;
		case '_':
			put(t, BOUNDARY, strlen(BOUNDARY));
			t->i++;
			break;
		default:
			copy(t, 1);
		}
	}
	t->out[t->n] = '\0';
	t->at[t->n] = (uint32_t)t->i;
}

static pcre2_code *compile(const struct translation *t, const char *path, struct errbuf *err)
{
	PCRE2_SIZE off = 0;
	int fault = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)t->out, t->n, OPTIONS, &fault, &off, NULL);
	PCRE2_UCHAR why[128];

	if (code) {
		/* Without the right to make code executable, or on a rare machine: interpreted. */
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
		return code;
	}
	(void)pcre2_get_error_message(fault, why, sizeof(why));
	why[0] = (PCRE2_UCHAR)tolower(why[0]);
	errbuf_add(err, path, 0, "regex \"%s\" is wrong at character %u: %s: correct it", t->in,
		t->at[off < t->n ? off : t->n] + 1, (const char *)why);
	return NULL;
}

struct aspath_regex *aspath_regex_new(const char *text, const char *path, struct errbuf *err)
{
	const size_t most = strlen(text) * strlen(BOUNDARY) + 1;
	struct translation t = {
		.in = text,
		.out = xmalloc(most),
		.at = xreallocarray(NULL, most, sizeof(*t.at)),
	};
	struct aspath_regex *re = NULL;
	pcre2_code *code;

	translate(&t);
	code = compile(&t, path, err);
	free(t.at);
	if (!code) {
		free(t.out);
		return NULL;
	}
	re = xcalloc(1, sizeof(*re));
	atomic_init(&re->refs, 1);
	re->code = code;
	re->text = xstrdup(text);
	re->translated = t.out;
	return re;
}

struct aspath_regex *aspath_regex_ref(struct aspath_regex *re)
{
	atomic_fetch_add_explicit(&re->refs, 1, memory_order_relaxed);
	return re;
}

void aspath_regex_unref(struct aspath_regex *re)
{
	if (!re || atomic_fetch_sub_explicit(&re->refs, 1, memory_order_acq_rel) != 1)
		return;
	pcre2_code_free(re->code);
	free(re->translated);
	free(re->text);
	free(re);
}

const char *aspath_regex_text(const struct aspath_regex *re)
{
	return re->text;
}

const char *aspath_regex_translated(const struct aspath_regex *re)
{
	return re->translated;
}

enum aspath_verdict aspath_regex_match(const struct aspath_regex *re, const char *text, size_t len,
	struct policy_scratch *s)
{
	const struct scratch_regex *r = scratch_regex(s);
	const int n = pcre2_match(re->code, (PCRE2_SPTR)text, len, 0, 0, r->data, r->limits);

	if (n >= 0)
		return ASPATH_VERDICT_YES;
	return n == PCRE2_ERROR_NOMATCH ? ASPATH_VERDICT_NO : ASPATH_VERDICT_GAVE_UP;
}
