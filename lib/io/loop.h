/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread's event loop: libevent underneath, with the three things that we need said once:
 * timers that know monotonic time, jobs that run in bounded slices, and posted calls. A loop
 * and all that hangs on it belong to one thread; only loop_stop may be called from another.
 *
 * Fairness: timers run before I/O, and I/O and jobs take turns, so that neither a busy socket
 * starves the background nor the other way round. Jobs that have little to do go before those that
 * have more than one slice of it; of these one a turn. Others wait for what is done at a time: a
 * slice should stay below 250 us, and a socket's callback, of which each has one a turn, below 100
 * while others say little (loop_heard_little).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/base/metrics.h"
#include "lib/base/monotime.h"

#define LOOP_LITTLE_US 200000

struct event;
struct event_base;
struct loop;

struct loop *loop_new(const char *name);
void loop_free(struct loop *l);
/** Runs until loop_stop. 0, or -errno if libevent gave up. */
int loop_run(struct loop *l);
/** One turn without waiting: for tests. Returns whether anything ran. */
bool loop_turn(struct loop *l);
/** From any thread or a signal handler. */
void loop_stop(struct loop *l);
struct event_base *loop_base(struct loop *l);
const char *loop_name(const struct loop *l);
/** Time at the start of this turn. */
struct mono loop_now(const struct loop *l);
/**
 * A callback says that what it read was little. Whoever has much to read asks loop_hears_little,
 * which remembers for LOOP_LITTLE_US, and takes less at a time then: long slices cost less in all,
 * but little waits behind them.
 */
void loop_heard_little(struct loop *l);
bool loop_hears_little(const struct loop *l);
/** Time that callbacks of this loop took, a sample a callback. */
struct histogram *loop_latency(struct loop *l);

/*
 * A timer, embedded in its owner. Most timers of a session are not armed, so libevent's part, which
 * is three times as large, is there only while one is.
 */
struct timer {
	struct event *ev; /* private; owned, NULL = not armed */
	struct loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
	struct mono due;
};

void timer_init(struct timer *t, struct loop *l, void (*fn)(void *ctx), void *ctx);
/** (Re)arm, once. */
void timer_start(struct timer *t, int64_t delay_us);
/** NULL-safe for zeroed timers; idempotent. */
void timer_stop(struct timer *t);
bool timer_is_armed(const struct timer *t);
/** Microseconds left, 0 if not armed. */
int64_t timer_left_us(const struct timer *t);

/* A file descriptor watch, embedded. */
struct io_watch {
	struct event *ev_r; /* private; owned, NULL = not wanted */
	struct event *ev_w;
	struct loop *loop;
	int fd;
	void (*on_read)(void *ctx);
	void (*on_write)(void *ctx);
	void *ctx;
};

void io_init(struct io_watch *w, struct loop *l, int fd, void (*on_read)(void *ctx),
	void (*on_write)(void *ctx), void *ctx);
void io_want_read(struct io_watch *w, bool on);
void io_want_write(struct io_watch *w, bool on);
bool io_wants_write(const struct io_watch *w);
/** Stop watching; does not close. NULL-safe for zeroed watches. */
void io_fini(struct io_watch *w);

/*
 * A background job: fn does one bounded slice and returns whether more is to be done. Those that
 * have more run in turns.
 */
struct job {
	TAILQ_ENTRY(job) entry; /* private */
	struct loop *loop;
	bool (*fn)(void *ctx);
	void *ctx;
	bool queued;
	bool running;
	bool heavy; /* changes only while it is not queued */
};

void job_init(struct job *j, struct loop *l, bool (*fn)(void *ctx), void *ctx);
/** Make it run; idempotent, also from inside its own slice. */
void job_wake(struct job *j);
void job_cancel(struct job *j);
