/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model as a grammar: from words to edits, and from a place to the words that may follow. The
 * shell and the text form both read their language here, so there is no second grammar to keep in
 * step.
 *
 * Each question walks the compiled model from the open block downwards; nothing is built at start.
 * No datastore is needed: what only the daemon knows (names of existing objects) is said as a data
 * path that conf_values() answers.
 *
 * Grammar: a list is followed by its keys in order; a list entry or a presence container opens a
 * block; a plain container is a prefix word; a leaf is followed by one value; "no" in front
 * deletes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"

struct schema;

/** Load the model from yang_dir; NULL with sentences in err. */
struct schema *schema_new(const char *yang_dir, struct errbuf *err);
/** NULL-safe. Places of this schema must be gone. */
void schema_free(struct schema *s);

/* A place: the stack of open blocks, the root at its bottom. */
struct schema_pos;

struct schema_pos *schema_pos_new(const struct schema *s);
struct schema_pos *schema_pos_dup(const struct schema_pos *p);
void schema_pos_free(struct schema_pos *p);
/** Data path of the open block, "" at the root. Borrowed until the place changes. */
const char *schema_pos_path(const struct schema_pos *p);
/** Number of open blocks, 0 at the root. */
uint32_t schema_pos_depth(const struct schema_pos *p);
/** Words that opened block i (0 = outermost), such as "tenant acme": for prompts. Borrowed. */
const char *schema_pos_label(const struct schema_pos *p, uint32_t i);
/** Close the innermost block; false at the root. */
bool schema_pos_leave(struct schema_pos *p);
/** Close all blocks beyond depth. */
void schema_pos_leave_to(struct schema_pos *p, uint32_t depth);

enum schema_op {
	SCHEMA_OP_SET,    /* conf_set(path, value) */
	SCHEMA_OP_DELETE, /* conf_delete(path, value) */
};

/* What a line means. */
struct schema_edit {
	enum schema_op op;
	char *path;   /* owned; data path with keys */
	char *value;  /* owned; NULL for blocks, and for deletes of a whole leaf or leaf-list */
	bool enters;  /* the line opens the block at path: schema_pos_enter */
	bool secret;  /* value is a secret: never echo it */
	void *blocks; /* private: blocks that the line opens */
};

#define SCHEMA_ABBREVIATE \
	1u /* words may be cut short while they stay unambiguous (typed, never in files) */
#define SCHEMA_PATH_ONLY 2u /* leaves and plain containers need no value: paths of show commands */

/* Words at a place. */
struct schema_query {
	const struct schema_pos *pos;
	char *const *words;
	uint32_t n;
	uint32_t flags; /* SCHEMA_ABBREVIATE, ... */
};

/**
 * Meaning of the words of one line at a place. The value of a leaf is checked against its type.
 *
 * Returns 0, out filled (schema_edit_fini frees), or -EINVAL with one sentence in err that says
 * what is wrong and what would be accepted. err carries no path and no line; the caller adds its
 * own.
 */
int schema_resolve(const struct schema_query *q, struct schema_edit *out, struct errbuf *err);
void schema_edit_fini(struct schema_edit *e);
/** Open the blocks of an edit that enters. */
void schema_pos_enter(struct schema_pos *p, const struct schema_edit *e);

enum schema_next_kind {
	SCHEMA_NEXT_WORD,  /* a word to type as it is */
	SCHEMA_NEXT_VALUE, /* a placeholder such as <0-2999>: any such value may follow */
	SCHEMA_NEXT_END,   /* the line may end here */
};

/* A candidate for the next word. All strings are borrowed and live during the call only. */
struct schema_next {
	enum schema_next_kind kind;
	const char *word;      /* NULL for END */
	const char *help;      /* description of the node or value */
	const char *units;     /* or NULL */
	const char *values[2]; /* VALUE: data paths of existing values (conf_values), or NULL */
	bool is_block;         /* the word names a list or presence container */
	bool is_secret;
};

/**
 * What may follow the complete words (the last one, still being typed, is left to the caller's
 * filter). fn is called per candidate. Returns 0, or -EINVAL with a sentence when the words make
 * no sense.
 */
int schema_next(const struct schema_query *q, void (*fn)(void *ctx, const struct schema_next *next),
	void *ctx, struct errbuf *err);
