/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is a row and, for tables with an inner list, one element of it. Two passes over the
 * first chunk: one measures, one prints.
 */
#include "vtysh/text/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vtysh/text/field.h"
#include "vtysh/text/output.h"

struct line {
	const struct table *t;
	const ProtobufCMessage *row;
	const ProtobufCMessage *inner; /* NULL: the row's inner list is empty, or there is none */
	bool first;                    /* of its row */
};

char *table_duration(uint64_t s, char *dst, size_t size)
{
	if (s < 60)
		(void)snprintf(dst, size, "%" PRIu64 "s", s);
	else if (s < 3600)
		(void)snprintf(dst, size, "%" PRIu64 "m%02us", s / 60, (unsigned)(s % 60));
	else if (s < 86400)
		(void)snprintf(dst, size, "%" PRIu64 "h%02um", s / 3600, (unsigned)(s / 60 % 60));
	else
		(void)snprintf(dst, size, "%" PRIu64 "d%02uh", s / 86400,
			(unsigned)(s / 3600 % 24));
	return dst;
}

static void cell(const struct line *l, const struct column *c, char *dst, size_t size)
{
	const ProtobufCMessage *m = c->inner ? l->inner : l->row;
	const ProtobufCFieldDescriptor *f;

	dst[0] = '\0';
	if (!m || (!c->inner && !l->first))
		return;
	if (c->text) {
		c->text(m, dst, size);
		return;
	}
	f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, c->field);
	if (f)
		field_text(m, f, dst, size);
}

static void for_each_line(const struct table *t, const ProtobufCMessage *chunk,
	void (*fn)(void *ctx, const struct line *l), void *ctx)
{
	const ProtobufCFieldDescriptor *stream = field_stream(t->type);
	const size_t n = field_count(chunk, stream);
	const ProtobufCFieldDescriptor *inner = t->inner ?
		protobuf_c_message_descriptor_get_field_by_name(stream->descriptor, t->inner) :
		NULL;

	for (size_t i = 0; i < n; i++) {
		struct line l = { .t = t, .row = field_message(chunk, stream, i), .first = true };
		const size_t k = inner ? field_count(l.row, inner) : 0;

		for (size_t j = 0; j < k || j == 0; j++) {
			l.inner = k ? field_message(l.row, inner, j) : NULL;
			fn(ctx, &l);
			l.first = false;
		}
	}
}

static void measure(void *ctx, const struct line *l)
{
	struct table_state *s = ctx;
	char text[TABLE_CELL];

	for (uint32_t i = 0; i < l->t->n_columns; i++) {
		cell(l, &l->t->columns[i], text, sizeof(text));
		if (strlen(text) > s->width[i])
			s->width[i] = (uint16_t)strlen(text);
	}
}

struct printer {
	const struct table_state *s;
	struct output *o;
};

/* Blanks that would end a line are held back until something follows them. */
static void put_cell(const struct printer *p, const struct column *c, uint32_t i, const char *text,
	size_t *pad)
{
	const size_t len = strlen(text);
	const size_t fill = len < p->s->width[i] ? p->s->width[i] - len : 0;

	if (c->right)
		*pad += fill;
	if (len) {
		output_printf(p->o, "%*s%s", (int)*pad, "", text);
		*pad = 0;
	}
	*pad += (c->right ? 0 : fill) + 2;
}

static void print_line(void *ctx, const struct line *l)
{
	const struct printer *p = ctx;
	char text[TABLE_CELL];
	size_t pad = 0;

	for (uint32_t i = 0; i < l->t->n_columns; i++) {
		cell(l, &l->t->columns[i], text, sizeof(text));
		put_cell(p, &l->t->columns[i], i, text, &pad);
	}
	output_write(p->o, "\n", 1);
}

static void print_titles(const struct printer *p, const struct table *t)
{
	size_t pad = 0;

	for (uint32_t i = 0; i < t->n_columns; i++)
		put_cell(p, &t->columns[i], i, t->columns[i].title, &pad);
	output_write(p->o, "\n", 1);
}

static uint16_t start_width(const struct column *c)
{
	const size_t title = strlen(c->title);

	return (uint16_t)(title > c->least ? title : c->least);
}

void table_chunk(const struct table *t, struct table_state *s, const ProtobufCMessage *chunk,
	struct output *o)
{
	struct printer p = { .s = s, .o = o };

	if (field_count(chunk, field_stream(t->type)) == 0)
		return;
	if (!s->begun) {
		for (uint32_t i = 0; i < t->n_columns; i++)
			s->width[i] = start_width(&t->columns[i]);
		for_each_line(t, chunk, measure, s);
		print_titles(&p, t);
		s->begun = true;
	}
	for_each_line(t, chunk, print_line, &p);
}
