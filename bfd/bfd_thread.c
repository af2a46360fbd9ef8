/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop and all that hangs on it are made before the thread starts and freed by it, so nothing
 * is shared. Reports that find a ring full are not kept: the sessions know what they have told
 * (bfd.c).
 *
 * Real-time scheduling (the lowest priority of it is above all who have none) keeps 3 x 50 ms while
 * workers and kernel threads want all processors. It needs CAP_SYS_NICE or RLIMIT_RTPRIO; without,
 * a better nice value is tried; without that, it runs as everybody does, and says so.
 */
#include "bfd/bfd_thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/calls.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"

#define ORDERS  4096
#define REPORTS 4096
#define BURST   32
#define CALLS   64

struct feed {
	struct bfd_thread *t;
	uint32_t i;
	struct mailbox *orders;  /* owned */
	struct mailbox *reports; /* owned */
};

struct bfd_thread {
	struct loop *loop;  /* owned */
	struct bfd *bfd;    /* owned by the thread while it runs */
	struct feed *feeds; /* owned */
	uint32_t n_feeds;
	struct bfd_switch sw; /* box NULL: nobody switches */
	struct calls *calls;  /* owned */
	enum thread_priority priority;
	sem_t ready;
	pthread_t id;
	bool started;
};

static int on_report(void *ctx, uint32_t feed, const struct bfd_report *r)
{
	struct bfd_thread *t = ctx;
	const int ret = mailbox_post(t->feeds[feed].reports, r);

	mailbox_flush(t->feeds[feed].reports);
	return ret;
}

static int on_death(void *ctx, const struct bfd_death *d)
{
	const struct bfd_thread *t = ctx;
	int ret;

	if (!t->sw.box)
		return 0;
	if (t->sw.hurry)
		t->sw.hurry(t->sw.ctx);
	ret = t->sw.post(t->sw.box, d);
	mailbox_flush(t->sw.box);
	return ret;
}

static const struct bfd_ops ops = { .died = on_death, .report = on_report };

static void on_deaths_space(void *ctx)
{
	bfd_space(((const struct bfd_thread *)ctx)->bfd, BFD_ALL_FEEDS);
}

static void on_space(void *ctx)
{
	const struct feed *f = ctx;

	bfd_space(f->t->bfd, f->i);
}

static void take_order(void *ctx, const void *msg)
{
	const struct feed *f = ctx;
	const struct bfd_order *o = msg;

	if (o->type == BFD_ORDER_DEL) {
		bfd_del(f->t->bfd, o->key);
		return;
	}
	o->take_want->feed = f->i;
	bfd_set(f->t->bfd, o->take_want);
	bfd_order_drop(NULL, o);
}

void bfd_order_drop(void *ctx, const void *msg)
{
	const struct bfd_order *o = msg;

	(void)ctx;
	if (o->take_want)
		explicit_bzero(o->take_want, sizeof(*o->take_want));
	free(o->take_want);
}

static void run(void *ctx, calls_fn *fn, void *arg)
{
	const struct bfd_thread *t = ctx;

	((void (*)(struct bfd *, void *))fn)(t->bfd, arg);
}

/* Orders that were given before the end are carried out: a goodbye may be among them. */
static void finish(struct bfd_thread *t)
{
	for (uint32_t i = 0; i < t->n_feeds; i++) {
		mailbox_detach_consumer(t->feeds[i].orders);
		(void)mailbox_drain(t->feeds[i].orders, ORDERS, take_order, &t->feeds[i]);
	}
	calls_finish(t->calls);
	for (uint32_t i = 0; i < t->n_feeds; i++)
		mailbox_detach_producer(t->feeds[i].reports);
	if (t->sw.box)
		mailbox_detach_producer(t->sw.box);
	bfd_free(t->bfd);
	t->bfd = NULL;
}

