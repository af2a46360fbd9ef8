/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of our own: static, connected, CIDRs, network statements. The owner hands over the
 * whole set; what stands in both the old and the new one is not touched. Each entry has a slot
 * for life, and its number is the path id in the RIB: this is how the FIB feed finds the next
 * hop of a path.
 *
 * What the tenant's quota keeps out is offered again when there is room; so are aggregates and
 * default routes, which are made elsewhere (origin/) and pass here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/gateway.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"

static int cmp_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_local(const struct bgp_local *a, const struct bgp_local *b)
{
	int d = prefix_cmp(&a->pfx, &b->pfx);

	if (!d)
		d = cmp_int(a->kind, b->kind);
	if (!d)
		d = cmp_int(a->flags, b->flags);
	if (!d)
		d = cmp_int(a->has_nh, b->has_nh);
	if (!d)
		d = cmp_int(a->watched, b->watched);
	if (!d && a->has_nh)
		d = memcmp(&a->nh, &b->nh, sizeof(a->nh));
	return d;
}

static int cmp_ptr(const void *a, const void *b)
{
	const struct local *const *x = a;
	const struct local *const *y = b;

	return cmp_local(&(*x)->l, &(*y)->l);
}

static enum bgp_family family_of(const struct bgp_local *l)
{
	return l->pfx.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
}

/* Out of the table, if it is there. */
static void withdraw(struct bgp_instance *i, const struct local *lo)
{
	const enum bgp_family f = family_of(&lo->l);
	struct rib_source *s = i->local_source[f][lo->l.kind];

	if (s)
		(void)rib_withdraw(i->table[f].rib, s, &lo->l.pfx, (uint32_t)(lo - i->locals) + 1);
}

static struct rib_source *source_of(struct bgp_instance *i, enum bgp_family f, uint8_t kind)
{
	const struct rib_source init = { .kind = kind, .weight = 1, .owner = i };

	if (!i->local_source[f][kind])
		i->local_source[f][kind] = table_source(&i->table[f], &init);
	return i->local_source[f][kind];
}

void instance_offer_own(struct bgp_table *t, struct rib_source *s, const struct rib_offer *o)
{
	if (table_update(t, s, o) != -EDQUOT)
		return;
	t->own_lost = true;
	if (!timer_is_armed(&t->inst->own_room))
		timer_start(&t->inst->own_room, TABLE_ROOM_US);
}

static void offer(struct bgp_instance *i, uint32_t slot)
{
	const struct bgp_local *l = &i->locals[slot].l;
	const enum bgp_family f = family_of(l);
	struct rib_source *s;
	struct rib_offer o = {
		.pfx = l->pfx,
		.path_id = slot + 1,
		.in = i->e->local_attrs,
		.attrs = i->e->local_attrs,
		.flags = l->flags,
	};

	if (!gateway_permits(i, l, &o.live_key)) {
		withdraw(i, &i->locals[slot]);
		return;
	}
	s = source_of(i, f, (uint8_t)l->kind);
	if (s)
		instance_offer_own(&i->table[f], s, &o);
}

void instance_follow_gateway(struct bgp_instance *i, const struct ip_addr *gw)
{
	for (uint32_t s = 0; s < i->n_locals; s++) {
		const struct local *lo = &i->locals[s];

		if (lo->used && lo->l.watched && ip_is_equal(&lo->l.nh.gw, gw))
			offer(i, s);
	}
}

/* All of a family: what is there already does not change. */
static void offer_again(struct bgp_table *t)
{
	struct bgp_instance *i = t->inst;

	t->own_lost = false;
	for (uint32_t s = 0; s < i->n_locals; s++) {
		if (i->locals[s].used && family_of(&i->locals[s].l) == t->f)
			offer(i, s);
	}
	aggregates_offer_again(t->aggregates);
	default_offer_again(t);
}

static void on_room(void *ctx)
{
	struct bgp_instance *i = ctx;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!i->table[f].own_lost)
			continue;
		if (table_has_room(&i->table[f]))
			offer_again(&i->table[f]);
		else
			timer_start(&i->own_room, TABLE_ROOM_US);
	}
}

void instance_own_init(struct bgp_instance *i)
{
	timer_init(&i->own_room, i->e->loop, on_room, i);
}

void instance_own_room(struct bgp_instance *i)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (i->table[f].own_lost)
			offer_again(&i->table[f]);
	}
}

static void announce(struct bgp_instance *i, uint32_t slot, const struct bgp_local *l)
{
	i->locals[slot] = (struct local){ .l = *l, .used = true, .kept = true };
	offer(i, slot);
}

static uint32_t free_slot(struct bgp_instance *i, uint32_t from)
{
	uint32_t s = from;

	while (s < i->n_locals && i->locals[s].used)
		s++;
	if (s == i->n_locals) {
		const uint32_t n = i->n_locals ? 2 * i->n_locals : 8;

		i->locals = xreallocarray(i->locals, n, sizeof(*i->locals));
		memset(i->locals + i->n_locals, 0, (n - i->n_locals) * sizeof(*i->locals));
		i->n_locals = n;
	}
	return s;
}

/* Old entries in order, for binary search. The caller frees the array. */
static struct local **sorted(struct bgp_instance *i, uint32_t *n)
{
	struct local **v = xreallocarray(NULL, i->n_locals + 1, sizeof(struct local *));

	*n = 0;
	for (uint32_t s = 0; s < i->n_locals; s++) {
		i->locals[s].kept = false;
		if (i->locals[s].used)
			v[(*n)++] = &i->locals[s];
	}
	qsort(v, *n, sizeof(struct local *), cmp_ptr);
	return v;
}

void bgp_instance_set_locals(struct bgp_instance *i, const struct bgp_local *locals, uint32_t n)
{
	uint32_t n_old;
	struct local **old = sorted(i, &n_old);
	bool *is_new = xcalloc(n + 1, sizeof(*is_new));
	uint32_t slot = 0;

	for (uint32_t k = 0; k < n; k++) {
		const struct local key = { .l = locals[k] };
		const struct local *const p = &key;
		struct local **hit = bsearch(&p, old, n_old, sizeof(struct local *), cmp_ptr);

		is_new[k] = !hit;
		if (hit)
			(*hit)->kept = true;
	}
	free(old);
	for (uint32_t s = 0; s < i->n_locals; s++) {
		if (!i->locals[s].used || i->locals[s].kept)
			continue;
		withdraw(i, &i->locals[s]);
		i->locals[s] = (struct local){ 0 };
	}
	for (uint32_t k = 0; k < n; k++) {
		if (!is_new[k])
			continue;
		slot = free_slot(i, slot);
		announce(i, slot, &locals[k]);
	}
	free(is_new);
}

void instance_locals_clear(struct bgp_instance *i)
{
	timer_stop(&i->own_room);
	bgp_instance_set_locals(i, NULL, 0);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		for (unsigned k = 0; k < RIB_SOURCE_COUNT; k++) {
			table_bury(&i->table[f], i->local_source[f][k]);
			i->local_source[f][k] = NULL;
		}
	}
}

const struct nexthop *instance_local_nexthop(const struct bgp_instance *i, uint32_t path_id)
{
	const struct local *lo;

	if (path_id == 0 || path_id > i->n_locals)
		return NULL;
	lo = &i->locals[path_id - 1];
	return lo->used && lo->l.has_nh ? &lo->l.nh : NULL;
}
