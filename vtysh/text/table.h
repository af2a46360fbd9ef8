/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text tables over streams: rows are printed as chunks arrive, so widths are those of the titles
 * and of the first chunk; a longer value later shifts its row and nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct output;

#define TABLE_MAX_COLUMNS 20u
#define TABLE_CELL        256u
#define TABLE_LINE        (TABLE_MAX_COLUMNS * (2u * TABLE_CELL + 2u) + 1u)

/* A column: a field as plain text, or what its function makes of the message. */
struct column {
	const char *title;
	const char *field; /* of the row's message */
	void (*text)(const ProtobufCMessage *row, char *dst, size_t size); /* instead of field */
	bool right;                                                        /* numbers */
	bool own;      /* may differ where all else is equal: see proto/shared.h */
	bool inner;    /* of the inner message, see struct table */
	uint8_t least; /* width: a stream's first chunk may hold one short row */
};

/*
 * The list of a message type. inner: a repeated field of the row's message; each of its elements
 * is a line, and the outer columns are printed on the first of them only.
 */
struct table {
	const ProtobufCMessageDescriptor *type; /* of the chunk */
	const char *inner;                      /* or NULL */
	const char *empty;                      /* sentence for no rows at all */
	const struct column *columns;
	uint32_t n_columns;
};

/** Table of a chunk's type, or NULL: then it is shown field by field. In columns.c. */
const struct table *table_find(const ProtobufCMessageDescriptor *type);

struct table_state {
	bool begun;
	uint16_t width[TABLE_MAX_COLUMNS];
	const ProtobufCFieldDescriptor *field[TABLE_MAX_COLUMNS];
};

/* A row and, for tables with an inner list, one element of it. */
struct table_row {
	const ProtobufCMessage *outer;
	const ProtobufCMessage *inner; /* NULL: the row's inner list is empty, or there is none */
	bool first;                    /* of its row: the outer columns are shown */
};

/* A line, or some cells of one, while it is made. Start from len and pad 0. */
struct table_line {
	size_t pad; /* blanks that stand before what follows */
	size_t len;
	char text[TABLE_LINE];
};

/** Cells of the columns from first up to last, without last. */
void table_cells(const struct table *t, const struct table_state *s, const struct table_row *r,
	struct table_line *l, uint32_t first, uint32_t last);
/** Text that table_cells made for such a place, and the blanks that follow it. */
void table_line_put(struct table_line *l, const char *text, size_t len, size_t pad);
/** Widths by the rows of the first chunk, which has some; print the titles. */
void table_begin(const struct table *t, struct table_state *s, const ProtobufCMessage *chunk,
	struct output *o);
/** Print the rows of a chunk, the titles before the first. */
void table_chunk(const struct table *t, struct table_state *s, const ProtobufCMessage *chunk,
	struct output *o);
/** Seconds as "5s", "3m05s", "2h07m", "4d03h"; returns dst. */
char *table_duration(uint64_t seconds, char *dst, size_t size);
