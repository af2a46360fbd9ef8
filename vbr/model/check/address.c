/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses and ranges may be used at all: none of the cloud's own, none that routes nowhere.
 */
#include "vbr/model/check/check.h"

static const struct prefix shared_space = { .family = AF_INET, .len = 10, .b = { 100, 64 } };

/* 100.64.0.0/10 is the cloud's own (contract section 2); martians route nowhere (RFC 6890). */
bool check_address(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct ip_addr *a)
{
	char s[IP_STRLEN];

	if (prefix_covers_addr(&shared_space, a)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s is inside 100.64.0.0/10, which the cloud uses itself: "
			"take an address outside",
			leaf, ip_format(a, s));
		return false;
	}
	if (ip_is_martian(a)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s cannot be the address of a host: take a unicast address", leaf,
			ip_format(a, s));
		return false;
	}
	return true;
}

bool check_prefix(const struct check *c, const struct model_obj *o, const char *leaf,
	const struct prefix *p)
{
	char s[PREFIX_STRLEN];

	if (prefix_overlaps(&shared_space, p) && p->len > 0) {
		errbuf_add(c->err, o->path, 0,
			"%s %s overlaps 100.64.0.0/10, which the cloud uses itself: "
			"take a range outside",
			leaf, prefix_format(p, s));
		return false;
	}
	if (p->len == 0 || prefix_is_martian(p)) {
		errbuf_add(c->err, o->path, 0,
			"%s %s is no range that can be routed: take a unicast range", leaf,
			prefix_format(p, s));
		return false;
	}
	return true;
}

void check_static_refusals(const struct check *c, const struct model_obj *o,
	const struct prefix *pfx)
{
	char p[PREFIX_STRLEN];

	if (prefix_covers(&shared_space, pfx))
		errbuf_add(c->err, o->path, 0,
			"static-route %s is inside 100.64.0.0/10, which the cloud uses itself: "
			"take another destination",
			prefix_format(pfx, p));
}
