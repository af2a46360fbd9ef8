/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/ledger/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/base/thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/calls.h"
#include "lib/io/loop.h"

struct ledger_thread {
	struct loop *loop;     /* owned, all below too */
	struct ledger *ledger; /* the thread's */
	struct calls *calls;
	pthread_t id;
};

static void run(void *ctx, calls_fn *fn, void *arg)
{
	const struct ledger_thread *t = ctx;

	((void (*)(struct ledger *, void *))fn)(t->ledger, arg);
}

static void *thread_main(void *arg)
{
	struct ledger_thread *t = arg;

	(void)loop_run(t->loop);
	calls_finish(t->calls);
	return NULL;
}

static void thread_free(struct ledger_thread *t)
{
	calls_free(t->calls);
	ledger_free(t->ledger);
	loop_free(t->loop);
	free(t);
}

static int start(struct ledger_thread *t, struct loop *main_loop)
{
	t->calls = calls_new(&(struct calls_params){ .main_loop = main_loop,
		.loop = t->loop,
		.max = LEDGER_CALLS,
		.burst = 1,
		.run = run,
		.ctx = t });
	if (t->calls == NULL)
		return -errno;
	return thread_start(&t->id, "ledger", thread_main, t);
}

struct ledger_thread *ledger_thread_start(struct loop *main_loop, const char *path)
{
	struct ledger_thread *t = xcalloc(1, sizeof(*t));
	int ret;

	t->loop = loop_new("ledger");
	t->ledger = ledger_new(path);
	ret = start(t, main_loop);
	if (ret == 0)
		return t;
	thread_free(t);
	errno = -ret;
	return NULL;
}

void ledger_thread_stop(struct ledger_thread *t)
{
	if (t == NULL)
		return;
	loop_stop(t->loop);
	(void)pthread_join(t->id, NULL);
	thread_free(t);
}

int ledger_thread_call(struct ledger_thread *t, void (*fn)(struct ledger *l, void *arg),
	void (*done)(void *arg), void *arg)
{
	return calls_make(t->calls, (calls_fn *)fn, done, arg);
}
