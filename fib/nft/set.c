/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted arrays: thousands of elements are compared in well under a millisecond, and sorted only
 * when they are not yet.
 */
#include "fib/nft/set.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "fib/nft/batch.h"
#include "fib/nft/expr.h"
#include "lib/base/xalloc.h"

#define HEAD_ROOM  256
#define ELEM_ROOM  80  /* an element, and its part of the message */
#define ELEMS_EACH 500 /* a list of elements is an attribute: 64 KiB at most */

void nft_elems_fini(struct nft_elems *l)
{
	free(l->v);
	memset(l, 0, sizeof(*l));
}

void nft_elems_add(struct nft_elems *l, const uint32_t *mark, const void *octets, size_t n,
	uint32_t value)
{
	struct nft_elem *e;

	if ((l->n & (l->n - 1)) == 0)
		l->v = xreallocarray(l->v, l->n == 0 ? 1 : 2 * (size_t)l->n, sizeof(*l->v));
	e = &l->v[l->n++];
	memset(e, 0, sizeof(*e));
	if (mark)
		memcpy(e->key, mark, sizeof(*mark));
	memcpy(e->key + (mark ? sizeof(*mark) : 0), octets, n);
	e->value = value;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, NFT_KEY_SIZE);
}

static int by_all(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nft_elem));
}

void nft_elems_end(struct nft_elems *l)
{
	uint32_t kept = 0;

	for (uint32_t i = 1; i < l->n; i++)
		if (by_all(&l->v[i - 1], &l->v[i]) > 0) {
			qsort(l->v, l->n, sizeof(*l->v), by_all);
			break;
		}
	for (uint32_t i = 0; i < l->n; i++)
		if (kept == 0 || by_key(&l->v[kept - 1], &l->v[i]) != 0)
			l->v[kept++] = l->v[i];
	l->n = kept;
}

bool nft_elems_are_equal(const struct nft_elems *a, const struct nft_elems *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

void nft_elems_minus(const struct nft_elems *a, const struct nft_elems *b, struct nft_elems *out)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		const struct nft_elem *e = &a->v[i];

		while (k < b->n && by_all(&b->v[k], e) < 0)
			k++;
		if (k == b->n || by_all(&b->v[k], e) != 0)
			nft_elems_add(out, NULL, e->key, sizeof(e->key), e->value);
	}
}

size_t nft_set_room(uint32_t n)
{
	return HEAD_ROOM + (size_t)n * ELEM_ROOM;
}

static struct nlmsghdr *next(struct nft_batch *b, uint8_t family, uint16_t type)
{
	struct nlmsghdr *h = nft_batch_next(b, type,
		type == NFT_MSG_NEWSETELEM || type == NFT_MSG_NEWSET ? NLM_F_CREATE : 0);
	struct nfgenmsg *g = mnl_nlmsg_get_payload(h);

	g->nfgen_family = family;
	return h;
}

void nft_set_make(struct nft_batch *b, uint8_t family, const struct nft_set *s)
{
	/*
	 * For nft alone: keys of one part, and values, are in host byte order. Type, length, value.
	 */
	static const uint8_t note[] = { 0, 4, 1, 0, 0, 0, 1, 4, 1, 0, 0, 0 };
	struct nlmsghdr *h = next(b, family, NFT_MSG_NEWSET);

	mnl_attr_put_strz(h, NFTA_SET_NAME, s->name);
	expr_put_be32(h, NFTA_SET_KEY_TYPE, s->type);
	expr_put_be32(h, NFTA_SET_KEY_LEN, s->key_len);
	expr_put_be32(h, NFTA_SET_ID, s->id);
	if (s->type == NFT_TYPE_IFNAME)
		mnl_attr_put(h, NFTA_SET_USERDATA, sizeof(note) / (s->is_map ? 1 : 2), note);
	if (s->is_map) {
		expr_put_be32(h, NFTA_SET_FLAGS, NFT_SET_MAP);
		expr_put_be32(h, NFTA_SET_DATA_TYPE, NFT_TYPE_MARK);
		expr_put_be32(h, NFTA_SET_DATA_LEN, sizeof(uint32_t));
	}
	if (s->is_counting) {
		struct nlattr *e = mnl_attr_nest_start(h, NFTA_SET_EXPR);

		mnl_attr_put_strz(h, NFTA_EXPR_NAME, "counter");
		mnl_attr_nest_end(h, e);
	}
	nft_batch_done(b);
}

static void put_element(struct nlmsghdr *h, const struct nft_set *s, const struct nft_elem *e)
{
	struct nlattr *elem = mnl_attr_nest_start(h, NFTA_LIST_ELEM);

	expr_put_value(h, NFTA_SET_ELEM_KEY, e->key, s->key_len);
	if (s->is_map)
		expr_put_value(h, NFTA_SET_ELEM_DATA, &e->value, sizeof(e->value));
	mnl_attr_nest_end(h, elem);
}

void nft_set_change(struct nft_batch *b, uint8_t family, const struct nft_set *s, uint16_t type,
	const struct nft_elems *l)
{
	for (uint32_t i = 0; i < l->n; i += ELEMS_EACH) {
		struct nlmsghdr *h = next(b, family, type);
		struct nlattr *list;

		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, s->name);
		list = mnl_attr_nest_start(h, NFTA_SET_ELEM_LIST_ELEMENTS);
		for (uint32_t k = i; k < l->n && k < i + ELEMS_EACH; k++)
			put_element(h, s, &l->v[k]);
		mnl_attr_nest_end(h, list);
		nft_batch_done(b);
	}
}
