/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comparison as a table: what is wanted, what is seen, and the operations as a word each.
 * Rows start from a pair that is in step and say what differs.
 */
#include <stdio.h>
#include <string.h>

#include "fib/link/diff.h"
#include "fib/tc/tc.h"
#include "tests/cu_main.h"

#define MAX_ADDRS 60

/* One situation; fixtures below fill it, rows change it. */
struct scene {
	struct link_want want;
	struct seen seen;
	struct seen_addr addrs[MAX_ADDRS];
	struct link_neigh neighs[4];
	struct diff_input in;
	struct diff_original was;
	struct diff_plan plan;
};

static const char *const words[] = {
	[DIFF_OP_CREATE] = "create",
	[DIFF_OP_DELETE] = "delete",
	[DIFF_OP_ALIAS] = "alias",
	[DIFF_OP_LLADDR] = "lladdr",
	[DIFF_OP_MASTER] = "master",
	[DIFF_OP_MTU] = "mtu",
	[DIFF_OP_SETTINGS] = "settings",
	[DIFF_OP_SETTINGS_BACK] = "settings-back",
	[DIFF_OP_UP] = "up",
	[DIFF_OP_DOWN] = "down",
	[DIFF_OP_ADDR_ADD] = "addr-add",
	[DIFF_OP_ADDR_DEL] = "addr-del",
	[DIFF_OP_NEIGH_SET] = "neigh-set",
	[DIFF_OP_NEIGH_DEL] = "neigh-del",
	[DIFF_OP_SHAPER_SET] = "shaper-set",
	[DIFF_OP_SHAPER_DEL] = "shaper-del",
	[DIFF_OP_SCHED_SET] = "sched-set",
	[DIFF_OP_CLASS_SET] = "class-set",
	[DIFF_OP_CLASS_DEL] = "class-del",
	[DIFF_OP_LEAF_SET] = "leaf-set",
	[DIFF_OP_DETOUR_SET] = "detour-set",
	[DIFF_OP_DETOUR_DEL] = "detour-del",
};

static struct ip_addr ip(const char *s)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_EQUAL(ip_parse(s, &a), 0);
	return a;
}

static void want_addr(struct scene *s, const char *addr, uint8_t len)
{
	s->want.addrs[s->want.n_addrs].addr = ip(addr);
	s->want.addrs[s->want.n_addrs++].len = len;
}

static void have_addr(struct scene *s, const char *addr, uint8_t len, uint8_t protocol)
{
	s->addrs[s->seen.n_addrs].addr = ip(addr);
	s->addrs[s->seen.n_addrs].len = len;
	s->addrs[s->seen.n_addrs++].protocol = protocol;
}

static void link_up(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->want.up = true;
	s->seen.addrs = s->addrs;
	s->seen.neighs = s->neighs;
	s->seen.link.ifindex = 7;
	s->seen.link.admin_up = true;
	s->seen.link.carrier = true;
	s->seen.link.mtu = 1500;
	s->seen.settings_done = true;
	s->in.want = &s->want;
	s->in.seen = &s->seen;
}

static void port(struct scene *s)
{
	link_up(s);
	memcpy(s->want.name, "eth1", 5);
	s->want.kind = LINK_KIND_PORT;
	want_addr(s, "192.0.2.1", 24);
	have_addr(s, "192.0.2.1", 24, SEEN_PROTOCOL);
}

static void ours(struct scene *s, const char *name, const char *kind)
{
	link_up(s);
	(void)snprintf(s->want.name, sizeof(s->want.name), "%s", name);
	(void)snprintf(s->want.alias, sizeof(s->want.alias), "vbrd:t/vbr/%s", name);
	(void)snprintf(s->seen.link.kind, sizeof(s->seen.link.kind), "%s", kind);
	memcpy(s->seen.link.alias, s->want.alias, sizeof(s->want.alias));
}

static void vlan(struct scene *s)
{
	ours(s, "eth1.100", "vlan");
	memcpy(s->want.parent, "eth1", 5);
	s->want.kind = LINK_KIND_VLAN;
	s->want.vlan_id = 100;
	s->seen.link.vlan_id = 100;
	s->seen.link.lower = 3;
	s->in.parent = 3;
}

static void veth(struct scene *s)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 2 };

	ours(s, "pa", "veth");
	memcpy(s->want.peer, "pb", 3);
	s->want.kind = LINK_KIND_VETH;
	memcpy(s->want.lladdr, mac, 6);
	memcpy(s->seen.link.lladdr, mac, 6);
	s->in.peer_wanted = true;
	s->in.peer = 8;
	s->seen.link.lower = 8;
	s->want.n_neighs = 1;
	s->want.neighs[0].addr = ip("fe80::2");
	memcpy(s->want.neighs[0].lladdr, other, 6);
	s->neighs[0] = s->want.neighs[0];
	s->seen.n_neighs = 1;
}

