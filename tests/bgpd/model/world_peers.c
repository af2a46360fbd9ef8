/* SPDX-License-Identifier: Apache-2.0 */
/* How neighbours are configured, come and go. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bgpd/wire/open.h"
#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

#define PER_VBR   (REF_PEERS / REF_VBRS)
#define GR_LONG   3600
#define LLGR_LONG 7200
#define MEMBER_AS 65010

struct ref_peer *world_ref(struct world_peer *wp)
{
	return &wp->w->ref.peer[wp->n];
}

/*
 * What is kept of them
 */

void world_forget(struct world_peer *wp, unsigned family, bool only_stale)
{
	struct ref_peer *p = world_ref(wp);

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS; id++) {
			if (ref_family(&wp->w->ref.pfx[i]) == family &&
				(!only_stale || p->in[i][id].stale))
				p->in[i][id] = (struct ref_in){ 0 };
		}
	}
}

void world_forget_kept(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (p->kept[f])
			world_forget(wp, f, false);
		p->kept[f] = p->long_lived[f] = false;
	}
}

static void make_stale(struct world_peer *wp, unsigned family)
{
	struct ref_peer *p = world_ref(wp);

	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS; id++) {
			if (ref_family(&wp->w->ref.pfx[i]) == family)
				p->in[i][id].stale = p->in[i][id].is;
		}
	}
}

/* RFC 9494 4.2: the restart time is over. */
static void make_long_lived(struct world_peer *wp, unsigned family)
{
	struct ref_peer *p = world_ref(wp);

	p->long_lived[family] = true;
	for (unsigned i = 0; i < REF_PREFIXES; i++) {
		for (unsigned id = 0; id < REF_IDS; id++) {
			if (ref_family(&wp->w->ref.pfx[i]) == family)
				p->in[i][id].long_lived = p->in[i][id].stale;
		}
	}
}

void world_purge_long_lived(struct world *w)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		struct ref_peer *p = &w->ref.peer[k];

		for (unsigned i = 0; i < REF_PREFIXES; i++) {
			for (unsigned id = 0; id < REF_IDS; id++) {
				if (p->in[i][id].long_lived &&
					!ref_may_live_long(&w->ref, p, i, id))
					p->in[i][id] = (struct ref_in){ 0 };
			}
		}
	}
}

static bool has_in(const struct world *w, bool (*is)(const struct ref_in *in))
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		for (unsigned i = 0; i < REF_PREFIXES; i++) {
			for (unsigned id = 0; id < REF_IDS; id++) {
				if (is(&w->ref.peer[k].in[i][id]))
					return true;
			}
		}
	}
	return false;
}

static bool is_stale(const struct ref_in *in)
{
	return in->stale;
}

static bool is_long_lived(const struct ref_in *in)
{
	return in->long_lived;
}

bool world_has_stale(const struct world *w)
{
	return has_in(w, is_stale);
}

bool world_has_long_lived(const struct world *w)
{
	return w->mix & WORLD_LLGR && has_in(w, is_long_lived);
}

/*
 * Up and down
 */

static bool wants_long(const struct ref_peer *p, unsigned f)
{
	return p->gr && p->llgr_families & BGP_FAMILY_BIT(f);
}

/* RFC 4724 4.2: kept if the connection just broke; but not over two restarts in a row. */
static void down(void *ctx, const struct session_down *why)
{
	struct world_peer *wp = ctx;
	struct ref_peer *p = world_ref(wp);

	p->up = false;
	world_heard_nothing(wp);
	memset(wp->says, 0, sizeof(wp->says));
	memset(wp->asked, 0, sizeof(wp->asked));
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		const bool listed = p->gr_families & BGP_FAMILY_BIT(f);

		/* RFC 9494 4.2: but what is long-lived goes on being it */
		if (p->kept[f] && !p->long_lived[f])
			world_forget(wp, f, true);
		p->kept[f] = p->family_up[f] && p->gr && why->graceful &&
			(listed || wants_long(p, f));
		p->family_up[f] = false;
		if (!p->kept[f]) {
			world_forget(wp, f, false);
			p->long_lived[f] = false;
			continue;
		}
		make_stale(wp, f);
		if (!listed)
			make_long_lived(wp, f);
	}
}

