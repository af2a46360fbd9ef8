/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory of what was seen last, one place a key: no chains and nothing to clean up. With half as
 * many paths as places few are forgotten, and what is forgotten is only sent again.
 */
#include "vbr/mgmt/bgp/share.h"

#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof(struct share_key) == 24, "no padding: it is compared as octets");

void share_begin(struct share *s)
{
	memset(s, 0, sizeof(*s));
}

uint32_t share_find(struct share *s, const struct share_key *k)
{
	const size_t at = XXH3_64bits(k, sizeof(*k)) % SHARE_SLOTS;

	if (s->slots[at].number != 0 && memcmp(&s->slots[at].key, k, sizeof(*k)) == 0)
		return s->slots[at].number;
	s->slots[at].key = *k;
	s->slots[at].number = ++s->n;
	return 0;
}