static void vrf(struct scene *s)
{
	ours(s, "vrf7", "vrf");
	s->want.kind = LINK_KIND_VRF;
	s->want.table = 1007;
	s->seen.link.vrf_table = 1007;
	s->in.mode = LINK_MODE_VRF;
	s->in.vrf = 7;
}

static void port_in_vrf(struct scene *s)
{
	port(s);
	s->in.mode = LINK_MODE_VRF;
	s->want.table = 1007;
	s->in.vrf = 20;
	s->in.master_is_ours = true;
	s->seen.link.master = 20;
}

static void nothing(struct scene *s)
{
	(void)s;
}

static void absent(struct scene *s)
{
	struct seen none = { .addrs = s->addrs, .neighs = s->neighs };

	s->seen = none;
}

static void absent_without_parent(struct scene *s)
{
	absent(s);
	s->in.parent = 0;
}

static void absent_without_peer(struct scene *s)
{
	absent(s);
	s->in.peer_wanted = false;
}

static void fresh(struct scene *s)
{
	s->seen.link.admin_up = false;
	s->seen.settings_done = false;
	s->seen.n_addrs = 0;
	s->seen.n_neighs = 0;
	s->want.mtu = 9000;
	s->want.rate_bps = 1000000;
}

static void held_down(struct scene *s)
{
	s->want.up = false;
}

static void other_address_wanted(struct scene *s)
{
	s->want.addrs[0].addr = ip("192.0.2.9");
}

static void foreign_address_too(struct scene *s)
{
	have_addr(s, "198.51.100.1", 24, 0);
}

static void wanted_address_is_foreign(struct scene *s)
{
	s->addrs[0].protocol = 0;
}

static void other_length(struct scene *s)
{
	s->want.addrs[0].len = 25;
}

static void rate_wanted(struct scene *s)
{
	s->want.rate_bps = 8000000;
}

static void rate_seen(struct scene *s)
{
	s->seen.qdisc = TC_HANDLE;
	s->seen.rate_bps = 8000000;
}

static void rate_differs(struct scene *s)
{
	rate_seen(s);
	s->want.rate_bps = 16000000;
}

static void rate_is_equal_in_bytes(struct scene *s)
{
	rate_seen(s);
	s->want.rate_bps = 8000007;
}

static void foreign_qdisc(struct scene *s)
{
	rate_wanted(s);
	s->seen.qdisc = 0x10000;
}

static void foreign_qdisc_unshaped(struct scene *s)
{
	s->seen.qdisc = 0x10000;
}

static void detour_wanted(struct scene *s)
{
	memcpy(s->want.detour, "vi1", 4);
	s->in.detour = 30;
}

static void detour_seen(struct scene *s)
{
	detour_wanted(s);
	s->seen.has_ingress = true;
	s->seen.detour = 30;
}

static void detour_to_another(struct scene *s)
{
	detour_seen(s);
	s->seen.detour = 29;
}

static void detour_not_wanted(struct scene *s)
{
	detour_seen(s);
	s->want.detour[0] = '\0';
}

static void detour_absent(struct scene *s)
{
	detour_wanted(s);
	s->in.detour = 0;
}

static void other_vlan_id(struct scene *s)
{
	s->want.vlan_id = 200;
}

static void other_parent(struct scene *s)
{
	s->in.parent = 4;
}

static void wrong_kind(struct scene *s)
{
	memcpy(s->seen.link.kind, "dummy", 6);
}

static void foreign_device(struct scene *s)
{
	s->seen.link.alias[0] = '\0';
}

static void alias_of_other_tenant(struct scene *s)
{
	memcpy(s->seen.link.alias, "vbrd:x", 7);
}

static void nameless(struct scene *s)
{
	s->seen.link.alias[0] = '\0';
	s->seen.link.group = SEEN_GROUP;
}

static void nameless_of_wrong_kind(struct scene *s)
{
	nameless(s);
	wrong_kind(s);
}

static void other_peer(struct scene *s)
{
	s->in.peer = 9;
}

static void peer_unknown(struct scene *s)
{
	s->seen.link.lower = 0;
}

static void other_lladdr(struct scene *s)
{
	s->seen.link.lladdr[5] = 9;
}

static void other_neigh_lladdr(struct scene *s)
{
	s->neighs[0].lladdr[5] = 9;
}

static void surplus_neigh(struct scene *s)
{
	s->want.n_neighs = 0;
}

