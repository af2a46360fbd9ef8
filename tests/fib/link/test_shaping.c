/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shaping of what arrives: the detour over an IFB, as it is made, repaired, adopted by the next
 * run, and taken back. Packets prove that it leads where they would have gone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static struct link_want scheduled(void)
{
	static const struct tc_class classes[] = {
		{ TC_CLASS_CONTROL, 0, 1514, 65536 },
		{ TC_CLASS_MEDIUM, 2, 6056, 30000 },
		{ TC_CLASS_DEFAULT, 2, 1514, 20000 },
	};
	struct link_want w = lab_port("p1", 101, "10.1.0.1", 24);

	w.rate_bps = 10000000;
	w.n_classes = ARRAY_SIZE(classes);
	memcpy(w.classes, classes, sizeof(classes));
	w.control.n_own = 2;
	(void)ip_parse("10.1.0.1", &w.control.own[0]);
	(void)ip_parse("fe80::", &w.control.own[1]);
	return w;
}

#define CLASSES                                                                        \
	"tc qdisc show dev p1 | grep -q 'htb 5643: parent 5642:1 .*default 0x3' && "   \
	"tc class show dev p1 | grep -q 'htb 5643:10 root leaf 5654: prio 2' && "      \
	"tc -d class show dev p1 | grep -q 'htb 5643:10 .*quantum 6056' && "           \
	"tc qdisc show dev p1 | grep -q 'bfifo 5654: parent 5643:10 limit 30000b' && " \
	"tc qdisc show dev p1 | grep -q 'bfifo 564b: parent 5643:7 limit' && "         \
	"[ $(tc filter show dev p1 parent 5643: | grep -c 'flowid 5643:7') = 13 ]"

static void classes_are_made_and_mended(void)
{
	static const char *const harm[] = {
		"tc qdisc del dev p1 root",
		"tc qdisc del dev p1 parent 5642:1 handle 5643:",
		"tc class del dev p1 classid 5643:10",
		"tc class change dev p1 classid 5643:10 htb rate 1mbit prio 5",
		"tc qdisc del dev p1 parent 5643:10",
		"tc qdisc replace dev p1 parent 5643:10 handle 5654: bfifo limit 7000",
		"tc class add dev p1 parent 5643: classid 5643:99 htb rate 1mbit",
		"tc filter del dev p1 parent 5643:",
		"tc filter del dev p1 parent 5643: pref 22083",
		("tc filter add dev p1 parent 5643: pref 1 protocol ip u32 match ip tos 0 0 "
		 "flowid 5643:7"),
	};
	const struct link_want w = scheduled();
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	linkplane_want(lab.plane, &w);
	for (size_t i = 0; i < ARRAY_SIZE(harm); i++) {
		CU_ASSERT_TRUE(is_in_step(&lab));
		CU_ASSERT_EQUAL(lab_sh(CLASSES), 0);
		CU_ASSERT_EQUAL(lab_sh("%s", harm[i]), 0);
		lab_settle(&lab);
		CU_ASSERT_TRUE(is_in_step(&lab));
		if (lab_sh(CLASSES) != 0)
			printf("# not mended: %s\n", harm[i]);
		CU_ASSERT_EQUAL(lab_sh(CLASSES), 0);
	}
	CU_ASSERT_EQUAL(lab_sh("tc class show dev p1 | grep 5643:99"), 1);
	lab_stop(&lab);
}

