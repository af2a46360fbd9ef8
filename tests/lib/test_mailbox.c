/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailbox: order and refusal in one thread, then two threads with a small ring, random pauses
 * and real back-pressure. A lost wake-up in either direction would end the run by the watchdog
 * timer.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "lib/io/loop.h"
#include "lib/io/mailbox.h"
#include "tests/cu_main.h"

#define MESSAGES    100000
#define CAPACITY    16
#define WATCHDOG_US 60000000

struct message {
	uint32_t seq;
	uint8_t odd_size[5];
};

static void expect_next(void *ctx, const void *msg)
{
	uint32_t *next = ctx;

	CU_ASSERT_EQUAL_FATAL(((const struct message *)msg)->seq, *next);
	++*next;
}

static void ring_keeps_order_and_refuses_when_full(void)
{
	struct mailbox *m = mailbox_new(sizeof(struct message), 10);
	uint32_t next = 0;
	uint32_t posted = 0;

	for (unsigned step = 0; step < 5000; step++) {
		if (cu_random_below(2)) {
			const struct message msg = { .seq = posted };
			const int ret = mailbox_post(m, &msg);

			CU_ASSERT_EQUAL_FATAL(ret, posted - next == CAPACITY ? -EAGAIN : 0);
			posted += ret == 0;
		} else {
			const uint32_t before = next;
			const uint32_t max = cu_random_below(4);
			const uint32_t n = mailbox_drain(m, max, expect_next, &next);

			CU_ASSERT_EQUAL_FATAL(n, next - before);
			CU_ASSERT_FATAL(n == max || next == posted);
		}
		CU_ASSERT_EQUAL_FATAL(mailbox_count(m), posted - next);
	}
	mailbox_free(m);
	mailbox_free(NULL);
}

static void count_call(void *ctx)
{
	++*(unsigned *)ctx;
}

static void space_is_told_once_at_half(void)
{
	struct mailbox *m = mailbox_new(sizeof(struct message), CAPACITY);
	struct loop *l = loop_new("producer");
	struct message msg = { 0 };
	unsigned n_calls = 0;
	uint32_t next = 0;

	mailbox_attach_producer(m, l, count_call, &n_calls);
	for (; mailbox_post(m, &msg) == 0; msg.seq++)
		;
	CU_ASSERT_EQUAL(msg.seq, CAPACITY);
	CU_ASSERT_EQUAL(mailbox_drain(m, CAPACITY / 2 - 1, expect_next, &next), CAPACITY / 2 - 1);
	CU_ASSERT_FALSE(loop_turn(l));
	CU_ASSERT_EQUAL(mailbox_drain(m, 1, expect_next, &next), 1);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(mailbox_drain(m, CAPACITY, expect_next, &next), CAPACITY / 2);
	CU_ASSERT_FALSE(loop_turn(l));
	CU_ASSERT_EQUAL(n_calls, 1);
	mailbox_free(m);
	loop_free(l);
}

static void burst_leaves_the_rest_for_the_next_turn(void)
{
	struct mailbox *m = mailbox_new(sizeof(struct message), 64);
	struct loop *l = loop_new("consumer");
	struct message msg = { 0 };
	uint32_t next = 0;

	mailbox_attach_consumer(m, l, 10, expect_next, &next);
	for (; msg.seq < 25; msg.seq++)
		CU_ASSERT_EQUAL_FATAL(mailbox_post(m, &msg), 0);
	CU_ASSERT_FALSE(loop_turn(l)); /* not flushed yet */
	mailbox_flush(m);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(next, 10);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(next, 20);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(next, 25);
	CU_ASSERT_FALSE(loop_turn(l));
	mailbox_free(m);
	loop_free(l);
}

static void post_next(struct mailbox *m, struct message *msg)
{
	CU_ASSERT_EQUAL_FATAL(mailbox_post(m, msg), 0);
	msg->seq++;
	mailbox_flush(m);
}

static void pause_keeps_all_but_the_first_until_it_ends_or_is_rung(void)
{
	struct mailbox *m = mailbox_new(sizeof(struct message), 64);
	struct loop *l = loop_new("consumer");
	struct message msg = { 0 };
	uint32_t next = 0;

	mailbox_attach_consumer(m, l, 2, expect_next, &next);
	mailbox_set_pause(m, WATCHDOG_US);
	post_next(m, &msg);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(next, 1);
	for (unsigned i = 0; i < 3; i++)
		post_next(m, &msg);
	CU_ASSERT_FALSE(loop_turn(l));
	mailbox_ring(m);
	while (loop_turn(l))
		;
	CU_ASSERT_EQUAL(next, 4);
	/* A short one, from the next message on; more than a burst waits when it ends. */
	mailbox_set_pause(m, 1);
	post_next(m, &msg);
	mailbox_ring(m);
	for (unsigned round = 0; round < 10; round++) {
		while (next < msg.seq)
			(void)loop_turn(l);
		for (unsigned i = 0; i < 5; i++)
			post_next(m, &msg);
	}
	while (next < msg.seq)
		(void)loop_turn(l);
	mailbox_free(m);
	loop_free(l);
}

static void who_is_held_takes_nothing_until_let_go(void)
{
	struct mailbox *m = mailbox_new(sizeof(struct message), 64);
	struct loop *l = loop_new("consumer");
	struct message msg = { 0 };
	uint32_t next = 0;

	mailbox_attach_consumer(m, l, 2, expect_next, &next);
	for (unsigned round = 0; round < 3; round++) {
		mailbox_set_pause(m, round); /* the second and third time it ends while held */
		for (unsigned i = 0; i < 2; i++) {
			post_next(m, &msg);
			while (i == 0 && next < msg.seq)
				(void)loop_turn(l);
			mailbox_hold(m, true);
		}
		for (unsigned i = 0; i < 5; i++)
			post_next(m, &msg);
		mailbox_ring(m);
		for (unsigned i = 0; i < 100; i++)
			(void)loop_turn(l);
		CU_ASSERT_EQUAL(next, msg.seq - 6);
		mailbox_hold(m, false);
		while (next < msg.seq)
			(void)loop_turn(l);
	}
	mailbox_free(m);
	loop_free(l);
}

