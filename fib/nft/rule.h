/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule of classification, as the kernel's nf_tables takes it: what it matches, the class that
 * packets get, and what is written over their DSCP. A value; the encoder is pure.
 *
 * The rules stand in the table "vbrd" of the family netdev, a chain for each device, at its egress:
 * behind routing, before the queues.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define NFT_OUR_TABLE  "vbrd"
#define NFT_CHAIN_SIZE 16
#define NFT_ANY        (-1)

struct nft_rule {
	uint8_t family;    /* AF_INET, AF_INET6; 0 = any protocol, nothing else may be matched */
	uint8_t l4proto;   /* 0 = any */
	uint16_t sport;    /* 0 = any */
	uint16_t dport;    /* 0 = any */
	int8_t dscp;       /* NFT_ANY */
	int8_t remark;     /* DSCP to be written; NFT_ANY = leave alone */
	uint32_t priority; /* matched: packets that have this one; 0 = any */
	uint32_t class;    /* priority that is given; 0 = leave alone */
	struct prefix src; /* len 0 = any */
	struct prefix dst;
	uint8_t hop_limit; /* of IPv6; 0 = any */
};

/** Identity of a rule in the kernel: a comment that changes with whatever the rule does. */
#define NFT_COMMENT_SIZE 24
void nft_rule_comment(const struct nft_rule *r, char comment[NFT_COMMENT_SIZE]);

/* Messages; h is fresh from nft_request. All but the first two name the table. */

/** Start a request of a type NFT_MSG_x for our table in buf. */
struct nlmsghdr *nft_request(void *buf, uint16_t type, uint16_t flags);
void nft_put_chain(struct nlmsghdr *h, const char *chain, const char *device);
/** All rules of a chain: NFT_MSG_DELRULE. */
void nft_put_rules_of(struct nlmsghdr *h, const char *chain);
/** A rule, accepting: the first that matches decides. At most NFT_RULE_ROOM bytes. */
#define NFT_RULE_ROOM 2048
void nft_put_rule(struct nlmsghdr *h, const char *chain, const struct nft_rule *r);

/** Chain and comment of a rule that the kernel shows ("" if it has none of ours). */
bool nft_see_rule(const struct nlmsghdr *nlh, char chain[NFT_CHAIN_SIZE],
	char comment[NFT_COMMENT_SIZE]);
/** Chain and device ("" if it has none). */
bool nft_see_chain(const struct nlmsghdr *nlh, char chain[NFT_CHAIN_SIZE],
	char device[NFT_CHAIN_SIZE]);
/** Does the message concern a table of our name, in any family? */
bool nft_names_our_table(const struct nlmsghdr *nlh);
/** Does it concern our table of the family netdev? */
bool nft_is_ours(const struct nlmsghdr *nlh);
