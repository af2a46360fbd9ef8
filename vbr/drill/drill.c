/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs: who is open, what is on disk, what is told. A record is written before its state is
 * acted upon, so that after a crash the file never says less than what was done.
 */
#include "vbr/drill/drill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fib/nl.h"
#include "lib/base/log.h"
#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"
#include "vbr/daemon.h"
#include "vbr/drill/drill_int.h"
#include "vbr/events.h"
#include "vbr/logmsg.h"
#include "vbr/plane/plane.h"

#define WALL_LOOK_S 60  /* the wall clock may be set: it is looked at now and then */
#define MISSED_S    300 /* so late a scheduled drill still begins */
#define START_S     60  /* after a start of the daemon all needs some time to be healthy */
#define AGAIN_US    INT64_C(5000000)

static int64_t wall_now(void)
{
	return (int64_t)time(NULL);
}

/* Telling */

/* "pass", "fail: slow-switch, probes-lost", "refused: no-baseline" */
static void put_end(const struct drill_record *r, char *dst, size_t size)
{
	const char *sep = ": ";
	size_t n = (size_t)snprintf(dst, size, "%s",
		r->verdict != DRILL_NO_VERDICT ? drill_verdict_name(r->verdict) :
						 drill_outcome_name(r->outcome));

	for (unsigned i = 0; i < DRILL_REASON_COUNT && n < size; i++) {
		if (!(r->reasons & DRILL_BIT(i)))
			continue;
		n += (size_t)snprintf(dst + n, size - n, "%s%s", sep,
			drill_reason_name((enum drill_reason)i));
		sep = ", ";
	}
}

static void tell(const struct drill *j)
{
	const struct drill_record *r = &j->r;
	const bool ended = r->state == DRILL_ENDED;
	char instance[MODEL_NAME_SIZE + 16];
	char text[384];

	(void)snprintf(text, sizeof(text), "%s", drill_state_name(r->state));
	if (ended)
		put_end(r, text, sizeof(text));
	logmsg_drill(r->order.tenant, r->order.group, r->id, text, ended);
	(void)snprintf(instance, sizeof(instance), "failover-group %s", r->order.group);
	events_publish(daemon_events(j->all->d),
		&(struct event_report){
			.type = ended ? EVENT_DRILL_ENDED : EVENT_DRILL_STATE,
			.tenant = r->order.tenant,
			.instance = instance,
			.text = text,
			.count = (uint64_t)r->id,
		});
}

/* The file */

static int put(struct drill *j, struct errbuf *err)
{
	return drill_store_put(j->all->store, &j->r, err);
}

/* What is under way goes on: it is better brought to its end than left half. */
static void put_or_log(struct drill *j)
{
	struct errbuf err;

	errbuf_init(&err);
	if (put(j, &err) < 0)
		log_error("%s", errbuf_first(&err));
	errbuf_fini(&err);
}

static void drill_free(struct drill *j)
{
	timer_stop(&j->timer);
	run_free(j->run);
	free(j);
}

static void forget(struct drills *ds, uint32_t i)
{
	struct errbuf err;

	errbuf_init(&err);
	if (drill_store_del(ds->store, ds->v[i]->r.id, &err) < 0)
		log_error("%s", errbuf_first(&err));
	errbuf_fini(&err);
	drill_free(ds->v[i]);
	memmove(&ds->v[i], &ds->v[i + 1], (ds->n - i - 1) * sizeof(*ds->v));
	ds->n--;
}

static bool is_of(const struct drill *j, const char *tenant, const char *group)
{
	return strcmp(j->r.order.tenant, tenant) == 0 && strcmp(j->r.order.group, group) == 0;
}

/* Room for one more: the oldest go, of the group and of all. */
static void make_room(struct drills *ds, const char *tenant, const char *group)
{
	uint32_t all = 0;
	uint32_t own = 0;

	for (uint32_t i = ds->n; i-- > 0;) {
		const struct drill *j = ds->v[i];

		if (j->r.state != DRILL_ENDED)
			continue;
		own += is_of(j, tenant, group);
		if (++all >= DRILL_RECORDS || (is_of(j, tenant, group) && own >= DRILL_HISTORY))
			forget(ds, i);
	}
}

/* Steps */

