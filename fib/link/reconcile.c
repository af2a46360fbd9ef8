/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compare, do, compare again. The effect of an operation is not assumed (but for addresses): it
 * is heard back from the kernel as an event, and a device is in step when a comparison finds
 * nothing. A device that finds work again and again (somebody undoes it, or the kernel says yes
 * and does nothing) is left alone until the timer comes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fib/link/apply.h"
#include "fib/link/plane.h"
#include "fib/nl.h"

static bool master_is_ours(const struct linkplane *p, const struct dev *d)
{
	const struct dev *m = d->seen.link.master ? devtab_by_index(p->tab, d->seen.link.master) :
						    NULL;

	return m && strcmp(m->seen.link.kind, "vrf") == 0 && seen_is_ours(&m->seen);
}

static uint32_t index_of(const struct linkplane *p, const char *name)
{
	const struct dev *d = name[0] ? devtab_find(p->tab, name) : NULL;

	return d ? d->seen.link.ifindex : 0;
}

static const struct link_want *peer_of(const struct linkplane *p, const struct link_want *w)
{
	const struct dev *d = w->kind == LINK_KIND_VETH ? devtab_find(p->tab, w->peer) : NULL;

	if (!d || !d->want || d->want->kind != LINK_KIND_VETH ||
		strcmp(d->want->peer, w->name) != 0)
		return NULL;
	return d->want;
}

/* The IFB of a want, if it takes packets. */
static uint32_t detour_of(const struct linkplane *p, const struct link_want *w)
{
	const struct dev *d = w->detour[0] ? devtab_find(p->tab, w->detour) : NULL;

	return d && d->want && d->seen.link.admin_up ? d->seen.link.ifindex : 0;
}

static void fill_input(const struct linkplane *p, const struct dev *d, struct diff_input *in)
{
	const struct link_want *w = d->want;
	const struct dev *vrf = w->table ? devtab_by_table(p->tab, w->table) : NULL;

	memset(in, 0, sizeof(*in));
	in->want = w;
	in->seen = &d->seen;
	in->mode = p->mode;
	in->parent = index_of(p, w->parent);
	in->peer_wanted = peer_of(p, w) != NULL;
	in->peer = w->kind == LINK_KIND_VETH ? index_of(p, w->peer) : 0;
	in->detour = detour_of(p, w);
	in->master_is_ours = master_is_ours(p, d);
	if (vrf && seen_is_ours(&vrf->seen) && vrf->seen.link.vrf_table == w->table)
		in->vrf = vrf->seen.link.ifindex;
}

/* Only a port outlives us; what we change on it first, it gets back. */
static void remember_original(struct dev *d, const struct diff_op *op)
{
	if (!d->want || d->want->kind != LINK_KIND_PORT)
		return;
	if (d->was.ifindex != d->seen.link.ifindex) {
		memset(&d->was, 0, sizeof(d->was));
		d->was.ifindex = d->seen.link.ifindex;
	}
	if (op->kind == DIFF_OP_MTU && !d->was.mtu)
		d->was.mtu = d->seen.link.mtu;
	if ((op->kind == DIFF_OP_UP || op->kind == DIFF_OP_DOWN) && !d->was.up_changed) {
		d->was.up_changed = true;
		d->was.up = d->seen.link.admin_up;
	}
}

/*
 * The kernel tells of an IPv6 address by a work item, some time after it accepted it. If it is gone
 * again by then, that is an event of its own.
 */
static void foresee_addr(struct dev *d, const struct diff_op *op)
{
	const struct seen_addr a = {
		.addr = op->addr.addr,
		.len = op->addr.len,
		.protocol = SEEN_PROTOCOL,
	};

	if (op->kind == DIFF_OP_ADDR_ADD)
		seen_put_addr(&d->seen, &a);
	else if (op->kind == DIFF_OP_ADDR_DEL)
		seen_drop_addr(&d->seen, &a.addr, a.len);
}

static int run_op(struct linkplane *p, struct dev *d, const struct diff_op *op,
	char error[LINK_ERROR_SIZE])
{
	const struct apply_target t = {
		.name = d->name,
		.ifindex = d->seen.link.ifindex,
		.want = d->want,
		.peer = d->want ? peer_of(p, d->want) : NULL,
		.parent = d->want ? index_of(p, d->want->parent) : 0,
	};
	int ret;

	switch (op->kind) {
	case DIFF_OP_SETTINGS:
		d->note[0] = '\0';
		settings_apply(d->name, d->want->kind, p->mode, &d->saved, d->note);
		d->seen.settings_done = true;
		return 0;
	case DIFF_OP_SETTINGS_BACK:
		settings_restore(d->name, &d->saved);
		d->seen.settings_done = false;
		return 0;
	case DIFF_OP_NEIGH_SET:
	case DIFF_OP_NEIGH_DEL:
		d->seen.neighs_known = false;
		break;
	case DIFF_OP_DETOUR_SET:
		d->seen.ingress_is_foreign |= d->seen.has_ingress && !d->seen.detour;
		break;
	default:
		remember_original(d, op);
		break;
	}
	ret = apply_op(p->requests, &t, op, error);
	if (!ret)
		foresee_addr(d, op);
	return ret;
}

/* The first refusal is told. Without the device, or in the wrong instance, the rest is not done. */
static int run_plan(struct linkplane *p, struct dev *d, const struct diff_plan *plan,
	char error[LINK_ERROR_SIZE])
{
	int first = 0;

	for (uint32_t i = 0; i < plan->n; i++) {
		const enum diff_op_kind kind = plan->ops[i].kind;
		char words[LINK_ERROR_SIZE] = "";
		const int ret = run_op(p, d, &plan->ops[i], words);

		if (ret && !first) {
			first = ret;
			memcpy(error, words, sizeof(words));
		}
		if (ret &&
			(kind == DIFF_OP_CREATE || kind == DIFF_OP_DELETE ||
				kind == DIFF_OP_MASTER))
			break;
	}
	return first;
}

