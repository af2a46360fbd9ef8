/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handful of wires in the owner's order, found by walking. Peers hold pointers to them, so each
 * is a block of its own, which is given back when no peer stands on it any more.
 */
#include "bgpd/circuit.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "lib/base/xalloc.h"

const struct circuit *circuit_find(const struct bgp_instance *i, const char *name)
{
	static const struct circuit none;

	for (uint8_t k = 0; k < i->n_circuits; k++) {
		if (strcmp(i->circuits[k]->link.name, name) == 0)
			return i->circuits[k];
	}
	return &none;
}

bool circuit_is_up(const struct circuit *c)
{
	return c->link.up && c->link.ifindex != 0;
}

bool circuit_is_ready(const struct circuit *c)
{
	return circuit_is_up(c) && !c->link.shut;
}

bool link_covers(const struct bgp_link *link, const struct ip_addr *a)
{
	const bool is4 = a->family == AF_INET;
	const struct ip_addr *local = is4 ? &link->local4 : &link->local6;
	struct prefix net;

	if (!ip_is_set(local) || !ip_is_set(a))
		return false;
	net = prefix_make(local, is4 ? link->len4 : link->len6);
	return prefix_covers_addr(&net, a);
}

bool instance_has_address(const struct bgp_instance *i, const struct ip_addr *a)
{
	for (uint8_t k = 0; k < i->n_circuits; k++) {
		const struct bgp_link *link = &i->circuits[k]->link;

		if (ip_is_equal(a, &link->local4) || ip_is_equal(a, &link->local6))
			return true;
	}
	return false;
}

const struct circuit *circuit_resolve(const struct bgp_instance *i, const struct circuit *home,
	const struct attrs *a, struct ip_addr *gw)
{
	const struct ip_addr nh = attrs_next_hop(a);
	const bool is4 = nh.family == AF_INET;

	/* RFC 2545 3: the link-local address is the one to send to. */
	*gw = attrs_next_hop_ll(a);
	if (ip_is_link_local(gw))
		return home;
	*gw = nh;
	if ((!is4 && ip_is_link_local(&nh)) || link_covers(&home->link, &nh))
		return home;
	for (uint8_t k = 0; k < i->n_circuits; k++) {
		if (circuit_is_up(i->circuits[k]) && link_covers(&i->circuits[k]->link, &nh))
			return i->circuits[k];
	}
	*gw = is4 ? home->link.gateway4 : home->link.gateway6;
	return ip_is_set(gw) ? home : NULL;
}

static bool is_same_wire(const struct bgp_link *a, const struct bgp_link *b)
{
	return strcmp(a->device, b->device) == 0 && a->ifindex == b->ifindex && a->up == b->up &&
		a->shut == b->shut;
}

static bool is_same_addressing(const struct bgp_link *a, const struct bgp_link *b)
{
	return ip_is_equal(&a->local4, &b->local4) && ip_is_equal(&a->local6, &b->local6) &&
		ip_is_equal(&a->gateway4, &b->gateway4) &&
		ip_is_equal(&a->gateway6, &b->gateway6) && a->len4 == b->len4 && a->len6 == b->len6;
}

static struct circuit *take(struct circuit **v, uint8_t n, const char *name)
{
	for (uint8_t k = 0; k < n; k++) {
		struct circuit *c = v[k];

		if (!c || strcmp(c->link.name, name) != 0)
			continue;
		v[k] = NULL;
		return c;
	}
	return NULL;
}

static void turn(struct circuit *c, const struct bgp_link *link)
{
	const bool same_wire = is_same_wire(&c->link, link);

	c->is_readdressed = !is_same_addressing(&c->link, link);
	c->is_touched = c->is_readdressed || !same_wire;
	c->link = *link; /* gshut is looked at with the ranges, which come next */
	if (!same_wire)
		circuit_unlisten(c);
}

bool circuits_set(struct bgp_instance *i, const struct bgp_link *links, uint8_t n,
	struct circuit **gone)
{
	struct circuit *old[BGP_MAX_LINKS];
	const uint8_t n_old = i->n_circuits;
	bool changed = false;

	memcpy(old, i->circuits, sizeof(old));
	if (n > BGP_MAX_LINKS)
		n = BGP_MAX_LINKS;
	for (uint8_t k = 0; k < n; k++) {
		struct circuit *c = take(old, n_old, links[k].name);

		if (!c) {
			c = xcalloc(1, sizeof(*c));
			c->inst = i;
			memcpy(c->link.name, links[k].name, sizeof(c->link.name));
			turn(c, &links[k]);
			c->is_touched = true;
		} else {
			turn(c, &links[k]);
		}
		changed |= c->is_touched;
		i->circuits[k] = c;
	}
	i->n_circuits = n;
	for (uint8_t k = 0; k < n_old; k++) {
		if (!old[k])
			continue;
		circuit_unlisten(old[k]);
		*gone++ = old[k];
		changed = true;
	}
	*gone = NULL;
	return changed;
}

void circuits_free(struct circuit **v)
{
	for (; *v; v++)
		free(*v);
}
