/* SPDX-License-Identifier: Apache-2.0 */
/* The neighbours: what they say, how they come and go, and what they are told. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bgpd/wire/open.h"
#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

#define PER_VBR (REF_PEERS / REF_VBRS)
#define GR_LONG 3600

/*
 * What they are told
 */

static int find(const struct world_peer *wp, const struct prefix *pfx)
{
	for (int i = 0; i < REF_PREFIXES; i++) {
		if (prefix_is_equal(&wp->w->ref.pfx[i], pfx))
			return i;
	}
	return -1;
}

static void on_reach(void *ctx, const struct prefix *pfx, const struct route *r)
{
	struct world_peer *wp = ctx;
	const int i = find(wp, pfx);

	if (i < 0) {
		wp->bad = "a prefix that nobody has";
		return;
	}
	wp->has[i] = true;
	wp->old[i] = false;
	wp->told[i] = *r;
}

static void on_gone(void *ctx, const struct prefix *pfx)
{
	struct world_peer *wp = ctx;
	const int i = find(wp, pfx);

	if (i < 0) {
		wp->bad = "to forget a prefix that nobody has";
		return;
	}
	wp->w->n_needless += !wp->has[i]; /* harmless, and it should be seldom */
	wp->has[i] = false;
}

/* RFC 7313 4: what was not said again between the markers is gone. */
static void on_mark(void *ctx, uint8_t af, uint8_t subtype)
{
	struct world_peer *wp = ctx;

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		if (wp->w->ref.pfx[i].family != af)
			continue;
		if (subtype == 1)
			wp->old[i] = wp->has[i];
		else if (subtype == 2 && wp->old[i])
			wp->has[i] = wp->old[i] = false;
	}
}

static void sent(void *ctx, const uint8_t *p, size_t len)
{
	static const struct heard_ops ops = { on_reach, on_gone, on_mark };
	struct world_peer *wp = ctx;

	if (!route_decode(p, len, &ops, wp))
		wp->bad = "octets that are no messages";
}

/*
 * Up and down
 */

static struct ref_peer *ref_of(struct world_peer *wp)
{
	return &wp->w->ref.peer[wp->n];
}

static void forget(struct world_peer *wp, unsigned family, bool only_stale)
{
	struct ref_peer *p = ref_of(wp);

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		if (ref_family(&wp->w->ref.pfx[i]) == family && (!only_stale || p->in[i].stale))
			p->in[i] = (struct ref_in){ 0 };
	}
}

static void make_stale(struct world_peer *wp, unsigned family)
{
	struct ref_peer *p = ref_of(wp);

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		if (ref_family(&wp->w->ref.pfx[i]) == family)
			p->in[i].stale = p->in[i].is;
	}
}

/* RFC 4724 4.2: kept if the connection just broke; but not over two restarts in a row. */
static void down(void *ctx, const struct session_down *why)
{
	struct world_peer *wp = ctx;
	struct ref_peer *p = ref_of(wp);

	p->up = false;
	memset(wp->has, 0, sizeof(wp->has));
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->kept[f])
			forget(wp, f, true);
		p->kept[f] = p->family_up[f] && p->gr && why->graceful;
		if (p->kept[f])
			make_stale(wp, f);
		else
			forget(wp, f, false);
		p->family_up[f] = false;
	}
}

static const struct fake_hook hook = { sent, down };

static void up(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = ref_of(wp);
	const uint32_t dice = world_below(w, 256);
	const struct wire_session ws = {
		.as4 = true,
		.ibgp = ref_peer_is_internal(&w->ref, p),
		.refresh = true,
		.enhanced_refresh = dice & 1,
		.families = dice & 2 ? 3 :
			dice & 4     ? 3 :
				       1 + (dice >> 3 & 1),
		.local_as = w->ref.inst[p->inst].as,
		.peer_as = p->as,
	};
	const bool gr = dice & 16 || dice & 32;
	const struct wire_open remote = {
		.router_id = p->router_id,
		.gr = gr,
		.gr_time_s = dice & 64 ? 0 : GR_LONG,
		.gr_families = gr ? 3 : 0,
		.gr_forwarding = gr ? (dice & 128 ? 3 : 1 + world_below(w, 2)) : 0,
	};

	world_note(w, "peer %u: up, families %u gr %d forwarding %u time %u", wp->n, ws.families,
		gr, remote.gr_forwarding, remote.gr_time_s);
	p->up = true;
	p->gr = gr;
	p->forwarding = remote.gr_forwarding;
	wp->gr_time_s = remote.gr_time_s;
	wp->congested = false;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		p->family_up[f] = ws.families & BGP_FAMILY_BIT(f);
		if (p->kept[f] &&
			!(p->family_up[f] && p->gr && p->forwarding & BGP_FAMILY_BIT(f))) {
			forget(wp, f, false);
			p->kept[f] = false;
		}
	}
	memset(wp->has, 0, sizeof(wp->has));
	memset(wp->old, 0, sizeof(wp->old));
	fake_session_up(wp->p->session, &ws, &remote);
}

