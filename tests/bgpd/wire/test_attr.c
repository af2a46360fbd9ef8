/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path attributes: a table of single attributes and what they cost, merging of AS4_PATH, what is
 * carried, and random sets through encoder and decoder on sessions of all kinds.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/aspath.h"
#include "bgpd/wire/attr.h"
#include "bgpd/wire/attr_table.h"
#include "tests/cu_main.h"

extern const struct cu_suite suite_attr;

static const struct wire_session ebgp4 = { .as4 = true, .families = 3 };
static const struct wire_session ebgp2 = { .families = 3 };
static const struct wire_session ibgp4 = { .as4 = true, .ibgp = true, .families = 3 };
/* RFC 5065: another member of our confederation, and our own member AS. */
static const struct wire_session member4 = { .as4 = true, .confed = true, .families = 3 };
static const struct wire_session own4 = {
	.as4 = true,
	.ibgp = true,
	.confed = true,
	.families = 3,
};

struct decoded {
	struct wire_attrs at;
	struct wire_mp mp;
	struct wire_err err;
};

static struct decoded decode(struct arena *a, const struct wire_session *s, const void *section,
	size_t len)
{
	const struct wire_attrs_in in = { s, { section, (uint16_t)len }, a };
	struct decoded d = { 0 };

	wire_attrs_decode(&in, &d.at, &d.mp, &d.err);
	return d;
}

#define X(text) (text), sizeof(text) - 1

