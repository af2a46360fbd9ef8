/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path's text is kept in two parts, before its age and behind it, as long as another path may
 * refer to it. A place keeps its buffer when it is given to another path.
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

#define PLACE 512u /* octets at first: most paths are not longer */

struct part {
	uint32_t at; /* in text */
	uint32_t len;
	size_t pad; /* blanks that follow it, see struct table_line */
};

struct known {
	char *text; /* owned */
	uint32_t len;
	uint32_t size;
	struct part head;
	struct part tail;
	bool has_age;
};

struct routes_text {
	const ProtobufCFieldDescriptor *age;
	uint32_t n; /* paths that were to be remembered */
	bool open;  /* the last route has more paths */
	/* Places to work in. */
	struct arena *arena; /* owned */
	struct known *at;    /* what keep writes */
	struct jsonw writer;
	struct table_line line;
	Vbrd__BgpPath aged;                /* empty but for the age */
	struct known spare;                /* of a path that is not remembered */
	struct known known[SHARED_MEMORY]; /* the n-th at n % SHARED_MEMORY */
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
	for (size_t i = 0; i < SHARED_MEMORY; i++)
		free(x->known[i].text);
	free(x->spare.text);
	free(x);
}

/* A place for the text of a path. */
static struct known *take_place(struct routes_text *x, bool remember)
{
	struct known *k = remember ? &x->known[x->n++ % SHARED_MEMORY] : &x->spare;

	if (!k->text) {
		k->size = PLACE;
		k->text = xmalloc(PLACE);
	}
	k->len = 0;
	k->tail.len = 0;
	k->has_age = false;
	x->at = k;
	return k;
}

/* NULL: there is none. */
static const struct known *remembered(const struct routes_text *x, uint32_t back)
{
	return back <= x->n && back <= SHARED_MEMORY ? &x->known[(x->n - back) % SHARED_MEMORY] :
						       NULL;
}

static void keep(void *ctx, const char *p, size_t len)
{
	struct known *k = ((struct routes_text *)ctx)->at;

	if (k->size - k->len < len) {
		k->size = 2 * k->len + (uint32_t)len;
		k->text = xrealloc(k->text, k->size);
	}
	memcpy(k->text + k->len, p, len);
	k->len += (uint32_t)len;
}

/* JSON */

static struct part end_json_part(struct routes_text *x, uint32_t at)
{
	jsonw_flush(&x->writer);
	return (struct part){ .at = at, .len = x->at->len - at };
}

static const struct known *learn_json(struct routes_text *x, const struct jsonw *j,
	const struct shared_path *p)
{
	const Vbrd__BgpPath *path = p->full;
	const ProtobufCMessageDescriptor *type = path->base.descriptor;
	struct known *k = take_place(x, p->remember);
	struct jsonw *w = &x->writer;

	jsonw_init_within(w, j, keep, x);
	jsonw_object(w);
	for (unsigned i = 0; i < type->n_fields; i++) {
		if (&type->fields[i] != x->age || !path->has_age) {
			json_field(w, &path->base, &type->fields[i]);
			continue;
		}
		json_key(w, x->age);
		k->head = end_json_part(x, 0);
		k->has_age = true;
		jsonw_raw(w, "", 0); /* here stands what each path has of its own */
	}
	jsonw_object_end(w);
	if (k->has_age)
		k->tail = end_json_part(x, k->head.len);
	else
		k->head = end_json_part(x, 0);
	return k;
}

static void put_json(const struct known *k, uint64_t age, struct jsonw *j)
{
	jsonw_raw(j, k->text + k->head.at, k->head.len);
	if (k->has_age)
		jsonw_raw_u64(j, age);
	jsonw_raw_more(j, k->text + k->tail.at, k->tail.len);
}

static void json_route(struct routes_text *x, struct jsonw *j, const Vbrd__BgpRoute *r)
{
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	if (!x->open) {
		jsonw_object(j);
		if (r->prefix) {
			jsonw_key(j, "prefix");
			jsonw_string(j, r->prefix);
		}
		jsonw_key(j, "paths");
		jsonw_array(j);
	}
	x->open = true;
	while (shared_next(&it, &p)) {
		const struct known *k = p.full ? learn_json(x, j, &p) : remembered(x, p.back);

		if (!k)
			break;
		put_json(k, p.full ? p.full->age : p.age, j);
	}
	if (!r->more)
		routes_json_end(x, j);
}

