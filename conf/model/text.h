/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of a tree (contract, section 3): what show running-config prints and files hold.
 * Printing and reading are inverse to each other.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libyang/libyang.h>

#include "conf/schema.h"
#include "lib/base/errbuf.h"

/** Print siblings, in schema order and lists in key order. */
void text_print(FILE *f, const struct lyd_node *first, bool with_defaults);
/** All lines of one node at a depth, behind the words of the plain containers around it. */
void text_print_node(FILE *f, const struct lyd_node *node, uint32_t depth, const char *prefix);
/** Only the line that opens a block. */
void text_print_head(FILE *f, const struct lyd_node *block, uint32_t depth, const char *prefix);

struct text_sink {
	/* One line's meaning. -errno with a sentence in err stops nothing: the line is reported. */
	int (*edit)(void *ctx, const struct schema_edit *e, uint32_t line, struct errbuf *err);
	void *ctx;
};
/**
 * Read text line by line; 0, or -EINVAL with an error per bad line. The sink has seen the good
 * ones.
 */
int text_parse(const struct schema *s, const char *text, const struct text_sink *sink,
	struct errbuf *err);
