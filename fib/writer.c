/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job that writes. A slice, in this order: objects first, since routes refer to them; one batch
 * of routes; a piece of a walk, if routes that nobody queued need a look; removal of what is not
 * used.
 *
 * Cost of a route: its entry and its encoding, a few hundred nanoseconds; the kernel takes
 * ten times that, and now and then much more. Many kernels give the processor to nobody else
 * meanwhile, not even to a thread with real-time priority, so a batch is as long as the one before
 * shows that there is time for. The queue is short, so what a route needs is in the cache since its
 * order came; who brings more waits (writer_is_full).
 *
 * What the kernel refuses waits for one common timer, with a pause that doubles as long as there
 * are refusals, so a permission that is missing costs a few writes a minute and nothing else.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "fib/fib_priv.h"

#define LOOKS_A_SLICE 1024 /* entries looked at for one batch: most of them need a write */
#define WALK_A_SLICE  4096 /* entries, some ten nanoseconds each */
#define QUEUE_MANY    1024 /* more wait in rings, and in tables until a walk comes to them */
#define QUEUE_FEW     256  /* but no batch is short of them */
#define BATCH_FEW     8    /* routes a batch, at least */
#define BATCH_US      250  /* what others wait for the processor */
#define RETRY_MS      1000
#define RETRY_MAX_MS  60000

void writer_wake(struct fib *f)
{
	if (!f->withdrawn && !f->writer_job.queued)
		job_wake(&f->writer_job);
}

void writer_queue(struct fib *f, const struct table *t, const struct prefix *pfx, uint32_t h)
{
	struct entry *e = entry_at(f, h);

	if (!(e->flags & ENTRY_QUEUED)) {
		e->flags |= ENTRY_QUEUED;
		fifo_put_item(&f->queue,
			&(struct fifo_item){ .table = t->id,
				.pfx = *pfx,
				.life = t->life,
				.entry = h });
	}
	writer_wake(f);
}

void writer_walk(struct fib *f, struct table *t)
{
	t->walk_due = true;
	writer_wake(f);
}

/* Retry. */

static uint32_t first_pause(const struct fib *f)
{
	return f->conf.retry_ms ? f->conf.retry_ms : RETRY_MS;
}

void writer_retry_later(struct fib *f)
{
	if (timer_is_armed(&f->retry_timer) || f->withdrawn)
		return;
	timer_start(&f->retry_timer, (int64_t)f->backoff_ms * 1000);
	f->backoff_ms = f->backoff_ms < RETRY_MAX_MS / 2 ? f->backoff_ms * 2 : RETRY_MAX_MS;
}

static void queue_failed(struct fib *f)
{
	struct fifo_item item;
	uint32_t n = f->failed.n;

	while (n-- && fifo_take(&f->failed, &item)) {
		const struct table *t = table_get(f, item.table);
		const uint32_t h = t ? entry_find(f, t, &item.pfx) : 0;

		if (h && entry_at(f, h)->flags & ENTRY_FAILED)
			writer_queue(f, t, &item.pfx, h);
	}
}

static void retry(struct fib *f)
{
	struct table *t;

	groups_recheck(&f->groups);
	queue_failed(f);
	scan_wake(f);
	TAILQ_FOREACH(t, &f->table_list, entry)
		f->guard_due |= !t->guard_up[0] || !t->guard_up[1] || t->deleting;
	writer_wake(f);
}

static void on_retry(void *ctx)
{
	retry(ctx);
}

void writer_retry_now(struct fib *f)
{
	timer_stop(&f->retry_timer);
	f->backoff_ms = first_pause(f);
	retry(f);
}

/* Results. */

static void route_failed(struct fib *f, struct table *t, struct entry *e, const struct fib_op *op)
{
	char text[FIB_ERROR_SIZE];

	counter_add(&f->stats.errors, 1);
	(void)errtab_sentence(op->error, op->text, text, sizeof(text));
	/* Once for each series of failures: maybe we know the kernel's state wrongly. */
	if (!(e->flags & ENTRY_FAILED)) {
		if (op->error == -EEXIST)
			scan_request(f, t);
		else if (op->error != -EPERM)
			f->objects.check_due = true;
		entry_touch(f, e);
		note_refused(f, op, text);
	}
	entry_set_state(f, e, (uint8_t)(ENTRY_FAILED | (e->flags & ENTRY_STALE)),
		errtab_intern(&f->errors, op->error, text));
	fifo_put(&f->failed, t->id, &op->pfx);
	writer_retry_later(f);
}

static void route_written(struct fib *f, struct table *t, struct entry *e, const struct fib_op *op)
{
	if (op->kind == FIB_OP_ROUTE_DEL) {
		counter_add(&f->stats.deleted, 1);
		entry_set_have(f, e, false, NULL);
		if (!e->want) {
			entry_remove(f, t, op->pfx.family, op->handle);
			return;
		}
		entry_set_state(f, e, 0, 0);
	} else {
		counter_add(&f->stats.written, 1);
		entry_set_written(f, e, kgroup_at(&f->objects, face_at(&f->groups, e->want)->kg));
	}
	entry_mark(t, e);
	entry_touch(f, e);
}

