/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rib with sources and attribute sets made by hand, for the tests of this folder.
 */
#pragma once

#include "bgpd/rib/rib.h"

/* What a test says about a set; all else is absent. */
struct kit_attrs {
	uint32_t local_pref; /* 0 = absent */
	uint32_t med;        /* 0 = absent */
	uint8_t origin;
	uint8_t path_len;  /* AS numbers in the path: first_as, then 64512 */
	uint32_t first_as; /* 0 = 65001 */
	uint32_t originator_id;
	uint8_t clusters; /* entries of the cluster list */
	bool llgr_stale;
	bool leaves; /* local preference 0 */
};

/** The set, with a reference for the caller. */
struct attrs *kit_attrs(struct attrs_table *t, const struct kit_attrs *k);
/** 10.0.0.0/8 cut into small prefixes: the n-th of them, of mixed lengths. */
struct prefix kit_prefix(uint32_t n);
