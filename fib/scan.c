/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel is a lossy replica: this is the comparison that makes up for it. One table and one
 * family at a time, a datagram of the dump a slice, beside the writer, which goes on.
 *
 * What the dump shows may be older than what was written meanwhile. So each scan has a mark, a
 * number: an entry gets it when it is seen as well as when it is written, and a marked entry is not
 * judged again. What is unmarked at the end was neither seen nor written: it is missing. A bit that
 * flips is not enough: an entry that is younger than the last scan, or that a scan did not come to
 * because it was cut short, would have the mark of the next one before that has begun. A number
 * comes again after 255 scans; an entry that none of them came to is passed over once.
 *
 * A scan corrects what entries believe about the kernel, then asks for their plan; repairing is the
 * writer's business as always. The same scan settles writes whose answers were dropped.
 */
#include <errno.h>

#include "fib/fib_priv.h"

#define CHECK_S       60
#define WALK_A_SLICE  4096
#define ADOPT_RETRIES 3 /* a dump that others disturb, at start */

static int64_t check_us(const struct fib *f)
{
	return (int64_t)(f->conf.check_s ? f->conf.check_s : CHECK_S) * 1000000;
}

/* Adoption. */

static void adopt_route(void *ctx, const struct fib_dump_route *r)
{
	struct fib *f = ctx;
	struct table *t = table_get(f, r->table);
	struct entry *e;

	if (r->owner == FIB_OWNER_GUARD)
		t->guard_up[family_index(r->pfx.family)] = true;
	if (r->owner == FIB_OWNER_OTHER)
		f->scan_foreign++;
	if (r->owner != FIB_OWNER_US)
		return;
	e = entry_at(f, entry_find_or_add(f, t, &r->pfx));
	entry_set_have(f, e, true, r->id ? kgroup_by_id(&f->objects, r->id) : NULL);
	entry_set_state(f, e, ENTRY_STALE, 0);
	entry_touch(f, e);
}

static void set_foreign(struct fib *f, struct table *t, uint8_t family, uint32_t n)
{
	uint32_t *have = &t->foreign[family_index(family)];

	counter_add(&f->stats.foreign, (uint64_t)((int64_t)n - (int64_t)*have));
	*have = n;
}

static int adopt_family(struct fib *f, struct table *t, uint8_t family)
{
	int ret = f->backend->ops->dump_start(f->backend, t->id, family);

	f->scan_foreign = 0;
	while (!ret && (ret = f->backend->ops->dump_step(f->backend, adopt_route, f)) == 1)
		ret = 0;
	set_foreign(f, t, family, f->scan_foreign);
	return ret;
}

/* A dump that is under way is given up: its scan starts again later. */
static void abandon_scan(struct fib *f)
{
	if (f->scan_walk.table)
		f->scan_walk.table->scan_due = true;
	f->scan_walk.table = NULL;
	f->scan = SCAN_IDLE;
}

void scan_adopt(struct fib *f, struct table *t)
{
	abandon_scan(f);
	for (unsigned i = 0; i < 2; i++) {
		int ret = -EINTR;

		for (unsigned j = 0; j < ADOPT_RETRIES && ret == -EINTR; j++)
			ret = adopt_family(f, t, i ? AF_INET6 : AF_INET);
		if (ret)
			scan_request(f,
				t); /* it finds what we did not see as extra, and removes it */
	}
}

/* Objects. */

void scan_objects(struct fib *f)
{
	const int ret = objects_check(&f->objects);

	if (ret < 0)
		writer_retry_later(f);
	groups_recheck(&f->groups);
	if (ret > 0)
		counter_add(&f->stats.drift_repaired, 1);
	writer_wake(f);
}

/* Seen in the dump. */

