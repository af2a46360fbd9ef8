/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helping a neighbour that restarts (RFC 4724, 8538, 9494): which of its routes stay, and for how
 * long; and what we say of our own restart.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "tests/bgpd/engine/lab.h"

struct stage {
	struct lab lab;
	struct lab_raw raw;
};

static void open_stage(struct stage *s, const struct wire_open *o)
{
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.gr = true;
	c.session.gr_time_s = 120;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, o));
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

static void say(struct stage *s, const char *prefix)
{
	const struct wire_attrs at = lab_raw_attrs(lab_prefix(prefix).family);

	lab_raw_say(&s->raw, prefix, &at);
	lab_settle(&s->lab);
}

static void notify(struct stage *s, uint8_t code, uint8_t subcode)
{
	uint8_t buf[64];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_notification_encode(&w, code, subcode, NULL, 0);
	raw_send(&s->raw.raw, buf, cursor_w_len(&w));
	CU_ASSERT_TRUE(lab_until_up(&s->lab, false));
	lab_settle(&s->lab);
}

static void break_off(struct stage *s)
{
	raw_close(&s->raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s->lab, false));
	lab_settle(&s->lab);
}

static const void *best_owner(const struct stage *s, uint32_t net)
{
	const struct rib *r = bgp_instance_rib(s->lab.a.i, BGP_FAMILY_IP4);

	return rib_source_at(r, rib_net_best(r, net)->source)->owner;
}

/* RFC 8538 4. */
static void a_notification_keeps_routes_if_both_have_the_n_bit(void)
{
	static const struct {
		bool n_bit;
		uint8_t subcode;
		uint32_t stale;
	} rows[] = {
		{ true, BGP_ERR_CEASE_RESOURCES, 1 },
		{ false, BGP_ERR_CEASE_RESOURCES, 0 },
		{ true, BGP_ERR_CEASE_HARD_RESET, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_open o = lab_raw_offer(true);
		struct stage s;

		o.gr_notification = rows[i].n_bit;
		open_stage(&s, &o);
		say(&s, "20.0.1.0/24");
		notify(&s, BGP_ERR_CEASE, rows[i].subcode);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, rows[i].stale);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), rows[i].stale);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1 - rows[i].stale);
		lab_check_fib(&s.lab.a, s.lab.a.i);
		close_stage(&s);
	}
}

/* RFC 4724 4.2: the F bit is about an earlier restart; what counts is that the family is listed. */
static void families_are_kept_that_the_capability_listed(void)
{
	struct wire_open o = lab_raw_offer(true);
	struct stage s;

	o.gr_families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	o.gr_forwarding = 0;
	open_stage(&s, &o);
	say(&s, "20.0.1.0/24");
	say(&s, "2a01::/32");
	break_off(&s);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 1);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP6), 0);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
	/* back without the F bit: it has lost its forwarding */
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* RFC 4724 4.2: of two restarts in a row only what was said between them outlives the second. */
static void a_second_restart_does_not_keep_what_the_first_left(void)
{
	const struct wire_open o = lab_raw_offer(true);
	struct stage s;

	open_stage(&s, &o);
	say(&s, "20.0.1.0/24");
	say(&s, "20.0.2.0/24");
	break_off(&s);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	say(&s, "20.0.2.0/24");
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
	break_off(&s); /* without End-of-RIB */
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 1);
	CU_ASSERT_PTR_NULL(lab_path(s.lab.a.i, "20.0.1.0/24"));
	CU_ASSERT_PTR_NOT_NULL(lab_path(s.lab.a.i, "20.0.2.0/24"));
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	lab_fini(&s.lab);
}

