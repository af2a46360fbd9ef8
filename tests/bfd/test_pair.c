/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sessions and a wire with a clock of its own: properties that must hold whatever timers are
 * set in whatever order.
 */
#include <string.h>

#include "bfd/session.h"
#include "tests/bfd/kit.h"
#include "tests/cu_main.h"

#define DELAY_US 2000
#define WIRE     64

struct flying {
	struct mono at;
	size_t len;
	uint8_t octets[BFD_PACKET_MAX];
};

struct end {
	struct bfd_session s;
	struct flying in[WIRE]; /* towards it, in order */
	unsigned first;
	unsigned n;
	bool cut; /* the wire towards it */
	uint64_t sent;
};

struct pair {
	struct end end[2];
	struct mono now;
	bool refused; /* the keys differ */
};

static void pair_init(struct pair *p, const struct bfd_session_conf *a,
	const struct bfd_session_conf *b)
{
	memset(p, 0, sizeof(*p));
	p->now.us = 5000000;
	for (int i = 0; i < 2; i++) {
		bfd_session_init(&p->end[i].s, 100 + (uint32_t)i, kit_random, NULL);
		bfd_session_reconf(&p->end[i].s, i ? b : a, p->now);
	}
}

static void send_to(struct pair *p, struct end *from, struct end *to)
{
	struct flying *f = &to->in[(to->first + to->n) % WIRE];

	f->len = bfd_session_emit(&from->s, f->octets, p->now);
	f->at = mono_add_us(p->now, DELAY_US);
	CU_ASSERT_TRUE_FATAL(f->len > 0);
	CU_ASSERT_TRUE_FATAL(to->n < WIRE);
	from->sent++;
	to->n += !to->cut;
}

static void arrive(struct pair *p, struct end *e)
{
	while (e->n > 0 && !mono_is_before(p->now, e->in[e->first].at)) {
		const struct flying *f = &e->in[e->first];
		struct bfd_packet d;

		e->first = (e->first + 1) % WIRE;
		e->n--;
		CU_ASSERT_EQUAL_FATAL(bfd_packet_decode(f->octets, f->len, &d), BFD_DROP_NONE);
		CU_ASSERT_TRUE(d.your_discr == 0 || d.your_discr == e->s.discr);
		CU_ASSERT_EQUAL(bfd_session_receive(&e->s, f->octets, &d, p->now),
			p->refused ? BFD_DROP_AUTH_BAD : BFD_DROP_NONE);
	}
}

static void act(struct pair *p, unsigned i)
{
	struct end *e = &p->end[i];

	arrive(p, e);
	if (bfd_session_is_expired(&e->s, p->now))
		bfd_session_expire(&e->s, p->now);
	while (e->s.want_final || bfd_session_wants_send(&e->s, p->now))
		send_to(p, e, &p->end[!i]);
}

static struct mono soonest(const struct pair *p)
{
	struct mono at = { INT64_MAX };

	for (int i = 0; i < 2; i++) {
		const struct end *e = &p->end[i];
		const struct mono d = bfd_session_deadline(&e->s);

		if (mono_is_before(d, at))
			at = d;
		if (e->n > 0 && mono_is_before(e->in[e->first].at, at))
			at = e->in[e->first].at;
	}
	return at;
}

static void run_ms(struct pair *p, int64_t ms)
{
	const struct mono end = mono_add_us(p->now, ms * 1000);

	while (mono_is_before(p->now, end)) {
		const struct mono at = soonest(p);

		if (mono_is_before(p->now, at))
			p->now = mono_is_before(at, end) ? at : end;
		act(p, 0);
		act(p, 1);
	}
}

static bool is_up(const struct pair *p)
{
	return p->end[0].s.state == BFD_STATE_UP && p->end[1].s.state == BFD_STATE_UP;
}

static void they_find_each_other_and_get_fast(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct pair p;
	uint64_t sent;

	pair_init(&p, &conf, &conf);
	run_ms(&p, 3000);
	CU_ASSERT_TRUE(is_up(&p));
	CU_ASSERT_FALSE(p.end[0].s.polling || p.end[1].s.polling);
	CU_ASSERT_EQUAL(bfd_session_detect_us(&p.end[0].s), 150000);
	sent = p.end[0].sent;
	run_ms(&p, 10000);
	CU_ASSERT_TRUE(p.end[0].sent - sent >= 200 && p.end[0].sent - sent <= 268);
}

