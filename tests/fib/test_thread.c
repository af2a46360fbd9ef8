/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fib on its thread: two producers, calls from main, an orderly end. Built with the thread
 * sanitizer too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fib/fib_priv.h"
#include "fib/fib_thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/mailbox.h"
#include "tests/cu_main.h"
#include "tests/fib/netns.h"
#include "tests/fib/rig.h"

#define PRODUCERS 2
#define ROUTES    20000

struct producer {
	struct mailbox *box;
	uint32_t i;
	uint32_t ifindex;
	pthread_t id;
};

static void post(struct producer *p, const struct fib_msg *m)
{
	while (mailbox_post(p->box, m) < 0)
		usleep(200);
}

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct ip_addr gw = ip_from_v4(0x0a000002);
	const struct nexthop nh = nexthop_gateway(p->ifindex, &gw, 0);
	struct fib_msg m = { .type = FIB_MSG_TABLE_ADD, .table = RIG_TABLE + p->i, .gid = 1 };

	post(p, &m);
	m.type = FIB_MSG_GROUP_SET;
	m.take_group = xmalloc(sizeof(*m.take_group));
	nhgroup_init(m.take_group);
	(void)nhgroup_add(m.take_group, &nh);
	post(p, &m);
	m.type = FIB_MSG_ROUTE_SET;
	m.take_group = NULL;
	for (uint32_t i = 0; i < ROUTES; i++) {
		const struct ip_addr a = ip_from_v4(0x0b000000 + (i << 8));

		m.pfx = prefix_make(&a, 24);
		post(p, &m);
	}
	mailbox_flush(p->box);
	return NULL;
}

struct question {
	struct loop *loop;
	uint64_t installed;
	bool idle;
	int policy;
	int niceness;
	bool answered;
};

static void ask(struct fib *f, void *arg)
{
	struct question *q = arg;

	q->installed = counter_get(&fib_stats(f)->routes_installed);
	q->idle = fib_is_idle(f);
}

static void answered(void *arg)
{
	struct question *q = arg;

	q->answered = true;
}

static void withdraw(struct fib *f, void *arg)
{
	(void)arg;
	fib_withdraw_all(f);
}

static void call(struct fib_thread *t, struct question *q, void (*fn)(struct fib *, void *))
{
	q->answered = false;
	CU_ASSERT_EQUAL(fib_thread_call(t, fn, answered, q), 0);
	while (!q->answered) {
		if (!loop_turn(q->loop))
			usleep(100);
	}
}

static struct fib_thread *start(struct loop *l)
{
	const struct fib_conf conf = { .table_base = RIG_TABLE,
		.table_count = RIG_TABLES,
		.stale_s = 1000 };
	struct fib_thread *t = fib_thread_start(l, &conf, PRODUCERS);

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	return t;
}

static void two_producers_and_main_share_nothing_but_rings(void)
{
	struct producer p[PRODUCERS];
	struct question q = { 0 };
	struct fib_thread *t;
	uint32_t ifindex;

	if (!netns_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	ifindex = netns_veth("kt");
	q.loop = loop_new("main");
	t = start(q.loop);
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		p[i] = (struct producer){ .box = fib_thread_feed(t, i),
			.i = i,
			.ifindex = ifindex };
		CU_ASSERT_EQUAL(pthread_create(&p[i].id, NULL, produce, &p[i]), 0);
	}
	for (unsigned i = 0; i < 20; i++)
		call(t, &q, ask);
	for (uint32_t i = 0; i < PRODUCERS; i++)
		pthread_join(p[i].id, NULL);
	/* What was posted is written before the end. */
	fib_thread_stop(t);

	t = start(q.loop);
	for (uint32_t i = 0; i < PRODUCERS; i++) {
		p[i].box = fib_thread_feed(t, i);
		CU_ASSERT_EQUAL(pthread_create(&p[i].id, NULL, produce, &p[i]), 0);
	}
	for (uint32_t i = 0; i < PRODUCERS; i++)
		pthread_join(p[i].id, NULL);
	for (unsigned i = 0; i < 200 && !(q.idle && q.installed == PRODUCERS * ROUTES); i++) {
		usleep(10000);
		call(t, &q, ask);
	}
	CU_ASSERT_EQUAL(q.installed, PRODUCERS * ROUTES);
	CU_ASSERT_EQUAL(counter_get(&fib_thread_stats(t)->adopted), PRODUCERS * ROUTES);
	CU_ASSERT_EQUAL(counter_get(&fib_thread_stats(t)->written), 0);
	call(t, &q, withdraw);
	CU_ASSERT_EQUAL(counter_get(&fib_thread_stats(t)->errors), 0);
	fib_thread_stop(t);
	loop_free(q.loop);
	netns_del(ifindex);
}

/*
 * BFD tells the fib, then the worker; the worker floods its ring with routes, and says of each
 * death that it has read of that the session has ended and a new one is there. In the end all must
 * live: an "up" that overtook the death would leave it dead for ever.
 */
#define DEATHS 2000

struct scene {
	struct mailbox *deaths;
	struct mailbox *feed;
	_Atomic uint32_t reported;
};

