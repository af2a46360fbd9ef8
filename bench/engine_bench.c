/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a router without a kernel behind it: accepts load from test peers over real
 * sessions and hands its routes to a fib that only counts. Senders have the AS numbers 64512
 * and up, receivers 4200000000 and up and an export policy that lets all through; session k
 * sits at the k-th address. Without receivers the senders are the receivers too. TABLE 0 is an
 * instance without a fib, as daemons are that are given no kernel table; with another number the
 * routes go to the fib that counts.
 *
 * One JSON line a second while something changes; ends by signal.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bgpd/engine.h"
#include "bgpd/nhtable.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define LOCAL_AS    64511
#define SENDER_AS   64512u
#define RECEIVER_AS 4200000000u

struct bench {
	struct loop *l;
	struct attrs_table *attrs;
	struct bgp_engine *e;
	struct bgp_instance *i;
	struct timer report;
	uint32_t keys;
	uint64_t ops;
	uint64_t told; /* what was there at the last report */
};

static int on_route(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	struct bench *b = ctx;

	(void)table;
	(void)pfx;
	(void)gid;
	b->ops++;
	return 0;
}

static int on_synced(void *ctx, uint32_t table, uint8_t af)
{
	(void)ctx;
	(void)table;
	(void)af;
	return 0;
}

static void on_neighbor(void *ctx, const struct bgp_neighbor *n)
{
	(void)ctx;
	(void)n;
}

static uint32_t on_live_key(void *ctx)
{
	return ++((struct bench *)ctx)->keys;
}

static const struct bgp_engine_ops engine_ops = {
	.route = on_route,
	.synced = on_synced,
	.neighbor = on_neighbor,
	.live_key = on_live_key,
};

static int on_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	(void)ctx;
	(void)gid;
	(void)g;
	return 0;
}

static const struct nhtable_ops group_ops = { .group = on_group };

static double cpu_s(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
		(double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static void report(void *ctx)
{
	struct bench *b = ctx;
	const struct rib *r = bgp_instance_rib(b->i, BGP_FAMILY_IP4);
	const uint64_t seen = b->ops + rib_count_paths(r);
	struct rusage u;

	timer_start(&b->report, 1000000);
	if (b->told == seen)
		return;
	b->told = seen;
	getrusage(RUSAGE_SELF, &u);
	printf("{\"routes\":%u,\"paths\":%u,\"fib_ops\":%llu,\"attribute_sets\":%u,"
	       "\"cpu_s\":%.2f,\"peak_mb\":%ld,\"engine_mb\":%zu}\n",
		rib_count_best(r), rib_count_paths(r), (unsigned long long)b->ops,
		attrs_count(b->attrs), cpu_s(&u), u.ru_maxrss / 1024,
		(bgp_engine_bytes(b->e) + attrs_bytes(b->attrs)) >> 20);
	fflush(stdout);
}

/* A route-map "all" that permits everything. */
static struct policy_set *permit_all(void)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));
	struct policy_set *set;
	struct errbuf err;

	c->maps = xcalloc(1, sizeof(*c->maps));
	c->n_maps = 1;
	c->maps[0].name = xstrdup("all");
	c->maps[0].terms = xcalloc(1, sizeof(*c->maps[0].terms));
	c->maps[0].n_terms = 1;
	c->maps[0].terms[0] = (struct policy_term){ .seq = 10, .permit = true };
	errbuf_init(&err);
	set = policy_compile(c, NULL, &err);
	errbuf_fini(&err);
	policy_conf_free(c);
	return set;
}

static void add_peers(struct bench *b, struct ip_addr first, uint32_t senders, uint32_t receivers)
{
	const uint32_t base = ip_to_v4(&first);

	for (uint32_t k = 0; k < senders + receivers; k++) {
		const bool is_sender = k < senders;
		struct bgp_peer_conf c = {
			.session = {
				.remote = ip_from_v4(base + k),
				.peer_as = is_sender ? SENDER_AS + k :
						       RECEIVER_AS + k - senders,
				.hold_s = 180,
				.keepalive_s = 60,
				.connect_retry_s = 5,
				.passive = true,
				.enabled = true,
				.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4) |
					BGP_FAMILY_BIT(BGP_FAMILY_IP6),
			},
			.has_export = !is_sender || receivers == 0,
			.export_policy = "all",
		};

		(void)bgp_peer_new(b->i, &c);
	}
}

int main(int argc, char **argv)
{
	static const struct bgp_engine_conf conf = { .name = "bench" };
	struct bgp_instance_conf ic = {
		.local_as = LOCAL_AS,
		.router_id = 0x0a630001,
		.max_paths = 1,
		.advertise = EXPORT_ADVERTISE_NONE,
		.sync_s = 60,
	};
	struct bgp_link link = { .ifindex = 1, .up = true, .len4 = 16 };
	struct bench b = { .l = loop_new("bench") };
	struct ip_addr first;

	if (argc != 6 || ip_parse(argv[1], &link.local4) < 0 || ip_parse(argv[2], &first) < 0) {
		fprintf(stderr, "usage: %s LOCAL FIRST-PEER SENDERS RECEIVERS TABLE\n", argv[0]);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	ic.table = (uint32_t)strtoul(argv[5], NULL, 10);
	b.attrs = attrs_table_new();
	b.e = bgp_engine_new(&(struct bgp_engine_home){ b.l, nhtable_new(&group_ops, &b), b.attrs },
		&conf, &engine_ops, &b);
	bgp_engine_set_policy(b.e, permit_all());
	b.i = bgp_instance_new(b.e, &ic, &link, 1);
	add_peers(&b, first, (uint32_t)strtoul(argv[3], NULL, 10),
		(uint32_t)strtoul(argv[4], NULL, 10));
	timer_init(&b.report, b.l, report, &b);
	timer_start(&b.report, 1000000);
	return loop_run(b.l) < 0;
}
