/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: who listens together, and the slices in which they are served.
 *
 * A slice pulls nets from the reader into the queue until the queue is full or nothing is left, and
 * only then speaks: in a burst messages are packed over all that is queued, at rest a change leaves
 * at once. The journal has nets in the order of arrival, those of one message together, so a
 * moderate queue packs them well and the first ones do not wait for the end of a long load; a walk
 * goes by address and needs a queue as large as the table to bring a set together.
 *
 * It stops when a member is congested. If others are not, they wait PATIENCE_US for it; then it
 * goes on in a group of its own, at the same place of the journal, with a copy of what was told
 * and of what is queued. There it may wait until its session ends by itself (RFC 9687), unless it
 * is for its sake that the table keeps too many prefixes which have come and gone meanwhile.
 *
 * Groups of one key that are at rest (nothing to pull, nothing queued) agree in everything and
 * merge.
 *
 * Another configuration for a live session is another group with a copy of what was told and the
 * old configuration: it walks the table and speaks where the two differ. Members that change
 * together, as by a commit, move together.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/export/say.h"
#include "lib/base/xalloc.h"

#define QUEUE_WALK    (1u << 20)  /* nets: 12 octets each while they wait */
#define QUEUE_FOLLOW  (64u << 10) /* nets */
#define PULL_STEP     16          /* nets between two looks at the clock: a policy may be slow */
#define PULL_MANY     64          /* the same where it is not asked for each */
#define PULL_US       250
#define PULL_MAX      4096 /* nets a slice: some 50 ns each and more */
#define EMIT_MAX      1024 /* units a slice, see emit_nets: some 250 us */
#define PATIENCE_US   100000
#define LAG_US        1000000 /* between two looks at what a congested member costs */
#define REFRESH_BEGIN 1       /* RFC 7313 */
#define REFRESH_END   2

static bool is_congested(const struct export_member *m)
{
	return m->ops->is_congested(m->ctx);
}

static bool has_congested(const struct group *g)
{
	const struct export_member *m;

	TAILQ_FOREACH(m, &g->members, entry) {
		if (is_congested(m))
			return true;
	}
	return false;
}

static bool has_free(const struct group *g)
{
	const struct export_member *m;

	TAILQ_FOREACH(m, &g->members, entry) {
		if (!is_congested(m))
			return true;
	}
	return false;
}

static bool is_at_rest(const struct group *g)
{
	return g->phase == GROUP_PHASE_FOLLOW && !g->queue.n && !g->todo.n &&
		rib_reader_is_drained(g->reader);
}

static void on_nets(void *ctx, const uint32_t *nets, uint32_t n)
{
	run_nets(ctx, nets, n);
}

static void take_todo(struct group *g, uint32_t max)
{
	struct todo *t = &g->todo;

	run_begin(g);
	for (; t->n && max; max--) {
		const uint32_t net = t->nets[--t->n];

		queue_net(g, net);
		rib_net_unpin(g->e->rib, net);
	}
	run_end(g);
	if (!t->n) {
		free(t->nets);
		t->nets = NULL;
	}
}

/* Returns whether more is to be pulled now. */
static bool pull(struct group *g)
{
	const struct mono start = mono_now();
	uint32_t step;
	uint32_t n = 0;
	bool walking;
	bool more;

	if (g->todo.n) {
		take_todo(g, PULL_MAX);
		return true;
	}
	if (g->phase == GROUP_PHASE_WALKED)
		return false;
	g->started = true;
	run_begin(g);
	step = g->memo.is_on ? PULL_MANY : PULL_STEP;
	do {
		more = rib_reader_pull_many(g->reader, step, on_nets, g, &walking);
		n += step;
	} while (more && n < PULL_MAX && (walking || g->phase != GROUP_PHASE_WALK) &&
		mono_sub_us(mono_now(), start) < PULL_US);
	run_end(g);
	if (g->phase == GROUP_PHASE_WALK && !walking) {
		g->phase = GROUP_PHASE_WALKED;
		return false;
	}
	return more;
}

static void copy_conf(struct export_conf *dst, const struct export_conf *src)
{
	memcpy(dst, src, sizeof(*dst)); /* with its padding: compared by memcmp */
	if (dst->policy_set)
		policy_set_ref(dst->policy_set);
}

static void set_before(struct group *g, const struct export_conf *conf)
{
	struct export_conf *old = g->before;

	g->before = NULL;
	if (conf) {
		g->before = xmalloc(sizeof(*g->before));
		copy_conf(g->before, conf);
	}
	if (old)
		policy_set_unref(old->policy_set);
	free(old);
}

static void say_end_of_rib(struct group *g)
{
	const struct export_member *m;

	g->owes_end = false;
	emit_end_of_rib(g);
	emit_flush(g);
	TAILQ_FOREACH(m, &g->members, entry) {
		if (!m->left && m->ops->synced)
			m->ops->synced(m->ctx);
	}
}

