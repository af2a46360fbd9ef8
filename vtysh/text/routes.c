/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path's text is kept in two parts, before its age and behind it, as long as its message lives.
 * All texts of a message lie one behind the other in a buffer, which is as large as the largest
 * message was.
 */
#include "vtysh/text/routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/ds/arena.h"
#include "lib/io/jsonw.h"
#include "proto/shared.h"
#include "vtysh/text/message/json.h"
#include "vtysh/text/output.h"
#include "vtysh/text/table.h"

struct part {
	size_t at; /* in text */
	size_t len;
	size_t pad; /* blanks that follow it, see struct table_line */
};

struct known {
	struct part head;
	struct part tail;
	bool has_age;
};

struct routes_text {
	const ProtobufCFieldDescriptor *age;
	/* Of the present message. */
	struct known *known; /* owned; by number - 1 */
	size_t n;
	size_t n_max;
	char *text; /* owned */
	size_t len;
	size_t size;
	/* Places to work in. */
	struct arena *arena; /* owned */
	struct jsonw writer;
	struct table_line line;
	Vbrd__BgpPath aged; /* empty but for the age */
};

struct routes_text *routes_text_new(void)
{
	struct routes_text *x = xcalloc(1, sizeof(*x));

	x->age = protobuf_c_message_descriptor_get_field_by_name(&vbrd__bgp_path__descriptor,
		"age");
	x->arena = arena_new(1024);
	vbrd__bgp_path__init(&x->aged);
	x->aged.has_age = 1;
	return x;
}

void routes_text_free(struct routes_text *x)
{
	if (!x)
		return;
	arena_free(x->arena);
	free(x->known);
	free(x->text);
	free(x);
}

static void forget(struct routes_text *x)
{
	x->n = 0;
	x->len = 0;
}

static struct known *add_known(struct routes_text *x)
{
	if (x->n == x->n_max) {
		x->n_max = x->n_max ? 2 * x->n_max : 64;
		x->known = xrealloc(x->known, x->n_max * sizeof(*x->known));
	}
	x->known[x->n] = (struct known){ 0 };
	return &x->known[x->n++];
}

static void keep(void *ctx, const char *p, size_t len)
{
	struct routes_text *x = ctx;

	if (x->size - x->len < len) {
		x->size = 2 * (x->len + len);
		x->text = xrealloc(x->text, x->size);
	}
	memcpy(x->text + x->len, p, len);
	x->len += len;
}

/* JSON */

static struct part end_json_part(struct routes_text *x, size_t at)
{
	jsonw_flush(&x->writer);
	return (struct part){ .at = at, .len = x->len - at };
}

static const struct known *learn_json(struct routes_text *x, const struct jsonw *j,
	const Vbrd__BgpPath *p)
{
	const ProtobufCMessageDescriptor *type = p->base.descriptor;
	struct known *k = add_known(x);
	struct jsonw *w = &x->writer;

	jsonw_init_within(w, j, keep, x);
	k->head.at = x->len;
	jsonw_object(w);
	for (unsigned i = 0; i < type->n_fields; i++) {
		if (&type->fields[i] != x->age || !p->has_age) {
			json_field(w, &p->base, &type->fields[i]);
			continue;
		}
		json_key(w, x->age);
		k->head = end_json_part(x, k->head.at);
		k->has_age = true;
		jsonw_raw(w, "", 0); /* here stands what each path has of its own */
	}
	jsonw_object_end(w);
	if (k->has_age)
		k->tail = end_json_part(x, k->head.at + k->head.len);
	else
		k->head = end_json_part(x, k->head.at);
	return k;
}

static void put_json(const struct routes_text *x, const struct known *k, uint64_t age,
	struct jsonw *j)
{
	jsonw_raw(j, x->text + k->head.at, k->head.len);
	if (k->has_age)
		jsonw_raw_u64(j, age);
	jsonw_raw_more(j, x->text + k->tail.at, k->tail.len);
}

