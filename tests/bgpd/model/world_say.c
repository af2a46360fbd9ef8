/* SPDX-License-Identifier: Apache-2.0 */
/* What neighbours say. */
#include <string.h>
#include <sys/socket.h>

#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

#define OWN_AS_SELDOM 8

/*
 * Routes
 */

static uint32_t random_as(struct world *w)
{
	static const uint32_t from[] = { 64601, 3333, 64701, 4200000000, 65000, 65001, 64999, 100 };

	/* our own come seldom */
	return from[world_below(w, world_below(w, OWN_AS_SELDOM) ? 4 : ARRAY_SIZE(from))];
}

static void random_confed_path(struct world *w, const struct ref_peer *p, struct route *r)
{
	const bool is_member = p->s.side == REF_MEMBER;

	/* some are malformed: RFC 5065 5 */
	if (is_member != (world_below(w, 32) != 0))
		return;
	if (is_member)
		route_append(r, ROUTE_CONFED_SEQUENCE, world_below(w, 32) ? p->as : 65011);
	if (!is_member || world_below(w, 3) == 0)
		route_append(r, ROUTE_CONFED_SEQUENCE, world_below(w, 8) ? 65011 : 65000);
}

static void random_path(struct world *w, const struct ref_peer *p, struct route *r)
{
	const bool internal = p->s.side == REF_INTERNAL;

	if (p->s.side == REF_MEMBER || (w->mix & WORLD_CONFED && world_below(w, 2)))
		random_confed_path(w, p, r);
	if (internal && p->s.confed && world_below(w, 4) == 0)
		route_append(r, ROUTE_CONFED_SEQUENCE, 65010);
	if (p->s.side == REF_EXTERNAL && world_below(w, 32))
		route_append(r, ROUTE_SEQUENCE, p->as);
	for (unsigned n = world_below(w, 3); n; n--)
		route_append(r, ROUTE_SEQUENCE, random_as(w));
	if (world_below(w, 24) == 0) {
		route_append(r, ROUTE_SET, 64710);
		route_append(r, ROUTE_SET, 64711);
	}
}

/* RFC 5065 5, RFC 7606 2: then it is as if it were withdrawn. */
static bool is_malformed(const struct ref_peer *p, const struct route *r)
{
	if (!p->s.confed)
		return route_has_segment(r, ROUTE_CONFED_SEQUENCE);
	return p->s.side == REF_MEMBER && (!r->n_path || r->segment[0] != ROUTE_CONFED_SEQUENCE);
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
	/* neighbours have from 11 on */
	nh.b[af == AF_INET ? 3 : 15] = (uint8_t)(dice < 8 ? 11 + world_below(w, 4) :
							    20 + world_below(w, 3));
	return nh;
}

static void random_bandwidth(struct world *w, uint8_t *e)
{
	static const float from[] = { 1.25e9F, 3.125e8F, 1.25e9F, 1e8F, 7, 0, -1, 1e15F };
	const float v = from[world_below(w, ARRAY_SIZE(from))];
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	e[1] = 4;
	for (unsigned i = 0; i < 4; i++)
		e[4 + i] = (uint8_t)(bits >> (24 - 8 * i));
}

static void random_exts(struct world *w, struct route *r, uint32_t n)
{
	for (; n && n <= 2; n--) {
		uint8_t *e = r->exts[r->n_exts++];

		e[0] = world_below(w, 2) ? 0x40 : 0; /* not transitive, or it is */
		e[1] = 2;
		e[7] = (uint8_t)n;
	}
	if (w->mix & WORLD_DECISION && world_below(w, 4)) {
		uint8_t *e = r->exts[r->n_exts++];

		e[0] = world_below(w, 2) ? 0x40 : 0;
		random_bandwidth(w, e);
	}
}

static void random_communities(struct world *w, struct route *r)
{
	static const uint32_t scopes[] = {
		COMMUNITY_NO_EXPORT,
		COMMUNITY_NO_ADVERTISE,
		COMMUNITY_NO_EXPORT_SUBCONFED,
	};
	const uint32_t dice = world_below(w, 64);

	for (unsigned n = dice & 3; n; n--)
		r->coms[r->n_coms++] = 65000u << 16 | world_below(w, 4);
	if (dice < 8)
		r->coms[r->n_coms++] = scopes[world_below(w, 3)];
	if (world_chance(w, WORLD_MARKS, 8))
		r->coms[r->n_coms++] = COMMUNITY_GRACEFUL_SHUTDOWN;
	if (world_chance(w, WORLD_MARKS, 6))
		r->coms[r->n_coms++] = COMMUNITY_BLACKHOLE;
	if (world_chance(w, WORLD_LLGR, 8))
		r->coms[r->n_coms++] = world_below(w, 2) ? COMMUNITY_LLGR_STALE : COMMUNITY_NO_LLGR;
	random_exts(w, r, dice >> 4);
	if (dice & 4) {
		r->has_large = true;
		r->large[0] = 65000;
		r->large[2] = dice;
	}
}

