/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IFB device has no peer that could go down and no neighbours that would be asked for. Its
 * nexthop has an IPv6 gateway, which routes of both families may use (RFC 8950's case in the
 * kernel), so IPv6 is on there; addresses it needs none.
 */
#include "fib/backend/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdalign.h>
#include <unistd.h>

#include "fib/nl.h"

#define CONF "/proc/sys/net/ipv6/conf/" SINK_NAME "/"

/* A kernel without IPv6 has no such file, and refuses the nexthop. */
static void write_setting(const char *path, const char *value)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, value, 1);
	close(fd);
}

static int create(struct nl *nl)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;
	int ret;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, SINK_NAME);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "ifb");
	mnl_attr_nest_end(h, info);
	ret = nl_talk(nl, h, NULL, 0);
	return ret == -EEXIST ? 0 : ret;
}

static int set_up(struct nl *nl, unsigned ifindex)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));

	ifi->ifi_index = (int)ifindex;
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	return nl_talk(nl, h, NULL, 0);
}

int64_t sink_make(struct nl *nl)
{
	int ret = create(nl);
	const unsigned ifindex = ret ? 0 : if_nametoindex(SINK_NAME);

	if (ret)
		return ret;
	if (!ifindex)
		return -ENODEV;
	write_setting(CONF "disable_ipv6", "0");
	write_setting(CONF "addr_gen_mode", "1"); /* none */
	write_setting(CONF "accept_ra", "0");
	ret = set_up(nl, ifindex);
	return ret ? ret : (int64_t)ifindex;
}

int sink_remove(struct nl *nl)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_DELLINK, 0);
	int ret;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, SINK_NAME);
	ret = nl_talk(nl, h, NULL, 0);
	return ret == -ENODEV ? 0 : ret;
}
