/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be typed next: for '?' and Tab. Words come from the command table and from the model,
 * names of existing things from the daemon's running configuration (or the candidate, while it is
 * edited).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct shell;

#define CANDIDATES_MAX 2000u /* names that the daemon knows may be many; nobody reads more */

struct candidate {
	char *word;       /* owned; as it would stand on the line */
	char *help;       /* owned */
	bool placeholder; /* "<0-2999>": shown, never inserted */
};

struct candidates {
	struct candidate *v; /* owned */
	uint32_t n;
	char *partial; /* owned; the word being typed, "" between words */
	char *error;   /* owned; why the words before make no sense, or NULL */
};

/** For a line up to the cursor. candidates_fini frees. */
void candidates_find(struct shell *sh, const char *line, struct candidates *c);
/** How many bytes all insertable candidates have in common behind the partial word. */
uint32_t candidates_common(const struct candidates *c);
void candidates_fini(struct candidates *c);
