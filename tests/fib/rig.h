/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short words for tests of the fib: orders, and turning the loop until nothing is left to do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/backend/backend.h"
#include "fib/fib.h"
#include "lib/io/loop.h"

#define RIG_TABLE  10000
#define RIG_TABLES 8

struct rig {
	struct loop *loop;
	struct fib *fib;
	struct fib_backend *backend; /* borrowed by the rig once the fib has it */
	uint32_t feed;               /* that the orders come from */
	struct nhspread spread;      /* of groups */
	bool on_line;                /* they are */
};

void rig_start(struct rig *r, struct fib_backend *take_backend, uint32_t stale_s);
void rig_stop(struct rig *r);
/** Turn until idle; false after 5 s. */
bool rig_settle(struct rig *r);
/**
 * Turn for that long, whatever happens. Of the time that a loaded machine does not let us run only
 * one millisecond counts, so each has its turn.
 */
void rig_turn_ms(struct rig *r, uint32_t ms);

struct prefix rig_prefix(const char *s);
struct nexthop rig_via(uint32_t ifindex, const char *gw, uint32_t live_key);
void rig_table(struct rig *r, enum fib_msg_type type, uint32_t table);
/** n members, then the backup if not NULL. */
void rig_group(struct rig *r, uint32_t gid, const struct nexthop *nh, unsigned n,
	const struct nexthop *backup);
void rig_group_via(struct rig *r, uint32_t gid, uint32_t ifindex, const char *gw);
void rig_group_del(struct rig *r, uint32_t gid);
void rig_route(struct rig *r, uint32_t table, const char *pfx, uint32_t gid);
void rig_route_pfx(struct rig *r, uint32_t table, const struct prefix *pfx, uint32_t gid);
void rig_route_del(struct rig *r, uint32_t table, const struct prefix *pfx);
void rig_synced(struct rig *r, uint32_t table);
void rig_neighbor(struct rig *r, uint32_t live_key, bool alive);
/** State of a route, FIB_STATE_COUNT when there is none. error: FIB_ERROR_SIZE or NULL. */
enum fib_state rig_state(struct rig *r, uint32_t table, const char *pfx, char *error);
