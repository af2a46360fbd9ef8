/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of doors in the kernel: written, changed by differences, repaired when somebody else
 * removed it, gone when nobody wants it. What the rule does to packets is the business of
 * tests/netns/isolation.sh.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "fib/nft/batch.h"
#include "fib/nft/doors.h"
#include "fib/nft/rule.h"
#include "fib/nl.h"
#include "tests/cu_main.h"
#include "tests/fib/link/lab.h"

#define MANY  1200 /* more than one message holds */
#define RULES 9    /* of a table that has something */

struct found {
	uint32_t rules;
	uint32_t doors;
	uint32_t lines;
	uint32_t allowed;
	uint32_t inside;
	uint32_t homes[2];
	uint32_t ours[2];
	bool has_p1;
};

/* Elements of one set are counted. */
struct walk {
	uint32_t n;
	bool has_p1;
};

static struct nlmsghdr *ask(void *buf, uint16_t type)
{
	struct nlmsghdr *h = nft_request(buf, type, 0);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = NFPROTO_INET;
	return h;
}

static int on_rule(void *ctx, const struct nlmsghdr *nlh)
{
	struct found *f = ctx;

	f->rules += nft_names_our_table(nlh);
	return 0;
}

static int on_elements(void *ctx, const struct nlmsghdr *nlh)
{
	struct walk *f = ctx;
	const struct nlattr *tb[NFTA_SET_ELEM_LIST_MAX + 1];
	struct nlattr *elem; /* not const: libmnl's loop casts it to char * */

	nl_attrs(nlh, sizeof(struct nfgenmsg), tb, NFTA_SET_ELEM_LIST_MAX);
	if (!tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		return 0;
	mnl_attr_for_each_nested(elem, tb[NFTA_SET_ELEM_LIST_ELEMENTS])
	{
		const struct nlattr *key[NFTA_SET_ELEM_KEY + 1];
		const struct nlattr *value[NFTA_DATA_VALUE + 1];

		nl_nested(elem, key, NFTA_SET_ELEM_KEY);
		nl_nested(key[NFTA_SET_ELEM_KEY], value, NFTA_DATA_VALUE);
		f->n++;
		f->has_p1 |= strcmp(mnl_attr_get_payload(value[NFTA_DATA_VALUE]), "p1") == 0;
	}
	return 0;
}

static struct walk look_at(struct nl *nl, const char *set)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = ask(buf, NFT_MSG_GETSETELEM);
	struct walk w = { 0 };

	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	(void)nl_dump(nl, h, on_elements, &w);
	return w;
}

static struct found look(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nl *nl = nl_new_netfilter();
	struct found f = { 0 };
	struct walk w;

	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	(void)nl_dump(nl, ask(buf, NFT_MSG_GETRULE), on_rule, &f);
	w = look_at(nl, "doors");
	f.doors = w.n;
	f.has_p1 = w.has_p1;
	f.lines = look_at(nl, "lines").n;
	f.allowed = look_at(nl, "allowed").n;
	f.inside = look_at(nl, "inside").n;
	f.homes[0] = look_at(nl, "homes4").n;
	f.homes[1] = look_at(nl, "homes6").n;
	f.ours[0] = look_at(nl, "ours4").n;
	f.ours[1] = look_at(nl, "ours6").n;
	nl_free(nl);
	return f;
}

static void declare(struct doors *d, const char *const *names, uint32_t n)
{
	doors_begin(d);
	for (uint32_t i = 0; i < n; i++)
		doors_add(d, names[i]);
	(void)doors_end(d);
}

static bool start(struct lab *lab, struct doors **d)
{
	static const char *const two[] = { "p1", "port-with-name2" };

	if (!lab_start(lab, LINK_MODE_RULES))
		return false;
	*d = doors_new(lab->loop, false);
	declare(*d, two, 2);
	if (doors_sync(*d) == 0)
		return true;
	cu_skip(doors_error(*d));
	doors_free(*d);
	lab_stop(lab);
	return false;
}

static void stop(struct lab *lab, struct doors *d)
{
	doors_free(d);
	lab_stop(lab);
}

static void doors_stand_in_the_kernel(void)
{
	struct doors *d;
	struct found f;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	f = look();
	CU_ASSERT_EQUAL(f.rules, RULES);
	CU_ASSERT_EQUAL(f.doors, 2);
	CU_ASSERT_TRUE(f.has_p1);
	CU_ASSERT_STRING_EQUAL(doors_error(d), "");
	stop(&lab, d);
}

static void doors_come_and_go_by_themselves(void)
{
	static char names[MANY][IFNAMSIZ];
	static const char *many[MANY];
	struct doors *d;
	struct found f;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	for (uint32_t i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "c%u", i % (MANY - 1));
		many[i] = names[i];
	}
	declare(d, many, MANY);
	lab_settle(&lab);
	f = look();
	CU_ASSERT_EQUAL(f.doors, MANY - 1); /* one name was there twice */
	CU_ASSERT_FALSE(f.has_p1);
	declare(d, many, 3);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(look().doors, 3);
	CU_ASSERT_EQUAL(look().rules, RULES);
	stop(&lab, d);
}

