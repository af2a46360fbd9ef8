/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch for each tenant that asks for it: a sampler a circuit, one tally, a timer for the end of
 * the window. At its end the devices are looked at again (they come and go), the blocks go to the
 * tenant's worker, which has the routes, and what comes back is merged and judged. So the devices
 * are level-triggered, and a slow worker makes a window longer, never two at a time.
 *
 * A commit that changes which VBRs or VPCs there are, or how often is sampled, begins anew: numbers
 * in the tally stand for them.
 */
#include "vbr/symmetry/symmetry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/daemon.h"
#include "vbr/events.h"
#include "vbr/logmsg.h"
#include "vbr/plane/plane.h"
#include "vbr/symmetry/sampler.h"
#include "vbr/symmetry/skew.h"
#include "vbr/worker/worker.h"

#define PLACE_SIZE (2 * MODEL_NAME_SIZE + 1)

struct watch;

struct eye {
	struct sampler sampler[MODEL_MAX_CIRCUITS];
	struct watch *w;
	char vbr[MODEL_NAME_SIZE];
	int error; /* errno of the last try to open it, 0 = none */
};

struct finding {
	struct tally_key key;
	struct skew skew;
	struct mono since;
};

struct watch {
	struct symmetries *s;
	uint64_t serial;
	char tenant[MODEL_NAME_SIZE];
	uint16_t sample;
	uint16_t interval_s;
	struct eye eyes[TALLY_VBRS];
	uint32_t n_eyes;
	char (*vpcs)[PLACE_SIZE]; /* owned */
	uint32_t n_vpcs;
	struct tally *tally; /* owned */
	struct timer timer;
	struct finding *found; /* owned; by key */
	uint32_t n_found;
	uint64_t missed;
	bool away; /* blocks of the last window are at the worker */
	bool seen; /* mark of a pass */
};

struct symmetries {
	struct daemon *d; /* borrowed */
	struct watch **v; /* owned, as tenants in the model */
	uint32_t n;
	uint64_t serial;
	bool stopped;
};

/* Goes to the worker and back. */
struct round {
	struct symmetries *s; /* its owner outlives it */
	uint64_t serial;
	struct tally_block *blocks; /* owned */
	uint32_t n;
	uint32_t n_vbrs;
	uint32_t instance[TALLY_VBRS];
	uint32_t table[TALLY_VBRS];
};

/* Samples */

static void on_packet(void *ctx, bool is_out, const uint8_t *p, size_t len)
{
	const struct eye *e = ctx;

	(void)tally_take(e->w->tally, (uint8_t)(e - e->w->eyes), is_out ? TALLY_OUT : TALLY_IN, p,
		len);
}

/* Told once, and again only if it is another reason. */
static void blind(const struct watch *w, struct eye *e, int error)
{
	const bool is_told = error == 0 || error == e->error;
	char instance[PLACE_SIZE + 4];

	e->error = error;
	if (is_told)
		return;
	logmsg_asymmetry_blind(w->tenant, e->vbr, strerror(error));
	snprintf(instance, sizeof(instance), "vbr %s", e->vbr);
	events_publish(daemon_events(w->s->d),
		&(struct event_report){
			.type = EVENT_ASYMMETRY_BLIND,
			.tenant = w->tenant,
			.instance = instance,
			.text = strerror(error),
		});
}

/* 0, or why the circuit cannot be looked at. */
static int look_at(const struct watch *w, struct sampler *s, const struct plane_instance *pi,
	uint8_t k)
{
	struct linkplane *links = plane_links(daemon_plane(w->s->d));
	struct link_status st = { 0 };

	if (pi == NULL || k >= pi->n_circuits ||
		linkplane_status(links, plane_circuit_at(pi, k)->device, &st) < 0)
		st.ifindex = 0;
	if (st.ifindex == 0)
		sampler_close(s);
	else if (s->ifindex != st.ifindex)
		return -sampler_open(s, daemon_loop(w->s->d), st.ifindex, w->sample);
	return 0;
}

static void close_eye(struct eye *e)
{
	for (uint8_t k = 0; k < MODEL_MAX_CIRCUITS; k++)
		sampler_close(&e->sampler[k]);
}

/* What cannot be opened is tried again at the end of the next window. */
static void open_eyes(struct watch *w)
{
	const struct plane *p = daemon_plane(w->s->d);

	for (uint32_t i = 0; i < w->n_eyes; i++) {
		struct eye *e = &w->eyes[i];
		const struct plane_instance *pi = plane_instance_find(p, w->tenant, true, e->vbr);

		int error = 0;

		for (uint8_t k = 0; k < MODEL_MAX_CIRCUITS; k++) {
			const int of_it = look_at(w, &e->sampler[k], pi, k);

			error = error != 0 ? error : of_it;
		}
		blind(w, e, error);
	}
}