/* RFC 4271 9.1.2.2 f: what is kept from before is ranked by the identifier of now. */
static void another_identifier_decides_what_is_kept_anew(void)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct lab_raw other = { .src = "127.0.0.3" };
	struct wire_open o = lab_raw_offer(true);
	struct bgp_peer_conf c;
	struct bgp_peer *first;
	struct stage s;
	uint32_t net;
	struct prefix pfx = lab_prefix("20.0.1.0/24");

	open_stage(&s, &o);
	say(&s, "20.0.1.0/24");
	first = s.lab.a.p;
	c = lab_peer_conf(&s.lab.a);
	c.session.passive = true;
	CU_ASSERT_EQUAL(ip_parse(other.src, &c.session.remote), 0);
	s.lab.a.p = bgp_peer_new(s.lab.a.i, &c);
	o.router_id = RIG_ID_B + 1;
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&other, &s.lab, &o));
	lab_raw_say(&other, "20.0.1.0/24", &at);
	lab_settle(&s.lab);
	net = rib_find(bgp_instance_rib(s.lab.a.i, BGP_FAMILY_IP4), &pfx);
	CU_ASSERT_PTR_EQUAL(best_owner(&s, net), first);
	s.lab.a.p = first;
	break_off(&s);
	CU_ASSERT_PTR_EQUAL(best_owner(&s, net), first);
	o.router_id = RIG_ID_B + 2;
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(first).stale, 1);
	CU_ASSERT_PTR_NOT_EQUAL(best_owner(&s, net), first);
	raw_close(&other.raw);
	close_stage(&s);
}

enum said {
	SAID_NOTHING,
	SAID_ROUTE,
	SAID_END,
};

static enum said what_is_said(struct stage *s, int ms)
{
	uint8_t msg[BGP_MAX_LEN];
	const size_t len = raw_expect(&s->raw.raw, BGP_MSG_UPDATE, msg, ms);

	if (len == 0)
		return SAID_NOTHING;
	/* End-of-RIB has two empty lists, or an MP_UNREACH_NLRI without prefixes */
	return len <= BGP_HEADER_LEN + 4 + 6 ? SAID_END : SAID_ROUTE;
}

/*
 * RFC 4724 4.1: after our own restart routes go out at once, but End-of-RIB waits until we have
 * heard that of the neighbours, since at ours they forget what we have not said again.
 */
static void end_of_rib_waits_for_those_of_the_neighbours(void)
{
	static const struct {
		bool gr;
		bool restarted;
		uint16_t sync_s;
		enum said before; /* we have heard theirs */
	} rows[] = {
		{ true, false, 60, SAID_NOTHING },
		{ true, true, 60, SAID_END },   /* two that restart do not wait for each other */
		{ false, false, 60, SAID_END }, /* it will say none */
		{ true, false, 1, SAID_END },   /* the time is over */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wire_open o = lab_raw_offer(rows[i].gr);
		struct bgp_instance_conf ic;
		struct bgp_peer_conf c;
		struct stage s = { 0 };

		o.gr_restarted = rows[i].restarted;
		lab_init(&s.lab);
		if (rows[i].sync_s != 60) {
			struct bgp_link link = lab_link(&s.lab.a);

			bgp_instance_free(s.lab.a.i);
			ic = lab_instance_conf(&s.lab.a, 2);
			ic.sync_s = rows[i].sync_s;
			s.lab.a.i = bgp_instance_new(s.lab.a.e, &ic, &link, 1);
		}
		lab_announce(&s.lab.a, 0, 1);
		c = lab_peer_conf(&s.lab.a);
		c.session.passive = true;
		c.session.gr = true;
		s.lab.a.p = bgp_peer_new(s.lab.a.i, &c);
		CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
		for (unsigned n = 0; n < BGP_FAMILY_COUNT; n++) {
			enum said said = what_is_said(&s, 2000);

			while (rows[i].before == SAID_END && said == SAID_END)
				said = what_is_said(&s, 2000);
			CU_ASSERT_EQUAL(said, SAID_ROUTE);
		}
		if (rows[i].before == SAID_NOTHING) {
			CU_ASSERT_EQUAL(what_is_said(&s, 300), SAID_NOTHING);
			lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
			CU_ASSERT_EQUAL(what_is_said(&s, 2000), SAID_END);
			CU_ASSERT_EQUAL(what_is_said(&s, 300), SAID_NOTHING);
			lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP6);
		}
		CU_ASSERT_EQUAL(what_is_said(&s, 2000), SAID_END);
		close_stage(&s);
	}
}

