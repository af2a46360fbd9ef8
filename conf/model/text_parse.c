/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to edits. Blocks follow from indentation alone: a line that stands deeper than an open
 * block's line is in it, and all lines of one block stand in one column. So a forgotten '!' does
 * no harm, and a line in a wrong column is told rather than guessed. Below a line that was
 * refused, deeper lines are skipped: they would only be refused for its sake.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/model/text.h"
#include "conf/words.h"
#include "lib/base/xalloc.h"

#define NO_COLUMN UINT32_MAX

/* A line that opened blocks (one line may open several). */
struct opener {
	uint32_t column;       /* of the line itself */
	uint32_t child_column; /* of the lines inside, NO_COLUMN until the first */
	uint32_t depth;        /* of the place before it */
};

struct reader {
	const struct text_sink *sink;
	struct schema_pos *pos;
	struct opener *openers; /* owned */
	uint32_t n;
	uint32_t line;
	uint32_t skip_column; /* lines deeper than this belong to a refused one */
	struct errbuf *err;
	bool failed;
};

static void refuse(struct reader *r, const char *text)
{
	errbuf_add(r->err, NULL, r->line, "%s", text);
	r->failed = true;
}

static void close_to_column(struct reader *r, uint32_t column)
{
	while (r->n > 0 && r->openers[r->n - 1].column >= column) {
		r->n--;
		schema_pos_leave_to(r->pos, r->openers[r->n].depth);
	}
}

/* Find the block that a line at column stands in. */
static int enter_column(struct reader *r, uint32_t column)
{
	struct opener *top;

	close_to_column(r, column);
	if (r->n == 0) {
		if (column == 0)
			return 0;
		refuse(r,
			"the line is indented, but no block is open above it: remove the blanks "
			"in front");
		return -EINVAL;
	}
	top = &r->openers[r->n - 1];
	if (top->child_column == NO_COLUMN)
		top->child_column = column;
	if (top->child_column == column)
		return 0;
	errbuf_add(r->err, NULL, r->line,
		"the line stands in column %u, the others of its block in column %u: align it",
		column + 1, top->child_column + 1);
	r->failed = true;
	return -EINVAL;
}

static void push_opener(struct reader *r, uint32_t column, uint32_t depth)
{
	r->openers = xreallocarray(r->openers, r->n + 1, sizeof(*r->openers));
	r->openers[r->n++] = (struct opener){
		.column = column,
		.child_column = NO_COLUMN,
		.depth = depth,
	};
}

static int apply_line(struct reader *r, const char *line, uint32_t column)
{
	struct words w;
	struct schema_edit e;
	const uint32_t first = r->err->n;
	const uint32_t depth = schema_pos_depth(r->pos);
	int rc = words_split(line, r->line, &w, r->err);

	if (rc < 0)
		return rc;
	rc = schema_resolve(&(struct schema_query){ .pos = r->pos, .words = w.v, .n = w.n }, &e,
		r->err);
	if (rc == 0) {
		rc = r->sink->edit(r->sink->ctx, &e, r->line, r->err);
		if (rc == 0 && e.enters) {
			schema_pos_enter(r->pos, &e);
			push_opener(r, column, depth);
		}
		schema_edit_fini(&e);
	}
	words_fini(&w);
	for (uint32_t i = first; i < r->err->n; i++) {
		if (r->err->items[i].line == 0)
			r->err->items[i].line = r->line;
	}
	return rc;
}

static void read_line(struct reader *r, const char *line)
{
	const uint32_t column = (uint32_t)strspn(line, " ");
	const char *body = line + column;

	r->line++;
	if (body[strspn(body, " \t\r")] == '\0' || *body == '#')
		return;
	if (*body == '!') {
		if (column == 0 && body[1 + strspn(body + 1, " \t\r")] == '\0') {
			close_to_column(r, 0);
			r->skip_column = NO_COLUMN;
		}
		return;
	}
	if (*body == '\t') {
		refuse(r, "a tab in front of the line: indent with blanks, one for each block");
		return;
	}
	if (column > r->skip_column)
		return;
	r->skip_column = NO_COLUMN;
	if (enter_column(r, column) < 0)
		return;
	if (apply_line(r, body, column) < 0) {
		r->failed = true;
		r->skip_column = column;
	}
}

int text_parse(const struct schema *s, const char *text, const struct text_sink *sink,
	struct errbuf *err)
{
	struct reader r = {
		.sink = sink,
		.pos = schema_pos_new(s),
		.skip_column = NO_COLUMN,
		.err = err,
	};
	char *line = NULL;
	size_t size = 0;

	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		if (len + 1 > size) {
			size = 2 * len + 256;
			line = xrealloc(line, size);
		}
		memcpy(line, text, len);
		line[len] = '\0';
		read_line(&r, line);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	free(line);
	free(r.openers);
	schema_pos_free(r.pos);
	return r.failed ? -EINVAL : 0;
}