/* Judging */

static struct asymmetry_view view(const struct watch *w, const struct finding *f)
{
	return (struct asymmetry_view){
		.tenant = w->tenant,
		.vpc = w->vpcs[f->key.vpc],
		.pfx = f->key.pfx,
		.out = w->eyes[f->skew.last.out].vbr,
		.in = w->eyes[f->skew.last.in].vbr,
		.percent = f->skew.last.percent,
		.since = f->since,
	};
}

static void tell(const struct watch *w, const struct finding *f, enum skew_news news)
{
	const struct asymmetry_view v = view(w, f);
	char instance[PLACE_SIZE + 4];
	char text[2 * MODEL_NAME_SIZE + 64];

	if (news == SKEW_NEWS_NONE)
		return;
	logmsg_asymmetry(&v, news == SKEW_NEWS_BEGAN);
	snprintf(instance, sizeof(instance), "vpc %s", v.vpc);
	logmsg_asymmetry_ways(&v, text, sizeof(text));
	events_publish(daemon_events(w->s->d),
		&(struct event_report){
			.type = news == SKEW_NEWS_BEGAN ? EVENT_ASYMMETRY_BEGAN :
							  EVENT_ASYMMETRY_ENDED,
			.tenant = w->tenant,
			.instance = instance,
			.prefix = &v.pfx,
			.text = text,
		});
}

/* One more window for what is known, or for what is new; appended if it stays of interest. */
static void step(struct watch *w, struct finding f, const struct tally_block *b,
	struct finding *next, uint32_t *n)
{
	const struct skew_measure m = b != NULL ? skew_measure(b) : (struct skew_measure){ 0 };
	const enum skew_state before = f.skew.state;
	const enum skew_news news = skew_step(&f.skew, &m);

	if (before == SKEW_EVEN)
		f.since = mono_now();
	tell(w, &f, news);
	if (f.skew.state != SKEW_EVEN)
		next[(*n)++] = f;
}

/* Both lists are sorted: one pass. */
static void judge(struct watch *w, struct tally_block *v, uint32_t n_v)
{
	const uint32_t n = tally_merge(v, n_v);
	struct finding *next = xcalloc(n + w->n_found + 1u, sizeof(*next));
	uint32_t n_next = 0;
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < n || k < w->n_found) {
		const int d = i == n    ? 1 :
			k == w->n_found ? -1 :
					  tally_compare(&v[i].key, &w->found[k].key);
		const struct finding f = d < 0 ? (struct finding){ .key = v[i].key } : w->found[k];

		step(w, f, d <= 0 ? &v[i] : NULL, next, &n_next);
		i += d <= 0;
		k += d >= 0;
	}
	free(w->found);
	w->found = next;
	w->n_found = n_next;
}

/* Widening: on the worker's thread */

static void widen(const struct worker *w, const struct round *r, struct tally_block *b)
{
	const struct ip_addr a = prefix_addr(&b->key.pfx);
	const enum bgp_family f = a.family == AF_INET6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4;
	struct prefix best = { 0 };

	for (uint32_t k = 0; k < r->n_vbrs; k++) {
		struct bgp_instance *i = worker_view_instance(w, r->instance[k]);
		const struct rib *rib;
		uint32_t net;

		if (i == NULL || bgp_instance_conf(i)->table != r->table[k])
			continue;
		rib = bgp_instance_rib(i, f);
		net = rib_match(rib, &a);
		if (net != 0 && rib_net_prefix(rib, net).len > best.len)
			best = rib_net_prefix(rib, net);
	}
	if (best.len > 0)
		b->key.pfx = best;
}

static void visit(const struct worker *w, void *arg)
{
	struct round *r = arg;

	for (uint32_t i = 0; i < r->n; i++)
		widen(w, r, &r->blocks[i]);
}

/* Windows */

static int compare(const void *tenant, const void *w)
{
	return strcmp(tenant, (*(struct watch *const *)w)->tenant);
}

/* In the order of the model, which is that of names. */
static struct watch *find(const struct symmetries *s, const char *tenant)
{
	struct watch **w = s->n == 0 ? NULL : bsearch(tenant, s->v, s->n, sizeof(*s->v), compare);

	return w == NULL ? NULL : *w;
}

static void visited(void *arg)
{
	struct round *r = arg;

	for (uint32_t i = 0; i < r->s->n; i++) {
		struct watch *w = r->s->v[i];

		if (w->serial != r->serial || r->s->stopped)
			continue;
		w->away = false;
		judge(w, r->blocks, r->n);
	}
	free(r->blocks);
	free(r);
}

