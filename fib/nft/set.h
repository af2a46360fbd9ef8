/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets and maps of nf_tables with many elements: what they should have, and what it takes to get
 * there from what they have. Values; messages are written into a transaction.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nft_batch;

#define NFT_KEY_SIZE 20 /* a mark and a name, or an IPv6 address */

/* What a set is. Its value, if it is a map, is a mark. */
struct nft_set {
	const char *name;
	uint32_t id;   /* within a transaction */
	uint32_t type; /* of the key, as nft numbers types, so that it can print the set */
	uint8_t key_len;
	bool is_map;
	bool is_counting; /* each element counts the packets that found it */
};

/* Compared as bytes: made by nft_elems_add. */
struct nft_elem {
	uint8_t key[NFT_KEY_SIZE];
	uint32_t value; /* of a map */
};

struct nft_elems {
	struct nft_elem *v; /* owned, grows */
	uint32_t n;
};

/* Types of nft; those of two parts have six bits each. */
#define NFT_TYPE_IP4         7
#define NFT_TYPE_IP6         8
#define NFT_TYPE_MARK        19
#define NFT_TYPE_IFNAME      41
#define NFT_TYPE_MARK_AND(t) (NFT_TYPE_MARK << 6 | (t))

void nft_elems_fini(struct nft_elems *l);
/** Key of two parts, a mark (NULL: none) and n octets; what is missing is zero. */
void nft_elems_add(struct nft_elems *l, const uint32_t *mark, const void *octets, size_t n,
	uint32_t value);
/** All are there: sorted, and each key once. */
void nft_elems_end(struct nft_elems *l);
bool nft_elems_are_equal(const struct nft_elems *a, const struct nft_elems *b);
/** Those of a that are not in b, to out. Both are sorted. */
void nft_elems_minus(const struct nft_elems *a, const struct nft_elems *b, struct nft_elems *out);

/** Octets that a set and n elements take in a transaction. */
size_t nft_set_room(uint32_t n);
/** Make the set, in a table of ours of a family. */
void nft_set_make(struct nft_batch *b, uint8_t family, const struct nft_set *s);
/** NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM. */
void nft_set_change(struct nft_batch *b, uint8_t family, const struct nft_set *s, uint16_t type,
	const struct nft_elems *l);