static void correct(struct fib *f, struct table *t, const struct fib_dump_route *r, uint32_t h)
{
	struct entry *e = entry_at(f, h);
	struct kgroup *kg = r->id ? kgroup_by_id(&f->objects, r->id) : NULL;
	const bool placed = entry_has_place(f, e);
	const bool known = placed && e->have == (kg ? kg->h : 0);
	const bool unsure = e->flags & ENTRY_UNSURE;

	entry_mark(t, e);
	if (!known) {
		entry_set_have(f, e, true, kg);
		if (!(e->flags & (ENTRY_UNSURE | ENTRY_QUEUED | ENTRY_FAILED)))
			note_drift(f, placed ? FIB_PROBLEM_DIFFERENT : FIB_PROBLEM_UNEXPECTED,
				t->id, &r->pfx);
	}
	e->flags &= (uint8_t)~ENTRY_UNSURE;
	if (entry_plan(f, e) != ENTRY_PLAN_NONE) {
		/*
		 * A failed one whose reason stands is left to the retry timer, unless it
		 * was taken off that.
		 */
		if (!(e->flags & ENTRY_FAILED) || !known || unsure)
			writer_queue(f, t, &r->pfx, h);
	} else if (e->flags & ENTRY_FAILED) {
		entry_set_state(f, e, e->flags & ENTRY_STALE, 0);
	}
}

static void scan_route(void *ctx, const struct fib_dump_route *r)
{
	struct fib *f = ctx;
	struct table *t = f->scan_walk.table;
	uint32_t h;

	if (r->owner == FIB_OWNER_GUARD)
		f->scan_guard = true;
	if (r->owner == FIB_OWNER_OTHER)
		f->scan_foreign++;
	if (r->owner != FIB_OWNER_US)
		return;
	h = entry_find(f, t, &r->pfx);
	if (!h)
		fifo_put(&f->extras, t->id, &r->pfx);
	else if (!entry_is_marked(t, entry_at(f, h)))
		correct(f, t, r, h);
}

/* Ours by protocol and place, but of no entry: somebody's, or deleted since the dump saw it. */
static void remove_extras(struct fib *f)
{
	struct fifo_item item;

	while (f->extras.n) {
		uint32_t n = 0;

		while (n < FIB_BATCH && fifo_take(&f->extras, &item)) {
			struct fib_op *op = &f->ops[n++];

			op->kind = FIB_OP_ROUTE_DEL;
			op->table = item.table;
			op->pfx = item.pfx;
		}
		if (f->backend->ops->write(f->backend, f->ops, n))
			continue; /* the next scan */
		for (uint32_t i = 0; i < n; i++) {
			if (!f->ops[i].error)
				note_drift(f, FIB_PROBLEM_UNEXPECTED, f->ops[i].table,
					&f->ops[i].pfx);
		}
	}
}

/* Not seen in the dump. */

static bool missing_visit(void *ctx, const struct prefix *pfx, uint32_t h)
{
	struct fib *f = ctx;
	struct table *t = f->scan_walk.table;
	struct entry *e = entry_at(f, h);
	const bool unsure = e->flags & ENTRY_UNSURE;

	if (entry_is_idle(f, h) || entry_is_marked(t, e))
		return true;
	entry_mark(t, e);
	/* Overrun since this scan began: only the next one can tell. */
	if (unsure && t->scan_due)
		return true;
	if (entry_has_place(f, e)) {
		if (!unsure)
			note_drift(f, FIB_PROBLEM_MISSING, t->id, pfx);
		entry_set_have(f, e, false, NULL);
		if (!e->want)
			entry_set_state(f, e, 0, 0);
	}
	e->flags &= (uint8_t)~ENTRY_UNSURE;
	if ((unsure || !(e->flags & ENTRY_FAILED)) && entry_plan(f, e) != ENTRY_PLAN_NONE)
		writer_queue(f, t, pfx, h);
	return true;
}

/* States of the job. */

/* Something may be missing in what we saw: look again, but not at once, and others first. */
static void again_later(struct fib *f, struct table *t)
{
	t->scan_again = true;
	writer_retry_later(f);
}

static void scan_family(struct fib *f, uint8_t family)
{
	struct walk *w = &f->scan_walk;

	w->family = family;
	f->scan_foreign = 0;
	f->scan_guard = false;
	f->scan_exact = true;
	if (f->backend->ops->dump_start(f->backend, w->table->id, family) < 0) {
		again_later(f, w->table);
		w->table = NULL;
		f->scan = SCAN_IDLE;
		return;
	}
	f->scan = SCAN_DUMP;
}

