/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a drill measures, by probes and answers that are told with their times.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/drill/measure.h"

static struct mono at(int64_t ms)
{
	return (struct mono){ 1000000000 + ms * 1000 };
}

static void begin(struct measure *m)
{
	measure_init(m, at(0));
	measure_route(m, MEASURE_TARGET, at(0));
	measure_begin(m, MEASURE_AWAY, at(0));
}

/* A probe every 50 ms from..to; answered after rtt ms by a way, or (rtt < 0) not. */
static void probes(struct measure *m, int64_t from, int64_t to, int rtt, enum measure_way by)
{
	for (int64_t t = from; t < to; t += 50) {
		const uint16_t s = measure_send(m, at(t));

		if (rtt >= 0)
			CU_ASSERT(measure_answer(m, s, by, at(t + rtt)));
	}
}

static void an_outage_is_from_the_first_lost_to_the_next_answered(void)
{
	struct measure m;

	begin(&m);
	probes(&m, 0, 500, 5, MEASURE_TARGET);
	probes(&m, 500, 800, -1, MEASURE_TARGET);
	measure_route(&m, MEASURE_OTHER, at(800));
	probes(&m, 800, 4000, 5, MEASURE_OTHER);
	measure_finish(&m, at(4000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 6);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].sent, 80);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].answered, 74);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].outage_us, 300000);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].moved_us, 800000);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].crossed, 0);
}

static void an_outage_that_does_not_end_lasts_until_the_end(void)
{
	struct measure m;

	begin(&m);
	probes(&m, 0, 1000, 5, MEASURE_TARGET);
	probes(&m, 1000, 9000, -1, MEASURE_TARGET);
	measure_finish(&m, at(9000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].outage_us, 8000000);
	/* Of the last two seconds nothing is known. */
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, (9000 - 1000 - 2000) / 50 + 1);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].moved_us, MEASURE_NEVER);
}

static void what_may_still_be_answered_at_the_end_does_not_count(void)
{
	struct measure m;

	begin(&m);
	probes(&m, 0, 500, 5, MEASURE_OTHER);
	(void)measure_send(&m, at(500));
	measure_finish(&m, at(501));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].sent, 10);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 0);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].outage_us, 0);
}

/* The new way is the faster one: its answers overtake those of the old one. */
static void an_answer_that_is_overtaken_is_no_loss(void)
{
	struct measure m;
	uint16_t slow;
	uint16_t fast;

	begin(&m);
	slow = measure_send(&m, at(0));
	fast = measure_send(&m, at(50));
	CU_ASSERT(measure_answer(&m, fast, MEASURE_TARGET, at(60)));
	CU_ASSERT(measure_answer(&m, slow, MEASURE_TARGET, at(200)));
	measure_finish(&m, at(300));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 0);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].outage_us, 0);
}

static void an_answer_counts_once_and_in_time_only(void)
{
	struct measure m;
	uint16_t s;

	begin(&m);
	s = measure_send(&m, at(0));
	CU_ASSERT_FALSE(measure_answer(&m, (uint16_t)(s + 1), MEASURE_TARGET, at(1)));
	CU_ASSERT(measure_answer(&m, s, MEASURE_TARGET, at(1)));
	CU_ASSERT_FALSE(measure_answer(&m, s, MEASURE_TARGET, at(2)));
	s = measure_send(&m, at(50));
	CU_ASSERT_FALSE(measure_answer(&m, s, MEASURE_TARGET, at(50 + 2000)));
	measure_finish(&m, at(3000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].answered, 1);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 1);
}

static void an_answer_by_the_other_way_is_crossed(void)
{
	struct measure m;

	begin(&m);
	probes(&m, 0, 200, 5, MEASURE_OTHER);
	probes(&m, 200, 400, 5, MEASURE_TARGET);
	measure_finish(&m, at(400));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].crossed, 4);
}