/* A reader that looks as far as it goes, and what it saw. */
struct looker {
	struct mailbox *m;
	uint32_t next;
	uint32_t end; /* one after the last one seen */
};

static void look_and_take(void *ctx, const void *msg)
{
	struct looker *l = ctx;
	const struct message *seen = msg;
	uint32_t ahead = 0;

	CU_ASSERT_EQUAL(seen->seq, l->next);
	for (; (seen = mailbox_peek(l->m, ahead)); ahead++)
		CU_ASSERT_EQUAL(seen->seq, l->next + ahead);
	l->end = l->next + ahead;
	l->next++;
}

static void who_has_one_sees_those_behind_it_and_no_further(void)
{
	struct looker l = { .m = mailbox_new(sizeof(struct message), CAPACITY) };
	struct message msg = { 0 };

	/* some times round the ring */
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < CAPACITY - 3; i++, msg.seq++)
			CU_ASSERT_EQUAL_FATAL(mailbox_post(l.m, &msg), 0);
		while (mailbox_drain(l.m, 1, look_and_take, &l))
			CU_ASSERT_EQUAL(l.end, msg.seq);
		CU_ASSERT_EQUAL(l.next, msg.seq);
	}
	CU_ASSERT_PTR_NULL(mailbox_peek(l.m, 0));
	mailbox_free(l.m);
}

/* Both sides of the run with two threads; only the main thread asserts, the other sets flags. */
struct duel {
	struct mailbox *m;
	struct loop *producer;
	struct loop *consumer;
	struct job post_job;
	uint32_t posted;
	uint32_t refusals;
	uint32_t next;
	bool disorder;
	uint32_t pause_us;
	uint32_t random; /* of the consumer's thread */
};

static bool post_some(void *ctx)
{
	struct duel *d = ctx;
	const uint32_t batch = 1 + cu_random_below(2 * CAPACITY);

	for (uint32_t i = 0; i < batch && d->posted < MESSAGES; i++) {
		const struct message msg = { .seq = d->posted };

		if (mailbox_post(d->m, &msg) < 0) {
			d->refusals++;
			return false; /* until on_space */
		}
		d->posted++;
	}
	mailbox_flush(d->m);
	if (d->posted == MESSAGES)
		loop_stop(d->producer);
	return d->posted < MESSAGES;
}

static void post_again(void *ctx)
{
	job_wake(&((struct duel *)ctx)->post_job);
}

static void consume(void *ctx, const void *msg)
{
	struct duel *d = ctx;

	d->disorder |= ((const struct message *)msg)->seq != d->next;
	d->next++;
	d->random = d->random * 1664525 + 1013904223;
	if (d->random >> 26 == 0)
		sched_yield();
	if (d->next == MESSAGES)
		loop_stop(d->consumer);
}

static void give_up(void *ctx)
{
	loop_stop(ctx);
}

static void *consumer_main(void *arg)
{
	struct duel *d = arg;
	struct timer watchdog;

	timer_init(&watchdog, d->consumer, give_up, d->consumer);
	timer_start(&watchdog, WATCHDOG_US);
	mailbox_attach_consumer(d->m, d->consumer, 5, consume, d);
	mailbox_set_pause(d->m, d->pause_us);
	loop_run(d->consumer);
	mailbox_detach_consumer(d->m);
	timer_stop(&watchdog);
	return NULL;
}

static void two_threads(uint32_t pause_us)
{
	struct duel d = {
		.pause_us = pause_us,
		.m = mailbox_new(sizeof(struct message), CAPACITY),
		.producer = loop_new("producer"),
		.consumer = loop_new("consumer"),
		.random = cu_random(),
	};
	struct timer watchdog;
	pthread_t thread;

	job_init(&d.post_job, d.producer, post_some, &d);
	job_wake(&d.post_job);
	timer_init(&watchdog, d.producer, give_up, d.producer);
	timer_start(&watchdog, WATCHDOG_US);
	mailbox_attach_producer(d.m, d.producer, post_again, &d);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, consumer_main, &d), 0);
	CU_ASSERT_EQUAL(loop_run(d.producer), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(d.posted, MESSAGES);
	CU_ASSERT_EQUAL(d.next, MESSAGES);
	CU_ASSERT(d.refusals > 0);
	CU_ASSERT_FALSE(d.disorder);
	timer_stop(&watchdog);
	job_cancel(&d.post_job);
	mailbox_free(d.m);
	loop_free(d.producer);
	loop_free(d.consumer);
}

static void two_threads_lose_no_message_and_no_wake_up(void)
{
	two_threads(0);
}

static void nor_do_they_with_pauses(void)
{
	two_threads(20);
}

static const struct cu_case cases[] = {
	CU_CASE(ring_keeps_order_and_refuses_when_full),
	CU_CASE(space_is_told_once_at_half),
	CU_CASE(who_has_one_sees_those_behind_it_and_no_further),
	CU_CASE(burst_leaves_the_rest_for_the_next_turn),
	CU_CASE(pause_keeps_all_but_the_first_until_it_ends_or_is_rung),
	CU_CASE(who_is_held_takes_nothing_until_let_go),
	CU_CASE(two_threads_lose_no_message_and_no_wake_up),
	CU_CASE(nor_do_they_with_pauses),
};
CU_SUITE(mailbox, cases);