static void *bfd_main(void *arg)
{
	struct scene *s = arg;

	for (uint32_t key = 1; key <= DEATHS; key++) {
		const struct fib_msg m = { .type = FIB_MSG_NEIGHBOR_DIED,
			.gid = key,
			.watch.epoch = { 1, 1 } };

		while (mailbox_post(s->deaths, &m) < 0)
			usleep(50);
		/* the worker may be quicker than the fib's wake-up */
		s->reported = key;
		if (key % 16)
			continue;
		usleep(500);
		mailbox_flush(s->deaths);
	}
	return NULL;
}

static void *worker_main(void *arg)
{
	struct scene *s = arg;
	struct producer p = { .box = s->feed };
	struct fib_msg m = { .type = FIB_MSG_ROUTE_DEL, .table = RIG_TABLE };
	uint32_t known = 0;

	while (known < DEATHS) {
		const uint32_t reported = s->reported;

		m.type = FIB_MSG_ROUTE_DEL;
		for (unsigned i = 0; i < 8; i++)
			post(&p, &m);
		for (; known < reported; known++) {
			m = (struct fib_msg){ .type = FIB_MSG_NEIGHBOR_DOWN, .gid = known + 1 };
			post(&p, &m);
			m.type = FIB_MSG_NEIGHBOR_UP;
			m.watch.epoch = (struct live_epoch){ 1, 1 };
			post(&p, &m);
		}
		mailbox_flush(s->feed);
	}
	return NULL;
}

static void count_dead(struct fib *f, void *arg)
{
	struct question *q = arg;

	q->installed = 0;
	for (uint32_t key = 1; key <= DEATHS; key++)
		q->installed += live_is_dead(&f->groups.lives, key);
	q->idle = fib_is_idle(f);
}

static void no_up_overtakes_the_death_that_it_is_about(void)
{
	struct question q = { 0 };
	struct scene s = { 0 };
	struct fib_thread *t;
	pthread_t bfd, worker;

	if (!netns_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	q.loop = loop_new("main");
	t = start(q.loop);
	s.deaths = fib_thread_deaths(t);
	s.feed = fib_thread_feed(t, 0);
	CU_ASSERT_EQUAL(pthread_create(&worker, NULL, worker_main, &s), 0);
	CU_ASSERT_EQUAL(pthread_create(&bfd, NULL, bfd_main, &s), 0);
	pthread_join(bfd, NULL);
	pthread_join(worker, NULL);
	while (mailbox_count(s.feed) || mailbox_count(s.deaths))
		usleep(1000);
	call(t, &q, count_dead);
	CU_ASSERT_EQUAL(q.installed, 0);
	fib_thread_stop(t);
	loop_free(q.loop);
}

static void look_at_policy(struct fib *f, void *arg)
{
	struct question *q = arg;

	q->policy = sched_getscheduler(0);
	q->niceness = getpriority(PRIO_PROCESS, 0);
	(void)f;
}

static void a_death_lends_its_priority_until_it_is_dealt_with(void)
{
	const struct fib_msg m = { .type = FIB_MSG_NEIGHBOR_DIED,
		.gid = 1,
		.watch.epoch = { 1, 1 } };
	const int usual = getpriority(PRIO_PROCESS, 0);
	struct question q = { 0 };
	struct fib_thread *t;

	if (!netns_enter()) {
		cu_skip("no privilege to make a network namespace");
		return;
	}
	q.loop = loop_new("main");
	t = start(q.loop);
	for (unsigned i = 0; i < 3; i++) {
		call(t, &q, look_at_policy);
		CU_ASSERT_EQUAL(q.policy, SCHED_OTHER);
		fib_thread_hurry(t);
		call(t, &q, look_at_policy);
		CU_ASSERT_EQUAL(q.policy == SCHED_FIFO,
			fib_thread_priority(t) == THREAD_PRIORITY_REALTIME);
		CU_ASSERT_EQUAL_FATAL(mailbox_post(fib_thread_deaths(t), &m), 0);
		mailbox_flush(fib_thread_deaths(t));
		for (unsigned k = 0; k < 5000 && q.policy != SCHED_OTHER; k++) {
			usleep(1000);
			call(t, &q, look_at_policy);
		}
	}
	CU_ASSERT_EQUAL(mailbox_count(fib_thread_deaths(t)), 0);
	CU_ASSERT_EQUAL(q.policy, SCHED_OTHER);
	CU_ASSERT_EQUAL(q.niceness, usual);
	fib_thread_stop(t);
	loop_free(q.loop);
}

/* Where real-time priorities are not permitted, but nice values are. */
static void a_better_nice_value_is_given_back(void)
{
	struct thread_boost b;

	thread_boost_init(&b);
	CU_ASSERT_EQUAL(sched_getscheduler(0), SCHED_OTHER);
	CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, 0), b.niceness);
	if (b.may == THREAD_PRIORITY_USUAL) {
		cu_skip("no privilege to raise a priority");
		return;
	}
	b.may = THREAD_PRIORITY_NICE;
	thread_boost_begin(&b);
	CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, 0), -15);
	thread_boost_end(&b);
	CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, 0), b.niceness);
}

static const struct cu_case cases[] = {
	CU_CASE(a_death_lends_its_priority_until_it_is_dealt_with),
	CU_CASE(a_better_nice_value_is_given_back),
	CU_CASE(no_up_overtakes_the_death_that_it_is_about),
	CU_CASE(two_producers_and_main_share_nothing_but_rings),
};
CU_SUITE(thread, cases);
