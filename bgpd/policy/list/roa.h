/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route origin authorisations of one scope, and what they say of a route (RFC 6811). Those of the
 * scope and of the global one count together. Inside of bgpd/policy.
 */
#pragma once

#include "bgpd/policy/list/list.h"
#include "bgpd/policy/policy_conf.h"
#include "bgpd/wire/attr.h"

/** global: of the global scope, or NULL; borrowed, outlives this one. */
struct policy_list *roa_table_new(const struct policy_roa *roas, uint32_t n,
	const struct policy_list *global);
/** NULL-safe. */
void roa_table_free(struct policy_list *l);
/** origin: roa_origin; 0 = NONE. */
enum policy_rpki roa_validate(const struct policy_list *l, const struct prefix *pfx,
	uint32_t origin);
/** RFC 6811 2: origin of a path, 0 = NONE; own_as for what begins with us. */
uint32_t roa_origin(struct octets path, uint32_t own_as);
