/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains with a few rules, and sets of names that they look at; so a door more or less is an
 * element or three, whatever the number of doors. Names and not numbers: a device that comes back
 * under another index is checked from its first packet on.
 *
 *   set doors { type ifname }              map lines { type ifname : mark }
 *   set allowed { type mark . ifname }     set spoofed { type ifname; counter }
 *   chain source { type filter hook forward priority 0
 *     iifname @doors fib saddr . iif oif 0 iifname @spoofed drop
 *     mark set iifname map @lines mark . fib saddr . mark oifname != @allowed
 *       iifname @spoofed drop }
 *
 * or, with VRF devices, at hook prerouting with "fib daddr . iif type unicast" before the count.
 * The second rule has kept the packet's own mark in a register, and puts it back after the lookup.
 *
 *   map inside { type ifname : mark }      set strayed { type ifname; counter }
 *   set homes4 { type mark . ipv4_addr }   set homes6 { type mark . ipv6_addr }
 *   chain target { type filter hook input priority 0
 *     mark set iifname map @inside mark . ip daddr != @homes4 fib daddr type local
 *       fib daddr . iif type != local iifname @strayed drop
 *     iifname != @members iifname != "lo" ip daddr @ours4 fib daddr . iif type != local
 *       counter drop }
 *
 * and the same for IPv6, without link-local addresses, and again for the types broadcast and
 * anycast. Homes go by the mark of an instance, to save elements where it has many devices. The set
 * "ours4" has the homes of all of them; "members" is the map "inside" again: in a map none can be
 * looked for in vain. Without VRF devices packets keep the mark from where they enter, for the
 * answers of the kernel (fib/nft/doors.h):
 *
 *   chain entry { type filter hook prerouting priority -150
 *     mark 0 mark set iifname map @inside }
 */
#include "fib/nft/doors_rules.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "fib/nft/batch.h"
#include "fib/nft/expr.h"
#include "fib/nft/set.h"
#include "lib/base/compiler.h"

#define IP4_DST 16
#define IP6_DST 24

enum chain {
	CHAIN_ENTRY,
	CHAIN_SOURCE,
	CHAIN_TARGET,
};

static const char *const chains[] = {
	[CHAIN_ENTRY] = "entry",
	[CHAIN_SOURCE] = "source",
	[CHAIN_TARGET] = "target",
};

const struct nft_set doors_sets[PART_COUNT] = {
	[PART_DOORS] = { "doors", 1, NFT_TYPE_IFNAME, IFNAMSIZ, false, false },
	[PART_LINES] = { "lines", 2, NFT_TYPE_IFNAME, IFNAMSIZ, true, false },
	[PART_ALLOWED] = { "allowed", 3, NFT_TYPE_MARK_AND(NFT_TYPE_IFNAME), 4 + IFNAMSIZ, false,
		false },
	[PART_SPOOFED] = { "spoofed", 4, NFT_TYPE_IFNAME, IFNAMSIZ, false, true },
	[PART_INSIDE] = { "inside", 5, NFT_TYPE_IFNAME, IFNAMSIZ, true, false },
	[PART_HOMES4] = { "homes4", 6, NFT_TYPE_MARK_AND(NFT_TYPE_IP4), 4 + 4, false, false },
	[PART_HOMES6] = { "homes6", 7, NFT_TYPE_MARK_AND(NFT_TYPE_IP6), 4 + 16, false, false },
	[PART_STRAYED] = { "strayed", 8, NFT_TYPE_IFNAME, IFNAMSIZ, false, true },
	[PART_MEMBERS] = { "members", 9, NFT_TYPE_IFNAME, IFNAMSIZ, false, false },
	[PART_OURS4] = { "ours4", 10, NFT_TYPE_IP4, 4, false, false },
	[PART_OURS6] = { "ours6", 11, NFT_TYPE_IP6, 16, false, false },
};

/* Registers of four octets */
#define REG(n) (NFT_REG32_00 + (n))
enum {
	REG_NAME = REG(0), /* of the device; four of them */
	REG_MARK = REG(4), /* and behind it, as keys of two parts: */
	REG_OUT = REG(5),  /* name, */
	REG_ADDR = REG(5), /* or address; four of them */
	REG_KEPT = REG(10),
	REG_TEST = REG(11),
};

