/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two passes over the first chunk: one measures, one prints. A line is made in a buffer and goes
 * out whole.
 */
#include "vtysh/text/table.h"

#include <assert.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/decimal.h"
#include "vtysh/text/message/field.h"
#include "vtysh/text/output.h"

char *table_duration(uint64_t s, char *dst, size_t size)
{
	static const struct {
		uint64_t below; /* seconds */
		unsigned unit;  /* the larger of the two that are shown, in seconds */
		unsigned part;  /* the smaller; 0: none */
		char names[2];
	} scales[] = {
		{ 60, 1, 0, "s" },
		{ 3600, 60, 1, "ms" },
		{ 86400, 3600, 60, "hm" },
		{ UINT64_MAX, 86400, 3600, "dh" },
	};
	char text[DECIMAL_STRLEN + sizeof("d23h")];
	char *p = text;
	size_t i = 0;
	size_t len;

	while (i + 1 < ARRAY_SIZE(scales) && s >= scales[i].below)
		i++;
	p = decimal_put(p, s / scales[i].unit);
	*p++ = scales[i].names[0];
	if (scales[i].part) {
		const unsigned rest = (unsigned)(s % scales[i].unit / scales[i].part);

		*p++ = (char)('0' + rest / 10);
		*p++ = (char)('0' + rest % 10);
		*p++ = scales[i].names[1];
	}
	len = (size_t)(p - text) < size ? (size_t)(p - text) : size - 1;
	memcpy(dst, text, len);
	dst[len] = '\0';
	return dst;
}

/* f: of a column without a function. */
static void cell(const struct table_row *r, const struct column *c,
	const ProtobufCFieldDescriptor *f, char dst[TABLE_CELL])
{
	const ProtobufCMessage *m = c->inner ? r->inner : r->outer;

	dst[0] = '\0';
	if (!m || (!c->inner && !r->first))
		return;
	if (c->text)
		c->text(m, dst, TABLE_CELL);
	else
		field_text(m, f, dst, TABLE_CELL);
}

/* The repeated field of a row whose elements are lines; NULL for most tables. */
static const ProtobufCFieldDescriptor *inner_field(const struct table *t)
{
	if (!t->inner)
		return NULL;
	return protobuf_c_message_descriptor_get_field_by_name(field_stream(t->type)->descriptor,
		t->inner);
}

static void for_each_line(const struct table *t, const ProtobufCMessage *chunk,
	void (*fn)(void *ctx, const struct table_row *r), void *ctx)
{
	const ProtobufCFieldDescriptor *stream = field_stream(t->type);
	const size_t n = field_count(chunk, stream);
	const ProtobufCFieldDescriptor *inner = inner_field(t);

	for (size_t i = 0; i < n; i++) {
		struct table_row r = { .outer = field_message(chunk, stream, i), .first = true };
		const size_t k = inner ? field_count(r.outer, inner) : 0;

		for (size_t j = 0; j < k || j == 0; j++) {
			r.inner = k ? field_message(r.outer, inner, j) : NULL;
			fn(ctx, &r);
			r.first = false;
		}
	}
}

struct printer {
	const struct table *t;
	struct table_state *s;
	struct output *o;
};

static void measure(void *ctx, const struct table_row *r)
{
	const struct printer *p = ctx;
	char text[TABLE_CELL];

	for (uint32_t i = 0; i < p->t->n_columns; i++) {
		cell(r, &p->t->columns[i], p->s->field[i], text);
		if (strlen(text) > p->s->width[i])
			p->s->width[i] = (uint16_t)strlen(text);
	}
}

/* Blanks that would end a line are held back until something follows them. */
void table_line_put(struct table_line *l, const char *text, size_t len, size_t pad)
{
	if (len) {
		memset(l->text + l->len, ' ', l->pad);
		memcpy(l->text + l->len + l->pad, text, len);
		l->len += l->pad + len;
		l->pad = 0;
	}
	l->pad += pad;
}

static void put_cell(struct table_line *l, const struct column *c, uint16_t width, const char *text)
{
	const size_t len = strlen(text);
	const size_t fill = len < width ? width - len : 0;

	if (c->right)
		l->pad += fill;
	table_line_put(l, text, len, (c->right ? 0 : fill) + 2);
}

void table_cells(const struct table *t, const struct table_state *s, const struct table_row *r,
	struct table_line *l, uint32_t first, uint32_t last)
{
	char text[TABLE_CELL];

	for (uint32_t i = first; i < last; i++) {
		cell(r, &t->columns[i], s->field[i], text);
		put_cell(l, &t->columns[i], s->width[i], text);
	}
}

static void print_line(void *ctx, const struct table_row *r)
{
	const struct printer *p = ctx;
	struct table_line l;

	l.len = l.pad = 0;
	table_cells(p->t, p->s, r, &l, 0, p->t->n_columns);
	l.text[l.len++] = '\n';
	output_write(p->o, l.text, l.len);
}

static void print_titles(const struct printer *p)
{
	struct table_line l;

	l.len = l.pad = 0;
	for (uint32_t i = 0; i < p->t->n_columns; i++)
		put_cell(&l, &p->t->columns[i], p->s->width[i], p->t->columns[i].title);
	l.text[l.len++] = '\n';
	output_write(p->o, l.text, l.len);
}

static uint16_t start_width(const struct column *c)
{
	const size_t title = strlen(c->title);

	return (uint16_t)(title > c->least ? title : c->least);
}

static const ProtobufCFieldDescriptor *find_field(const struct table *t, const struct column *c)
{
	const ProtobufCMessageDescriptor *type = field_stream(t->type)->descriptor;
	const ProtobufCFieldDescriptor *f;

	if (c->text)
		return NULL;
	if (c->inner)
		type = inner_field(t)->descriptor;
	f = protobuf_c_message_descriptor_get_field_by_name(type, c->field);
	assert(f); /* of columns.c */
	return f;
}

void table_begin(const struct table *t, struct table_state *s, const ProtobufCMessage *chunk,
	struct output *o)
{
	struct printer p = { .t = t, .s = s, .o = o };

	for (uint32_t i = 0; i < t->n_columns; i++) {
		s->width[i] = start_width(&t->columns[i]);
		s->field[i] = find_field(t, &t->columns[i]);
	}
	for_each_line(t, chunk, measure, &p);
	print_titles(&p);
	s->begun = true;
}

void table_chunk(const struct table *t, struct table_state *s, const ProtobufCMessage *chunk,
	struct output *o)
{
	struct printer p = { .t = t, .s = s, .o = o };

	if (field_count(chunk, field_stream(t->type)) == 0)
		return;
	if (!s->begun)
		table_begin(t, s, chunk, o);
	for_each_line(t, chunk, print_line, &p);
}
