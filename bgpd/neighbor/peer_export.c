/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour as a reader of a table: which options its export member has.
 *
 * A family of a session that is up always has a member. If nothing may go out, since the policy
 * that is named does not exist or we have no next hop to give, the member is mute: it says
 * End-of-RIB, takes back what it has said before, and knows the reason.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/peer_as.h"
#include "bgpd/origin/origin.h"

static void sent(void *arg)
{
	export_chunk_unref(arg);
}

static void send_run(void *ctx, const struct export_run *run)
{
	const struct peer_family *pf = ctx;
	const struct session_shared sh = {
		.p = run->p,
		.len = run->len,
		.n_updates = run->n_updates,
		.n_refreshes = run->n_refreshes,
		.release = sent,
		.arg = run->chunk,
	};

	session_send_shared(pf->peer->session, &sh);
}

static bool is_congested(void *ctx)
{
	const struct peer_family *pf = ctx;

	return session_is_congested(pf->peer->session);
}

static void give_up(void *ctx)
{
	const struct peer_family *pf = ctx;
	struct wire_err err = { 0 };

	wire_err_set(&err, WIRE_ACTION_RESET, BGP_ERR_CEASE, BGP_ERR_CEASE_RESOURCES,
		"the neighbour does not read what it is sent");
	session_fail(pf->peer->session, &err);
}

static const struct export_member_ops member_ops = {
	.send = send_run,
	.is_congested = is_congested,
	.give_up = give_up,
};

/*
 * Next hop self: the address that the session has; for the other family, or where that one
 * could never be a next hop (loopback), the link's. IPv4 over IPv6 alone as RFC 8950 has it. On a
 * link that has link-local addresses only, IPv6 has no other than that of the session.
 */
static struct ip_addr next_hop_self(const struct peer_family *pf)
{
	const struct bgp_peer *p = pf->peer;
	const struct bgp_link *link = &p->circuit->link;
	const struct ip_addr own = session_local_addr(p->session);
	const bool may_ip6 = pf->f == BGP_FAMILY_IP6 || p->ws.ext_nexthop & BGP_FAMILY_BIT(pf->f);
	struct ip_addr nh = pf->f == BGP_FAMILY_IP4 ? link->local4 : link->local6;

	if (own.family == pf->table->af && !ip_is_martian(&own) && !ip_is_link_local(&own))
		return own;
	if (!ip_is_set(&nh) && may_ip6)
		nh = link->local6;
	if (!ip_is_set(&nh) && may_ip6 && own.family == AF_INET6)
		nh = own;
	return nh;
}

void peer_export_conf(const struct peer_family *pf, struct export_conf *c)
{
	const struct bgp_peer *p = pf->peer;
	const struct ip_addr own = session_local_addr(p->session);

	memset(c, 0, sizeof(*c)); /* compared with memcmp */
	c->wire = p->ws;
	c->policy = p->export_map;
	c->scratch = p->inst->e->scratch;
	if (p->conf.condition && !pf->open)
		c->held_back = p->advertise_map;
	c->summaries = aggregates_summaries(pf->table->aggregates);
	if (p->conf.default_originate)
		c->default_route = pf->has_default ? EXPORT_DEFAULT_SENT : EXPORT_DEFAULT_WAITS;
	c->policy_set = c->policy || c->held_back ? p->inst->e->policy : NULL;
	c->advertise = p->inst->conf.advertise;
	c->family = (uint8_t)pf->f;
	c->role = peer_role(p);
	c->gshut = p->conf.gshut && !wire_is_inside(&p->ws);
	c->add_path = p->conf.add_path_send;
	c->add_path_max = p->conf.add_path_best;
	c->bgp_to_all = p->conf.has_export;
	c->source = pf->source;
	c->next_hop = next_hop_self(pf);
	peer_as_egress(p, &c->egress);
	if (c->next_hop.family == AF_INET6 && ip_is_link_local(&own))
		c->next_hop_ll = own;
	if (p->conf.has_export && !p->export_map)
		c->mute = RIB_REASON_NO_POLICY;
	else if (!ip_is_set(&c->next_hop))
		c->mute = RIB_REASON_EXPORT_NO_NEXT_HOP;
}

void peer_export_join(struct peer_family *pf)
{
	struct export_conf c;

	peer_export_conf(pf, &c);
	pf->member = export_join(pf->table->export, &c, &member_ops, pf);
}

void peer_export_leave(struct peer_family *pf)
{
	export_leave(pf->member);
	pf->member = NULL;
}

void family_export_again(struct peer_family *pf)
{
	struct export_conf c;

	if (!pf->member)
		return;
	peer_export_conf(pf, &c);
	export_reconf(pf->member, &c);
}

void peer_export_again(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		family_export_again(&p->family[f]);
}
