/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts: what each kind of evidence makes of lost probes.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/health/check.h"

/* A check, its clock and the counter of its device. */
struct rig {
	struct health_check c;
	struct mono now;
	uint64_t packets;
	int64_t next_us;
};

static struct rig rig_make(uint8_t threshold)
{
	const struct health_conf conf = { .interval_ms = 1000, .threshold = threshold };
	struct rig r = { .now = { 1000000 }, .packets = 7 };

	health_begin(&r.c, &conf, r.now);
	return r;
}

/* One probe, and its answer after 5 ms if there is one. Others' packets arrive meanwhile. */
static void turn(struct rig *r, bool is_answered, uint64_t others, bool bgp_ended)
{
	const struct health_evidence e = { .rx_packets = r->packets, .bgp_ended = bgp_ended };

	r->next_us = health_probe(&r->c, r->now, &e);
	if (is_answered) {
		r->packets++;
		CU_ASSERT(health_answer(&r->c, mono_add_us(r->now, 5000), r->c.sequence));
	}
	r->packets += others;
	r->now = mono_add_us(r->now, r->next_us);
}

static void turns(struct rig *r, unsigned n, bool is_answered, uint64_t others)
{
	for (unsigned i = 0; i < n; i++)
		turn(r, is_answered, others, false);
}

static void the_first_answer_says_alive(void)
{
	struct rig r = rig_make(3);

	CU_ASSERT_EQUAL(r.c.state, HEALTH_UNKNOWN);
	CU_ASSERT(health_is_usable(&r.c));
	turn(&r, true, 0, false);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_ANSWERS);
	CU_ASSERT_EQUAL(r.c.rtt_us, 5000);
}

static void silence_for_the_threshold_is_death(void)
{
	for (uint8_t threshold = 1; threshold <= HEALTH_MAX_LOSSES; threshold++) {
		struct rig r = rig_make(threshold);

		turns(&r, 5, true, 10);
		/* The last one is judged when the next is due. */
		turns(&r, threshold, false, 0);
		CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
		turn(&r, false, 0, false);
		CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
		CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_SILENCE);
		CU_ASSERT(!health_is_usable(&r.c));
		CU_ASSERT_EQUAL(r.c.deaths, 1);
	}
}

static void a_way_never_answered_dies_too(void)
{
	struct rig r = rig_make(3);

	turns(&r, 4, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
}

static void what_never_answered_is_not_noisy(void)
{
	struct rig r = rig_make(3);

	turns(&r, 10, false, 1);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_UNKNOWN);
	turns(&r, 4, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
}

static void one_answer_in_time_keeps_it_alive(void)
{
	struct rig r = rig_make(3);

	for (int i = 0; i < 20; i++) {
		turn(&r, true, 0, false);
		turns(&r, 2, false, 0);
	}
	CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
	CU_ASSERT_EQUAL(r.c.sent, 60);
	CU_ASSERT_EQUAL(r.c.answered, 20);
	CU_ASSERT_EQUAL(r.c.lost, 39); /* the last one is open */
}

static void traffic_makes_lost_probes_noise(void)
{
	struct rig r = rig_make(3);

	turns(&r, 2, true, 10);
	turns(&r, 40, false, 1);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_NOISY);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_TRAFFIC);
	CU_ASSERT(health_is_usable(&r.c));
	/* It is asked less, but never less than so often. */
	CU_ASSERT_EQUAL(r.next_us, 1000000 * HEALTH_SLOWER);
	/* When the traffic ends, the way is dead after the same time. */
	turn(&r, false, 0, false);
	turn(&r, false, 0, false);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_SILENCE);
}

static void answers_themselves_are_no_traffic(void)
{
	struct rig r = rig_make(3);

	turns(&r, 10, true, 0);
	turns(&r, 4, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
}

static void an_ended_session_is_believed(void)
{
	struct rig r = rig_make(3);

	turns(&r, 3, true, 10);
	turn(&r, false, 10, true);
	turns(&r, 3, false, 10);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_BGP_ENDED);
}

static void an_answer_outweighs_an_ended_session(void)
{
	struct rig r = rig_make(3);

	turns(&r, 3, true, 10);
	turn(&r, true, 10, true);
	turns(&r, 10, false, 10);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_NOISY);
}

static void who_believes_probes_only_has_no_noise(void)
{
	struct rig r = rig_make(3);

	r.c.conf.probes_only = true;
	turns(&r, 3, true, 10);
	turns(&r, 4, false, 10);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_PROBES_LOST);
}

