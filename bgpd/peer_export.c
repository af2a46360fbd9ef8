/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour as a reader of a table: which options its export member has, and how it changes
 * them.
 *
 * An export member cannot change; another policy means to leave and to join again, and the new
 * member announces all that goes out now. What the old one had announced and the new one does
 * not is withdrawn here: those nets are pinned and remembered by a bit each (told) until the
 * new member has sent its table, and then looked at in slices.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/wire/update.h"

static void sent(void *arg)
{
	export_chunk_unref(arg);
}

static void send_chunk(void *ctx, struct export_chunk *c, const uint8_t *p, size_t len,
	uint32_t n_msgs)
{
	const struct peer_family *pf = ctx;
	const struct session_shared sh = {
		.p = p,
		.len = len,
		.n_msgs = n_msgs,
		.release = sent,
		.arg = c,
	};

	session_send_shared(pf->peer->session, &sh);
}

static bool is_congested(void *ctx)
{
	const struct peer_family *pf = ctx;

	return session_is_congested(pf->peer->session);
}

static void begin_untell(struct peer_family *pf)
{
	pf->untelling = bitmap_count(&pf->told) > 0;
	if (pf->untelling)
		job_wake(&pf->untell_job);
}

/* The new member has said its table: the rest of the old one's is over. */
static void synced(void *ctx)
{
	begin_untell(ctx);
}

static const struct export_member_ops member_ops = {
	.send = send_chunk,
	.is_congested = is_congested,
	.synced = synced,
};

/*
 * Next hop self: the address that the session has; for the other family, or where that one
 * could never be a next hop (loopback), the link's. IPv4 over IPv6 alone as RFC 8950 has it.
 */
static struct ip_addr next_hop_self(const struct peer_family *pf)
{
	const struct bgp_peer *p = pf->peer;
	const struct bgp_link *link = &p->inst->link;
	const struct ip_addr own = session_local_addr(p->session);
	struct ip_addr nh = pf->f == BGP_FAMILY_IP4 ? link->local4 : link->local6;

	if (own.family == pf->table->af && !ip_is_martian(&own) && !ip_is_link_local(&own))
		return own;
	if (!ip_is_set(&nh) && p->ws.ext_nexthop & BGP_FAMILY_BIT(pf->f))
		nh = ip_is_set(&link->local6) ? link->local6 : own;
	return nh;
}

void peer_export_conf(const struct peer_family *pf, struct export_conf *c)
{
	const struct bgp_peer *p = pf->peer;
	const struct ip_addr own = session_local_addr(p->session);

	memset(c, 0, sizeof(*c)); /* compared with memcmp */
	c->wire = p->ws;
	c->policy = p->export_map;
	c->policy_set = p->export_map ? p->inst->e->policy : NULL;
	c->advertise = p->inst->conf.advertise;
	c->family = (uint8_t)pf->f;
	c->bgp_to_all = p->conf.has_export;
	c->source = pf->source;
	c->next_hop = next_hop_self(pf);
	if (c->next_hop.family == AF_INET6 && ip_is_link_local(&own))
		c->next_hop_ll = own;
}

/* We can say nothing in this family, but that we have said it. */
static void send_end_of_rib(const struct peer_family *pf)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_end_of_rib_encode(&w, pf->f);
	session_send(pf->peer->session, buf, cursor_w_len(&w), 1);
}

void peer_export_join(struct peer_family *pf)
{
	const struct bgp_peer *p = pf->peer;
	struct export_conf c;

	peer_export_conf(pf, &c);
	if (!ip_is_set(&c.next_hop) || (p->conf.has_export && !p->export_map)) {
		send_end_of_rib(pf);
		return;
	}
	pf->member = export_join(pf->table->export, &c, &member_ops, pf);
}

static void drop_member(struct peer_family *pf)
{
	if (pf->member)
		export_leave(pf->member);
	pf->member = NULL;
}

static void forget(struct peer_family *pf, uint32_t net)
{
	bitmap_clear(&pf->told, net);
	rib_net_unpin(pf->table->rib, net);
}

void peer_export_leave(struct peer_family *pf)
{
	job_cancel(&pf->untell_job);
	pf->untelling = false;
	drop_member(pf);
	for (uint32_t n = bitmap_next(&pf->told, 0); n != UINT32_MAX; n = bitmap_next(&pf->told, n))
		forget(pf, n);
}

/* One message of withdrawals, of nets from *net on. */
static void untell(struct peer_family *pf, uint32_t *net)
{
	const struct bgp_peer *p = pf->peer;
	uint8_t buf[BGP_MAX_LEN];
	struct wire_builder b;
	size_t len;

	wire_builder_withdraw(&b, &p->ws, pf->f, buf, sizeof(buf));
	for (; *net != UINT32_MAX; *net = bitmap_next(&pf->told, *net + 1)) {
		const struct prefix pfx = rib_net_prefix(pf->table->rib, *net);

		if (!(pf->member && export_has(pf->member, *net)) &&
			wire_builder_add(&b, &pfx, 0) < 0)
			break;
		forget(pf, *net);
	}
	len = wire_builder_end(&b);
	if (len)
		session_send(p->session, buf, len, 1);
}

static bool untell_slice(void *ctx)
{
	struct peer_family *pf = ctx;
	uint32_t net = bitmap_next(&pf->told, 0);

	/* writable() comes back here */
	if (net == UINT32_MAX || session_is_congested(pf->peer->session))
		return false;
	untell(pf, &net);
	pf->untelling = net != UINT32_MAX;
	return pf->untelling;
}

static void remember_told(struct peer_family *pf)
{
	const uint32_t limit = rib_net_limit(pf->table->rib);

	for (uint32_t net = 1; pf->member && net <= limit; net++) {
		if (export_has(pf->member, net) && bitmap_set(&pf->told, net))
			rib_net_pin(pf->table->rib, net);
	}
}

void peer_export_again(struct bgp_peer *p)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		struct peer_family *pf = &p->family[f];

		if (!pf->up)
			continue;
		job_cancel(&pf->untell_job);
		pf->untelling = false;
		remember_told(pf);
		drop_member(pf);
		peer_export_join(pf);
		if (!pf->member)
			begin_untell(pf);
	}
}

void peer_export_writable(struct peer_family *pf)
{
	if (pf->member)
		export_writable(pf->member);
	if (pf->untelling)
		job_wake(&pf->untell_job);
}

void peer_export_init(struct peer_family *pf)
{
	bitmap_init(&pf->told);
	job_init(&pf->untell_job, pf->peer->inst->e->loop, untell_slice, pf);
}

void peer_export_fini(struct peer_family *pf)
{
	peer_export_leave(pf);
	bitmap_fini(&pf->told);
}
