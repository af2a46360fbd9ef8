/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new thread inherits the signal mask of its maker. So everything is blocked around its making,
 * instead of by the thread itself, which would leave a gap in which a signal could reach it.
 */
#include "lib/base/thread.h"

#include <signal.h>
#include <stdio.h>

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
