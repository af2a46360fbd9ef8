/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold for lines: pairs that know each other, shares that fit into the port.
 */
#include <string.h>

#include "vbr/model/check/check.h"

static void check_pair(const struct check *c, const struct model_physconn *pc)
{
	const struct model_physconn *twin = model_physconn(c->m, pc->line.redundant_with);

	if (pc->line.redundant_with[0] == '\0')
		return;
	if (twin == pc)
		errbuf_add(c->err, pc->obj.path, 0,
			"redundant-with names the connection itself: name the other line");
	else if (twin == NULL)
		errbuf_add(c->err, pc->obj.path, 0,
			"redundant-with \"%s\" does not exist: create it, or correct the name",
			pc->line.redundant_with);
	else if (strcmp(twin->line.redundant_with, pc->obj.name) != 0)
		errbuf_add(c->err, pc->obj.path, 0,
			"redundant-with %s: a pair is said on both sides, and %s %s%s: "
			"set redundant-with %s there",
			twin->obj.name, twin->obj.name,
			twin->line.redundant_with[0] != '\0' ? "is paired with " : "has no pair",
			twin->line.redundant_with, pc->obj.name);
}

static void check_owner(const struct check *c, const struct model_physconn *pc)
{
	if (pc->line.owner[0] != '\0' && model_tenant(c->m, pc->line.owner) == NULL)
		errbuf_add(c->err, pc->obj.path, 0,
			"owner \"%s\" does not exist: create the tenant, or correct the name",
			pc->line.owner);
}

/* In Mbit/s, as people write them. */
static unsigned long long mbps(uint64_t bps)
{
	return (unsigned long long)(bps / 1000000);
}

static void check_shares(const struct check *c, const struct model_physconn *pc)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < pc->line.n_hosted; i++) {
		const struct model_hosted *h = &pc->line.hosted[i];

		sum += h->bandwidth_bps;
		if (model_tenant(c->m, h->tenant) == NULL)
			errbuf_add(c->err, pc->obj.path, 0,
				"hosted %s: tenant \"%s\" does not exist: "
				"create it, or correct the name",
				h->name, h->tenant);
		if (h->owner_pays && pc->line.owner[0] == '\0')
			errbuf_add(c->err, pc->obj.path, 0,
				"hosted %s: payer owner, but the line has none: "
				"set owner of the line, or payer tenant",
				h->name);
	}
	if (pc->line.n_hosted > 0 && pc->bandwidth_bps == 0)
		errbuf_add(c->err, pc->obj.path, 0,
			"hosted connections share a port whose bandwidth is not known: "
			"set bandwidth");
	else if (sum > pc->bandwidth_bps && pc->line.n_hosted > 0)
		errbuf_add(c->err, pc->obj.path, 0,
			"hosted connections have %llu Mbit/s together, the port has %llu: "
			"make %llu Mbit/s free, or raise bandwidth",
			mbps(sum), mbps(pc->bandwidth_bps), mbps(sum - pc->bandwidth_bps));
}

void check_line(const struct check *c, const struct model_obj *physconn)
{
	const struct model_physconn *pc = (const struct model_physconn *)physconn;

	check_pair(c, pc);
	check_owner(c, pc);
	check_shares(c, pc);
}
