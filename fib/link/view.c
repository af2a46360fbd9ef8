/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's state as last heard. Events keep it; a full read replaces it at start, when the
 * kernel dropped events (ENOBUFS), when a device was renamed, and on a slow timer against bugs
 * on either side. An event touches the one device that it names.
 *
 * A full read and the events that were queued meanwhile overlap: replaying them is harmless, since
 * each says what is, not what changed, and the last one about an object is the truth.
 *
 * Neighbours have no event here (their group is far too chatty); those of a device are read
 * again before it is compared, if something happened to it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib/link/observe.h"
#include "fib/link/plane.h"
#include "fib/nl.h"
#include "fib/tc/tc.h"

#define READ_TRIES     3
#define DRAIN_MESSAGES 64 /* datagrams a turn */

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif

static const unsigned groups[] = {
	RTNLGRP_LINK,
	RTNLGRP_IPV4_IFADDR,
	RTNLGRP_IPV6_IFADDR,
	RTNLGRP_IPV4_RULE,
	RTNLGRP_IPV6_RULE,
	RTNLGRP_TC,
};

int view_join(struct linkplane *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const int ret = nl_join(p->events, groups[i]);

		if (ret)
			return ret;
	}
	return 0;
}

static void see_gone(struct linkplane *p, struct dev *d)
{
	static const struct seen_link none;

	intern_ref(&d->node);
	devtab_set_link(p->tab, d, &none);
	plane_mark(p, d);
	plane_mark_dependants(p, d);
	devtab_drop(p->tab, d);
}

static void see_link(struct linkplane *p, const struct seen_link *l)
{
	struct dev *d = devtab_by_index(p->tab, l->ifindex);
	bool is_new;
	bool was_up;

	if (d && strcmp(d->name, l->name) != 0) {
		see_gone(p, d);
		p->refresh_due = true; /* its addresses are those of the new name */
	}
	d = devtab_hold(p->tab, l->name);
	d->is_marked = true;
	is_new = d->seen.link.ifindex != l->ifindex;
	was_up = d->seen.link.admin_up;
	if (memcmp(&d->seen.link, l, sizeof(*l)) != 0) {
		d->seen.neighs_known = false;
		devtab_set_link(p->tab, d, l);
		plane_mark(p, d);
	}
	/* A detour leads to a device that is up only. */
	if (is_new || was_up != l->admin_up)
		plane_mark_dependants(p, d);
	devtab_drop(p->tab, d);
}

static void see_addr(struct linkplane *p, const struct nlmsghdr *nlh)
{
	struct observe_addr a;
	struct dev *d;

	if (!observe_addr(nlh, &a))
		return;
	d = devtab_by_index(p->tab, a.ifindex);
	if (!d)
		return;
	if (nlh->nlmsg_type == RTM_NEWADDR)
		seen_put_addr(&d->seen, &a.addr);
	else
		seen_drop_addr(&d->seen, &a.addr.addr, a.addr.len);
	plane_mark(p, d);
}

static void see_ingress(struct dev *d, bool is_there)
{
	/* A filter goes with it, and no word is said about that. */
	d->seen.has_ingress = is_there;
	d->seen.detour_known = !is_there;
	if (!is_there)
		d->seen.detour = 0;
}

static void see_root(struct dev *d, const struct tc_qdisc *q, bool is_there)
{
	const bool is_other = is_there ? q->handle != d->seen.qdisc : q->handle == d->seen.qdisc;

	/* What hung below went with it, without a word. */
	if (is_other)
		seen_clear_classes(&d->seen);
	if (is_there || is_other) {
		d->seen.qdisc = is_there ? q->handle : 0;
		d->seen.rate_bps = is_there ? q->rate_bps : 0;
	}
}

static void see_sched(struct dev *d, const struct tc_qdisc *q, bool is_there)
{
	const bool is_ours = is_there && q->handle == TC_SCHED;

	if (is_ours == d->seen.has_sched)
		return;
	/* A dump may have shown its queues already: it is in no order. */
	if (!is_ours)
		seen_clear_classes(&d->seen);
	d->seen.has_sched = is_ours;
	d->seen.classes_known = !is_ours;
	d->seen.control_known = !is_ours;
}

