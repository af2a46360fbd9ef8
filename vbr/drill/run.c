/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A drill that runs: looks often while something changes, seldom while nothing does.
 *
 *   probing     until each VPC has answers and the group was audited anew, PROBE_US at least
 *   draining    until three looks in a row, a second apart, saw hardly any traffic
 *   down        until its duration is over
 *   returning   until all is as it was before, its sessions too, and stayed so for SETTLE_US
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/xalloc.h"
#include "vbr/daemon.h"
#include "vbr/drill/drill_int.h"
#include "vbr/failover/failover.h"
#include "vbr/plane/plane.h"

#define OFTEN_US      INT64_C(50000) /* so exact are times that probes tell */
#define SELDOM_US     INT64_C(1000000)
#define BUSY_US       INT64_C(30000000) /* after a change: a hold timer is seldom longer */
#define PROBE_US      INT64_C(1000000)
#define PROBE_MAX_US  INT64_C(5000000)
#define PROBE_ANSWERS 10
#define DRAIN_S       60 /* at most, and half of the drill */
#define LOOK_US       INT64_C(1000000)
#define QUIET_LOOKS   3
#define SETTLE_US     (MEASURE_TIMEOUT_US + INT64_C(500000))
#define LATE_S        180

static void hold(struct run *r, const void *obj)
{
	if (obj == NULL)
		return;
	r->refs = xreallocarray(r->refs, r->n_refs + 1, sizeof(*r->refs));
	r->refs[r->n_refs++] = model_obj_ref((struct model_obj *)(uintptr_t)obj);
}

static void take(struct run *r, const struct model *m)
{
	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];

		if (!drill_plan_takes(&r->plan, v) &&
			!(v == r->plan.vbr[MEASURE_TARGET] && ip_is_set(&r->plan.peer)))
			continue;
		r->taken = xreallocarray(r->taken, r->n_taken + 1, sizeof(*r->taken));
		snprintf(r->taken[r->n_taken++], sizeof(*r->taken), "%s", v->obj.name);
	}
}

struct run *run_new(struct drill *j, const struct drill_plan *plan)
{
	struct daemon *d = j->all->d;
	const struct drill_lane_params p = {
		.loop = daemon_loop(d),
		.plane = daemon_plane(d),
		.nl = j->all->nl,
	};
	struct run *r = xcalloc(1, sizeof(*r));
	struct drill_health h;

	r->plan = *plan;
	hold(r, plan->group);
	hold(r, plan->line);
	for (int k = 0; k < 2; k++)
		hold(r, plan->vbr[k]);
	for (uint32_t i = 0; i < plan->n_lanes; i++) {
		hold(r, plan->lane[i].by[0]);
		hold(r, plan->lane[i].by[1]);
		r->lane[i] = drill_lane_new(&p, &plan->lane[i]);
	}
	take(r, daemon_model(d));
	hands_health(d, plan, &h);
	r->other_was_up = h.is_up[MEASURE_OTHER];
	j->r.result.missing = h.missing;
	/* The last audit may be old, or of before the last session came up. */
	failovers_poke(daemon_failovers(d), j->r.order.tenant);
	return r;
}

void run_free(struct run *r)
{
	if (r == NULL)
		return;
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		drill_lane_free(r->lane[i]);
	for (uint32_t i = 0; i < r->n_refs; i++)
		model_obj_unref(r->refs[i]);
	free(r->refs);
	free(r->taken);
	free(r);
}

static void begin_part(struct run *r, enum measure_part part)
{
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		measure_begin(drill_lane_measure(r->lane[i]), part, r->since);
}

static void go_away(struct drill *j)
{
	struct run *r = j->run;
	struct drill_health h;

	hands_health(j->all->d, &r->plan, &h);
	r->sessions = h.sessions;
	j->r.result.missing = h.missing;
	r->over = mono_add_s(r->since, j->r.order.duration_s);
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		r->way[i] = measure_way(drill_lane_measure(r->lane[i]));
	begin_part(r, MEASURE_AWAY);
}

void run_enter(struct drill *j)
{
	struct run *r = j->run;
	const bool first = j->r.state == DRILL_DRAINING ||
		(j->r.state == DRILL_DOWN && j->r.order.by == DRILL_BY_CUT);

	r->since = mono_now();
	if (first)
		go_away(j);
	if (j->r.state == DRILL_RETURNING)
		begin_part(r, MEASURE_BACK);
}

/* A route that went another way, or nowhere, is none by the one that stays. */
static uint32_t count_not_moved(const struct run *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		n += drill_lane_is_probed(r->lane[i]) &&
			measure_way(drill_lane_measure(r->lane[i])) != MEASURE_OTHER;
	return n;
}

void run_collect(struct drill *j)
{
	struct run *r = j->run;
	struct drill_result *out = &j->r.result;
	const uint32_t missing = out->missing;
	const uint32_t not_moved = out->not_moved;

	*out = (struct drill_result){
		.vpcs = r->plan.vpcs,
		.not_probed = r->plan.vpcs - r->plan.n_lanes,
		.missing = missing,
		.not_moved = drill_state_is_away(j->r.state) ? count_not_moved(r) : not_moved,
		.switch_us = MEASURE_NEVER,
		.traffic_us = MEASURE_NEVER,
	};
	for (uint32_t i = 0; i < r->plan.n_lanes; i++) {
		if (r->plan.lane[i].by[MEASURE_OTHER] == NULL)
			out->not_covered++;
		else if (!drill_lane_is_probed(r->lane[i]))
			out->not_probed++;
		drill_result_add(out, drill_lane_measure(r->lane[i]));
	}
}

