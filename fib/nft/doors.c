/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One chain with one rule, and a set of names that it looks at; so a door more or less is one
 * element, whatever the number of doors. Names and not numbers: a device that comes back under
 * another index is checked from its first packet on.
 *
 *   set doors { type ifname }
 *   chain source { type filter hook forward priority 0
 *     iifname @doors fib saddr . iif oif 0 counter drop }
 *
 * or, with VRF devices,
 *
 *   chain source { type filter hook prerouting priority 0
 *     iifname @doors fib daddr . iif type unicast fib saddr . iif oif 0 counter drop }
 *
 * What this process has written it knows, and writes differences. The first time, and when somebody
 * else touched the table (events tell, whose they are not), all is written anew in one transaction:
 * no packet slips through in between.
 */
#include "fib/nft/doors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "fib/nft/batch.h"
#include "fib/nft/client.h"
#include "fib/nft/expr.h"
#include "fib/nft/rule.h"
#include "fib/nl.h"
#include "lib/base/xalloc.h"

#define HEAD_ROOM   4096 /* table, set, chain, rule */
#define ELEM_ROOM   64   /* an element, and its part of the message */
#define ELEMS_EACH  500  /* a list of elements is an attribute: 64 KiB at most */
#define SET         "doors"
#define CHAIN       "source"
#define SET_ID      1
#define TYPE_IFNAME 41 /* as nft numbers types, so that it can print the set */

/* A name as the kernel compares it: filled up with zeros. */
struct name {
	char s[DOORS_NAME_SIZE];
};

struct doors {
	struct nft_client client;
	struct name *want; /* owned, sorted */
	struct name *has;  /* owned, sorted: in the kernel, by us */
	uint32_t n_want;
	uint32_t n_has;
	bool at_entry;   /* hook: prerouting, not forward */
	bool is_too_old; /* the kernel: nothing is written */
	bool is_written; /* the table is as we made it */
	bool is_asked;   /* somebody said which doors there are */
	char error[DOORS_ERROR_SIZE];
};

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct name));
}

/* Messages */

static struct nlmsghdr *next(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_batch_next(b, type, flags);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = NFPROTO_INET;
	return h;
}

static void put_set(struct nlmsghdr *h)
{
	/* For nft alone: the key is in host byte order. Type, length, value. */
	static const uint8_t note[] = { 0, 4, 1, 0, 0, 0 };

	mnl_attr_put_strz(h, NFTA_SET_NAME, SET);
	expr_put_be32(h, NFTA_SET_KEY_TYPE, TYPE_IFNAME);
	expr_put_be32(h, NFTA_SET_KEY_LEN, DOORS_NAME_SIZE);
	expr_put_be32(h, NFTA_SET_ID, SET_ID);
	mnl_attr_put(h, NFTA_SET_USERDATA, sizeof(note), note);
}

static void put_chain(struct nlmsghdr *h, uint32_t hooknum)
{
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, CHAIN);
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	expr_put_be32(h, NFTA_HOOK_HOOKNUM, hooknum);
	expr_put_be32(h, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_nest_end(h, hook);
	expr_put_be32(h, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
}

static void load_fib(struct nlmsghdr *h, uint32_t what, uint32_t flags)
{
	const struct expr e = expr_begin(h, "fib");

	expr_put_be32(h, NFTA_FIB_DREG, NFT_REG_1);
	expr_put_be32(h, NFTA_FIB_RESULT, what);
	expr_put_be32(h, NFTA_FIB_FLAGS, flags | NFTA_FIB_F_IIF);
	expr_end(h, e);
}

static void put_rule(struct nlmsghdr *h, bool at_entry)
{
	static const uint32_t none;
	static const uint32_t unicast = RTN_UNICAST;
	struct nlattr *list;
	struct expr e;

	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, CHAIN);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	expr_load_meta(h, NFT_META_IIFNAME);
	e = expr_begin(h, "lookup");
	mnl_attr_put_strz(h, NFTA_LOOKUP_SET, SET);
	expr_put_be32(h, NFTA_LOOKUP_SET_ID, SET_ID);
	expr_put_be32(h, NFTA_LOOKUP_SREG, NFT_REG_1);
	expr_end(h, e);
	if (at_entry) {
		load_fib(h, NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_DADDR);
		expr_compare(h, &unicast, sizeof(unicast));
	}
	load_fib(h, NFT_FIB_RESULT_OIF, NFTA_FIB_F_SADDR);
	expr_compare(h, &none, sizeof(none));
	expr_end(h, expr_begin(h, "counter"));
	expr_verdict(h, NF_DROP);
	mnl_attr_nest_end(h, list);
}

