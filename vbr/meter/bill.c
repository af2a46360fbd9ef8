/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Use comes in two ways. Volumes add up, each at the prices of its hour. Time does not: an hour is
 * paid once however many records speak of it, so hours and months are marked in a row of places,
 * one row an object, and counted at the end; a place keeps the dearest product (by bandwidth) that
 * was seen in it.
 *
 * At the end all is shares, sorted; a line is a run of shares of one item, product and sheet. Its
 * amount is rounded once. The shares get what the running sum grows by, so they add up to it.
 *
 * Cost: a tenant has tens of objects; they are searched one after the other.
 */
#include "vbr/meter/bill.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"
#include "vbr/meter/money.h"
#include "vbr/meter/span.h"

/* What is paid by another, or by nobody: shown at 0 whatever the prices are, and without any. */
static const char by_owner[] = "paid-by-owner";
static const char same_region[] = "same-region";

/* A product with its bandwidth, by which two of one hour are compared. */
struct product {
	char name[METER_WORD_SIZE];
	uint32_t mbps;
};

/* An hour or a month: numbers from 1; 0 = not used. */
struct place {
	uint16_t product;
	uint16_t sheet;
};

struct subject {
	enum bill_item item;
	enum meter_kind kind;
	char name[METER_OBJECT_SIZE];
	struct place *places; /* owned */
};

/* A share with all that its line is made of. */
struct part {
	struct bill_share share;
	enum bill_item item;
	uint16_t sheet;   /* 0 = none in force */
	uint16_t product; /* number, from 1 */
};

struct bill {
	const struct bill_sheet *sheets; /* borrowed */
	uint32_t n_sheets;
	int64_t from_s;
	int64_t to_s;
	struct product *products; /* owned, all below too */
	struct subject *subjects;
	struct part *parts;
	struct bill_share *shares;
	struct bill_line *lines;
	uint32_t n_products;
	uint32_t n_subjects;
	uint32_t n_parts;
	uint32_t n_lines;
};

static const struct {
	const char *name;
	const char *unit;
	uint64_t per;
} items[] = {
	[BILL_OUTBOUND] = { "outbound-traffic", "GB", BILL_GB },
	[BILL_PEERING] = { "peering", "hour", 1 },
	[BILL_PEERING_DATA] = { "peering-data", "GB", BILL_GB },
	[BILL_PORT] = { "port", "month", 1 },
};
static_assert(ARRAY_SIZE(items) == BILL_ITEM_COUNT, "one row an item");

const char *bill_item_name(enum bill_item i)
{
	return items[i].name;
}

const char *bill_item_unit(enum bill_item i)
{
	return items[i].unit;
}

struct bill *bill_new(const struct bill_sheet *sheets, uint32_t n, int64_t from_s, int64_t to_s)
{
	struct bill *b;

	from_s = meter_hour_of(from_s);
	to_s = meter_hour_of(to_s + METER_HOUR_S - 1);
	if (to_s <= from_s || to_s - from_s > BILL_MAX_S)
		return NULL;
	b = xcalloc(1, sizeof(*b));
	b->sheets = sheets;
	b->n_sheets = n;
	b->from_s = from_s;
	b->to_s = to_s;
	return b;
}

void bill_free(struct bill *b)
{
	if (b == NULL)
		return;
	for (uint32_t i = 0; i < b->n_subjects; i++)
		free(b->subjects[i].places);
	free(b->products);
	free(b->subjects);
	free(b->parts);
	free(b->shares);
	free(b->lines);
	free(b);
}

/* Number of the sheet in force, 0 = none. */
static uint16_t sheet_at(const struct bill *b, int64_t t)
{
	uint16_t n = 0;

	for (uint32_t i = 0; i < b->n_sheets; i++)
		if (b->sheets[i].from_s <= t)
			n = (uint16_t)(i + 1);
	return n;
}

static uint16_t product_of(struct bill *b, const char *name, uint32_t mbps)
{
	struct product *p;

	for (uint32_t i = 0; i < b->n_products; i++)
		if (b->products[i].mbps == mbps && strcmp(b->products[i].name, name) == 0)
			return (uint16_t)(i + 1);
	b->products = xreallocarray(b->products, b->n_products + 1, sizeof(*b->products));
	p = &b->products[b->n_products++];
	p->mbps = mbps;
	snprintf(p->name, sizeof(p->name), "%s", name);
	return (uint16_t)b->n_products;
}

static struct part *part_of(struct bill *b, const struct part *key)
{
	struct part *p;

