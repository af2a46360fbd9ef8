/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comparison of one device, in the order in which the kernel wants things done:
 *
 *  1. a device of ours of the wrong kind, parent, VLAN id, other end or table is deleted;
 *  2. an absent one is created (down); a port is waited for;
 *  3. alias, link-layer address;
 *  4. master before addresses: joining or leaving a VRF throws IPv6 addresses away, and routes of
 *     addresses would be made in the wrong table;
 *  5. MTU, then sysctls, before the device comes up, so that no packet sees the defaults;
 *  6. up or down;
 *  7. addresses: superfluous ones of ours go first, they may clash with new ones;
 *  8. permanent neighbours, only on a device that is up: going down flushes them;
 *  9. shapers: of what leaves, with its classes, then of what arrives.
 *
 * What an earlier step throws away (4) is not foreseen here: it is seen and repaired in the next
 * pass. Only objects that carry our marks are ever planned for removal.
 */
#include "fib/link/diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fib/tc/tc.h"

static const char *const kind_names[] = {
	[LINK_KIND_PORT] = "",
	[LINK_KIND_VLAN] = "vlan",
	[LINK_KIND_VETH] = "veth",
	[LINK_KIND_VRF] = "vrf",
	[LINK_KIND_IFB] = "ifb",
};

static struct diff_op *add_op(struct diff_plan *plan, enum diff_op_kind kind)
{
	static const struct diff_op none;
	struct diff_op *op;

	/* The last place is overwritten by what does not fit: the next pass finds it again. */
	if (plan->n == DIFF_MAX_OPS)
		plan->n--;
	op = &plan->ops[plan->n++];
	*op = none;
	op->kind = kind;
	return op;
}

PRINTF_LIKE(2, 3) static void set_problem(struct diff_plan *plan, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(plan->problem, sizeof(plan->problem), fmt, ap);
	va_end(ap);
}

static bool lladdr_is_set(const uint8_t lladdr[6])
{
	static const uint8_t zero[6];

	return memcmp(lladdr, zero, sizeof(zero)) != 0;
}

/* Killed between creation and naming: our group, no alias yet. */
static bool is_nameless(const struct seen *s)
{
	return s->link.group == SEEN_GROUP && !s->link.alias[0];
}

/* The device has a property that cannot be changed: another one must take its place. */
static bool is_wrong(const struct diff_input *in)
{
	const struct link_want *w = in->want;
	const struct seen_link *l = &in->seen->link;

	if (strcmp(l->kind, kind_names[w->kind]) != 0)
		return true;
	switch (w->kind) {
	case LINK_KIND_VLAN:
		return l->vlan_id != w->vlan_id || (in->parent && l->lower != in->parent);
	case LINK_KIND_VETH:
		/* lower is unknown in the first event of the end that is made first. */
		return l->lower && in->peer && l->lower != in->peer;
	case LINK_KIND_VRF:
		return l->vrf_table != w->table;
	case LINK_KIND_PORT:
	case LINK_KIND_IFB:
		break;
	}
	return false;
}

static void plan_absent(const struct diff_input *in, struct diff_plan *plan)
{
	const struct link_want *w = in->want;

	switch (w->kind) {
	case LINK_KIND_PORT:
		set_problem(plan, "interface %s does not exist yet", w->name);
		return;
	case LINK_KIND_VLAN:
		if (!in->parent) {
			set_problem(plan, "interface %s, parent of %s, does not exist yet",
				w->parent, w->name);
			return;
		}
		break;
	case LINK_KIND_VETH:
		if (!in->peer_wanted) {
			set_problem(plan, "%s, the other end of %s, is not declared", w->peer,
				w->name);
			return;
		}
		break;
	case LINK_KIND_VRF:
	case LINK_KIND_IFB:
		break;
	}
	(void)add_op(plan, DIFF_OP_CREATE);
}

/* Returns false when the device cannot be worked on. */
static bool plan_identity(const struct diff_input *in, struct diff_plan *plan)
{
	const struct link_want *w = in->want;
	const struct seen *s = in->seen;

	if (w->kind == LINK_KIND_PORT)
		return true;
	if (!seen_is_ours(s) && !is_nameless(s)) {
		set_problem(plan, "an interface %s exists already and is not ours", w->name);
		return false;
	}
	if (is_wrong(in)) {
		if (seen_is_ours(s))
			(void)add_op(plan, DIFF_OP_DELETE);
		else
			set_problem(plan, "an interface %s of another kind exists already",
				w->name);
		return false;
	}
	if (strcmp(s->link.alias, w->alias) != 0)
		(void)add_op(plan, DIFF_OP_ALIAS);
	if (lladdr_is_set(w->lladdr) && memcmp(s->link.lladdr, w->lladdr, 6) != 0)
		(void)add_op(plan, DIFF_OP_LLADDR);
	return true;
}