static void random_inside(struct world *w, struct route *r, uint32_t dice)
{
	r->has_local_pref = true;
	r->local_pref = 50 + 50 * world_below(w, 3);
	if (dice & 2) {
		r->has_originator = true;
		r->originator = 0x0a000001 + world_below(w, 6);
	}
	for (unsigned n = dice >> 2 & 1; n; n--)
		r->cluster[r->n_cluster++] = 0x0a000001 + world_below(w, 6);
}

static void random_rest(struct world *w, const struct ref_peer *p, struct route *r)
{
	const uint32_t dice = world_below(w, 256);

	if (!w->tame && dice & 1) {
		r->has_med = true;
		r->med = 10 * world_below(w, 3);
	}
	if (p->s.side != REF_EXTERNAL || dice < 16)
		random_inside(w, r, dice);
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

/*
 * Messages
 */

#define SPEECH_MAX 4

struct speech {
	struct route route;
	uint8_t af;
	struct {
		struct prefix pfx[SPEECH_MAX];
		uint32_t id[SPEECH_MAX];
		uint8_t at[SPEECH_MAX]; /* number of the prefix */
		uint32_t n;
	} reach, gone;
};

/* Some prefixes of the family, none twice: a message does not both announce and withdraw one. */
static void random_prefixes(struct world_peer *wp, struct speech *s)
{
	struct world *w = wp->w;
	const struct ref_peer *p = world_ref(wp);
	uint32_t n = 1 + world_below(w, SPEECH_MAX);
	bool taken[REF_PREFIXES] = { false };

	for (unsigned tries = 0; n && tries < 16; tries++) {
		const unsigned i = world_below(w, REF_PREFIXES);
		const bool ids = p->s.ids_in[ref_family(&w->ref.pfx[i])];
		const uint32_t id = ids ? world_below(w, REF_IDS) : 0;

		if (w->ref.pfx[i].family != s->af || taken[i])
			continue;
		n--;
		taken[i] = true;
		if (world_below(w, 3)) {
			s->reach.at[s->reach.n] = (uint8_t)i;
			s->reach.id[s->reach.n] = id;
			s->reach.pfx[s->reach.n++] = w->ref.pfx[i];
		} else if (!p->limit || wp->says[i][id]) {
			/* where surplus is counted, nobody withdraws what he has not said */
			s->gone.at[s->gone.n] = (uint8_t)i;
			s->gone.id[s->gone.n] = id;
			s->gone.pfx[s->gone.n++] = w->ref.pfx[i];
		}
	}
}

/* What counts for the limit: adj-in, but for `discard` not what waits for a restart to end. */
static unsigned count_in(const struct ref *m, const struct ref_peer *p, unsigned family)
{
	unsigned n = 0;

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		if (ref_family(&m->pfx[i]) != family)
			continue;
		for (unsigned id = 0; id < REF_IDS; id++)
			n += p->in[i][id].is &&
				(p->limit_action == BGP_LIMIT_DISCARD || !p->in[i][id].stale);
	}
	return n;
}

bool world_is_above(struct world_peer *wp)
{
	const struct ref *m = &wp->w->ref;
	const struct ref_peer *p = world_ref(wp);

	return p->limit &&
		(count_in(m, p, BGP_FAMILY_IP4) > p->limit ||
			count_in(m, p, BGP_FAMILY_IP6) > p->limit);
}

bool world_owes(struct world_peer *wp, unsigned family)
{
	const struct ref *m = &wp->w->ref;
	const struct ref_peer *p = world_ref(wp);
	unsigned n = 0;
	bool surplus = false;

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS && ref_family(&m->pfx[i]) == family; id++) {
			n += p->in[i][id].is;
			surplus |= wp->says[i][id] && !p->in[i][id].is;
		}
	}
	return surplus && !wp->asked[family] &&
		(!p->limit || p->limit_action == BGP_LIMIT_WARN || n < p->limit);
}

/* Is there no room? */
static bool is_surplus(const struct ref *m, const struct ref_peer *p, const struct ref_in *in,
	unsigned family)
{
	if (!p->limit || p->limit_action == BGP_LIMIT_WARN)
		return false;
	if (in->is && (p->limit_action == BGP_LIMIT_DISCARD || !in->stale))
		return false;
	return count_in(m, p, family) >= p->limit;
}

static void take_gone(struct world_peer *wp, unsigned pfx, unsigned id, bool says)
{
	world_ref(wp)->in[pfx][id] = (struct ref_in){ 0 };
	wp->says[pfx][id] = says;
}

/* Takes it in; false: there is a limit, and that was too much. */
static bool take_reach(struct world_peer *wp, unsigned pfx, unsigned id, const struct route *r)
{
	struct ref_peer *p = world_ref(wp);
	struct ref_in *in = &p->in[pfx][id];
	const bool surplus = is_surplus(&wp->w->ref, p, in, ref_family(&wp->w->ref.pfx[pfx]));

	wp->says[pfx][id] = true;
	wp->said[pfx][id] = *r;
	if (!surplus)
		*in = (struct ref_in){ .is = true, .r = *r };
	return !surplus || p->limit_action == BGP_LIMIT_DISCARD;
}