/* All that the walk found has been said. */
static void end_walk(struct group *g)
{
	if (!g->synced)
		g->owes_end = true;
	if (g->owes_end && !g->e->hold_end)
		say_end_of_rib(g);
	if (g->end_mark)
		emit_refresh_mark(g, REFRESH_END);
	g->end_mark = false;
	g->phase = GROUP_PHASE_FOLLOW;
	g->synced = true;
	g->refreshing = false;
	set_before(g, NULL);
	emit_flush(g);
}

static bool is_queue_full(const struct group *g)
{
	return g->queue.n >= (g->phase == GROUP_PHASE_WALK ? QUEUE_WALK : QUEUE_FOLLOW);
}

/* One slice of work. */
static void serve(struct group *g)
{
	bool more = true;

	g->served_at = ++g->e->clock;
	if (g->begin_mark)
		emit_refresh_mark(g, REFRESH_BEGIN);
	g->begin_mark = false;
	if (!is_queue_full(g))
		more = pull(g);
	if (!more || is_queue_full(g))
		emit_nets(g, EMIT_MAX);
	emit_flush(g);
	if (g->phase == GROUP_PHASE_WALKED && !g->queue.n && !g->todo.n)
		end_walk(g);
	else if (g->owes_end && !g->e->hold_end && is_at_rest(g))
		say_end_of_rib(g);
}

static bool has_equal_key(const struct group *a, const struct group *b)
{
	return memcmp(&a->key, &b->key, sizeof(a->key)) == 0;
}

static struct group *find_twin(const struct group *g)
{
	struct group *o;

	if (g->e->hold_merges)
		return NULL;
	TAILQ_FOREACH(o, &g->e->groups, entry) {
		if (o != g && o->owes_end == g->owes_end && is_at_rest(o) && has_equal_key(o, g))
			return o;
	}
	return NULL;
}

/* At rest: join another group that is, too; then this one is gone. */
static void merge(struct group *g)
{
	struct group *o = find_twin(g);
	struct export_member *m;

	if (!o)
		return;
	while ((m = TAILQ_FIRST(&g->members))) {
		group_remove(m);
		group_add(o, m);
	}
	group_free(g);
}

/* What members asked for during the slice. Returns whether the group is gone. */
static bool settle_members(struct group *g)
{
	struct export_member *m;
	struct export_member *next;

	for (m = TAILQ_FIRST(&g->members); m; m = next) {
		next = TAILQ_NEXT(m, entry);
		if (m->left) {
			group_remove(m);
			free(m);
		} else if (m->wants_refresh) {
			m->wants_refresh = false;
			export_refresh(m);
		}
	}
	if (g->n_members)
		return false;
	group_free(g);
	return true;
}

static bool on_slice(void *ctx)
{
	struct group *g = ctx;

	if (has_congested(g)) {
		if (has_free(g) && !timer_is_armed(&g->patience))
			timer_start(&g->patience, PATIENCE_US);
		if (!timer_is_armed(&g->lag))
			timer_start(&g->lag, LAG_US);
		return false;
	}
	timer_stop(&g->patience);
	g->busy = true;
	serve(g);
	g->busy = false;
	if (is_at_rest(g))
		emit_rest(g->e);
	if (settle_members(g))
		return false;
	if (!is_at_rest(g))
		return true;
	merge(g);
	return false;
}

static void on_impatient(void *ctx)
{
	struct group *g = ctx;

	if (has_congested(g) && has_free(g))
		group_split(g, is_congested);
	job_wake(&g->job);
}

static void give_up_congested(struct group *g)
{
	struct export_member *m;

	g->busy = true; /* members stay in the list */
	TAILQ_FOREACH(m, &g->members, entry) {
		if (!m->left && is_congested(m) && m->ops->give_up)
			m->ops->give_up(m->ctx);
	}
	g->busy = false;
	if (!settle_members(g))
		job_wake(&g->job);
}

/* Looks on while the group is behind: who reads a little now and then holds the journal up, too. */
static void on_lag(void *ctx)
{
	struct group *g = ctx;

	if (is_at_rest(g))
		return;
	timer_start(&g->lag, LAG_US);
	if (rib_reader_is_crowding(g->reader))
		give_up_congested(g);
}

static void on_reader_wake(void *ctx)
{
	struct group *g = ctx;

	job_wake(&g->job);
}

static struct group *group_alloc(struct export *e, const struct export_conf *key)
{
	struct group *g = xcalloc(1, sizeof(*g));

	g->e = e;
	g->id = ++e->last_id;
	copy_conf(&g->key, key);
	g->is_multi = select_is_multi(key);
	TAILQ_INIT(&g->members);
	multi_init(&g->multi);
	queue_init(g);
	job_init(&g->job, e->loop, on_slice, g);
	timer_init(&g->patience, e->loop, on_impatient, g);
	timer_init(&g->lag, e->loop, on_lag, g);
	TAILQ_INSERT_TAIL(&e->groups, g, entry);
	e->n_groups++;
	return g;
}

struct group *group_new(struct export *e, const struct export_conf *key)
{
	struct group *g = group_alloc(e, key);

