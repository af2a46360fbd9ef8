/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 text. Level 0 is the document itself and takes one value; is_array and has_item are
 * indexed by level. Strings may come from peers and tenants: octets that are no UTF-8 become
 * U+FFFD, so the output is always valid whatever came in.
 */
#include "lib/io/jsonw.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/decimal.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void jsonw_flush(struct jsonw *j)
{
	const uint32_t len = j->len;

	j->len = 0;
	if (len)
		j->sink(j->ctx, j->buf, len);
}

/* Room for len octets, which must be well below the buffer's size. */
static inline char *reserve(struct jsonw *j, size_t len)
{
	if (unlikely(sizeof(j->buf) - j->len < len))
		jsonw_flush(j);
	return j->buf + j->len;
}

static void emit(struct jsonw *j, const char *p, size_t len)
{
	while (unlikely(len > sizeof(j->buf) - j->len)) {
		const size_t n = sizeof(j->buf) - j->len;

		memcpy(j->buf + j->len, p, n);
		j->len += (uint32_t)n;
		p += n;
		len -= n;
		jsonw_flush(j);
	}
	memcpy(j->buf + j->len, p, len);
	j->len += (uint32_t)len;
}

static void emit_char(struct jsonw *j, char c)
{
	*reserve(j, 1) = c;
	j->len++;
}

static void emit_text(struct jsonw *j, const char *s)
{
	emit(j, s, strlen(s));
}

static void newline(struct jsonw *j)
{
	static const char blanks[2 * JSONW_DEPTH +
		2] = "\n                                                                ";

	if (!j->pretty)
		return;
	/* More than is wanted, since a copy of constant length is the fastest. */
	memcpy(reserve(j, sizeof(blanks)), blanks, sizeof(blanks));
	j->len += 1u + 2u * j->depth;
}

/* A value has ended: with the last one all goes out. */
static void after_value(struct jsonw *j)
{
	if (j->depth == 0)
		jsonw_flush(j);
}

void jsonw_init(struct jsonw *j, bool pretty, void (*sink)(void *, const char *, size_t), void *ctx)
{
	/* Not the buffer: kilobytes that are written before they are read. */
	memset(j, 0, offsetof(struct jsonw, buf));
	j->sink = sink;
	j->ctx = ctx;
	j->pretty = pretty;
}

/* What stands before each value: nothing after a key, otherwise a comma and a new line. */
static void before_value(struct jsonw *j)
{
	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->depth == 0) {
		assert(!j->has_item[0]);
		j->has_item[0] = true;
		return;
	}
	assert(j->is_array[j->depth]);
	if (j->has_item[j->depth])
		emit_char(j, ',');
	j->has_item[j->depth] = true;
	newline(j);
}

static void open_level(struct jsonw *j, bool is_array)
{
	before_value(j);
	assert(j->depth + 1 < JSONW_DEPTH);
	j->depth++;
	j->is_array[j->depth] = is_array;
	j->has_item[j->depth] = false;
	emit_char(j, is_array ? '[' : '{');
}

static void close_level(struct jsonw *j, bool is_array)
{
	bool had_item;

	assert(j->depth > 0 && j->is_array[j->depth] == is_array && !j->after_key);
	had_item = j->has_item[j->depth];
	j->depth--;
	if (had_item)
		newline(j);
	emit_char(j, is_array ? ']' : '}');
	after_value(j);
}

void jsonw_object(struct jsonw *j)
{
	open_level(j, false);
}

void jsonw_object_end(struct jsonw *j)
{
	close_level(j, false);
}

void jsonw_array(struct jsonw *j)
{
	open_level(j, true);
}

void jsonw_array_end(struct jsonw *j)
{
	close_level(j, true);
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 4), 0 if there is none. */
static size_t utf8_len(const uint8_t *s)
{
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (s[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (s[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (s[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return len;
}

static void emit_escape(struct jsonw *j, uint8_t c)
{
	static const char letters[] = "btn.fr"; /* U+0008.. U+000D; U+000B has none */
	char text[8];

	if (c == '"' || c == '\\')
		snprintf(text, sizeof(text), "\\%c", c);
	else if (c >= 8 && c <= 13 && c != 11)
		snprintf(text, sizeof(text), "\\%c", letters[c - 8]);
	else
		snprintf(text, sizeof(text), "\\u%04x", c);
	emit_text(j, text);
}

/* Octets that stand for themselves: printable ASCII but for the quote and the backslash. */
static inline bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void emit_string(struct jsonw *j, const char *s)
{
	emit_char(j, '"');
	while (*s) {
		const char *run = s; /* needs no change */
		size_t len;

		while (is_plain((uint8_t)*s))
			s++;
		emit(j, run, (size_t)(s - run));
		if (!*s)
			break;
		len = utf8_len((const uint8_t *)s);
		if (len > 1)
			emit(j, s, len);
		else if (len)
			emit_escape(j, (uint8_t)*s);
		else
			emit_text(j, REPLACEMENT);
		s += len ? len : 1;
	}
	emit_char(j, '"');
}

void jsonw_key(struct jsonw *j, const char *key)
{
	assert(j->depth > 0 && !j->is_array[j->depth] && !j->after_key);
	if (j->has_item[j->depth])
		emit_char(j, ',');
	j->has_item[j->depth] = true;
	newline(j);
	emit_string(j, key);
	emit_text(j, j->pretty ? ": " : ":");
	j->after_key = true;
}

static void scalar(struct jsonw *j, const char *text)
{
	before_value(j);
	emit_text(j, text);
	after_value(j);
}

void jsonw_string(struct jsonw *j, const char *s)
{
	before_value(j);
	emit_string(j, s);
	after_value(j);
}

void jsonw_u64(struct jsonw *j, uint64_t v)
{
	before_value(j);
	jsonw_raw_u64(j, v);
	after_value(j);
}

void jsonw_double(struct jsonw *j, double v)
{
	char text[32];

	if (!isfinite(v)) {
		scalar(j, "null"); /* RFC 8259 6: no such numbers */
		return;
	}
	/* The short form if it reads back as the same number, so that 0.1 stays 0.1. */
	snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) < v || strtod(text, NULL) > v)
		snprintf(text, sizeof(text), "%.17g", v);
	scalar(j, text);
}

void jsonw_bool(struct jsonw *j, bool v)
{
	scalar(j, v ? "true" : "false");
}

void jsonw_null(struct jsonw *j)
{
	scalar(j, "null");
}

/* In an array, whatever j is in: its comma and its line are for j to write. */
void jsonw_init_within(struct jsonw *piece, const struct jsonw *j,
	void (*sink)(void *, const char *, size_t), void *ctx)
{
	jsonw_init(piece, j->pretty, sink, ctx);
	piece->depth = j->depth;
	piece->is_array[j->depth] = true;
	piece->after_key = true;
}

void jsonw_raw(struct jsonw *j, const char *p, size_t len)
{
	assert(j->depth > 0);
	before_value(j);
	emit(j, p, len);
}

void jsonw_raw_more(struct jsonw *j, const char *p, size_t len)
{
	emit(j, p, len);
}

void jsonw_raw_u64(struct jsonw *j, uint64_t v)
{
	j->len = (uint32_t)(decimal_put(reserve(j, DECIMAL_STRLEN), v) - j->buf);
}

bool jsonw_is_done(const struct jsonw *j)
{
	return j->depth == 0 && j->has_item[0] && !j->after_key;
}
