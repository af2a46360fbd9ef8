/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/calls.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/xalloc.h"
#include "lib/io/mailbox.h"

struct call {
	calls_fn *fn;
	void (*done)(void *arg);
	void *arg;
};

struct calls {
	struct calls_params p;
	struct mailbox *there; /* owned, like the other */
	struct mailbox *back;
	uint32_t in_flight; /* main only */
};

static void take(void *ctx, const void *msg)
{
	struct calls *c = ctx;
	const struct call *call = msg;
	int ret;

	c->p.run(c->p.ctx, call->fn, call->arg);
	ret = mailbox_post(c->back, call);
	assert(ret == 0);
	(void)ret;
	mailbox_flush(c->back);
}

/* On main. */
static void take_back(void *ctx, const void *msg)
{
	struct calls *c = ctx;
	const struct call *call = msg;

	c->in_flight--;
	if (call->done != NULL)
		call->done(call->arg);
}

struct calls *calls_new(const struct calls_params *p)
{
	struct calls *c = xcalloc(1, sizeof(*c));

	c->p = *p;
	c->there = mailbox_new(sizeof(struct call), p->max);
	if (c->there != NULL)
		c->back = mailbox_new(sizeof(struct call), p->max);
	if (c->back == NULL) {
		const int error = errno;

		mailbox_free(c->there);
		free(c);
		errno = error;
		return NULL;
	}
	mailbox_attach_consumer(c->there, p->loop, p->burst, take, c);
	mailbox_attach_consumer(c->back, p->main_loop, p->max, take_back, c);
	return c;
}

void calls_free(struct calls *c)
{
	if (c == NULL)
		return;
	mailbox_detach_consumer(c->back);
	(void)mailbox_drain(c->back, c->p.max, take_back, c);
	/* Never run: the thread did not start, or one of those ends has called again. */
	(void)mailbox_drain(c->there, c->p.max, take_back, c);
	mailbox_free(c->there);
	mailbox_free(c->back);
	free(c);
}

void calls_finish(struct calls *c)
{
	mailbox_detach_consumer(c->there);
	(void)mailbox_drain(c->there, c->p.max, take, c);
}

int calls_make(struct calls *c, calls_fn *fn, void (*done)(void *arg), void *arg)
{
	const struct call call = { .fn = fn, .done = done, .arg = arg };
	int ret;

	if (c->in_flight == c->p.max)
		return -EAGAIN;
	ret = mailbox_post(c->there, &call);
	if (ret < 0)
		return ret;
	c->in_flight++;
	mailbox_flush(c->there);
	return 0;
}
