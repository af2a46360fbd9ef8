/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled prefix-list: the rule of lowest seq that matches decides, in time that does not depend
 * on the number of rules. Inside of bgpd/policy.
 */
#pragma once

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy_conf.h"

struct policy_list *prefix_list_new(const struct policy_prefix_list *conf);
void prefix_list_free(struct policy_list *l);
/** Permitted by the first rule that matches? No rule: no. */
bool prefix_list_permits(const struct policy_list *l, const struct prefix *pfx);
