/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One chain with a rule for each kind of door, and sets of names that they look at; so a door more
 * or less is an element or three, whatever the number of doors. Names and not numbers: a device
 * that comes back under another index is checked from its first packet on.
 *
 *   set doors { type ifname }              map lines { type ifname : mark }
 *   set allowed { type mark . ifname }
 *   chain source { type filter hook forward priority 0
 *     iifname @doors fib saddr . iif oif 0 counter drop
 *     mark set iifname map @lines mark . fib saddr . mark oifname != @allowed counter drop }
 *
 * or, with VRF devices, at hook prerouting with "fib daddr . iif type unicast" before the counter.
 * The second rule has kept the packet's own mark in a register, and puts it back after the lookup.
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
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "fib/nft/batch.h"
#include "fib/nft/client.h"
#include "fib/nft/expr.h"
#include "fib/nft/rule.h"
#include "fib/nft/set.h"
#include "fib/nl.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

#define HEAD_ROOM 8192 /* table, chain, rules */
#define CHAIN     "source"

/* The sets of the table. */
enum part {
	PART_DOORS,
	PART_LINES,
	PART_ALLOWED,
	PART_COUNT,
};

static const struct nft_set sets[PART_COUNT] = {
	[PART_DOORS] = { "doors", 1, NFT_TYPE_IFNAME, IFNAMSIZ, false, false },
	[PART_LINES] = { "lines", 2, NFT_TYPE_IFNAME, IFNAMSIZ, true, false },
	[PART_ALLOWED] = { "allowed", 3, NFT_TYPE_MARK_AND(NFT_TYPE_IFNAME), 4 + IFNAMSIZ, false,
		false },
};

struct doors {
	struct nft_client client;
	struct nft_elems next[PART_COUNT]; /* being declared */
	struct nft_elems want[PART_COUNT];
	struct nft_elems has[PART_COUNT]; /* in the kernel, by us */
	bool at_entry;                    /* hook: prerouting, not forward */
	bool is_too_old;                  /* the kernel: nothing is written */
	bool is_written;                  /* the table is as we made it */
	bool is_asked;                    /* somebody said which doors there are */
	char error[DOORS_ERROR_SIZE];
};

/* Registers of four octets */
#define REG(n) (NFT_REG32_00 + (n))
enum {
	REG_NAME = REG(0), /* of the device; four of them */
	REG_MARK = REG(4), /* and behind it, as the key of "allowed": */
	REG_OUT = REG(5),  /* name; four of them */
	REG_KEPT = REG(10),
	REG_TEST = REG(11),
};

static uint32_t count(const struct nft_elems v[PART_COUNT])
{
	uint32_t n = 0;

	for (int i = 0; i < PART_COUNT; i++)
		n += v[i].n;
	return n;
}

/* Messages */

static struct nlmsghdr *next(struct nft_batch *b, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = nft_batch_next(b, type, flags);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = NFPROTO_INET;
	return h;
}