/* RFC 4724 3: the kernel forwards while we are away, unless it was away itself. */
static void forwarding_is_claimed_unless_the_kernel_was_away_too(void)
{
	for (int cold = 0; cold < 2; cold++) {
		uint8_t msg[BGP_MAX_LEN];
		struct bgp_instance_conf ic;
		struct wire_open o = { 0 };
		struct wire_err err = { 0 };
		struct bgp_peer_conf c;
		struct stage s = { 0 };
		size_t len;

		lab_init(&s.lab);
		ic = lab_instance_conf(&s.lab.a, 1);
		ic.cold = cold;
		bgp_instance_reconf(s.lab.a.i, &ic);
		c = lab_peer_conf(&s.lab.a);
		c.session.passive = true;
		c.session.gr = true;
		s.lab.a.p = bgp_peer_new(s.lab.a.i, &c);
		s.raw.rig.l = s.lab.l;
		s.raw.rig.port = s.lab.a.port;
		CU_ASSERT_TRUE_FATAL(raw_connect(&s.raw.raw, &s.raw.rig, "127.0.0.2"));
		len = raw_expect(&s.raw.raw, BGP_MSG_OPEN, msg, 2000);
		CU_ASSERT_TRUE_FATAL(len > 0);
		CU_ASSERT_EQUAL(wire_open_head(msg, len, &o, &err), 0);
		CU_ASSERT_EQUAL(wire_open_caps(msg, len, &o, &err), 0);
		CU_ASSERT_TRUE(o.gr && o.gr_restarted && o.gr_notification);
		CU_ASSERT_EQUAL(o.gr_families, o.families);
		CU_ASSERT_EQUAL(o.gr_forwarding, cold ? 0 : o.families);
		close_stage(&s);
	}
}

/*
 * RFC 9494: after the restart time routes stay for long, marked; NO_LLGR ones do not.
 */

static const uint8_t no_llgr[] = { 0xff, 0xff, 0, 7 };
static const uint8_t llgr_stale[] = { 0xff, 0xff, 0, 6 };

static struct wire_open long_lived_offer(uint32_t llst_s)
{
	struct wire_open o = lab_raw_offer(true);

	o.gr_time_s = 0;
	o.llgr = true;
	o.llgr_families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	o.llgr_forwarding = o.llgr_families;
	o.llgr_time_s[BGP_FAMILY_IP4] = llst_s;
	return o;
}

static bool is_long_lived(struct stage *s, const char *prefix)
{
	const struct rib_path *p = lab_path(s->lab.a.i, prefix);
	const struct attrs *at = p ? lab_attrs(&s->lab, p) : NULL;

	CU_ASSERT_PTR_NOT_NULL(at);
	return at && at->limits & ATTRS_LIMIT_LLGR_STALE;
}

/* Away, with 20.0.1.0/24 and the like kept for long. */
static void open_long_lived(struct stage *s, const struct wire_open *o, uint32_t ours_s)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = lab_peer_conf(&s->lab.a);
	c.session.passive = true;
	c.session.gr = true;
	c.session.llgr_time_s = ours_s;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, o));
	say(s, "20.0.1.0/24");
	say(s, "20.0.2.0/24");
	say(s, "2a01::/32"); /* not in the capability */
	at.communities = (struct octets){ no_llgr, sizeof(no_llgr) };
	lab_raw_say(&s->raw, "20.0.3.0/24", &at);
	lab_settle(&s->lab);
	CU_ASSERT_EQUAL(lab_view(s->lab.a.p).received, 4);
	break_off(s);
}

