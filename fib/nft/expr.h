/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of nf_tables: what a rule is a list of. Each is written into a message of libmnl; a
 * rule begins with mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS).
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One that is open: its attributes come between begin and end. */
struct expr {
	struct nlattr *elem;
	struct nlattr *data;
};

struct expr expr_begin(struct nlmsghdr *h, const char *name);
void expr_end(struct nlmsghdr *h, struct expr e);

/** Attributes: numbers of nf_tables are big-endian. */
void expr_put_be32(struct nlmsghdr *h, uint16_t type, uint32_t v);
void expr_put_value(struct nlmsghdr *h, uint16_t type, const void *v, size_t len);

/** Register 1 must hold these octets. */
void expr_compare(struct nlmsghdr *h, const void *v, size_t len);
/** Property NFT_META_x of the packet into register 1. */
void expr_load_meta(struct nlmsghdr *h, uint32_t key);
void expr_match_meta(struct nlmsghdr *h, uint32_t key, const void *v, size_t len);
/** NF_ACCEPT, NF_DROP. */
void expr_verdict(struct nlmsghdr *h, uint32_t code);

/*
 * With more than one register: four octets each, NFT_REG32_00 + n; what is longer takes those
 * behind it, too.
 */

/** Is there an element with the key in a register? If not (or if so), the rule does not match. */
struct expr_lookup {
	const char *set;
	uint32_t id;   /* of the set within the transaction */
	uint32_t key;  /* register */
	uint32_t into; /* register that gets the value, of a map; 0 = none */
	bool is_not;
};
void expr_lookup(struct nlmsghdr *h, const struct expr_lookup *l);
void expr_get_meta(struct nlmsghdr *h, uint32_t key, uint32_t into);
void expr_set_meta(struct nlmsghdr *h, uint32_t key, uint32_t from);
/** Octets behind NFT_PAYLOAD_x_HEADER. */
void expr_get_payload(struct nlmsghdr *h, uint32_t base, uint32_t offset, uint32_t len,
	uint32_t into);
/** The same of the network header. */
void expr_get_header(struct nlmsghdr *h, uint32_t offset, uint32_t len, uint32_t into);
/** NFT_FIB_RESULT_x of a lookup that NFTA_FIB_F_x describe. */
void expr_get_fib(struct nlmsghdr *h, uint32_t what, uint32_t flags, uint32_t into);
/** NFT_CMP_x of at most 16 octets. */
void expr_test(struct nlmsghdr *h, uint32_t reg, uint32_t op, const void *v, size_t len);