/* Returns false when a device must not carry packets yet: its instance is not there. */
static bool plan_master(const struct diff_input *in, struct diff_plan *plan)
{
	const struct link_want *w = in->want;
	const uint32_t now = in->seen->link.master;

	if (w->kind == LINK_KIND_VRF)
		return true;
	if (in->mode != LINK_MODE_VRF || !w->table) {
		if (now && in->master_is_ours)
			add_op(plan, DIFF_OP_MASTER)->number = 0;
		return true;
	}
	if (!in->vrf) {
		set_problem(plan, "the VRF device of table %u, for %s, does not exist yet",
			w->table, w->name);
		return false;
	}
	if (now == in->vrf)
		return true;
	if (now && !in->master_is_ours) {
		set_problem(plan, "%s belongs to a bridge, bond or VRF that is not ours", w->name);
		return false;
	}
	add_op(plan, DIFF_OP_MASTER)->number = in->vrf;
	return true;
}

static void plan_state(const struct link_want *w, const struct seen *s, struct diff_plan *plan)
{
	if (w->mtu && s->link.mtu != w->mtu)
		add_op(plan, DIFF_OP_MTU)->number = w->mtu;
	if (!s->settings_done)
		(void)add_op(plan, DIFF_OP_SETTINGS);
	if (w->up != s->link.admin_up)
		(void)add_op(plan, w->up ? DIFF_OP_UP : DIFF_OP_DOWN);
}

static bool wants_addr(const struct link_want *w, const struct seen_addr *a)
{
	for (uint32_t i = 0; i < w->n_addrs; i++) {
		if (w->addrs[i].len == a->len && ip_is_equal(&w->addrs[i].addr, &a->addr))
			return true;
	}
	return false;
}

static void plan_addr_del(const struct seen_addr *a, struct diff_plan *plan)
{
	struct diff_op *op = add_op(plan, DIFF_OP_ADDR_DEL);

	op->addr.addr = a->addr;
	op->addr.len = a->len;
}

static void plan_addrs(const struct link_want *w, const struct seen *s, struct diff_plan *plan)
{
	for (uint32_t i = 0; i < s->n_addrs; i++) {
		if (s->addrs[i].protocol == SEEN_PROTOCOL && !wants_addr(w, &s->addrs[i]))
			plan_addr_del(&s->addrs[i], plan);
	}
	for (uint32_t i = 0; i < w->n_addrs; i++) {
		if (seen_find_addr(s, &w->addrs[i].addr, w->addrs[i].len) < 0)
			add_op(plan, DIFF_OP_ADDR_ADD)->addr = w->addrs[i];
	}
}

static bool wants_neigh(const struct link_want *w, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < w->n_neighs; i++) {
		if (ip_is_equal(&w->neighs[i].addr, a))
			return true;
	}
	return false;
}

static void plan_neighs(const struct link_want *w, const struct seen *s, struct diff_plan *plan)
{
	/* Permanent entries carry no mark: on a device of ours they are ours, on a port foreign. */
	for (uint32_t i = 0; seen_is_ours(s) && i < s->n_neighs; i++) {
		if (!wants_neigh(w, &s->neighs[i].addr))
			add_op(plan, DIFF_OP_NEIGH_DEL)->neigh = s->neighs[i];
	}
	for (uint32_t i = 0; s->link.admin_up && i < w->n_neighs; i++) {
		const struct link_neigh *have = seen_find_neigh(s, &w->neighs[i].addr);

		if (!have || memcmp(have->lladdr, w->neighs[i].lladdr, 6) != 0)
			add_op(plan, DIFF_OP_NEIGH_SET)->neigh = w->neighs[i];
	}
}

static void plan_shaper(const struct link_want *w, const struct seen *s, struct diff_plan *plan)
{
	const bool ours = s->qdisc == TC_HANDLE;

	if (!w->rate_bps) {
		if (ours)
			(void)add_op(plan, DIFF_OP_SHAPER_DEL);
		return;
	}
	if (s->qdisc && !ours) {
		set_problem(plan, "%s has a queueing discipline that is not ours: not shaped",
			w->name);
		return;
	}
	/* The kernel keeps bytes. */
	if (!ours || s->rate_bps / 8 != w->rate_bps / 8)
		add_op(plan, DIFF_OP_SHAPER_SET)->number = w->rate_bps;
}

static const struct tc_class *find_class(const struct tc_class *v, uint32_t n, uint16_t minor)
{
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].minor == minor && v[i].quantum)
			return &v[i];
	}
	return NULL;
}