static void send_away(struct watch *w)
{
	const struct plane *p = daemon_plane(w->s->d);
	struct round *r = xcalloc(1, sizeof(*r));
	const struct worker_call c = { .fn = visit, .done = visited, .arg = r };
	uint32_t worker = 0;

	r->s = w->s;
	r->serial = w->serial;
	r->blocks = tally_take_blocks(w->tally, &r->n);
	for (uint32_t i = 0; i < w->n_eyes; i++) {
		const struct plane_instance *pi = plane_instance_find(p, w->tenant, true,
			w->eyes[i].vbr);

		if (pi == NULL)
			continue;
		worker = pi->worker; /* of the tenant */
		r->instance[r->n_vbrs] = pi->id;
		r->table[r->n_vbrs++] = pi->table;
	}
	w->away = true;
	worker_call(daemon_workers(w->s->d), worker, &c);
}

static void on_window(void *ctx)
{
	struct watch *w = ctx;

	timer_start(&w->timer, w->interval_s * INT64_C(1000000));
	if (daemon_workers(w->s->d) == NULL)
		return;
	open_eyes(w);
	if (w->away)
		return;
	w->missed = tally_missed(w->tally);
	if (tally_count(w->tally) > 0)
		send_away(w);
	else
		judge(w, NULL, 0);
}

/* Which there are */

static void watch_free(struct watch *w)
{
	timer_stop(&w->timer);
	for (uint32_t i = 0; i < w->n_eyes; i++)
		close_eye(&w->eyes[i]);
	tally_free(w->tally);
	free(w->vpcs);
	free(w->found);
	free(w);
}

static void add_nets(struct watch *w, const struct model_vpc *v, struct tally_net **nets,
	uint32_t *n)
{
	char name[PLACE_SIZE];

	if (strcmp(v->obj.tenant, w->tenant) == 0)
		snprintf(name, sizeof(name), "%s", v->obj.name);
	else
		snprintf(name, sizeof(name), "%s/%s", v->obj.tenant, v->obj.name);
	for (uint32_t i = 0; i < w->n_vpcs; i++)
		if (strcmp(w->vpcs[i], name) == 0)
			return;
	w->vpcs = xreallocarray(w->vpcs, w->n_vpcs + 1, sizeof(*w->vpcs));
	memset(w->vpcs[w->n_vpcs], 0, PLACE_SIZE);
	snprintf(w->vpcs[w->n_vpcs], PLACE_SIZE, "%s", name);
	*nets = xreallocarray(*nets, *n + v->n_cidrs + 1, sizeof(**nets));
	for (uint32_t i = 0; i < v->n_cidrs; i++)
		(*nets)[(*n)++] = (struct tally_net){ .pfx = v->cidrs[i], .vpc = w->n_vpcs };
	w->n_vpcs++;
}

/* The tenant's VPCs, and those of others that it has peering connections with. */
static void find_nets(struct watch *w, const struct model *m)
{
	struct tally_net *nets = NULL;
	uint32_t n = 0;
	uint32_t first;
	uint32_t end;

	model_range(m, MODEL_VPC, w->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++)
		add_nets(w, (const struct model_vpc *)m->of[MODEL_VPC].v[i], &nets, &n);
	model_range(m, MODEL_PEERING, w->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct model_peering *p = (const struct model_peering *)m->of[MODEL_PEERING]
							.v[i];
		const struct model_end *e = &p->acceptor;
		const struct model_vpc *v = e->is_vbr ? NULL : model_vpc(m, e->tenant, e->name);

		/* Who has not consented may have the same addresses. */
		if (v != NULL && model_peering_has_consent(m, p))
			add_nets(w, v, &nets, &n);
	}
	tally_set_nets(w->tally, nets, n);
}

static struct watch *watch_new(struct symmetries *s, const struct model *m,
	const struct model_tenant *t)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	uint32_t first;
	uint32_t end;

	w->s = s;
	w->serial = ++s->serial;
	snprintf(w->tenant, sizeof(w->tenant), "%s", t->obj.tenant);
	w->sample = t->skew_sample;
	w->interval_s = t->skew_interval_s;
	w->tally = tally_new();
	timer_init(&w->timer, daemon_loop(s->d), on_window, w);
	model_range(m, MODEL_VBR, w->tenant, &first, &end);
	for (uint32_t i = first; i < end && w->n_eyes < TALLY_VBRS; i++) {
		struct eye *e = &w->eyes[w->n_eyes++];

		e->w = w;
		for (uint8_t k = 0; k < MODEL_MAX_CIRCUITS; k++)
			sampler_init(&e->sampler[k], on_packet, e);
		snprintf(e->vbr, sizeof(e->vbr), "%s", m->of[MODEL_VBR].v[i]->name);
	}
	find_nets(w, m);
	return w;
}

