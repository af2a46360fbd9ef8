/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk behind schema.h: consumes words from an open block downwards and stops where they end.
 * What the end means is the caller's question: an edit (schema.c) or what may follow (next.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "conf/schema.h"

struct schema {
	struct ly_ctx *ctx; /* owned */
	const struct lys_module *mod;
};

struct schema_block {
	const struct lysc_node *node;
	char *path;  /* owned */
	char *label; /* owned */
};

/* Blocks, outermost first. */
struct schema_blocks {
	struct schema_block *v; /* owned */
	uint32_t n;
};

struct schema_pos {
	const struct schema *schema;
	struct schema_blocks blocks;
};

void schema_blocks_push(struct schema_blocks *b, const struct lysc_node *node, const char *path,
	const char *label);
void schema_blocks_cut(struct schema_blocks *b, uint32_t n);

enum walk_state {
	WALK_CHILD, /* a child of node may follow */
	WALK_KEY,   /* a key of the list follows */
	WALK_VALUE, /* the value of the leaf follows */
	WALK_DONE,  /* nothing may follow */
};

struct walk {
	const struct schema_query *q;
	enum walk_state state;
	bool del;                     /* the line starts with "no" */
	const struct lysc_node *node; /* NULL = root */
	const struct lysc_node *key;  /* KEY: the key that follows */
	char *path;                   /* owned; data path of node */
	char *label;                  /* owned; words of the innermost block so far */
	char *value;                  /* owned; DONE: value of the leaf, or NULL */
	struct schema_blocks opened;  /* by this line */
};

/** Consume all words. 0 or -EINVAL; walk_fini in both cases. */
int walk_run(struct walk *w, const struct schema_query *q, struct errbuf *err);
void walk_fini(struct walk *w);
/** Children that words can name: all but keys. prev NULL starts. */
const struct lysc_node *walk_child_next(const struct schema *s, const struct lysc_node *node,
	const struct lysc_node *prev);
/** First key of a list, or the one after prev; NULL at the end. */
const struct lysc_node *walk_key_next(const struct lysc_node *list, const struct lysc_node *prev);
/** Names of the children, "a, b, c": for sentences. The caller frees. */
char *walk_child_names(const struct schema *s, const struct lysc_node *node);
/** List entry or presence container? */
bool walk_is_block(const struct lysc_node *node);
/** End of the segment that starts at the '/' of p: the next '/' outside quotes, or the end. */
const char *path_segment_end(const char *p);
/** Data path without its last segment, in place. */
void path_cut(char *path);
/** Data path without its predicates: a schema path. The caller frees. */
char *path_strip_keys(const char *path);
/**
 * "[name='value']" appended to the path; NULL if the value has quotes of both kinds. Takes path.
 */
char *path_add_key(char *path, const char *key, const char *value);
/** Path of the leaves that a leafref at data path may name, or NULL. The caller frees. */
char *path_of_target(const struct lysc_node *leaf, const char *path);
