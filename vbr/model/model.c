/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted arrays of counted objects. A thousand VBRs are a thousand pointers: copying a model costs
 * microseconds, looking up is a binary search, a tenant's objects are neighbours.
 */
#include "vbr/model/model.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/ds/search.h"
#include "vbr/model/failover/group.h"
#include "vbr/model/metering.h"

static const size_t sizes[] = {
	[MODEL_SYSTEM] = sizeof(struct model_system),
	[MODEL_POLICY] = sizeof(struct model_policy),
	[MODEL_PHYSCONN] = sizeof(struct model_physconn),
	[MODEL_TENANT] = sizeof(struct model_tenant),
	[MODEL_VPC] = sizeof(struct model_vpc),
	[MODEL_VBR] = sizeof(struct model_vbr),
	[MODEL_PEERING] = sizeof(struct model_peering),
	[MODEL_ACCEPT] = sizeof(struct model_accept),
	[MODEL_REJECT] = sizeof(struct model_obj),
	[MODEL_ACCEPT_HOSTED] = sizeof(struct model_obj),
	[MODEL_ACCEPT_VBR] = sizeof(struct model_obj),
	[MODEL_METERING] = sizeof(struct model_metering),
	[MODEL_QOS] = sizeof(struct model_qos),
	[MODEL_FAILOVER] = sizeof(struct model_failover),
};
static_assert(sizeof(sizes) / sizeof(sizes[0]) == MODEL_KIND_COUNT, "one size per kind");

struct model_obj *model_obj_new(enum model_kind kind, const char *tenant, const char *name,
	const char *name2)
{
	struct model_obj *o = xcalloc(1, sizes[kind]);

	o->kind = kind;
	o->refs = 1;
	snprintf(o->tenant, sizeof(o->tenant), "%s", tenant);
	snprintf(o->name, sizeof(o->name), "%s", name);
	snprintf(o->name2, sizeof(o->name2), "%s", name2);
	if (kind == MODEL_VBR)
		(void)model_vbr_add_circuit((struct model_vbr *)o);
	return o;
}

struct model_obj *model_obj_ref(struct model_obj *o)
{
	o->refs++;
	return o;
}

static void policy_fini(struct model_policy *p)
{
	for (unsigned k = 0; k < MODEL_POLICY_KIND_COUNT; k++) {
		free(p->has[k].v);
		free(p->uses[k].v);
	}
	free(p->map_sets);
	if (p->rules_free != NULL)
		p->rules_free(p->rules);
}

static void vpc_fini(struct model_vpc *v)
{
	free(v->cidrs);
	free(v->ifaces);
	free(v->statics);
	free(v->vswitches);
	explicit_bzero(&v->bfd, sizeof(v->bfd));
}

static void peer_wipe(struct model_peer *p)
{
	explicit_bzero(p->password, sizeof(p->password));
	explicit_bzero(p->ao, sizeof(p->ao));
}

static void vbr_fini(struct model_vbr *v)
{
	for (uint8_t i = 0; i < v->n_peers; i++)
		peer_wipe(&v->peers[i]);
	for (uint32_t i = 0; i < v->n_ranges; i++)
		peer_wipe(&v->ranges[i].peer);
	explicit_bzero(&v->bfd, sizeof(v->bfd));
	free(v->circuits);
	free(v->tags);
	free(v->peers);
	free(v->ranges);
	free(v->statics);
	free(v->networks);
	free(v->aggregates);
}

static void metering_fini(struct model_metering *m)
{
	for (uint32_t i = 0; i < m->n_sheets; i++) {
		free(m->sheets[i].specs);
		free(m->sheets[i].ports);
	}
	free(m->sheets);
}

void model_obj_unref(struct model_obj *o)
{
	if (o == NULL || --o->refs > 0)
		return;
	switch (o->kind) {
	case MODEL_POLICY:
		policy_fini((struct model_policy *)o);
		break;
	case MODEL_PHYSCONN:
		free(((struct model_physconn *)o)->line.hosted);
		break;
	case MODEL_QOS:
		free(((struct model_qos *)o)->body.rules);
		break;
	case MODEL_VPC:
		vpc_fini((struct model_vpc *)o);
		break;
	case MODEL_VBR:
		vbr_fini((struct model_vbr *)o);
		break;
	case MODEL_METERING:
		metering_fini((struct model_metering *)o);
		break;
	default:
		break;
	}
	free(o->path);
	free(o);
}

struct model *model_new(void)
{
	struct model *m = xcalloc(1, sizeof(*m));
	struct model_system *s = (struct model_system *)model_obj_new(MODEL_SYSTEM, "", "", "");

