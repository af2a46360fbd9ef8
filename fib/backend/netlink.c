/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel as backend. Three sockets: writes, dumps, notifications, so that no answer has to be
 * told from another kind.
 *
 * Writes: up to FIB_BATCH messages in one sendmsg, NLM_F_ACK on the last one only. Errors come
 * without being asked for, so a sequence number below the acknowledged one without an error is a
 * success: the same knowledge for a hundredth of the answers.
 *
 * Rewriting a group: for listeners of old, the kernel then walks all routes and announces each one
 * that uses the group, inside the request: 0.55 s for a million routes, against 0.15 ms without
 * (measured). The next group of the batch would wait for that. So net.ipv4.nexthop_compat_mode is
 * off while groups are written, and back as it was after; off for good it would hide gateways from
 * `ip route`.
 *
 * Notifications: nexthops and links, never routes. To read one's own route notifications costs as
 * much as the writing; the kernel removes routes silently anyway (with the nexthop, of which it
 * tells).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fib/backend/backend.h"
#include "fib/backend/encode.h"
#include "fib/backend/sink.h"
#include "fib/nl.h"
#include "lib/base/xalloc.h"

#define COMPAT_MODE "/proc/sys/net/ipv4/nexthop_compat_mode"
#define DATAGRAMS   64 /* notifications taken in one go */

struct backend {
	struct fib_backend base;
	struct nl *writer;  /* owned */
	struct nl *dumper;  /* owned; NULL between dumps: closing it is how a dump is given up */
	struct nl *monitor; /* owned */
	int compat_fd;      /* owned; the switch of the file head, -1 if there is none for us */
	uint32_t dump_seq;
	uint32_t dump_table;
	bool dump_interrupted;
	alignas(struct nlmsghdr) uint8_t out[FIB_BATCH * ENCODE_MAX];
	alignas(struct nlmsghdr) uint8_t in[NL_RECV_SIZE];
};

static struct backend *self(struct fib_backend *b)
{
	return container_of(b, struct backend, base);
}

/* Writing. */

/* Encode all; the sequence of op i is first + i. Their results are good until told. */
static size_t encode(struct backend *b, struct fib_op *ops, uint32_t n, uint32_t first)
{
	struct nlmsghdr *nlh = NULL;
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++) {
		nlh = encode_op(b->out + len, &ops[i]);
		nlh->nlmsg_seq = first + i;
		ops[i].error = 0;
		len += nlh->nlmsg_len;
	}
	if (nlh)
		nlh->nlmsg_flags |= NLM_F_ACK;
	return len;
}

/* Take the answers out of one datagram. Returns whether the last op's was among them. */
static bool take_answers(struct backend *b, ssize_t len, uint32_t first, struct fib_op *ops,
	uint32_t n)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)b->in;
	int left = (int)len;
	bool last = false;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const uint32_t i = nlh->nlmsg_seq - first;

		if (nlh->nlmsg_type != NLMSG_ERROR || i >= n)
			continue;
		ops[i].error = nl_error(nlh, ops[i].text, sizeof(ops[i].text));
		last |= i + 1 == n;
	}
	return last;
}

static bool has_groups(const struct fib_op *ops, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (ops[i].kind == FIB_OP_GROUP_SET)
			return true;
	}
	return false;
}

/* Returns whether it was on. */
static bool compat_off(const struct backend *b)
{
	char was = 0;

	return b->compat_fd >= 0 && pread(b->compat_fd, &was, 1, 0) == 1 && was == '1' &&
		pwrite(b->compat_fd, "0", 1, 0) == 1;
}

static void compat_on(const struct backend *b)
{
	(void)!pwrite(b->compat_fd, "1", 1, 0);
}

