/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See kit.h.
 */
#include "tests/bgpd/rib/kit.h"

#include "lib/net/cursor.h"

static struct octets path_octets(uint8_t *buf, size_t size, const struct kit_attrs *k)
{
	struct cursor_w w = cursor_w_make(buf, size);

	if (k->path_len == 0)
		return (struct octets){ NULL, 0 };
	cursor_w_u8(&w, BGP_AS_SEQUENCE);
	cursor_w_u8(&w, k->path_len);
	for (uint8_t i = 0; i < k->path_len; i++)
		cursor_w_u32(&w, i ? 64512 : k->first_as ? k->first_as : 65001);
	return (struct octets){ buf, (uint16_t)cursor_w_len(&w) };
}

struct attrs *kit_attrs(struct attrs_table *t, const struct kit_attrs *k)
{
	static const uint8_t clusters[64];
	static const uint8_t stale[] = { 0xff, 0xff, 0, 6 };
	uint8_t path[2 + 255 * 4];
	struct wire_attrs w = {
		.has = WIRE_HAS_ORIGIN | WIRE_HAS_AS_PATH | WIRE_HAS_NEXT_HOP,
		.origin = k->origin,
		.next_hop = ip_from_v4(0x0a000001),
		.as_path = path_octets(path, sizeof(path), k),
		.cluster_list = { clusters, (uint16_t)(4 * k->clusters) },
		.local_pref = k->local_pref,
		.med = k->med,
		.originator_id = k->originator_id,
	};

	if (k->llgr_stale)
		w.communities = (struct octets){ stale, sizeof(stale) };
	w.has |= k->local_pref || k->leaves ? WIRE_HAS_LOCAL_PREF : 0;
	w.has |= k->med ? WIRE_HAS_MED : 0;
	w.has |= k->originator_id ? WIRE_HAS_ORIGINATOR_ID : 0;
	return attrs_get(t, &w);
}

struct prefix kit_prefix(uint32_t n)
{
	const struct ip_addr a = ip_from_v4(0x0a000000 + (n / 2 << 8));

	return prefix_make(&a, n % 2 ? 25 : 24);
}
