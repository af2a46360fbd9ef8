/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread, one loop, one fib. Orders come by a ring from each producer, calls from main. The
 * loop and all that hangs on it are made before the thread starts and freed after it ended, so
 * nothing is ever shared.
 *
 * A death must not wait for a processor behind workers that want all of them, but the bulk writer
 * that the thread is otherwise has no claim to more than they. So who tells of a death lends it a
 * real-time priority, before the death is in the ring, and it gives that back when it has written
 * the groups (thread_boost). What was lent between the last look into the ring and that moment is
 * lost, and the next death is read a little later than it might.
 *
 * The rings are bounded and a burst takes a bounded number of orders, so the writer has its turn
 * between two bursts. When its queue is long the rings are left alone until most of that is
 * written: so a producer that is faster than the kernel finds its ring full and waits for on_space,
 * and what it would have said meanwhile it says once.
 *
 * Workers that change a route now and then, ten thousand times a second, would wake the thread as
 * often, each time in front of the update that is about to leave by the same processor. So it looks
 * at a ring that it emptied again a little later, and not at once (mailbox_set_pause); neighbours
 * and tables are told by mailbox_ring.
 */
#include "fib/fib_thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "fib/backend/backend.h"
#include "lib/base/thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/calls.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"

#define FEED_CAPACITY 4096      /* orders, 10 ms of the kernel's; 160 KiB a producer */
#define FEED_BURST    FIB_BATCH /* orders: what is written before the next ones */
#define FEED_PAUSE_US 1000
#define DEATHS        1024
#define CALLS         64
#define END_S         10 /* what is queued at the end is written, but not for longer than this */

struct feed {
	struct fib_thread *thread;
	uint32_t i;
	uint32_t n_done;     /* orders from the one at hand on that were handled with one before */
	struct mailbox *box; /* owned */
};

struct fib_thread {
	struct loop *loop;  /* owned */
	struct fib *fib;    /* owned */
	struct feed *feeds; /* owned */
	uint32_t n_feeds;
	struct feed deaths;  /* i: n_feeds */
	struct calls *calls; /* owned */
	pthread_t id;
	bool started;
	sem_t ready; /* boost is known */
	struct thread_boost boost;
	struct job calm;
};

static void take_death(void *ctx, const void *msg)
{
	const struct feed *feed = ctx;

	fib_handle(feed->thread->fib, feed->i, msg);
	job_wake(&feed->thread->calm);
}

static bool calm(void *ctx)
{
	const struct fib_thread *t = ctx;

	thread_boost_end(&t->boost);
	return false;
}

static bool is_about_life(const struct fib_msg *m)
{
	return m->type == FIB_MSG_NEIGHBOR_UP || m->type == FIB_MSG_NEIGHBOR_UNWATCHED;
}

/* The order at hand, and those behind it that may be handled with it. */
static uint32_t look_ahead(const struct feed *feed, const struct fib_msg **m)
{
	uint32_t n = 1;

	m[0] = mailbox_peek(feed->box, 0);
	while (n < FIB_MANY && (m[n] = mailbox_peek(feed->box, n)) && !is_about_life(m[n]))
		n++;
	return n;
}

static void take_order(void *ctx, const void *msg)
{
	struct feed *feed = ctx;
	struct feed *deaths = &feed->thread->deaths;
	struct fib *fib = feed->thread->fib;
	const struct fib_msg *m[FIB_MANY];

	if (!feed->n_done) {
		/*
		 * What the worker knows of deaths has been told here before (live.c). A full ring
		 * at a time: whoever fills it faster than it is emptied has not told the worker
		 * yet.
		 */
		if (is_about_life(msg))
			(void)mailbox_drain(deaths->box, DEATHS, take_death, deaths);
		feed->n_done = look_ahead(feed, m);
		fib_handle_many(fib, feed->i, m, feed->n_done);
		if (fib_is_full(fib))
			mailbox_hold(feed->box, true);
	}
	feed->n_done--;
}

static void on_space(void *ctx)
{
	const struct fib_thread *t = ctx;

	for (uint32_t i = 0; i < t->n_feeds; i++)
		mailbox_hold(t->feeds[i].box, false);
}

static void run(void *ctx, calls_fn *fn, void *arg)
{
	const struct fib_thread *t = ctx;

	((void (*)(struct fib *, void *))fn)(t->fib, arg);
}

/* All orders that were posted before the stop are carried out. */
static void finish(struct fib_thread *t)
{
	const struct mono end = mono_add_s(mono_now(), END_S);

	for (uint32_t i = 0; i < t->n_feeds; i++) {
		mailbox_detach_consumer(t->feeds[i].box);
		while (mailbox_drain(t->feeds[i].box, FEED_BURST, take_order, &t->feeds[i]))
			(void)loop_turn(t->loop);
	}
	calls_finish(t->calls);
	while (!fib_is_idle(t->fib) && mono_is_before(mono_now(), end))
		(void)loop_turn(t->loop);
}

