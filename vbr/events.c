/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of listeners. What the fib thread has to say comes in floods, so it is not sent but looked
 * at once a second, and only while somebody listens: the notes that it keeps are one event each,
 * and what its counters have beyond them is one more.
 */
#include "vbr/events.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h> /* strerrorname_np */

#include "fib/fib_thread.h"
#include "fib/note.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/plane/plane.h"

#define LOOK_US 1000000

struct events {
	LIST_HEAD(, event_listener) listeners;
	struct fib_thread *fib;    /* borrowed, may be NULL */
	const struct plane *plane; /* borrowed, that of fib */
	struct timer timer;
	uint64_t errors; /* as told last */
	uint64_t repaired;
	struct fib_thread *asked; /* it has our question and writes into news; NULL: nobody has */
	struct fib_news news;
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
		[EVENT_CONNECTION_IN] = "connection-in-service",
		[EVENT_CONNECTION_OUT] = "connection-out-of-service",
		[EVENT_VBR_STATE] = "vbr-state",
		[EVENT_SUBSCRIPTION] = "subscription-state",
		[EVENT_PEERING_STATE] = "peering-state",
		[EVENT_FAILOVER_STATE] = "failover-state",
		[EVENT_DRILL_STATE] = "drill-state",
		[EVENT_DRILL_ENDED] = "drill-ended",
		[EVENT_ASYMMETRY_BEGAN] = "asymmetry-began",
		[EVENT_ASYMMETRY_ENDED] = "asymmetry-ended",
		[EVENT_ASYMMETRY_BLIND] = "asymmetry-blind",
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

static void tell_note(struct events *e, enum event_type type, const struct fib_note *note)
{
	const struct plane_instance *pi = plane_instance_by_table(e->plane, note->table);
	const char *word = note->error != 0 ? strerrorname_np(-note->error) : NULL;
	char instance[MODEL_NAME_SIZE + 4];
	struct event_report ev = {
		.type = type,
		.prefix = &note->pfx,
		.kernel_table = note->table,
		.code = note->error != 0 ? word : fib_problem_name((enum fib_problem)note->problem),
		.text = note->text[0] != '\0' ? note->text : NULL,
	};

	if (pi != NULL) {
		snprintf(instance, sizeof(instance), "%s %s", pi->is_vbr ? "vbr" : "vpc", pi->name);
		ev.tenant = pi->tenant;
		ev.instance = instance;
	}
	events_publish(e, &ev);
}

/* Routes one by one as far as there are notes of them, then how much there is beside. */
static void tell(struct events *e, enum event_type type, const struct fib_notes *notes,
	uint64_t now, uint64_t *told)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < fib_notes_count(notes); i++) {
		const struct fib_note *note = fib_notes_at(notes, i);

		if (note->nth <= *told)
			continue;
		tell_note(e, type, note);
		n++;
	}
	if (now > *told + n)
		events_publish(e, &(struct event_report){ .type = type, .count = now - *told - n });
	*told = now;
}

static void read_news(struct fib *f, void *arg)
{
	fib_read_news(f, &((struct events *)arg)->news);
}

static void on_news(void *arg)
{
	struct events *e = arg;
	const bool is_current = e->asked == e->fib;

	e->asked = NULL;
	if (!is_current)
		return; /* the engines were changed meanwhile, tables have other names now */
	tell(e, EVENT_FIB_ERRORS, &e->news.refused, e->news.errors, &e->errors);
	tell(e, EVENT_DRIFT_REPAIRED, &e->news.drift, e->news.repaired, &e->repaired);
}

static void ask(struct events *e)
{
	const struct fib_stats *fs = fib_thread_stats(e->fib);

	if (counter_get(&fs->errors) == e->errors &&
		counter_get(&fs->drift_repaired) == e->repaired)
		return;
	if (e->asked == NULL && fib_thread_call(e->fib, read_news, on_news, e) == 0)
		e->asked = e->fib;
}

static void on_timer(void *ctx)
{
	struct events *e = ctx;

	if (LIST_EMPTY(&e->listeners))
		return;
	timer_start(&e->timer, LOOK_US);
	if (e->fib != NULL)
		ask(e);
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
	assert(LIST_EMPTY(&e->listeners) && e->asked == NULL);
	timer_stop(&e->timer);
	free(e);
}

void events_watch_fib(struct events *e, struct fib_thread *fib, const struct plane *plane)
{
	e->fib = fib;
	e->plane = plane;
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
