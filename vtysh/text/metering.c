/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV is made of the message's descriptor, like JSON. What has neither comma, quote nor line end is
 * written as it is; so a record's line is, octet for octet, what its hash was made of.
 */
#include "vtysh/text/metering.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vtysh/text/message/field.h"
#include "vtysh/text/output.h"

#define CELL_SIZE 1024

static void put_cell(struct output *o, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		output_write(o, s, strlen(s));
		return;
	}
	output_write(o, "\"", 1);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			output_write(o, "\"", 1);
		output_write(o, s, 1);
	}
	output_write(o, "\"", 1);
}

static void put_title(struct output *o, const ProtobufCMessageDescriptor *type)
{
	char name[CELL_SIZE];

	for (unsigned i = 0; i < type->n_fields; i++)
		output_printf(o, "%s%s", i > 0 ? "," : "",
			field_name(&type->fields[i], '-', name, sizeof(name)));
	output_write(o, "\n", 1);
}

static void put_line(struct output *o, const ProtobufCMessage *m)
{
	char text[CELL_SIZE];

	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		if (i > 0)
			output_write(o, ",", 1);
		field_text(m, &m->descriptor->fields[i], text, sizeof(text));
		put_cell(o, text);
	}
	output_write(o, "\n", 1);
}

void metering_csv(struct output *o, const ProtobufCMessage *chunk, bool title)
{
	const ProtobufCFieldDescriptor *stream = field_stream(chunk->descriptor);

	if (stream == NULL)
		return;
	if (title)
		put_title(o, stream->descriptor);
	for (size_t i = 0; i < field_count(chunk, stream); i++)
		put_line(o, field_message(chunk, stream, i));
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* Words behind one another, without and with a comma before them. */
static void put_first(struct output *o, const char *s)
{
	put_cell(o, or_empty(s));
}

static void put_next(struct output *o, const char *s)
{
	output_write(o, ",", 1);
	put_cell(o, or_empty(s));
}

/* What has no price has neither that nor an amount: 0 would be a promise. */
static void put_share(struct output *o, const char *tenant, const Vbrd__MeteringBillLine *l,
	const Vbrd__MeteringBillShare *s)
{
	char quantity[24];

	(void)snprintf(quantity, sizeof(quantity), "%" PRIu64, s->quantity);
	put_first(o, tenant);
	put_next(o, l->item);
	put_next(o, l->product);
	put_next(o, l->prices_from);
	put_next(o, s->kind);
	put_next(o, s->name);
	put_next(o, quantity);
	put_next(o, l->price);
	put_next(o, l->unit);
	put_next(o, l->price != NULL ? s->amount : NULL);
	output_write(o, "\n", 1);
}

void metering_bills_csv(struct output *o, const Vbrd__MeteringBills *m, bool title)
{
	if (title)
		output_printf(o,
			"tenant,item,product,prices-from,kind,name,quantity,price,unit,"
			"amount\n");
	for (size_t i = 0; i < m->n_bills; i++)
		for (size_t k = 0; k < m->bills[i]->n_lines; k++) {
			const Vbrd__MeteringBillLine *l = m->bills[i]->lines[k];

			for (size_t n = 0; n < l->n_shares; n++)
				put_share(o, m->bills[i]->tenant, l, l->shares[n]);
		}
}

/* "1.500 GB": octets in thousandths of a GB; hours and months as they are. */
static void put_quantity(struct output *o, uint64_t q, const char *unit)
{
	if (strcmp(unit, "GB") == 0)
		output_printf(o, "%11" PRIu64 ".%06" PRIu64 " GB    ", q / 1000000000,
			q % 1000000000 / 1000);
	else
		output_printf(o, "%18" PRIu64 " %-6s", q, unit);
}

static void put_bill_line(struct output *o, const Vbrd__MeteringBillLine *l)
{
	const char *unit = or_empty(l->unit);
	char what[64];

	(void)snprintf(what, sizeof(what), "%s %s", or_empty(l->item), or_empty(l->product));
	output_printf(o, "  %-32s", what);
	put_quantity(o, l->quantity, unit);
	if (l->price != NULL)
		output_printf(o, "  at %12s a %-5s  %14s\n", l->price, unit, or_empty(l->amount));
	else
		output_printf(o, "  has no price in the price sheet\n");
	for (size_t i = 0; i < l->n_shares; i++) {
		const Vbrd__MeteringBillShare *s = l->shares[i];

		(void)snprintf(what, sizeof(what), "%s %s", or_empty(s->kind), or_empty(s->name));
		output_printf(o, "    %-30s", what);
		put_quantity(o, s->quantity, unit);
		output_printf(o, "  %24s%14s\n", "", l->price != NULL ? or_empty(s->amount) : "");
	}
}

void metering_bills_text(struct output *o, const Vbrd__MeteringBills *m)
{
	if (m->from != NULL)
		output_printf(o, "from %s to %s, in %s\n", m->from, or_empty(m->to),
			or_empty(m->currency));
	for (size_t i = 0; i < m->n_bills; i++) {
		const Vbrd__MeteringBill *b = m->bills[i];

		output_printf(o, "\ntenant %s\n", or_empty(b->tenant));
		for (size_t k = 0; k < b->n_lines; k++)
			put_bill_line(o, b->lines[k]);
		if (b->n_lines == 0)
			output_printf(o, "  no use\n");
		output_printf(o, "  %-32s%18s%33s%14s%s\n", "total", "", "", or_empty(b->total),
			b->complete ? "" : ", and what has no price");
	}
}
