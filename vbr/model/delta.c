/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sorted arrays of pointers are merged: ten thousand objects cost microseconds, for none of
 * them is looked at that is in both. Then the table: for each change, those objects are marked that
 * stand on it, by reading the names they hold. A row looks at the objects of one kind, of one
 * tenant where that is all who can stand on it, and only if the change matters to the row: a new
 * description of a VBR makes nobody look at peering connections.
 *
 * A consent ends by the clock, as a subscription does: that is a change without an edit.
 *
 * A change of MANY objects touches everything. That is what it mostly does anyway, and the marking
 * (changes x objects) would cost more than it saves.
 *
 * Touching too much costs time, touching too little is a fault that nobody sees: the unit test
 * holds the check of what is touched against the check of everything, over random edits.
 */
#include "vbr/model/delta.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/model/failover/group.h"

#define MANY 64

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Does the change matter to a row? */

static bool comes_or_goes(const struct model_change *ch)
{
	return ch->was == NULL || ch->now == NULL;
}

/* VBRs are counted by connection. */
static bool moves_line(const struct model_change *ch)
{
	const struct model_vbr *was = (const struct model_vbr *)ch->was;
	const struct model_vbr *now = (const struct model_vbr *)ch->now;

	if (comes_or_goes(ch) || was->n_circuits != now->n_circuits)
		return true;
	for (uint8_t k = 0; k < now->n_circuits; k++)
		if (!is(was->circuits[k].physconn, now->circuits[k].physconn))
			return true;
	return false;
}

/* What stands on a port beside others is metered without them. */
static bool moves_vlan(const struct model_change *ch)
{
	const struct model_vbr *was = (const struct model_vbr *)ch->was;
	const struct model_vbr *now = (const struct model_vbr *)ch->now;

	if (moves_line(ch))
		return true;
	for (uint8_t k = 0; k < now->n_circuits; k++)
		if (was->circuits[k].vlan_id != now->circuits[k].vlan_id ||
			!is(was->circuits[k].hosted, now->circuits[k].hosted))
			return true;
	return false;
}

static bool moves_lease(const struct model_change *ch)
{
	const struct model_physconn *was = (const struct model_physconn *)ch->was;
	const struct model_physconn *now = (const struct model_physconn *)ch->now;

	return comes_or_goes(ch) || !is(was->line.owner, now->line.owner) ||
		!is(was->access_point, now->access_point);
}

/* Who is leaving gives the connections of its failover group to the other member. */
static bool changes_role(const struct model_change *ch)
{
	return comes_or_goes(ch) ||
		((const struct model_vbr *)ch->was)->gshut !=
		((const struct model_vbr *)ch->now)->gshut;
}

/* Does the first object stand on the second one? Kinds are those of the row. */

static bool on_connection(const struct model_obj *o, const struct model_obj *on)
{
	return model_vbr_circuit_on((const struct model_vbr *)o, on->name) != NULL;
}

/* An untagged one, on what is on the same port. */
static bool on_port(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_vbr *v = (const struct model_vbr *)o;

	for (uint8_t k = 0; k < v->n_circuits && o != on; k++)
		if (v->circuits[k].vlan_id == 0 && v->circuits[k].hosted[0] == '\0' &&
			model_vbr_circuit_on((const struct model_vbr *)on, v->circuits[k].physconn))
			return true;
	return false;
}

static bool on_qos(const struct model_obj *o, const struct model_obj *on)
{
	return is(((const struct model_vbr *)o)->qos, on->name);
}

static bool on_share(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_circuit *c = model_vbr_circuit_on((const struct model_vbr *)o, on->name);

	return c != NULL && is(c->hosted, on->name2);
}

static bool on_owner(const struct model_obj *o, const struct model_obj *on)
{
	return is(o->tenant, on->name2) && is(o->name, on->name);
}

static bool on_scope(const struct model_obj *o, const struct model_obj *on)
{
	return on->tenant[0] == '\0' || is(o->tenant, on->tenant);
}

static bool is_end(const struct model_end *e, const struct model_obj *on)
{
	return e->is_vbr == (on->kind == MODEL_VBR) && is(e->tenant, on->tenant) &&
		is(e->name, on->name);
}

static bool on_end(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_peering *p = (const struct model_peering *)o;

	return is_end(&p->initiator, on) || is_end(&p->acceptor, on);
}

static bool on_consent(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_peering *p = (const struct model_peering *)o;

	return is(o->name, on->name) && is(p->acceptor.tenant, on->tenant) &&
		is(p->initiator.tenant, on->name2);
}

static bool is_member(const struct model_end *e, const struct model_obj *on)
{
	const struct model_failover *f = (const struct model_failover *)on;

	return e->is_vbr && is(e->tenant, on->tenant) &&
		(is(e->name, f->member[0]) || is(e->name, f->member[1]));
}