static void judge(struct drill *j)
{
	const struct run *r = j->run;
	struct drill_facts f = {
		.outcome = j->r.outcome,
		.was_away = j->r.away_s != 0,
		.within_us = (int64_t)j->r.order.within_ms * 1000,
		.told = j->r.reasons,
		.result = &j->r.result,
	};

	for (uint32_t i = 0; r != NULL && i < r->plan.n_lanes; i++)
		f.must_move |= !r->plan.is_part && r->way[i] == MEASURE_TARGET;
	j->r.ended_s = wall_now();
	j->r.reasons = drill_reasons(&f);
	j->r.verdict = drill_judge(&f);
}

static void settle_measures(struct drill *j, enum drill_state next)
{
	for (uint32_t i = 0; next == DRILL_ENDED && i < j->run->plan.n_lanes; i++)
		measure_finish(drill_lane_measure(j->run->lane[i]), mono_now());
	if (next == DRILL_ENDED || next == DRILL_RETURNING)
		run_collect(j);
}

static void note_times(struct drill_record *r)
{
	if (r->state == DRILL_PROBING)
		r->begun_s = wall_now();
	else if (drill_state_is_away(r->state) && r->away_s == 0)
		r->away_s = wall_now();
}

void drill_feed(struct drill *j, enum drill_event e, uint32_t reasons)
{
	const struct drill_step s = drill_next(j->r.state, e);

	if (!s.changes)
		return;
	if (j->run != NULL)
		settle_measures(j, s.next);
	j->r.outcome = drill_outcome(j->r.outcome, e);
	j->r.reasons |= reasons;
	j->r.state = s.next;
	note_times(&j->r);
	if (s.action == DRILL_DO_JUDGE || s.action == DRILL_DO_CLOSE)
		judge(j);
	put_or_log(j);
	if (j->run != NULL) {
		run_enter(j);
		if (s.action != DRILL_DO_PROBE && s.action != DRILL_DO_JUDGE)
			hands_act(j, s.action);
	}
	tell(j);
	if (s.next != DRILL_ENDED) {
		timer_start(&j->timer, 0); /* however seldom it looked until now */
		return;
	}
	timer_stop(&j->timer);
	run_free(j->run);
	j->run = NULL;
}

/* Beginning */

static uint32_t running(const struct drills *ds)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ds->n; i++)
		n += ds->v[i]->run != NULL;
	return n;
}

static const struct drill *in_the_way(const struct drills *ds, const struct drill_plan *p)
{
	for (uint32_t i = 0; i < ds->n; i++)
		if (ds->v[i]->run != NULL && drill_plan_collides(p, &ds->v[i]->run->plan))
			return ds->v[i];
	return NULL;
}

/* All that can be said against it now. */
static int check(const struct drills *ds, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err)
{
	struct drill_health h;
	const struct drill *other;
	int ret = drill_plan_make(daemon_model(ds->d), o, p, err);

	if (ret < 0)
		return ret;
	hands_health(ds->d, p, &h);
	ret = drill_plan_check(p, o, &h, err);
	if (ret < 0)
		return ret;
	other = in_the_way(ds, p);
	if (other != NULL)
		errbuf_add(err, NULL, 0,
			"drill %lld of failover-group %s runs on the same VBRs: wait for its end, "
			"or abort it",
			(long long)other->r.id, other->r.order.group);
	else if (running(ds) >= DRILL_RUNNING)
		errbuf_add(err, NULL, 0, "%d drills run already: wait for the end of one",
			DRILL_RUNNING);
	else
		return 0;
	return -EBUSY;
}

static int need_netlink(struct drills *ds, struct errbuf *err)
{
	if (ds->nl == NULL)
		ds->nl = nl_new();
	if (ds->nl != NULL)
		return 0;
	errbuf_add(err, NULL, 0, "cannot ask the kernel for routes: %s", strerror(errno));
	return -EIO;
}

static void begin(struct drill *j, const struct drill_plan *p)
{
	(void)snprintf(j->r.vbr, sizeof(j->r.vbr), "%s", p->vbr[MEASURE_TARGET]->obj.name);
	j->run = run_new(j, p);
	drill_feed(j, DRILL_ON_DUE, j->r.order.force ? DRILL_BIT(DRILL_FORCED) : 0);
}