static void several_answers_bring_it_back(void)
{
	struct rig r = rig_make(3);

	turns(&r, 1, true, 0);
	turns(&r, 5, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	for (int i = 0; i < 5; i++) {
		turns(&r, HEALTH_RECOVER - 1, true, 0);
		turn(&r, false, 0, false);
	}
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	/* Traffic alone does not: nobody sends by a dead way. */
	turns(&r, 10, false, 10);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	turns(&r, HEALTH_RECOVER, true, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
	CU_ASSERT_EQUAL(r.next_us, 1000000);
}

static void a_late_answer_was_not_lost(void)
{
	struct rig r = rig_make(3);
	uint16_t first;

	turn(&r, true, 0, false);
	turns(&r, 2, false, 0);
	first = r.c.sequence;
	turn(&r, false, 0, false);
	CU_ASSERT_EQUAL(r.c.lost, 2);
	CU_ASSERT(health_answer(&r.c, r.now, first));
	CU_ASSERT_EQUAL(r.c.lost, 1);
	CU_ASSERT_EQUAL(r.c.lost_row, 0);
	CU_ASSERT_EQUAL(r.c.rtt_max_us, 2000000);
}

static void an_answer_counts_once_and_only_to_an_open_probe(void)
{
	struct rig r = rig_make(3);

	CU_ASSERT(!health_answer(&r.c, r.now, 0));
	turns(&r, 3, true, 0);
	CU_ASSERT(!health_answer(&r.c, r.now, r.c.sequence));
	CU_ASSERT(!health_answer(&r.c, r.now, (uint16_t)(r.c.sequence + 1)));
	CU_ASSERT(!health_answer(&r.c, r.now, (uint16_t)(r.c.sequence - 3)));
	turns(&r, HEALTH_MAX_LOSSES + 1, false, 0);
	CU_ASSERT(!health_answer(&r.c, r.now, (uint16_t)(r.c.sequence - HEALTH_MAX_LOSSES)));
	CU_ASSERT_EQUAL(r.c.answered, 3);
}

static void sequences_wrap(void)
{
	struct rig r = rig_make(3);

	r.c.sequence = UINT16_MAX - 4;
	turns(&r, 10, true, 0);
	CU_ASSERT_EQUAL(r.c.answered, 10);
	CU_ASSERT_EQUAL(r.c.lost, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
}

static void a_counter_that_begins_anew_is_no_traffic(void)
{
	struct rig r = rig_make(3);

	turns(&r, 3, true, 10);
	r.packets = 0;
	turns(&r, 4, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
}

static void it_begins_anew_by_its_own_rules(void)
{
	struct rig r = rig_make(3);

	turns(&r, 5, true, 0);
	health_begin(&r.c, &r.c.conf, r.now);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_UNKNOWN);
	CU_ASSERT_EQUAL(r.c.sent, 0);
	turn(&r, true, 0, false);
	CU_ASSERT_EQUAL(r.next_us, 1000000);
	CU_ASSERT_EQUAL(r.c.conf.threshold, 3);
}

static void a_death_of_the_run_before_is_one(void)
{
	struct rig r = rig_make(3);

	health_recall(&r.c);
	CU_ASSERT_FALSE(health_is_usable(&r.c));
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_BEFORE);
	turn(&r, true, 10, false);
	turn(&r, true, 10, false);
	CU_ASSERT_FALSE(health_is_usable(&r.c));
	turn(&r, true, 10, false);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_ALIVE);
	CU_ASSERT_EQUAL(r.c.deaths, 0);
}

static void a_death_of_the_run_before_that_is_found_again_has_a_new_reason(void)
{
	struct rig r = rig_make(3);

	health_recall(&r.c);
	turns(&r, 4, false, 0);
	CU_ASSERT_EQUAL(r.c.state, HEALTH_DEAD);
	CU_ASSERT_EQUAL(r.c.cause, HEALTH_CAUSE_SILENCE);
}

static void names_are_those_of_the_outside_view(void)
{
	static const char *const states[] = { "unknown", "alive", "noisy", "dead" };
	static const char *const causes[] = { "", "answers", "probes-lost", "silence", "bgp-ended",
		"traffic", "before-restart" };

	CU_ASSERT_EQUAL(ARRAY_SIZE(states), HEALTH_STATES);
	CU_ASSERT_EQUAL(ARRAY_SIZE(causes), HEALTH_CAUSES);
	for (int i = 0; i < HEALTH_STATES; i++)
		CU_ASSERT_STRING_EQUAL(health_state_name(i), states[i]);
	for (int i = 0; i < HEALTH_CAUSES; i++)
		CU_ASSERT_STRING_EQUAL(health_cause_name(i), causes[i]);
}

static const struct cu_case cases[] = {
	CU_CASE(the_first_answer_says_alive),
	CU_CASE(silence_for_the_threshold_is_death),
	CU_CASE(a_way_never_answered_dies_too),
	CU_CASE(what_never_answered_is_not_noisy),
	CU_CASE(one_answer_in_time_keeps_it_alive),
	CU_CASE(traffic_makes_lost_probes_noise),
	CU_CASE(answers_themselves_are_no_traffic),
	CU_CASE(an_ended_session_is_believed),
	CU_CASE(an_answer_outweighs_an_ended_session),
	CU_CASE(who_believes_probes_only_has_no_noise),
	CU_CASE(several_answers_bring_it_back),
	CU_CASE(a_late_answer_was_not_lost),
	CU_CASE(an_answer_counts_once_and_only_to_an_open_probe),
	CU_CASE(sequences_wrap),
	CU_CASE(a_counter_that_begins_anew_is_no_traffic),
	CU_CASE(it_begins_anew_by_its_own_rules),
	CU_CASE(a_death_of_the_run_before_is_one),
	CU_CASE(a_death_of_the_run_before_that_is_found_again_has_a_new_reason),
	CU_CASE(names_are_those_of_the_outside_view),
};

CU_SUITE(check, cases);
