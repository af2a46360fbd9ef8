/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one thread needs beside a policy to evaluate it: memory that PCRE2 matches in, the text of
 * the path in hand, and verdicts of AS-path lists that were found before. Policies are shared
 * between threads and immutable, so none of this can be in them. One an engine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/attr.h"

struct policy_scratch;

/** Nothing is allocated before it is needed. */
struct policy_scratch *policy_scratch_new(void);
/** NULL-safe. */
void policy_scratch_free(struct policy_scratch *s);

struct policy_scratch_stats {
	uint64_t hits;    /* verdicts of AS-path lists that were remembered */
	uint64_t misses;  /* that had to be found */
	uint64_t gave_up; /* matches ended by a limit */
	size_t bytes;
};
void policy_scratch_stats(const struct policy_scratch *s, struct policy_scratch_stats *st);

/* For bgpd/policy alone from here on. */

struct scratch_regex {
	struct pcre2_real_match_data_8 *data;
	struct pcre2_real_match_context_8 *limits;
};
const struct scratch_regex *scratch_regex(struct policy_scratch *s);
void scratch_gave_up(struct policy_scratch *s);
/**
 * Text of a path, whole, until the next call. id names the path (struct blob), 0 = none: the same
 * one is not written twice.
 */
const char *scratch_path_text(struct policy_scratch *s, uint64_t id, struct octets path,
	size_t *len);
/** Verdict of a list (by digest) on a path (by id): 1 yes, 0 no, -1 not known. */
int scratch_recall(struct policy_scratch *s, uint64_t list, uint64_t path);
void scratch_remember(struct policy_scratch *s, uint64_t list, uint64_t path, bool verdict);