/* RFC 7606 3(c), 7606 4, 7606 7.2, 7606 7.5, 7606 7.11, 7607 2. */
static void each_attribute_costs_what_rfc_7606_says(void)
{
	static const struct {
		const struct wire_session *s;
		const char *tlv;
		size_t len;
		uint8_t action;
		uint8_t subcode;
	} rows[] = {
		{ &ebgp4, X("\x40\x01\x01\x02"), 0, 0 },
		{ &ebgp4, X("\x40\x01\x01\x03"), WIRE_ACTION_WITHDRAW, 6 },
		{ &ebgp4, X("\x40\x01\x02\x01\x01"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\xc0\x01\x01\x02"), WIRE_ACTION_WITHDRAW, 4 },
		{ &ebgp4, X("\x50\x01\x00\x01\x02"), 0, 0 },
		{ &ebgp4, X("\x4f\x01\x01\x02"), 0, 0 }, /* low bits are ignored */
		{ &ebgp4, X("\x40\x02\x00"), 0, 0 },
		{ &ebgp4, X("\x40\x02\x06\x02\x01\x00\x00\x00\x00"), WIRE_ACTION_WITHDRAW, 11 },
		{ &ebgp4, X("\x40\x02\x06\x03\x01\x00\x00\x00\x01"), WIRE_ACTION_WITHDRAW, 11 },
		{ &ebgp4, X("\x40\x02\x06\x01\x01\x00\x00\x00\x01"), 0, 0 },
		{ &ibgp4, X("\x40\x02\x06\x03\x01\x00\x00\x00\x01"), WIRE_ACTION_WITHDRAW, 11 },
		/* RFC 5065 5 */
		{ &member4, X("\x40\x02\x06\x03\x01\x00\x00\x00\x01"), 0, 0 },
		{ &member4, X("\x40\x02\x06\x02\x01\x00\x00\x00\x01"), WIRE_ACTION_WITHDRAW, 11 },
		{ &member4, X("\x40\x02\x06\x04\x01\x00\x00\x00\x01"), WIRE_ACTION_WITHDRAW, 11 },
		{ &member4, X("\x40\x02\x00"), WIRE_ACTION_WITHDRAW, 11 },
		{ &own4, X("\x40\x02\x06\x03\x01\x00\x00\x00\x01"), 0, 0 },
		{ &own4, X("\x40\x02\x00"), 0, 0 },
		{ &ebgp4, X("\x40\x02\x02\x02\x00"), WIRE_ACTION_WITHDRAW, 11 },
		{ &ebgp4, X("\x40\x03\x04\x0a\x00\x00\x01"), 0, 0 },
		{ &ebgp4, X("\x40\x03\x04\x00\x00\x00\x00"), WIRE_ACTION_WITHDRAW, 8 },
		{ &ebgp4, X("\x40\x03\x03\x0a\x00\x00"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x80\x04\x04\x00\x00\x00\x01"), 0, 0 },
		{ &ebgp4, X("\x80\x04\x03\x00\x00\x00"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x40\x05\x04\x00\x00\x00\x64"), WIRE_ACTION_DISCARD, 1 },
		{ &ibgp4, X("\x40\x05\x04\x00\x00\x00\x64"), 0, 0 },
		{ &member4, X("\x40\x05\x04\x00\x00\x00\x64"), 0, 0 },
		{ &ibgp4, X("\x40\x05\x03\x00\x00\x00"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x40\x06\x00"), 0, 0 },
		{ &ebgp4, X("\x40\x06\x01\x00"), WIRE_ACTION_DISCARD, 5 },
		{ &ebgp4, X("\xc0\x07\x08\x00\x00\xfd\xe9\x0a\x00\x00\x01"), 0, 0 },
		{ &ebgp4, X("\xc0\x07\x06\xfd\xe9\x0a\x00\x00\x01"), WIRE_ACTION_DISCARD, 9 },
		{ &ebgp2, X("\xc0\x07\x06\xfd\xe9\x0a\x00\x00\x01"), 0, 0 },
		{ &ebgp2, X("\xc0\x07\x06\x00\x00\x0a\x00\x00\x01"), WIRE_ACTION_DISCARD, 9 },
		{ &ebgp4, X("\xc0\x08\x04\xff\xff\xff\x01"), 0, 0 },
		{ &ebgp4, X("\xc0\x08\x00"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\xc0\x08\x05\x01\x02\x03\x04\x05"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x80\x09\x04\x01\x02\x03\x04"), WIRE_ACTION_DISCARD, 1 },
		{ &ibgp4, X("\x80\x09\x04\x01\x02\x03\x04"), 0, 0 },
		{ &member4, X("\x80\x09\x04\x01\x02\x03\x04"), WIRE_ACTION_DISCARD, 1 },
		{ &ibgp4, X("\x80\x0a\x06\x01\x02\x03\x04\x05\x06"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x80\x0e\x04\x00\x02\x01\x00"), WIRE_ACTION_RESET, 9 },
		{ &ebgp4, X("\x80\x0f\x02\x00\x02"), WIRE_ACTION_RESET, 9 },
		{ &ebgp4, X("\xc0\x0f\x03\x00\x02\x01"), WIRE_ACTION_WITHDRAW, 4 },
		{ &ebgp4, X("\x80\x0f\x05\x00\x02\x01"), WIRE_ACTION_RESET, 5 },
		{ &ebgp4, X("\xc0\x10\x08\x00\x02\xfd\xe9\x00\x00\x00\x01"), 0, 0 },
		{ &ebgp4, X("\xc0\x10\x04\x00\x02\xfd\xe9"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\xc0\x11\x06\x02\x01\x00\x01\x00\x00"), WIRE_ACTION_DISCARD, 11 },
		{ &ebgp2, X("\xc0\x11\x06\x02\x01\x00\x01\x00\x00"), 0, 0 },
		{ &ebgp2, X("\xc0\x12\x08\x00\x01\x00\x00\x0a\x00\x00\x01"), 0, 0 },
		{ &ebgp2, X("\xc0\x12\x07\x00\x01\x00\x00\x0a\x00\x00"), WIRE_ACTION_DISCARD, 5 },
		{ &ebgp4, X("\xc0\x20\x0d\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
			WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\xc0\x23\x04\x00\x00\xfd\xe9"), 0, 0 },
		{ &ebgp4, X("\xc0\x23\x03\x00\x00\xfd"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\xc0\x23\x04\x00\x00\x00\x00"), WIRE_ACTION_WITHDRAW, 9 },
		{ &ebgp4, X("\xc0\x63\x01\x07"), 0, 0 },
		{ &ebgp4, X("\x80\x63\x01\x07"), 0, 0 },
		{ &ebgp4, X("\x40\x63\x01\x07"), WIRE_ACTION_RESET, 2 },
		{ &ebgp4, X("\x40"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x50\x01\x00"), WIRE_ACTION_WITHDRAW, 5 },
		{ &ebgp4, X("\x40\x01\x01\x00\x40\x01\x01\x01"), WIRE_ACTION_DISCARD, 1 },
		{ &ebgp4, X("\x80\x0f\x03\x00\x02\x01\x80\x0f\x03\x00\x02\x01"), WIRE_ACTION_RESET,
			1 },
	};
	struct arena *a = arena_new(1024);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *exact = malloc(rows[i].len);
		struct decoded d;

		memcpy(exact, rows[i].tlv, rows[i].len);
		d = decode(a, rows[i].s, exact, rows[i].len);
		CU_ASSERT(d.err.action == rows[i].action);
		if (rows[i].action && rows[i].subcode) {
			CU_ASSERT(d.err.code == BGP_ERR_UPDATE);
			CU_ASSERT(d.err.subcode == rows[i].subcode);
			CU_ASSERT(d.err.why != NULL && d.err.data_len > 0);
		}
		free(exact);
		arena_reset(a);
	}
	arena_free(a);
}

/* RFC 7606 3(g). */
static void the_first_of_two_attributes_counts(void)
{
	struct arena *a = arena_new(1024);
	struct decoded d = decode(a, &ebgp4,
		X("\x80\x04\x04\x00\x00\x00\x05\x80\x04\x04\x00\x00\x00\x06"));

	CU_ASSERT(d.at.has & WIRE_HAS_MED && d.at.med == 5);
	CU_ASSERT(d.err.action == WIRE_ACTION_DISCARD && d.err.attr == BGP_ATTR_MED);
	arena_free(a);
}

/* RFC 7606 3(h). */
static void mp_attributes_are_found_behind_a_fault(void)
{
	struct arena *a = arena_new(1024);
	struct decoded d = decode(a, &ebgp4,
		X("\x40\x01\x01\x09\xc0\x0f\x04\x00\x02\x01\x00\x40\x02\x01\x01"));

	CU_ASSERT(d.err.action == WIRE_ACTION_WITHDRAW && d.err.attr == BGP_ATTR_ORIGIN);
	CU_ASSERT(d.mp.unreach.p != NULL && d.mp.unreach.len == 4 && d.mp.others);
	arena_free(a);
}

/* RFC 4271 5. */
static void unknown_transitive_attributes_are_carried_with_partial_set(void)
{
	static const char want[] = "\xe0\x63\x01\x07\xf0\x64\x00\x01\x08";
	struct arena *a = arena_new(64);
	struct decoded d = decode(a, &ebgp4,
		X("\xc0\x63\x01\x07\x80\x65\x01\x01\xd0\x64\x00\x01\x08\xc0\x63\x01\x09"));

	CU_ASSERT(d.at.unknown.len == sizeof(want) - 1);
	CU_ASSERT(memcmp(d.at.unknown.p, want, sizeof(want) - 1) == 0);
	arena_free(a);
}

/* RFC 4271 5: also what we know and write anew. */
static void a_partial_attribute_stays_partial(void)
{
	static const struct {
		uint32_t bit;
		uint8_t len;
		const char *section;
	} rows[] = {
		{ WIRE_PARTIAL_AGGREGATOR, 11, "\xe0\x07\x08\0\0\xfd\xe9\x0a\0\0\1" },
		{ WIRE_PARTIAL_COMMUNITIES, 7, "\xe0\x08\x04\0\1\0\2" },
		{ WIRE_PARTIAL_EXT_COMMUNITIES, 11, "\xe0\x10\x08\0\2\0\1\0\0\0\1" },
		{ WIRE_PARTIAL_OTC, 7, "\xe0\x23\x04\0\0\xfd\xe9" },
		{ WIRE_PARTIAL_LARGE_COMMUNITIES, 15, "\xe0\x20\x0c\0\0\0\1\0\0\0\2\0\0\0\3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		struct arena *a = arena_new(64);
		uint8_t in[16];
		uint8_t out[64];
		struct cursor_w w = cursor_w_make(out, sizeof(out));
		struct decoded d;

		memcpy(in, rows[i / 2].section, rows[i / 2].len);
		if (i % 2)
			in[0] &= (uint8_t)~BGP_ATTR_FLAG_PARTIAL;
		d = decode(a, &ebgp4, (const char *)in, rows[i / 2].len);
		CU_ASSERT_EQUAL(d.err.action, WIRE_ACTION_NONE);
		CU_ASSERT_EQUAL(d.at.has & WIRE_PARTIAL, i % 2 ? 0 : rows[i / 2].bit);
		wire_attrs_encode(&w, &ebgp4, &d.at, false);
		CU_ASSERT_EQUAL_FATAL(cursor_w_len(&w), rows[i / 2].len);
		CU_ASSERT_EQUAL(memcmp(out, in, rows[i / 2].len), 0);
		arena_free(a);
	}
}

static void no_attribute_is_left_out_when_they_are_written(void)
{
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		const bool is_written = type < 64 && ATTR_WRITTEN >> type & 1;

		CU_ASSERT_EQUAL(attr_row((uint8_t)type)->encode != NULL, is_written);
	}
}

/* RFC 8092 5. */
static void equal_large_communities_become_one(void)
{
	static const char list[] = "\xc0\x20\x30"
				   "\0\0\0\2\0\0\0\1\0\0\0\1"
				   "\0\0\0\1\0\0\0\1\0\0\0\1"
				   "\0\0\0\2\0\0\0\1\0\0\0\1"
				   "\0\0\0\1\0\0\0\1\0\0\0\1";
	struct arena *a = arena_new(64);
	struct decoded d = decode(a, &ebgp4, list, sizeof(list) - 1);

	CU_ASSERT(d.err.action == WIRE_ACTION_NONE && d.at.large_communities.len == 24);
	CU_ASSERT(memcmp(d.at.large_communities.p, list + 15, 12) == 0);
	CU_ASSERT(memcmp(d.at.large_communities.p + 12, list + 3, 12) == 0);
	arena_free(a);
}

/* RFC 6793 3, 6793 4.2.2. */
static void as4_path_takes_the_place_of_the_tail(void)
{
	static const struct {
		const char *section;
		size_t len;
		const char *want;
	} rows[] = {
		/* AS_PATH 64500 23456 23456 64501, AS4_PATH 70000 64501 */
		{ X("\x40\x02\x0a\x02\x04\xfb\xf4\x5b\xa0\x5b\xa0\xfb\xf5"
		    "\xc0\x11\x0a\x02\x02\x00\x01\x11\x70\x00\x00\xfb\xf5"),
			"64500 23456 70000 64501" },
		/* AS4_PATH longer than AS_PATH: ignored */
		{ X("\x40\x02\x04\x02\x01\xfb\xf4"
		    "\xc0\x11\x0a\x02\x02\x00\x01\x11\x70\x00\x00\xfb\xf5"),
			"64500" },
		/* a set counts one step and is taken whole */
		{ X("\x40\x02\x0c\x01\x02\x00\x01\x00\x02\x02\x02\x5b\xa0\xfb\xf5"
		    "\xc0\x11\x06\x02\x01\x00\x01\x11\x70"),
			"{1,2} 23456 70000" },
		/* a confederation segment inside AS4_PATH is dropped */
		{ X("\x40\x02\x06\x02\x02\xfb\xf4\x5b\xa0"
		    "\xc0\x11\x0c\x03\x01\x00\x00\x00\x09\x02\x01\x00\x01\x11\x70"),
			"64500 70000" },
		/* aggregated by an old speaker since: AS4_PATH is out of date */
		{ X("\x40\x02\x06\x02\x02\xfb\xf4\x5b\xa0\xc0\x07\x06\x00\x07\x0a\x00\x00\x01"
		    "\xc0\x11\x06\x02\x01\x00\x01\x11\x70"
		    "\xc0\x12\x08\x00\x01\x11\x70\x0a\x00\x00\x02"),
			"64500 23456" },
		/* AS4_PATH stands before AS_PATH */
		{ X("\xc0\x11\x06\x02\x01\x00\x01\x11\x70\x40\x02\x06\x02\x02\xfb\xf4\x5b\xa0"),
			"64500 70000" },
	};
	struct arena *a = arena_new(1024);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct decoded d = decode(a, &ebgp2, rows[i].section, rows[i].len);
		char text[128];

		CU_ASSERT(d.err.action == WIRE_ACTION_NONE);
		CU_ASSERT_STRING_EQUAL(aspath_format(d.at.as_path, text, sizeof(text)),
			rows[i].want);
	}
	arena_free(a);
}

/* RFC 6793 4.2.3: AS4_PATH has none of it, so what leads in AS_PATH stays. RFC 6793 3. */
static void the_confederation_survives_two_octet_members(void)
{
	static const struct wire_session member2 = { .confed = true, .families = 3 };
	static const struct {
		const char *section;
		size_t len;
		const char *want;
	} rows[] = {
		{ X("\x40\x02\x08\x03\x01\x00\x64\x02\x01\x5b\xa0"
		    "\xc0\x11\x06\x02\x01\x00\x01\x11\x70"),
			"(100) 70000" },
		{ X("\x40\x02\x0e\x03\x01\x00\x64\x04\x01\x00\x65\x02\x02\xfb\xf4\x5b\xa0"
		    "\xc0\x11\x06\x02\x01\x00\x01\x11\x70"),
			"(100) [101] 64500 70000" },
		/* behind what the tail replaces there is nothing to keep */
		{ X("\x40\x02\x0c\x03\x01\x00\x64\x02\x01\x5b\xa0\x03\x01\x00\x66"
		    "\xc0\x11\x06\x02\x01\x00\x01\x11\x70"),
			"(100) 70000" },
	};
	struct arena *a = arena_new(1024);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct decoded d = decode(a, &member2, rows[i].section, rows[i].len);
		char text[128];

		CU_ASSERT(d.err.action == WIRE_ACTION_NONE);
		CU_ASSERT_STRING_EQUAL(aspath_format(d.at.as_path, text, sizeof(text)),
			rows[i].want);
	}
	arena_free(a);
}

/* RFC 6793 4.2.3, 6793 6. */
static void as4_aggregator_replaces_as_trans_only(void)
{
	struct arena *a = arena_new(1024);
	struct decoded d = decode(a, &ebgp2,
		X("\xc0\x07\x06\x5b\xa0\x0a\x00\x00\x01"
		  "\xc0\x12\x08\x00\x01\x11\x70\x0a\x00\x00\x02"));

	CU_ASSERT(d.at.aggregator_as == 70000 && d.at.aggregator_id == 0x0a000002);
	d = decode(a, &ebgp2,
		X("\xc0\x07\x06\x00\x07\x0a\x00\x00\x01"
		  "\xc0\x12\x08\x00\x01\x11\x70\x0a\x00\x00\x02"));
	CU_ASSERT(d.at.aggregator_as == 7 && d.at.aggregator_id == 0x0a000001);
	d = decode(a, &ebgp2, X("\xc0\x12\x08\x00\x01\x11\x70\x0a\x00\x00\x02"));
	CU_ASSERT(!(d.at.has & WIRE_HAS_AGGREGATOR));
	arena_free(a);
}

static void a_path_too_long_to_be_widened_is_withdrawn(void)
{
	size_t len = 4 + 80 * (2 + 2 * 255);
	uint8_t *p = malloc(len);
	struct arena *a = arena_new(1024);
	struct decoded d;

	p[0] = 0x50;
	p[1] = 2;
	p[2] = (uint8_t)((len - 4) >> 8);
	p[3] = (uint8_t)(len - 4);
	for (size_t off = 4; off < len; off += 2 + 2 * 255) {
		p[off] = BGP_AS_SEQUENCE;
		p[off + 1] = 255;
		memset(p + off + 2, 1, 2 * 255);
	}
	d = decode(a, &ebgp2, p, len);
	CU_ASSERT(d.err.action == WIRE_ACTION_WITHDRAW && d.err.attr == BGP_ATTR_AS_PATH);
	arena_free(a);
	free(p);
}

/* Random octets of n items of the given size. */
static struct octets random_list(struct arena *a, unsigned int most, unsigned int size)
{
	unsigned int n = cu_random_below(most + 1);
	uint8_t *p = arena_alloc(a, (size_t)n * size + 1);

	for (unsigned int i = 0; i < n * size; i++)
		p[i] = (uint8_t)cu_random();
	return (struct octets){ n ? p : NULL, (uint16_t)(n * size) };
}

static struct octets random_path(struct arena *a)
{
	unsigned int segments = cu_random_below(4);
	uint8_t *p = arena_alloc(a, 4 * (2 + 300 * 4));
	struct cursor_w w = cursor_w_make(p, 4 * (2 + 300 * 4));

	while (segments--) {
		unsigned int count = 1 + cu_random_below(cu_random_below(8) ? 5 : 255);

		cursor_w_u8(&w, cu_random_below(4) ? BGP_AS_SEQUENCE : BGP_AS_SET);
		cursor_w_u8(&w, (uint8_t)count);
		while (count--)
			cursor_w_u32(&w,
				1 + cu_random_below(cu_random_below(2) ? 65535 : 1u << 31));
	}
	return (struct octets){ p, (uint16_t)cursor_w_len(&w) };
}

static void random_attrs(struct arena *a, const struct wire_session *s, struct wire_attrs *at)
{
	*at = (struct wire_attrs){
		.has = cu_random_below(512) & ~(uint32_t)WIRE_HAS_NEXT_HOP,
		.as_path = random_path(a),
		.communities = random_list(a, 80, 4),
		.ext_communities = random_list(a, 5, 8),
		.large_communities = random_list(a, 1, 12),
	};
	at->has |= WIRE_HAS_AS_PATH;
	if (!wire_is_inside(s))
		at->has &= ~(uint32_t)WIRE_HAS_LOCAL_PREF;
	if (!s->ibgp)
		at->has &= ~(uint32_t)WIRE_HAS_ORIGINATOR_ID;
	else
		at->cluster_list = random_list(a, 3, 4);
	if (s->confed && !s->ibgp)
		at->as_path = aspath_prepend_member(a, at->as_path, 1 + cu_random_below(65535));
	at->origin = at->has & WIRE_HAS_ORIGIN ? (uint8_t)cu_random_below(3) : 0;
	at->med = at->has & WIRE_HAS_MED ? cu_random() : 0;
	at->local_pref = at->has & WIRE_HAS_LOCAL_PREF ? cu_random() : 0;
	at->originator_id = at->has & WIRE_HAS_ORIGINATOR_ID ? cu_random() : 0;
	at->otc = at->has & WIRE_HAS_OTC ? 1 + cu_random_below(1u << 31) : 0;
	if (at->has & WIRE_HAS_AGGREGATOR) {
		at->aggregator_as = 1 + cu_random_below(cu_random_below(2) ? 65535 : 1u << 31);
		at->aggregator_id = cu_random();
	}
	if (cu_random_below(2)) {
		at->next_hop = ip_from_v4(0x0a000000 + cu_random_below(1u << 24));
		at->has |= WIRE_HAS_NEXT_HOP;
	}
}

static bool same(struct octets a, struct octets b)
{
	return a.len == b.len && (!a.len || memcmp(a.p, b.p, a.len) == 0);
}

static bool is_equal(const struct wire_attrs *a, const struct wire_attrs *b)
{
	return a->has == b->has && a->origin == b->origin && a->med == b->med &&
		a->local_pref == b->local_pref && a->aggregator_as == b->aggregator_as &&
		a->aggregator_id == b->aggregator_id && a->originator_id == b->originator_id &&
		a->otc == b->otc && ip_is_equal(&a->next_hop, &b->next_hop) &&
		same(a->as_path, b->as_path) && same(a->communities, b->communities) &&
		same(a->ext_communities, b->ext_communities) &&
		same(a->large_communities, b->large_communities) &&
		same(a->cluster_list, b->cluster_list) && same(a->unknown, b->unknown);
}

static void any_set_survives_the_round_trip(void)
{
	struct arena *a = arena_new(65536);
	uint8_t *buf = malloc(BGP_MAX_LEN_EXT);

	for (int round = 0; round < 4000; round++) {
		const struct wire_session s = { .as4 = round & 1,
			.ibgp = round & 2,
			.confed = round & 4,
			.families = 3 };
		struct cursor_w w = cursor_w_make(buf, BGP_MAX_LEN_EXT);
		struct wire_attrs at;
		struct decoded d;

		random_attrs(a, &s, &at);
		wire_attrs_encode(&w, &s, &at, true);
		CU_ASSERT_FATAL(!w.fault);
		d = decode(a, &s, buf, cursor_w_len(&w));
		CU_ASSERT(d.err.action == WIRE_ACTION_NONE);
		CU_ASSERT(is_equal(&at, &d.at));
		arena_reset(a);
	}
	free(buf);
	arena_free(a);
}

static void every_cut_and_bit_error_is_survived(void)
{
	struct arena *a = arena_new(65536);

	for (int round = 0; round < 8; round++) {
		const struct wire_session s = { .as4 = round & 1,
			.ibgp = round & 2,
			.families = 3 };
		uint8_t *buf = malloc(BGP_MAX_LEN_EXT);
		struct cursor_w w;
		struct wire_attrs at;
		size_t len;

		do {
			w = cursor_w_make(buf, BGP_MAX_LEN_EXT);
			random_attrs(a, &s, &at);
			wire_attrs_encode(&w, &s, &at, true);
			len = cursor_w_len(&w);
		} while (len < 80 || len > 1000);
		buf = realloc(buf, len);
		for (size_t n = 0; n < len; n++) {
			struct decoded d = decode(a, &s, buf + n, len - n);

			(void)d;
			/* The encoder respects the end of its buffer too. */
			w = cursor_w_make(arena_alloc(a, n + 1), n);
			wire_attrs_encode(&w, &s, &at, true);
			CU_ASSERT(w.fault);
		}
		for (size_t bit = 0; bit < len * 8; bit++) {
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			(void)decode(a, &s, buf, len);
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			arena_reset(a);
		}
		free(buf);
		arena_reset(a);
	}
	arena_free(a);
}

static void attributes_have_names(void)
{
	char buf[16];

	CU_ASSERT_STRING_EQUAL(wire_attr_name(BGP_ATTR_AS_PATH, buf), "AS_PATH");
	CU_ASSERT_STRING_EQUAL(wire_attr_name(255, buf), "attribute 255");
}

static const struct cu_case cases[] = {
	CU_CASE(each_attribute_costs_what_rfc_7606_says),
	CU_CASE(the_first_of_two_attributes_counts),
	CU_CASE(mp_attributes_are_found_behind_a_fault),
	CU_CASE(unknown_transitive_attributes_are_carried_with_partial_set),
	CU_CASE(a_partial_attribute_stays_partial),
	CU_CASE(no_attribute_is_left_out_when_they_are_written),
	CU_CASE(equal_large_communities_become_one),
	CU_CASE(as4_path_takes_the_place_of_the_tail),
	CU_CASE(the_confederation_survives_two_octet_members),
	CU_CASE(as4_aggregator_replaces_as_trans_only),
	CU_CASE(a_path_too_long_to_be_widened_is_withdrawn),
	CU_CASE(any_set_survives_the_round_trip),
	CU_CASE(every_cut_and_bit_error_is_survived),
	CU_CASE(attributes_have_names),
};

CU_SUITE(attr, cases);