	s->default_local_as = 45104;
	s->table_base = 10000;
	s->log_level = MODEL_LOG_INFO;
	model_put(m, &s->obj);
	return m;
}

void model_free(struct model *m)
{
	if (m == NULL)
		return;
	for (int k = 0; k < MODEL_KIND_COUNT; k++) {
		for (uint32_t i = 0; i < m->of[k].n; i++)
			model_obj_unref(m->of[k].v[i]);
		free(m->of[k].v);
	}
	free(m);
}

struct model *model_copy(const struct model *m)
{
	struct model *c = xcalloc(1, sizeof(*c));

	c->now_s = m->now_s;
	for (int k = 0; k < MODEL_KIND_COUNT; k++) {
		uint32_t n = m->of[k].n;

		c->of[k].n = n;
		c->of[k].v = n > 0 ? xreallocarray(NULL, n, sizeof(*c->of[k].v)) : NULL;
		for (uint32_t i = 0; i < n; i++)
			c->of[k].v[i] = model_obj_ref(m->of[k].v[i]);
	}
	return c;
}

/* What objects of a kind are sorted by. */
struct key {
	const char *tenant;
	const char *name;
	const char *name2;
};

static int by_key(const void *key, const void *item)
{
	const struct model_obj *o = *(struct model_obj *const *)item;
	const struct key *k = key;
	int d = strcmp(k->tenant, o->tenant);

	if (d == 0)
		d = strcmp(k->name, o->name);
	return d != 0 ? d : strcmp(k->name2, o->name2);
}

/* Index of the first object that is not before the key. */
static uint32_t lower_bound(const struct model *m, enum model_kind kind, const struct key *k)
{
	return search_lower(k, m->of[kind].v, m->of[kind].n, sizeof(*m->of[kind].v), by_key);
}

static bool is_at(const struct model *m, enum model_kind kind, uint32_t i, const struct key *k)
{
	return i < m->of[kind].n && by_key(k, &m->of[kind].v[i]) == 0;
}

void model_put(struct model *m, struct model_obj *take)
{
	enum model_kind k = take->kind;
	const struct key key = { take->tenant, take->name, take->name2 };
	uint32_t i = lower_bound(m, k, &key);
	struct model_obj **v = m->of[k].v;

	if (is_at(m, k, i, &key)) {
		model_obj_unref(v[i]);
		v[i] = take;
		return;
	}
	v = xreallocarray(v, m->of[k].n + 1, sizeof(*v));
	memmove(&v[i + 1], &v[i], (m->of[k].n - i) * sizeof(*v));
	v[i] = take;
	m->of[k].v = v;
	m->of[k].n++;
}

void model_del(struct model *m, enum model_kind kind, const char *tenant, const char *name,
	const char *name2)
{
	const struct key key = { tenant, name, name2 };
	uint32_t i = lower_bound(m, kind, &key);
	struct model_obj **v = m->of[kind].v;

	if (!is_at(m, kind, i, &key))
		return;
	model_obj_unref(v[i]);
	memmove(&v[i], &v[i + 1], (m->of[kind].n - i - 1) * sizeof(*v));
	m->of[kind].n--;
}

const struct model_obj *model_get(const struct model *m, enum model_kind kind, const char *tenant,
	const char *name, const char *name2)
{
	const struct key key = { tenant, name, name2 };
	uint32_t i = lower_bound(m, kind, &key);

	return is_at(m, kind, i, &key) ? m->of[kind].v[i] : NULL;
}

const struct model_obj *model_counterpart(const struct model *m, const struct model_obj *o)
{
	return model_get(m, o->kind, o->tenant, o->name, o->name2);
}

/* The end of a tenant's objects is before the first one of a later tenant. */
static int behind_tenant(const void *tenant, const void *item)
{
	return strcmp(tenant, (*(struct model_obj *const *)item)->tenant) >= 0 ? 1 : -1;
}

void model_range(const struct model *m, enum model_kind kind, const char *tenant, uint32_t *first,
	uint32_t *end)
{
	const struct key key = { tenant, "", "" };
	uint32_t i = lower_bound(m, kind, &key);

	*first = i;
	*end = i +
		search_lower(tenant, m->of[kind].v + i, m->of[kind].n - i, sizeof(*m->of[kind].v),
			behind_tenant);
}

uint32_t model_place(const struct model *m, const struct model_obj *o)
{
	const struct key key = { o->tenant, o->name, o->name2 };

	return lower_bound(m, o->kind, &key);
}

