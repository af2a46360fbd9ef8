/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled community-list, all kinds together: the rule of lowest seq all of whose communities
 * are there decides; no rule: no. Inside of bgpd/policy.
 */
#pragma once

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy_conf.h"
#include "bgpd/wire/attr.h"

struct policy_list *community_list_new(const struct policy_community_list *conf);
void community_list_free(struct policy_list *l);
bool community_list_permits(const struct policy_list *l, const struct wire_attrs *at);
/** One community, as if it were alone. */
bool community_list_permits_one(const struct policy_list *l, enum community_kind kind,
	const uint8_t *c);