static void due(struct drill *j, int64_t late_s)
{
	struct drill_plan p;
	struct errbuf err;

	errbuf_init(&err);
	if (late_s > MISSED_S)
		drill_feed(j, DRILL_ON_REFUSE, DRILL_BIT(DRILL_MISSED));
	else if (check(j->all, &j->r.order, &p, &err) == 0 && need_netlink(j->all, &err) == 0)
		begin(j, &p);
	else if (mono_age_s(daemon_started(j->all->d)) < START_S)
		timer_start(&j->timer, AGAIN_US);
	else
		drill_feed(j, DRILL_ON_REFUSE, DRILL_BIT(DRILL_REFUSED_DUE));
	if (j->r.state == DRILL_ENDED && !errbuf_is_empty(&err))
		logmsg_errors("a failover drill was refused when its time came", &err);
	errbuf_fini(&err);
}

static void on_timer(void *ctx)
{
	struct drill *j = ctx;
	int64_t left;

	if (j->run != NULL) {
		const int64_t next = run_tick(j);

		if (j->run != NULL && !timer_is_armed(&j->timer))
			timer_start(&j->timer, next);
		return;
	}
	left = j->r.order.at_s - wall_now();
	if (left <= 0)
		due(j, -left);
	else
		timer_start(&j->timer,
			(left < WALL_LOOK_S ? left : WALL_LOOK_S) * INT64_C(1000000));
}

static struct drill *add(struct drills *ds, const struct drill_record *r)
{
	struct drill *j = xcalloc(1, sizeof(*j));

	j->all = ds;
	j->r = *r;
	timer_init(&j->timer, daemon_loop(ds->d), on_timer, j);
	ds->v = xreallocarray(ds->v, ds->n + 1, sizeof(*ds->v));
	ds->v[ds->n++] = j;
	return j;
}

/* Orders */

static struct drill *open_one(const struct drills *ds, const char *tenant, const char *group)
{
	for (uint32_t i = 0; i < ds->n; i++)
		if (ds->v[i]->r.state != DRILL_ENDED && is_of(ds->v[i], tenant, group))
			return ds->v[i];
	return NULL;
}

static bool is_in_range(const struct drill_order *o, struct errbuf *err)
{
	const int64_t now = wall_now();

	if (o->duration_s < DRILL_DURATION_S_MIN || o->duration_s > DRILL_DURATION_S_MAX)
		errbuf_add(err, NULL, 0, "duration is %d seconds to %d minutes",
			DRILL_DURATION_S_MIN, DRILL_DURATION_S_MAX / 60);
	else if (o->within_ms < 1 || o->within_ms > DRILL_WITHIN_MS_MAX)
		errbuf_add(err, NULL, 0, "within is 1 to %d milliseconds", DRILL_WITHIN_MS_MAX);
	else if (o->at_s != 0 && o->at_s <= now)
		errbuf_add(err, NULL, 0,
			"that time has passed: name a later one, or none to begin now");
	else if (o->at_s > now + DRILL_AHEAD_S_MAX)
		errbuf_add(err, NULL, 0, "a drill is ordered at most a year ahead");
	else
		return true;
	return false;
}

/* One at a time. */
static bool is_free(const struct drills *ds, const struct drill_order *o, struct errbuf *err)
{
	const struct drill *open = open_one(ds, o->tenant, o->group);

	if (open == NULL)
		return true;
	errbuf_add(err, NULL, 0,
		"failover-group %s has drill %lld, which is %s: %swait for its end", o->group,
		(long long)open->r.id, drill_state_name(open->r.state),
		drill_next(open->r.state, DRILL_ON_ABORT).changes ? "abort it, or " : "");
	return false;
}

/* Of one that waits, only what it is about: how healthy all is is asked when its time comes. */
static int look_at(struct drills *ds, const struct drill_order *o, struct drill_plan *p,
	struct errbuf *err)
{
	int ret;

	if (ds->stopped) {
		errbuf_add(err, NULL, 0, "vbrd is shutting down");
		return -ESHUTDOWN;
	}
	if (!is_in_range(o, err))
		return -EINVAL;
	if (!is_free(ds, o, err))
		return -EBUSY;
	ret = o->at_s != 0 ? drill_plan_make(daemon_model(ds->d), o, p, err) : check(ds, o, p, err);
	return ret < 0 || o->at_s != 0 ? ret : need_netlink(ds, err);
}

