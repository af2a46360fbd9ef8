/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled AS-path list: the rule of lowest seq whose expression matches decides; no rule: no.
 * Inside of bgpd/policy.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy_conf.h"
#include "bgpd/wire/attr.h"

struct policy_scratch;

struct policy_list *aspath_list_new(const struct policy_aspath_list *conf);
void aspath_list_free(struct policy_list *l);
/** id: number of the path if it is interned, else 0 (nothing is remembered then). */
bool aspath_list_permits(const struct policy_list *l, struct octets path, uint64_t id,
	struct policy_scratch *s);
