/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands as patterns, in the notation of the manual: "show vbr [TENANT [VBR]]". A lower-case
 * word stands for itself, CAPITALS for a value, [..] may be left out, (a|b) and [a|b] choose,
 * {a|b} takes any of them in any order, each once at most, "WORD..." repeats. The table is the
 * grammar: matching, abbreviation, help and completion all read the same rows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"

struct grammar;
struct args;

#define GRAMMAR_MAX_WORDS 64u

/* Where a command may be typed. */
#define COMMAND_EXEC   1u
#define COMMAND_CONFIG 2u
#define COMMAND_ANY    (COMMAND_EXEC | COMMAND_CONFIG)
#define COMMAND_JSON   4u /* takes "json" at its end */
#define COMMAND_WHOLE  8u /* its words are never abbreviated: too grave for a slip */

/* A row of the command table. */
struct command {
	const char *pattern;
	const char *help;
	uint32_t flags;
	/** Returns the exit code. */
	int (*run)(void *shell, const struct args *args);
	const void *data; /* the command's own constants */
};

/* A kind of value: what a word in CAPITALS accepts. */
struct variable {
	const char *name;
	const char *help;
	bool (*accepts)(const char *word); /* NULL: everything */
	const char
		*values; /* data path of existing values; "%s" takes the values of needs; or NULL */
	const char *needs[2];
};

struct grammar_tables {
	const struct command *commands;
	uint32_t n_commands;
	const struct variable *variables;
	uint32_t n_variables;
	const char *(*word_help)(const char *word);
};

/** Compiles the patterns; a bad pattern asserts. The tables are borrowed. */
struct grammar *grammar_new(const struct grammar_tables *t);
void grammar_free(struct grammar *g);

/* A question: the words of a line so far. */
struct grammar_query {
	char *const *words;
	uint32_t n;
	uint32_t mode; /* COMMAND_EXEC or COMMAND_CONFIG */
	bool abbreviate;
};

/* What a matched command was given. Borrows the words. */
struct args {
	const struct command *command;
	char *const *words;
	uint32_t n;
	const struct inst *insts[GRAMMAR_MAX_WORDS]; /* private: what each word matched */
};

/** Value of the variable, or NULL. Borrowed from the line. */
char *args_get(const struct args *a, const char *variable);
/** Was the keyword typed? */
bool args_has(const struct args *a, const char *keyword);
/** Value of a variable as a number; fallback if absent. */
uint32_t args_u32(const struct args *a, const char *variable, uint32_t fallback);
/** All words that matched a repeated variable; *first is the index of the first. */
uint32_t args_rest(const struct args *a, const char *variable, uint32_t *first);
/** They all with blanks between, to be freed; NULL if there are none. */
char *args_join(const struct args *args, const char *variable);

/** 0, or -EINVAL with one sentence: unknown, ambiguous or missing word, and what was expected. */
int grammar_match(const struct grammar *g, const struct grammar_query *q, struct args *out,
	struct errbuf *err);

/* A candidate for the word behind a query's words. */
struct grammar_next {
	const char *word; /* NULL: the line may end here */
	const char *help;
	const struct variable *variable; /* NULL for keywords */
	const struct args *args;         /* values that stand before it, for variable->values */
};
/** fn per distinct candidate, in the order of the table. 0, or -EINVAL as grammar_match. */
int grammar_next(const struct grammar *g, const struct grammar_query *q,
	void (*fn)(void *ctx, const struct grammar_next *next), void *ctx, struct errbuf *err);
