/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XXH3 with the digest so far as its seed: no state beside the number, so a digest can be taken
 * across functions that know nothing of each other.
 */
#include "lib/base/digest.h"

#include <string.h>
#include <xxhash.h>

uint64_t digest_add(uint64_t d, const void *p, size_t len)
{
	return XXH3_64bits_withSeed(p, len, d);
}

uint64_t digest_add_u64(uint64_t d, uint64_t v)
{
	return digest_add(d, &v, sizeof(v));
}

uint64_t digest_add_str(uint64_t d, const char *s)
{
	if (!s)
		return digest_add_u64(d, UINT64_MAX);
	d = digest_add_u64(d, strlen(s));
	return digest_add(d, s, strlen(s));
}