static int write_batch(struct backend *b, struct fib_op *ops, uint32_t n)
{
	const int fd = nl_fd(b->writer);
	const uint32_t first = nl_seqs(b->writer, n);
	const size_t len = encode(b, ops, n, first);
	bool done = false;

	while (send(fd, b->out, len, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	while (!done) {
		const ssize_t got = recv(fd, b->in, sizeof(b->in), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno; /* ENOBUFS: answers were dropped, maybe the last one */
		done = take_answers(b, got, first, ops, n);
	}
	return 0;
}

static int backend_write(struct fib_backend *base, struct fib_op *ops, uint32_t n)
{
	struct backend *b = self(base);
	const bool was_on = has_groups(ops, n) && compat_off(b);
	const int ret = write_batch(b, ops, n);

	if (was_on)
		compat_on(b);
	return ret;
}

/* Dumps. */

struct object_walk {
	fib_object_fn fn;
	void *ctx;
};

static void read_members(const struct nlattr *a, struct fib_dump_object *o)
{
	const struct nexthop_grp *grp = mnl_attr_get_payload(a);
	const size_t n = mnl_attr_get_payload_len(a) / sizeof(*grp);

	o->n_members = (uint8_t)(n < FIB_MAX_DUMP_GROUP ? n : FIB_MAX_DUMP_GROUP);
	for (unsigned i = 0; i < o->n_members; i++)
		o->members[i] = (struct fib_member){ .id = grp[i].id,
			.weight = (uint16_t)(grp[i].weight + 1) };
}

static void read_spread(const struct nlattr *res, struct nhspread *s)
{
	const struct nlattr *tb[NHA_RES_GROUP_IDLE_TIMER + 1];

	nl_nested(res, tb, NHA_RES_GROUP_IDLE_TIMER);
	if (tb[NHA_RES_GROUP_BUCKETS])
		s->buckets = mnl_attr_get_u16(tb[NHA_RES_GROUP_BUCKETS]);
	s->idle_s = (uint16_t)(nl_attr_u32_or(tb[NHA_RES_GROUP_IDLE_TIMER], 0) / encode_ticks(1));
}

static void read_nexthop(const struct nlattr *const *tb, uint8_t family, struct fib_nexthop *n)
{
	n->family = family;
	n->ifindex = nl_attr_u32_or(tb[NHA_OIF], 0);
	if (tb[NHA_BLACKHOLE]) {
		n->kind = NEXTHOP_KIND_BLACKHOLE;
		n->ifindex = 0;
	} else if (tb[NHA_GATEWAY] &&
		mnl_attr_get_payload_len(tb[NHA_GATEWAY]) >= family_bytes(family)) {
		n->kind = NEXTHOP_KIND_GATEWAY;
		n->gw = ip_from_bytes(family, mnl_attr_get_payload(tb[NHA_GATEWAY]));
	} else {
		n->kind = NEXTHOP_KIND_DEVICE;
	}
}

static bool is_our_id(uint32_t id)
{
	return id - FIB_ID_BASE < FIB_ID_COUNT;
}

static int object_seen(void *ctx, const struct nlmsghdr *nlh)
{
	const struct object_walk *w = ctx;
	const struct nhmsg *nh = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NHA_RES_GROUP + 1];
	struct fib_dump_object o;

	if (nlh->nlmsg_type != RTM_NEWNEXTHOP)
		return 0;
	nl_attrs(nlh, sizeof(*nh), tb, NHA_RES_GROUP);
	memset(&o, 0, sizeof(o));
	o.id = nl_attr_u32_or(tb[NHA_ID], 0);
	if (nh->nh_protocol != FIB_PROTOCOL || !is_our_id(o.id))
		return 0;
	if (tb[NHA_GROUP])
		read_members(tb[NHA_GROUP], &o);
	else
		read_nexthop(tb, nh->nh_family, &o.nexthop);
	if (tb[NHA_RES_GROUP])
		read_spread(tb[NHA_RES_GROUP], &o.spread);
	w->fn(w->ctx, &o);
	return 0;
}

static int backend_dump_objects(struct fib_backend *base, fib_object_fn fn, void *ctx)
{
	struct object_walk w = { .fn = fn, .ctx = ctx };
	struct nlmsghdr *nlh;
	struct nl *nl = nl_new();
	alignas(struct nlmsghdr) char buf[256];
	int ret;

	(void)base;
	if (!nl)
		return -errno;
	nlh = nl_request(buf, RTM_GETNEXTHOP, 0);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
	ret = nl_dump(nl, nlh, object_seen, &w);
	nl_free(nl);
	return ret;
}

static void dump_end(struct backend *b)
{
	nl_free(b->dumper);
	b->dumper = NULL;
}

static int backend_dump_start(struct fib_backend *base, uint32_t table, uint8_t family)
{
	struct backend *b = self(base);
	struct nlmsghdr *nlh;
	struct rtmsg *rt;
	alignas(struct nlmsghdr) char buf[256];

	dump_end(b);
	b->dumper = nl_new();
	if (!b->dumper)
		return -errno;
	nlh = nl_request(buf, RTM_GETROUTE, NLM_F_DUMP);
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtm_family = family;
	if (table)
		mnl_attr_put_u32(nlh, RTA_TABLE, table);
	else
		rt->rtm_protocol = FIB_PROTOCOL;
	nlh->nlmsg_seq = nl_next_seq(b->dumper);
	b->dump_seq = nlh->nlmsg_seq;
	b->dump_table = table;
	b->dump_interrupted = false;
	if (send(nl_fd(b->dumper), nlh, nlh->nlmsg_len, 0) < 0) {
		const int err = errno;

		dump_end(b);
		return -err;
	}
	return 0;
}

/* Ours or not, from the message alone. */
static uint8_t owner_of(const struct rtmsg *rt, uint32_t metric)
{
	if (rt->rtm_protocol != FIB_PROTOCOL)
		return FIB_OWNER_OTHER;
	if (rt->rtm_type == RTN_UNREACHABLE && rt->rtm_dst_len == 0 && metric == FIB_GUARD_METRIC)
		return FIB_OWNER_GUARD;
	/* A route by a blackhole nexthop is shown as a blackhole route. */
	if (rt->rtm_type != RTN_UNICAST && rt->rtm_type != RTN_BLACKHOLE)
		return FIB_OWNER_OTHER;
	return rt->rtm_tos == 0 && metric == FIB_METRIC ? FIB_OWNER_US : FIB_OWNER_OTHER;
}

static void route_seen(const struct backend *b, const struct nlmsghdr *nlh, fib_route_fn fn,
	void *ctx)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_NH_ID + 1];
	struct fib_dump_route r = { 0 };
	struct ip_addr dst = { 0 };

	nl_attrs(nlh, sizeof(*rt), tb, RTA_NH_ID);
	r.table = nl_attr_u32_or(tb[RTA_TABLE], rt->rtm_table);
	/* A kernel without strict filters shows all tables. */
	if ((b->dump_table && r.table != b->dump_table) || rt->rtm_flags & RTM_F_CLONED)
		return;
	r.owner = owner_of(rt, nl_attr_u32_or(tb[RTA_PRIORITY], 0));
	if (!b->dump_table && r.owner == FIB_OWNER_OTHER)
		return;
	dst.family = rt->rtm_family;
	if (tb[RTA_DST] && mnl_attr_get_payload_len(tb[RTA_DST]) >= family_bytes(dst.family))
		dst = ip_from_bytes(dst.family, mnl_attr_get_payload(tb[RTA_DST]));
	r.pfx = prefix_make(&dst, rt->rtm_dst_len);
	r.id = nl_attr_u32_or(tb[RTA_NH_ID], 0);
	fn(ctx, &r);
}

