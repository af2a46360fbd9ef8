/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink messages of the kernel as plain values. One message in, one struct out; what is not
 * for us (bridge ports, wireless trivia, rules of others) is answered by false.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "fib/link/link.h"
#include "fib/link/rules.h"
#include "fib/link/seen.h"

struct observe_addr {
	uint32_t ifindex;
	struct seen_addr addr;
};

struct observe_neigh {
	uint32_t ifindex;
	struct link_neigh neigh;
};

/** RTM_NEWLINK, RTM_DELLINK. */
bool observe_link(const struct nlmsghdr *nlh, struct seen_link *l);
/** Its counters: false if the message has none. */
bool observe_counters(const struct nlmsghdr *nlh, struct link_counters *c);
/** RTM_NEWADDR, RTM_DELADDR. */
bool observe_addr(const struct nlmsghdr *nlh, struct observe_addr *a);
/** RTM_NEWNEIGH; only permanent entries. */
bool observe_neigh(const struct nlmsghdr *nlh, struct observe_neigh *n);
/** RTM_NEWRULE, RTM_DELRULE; only rules of our making, and l3mdev rules whoever made them. */
bool observe_rule(const struct nlmsghdr *nlh, struct rule *r);