const struct model_system *model_system(const struct model *m)
{
	/* There is one, without a name. */
	return m->of[MODEL_SYSTEM].n > 0 ? (const struct model_system *)m->of[MODEL_SYSTEM].v[0] :
					   NULL;
}

const struct model_physconn *model_physconn(const struct model *m, const char *name)
{
	return (const struct model_physconn *)model_get(m, MODEL_PHYSCONN, "", name, "");
}

const struct model_metering *model_metering(const struct model *m)
{
	static const struct model_metering defaults = {
		.interval_s = MODEL_METERING_INTERVAL_S,
		.keep_samples = MODEL_METERING_SAMPLES,
		.keep_hours = MODEL_METERING_HOURS,
		.currency = "USD",
	};

	return m->of[MODEL_METERING].n > 0 ?
		(const struct model_metering *)m->of[MODEL_METERING].v[0] :
		&defaults;
}

const struct model_tenant *model_tenant(const struct model *m, const char *name)
{
	return (const struct model_tenant *)model_get(m, MODEL_TENANT, name, "", "");
}

const struct model_vpc *model_vpc(const struct model *m, const char *tenant, const char *name)
{
	return (const struct model_vpc *)model_get(m, MODEL_VPC, tenant, name, "");
}

const struct model_vbr *model_vbr(const struct model *m, const char *tenant, const char *name)
{
	return (const struct model_vbr *)model_get(m, MODEL_VBR, tenant, name, "");
}

const struct model_qos *model_qos(const struct model *m, const struct model_vbr *v)
{
	if (v->qos[0] == '\0')
		return NULL;
	return (const struct model_qos *)model_get(m, MODEL_QOS, v->obj.tenant, v->qos, "");
}

const struct model_peering *model_peering(const struct model *m, const char *tenant,
	const char *name)
{
	return (const struct model_peering *)model_get(m, MODEL_PEERING, tenant, name, "");
}

uint32_t model_vbr_local_as(const struct model *m, const struct model_vbr *v)
{
	return v->local_as != 0 ? v->local_as : model_system(m)->default_local_as;
}

uint32_t model_vbr_router_id(const struct model *m, const struct model_vbr *v)
{
	if (v->router_id != 0)
		return v->router_id;
	if (model_system(m)->router_id != 0)
		return model_system(m)->router_id;
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (ip_is_set(&v->circuits[k].ipv4.local))
			return ip_to_v4(&v->circuits[k].ipv4.local);
	return 0;
}

enum channel_consent model_peering_consent(const struct model *m, const struct model_peering *p)
{
	const char *other = p->acceptor.tenant;
	const struct model_accept *a;

	if (strcmp(p->initiator.tenant, other) == 0)
		return CHANNEL_CONSENT_GIVEN;
	if (model_get(m, MODEL_REJECT, other, p->obj.name, p->initiator.tenant) != NULL)
		return CHANNEL_CONSENT_REJECTED;
	a = (const struct model_accept *)model_get(m, MODEL_ACCEPT, other, p->obj.name,
		p->initiator.tenant);
	if (a == NULL || p->acceptor.is_vbr || strcmp(a->vpc, p->acceptor.name) != 0)
		return CHANNEL_CONSENT_NONE;
	return a->until_s != 0 && a->until_s <= m->now_s ? CHANNEL_CONSENT_EXPIRED :
							   CHANNEL_CONSENT_GIVEN;
}

bool model_peering_has_consent(const struct model *m, const struct model_peering *p)
{
	return model_peering_consent(m, p) == CHANNEL_CONSENT_GIVEN;
}

/* 0 is never. */
static int64_t sooner(int64_t a, int64_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

int64_t model_next_expiry(const struct model *m)
{
	int64_t next = 0;

	for (uint32_t i = 0; i < m->of[MODEL_ACCEPT].n; i++) {
		const int64_t t = ((const struct model_accept *)m->of[MODEL_ACCEPT].v[i])->until_s;

		if (t > m->now_s)
			next = sooner(next, t);
	}
	for (uint32_t i = 0; i < m->of[MODEL_PHYSCONN].n; i++) {
		const struct model_physconn
			*pc = (const struct model_physconn *)m->of[MODEL_PHYSCONN].v[i];

		next = sooner(next, subscription_next(&pc->line.subscription, m->now_s));
	}
	return next;
}

static bool end_exists(const struct model *m, const struct model_end *e)
{
	if (e->is_vbr)
		return model_vbr(m, e->tenant, e->name) != NULL;
	return model_vpc(m, e->tenant, e->name) != NULL;
}

bool model_peering_has_ends(const struct model *m, const struct model_peering *p)
{
	return end_exists(m, &p->initiator) && end_exists(m, &p->acceptor);
}
