/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three shapes: JSON, a table, or field by field; and one message is told in sentences
 * (explain.c). A stream's own fields come before its array,
 * because the array stays open until the last chunk.
 */
#include "vtysh/text/render.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "lib/io/jsonw.h"
#include "proto/vbrd.pb-c.h"
#include "vtysh/text/explain.h"
#include "vtysh/text/message/field.h"
#include "vtysh/text/message/json.h"
#include "vtysh/text/metering.h"
#include "vtysh/text/output.h"
#include "vtysh/text/routes.h"
#include "vtysh/text/table.h"
#include "vtysh/text/whatif.h"

#define NAME_MAX_LEN 64u
#define LABEL_WIDTH  22

struct render {
	struct output *o; /* borrowed */
	bool json;
	bool begun;
	const ProtobufCMessageDescriptor *type;
	const ProtobufCFieldDescriptor *stream; /* or NULL */
	const struct table *table;              /* or NULL */
	struct table_state table_state;
	struct routes_text *routes; /* owned; of BgpRoutes only */
	struct jsonw j;
};

static void sink(void *ctx, const char *p, size_t len)
{
	output_write(ctx, p, len);
}

struct render *render_new(struct output *o, bool json, const ProtobufCMessageDescriptor *type)
{
	struct render *r = xcalloc(1, sizeof(*r));

	r->o = o;
	r->json = json;
	r->type = type;
	r->stream = field_stream(type);
	r->table = table_find(type);
	if (type == &vbrd__bgp_routes__descriptor)
		r->routes = routes_text_new();
	jsonw_init(&r->j, true, sink, o);
	return r;
}

void render_free(struct render *r)
{
	if (!r)
		return;
	routes_text_free(r->routes);
	free(r);
}

/* JSON */

/*
 * Open the object: what is not the stream, then the stream's array. m is NULL for an empty
 * answer.
 */
static void json_begin(struct render *r, const ProtobufCMessage *m)
{
	jsonw_object(&r->j);
	for (unsigned i = 0; m && i < r->type->n_fields; i++) {
		if (&r->type->fields[i] != r->stream)
			json_field(&r->j, m, &r->type->fields[i]);
	}
	if (r->stream) {
		json_key(&r->j, r->stream);
		jsonw_array(&r->j);
	}
}

static void json_chunk(struct render *r, const ProtobufCMessage *m)
{
	const size_t n = r->stream ? field_count(m, r->stream) : 0;

	if (!r->begun)
		json_begin(r, m);
	if (r->routes)
		routes_json(r->routes, &r->j, (const Vbrd__BgpRoutes *)m);
	for (size_t i = 0; i < n && !r->routes; i++)
		json_message(&r->j, field_message(m, r->stream, i));
	jsonw_flush(&r->j); /* the user sees what is there */
}

static void json_end(struct render *r)
{
	if (r->routes)
		routes_json_end(r->routes, &r->j);
	if (r->stream)
		jsonw_array_end(&r->j);
	jsonw_object_end(&r->j);
	output_write(r->o, "\n", 1);
}

/* Field by field */

static bool is_duration(const char *name)
{
	static const char *const names[] = { "uptime", "age", "next_attempt", "hold_time_left",
		"confirm_within" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static void text_message(struct render *r, const ProtobufCMessage *m, int indent);

static void text_scalar(struct render *r, const ProtobufCMessage *m,
	const ProtobufCFieldDescriptor *f, int indent)
{
	char name[NAME_MAX_LEN];
	char text[1024];

	if (is_duration(f->name) && f->type == PROTOBUF_C_TYPE_UINT64)
		(void)table_duration(*(const uint64_t *)field_at(m, f, 0), text, sizeof(text));
	else
		field_text(m, f, text, sizeof(text));
	output_printf(r->o, "%*s%-*s %s\n", indent, "", LABEL_WIDTH - indent,
		field_name(f, ' ', name, sizeof(name)), text);
}

static void text_field(struct render *r, const ProtobufCMessage *m,
	const ProtobufCFieldDescriptor *f, int indent)
{
	const size_t n = field_count(m, f);
	char name[NAME_MAX_LEN];

	if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
		if (n)
			text_scalar(r, m, f, indent);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		output_printf(r->o, "%*s%s\n", indent, "", field_name(f, ' ', name, sizeof(name)));
		text_message(r, field_message(m, f, i), indent + 2);
	}
}

static void text_message(struct render *r, const ProtobufCMessage *m, int indent)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		text_field(r, m, &m->descriptor->fields[i], indent);
}

/* A stream without a table: one block an element, an empty line between. */
static void text_blocks(struct render *r, const ProtobufCMessage *m)
{
	const size_t n = field_count(m, r->stream);

	for (size_t i = 0; i < n; i++) {
		if (r->begun || i)
			output_write(r->o, "\n", 1);
		text_message(r, field_message(m, r->stream, i), 0);
	}
}

static void text_chunk(struct render *r, const ProtobufCMessage *m)
{
	if (r->type == &vbrd__what_if__descriptor) {
		whatif_text(r->o, (const Vbrd__WhatIf *)m);
		return;
	}
	if (r->type == &vbrd__metering_bills__descriptor) {
		metering_bills_text(r->o, (const Vbrd__MeteringBills *)m);
		return;
	}
	if (r->type == &vbrd__explanation__descriptor) {
		explain_text(r->o, (const Vbrd__Explanation *)m);
		return;
	}
	for (unsigned i = 0; i < r->type->n_fields; i++) {
		if (&r->type->fields[i] != r->stream)
			text_field(r, m, &r->type->fields[i], 0);
	}
	if (r->routes)
		routes_lines(r->routes, r->table, &r->table_state, (const Vbrd__BgpRoutes *)m,
			r->o);
	else if (r->table)
		table_chunk(r->table, &r->table_state, m, r->o);
	else if (r->stream)
		text_blocks(r, m);
}

void render_chunk(struct render *r, const ProtobufCMessage *msg)
{
	if (msg->descriptor != r->type)
		return;
	if (r->json)
		json_chunk(r, msg);
	else
		text_chunk(r, msg);
	r->begun = true;
}

void render_end(struct render *r, bool complete)
{
	if (r->json) {
		if (!r->begun && !complete)
			return;
		if (!r->begun)
			json_begin(r, NULL);
		json_end(r);
	} else if (complete && r->table && !r->table_state.begun) {
		output_printf(r->o, "%s\n", r->table->empty);
	}
}

void render_line(struct output *o, const ProtobufCMessage *m)
{
	struct jsonw j;

	jsonw_init(&j, false, sink, o);
	json_message(&j, m);
	output_write(o, "\n", 1);
}
