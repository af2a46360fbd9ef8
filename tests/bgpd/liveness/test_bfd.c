/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a neighbour is watched, and what follows when BFD is down: each row of the table of
 * bgpd/liveness/bfd.c, with a neighbour made of octets and a BFD made by hand.
 */
#include <string.h>

#include "tests/bgpd/engine/lab.h"

struct stage {
	struct lab lab;
	struct lab_raw raw;
	uint32_t downs;
	uint32_t deaths;
};

static struct bgp_peer_conf conf_of(const struct stage *s)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	c.session.gr = true;
	c.session.gr_time_s = 120;
	c.bfd = (struct bgp_bfd_conf){
		.on = true,
		.multiplier = 3,
		.min_tx_ms = 50,
		.min_rx_ms = 60,
	};
	return c;
}

/* A session that is up and has said one route. */
static void open_stage(struct stage *s, bool gr, bool n_bit)
{
	const struct wire_attrs at = lab_raw_attrs(AF_INET);
	struct wire_open o = lab_raw_offer(gr);
	struct bgp_peer_conf c;

	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	c = conf_of(s);
	o.gr_notification = n_bit;
	s->lab.a.p = bgp_peer_new(s->lab.a.i, &c);
	CU_ASSERT_EQUAL(s->lab.a.n_bfd, 0);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s->raw, &s->lab, &o));
	lab_raw_say(&s->raw, "20.0.1.0/24", &at);
	lab_settle(&s->lab);
	CU_ASSERT_EQUAL_FATAL(lab_routes(&s->lab.a, 1, BGP_FAMILY_IP4), 1);
}

static void close_stage(struct stage *s)
{
	raw_close(&s->raw.raw);
	lab_fini(&s->lab);
}

static struct bgp_bfd_report report(const struct stage *s)
{
	return (struct bgp_bfd_report){
		.key = s->lab.a.bfd.key,
		.generation = s->lab.a.bfd.generation,
		.downs = s->downs,
		.deaths = s->deaths,
		.why = "words",
	};
}

static void bfd_is_up(struct stage *s)
{
	struct bgp_bfd_report r = report(s);

	r.up = true;
	bgp_instance_bfd(s->lab.a.i, &r);
}

static void bfd_is_down(struct stage *s, bool independent)
{
	struct bgp_bfd_report r;

	s->downs++;
	s->deaths++;
	r = report(s);
	r.independent = independent;
	bgp_instance_bfd(s->lab.a.i, &r);
}

static void watching_begins_with_the_session_and_outlives_it(void)
{
	struct ip_addr remote;
	struct stage s;

	open_stage(&s, false, false);
	CU_ASSERT_EQUAL(s.lab.a.n_bfd, 1);
	CU_ASSERT_TRUE(s.lab.a.bfd.on);
	CU_ASSERT_EQUAL(s.lab.a.bfd.conf->min_rx_ms, 60);
	CU_ASSERT_EQUAL(s.lab.a.bfd.key, lab_view(s.lab.a.p).live_key);
	remote = lab_view(s.lab.a.p).address;
	CU_ASSERT_TRUE(ip_is_equal(&s.lab.a.bfd.remote, &remote));
	CU_ASSERT_TRUE(ip_is_set(&s.lab.a.bfd.local));
	CU_ASSERT_TRUE(lab_view(s.lab.a.p).bfd_watched);
	raw_close(&s.raw.raw);
	CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
	CU_ASSERT_TRUE(s.lab.a.bfd.on);
	bgp_peer_free(s.lab.a.p);
	CU_ASSERT_FALSE(s.lab.a.bfd.on);
	s.lab.a.p = NULL;
	close_stage(&s);
}

static void one_hop_is_what_shares_a_subnet(void)
{
	struct stage s;
	struct bgp_link link;

	open_stage(&s, false, false);
	/* 127.0.0.2 is not in 10.0.0.0 */
	CU_ASSERT_TRUE(s.lab.a.bfd.multihop);
	link = lab_link(&s.lab.a);
	CU_ASSERT_EQUAL(ip_parse("127.0.0.1", &link.local4), 0);
	link.len4 = 8;
	bgp_instance_set_links(s.lab.a.i, &link, 1);
	CU_ASSERT_FALSE(s.lab.a.bfd.multihop);
	close_stage(&s);
}