static void *thread_main(void *arg)
{
	struct fib_thread *t = arg;

	thread_boost_init(&t->boost);
	sem_post(&t->ready);
	(void)loop_run(t->loop);
	finish(t);
	return NULL;
}

static int start(struct fib_thread *t)
{
	const int ret = thread_start(&t->id, "fib", thread_main, t);

	t->started = !ret;
	while (!ret && sem_wait(&t->ready) < 0)
		;
	return ret;
}

/* First of all, so that it is looked at first in each turn. */
static int make_deaths(struct fib_thread *t, uint32_t n_feeds)
{
	t->deaths.thread = t;
	t->deaths.i = n_feeds;
	t->deaths.box = mailbox_new(sizeof(struct fib_msg), DEATHS);
	if (!t->deaths.box)
		return -errno;
	mailbox_attach_consumer(t->deaths.box, t->loop, DEATHS, take_death, &t->deaths);
	return 0;
}

static int make_feeds(struct fib_thread *t, uint32_t n_feeds)
{
	t->feeds = xcalloc(n_feeds, sizeof(t->feeds[0]));
	for (uint32_t i = 0; i < n_feeds; i++) {
		struct feed *feed = &t->feeds[i];

		feed->thread = t;
		feed->i = i;
		feed->box = mailbox_new(sizeof(struct fib_msg), FEED_CAPACITY);
		if (!feed->box)
			return -errno;
		t->n_feeds++;
		mailbox_attach_consumer(feed->box, t->loop, FEED_BURST, take_order, feed);
		mailbox_set_pause(feed->box, FEED_PAUSE_US);
	}
	return 0;
}

static int make_calls(struct fib_thread *t, struct loop *main_loop)
{
	t->calls = calls_new(&(struct calls_params){ .main_loop = main_loop,
		.loop = t->loop,
		.max = CALLS,
		.burst = CALLS,
		.run = run,
		.ctx = t });
	return t->calls != NULL ? 0 : -errno;
}

static void drop_order(void *ctx, const void *msg)
{
	const struct fib_msg *m = msg;

	(void)ctx;
	free(m->take_group);
}

static void thread_free(struct fib_thread *t)
{
	calls_free(t->calls);
	fib_free(t->fib);
	for (uint32_t i = 0; i < t->n_feeds; i++) {
		mailbox_detach_consumer(t->feeds[i].box);
		(void)mailbox_drain(t->feeds[i].box, FEED_CAPACITY, drop_order, NULL);
		mailbox_free(t->feeds[i].box);
	}
	mailbox_free(t->deaths.box);
	free(t->feeds);
	job_cancel(&t->calm);
	sem_destroy(&t->ready);
	loop_free(t->loop);
	free(t);
}

struct fib_thread *fib_thread_start(struct loop *main_loop, const struct fib_conf *conf,
	uint32_t n_feeds)
{
	struct fib_backend *backend = fib_backend_netlink_new();
	struct fib_thread *t;
	int ret;

	if (!backend)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->loop = loop_new("fib");
	sem_init(&t->ready, 0, 0);
	job_init(&t->calm, t->loop, calm, t);
	t->fib = fib_new(t->loop, conf, backend);
	fib_on_space(t->fib, on_space, t);
	ret = make_deaths(t, n_feeds);
	if (!ret)
		ret = make_feeds(t, n_feeds);
	if (!ret)
		ret = make_calls(t, main_loop);
	if (!ret)
		ret = start(t);
	if (ret) {
		thread_free(t);
		errno = -ret;
		return NULL;
	}
	return t;
}

void fib_thread_stop(struct fib_thread *t)
{
	if (!t)
		return;
	loop_stop(t->loop);
	if (t->started)
		pthread_join(t->id, NULL);
	thread_free(t);
}

struct mailbox *fib_thread_deaths(struct fib_thread *t)
{
	return t->deaths.box;
}

void fib_thread_hurry(struct fib_thread *t)
{
	thread_boost_begin(&t->boost);
}

enum thread_priority fib_thread_priority(const struct fib_thread *t)
{
	return t->boost.may;
}

struct mailbox *fib_thread_feed(struct fib_thread *t, uint32_t i)
{
	assert(i < t->n_feeds);
	return t->feeds[i].box;
}

int fib_thread_call(struct fib_thread *t, void (*fn)(struct fib *f, void *arg),
	void (*done)(void *arg), void *arg)
{
	return calls_make(t->calls, (calls_fn *)fn, done, arg);
}

struct fib_stats *fib_thread_stats(struct fib_thread *t)
{
	return fib_stats(t->fib);
}