/* 1: go on; else the result of the dump. */
static int dump_message(struct backend *b, const struct nlmsghdr *nlh, fib_route_fn fn, void *ctx)
{
	int ret = 0;

	if (nlh->nlmsg_seq != b->dump_seq)
		return 1;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		b->dump_interrupted = true;
	switch (nlh->nlmsg_type) {
	case RTM_NEWROUTE:
		route_seen(b, nlh, fn, ctx);
		return 1;
	case NLMSG_DONE:
		if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
			memcpy(&ret, mnl_nlmsg_get_payload(nlh), sizeof(int));
		break;
	case NLMSG_ERROR:
		ret = nl_error(nlh, NULL, 0);
		break;
	default:
		return 1;
	}
	if (ret == -ENOENT)
		return 0; /* a table without routes does not exist */
	return ret ? ret : b->dump_interrupted ? -EINTR : 0;
}

static int backend_dump_step(struct fib_backend *base, fib_route_fn fn, void *ctx)
{
	struct backend *b = self(base);
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)b->in;
	ssize_t len;
	int left;
	int ret = 1;

	if (!b->dumper)
		return -EBADF;
	len = recv(nl_fd(b->dumper), b->in, sizeof(b->in), 0);
	if (len < 0) {
		const int err = errno;

		if (err == EINTR)
			return 1;
		dump_end(b);
		return -err;
	}
	left = (int)len;
	for (; ret == 1 && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		ret = dump_message(b, nlh, fn, ctx);
	if (ret != 1)
		dump_end(b);
	return ret;
}