static void put_chain(struct nft_batch *b, uint32_t hooknum)
{
	struct nlmsghdr *h = next(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, CHAIN);
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	expr_put_be32(h, NFTA_HOOK_HOOKNUM, hooknum);
	expr_put_be32(h, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_nest_end(h, hook);
	expr_put_be32(h, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	nft_batch_done(b);
}

static void look_up(struct nlmsghdr *h, enum part part, uint32_t key, uint32_t into)
{
	const struct expr_lookup l = { sets[part].name, sets[part].id, key, into, false };

	expr_lookup(h, &l);
}

/* At the entry: what goes on. */
static void put_unicast(struct nlmsghdr *h)
{
	static const uint32_t unicast = RTN_UNICAST;

	expr_get_fib(h, NFT_FIB_RESULT_ADDRTYPE, NFTA_FIB_F_DADDR | NFTA_FIB_F_IIF, REG_TEST);
	expr_test(h, REG_TEST, NFT_CMP_EQ, &unicast, sizeof(unicast));
}

static void put_drop(struct nlmsghdr *h)
{
	expr_end(h, expr_begin(h, "counter"));
	expr_verdict(h, NF_DROP);
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
	const struct nft_set *s = &sets[PART_ALLOWED];
	const struct expr_lookup is_allowed = { s->name, s->id, REG_MARK, 0, true };

	take_mark(h, PART_LINES);
	expr_get_fib(h, NFT_FIB_RESULT_OIFNAME, NFTA_FIB_F_SADDR | NFTA_FIB_F_MARK, REG_OUT);
	expr_set_meta(h, NFT_META_MARK, REG_KEPT);
	expr_lookup(h, &is_allowed);
}

static void put_rule(struct nft_batch *b, bool at_entry, void (*match)(struct nlmsghdr *h))
{
	struct nlmsghdr *h = next(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, CHAIN);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	expr_get_meta(h, NFT_META_IIFNAME, REG_NAME);
	match(h);
	if (at_entry)
		put_unicast(h);
	put_drop(h);
	mnl_attr_nest_end(h, list);
	nft_batch_done(b);
}

/* Transactions */

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
	size_t room = HEAD_ROOM;
	struct nft_batch b;

	for (int i = 0; i < PART_COUNT; i++)
		room += nft_set_room(d->want[i].n);
	nft_batch_begin(&b, d->client.requests, room);
	fresh_table(&b);
	if (count(d->want) > 0) {
		(void)next(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		nft_batch_done(&b);
		for (int i = 0; i < PART_COUNT; i++) {
			nft_set_make(&b, NFPROTO_INET, &sets[i]);
			nft_set_change(&b, NFPROTO_INET, &sets[i], NFT_MSG_NEWSETELEM, &d->want[i]);
		}
		put_chain(&b, d->at_entry ? NF_INET_PRE_ROUTING : NF_INET_FORWARD);
		put_rule(&b, d->at_entry, match_door);
		put_rule(&b, d->at_entry, match_line);
	}
	return nft_batch_send(&b, text);
}

static int write_difference(struct doors *d, char text[80])
{
	struct nft_elems gone[PART_COUNT] = { 0 };
	struct nft_elems come[PART_COUNT] = { 0 };
	size_t room = HEAD_ROOM;
	struct nft_batch b;
	int ret = 0;

	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_minus(&d->has[i], &d->want[i], &gone[i]);
		nft_elems_minus(&d->want[i], &d->has[i], &come[i]);
		room += nft_set_room(gone[i].n + come[i].n);
	}
	if (count(gone) + count(come) > 0) {
		nft_batch_begin(&b, d->client.requests, room);
		for (int i = 0; i < PART_COUNT; i++) {
			nft_set_change(&b, NFPROTO_INET, &sets[i], NFT_MSG_DELSETELEM, &gone[i]);
			nft_set_change(&b, NFPROTO_INET, &sets[i], NFT_MSG_NEWSETELEM, &come[i]);
		}
		ret = nft_batch_send(&b, text);
	}
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_fini(&gone[i]);
		nft_elems_fini(&come[i]);
	}
	return ret;
}

static void copy(struct nft_elems *to, const struct nft_elems *from)
{
	nft_elems_fini(to);
	to->v = xcalloc(from->n + 1U, sizeof(*to->v));
	if (from->n > 0)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
	to->n = from->n;
}

int doors_sync(struct doors *d)
{
	const bool can = d->client.requests && !d->is_too_old;
	const bool is_any = count(d->want) > 0;
	char text[80] = "";
	int ret = -EPROTONOSUPPORT;

	d->error[0] = '\0';
	if (can && d->is_written && count(d->has) > 0 && is_any)
		ret = write_difference(d, text);
	if (can && ret)
		ret = write_all(d, text);
	d->is_written = ret == 0;
	for (int i = 0; d->is_written && i < PART_COUNT; i++)
		copy(&d->has[i], &d->want[i]);
	if (d->is_written || !is_any)
		return ret;
	if (d->is_too_old)
		(void)snprintf(d->error, sizeof(d->error),
			"sources of packets are checked by rp_filter only, loosely and for IPv4: "
			"with VRF devices more needs Linux 6.1");
	else
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
	if (!d->is_written)
		return false;
	for (int i = 0; i < PART_COUNT; i++)
		if (!nft_elems_are_equal(&d->has[i], &d->want[i]))
			return false;
	return true;
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
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_fini(&d->next[i]);
		nft_elems_fini(&d->want[i]);
		nft_elems_fini(&d->has[i]);
	}
	free(d);
}

void doors_begin(struct doors *d)
{
	for (int i = 0; i < PART_COUNT; i++)
		nft_elems_fini(&d->next[i]);
}

static void add(struct doors *d, enum part part, const uint32_t *mark, const char *name,
	uint32_t value)
{
	nft_elems_add(&d->next[part], mark, name, strnlen(name, IFNAMSIZ - 1), value);
}

void doors_add(struct doors *d, const char *name)
{
	add(d, PART_DOORS, NULL, name, 0);
}

void doors_add_to(struct doors *d, const char *name, uint32_t mark)
{
	add(d, PART_LINES, NULL, name, mark);
	doors_allow(d, mark, name);
}

void doors_allow(struct doors *d, uint32_t mark, const char *name)
{
	add(d, PART_ALLOWED, &mark, name, 0);
}

bool doors_end(struct doors *d)
{
	for (int i = 0; i < PART_COUNT; i++) {
		nft_elems_end(&d->next[i]);
		nft_elems_fini(&d->want[i]);
		d->want[i] = d->next[i];
		d->next[i] = (struct nft_elems){ 0 };
	}
	d->is_asked = true;
	nft_client_wake(&d->client);
	return !is_in_step(d);
}

const char *doors_error(const struct doors *d)
{
	return d->error;
}

void doors_withdraw(struct doors *d)
{
	doors_begin(d);
	(void)doors_end(d);
	(void)doors_sync(d);
}