static void put_status(struct linkplane *p, struct dev *d, const struct diff_plan *plan,
	const char *error)
{
	const struct seen_link *l = &d->seen.link;
	const char *rules = d->want->table ? p->rules_error : "";
	struct link_status st;

	memset(&st, 0, sizeof(st));
	st.present = l->ifindex != 0;
	st.up = l->admin_up && l->carrier;
	st.ifindex = l->ifindex;
	st.mtu = l->mtu;
	st.in_step = !plan->n && !plan->problem[0] && !rules[0];
	if (!error[0])
		error = plan->problem;
	if (!error[0] && d->passes >= PLANE_MAX_PASSES)
		error = "somebody else keeps changing it back";
	if (!error[0])
		error = rules;
	if (!error[0])
		error = d->note;
	if (!error[0])
		error = p->global_note;
	(void)snprintf(st.error, sizeof(st.error), "%s", error);
	plane_set_status(p, d, &st);
}

static void look_at_neighs(struct linkplane *p, struct dev *d)
{
	const struct link_want *w = d->want;

	if (w && d->seen.link.ifindex && !d->seen.neighs_known &&
		(w->n_neighs || w->kind == LINK_KIND_VETH))
		(void)view_read_neighs(p, d);
}

/* Only a device with our scheduler has classes of ours, only one with clsact can have a filter. */
static void look_at_traffic(struct linkplane *p, struct dev *d)
{
	if (d->seen.has_sched && !d->seen.classes_known)
		(void)view_read_classes(p, d);
	if (d->seen.has_sched && !d->seen.control_known)
		(void)view_read_control(p, d);
	if (d->seen.has_ingress && !d->seen.detour_known)
		(void)view_read_detour(p, d);
}

void reconcile_dev(struct linkplane *p, struct dev *d)
{
	char error[LINK_ERROR_SIZE] = "";
	struct diff_plan plan;
	int ret = 0;

	look_at_neighs(p, d);
	look_at_traffic(p, d);
	if (d->want) {
		struct diff_input in;

		fill_input(p, d, &in);
		diff_want(&in, &plan);
	} else {
		diff_release(&d->seen, &d->was, master_is_ours(p, d), &plan);
	}
	d->passes = plan.n ? (uint8_t)(d->passes + 1) : 0;
	if (plan.n)
		ret = run_plan(p, d, &plan, error);
	if (d->want)
		put_status(p, d, &plan, error);
	else if (!plan.n)
		d->is_releasing = false;
	if (plan.n && !ret)
		plane_mark(p, d);
}

/* Kernels make the l3mdev rules with the first VRF; wanted as long as a VRF of ours is there. */
static void add_l3mdev(struct rules *want)
{
	struct rule r;

	memset(&r, 0, sizeof(r));
	r.kind = RULE_KIND_L3MDEV;
	r.family = AF_INET;
	rules_add(want, &r);
	r.family = AF_INET6;
	rules_add(want, &r);
}

static void collect_rules(struct linkplane *p, struct rules *want)
{
	bool has_vrf = false;
	struct dev *d;

	TAILQ_FOREACH(d, devtab_all(p->tab), all) {
		if (!d->want)
			continue;
		if (p->mode == LINK_MODE_RULES) {
			rules_add_want(want, d->want);
			rules_add_sources(want, d->want);
		} else if (d->want->kind == LINK_KIND_VRF && d->seen.link.ifindex) {
			has_vrf = true;
		}
	}
	for (uint32_t i = 0; i < p->n_marks; i++)
		rules_add_mark(want, &p->marks[i]);
	if (has_vrf)
		add_l3mdev(want);
	rules_end(want);
}

static void apply_rules(struct linkplane *p, const struct rules *r, bool add)
{
	for (size_t i = 0; i < r->n; i++) {
		char error[LINK_ERROR_SIZE];

		if (!add && r->v[i].kind == RULE_KIND_L3MDEV)
			continue;
		if (apply_rule(p->requests, &r->v[i], add, error) && !p->rules_error[0])
			memcpy(p->rules_error, error, sizeof(error));
	}
}

/* Additions first: a device that changes its table is in one of both at any time. */
void reconcile_rules(struct linkplane *p)
{
	const bool had_error = p->rules_error[0];
	struct rules want = { 0 };
	struct rules add = { 0 };
	struct rules del = { 0 };
	struct dev *d;

	p->rules_stale = false;
	p->rules_error[0] = '\0';
	if (view_read_rules(p) == 0) {
		collect_rules(p, &want);
		rules_minus(&want, &p->rules, &add);
		apply_rules(p, &add, true);
		if (p->is_swept) {
			rules_minus(&p->rules, &want, &del);
			apply_rules(p, &del, false);
		}
	} else {
		(void)snprintf(p->rules_error, sizeof(p->rules_error), "cannot read routing rules");
	}
	rules_fini(&want);
	rules_fini(&add);
	rules_fini(&del);
	if (had_error == (p->rules_error[0] != '\0'))
		return;
	TAILQ_FOREACH(d, devtab_all(p->tab), all)
		plane_mark(p, d);
}

void reconcile_sweep(struct linkplane *p)
{
	struct dev *d;

	p->is_swept = true;
	p->rules_stale = true;
	TAILQ_FOREACH(d, devtab_all(p->tab), all) {
		if (d->want)
			continue;
		look_at_traffic(p, d);
		if (!diff_has_leftover(&d->seen, master_is_ours(p, d)))
			continue;
		d->is_releasing = true;
		plane_mark(p, d);
	}
}
