/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real kernel, in a network namespace of our own. What it has is read by a second backend.
 */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fib/backend/sink.h"
#include "fib/fib_priv.h"
#include "fib/nl.h"
#include "tests/cu_main.h"
#include "tests/fib/netns.h"
#include "tests/fib/rig.h"

#define T       RIG_TABLE
#define MAX_OBJ 64

struct kernel {
	struct rig r;
	struct fib_backend *eyes;
	uint32_t a; /* devices */
	uint32_t b;
};

static bool kernel_start(struct kernel *k)
{
	if (!netns_enter()) {
		cu_skip("no privilege to make a network namespace");
		return false;
	}
	k->a = netns_veth("ka");
	k->b = netns_veth("kb");
	CU_ASSERT_FATAL(k->a && k->b);
	k->eyes = fib_backend_netlink_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->eyes);
	rig_start(&k->r, fib_backend_netlink_new(), 1000);
	rig_table(&k->r, FIB_MSG_TABLE_ADD, T);
	return true;
}

static void kernel_stop(struct kernel *k)
{
	fib_withdraw_all(k->r.fib);
	rig_stop(&k->r);
	k->eyes->ops->free(k->eyes);
	netns_del(k->a);
	netns_del(k->b);
}

/* What a table holds. */

struct look {
	struct prefix pfx; /* to find */
	struct fib_dump_route found;
	bool is_found;
	uint32_t n[3]; /* by owner */
};

static void see_route(void *ctx, const struct fib_dump_route *r)
{
	struct look *l = ctx;

	l->n[r->owner]++;
	if (r->owner == FIB_OWNER_US && prefix_is_equal(&r->pfx, &l->pfx)) {
		l->found = *r;
		l->is_found = true;
	}
}

static struct look look(struct kernel *k, uint32_t table, const char *pfx)
{
	struct look l = { .pfx = rig_prefix(pfx) };

	for (unsigned i = 0; i < 2; i++) {
		int ret = k->eyes->ops->dump_start(k->eyes, table, i ? AF_INET6 : AF_INET);

		while (!ret && (ret = k->eyes->ops->dump_step(k->eyes, see_route, &l)) == 1)
			ret = 0;
		CU_ASSERT_EQUAL(ret, 0);
	}
	return l;
}

struct objects_seen {
	struct fib_dump_object o[MAX_OBJ];
	uint32_t n;
};

static void see_object(void *ctx, const struct fib_dump_object *o)
{
	struct objects_seen *s = ctx;

	if (s->n < MAX_OBJ)
		s->o[s->n++] = *o;
}

static void look_objects(struct kernel *k, struct objects_seen *s)
{
	s->n = 0;
	CU_ASSERT_EQUAL(k->eyes->ops->dump_objects(k->eyes, see_object, s), 0);
}

static const char *name_of(const struct kernel *k, uint32_t ifindex)
{
	if (ifindex == k->a || ifindex == k->b)
		return ifindex == k->a ? "ka" : "kb";
	return ifindex ? SINK_NAME : "hole";
}

/*
 * Nexthops of a route, as "ka:10.0.0.2*3 kb:10.0.0.6 hole", in the order of ids; "" when
 * there is no route.
 */
static const char *way(struct kernel *k, const char *pfx, char *buf, size_t size)
{
	struct look l = look(k, T, pfx);
	struct objects_seen s;
	char addr[IP_STRLEN];
	size_t len = 0;

	look_objects(k, &s);
	buf[0] = '\0';
	for (uint32_t g = 0; l.is_found && g < s.n; g++) {
		if (s.o[g].id != l.found.id)
			continue;
		for (uint32_t m = 0; m < s.o[g].n_members; m++) {
			for (uint32_t i = 0; i < s.n; i++) {
				const struct fib_nexthop *nh = &s.o[i].nexthop;

				if (s.o[i].id != s.o[g].members[m].id)
					continue;
				len += (size_t)snprintf(buf + len, size - len, "%s%s:%s*%u",
					len ? " " : "", name_of(k, nh->ifindex),
					ip_format(&nh->gw, addr), s.o[g].members[m].weight);
			}
		}
	}
	return buf;
}