static bool limit_is(const struct seen *s, const struct tc_class *c)
{
	for (uint32_t i = 0; i < s->n_classes; i++) {
		if (s->classes[i].minor == c->minor)
			return s->classes[i].limit == c->limit;
	}
	return false;
}

/* Nothing takes the place of a scheduler but a new shaper, in the next pass. */
static void plan_no_classes(const struct seen *s, struct diff_plan *plan)
{
	if (s->has_sched)
		(void)add_op(plan, DIFF_OP_SHAPER_DEL);
}

static void plan_classes(const struct link_want *w, const struct seen *s, struct diff_plan *plan)
{
	if (!s->has_sched)
		(void)add_op(plan, DIFF_OP_SCHED_SET);
	for (uint32_t i = 0; i < w->n_classes; i++) {
		const struct tc_class *c = &w->classes[i];
		const struct tc_class *have = find_class(s->classes, s->n_classes, c->minor);

		if (!have || have->prio != c->prio || have->quantum != c->quantum)
			add_op(plan, DIFF_OP_CLASS_SET)->class = *c;
		if (!have || !limit_is(s, c))
			add_op(plan, DIFF_OP_LEAF_SET)->class = *c;
	}
	for (uint32_t i = 0; i < s->n_classes; i++) {
		if (s->classes[i].quantum &&
			!find_class(w->classes, w->n_classes, s->classes[i].minor))
			add_op(plan, DIFF_OP_CLASS_DEL)->class = s->classes[i];
	}
	if (!s->has_sched || s->control != tc_control_digest(&w->control))
		(void)add_op(plan, DIFF_OP_CONTROL_SET);
}

/*
 * Packets that are sent to an absent IFB, or to one that is down, are lost: it must be there first,
 * and it goes last (the caller lets go of it after this device, and works in that order).
 */
static void plan_detour(const struct diff_input *in, struct diff_plan *plan)
{
	const struct link_want *w = in->want;
	const struct seen *s = in->seen;

	if (!w->detour[0]) {
		if (s->detour)
			add_op(plan, DIFF_OP_DETOUR_DEL)->number = s->ingress_is_foreign;
		return;
	}
	if (in->detour && s->detour != in->detour)
		add_op(plan, DIFF_OP_DETOUR_SET)->number = in->detour;
	else if (!in->detour)
		set_problem(plan, "%s, which shapes what arrives on %s, is not there yet",
			w->detour, w->name);
}

void diff_want(const struct diff_input *in, struct diff_plan *plan)
{
	plan->n = 0;
	plan->problem[0] = '\0';
	if (!in->seen->link.ifindex) {
		plan_absent(in, plan);
		return;
	}
	if (!plan_identity(in, plan) || !plan_master(in, plan))
		return;
	plan_state(in->want, in->seen, plan);
	plan_addrs(in->want, in->seen, plan);
	plan_neighs(in->want, in->seen, plan);
	plan_shaper(in->want, in->seen, plan);
	if (!in->want->n_classes)
		plan_no_classes(in->seen, plan);
	else if (!in->seen->qdisc || in->seen->qdisc == TC_HANDLE)
		plan_classes(in->want, in->seen, plan);
	plan_detour(in, plan);
}

void diff_release(const struct seen *seen, const struct diff_original *was, bool master_is_ours,
	struct diff_plan *plan)
{
	plan->n = 0;
	plan->problem[0] = '\0';
	if (!seen->link.ifindex)
		return;
	if (seen_is_ours(seen)) {
		(void)add_op(plan, DIFF_OP_DELETE);
		return;
	}
	for (uint32_t i = 0; i < seen->n_addrs; i++) {
		if (seen->addrs[i].protocol == SEEN_PROTOCOL)
			plan_addr_del(&seen->addrs[i], plan);
	}
	if (seen->qdisc == TC_HANDLE)
		(void)add_op(plan, DIFF_OP_SHAPER_DEL);
	if (seen->detour)
		add_op(plan, DIFF_OP_DETOUR_DEL)->number = seen->ingress_is_foreign;
	if (seen->link.master && master_is_ours)
		add_op(plan, DIFF_OP_MASTER)->number = 0;
	if (seen->settings_done)
		(void)add_op(plan, DIFF_OP_SETTINGS_BACK);
	if (was->ifindex != seen->link.ifindex)
		return;
	if (was->mtu && was->mtu != seen->link.mtu)
		add_op(plan, DIFF_OP_MTU)->number = was->mtu;
	if (was->up_changed && was->up != seen->link.admin_up)
		(void)add_op(plan, was->up ? DIFF_OP_UP : DIFF_OP_DOWN);
}

bool diff_has_leftover(const struct seen *seen, bool master_is_ours)
{
	static const struct diff_original unknown;
	struct diff_plan plan;

	diff_release(seen, &unknown, master_is_ours, &plan);
	return plan.n > 0;
}
