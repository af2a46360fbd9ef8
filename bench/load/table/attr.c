/* SPDX-License-Identifier: Apache-2.0 */
/* Path attributes as octets and as hashes. A receiver has to check every route it gets, at the
 * speed of the router: it compares 24 bits of the AS path and 24 bits of the rest, which fit beside
 * the sender's number into the one word that it keeps per prefix. */
#include "bench/load/table/table.h"

int attr_put(uint8_t *out, uint8_t flags, uint8_t type, const uint8_t *value, int n)
{
	int h = 3;

	out[0] = n > 255 ? flags | ATTR_EXTENDED : flags;
	out[1] = type;
	if (n > 255) {
		put16(out + 2, n);
		h = 4;
	} else {
		out[2] = n;
	}
	memcpy(out + h, value, n);
	return h + n;
}

int attr_prepend(const struct table *t, const struct attrs *a, uint32_t asn, int copies,
	uint8_t *out)
{
	const uint8_t *path = t->arena + a->off;
	int n = 2, skip = 0;

	out[0] = AS_SEQUENCE;
	out[1] = copies;
	for (int i = 0; i < copies; i++, n += 4)
		put32(out + n, asn);
	if (a->path_len && path[0] == AS_SEQUENCE) {
		out[1] += path[1];
		skip = 2;
	}
	memcpy(out + n, path + skip, a->path_len - skip);
	return n + a->path_len - skip;
}

uint32_t attr_path_hash(const uint8_t *path, int n, int skip)
{
	uint64_t h = 77;

	if (n >= 2 && path[0] == AS_SEQUENCE) {
		int count = path[1];

		if (2 + 4 * count > n)
			return 0;
		if (skip < count)
			h = hash_bytes(h, path + 2 + 4 * skip, 4 * (count - skip));
		path += 2 + 4 * count;
		n -= 2 + 4 * count;
	}
	if (n)
		h = hash_bytes(h, path, n);
	return (uint32_t)(h & 0xffffff);
}

bool attr_is_checked(int type)
{
	return type == ATTR_ATOMIC_AGGREGATE || type == ATTR_AGGREGATOR ||
		type == ATTR_COMMUNITIES || type == ATTR_LARGE_COMMUNITIES;
}

uint64_t attr_hash(int type, const uint8_t *value, int n)
{
	return hash_bytes(1000 + type, value, n) * 0x9e3779b97f4a7c15ull;
}

uint32_t attr_hash_fold(uint64_t sum)
{
	return (uint32_t)((sum ^ (sum >> 29)) & 0xffffff);
}