static void go_down(struct world_peer *wp)
{
	static const enum session_down_reason reasons[] = {
		SESSION_DOWN_TCP,
		SESSION_DOWN_TCP,
		SESSION_DOWN_RECEIVED,
		SESSION_DOWN_HOLD,
	};
	const enum session_down_reason reason = reasons[world_below(wp->w, ARRAY_SIZE(reasons))];
	struct ref_peer *p = ref_of(wp);

	world_settle(wp->w); /* routes that become stale keep their verdict: let it be the last */
	world_note(wp->w, "peer %u: down, reason %d", wp->n, (int)reason);
	/* the session knows from N bit and hard reset what may be kept: here chance does */
	fake_session_down(wp->p->session, reason,
		reason == SESSION_DOWN_TCP || world_below(wp->w, 2));
	if (wp->gr_time_s)
		return;
	/* its time is over at once */
	(void)loop_turn(wp->w->l);
	(void)loop_turn(wp->w->l);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->kept[f])
			forget(wp, f, false);
		p->kept[f] = false;
	}
}

/*
 * Configuration
 */

static struct bgp_peer_conf conf_of(struct world_peer *wp)
{
	const struct ref_peer *p = ref_of(wp);
	struct bgp_peer_conf c = {
		.session = {
			.remote = p->addr,
			.peer_as = p->as,
			.enabled = true,
			.families = 3,
			.gr = true,
			.multihop = p->multihop,
			.role = (uint8_t)p->role,
		},
		.allow_own_as = p->allow_own_as,
		.has_import = p->import != 0,
		.has_export = p->export != 0,
	};

	(void)snprintf(c.import_policy, sizeof(c.import_policy), "%s", world_map_name(p->import));
	(void)snprintf(c.export_policy, sizeof(c.export_policy), "%s", world_map_name(p->export));
	return c;
}

static void add(struct world_peer *wp)
{
	struct ref_peer *p = ref_of(wp);
	struct bgp_peer_conf c;

	p->role = BGP_ROLE_NONE;
	if (!ref_peer_is_internal(&wp->w->ref, p) && world_below(wp->w, 2))
		p->role = (enum bgp_role)world_below(wp->w, BGP_ROLE_COUNT);
	c = conf_of(wp);
	world_note(wp->w, "peer %u: configured, role %d", wp->n, (int)p->role);
	p->is = true;
	wp->p = bgp_peer_new(wp->w->inst[p->inst], &c);
	p->live_key = wp->p->live_key;
	fake_session_set_hook(wp->p->session, &hook, wp);
}

static void del(struct world_peer *wp)
{
	struct ref_peer *p = ref_of(wp);

	world_note(wp->w, "peer %u: deconfigured", wp->n);
	bgp_peer_free(wp->p);
	wp->p = NULL;
	p->is = p->up = false;
	memset(p->in, 0, sizeof(p->in));
	memset(p->kept, 0, sizeof(p->kept));
}

static void reconf(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = ref_of(wp);
	struct bgp_peer_conf c;

	if (world_below(w, 2))
		p->export = (uint8_t)world_below(w, REF_MAPS + 1);
	else {
		p->import = (uint8_t)world_below(w, REF_MAPS + 1);
		p->allow_own_as = (uint8_t)world_below(w, 3);
		p->multihop = world_below(w, 2) ? 2 : 0;
	}
	world_note(w, "peer %u: import %u export %u own-as %u multihop %u", wp->n, p->import,
		p->export, p->allow_own_as, p->multihop);
	c = conf_of(wp);
	bgp_peer_reconf(wp->p, &c);
}

void world_peers_init(struct world *w)
{
	static const uint32_t as_of[PER_VBR] = { 64601, 64602, 64601, 0 };

	for (unsigned n = 0; n < REF_PEERS; n++) {
		struct world_peer *wp = &w->peer[n];
		struct ref_peer *p = &w->ref.peer[n];
		char text[64];

		wp->w = w;
		wp->n = n;
		p->inst = (uint8_t)(n / PER_VBR);
		p->as = as_of[n % PER_VBR] ? as_of[n % PER_VBR] : w->ref.inst[p->inst].as;
		/* the first two have one router id: the address decides between them */
		p->router_id = 0x0b000001 + (n % PER_VBR) / 2;
		(void)snprintf(text, sizeof(text), n % PER_VBR == 2 ? "fd00:%u::%u" : "10.0.%u.%u",
			p->inst + 1u, 11 + n % PER_VBR);
		CU_ASSERT_EQUAL_FATAL(ip_parse(text, &p->addr), 0);
		add(wp);
	}
}