/* States */

static bool is_deaf(const struct run *r, uint32_t i)
{
	return drill_lane_is_probed(r->lane[i]) &&
		drill_lane_measure(r->lane[i])->of[MEASURE_BEFORE].answered < PROBE_ANSWERS;
}

static bool has_baseline(const struct run *r)
{
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		if (is_deaf(r, i))
			return false;
	return true;
}

static void give_up_borrowed(const struct run *r)
{
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		if (r->plan.lane[i].is_borrowed && is_deaf(r, i))
			drill_lane_give_up(r->lane[i]);
}

static bool is_audited(const struct drill *j)
{
	struct drill_health h;

	hands_health(j->all->d, &j->run->plan, &h);
	return h.is_audited && mono_is_before(j->run->since, h.audited);
}

static void look_probing(struct drill *j)
{
	const int64_t us = mono_sub_us(mono_now(), j->run->since);
	const enum drill_event go = j->r.order.by == DRILL_BY_CUT ? DRILL_ON_CUT : DRILL_ON_DRAIN;

	if (us < PROBE_US)
		return;
	if (us < PROBE_MAX_US && !(has_baseline(j->run) && is_audited(j)))
		return;
	give_up_borrowed(j->run);
	if (has_baseline(j->run))
		drill_feed(j, go, 0);
	else if (j->r.order.force)
		drill_feed(j, go, DRILL_BIT(DRILL_NO_BASELINE));
	else
		drill_feed(j, DRILL_ON_REFUSE, DRILL_BIT(DRILL_NO_BASELINE));
}

/* True: it has ended, or begun to. */
static bool look_away(struct drill *j)
{
	struct drill_health h;

	if (!mono_is_before(mono_now(), j->run->over)) {
		drill_feed(j, DRILL_ON_OVER, 0);
		return true;
	}
	if (hands_is_changed(j)) {
		drill_feed(j, DRILL_ON_HARM, DRILL_BIT(DRILL_CHANGED));
		return true;
	}
	hands_health(j->all->d, &j->run->plan, &h);
	if (!j->run->other_was_up || h.is_up[MEASURE_OTHER])
		return false;
	drill_feed(j, DRILL_ON_HARM, DRILL_BIT(DRILL_STANDBY_FAILED));
	return true;
}

static void look_draining(struct drill *j)
{
	struct run *r = j->run;
	const uint32_t half = j->r.order.duration_s / 2;
	const struct mono until = mono_add_s(r->since, half < DRAIN_S ? half : DRAIN_S);
	const struct mono now = mono_now();

	if (look_away(j))
		return;
	if (mono_sub_us(now, r->looked) >= LOOK_US) {
		r->looked = now;
		r->n_quiet = hands_is_quiet(j) ? r->n_quiet + 1 : 0;
	}
	if (r->n_quiet >= QUIET_LOOKS || !mono_is_before(now, until))
		drill_feed(j, DRILL_ON_DRAINED, 0);
}

static bool is_as_before(const struct drill *j)
{
	const struct run *r = j->run;
	struct drill_health h;

	hands_health(j->all->d, &r->plan, &h);
	if (!h.is_up[MEASURE_TARGET])
		return false;
	/* Under another configuration nobody knows what should be there, nor where traffic goes. */
	if (j->r.reasons & DRILL_BIT(DRILL_CHANGED))
		return true;
	/* A VBR that has another line, or another peer, was up all the time. */
	if (!h.has_line || h.sessions < r->sessions)
		return false;
	/* Of two that share, the kernel takes one for each flow, and may take another one now. */
	if (r->plan.group->mode == FAILOVER_LOAD_SHARE)
		return true;
	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		if (drill_lane_is_probed(r->lane[i]) &&
			measure_way(drill_lane_measure(r->lane[i])) != r->way[i])
			return false;
	return true;
}

static void look_returning(struct drill *j)
{
	struct run *r = j->run;
	const struct mono now = mono_now();

	if (!is_as_before(j))
		r->back = (struct mono){ 0 };
	else if (r->back.us == 0)
		r->back = now;
	if (r->back.us != 0 && mono_sub_us(now, r->back) >= SETTLE_US)
		drill_feed(j, DRILL_ON_BACK, 0);
	else if (mono_sub_us(now, r->since) >= LATE_S * INT64_C(1000000))
		drill_feed(j, DRILL_ON_LATE, DRILL_BIT(DRILL_NOT_BACK));
}

static void (*const looks[DRILL_STATE_COUNT])(struct drill *j) = {
	[DRILL_PROBING] = look_probing,
	[DRILL_DRAINING] = look_draining,
	[DRILL_RETURNING] = look_returning,
};

int64_t run_tick(struct drill *j)
{
	struct run *r = j->run;
	const bool is_busy = j->r.state != DRILL_DOWN ||
		mono_sub_us(mono_now(), r->since) < BUSY_US;

	for (uint32_t i = 0; i < r->plan.n_lanes; i++)
		drill_lane_tick(r->lane[i]);
	run_collect(j); /* for those who look on */
	if (j->r.state == DRILL_DOWN)
		(void)look_away(j);
	else if (looks[j->r.state] != NULL)
		looks[j->r.state](j);
	return is_busy ? OFTEN_US : SELDOM_US;
}