static void routes_stay_for_long_marked_but_for_those_that_may_not(void)
{
	const struct wire_open o = long_lived_offer(3600);
	const struct rib_path *p;
	struct stage s;

	open_long_lived(&s, &o, 7200);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 2);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 2);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP6), 0);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	p = lab_path(s.lab.a.i, "20.0.1.0/24");
	CU_ASSERT_FALSE(lab_in(&s.lab, p)->limits & ATTRS_LIMIT_LLGR_STALE); /* as received */
	CU_ASSERT_PTR_NULL(lab_path(s.lab.a.i, "20.0.3.0/24"));
	lab_check_fib(&s.lab.a, s.lab.a.i);

	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	say(&s, "20.0.2.0/24");
	CU_ASSERT_FALSE(is_long_lived(&s, "20.0.2.0/24"));
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	break_off(&s); /* RFC 9494 4.2: again, and what was kept for long stays so */
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.2.0/24"));
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	say(&s, "20.0.2.0/24");
	lab_raw_end_of_rib(&s.raw, BGP_FAMILY_IP4);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 1);
	CU_ASSERT_FALSE(is_long_lived(&s, "20.0.2.0/24"));
	lab_check_fib(&s.lab.a, s.lab.a.i);
	close_stage(&s);
}

/* A filter that changes meanwhile is asked about them too, and they are no younger for it. */
static void what_is_kept_obeys_a_new_filter(void)
{
	const struct wire_open o = long_lived_offer(3600);
	const struct rib_path *p;
	struct prefix cidr;
	struct stage s;

	CU_ASSERT_EQUAL_FATAL(prefix_parse("20.0.1.0/24", &cidr), 0);
	open_long_lived(&s, &o, 3600);
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	lab_settle(&s.lab);
	p = lab_path(s.lab.a.i, "20.0.1.0/24");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->reason, RIB_REASON_FILTER_VPC_CIDR);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 1);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.2.0/24"));

	bgp_engine_set_cidrs(s.lab.a.e, NULL, 0);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 2);
	lab_check_fib(&s.lab.a, s.lab.a.i);
	lab_fini(&s.lab);
}

/* RFC 9494 4.2: what was fresh when it went down again has a restart time of its own. */
static void a_second_restart_time_is_not_cut_short_by_a_new_filter(void)
{
	struct wire_open o = long_lived_offer(3600);
	const struct rib_path *p;
	struct prefix cidr;
	struct stage s;

	CU_ASSERT_EQUAL_FATAL(prefix_parse("20.0.0.0/22", &cidr), 0);
	open_long_lived(&s, &o, 3600);
	o.gr_time_s = 600;
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	say(&s, "20.0.2.0/24");
	break_off(&s);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_FALSE(is_long_lived(&s, "20.0.2.0/24"));

	/* refused for a while, so that no attributes tell which is which */
	bgp_engine_set_cidrs(s.lab.a.e, &cidr, 1);
	lab_settle(&s.lab);
	p = lab_path(s.lab.a.i, "20.0.2.0/24");
	CU_ASSERT_TRUE_FATAL(p && p->flags & RIB_PATH_REJECTED);
	bgp_engine_set_cidrs(s.lab.a.e, NULL, 0);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 2);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	CU_ASSERT_FALSE(is_long_lived(&s, "20.0.2.0/24"));
	lab_check_fib(&s.lab.a, s.lab.a.i);
	lab_fini(&s.lab);
}

static void long_is_not_for_ever(void)
{
	static const struct {
		uint32_t theirs;
		uint32_t ours;
	} rows[] = { { 1, 3600 }, { 3600, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct wire_open o = long_lived_offer(rows[i].theirs);
		const struct mono start = mono_now();
		struct stage s;

		open_long_lived(&s, &o, rows[i].ours);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 2);
		while (!s.lab.a.fib.n_dead && mono_age_s(start) < 5)
			lab_settle(&s.lab);
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
		lab_fini(&s.lab);
	}
}

static void disable(struct stage *s)
{
	struct bgp_peer_conf c = *lab_view(s->lab.a.p).conf;

	c.session.enabled = false;
	bgp_peer_reconf(s->lab.a.p, &c);
}

static void clear(struct stage *s)
{
	bgp_peer_clear(s->lab.a.p, BGP_CLEAR_HARD);
}

static void come_back_empty(struct stage *s)
{
	struct wire_open o = long_lived_offer(3600);

	o.llgr_forwarding = 0;
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, &o));
}

static void come_back_without_the_capability(struct stage *s)
{
	struct wire_open o = long_lived_offer(3600);

	o.llgr = false;
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, &o));
}

