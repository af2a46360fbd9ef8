/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A linear table: it is looked at once a connection, and those are bounded by the rate. An address
 * without an entry is a good one; entries are made by guard_left alone, so that strangers who are
 * turned away cannot push out the memory of those who flap.
 */
#include "bgpd/session/guard.h"

#include <stdlib.h>

#include "bgpd/session/retry.h"
#include "lib/base/xalloc.h"

#define S_US INT64_C(1000000)

struct entry {
	struct ip_addr addr; /* family 0 = free */
	struct retry retry;
	struct mono last;
	struct mono not_before; /* while it has to wait */
};

struct guard {
	struct entry slot[GUARD_SLOTS];
	int64_t credit_us; /* time that has been saved up: one admission costs S_US / GUARD_RATE */
	struct mono since;
};

struct guard *guard_new(void)
{
	struct guard *g = xcalloc(1, sizeof(*g));

	g->credit_us = GUARD_BURST * S_US / GUARD_RATE;
	g->since = mono_now();
	return g;
}

void guard_free(struct guard *g)
{
	free(g);
}

static struct entry *find(struct guard *g, const struct ip_addr *a)
{
	for (unsigned i = 0; i < GUARD_SLOTS; i++) {
		if (ip_is_equal(&g->slot[i].addr, a))
			return &g->slot[i];
	}
	return NULL;
}

/* A free slot, else the one that was heard of longest ago. */
static struct entry *take(struct guard *g, const struct ip_addr *a)
{
	struct entry *old = &g->slot[0];

	for (unsigned i = 0; i < GUARD_SLOTS && ip_is_set(&old->addr); i++) {
		struct entry *e = &g->slot[i];

		if (!ip_is_set(&e->addr) || mono_is_before(e->last, old->last))
			old = e;
	}
	*old = (struct entry){ .addr = *a };
	return old;
}

bool guard_admit(struct guard *g, const struct ip_addr *a, struct mono now)
{
	const int64_t max = GUARD_BURST * S_US / GUARD_RATE;
	const struct entry *e = find(g, a);

	if (e && retry_is_damped(&e->retry) && mono_is_before(now, e->not_before))
		return false;
	g->credit_us += mono_sub_us(now, g->since);
	g->since = now;
	if (g->credit_us > max)
		g->credit_us = max;
	if (g->credit_us < S_US / GUARD_RATE)
		return false;
	g->credit_us -= S_US / GUARD_RATE;
	return true;
}

void guard_left(struct guard *g, const struct ip_addr *a, uint32_t up_s, uint16_t hold_s)
{
	struct entry *e = find(g, a);

	if (!e)
		e = take(g, a);
	/* one that never got as far as Established costs as much as one that flaps */
	retry_went_down(&e->retry, up_s, hold_s);
	e->last = mono_now();
	e->not_before = mono_add_us(e->last, retry_delay_us(&e->retry, 0));
	if (e->retry.flaps == 0)
		*e = (struct entry){ 0 };
}

void guard_forgive(struct guard *g, const struct ip_addr *a)
{
	struct entry *e = find(g, a);

	if (e)
		*e = (struct entry){ 0 };
}
