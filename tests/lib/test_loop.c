/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: order of timers, turns of jobs and sockets, objects that end inside their own
 * callback, stop from another thread.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "tests/cu_main.h"

#define TIMERS     20
#define DELAY_STEP 2000 /* us; longer than it takes to start them all */
#define QUIET_US   1000

struct timer_test {
	struct loop *l;
	struct timer timer[TIMERS];
	int64_t delay_us[TIMERS];
	int64_t last_delay_us;
	unsigned n_fired;
};

struct timer_arg {
	struct timer_test *test;
	unsigned i;
};

static void timer_fired(void *ctx)
{
	struct timer_arg *a = ctx;
	struct timer_test *test = a->test;

	CU_ASSERT_FALSE(timer_is_armed(&test->timer[a->i]));
	CU_ASSERT_FALSE(mono_is_before(mono_now(), test->timer[a->i].due));
	CU_ASSERT(test->delay_us[a->i] >= test->last_delay_us);
	test->last_delay_us = test->delay_us[a->i];
	if (++test->n_fired == TIMERS - 1) /* one is stopped */
		loop_stop(test->l);
}

/* All within less than a step; again if the scheduler took the processor away in between. */
static void start_timers(struct timer_test *test)
{
	struct mono begin;

	do {
		begin = mono_now();
		for (unsigned i = 0; i < TIMERS; i++)
			timer_start(&test->timer[i], test->delay_us[i]);
	} while (mono_sub_us(mono_now(), begin) > QUIET_US);
}

static void timers_fire_in_order_and_never_early(void)
{
	struct timer_test test = { .l = loop_new("test") };
	struct timer_arg args[TIMERS];

	for (unsigned i = 0; i < TIMERS; i++) {
		args[i] = (struct timer_arg){ &test, i };
		timer_init(&test.timer[i], test.l, timer_fired, &args[i]);
		test.delay_us[i] = DELAY_STEP * (int64_t)cu_random_below(15);
		timer_start(&test.timer[i], 30000000); /* re-armed below */
	}
	start_timers(&test);
	CU_ASSERT(timer_left_us(&test.timer[3]) <= test.delay_us[3]);
	timer_stop(&test.timer[7]);
	timer_stop(&test.timer[7]);
	CU_ASSERT_EQUAL(timer_left_us(&test.timer[7]), 0);
	CU_ASSERT_EQUAL(loop_run(test.l), 0);
	CU_ASSERT_EQUAL(test.n_fired, TIMERS - 1);
	loop_free(test.l);
}

static void zeroed_objects_may_be_ended(void)
{
	struct timer t = { .loop = NULL };
	struct io_watch w = { .loop = NULL };
	struct job j = { .loop = NULL };

	timer_stop(&t);
	io_fini(&w);
	job_cancel(&j);
	CU_ASSERT_FALSE(timer_is_armed(&t));
}

struct fair {
	unsigned slices[3];
	unsigned reads;
};

static bool slice0(void *ctx)
{
	((struct fair *)ctx)->slices[0]++;
	return true;
}

static bool slice1(void *ctx)
{
	((struct fair *)ctx)->slices[1]++;
	return true;
}

static bool slice2(void *ctx)
{
	return ++((struct fair *)ctx)->slices[2] < 3;
}

static void always_readable(void *ctx)
{
	((struct fair *)ctx)->reads++;
}

static void jobs_and_busy_sockets_take_turns(void)
{
	struct loop *l = loop_new("test");
	struct fair f = { 0 };
	struct io_watch w;
	struct job job[3];
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(write(fds[1], "x", 1), 1);
	io_init(&w, l, fds[0], always_readable, NULL, &f);
	io_want_read(&w, true);
	job_init(&job[0], l, slice0, &f);
	job_init(&job[1], l, slice1, &f);
	job_init(&job[2], l, slice2, &f);
	for (unsigned i = 0; i < 3; i++) {
		job_wake(&job[i]);
		job_wake(&job[i]);
	}
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(f.slices[2], 3);                 /* said that it was done */
	CU_ASSERT_EQUAL(f.slices[0] + f.slices[1], 100); /* one a turn, and the first of both */
	CU_ASSERT(abs((int)f.slices[0] - (int)f.slices[1]) <= 2);
	CU_ASSERT_EQUAL(f.reads, 100);
	job_cancel(&job[0]);
	job_cancel(&job[1]);
	io_fini(&w);
	for (unsigned i = 0; i < 3; i++)
		loop_turn(l);
	CU_ASSERT_EQUAL(f.slices[0] + f.slices[1], 100); /* one a turn, and the first of both */
	CU_ASSERT_EQUAL(f.reads, 100);
	CU_ASSERT_FALSE(loop_turn(l));
	close(fds[0]);
	close(fds[1]);
	loop_free(l);
}