static void routes_of_all_kinds_stand_as_wanted(void)
{
	struct nexthop nh[3];
	struct kernel k;
	char buf[200];

	if (!kernel_start(&k))
		return;
	rig_group_via(&k.r, 1, k.a, "10.0.0.2");
	rig_group_via(&k.r, 2, k.b, "fe80::2");
	nh[0] = rig_via(k.a, "10.0.0.2", 0);
	nh[1] = rig_via(k.b, "10.0.0.6", 0);
	nh[1].weight = 256;
	rig_group(&k.r, 3, nh, 2, NULL);
	nh[2] = nexthop_blackhole();
	rig_group(&k.r, 4, &nh[2], 1, NULL);
	nh[2] = nexthop_device(k.a);
	rig_group(&k.r, 5, &nh[2], 1, NULL);
	rig_route(&k.r, T, "10.1.0.0/16", 1);
	rig_route(&k.r, T, "10.2.0.0/16", 2);
	rig_route(&k.r, T, "2001:db8:2::/48", 2);
	rig_route(&k.r, T, "10.3.0.0/16", 3);
	rig_route(&k.r, T, "10.4.0.0/16", 4);
	rig_route(&k.r, T, "2001:db8:4::/48", 4);
	rig_route(&k.r, T, "10.5.0.0/16", 5);
	rig_route(&k.r, T, "2001:db8:5::/48", 5);
	rig_route(&k.r, T, "0.0.0.0/0", 1);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "ka:10.0.0.2*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "10.2.0.0/16", buf, sizeof(buf)), "kb:fe80::2*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "2001:db8:2::/48", buf, sizeof(buf)), "kb:fe80::2*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "10.3.0.0/16", buf, sizeof(buf)),
		"ka:10.0.0.2*1 kb:10.0.0.6*255");
	CU_ASSERT_STRING_EQUAL(way(&k, "10.4.0.0/16", buf, sizeof(buf)), "hole:*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "2001:db8:4::/48", buf, sizeof(buf)), "hole:*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "10.5.0.0/16", buf, sizeof(buf)), "ka:*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "2001:db8:5::/48", buf, sizeof(buf)), "ka:*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "0.0.0.0/0", buf, sizeof(buf)), "ka:10.0.0.2*1");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->routes_installed), 9);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->errors), 0);
	CU_ASSERT_EQUAL(look(&k, T, "0.0.0.0/0").n[FIB_OWNER_GUARD], 2);

	/* In place: from gateway to blackhole and back, without writing the routes. */
	const uint64_t written = counter_get(&fib_stats(k.r.fib)->written);
	nh[2] = nexthop_blackhole();
	rig_group(&k.r, 1, &nh[2], 1, NULL);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "hole:*1");
	rig_group_via(&k.r, 1, k.b, "10.0.0.6");
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "kb:10.0.0.6*1");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->written), written);
	scan_request_all(k.r.fib);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->drift_repaired), 0);
	kernel_stop(&k);
}

static void a_link_that_flaps_is_repaired(void)
{
	struct nexthop nh[2];
	struct kernel k;
	char buf[200];

	if (!kernel_start(&k))
		return;
	rig_group_via(&k.r, 1, k.a, "10.0.0.2");
	rig_group_via(&k.r, 2, k.a, "fe80::2");
	nh[0] = rig_via(k.a, "10.0.0.2", 0);
	nh[1] = rig_via(k.b, "10.0.0.6", 0);
	rig_group(&k.r, 3, nh, 2, NULL);
	rig_route(&k.r, T, "10.1.0.0/16", 1);
	rig_route(&k.r, T, "2001:db8:2::/48", 2);
	rig_route(&k.r, T, "10.3.0.0/16", 3);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(netns_set_up(k.a, false), 0);
	rig_turn_ms(&k.r, 20);
	CU_ASSERT_EQUAL(look(&k, T, "10.1.0.0/16").n[FIB_OWNER_US], 1);
	CU_ASSERT_STRING_EQUAL(way(&k, "10.3.0.0/16", buf, sizeof(buf)), "kb:10.0.0.6*1");
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "10.1.0.0/16", buf), FIB_STATE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf, "is not up"));
	CU_ASSERT_EQUAL(netns_set_up(k.a, true), 0);
	rig_turn_ms(&k.r, 100);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "ka:10.0.0.2*1");
	CU_ASSERT_STRING_EQUAL(way(&k, "2001:db8:2::/48", buf, sizeof(buf)), "ka:fe80::2*1");
	CU_ASSERT_EQUAL(strlen(way(&k, "10.3.0.0/16", buf, sizeof(buf))),
		strlen("ka:10.0.0.2*1 kb:10.0.0.6*1"));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->routes_installed), 3);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->drift_repaired), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->errors), 0);
	kernel_stop(&k);
}

