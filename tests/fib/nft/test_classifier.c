/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classification in the kernel: chains as they are declared, mended when others touch them, adopted
 * by the next run, removed when nobody wants them. What the rules do to packets is the business of
 * tests/netns/qos.sh; here the kernel takes every kind of expression, and shows it.
 */
#include <linux/netfilter/nf_tables.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "fib/nft/classifier.h"
#include "fib/nl.h"
#include "tests/cu_main.h"
#include "tests/fib/link/lab.h"

#define ADD_PORT "ip link add p1 type veth peer name p1x && ip link set p1x up"

static struct nft_rule rule(uint8_t family, int8_t dscp, int8_t remark)
{
	struct nft_rule r;

	memset(&r, 0, sizeof(r));
	r.family = family;
	r.dscp = dscp;
	r.remark = remark;
	r.class = 0x56430010;
	return r;
}

/* One of each expression, in both families. */
static uint32_t make_rules(struct nft_rule *v)
{
	memset(v, 0, sizeof(*v));
	v[0].priority = 0x56430007;
	v[0].dscp = NFT_ANY;
	v[0].remark = NFT_ANY;
	v[1] = rule(AF_INET, 10, 46);
	v[1].l4proto = 6;
	v[1].sport = 22;
	CU_ASSERT_EQUAL(prefix_parse("10.0.0.0/9", &v[1].src), 0);
	CU_ASSERT_EQUAL(prefix_parse("192.0.2.1/32", &v[1].dst), 0);
	v[2] = rule(AF_INET6, 10, 46);
	v[2].l4proto = 17;
	v[2].dport = 53;
	CU_ASSERT_EQUAL(prefix_parse("2001:db8::/33", &v[2].src), 0);
	CU_ASSERT_EQUAL(prefix_parse("2001:db8::1/128", &v[2].dst), 0);
	return 3;
}

static bool start(struct lab *lab, struct classifier **c)
{
	struct nft_rule v[3];
	uint32_t n;

	if (!lab_start(lab, LINK_MODE_RULES))
		return false;
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	*c = classifier_new(lab->loop);
	n = make_rules(v);
	classifier_want(*c, "vi1", "p1", v, n);
	if (classifier_sync(*c) == 0)
		return true;
	printf("# %s\n", classifier_error(*c, "vi1"));
	cu_skip("this kernel has no nf_tables of the family netdev");
	classifier_free(*c);
	lab_stop(lab);
	return false;
}

/* What the kernel has, by messages of our own: nft need not be installed. */
struct found {
	uint32_t chains;
	uint32_t rules;
	char comment[8][NFT_COMMENT_SIZE];
};

static int on_found(void *ctx, const struct nlmsghdr *nlh)
{
	struct found *f = ctx;
	char chain[NFT_CHAIN_SIZE];
	char text[NFT_COMMENT_SIZE];

	if ((nlh->nlmsg_type & 0xff) == NFT_MSG_NEWCHAIN) {
		f->chains += nft_see_chain(nlh, chain, text);
	} else if (nft_see_rule(nlh, chain, text) && f->rules < 8) {
		memcpy(f->comment[f->rules++], text, sizeof(text));
	}
	return 0;
}

static struct found look(void)
{
	static const uint16_t types[] = { NFT_MSG_GETCHAIN, NFT_MSG_GETRULE };
	struct nl *nl = nl_new_netfilter();
	struct found f = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];

		(void)nl_dump(nl, nft_request(buf, types[i], 0), on_found, &f);
	}
	nl_free(nl);
	return f;
}

static void rules_stand_in_the_kernel_in_their_order(void)
{
	struct classifier *c;
	struct nft_rule v[3];
	struct found f;
	struct lab lab;

	if (!start(&lab, &c))
		return;
	f = look();
	CU_ASSERT_EQUAL(f.chains, 1);
	CU_ASSERT_EQUAL(f.rules, make_rules(v));
	for (uint32_t i = 0; i < f.rules; i++) {
		char text[NFT_COMMENT_SIZE];

		nft_rule_comment(&v[i], text);
		CU_ASSERT_STRING_EQUAL(f.comment[i], text);
	}
	classifier_free(c);
	lab_stop(&lab);
}