#define HEAVY 3

struct canary {
	struct io_watch w;
	struct job first; /* wakes the second one */
	struct job second;
	struct job heavy[HEAVY];
	unsigned n_heavy; /* slices */
	unsigned began;   /* n_heavy at that time */
	unsigned ended;
	bool again; /* the second one wakes the first */
	bool done;
};

static void canary_read(void *ctx)
{
	struct canary *c = ctx;

	io_want_read(&c->w, false);
	c->began = c->n_heavy;
	job_wake(&c->first);
}

static bool canary_first(void *ctx)
{
	job_wake(&((struct canary *)ctx)->second);
	return false;
}

static bool canary_second(void *ctx)
{
	struct canary *c = ctx;

	c->ended = c->n_heavy;
	c->done = true;
	if (c->again)
		job_wake(&c->first);
	return false;
}

static bool heavy_slice(void *ctx)
{
	((struct canary *)ctx)->n_heavy++;
	return true;
}

static void canary_init(struct canary *c, struct loop *l, int fd)
{
	*c = (struct canary){ 0 };
	io_init(&c->w, l, fd, canary_read, NULL, c);
	job_init(&c->first, l, canary_first, c);
	job_init(&c->second, l, canary_second, c);
	for (unsigned i = 0; i < HEAVY; i++) {
		job_init(&c->heavy[i], l, heavy_slice, c);
		job_wake(&c->heavy[i]);
	}
}

static void canary_fini(struct canary *c)
{
	io_fini(&c->w);
	job_cancel(&c->first);
	job_cancel(&c->second);
	for (unsigned i = 0; i < HEAVY; i++)
		job_cancel(&c->heavy[i]);
}

/* From the socket through two jobs to the end: not behind each of the heavy ones twice. */
static void little_work_does_not_wait_for_much_work(void)
{
	struct loop *l = loop_new("test");
	struct canary c;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	canary_init(&c, l, fds[0]);
	for (unsigned i = 0; i < 10; i++)
		loop_turn(l);
	CU_ASSERT_EQUAL_FATAL(write(fds[1], "x", 1), 1);
	io_want_read(&c.w, true);
	while (!c.done)
		loop_turn(l);
	CU_ASSERT(c.ended - c.began <= 1); /* one, if the scheduler took the processor away */
	canary_fini(&c);
	close(fds[0]);
	close(fds[1]);
	loop_free(l);
}

static void much_work_goes_on_beside_little_work_that_never_ends(void)
{
	struct loop *l = loop_new("test");
	struct canary c;
	unsigned before;

	canary_init(&c, l, -1);
	c.again = true;
	for (unsigned i = 0; i < 3; i++)
		loop_turn(l);
	job_wake(&c.first);
	before = c.n_heavy;
	for (unsigned i = 0; i < 100; i++)
		loop_turn(l);
	CU_ASSERT_TRUE(c.done);
	CU_ASSERT(c.n_heavy - before > 20); /* a light one counts as heavy if it is interrupted */
	canary_fini(&c);
	loop_free(l);
}

struct mortal {
	struct job job;
	struct timer timer;
	unsigned *n_freed;
};

static bool free_in_slice(void *ctx)
{
	struct mortal *m = ctx;

	timer_stop(&m->timer);
	job_cancel(&m->job);
	++*m->n_freed;
	free(m);
	return true; /* must not be looked at */
}

static void free_in_timer(void *ctx)
{
	free_in_slice(ctx);
}

static void owners_may_be_freed_by_their_own_callback(void)
{
	struct loop *l = loop_new("test");
	unsigned n_freed = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct mortal *m = xcalloc(1, sizeof(*m));

		m->n_freed = &n_freed;
		job_init(&m->job, l, free_in_slice, m);
		timer_init(&m->timer, l, free_in_timer, m);
		if (i)
			job_wake(&m->job);
		else
			timer_start(&m->timer, 0);
	}
	while (loop_turn(l))
		;
	CU_ASSERT_EQUAL(n_freed, 2);
	loop_free(l);
}

