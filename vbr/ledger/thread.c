/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One ring there, one back. A call that is in flight has a place in both, so neither is ever found
 * full.
 */
#include "vbr/ledger/thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/base/thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "lib/io/mailbox.h"

struct call {
	void (*fn)(struct ledger *l, void *arg);
	void (*done)(void *arg);
	void *arg;
};

struct ledger_thread {
	struct loop *loop;     /* owned, all below too */
	struct ledger *ledger; /* the thread's */
	struct mailbox *calls;
	struct mailbox *done;
	uint32_t in_flight; /* main only */
	pthread_t id;
	bool started;
};

static void take_call(void *ctx, const void *msg)
{
	struct ledger_thread *t = ctx;
	const struct call *c = msg;
	int ret;

	c->fn(t->ledger, c->arg);
	ret = mailbox_post(t->done, c);
	assert(ret == 0);
	(void)ret;
	mailbox_flush(t->done);
}

/* On main. */
static void take_done(void *ctx, const void *msg)
{
	struct ledger_thread *t = ctx;
	const struct call *c = msg;

	t->in_flight--;
	c->done(c->arg);
}

static void *thread_main(void *arg)
{
	struct ledger_thread *t = arg;

	(void)loop_run(t->loop);
	mailbox_detach_consumer(t->calls);
	(void)mailbox_drain(t->calls, LEDGER_CALLS, take_call, t);
	return NULL;
}

static void thread_free(struct ledger_thread *t)
{
	mailbox_free(t->calls);
	mailbox_free(t->done);
	ledger_free(t->ledger);
	loop_free(t->loop);
	free(t);
}

static int start(struct ledger_thread *t, struct loop *main_loop)
{
	int ret;

	t->calls = mailbox_new(sizeof(struct call), LEDGER_CALLS);
	if (t->calls != NULL)
		t->done = mailbox_new(sizeof(struct call), LEDGER_CALLS);
	if (t->done == NULL)
		return -errno;
	mailbox_attach_consumer(t->calls, t->loop, 1, take_call, t);
	mailbox_attach_consumer(t->done, main_loop, LEDGER_CALLS, take_done, t);
	ret = thread_start(&t->id, thread_main, t);
	t->started = ret == 0;
	return ret;
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
	mailbox_detach_consumer(t->done);
	(void)mailbox_drain(t->done, LEDGER_CALLS, take_done, t);
	thread_free(t);
}

int ledger_thread_call(struct ledger_thread *t, void (*fn)(struct ledger *l, void *arg),
	void (*done)(void *arg), void *arg)
{
	const struct call c = { .fn = fn, .done = done, .arg = arg };
	int ret;

	if (t->in_flight == LEDGER_CALLS)
		return -EAGAIN;
	ret = mailbox_post(t->calls, &c);
	if (ret < 0)
		return ret;
	t->in_flight++;
	mailbox_flush(t->calls);
	return 0;
}