static void a_dead_neighbor_is_replaced_in_place(void)
{
	struct nexthop nh[2];
	struct kernel k;
	char buf[200];
	FILE *f;

	if (!kernel_start(&k))
		return;
	nh[0] = rig_via(k.a, "10.0.0.2", 5);
	nh[1] = rig_via(k.b, "10.0.0.6", 6);
	rig_group(&k.r, 1, &nh[0], 1, &nh[1]);
	rig_route(&k.r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&k.r));
	rig_neighbor(&k.r, 5, false);
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "kb:10.0.0.6*1");
	rig_neighbor(&k.r, 5, true);
	CU_ASSERT_STRING_EQUAL(way(&k, "10.1.0.0/16", buf, sizeof(buf)), "ka:10.0.0.2*1");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->written), 1);
	/* The switch that makes it fast is back where it was. */
	f = fopen("/proc/sys/net/ipv4/nexthop_compat_mode", "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fgetc(f), '1');
	(void)fclose(f);
	kernel_stop(&k);
}

static void routes_of_others_are_untouched(void)
{
	char error[FIB_ERROR_SIZE];
	struct kernel k;
	struct look l;

	if (!kernel_start(&k))
		return;
	CU_ASSERT_EQUAL(netns_route(true, T, "10.1.0.0/16", FIB_METRIC), 0);
	CU_ASSERT_EQUAL(netns_route(true, T, "2001:db8:1::/48", FIB_METRIC), 0);
	CU_ASSERT_EQUAL(netns_route(true, T, "10.2.0.0/16", 5), 0);
	rig_group_via(&k.r, 2, k.a, "fe80::2");
	rig_route(&k.r, T, "10.1.0.0/16", 2);
	rig_route(&k.r, T, "2001:db8:1::/48", 2);
	rig_route(&k.r, T, "10.2.0.0/16", 2);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "10.1.0.0/16", error), FIB_STATE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another"));
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "2001:db8:1::/48", error), FIB_STATE_FAILED);
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "10.2.0.0/16", error), FIB_STATE_INSTALLED);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->foreign), 3);
	fib_withdraw_all(k.r.fib);
	l = look(&k, T, "10.1.0.0/16");
	CU_ASSERT_EQUAL(l.n[FIB_OWNER_OTHER], 3);
	CU_ASSERT_EQUAL(l.n[FIB_OWNER_US] + l.n[FIB_OWNER_GUARD], 0);
	CU_ASSERT_EQUAL(netns_route(false, T, "10.1.0.0/16", FIB_METRIC), 0);
	CU_ASSERT_EQUAL(netns_route(false, T, "2001:db8:1::/48", FIB_METRIC), 0);
	CU_ASSERT_EQUAL(netns_route(false, T, "10.2.0.0/16", 5), 0);
	kernel_stop(&k);
}

static void a_restart_adopts_without_writing(void)
{
	struct objects_seen s;
	struct kernel k;
	char pfx[40];

	if (!kernel_start(&k))
		return;
	for (unsigned run = 0; run < 2; run++) {
		if (run) {
			rig_stop(&k.r);
			rig_start(&k.r, fib_backend_netlink_new(), 1000);
			rig_table(&k.r, FIB_MSG_TABLE_ADD, T);
			CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->routes_stale), 601);
		}
		rig_group_via(&k.r, run + 1, k.a, "10.0.0.2");
		rig_group_via(&k.r, run + 7, k.b, "fe80::2");
		for (unsigned i = 0; i < 300; i++) {
			(void)snprintf(pfx, sizeof(pfx), "10.%u.%u.0/24", i / 250, i % 250);
			rig_route(&k.r, T, pfx, run + 1);
			(void)snprintf(pfx, sizeof(pfx), "2001:db8:%x::/48", i);
			rig_route(&k.r, T, pfx, run + 7);
		}
		if (!run)
			rig_route(&k.r, T, "10.99.0.0/16", 1);
		CU_ASSERT(rig_settle(&k.r));
	}
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->adopted), 600);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->written), 0);
	rig_synced(&k.r, T);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(look(&k, T, "10.99.0.0/16").n[FIB_OWNER_US], 600);
	CU_ASSERT_FALSE(look(&k, T, "10.99.0.0/16").is_found);
	fib_withdraw_all(k.r.fib);
	CU_ASSERT_EQUAL(look(&k, T, "10.99.0.0/16").n[FIB_OWNER_US], 0);
	CU_ASSERT_EQUAL(look(&k, T, "10.99.0.0/16").n[FIB_OWNER_GUARD], 0);
	look_objects(&k, &s);
	CU_ASSERT_EQUAL(s.n, 0);
	kernel_stop(&k);
}