static void say(struct world_peer *wp, const struct speech *s)
{
	const struct ref_peer *p = world_ref(wp);
	const bool bad = s->reach.n && is_malformed(p, &s->route);
	const struct said said = {
		.route = &s->route,
		.reach = s->reach.pfx,
		.reach_id = s->reach.id,
		.n_reach = s->reach.n,
		.gone = s->gone.pfx,
		.gone_id = s->gone.id,
		.n_gone = s->gone.n,
		.af = s->af,
		.has_ids = p->s.ids_in[s->af == AF_INET ? BGP_FAMILY_IP4 : BGP_FAMILY_IP6],
	};
	bool lives = true;
	uint8_t msg[4096];

	for (unsigned i = 0; i < s->gone.n; i++)
		take_gone(wp, s->gone.at[i], s->gone.id[i], false);
	for (unsigned i = 0; i < s->reach.n && lives; i++) {
		if (bad)
			take_gone(wp, s->reach.at[i], s->reach.id[i], false);
		else
			lives = take_reach(wp, s->reach.at[i], s->reach.id[i], &s->route);
	}
	fake_session_say(wp->p->session, msg, route_encode(&said, msg));
	if (p->up != lives)
		wp->bad = lives ? "that it has too many routes" : "nothing of its limit";
}

void world_say_update(struct world_peer *wp)
{
	struct world *w = wp->w;
	const struct ref_peer *p = world_ref(wp);
	struct speech s = { .af = AF_INET };
	char text[ROUTE_TEXT];

	if (!p->up)
		return;
	if (!p->family_up[0] || (p->family_up[1] && world_below(w, 3) == 0))
		s.af = AF_INET6;
	s.route = random_route(w, p, s.af);
	random_prefixes(wp, &s);
	if (!s.reach.n && !s.gone.n)
		return;
	world_note(w, "peer %u: +%u -%u of IPv%d %s", wp->n, s.reach.n, s.gone.n,
		s.af == AF_INET ? 4 : 6, route_format(&s.route, text));
	say(wp, &s);
}

unsigned world_random_family(struct world_peer *wp)
{
	const struct ref_peer *p = world_ref(wp);

	if (p->family_up[0] && (!p->family_up[1] || world_below(wp->w, 2)))
		return BGP_FAMILY_IP4;
	return p->family_up[1] ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
}

/* What goes in the background takes room for as long as it is there. */
static void let_room(struct world_peer *wp)
{
	if (world_ref(wp)->limit)
		world_settle(wp->w);
}

void world_say_end(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);
	const unsigned f = world_random_family(wp);
	uint8_t msg[64];

	world_note(wp->w, "peer %u: End-of-RIB of family %u", wp->n, f);
	if (p->kept[f])
		world_forget(wp, f, true);
	p->kept[f] = p->long_lived[f] = false;
	fake_session_say(wp->p->session, msg, route_encode_end(wire_family_af(f), msg));
	let_room(wp);
}

/* RFC 7313: between the markers all is said again; here some of it, the rest is gone. */
void world_say_refresh(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);
	const unsigned f = world_random_family(wp);

	if (p->kept[f] || world_has_stale(wp->w))
		return;
	world_settle(wp->w);
	if (!p->up || !wp->p)
		return;
	world_note(wp->w, "peer %u: says family %u again", wp->n, f);
	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS; id++) {
			if (ref_family(&wp->w->ref.pfx[i]) != f)
				continue;
			p->in[i][id].stale = p->in[i][id].is;
			wp->says[i][id] = false;
		}
	}
	fake_session_refresh(wp->p->session, (enum bgp_family)f, 1);
	for (unsigned n = world_below(wp->w, 5); n; n--)
		world_say_update(wp);
	if (!p->up)
		return;
	world_forget(wp, f, true);
	fake_session_refresh(wp->p->session, (enum bgp_family)f, 2);
	let_room(wp);
}

static void say_all(struct world_peer *wp, unsigned family)
{
	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS && world_ref(wp)->up; id++) {
			struct speech s = { .af = wire_family_af((enum bgp_family)family) };

			if (!wp->says[i][id] || ref_family(&wp->w->ref.pfx[i]) != family)
				continue;
			s.route = wp->said[i][id];
			s.reach.at[0] = (uint8_t)i;
			s.reach.id[0] = id;
			s.reach.pfx[0] = wp->w->ref.pfx[i];
			s.reach.n = 1;
			say(wp, &s);
		}
	}
}

bool world_answer(struct world_peer *wp)
{
	bool answered = false;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!wp->asked[f])
			continue;
		wp->asked[f] = false;
		answered = true;
		if (wp->p && world_ref(wp)->up)
			say_all(wp, f);
	}
	return answered;
}
