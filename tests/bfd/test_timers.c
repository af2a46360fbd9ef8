/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals, jitter, detection time, and poll sequences (RFC 5880 6.5, 6.8.2 to 6.8.4, 6.8.7).
 */
#include "bfd/session.h"
#include "tests/bfd/kit.h"
#include "tests/cu_main.h"

static void it_is_slow_until_it_is_up(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	CU_ASSERT_EQUAL(kit_emit(&k).desired_min_tx_us, BFD_SLOW_US);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), BFD_SLOW_US);
	kit_up(&k);
	CU_ASSERT_EQUAL(kit_emit(&k).desired_min_tx_us, 50000);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 50000);
	(void)kit_hear(&k, BFD_STATE_DOWN);
	CU_ASSERT_EQUAL(kit_emit(&k).desired_min_tx_us, BFD_SLOW_US);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), BFD_SLOW_US);
}

static void a_slow_configuration_stays_slow(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	conf.min_tx_us = 30000000;
	kit_init(&k, &conf);
	CU_ASSERT_EQUAL(kit_emit(&k).desired_min_tx_us, 30000000);
}

/* RFC 5880 6.8.7 */
static void jitter_has_its_bounds(void)
{
	static const struct {
		uint8_t multiplier;
		int64_t least;
		int64_t most;
	} rows[] = { { 1, 37500, 45000 }, { 2, 37500, 50000 }, { 255, 37500, 50000 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bfd_session_conf conf = kit_conf();
		int64_t low = INT64_MAX;
		int64_t high = 0;
		struct kit k;

		conf.multiplier = rows[i].multiplier;
		kit_init(&k, &conf);
		kit_up(&k);
		for (int n = 0; n < 5000; n++) {
			int64_t gap;

			(void)kit_emit(&k);
			gap = mono_sub_us(k.s.next_tx, k.now);
			low = gap < low ? gap : low;
			high = gap > high ? gap : high;
		}
		CU_ASSERT_TRUE(low >= rows[i].least && low < rows[i].least + 500);
		CU_ASSERT_TRUE(high <= rows[i].most && high > rows[i].most - 500);
	}
}

static void the_slower_side_decides(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.peer.required_min_rx_us = 200000;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 200000);
	k.peer.required_min_rx_us = 10000;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 50000);
	CU_ASSERT_TRUE(mono_sub_us(k.s.next_tx, k.now) <= 50000);
}

static void who_wants_no_packets_gets_none(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.peer.required_min_rx_us = 0;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(k.s.next_tx.us, INT64_MAX);
	k.peer.poll = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_TRUE(k.s.want_final);
	CU_ASSERT_TRUE(kit_emit(&k).final);
	k.peer.poll = false;
	k.peer.required_min_rx_us = 50000;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_TRUE(mono_sub_us(k.s.next_tx, k.now) <= 50000);
}

static void who_asks_for_demand_mode_gets_silence_but_for_polls(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.peer.demand = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 0);
	conf.min_rx_us = 100000;
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_TRUE(k.s.polling);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 50000);
	CU_ASSERT_FALSE(kit_emit(&k).demand);
	k.peer.final = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 0);
}

