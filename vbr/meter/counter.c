/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel promises 64 bit counters, and drivers of ports break the promise: some give 32 bits.
 * A value that went back is then ambiguous, and money depends on it. Half the range decides: a
 * step that would be longer than 2^31 octets is taken for a reset, which counts less. In doubt it
 * is the customer who gains, and the record says so.
 */
#include "vbr/meter/counter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"

char *meter_flags_text(uint32_t flags, char *dst)
{
	static const char *const words[] = { "begin", "end", "recreated", "wrapped", "reset",
		"late", "clock", "cut" };
	size_t used = 0;

	static_assert(ARRAY_SIZE(words) == METER_FLAG_COUNT, "one word a flag");
	dst[0] = '\0';
	for (uint32_t i = 0; i < METER_FLAG_COUNT; i++) {
		if ((flags & (1u << i)) == 0)
			continue;
		used += (size_t)snprintf(dst + used, METER_FLAGS_SIZE - used, "%s%s",
			used > 0 ? "+" : "", words[i]);
	}
	return dst;
}

void meter_counts_add(struct meter_counts *sum, const struct meter_counts *c)
{
	for (int i = 0; i < METER_VALUES; i++) {
		const uint64_t room = INT64_MAX - sum->v[i];

		sum->v[i] += c->v[i] < room ? c->v[i] : room;
	}
}

void meter_counts_take(struct meter_counts *sum, struct meter_counts *others)
{
	for (int i = 0; i < METER_VALUES; i++) {
		const uint64_t n = others->v[i] < sum->v[i] ? others->v[i] : sum->v[i];

		sum->v[i] -= n;
		others->v[i] -= n;
	}
}

/* From last to now by way of the end; false if that is farther than half the range. */
static bool wrapped(uint64_t last, uint64_t now, uint64_t *step)
{
	if (last <= UINT32_MAX) {
		*step = (uint32_t)(now - last);
		return *step < UINT64_C(1) << 31;
	}
	*step = now - last;
	return *step < UINT64_C(1) << 63;
}

static uint32_t difference(const struct meter_counts *last, const struct meter_counts *now,
	struct meter_counts *d)
{
	uint32_t flags = 0;

	for (int i = 0; i < METER_VALUES; i++) {
		d->v[i] = now->v[i] - last->v[i];
		if (now->v[i] >= last->v[i])
			continue;
		if (!wrapped(last->v[i], now->v[i], &d->v[i])) {
			/* All values of a device are reset together. */
			*d = *now;
			return METER_FLAG_RESET;
		}
		flags = METER_FLAG_WRAPPED;
	}
	return flags;
}

uint32_t meter_count(const struct meter_reading *last, const struct meter_reading *now,
	struct meter_counts *sum)
{
	struct meter_counts d;
	uint32_t flags = METER_FLAG_RECREATED;

	if (last->epoch == 0)
		return METER_FLAG_BEGIN;
	if (last->epoch == now->epoch && last->ifindex == now->ifindex)
		flags = difference(&last->c, &now->c, &d);
	else
		d = now->c;
	meter_counts_add(sum, &d);
	return flags;
}