	for (uint32_t i = 0; i < b->n_parts; i++) {
		p = &b->parts[i];
		if (p->item == key->item && p->sheet == key->sheet && p->product == key->product &&
			p->share.kind == key->share.kind &&
			strcmp(p->share.name, key->share.name) == 0)
			return p;
	}
	b->parts = xreallocarray(b->parts, b->n_parts + 1, sizeof(*b->parts));
	p = &b->parts[b->n_parts++];
	*p = *key;
	return p;
}

static void add_quantity(struct bill *b, const struct part *key, uint64_t quantity)
{
	part_of(b, key)->share.quantity += quantity;
}

static void add_volume(struct bill *b, const struct bill_use *u, enum bill_item item,
	uint16_t product)
{
	struct part key = { .item = item,
		.sheet = sheet_at(b, u->hour_s),
		.product = product,
		.share.kind = u->kind };
	const uint64_t octets = u->octets_out + (item == BILL_PEERING_DATA ? u->octets_in : 0);

	snprintf(key.share.name, sizeof(key.share.name), "%s", u->name);
	add_quantity(b, &key, octets);
}

/* Places of an item: hours, or months. */
static uint32_t place_at(const struct bill *b, enum bill_item item, int64_t t)
{
	if (item == BILL_PORT)
		return (uint32_t)(walltime_month_number(t) - walltime_month_number(b->from_s));
	return (uint32_t)((t - b->from_s) / METER_HOUR_S);
}

static struct subject *subject_of(struct bill *b, const struct bill_use *u, enum bill_item item)
{
	struct subject *s;

	for (uint32_t i = 0; i < b->n_subjects; i++) {
		s = &b->subjects[i];
		if (s->item == item && s->kind == u->kind && strcmp(s->name, u->name) == 0)
			return s;
	}
	b->subjects = xreallocarray(b->subjects, b->n_subjects + 1, sizeof(*b->subjects));
	s = &b->subjects[b->n_subjects++];
	*s = (struct subject){ .item = item, .kind = u->kind };
	snprintf(s->name, sizeof(s->name), "%s", u->name);
	s->places = xcalloc(place_at(b, item, b->to_s) + 1u, sizeof(*s->places));
	return s;
}

static void mark(struct bill *b, const struct bill_use *u, enum bill_item item, uint16_t product)
{
	struct place *p = &subject_of(b, u, item)->places[place_at(b, item, u->hour_s)];

	/* A month goes by the prices that its first hour met. */
	if (p->product == 0)
		p->sheet = sheet_at(b, u->hour_s);
	if (p->product == 0 || b->products[product - 1].mbps > b->products[p->product - 1].mbps)
		p->product = product;
}

static void add_peering(struct bill *b, const struct bill_use *u)
{
	uint32_t mbps = 0;
	char word[METER_WORD_SIZE];

	meter_detail_get(u->detail, "pair", word, sizeof(word));
	if (strcmp(word, "inter-region") == 0) {
		add_volume(b, u, BILL_PEERING_DATA, product_of(b, word, 0));
		return;
	}
	if (strcmp(word, same_region) != 0) {
		mbps = meter_detail_mbps(u->detail);
		meter_detail_get(u->detail, "spec", word, sizeof(word));
		if (strcmp(word, "bandwidth") == 0)
			snprintf(word, sizeof(word), "%u Mbit/s", mbps);
	}
	mark(b, u, BILL_PEERING, product_of(b, word, mbps));
}

void bill_add(struct bill *b, const struct bill_use *u)
{
	char word[METER_WORD_SIZE];

	if (u->hour_s < b->from_s || u->hour_s >= b->to_s)
		return;
	switch (u->kind) {
	case METER_KIND_VBR:
		meter_detail_get(u->detail, "payer", word, sizeof(word));
		if (strcmp(word, "owner") == 0)
			snprintf(word, sizeof(word), "%s", by_owner);
		else
			meter_detail_get(u->detail, "line", word, sizeof(word));
		add_volume(b, u, BILL_OUTBOUND, product_of(b, word, 0));
		return;
	case METER_KIND_HOSTED:
		add_volume(b, u, BILL_OUTBOUND, product_of(b, "hosted", 0));
		return;
	case METER_KIND_PEERING:
		add_peering(b, u);
		return;
	case METER_KIND_PORT:
		meter_detail_get(u->detail, "type", word, sizeof(word));
		mark(b, u, BILL_PORT, product_of(b, word, meter_detail_mbps(u->detail)));
		return;
	case METER_KIND_VPC: /* what a VPC moves is paid where it leaves */
	case METER_KIND_COUNT:
		return;
	}
}

static int64_t listed(const struct bill_price *v, uint32_t n, const char *product)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(v[i].product, product) == 0)
			return v[i].micro;
	return BILL_NO_PRICE;
}