static bool on_group(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_peering *p = (const struct model_peering *)o;

	return is_member(&p->initiator, on) || is_member(&p->acceptor, on);
}

static bool on_member(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_failover *f = (const struct model_failover *)o;

	return is(f->member[0], on->name) || is(f->member[1], on->name);
}

/* Connections are counted on both sides. */
static bool counts(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_peering *p = (const struct model_peering *)on;

	return is(o->tenant, on->tenant) || is(o->tenant, p->acceptor.tenant);
}

static bool on_twin(const struct model_obj *o, const struct model_obj *on)
{
	return is(((const struct model_physconn *)o)->line.redundant_with, on->name);
}

static bool on_customer(const struct model_obj *o, const struct model_obj *on)
{
	const struct model_line *l = &((const struct model_physconn *)o)->line;

	for (uint32_t i = 0; i < l->n_hosted; i++)
		if (is(l->hosted[i].tenant, on->tenant))
			return true;
	return is(l->owner, on->tenant);
}

static bool is_leased_by(const struct model_obj *o, const struct model_obj *on)
{
	return is(((const struct model_physconn *)on)->line.owner, o->tenant);
}

static bool on_key(const struct model_obj *o, const struct model_obj *on)
{
	return is(o->name, on->name) && is(o->name2, on->name2);
}

/* Who stands on whom. What is not said is: all of the kind, at any change. */
static const struct row {
	enum model_kind kind;
	enum model_kind on;
	bool is_own; /* of the tenant of what it stands on */
	bool (*stands)(const struct model_obj *o, const struct model_obj *on);
	bool (*matters)(const struct model_change *ch);
} rows[] = {
	/* clang-format off */
	{ MODEL_POLICY,   MODEL_POLICY,        .stands = on_scope },
	{ MODEL_PHYSCONN, MODEL_PHYSCONN,      .stands = on_twin },
	{ MODEL_PHYSCONN, MODEL_TENANT,        .stands = on_customer, .matters = comes_or_goes },
	{ MODEL_TENANT,   MODEL_PHYSCONN,      .stands = is_leased_by, .matters = moves_lease },
	{ MODEL_TENANT,   MODEL_POLICY,        .stands = on_scope },
	{ MODEL_TENANT,   MODEL_VPC,           .is_own = true },
	{ MODEL_TENANT,   MODEL_VBR,           .is_own = true, .matters = moves_line },
	{ MODEL_TENANT,   MODEL_PEERING,       .stands = counts },
	{ MODEL_TENANT,   MODEL_ACCEPT,        .is_own = true },
	{ MODEL_TENANT,   MODEL_REJECT,        .is_own = true },
	{ MODEL_VPC,      MODEL_SYSTEM },
	{ MODEL_VPC,      MODEL_TENANT,        .is_own = true },
	{ MODEL_VBR,      MODEL_SYSTEM },
	{ MODEL_VBR,      MODEL_POLICY,        .stands = on_scope },
	{ MODEL_VBR,      MODEL_PHYSCONN,      .stands = on_connection },
	{ MODEL_VBR,      MODEL_VBR,           .stands = on_port, .matters = moves_vlan },
	{ MODEL_VBR,      MODEL_TENANT,        .is_own = true },
	{ MODEL_VBR,      MODEL_QOS,           .is_own = true, .stands = on_qos },
	{ MODEL_VBR,      MODEL_ACCEPT_HOSTED, .is_own = true, .stands = on_share },
	{ MODEL_VBR,      MODEL_ACCEPT_VBR,    .stands = on_owner },
	{ MODEL_PEERING,  MODEL_SYSTEM },
	{ MODEL_PEERING,  MODEL_POLICY,        .stands = on_scope },
	{ MODEL_PEERING,  MODEL_VPC,           .stands = on_end },
	{ MODEL_PEERING,  MODEL_VBR,           .stands = on_end, .matters = changes_role },
	{ MODEL_PEERING,  MODEL_ACCEPT,        .stands = on_consent },
	{ MODEL_PEERING,  MODEL_REJECT,        .stands = on_consent },
	{ MODEL_PEERING,  MODEL_FAILOVER,      .stands = on_group },
	{ MODEL_REJECT,   MODEL_ACCEPT,        .is_own = true, .stands = on_key },
	{ MODEL_FAILOVER, MODEL_VBR,           .is_own = true, .stands = on_member,
	                                       .matters = comes_or_goes },
	{ MODEL_FAILOVER, MODEL_FAILOVER,      .is_own = true },
	/* clang-format on */
};

