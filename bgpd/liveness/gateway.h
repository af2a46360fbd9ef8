/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next hops of static routes that are watched by BFD. Who watches is somebody else, reached by
 * bgp_engine_ops.bfd.
 */
#pragma once

#include "bgpd/engine_int.h"

/**
 * May a route of our own be in the table? *key: the neighbour that it leans on then, 0 for one that
 * is not watched.
 */
bool gateway_permits(const struct bgp_instance *i, const struct bgp_local *l, uint32_t *key);
/** A report that is about no peer. */
void gateway_report(struct bgp_instance *i, const struct bgp_bfd_report *r);
/** Each has been up, so what leans on them is in the table, or was and went. */
bool gateways_are_heard(const struct bgp_instance *i);
void gateways_clear(struct bgp_instance *i);