static int64_t peering_price(const struct bill_sheet *s, const struct product *p)
{
	if (strstr(p->name, " Mbit/s") != NULL && s->bandwidth != BILL_NO_PRICE)
		return money_of(p->mbps, 1, s->bandwidth);
	return listed(s->specs, s->n_specs, p->name);
}

static int64_t price_of(const struct bill *b, const struct part *part)
{
	const struct product *p = &b->products[part->product - 1];
	const struct bill_sheet *s;

	if ((part->item == BILL_PEERING && strcmp(p->name, same_region) == 0) ||
		(part->item == BILL_OUTBOUND && strcmp(p->name, by_owner) == 0))
		return 0;
	if (part->sheet == 0)
		return BILL_NO_PRICE;
	s = &b->sheets[part->sheet - 1];
	switch (part->item) {
	case BILL_OUTBOUND:
		return strcmp(p->name, "hosted") == 0 ? s->hosted : s->dedicated;
	case BILL_PEERING:
		return peering_price(s, p);
	case BILL_PEERING_DATA:
		return s->inter_region;
	case BILL_PORT:
		return listed(s->ports, s->n_ports, p->name);
	case BILL_ITEM_COUNT:
		break;
	}
	return BILL_NO_PRICE;
}

static void count_places(struct bill *b, const struct subject *s)
{
	const uint32_t last = place_at(b, s->item, b->to_s);

	for (uint32_t i = 0; i <= last; i++) {
		struct part key = { .item = s->item, .share.kind = s->kind };

		if (s->places[i].product == 0)
			continue;
		key.product = s->places[i].product;
		key.sheet = s->places[i].sheet;
		snprintf(key.share.name, sizeof(key.share.name), "%s", s->name);
		add_quantity(b, &key, 1);
	}
}

static int by_line(const void *a, const void *b, void *ctx)
{
	const struct bill *bill = ctx;
	const struct part *x = a;
	const struct part *y = b;
	int d = (int)x->item - (int)y->item;

	if (d == 0)
		d = (int)bill->products[x->product - 1].mbps -
			(int)bill->products[y->product - 1].mbps;
	if (d == 0)
		d = strcmp(bill->products[x->product - 1].name,
			bill->products[y->product - 1].name);
	if (d == 0)
		d = (int)x->sheet - (int)y->sheet;
	return d != 0 ? d : strcmp(x->share.name, y->share.name);
}

static bool same_line(const struct part *a, const struct part *b)
{
	return a->item == b->item && a->product == b->product && a->sheet == b->sheet;
}

static void make_line(struct bill *b, uint32_t first, uint32_t n)
{
	const struct part *head = &b->parts[first];
	struct bill_line *l = &b->lines[b->n_lines++];
	const int64_t price = price_of(b, head);
	const uint64_t per = items[head->item].per;

	*l = (struct bill_line){ .item = head->item,
		.sheet_s = head->sheet > 0 ? b->sheets[head->sheet - 1].from_s : 0,
		.price = price,
		.shares = &b->shares[first],
		.n_shares = n };
	snprintf(l->product, sizeof(l->product), "%s", b->products[head->product - 1].name);
	for (uint32_t i = first; i < first + n; i++) {
		const int64_t before = l->amount;

		b->shares[i] = b->parts[i].share;
		l->quantity += b->shares[i].quantity;
		if (price != BILL_NO_PRICE)
			l->amount = money_of(l->quantity, per, price);
		b->shares[i].amount = l->amount - before;
	}
}

void bill_finish(struct bill *b)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < b->n_subjects; i++)
		count_places(b, &b->subjects[i]);
	if (b->n_parts == 0)
		return;
	qsort_r(b->parts, b->n_parts, sizeof(*b->parts), by_line, b);
	b->shares = xcalloc(b->n_parts, sizeof(*b->shares));
	b->lines = xcalloc(b->n_parts, sizeof(*b->lines));
	for (uint32_t i = 1; i <= b->n_parts; i++) {
		if (i < b->n_parts && same_line(&b->parts[first], &b->parts[i]))
			continue;
		make_line(b, first, i - first);
		first = i;
	}
}

uint32_t bill_line_count(const struct bill *b)
{
	return b->n_lines;
}

const struct bill_line *bill_line_at(const struct bill *b, uint32_t i)
{
	return &b->lines[i];
}

int64_t bill_total(const struct bill *b, bool *complete)
{
	int64_t sum = 0;

	*complete = true;
	for (uint32_t i = 0; i < b->n_lines; i++) {
		*complete &= b->lines[i].price != BILL_NO_PRICE;
		if (b->lines[i].amount > INT64_MAX - sum)
			return INT64_MAX;
		sum += b->lines[i].amount;
	}
	return sum;
}