/* 0 is left out: it is the mark of new entries. */
static uint8_t next_mark(uint8_t mark)
{
	return mark == UINT8_MAX ? 1 : (uint8_t)(mark + 1);
}

static bool begin(struct fib *f)
{
	struct table *t;

	TAILQ_FOREACH(t, &f->table_list, entry) {
		if (!t->scan_due)
			continue;
		t->scan_due = false;
		t->mark = next_mark(t->mark);
		f->scan_walk.table = t;
		scan_family(f, AF_INET);
		return true;
	}
	if (!timer_is_armed(&f->check_timer))
		timer_start(&f->check_timer, check_us(f));
	return false;
}

static void dump_ended(struct fib *f, int ret)
{
	struct table *t = f->scan_walk.table;
	const uint8_t family = f->scan_walk.family;

	if (ret < 0) {
		f->scan_exact = false;
		again_later(f, t);
	} else {
		set_foreign(f, t, family, f->scan_foreign);
		if (!f->scan_guard && t->guard_up[family_index(family)]) {
			t->guard_up[family_index(family)] = false;
			f->guard_due = true;
			counter_add(&f->stats.drift_repaired, 1);
			writer_wake(f);
		}
	}
	f->scan_walk.key = prefix_any(family);
	f->scan_walk.inclusive = true;
	f->scan = SCAN_MISSING;
}

static bool dump_slice(struct fib *f)
{
	const int ret = f->backend->ops->dump_step(f->backend, scan_route, f);

	remove_extras(f);
	if (ret != 1)
		dump_ended(f, ret);
	return true;
}

static bool missing_slice(struct fib *f)
{
	struct walk *w = &f->scan_walk;
	const uint8_t family = w->family;

	if (f->scan_exact && walk_step(w, WALK_A_SLICE, missing_visit, f) && w->family == family)
		return true;
	if (family == AF_INET) {
		scan_family(f, AF_INET6);
		return true;
	}
	w->table = NULL;
	f->scan = SCAN_IDLE;
	return true;
}

static bool slice(void *ctx)
{
	struct fib *f = ctx;

	if (f->withdrawn)
		return false;
	switch (f->scan) {
	case SCAN_IDLE:
		return begin(f);
	case SCAN_DUMP:
		return dump_slice(f);
	case SCAN_MISSING:
		return missing_slice(f);
	}
	return false;
}

/* Requests. */

void scan_request(struct fib *f, struct table *t)
{
	t->scan_due = true;
	if (!f->withdrawn)
		job_wake(&f->scan_job);
}

void scan_request_all(struct fib *f)
{
	struct table *t;

	f->objects.check_due = true;
	writer_wake(f);
	TAILQ_FOREACH(t, &f->table_list, entry)
		t->scan_due = true;
	if (!f->withdrawn)
		job_wake(&f->scan_job);
}

void scan_forget(struct fib *f, const struct table *t)
{
	if (f->scan_walk.table == t)
		abandon_scan(f);
}

void scan_wake(struct fib *f)
{
	struct table *t;

	TAILQ_FOREACH(t, &f->table_list, entry) {
		t->scan_due |= t->scan_again;
		t->scan_again = false;
		if (t->scan_due)
			job_wake(&f->scan_job);
	}
}

static void on_check(void *ctx)
{
	scan_request_all(ctx);
}

bool scan_is_idle(const struct fib *f)
{
	return f->withdrawn || (f->scan == SCAN_IDLE && !f->scan_job.queued);
}

void scan_init(struct fib *f)
{
	job_init(&f->scan_job, f->loop, slice, f);
	timer_init(&f->check_timer, f->loop, on_check, f);
	timer_start(&f->check_timer, check_us(f));
}

void scan_fini(struct fib *f)
{
	job_cancel(&f->scan_job);
	timer_stop(&f->check_timer);
	fifo_fini(&f->extras);
}
