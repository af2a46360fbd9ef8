/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes first on a line that customers have filled, besides the sockets of ours that say so
 * themselves (SO_PRIORITY): address resolution, without which a session that is otherwise fine
 * ends at the next expiry of a neighbour entry; and of what arrives, BGP and BFD that are for us.
 *
 * Filters of the scheduler (sched.c), of kind u32: keys are words of the network header. A packet
 * of a customer cannot get in by them. ARP is not forwarded; ICMPv6 with a hop limit of 255 has
 * crossed no router (RFC 4861 7.1.1), and leaves with 254 at most; BGP and BFD must be for an
 * address of ours. All of it shares the bandwidth with the rest, and its queue is bounded.
 *
 * The kernel numbers u32 filters itself, so they are not compared one by one: of a set that
 * differs, all go and come anew.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib/nl.h"
#include "fib/tc/tc.h"
#include "lib/base/digest.h"

#define MAX_KEYS      6
#define PORT_BGP      179
#define PORT_BFD      3784 /* RFC 5881 4 */
#define PORT_MULTIHOP 4784 /* RFC 5883 5 */

/* (word at offset "at" of the network header & mask) == value; host order. */
struct key {
	uint32_t mask;
	uint32_t value;
	int32_t at;
};

struct filter {
	uint16_t ethertype;
	uint8_t n;
	struct key keys[MAX_KEYS];
};

struct filters {
	uint32_t n;
	struct filter v[TC_MAX_FILTERS];
};

static struct filter *add(struct filters *f, uint16_t ethertype)
{
	struct filter *x = &f->v[f->n++];

	memset(x, 0, sizeof(*x));
	x->ethertype = ethertype;
	return x;
}

static void key(struct filter *x, int32_t at, uint32_t mask, uint32_t value)
{
	x->keys[x->n++] = (struct key){ .mask = mask, .value = value, .at = at };
}

/* RFC 4861 4: router solicitation and advertisement, neighbour solicitation and advertisement. */
static void add_resolution(struct filters *f)
{
	struct filter *x = add(f, ETH_P_ARP);

	key(x, 0, 0, 0);
	for (uint32_t type = 133; type <= 136; type++) {
		x = add(f, ETH_P_IPV6);
		key(x, 4, 0x0000ffff, IPPROTO_ICMPV6 << 8 | 255);
		key(x, 40, 0xff000000, type << 24);
	}
}

static uint32_t word(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The address first: what is forwarded differs at the first key. */
static void match_ip4(struct filter *x, const struct ip_addr *a, uint8_t protocol)
{
	key(x, 16, 0xffffffff, word(a->b));
	key(x, 8, 0x00ff0000, (uint32_t)protocol << 16);
	key(x, 4, 0x00001fff, 0);          /* the first fragment: others have no ports */
	key(x, 0, 0x0f000000, 0x05000000); /* no options: the ports are where we look */
}

static void match_ip6(struct filter *x, const struct ip_addr *a, uint8_t protocol)
{
	if (ip_is_link_local(a))
		key(x, 24, 0xffc00000, 0xfe800000);
	else
		for (int32_t i = 12; i >= 0; i -= 4)
			key(x, 24 + i, 0xffffffff, word(a->b + i));
	key(x, 4, 0x0000ff00, (uint32_t)protocol << 8);
}

static void add_protocols(struct filters *f, const struct ip_addr *a)
{
	static const struct {
		uint8_t protocol;
		uint16_t sport;
		uint16_t dport;
	} all[] = {
		{ IPPROTO_TCP, 0, PORT_BGP },
		{ IPPROTO_TCP, PORT_BGP, 0 },
		{ IPPROTO_UDP, 0, PORT_BFD },
		{ IPPROTO_UDP, 0, PORT_MULTIHOP },
	};
	const bool is_ip4 = a->family == AF_INET;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct filter *x = add(f, is_ip4 ? ETH_P_IP : ETH_P_IPV6);

		if (is_ip4)
			match_ip4(x, a, all[i].protocol);
		else
			match_ip6(x, a, all[i].protocol);
		key(x, is_ip4 ? 20 : 40, all[i].sport != 0 ? 0xffff0000 : 0x0000ffff,
			all[i].sport != 0 ? (uint32_t)all[i].sport << 16 : all[i].dport);
	}
}

static void build(const struct tc_control *c, struct filters *f)
{
	f->n = 0;
	add_resolution(f);
	for (uint32_t i = 0; i < c->n_own; i++)
		add_protocols(f, &c->own[i]);
}

static uint64_t digest(const struct filter *x)
{
	uint64_t d = digest_add_u64(0, x->ethertype);

	for (uint32_t i = 0; i < x->n; i++) {
		d = digest_add_u64(d, (uint64_t)x->keys[i].mask << 32 | x->keys[i].value);
		d = digest_add_u64(d, (uint64_t)x->keys[i].at);
	}
	return d;
}

