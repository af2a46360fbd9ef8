/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules that lead packets to the table of their instance, as a sorted set; wanted and seen
 * sets are compared by one merge. Pure.
 *
 * Mode rules, for each device with a table, both families (fixed preferences):
 *
 *   2000  iif NAME lookup T      what came in by the device
 *   2001  oif NAME lookup T      sockets bound to the device
 *   2002  from ADDRESS lookup T  what the kernel itself sends from an address of ours: echo
 *                                replies, ICMP errors, resets. Only if all devices that have the
 *                                address share one table: else nobody knows which one is meant.
 *
 * Rules name devices, not indexes: they may stand before the device comes, and do.
 *
 * In both modes, for who has to look into a table without a device of it (linkplane_marks):
 *
 *   2003  fwmark M lookup T
 *
 * Mode vrf: the l3mdev rule, which the kernel makes with the first VRF device, is made again if
 * somebody removed it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fib/link/link.h"
#include "lib/net/prefix.h"

enum rule_kind {
	RULE_KIND_L3MDEV,
	RULE_KIND_IIF,
	RULE_KIND_OIF,
	RULE_KIND_FROM,
	RULE_KIND_MARK,
	RULE_KIND_COUNT,
};

/* Compared as bytes: made by rules_add_*, or zeroed first. */
struct rule {
	enum rule_kind kind;
	uint32_t table; /* 0 for L3MDEV */
	uint8_t family;
	char dev[LINK_NAME_SIZE]; /* IIF, OIF */
	struct ip_addr from;      /* FROM */
	uint32_t mark;            /* MARK */
};

struct rules {
	struct rule *v; /* owned */
	size_t n;
	size_t cap;
};

void rules_fini(struct rules *r);
void rules_clear(struct rules *r);
void rules_add(struct rules *r, const struct rule *rule);
/** Rules of one device, without the FROM rules; nothing if it has no table. */
void rules_add_want(struct rules *r, const struct link_want *w);
/** Remember the addresses of one device for rules_end. */
void rules_add_sources(struct rules *r, const struct link_want *w);
/** Both families. */
void rules_add_mark(struct rules *r, const struct link_mark *m);
/** A wanted set is complete: sort, drop duplicates and sources that lead to several tables. */
void rules_end(struct rules *r);
/** A seen set is complete: sort only. */
void rules_sort(struct rules *r);
/** Members of a that are not in b, to out. Both are sorted. */
void rules_minus(const struct rules *a, const struct rules *b, struct rules *out);
/** Preference of the rules of a kind. */
uint32_t rules_preference(enum rule_kind kind);
