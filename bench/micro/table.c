/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See micro.h.
 */
#include <stdlib.h>

#include "bench/micro/micro.h"
#include "bgpd/wire/attr.h"
#include "lib/base/xalloc.h"

#define LOCAL_AS 65000
#define FIRST_24 0x010000u /* 1.0.0.0/24, counted in /24s */
#define SPAN     (1u << 23)
#define STEP     5167u /* odd: goes through all of SPAN */

struct prefix table_prefix(uint32_t i)
{
	const struct ip_addr a = ip_from_v4((FIRST_24 + (i * STEP) % SPAN) << 8);

	return prefix_make(&a, 24);
}

struct wire_attrs table_attrs(struct table_lists *room, uint32_t i)
{
	struct cursor_w path = cursor_w_make(room->path, sizeof(room->path));
	struct cursor_w communities = cursor_w_make(room->communities, sizeof(room->communities));
	const uint32_t n_as = 3 + i % 4;
	struct wire_attrs a = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP,
		.origin = i % 7 ? BGP_ORIGIN_IGP : BGP_ORIGIN_INCOMPLETE,
		.next_hop = ip_from_v4(0x0a000002),
	};

	cursor_w_u8(&path, BGP_AS_SEQUENCE);
	cursor_w_u8(&path, (uint8_t)n_as);
	for (uint32_t k = 0; k < n_as; k++)
		cursor_w_u32(&path, k ? 100000 + i + k : 65001);
	for (uint32_t k = 0; k < i % 4; k++)
		cursor_w_u32(&communities, (65001u << 16) + i % 1000 + k);
	a.as_path = (struct octets){ room->path, (uint16_t)cursor_w_len(&path) };
	a.communities = (struct octets){ room->communities, (uint16_t)cursor_w_len(&communities) };
	return a;
}

struct wire_session table_session(uint32_t peer_as)
{
	return (struct wire_session){ .as4 = true,
		.refresh = true,
		.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4),
		.local_as = LOCAL_AS,
		.peer_as = peer_as };
}

void table_rib_init(struct table_rib *t, uint32_t n)
{
	const struct rib_conf conf = { .af = AF_INET, .max_paths = 1 };
	const struct rib_source source = { .kind = RIB_SOURCE_BGP,
		.router_id = 1,
		.addr = ip_from_v4(0x0a000002) };
	struct table_lists room;

	t->at = attrs_table_new();
	t->rib = rib_new(&conf, t->at);
	t->source = rib_source_new(t->rib, &source);
	t->n_sets = n / TABLE_EACH + 1;
	t->sets = xcalloc(t->n_sets, sizeof(struct attrs *));
	for (uint32_t i = 0; i < t->n_sets; i++) {
		const struct wire_attrs a = table_attrs(&room, i);

		t->sets[i] = attrs_get(t->at, &a);
	}
}

void table_rib_fini(struct table_rib *t)
{
	rib_free(t->rib);
	for (uint32_t i = 0; i < t->n_sets; i++)
		attrs_unref(t->at, t->sets[i]);
	free(t->sets);
	attrs_table_free(t->at);
}

void table_rib_offer(struct table_rib *t, struct rib_source *s, uint32_t n, uint32_t shift)
{
	struct ptable_spot spots[TABLE_EACH];
	struct prefix pfx[TABLE_EACH];

	for (uint32_t i = 0; i < n; i += TABLE_EACH) {
		const uint32_t m = n - i < TABLE_EACH ? n - i : TABLE_EACH;
		struct attrs *a = t->sets[(i / TABLE_EACH + shift) % t->n_sets];

		for (uint32_t k = 0; k < m; k++)
			pfx[k] = table_prefix(i + k);
		rib_expect(t->rib, s, pfx, m, spots);
		for (uint32_t k = 0; k < m; k++) {
			const struct rib_offer o = { .pfx = pfx[k],
				.in = a,
				.attrs = a,
				.now_s = 1,
				.spot = &spots[k] };

			if (rib_update(t->rib, s, &o) < 0)
				abort(); /* there is no quota */
		}
	}
}