static void a_bad_nexthop_fails_in_the_kernels_words(void)
{
	char error[FIB_ERROR_SIZE];
	struct kernel k;

	if (!kernel_start(&k))
		return;
	rig_group_via(&k.r, 1, k.a, "224.0.0.1");
	rig_group_via(&k.r, 2, k.a, "10.0.0.2");
	rig_route(&k.r, T, "10.1.0.0/16", 1);
	rig_route(&k.r, T, "2001:db8:1::/48", 2);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "10.1.0.0/16", error), FIB_STATE_FAILED);
	CU_ASSERT_STRING_EQUAL(error, "Nexthop has invalid gateway");
	CU_ASSERT_EQUAL(rig_state(&k.r, T, "2001:db8:1::/48", error), FIB_STATE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "IPv6 routes can not use an IPv4 nexthop"));
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->routes_failed), 2);
	kernel_stop(&k);
}

static void a_deleted_table_leaves_nothing(void)
{
	struct objects_seen s;
	struct kernel k;

	if (!kernel_start(&k))
		return;
	rig_group_via(&k.r, 1, k.a, "10.0.0.2");
	rig_route(&k.r, T, "10.1.0.0/16", 1);
	CU_ASSERT(rig_settle(&k.r));
	rig_table(&k.r, FIB_MSG_TABLE_DEL, T);
	rig_group_del(&k.r, 1);
	CU_ASSERT(rig_settle(&k.r));
	const struct look l = look(&k, T, "10.1.0.0/16");
	CU_ASSERT_EQUAL(l.n[FIB_OWNER_US] + l.n[FIB_OWNER_GUARD], 0);
	look_objects(&k, &s);
	CU_ASSERT_EQUAL(s.n, k.r.fib->groups.sink ? 1 : 0);
	kernel_stop(&k);
}

/* Buckets of the group of a route, as "ka:10.0.0.2=16 ka:10.0.0.3=16": who has none is left out. */

struct buckets {
	struct objects_seen s;
	uint32_t n[MAX_OBJ]; /* by object */
};

static int see_bucket(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NHA_RES_BUCKET + 1];
	const struct nlattr *in[NHA_RES_BUCKET_NH_ID + 1];
	struct buckets *b = ctx;

	nl_attrs(nlh, sizeof(struct nhmsg), tb, NHA_RES_BUCKET);
	nl_nested(tb[NHA_RES_BUCKET], in, NHA_RES_BUCKET_NH_ID);
	for (uint32_t i = 0; i < b->s.n; i++)
		b->n[i] += b->s.o[i].id == nl_attr_u32_or(in[NHA_RES_BUCKET_NH_ID], 0);
	return 0;
}

