/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks lie in an array, found by a prefix table for each VPC in turn: a tenant has few, and only
 * samples come here. The length of a packet is what its header says: a sample has no more octets
 * than are looked at, and segments that the kernel joined count as they are.
 */
#include "vbr/symmetry/tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/xalloc.h"

#define BLOCK4 24
#define BLOCK6 48

struct tally {
	struct tally_net *nets; /* owned */
	uint32_t n_nets;
	struct tally_block *blocks; /* owned */
	uint32_t n_blocks;
	uint32_t cap_blocks;
	uint64_t missed;
};

/* What is looked at in a packet. */
struct ends {
	struct ip_addr src;
	struct ip_addr dst;
	uint32_t bytes;
};

struct tally *tally_new(void)
{
	return xcalloc(1, sizeof(struct tally));
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	free(t->nets);
	free(t->blocks);
	free(t);
}

void tally_set_nets(struct tally *t, struct tally_net *take, uint32_t n)
{
	free(t->nets);
	t->nets = take;
	t->n_nets = n;
}

static uint32_t u16_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static bool read_ends(const uint8_t *p, size_t len, struct ends *e)
{
	if (len >= 20 && p[0] >> 4 == 4) {
		e->src = ip_from_bytes(AF_INET, p + 12);
		e->dst = ip_from_bytes(AF_INET, p + 16);
		e->bytes = u16_at(p + 2);
		return true;
	}
	if (len >= 40 && p[0] >> 4 == 6) {
		e->src = ip_from_bytes(AF_INET6, p + 8);
		e->dst = ip_from_bytes(AF_INET6, p + 24);
		e->bytes = 40 + u16_at(p + 4);
		return true;
	}
	return false;
}

static const struct tally_net *net_of(const struct tally *t, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < t->n_nets; i++) {
		if (t->nets[i].pfx.family == a->family && prefix_covers_addr(&t->nets[i].pfx, a))
			return &t->nets[i];
	}
	return NULL;
}

static struct tally_block *block_of(struct tally *t, uint32_t vpc, const struct ip_addr *a)
{
	const struct prefix pfx = prefix_make(a, a->family == AF_INET ? BLOCK4 : BLOCK6);
	struct tally_block *b;

	for (uint32_t i = 0; i < t->n_blocks; i++) {
		if (t->blocks[i].key.vpc == vpc && prefix_is_equal(&t->blocks[i].key.pfx, &pfx))
			return &t->blocks[i];
	}
	if (t->n_blocks == TALLY_BLOCKS) {
		t->missed++;
		return NULL;
	}
	if (t->n_blocks == t->cap_blocks) {
		t->cap_blocks = t->cap_blocks ? 2 * t->cap_blocks : 16;
		t->blocks = xreallocarray(t->blocks, t->cap_blocks, sizeof(*t->blocks));
	}
	b = &t->blocks[t->n_blocks++];
	*b = (struct tally_block){ .key = { .vpc = vpc, .pfx = pfx } };
	return b;
}

bool tally_take(struct tally *t, uint8_t vbr, enum tally_way way, const uint8_t *p, size_t len)
{
	const struct tally_net *src;
	const struct tally_net *dst;
	const struct tally_net *own;
	struct tally_block *b;
	struct ends e;

	if (vbr >= TALLY_VBRS || !read_ends(p, len, &e))
		return false;
	src = net_of(t, &e.src);
	dst = net_of(t, &e.dst);
	own = way == TALLY_OUT ? src : dst;
	if (!own || (src && dst))
		return false;
	b = block_of(t, own->vpc, way == TALLY_OUT ? &e.dst : &e.src);
	if (!b)
		return false;
	b->vbr[vbr].bytes[way] += e.bytes;
	b->vbr[vbr].packets[way]++;
	return true;
}

uint32_t tally_count(const struct tally *t)
{
	return t->n_blocks;
}

uint64_t tally_missed(const struct tally *t)
{
	return t->missed;
}

struct tally_block *tally_take_blocks(struct tally *t, uint32_t *n)
{
	struct tally_block *v = t->blocks;

	*n = t->n_blocks;
	t->blocks = NULL;
	t->n_blocks = t->cap_blocks = 0;
	t->missed = 0;
	return v;
}

int tally_compare(const struct tally_key *a, const struct tally_key *b)
{
	const struct ip_addr aa = prefix_addr(&a->pfx);
	const struct ip_addr ba = prefix_addr(&b->pfx);
	int d = (a->vpc > b->vpc) - (a->vpc < b->vpc);

	if (!d)
		d = ip_cmp(&aa, &ba);
	return d ? d : (int)a->pfx.len - (int)b->pfx.len;
}

static int compare(const void *a, const void *b)
{
	return tally_compare(&((const struct tally_block *)a)->key,
		&((const struct tally_block *)b)->key);
}

static void add(struct tally_block *to, const struct tally_block *b)
{
	for (unsigned i = 0; i < TALLY_VBRS; i++) {
		for (unsigned w = 0; w < TALLY_WAYS; w++) {
			to->vbr[i].bytes[w] += b->vbr[i].bytes[w];
			to->vbr[i].packets[w] += b->vbr[i].packets[w];
		}
	}
}

uint32_t tally_merge(struct tally_block *v, uint32_t n)
{
	uint32_t kept = 0;

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), compare);
	for (uint32_t i = 1; i < n; i++) {
		if (tally_compare(&v[kept].key, &v[i].key) == 0)
			add(&v[kept], &v[i]);
		else
			v[++kept] = v[i];
	}
	return kept + 1;
}
