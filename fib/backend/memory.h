/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel in memory with the habits of the real one that matter here: nexthops need a device that
 * is up, a device that goes down takes its nexthops along, and with the last member of a group the
 * group and all its routes, without a word about the routes. Tests make it refuse, forget and lose
 * answers. Small: it searches arrays.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/backend/backend.h"

struct fib_memory_hooks {
	/* 0, or the -errno to refuse op with; may be NULL. */
	int (*refuse)(void *ctx, const struct fib_op *op);
	/*
	 * Is the rest of this write, from this op on, lost, and the answers to all of it?
	 * may be NULL.
	 */
	bool (*overrun)(void *ctx, uint32_t i);
	void *ctx;
};

struct fib_memory_stats {
	uint64_t writes;    /* calls */
	uint64_t routes;    /* ROUTE_ADD and ROUTE_REPLACE that were done */
	uint64_t clobbered; /* routes of others that one of ours replaced: must stay 0 */
};

struct fib_backend *fib_backend_memory_new(void) MUST_USE;
void fib_memory_set_hooks(struct fib_backend *b, const struct fib_memory_hooks *hooks);
/** The fib does not free it: it outlives a restart. Freed by fib_memory_free. */
void fib_memory_keep(struct fib_backend *b);
void fib_memory_free(struct fib_backend *b);
/** Devices are 1..63, down at first. Tells the fib by an event unless silent. */
void fib_memory_link(struct fib_backend *b, uint32_t ifindex, bool up, bool silent);
/** The device that drops packets; 0, as at first: it cannot be made. */
void fib_memory_sink(struct fib_backend *b, uint32_t ifindex);
/** Somebody else's route, at our metric. */
void fib_memory_add_foreign(struct fib_backend *b, uint32_t table, const struct prefix *pfx);
void fib_memory_del_foreign(struct fib_backend *b, uint32_t table, const struct prefix *pfx);
/**
 * Remove a route of ours behind the fib's back, or give it another object. Returns whether
 * it was there.
 */
bool fib_memory_spoil(struct fib_backend *b, uint32_t table, const struct prefix *pfx, uint32_t id);
/** Any route at this place: 0 or -ENOENT. */
int fib_memory_route(const struct fib_backend *b, uint32_t table, const struct prefix *pfx,
	struct fib_dump_route *r);
bool fib_memory_has_guard(const struct fib_backend *b, uint32_t table, uint8_t family);
/** Routes of an owner in a table (0 = all). */
uint32_t fib_memory_count(const struct fib_backend *b, uint32_t table, enum fib_owner owner);
/** 0 or -ENOENT. */
int fib_memory_object(const struct fib_backend *b, uint32_t id, struct fib_dump_object *o);
uint32_t fib_memory_objects(const struct fib_backend *b);
const struct fib_memory_stats *fib_memory_stats(const struct fib_backend *b);