void routes_json(struct routes_text *x, struct jsonw *j, const Vbrd__BgpRoutes *m)
{
	for (size_t i = 0; i < m->n_routes; i++)
		json_route(x, j, m->routes[i]);
}

void routes_json_end(struct routes_text *x, struct jsonw *j)
{
	if (!x->open)
		return;
	x->open = false;
	jsonw_array_end(j);
	jsonw_object_end(j);
}

/* Lines */

/* The table while lines of a message are made, and where its columns change their kind. */
struct lines {
	const struct table *t;
	struct table_state *s;
	struct output *o;
	uint32_t inner; /* first column of a path */
	uint32_t own;   /* its age */
};

static struct part learn_cells(struct routes_text *x, const struct lines *c, const Vbrd__BgpPath *p,
	uint32_t first, uint32_t last)
{
	const struct table_row row = { .inner = &p->base };
	struct part part = { .at = x->at->len };

	x->line.len = x->line.pad = 0;
	table_cells(c->t, c->s, &row, &x->line, first, last);
	keep(x, x->line.text, x->line.len);
	part.len = (uint32_t)x->line.len;
	part.pad = x->line.pad;
	return part;
}

static const struct known *learn_line(struct routes_text *x, const struct lines *c,
	const struct shared_path *p)
{
	struct known *k = take_place(x, p->remember);

	k->head = learn_cells(x, c, p->full, c->inner, c->own);
	k->tail = learn_cells(x, c, p->full, c->own + 1, c->t->n_columns);
	k->has_age = p->full->has_age;
	return k;
}

static void put_line(struct routes_text *x, const struct lines *c, struct table_row *row,
	const struct known *k)
{
	struct table_line *l = &x->line;

	l->len = l->pad = 0;
	row->inner = &x->aged.base;
	table_cells(c->t, c->s, row, l, 0, c->inner);
	table_line_put(l, k->text + k->head.at, k->head.len, k->head.pad);
	table_cells(c->t, c->s, row, l, c->own, c->own + 1);
	table_line_put(l, k->text + k->tail.at, k->tail.len, k->tail.pad);
	l->text[l->len++] = '\n';
	output_write(c->o, l->text, l->len);
	row->first = false;
}

static void route_lines(struct routes_text *x, const struct lines *c, const Vbrd__BgpRoute *r)
{
	char nothing[] = "";
	const struct known none = { .text = nothing };
	struct table_row row = { .outer = &r->base, .first = !x->open };
	struct shared_iter it = shared_paths(r);
	struct shared_path p;

	while (shared_next(&it, &p)) {
		const struct known *k = p.full ? learn_line(x, c, &p) : remembered(x, p.back);

		if (!k)
			k = &none;
		x->aged.has_age = k->has_age;
		x->aged.age = p.full ? p.full->age : p.age;
		put_line(x, c, &row, k);
	}
	x->aged.has_age = 0;
	if (row.first)
		put_line(x, c, &row, &none);
	x->open = r->more;
}

/* The widths are those of the first message: all its paths must be seen to know them. */
static void begin_lines(struct routes_text *x, const struct lines *c, const Vbrd__BgpRoutes *m)
{
	Vbrd__BgpRoutes all = *m;

	arena_reset(x->arena);
	all.routes = arena_calloc(x->arena, m->n_routes + 1, sizeof(*all.routes));
	for (size_t i = 0; i < m->n_routes; i++)
		all.routes[i] = arena_memdup(x->arena, m->routes[i], sizeof(*all.routes[i]));
	shared_expand(x->arena, all.routes, all.n_routes);
	table_begin(c->t, c->s, &all.base, c->o);
}

void routes_lines(struct routes_text *x, const struct table *t, struct table_state *s,
	const Vbrd__BgpRoutes *m, struct output *o)
{
	struct lines c = { .t = t, .s = s, .o = o };

	if (m->n_routes > 0 && !s->begun)
		begin_lines(x, &c, m);
	while (!t->columns[c.inner].inner)
		c.inner++;
	while (!t->columns[c.own].own)
		c.own++;
	for (size_t i = 0; i < m->n_routes; i++)
		route_lines(x, &c, m->routes[i]);
}
