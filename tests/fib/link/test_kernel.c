/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plane against the kernel in mode rules: ports that come and go, what others do to them,
 * pairs, shapers, leftovers, and packets that prove the whole. Needs no VRF and no VLAN.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fib/link/link.h"
#include "tests/cu_main.h"
#include "tests/fib/link/lab.h"

static const struct link_mark mark = { 77, 101 };

#define ADD_PORT "ip link add p1 type veth peer name p1x && ip link set p1x up"

static void port_is_configured_when_it_appears(void)
{
	struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status st;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	lab_add_addr(&w, "2001:db8::1", 64);
	w.mtu = 1400;
	linkplane_want(lab.plane, &w);
	st = lab_status(&lab, "p1");
	CU_ASSERT_FALSE(st.present);
	CU_ASSERT_STRING_EQUAL(st.error, "interface p1 does not exist yet");
	CU_ASSERT_EQUAL(lab.reports, 1);
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	st = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(st.present && st.up && st.in_step);
	CU_ASSERT_EQUAL(st.mtu, 1400);
	CU_ASSERT_STRING_EQUAL(st.error, "");
	CU_ASSERT_TRUE(lab.reports >= 2 && lab.last.in_step);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q '192.0.2.1/24.*noprefixroute'"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q '2001:db8::1/64.*nodad.*nopref'"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip route show table all | grep '192.0.2.0/24'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -q '2000:.*iif p1 lookup 101'"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip -6 rule | grep -q '2001:.*oif p1 lookup 101'"), 0);
	CU_ASSERT_EQUAL(lab_sh("test $(cat /proc/sys/net/ipv4/conf/p1/forwarding) = 1"), 0);
	CU_ASSERT_EQUAL(lab_sh("test $(cat /proc/sys/net/ipv6/conf/p1/accept_ra) = 0"), 0);
	lab_stop(&lab);
}

static void port_that_comes_back_is_configured_again(void)
{
	const struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status a;
	struct link_status b;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	linkplane_want(lab.plane, &w);
	a = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(a.in_step);
	CU_ASSERT_EQUAL(lab_sh("ip link del p1"), 0);
	b = lab_status(&lab, "p1");
	CU_ASSERT_FALSE(b.present || b.up || b.in_step || b.ifindex);
	CU_ASSERT_FALSE(lab.last.present);
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	b = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(b.in_step && b.up);
	CU_ASSERT_NOT_EQUAL(a.ifindex, b.ifindex);
	lab_stop(&lab);
}

static void what_others_undo_is_done_again(void)
{
	struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status st;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	lab_add_addr(&w, "2001:db8::1", 64);
	w.rate_bps = 10000000;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(linkplane_marks(lab.plane, &mark, 1), 0);
	CU_ASSERT_EQUAL(lab_sh("ip addr flush dev p1; ip link set p1 down; "
			       "tc qdisc del dev p1 root; ip rule del iif p1; "
			       "ip -6 rule del fwmark 77"),
		0);
	st = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(st.in_step);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 192.0.2.1/24 && "
			       "ip addr show dev p1 | grep -q 2001:db8::1/64 && "
			       "ip link show dev p1 | grep -q '[<,]UP' && "
			       "tc qdisc show dev p1 | grep -q 'tbf 5642:' && "
			       "ip rule | grep -q 'iif p1' && "
			       "ip -6 rule | grep -q 'fwmark 0x4d lookup 101'"),
		0);
	lab_stop(&lab);
}

static void foreign_things_on_a_port_are_left_alone(void)
{
	struct link_want w = lab_port("p1", 0, "192.0.2.1", 24);
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT " && ip addr add 198.51.100.1/24 dev p1 && "
					"ip link set p1 alias mine && ip rule add pref 2000 "
					"iif p1 lookup 55"),
		0);
	linkplane_want(lab.plane, &w);
	linkplane_sweep(lab.plane);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	w.n_addrs = 0;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 192.0.2.1"), 1);
	linkplane_withdraw_all(lab.plane);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 198.51.100.1/24 && "
			       "ip link show dev p1 | grep -q 'alias mine' && "
			       "ip rule | grep -q 'iif p1 lookup 55'"),
		0);
	lab_stop(&lab);
}

