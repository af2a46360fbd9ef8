/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One audit at a time: visits of about a millisecond to the worker that has both VBRs, until both
 * tables are walked. A group rests a hundred times as long as its audit took, so that however large
 * the tables are, audits take no more than a hundredth of a worker; at least its audit-interval in
 * any case. A difference that was seen once is looked for again after half of it before it is told.
 */
#include "vbr/failover/failover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/daemon.h"
#include "vbr/events.h"
#include "vbr/logmsg.h"
#include "vbr/plane/plane.h"
#include "vbr/worker/worker.h"

#define GRACE_US INT64_C(10000000) /* after a start sessions have some time to come up */
#define SOON_US  INT64_C(1000000)  /* after news: they seldom come alone */
#define SLICE_US INT64_C(1000)
#define REST     100 /* times the duration of an audit */

struct group {
	struct model_obj *obj; /* counted */
	bool seen;             /* mark of a pass */
	struct mono due;
	enum failover_verdict verdict;
	struct mono since;
	bool is_known;
	struct mono looked;
	uint8_t looks; /* in a row that saw a difference */
	struct failover_side side[2];
	struct bgp_pair pair;
};

/* Goes to the worker and back. */
struct audit {
	struct failovers *f;   /* its owner outlives it */
	struct model_obj *obj; /* counted: the group as it was */
	uint32_t worker;
	uint32_t instance[2];
	uint32_t table[2];
	int64_t busy_us;
	/* of the worker */
	struct bgp_pair pair;
	uint32_t peers[2];
	uint32_t established[2];
	bool visited;
	bool gone; /* one of the two */
	bool more;
};

struct failovers {
	struct daemon *d; /* borrowed */
	struct group *v;  /* owned, as in the model */
	uint32_t n;
	struct audit *away; /* owned; NULL: none is under way */
	struct timer timer;
	bool stopped;
};

static void next(struct failovers *f);

static const struct model_failover *conf(const struct group *g)
{
	return (const struct model_failover *)g->obj;
}

static struct group *find(const struct failovers *f, const struct model_obj *obj)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (f->v[i].obj == obj)
			return &f->v[i];
	return NULL;
}

/* Judging */

static bool is_leaving(const struct failovers *f, const struct model_failover *c, int i)
{
	const struct model_vbr *v = model_vbr(daemon_model(f->d), c->obj.tenant, c->member[i]);

	return (v != NULL && v->gshut) ||
		plane_vbr_is_leaving(daemon_plane(f->d), c->obj.tenant, c->member[i]);
}

static void judge_side(const struct failovers *f, struct group *g, int i)
{
	const struct model_failover *c = conf(g);
	const struct plane *p = daemon_plane(f->d);
	const struct plane_instance *pi = plane_instance_find(p, c->obj.tenant, true, c->member[i]);
	struct failover_side *s = &g->side[i];

	s->is_up = false;
	if (pi == NULL || plane_vbr_hold(p, pi) != MODEL_HOLD_NONE)
		s->state = "out-of-service";
	else if (!plane_vbr_is_up(p, pi))
		s->state = "line-down";
	else if (plane_vbr_is_dead(p, c->obj.tenant, c->member[i]))
		s->state = "dead";
	else if (s->peers > 0 && s->established == 0)
		s->state = "no-session";
	else
		s->is_up = true;
	if (s->is_up)
		s->state = is_leaving(f, c, i) ? "leaving" : "up";
}

static void tell(const struct failovers *f, const struct group *g, enum failover_verdict from)
{
	const struct model_failover *c = conf(g);
	const uint32_t missing = bgp_pair_missing(&g->pair, 0) + bgp_pair_missing(&g->pair, 1);
	char instance[MODEL_NAME_SIZE + 16];

	logmsg_failover(c->obj.tenant, c->obj.name, failover_verdict_name(from),
		failover_verdict_name(g->verdict), missing);
	snprintf(instance, sizeof(instance), "failover-group %s", c->obj.name);
	events_publish(daemon_events(f->d),
		&(struct event_report){ .type = EVENT_FAILOVER_STATE,
			.tenant = c->obj.tenant,
			.instance = instance,
			.text = failover_verdict_name(g->verdict),
			.count = missing });
}