static void a_probe_belongs_to_the_part_in_which_it_was_sent(void)
{
	struct measure m;
	uint16_t s;

	begin(&m);
	s = measure_send(&m, at(0));
	measure_begin(&m, MEASURE_BACK, at(10));
	CU_ASSERT(measure_answer(&m, s, MEASURE_TARGET, at(20)));
	probes(&m, 50, 300, -1, MEASURE_TARGET);
	measure_finish(&m, at(5000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].answered, 1);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 0);
	CU_ASSERT_EQUAL(m.of[MEASURE_BACK].lost, 5);
	CU_ASSERT_EQUAL(m.of[MEASURE_BACK].outage_us, 4950000);
}

static void a_way_that_comes_back_has_not_moved(void)
{
	struct measure m;

	begin(&m);
	measure_route(&m, MEASURE_NO_WAY, at(100));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].moved_us, 100000);
	measure_route(&m, MEASURE_TARGET, at(200));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].moved_us, MEASURE_NEVER);
	measure_route(&m, MEASURE_OTHER, at(300));
	measure_route(&m, MEASURE_OTHER, at(400));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].moved_us, 300000);
}

static void more_probes_than_there_is_room_for_are_lost_not_forgotten(void)
{
	struct measure m;

	begin(&m);
	for (int i = 0; i < MEASURE_RING + 10; i++)
		(void)measure_send(&m, at(i));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, 10);
	measure_finish(&m, at(5000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].sent, MEASURE_RING + 10);
}

/* Random losses, against a plain list. */
static void losses_are_counted_as_a_plain_list_has_them(void)
{
	struct measure m;
	uint32_t lost = 0;
	int64_t longest = 0;
	int64_t from = -1;

	begin(&m);
	for (int64_t t = 0; t < 100000; t += 50) {
		const uint16_t s = measure_send(&m, at(t));
		/* The last three seconds are answered: so all is known in the end. */
		const bool is_lost = t < 97000 && cu_random_below(4) == 0;

		if (is_lost) {
			lost++;
			from = from < 0 ? t : from;
			continue;
		}
		CU_ASSERT(measure_answer(&m, s, MEASURE_TARGET, at(t + 3)));
		if (from >= 0 && t - from > longest)
			longest = t - from;
		from = -1;
	}
	measure_finish(&m, at(100000));
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].sent, 2000);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].lost, lost);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].outage_us, longest * 1000);
}

/* Counters */

static void count(struct measure *m, int64_t ms, const uint64_t *v)
{
	const struct measure_counters c = { .out = { v[0], v[1] }, .in = { v[2], v[3] } };

	measure_count(m, &c, at(ms));
}

static void octets_that_come_by_the_other_way_are_strange(void)
{
	struct measure m;

	begin(&m);
	count(&m, 0, (uint64_t[]){ 5000, 0, 7000, 0 });
	count(&m, 50,
		(uint64_t[]){ 6000, 0, 7900, 100 }); /* by the target, 100 came by the other */
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].in, 1000);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].in_strange, 100);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].traffic_us, MEASURE_NEVER);
	count(&m, 100, (uint64_t[]){ 6000, 0, 9000, 100 }); /* nothing was sent: no matter */
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].in, 1000);
	count(&m, 150, (uint64_t[]){ 6000, 900, 9500, 100 });
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].traffic_us, 150000);
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].in_strange, 600);
	/* The other one's device was made anew. */
	count(&m, 200, (uint64_t[]){ 6000, 200, 9500, 50 });
	CU_ASSERT_EQUAL(m.of[MEASURE_AWAY].in, 1550);
}

static const struct cu_case cases[] = {
	CU_CASE(an_outage_is_from_the_first_lost_to_the_next_answered),
	CU_CASE(an_outage_that_does_not_end_lasts_until_the_end),
	CU_CASE(what_may_still_be_answered_at_the_end_does_not_count),
	CU_CASE(an_answer_that_is_overtaken_is_no_loss),
	CU_CASE(an_answer_counts_once_and_in_time_only),
	CU_CASE(an_answer_by_the_other_way_is_crossed),
	CU_CASE(a_probe_belongs_to_the_part_in_which_it_was_sent),
	CU_CASE(a_way_that_comes_back_has_not_moved),
	CU_CASE(more_probes_than_there_is_room_for_are_lost_not_forgotten),
	CU_CASE(losses_are_counted_as_a_plain_list_has_them),
	CU_CASE(octets_that_come_by_the_other_way_are_strange),
};

CU_SUITE(drill_measure, cases);