static void port_that_cannot_carry_the_mtu_says_so(void)
{
	struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status st;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	/* What stands on another device carries what that one carries. */
	CU_ASSERT_EQUAL(lab_sh("ip link add low type veth peer name lowx && ip link set low up && "
			       "ip link set lowx up && ip link add p1 link low type macvlan"),
		0);
	w.mtu = 8500;
	linkplane_want(lab.plane, &w);
	st = lab_status(&lab, "p1");
	CU_ASSERT_FALSE(st.in_step);
	CU_ASSERT_TRUE(st.up); /* packets of the old size pass meanwhile */
	CU_ASSERT_EQUAL(st.mtu, 1500);
	CU_ASSERT_PTR_NOT_NULL(strstr(st.error, "set the MTU of p1"));
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep -q 192.0.2.1/24"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip link set low mtu 9000"), 0);
	(void)linkplane_sync(lab.plane);
	st = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(st.in_step);
	CU_ASSERT_EQUAL(st.mtu, 8500);
	CU_ASSERT_STRING_EQUAL(st.error, "");
	lab_stop(&lab);
}

static void port_is_given_back_as_it_was(void)
{
	struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status st;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT " && echo 1 >/proc/sys/net/ipv4/conf/p1/rp_filter"), 0);
	w.mtu = 1300;
	w.rate_bps = 10000000;
	linkplane_want(lab.plane, &w);
	linkplane_sweep(lab.plane);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("test $(cat /proc/sys/net/ipv4/conf/p1/rp_filter) = 0"), 0);
	linkplane_unwant(lab.plane, "p1");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_status(lab.plane, "p1", &st), -ENOENT);
	CU_ASSERT_EQUAL(lab_sh("ip -4 addr show dev p1 | grep inet"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip link show dev p1 | grep -q 'mtu 1500.*state DOWN'"), 0);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep tbf"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep p1; ip -6 rule | grep p1"), 1);
	CU_ASSERT_EQUAL(lab_sh("test $(cat /proc/sys/net/ipv4/conf/p1/rp_filter) = 1"), 0);
	lab_stop(&lab);
}

static void make_pair(struct link_want *a, struct link_want *b)
{
	static const uint8_t mac_a[6] = { 2, 0x56, 0, 0, 0, 1 };
	static const uint8_t mac_b[6] = { 2, 0x56, 0, 0, 0, 2 };

	*a = lab_made("x1", LINK_KIND_VETH, 101);
	*b = lab_made("x2", LINK_KIND_VETH, 102);
	memcpy(a->peer, "x2", 3);
	memcpy(b->peer, "x1", 3);
	memcpy(a->lladdr, mac_a, 6);
	memcpy(b->lladdr, mac_b, 6);
	lab_add_addr(a, "fe80::1", 64);
	lab_add_addr(b, "fe80::2", 64);
	a->n_neighs = 1;
	b->n_neighs = 1;
	a->neighs[0].addr = b->addrs[0].addr;
	b->neighs[0].addr = a->addrs[0].addr;
	memcpy(a->neighs[0].lladdr, mac_b, 6);
	memcpy(b->neighs[0].lladdr, mac_a, 6);
}

static void pair_waits_for_its_other_end(void)
{
	struct link_want a;
	struct link_want b;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	make_pair(&a, &b);
	linkplane_want(lab.plane, &a);
	CU_ASSERT_FALSE(lab_status(&lab, "x1").present);
	linkplane_want(lab.plane, &b);
	CU_ASSERT_TRUE(lab_status(&lab, "x1").in_step);
	CU_ASSERT_TRUE(lab_status(&lab, "x2").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip link show dev x1 | grep -q 'alias vbrd:lab/test/x1' && "
			       "ip link show dev x2 | grep -q 02:56:00:00:00:02"),
		0);
	CU_ASSERT_EQUAL(lab_sh("ip link set x1 down && ip -6 neigh show dev x1 | grep PERM"), 1);
	CU_ASSERT_TRUE(lab_status(&lab, "x1").in_step);
	CU_ASSERT_EQUAL(lab_sh("ip -6 neigh show dev x1 | grep -q 'fe80::2.*PERMANENT'"), 0);
	linkplane_unwant(lab.plane, "x1");
	linkplane_unwant(lab.plane, "x2");
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh("ip link show dev x1 2>/dev/null"), 1);
	lab_stop(&lab);
}

static void add_connected(const char *dev, const char *pfx, const char *src, int table)
{
	CU_ASSERT_EQUAL(lab_sh("ip route add %s dev %s src %s table %d", pfx, dev, src, table), 0);
}

