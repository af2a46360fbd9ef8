/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new thread inherits the signal mask of its maker. So everything is blocked around its making,
 * instead of by the thread itself, which would leave a gap in which a signal could reach it.
 */
#include "lib/base/thread.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS      (-15)
#define BEST_NICENESS (-20)

int thread_start(pthread_t *id, const char *name, void *(*fn)(void *arg), void *arg)
{
	sigset_t all;
	sigset_t old;
	char shown[16]; /* the kernel takes no more */
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(id, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret) {
		snprintf(shown, sizeof(shown), "%s", name);
		(void)pthread_setname_np(*id, shown);
	}
	return -ret;
}

/* Linux: sched_setscheduler and setpriority are of one thread. */

static int set_realtime(pid_t tid, bool on)
{
	const int policy = on ? SCHED_FIFO : SCHED_OTHER;
	const struct sched_param p = {
		.sched_priority = on ? sched_get_priority_min(SCHED_FIFO) : 0,
	};

	return sched_setscheduler(tid, policy, &p);
}

static enum thread_priority raise_thread(pid_t tid)
{
	if (set_realtime(tid, true) == 0)
		return THREAD_PRIORITY_REALTIME;
	if (setpriority(PRIO_PROCESS, (id_t)tid, NICENESS) == 0)
		return THREAD_PRIORITY_NICE;
	return THREAD_PRIORITY_USUAL;
}

enum thread_priority thread_raise(void)
{
	return raise_thread(gettid());
}

enum thread_priority thread_prefer(void)
{
	if (setpriority(PRIO_PROCESS, (id_t)gettid(), BEST_NICENESS) == 0)
		return THREAD_PRIORITY_NICE;
	return THREAD_PRIORITY_USUAL;
}

const char *thread_priority_name(enum thread_priority p)
{
	static const char *const names[] = {
		[THREAD_PRIORITY_USUAL] = "usual",
		[THREAD_PRIORITY_NICE] = "nice",
		[THREAD_PRIORITY_REALTIME] = "realtime",
	};

	return names[p];
}

void thread_boost_init(struct thread_boost *b)
{
	b->tid = gettid();
	b->niceness = getpriority(PRIO_PROCESS, (id_t)b->tid);
	b->may = raise_thread(b->tid);
	thread_boost_end(b);
}

void thread_boost_begin(const struct thread_boost *b)
{
	if (b->may == THREAD_PRIORITY_REALTIME)
		(void)set_realtime(b->tid, true);
	else if (b->may == THREAD_PRIORITY_NICE)
		(void)setpriority(PRIO_PROCESS, (id_t)b->tid, NICENESS);
}

void thread_boost_end(const struct thread_boost *b)
{
	if (b->may == THREAD_PRIORITY_REALTIME)
		(void)set_realtime(b->tid, false);
	else if (b->may == THREAD_PRIORITY_NICE)
		(void)setpriority(PRIO_PROCESS, (id_t)b->tid, b->niceness);
}
