/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of states as they stand in the manual: drawn from the code's table, and looked for in the
 * page, so that page and code cannot differ.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drawing {
	char text[16384];
	size_t n;
};

/** One line more; printf's. */
void drawing_line(struct drawing *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** A fact in a row: "yes", "no"; "" for one that does not matter (-1). */
const char *drawing_word(int8_t fact);
/** Does the page (below the source folder) have it, line by line? Else it is printed. */
bool drawing_is_in(const struct drawing *d, const char *page);