static const char *buckets(struct kernel *k, const char *pfx, char *buf, size_t size)
{
	const struct look l = look(k, T, pfx);
	alignas(struct nlmsghdr) char req[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = nl_request(req, RTM_GETNEXTHOPBUCKET, 0);
	struct buckets b = { 0 };
	struct nl *nl = nl_new();
	char addr[IP_STRLEN];
	size_t len = 0;

	look_objects(k, &b.s);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	mnl_attr_put_u32(nlh, NHA_ID, l.found.id);
	CU_ASSERT_EQUAL(nl_dump(nl, nlh, see_bucket, &b), 0);
	nl_free(nl);
	buf[0] = '\0';
	for (uint32_t i = 0; i < b.s.n; i++) {
		if (b.n[i])
			len += (size_t)snprintf(buf + len, size - len, "%s%s:%s=%u", len ? " " : "",
				name_of(k, b.s.o[i].nexthop.ifindex),
				ip_format(&b.s.o[i].nexthop.gw, addr), b.n[i]);
	}
	return buf;
}

static void carrier(struct kernel *k, const char *peer, bool up)
{
	CU_ASSERT_EQUAL(netns_set_up(if_nametoindex(peer), up), 0);
	for (unsigned i = 0;
		i < 2000 && k->eyes->ops->is_link_up(k->eyes, peer[1] == 'a' ? k->a : k->b) != up;
		i++)
		(void)usleep(1000);
	/* The kernel's work on it is done when somebody else has its lock. */
	CU_ASSERT_EQUAL(netns_set_up(1, true), 0);
}

/* Neither we nor the kernel removes a route when the carrier goes: we, later. */
static void routes_outlive_the_carrier_of_their_line(void)
{
	static const char *const pfx[] = { "10.1.0.0/16", "2001:db8:2::/48", "10.3.0.0/16",
		"10.4.0.0/16" };
	struct nexthop nh[3];
	struct kernel k;
	char buf[200];

	if (!kernel_start(&k))
		return;
	if (!k.r.fib->groups.sink) {
		cu_skip("the kernel has no IFB devices, or no resilient groups");
		kernel_stop(&k);
		return;
	}
	k.r.on_line = true;
	rig_group_via(&k.r, 1, k.a, "10.0.0.2");
	rig_group_via(&k.r, 2, k.a, "fe80::2");
	nh[0] = rig_via(k.a, "10.0.0.2", 0);
	nh[1] = rig_via(k.a, "10.0.0.3", 0);
	nh[1].weight = 3;
	nh[2] = rig_via(k.b, "10.0.0.6", 0);
	rig_group(&k.r, 3, nh, 2, NULL);
	rig_group(&k.r, 4, nh, 1, &nh[2]);
	for (unsigned i = 0; i < 4; i++)
		rig_route(&k.r, T, pfx[i], i + 1);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[0], buf, sizeof(buf)), "ka:10.0.0.2=32");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[1], buf, sizeof(buf)), "ka:fe80::2=32");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[2], buf, sizeof(buf)),
		"ka:10.0.0.2=30 ka:10.0.0.3=90");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[3], buf, sizeof(buf)), "ka:10.0.0.2=32");

	carrier(&k, "ka-p", false);
	CU_ASSERT_EQUAL(look(&k, T, pfx[0]).n[FIB_OWNER_US], 4);
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[0], buf, sizeof(buf)), SINK_NAME ":fe80::1=32");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[1], buf, sizeof(buf)), SINK_NAME ":fe80::1=32");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[2], buf, sizeof(buf)), SINK_NAME ":fe80::1=120");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[3], buf, sizeof(buf)), "kb:10.0.0.6=32");

	rig_turn_ms(&k.r, 20);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(look(&k, T, pfx[0]).n[FIB_OWNER_US], 1);
	CU_ASSERT_STRING_EQUAL(way(&k, pfx[3], buf, sizeof(buf)),
		"kb:10.0.0.6*255 " SINK_NAME ":fe80::1*1");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[3], buf, sizeof(buf)), "kb:10.0.0.6=32");

	carrier(&k, "ka-p", true);
	rig_turn_ms(&k.r, 100);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_EQUAL(look(&k, T, pfx[0]).n[FIB_OWNER_US], 4);
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[3], buf, sizeof(buf)), "ka:10.0.0.2=32");
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->drift_repaired), 0);
	CU_ASSERT_EQUAL(counter_get(&fib_stats(k.r.fib)->errors), 0);

	/* The device of the spare one has no carrier to lose, but may be removed. */
	netns_del(if_nametoindex(SINK_NAME));
	rig_turn_ms(&k.r, 20);
	CU_ASSERT(rig_settle(&k.r));
	CU_ASSERT_STRING_EQUAL(way(&k, pfx[0], buf, sizeof(buf)),
		"ka:10.0.0.2*255 " SINK_NAME ":fe80::1*1");
	CU_ASSERT_STRING_EQUAL(buckets(&k, pfx[0], buf, sizeof(buf)), "ka:10.0.0.2=32");
	CU_ASSERT(counter_get(&fib_stats(k.r.fib)->drift_repaired) > 0);
	fib_withdraw_all(k.r.fib);
	CU_ASSERT_EQUAL(if_nametoindex(SINK_NAME), 0);
	kernel_stop(&k);
}

static const struct cu_case cases[] = {
	CU_CASE(routes_of_all_kinds_stand_as_wanted),
	CU_CASE(a_link_that_flaps_is_repaired),
	CU_CASE(a_dead_neighbor_is_replaced_in_place),
	CU_CASE(routes_of_others_are_untouched),
	CU_CASE(a_restart_adopts_without_writing),
	CU_CASE(a_bad_nexthop_fails_in_the_kernels_words),
	CU_CASE(a_deleted_table_leaves_nothing),
	CU_CASE(routes_outlive_the_carrier_of_their_line),
};
CU_SUITE(kernel, cases);