static void see_leaf(struct dev *d, const struct tc_qdisc *q, bool is_there)
{
	struct tc_class *c = seen_class(&d->seen, q->minor);

	if (c)
		c->limit = is_there ? q->limit : 0;
}

static void see_qdisc(struct linkplane *p, const struct nlmsghdr *nlh)
{
	const bool is_there = nlh->nlmsg_type == RTM_NEWQDISC;
	struct tc_qdisc q;
	struct dev *d;

	if (!tc_see_qdisc(nlh, &q))
		return;
	d = devtab_by_index(p->tab, q.ifindex);
	if (!d)
		return;
	if (q.place == TC_PLACE_ROOT)
		see_root(d, &q, is_there);
	else if (q.place == TC_PLACE_INGRESS)
		see_ingress(d, is_there);
	else if (q.place == TC_PLACE_SCHED)
		see_sched(d, &q, is_there);
	else
		see_leaf(d, &q, is_there);
	plane_mark(p, d);
}

static void see_class(struct linkplane *p, const struct nlmsghdr *nlh)
{
	struct tc_class_seen s;
	struct tc_class *c;
	struct dev *d;

	if (!tc_see_class(nlh, &s))
		return;
	d = devtab_by_index(p->tab, s.ifindex);
	c = d ? seen_class(&d->seen, s.class.minor) : NULL;
	if (!c)
		return;
	c->prio = s.class.prio;
	c->quantum = nlh->nlmsg_type == RTM_NEWTCLASS ? s.class.quantum : 0;
	plane_mark(p, d);
}

static void see_filter(struct linkplane *p, const struct nlmsghdr *nlh)
{
	struct tc_detour t;
	uint32_t ifindex;
	struct dev *d;

	if (tc_is_filter(nlh, &ifindex)) {
		d = devtab_by_index(p->tab, ifindex);
		if (d) {
			d->seen.control_known = !d->seen.has_sched;
			plane_mark(p, d);
		}
		return;
	}
	if (!tc_see_detour(nlh, &t))
		return;
	d = devtab_by_index(p->tab, t.ifindex);
	if (!d)
		return;
	d->seen.detour = t.target;
	plane_mark(p, d);
}

static int on_message(void *ctx, const struct nlmsghdr *nlh)
{
	struct linkplane *p = ctx;
	struct seen_link l;
	struct observe_neigh n;
	struct rule r;
	struct dev *d;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		if (observe_link(nlh, &l))
			see_link(p, &l);
		break;
	case RTM_DELLINK:
		d = observe_link(nlh, &l) ? devtab_by_index(p->tab, l.ifindex) : NULL;
		if (d)
			see_gone(p, d);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		see_addr(p, nlh);
		break;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
		see_qdisc(p, nlh);
		break;
	case RTM_NEWTCLASS:
	case RTM_DELTCLASS:
		see_class(p, nlh);
		break;
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		see_filter(p, nlh);
		break;
	case RTM_NEWNEIGH: /* from dumps only */
		d = observe_neigh(nlh, &n) ? devtab_by_index(p->tab, n.ifindex) : NULL;
		if (d)
			seen_put_neigh(&d->seen, &n.neigh);
		break;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		if (observe_rule(nlh, &r))
			p->rules_stale = true;
		break;
	default:
		break;
	}
	return 0;
}

static int dump_links(struct linkplane *p)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETLINK, 0);

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return nl_dump(p->requests, h, on_message, p);
}

/* All objects of a kind; size is that of the header that the kernel expects, all zero. */
static int dump_all(struct linkplane *p, uint16_t type, size_t size)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, type, 0);

	(void)mnl_nlmsg_put_extra_header(h, size);
	return nl_dump(p->requests, h, on_message, p);
}

static void forget_unmarked(struct linkplane *p)
{
	struct dev *d;
	struct dev *next;

	for (d = TAILQ_FIRST(devtab_all(p->tab)); d; d = next) {
		next = TAILQ_NEXT(d, all);
		if (d->is_seen && !d->is_marked)
			see_gone(p, d);
	}
}