static void asked(void *ctx, enum bgp_family f)
{
	((struct world_peer *)ctx)->asked[f] = true;
}

static const struct fake_hook hook = { world_heard, down, asked };

static struct wire_open random_open(struct world_peer *wp)
{
	struct world *w = wp->w;
	const struct ref_peer *p = world_ref(wp);
	const uint32_t dice = world_below(w, 256);
	const bool gr = dice & 16 || dice & 32;
	struct wire_open o = {
		.router_id = p->router_id,
		.families = dice & 2 || dice & 4 ? 3 : (uint8_t)(1 + (dice >> 3 & 1)),
		.refresh = true,
		.enhanced_refresh = dice & 1,
		.gr = gr,
		.gr_time_s = dice & 64 ? 0 : GR_LONG,
		.gr_families = gr ? 3 : 0,
		.gr_forwarding = gr ? (uint8_t)(dice & 128 ? 3 : 1 + world_below(w, 2)) : 0,
	};

	if (world_chance(w, WORLD_ADD_PATH, 2))
		o.addpath_tx = (uint8_t)world_below(w, 4);
	if (world_chance(w, WORLD_ADD_PATH, 2))
		o.addpath_rx = (uint8_t)world_below(w, 4);
	if (!gr || !(w->mix & WORLD_LLGR) || world_below(w, 4) == 0)
		return o;
	o.llgr = true;
	o.llgr_families = (uint8_t)(world_below(w, 3) ? 3 : world_below(w, 4));
	o.llgr_forwarding = (uint8_t)(world_below(w, 2) ? 3 : world_below(w, 4));
	o.llgr_time_s[0] = o.llgr_time_s[1] = LLGR_LONG;
	if (world_below(w, 4) == 0)
		o.gr_families = (uint8_t)world_below(w, 4);
	o.gr_forwarding &= o.gr_families;
	o.llgr_forwarding &= o.llgr_families;
	return o;
}

static void learn(struct world_peer *wp, const struct wire_open *o)
{
	struct ref_peer *p = world_ref(wp);

	p->s = ref_peer_session(&wp->w->ref, p);
	p->s.llgr = o->llgr && p->llgr;
	p->gr = o->gr;
	p->gr_families = o->gr_families;
	p->forwarding = o->gr_forwarding;
	p->llgr_families = o->llgr && p->llgr ? o->llgr_families : 0;
	p->llgr_forwarding = o->llgr_forwarding & p->llgr_families;
	p->up = true;
	wp->gr_time_s = o->gr_time_s;
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		const uint8_t bit = BGP_FAMILY_BIT(f);
		const uint8_t forwards = p->long_lived[f] ? p->llgr_forwarding : p->forwarding;

		p->family_up[f] = o->families & bit;
		p->s.ids_in[f] = p->add_path_in && o->addpath_tx & bit;
		p->s.ids_out[f] = p->add_path_out && o->addpath_rx & bit;
		if (!p->kept[f] || (p->family_up[f] && p->gr && forwards & bit))
			continue;
		world_forget(wp, f, false);
		p->kept[f] = p->long_lived[f] = false;
	}
}

static uint8_t bits_of(const bool *family)
{
	return (uint8_t)(family[0] * BGP_FAMILY_BIT(0) + family[1] * BGP_FAMILY_BIT(1));
}

static void up(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);
	const struct wire_open remote = random_open(wp);
	struct wire_session ws;

	learn(wp, &remote);
	ws = (struct wire_session){
		.as4 = true,
		.ibgp = p->s.side == REF_INTERNAL,
		.confed = p->s.confed,
		.refresh = true,
		.enhanced_refresh = remote.enhanced_refresh,
		.graceful = remote.gr,
		.llgr = p->s.llgr,
		.families = remote.families,
		.addpath_rx = bits_of(p->s.ids_in) & remote.families,
		.addpath_tx = bits_of(p->s.ids_out) & remote.families,
		.local_as = p->s.local_as,
		.peer_as = p->as,
	};
	world_note(wp->w,
		"peer %u: up, families %u gr %d of %u forwarding %u time %u llgr %d of %u "
		"forwarding %u ids in %u out %u",
		wp->n, ws.families, remote.gr, remote.gr_families, remote.gr_forwarding,
		remote.gr_time_s, remote.llgr, remote.llgr_families, remote.llgr_forwarding,
		ws.addpath_rx, ws.addpath_tx);
	wp->congested = false;
	world_heard_nothing(wp);
	fake_session_up(wp->p->session, &ws, &remote);
}