static bool is_done(const struct fib_op *op)
{
	if (op->kind == FIB_OP_ROUTE_DEL && (op->error == -ESRCH || op->error == -ENOENT))
		return true;
	return !op->error;
}

static void take_result(struct fib *f, const struct fib_op *op)
{
	struct table *t = table_get(f, op->table);
	struct entry *e = entry_at(f, op->handle);

	if (is_done(op))
		route_written(f, t, e, op);
	else
		route_failed(f, t, e, op);
}

/* Answers were dropped: each of these may or may not be in the kernel now. A scan knows. */
static void take_overrun(struct fib *f, uint32_t n)
{
	counter_add(&f->stats.overruns, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct entry *e = entry_at(f, f->ops[i].handle);

		e->flags |= ENTRY_UNSURE;
		scan_request(f, table_get(f, f->ops[i].table));
	}
}

static void adapt_batch(struct fib *f, uint32_t n, int64_t us)
{
	if (us > BATCH_US && n > BATCH_FEW)
		f->batch = n / 2 > BATCH_FEW ? n / 2 : BATCH_FEW;
	else if (us * 2 < BATCH_US && n == f->batch && n < FIB_BATCH)
		f->batch = n * 2 < FIB_BATCH ? n * 2 : FIB_BATCH;
}

static void write_batch(struct fib *f, uint32_t n)
{
	const struct mono start = mono_now();
	const int ret = f->backend->ops->write(f->backend, f->ops, n);
	int64_t us;

	if (ret == -ENOBUFS) {
		take_overrun(f, n);
		return;
	}
	us = mono_sub_us(mono_now(), start);
	histogram_add_us(&f->stats.write_us, (uint64_t)us);
	adapt_batch(f, n, us);
	for (uint32_t i = 0; i < n; i++) {
		if (ret) {
			f->ops[i].error = ret;
			f->ops[i].text[0] = '\0';
		}
		take_result(f, &f->ops[i]);
	}
}

/* Batches. */

static void stay_out(struct fib *f, struct entry *e)
{
	struct face *face = e->want ? face_at(&f->groups, e->want) : NULL;

	entry_settle(f, e);
	/* It leaves the queue unwritten; the face remembers that some did. */
	if (face && !face->kg)
		face->stranded = true;
	if (e->flags & ENTRY_FAILED)
		entry_set_state(f, e, e->flags & ENTRY_STALE, 0);
}

/* Returns whether op is to be written. */
static bool prepare(struct fib *f, const struct fifo_item *item, struct fib_op *op)
{
	static const uint8_t kinds[] = {
		[ENTRY_PLAN_ADD] = FIB_OP_ROUTE_ADD,
		[ENTRY_PLAN_REPLACE] = FIB_OP_ROUTE_REPLACE,
		[ENTRY_PLAN_DEL] = FIB_OP_ROUTE_DEL,
	};
	struct table *t;
	struct entry *e = entry_queued(f, item, &t);
	enum entry_plan plan;

	if (!e)
		return false;
	assert(e->flags & ENTRY_QUEUED);
	e->flags &= (uint8_t)~ENTRY_QUEUED;
	if (e->flags & ENTRY_UNSURE)
		return false; /* the scan will queue it */
	plan = entry_plan(f, e);
	if (plan == ENTRY_PLAN_REMOVE) {
		entry_remove(f, t, item->pfx.family, item->entry);
		return false;
	}
	if (plan == ENTRY_PLAN_NONE) {
		stay_out(f, e);
		return false;
	}
	op->kind = kinds[plan];
	op->table = t->id;
	op->pfx = item->pfx;
	op->handle = item->entry;
	op->id = plan == ENTRY_PLAN_DEL ?
		0 :
		kgroup_at(&f->objects, face_at(&f->groups, e->want)->kg)->id;
	return true;
}

static void write_routes(struct fib *f)
{
	struct fifo_item item;
	uint32_t n = 0;

	for (uint32_t i = 0; i < LOOKS_A_SLICE && n < f->batch; i++) {
		if (!fifo_take(&f->queue, &item))
			break;
		n += prepare(f, &item, &f->ops[n]);
	}
	if (n)
		write_batch(f, n);
}

/* Guards: "unreachable default" at the end of each table, so that no packet falls through. */

static void write_guard(struct fib *f, struct table *t, uint8_t family)
{
	struct fib_op *op = &f->ops[0];

	op->kind = t->deleting ? FIB_OP_GUARD_DEL : FIB_OP_GUARD_ADD;
	op->table = t->id;
	op->pfx = prefix_any(family);
	if (f->backend->ops->write(f->backend, op, 1) < 0)
		op->error = -EIO;
	if (t->deleting ? op->error == -ESRCH || op->error == -ENOENT : op->error == -EEXIST)
		op->error = 0;
	if (op->error) {
		counter_add(&f->stats.errors, 1);
		writer_retry_later(f);
		return;
	}
	t->guard_up[family_index(family)] = !t->deleting;
}