static bool wake_myself(void *ctx)
{
	struct mortal *m = ctx;

	job_wake(&m->job);
	return ++*m->n_freed < 5 ? false : (job_cancel(&m->job), false);
}

static void job_woken_in_its_own_slice_runs_again(void)
{
	struct loop *l = loop_new("test");
	unsigned n = 0;
	struct mortal m = { .n_freed = &n };

	job_init(&m.job, l, wake_myself, &m);
	job_wake(&m.job);
	while (loop_turn(l))
		;
	CU_ASSERT_EQUAL(n, 5);
	loop_free(l);
}

struct relay {
	struct io_watch w;
	struct job job;
	unsigned n;
};

static void read_and_wake(void *ctx)
{
	job_wake(&((struct relay *)ctx)->job);
}

static bool count_slice(void *ctx)
{
	((struct relay *)ctx)->n++;
	return false;
}

static void job_woken_by_a_socket_runs_in_the_same_turn(void)
{
	struct loop *l = loop_new("test");
	struct relay r = { 0 };
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(write(fds[1], "x", 1), 1);
	io_init(&r.w, l, fds[0], read_and_wake, NULL, &r);
	io_want_read(&r.w, true);
	job_init(&r.job, l, count_slice, &r);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(r.n, 1);
	CU_ASSERT(loop_turn(l));
	CU_ASSERT_EQUAL(r.n, 2);
	io_fini(&r.w);
	CU_ASSERT_FALSE(loop_turn(l));
	close(fds[0]);
	close(fds[1]);
	loop_free(l);
}

static void *stop_it(void *arg)
{
	usleep(5000);
	loop_stop(arg);
	return NULL;
}

static void another_thread_may_stop_the_loop(void)
{
	struct loop *l = loop_new("worker");
	pthread_t thread;

	loop_stop(l); /* before the run: not lost */
	CU_ASSERT_EQUAL(loop_run(l), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_it, l), 0);
	CU_ASSERT_EQUAL(loop_run(l), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_STRING_EQUAL(loop_name(l), "worker");
	loop_free(l);
	loop_free(NULL);
}

static void each_callback_leaves_a_latency_sample(void)
{
	struct loop *l = loop_new("test");
	struct fair f = { 0 };
	struct job j;
	const struct mono start = mono_now();

	job_init(&j, l, slice0, &f);
	job_wake(&j);
	for (unsigned i = 0; i < 10; i++)
		loop_turn(l);
	CU_ASSERT_EQUAL(f.slices[0], 11); /* light once, then heavy */
	CU_ASSERT(histogram_quantile_us(loop_latency(l), 1.0) > 0);
	CU_ASSERT_FALSE(mono_is_before(loop_now(l), start));
	job_cancel(&j);
	loop_free(l);
}

static void timer_looks(void *ctx)
{
	struct loop *l = ctx;

	CU_ASSERT_FALSE(loop_hears_little(l));
	loop_heard_little(l);
	CU_ASSERT(loop_hears_little(l));
}

static void timer_looks_and_stops(void *ctx)
{
	CU_ASSERT_FALSE(loop_hears_little(ctx));
	loop_stop(ctx);
}

static void little_that_was_heard_is_remembered_for_a_while(void)
{
	struct loop *l = loop_new("test");
	struct timer first;
	struct timer second;

	CU_ASSERT_FALSE(loop_hears_little(l));
	timer_init(&first, l, timer_looks, l);
	timer_init(&second, l, timer_looks_and_stops, l);
	timer_start(&first, 0);
	timer_start(&second, LOOP_LITTLE_US + 100000);
	CU_ASSERT_EQUAL(loop_run(l), 0);
	loop_free(l);
}

static const struct cu_case cases[] = {
	CU_CASE(timers_fire_in_order_and_never_early),
	CU_CASE(zeroed_objects_may_be_ended),
	CU_CASE(jobs_and_busy_sockets_take_turns),
	CU_CASE(little_work_does_not_wait_for_much_work),
	CU_CASE(much_work_goes_on_beside_little_work_that_never_ends),
	CU_CASE(owners_may_be_freed_by_their_own_callback),
	CU_CASE(job_woken_in_its_own_slice_runs_again),
	CU_CASE(job_woken_by_a_socket_runs_in_the_same_turn),
	CU_CASE(another_thread_may_stop_the_loop),
	CU_CASE(each_callback_leaves_a_latency_sample),
	CU_CASE(little_that_was_heard_is_remembered_for_a_while),
};
CU_SUITE(loop, cases);
