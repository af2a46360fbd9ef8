/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of nf_tables: what a rule is a list of. Each is written into a message of libmnl; a
 * rule begins with mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS).
 */
#pragma once

#include <libmnl/libmnl.h>
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