static void configuration_is_followed_live(void)
{
	struct bgp_peer_conf c;
	struct stage s;
	uint32_t generation;

	open_stage(&s, false, false);
	bfd_is_up(&s);
	generation = s.lab.a.bfd.generation;
	c = conf_of(&s);
	c.bfd.min_tx_ms = 100;
	bgp_peer_reconf(s.lab.a.p, &c);
	CU_ASSERT_EQUAL(s.lab.a.bfd.conf->min_tx_ms, 100);
	CU_ASSERT_EQUAL(s.lab.a.bfd.generation, generation);
	CU_ASSERT_TRUE(lab_view(s.lab.a.p).bfd_up);
	c.bfd.on = false;
	bgp_peer_reconf(s.lab.a.p, &c);
	CU_ASSERT_FALSE(s.lab.a.bfd.on);
	CU_ASSERT_FALSE(lab_view(s.lab.a.p).bfd_watched);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	c.bfd.on = true;
	bgp_peer_reconf(s.lab.a.p, &c);
	CU_ASSERT_TRUE(s.lab.a.bfd.on);
	CU_ASSERT_EQUAL(s.lab.a.bfd.generation, generation + 1);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	close_stage(&s);
}

static void news_of_an_earlier_watch_or_of_others_mean_nothing(void)
{
	struct bgp_bfd_report r;
	struct stage s;

	open_stage(&s, false, false);
	bfd_is_up(&s);
	s.downs = 7;
	r = report(&s);
	r.generation--;
	bgp_instance_bfd(s.lab.a.i, &r);
	r.generation++;
	r.key++;
	bgp_instance_bfd(s.lab.a.i, &r);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
	close_stage(&s);
}

static void a_bfd_session_that_was_never_up_says_nothing(void)
{
	struct bgp_bfd_report r;
	struct stage s;

	open_stage(&s, false, false);
	r = report(&s);
	bgp_instance_bfd(s.lab.a.i, &r);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_DOWN], 0);
	bfd_is_up(&s);
	bfd_is_up(&s);
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_UP], 1);
	close_stage(&s);
}

/* Down and up again before we looked. */
static void a_flap_that_nobody_saw_is_a_flap(void)
{
	struct stage s;

	open_stage(&s, false, false);
	bfd_is_up(&s);
	s.downs++;
	s.deaths++;
	bfd_is_up(&s);
	CU_ASSERT_FALSE(lab_is_up(&s.lab.a));
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_DOWN], 1);
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_UP], 2);
	close_stage(&s);
}

/* RFC 5882 4.2 */
static void the_neighbours_operator_is_no_failure(void)
{
	struct bgp_bfd_report r;
	struct stage s;

	open_stage(&s, false, false);
	bfd_is_up(&s);
	s.downs++;
	r = report(&s);
	bgp_instance_bfd(s.lab.a.i, &r);
	CU_ASSERT_TRUE(lab_is_up(&s.lab.a));
	CU_ASSERT_FALSE(lab_view(s.lab.a.p).bfd_up);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
	CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_DOWN], 1);
	close_stage(&s);
}

#define CEASE(sub) (BGP_ERR_CEASE * 256 + (sub))

/* RFC 5882 4.3, RFC 9384, RFC 8538: the table of bgpd/liveness/bfd.c. */
static const struct {
	const char *name;
	bool gr;
	bool n_bit;
	bool independent;
	int said; /* to the neighbour; -1 = the connection ends without a word */
	uint32_t stale;
} rows[] = {
	{ "no graceful restart", false, false, false, CEASE(BGP_ERR_CEASE_BFD_DOWN), 0 },
	{ "no graceful restart, C", false, false, true, CEASE(BGP_ERR_CEASE_BFD_DOWN), 0 },
	{ "C", true, false, true, CEASE(BGP_ERR_CEASE_BFD_DOWN), 0 },
	{ "C, N", true, true, true, CEASE(BGP_ERR_CEASE_HARD_RESET), 0 },
	{ "no C", true, false, false, -1, 1 },
	{ "no C, N", true, true, false, CEASE(BGP_ERR_CEASE_BFD_DOWN), 1 },
};