/* A sum: the kernel may show them in another order. */
uint64_t tc_control_digest(const struct tc_control *c)
{
	struct filters f;
	uint64_t sum = 0;

	build(c, &f);
	for (uint32_t i = 0; i < f.n; i++)
		sum += digest(&f.v[i]);
	return sum;
}

uint32_t tc_control_count(const struct tc_control *c)
{
	struct filters f;

	build(c, &f);
	return f.n;
}

static struct tcmsg *put_header(struct nlmsghdr *h, uint32_t ifindex)
{
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(h, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = TC_SCHED;
	return tcm;
}

void tc_put_filters_key(struct nlmsghdr *h, uint32_t ifindex)
{
	(void)put_header(h, ifindex);
}

/* Filters of one preference are of one protocol. */
static uint32_t preference_of(uint16_t ethertype)
{
	return ethertype == ETH_P_ARP ? TC_PREF : ethertype == ETH_P_IP ? TC_PREF + 1 : TC_PREF + 2;
}

void tc_put_filter(struct nlmsghdr *h, uint32_t ifindex, const struct tc_control *c, uint32_t i)
{
	/* A selector and its keys behind it. */
	uint8_t octets[sizeof(struct tc_u32_sel) + MAX_KEYS * sizeof(struct tc_u32_key)];
	struct tc_u32_sel sel = { .flags = TC_U32_TERMINAL };
	struct tc_u32_key key = { 0 };
	struct filters f;
	const struct filter *x;
	struct nlattr *options;

	build(c, &f);
	x = &f.v[i];
	put_header(h, ifindex)->tcm_info = TC_H_MAKE(preference_of(x->ethertype) << 16,
		htons(x->ethertype));
	sel.nkeys = x->n;
	memcpy(octets, &sel, sizeof(sel));
	for (uint32_t k = 0; k < x->n; k++) {
		key.mask = htonl(x->keys[k].mask);
		key.val = htonl(x->keys[k].value);
		key.off = x->keys[k].at;
		memcpy(octets + sizeof(sel) + k * sizeof(key), &key, sizeof(key));
	}
	mnl_attr_put_strz(h, TCA_KIND, "u32");
	options = mnl_attr_nest_start(h, TCA_OPTIONS);
	mnl_attr_put_u32(h, TCA_U32_CLASSID, TC_SCHED | TC_CLASS_CONTROL);
	mnl_attr_put(h, TCA_U32_SEL, sizeof(sel) + x->n * sizeof(key), octets);
	mnl_attr_nest_end(h, options);
}

bool tc_is_filter(const struct nlmsghdr *nlh, uint32_t *ifindex)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*tcm) || tcm->tcm_parent != TC_SCHED)
		return false;
	*ifindex = (uint32_t)tcm->tcm_ifindex;
	return true;
}

/* What is not as we make it counts as something else: it has another digest. */
bool tc_see_filter(const struct nlmsghdr *nlh, uint64_t *sum)
{
	const struct nlattr *tb[TCA_OPTIONS + 1];
	const struct nlattr *u32[TCA_U32_SEL + 1];
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_u32_sel sel;
	struct filter x = { 0 };
	uint32_t ifindex;
	uint32_t n = 0;
	size_t len;

	if (!tc_is_filter(nlh, &ifindex))
		return false;
	nl_attrs(nlh, sizeof(*tcm), tb, TCA_OPTIONS);
	nl_nested(tb[TCA_OPTIONS], u32, TCA_U32_SEL);
	/* u32 tells of the table that its filters hang in as of one more filter, without keys. */
	if (!nl_attr_copy(&sel, sizeof(sel), u32[TCA_U32_SEL]))
		return false;
	len = mnl_attr_get_payload_len(u32[TCA_U32_SEL]);
	x.ethertype = ntohs((uint16_t)TC_H_MIN(tcm->tcm_info));
	if (nl_attr_u32_or(u32[TCA_U32_CLASSID], 0) == (TC_SCHED | TC_CLASS_CONTROL) &&
		sel.nkeys <= MAX_KEYS && len >= sizeof(sel) + sel.nkeys * sizeof(struct tc_u32_key))
		n = sel.nkeys;
	for (uint32_t k = 0; k < n; k++) {
		struct tc_u32_key raw;

		memcpy(&raw,
			(const uint8_t *)mnl_attr_get_payload(u32[TCA_U32_SEL]) + sizeof(sel) +
				k * sizeof(raw),
			sizeof(raw));
		key(&x, raw.off, ntohl(raw.mask), ntohl(raw.val));
	}
	*sum += digest(&x);
	return true;
}