	g->reader = rib_reader_new(e->rib, on_reader_wake, g);
	rib_reader_set_all(g->reader, select_wants_all(key));
	job_wake(&g->job);
	return g;
}

struct group *group_find_fresh(struct export *e, const struct export_conf *key)
{
	struct group *g;

	TAILQ_FOREACH(g, &e->groups, entry) {
		if (!g->started && memcmp(&g->key, key, sizeof(*key)) == 0)
			return g;
	}
	return NULL;
}

void group_add(struct group *g, struct export_member *m)
{
	m->group = g;
	TAILQ_INSERT_TAIL(&g->members, m, entry);
	g->n_members++;
	if (m->own)
		group_from(g, m->own)->member = m;
}

void group_remove(struct export_member *m)
{
	struct group *g = m->group;

	if (m->own && group_member(g, m->own) == m)
		group_from(g, m->own)->member = NULL;
	TAILQ_REMOVE(&g->members, m, entry);
	g->n_members--;
	m->group = NULL;
}

/* What waits in src's queue and todo list is dst's to look at as well. */
static void copy_todo(struct group *dst, const struct group *src)
{
	struct todo *t = &dst->todo;

	t->n = bitmap_count(&src->queue.queued) + src->todo.n;
	if (!t->n)
		return;
	t->nets = xmalloc(t->n * sizeof(*t->nets));
	queue_list(&src->queue, t->nets);
	if (src->todo.n)
		memcpy(t->nets + bitmap_count(&src->queue.queued), src->todo.nets,
			src->todo.n * sizeof(*t->nets));
	for (uint32_t i = 0; i < t->n; i++)
		rib_net_pin(dst->e->rib, t->nets[i]);
}

struct group *group_split(struct group *g, bool (*pick)(const struct export_member *m))
{
	struct group *ng = group_alloc(g->e, &g->key);
	struct export_member *m;
	struct export_member *next;

	assert(!g->busy);
	ng->reader = rib_reader_clone(g->reader, on_reader_wake, ng);
	ng->phase = g->phase;
	ng->started = g->started;
	ng->synced = g->synced;
	ng->owes_end = g->owes_end;
	ng->refreshing = g->refreshing;
	ng->served_at = g->served_at;
	set_before(ng, g->before);
	ng->begin_mark = g->begin_mark;
	ng->end_mark = g->end_mark;
	told_copy(ng, g);
	copy_todo(ng, g);
	for (m = TAILQ_FIRST(&g->members); m; m = next) {
		next = TAILQ_NEXT(m, entry);
		if (pick(m)) {
			group_remove(m);
			group_add(ng, m);
		}
	}
	job_wake(&ng->job);
	job_wake(&g->job); /* those that held it up may be gone */
	return ng;
}

static void walk_again(struct group *g)
{
	rib_reader_restart(g->reader);
	g->started = true;
	g->phase = GROUP_PHASE_WALK;
	g->refreshing = true;
	job_wake(&g->job);
}

void group_refresh(struct group *g, bool enhanced)
{
	assert(g->n_members == 1);
	walk_again(g);
	set_before(g, NULL);
	g->begin_mark |= enhanced;
	g->end_mark |= enhanced; /* a begin that was sent wants its end */
}

struct group *group_find_moved(const struct group *g, const struct export_conf *key)
{
	struct group *o;

	TAILQ_FOREACH(o, &g->e->groups, entry) {
		if (o->moved_from == g->id && !o->served_at && g->served_at <= o->moved_at &&
			memcmp(&o->key, key, sizeof(*key)) == 0)
			return o;
	}
	return NULL;
}

void group_adopt(struct group *g, const struct export_conf *key)
{
	struct policy_set *old = g->key.policy_set;

	copy_conf(&g->key, key);
	policy_set_unref(old);
	job_wake(&g->job); /* it may have a twin now */
}

void group_rekey(struct group *g, const struct group *old, const struct export_conf *key)
{
	const struct export_conf was = g->key;

	assert(!g->queue.n);
	if (!g->refreshing)
		set_before(g, &g->key);
	else if (g->served_at)
		set_before(g, NULL); /* told partly by its key, partly by the one before */
	copy_conf(&g->key, key);
	policy_set_unref(was.policy_set);
	rib_reader_set_all(g->reader, select_wants_all(key));
	g->moved_from = old->id;
	g->moved_at = g->e->clock;
	g->served_at = 0;
	walk_again(g);
}

void group_free(struct group *g)
{
	assert(!g->n_members && !g->busy);
	job_cancel(&g->job);
	timer_stop(&g->patience);
	timer_stop(&g->lag);
	rib_reader_free(g->reader);
	for (uint32_t i = 0; i < g->todo.n; i++)
		rib_net_unpin(g->e->rib, g->todo.nets[i]);
	free(g->todo.nets);
	queue_fini(g);
	told_fini(g);
	set_before(g, NULL);
	policy_set_unref(g->key.policy_set);
	TAILQ_REMOVE(&g->e->groups, g, entry);
	g->e->n_groups--;
	free(g);
}
