/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sampled packets between VPCs and data centres, counted by where they crossed: for each block of
 * data centre addresses and VPC, what left by each VBR and what came in by each. A block is a /24
 * or /48, so that memory has a bound whatever addresses packets have; who evaluates it may widen it
 * to the route that forwards it. Pure: octets in, numbers out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define TALLY_VBRS    16  /* of a tenant, at most */
#define TALLY_BLOCKS  512 /* at a time; what is beyond is not counted */
#define TALLY_HEADERS 40  /* octets of a packet that are looked at */

enum tally_way {
	TALLY_OUT, /* to the data centre */
	TALLY_IN,
	TALLY_WAYS,
};

struct tally_cell {
	uint64_t bytes[TALLY_WAYS];
	uint32_t packets[TALLY_WAYS];
};

struct tally_key {
	uint32_t vpc;      /* as tally_set_nets has it */
	struct prefix pfx; /* of the data centre */
};

struct tally_block {
	struct tally_key key;
	struct tally_cell vbr[TALLY_VBRS];
};

/* Addresses of a VPC. */
struct tally_net {
	struct prefix pfx;
	uint32_t vpc;
};

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *t);
/** Takes the list; counts are kept. */
void tally_set_nets(struct tally *t, struct tally_net *take, uint32_t n);
/**
 * A packet of a VBR, from its network header on, whatever it is. Returns whether it was counted:
 * neither end is in a VPC, or both are, it is no packet, or there is no room for its block.
 */
bool tally_take(struct tally *t, uint8_t vbr, enum tally_way way, const uint8_t *p, size_t len);
uint32_t tally_count(const struct tally *t);
/** Packets that had no room since the last tally_take_blocks. */
uint64_t tally_missed(const struct tally *t);
/** The blocks, the caller's (free), and all counts begin anew. NULL when there is none. */
struct tally_block *tally_take_blocks(struct tally *t, uint32_t *n);
/** Those of one key become one; sorted by VPC, then prefix. Returns how many are left. */
uint32_t tally_merge(struct tally_block *v, uint32_t n);
/** Order of tally_merge. */
int tally_compare(const struct tally_key *a, const struct tally_key *b);
