/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The procedures of RFC 9234 5 as one row a role (ours towards the neighbour). A route may go down
 * (to a customer, to a client of a route server) as often as it likes; once it has gone down or
 * sideways, it bears the attribute and never goes up or sideways again.
 */
#include "bgpd/policy/otc.h"

#include "lib/base/compiler.h"

struct row {
	bool leak_if_any;   /* in: from below, where no route may bear it */
	bool leak_if_other; /* in: from the side, where it may name the neighbour only */
	bool marks_import;  /* from above or the side */
	bool stops_export;  /* towards above or the side */
	bool marks_export;  /* towards below or the side */
};

/* clang-format off */
static const struct row rows[BGP_ROLE_COUNT] = {
	[BGP_ROLE_PROVIDER]  = { .leak_if_any = true, .marks_export = true },
	[BGP_ROLE_RS]        = { .leak_if_any = true, .marks_export = true },
	[BGP_ROLE_RS_CLIENT] = { .marks_import = true, .stops_export = true },
	[BGP_ROLE_CUSTOMER]  = { .marks_import = true, .stops_export = true },
	[BGP_ROLE_PEER]      = { .leak_if_other = true, .marks_import = true,
				 .stops_export = true, .marks_export = true },
};
/* clang-format on */

static const struct row *row_of(enum bgp_role role)
{
	return &rows[role < BGP_ROLE_COUNT ? role : BGP_ROLE_NONE];
}

bool otc_is_leak(enum bgp_role role, uint32_t peer_as, uint32_t has, uint32_t otc)
{
	const struct row *r = row_of(role);

	return has & WIRE_HAS_OTC && (r->leak_if_any || (r->leak_if_other && otc != peer_as));
}

bool otc_marks_import(enum bgp_role role)
{
	return row_of(role)->marks_import;
}

bool otc_stops_export(enum bgp_role role)
{
	return row_of(role)->stops_export;
}

bool otc_marks_export(enum bgp_role role)
{
	return row_of(role)->marks_export;
}