static void down_loses_neighs(struct scene *s)
{
	s->seen.link.admin_up = false;
	s->seen.n_neighs = 0;
}

static void other_table(struct scene *s)
{
	s->want.table = 1008;
}

static void no_master(struct scene *s)
{
	s->seen.link.master = 0;
	s->in.master_is_ours = false;
}

static void other_master_of_ours(struct scene *s)
{
	s->seen.link.master = 21;
}

static void in_foreign_bridge(struct scene *s)
{
	s->seen.link.master = 30;
	s->in.master_is_ours = false;
}

static void vrf_absent(struct scene *s)
{
	s->in.vrf = 0;
}

static void no_table(struct scene *s)
{
	s->want.table = 0;
}

static void too_many_stale(struct scene *s)
{
	char text[IP_STRLEN];

	s->want.n_addrs = 0;
	for (int i = 1; i < MAX_ADDRS; i++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", i + 1);
		have_addr(s, text, 24, SEEN_PROTOCOL);
	}
}

struct row {
	const char *name;
	void (*fixture)(struct scene *s);
	void (*change)(struct scene *s);
	const char *ops;     /* words, in order */
	const char *problem; /* a part of it, or NULL */
};

/* clang-format off */
static const struct row rows[] = {
	{ "port in step", port, nothing, "", NULL },
	{ "absent port", port, absent, "", "interface eth1 does not exist yet" },
	{ "fresh port", port, fresh, "mtu settings up addr-add shaper-set", NULL },
	{ "port held down", port, held_down, "down", NULL },
	{ "port changes address", port, other_address_wanted, "addr-del addr-add", NULL },
	{ "foreign address stays", port, foreign_address_too, "", NULL },
	{ "foreign equal is enough", port, wanted_address_is_foreign, "", NULL },
	{ "other length is another", port, other_length, "addr-del addr-add", NULL },
	{ "shaper new", port, rate_wanted, "shaper-set", NULL },
	{ "shaper gone", port, rate_seen, "shaper-del", NULL },
	{ "shaper changes", port, rate_differs, "shaper-set", NULL },
	{ "shaper in bytes", port, rate_is_equal_in_bytes, "", NULL },
	{ "foreign qdisc", port, foreign_qdisc, "", "queueing discipline that is not ours" },
	{ "foreign qdisc, no shaper", port, foreign_qdisc_unshaped, "", NULL },
	{ "detour", port, detour_wanted, "detour-set", NULL },
	{ "detour in step", port, detour_seen, "", NULL },
	{ "detour leads elsewhere", port, detour_to_another, "detour-set", NULL },
	{ "detour not wanted", port, detour_not_wanted, "detour-del", NULL },
	{ "detour waits", port, detour_absent, "", "vi1, which shapes what arrives on" },
	{ "vlan in step", vlan, nothing, "", NULL },
	{ "vlan absent", vlan, absent, "create", NULL },
	{ "vlan waits for parent", vlan, absent_without_parent, "", "interface eth1, parent" },
	{ "vlan of other id", vlan, other_vlan_id, "delete", NULL },
	{ "vlan of other parent", vlan, other_parent, "delete", NULL },
	{ "vlan of wrong kind", vlan, wrong_kind, "delete", NULL },
	{ "foreign of that name", vlan, foreign_device, "", "not ours" },
	{ "foreign of other kind", vlan, nameless_of_wrong_kind, "", "another kind" },
	{ "nameless is adopted", vlan, nameless, "alias", NULL },
	{ "alias is corrected", vlan, alias_of_other_tenant, "alias", NULL },
	{ "fresh vlan", vlan, fresh, "mtu settings up shaper-set", NULL },
	{ "veth in step", veth, nothing, "", NULL },
	{ "veth absent", veth, absent, "create", NULL },
	{ "veth without other want", veth, absent_without_peer, "", "not declared" },
	{ "veth of other peer", veth, other_peer, "delete", NULL },
	{ "veth of unknown peer", veth, peer_unknown, "", NULL },
	{ "veth lladdr", veth, other_lladdr, "lladdr", NULL },
	{ "neighbor lladdr", veth, other_neigh_lladdr, "neigh-set", NULL },
	{ "neighbor too much", veth, surplus_neigh, "neigh-del", NULL },
	{ "neighbors need up", veth, down_loses_neighs, "up", NULL },
	{ "vrf in step", vrf, nothing, "", NULL },
	{ "vrf absent", vrf, absent, "create", NULL },
	{ "vrf of other table", vrf, other_table, "delete", NULL },
	{ "member in step", port_in_vrf, nothing, "", NULL },
	{ "member joins", port_in_vrf, no_master, "master", NULL },
	{ "member moves", port_in_vrf, other_master_of_ours, "master", NULL },
	{ "member leaves", port_in_vrf, no_table, "master", NULL },
	{ "bridge port", port_in_vrf, in_foreign_bridge, "", "not ours" },
	{ "member waits", port_in_vrf, vrf_absent, "", "VRF device of table 1007" },
};
/* clang-format on */

