/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list has a few entries, so looking is a walk. What is added goes to the end: the order of what
 * a neighbour said is kept, so that sets that were equal before are equal after.
 */
#include "bgpd/wire/community.h"

#include <math.h>
#include <string.h>

#include "lib/net/cursor.h"

#define COMMUNITY_SIZE       4
#define EXT_COMMUNITY_SIZE   8
#define EXT_TYPE_AS2         0x00 /* RFC 4360 3.1 */
#define EXT_TYPE_MASK        0xbf /* without the bit for non-transitive */
#define EXT_SUBTYPE_LINK_BW  0x04
#define EXT_LINK_BW_VALUE_AT 4 /* after type, subtype and AS */

bool community_has(struct octets list, uint32_t c)
{
	struct cursor cur = cursor_make(list.p, list.len);

	while (cursor_left(&cur) >= COMMUNITY_SIZE) {
		if (cursor_u32(&cur) == c)
			return true;
	}
	return false;
}

struct octets community_add(struct arena *a, struct octets list, uint32_t c)
{
	uint8_t *p;

	if (community_has(list, c) || list.len > UINT16_MAX - COMMUNITY_SIZE)
		return list;
	p = arena_alloc(a, list.len + (size_t)COMMUNITY_SIZE);
	if (list.len)
		memcpy(p, list.p, list.len);
	for (unsigned i = 0; i < COMMUNITY_SIZE; i++)
		p[list.len + i] = (uint8_t)(c >> (24 - 8 * i));
	return (struct octets){ p, (uint16_t)(list.len + COMMUNITY_SIZE) };
}

float community_link_bandwidth(struct octets list)
{
	float lowest = -1;

	for (uint16_t off = 0; off + EXT_COMMUNITY_SIZE <= list.len; off += EXT_COMMUNITY_SIZE) {
		const uint8_t *p = list.p + off;
		uint32_t bits;
		float bw;

		if ((p[0] & EXT_TYPE_MASK) != EXT_TYPE_AS2 || p[1] != EXT_SUBTYPE_LINK_BW)
			continue;
		bits = be32_get(p + EXT_LINK_BW_VALUE_AT);
		memcpy(&bw, &bits, sizeof(bw)); /* IEEE 754 single precision, as ours */
		if (isfinite(bw) && bw >= 0 && (lowest < 0 || bw < lowest))
			lowest = bw;
	}
	return lowest > 0 ? lowest : 0;
}
