/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libevent with two priorities: 0 for timers and the wake-up of loop_stop, 1 for I/O.
 * After a round of timers libevent polls again, so late timers never wait behind a crowd of
 * sockets.
 *
 * Jobs are not libevent's: in a turn each socket that is ready has one callback, then come the
 * light jobs and one slice of a heavy one. While a job waits, the next poll does not. So what a
 * message makes to be said leaves without another poll in between.
 *
 * A job is heavy while it has more to do than one slice, or took long the last time, and light
 * otherwise. So whoever has little to do waits for one slice of those who have much, however many
 * they are and however many jobs his work goes through; and they still have a slice each turn.
 *
 * Callbacks are timed in a chain: the end of one is the start of the next, one clock read each,
 * and only the first after a poll reads it twice. libevent's own time cache is off, since a
 * timer set late in a long turn would otherwise fire early.
 *
 * No locks (evthread is never used): the only call from outside, loop_stop, is a flag and an
 * eventfd.
 */
#include "lib/io/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "lib/base/xalloc.h"

#define PRIORITY_FIRST 0
#define PRIORITY_WORK  1
#define PRIORITIES     2
#define US_PER_S       1000000
#define LIGHT_US       50  /* a slice that took longer makes the job heavy */
#define LIGHT_MAX      64  /* slices of light jobs a turn, and ... */
#define LIGHT_TURN_US  100 /* ... the time after which no other one begins */

TAILQ_HEAD(job_list, job);

struct loop {
	struct event_base *base; /* owned */
	char *name;              /* owned */
	struct job_list light;   /* woken, in the order of their turns */
	struct job_list heavy;
	struct job *current; /* whose slice runs; NULL once it is cancelled */
	struct event stop_ev;
	int stop_fd;
	_Atomic bool stopping;
	bool polled;      /* no callback has run since the last poll */
	uint32_t n_ran;   /* callbacks since the last poll */
	struct mono now;  /* start of the running callback */
	struct mono last; /* end of the one before */
	struct mono little_until;
	struct histogram latency;
};

static void begin(struct loop *l)
{
	if (l->polled) {
		l->polled = false;
		l->last = mono_now();
	}
	l->now = l->last;
	l->n_ran++;
}

static void end(struct loop *l)
{
	int64_t us;

	l->last = mono_now();
	us = mono_sub_us(l->last, l->now);
	histogram_add_us(&l->latency, us > 0 ? (uint64_t)us : 0);
}

static void on_stop(evutil_socket_t fd, short what UNUSED, void *arg UNUSED)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}

static bool has_jobs(const struct loop *l)
{
	return !TAILQ_EMPTY(&l->light) || !TAILQ_EMPTY(&l->heavy);
}

static struct job_list *list_of(const struct job *j)
{
	return j->heavy ? &j->loop->heavy : &j->loop->light;
}

static void enqueue(struct job *j)
{
	if (j->queued)
		return;
	if (j->running)
		j->heavy = true;
	TAILQ_INSERT_TAIL(list_of(j), j, entry);
	j->queued = true;
}

static void dequeue(struct job *j)
{
	TAILQ_REMOVE(list_of(j), j, entry);
	j->queued = false;
}

static void run_slice(struct loop *l, struct job *j)
{
	bool more;

	begin(l);
	dequeue(j);
	j->running = true;
	l->current = j;
	more = j->fn(j->ctx);
	end(l);
	/* A slice may cancel its job and free it: then j is not ours any more. */
	if (l->current != j)
		return;
	l->current = NULL;
	if (more)
		enqueue(j);
	else if (!j->queued)
		j->heavy = mono_sub_us(l->last, l->now) > LIGHT_US;
	j->running = false;
}

static void run_jobs(struct loop *l)
{
	const struct mono start = mono_now();
	struct job *j;

	for (int i = 0; i < LIGHT_MAX && (j = TAILQ_FIRST(&l->light)) != NULL; i++) {
		run_slice(l, j);
		if (mono_sub_us(l->last, start) > LIGHT_TURN_US)
			break;
	}
	j = TAILQ_FIRST(&l->heavy);
	if (j)
		run_slice(l, j);
}

static int turn(struct loop *l, int flags)
{
	l->polled = true;
	if (has_jobs(l))
		flags |= EVLOOP_NONBLOCK;
	if (event_base_loop(l->base, EVLOOP_ONCE | flags) < 0)
		return -EIO;
	if (has_jobs(l))
		run_jobs(l);
	return 0;
}

static struct event_base *make_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base;

	if (!cfg)
		return NULL;
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_IGNORE_ENV);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NO_CACHE_TIME);
	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (base)
		event_base_priority_init(base, PRIORITIES);
	return base;
}

struct loop *loop_new(const char *name)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->name = xstrdup(name);
	l->now = mono_now();
	TAILQ_INIT(&l->light);
	TAILQ_INIT(&l->heavy);
	l->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->base = make_base();
	if (l->stop_fd < 0 || !l->base) {
		const int err = errno ? errno : ENOMEM;

		loop_free(l);
		errno = err;
		return NULL;
	}
	event_assign(&l->stop_ev, l->base, l->stop_fd, EV_READ | EV_PERSIST, on_stop, l);
	event_priority_set(&l->stop_ev, PRIORITY_FIRST);
	event_add(&l->stop_ev, NULL);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->base)
		event_base_free(l->base);
	if (l->stop_fd >= 0)
		close(l->stop_fd);
	free(l->name);
	free(l);
}

