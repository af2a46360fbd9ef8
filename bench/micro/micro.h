/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the engine measured one by one, so that a regression can be located. Each has a row: how
 * its world is made, what is measured and nothing else, and whether the outcome is right.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/rib/rib.h"

struct micro {
	const char *name; /* "part.operation" */
	uint32_t n;       /* operations when time is measured; for correctness far fewer do */
	void *(*setup)(uint32_t n);
	void (*run)(void *ctx, uint32_t n); /* what is measured */
	bool (*is_right)(void *ctx, uint32_t n);
	void (*teardown)(void *ctx);
};

struct micro_set {
	const struct micro *v;
	size_t n;
};

struct micro_set micro_codec(void);
struct micro_set micro_rib(void);
struct micro_set micro_policy(void);
struct micro_set micro_export(void);
struct micro_set micro_netlink(void);

/* table.c: routes as a neighbour has them, the same in each run */

#define TABLE_EACH 8 /* prefixes of one attribute set on average in a full table */

/** The i-th of n prefixes, in no order of addresses; all differ. */
struct prefix table_prefix(uint32_t i);
/** Room for the lists of one set. */
struct table_lists {
	uint8_t path[2 + 4 * 6];
	uint8_t communities[3 * 4];
};
/** The i-th set: all differ, by path of 3 to 6 AS numbers and communities of up to 3. */
struct wire_attrs table_attrs(struct table_lists *room, uint32_t i);
/** What a session of four-octet AS numbers has agreed on; ours is AS 65000. */
struct wire_session table_session(uint32_t peer_as);

/* A rib of n prefixes, its sets and one source; filled by the caller. */
struct table_rib {
	struct attrs_table *at;
	struct rib *rib;
	struct rib_source *source;
	struct attrs **sets; /* owned; one for TABLE_EACH prefixes */
	uint32_t n_sets;
};
void table_rib_init(struct table_rib *t, uint32_t n);
/** Its readers must be gone. */
void table_rib_fini(struct table_rib *t);
/** The source offers the first n prefixes, TABLE_EACH at once as by a message; shift moves sets. */
void table_rib_offer(struct table_rib *t, struct rib_source *s, uint32_t n, uint32_t shift);
