/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a thread of ours. Ending it is its owner's: a flag or a message, then pthread_join.
 */
#pragma once

#include <pthread.h>
#include <sys/types.h>

/**
 * Run fn(arg) on a new thread with all signals blocked: signals are main's, whose loop turns
 * them into events, and no thread of ours is interrupted by one. name is for who looks at the
 * threads of the process ("top -H"), 15 characters of it.
 *
 * Returns 0 or -errno (-EAGAIN: no more threads for us).
 */
int thread_start(pthread_t *id, const char *name, void *(*fn)(void *arg), void *arg);

enum thread_priority {
	THREAD_PRIORITY_USUAL,
	THREAD_PRIORITY_NICE,
	THREAD_PRIORITY_REALTIME,
};

/**
 * The lowest real-time priority, which is above all who have none, for the thread that calls; it
 * needs CAP_SYS_NICE or RLIMIT_RTPRIO. Without, a better nice value; without that, it runs as
 * everybody does. Returns what it was.
 */
enum thread_priority thread_raise(void);
/**
 * The best nice value for the thread that calls, or what it had where that is not permitted
 * (RLIMIT_NICE): it has nearly a whole processor when it wants one, and leaves the others a little.
 */
enum thread_priority thread_prefer(void);
/** "realtime", "nice", "usual". */
const char *thread_priority_name(enum thread_priority p);

/* A priority that others lend to a thread for a moment. */
struct thread_boost {
	pid_t tid;
	int niceness; /* its usual one */
	enum thread_priority may;
};
/** On the thread itself: finds out what may be lent. */
void thread_boost_init(struct thread_boost *b);
/** Until thread_boost_end; both on any thread of the process. */
void thread_boost_begin(const struct thread_boost *b);
void thread_boost_end(const struct thread_boost *b);
