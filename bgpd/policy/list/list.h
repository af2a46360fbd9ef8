/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all compiled lists have in common: the first member of each. Inside of bgpd/policy.
 */
#pragma once

#include <stdint.h>

struct policy_list {
	char *name;      /* owned */
	uint64_t digest; /* of what its answers depend on, so not of its name */
};