static bool is_empty(const struct table *t)
{
	return !ptable_count(t->routes[0]) && !ptable_count(t->routes[1]);
}

static void write_guards(struct fib *f)
{
	struct table *t;
	struct table *next;

	f->guard_due = false;
	for (t = TAILQ_FIRST(&f->table_list); t; t = next) {
		next = TAILQ_NEXT(t, entry);
		for (unsigned i = 0; i < 2; i++) {
			/* A table that goes keeps its guards until it is empty. */
			if (t->guard_up[i] == t->deleting && (!t->deleting || is_empty(t)))
				write_guard(f, t, i ? AF_INET6 : AF_INET);
		}
		if (t->deleting && is_empty(t) && !t->guard_up[0] && !t->guard_up[1]) {
			scan_forget(f, t);
			if (f->walk.table == t)
				f->walk.table = NULL;
			f->n_deleting--;
			table_free(f, t);
		}
	}
}

/* Walks. */

struct visit {
	struct fib *f;
	struct table *t;
};

static bool walk_visit(void *ctx, const struct prefix *pfx, uint32_t h)
{
	struct visit *v = ctx;
	struct fib *f = v->f;
	struct entry *e = entry_at(f, h);

	if (entry_is_idle(f, h))
		return true;
	if (v->t->deleting)
		entry_set_want(f, e, 0);
	if (e->flags & ENTRY_STALE && (v->t->deleting || v->t->synced[family_index(pfx->family)])) {
		entry_set_state(f, e, e->flags & ENTRY_FAILED, 0);
		counter_add(&f->stats.swept, 1);
	}
	entry_settle(f, e);
	if (entry_plan(f, e) != ENTRY_PLAN_NONE)
		writer_queue(f, v->t, pfx, h);
	return true;
}

static struct table *next_walk(struct fib *f)
{
	struct table *t;

	TAILQ_FOREACH(t, &f->table_list, entry) {
		if (t->walk_due)
			return t;
	}
	return NULL;
}

/* Returns whether there is more. */
static bool walk_slice(struct fib *f)
{
	struct visit v = { .f = f };

	if (f->groups.walk_due) {
		f->groups.walk_due = false;
		TAILQ_FOREACH(v.t, &f->table_list, entry)
			v.t->walk_due = true;
	}
	if (!f->walk.table) {
		v.t = next_walk(f);
		if (!v.t)
			return false;
		v.t->walk_due = false;
		walk_start(&f->walk, v.t);
	}
	v.t = f->walk.table;
	if (!walk_step(&f->walk, WALK_A_SLICE, walk_visit, &v)) {
		f->walk.table = NULL;
		f->guard_due |= v.t->deleting;
	}
	return true;
}

/* The job. */

void writer_tell_space(struct fib *f)
{
	if (!f->was_full || (f->queue.n > QUEUE_FEW && !f->withdrawn))
		return;
	f->was_full = false;
	if (f->on_space)
		f->on_space(f->space_ctx);
}

static bool slice(void *ctx)
{
	struct fib *f = ctx;
	bool more;

	if (f->withdrawn)
		return false;
	if (f->objects.check_due)
		scan_objects(f);
	more = groups_flush(&f->groups, FIB_BATCH);
	if (!more) {
		if (f->guard_due)
			write_guards(f);
		write_routes(f);
	}
	more |= f->queue.n >= QUEUE_MANY || walk_slice(f);
	more |= f->queue.n > 0;
	writer_tell_space(f);
	if (!more && f->n_deleting)
		write_guards(f);
	more |= objects_collect(&f->objects);
	if (f->groups.retry_due || (!more && objects_has_idle(&f->objects)))
		writer_retry_later(f);
	else if (!more && !f->failed.n && !timer_is_armed(&f->retry_timer))
		f->backoff_ms = first_pause(f);
	return more || f->groups.walk_due;
}

bool writer_is_idle(const struct fib *f)
{
	return f->withdrawn || (!f->writer_job.queued && !f->queue.n);
}

bool writer_is_full(struct fib *f)
{
	f->was_full |= f->queue.n >= QUEUE_MANY && !f->withdrawn;
	return f->was_full;
}

void writer_init(struct fib *f)
{
	f->backoff_ms = first_pause(f);
	f->batch = FIB_BATCH;
	job_init(&f->writer_job, f->loop, slice, f);
	timer_init(&f->retry_timer, f->loop, on_retry, f);
}

void writer_fini(struct fib *f)
{
	job_cancel(&f->writer_job);
	timer_stop(&f->retry_timer);
	fifo_fini(&f->queue);
	fifo_fini(&f->failed);
}