static void other_rules_take_their_place(void)
{
	struct classifier *c;
	struct nft_rule v[3];
	struct found f;
	struct lab lab;

	if (!start(&lab, &c))
		return;
	(void)make_rules(v);
	classifier_want(c, "vi1", "p1", v + 1, 2);
	CU_ASSERT_EQUAL(classifier_sync(c), 0);
	CU_ASSERT_STRING_EQUAL(classifier_error(c, "vi1"), "");
	f = look();
	CU_ASSERT_EQUAL(f.rules, 2);
	/* The device vanishes and comes back. */
	CU_ASSERT_EQUAL(lab_sh("ip link del p1"), 0);
	(void)classifier_sync(c);
	CU_ASSERT_EQUAL(lab_sh(ADD_PORT), 0);
	CU_ASSERT_EQUAL(classifier_sync(c), 0);
	CU_ASSERT_STRING_EQUAL(classifier_error(c, "vi1"), "");
	CU_ASSERT_EQUAL(look().rules, 2);
	/* Another device. */
	CU_ASSERT_EQUAL(lab_sh("ip link add p2 type veth peer name p2x"), 0);
	classifier_want(c, "vi1", "p2", v, 3);
	CU_ASSERT_EQUAL(classifier_sync(c), 0);
	CU_ASSERT_EQUAL(look().rules, 3);
	classifier_want(c, "vi1", "gone0", v, 3);
	CU_ASSERT_EQUAL(classifier_sync(c), 1);
	CU_ASSERT_STRING_EQUAL(classifier_error(c, "vi1"), "interface gone0 does not exist yet");
	classifier_free(c);
	lab_stop(&lab);
}

static void next_run_adopts_or_sweeps_them(void)
{
	struct classifier *c;
	struct nft_rule v[3];
	struct lab lab;

	if (!start(&lab, &c))
		return;
	classifier_free(c);
	c = classifier_new(lab.loop);
	CU_ASSERT_EQUAL(classifier_sync(c), 0);
	CU_ASSERT_EQUAL(look().rules, 3); /* not swept before the configuration is there */
	(void)make_rules(v);
	classifier_want(c, "vi2", "p1", v, 1);
	classifier_sweep(c);
	CU_ASSERT_EQUAL(classifier_sync(c), 0);
	CU_ASSERT_EQUAL(look().chains, 1);
	CU_ASSERT_EQUAL(look().rules, 1);
	classifier_withdraw(c);
	CU_ASSERT_EQUAL(look().chains, 0);
	classifier_free(c);
	lab_stop(&lab);
}

static void comment_changes_with_whatever_a_rule_does(void)
{
	struct nft_rule v[3];
	char a[NFT_COMMENT_SIZE];
	char b[NFT_COMMENT_SIZE];

	(void)make_rules(v);
	nft_rule_comment(&v[1], a);
	v[1].remark = 0;
	nft_rule_comment(&v[1], b);
	CU_ASSERT_STRING_NOT_EQUAL(a, b);
	v[1].remark = 46;
	nft_rule_comment(&v[1], b);
	CU_ASSERT_STRING_EQUAL(a, b);
}

static void rule_fits_its_room_and_is_read_back(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	char chain[NFT_CHAIN_SIZE];
	char text[NFT_COMMENT_SIZE];
	char want[NFT_COMMENT_SIZE];
	struct nlmsghdr *h;
	struct nft_rule v[3];
	uint32_t full;

	(void)make_rules(v);
	v[2].sport = 53;
	h = nft_request(buf, NFT_MSG_NEWRULE, 0);
	nft_put_rule(h, "vi123", &v[2]);
	CU_ASSERT_TRUE(h->nlmsg_len < NFT_RULE_ROOM);
	CU_ASSERT_TRUE(nft_see_rule(h, chain, text));
	nft_rule_comment(&v[2], want);
	CU_ASSERT_STRING_EQUAL(chain, "vi123");
	CU_ASSERT_STRING_EQUAL(text, want);
	full = h->nlmsg_len;
	for (h->nlmsg_len = NLMSG_HDRLEN; h->nlmsg_len < full; h->nlmsg_len++)
		(void)nft_see_rule(h, chain, text);
}

static const struct cu_case cases[] = {
	CU_CASE(rules_stand_in_the_kernel_in_their_order),
	CU_CASE(other_rules_take_their_place),
	CU_CASE(next_run_adopts_or_sweeps_them),
	CU_CASE(comment_changes_with_whatever_a_rule_does),
	CU_CASE(rule_fits_its_room_and_is_read_back),
};

CU_SUITE(classifier, cases);
