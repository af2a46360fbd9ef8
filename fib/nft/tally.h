/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a counting set of device names has counted: packets of each, also from before the set was
 * made anew.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>

struct nl;

struct nft_count {
	char name[IFNAMSIZ];
	uint64_t now;    /* as the kernel has it */
	uint64_t before; /* of sets before this one */
	uint64_t turn;   /* of nft_tally_read that saw it */
};

/** By value; zeroed is empty. */
struct nft_tally {
	struct nft_count *v; /* owned, sorted */
	uint32_t n;
	uint32_t cap;
	uint64_t turn;
};

void nft_tally_fini(struct nft_tally *t);
/** Ask the kernel. What is not in the set any more is forgotten. */
void nft_tally_read(struct nft_tally *t, struct nl *nl, uint8_t family, const char *set);
/** The set is about to be made anew: what was read last counts on. */
void nft_tally_restart(struct nft_tally *t);
/** 0 if the name is not there. */
uint64_t nft_tally_of(const struct nft_tally *t, const char *name);
