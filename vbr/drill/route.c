/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/drill/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>

#include "fib/nl.h"

static int on_route(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	uint32_t *out = ctx;

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*rt))
		return 0;
	nl_attrs(nlh, sizeof(*rt), tb, RTA_MAX);
	/* IPv6 answers with a route of type unreachable where IPv4 answers with an error. */
	if (rt->rtm_type == RTN_UNICAST)
		*out = nl_attr_u32_or(tb[RTA_OIF], 0);
	return 0;
}

int route_ask(struct nl *nl, const struct route_question *q, uint32_t *out)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *nlh = nl_request(buf, RTM_GETROUTE, 0);
	struct rtmsg *rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	const uint8_t bytes = family_bytes(q->target.family);
	int ret;

	rt->rtm_family = q->target.family;
	rt->rtm_src_len = rt->rtm_dst_len = (uint8_t)(bytes * 8);
	mnl_attr_put(nlh, RTA_DST, bytes, q->target.b);
	mnl_attr_put(nlh, RTA_SRC, bytes, q->source.b);
	mnl_attr_put_u32(nlh, RTA_IIF, q->in);
	*out = 0;
	ret = nl_get(nl, nlh, on_route, out);
	return ret < 0 ? ret : *out == 0 ? -ENETUNREACH : 0;
}
