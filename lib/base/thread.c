/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new thread inherits the signal mask of its maker. So everything is blocked around its making,
 * instead of by the thread itself, which would leave a gap in which a signal could reach it.
 */
#include "lib/base/thread.h"

#include <signal.h>

int thread_start(pthread_t *id, void *(*fn)(void *arg), void *arg)
{
	sigset_t all;
	sigset_t old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(id, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -ret;
}