static void put_elements(struct nlmsghdr *h, const struct name *v, uint32_t n)
{
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, SET);
	list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (uint32_t i = 0; i < n; i++) {
		struct nlattr *elem = mnl_attr_nest_start(h, NFTA_LIST_ELEM);

		expr_put_value(h, NFTA_SET_ELEM_KEY, v[i].s, sizeof(v[i].s));
		mnl_attr_nest_end(h, elem);
	}
	mnl_attr_nest_end(h, list);
}

/* Transactions */

static void change(struct nft_batch *b, uint16_t type, const struct name *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += ELEMS_EACH) {
		struct nlmsghdr *h = next(b, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);

		put_elements(h, v + i, n - i < ELEMS_EACH ? n - i : ELEMS_EACH);
		nft_batch_done(b);
	}
}

/* Deleting what is not there is an error, making what is there is none: so make, delete, make. */
static void fresh_table(struct nft_batch *b)
{
	(void)next(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_batch_done(b);
	(void)next(b, NFT_MSG_DELTABLE, 0);
	nft_batch_done(b);
}

static int write_all(struct doors *d, char text[80])
{
	struct nft_batch b;

	nft_batch_begin(&b, d->client.requests, HEAD_ROOM + (size_t)d->n_want * ELEM_ROOM);
	fresh_table(&b);
	if (d->n_want > 0) {
		(void)next(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		nft_batch_done(&b);
		put_set(next(&b, NFT_MSG_NEWSET, NLM_F_CREATE));
		nft_batch_done(&b);
		change(&b, NFT_MSG_NEWSETELEM, d->want, d->n_want);
		put_chain(next(&b, NFT_MSG_NEWCHAIN, NLM_F_CREATE),
			d->at_entry ? NF_INET_PRE_ROUTING : NF_INET_FORWARD);
		nft_batch_done(&b);
		put_rule(next(&b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND), d->at_entry);
		nft_batch_done(&b);
	}
	return nft_batch_send(&b, text);
}

/* Those of a that are not in b: both sorted. */
static uint32_t missing(struct name *out, const struct name *a, uint32_t n_a, const struct name *b,
	uint32_t n_b)
{
	uint32_t n = 0;
	uint32_t k = 0;

	for (uint32_t i = 0; i < n_a; i++) {
		while (k < n_b && by_name(&b[k], &a[i]) < 0)
			k++;
		if (k == n_b || by_name(&b[k], &a[i]) != 0)
			out[n++] = a[i];
	}
	return n;
}

static int write_difference(struct doors *d, char text[80])
{
	struct name *gone = xcalloc(d->n_has + 1U, sizeof(*gone));
	struct name *come = xcalloc(d->n_want + 1U, sizeof(*come));
	const uint32_t n_gone = missing(gone, d->has, d->n_has, d->want, d->n_want);
	const uint32_t n_come = missing(come, d->want, d->n_want, d->has, d->n_has);
	struct nft_batch b;
	int ret = 0;

	if (n_gone + n_come > 0) {
		nft_batch_begin(&b, d->client.requests,
			HEAD_ROOM + (size_t)(n_gone + n_come) * ELEM_ROOM);
		change(&b, NFT_MSG_DELSETELEM, gone, n_gone);
		change(&b, NFT_MSG_NEWSETELEM, come, n_come);
		ret = nft_batch_send(&b, text);
	}
	free(gone);
	free(come);
	return ret;
}

static void remember(struct doors *d)
{
	free(d->has);
	d->has = xcalloc(d->n_want + 1U, sizeof(*d->has));
	memcpy(d->has, d->want, d->n_want * sizeof(*d->has));
	d->n_has = d->n_want;
}

int doors_sync(struct doors *d)
{
	const bool can = d->client.requests && !d->is_too_old;
	char text[80] = "";
	int ret = -EPROTONOSUPPORT;

	d->error[0] = '\0';
	if (can && d->is_written && d->n_has > 0 && d->n_want > 0)
		ret = write_difference(d, text);
	if (can && ret)
		ret = write_all(d, text);
	d->is_written = ret == 0;
	if (d->is_written)
		remember(d);
	else if (d->n_want > 0 && d->is_too_old)
		(void)snprintf(d->error, sizeof(d->error),
			"sources of packets are checked by rp_filter only, loosely and for IPv4: "
			"with VRF devices more needs Linux 6.1");
	else if (d->n_want > 0)
		(void)snprintf(d->error, sizeof(d->error),
			"sources of packets are not checked: nf_tables: %s%s%s", strerror(-ret),
			text[0] ? ": " : "", text);
	return ret;
}

/* The loop */

static void on_event(void *ctx, const struct nlmsghdr *nlh)
{
	struct doors *d = ctx;
	const struct nfgenmsg *g = nlh ? mnl_nlmsg_get_payload(nlh) : NULL;

	if (!g ||
		(nft_names_our_table(nlh) && g->nfgen_family == NFPROTO_INET &&
			nlh->nlmsg_pid != nl_portid(d->client.requests)))
		d->is_written = false;
}

static bool is_in_step(const struct doors *d)
{
	return d->is_written && d->n_has == d->n_want &&
		memcmp(d->has, d->want, d->n_want * sizeof(*d->has)) == 0;
}

/* What did not succeed before is tried again when it is time. */
static void on_look(void *ctx, bool is_due)
{
	struct doors *d = ctx;

	(void)is_due;
	if (d->is_asked && !is_in_step(d))
		(void)doors_sync(d);
}

static const struct nft_client_ops client_ops = {
	.event = on_event,
	.look = on_look,
};

/* From release on; of one that is not understood the best is thought. */
static bool is_kernel(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned has[2];

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &has[0], &has[1]) != 2)
		return true;
	return has[0] > major || (has[0] == major && has[1] >= minor);
}