/* Two tenants, one peering: the packet crosses two tables and a pair with link-local addresses. */
static void ipv4_crosses_a_pair_by_ipv6_next_hops(void)
{
	const struct link_want p1 = lab_port("p1", 101, "10.1.0.1", 24);
	const struct link_want p2 = lab_port("p2", 102, "10.2.0.1", 24);
	struct link_counters n;
	struct link_want a;
	struct link_want b;
	struct lab lab;
	pid_t c1;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	make_pair(&a, &b);
	c1 = lab_customer(&lab, "p1", "10.1.0.2/24", "10.1.0.1");
	(void)lab_customer(&lab, "p2", "10.2.0.2/24", "10.2.0.1");
	linkplane_want(lab.plane, &p1);
	linkplane_want(lab.plane, &p2);
	linkplane_want(lab.plane, &a);
	linkplane_want(lab.plane, &b);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	add_connected("p1", "10.1.0.0/24", "10.1.0.1", 101);
	add_connected("p2", "10.2.0.0/24", "10.2.0.1", 102);
	CU_ASSERT_FALSE(lab_ping(c1, "10.2.0.2"));
	CU_ASSERT_EQUAL(lab_sh("ip route add 10.2.0.0/24 via inet6 fe80::2 dev x1 table 101 && "
			       "ip route add 10.1.0.0/24 via inet6 fe80::1 dev x2 table 102"),
		0);
	CU_ASSERT_TRUE(lab_ping(c1, "10.2.0.2"));
	CU_ASSERT_EQUAL(linkplane_counters(lab.plane, "x1", &n), 0);
	CU_ASSERT_TRUE(n.tx_packets >= 1 && n.rx_packets >= 1 && n.tx_bytes >= 28);
	CU_ASSERT_EQUAL(linkplane_counters(lab.plane, "nosuch", &n), -ENODEV);
	lab_stop(&lab);
}

static void gateway_answers_an_echo(void)
{
	const struct link_want p1 = lab_port("p1", 101, "10.1.0.1", 24);
	struct lab lab;
	pid_t c1;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	c1 = lab_customer(&lab, "p1", "10.1.0.2/24", "10.1.0.1");
	linkplane_want(lab.plane, &p1);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	add_connected("p1", "10.1.0.0/24", "10.1.0.1", 101);
	CU_ASSERT_TRUE(lab_ping(c1, "10.1.0.1"));
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -q '2002:.*from 10.1.0.1 lookup 101'"), 0);
	lab_stop(&lab);
}

/* The customer's table of neighbours names the device that answered. */
static int knows_mac_of(pid_t customer, const char *addr, const char *dev)
{
	return lab_sh("mac=$(ip link show dev %s | sed -n 's/.*ether \\([0-9a-f:]*\\).*/\\1/p'); "
		      "nsenter -t %d -n ip neigh show %s | grep -q \"$mac\"",
		dev, customer, addr);
}

static void equal_addresses_answer_each_on_its_own_port(void)
{
	const struct link_want p1 = lab_port("p1", 101, "169.254.9.1", 30);
	const struct link_want p2 = lab_port("p2", 102, "169.254.9.1", 30);
	struct lab lab;
	pid_t c1;
	pid_t c2;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	c1 = lab_customer(&lab, "p1", "169.254.9.2/30", "169.254.9.1");
	c2 = lab_customer(&lab, "p2", "169.254.9.2/30", "169.254.9.1");
	linkplane_want(lab.plane, &p1);
	linkplane_want(lab.plane, &p2);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	add_connected("p1", "169.254.9.0/30", "169.254.9.1", 101);
	add_connected("p2", "169.254.9.0/30", "169.254.9.1", 102);
	(void)lab_ping(c1, "169.254.9.1");
	(void)lab_ping(c2, "169.254.9.1");
	CU_ASSERT_EQUAL(knows_mac_of(c1, "169.254.9.1", "p1"), 0);
	CU_ASSERT_EQUAL(knows_mac_of(c2, "169.254.9.1", "p2"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep 'from 169.254.9.1'"), 1);
	lab_stop(&lab);
}

static void shaper_follows_its_rate(void)
{
	struct link_want w = lab_port("p1", 0, NULL, 0);
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	w.rate_bps = 2000000;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -q 'tbf 5642: root.*rate 2Mbit'"), 0);
	w.rate_bps = UINT64_C(100000000000);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -q 'tbf 5642: root.*rate 100Gbit'"), 0);
	w.rate_bps = 0;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep tbf"), 1);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc add dev p1 root handle 1: tbf rate 1mbit burst 10k "
			       "latency 50ms"),
		0);
	w.rate_bps = 2000000;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_PTR_NOT_NULL(strstr(lab_status(&lab, "p1").error, "not ours"));
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -q 'tbf 1: root.*rate 1Mbit'"), 0);
	lab_stop(&lab);
}

