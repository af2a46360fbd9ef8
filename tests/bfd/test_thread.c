/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread: two producers whose sessions talk to each other, calls from main, an orderly end.
 * Built with the thread sanitizer too.
 */
#include <stdlib.h>
#include <unistd.h>

#include "bfd/bfd_thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "tests/bfd/wire.h"
#include "tests/cu_main.h"

#define SIDES 2
#define WAITS 3000 /* of 10 ms */

struct lab {
	struct loop *loop;
	struct bfd_thread *t;
	struct bfd_report seen[SIDES];
	struct bfd_want want[SIDES];
};

static void set(struct lab *l, unsigned i)
{
	struct bfd_order o = { .type = BFD_ORDER_SET,
		.take_want = xmalloc(sizeof(struct bfd_want)) };

	*o.take_want = l->want[i];
	CU_ASSERT_EQUAL(mailbox_post(bfd_thread_orders(l->t, i), &o), 0);
	mailbox_flush(bfd_thread_orders(l->t, i));
}

static void take(void *ctx, const void *msg)
{
	*(struct bfd_report *)ctx = *(const struct bfd_report *)msg;
}

static bool both(struct lab *l, enum bfd_state st)
{
	bool all = true;

	for (unsigned i = 0; i < SIDES; i++) {
		(void)mailbox_drain(bfd_thread_reports(l->t, i), 64, take, &l->seen[i]);
		all &= l->seen[i].state == st;
	}
	return all;
}

static void wait_both(struct lab *l, enum bfd_state st)
{
	for (int i = 0; i < WAITS && !both(l, st); i++)
		usleep(10000);
	CU_ASSERT_TRUE_FATAL(both(l, st));
}

struct question {
	uint32_t rx;
	uint64_t detect_us;
	bool answered;
};

static void ask(struct bfd *b, void *arg)
{
	struct question *q = arg;
	struct bfd_view v;

	q->rx = 0;
	if (bfd_next(b, 0, &v)) {
		q->rx = v.session->remote_min_rx_us;
		q->detect_us = bfd_session_detect_us(v.session);
	}
}

static void answered(void *arg)
{
	((struct question *)arg)->answered = true;
}

static void call(struct lab *l, struct question *q)
{
	q->answered = false;
	CU_ASSERT_EQUAL(bfd_thread_call(l->t, ask, answered, q), 0);
	while (!q->answered) {
		if (!loop_turn(l->loop))
			usleep(100);
	}
}

static void two_producers_and_main_share_nothing_but_rings(void)
{
	struct question q = { 0 };
	struct lab l = { 0 };
	struct bfd_order del = { .type = BFD_ORDER_DEL, .key = 2 };

	if (!wire_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	l.loop = loop_new("main");
	l.t = bfd_thread_start(l.loop, SIDES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l.t);
	CU_ASSERT_PTR_NOT_NULL(thread_priority_name(bfd_thread_priority(l.t)));
	l.want[0] = wire_want(1, "127.0.0.1", "127.0.0.2");
	l.want[1] = wire_want(2, "127.0.0.2", "127.0.0.1");
	/* slow enough for a loaded machine under a sanitizer */
	l.want[0].session.multiplier = l.want[1].session.multiplier = 100;
	l.want[0].owner = 10;
	set(&l, 0);
	set(&l, 1);
	wait_both(&l, BFD_STATE_UP);
	CU_ASSERT_EQUAL(l.seen[0].key, 1);
	CU_ASSERT_EQUAL(l.seen[0].owner, 10);
	/* other timers, the same session */
	l.want[1].session.min_rx_us = 70000;
	set(&l, 1);
	for (int i = 0; i < WAITS && q.rx != 70000; i++) {
		usleep(10000);
		call(&l, &q);
	}
	CU_ASSERT_EQUAL(q.rx, 70000);
	CU_ASSERT_TRUE(both(&l, BFD_STATE_UP));
	CU_ASSERT_EQUAL(l.seen[0].downs, 0);
	/* a goodbye is no failure */
	CU_ASSERT_EQUAL(mailbox_post(bfd_thread_orders(l.t, 1), &del), 0);
	mailbox_flush(bfd_thread_orders(l.t, 1));
	l.seen[1].state = BFD_STATE_DOWN;
	wait_both(&l, BFD_STATE_DOWN);
	CU_ASSERT_EQUAL(l.seen[0].downs, 1);
	CU_ASSERT_EQUAL(l.seen[0].deaths, 0);
	bfd_thread_stop(l.t);
	loop_free(l.loop);
}

static void orders_that_nobody_took_are_given_back(void)
{
	struct lab l = { 0 };

	if (!wire_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	l.loop = loop_new("main");
	l.t = bfd_thread_start(l.loop, SIDES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l.t);
	for (uint32_t i = 0; i < 500; i++) {
		l.want[0] = wire_want(i + 1, "127.0.0.1", "127.0.0.9");
		set(&l, 0);
	}
	bfd_thread_stop(l.t);
	loop_free(l.loop);
}

static const struct cu_case cases[] = {
	CU_CASE(two_producers_and_main_share_nothing_but_rings),
	CU_CASE(orders_that_nobody_took_are_given_back),
};
CU_SUITE(thread, cases);
