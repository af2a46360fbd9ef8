/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terms of route-maps: part of reading a policy (vbr/policy/read_policy.c).
 */
#pragma once

#include "bgpd/policy/policy_conf.h"
#include "lib/base/errbuf.h"

struct conf_node;

/* What is read, for sentences about it. */
struct read_where {
	const char *path; /* of the policy container */
	const char *map;
	uint32_t seq;
	struct errbuf *err;
};

/** "permit" or "deny" in the leaf "action". */
bool read_permits(const struct conf_node *n);
/** 0, or -EINVAL with a sentence for each fault. */
int read_term(const struct conf_node *n, struct read_where *w, struct policy_term *t);