static void *thread_main(void *arg)
{
	struct bfd_thread *t = arg;

	t->priority = thread_raise();
	sem_post(&t->ready);
	(void)loop_run(t->loop);
	finish(t);
	return NULL;
}

static int start(struct bfd_thread *t)
{
	const int ret = thread_start(&t->id, "bfd", thread_main, t);

	t->started = !ret;
	while (!ret && sem_wait(&t->ready) < 0)
		;
	return ret;
}

static int make_feeds(struct bfd_thread *t, uint32_t n)
{
	t->feeds = xcalloc(n, sizeof(t->feeds[0]));
	for (uint32_t i = 0; i < n; i++) {
		struct feed *f = &t->feeds[i];

		f->t = t;
		f->i = i;
		f->orders = mailbox_new(sizeof(struct bfd_order), ORDERS);
		f->reports = mailbox_new(sizeof(struct bfd_report), REPORTS);
		t->n_feeds++;
		if (!f->orders || !f->reports)
			return -errno;
		mailbox_attach_consumer(f->orders, t->loop, BURST, take_order, f);
		mailbox_attach_producer(f->reports, t->loop, on_space, f);
	}
	return 0;
}

static int make_calls(struct bfd_thread *t, struct loop *main_loop)
{
	t->calls = calls_new(&(struct calls_params){ .main_loop = main_loop,
		.loop = t->loop,
		.max = CALLS,
		.burst = CALLS,
		.run = run,
		.ctx = t });
	return t->calls != NULL ? 0 : -errno;
}

static void thread_free(struct bfd_thread *t)
{
	calls_free(t->calls);
	for (uint32_t i = 0; i < t->n_feeds; i++) {
		struct feed *f = &t->feeds[i];

		if (f->orders)
			(void)mailbox_drain(f->orders, ORDERS, bfd_order_drop, NULL);
		mailbox_free(f->orders);
		mailbox_free(f->reports);
	}
	free(t->feeds);
	if (t->sw.box && !t->started)
		mailbox_detach_producer(t->sw.box);
	bfd_free(t->bfd);
	loop_free(t->loop);
	sem_destroy(&t->ready);
	free(t);
}

struct bfd_thread *bfd_thread_start(struct loop *main_loop, uint32_t n_feeds,
	const struct bfd_switch *sw)
{
	struct bfd_thread *t = xcalloc(1, sizeof(*t));
	int ret;

	t->loop = loop_new("bfd");
	sem_init(&t->ready, 0, 0);
	t->bfd = bfd_new(t->loop, &ops, t);
	if (sw) {
		t->sw = *sw;
		mailbox_attach_producer(t->sw.box, t->loop, on_deaths_space, t);
	}
	ret = make_feeds(t, n_feeds);
	if (!ret)
		ret = make_calls(t, main_loop);
	if (!ret)
		ret = start(t);
	if (!ret)
		return t;
	thread_free(t);
	errno = -ret;
	return NULL;
}

void bfd_thread_stop(struct bfd_thread *t)
{
	if (!t)
		return;
	loop_stop(t->loop);
	if (t->started)
		pthread_join(t->id, NULL);
	thread_free(t);
}

struct mailbox *bfd_thread_orders(struct bfd_thread *t, uint32_t i)
{
	assert(i < t->n_feeds);
	return t->feeds[i].orders;
}

struct mailbox *bfd_thread_reports(struct bfd_thread *t, uint32_t i)
{
	assert(i < t->n_feeds);
	return t->feeds[i].reports;
}

int bfd_thread_call(struct bfd_thread *t, void (*fn)(struct bfd *b, void *arg),
	void (*done)(void *arg), void *arg)
{
	return calls_make(t->calls, (calls_fn *)fn, done, arg);
}

enum thread_priority bfd_thread_priority(const struct bfd_thread *t)
{
	return t->priority;
}

struct histogram *bfd_thread_latency(const struct bfd_thread *t)
{
	return loop_latency(t->loop);
}