static void join_ops(const struct diff_plan *plan, char *dst, size_t size)
{
	size_t len = 0;

	dst[0] = '\0';
	for (uint32_t i = 0; i < plan->n && len < size; i++)
		len += (size_t)snprintf(dst + len, size - len, "%s%s", i ? " " : "",
			words[plan->ops[i].kind]);
}

static void plan_does_what_the_table_says(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scene s;
		char ops[512];
		bool good;

		rows[i].fixture(&s);
		rows[i].change(&s);
		diff_want(&s.in, &s.plan);
		join_ops(&s.plan, ops, sizeof(ops));
		good = strcmp(ops, rows[i].ops) == 0 &&
			(rows[i].problem ? strstr(s.plan.problem, rows[i].problem) != NULL :
					   !s.plan.problem[0]);
		if (!good)
			printf("# %s: \"%s\", problem \"%s\"\n", rows[i].name, ops, s.plan.problem);
		CU_ASSERT_TRUE(good);
	}
}

static void port_is_given_back(void)
{
	struct scene s;
	char ops[256];

	port_in_vrf(&s);
	have_addr(&s, "198.51.100.1", 24, 0);
	rate_seen(&s);
	s.was.ifindex = 7;
	s.was.mtu = 1400;
	s.was.up_changed = true;
	diff_release(&s.seen, &s.was, true, &s.plan);
	join_ops(&s.plan, ops, sizeof(ops));
	CU_ASSERT_STRING_EQUAL(ops, "addr-del shaper-del master settings-back mtu down");
	CU_ASSERT_EQUAL(s.plan.ops[4].number, 1400);
}

static void port_of_another_index_keeps_its_mtu(void)
{
	struct scene s;
	char ops[256];

	port(&s);
	s.was.ifindex = 6;
	s.was.mtu = 1400;
	diff_release(&s.seen, &s.was, false, &s.plan);
	join_ops(&s.plan, ops, sizeof(ops));
	CU_ASSERT_STRING_EQUAL(ops, "addr-del settings-back");
}

static void device_of_ours_is_deleted_at_release(void)
{
	struct scene s;

	veth(&s);
	diff_release(&s.seen, &s.was, false, &s.plan);
	CU_ASSERT_EQUAL(s.plan.n, 1);
	CU_ASSERT_EQUAL(s.plan.ops[0].kind, DIFF_OP_DELETE);
}

static void foreign_device_has_no_leftover(void)
{
	struct scene s;

	port(&s);
	CU_ASSERT_TRUE(diff_has_leftover(&s.seen, false));
	s.addrs[0].protocol = 0;
	s.seen.settings_done = false;
	s.seen.qdisc = 0x10000;
	s.seen.link.master = 3;
	s.seen.link.group = SEEN_GROUP;
	CU_ASSERT_FALSE(diff_has_leftover(&s.seen, false));
	CU_ASSERT_TRUE(diff_has_leftover(&s.seen, true));
}

static void plan_too_long_is_cut_and_never_overrun(void)
{
	struct scene s;

	port(&s);
	too_many_stale(&s);
	for (int i = 0; i < LINK_MAX_ADDRS; i++) {
		char text[IP_STRLEN];

		(void)snprintf(text, sizeof(text), "198.51.100.%d", i + 1);
		want_addr(&s, text, 32);
	}
	s.want.mtu = 1400;
	s.seen.settings_done = false;
	s.want.rate_bps = 8000000;
	diff_want(&s.in, &s.plan);
	CU_ASSERT_EQUAL(s.plan.n, DIFF_MAX_OPS);
	for (uint32_t i = 0; i < s.plan.n; i++)
		CU_ASSERT_TRUE(s.plan.ops[i].kind < DIFF_OP_COUNT);
}

static const struct cu_case cases[] = {
	CU_CASE(plan_does_what_the_table_says),
	CU_CASE(port_is_given_back),
	CU_CASE(port_of_another_index_keeps_its_mtu),
	CU_CASE(device_of_ours_is_deleted_at_release),
	CU_CASE(foreign_device_has_no_leftover),
	CU_CASE(plan_too_long_is_cut_and_never_overrun),
};

CU_SUITE(diff, cases);
