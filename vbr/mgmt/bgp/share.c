/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory of what was seen last, one place a key: no chains and nothing to clean up. What is
 * forgotten is only sent again.
 */
#include "vbr/mgmt/bgp/share.h"

#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof(struct share_key) == 16, "no padding: it is compared as octets");

static size_t place(const struct share_key *k)
{
	return XXH3_64bits(k, sizeof(*k)) % SHARE_SLOTS;
}

uint32_t share_find(const struct share *s, const struct share_key *k)
{
	const size_t at = place(k);
	const uint32_t number = s->slots[at].number;

	if (number == 0 || s->n - number >= s->memory ||
		memcmp(&s->slots[at].key, k, sizeof(*k)) != 0)
		return SHARED_LIKE_NONE;
	return SHARED_LIKE_FIRST + (s->n - number);
}

void share_add(struct share *s, const struct share_key *k)
{
	const size_t at = place(k);

	s->slots[at].key = *k;
	s->slots[at].number = ++s->n;
}

void share_forget(struct share *s)
{
	memset(s->slots, 0, sizeof(s->slots));
}