static void lines_of_one_mark_are_doors_together(void)
{
	struct doors *d;
	struct found f;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	doors_begin(d);
	doors_add(d, "p3");
	doors_add_to(d, "p1", 77);
	doors_add_to(d, "p2", 77);
	CU_ASSERT_TRUE(doors_end(d));
	CU_ASSERT_EQUAL(doors_sync(d), 0);
	f = look();
	CU_ASSERT_EQUAL(f.doors, 1);
	CU_ASSERT_EQUAL(f.lines, 2);
	CU_ASSERT_EQUAL(f.allowed, 2);
	/* The same door by itself, and others of another mark: in one transaction. */
	doors_begin(d);
	doors_add(d, "p1");
	doors_add_to(d, "p2", 78);
	doors_add_to(d, "p3", 78);
	CU_ASSERT_TRUE(doors_end(d));
	CU_ASSERT_EQUAL(doors_sync(d), 0);
	f = look();
	CU_ASSERT_EQUAL(f.doors, 1);
	CU_ASSERT_TRUE(f.has_p1);
	CU_ASSERT_EQUAL(f.lines, 2);
	CU_ASSERT_EQUAL(f.allowed, 2);
	doors_begin(d);
	doors_add_to(d, "p3", 78);
	doors_add_to(d, "p2", 78);
	doors_add(d, "p1");
	CU_ASSERT_FALSE(doors_end(d)); /* the same, in another order */
	stop(&lab, d);
}

static void add_home(struct doors *d, uint32_t instance, const char *text)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL(ip_parse(text, &a), 0);
	doors_home(d, instance, &a);
}

static void instances_have_homes_of_their_own(void)
{
	struct doors *d;
	struct found f;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	doors_begin(d);
	doors_inside(d, "p1", 101);
	doors_inside(d, "p2", 101);
	doors_inside(d, "p3", 102);
	add_home(d, 101, "10.0.0.1");
	add_home(d, 101, "2001:db8::1");
	add_home(d, 102, "10.0.0.1"); /* the same in both */
	add_home(d, 102, "10.0.0.5");
	CU_ASSERT_TRUE(doors_end(d));
	CU_ASSERT_EQUAL(doors_sync(d), 0);
	f = look();
	CU_ASSERT_EQUAL(f.rules, RULES);
	CU_ASSERT_EQUAL(f.doors, 0);
	CU_ASSERT_EQUAL(f.inside, 3);
	CU_ASSERT_EQUAL(f.homes[0], 3);
	CU_ASSERT_EQUAL(f.homes[1], 1);
	CU_ASSERT_EQUAL(f.ours[0], 2);
	CU_ASSERT_EQUAL(f.ours[1], 1);
	/* nft aborts when it meets something that it cannot print. */
	CU_ASSERT_EQUAL(lab_sh("! command -v nft >/dev/null || "
			       "nft list table inet vbrd >/dev/null"),
		0);
	stop(&lab, d);
}

/* Of another program, "nft flush ruleset" say. */
static void delete_table(void)
{
	struct nl *nl = nl_new_netfilter();
	char text[80];
	struct nft_batch b;

	nft_batch_begin(&b, nl, 1024);
	((struct nfgenmsg *)mnl_nlmsg_get_payload(nft_batch_next(&b, NFT_MSG_DELTABLE, 0)))
		->nfgen_family = NFPROTO_INET;
	nft_batch_done(&b);
	CU_ASSERT_EQUAL(nft_batch_send(&b, text), 0);
	nl_free(nl);
}

static void what_others_remove_is_written_again(void)
{
	struct doors *d;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	lab_settle(&lab);
	delete_table();
	CU_ASSERT_EQUAL(look().rules, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(look().rules, RULES);
	CU_ASSERT_EQUAL(look().doors, 2);
	stop(&lab, d);
}

static void the_next_run_takes_over(void)
{
	static const char *const one[] = { "p2" };
	struct doors *d;
	struct found f;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	doors_free(d);
	CU_ASSERT_EQUAL(look().doors, 2);
	d = doors_new(lab.loop, false);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(look().doors, 2); /* until it is told, it changes nothing */
	declare(d, one, 1);
	lab_settle(&lab);
	f = look();
	CU_ASSERT_EQUAL(f.doors, 1);
	CU_ASSERT_EQUAL(f.rules, RULES);
	stop(&lab, d);
}

static void no_door_no_table(void)
{
	struct doors *d;
	struct lab lab;

	if (!start(&lab, &d))
		return;
	declare(d, NULL, 0);
	lab_settle(&lab);
	CU_ASSERT_EQUAL(look().rules, 0);
	CU_ASSERT_EQUAL(doors_sync(d), 0);
	doors_withdraw(d);
	CU_ASSERT_STRING_EQUAL(doors_error(d), "");
	stop(&lab, d);
}

static const struct cu_case cases[] = {
	CU_CASE(doors_stand_in_the_kernel),
	CU_CASE(doors_come_and_go_by_themselves),
	CU_CASE(lines_of_one_mark_are_doors_together),
	CU_CASE(instances_have_homes_of_their_own),
	CU_CASE(what_others_remove_is_written_again),
	CU_CASE(the_next_run_takes_over),
	CU_CASE(no_door_no_table),
};

CU_SUITE(doors, cases);
