/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vbr/daemon.h"
#include "vbr/drill/drill_int.h"
#include "vbr/failover/failover.h"
#include "vbr/life/act.h"
#include "vbr/plane/plane.h"

#define QUIET_OCTETS 4096 /* a look, each direction: BGP and BFD go on; as vbr/life has it */

static const enum plane_drill how_of[DRILL_ACTION_COUNT] = {
	[DRILL_DO_DRAIN] = PLANE_DRILL_DRAIN,
	[DRILL_DO_SHUT] = PLANE_DRILL_SHUT,
	[DRILL_DO_CUT] = PLANE_DRILL_CUT,
};

void hands_act(struct drill *j, enum drill_action a)
{
	struct plane *p = daemon_plane(j->all->d);
	const struct run *r = j->run;
	struct plane_drilled d = { .how = how_of[a], .peer = r->plan.peer };

	if (r->plan.line != NULL)
		snprintf(d.line, sizeof(d.line), "%s", r->plan.line->obj.name);
	for (uint32_t i = 0; p != NULL && i < r->n_taken; i++)
		plane_vbr_drill(p, j->r.order.tenant, r->taken[i], &d);
	/* The loop may not turn again: devices come back now. */
	if (p != NULL && a == DRILL_DO_CLOSE)
		(void)linkplane_sync(plane_links(p));
}

/* By name: a commit may have made another object of it, and another one the primary. */
static bool find_view(const struct daemon *d, const struct model_obj *group,
	struct failover_view *v)
{
	const struct failovers *f = daemon_failovers(d);

	for (uint32_t i = 0; i < failovers_count(f); i++) {
		*v = failovers_at(f, i);
		if (strcmp(v->group->obj.tenant, group->tenant) == 0 &&
			strcmp(v->group->obj.name, group->name) == 0)
			return v->is_known;
	}
	return false;
}

static int side_of(const struct failover_view *v, const struct model_vbr *vbr)
{
	return strcmp(v->group->member[FAILOVER_PRIMARY], vbr->obj.name) == 0 ? FAILOVER_PRIMARY :
										FAILOVER_SECONDARY;
}

static const struct plane_circuit *circuit_on(const struct plane_instance *i,
	const struct model_physconn *line)
{
	for (uint8_t k = 0; line != NULL && k < i->n_circuits; k++)
		if (strcmp(plane_circuit_at(i, k)->line, line->obj.name) == 0)
			return plane_circuit_at(i, k);
	return NULL;
}

/* Of a line, it is about the circuit there. */
static enum model_hold hold_of(const struct plane *p, const struct plane_instance *i,
	const struct model_physconn *line)
{
	const struct plane_circuit *c = circuit_on(i, line);

	return c != NULL ? plane_circuit_hold(p, i, c) : plane_vbr_hold(p, i);
}

static bool has_line(const struct plane *p, const struct plane_instance *i,
	const struct model_physconn *line)
{
	const struct plane_circuit *c = i != NULL ? circuit_on(i, line) : NULL;
	struct link_status st;

	return c == NULL || (linkplane_status(plane_links(p), c->device, &st) == 0 && st.up);
}

void hands_health(const struct daemon *d, const struct drill_plan *p, struct drill_health *h)
{
	const struct plane *pl = daemon_plane(d);
	struct failover_view v;
	const bool known = find_view(d, &p->group->obj, &v);

	memset(h, 0, sizeof(*h));
	h->is_audited = known;
	for (int k = 0; k < 2; k++) {
		const struct model_obj *o = &p->vbr[k]->obj;
		const struct plane_instance *i = plane_instance_find(pl, o->tenant, true, o->name);

		h->hold[k] = i != NULL ? hold_of(pl, i, k == MEASURE_TARGET ? p->line : NULL) :
					 MODEL_HOLD_DISABLED;
		h->is_leaving[k] = p->vbr[k]->gshut || plane_vbr_is_leaving(pl, o->tenant, o->name);
		h->is_up[k] = known && v.side[side_of(&v, p->vbr[k])].is_up;
		if (k == MEASURE_TARGET)
			h->has_line = has_line(pl, i, p->line);
	}
	if (known) {
		h->audited = v.looked;
		h->sessions = v.side[side_of(&v, p->vbr[MEASURE_TARGET])].established;
	}
	/* Of a difference that was seen twice: one look may have met a change. */
	if (known && v.verdict == FAILOVER_ROUTES_DIFFER)
		h->missing = bgp_pair_missing(v.pair, side_of(&v, p->vbr[MEASURE_OTHER]));
}

bool hands_is_changed(const struct drill *j)
{
	const struct drill_plan *p = &j->run->plan;
	const bool whole = !ip_is_set(&p->peer);
	struct drill_health h;
	struct life_view v;

	hands_health(j->all->d, p, &h);
	for (int k = 0; k < 2; k++)
		if (!lives_find(daemon_lives(j->all->d), p->vbr[k]->obj.tenant, p->vbr[k]->obj.name,
			    &v) ||
			v.state != LIFE_ACTIVE)
			return true;
	if (h.hold[MEASURE_OTHER] != MODEL_HOLD_NONE)
		return true;
	if (whole && j->r.state == DRILL_DOWN)
		return h.hold[MEASURE_TARGET] != MODEL_HOLD_DRILL;
	return h.hold[MEASURE_TARGET] != MODEL_HOLD_NONE;
}

static int octets(const struct plane *p, const struct drill_plan *plan, uint64_t n[2])
{
	const struct model_obj *o = &plan->vbr[MEASURE_TARGET]->obj;
	const struct plane_instance *i = plane_instance_find(p, o->tenant, true, o->name);
	const struct plane_circuit *on = i != NULL ? circuit_on(i, plan->line) : NULL;
	struct link_counters c;
	int ret;

	if (i == NULL)
		return -ENODEV;
	ret = on != NULL ? linkplane_counters(plane_links(p), on->device, &c) :
			   plane_vbr_counters(p, i, &c);
	n[0] = c.rx_bytes;
	n[1] = c.tx_bytes;
	return ret;
}

bool hands_is_quiet(struct drill *j)
{
	struct run *r = j->run;
	uint64_t now[2];
	bool quiet;

	if (octets(daemon_plane(j->all->d), &r->plan, now) < 0)
		return true; /* no device, no traffic */
	quiet = r->n_looks++ > 0 && now[0] - r->octets[0] < QUIET_OCTETS &&
		now[1] - r->octets[1] < QUIET_OCTETS;
	memcpy(r->octets, now, sizeof(now));
	return quiet;
}