static void judge(const struct failovers *f, struct group *g)
{
	const enum failover_verdict from = g->verdict;
	const bool differs = bgp_pair_missing(&g->pair, 0) + bgp_pair_missing(&g->pair, 1) > 0;
	struct failover_member m[2];
	struct failover_facts facts = { .is_known = true };
	unsigned carriers;

	for (int i = 0; i < 2; i++) {
		judge_side(f, g, i);
		facts.is_up[i] = g->side[i].is_up;
		m[i].is_up = g->side[i].is_up;
		m[i].is_leaving = is_leaving(f, conf(g), i);
		m[i].routes = bgp_pair_routes(&g->pair, i);
	}
	carriers = failover_carriers(conf(g)->mode, m);
	for (int i = 0; i < 2; i++)
		g->side[i].carries = carriers & (1u << i);
	facts.differs = failover_differs(&g->looks, differs && facts.is_up[0] && facts.is_up[1]);
	g->verdict = failover_verdict(&facts);
	g->looked = mono_now();
	g->is_known = true;
	if (g->verdict == from)
		return;
	g->since = g->looked;
	/* That a new group is as it should be is no news. */
	if (from != FAILOVER_UNKNOWN || g->verdict != FAILOVER_READY)
		tell(f, g, from);
}

/* Asking: on the worker's thread */

static void count_peers(struct audit *a, int k, const struct bgp_instance *i)
{
	struct bgp_peer_view v;

	a->peers[k] = a->established[k] = 0;
	for (struct bgp_peer *p = bgp_instance_next_peer(i, NULL); p != NULL;
		p = bgp_instance_next_peer(i, p)) {
		bgp_peer_view(p, &v);
		a->peers[k]++;
		a->established[k] += session_state(v.session) == SESSION_STATE_ESTABLISHED;
	}
}

static void visit(const struct worker *w, void *arg)
{
	struct audit *a = arg;
	struct bgp_instance *i[2];
	const struct mono begun = mono_now();

	a->visited = true;
	for (int k = 0; k < 2; k++) {
		i[k] = worker_view_instance(w, a->instance[k]);
		a->gone |= i[k] == NULL || bgp_instance_conf(i[k])->table != a->table[k];
	}
	if (a->gone)
		return;
	a->more = bgp_pair_slice(i, &a->pair, mono_add_us(begun, SLICE_US));
	for (int k = 0; k < 2 && !a->more; k++)
		count_peers(a, k, i[k]);
	a->busy_us += mono_sub_us(mono_now(), begun);
}

/* Asking: on main */

static void audit_free(struct audit *a)
{
	model_obj_unref(a->obj);
	free(a);
}

static void take(struct failovers *f, struct group *g, const struct audit *a)
{
	const int64_t interval = conf(g)->audit_s * INT64_C(1000000);
	int64_t rest = a->busy_us * REST;

	if (a->gone || !a->visited) {
		g->due = mono_add_us(mono_now(), SOON_US);
		return;
	}
	g->pair = a->pair;
	for (int k = 0; k < 2; k++) {
		g->side[k].peers = a->peers[k];
		g->side[k].established = a->established[k];
	}
	judge(f, g);
	if (rest < interval)
		rest = g->looks > 0 && g->verdict != FAILOVER_ROUTES_DIFFER ? interval / 2 :
									      interval;
	g->due = mono_add_us(mono_now(), rest);
}

static void visited(void *arg);

static void send_away(struct failovers *f)
{
	const struct worker_call c = { .fn = visit, .done = visited, .arg = f->away };

	f->away->visited = f->away->more = false;
	worker_call(daemon_workers(f->d), f->away->worker, &c);
}

static void visited(void *arg)
{
	struct audit *a = arg;
	struct failovers *f = a->f;
	struct group *g = find(f, a->obj);

	if (a->more && g != NULL && !f->stopped) {
		send_away(f);
		return;
	}
	f->away = NULL;
	if (g != NULL && !f->stopped)
		take(f, g, a);
	audit_free(a);
	next(f);
}

