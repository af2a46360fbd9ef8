/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shaping of what arrives: the detour over an IFB, as it is made, repaired, adopted by the next
 * run, and taken back. Packets prove that it leads where they would have gone.
 */
#include <stdio.h>
#include <string.h>

#include "fib/link/link.h"
#include "tests/cu_main.h"
#include "tests/fib/link/lab.h"

#define ADD_PORT    "ip link add p1 type veth peer name p1x && ip link set p1x up"
#define FILTER      "tc filter show dev p1 ingress | grep -q 'Redirect to device i1'"
#define FILTER_GONE "! tc filter show dev p1 ingress 2>/dev/null | grep -q mirred"

/* A port of 10 Mbit/s both ways. */
static void declare(struct lab *lab, const char *addr)
{
	struct link_want w = lab_port("p1", 101, addr, 24);
	struct link_want i = lab_made("i1", LINK_KIND_IFB, 0);

	w.rate_bps = 10000000;
	i.rate_bps = 10000000;
	(void)snprintf(w.detour, sizeof(w.detour), "i1");
	(void)snprintf(i.peer, sizeof(i.peer), "p1");
	linkplane_want(lab->plane, &w);
	linkplane_want(lab->plane, &i);
}

static bool is_in_step(struct lab *lab)
{
	lab_settle(lab);
	return linkplane_sync(lab->plane) == 0;
}

static bool start(struct lab *lab)
{
	if (!lab_start(lab, LINK_MODE_RULES))
		return false;
	if (lab_sh("ip link add probe type ifb 2>/dev/null && ip link del probe") != 0) {
		cu_skip("this kernel has no IFB devices");
		lab_stop(lab);
		return false;
	}
	return true;
}

static void what_arrives_takes_the_detour(void)
{
	struct link_counters n = { 0 };
	struct lab lab;
	pid_t c;

	if (!start(&lab))
		return;
	c = lab_customer(&lab, "p1", "10.1.0.2/24", "10.1.0.1");
	declare(&lab, "10.1.0.1");
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(lab_sh(FILTER " && tc qdisc show dev i1 | grep -q 'tbf 5642:.*10Mbit'"), 0);
	CU_ASSERT_EQUAL(lab_sh("ip route add 10.1.0.0/24 dev p1 src 10.1.0.1 table 101"), 0);
	CU_ASSERT_TRUE(lab_ping(c, "10.1.0.1"));
	CU_ASSERT_EQUAL(linkplane_counters(lab.plane, "i1", &n), 0);
	CU_ASSERT_TRUE(n.tx_packets >= 1);
	lab_stop(&lab);
}

static void detour_that_others_break_is_mended(void)
{
	static const char *const harm[] = {
		"tc filter del dev p1 ingress pref 22082",
		"tc qdisc del dev p1 clsact",
		"ip link set i1 down",
		"ip link del i1",
		"tc qdisc del dev i1 root",
		"ip link add i2 type ifb && ip link set i2 up && tc filter del dev p1 ingress && "
		"tc filter add dev p1 ingress pref 22082 protocol all u32 match u32 0 0 "
		"action mirred egress redirect dev i2",
	};
	struct lab lab;

	if (!start(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	declare(&lab, "10.1.0.1");
	for (size_t i = 0; i < ARRAY_SIZE(harm); i++) {
		CU_ASSERT_TRUE(is_in_step(&lab));
		CU_ASSERT_EQUAL(lab_sh("%s", harm[i]), 0);
		lab_settle(&lab);
		CU_ASSERT_TRUE(is_in_step(&lab));
		CU_ASSERT_EQUAL(lab_sh(FILTER " && ip link show i1 | grep -q ',UP' && "
					      "tc qdisc show dev i1 | grep -q 'tbf 5642:'"),
			0);
	}
	lab_stop(&lab);
}

static void detour_goes_before_its_device(void)
{
	struct link_want w = lab_port("p1", 101, "10.1.0.1", 24);
	struct lab lab;

	if (!start(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	declare(&lab, "10.1.0.1");
	CU_ASSERT_TRUE(is_in_step(&lab));
	linkplane_unwant(lab.plane, "i1");
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(lab_sh(FILTER_GONE), 0);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -E 'clsact|tbf'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip link show i1 2>/dev/null"), 1);
	lab_stop(&lab);
}

static void filters_of_others_stay(void)
{
	struct lab lab;

	if (!start(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT " && tc qdisc add dev p1 clsact && "
					"tc filter add dev p1 ingress pref 7 protocol ip u32 "
					"match ip dst 192.0.2.9/32"),
		0);
	declare(&lab, "10.1.0.1");
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(lab_sh(FILTER), 0);
	linkplane_withdraw_all(lab.plane);
	CU_ASSERT_EQUAL(lab_sh(FILTER_GONE), 0);
	CU_ASSERT_EQUAL(lab_sh("tc filter show dev p1 ingress | grep -q 'pref 7 '"), 0);
	lab_stop(&lab);
}

static void next_run_adopts_or_sweeps_it(void)
{
	const char *number = "ip -o link show i1 | cut -d: -f1";
	struct lab lab;

	if (!start(&lab))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	declare(&lab, "10.1.0.1");
	CU_ASSERT_TRUE(is_in_step(&lab));
	/* An event would mean that something was made again. */
	CU_ASSERT_EQUAL(lab_sh("%s >/tmp/i1.$PPID; tc filter show dev p1 ingress "
			       ">/tmp/f1.$PPID",
				number),
		0);
	lab_restart(&lab);
	declare(&lab, "10.1.0.1");
	linkplane_sweep(lab.plane);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(lab_sh("%s | cmp - /tmp/i1.$PPID && tc filter show dev p1 ingress | "
			       "cmp - /tmp/f1.$PPID; r=$?; rm -f /tmp/[if]1.$PPID; exit $r",
				number),
		0);
	lab_restart(&lab);
	lab_settle(&lab);
	linkplane_sweep(lab.plane);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(lab_sh(FILTER_GONE), 0);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -E 'clsact|tbf'"), 1);
	CU_ASSERT_EQUAL(lab_sh("ip link show i1 2>/dev/null"), 1);
	lab_stop(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(what_arrives_takes_the_detour),
	CU_CASE(detour_that_others_break_is_mended),
	CU_CASE(detour_goes_before_its_device),
	CU_CASE(filters_of_others_stay),
	CU_CASE(next_run_adopts_or_sweeps_it),
};

CU_SUITE(shaping, cases);
