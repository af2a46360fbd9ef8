/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is a list of expressions that work on registers. Each helper here writes one expression
 * or a pair that belongs together (load and compare); a rule is their sequence:
 *
 *   meta protocol, meta l4proto, addresses, ports, DSCP   what must match
 *   payload load, bitwise, payload write                  the DSCP
 *   immediate, meta priority set                          the class
 *   immediate verdict accept                              nothing else is looked at
 *
 * Offsets are those of the headers (RFC 791 3.1, RFC 8200 3). Ports are read at the transport
 * header, which the kernel finds behind extension headers; fragments that have none do not match.
 */
#include "fib/nft/rule.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "fib/nft/expr.h"
#include "fib/nl.h"
#include "lib/base/digest.h"

#define FAMILY     NFPROTO_NETDEV
#define UDATA_NOTE 0 /* nft shows it as a comment: type, length, text with its NUL */
#define IP4_SUM    10
#define IP4_SRC    12
#define IP4_DST    16
#define IP6_HOPS   7
#define IP6_SRC    8
#define IP6_DST    24

void nft_rule_comment(const struct nft_rule *r, char comment[NFT_COMMENT_SIZE])
{
	(void)snprintf(comment, NFT_COMMENT_SIZE, "qos %016llx",
		(unsigned long long)digest_add(0, r, sizeof(*r)));
}

struct nlmsghdr *nft_request(void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nl_request(buf, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	g->nfgen_family = FAMILY;
	g->version = NFNETLINK_V0;
	/* The attribute of the name has the same number in tables, chains and rules. */
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_OUR_TABLE);
	return h;
}

