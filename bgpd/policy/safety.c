/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in filter: what no neighbour may tell us, whatever the import policy says (contract
 * section 2). Checked in an order from the general to the particular, so the reason that is shown
 * names the widest rule that the prefix breaks.
 *
 * It is asked for every prefix that is heard, and most of them lie where no rule does. So it knows
 * under which first octets of an address there are any, and asks no further for the others.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "lib/base/xalloc.h"
#include "lib/ds/ptable.h"

struct families {
	struct ptable *ip4; /* owned */
	struct ptable *ip6; /* owned */
};

struct safety_filter {
	struct safety_octets octets; /* first */
	struct families cidrs;
	struct families links;
};

/* RFC 6598: between a carrier and its customers; here the cloud's own services live in it. */
static const struct prefix shared_address = {
	.family = AF_INET,
	.len = 10,
	.b = { 100, 64 },
};

static struct families families_new(void)
{
	return (struct families){ ptable_new(AF_INET), ptable_new(AF_INET6) };
}

static void families_free(struct families *f)
{
	ptable_free(f->ip4);
	ptable_free(f->ip6);
}

static struct ptable *table_of(const struct families *f, uint8_t family)
{
	return family == AF_INET ? f->ip4 : f->ip6;
}

static bool is_inside(const struct families *f, const struct prefix *p)
{
	struct prefix found;

	return ptable_match(table_of(f, p->family), p, &found) != PTABLE_NONE;
}

/* The first octets of all that the rule covers. */
static void note_octets(struct safety_filter *f, const struct prefix *rule)
{
	const unsigned n = rule->len < 8 ? 1u << (8 - rule->len) : 1;

	memset(&f->octets.has_rules[rule->family == AF_INET6][rule->b[0]], true, n);
}

struct safety_filter *safety_filter_new(void)
{
	struct safety_filter *f = xcalloc(1, sizeof(*f));
	size_t n;
	const struct prefix *martians = prefix_martians(&n);

	f->cidrs = families_new();
	f->links = families_new();
	note_octets(f, &shared_address);
	for (size_t i = 0; i < n; i++)
		note_octets(f, &martians[i]);
	return f;
}

void safety_filter_free(struct safety_filter *f)
{
	if (!f)
		return;
	families_free(&f->cidrs);
	families_free(&f->links);
	free(f);
}

void safety_filter_add_cidr(struct safety_filter *f, const struct prefix *p)
{
	ptable_set(table_of(&f->cidrs, p->family), p, 1);
	note_octets(f, p);
}

void safety_filter_add_link(struct safety_filter *f, const struct prefix *p)
{
	ptable_set(table_of(&f->links, p->family), p, 1);
	note_octets(f, p);
}

bool safety_filter_is_cidr(const struct safety_filter *f, const struct prefix *p)
{
	return is_inside(&f->cidrs, p);
}

enum rib_reason safety_filter_check_rules(const struct safety_filter *f, const struct prefix *p)
{
	if (p->len == 0)
		return RIB_REASON_FILTER_DEFAULT;
	if (prefix_covers(&shared_address, p))
		return RIB_REASON_FILTER_SHARED_ADDRESS;
	if (prefix_is_martian(p))
		return RIB_REASON_FILTER_MARTIAN;
	if (is_inside(&f->cidrs, p))
		return RIB_REASON_FILTER_VPC_CIDR;
	if (is_inside(&f->links, p))
		return RIB_REASON_FILTER_LINK_SUBNET;
	return RIB_REASON_NONE;
}
