/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a neighbour takes us for, and what follows for AS paths.
 *
 *   neighbour                     its OPEN and prepends show
 *   our own AS                    local_as, not prepended
 *   another member (RFC 5065)     local_as, in the segment of the confederation
 *   outside                       confed_id, else local_as
 *   outside, with a fake AS       the fake one, and behind it what others see
 *
 * A path has been here if it shows any of the numbers that this neighbour, or the world, knows us
 * by. Each may stand there allow_own_as times; the member AS counts in segments of the
 * confederation only, since outside of them the same (mostly private) number is somebody else.
 */
#include "bgpd/neighbor/peer_as.h"

#include "bgpd/wire/aspath.h"

uint32_t instance_public_as(const struct bgp_instance *i)
{
	return i->conf.confed_id ? i->conf.confed_id : i->conf.local_as;
}

bool instance_has_member(const struct bgp_instance *i, uint32_t as)
{
	if (as == i->conf.local_as)
		return true;
	for (unsigned k = 0; k < BGP_CONFED_MEMBERS && i->conf.confed_member[k]; k++) {
		if (as == i->conf.confed_member[k])
			return true;
	}
	return false;
}

uint32_t peer_fake_as(const struct bgp_peer *p)
{
	if (wire_is_inside(&p->ws) || p->ws.local_as == instance_public_as(p->inst))
		return 0;
	return p->ws.local_as;
}

enum rib_reason peer_as_loop(const struct bgp_peer *p, const struct bgp_peer_conf *conf,
	const struct attrs *in)
{
	const struct bgp_instance_conf *ic = &p->inst->conf;
	const struct octets path = attrs_as_path(in);
	const uint32_t fake = peer_fake_as(p);

	if (aspath_count(path, instance_public_as(p->inst)) > conf->allow_own_as)
		return RIB_REASON_AS_LOOP;
	if (fake && aspath_count(path, fake) > conf->allow_own_as)
		return RIB_REASON_AS_LOOP;
	if (ic->confed_id && aspath_count_confed(path, ic->local_as) > conf->allow_own_as)
		return RIB_REASON_CONFED_LOOP;
	return RIB_REASON_NONE;
}

bool peer_as_is_first(const struct bgp_peer *p, const struct attrs *in)
{
	if (p->ws.ibgp)
		return true;
	if (p->ws.confed)
		return aspath_first_member(attrs_as_path(in)) == p->ws.peer_as;
	return in->first_as == p->ws.peer_as;
}

/* What stations of the link we and the neighbour have in common: all, if it is on it. */
static void set_shared(const struct bgp_peer *p, struct export_egress *eg)
{
	const struct bgp_link *link = &p->circuit->link;
	const struct ip_addr *remote = &p->conf.session.remote;

	if (!ip_is_link_local(remote) && !link_covers(link, remote))
		return;
	if (ip_is_set(&link->local4))
		eg->shared4 = prefix_make(&link->local4, link->len4);
	if (ip_is_set(&link->local6))
		eg->shared6 = prefix_make(&link->local6, link->len6);
}

/* Only what has an effect is filled: neighbours that differ in the rest share a group. */
void peer_as_egress(const struct bgp_peer *p, struct export_egress *eg)
{
	const struct bgp_instance_conf *ic = &p->inst->conf;
	const struct bgp_peer_conf *c = &p->conf;

	eg->withhold = c->withhold;
	eg->next_hop = c->next_hop;
	if (wire_is_inside(&p->ws) || c->next_hop == EXPORT_NEXT_HOP_UNCHANGED)
		set_shared(p, eg);
	if (c->next_hop == EXPORT_NEXT_HOP_UNCHANGED) {
		eg->peer = c->session.remote;
		eg->multihop = c->session.multihop > 1;
	}
	if (p->ws.ibgp) {
		eg->client = c->rr_client;
		eg->clients_meshed = ic->clients_meshed;
		eg->cluster_id = ic->cluster_id ? ic->cluster_id : ic->router_id;
	}
	if (wire_is_inside(&p->ws))
		return;
	if (peer_fake_as(p) && !c->fake_replace_as)
		eg->real_as = instance_public_as(p->inst);
	eg->as_override = c->as_override;
	eg->private_as = c->private_as;
	if (c->as_override || c->private_as != EXPORT_PRIVATE_AS_KEEP)
		eg->peer_as = p->ws.peer_as;
}