static bool begin(struct failovers *f, struct group *g)
{
	const struct model_failover *c = conf(g);
	struct audit *a = xcalloc(1, sizeof(*a));

	a->f = f;
	a->obj = model_obj_ref(g->obj);
	for (int k = 0; k < 2; k++) {
		const struct plane_instance *i = plane_instance_find(daemon_plane(f->d),
			c->obj.tenant, true, c->member[k]);

		if (i == NULL) {
			audit_free(a);
			return false;
		}
		a->worker = i->worker; /* of the tenant */
		a->instance[k] = i->id;
		a->table[k] = i->table;
	}
	f->away = a;
	send_away(f);
	return true;
}

static void next(struct failovers *f)
{
	struct group *first = NULL;
	int64_t left;

	timer_stop(&f->timer);
	if (f->stopped || f->away != NULL || daemon_workers(f->d) == NULL)
		return;
	for (uint32_t i = 0; i < f->n; i++)
		if (first == NULL || mono_is_before(f->v[i].due, first->due))
			first = &f->v[i];
	if (first == NULL)
		return;
	left = mono_sub_us(first->due, mono_now());
	if (left <= 0 && begin(f, first))
		return;
	timer_start(&f->timer, left > 0 ? left : SOON_US);
}

static void on_timer(void *ctx)
{
	next(ctx);
}

/* News */

static struct group *insert(struct failovers *f, uint32_t at, struct model_obj *obj)
{
	struct group *g;

	f->v = xreallocarray(f->v, f->n + 1, sizeof(*f->v));
	g = &f->v[at];
	memmove(g + 1, g, (f->n++ - at) * sizeof(*g));
	*g = (struct group){ .obj = model_obj_ref(obj), .since = mono_now() };
	/* Each session that comes up is news. */
	g->due = mono_add_us(g->since,
		mono_sub_us(g->since, daemon_started(f->d)) < GRACE_US ? GRACE_US : SOON_US);
	g->side[0].state = g->side[1].state = "unknown";
	return g;
}

/* Objects that did not change are the same: a group that was changed is a new one. */
void failovers_sync(struct failovers *f, const struct model *m)
{
	for (uint32_t i = 0; i < f->n; i++)
		f->v[i].seen = false;
	for (uint32_t i = 0; i < m->of[MODEL_FAILOVER].n; i++) {
		struct group *g = find(f, m->of[MODEL_FAILOVER].v[i]);

		if (g != NULL)
			g->seen = true;
	}
	for (uint32_t i = f->n; i-- > 0;) {
		if (f->v[i].seen)
			continue;
		model_obj_unref(f->v[i].obj);
		memmove(&f->v[i], &f->v[i + 1], (f->n - i - 1) * sizeof(*f->v));
		f->n--;
	}
	for (uint32_t i = 0; i < m->of[MODEL_FAILOVER].n; i++)
		if (i >= f->n || f->v[i].obj != m->of[MODEL_FAILOVER].v[i])
			(void)insert(f, i, m->of[MODEL_FAILOVER].v[i]);
	next(f);
}

void failovers_poke(struct failovers *f, const char *tenant)
{
	const struct mono soon = mono_add_us(mono_now(), SOON_US);

	if (f->stopped)
		return;
	for (uint32_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].obj->tenant, tenant) == 0 && mono_is_before(soon, f->v[i].due))
			f->v[i].due = soon;
	next(f);
}

/* Looking */

uint32_t failovers_count(const struct failovers *f)
{
	return f->n;
}

struct failover_view failovers_at(const struct failovers *f, uint32_t i)
{
	const struct group *g = &f->v[i];

	return (struct failover_view){
		.group = conf(g),
		.verdict = g->verdict,
		.since = g->since,
		.is_known = g->is_known,
		.looked = g->looked,
		.side = { g->side[0], g->side[1] },
		.pair = &g->pair,
	};
}

struct failovers *failovers_new(struct daemon *d)
{
	struct failovers *f = xcalloc(1, sizeof(*f));

	f->d = d;
	timer_init(&f->timer, daemon_loop(d), on_timer, f);
	return f;
}

void failovers_stop(struct failovers *f)
{
	f->stopped = true;
	timer_stop(&f->timer);
}

void failovers_free(struct failovers *f)
{
	if (f == NULL)
		return;
	timer_stop(&f->timer);
	for (uint32_t i = 0; i < f->n; i++)
		model_obj_unref(f->v[i].obj);
	free(f->v);
	free(f);
}
