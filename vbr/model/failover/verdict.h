/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be said of a failover group: by a table over what is the case, and who of its two VBRs
 * carries the traffic.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FAILOVER_PRIMARY   0
#define FAILOVER_SECONDARY 1

/* Of two audits in a row. One alone may have seen a table in the middle of a change. */
#define FAILOVER_DIFFER_LOOKS 2

enum failover_mode {
	FAILOVER_ACTIVE_STANDBY,
	FAILOVER_LOAD_SHARE,
};

enum failover_verdict {
	FAILOVER_UNKNOWN,       /* was not looked at yet */
	FAILOVER_READY,         /* either can carry what the other one carries */
	FAILOVER_ROUTES_DIFFER, /* both are up; one lacks what the other one has */
	FAILOVER_SECONDARY_DOWN,
	FAILOVER_PRIMARY_DOWN,
	FAILOVER_DOWN, /* both */
	FAILOVER_VERDICT_COUNT,
};

struct failover_facts {
	bool is_known;
	bool is_up[2];
	bool differs; /* debounced */
};

/* A row of the table; the first that fits counts. -1: does not matter. */
struct failover_row {
	int8_t is_known;
	int8_t is_up[2];
	int8_t differs;
	enum failover_verdict verdict;
};

enum failover_verdict failover_verdict(const struct failover_facts *f);
/** Rows in their order; NULL behind the last one. */
const struct failover_row *failover_row(unsigned i);
/** "ready", ...: part of the outside view. */
const char *failover_verdict_name(enum failover_verdict v);
const char *failover_mode_name(enum failover_mode m);

/** After each audit: *looks counts those in a row that saw a difference. Is it one to tell? */
bool failover_differs(uint8_t *looks, bool differs);

struct failover_member {
	bool is_up;
	bool is_leaving;
	uint32_t routes;
};
/** Who carries what goes to the data centre: bit 1 << member. */
unsigned failover_carriers(enum failover_mode mode, const struct failover_member m[2]);