bool world_has_stale(const struct world *w)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		for (unsigned i = 0; i < REF_PREFIXES; i++) {
			if (w->ref.peer[k].in[i].stale)
				return true;
		}
	}
	return false;
}

/*
 * What they say
 */

static uint32_t random_as(struct world *w)
{
	static const uint32_t from[] = { 64601, 64602, 64701, 4200000000, 65000, 65001 };

	/* our own come seldom */
	return from[world_below(w, world_below(w, 8) ? 4 : ARRAY_SIZE(from))];
}

static void random_path(struct world *w, const struct ref_peer *p, struct route *r)
{
	if (!ref_peer_is_internal(&w->ref, p) && world_below(w, 32))
		r->path[r->n_path++] = p->as;
	for (unsigned n = world_below(w, 3); n; n--)
		r->path[r->n_path++] = random_as(w);
	if (world_below(w, 24) == 0) {
		r->path[r->n_path++] = 64710;
		r->path[r->n_path++] = 64711;
		r->n_set = 2;
	}
}

static struct ip_addr random_next_hop(struct world *w, const struct ref_peer *p, uint8_t af)
{
	const struct bgp_link *link = &w->ref.inst[p->inst].link;
	struct ip_addr nh = af == AF_INET ? link->local4 : link->local6;
	const uint32_t dice = world_below(w, 40);

	if (dice == 0)
		return nh; /* our own */
	if (dice < 4) {    /* elsewhere */
		nh.b[0] = af == AF_INET ? 195 : 0x2a;
		return nh;
	}
	nh.b[af == AF_INET ? 3 : 15] = (uint8_t)(20 + world_below(w, 3));
	return nh;
}

static void random_communities(struct world *w, struct route *r)
{
	static const uint32_t scopes[] = { 0xffffff01, 0xffffff02, 0xffffff03 };
	const uint32_t dice = world_below(w, 64);

	for (unsigned n = dice & 3; n; n--)
		r->coms[r->n_coms++] = 65000u << 16 | world_below(w, 4);
	if (dice < 8 && r->n_coms < ROUTE_COMS)
		r->coms[r->n_coms++] = scopes[world_below(w, 3)];
	for (unsigned n = dice >> 4; n && n <= ROUTE_EXTS; n--) {
		uint8_t *e = r->exts[r->n_exts++];

		e[0] = world_below(w, 2) ? 0x40 : 0; /* not transitive, or it is */
		e[1] = 2;
		e[7] = (uint8_t)n;
	}
	if (dice & 4) {
		r->has_large = true;
		r->large[0] = 65000;
		r->large[2] = dice;
	}
}

static void random_rest(struct world *w, const struct ref_peer *p, struct route *r)
{
	const uint32_t dice = world_below(w, 256);

	if (!w->tame && dice & 1) {
		r->has_med = true;
		r->med = 10 * world_below(w, 3);
	}
	if (ref_peer_is_internal(&w->ref, p) || dice < 16) {
		r->has_local_pref = true;
		r->local_pref = 50 + 50 * world_below(w, 3);
		if (dice & 2) {
			r->has_originator = true;
			r->originator = 0x0a000001 + world_below(w, 6);
		}
		for (unsigned n = dice >> 2 & 1; n; n--)
			r->cluster[r->n_cluster++] = 0x0a000001 + world_below(w, 6);
	}
	if (world_below(w, 12) == 0) {
		r->has_otc = true;
		r->otc = world_below(w, 2) ? p->as : 64701;
	}
	r->has_atomic = dice & 8;
	if (dice & 64) {
		r->has_aggregator = true;
		r->aggregator_as = 64701;
		r->aggregator_id = 7;
	}
	if ((dice & 128) && (dice & 32)) {
		r->has_unknown = true;
		r->unknown[0] = (uint8_t)(220 + world_below(w, 2));
		r->unknown[1] = (uint8_t)dice;
	}
}

static struct route random_route(struct world *w, const struct ref_peer *p, uint8_t af)
{
	struct route r;

	memset(&r, 0, sizeof(r));
	r.origin = (uint8_t)(world_below(w, 3) ? 0 : world_below(w, 3));
	r.next_hop = random_next_hop(w, p, af);
	random_path(w, p, &r);
	random_communities(w, &r);
	random_rest(w, p, &r);
	return r;
}

struct speech {
	struct route route;
	struct prefix reach[4];
	struct prefix gone[4];
	uint32_t n_reach;
	uint32_t n_gone;
};

