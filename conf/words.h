/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of text as words, and values as one word of such a line: the quoting of the text form,
 * shared by files and the shell. A word is a run of non-blanks, or a "string" in which \" and \\
 * stand for themselves and \n for a line break. Nothing is special inside a bare word but the
 * blank.
 */
#pragma once

#include <stdint.h>

#include "lib/base/errbuf.h"

struct words {
	char **v; /* owned, unquoted */
	uint32_t n;
	char *buf; /* private: the bytes of all words */
};

/** Split a line; 0, or -EINVAL with a sentence (an open quote). On success words_fini frees. */
int words_split(const char *line, uint32_t line_no, struct words *w, struct errbuf *err);
/** Idempotent. */
void words_fini(struct words *w);
/**
 * Value as a word: quoted if it is empty, has blanks or quotes, or would start a comment. Caller
 * frees.
 */
char *words_quote(const char *value);