struct doors *doors_new(struct loop *l, bool has_vrfs)
{
	struct doors *d = xcalloc(1, sizeof(*d));

	d->at_entry = has_vrfs;
	d->is_too_old = has_vrfs && !is_kernel(6, 1);
	nft_client_init(&d->client, l, &client_ops, d);
	return d;
}

void doors_free(struct doors *d)
{
	if (!d)
		return;
	nft_client_fini(&d->client);
	free(d->want);
	free(d->has);
	free(d);
}

void doors_set(struct doors *d, const char (*names)[DOORS_NAME_SIZE], uint32_t n)
{
	free(d->want);
	d->want = xcalloc(n + 1U, sizeof(*d->want));
	for (uint32_t i = 0; i < n; i++)
		memcpy(d->want[i].s, names[i], strnlen(names[i], DOORS_NAME_SIZE - 1));
	qsort(d->want, n, sizeof(*d->want), by_name);
	d->n_want = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || by_name(&d->want[i], &d->want[d->n_want - 1]) != 0)
			d->want[d->n_want++] = d->want[i];
	}
	d->is_asked = true;
	nft_client_wake(&d->client);
}

const char *doors_error(const struct doors *d)
{
	return d->error;
}

void doors_withdraw(struct doors *d)
{
	d->n_want = 0;
	d->is_asked = true;
	(void)doors_sync(d);
}
