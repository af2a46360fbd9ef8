/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sentence for the user about what went wrong, and where: the lowest function that knows the
 * cause writes it, upper layers may put words in front, never rewrite it. Several errors may be
 * collected.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

#define ERRBUF_MAX_ITEMS 64 /* a load of a broken file stops collecting here, and says so */

struct errbuf_item {
	char *path;    /* owned; data path or NULL */
	char *text;    /* owned */
	uint32_t line; /* 1-based line of the input, 0 = none */
};

struct errbuf {
	struct errbuf_item *items; /* owned */
	uint32_t n;
	uint32_t dropped; /* errors beyond ERRBUF_MAX_ITEMS */
};

void errbuf_init(struct errbuf *e);
void errbuf_fini(struct errbuf *e);
/** Add an error. path may be NULL, line 0. */
void errbuf_add(struct errbuf *e, const char *path, uint32_t line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/** Put words before the text of all items from index first on. */
void errbuf_prefix(struct errbuf *e, uint32_t first, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool errbuf_is_empty(const struct errbuf *e);
/** First text, or "" : for one-line answers. Borrowed. */
const char *errbuf_first(const struct errbuf *e);
/** All items, one a line, "path: text" or "line N: text"; the caller frees it. */
char *errbuf_format(const struct errbuf *e) MUST_USE;