static bool is_same(const struct watch *a, const struct watch *b)
{
	bool same = a->sample == b->sample && a->interval_s == b->interval_s &&
		a->n_eyes == b->n_eyes && a->n_vpcs == b->n_vpcs;

	for (uint32_t i = 0; same && i < a->n_eyes; i++)
		same = strcmp(a->eyes[i].vbr, b->eyes[i].vbr) == 0;
	for (uint32_t i = 0; same && i < a->n_vpcs; i++)
		same = strcmp(a->vpcs[i], b->vpcs[i]) == 0;
	return same;
}

/* The watch of a tenant as it should be now: the present one, with new addresses, or another. */
static struct watch *renew(struct symmetries *s, const struct model *m,
	const struct model_tenant *t)
{
	struct watch *w = watch_new(s, m, t);
	struct watch *old = find(s, w->tenant);

	if (old != NULL && is_same(old, w)) {
		/* Only the addresses of its VPCs may have changed. */
		old->seen = true;
		old->n_vpcs = 0;
		find_nets(old, m);
		watch_free(w);
		return old;
	}
	open_eyes(w);
	timer_start(&w->timer, w->interval_s * INT64_C(1000000));
	return w;
}

/* Who heard that it began hears that nobody looks any more. */
static void tell_ends(const struct watch *w)
{
	for (uint32_t i = 0; i < w->n_found; i++)
		if (skew_is_told(&w->found[i].skew))
			tell(w, &w->found[i], SKEW_NEWS_ENDED);
}

void symmetries_sync(struct symmetries *s, const struct model *m)
{
	struct watch **v = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++)
		s->v[i]->seen = false;
	for (uint32_t i = 0; !s->stopped && i < m->of[MODEL_TENANT].n; i++) {
		const struct model_obj *o = m->of[MODEL_TENANT].v[i];
		const struct model_tenant *t = (const struct model_tenant *)o;

		if (t->skew_sample == 0)
			continue;
		v = xreallocarray(v, n + 1, sizeof(struct watch *));
		v[n++] = renew(s, m, t);
	}
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->v[i]->seen)
			continue;
		tell_ends(s->v[i]);
		watch_free(s->v[i]);
	}
	free(s->v);
	s->v = v;
	s->n = n;
}

/* Looking */

bool symmetries_watches(const struct symmetries *s, const char *tenant, uint64_t *missed)
{
	const struct watch *w = find(s, tenant);

	if (w != NULL)
		*missed = w->missed;
	return w != NULL;
}

bool symmetries_at(const struct symmetries *s, const char *tenant, uint32_t i,
	struct asymmetry_view *v)
{
	const struct watch *w = find(s, tenant);

	for (uint32_t k = 0; w != NULL && k < w->n_found; k++) {
		if (!skew_is_told(&w->found[k].skew) || i-- > 0)
			continue;
		*v = view(w, &w->found[k]);
		return true;
	}
	return false;
}

bool symmetries_blind_at(const struct symmetries *s, const char *tenant, uint32_t i,
	struct asymmetry_blind *b)
{
	const struct watch *w = find(s, tenant);
	const struct model *m = daemon_model(s->d);
	uint32_t first;
	uint32_t end;

	for (uint32_t k = 0; w != NULL && k < w->n_eyes; k++) {
		if (w->eyes[k].error == 0 || i-- > 0)
			continue;
		*b = (struct asymmetry_blind){ w->eyes[k].vbr, strerror(w->eyes[k].error) };
		return true;
	}
	if (w == NULL || w->n_eyes < TALLY_VBRS)
		return false;
	model_range(m, MODEL_VBR, tenant, &first, &end);
	if (first + TALLY_VBRS + i >= end)
		return false;
	*b = (struct asymmetry_blind){ m->of[MODEL_VBR].v[first + TALLY_VBRS + i]->name,
		"sixteen VBRs of the tenant are sampled" };
	return true;
}

struct symmetries *symmetries_new(struct daemon *d)
{
	struct symmetries *s = xcalloc(1, sizeof(*s));

	s->d = d;
	return s;
}

void symmetries_stop(struct symmetries *s)
{
	s->stopped = true;
	for (uint32_t i = 0; i < s->n; i++) {
		timer_stop(&s->v[i]->timer);
		for (uint32_t k = 0; k < s->v[i]->n_eyes; k++)
			close_eye(&s->v[i]->eyes[k]);
	}
}

void symmetries_free(struct symmetries *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		watch_free(s->v[i]);
	free(s->v);
	free(s);
}
