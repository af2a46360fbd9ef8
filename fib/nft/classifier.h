/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classification of what leaves by devices: for each of them a chain of rules, as they should be.
 * It compares them with what the kernel shows and rewrites a chain that differs, in one
 * transaction: a packet meets the old rules or the new ones. It looks again when something changed
 * (events of nf_tables, devices that come and go) and on a slow timer.
 *
 * The table netdev "vbrd" is ours, whole; nothing else is touched. Belongs to one loop (main).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/nft/rule.h"

struct classifier;
struct loop;

#define CLASSIFIER_ERROR_SIZE 160

/** Never NULL: without nf_tables in the kernel, each chain has that as its error. */
struct classifier *classifier_new(struct loop *l);
/** Leaves all in the kernel. NULL-safe. */
void classifier_free(struct classifier *c);
/** The rules of a chain, copied, of which the first that matches decides. n 0: no chain. */
void classifier_want(struct classifier *c, const char *chain, const char *device,
	const struct nft_rule *rules, uint32_t n);
/** A device came or went: look again, in the next turn of the loop. */
void classifier_touch(struct classifier *c);
/** Chains that nobody wants (of an earlier run) are removed from now on. */
void classifier_sweep(struct classifier *c);
/** Compare now; returns chains that are not in step. */
uint32_t classifier_sync(struct classifier *c);
/** Why a chain is not in step, "" if it is or is not wanted. Borrowed. */
const char *classifier_error(const struct classifier *c, const char *chain);
/** Remove the table, and forget all. */
void classifier_withdraw(struct classifier *c);
