/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule in the kernel carries a comment that is a digest of what it should do; nf_tables cannot
 * change a rule in place, so an equal list of comments means equal rules. The comparison is over
 * all chains: two dumps of a few kilobytes, done seldom.
 */
#include "fib/nft/classifier.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fib/nft/batch.h"
#include "fib/nft/client.h"
#include "fib/nl.h"
#include "lib/base/digest.h"
#include "lib/base/xalloc.h"

#define HEAD_ROOM 1024 /* of messages that are no rules */

struct chain {
	char name[NFT_CHAIN_SIZE];
	char device[NFT_CHAIN_SIZE];
	struct nft_rule *rules; /* owned; NULL = only seen */
	uint32_t n;
	uint64_t digest; /* of the comments of rules */
	bool is_seen;
	char seen_device[NFT_CHAIN_SIZE];
	uint64_t seen_digest;
	char error[CLASSIFIER_ERROR_SIZE];
};

struct classifier {
	struct nft_client client;
	struct chain *chains; /* owned */
	uint32_t n;
	bool is_swept;
	bool is_stale;   /* compare in the next turn */
	bool has_looked; /* for what an earlier run left */
};

/* Chains */

static struct chain *find(const struct classifier *c, const char *name)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (strcmp(c->chains[i].name, name) == 0)
			return &c->chains[i];
	}
	return NULL;
}

static struct chain *hold(struct classifier *c, const char *name)
{
	struct chain *ch = find(c, name);

	if (ch)
		return ch;
	c->chains = xreallocarray(c->chains, c->n + 1U, sizeof(*c->chains));
	ch = &c->chains[c->n++];
	memset(ch, 0, sizeof(*ch));
	(void)snprintf(ch->name, sizeof(ch->name), "%s", name);
	return ch;
}

static void drop_unused(struct classifier *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		if (c->chains[i].rules || c->chains[i].is_seen)
			c->chains[n++] = c->chains[i];
	}
	c->n = n;
}

/* Reading */

static int on_message(void *ctx, const struct nlmsghdr *nlh)
{
	struct classifier *c = ctx;
	char name[NFT_CHAIN_SIZE];
	char text[NFT_COMMENT_SIZE];
	struct chain *ch;

	if ((nlh->nlmsg_type & 0xff) == NFT_MSG_NEWCHAIN) {
		char device[NFT_CHAIN_SIZE];

		if (!nft_see_chain(nlh, name, device))
			return 0;
		ch = hold(c, name);
		ch->is_seen = true;
		memcpy(ch->seen_device, device, sizeof(device));
	} else if (nft_see_rule(nlh, name, text)) {
		ch = hold(c, name);
		ch->seen_digest = digest_add_str(ch->seen_digest, text);
	}
	return 0;
}

static int read_kernel(struct classifier *c)
{
	static const uint16_t types[] = { NFT_MSG_GETCHAIN, NFT_MSG_GETRULE };
	int ret = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		c->chains[i].is_seen = false;
		c->chains[i].seen_digest = 0;
	}
	for (size_t i = 0; !ret && i < ARRAY_SIZE(types); i++) {
		alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];

		ret = nl_dump(c->client.requests, nft_request(buf, types[i], 0), on_message, c);
	}
	return ret == -ENOENT ? 0 : ret;
}

/* Writing */

static int write_chain(struct classifier *c, const struct chain *ch, char text[80])
{
	struct nft_batch b;

	nft_batch_begin(&b, c->client.requests, HEAD_ROOM + (size_t)ch->n * NFT_RULE_ROOM);
	(void)nft_batch_next(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_batch_done(&b);
	if (ch->is_seen) {
		nft_put_rules_of(nft_batch_next(&b, NFT_MSG_DELRULE, 0), ch->name);
		nft_batch_done(&b);
	}
	if (ch->is_seen && strcmp(ch->device, ch->seen_device) != 0) {
		nft_put_chain(nft_batch_next(&b, NFT_MSG_DELCHAIN, 0), ch->name, NULL);
		nft_batch_done(&b);
	}
	nft_put_chain(nft_batch_next(&b, NFT_MSG_NEWCHAIN, NLM_F_CREATE), ch->name, ch->device);
	nft_batch_done(&b);
	for (uint32_t i = 0; i < ch->n; i++) {
		nft_put_rule(nft_batch_next(&b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND),
			ch->name, &ch->rules[i]);
		nft_batch_done(&b);
	}
	return nft_batch_send(&b, text);
}

static int delete_chain(struct classifier *c, const char *name)
{
	char text[80];
	struct nft_batch b;

	nft_batch_begin(&b, c->client.requests, HEAD_ROOM);
	nft_put_rules_of(nft_batch_next(&b, NFT_MSG_DELRULE, 0), name);
	nft_batch_done(&b);
	nft_put_chain(nft_batch_next(&b, NFT_MSG_DELCHAIN, 0), name, NULL);
	nft_batch_done(&b);
	return nft_batch_send(&b, text);
}

static void delete_table(struct classifier *c)
{
	char text[80];
	struct nft_batch b;

	nft_batch_begin(&b, c->client.requests, HEAD_ROOM);
	(void)nft_batch_next(&b, NFT_MSG_DELTABLE, 0);
	nft_batch_done(&b);
	(void)nft_batch_send(&b, text);
}

/* Comparing */

static bool is_in_step(const struct chain *ch)
{
	return ch->is_seen && ch->digest == ch->seen_digest &&
		strcmp(ch->device, ch->seen_device) == 0;
}

static void mend(struct classifier *c, struct chain *ch)
{
	char text[80] = "";
	int ret;

	ch->error[0] = '\0';
	if (is_in_step(ch))
		return;
	if (!if_nametoindex(ch->device)) {
		(void)snprintf(ch->error, sizeof(ch->error), "interface %s does not exist yet",
			ch->device);
		return;
	}
	ret = write_chain(c, ch, text);
	if (ret)
		(void)snprintf(ch->error, sizeof(ch->error),
			"cannot classify what leaves %s: %s%s%s", ch->device, strerror(-ret),
			text[0] ? ": " : "", text);
}

static uint32_t count_wanted(const struct classifier *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++)
		n += c->chains[i].rules != NULL;
	return n;
}