int loop_run(struct loop *l)
{
	int ret = 0;

	/* A stop that came before the run counts, one that ended a run is used up. */
	while (ret == 0 && !atomic_load_explicit(&l->stopping, memory_order_acquire))
		ret = turn(l, EVLOOP_NO_EXIT_ON_EMPTY);
	atomic_store_explicit(&l->stopping, false, memory_order_release);
	return ret;
}

bool loop_turn(struct loop *l)
{
	l->n_ran = 0;
	turn(l, EVLOOP_NONBLOCK);
	return l->n_ran > 0;
}

void loop_stop(struct loop *l)
{
	const uint64_t one = 1;
	const int saved_errno = errno;

	atomic_store_explicit(&l->stopping, true, memory_order_release);
	/* Fails only when the counter is full, and then the loop is awake anyway. */
	(void)!write(l->stop_fd, &one, sizeof(one));
	errno = saved_errno;
}

struct event_base *loop_base(struct loop *l)
{
	return l->base;
}

const char *loop_name(const struct loop *l)
{
	return l->name;
}

struct mono loop_now(const struct loop *l)
{
	return l->now;
}

void loop_heard_little(struct loop *l)
{
	l->little_until = mono_add_us(l->now, LOOP_LITTLE_US);
}

bool loop_hears_little(const struct loop *l)
{
	return mono_sub_us(l->little_until, l->now) > 0;
}

struct histogram *loop_latency(struct loop *l)
{
	return &l->latency;
}

/* fd -1: a timer. */
static struct event *event_make(struct loop *l, int fd, short what, event_callback_fn fn, void *arg)
{
	struct event *ev = xmalloc(sizeof(*ev));

	event_assign(ev, l->base, fd, what, fn, arg);
	event_priority_set(ev, fd < 0 ? PRIORITY_FIRST : PRIORITY_WORK);
	return ev;
}

static void event_drop(struct event **ev)
{
	if (!*ev)
		return;
	event_del(*ev);
	free(*ev);
	*ev = NULL;
}

static void on_timer(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct timer *t = arg;
	struct loop *l = t->loop;

	begin(l);
	event_drop(&t->ev);
	t->fn(t->ctx); /* may free t */
	end(l);
}

void timer_init(struct timer *t, struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	*t = (struct timer){ .loop = l, .fn = fn, .ctx = ctx };
}

void timer_start(struct timer *t, int64_t delay_us)
{
	struct timeval tv;

	if (delay_us < 0)
		delay_us = 0;
	tv.tv_sec = delay_us / US_PER_S;
	tv.tv_usec = delay_us % US_PER_S;
	t->due = mono_add_us(mono_now(), delay_us);
	if (!t->ev)
		t->ev = event_make(t->loop, -1, 0, on_timer, t);
	event_add(t->ev, &tv);
}

void timer_stop(struct timer *t)
{
	event_drop(&t->ev);
}

bool timer_is_armed(const struct timer *t)
{
	return t->ev != NULL;
}

int64_t timer_left_us(const struct timer *t)
{
	int64_t left;

	if (!t->ev)
		return 0;
	left = mono_sub_us(t->due, mono_now());
	return left > 0 ? left : 0;
}

static void on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct io_watch *w = arg;
	struct loop *l = w->loop;

	begin(l);
	w->on_read(w->ctx); /* may free w */
	end(l);
}

static void on_writable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct io_watch *w = arg;
	struct loop *l = w->loop;

	begin(l);
	w->on_write(w->ctx); /* may free w */
	end(l);
}

void io_init(struct io_watch *w, struct loop *l, int fd, void (*on_read)(void *ctx),
	void (*on_write)(void *ctx), void *ctx)
{
	*w = (struct io_watch){
		.loop = l,
		.fd = fd,
		.on_read = on_read,
		.on_write = on_write,
		.ctx = ctx,
	};
}

void io_want_read(struct io_watch *w, bool on)
{
	assert(w->on_read || !on);
	if (!on) {
		event_drop(&w->ev_r);
	} else if (!w->ev_r) {
		w->ev_r = event_make(w->loop, w->fd, EV_READ | EV_PERSIST, on_readable, w);
		event_add(w->ev_r, NULL);
	}
}

void io_want_write(struct io_watch *w, bool on)
{
	assert(w->on_write || !on);
	if (!on) {
		event_drop(&w->ev_w);
	} else if (!w->ev_w) {
		w->ev_w = event_make(w->loop, w->fd, EV_WRITE | EV_PERSIST, on_writable, w);
		event_add(w->ev_w, NULL);
	}
}

bool io_wants_write(const struct io_watch *w)
{
	return w->ev_w != NULL;
}

void io_fini(struct io_watch *w)
{
	event_drop(&w->ev_r);
	event_drop(&w->ev_w);
	w->loop = NULL;
}

void job_init(struct job *j, struct loop *l, bool (*fn)(void *ctx), void *ctx)
{
	*j = (struct job){ .loop = l, .fn = fn, .ctx = ctx };
}

void job_wake(struct job *j)
{
	enqueue(j);
}

void job_cancel(struct job *j)
{
	if (!j->loop)
		return;
	if (j->queued)
		dequeue(j);
	if (j->loop->current == j) {
		j->loop->current = NULL;
		j->running = false;
	}
}
