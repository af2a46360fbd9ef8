/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By netlink, so that no program is needed.
 */
#include "tests/fib/netns.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdalign.h>
#include <stdio.h>

#include "fib/nl.h"
#include "lib/net/prefix.h"

static int talk(struct nlmsghdr *nlh)
{
	struct nl *nl = nl_new();
	char text[128];
	int ret;

	if (!nl)
		return -errno;
	ret = nl_talk(nl, nlh, text, sizeof(text));
	nl_free(nl);
	return ret;
}

bool netns_enter(void)
{
	static bool entered;

	if (!entered && unshare(CLONE_NEWNET) == 0)
		entered = netns_set_up(1, true) == 0;
	return entered;
}

int netns_set_up(uint32_t ifindex, bool up)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = nl_request(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = (int)ifindex;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	return talk(nlh);
}

uint32_t netns_veth(const char *name)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	char peer[IFNAMSIZ];
	struct nlmsghdr *nlh = nl_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;
	struct nlattr *data;
	struct nlattr *end;

	(void)snprintf(peer, sizeof(peer), "%s-p", name);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	end = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, peer);
	mnl_attr_nest_end(nlh, end);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	if (talk(nlh) || netns_set_up(if_nametoindex(name), true) ||
		netns_set_up(if_nametoindex(peer), true))
		return 0;
	return if_nametoindex(name);
}

void netns_del(uint32_t ifindex)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = nl_request(buf, RTM_DELLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = (int)ifindex;
	(void)talk(nlh);
}

int netns_route(bool add, uint32_t table, const char *pfx, uint32_t metric)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = nl_request(buf, add ? RTM_NEWROUTE : RTM_DELROUTE,
		add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	struct prefix p;

	if (prefix_parse(pfx, &p))
		return -EINVAL;
	rt->rtm_family = p.family;
	rt->rtm_dst_len = p.len;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_type = RTN_BLACKHOLE;
	mnl_attr_put(nlh, RTA_DST, family_bytes(p.family), p.b);
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
	return talk(nlh);
}