static void sweep_removes_leftovers_and_nothing_foreign(void)
{
	struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_want a;
	struct link_want b;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	make_pair(&a, &b);
	w.rate_bps = 1000000;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT " && ip link add f1 type veth peer name f2 && "
					"ip link set f1 alias tenant/vbrd:x"),
		0);
	linkplane_want(lab.plane, &w);
	linkplane_want(lab.plane, &a);
	linkplane_want(lab.plane, &b);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 0);
	CU_ASSERT_EQUAL(linkplane_marks(lab.plane, &mark, 1), 0);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -q '2003:.*fwmark 0x4d lookup 101'"), 0);
	lab_restart(&lab);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh("ip link show dev x1 >/dev/null && ip rule | grep -q 'iif x1'"), 0);
	linkplane_sweep(lab.plane);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh("ip link show | grep -E 'x1|x2'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -E '200[0-3]:'; ip -6 rule | grep -E '200[0-3]:'"),
		1);
	CU_ASSERT_EQUAL(lab_sh("ip addr show dev p1 | grep 192.0.2.1"), 1);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep tbf"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip link show f1 >/dev/null && ip link show p1 >/dev/null"), 0);
	lab_stop(&lab);
}

static void restart_keeps_what_is_wanted_again(void)
{
	struct link_want a;
	struct link_want b;
	struct link_status before;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	make_pair(&a, &b);
	linkplane_want(lab.plane, &a);
	linkplane_want(lab.plane, &b);
	before = lab_status(&lab, "x1");
	lab_restart(&lab);
	linkplane_want(lab.plane, &a);
	linkplane_want(lab.plane, &b);
	linkplane_sweep(lab.plane);
	CU_ASSERT_EQUAL(lab_status(&lab, "x1").ifindex, before.ifindex);
	CU_ASSERT_TRUE(lab_status(&lab, "x1").in_step);
	lab_stop(&lab);
}

static void withdraw_leaves_nothing(void)
{
	const struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_want a;
	struct link_want b;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	make_pair(&a, &b);
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	linkplane_want(lab.plane, &w);
	linkplane_want(lab.plane, &a);
	linkplane_want(lab.plane, &b);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_marks(lab.plane, &mark, 1), 0);
	linkplane_withdraw_all(lab.plane);
	CU_ASSERT_EQUAL(lab_sh("ip link show | grep -E 'x1|x2|vbrd'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip rule | grep -E '200[0-3]:'; ip -6 rule | grep -E '200[0-3]:'"),
		1);
	CU_ASSERT_EQUAL(lab_sh("ip addr show | grep 192.0.2"), 1);
	lab_stop(&lab);
}

static void lack_of_permission_is_told_and_not_fatal(void)
{
	const struct link_want w = lab_port("p1", 101, "192.0.2.1", 24);
	struct link_status st;
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	CU_ASSERT_EQUAL_FATAL(seteuid(65534), 0);
	lab_restart(&lab);
	linkplane_want(lab.plane, &w);
	st = lab_status(&lab, "p1");
	CU_ASSERT_TRUE(st.present && !st.in_step);
	CU_ASSERT_PTR_NOT_NULL(strstr(st.error, "cannot set p1 up: Operation not permitted"));
	CU_ASSERT_FALSE(link_kernel_has_vrf());
	CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
	lab_restart(&lab);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	lab_stop(&lab);
}

static void many_devices_cost_little(void)
{
	struct lab lab;
	struct mono start;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	start = mono_now();
	for (int i = 0; i < 1000; i++) {
		char name[LINK_NAME_SIZE];
		char addr[IP_STRLEN];
		struct link_want w;

		(void)snprintf(name, sizeof(name), "p%d", i + 1);
		(void)snprintf(addr, sizeof(addr), "10.%d.%d.1", i / 256, i % 256);
		w = lab_port(name, 1000 + (uint32_t)i, addr, 24);
		linkplane_want(lab.plane, &w);
	}
	lab_settle(&lab);
	CU_ASSERT_EQUAL(linkplane_sync(lab.plane), 1000);
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	CU_ASSERT_TRUE(lab_status(&lab, "p1").in_step);
	printf("# 1000 devices, 5000 rules: %lld ms\n",
		(long long)mono_sub_us(mono_now(), start) / 1000);
	lab_stop(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(port_is_configured_when_it_appears),
	CU_CASE(port_that_comes_back_is_configured_again),
	CU_CASE(what_others_undo_is_done_again),
	CU_CASE(foreign_things_on_a_port_are_left_alone),
	CU_CASE(port_that_cannot_carry_the_mtu_says_so),
	CU_CASE(port_is_given_back_as_it_was),
	CU_CASE(pair_waits_for_its_other_end),
	CU_CASE(ipv4_crosses_a_pair_by_ipv6_next_hops),
	CU_CASE(gateway_answers_an_echo),
	CU_CASE(equal_addresses_answer_each_on_its_own_port),
	CU_CASE(shaper_follows_its_rate),
	CU_CASE(sweep_removes_leftovers_and_nothing_foreign),
	CU_CASE(restart_keeps_what_is_wanted_again),
	CU_CASE(withdraw_leaves_nothing),
	CU_CASE(lack_of_permission_is_told_and_not_fatal),
	CU_CASE(many_devices_cost_little),
};

CU_SUITE(kernel, cases);
