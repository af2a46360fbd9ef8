/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled prefix-list: the rule of lowest seq that matches decides, in time that does not depend
 * on the number of rules. Inside of bgpd/policy.
 */
#pragma once

#include "bgpd/policy/policy.h"

struct prefix_list;

struct prefix_list *prefix_list_new(const struct policy_prefix_list *conf);
void prefix_list_free(struct prefix_list *l);
const char *prefix_list_name(const struct prefix_list *l);
/** Permitted by the first rule that matches? No rule: no. */
bool prefix_list_permits(const struct prefix_list *l, const struct prefix *pfx);
/** The same rules, whatever the name. */
bool prefix_list_is_equal(const struct prefix_list *a, const struct prefix_list *b);