static void down_while_established_follows_the_table(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bgp_peer_view v;
		struct stage s;

		open_stage(&s, rows[i].gr, rows[i].n_bit);
		bfd_is_up(&s);
		bfd_is_down(&s, rows[i].independent);
		/* before anything else happens */
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		CU_ASSERT_FALSE(lab_is_up(&s.lab.a));
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(raw_notification(&s.raw.raw), rows[i].said);
		v = lab_view(s.lab.a.p);
		if (v.stale != rows[i].stale)
			fprintf(stderr, "# %s\n", rows[i].name);
		CU_ASSERT_EQUAL(v.stale, rows[i].stale);
		CU_ASSERT_EQUAL(lab_routes(&s.lab.a, 1, BGP_FAMILY_IP4), rows[i].stale);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		CU_ASSERT_STRING_EQUAL(v.last_error, "BFD down: words");
		CU_ASSERT_EQUAL(s.lab.a.fib.events[BGP_EVENT_BFD_DOWN], 1);
		CU_ASSERT_TRUE(s.lab.a.bfd.on);
		lab_check_fib(&s.lab.a, s.lab.a.i);
		close_stage(&s);
	}
}

static void down_during_a_restart_follows_the_table(void)
{
	for (int independent = 0; independent < 2; independent++) {
		struct stage s;

		open_stage(&s, true, false);
		bfd_is_up(&s);
		raw_close(&s.raw.raw);
		CU_ASSERT_TRUE(lab_until_up(&s.lab, false));
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, 1);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 0);
		bfd_is_down(&s, independent);
		lab_settle(&s.lab);
		CU_ASSERT_EQUAL(lab_view(s.lab.a.p).stale, independent ? 0 : 1);
		CU_ASSERT_EQUAL(s.lab.a.fib.n_dead, 1);
		lab_check_fib(&s.lab.a, s.lab.a.i);
		close_stage(&s);
	}
}

/* fib/live/live.c: what it says of its own knowledge decides whom its "up" wakes. */
static void an_up_tells_how_many_deaths_were_read(void)
{
	const struct wire_open o = lab_raw_offer(true);
	struct stage s;

	open_stage(&s, true, false);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.deaths, 0);
	bfd_is_up(&s);
	s.deaths = 2; /* one of them was missed */
	bfd_is_down(&s, false);
	CU_ASSERT_FALSE(s.lab.a.fib.neighbor.up);
	lab_settle(&s.lab);
	raw_close(&s.raw.raw);
	bgp_peer_clear(s.lab.a.p, BGP_CLEAR_HARD);
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	CU_ASSERT_TRUE(s.lab.a.fib.neighbor.up);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.live_key, s.lab.a.bfd.key);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.generation, s.lab.a.bfd.generation);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.deaths, 3);
	CU_ASSERT_EQUAL(s.lab.a.fib.neighbor.ifindex, lab_link(&s.lab.a).ifindex);
	bgp_peer_free(s.lab.a.p);
	s.lab.a.p = NULL;
	CU_ASSERT_TRUE(s.lab.a.fib.neighbor.gone);
	close_stage(&s);
}

static void it_is_alive_again_with_its_next_session(void)
{
	const struct wire_open o = lab_raw_offer(true);
	struct stage s;

	open_stage(&s, true, false);
	bfd_is_up(&s);
	bfd_is_down(&s, false);
	lab_settle(&s.lab);
	raw_close(&s.raw.raw);
	CU_ASSERT_EQUAL(s.lab.a.fib.n_alive, 1);
	bgp_peer_clear(s.lab.a.p, BGP_CLEAR_HARD); /* no waiting for the back-off */
	CU_ASSERT_TRUE_FATAL(lab_raw_open(&s.raw, &s.lab, &o));
	CU_ASSERT_EQUAL(s.lab.a.fib.n_alive, 2);
	close_stage(&s);
}

static const struct cu_case cases[] = {
	CU_CASE(watching_begins_with_the_session_and_outlives_it),
	CU_CASE(one_hop_is_what_shares_a_subnet),
	CU_CASE(configuration_is_followed_live),
	CU_CASE(news_of_an_earlier_watch_or_of_others_mean_nothing),
	CU_CASE(a_bfd_session_that_was_never_up_says_nothing),
	CU_CASE(a_flap_that_nobody_saw_is_a_flap),
	CU_CASE(the_neighbours_operator_is_no_failure),
	CU_CASE(down_while_established_follows_the_table),
	CU_CASE(down_during_a_restart_follows_the_table),
	CU_CASE(an_up_tells_how_many_deaths_were_read),
	CU_CASE(it_is_alive_again_with_its_next_session),
};
CU_SUITE(bfd, cases);