/* It is away. Is its time over at once? */
static void expire(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);

	if (p->up || wp->gr_time_s > 0)
		return;
	world_settle(wp->w);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		if (!p->kept[f])
			continue;
		if (wants_long(p, f)) {
			make_long_lived(wp, f);
			continue;
		}
		world_forget(wp, f, false);
		p->kept[f] = p->long_lived[f] = false;
	}
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
	struct ref_peer *p = world_ref(wp);

	world_settle(wp->w); /* routes that become stale keep their verdict: let it be the last */
	if (!p->up)
		return;
	world_note(wp->w, "peer %u: down, reason %d", wp->n, (int)reason);
	/* the session knows from N bit and hard reset what may be kept: here chance does */
	fake_session_down(wp->p->session, reason,
		reason == SESSION_DOWN_TCP || world_below(wp->w, 2));
	expire(wp);
}

/*
 * Configuration
 */

static void add(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);
	struct bgp_peer_conf c;

	world_first_options(wp);
	c = world_peer_conf(wp);
	world_note(wp->w, "peer %u: configured, role %d", wp->n, (int)p->role);
	p->is = true;
	wp->local_as = c.session.local_as;
	wp->p = bgp_peer_new(wp->w->inst[p->inst], &c);
	p->live_key = wp->p->live_key;
	fake_session_set_hook(wp->p->session, &hook, wp);
}

static void del(struct world_peer *wp)
{
	struct ref_peer *p = world_ref(wp);

	world_note(wp->w, "peer %u: deconfigured", wp->n);
	bgp_peer_free(wp->p);
	wp->p = NULL;
	p->is = p->up = false;
	memset(p->in, 0, sizeof(p->in));
	memset(p->kept, 0, sizeof(p->kept));
	memset(p->long_lived, 0, sizeof(p->long_lived));
}

/*
 * Does it mean something else what such a neighbour says? Then nothing is kept of it. A fake AS
 * goes and comes also with its side, which follows from the instance's confederation.
 */
static bool is_other(struct world_peer *wp, const struct ref_peer *a,
	const struct bgp_peer_conf *now)
{
	const struct ref_peer *b = world_ref(wp);

	return wp->local_as != now->session.local_as || a->client != b->client ||
		a->add_path_in != b->add_path_in || a->add_path_out != b->add_path_out;
}

/* A limit that is new may be too low for what is there. */
static bool is_above_limit(struct world_peer *wp, const struct ref_peer *old)
{
	const struct ref_peer *p = world_ref(wp);

	if (p->limit_action != BGP_LIMIT_TEARDOWN && p->limit_action != BGP_LIMIT_RESTART)
		return false;
	if (p->limit == old->limit && p->limit_action == old->limit_action)
		return false;
	return p->up && world_is_above(wp);
}

/* Is there room for something that was not taken in? Then it has to ask for it. */
static bool is_owed(struct world_peer *wp, const struct ref_peer *old)
{
	const struct ref_peer *p = world_ref(wp);
	const bool is_new = p->limit != old->limit || p->limit_action != old->limit_action;

	return p->up && is_new &&
		(world_owes(wp, BGP_FAMILY_IP4) || world_owes(wp, BGP_FAMILY_IP6));
}