static void remove_unwanted(struct classifier *c)
{
	bool has_any = false;

	for (uint32_t i = 0; i < c->n; i++) {
		has_any |= c->chains[i].is_seen;
		if (!c->chains[i].rules && c->chains[i].is_seen &&
			delete_chain(c, c->chains[i].name) == 0)
			c->chains[i].is_seen = false;
	}
	if (has_any && count_wanted(c) == 0)
		delete_table(c);
}

static void all_have_error(struct classifier *c, int ret)
{
	for (uint32_t i = 0; i < c->n; i++)
		(void)snprintf(c->chains[i].error, sizeof(c->chains[i].error),
			"cannot classify: nf_tables of this kernel: %s", strerror(-ret));
}

static void compare(struct classifier *c)
{
	int ret = -EPROTONOSUPPORT;

	c->is_stale = false;
	if (c->n == 0 && c->has_looked)
		return;
	c->has_looked |= c->is_swept;
	if (c->client.requests)
		ret = read_kernel(c);
	if (ret) {
		all_have_error(c, ret);
		return;
	}
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->chains[i].rules)
			mend(c, &c->chains[i]);
	}
	if (c->is_swept)
		remove_unwanted(c);
	drop_unused(c);
}

/* The loop */

static void on_event(void *ctx, const struct nlmsghdr *nlh)
{
	struct classifier *c = ctx;

	c->is_stale |= !nlh || nft_is_ours(nlh);
}

static void on_look(void *ctx, bool is_due)
{
	struct classifier *c = ctx;

	c->is_stale |= is_due && c->n > 0;
	if (c->is_stale)
		compare(c);
}

static const struct nft_client_ops client_ops = {
	.event = on_event,
	.look = on_look,
};

struct classifier *classifier_new(struct loop *l)
{
	struct classifier *c = xcalloc(1, sizeof(*c));

	nft_client_init(&c->client, l, &client_ops, c);
	return c;
}

void classifier_free(struct classifier *c)
{
	if (!c)
		return;
	nft_client_fini(&c->client);
	for (uint32_t i = 0; i < c->n; i++)
		free(c->chains[i].rules);
	free(c->chains);
	free(c);
}

void classifier_want(struct classifier *c, const char *chain, const char *device,
	const struct nft_rule *rules, uint32_t n)
{
	struct chain *ch = n > 0 ? hold(c, chain) : find(c, chain);

	if (!ch)
		return;
	free(ch->rules);
	ch->rules = NULL;
	ch->n = n;
	ch->digest = 0;
	ch->error[0] = '\0';
	if (n > 0) {
		ch->rules = xcalloc(n, sizeof(*rules));
		memcpy(ch->rules, rules, n * sizeof(*rules));
		(void)snprintf(ch->device, sizeof(ch->device), "%s", device);
	}
	for (uint32_t i = 0; i < n; i++) {
		char text[NFT_COMMENT_SIZE];

		nft_rule_comment(&rules[i], text);
		ch->digest = digest_add_str(ch->digest, text);
	}
	classifier_touch(c);
}

void classifier_touch(struct classifier *c)
{
	c->is_stale = true;
	nft_client_wake(&c->client);
}

void classifier_sweep(struct classifier *c)
{
	c->is_swept = true;
	classifier_touch(c);
}

uint32_t classifier_sync(struct classifier *c)
{
	uint32_t behind = 0;

	compare(c);
	if (c->client.requests && read_kernel(c) == 0)
		for (uint32_t i = 0; i < c->n; i++)
			behind += c->chains[i].rules && !is_in_step(&c->chains[i]);
	return behind;
}

const char *classifier_error(const struct classifier *c, const char *chain)
{
	const struct chain *ch = find(c, chain);

	return ch && ch->rules ? ch->error : "";
}

void classifier_withdraw(struct classifier *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		free(c->chains[i].rules);
		c->chains[i].rules = NULL;
	}
	c->is_swept = true;
	compare(c);
}