int drills_order(struct drills *ds, const struct drill_order *o, struct errbuf *err)
{
	struct drill_record r = { .order = *o, .state = DRILL_SCHEDULED, .ordered_s = wall_now() };
	struct drill_plan p;
	struct drill *j;
	int ret;

	r.result.switch_us = r.result.traffic_us = MEASURE_NEVER;
	ret = look_at(ds, o, &p, err);
	if (ret < 0)
		return ret;
	(void)snprintf(r.vbr, sizeof(r.vbr), "%s", p.vbr[MEASURE_TARGET]->obj.name);
	ret = drill_store_put(ds->store, &r, err);
	if (ret < 0)
		return ret;
	make_room(ds, o->tenant, o->group);
	j = add(ds, &r);
	if (o->at_s == 0) {
		begin(j, &p);
	} else {
		tell(j);
		timer_start(&j->timer, 0);
	}
	return 0;
}

int drills_abort(struct drills *ds, const char *tenant, const char *group, struct errbuf *err)
{
	struct drill *j = open_one(ds, tenant, group);

	if (j == NULL) {
		if (drill_plan_group(daemon_model(ds->d), tenant, group, err) != NULL)
			errbuf_add(err, NULL, 0,
				"failover-group %s of tenant %s has no drill that waits or runs",
				group, tenant);
		return -ENOENT;
	}
	if (!drill_next(j->r.state, DRILL_ON_ABORT).changes) {
		errbuf_add(err, NULL, 0, "drill %lld is %s already: there is nothing to abort",
			(long long)j->r.id, drill_state_name(j->r.state));
		return -EALREADY;
	}
	drill_feed(j, DRILL_ON_ABORT, 0);
	return 0;
}

/* News */

/* What an earlier run had taken down is in service again: only that run knew of it. */
static void take_up(struct drills *ds)
{
	for (uint32_t i = 0; i < ds->n; i++) {
		struct drill *j = ds->v[i];

		drill_feed(j, DRILL_ON_RESTART, 0);
		if (j->r.state == DRILL_SCHEDULED)
			timer_start(&j->timer, 0);
	}
	ds->is_loaded = true;
}

static void follow(struct drill *j, const struct model *m)
{
	struct drill_order o = j->r.order;
	struct drill_plan p;
	struct errbuf err;
	int ret;

	errbuf_init(&err);
	o.force = true;
	/* Few run, many may wait, and lanes are looked for among all peering connections. */
	ret = j->run != NULL ? drill_plan_make(m, &o, &p, &err) :
			       drill_plan_target(m, &o, &p, &err);
	errbuf_fini(&err);
	if (ret < 0)
		drill_feed(j, DRILL_ON_GONE, DRILL_BIT(DRILL_CHANGED));
	else if (j->run != NULL && !drill_plan_is_equal(&j->run->plan, &p))
		drill_feed(j, DRILL_ON_HARM, DRILL_BIT(DRILL_CHANGED));
}

void drills_sync(struct drills *ds, const struct model *m)
{
	if (ds->stopped)
		return;
	if (!ds->is_loaded)
		take_up(ds);
	for (uint32_t i = 0; i < ds->n; i++)
		if (ds->v[i]->r.state != DRILL_ENDED)
			follow(ds->v[i], m);
}

/* Life cycle */

static void on_record(void *ctx, const struct drill_record *r)
{
	(void)add(ctx, r);
}

struct drills *drills_new(struct daemon *d, const char *state_dir, struct errbuf *err)
{
	struct drills *ds = xcalloc(1, sizeof(*ds));
	char *path = state_dir != NULL ? xasprintf("%s/drills.db", state_dir) : NULL;

	ds->d = d;
	ds->store = drill_store_open(path, err);
	free(path);
	if (ds->store != NULL && drill_store_load(ds->store, on_record, ds, err) == 0)
		return ds;
	drills_free(ds);
	return NULL;
}

void drills_stop(struct drills *ds)
{
	if (ds == NULL || ds->stopped)
		return;
	for (uint32_t i = 0; i < ds->n; i++) {
		if (ds->v[i]->run != NULL)
			drill_feed(ds->v[i], DRILL_ON_RESTART, 0);
		timer_stop(&ds->v[i]->timer);
	}
	ds->stopped = true;
}

void drills_free(struct drills *ds)
{
	if (ds == NULL)
		return;
	for (uint32_t i = 0; i < ds->n; i++)
		drill_free(ds->v[i]);
	free(ds->v);
	nl_free(ds->nl);
	drill_store_close(ds->store);
	free(ds);
}

uint32_t drills_count(const struct drills *ds)
{
	return ds->n;
}

const struct drill_record *drills_at(const struct drills *ds, uint32_t i)
{
	return &ds->v[i]->r;
}