static void reconf(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = world_ref(wp);
	const struct ref_peer old = *p;
	struct bgp_peer_conf c;
	bool falls;

	world_random_options(wp);
	world_settle(w); /* it may go down by it, and routes keep their verdict */
	c = world_peer_conf(wp);
	if (!p->up && is_other(wp, &old, &c))
		world_forget_kept(wp);
	falls = is_above_limit(wp, &old);
	world_note(w,
		"peer %u: import %u export %u own-as %u multihop %u client %d fake %u%s%s override "
		"%d private %d withhold %u next-hop %d gshut %d,%d ids %d%d mode %d,%u default "
		"%d,%u condition %d,%u,%u limit %u,%d",
		wp->n, p->import, p->export, p->allow_own_as, p->multihop, p->client, p->fake_as,
		p->fake_no_prepend ? " no-prepend" : "", p->fake_replace_as ? " replace" : "",
		p->as_override, (int)p->private_as, p->withhold, (int)p->next_hop, p->gshut,
		p->ignore_gshut, p->add_path_in, p->add_path_out, (int)p->add_path,
		p->add_path_best, p->default_originate, p->default_map, (int)p->condition,
		p->condition_map, p->advertise_map, p->limit, (int)p->limit_action);
	wp->local_as = c.session.local_as;
	bgp_peer_reconf(wp->p, &c);
	if (old.client != p->client)
		world_forget_kept(wp);
	expire(wp);
	if (falls && p->up)
		wp->bad = "nothing of its new limit";
	if (is_owed(wp, &old))
		wp->bad = "nothing of the room that there is now";
}

void world_peers_init(struct world *w)
{
	static const uint32_t as_of[PER_VBR] = { 64601, 3333, 64601, 0, 0, MEMBER_AS };

	for (unsigned n = 0; n < REF_PEERS; n++) {
		struct world_peer *wp = &w->peer[n];
		struct ref_peer *p = &w->ref.peer[n];
		char text[64];

		wp->w = w;
		wp->n = n;
		p->inst = (uint8_t)(n / PER_VBR);
		p->as = as_of[n % PER_VBR] ? as_of[n % PER_VBR] : w->ref.inst[p->inst].as;
		p->add_path_best = 2;
		/* the first two have one router id: the address decides between them */
		p->router_id = 0x0b000001 + (n % PER_VBR) / 2;
		p->add_path_in = world_chance(w, WORLD_ADD_PATH, 2);
		p->add_path_out = world_chance(w, WORLD_ADD_PATH, 2);
		(void)snprintf(text, sizeof(text), n % PER_VBR == 2 ? "fd00:%u::%u" : "10.0.%u.%u",
			p->inst + 1u, 11 + n % PER_VBR);
		CU_ASSERT_EQUAL_FATAL(ip_parse(text, &p->addr), 0);
		add(wp);
	}
}

static void clear_hard(struct world_peer *wp)
{
	world_note(wp->w, "peer %u: cleared", wp->n);
	if (!world_ref(wp)->up)
		world_forget_kept(wp);
	bgp_peer_clear(wp->p, BGP_CLEAR_HARD);
}

static void step_up(struct world_peer *wp, uint32_t dice)
{
	if (dice < 1)
		del(wp);
	else if (dice < 12)
		go_down(wp);
	else if (dice < 24)
		world_say_end(wp);
	else if (dice < 30)
		world_say_refresh(wp);
	else if (dice < 40)
		fake_session_refresh(wp->p->session, (enum bgp_family)world_random_family(wp), 0);
	else if (dice < 54)
		reconf(wp);
	else if (dice < 57)
		bgp_peer_clear(wp->p, BGP_CLEAR_SOFT_IN);
	else if (dice < 62)
		bgp_peer_clear(wp->p, BGP_CLEAR_SOFT_OUT);
	else if (dice < 63)
		clear_hard(wp);
	else if (dice < 74) {
		wp->congested = !wp->congested;
		fake_session_congest(wp->p->session, wp->congested);
	} else
		world_say_update(wp);
}

/* Not there: it comes back, unless something happens to it meanwhile. */
static void step_down(struct world_peer *wp)
{
	const uint32_t dice = world_below(wp->w, 16);

	if (dice == 0)
		reconf(wp);
	else if (dice == 1)
		clear_hard(wp);
	else if (fake_session_is_waiting(wp->p->session))
		up(wp);
}

void world_peer_step(struct world *w)
{
	struct world_peer *wp = &w->peer[world_below(w, REF_PEERS)];

	world_note(w, "peer %u: a small thing", wp->n);
	if (!wp->p)
		add(wp);
	else if (world_ref(wp)->up)
		step_up(wp, world_below(w, 1000));
	else
		step_down(wp);
}
