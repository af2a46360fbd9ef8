/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast routes reach the kernel: a table of IPv4 /24s by one group through the whole fib, in a
 * namespace of our own, then the death of the neighbour of all of them, then their removal. One
 * JSON line.
 *
 *	fib_bench [routes]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "fib/backend/backend.h"
#include "fib/fib.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "tests/fib/netns.h"

#define TABLE        10000
#define ROUTES       1000000
#define BURST        FIB_BATCH /* orders between two turns of the loop, as a ring gives */
#define PRIME        7919      /* order of the routes: not sorted, as a peer sends them */
#define US_PER_S     1000000.0
#define MAX_SETTLE_S 600

struct bench {
	struct loop *loop;
	struct fib *fib;
	uint32_t n;
};

static double now_s(void)
{
	return (double)mono_now().us / US_PER_S;
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / US_PER_S;
}

static void settle(struct bench *b)
{
	const double end = now_s() + MAX_SETTLE_S;

	do {
		(void)loop_turn(b->loop);
	} while (!fib_is_idle(b->fib) && now_s() < end);
}

static void set_group(struct bench *b, uint32_t if_a, uint32_t if_b)
{
	struct fib_msg m = { .type = FIB_MSG_GROUP_SET, .gid = 1 };
	const struct ip_addr gw_a = ip_from_v4(0x0a000002);
	const struct ip_addr gw_b = ip_from_v4(0x0a000006);
	const struct nexthop a = nexthop_gateway(if_a, &gw_a, 1);
	const struct nexthop backup = nexthop_gateway(if_b, &gw_b, 2);

	m.take_group = xmalloc(sizeof(*m.take_group));
	nhgroup_init(m.take_group);
	(void)nhgroup_add(m.take_group, &a);
	nhgroup_set_backup(m.take_group, &backup);
	fib_handle(b->fib, 0, &m);
}

/* As the thread does with its rings. */
static void few_routes(struct bench *b, enum fib_msg_type type, uint32_t first)
{
	struct fib_msg m[FIB_MANY];
	const struct fib_msg *list[FIB_MANY];
	uint32_t n = 0;

	for (; n < FIB_MANY && first + n < b->n; n++) {
		const uint32_t k = (uint32_t)(((uint64_t)(first + n) * PRIME) % b->n);
		const struct ip_addr a = ip_from_v4(0x01000000 + (k << 8));

		m[n] = (struct fib_msg){ .type = (uint8_t)type, .table = TABLE, .gid = 1 };
		m[n].pfx = prefix_make(&a, 24);
		list[n] = &m[n];
	}
	fib_handle_many(b->fib, 0, list, n);
}

static double routes(struct bench *b, enum fib_msg_type type)
{
	const double start = now_s();

	for (uint32_t i = 0; i < b->n; i += FIB_MANY) {
		few_routes(b, type, i);
		if (i % BURST == 0)
			(void)loop_turn(b->loop);
	}
	settle(b);
	return now_s() - start;
}

int main(int argc, char **argv)
{
	const struct fib_conf conf = { .table_base = TABLE, .table_count = 1, .stale_s = 100000 };
	struct fib_msg m = { .type = FIB_MSG_TABLE_ADD, .table = TABLE };
	struct bench b = { .n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : ROUTES };
	struct fib_backend *backend;
	uint32_t a;
	uint32_t c;
	double add_s;
	double add_cpu_s;
	double switch_s;
	double del_s;

	if (!netns_enter() || !(a = netns_veth("ba")) || !(c = netns_veth("bb"))) {
		fprintf(stderr, "fib_bench: needs the privilege to make a network namespace\n");
		return 77;
	}
	b.loop = loop_new("bench");
	backend = fib_backend_netlink_new();
	if (!backend)
		return 1;
	b.fib = fib_new(b.loop, &conf, backend);
	fib_handle(b.fib, 0, &m);
	set_group(&b, a, c);
	add_cpu_s = cpu_s();
	add_s = routes(&b, FIB_MSG_ROUTE_SET);
	add_cpu_s = cpu_s() - add_cpu_s;
	const uint64_t installed = counter_get(&fib_stats(b.fib)->routes_installed);

	switch_s = now_s();
	m = (struct fib_msg){ .type = FIB_MSG_NEIGHBOR_DOWN, .gid = 1 };
	fib_handle(b.fib, 0, &m);
	switch_s = now_s() - switch_s;
	del_s = routes(&b, FIB_MSG_ROUTE_DEL);
	printf("{\"bench\":\"fib\",\"routes\":%u,\"installed\":%llu,\"add-s\":%.3f,"
	       "\"add-cpu-s\":%.3f,\"switch-ms\":%.3f,\"delete-s\":%.3f,\"write-p99-us\":%llu}\n",
		b.n, (unsigned long long)installed, add_s, add_cpu_s, switch_s * 1000, del_s,
		(unsigned long long)histogram_quantile_us(&fib_stats(b.fib)->write_us, 0.99));
	fib_free(b.fib);
	loop_free(b.loop);
	return 0;
}