/* RFC 5880 6.8.4 */
static void the_detection_time_is_the_neighbours_pace_times_its_multiplier(void)
{
	static const struct {
		uint32_t our_rx;
		uint32_t its_tx;
		uint8_t its_multiplier;
		uint64_t expect;
	} rows[] = {
		{ 50000, 50000, 3, 150000 },
		{ 50000, 100000, 3, 300000 },
		{ 100000, 50000, 5, 500000 },
		{ 30000000, 50000, 255, UINT64_C(7650000000) },
		{ 50000, UINT32_MAX, 255, UINT64_C(1095216660225) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bfd_session_conf conf = kit_conf();
		struct kit k;

		conf.min_rx_us = rows[i].our_rx;
		conf.multiplier = 9; /* ours is the neighbour's business */
		kit_init(&k, &conf);
		kit_up(&k);
		k.peer.desired_min_tx_us = rows[i].its_tx;
		k.peer.multiplier = rows[i].its_multiplier;
		(void)kit_hear(&k, BFD_STATE_UP);
		CU_ASSERT_EQUAL(bfd_session_detect_us(&k.s), rows[i].expect);
		CU_ASSERT_EQUAL(mono_sub_us(k.s.detect_at, k.now), (int64_t)rows[i].expect);
	}
}

static void it_expires_at_the_end_of_the_time_and_not_before(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.now.us += 149999;
	CU_ASSERT_FALSE(bfd_session_is_expired(&k.s, k.now));
	k.now.us += 1;
	CU_ASSERT_TRUE(bfd_session_is_expired(&k.s, k.now));
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_FALSE(bfd_session_is_expired(&k.s, k.now));
}

static void a_poll_is_answered_without_regard_to_the_timer(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct bfd_packet d;
	struct mono next;
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	(void)kit_emit(&k);
	next = k.s.next_tx;
	k.peer.poll = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_TRUE(k.s.want_final);
	d = kit_emit(&k);
	CU_ASSERT_TRUE(d.final);
	CU_ASSERT_FALSE(d.poll);
	CU_ASSERT_EQUAL(k.s.next_tx.us, next.us);
	CU_ASSERT_FALSE(kit_emit(&k).final);
}

/* RFC 5880 6.8.3: slower sending and shorter detection wait until the neighbour knows. */
static void changes_that_hurt_wait_for_the_final(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	conf.min_tx_us = 500000;
	conf.min_rx_us = 20000;
	k.peer.desired_min_tx_us = 10000;
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_TRUE(k.s.polling);
	CU_ASSERT_EQUAL(kit_emit(&k).desired_min_tx_us, 500000);
	CU_ASSERT_EQUAL(kit_emit(&k).required_min_rx_us, 20000);
	CU_ASSERT_TRUE(kit_emit(&k).poll);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 50000);
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(bfd_session_detect_us(&k.s), 150000);
	k.peer.final = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_FALSE(k.s.polling);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 500000);
	CU_ASSERT_EQUAL(bfd_session_detect_us(&k.s), 60000);
	CU_ASSERT_EQUAL(k.s.stats.downs, 0);
	CU_ASSERT_EQUAL(k.s.changes, 2);
}

static void changes_that_help_begin_at_once(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.peer.required_min_rx_us = 10000;
	(void)kit_hear(&k, BFD_STATE_UP);
	conf.min_tx_us = 20000;
	conf.min_rx_us = 400000;
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 20000);
	CU_ASSERT_EQUAL(bfd_session_detect_us(&k.s), 1200000);
	CU_ASSERT_TRUE(kit_emit(&k).poll);
}

/* The final that comes may answer the poll from before the second change. */
static void a_change_during_a_poll_sequence_begins_another_one(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	conf.min_tx_us = 100000;
	bfd_session_reconf(&k.s, &conf, k.now);
	conf.min_tx_us = 200000;
	bfd_session_reconf(&k.s, &conf, k.now);
	k.peer.final = true;
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_TRUE(k.s.polling);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 50000);
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_FALSE(k.s.polling);
	CU_ASSERT_EQUAL(bfd_session_tx_interval_us(&k.s), 200000);
}

static void the_same_configuration_again_is_no_change(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_FALSE(k.s.polling);
}

/* RFC 5880 6.8.1: AuthSeqKnown */
static void sequence_numbers_are_forgotten_after_long_silence(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	k.s.auth.known = true;
	kit_pass_ms(&k, 300);
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_TRUE(k.s.auth.known);
	kit_pass_ms(&k, 301);
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_FALSE(k.s.auth.known);
}

static void late_packets_are_measured(void)
{
	const struct bfd_session_conf conf = kit_conf();
	struct kit k;

	kit_init(&k, &conf);
	kit_up(&k);
	(void)kit_emit(&k);
	kit_pass_ms(&k, 70);
	(void)kit_hear(&k, BFD_STATE_UP);
	CU_ASSERT_EQUAL(k.s.stats.rx_gap_max_us, 70000);
	(void)kit_emit(&k);
	CU_ASSERT_TRUE(k.s.stats.tx_late_max_us >= 20000 && k.s.stats.tx_late_max_us <= 32500);
}

static const struct cu_case cases[] = {
	CU_CASE(it_is_slow_until_it_is_up),
	CU_CASE(a_slow_configuration_stays_slow),
	CU_CASE(jitter_has_its_bounds),
	CU_CASE(the_slower_side_decides),
	CU_CASE(who_wants_no_packets_gets_none),
	CU_CASE(who_asks_for_demand_mode_gets_silence_but_for_polls),
	CU_CASE(the_detection_time_is_the_neighbours_pace_times_its_multiplier),
	CU_CASE(it_expires_at_the_end_of_the_time_and_not_before),
	CU_CASE(a_poll_is_answered_without_regard_to_the_timer),
	CU_CASE(changes_that_hurt_wait_for_the_final),
	CU_CASE(changes_that_help_begin_at_once),
	CU_CASE(a_change_during_a_poll_sequence_begins_another_one),
	CU_CASE(the_same_configuration_again_is_no_change),
	CU_CASE(sequence_numbers_are_forgotten_after_long_silence),
	CU_CASE(late_packets_are_measured),
};
CU_SUITE(timers, cases);