static void classes_change_without_being_made_anew(void)
{
	struct tc_class_seen seen[TC_MAX_CLASSES];
	struct link_want w = scheduled();
	struct lab lab;
	uint64_t bytes;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	(void)lab_sh("ping -c 1 -W 1 -I p1 10.1.0.9 >/dev/null"); /* asks for its MAC address */
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", seen), 3);
	CU_ASSERT_EQUAL(seen[0].class.minor, TC_CLASS_DEFAULT);
	bytes = seen[0].stats.bytes;
	CU_ASSERT_TRUE(bytes > 0);
	w.rate_bps = 20000000;
	w.classes[1].quantum = 3028;
	w.classes[2].limit = 40000;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", seen), 3);
	CU_ASSERT_EQUAL(seen[2].class.minor, TC_CLASS_MEDIUM);
	CU_ASSERT_EQUAL(seen[2].class.quantum, 3028);
	CU_ASSERT_TRUE(seen[0].stats.bytes >= bytes);
	/* One class less, then none. */
	w.n_classes = 1;
	w.control.n_own = 0;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", seen), 1);
	CU_ASSERT_EQUAL(lab_sh("[ $(tc filter show dev p1 parent 5643: | grep -c flowid) = 5 ]"),
		0);
	w.n_classes = 0;
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", seen), 0);
	CU_ASSERT_EQUAL(lab_sh("tc qdisc show dev p1 | grep -q 'tbf 5642:'"), 0);
	lab_stop(&lab);
}

/* 420 KB at once: more than bucket and queue of 10 Mbit/s hold. */
static void flood(const char *device, const char *to)
{
	const struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = inet_addr(to) };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int room = 1 << 22;
	char packet[1400] = { 0 };

	CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)), 0);
	CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)), 0);
	for (int i = 0; i < 300; i++)
		(void)sendto(fd, packet, sizeof(packet), MSG_DONTWAIT, (const void *)&sa,
			sizeof(sa));
	(void)close(fd);
}

static void shaper_tells_what_it_dropped(void)
{
	struct tc_counts n;
	struct lab lab;
	pid_t c;

	if (!start(&lab))
		return;
	c = lab_customer(&lab, "p1", "10.1.0.2/24", "10.1.0.1");
	declare(&lab, "10.1.0.1");
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(lab_sh("ip route add 10.1.0.0/24 dev p1 src 10.1.0.1 table 101"), 0);
	CU_ASSERT_TRUE(lab_ping(c, "10.1.0.1"));
	CU_ASSERT_EQUAL(linkplane_shaper(lab.plane, "p1", &n), 0);
	CU_ASSERT(n.packets >= 1 && n.dropped == 0);
	flood("p1", "10.1.0.2");
	CU_ASSERT_EQUAL(linkplane_shaper(lab.plane, "p1", &n), 0);
	CU_ASSERT(n.dropped > 0);
	CU_ASSERT_EQUAL(linkplane_shaper(lab.plane, "nosuch", &n), -ENOENT);
	lab_stop(&lab);
}

static void next_run_finds_classes_in_step(void)
{
	const struct link_want w = scheduled();
	struct tc_class_seen before[TC_MAX_CLASSES];
	struct tc_class_seen after[TC_MAX_CLASSES];
	struct lab lab;

	if (!lab_start(&lab, LINK_MODE_RULES))
		return;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	linkplane_want(lab.plane, &w);
	CU_ASSERT_TRUE(is_in_step(&lab));
	(void)lab_sh("ping -c 1 -W 1 -I p1 10.1.0.9 >/dev/null");
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", before), 3);
	lab_restart(&lab);
	linkplane_want(lab.plane, &w);
	linkplane_sweep(lab.plane);
	CU_ASSERT_TRUE(is_in_step(&lab));
	CU_ASSERT_EQUAL(linkplane_classes(lab.plane, "p1", after), 3);
	CU_ASSERT_TRUE(before[0].stats.bytes > 0);
	CU_ASSERT_TRUE(after[0].stats.bytes >= before[0].stats.bytes);
	lab_stop(&lab);
}

static const struct cu_case cases[] = {
	CU_CASE(what_arrives_takes_the_detour),
	CU_CASE(detour_that_others_break_is_mended),
	CU_CASE(detour_goes_before_its_device),
	CU_CASE(filters_of_others_stay),
	CU_CASE(next_run_adopts_or_sweeps_it),
	CU_CASE(classes_are_made_and_mended),
	CU_CASE(classes_change_without_being_made_anew),
	CU_CASE(shaper_tells_what_it_dropped),
	CU_CASE(next_run_finds_classes_in_step),
};

CU_SUITE(shaping, cases);