/* Some prefixes of the family, none twice: a message does not both announce and withdraw one. */
static void random_prefixes(struct world *w, uint8_t af, struct speech *s, uint8_t *which)
{
	uint32_t n = 1 + world_below(w, 4);

	memset(which, 0, REF_PREFIXES);
	for (unsigned tries = 0; n && tries < 16; tries++) {
		const unsigned i = world_below(w, REF_PREFIXES);

		if (w->ref.pfx[i].family != af || which[i])
			continue;
		n--;
		which[i] = world_below(w, 3) ? 1 : 2;
		if (which[i] == 1)
			s->reach[s->n_reach++] = w->ref.pfx[i];
		else
			s->gone[s->n_gone++] = w->ref.pfx[i];
	}
}

static void say_update(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = ref_of(wp);
	const uint8_t af = p->family_up[0] && (!p->family_up[1] || world_below(w, 3)) ? AF_INET :
											AF_INET6;
	struct speech s = { 0 };
	const struct said said = { &s.route, s.reach, 0, s.gone, 0, af };
	struct said now;
	uint8_t which[REF_PREFIXES];
	uint8_t msg[4096];
	char text[ROUTE_TEXT];

	s.route = random_route(w, p, af);
	random_prefixes(w, af, &s, which);
	if (!s.n_reach && !s.n_gone)
		return;
	now = said;
	now.n_reach = s.n_reach;
	now.n_gone = s.n_gone;
	world_note(w, "peer %u: +%u -%u of IPv%d %s", wp->n, s.n_reach, s.n_gone,
		af == AF_INET ? 4 : 6, route_format(&s.route, text));
	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		if (which[i] == 2)
			p->in[i] = (struct ref_in){ 0 };
		if (which[i] == 1)
			p->in[i] = (struct ref_in){ .is = true, .r = s.route };
	}
	fake_session_say(wp->p->session, msg, route_encode(&now, msg));
}

static unsigned random_family(struct world_peer *wp)
{
	return ref_of(wp)->family_up[0] && world_below(wp->w, 2) ? BGP_FAMILY_IP4 :
		ref_of(wp)->family_up[1]                         ? BGP_FAMILY_IP6 :
								   BGP_FAMILY_IP4;
}

static void say_end(struct world_peer *wp)
{
	struct ref_peer *p = ref_of(wp);
	const unsigned f = random_family(wp);
	uint8_t msg[64];

	world_note(wp->w, "peer %u: End-of-RIB of family %u", wp->n, f);
	if (p->kept[f])
		forget(wp, f, true);
	p->kept[f] = false;
	fake_session_say(wp->p->session, msg, route_encode_end(wire_family_af(f), msg));
}

/* RFC 7313: between the markers all is said again; here some of it, the rest is gone. */
static void say_refresh(struct world_peer *wp)
{
	const unsigned f = random_family(wp);

	if (ref_of(wp)->kept[f] || world_has_stale(wp->w))
		return;
	world_settle(wp->w);
	world_note(wp->w, "peer %u: says family %u again", wp->n, f);
	make_stale(wp, f);
	fake_session_refresh(wp->p->session, (enum bgp_family)f, 1);
	for (unsigned n = world_below(wp->w, 5); n; n--)
		say_update(wp);
	forget(wp, f, true);
	fake_session_refresh(wp->p->session, (enum bgp_family)f, 2);
}

static void step_up(struct world_peer *wp, uint32_t dice)
{
	if (dice < 1)
		del(wp);
	else if (dice < 12)
		go_down(wp);
	else if (dice < 24)
		say_end(wp);
	else if (dice < 30)
		say_refresh(wp);
	else if (dice < 40)
		fake_session_refresh(wp->p->session, (enum bgp_family)random_family(wp), 0);
	else if (dice < 50)
		reconf(wp);
	else if (dice < 53)
		bgp_peer_clear(wp->p, BGP_CLEAR_SOFT_IN);
	else if (dice < 58)
		bgp_peer_clear(wp->p, BGP_CLEAR_SOFT_OUT);
	else if (dice < 59)
		bgp_peer_clear(wp->p, BGP_CLEAR_HARD);
	else if (dice < 70) {
		wp->congested = !wp->congested;
		fake_session_congest(wp->p->session, wp->congested);
	} else
		say_update(wp);
}

void world_peer_step(struct world *w)
{
	struct world_peer *wp = &w->peer[world_below(w, REF_PEERS)];

	world_note(w, "peer %u: a small thing", wp->n);
	if (!wp->p)
		add(wp);
	else if (ref_of(wp)->up)
		step_up(wp, world_below(w, 1000));
	else if (fake_session_is_waiting(wp->p->session))
		up(wp);
}