/* Notifications. */

struct event_walk {
	struct fib_events *ev;
	uint32_t own; /* port of our writes: what we did ourselves is no news */
};

static int notified(void *ctx, const struct nlmsghdr *nlh)
{
	struct event_walk *w = ctx;
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[NHA_ID + 1];

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		fib_events_add_link(w->ev, (uint32_t)ifi->ifi_index);
		break;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		nl_attrs(nlh, sizeof(struct nhmsg), tb, NHA_ID);
		if (nlh->nlmsg_pid != w->own && is_our_id(nl_attr_u32_or(tb[NHA_ID], 0)))
			w->ev->objects = true;
		break;
	default:
		break;
	}
	return 0;
}

static int backend_event_fd(const struct fib_backend *base)
{
	const struct backend *b = (const void *)base; /* first member */

	return nl_fd(b->monitor);
}

/*
 * By ioctl: a request by netlink would wait for the kernel's lock of all configuration, which it
 * holds while it removes the routes of a device that has gone.
 */
static bool backend_is_link_up(const struct fib_backend *base, uint32_t ifindex)
{
	const struct backend *b = (const void *)base; /* first member */
	struct ifreq r = { .ifr_ifindex = (int)ifindex };

	if (ioctl(nl_fd(b->monitor), SIOCGIFNAME, &r) < 0 ||
		ioctl(nl_fd(b->monitor), SIOCGIFFLAGS, &r) < 0)
		return false;
	return r.ifr_flags & IFF_UP && r.ifr_flags & IFF_RUNNING;
}

static int64_t backend_sink(struct fib_backend *base, bool wanted)
{
	const struct backend *b = self(base);

	return wanted ? sink_make(b->writer) : sink_remove(b->writer);
}

static void backend_events(struct fib_backend *base, struct fib_events *ev)
{
	struct backend *b = self(base);
	struct event_walk w = { .ev = ev, .own = nl_portid(b->writer) };

	if (nl_receive(b->monitor, DATAGRAMS, notified, &w) < 0)
		ev->lost = true;
}

static void backend_free(struct fib_backend *base)
{
	struct backend *b = self(base);

	nl_free(b->writer);
	nl_free(b->dumper);
	nl_free(b->monitor);
	if (b->compat_fd >= 0)
		close(b->compat_fd);
	free(b);
}

static const struct fib_backend_ops netlink_ops = {
	.write = backend_write,
	.dump_objects = backend_dump_objects,
	.dump_start = backend_dump_start,
	.dump_step = backend_dump_step,
	.event_fd = backend_event_fd,
	.is_link_up = backend_is_link_up,
	.sink = backend_sink,
	.events = backend_events,
	.free = backend_free,
};

struct fib_backend *fib_backend_netlink_new(void)
{
	struct backend *b = xcalloc(1, sizeof(*b));
	int ret = 0;

	b->base.ops = &netlink_ops;
	b->compat_fd = open(COMPAT_MODE, O_RDWR | O_CLOEXEC);
	b->writer = nl_new();
	if (b->writer)
		b->monitor = nl_new();
	if (!b->monitor)
		ret = -errno;
	if (!ret)
		ret = nl_join(b->monitor, RTNLGRP_NEXTHOP);
	if (!ret)
		ret = nl_join(b->monitor, RTNLGRP_LINK);
	if (ret) {
		backend_free(&b->base);
		errno = -ret;
		return NULL;
	}
	return &b->base;
}