static void json_route(struct routes_text *x, struct jsonw *j, const Vbrd__BgpRoute *r)
{
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	jsonw_object(j);
	if (r->prefix) {
		jsonw_key(j, "prefix");
		jsonw_string(j, r->prefix);
	}
	jsonw_key(j, "paths");
	jsonw_array(j);
	while (shared_next(&it, &p)) {
		if (p.full)
			put_json(x, learn_json(x, j, p.full), p.full->age, j);
		else if (p.like <= x->n)
			put_json(x, &x->known[p.like - 1], p.age, j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

void routes_json(struct routes_text *x, struct jsonw *j, const Vbrd__BgpRoutes *m)
{
	forget(x);
	for (size_t i = 0; i < m->n_routes; i++)
		json_route(x, j, m->routes[i]);
}

/* Lines */

/* The table while lines of a message are made, and where its columns change their kind. */
struct lines {
	const struct table *t;
	const struct table_state *s;
	struct output *o;
	uint32_t inner; /* first column of a path */
	uint32_t own;   /* its age */
};

static struct part learn_cells(struct routes_text *x, const struct lines *c, const Vbrd__BgpPath *p,
	uint32_t first, uint32_t last)
{
	const struct table_row row = { .inner = &p->base };
	struct part part = { .at = x->len };

	x->line.len = x->line.pad = 0;
	table_cells(c->t, c->s, &row, &x->line, first, last);
	keep(x, x->line.text, x->line.len);
	part.len = x->line.len;
	part.pad = x->line.pad;
	return part;
}

static const struct known *learn_line(struct routes_text *x, const struct lines *c,
	const Vbrd__BgpPath *p)
{
	struct known *k = add_known(x);

	k->head = learn_cells(x, c, p, c->inner, c->own);
	k->tail = learn_cells(x, c, p, c->own + 1, c->t->n_columns);
	k->has_age = p->has_age;
	return k;
}

static void put_line(struct routes_text *x, const struct lines *c, struct table_row *row,
	const struct known *k)
{
	struct table_line *l = &x->line;

	l->len = l->pad = 0;
	row->inner = &x->aged.base;
	table_cells(c->t, c->s, row, l, 0, c->inner);
	table_line_put(l, x->text + k->head.at, k->head.len, k->head.pad);
	table_cells(c->t, c->s, row, l, c->own, c->own + 1);
	table_line_put(l, x->text + k->tail.at, k->tail.len, k->tail.pad);
	l->text[l->len++] = '\n';
	output_write(c->o, l->text, l->len);
	row->first = false;
}

static void route_lines(struct routes_text *x, const struct lines *c, const Vbrd__BgpRoute *r)
{
	static const struct known none;
	struct table_row row = { .outer = &r->base, .first = true };
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	while (shared_next(&it, &p)) {
		const struct known *k = &none;

		if (p.full)
			k = learn_line(x, c, p.full);
		else if (p.like <= x->n)
			k = &x->known[p.like - 1];
		x->aged.has_age = k->has_age;
		x->aged.age = p.full ? p.full->age : p.age;
		put_line(x, c, &row, k);
	}
	x->aged.has_age = 0;
	if (row.first)
		put_line(x, c, &row, &none);
}

/* The widths are those of the first message: all its paths must be seen to know them. */
static void first_lines(struct routes_text *x, const struct table *t, struct table_state *s,
	const Vbrd__BgpRoutes *m, struct output *o)
{
	Vbrd__BgpRoutes all = *m;

	arena_reset(x->arena);
	all.routes = arena_calloc(x->arena, m->n_routes + 1, sizeof(*all.routes));
	for (size_t i = 0; i < m->n_routes; i++)
		all.routes[i] = arena_memdup(x->arena, m->routes[i], sizeof(*all.routes[i]));
	shared_expand(x->arena, all.routes, all.n_routes);
	table_chunk(t, s, &all.base, o);
}

void routes_lines(struct routes_text *x, const struct table *t, struct table_state *s,
	const Vbrd__BgpRoutes *m, struct output *o)
{
	struct lines c = { .t = t, .s = s, .o = o };

	if (!s->begun) {
		first_lines(x, t, s, m, o);
		return;
	}
	while (!t->columns[c.inner].inner)
		c.inner++;
	while (!t->columns[c.own].own)
		c.own++;
	forget(x);
	for (size_t i = 0; i < m->n_routes; i++)
		route_lines(x, &c, m->routes[i]);
}
