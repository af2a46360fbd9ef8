/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel shows elements in any order. Names that are new are put behind, and sorted in at the
 * end, so that finding one is always a search.
 */
#include "fib/nft/tally.h"

#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "fib/nft/rule.h"
#include "fib/nl.h"
#include "lib/base/xalloc.h"

void nft_tally_fini(struct nft_tally *t)
{
	free(t->v);
	memset(t, 0, sizeof(*t));
}

static int by_name(const void *a, const void *b)
{
	return strncmp(a, b, IFNAMSIZ);
}

static struct nft_count *find(const struct nft_tally *t, uint32_t n, const char *name)
{
	return n > 0 ? bsearch(name, t->v, n, sizeof(*t->v), by_name) : NULL;
}

/* A walk over a set. */
struct walk {
	struct nft_tally *t;
	uint32_t n_old; /* sorted; those behind are new */
};

static void see(struct walk *w, const char name[IFNAMSIZ], uint64_t packets)
{
	struct nft_tally *t = w->t;
	struct nft_count *c = find(t, w->n_old, name);

	if (!c) {
		if (t->n == t->cap) {
			t->cap = t->cap ? 2 * t->cap : 16;
			t->v = xreallocarray(t->v, t->cap, sizeof(*t->v));
		}
		c = &t->v[t->n++];
		memset(c, 0, sizeof(*c));
		memcpy(c->name, name, IFNAMSIZ - 1);
	}
	c->now = packets;
	c->turn = t->turn;
}

static void see_element(struct walk *w, const struct nlattr *elem)
{
	const struct nlattr *tb[NFTA_SET_ELEM_EXPR + 1];
	const struct nlattr *key[NFTA_DATA_VALUE + 1];
	const struct nlattr *expr[NFTA_EXPR_DATA + 1];
	const struct nlattr *counter[NFTA_COUNTER_PACKETS + 1];
	char name[IFNAMSIZ];
	uint64_t packets;

	nl_nested(elem, tb, NFTA_SET_ELEM_EXPR);
	nl_nested(tb[NFTA_SET_ELEM_KEY], key, NFTA_DATA_VALUE);
	nl_nested(tb[NFTA_SET_ELEM_EXPR], expr, NFTA_EXPR_DATA);
	nl_nested(expr[NFTA_EXPR_DATA], counter, NFTA_COUNTER_PACKETS);
	if (nl_attr_copy(name, sizeof(name), key[NFTA_DATA_VALUE]) &&
		nl_attr_copy(&packets, sizeof(packets), counter[NFTA_COUNTER_PACKETS]))
		see(w, name, be64toh(packets));
}

static int on_elements(void *ctx, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[NFTA_SET_ELEM_LIST_MAX + 1];
	struct nlattr *elem; /* not const: libmnl's loop casts it to char * */

	nl_attrs(nlh, sizeof(struct nfgenmsg), tb, NFTA_SET_ELEM_LIST_MAX);
	if (!tb[NFTA_SET_ELEM_LIST_ELEMENTS])
		return 0;
	mnl_attr_for_each_nested(elem, tb[NFTA_SET_ELEM_LIST_ELEMENTS])
	{
		see_element(ctx, elem);
	}
	return 0;
}

void nft_tally_read(struct nft_tally *t, struct nl *nl, uint8_t family, const char *set)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nft_request(buf, NFT_MSG_GETSETELEM, 0);
	struct walk w = { t, t->n };
	uint32_t kept = 0;
	int ret;

	((struct nfgenmsg *)mnl_nlmsg_get_payload(h))->nfgen_family = family;
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set);
	t->turn++;
	/* If not all were seen, the others may still be there. */
	ret = nl_dump(nl, h, on_elements, &w);
	for (uint32_t i = 0; i < t->n; i++)
		if (ret < 0 || t->v[i].turn == t->turn)
			t->v[kept++] = t->v[i];
	t->n = kept;
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), by_name);
}

void nft_tally_restart(struct nft_tally *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		t->v[i].before += t->v[i].now;
		t->v[i].now = 0;
	}
}

uint64_t nft_tally_of(const struct nft_tally *t, const char *name)
{
	const struct nft_count *c = find(t, t->n, name);

	return c ? c->now + c->before : 0;
}