static struct nlmsghdr *next(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_batch_next(b, type, flags);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = NFPROTO_INET;
	return h;
}

static void put_chain(struct nft_batch *b, enum chain chain, uint32_t hooknum, int32_t priority)
{
	struct nlmsghdr *h = next(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chains[chain]);
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	expr_put_be32(h, NFTA_HOOK_HOOKNUM, hooknum);
	expr_put_be32(h, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	mnl_attr_nest_end(h, hook);
	expr_put_be32(h, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	nft_batch_done(b);
}

static void look_up(struct nlmsghdr *h, enum part part, uint32_t key, uint32_t into)
{
	const struct expr_lookup l = { doors_sets[part].name, doors_sets[part].id, key, into,
		false };

	expr_lookup(h, &l);
}

static void must_lack(struct nlmsghdr *h, enum part part, uint32_t key)
{
	const struct expr_lookup l = { doors_sets[part].name, doors_sets[part].id, key, 0, true };

	expr_lookup(h, &l);
}

static void test_type(struct nlmsghdr *h, uint32_t flags, uint32_t op, uint32_t type)
{
	expr_get_fib(h, NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_DADDR | flags, REG_TEST);
	expr_test(h, REG_TEST, op, &type, sizeof(type));
}

static void match_door(struct nlmsghdr *h)
{
	static const uint32_t none;

	look_up(h, PART_DOORS, REG_NAME, 0);
	expr_get_fib(h, NFT_FIB_RESULT_OIF, NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF, REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_EQ, &none, sizeof(none));
}

/*
 * The packet gets the mark of the map for what follows. It is read back, though the register has
 * it: nft cannot print a key that begins with a value of a map, and aborts.
 */
static void take_mark(struct nlmsghdr *h, enum part map)
{
	look_up(h, map, REG_NAME, REG_MARK);
	expr_get_meta(h, NFT_META_MARK, REG_KEPT);
	expr_set_meta(h, NFT_META_MARK, REG_MARK);
	expr_get_meta(h, NFT_META_MARK, REG_MARK);
}

static void match_line(struct nlmsghdr *h)
{
	take_mark(h, PART_LINES);
	expr_get_fib(h, NFT_FIB_RESULT_OIFNAME, NFTA_FIB_F_SADDR | NFTA_FIB_F_MARK, REG_OUT);
	expr_set_meta(h, NFT_META_MARK, REG_KEPT);
	must_lack(h, PART_ALLOWED, REG_MARK);
}

static void match_home(struct nlmsghdr *h, uint8_t proto)
{
	static const uint8_t link_local = 0xfe; /* nothing else begins so that is in use */
	const bool is4 = proto == NFPROTO_IPV4;

	expr_get_meta(h, NFT_META_NFPROTO, REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_EQ, &proto, sizeof(proto));
	take_mark(h, PART_INSIDE);
	expr_get_header(h, is4 ? IP4_DST : IP6_DST, is4 ? 4 : 16, REG_ADDR);
	expr_set_meta(h, NFT_META_MARK, REG_KEPT);
	must_lack(h, is4 ? PART_HOMES4 : PART_HOMES6, REG_MARK);
	if (is4)
		return;
	expr_get_header(h, IP6_DST, sizeof(link_local), REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_NEQ, &link_local, sizeof(link_local));
}

/* To an address of this kind, but not of the device that it came in by. */
static void match_strayed(struct nlmsghdr *h, uint8_t proto, uint32_t type)
{
	match_home(h, proto);
	test_type(h, 0, NFT_CMP_EQ, type);
	test_type(h, NFTA_FIB_F_IIF, NFT_CMP_NEQ, type);
}

static void match_home4(struct nlmsghdr *h)
{
	match_strayed(h, NFPROTO_IPV4, RTN_LOCAL);
}

static void match_home6(struct nlmsghdr *h)
{
	match_strayed(h, NFPROTO_IPV6, RTN_LOCAL);
}

static void match_broadcast4(struct nlmsghdr *h)
{
	match_strayed(h, NFPROTO_IPV4, RTN_BROADCAST);
}

static void match_anycast6(struct nlmsghdr *h)
{
	match_home(h, NFPROTO_IPV6);
	test_type(h, 0, NFT_CMP_EQ, RTN_ANYCAST);
}

/* From elsewhere to an address of some instance. */
static void match_outsider(struct nlmsghdr *h, uint8_t proto)
{
	static const char loopback[IFNAMSIZ] = "lo";
	const bool is4 = proto == NFPROTO_IPV4;

	must_lack(h, PART_MEMBERS, REG_NAME);
	expr_test(h, REG_NAME, NFT_CMP_NEQ, loopback, sizeof(loopback));
	expr_get_meta(h, NFT_META_NFPROTO, REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_EQ, &proto, sizeof(proto));
	expr_get_header(h, is4 ? IP4_DST : IP6_DST, is4 ? 4 : 16, REG_ADDR);
	look_up(h, is4 ? PART_OURS4 : PART_OURS6, REG_ADDR, 0);
	test_type(h, NFTA_FIB_F_IIF, NFT_CMP_NEQ, RTN_LOCAL);
}

static void match_outsider4(struct nlmsghdr *h)
{
	match_outsider(h, NFPROTO_IPV4);
}

static void match_outsider6(struct nlmsghdr *h)
{
	match_outsider(h, NFPROTO_IPV6);
}

static const struct rule {
	enum chain chain;
	void (*match)(struct nlmsghdr *h);
	enum part dropped; /* counts */
} rules[] = {
	{ CHAIN_SOURCE, match_door, PART_SPOOFED },
	{ CHAIN_SOURCE, match_line, PART_SPOOFED },
	{ CHAIN_TARGET, match_home4, PART_STRAYED },
	{ CHAIN_TARGET, match_home6, PART_STRAYED },
	{ CHAIN_TARGET, match_broadcast4, PART_STRAYED },
	{ CHAIN_TARGET, match_anycast6, PART_STRAYED },
	{ CHAIN_TARGET, match_outsider4, PART_COUNT },
	{ CHAIN_TARGET, match_outsider6, PART_COUNT },
};

static void put_rule(struct nft_batch *b, const struct rule *r, bool at_entry)
{
	struct nlmsghdr *h = next(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chains[r->chain]);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	expr_get_meta(h, NFT_META_IIFNAME, REG_NAME);
	r->match(h);
	/* At the entry: only what goes on. */
	if (r->chain == CHAIN_SOURCE && at_entry)
		test_type(h, NFTA_FIB_F_IIF, NFT_CMP_EQ, RTN_UNICAST);
	if (r->dropped != PART_COUNT)
		look_up(h, r->dropped, REG_NAME, 0);
	else
		expr_end(h, expr_begin(h, "counter"));
	expr_verdict(h, NF_DROP);
	mnl_attr_nest_end(h, list);
	nft_batch_done(b);
}

/* A mark that somebody else has given stays. */
static void put_mark(struct nft_batch *b)
{
	static const uint32_t none;
	struct nlmsghdr *h = next(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chains[CHAIN_ENTRY]);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	expr_get_meta(h, NFT_META_MARK, REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_EQ, &none, sizeof(none));
	expr_get_meta(h, NFT_META_IIFNAME, REG_NAME);
	look_up(h, PART_INSIDE, REG_NAME, REG_MARK);
	expr_set_meta(h, NFT_META_MARK, REG_MARK);
	mnl_attr_nest_end(h, list);
	nft_batch_done(b);
}

void doors_put_rules(struct nft_batch *b, bool at_entry, bool has_sources)
{
	put_chain(b, CHAIN_SOURCE, at_entry ? NF_INET_PRE_ROUTING : NF_INET_FORWARD, 0);
	put_chain(b, CHAIN_TARGET, NF_INET_LOCAL_IN, 0);
	if (!at_entry) {
		put_chain(b, CHAIN_ENTRY, NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE);
		put_mark(b);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].chain != CHAIN_SOURCE || has_sources)
			put_rule(b, &rules[i], at_entry);
}