static int key_cmp(const struct model_obj *a, const struct model_obj *b)
{
	int d = strcmp(a->tenant, b->tenant);

	if (d == 0)
		d = strcmp(a->name, b->name);
	return d != 0 ? d : strcmp(a->name2, b->name2);
}

static void add(struct model_delta *d, struct model_obj *was, struct model_obj *now)
{
	if ((d->n & (d->n - 1)) == 0)
		d->changes = xreallocarray(d->changes, d->n == 0 ? 4 : 2 * (size_t)d->n,
			sizeof(*d->changes));
	d->changes[d->n++] = (struct model_change){ was, now };
}

static bool consent_turns(const struct model_delta *d, const struct model_accept *a)
{
	return a->until_s != 0 && (a->until_s <= d->was->now_s) != (a->until_s <= d->now->now_s);
}

static bool subscription_turns(const struct model_delta *d, const struct subscription *s)
{
	return subscription_state(s, d->was->now_s) != subscription_state(s, d->now->now_s);
}

/* The same object is in force no more, or again, as the clock says. */
static bool is_turned(const struct model_delta *d, const struct model_obj *o)
{
	switch (o->kind) {
	case MODEL_ACCEPT:
		return consent_turns(d, (const struct model_accept *)o);
	case MODEL_PHYSCONN:
		return subscription_turns(d,
			&((const struct model_physconn *)o)->line.subscription);
	default:
		return false;
	}
}

static void find_changes(struct model_delta *d, enum model_kind kind)
{
	struct model_obj *const *a = d->was->of[kind].v;
	struct model_obj *const *b = d->now->of[kind].v;
	const uint32_t n_a = d->was->of[kind].n;
	const uint32_t n_b = d->now->of[kind].n;
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < n_a || k < n_b) {
		int order = 0;

		if (i < n_a && k < n_b && a[i] == b[k]) {
			if (is_turned(d, a[i]))
				add(d, a[i], b[k]);
			i++;
			k++;
			continue;
		}
		if (i < n_a && k < n_b)
			order = key_cmp(a[i], b[k]);
		else
			order = i < n_a ? -1 : 1;
		add(d, order <= 0 ? a[i] : NULL, order >= 0 ? b[k] : NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

static bool stands(const struct row *r, const struct model_obj *o, const struct model_obj *on)
{
	return on != NULL && (r->stands == NULL || r->stands(o, on));
}

static void touch_by(struct model_delta *d, const struct row *r, const struct model_change *ch)
{
	const struct model_obj *key = ch->now != NULL ? ch->now : ch->was;
	uint32_t first = 0;
	uint32_t end = d->now->of[r->kind].n;

	if (key->kind != r->on || (r->matters != NULL && !r->matters(ch)))
		return;
	if (r->is_own)
		model_range(d->now, r->kind, key->tenant, &first, &end);
	for (uint32_t i = first; i < end; i++) {
		const struct model_obj *o = d->now->of[r->kind].v[i];

		if (stands(r, o, ch->was) || stands(r, o, ch->now))
			(void)bitmap_set(&d->touched[r->kind], i);
	}
}

static void touch_itself(struct model_delta *d, const struct model_change *ch)
{
	const enum model_kind k = ch->now->kind;
	const uint32_t i = model_place(d->now, ch->now);

	(void)bitmap_set(&d->touched[k], i);
}

static void touch_all(struct model_delta *d)
{
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = d->now->of[k].n; i-- > 0;)
			(void)bitmap_set(&d->touched[k], i);
}

void model_delta_init(struct model_delta *d, const struct model *was, const struct model *now)
{
	*d = (struct model_delta){ .was = was, .now = now };
	for (int k = 0; k < MODEL_KIND_COUNT; k++) {
		bitmap_init(&d->touched[k]);
		find_changes(d, (enum model_kind)k);
	}
	if (d->n > MANY) {
		d->is_whole = true;
		touch_all(d);
		return;
	}
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->changes[i].now != NULL)
			touch_itself(d, &d->changes[i]);
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
			touch_by(d, &rows[r], &d->changes[i]);
	}
}

void model_delta_fini(struct model_delta *d)
{
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		bitmap_fini(&d->touched[k]);
	free(d->changes);
	*d = (struct model_delta){ 0 };
}

struct model_obj *model_delta_next(const struct model_delta *d, enum model_kind kind, uint32_t *i)
{
	const uint32_t at = bitmap_next(&d->touched[kind], *i);

	if (at == UINT32_MAX)
		return NULL;
	*i = at + 1;
	return d->now->of[kind].v[at];
}

bool model_delta_has(const struct model_delta *d, enum model_kind kind)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_change *ch = &d->changes[i];

		if ((ch->now != NULL ? ch->now : ch->was)->kind == kind)
			return true;
	}
	return false;
}
