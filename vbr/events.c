/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of listeners. The fib thread has no ring of events, since its errors come in floods: its
 * counters are looked at once a second, and only while somebody listens, so a flood is one event.
 */
#include "vbr/events.h"

#include <assert.h>
#include <stdlib.h>

#include "fib/fib_thread.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define LOOK_US 1000000

struct events {
	LIST_HEAD(, event_listener) listeners;
	struct fib_thread *fib; /* borrowed, may be NULL */
	struct timer timer;
	uint64_t errors; /* as told last */
	uint64_t repaired;
};

const char *event_name(enum event_type t)
{
	static const char *const names[] = {
		[EVENT_PEER_UP] = "peer-up",
		[EVENT_PEER_DOWN] = "peer-down",
		[EVENT_LIMIT_WARNING] = "limit-warning",
		[EVENT_LIMIT_REACHED] = "limit-reached",
		[EVENT_POLICY_APPLIED] = "policy-applied",
		[EVENT_SECOND_ROUTER] = "second-router",
		[EVENT_BFD_UP] = "bfd-up",
		[EVENT_BFD_DOWN] = "bfd-down",
		[EVENT_VBR_IN] = "vbr-in-service",
		[EVENT_VBR_OUT] = "vbr-out-of-service",
		[EVENT_VBR_STATE] = "vbr-state",
		[EVENT_PEERING_STATE] = "peering-state",
		[EVENT_HEALTH_UNKNOWN] = "health-unknown",
		[EVENT_HEALTH_ALIVE] = "health-alive",
		[EVENT_HEALTH_NOISY] = "health-noisy",
		[EVENT_HEALTH_DEAD] = "health-dead",
		[EVENT_COMMIT] = "commit",
		[EVENT_LINK_UP] = "link-up",
		[EVENT_LINK_DOWN] = "link-down",
		[EVENT_FIB_ERRORS] = "kernel-error",
		[EVENT_DRIFT_REPAIRED] = "drift-repaired",
		[EVENT_METERING_ERROR] = "metering-error",
		[EVENT_METERING_OK] = "metering-ok",
	};

	_Static_assert(ARRAY_SIZE(names) == EVENT_COUNT, "one name an event");
	return names[t];
}

static void tell(struct events *e, enum event_type type, uint64_t now, uint64_t *told)
{
	if (now > *told)
		events_publish(e, &(struct event_report){ .type = type, .count = now - *told });
	*told = now;
}

static void on_timer(void *ctx)
{
	struct events *e = ctx;
	struct fib_stats *fs = e->fib != NULL ? fib_thread_stats(e->fib) : NULL;

	if (LIST_EMPTY(&e->listeners))
		return;
	timer_start(&e->timer, LOOK_US);
	if (fs == NULL)
		return;
	tell(e, EVENT_FIB_ERRORS, counter_get(&fs->errors), &e->errors);
	tell(e, EVENT_DRIFT_REPAIRED, counter_get(&fs->drift_repaired), &e->repaired);
}

static void begin(struct events *e)
{
	struct fib_stats *fs = e->fib != NULL ? fib_thread_stats(e->fib) : NULL;

	e->errors = fs != NULL ? counter_get(&fs->errors) : 0;
	e->repaired = fs != NULL ? counter_get(&fs->drift_repaired) : 0;
}

struct events *events_new(struct loop *l)
{
	struct events *e = xcalloc(1, sizeof(*e));

	LIST_INIT(&e->listeners);
	timer_init(&e->timer, l, on_timer, e);
	return e;
}

void events_free(struct events *e)
{
	if (e == NULL)
		return;
	assert(LIST_EMPTY(&e->listeners));
	timer_stop(&e->timer);
	free(e);
}

void events_watch_fib(struct events *e, struct fib_thread *fib)
{
	e->fib = fib;
	begin(e);
}

void events_listen(struct events *e, struct event_listener *l)
{
	if (LIST_EMPTY(&e->listeners)) {
		begin(e);
		timer_start(&e->timer, LOOK_US);
	}
	LIST_INSERT_HEAD(&e->listeners, l, entry);
}

void events_unlisten(struct events *e, struct event_listener *l)
{
	(void)e;
	LIST_REMOVE(l, entry);
}

void events_publish(struct events *e, const struct event_report *ev)
{
	struct event_listener *l = LIST_FIRST(&e->listeners);

	while (l != NULL) {
		struct event_listener *next = LIST_NEXT(l, entry);

		l->fn(l->ctx, ev);
		l = next;
	}
}