static void come_back_unwanted(struct stage *s)
{
	const struct wire_open o = long_lived_offer(3600);
	struct bgp_peer_conf c = *lab_view(s->lab.a.p).conf;

	c.session.llgr_time_s = 0;
	bgp_peer_reconf(s->lab.a.p, &c);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, &o));
}

static void nobody_waits_for_long_in_vain(void)
{
	static void (*const ends[])(struct stage * s) = { disable, clear, come_back_empty,
		come_back_without_the_capability, come_back_unwanted };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct wire_open o = long_lived_offer(3600);
		struct stage s;

		open_long_lived(&s, &o, 3600);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 2);
		ends[i](&s);
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
		if (i >= 2)
			raw_close(&s.raw.raw);
		lab_fini(&s.lab);
	}
}

static void without_our_consent_nothing_stays_for_long(void)
{
	const struct wire_open o = long_lived_offer(3600);
	const struct mono start = mono_now();
	struct stage s;

	open_long_lived(&s, &o, 0);
	while (!s.lab.a.fib.n_dead && mono_age_s(start) < 5)
		lab_settle(&s.lab);
	lab_settle(&s.lab);
	CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
	lab_fini(&s.lab);
}

/* RFC 9494 4.3: the neighbour's mark counts as ours does. */
static void a_mark_that_was_received_is_honoured(void)
{
	struct wire_attrs at = lab_raw_attrs(AF_INET);
	const struct wire_open o = lab_raw_offer(true);
	struct stage s;

	open_stage(&s, &o);
	at.communities = (struct octets){ llgr_stale, sizeof(llgr_stale) };
	lab_raw_say(&s.raw, "20.0.1.0/24", &at);
	lab_settle(&s.lab);
	CU_ASSERT_TRUE(is_long_lived(&s, "20.0.1.0/24"));
	close_stage(&s);
}

static void make_client(struct bgp_peer_conf *c)
{
	c->rr_client = true;
}

static void give_role(struct bgp_peer_conf *c)
{
	c->session.role = BGP_ROLE_PROVIDER;
}

static void add_paths(struct bgp_peer_conf *c)
{
	c->session.addpath_rx = true;
}

/* Routes of before mean something else after it: to keep them would be to misread them. */
static void nothing_is_kept_over_a_change_of_what_routes_mean(void)
{
	static void (*const changes[])(struct bgp_peer_conf * c) = {
		make_client,
		give_role,
		add_paths,
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(changes); i++) {
		struct wire_open o = lab_raw_offer(true);
		struct bgp_peer_conf c;
		struct stage s;

		o.gr_notification = true;
		open_stage(&s, &o);
		say(&s, "20.0.1.0/24");
		c = *lab_view(s.lab.a.p).conf;
		changes[i / 2](&c);
		if (i % 2)
			break_off(&s);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, i % 2);
		bgp_peer_reconf(s.lab.a.p, &c);
		lab_settle(&s.lab);
		CU_ASSERT_FALSE(lab_is_up(&s.lab.a));
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).received, 0);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), 0);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		close_stage(&s);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(nothing_is_kept_over_a_change_of_what_routes_mean),
	CU_CASE(routes_stay_for_long_marked_but_for_those_that_may_not),
	CU_CASE(what_is_kept_obeys_a_new_filter),
	CU_CASE(a_second_restart_time_is_not_cut_short_by_a_new_filter),
	CU_CASE(long_is_not_for_ever),
	CU_CASE(nobody_waits_for_long_in_vain),
	CU_CASE(without_our_consent_nothing_stays_for_long),
	CU_CASE(a_mark_that_was_received_is_honoured),
	CU_CASE(end_of_rib_waits_for_those_of_the_neighbours),
	CU_CASE(forwarding_is_claimed_unless_the_kernel_was_away_too),
	CU_CASE(a_notification_keeps_routes_if_both_have_the_n_bit),
	CU_CASE(families_are_kept_that_the_capability_listed),
	CU_CASE(a_second_restart_does_not_keep_what_the_first_left),
	CU_CASE(another_identifier_decides_what_is_kept_anew),
};
CU_SUITE(restart, cases);