static void forget_details(struct linkplane *p)
{
	struct dev *d;

	TAILQ_FOREACH(d, devtab_all(p->tab), all) {
		d->seen.n_addrs = 0;
		d->seen.n_neighs = 0;
		d->seen.neighs_known = true;
		d->seen.qdisc = 0;
		d->seen.rate_bps = 0;
		seen_clear_classes(&d->seen);
		see_ingress(d, false);
	}
}

static int read_once(struct linkplane *p)
{
	struct dev *d;
	int ret;

	TAILQ_FOREACH(d, devtab_all(p->tab), all)
		d->is_marked = false;
	ret = dump_links(p);
	if (ret)
		return ret;
	forget_unmarked(p);
	forget_details(p);
	ret = dump_all(p, RTM_GETADDR, sizeof(struct ifaddrmsg));
	if (!ret)
		ret = dump_all(p, RTM_GETQDISC, sizeof(struct tcmsg));
	if (!ret)
		ret = dump_all(p, RTM_GETNEIGH, sizeof(struct ndmsg));
	return ret;
}

int view_refresh(struct linkplane *p)
{
	struct dev *d;
	int ret = -EINTR;

	for (int i = 0; ret == -EINTR && i < READ_TRIES; i++)
		ret = read_once(p);
	TAILQ_FOREACH(d, devtab_all(p->tab), all)
		plane_mark(p, d);
	p->rules_stale = true;
	return ret;
}

static int on_rule(void *ctx, const struct nlmsghdr *nlh)
{
	struct linkplane *p = ctx;
	struct rule r;

	if (nlh->nlmsg_type == RTM_NEWRULE && observe_rule(nlh, &r))
		rules_add(&p->rules, &r);
	return 0;
}

int view_read_rules(struct linkplane *p)
{
	int ret = -EINTR;

	for (int i = 0; ret == -EINTR && i < READ_TRIES; i++) {
		char buf[NL_REQUEST_SIZE];
		struct nlmsghdr *h = nl_request(buf, RTM_GETRULE, 0);

		(void)mnl_nlmsg_put_extra_header(h, sizeof(struct fib_rule_hdr));
		rules_clear(&p->rules);
		ret = nl_dump(p->requests, h, on_rule, p);
	}
	rules_sort(&p->rules);
	return ret;
}

int view_read_neighs(struct linkplane *p, struct dev *d)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETNEIGH, 0);
	int ret;

	d->seen.n_neighs = 0;
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ndmsg));
	mnl_attr_put_u32(h, NDA_IFINDEX, d->seen.link.ifindex);
	ret = nl_dump(p->requests, h, on_message, p);
	d->seen.neighs_known = !ret;
	return ret;
}

int view_read_classes(struct linkplane *p, struct dev *d)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETTCLASS, 0);
	int ret;

	tc_put_class_key(h, d->seen.link.ifindex, 0);
	ret = nl_dump(p->requests, h, on_message, p);
	d->seen.classes_known = !ret;
	return ret;
}

static int on_filter(void *ctx, const struct nlmsghdr *nlh)
{
	(void)tc_see_filter(nlh, ctx);
	return 0;
}

int view_read_control(struct linkplane *p, struct dev *d)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETTFILTER, 0);
	int ret;

	d->seen.control = 0;
	tc_put_filters_key(h, d->seen.link.ifindex);
	ret = nl_dump(p->requests, h, on_filter, &d->seen.control);
	d->seen.control_known = !ret;
	return ret;
}

int view_read_detour(struct linkplane *p, struct dev *d)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETTFILTER, 0);
	int ret;

	d->seen.detour = 0;
	tc_put_detour_key(h, d->seen.link.ifindex);
	ret = nl_dump(p->requests, h, on_message, p);
	d->seen.detour_known = !ret;
	return ret;
}

bool view_drain(struct linkplane *p)
{
	const int ret = nl_receive(p->events, DRAIN_MESSAGES, on_message, p);

	if (ret < 0)
		p->refresh_due = true;
	return ret == 1;
}