void nft_put_chain(struct nlmsghdr *h, const char *chain, const char *device)
{
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chain);
	if (!device)
		return;
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	expr_put_be32(h, NFTA_HOOK_HOOKNUM, NF_NETDEV_EGRESS);
	expr_put_be32(h, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_put_strz(h, NFTA_HOOK_DEV, device);
	mnl_attr_nest_end(h, hook);
	expr_put_be32(h, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
}

void nft_put_rules_of(struct nlmsghdr *h, const char *chain)
{
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
}

/* Expressions */

/* reg = (reg & mask) ^ flip */
static void bitwise(struct nlmsghdr *h, const void *mask, const void *flip, uint32_t len)
{
	const struct expr e = expr_begin(h, "bitwise");

	expr_put_be32(h, NFTA_BITWISE_SREG, NFT_REG_1);
	expr_put_be32(h, NFTA_BITWISE_DREG, NFT_REG_1);
	expr_put_be32(h, NFTA_BITWISE_LEN, len);
	expr_put_value(h, NFTA_BITWISE_MASK, mask, len);
	expr_put_value(h, NFTA_BITWISE_XOR, flip, len);
	expr_end(h, e);
}

static void match_prefix(struct nlmsghdr *h, const struct prefix *p, uint32_t offset)
{
	static const uint8_t none[16];
	const uint32_t len = family_bytes(p->family);
	uint8_t mask[16] = { 0 };

	if (p->len == 0)
		return;
	expr_get_payload(h, NFT_PAYLOAD_NETWORK_HEADER, offset, len, NFT_REG_1);
	for (uint32_t bit = 0; bit < p->len; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	if (p->len < family_bits(p->family))
		bitwise(h, mask, none, len);
	expr_compare(h, p->b, len);
}

static void match_port(struct nlmsghdr *h, uint16_t port, uint32_t offset)
{
	const uint16_t be = htons(port);

	if (port == 0)
		return;
	expr_get_payload(h, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(be), NFT_REG_1);
	expr_compare(h, &be, sizeof(be));
}

/*
 * The DSCP in the first two octets of the header:
 *
 *   IPv4  version ihl | DSCP:6 ECN:2        IPv6  version DSCP:4 | DSCP:2 ECN:2 flow
 */
static void dscp_bits(uint8_t family, uint8_t dscp, uint8_t v[2])
{
	const uint16_t bits = (uint16_t)(family == AF_INET ? dscp << 2 : dscp << 6);

	v[0] = (uint8_t)(bits >> 8);
	v[1] = (uint8_t)bits;
}

static void match_dscp(struct nlmsghdr *h, const struct nft_rule *r)
{
	static const uint8_t none[2];
	uint8_t mask[2];
	uint8_t v[2];

	if (r->dscp == NFT_ANY)
		return;
	dscp_bits(r->family, 63, mask);
	dscp_bits(r->family, (uint8_t)r->dscp, v);
	expr_get_payload(h, NFT_PAYLOAD_NETWORK_HEADER, 0, 2, NFT_REG_1);
	bitwise(h, mask, none, 2);
	expr_compare(h, v, 2);
}

static void write_dscp(struct nlmsghdr *h, const struct nft_rule *r)
{
	uint8_t keep[2];
	uint8_t v[2];
	struct expr e;

	if (r->remark == NFT_ANY)
		return;
	dscp_bits(r->family, 63, keep);
	keep[0] = (uint8_t)~keep[0];
	keep[1] = (uint8_t)~keep[1];
	dscp_bits(r->family, (uint8_t)r->remark, v);
	expr_get_payload(h, NFT_PAYLOAD_NETWORK_HEADER, 0, 2, NFT_REG_1);
	bitwise(h, keep, v, 2);
	e = expr_begin(h, "payload");
	expr_put_be32(h, NFTA_PAYLOAD_SREG, NFT_REG_1);
	expr_put_be32(h, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	expr_put_be32(h, NFTA_PAYLOAD_OFFSET, 0);
	expr_put_be32(h, NFTA_PAYLOAD_LEN, 2);
	if (r->family == AF_INET) {
		expr_put_be32(h, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
		expr_put_be32(h, NFTA_PAYLOAD_CSUM_OFFSET, IP4_SUM);
	}
	expr_end(h, e);
}

static void set_class(struct nlmsghdr *h, uint32_t class)
{
	struct expr e;

	if (class == 0)
		return;
	e = expr_begin(h, "immediate");
	expr_put_be32(h, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	expr_put_value(h, NFTA_IMMEDIATE_DATA, &class, sizeof(class));
	expr_end(h, e);
	e = expr_begin(h, "meta");
	expr_put_be32(h, NFTA_META_SREG, NFT_REG_1);
	expr_put_be32(h, NFTA_META_KEY, NFT_META_PRIORITY);
	expr_end(h, e);
}

static void match_hop_limit(struct nlmsghdr *h, uint8_t hop_limit)
{
	if (hop_limit == 0)
		return;
	expr_get_payload(h, NFT_PAYLOAD_NETWORK_HEADER, IP6_HOPS, sizeof(hop_limit), NFT_REG_1);
	expr_compare(h, &hop_limit, sizeof(hop_limit));
}

static void put_expressions(struct nlmsghdr *h, const struct nft_rule *r)
{
	const bool is_ip4 = r->family == AF_INET;
	const uint16_t ether = htons(is_ip4 ? ETH_P_IP : ETH_P_IPV6);

	if (r->priority != 0)
		expr_match_meta(h, NFT_META_PRIORITY, &r->priority, sizeof(r->priority));
	if (r->family != 0)
		expr_match_meta(h, NFT_META_PROTOCOL, &ether, sizeof(ether));
	if (r->l4proto != 0)
		expr_match_meta(h, NFT_META_L4PROTO, &r->l4proto, sizeof(r->l4proto));
	match_hop_limit(h, r->hop_limit);
	match_prefix(h, &r->src, is_ip4 ? IP4_SRC : IP6_SRC);
	match_prefix(h, &r->dst, is_ip4 ? IP4_DST : IP6_DST);
	match_port(h, r->sport, 0);
	match_port(h, r->dport, 2);
	if (r->family != 0) {
		match_dscp(h, r);
		write_dscp(h, r);
	}
	set_class(h, r->class);
	expr_verdict(h, NF_ACCEPT);
}

void nft_put_rule(struct nlmsghdr *h, const char *chain, const struct nft_rule *r)
{
	struct {
		uint8_t type;
		uint8_t len;
		char text[NFT_COMMENT_SIZE];
	} note = { .type = UDATA_NOTE };
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	put_expressions(h, r);
	mnl_attr_nest_end(h, list);
	nft_rule_comment(r, note.text);
	note.len = (uint8_t)(strlen(note.text) + 1);
	mnl_attr_put(h, NFTA_RULE_USERDATA, 2U + note.len, &note);
}

/* What the kernel shows */

static void copy_name(char *dst, size_t size, const struct nlattr *a)
{
	size_t len = 0;

	if (a)
		len = strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	if (len >= size)
		len = size - 1;
	if (a)
		memcpy(dst, mnl_attr_get_payload(a), len);
	dst[len] = '\0';
}

bool nft_names_our_table(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NFTA_TABLE_NAME + 1];
	char name[sizeof(NFT_OUR_TABLE) + 1];

	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
		mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return false;
	nl_attrs(nlh, sizeof(struct nfgenmsg), tb, NFTA_TABLE_NAME);
	copy_name(name, sizeof(name), tb[NFTA_TABLE_NAME]);
	return strcmp(name, NFT_OUR_TABLE) == 0;
}

bool nft_is_ours(const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(nlh);

	return nft_names_our_table(nlh) && g->nfgen_family == FAMILY;
}

static void copy_comment(char comment[NFT_COMMENT_SIZE], const struct nlattr *a)
{
	const uint8_t *p = a ? mnl_attr_get_payload(a) : NULL;
	size_t len = a ? mnl_attr_get_payload_len(a) : 0;

	comment[0] = '\0';
	if (len < 3 || p[0] != UDATA_NOTE || p[1] > len - 2 || p[1] > NFT_COMMENT_SIZE)
		return;
	memcpy(comment, p + 2, p[1]);
	comment[p[1] > 0 ? p[1] - 1 : 0] = '\0';
}

bool nft_see_rule(const struct nlmsghdr *nlh, char chain[NFT_CHAIN_SIZE],
	char comment[NFT_COMMENT_SIZE])
{
	const struct nlattr *tb[NFTA_RULE_USERDATA + 1];

	if (!nft_is_ours(nlh))
		return false;
	nl_attrs(nlh, sizeof(struct nfgenmsg), tb, NFTA_RULE_USERDATA);
	copy_name(chain, NFT_CHAIN_SIZE, tb[NFTA_RULE_CHAIN]);
	copy_comment(comment, tb[NFTA_RULE_USERDATA]);
	return chain[0] != '\0';
}

bool nft_see_chain(const struct nlmsghdr *nlh, char chain[NFT_CHAIN_SIZE],
	char device[NFT_CHAIN_SIZE])
{
	const struct nlattr *tb[NFTA_CHAIN_HOOK + 1];
	const struct nlattr *hook[NFTA_HOOK_DEV + 1];

	if (!nft_is_ours(nlh))
		return false;
	nl_attrs(nlh, sizeof(struct nfgenmsg), tb, NFTA_CHAIN_HOOK);
	nl_nested(tb[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_DEV);
	copy_name(chain, NFT_CHAIN_SIZE, tb[NFTA_CHAIN_NAME]);
	copy_name(device, NFT_CHAIN_SIZE, hook[NFTA_HOOK_DEV]);
	return chain[0] != '\0';
}