static void a_cut_is_noticed_by_both_in_the_detection_time(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct pair p;

	pair_init(&p, &conf, &conf);
	run_ms(&p, 3000);
	p.end[0].cut = p.end[1].cut = true;
	run_ms(&p, 100);
	CU_ASSERT_TRUE(is_up(&p));
	run_ms(&p, 53);
	CU_ASSERT_EQUAL(p.end[0].s.down_diag, BFD_DIAG_EXPIRED);
	CU_ASSERT_EQUAL(p.end[1].s.down_diag, BFD_DIAG_EXPIRED);
	p.end[0].cut = p.end[1].cut = false;
	run_ms(&p, 4000);
	CU_ASSERT_TRUE(is_up(&p));
}

/* The side that hears nothing tells the other one. */
static void a_cut_in_one_direction_is_noticed_by_both(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct pair p;

	pair_init(&p, &conf, &conf);
	run_ms(&p, 3000);
	p.end[0].cut = true;
	run_ms(&p, 200);
	CU_ASSERT_EQUAL(p.end[0].s.down_diag, BFD_DIAG_EXPIRED);
	CU_ASSERT_EQUAL(p.end[1].s.down_diag, BFD_DIAG_NEIGHBOR_DOWN);
}

/* RFC 5880 6.8.16: whoever says goodbye is not mourned. */
static void an_end_that_is_switched_off_is_no_failure(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct pair p;

	pair_init(&p, &conf, &conf);
	run_ms(&p, 3000);
	conf.admin_down = true;
	bfd_session_reconf(&p.end[0].s, &conf, p.now);
	run_ms(&p, 50);
	CU_ASSERT_EQUAL(p.end[1].s.state, BFD_STATE_DOWN);
	CU_ASSERT_TRUE(p.end[1].s.down_by_neighbor);
	conf.admin_down = false;
	bfd_session_reconf(&p.end[0].s, &conf, p.now);
	run_ms(&p, 4000);
	CU_ASSERT_TRUE(is_up(&p));
}

static void each_authentication_comes_up(void)
{
	for (unsigned t = 0; t < BFD_AUTH_COUNT; t++) {
		struct bfd_session_conf conf = kit_conf();
		struct pair p;

		conf.key.type = (uint8_t)t;
		conf.key.len = t ? 5 : 0;
		memcpy(conf.key.secret, "hello", 5);
		pair_init(&p, &conf, &conf);
		run_ms(&p, 5000);
		CU_ASSERT_TRUE(is_up(&p));
		conf.key.secret[0] = 'j';
		p.refused = t != BFD_AUTH_NONE;
		p.end[0].n = p.end[1].n = 0;
		bfd_session_reconf(&p.end[0].s, &conf, p.now);
		run_ms(&p, 1000);
		CU_ASSERT_EQUAL(is_up(&p), t == 0);
	}
}

static struct bfd_session_conf random_conf(void)
{
	static const uint32_t ms[] = { 50, 60, 100, 300, 1000, 5000, 30000 };

	return (struct bfd_session_conf){
		.min_tx_us = 1000 * ms[cu_random_below(ARRAY_SIZE(ms))],
		.min_rx_us = 1000 * ms[cu_random_below(ARRAY_SIZE(ms))],
		.multiplier = (uint8_t)(2 + cu_random_below(9)),
	};
}

/* Nothing is lost and nobody is late, so nothing may ever flap, whatever is configured. */
static void timers_change_without_a_flap(void)
{
	for (int n = 0; n < 50; n++) {
		const struct bfd_session_conf conf = kit_conf();
		struct pair p;

		pair_init(&p, &conf, &conf);
		run_ms(&p, 3000);
		for (int change = 0; change < 20; change++) {
			const struct bfd_session_conf c = random_conf();

			bfd_session_reconf(&p.end[cu_random_below(2)].s, &c, p.now);
			run_ms(&p,
				cu_random_below(3) ? cu_random_below(200) : cu_random_below(60000));
			CU_ASSERT_TRUE_FATAL(is_up(&p));
		}
		run_ms(&p, 200000);
		CU_ASSERT_TRUE(is_up(&p));
		CU_ASSERT_FALSE(p.end[0].s.polling || p.end[1].s.polling);
		CU_ASSERT_EQUAL(p.end[0].s.stats.downs + p.end[1].s.stats.downs, 0);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(they_find_each_other_and_get_fast),
	CU_CASE(a_cut_is_noticed_by_both_in_the_detection_time),
	CU_CASE(a_cut_in_one_direction_is_noticed_by_both),
	CU_CASE(an_end_that_is_switched_off_is_no_failure),
	CU_CASE(each_authentication_comes_up),
	CU_CASE(timers_change_without_a_flap),
};
CU_SUITE(pair, cases);
