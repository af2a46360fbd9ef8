/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of a rib: how they are told which nets have changed. What they see there is in rib.h,
 * which includes this.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rib;
struct rib_reader;

/**
 * wake is called when something is to be pulled after rib_reader_pull had said that nothing is
 * left; from inside an update, so it may only make a note. A new reader has its walk to pull at
 * once.
 */
struct rib_reader *rib_reader_new(struct rib *r, void (*wake)(void *ctx), void *ctx);
/** A second reader at the same place: it will be told what rd will be told from here on. */
struct rib_reader *rib_reader_clone(const struct rib_reader *rd, void (*wake)(void *ctx),
	void *ctx);
void rib_reader_free(struct rib_reader *rd);
/**
 * Tell it of each change of an eligible path, not only of best and multipath (ADD-PATH). Counts for
 * changes to come. Others are not told for its sake.
 */
void rib_reader_set_all(struct rib_reader *rd, bool all);
/**
 * Hand up to max nets to fn: first the walk, then the journal. fn may pin, and it may unpin other
 * nets than these unless the walk is going on; it may not update. Returns true when more is to be
 * pulled. *walking (may be NULL) tells whether the walk is still going on; a call never goes beyond
 * its end.
 */
bool rib_reader_pull(struct rib_reader *rd, uint32_t max, void (*fn)(void *ctx, uint32_t net),
	void *ctx, bool *walking);
/** The same, some at a time. */
bool rib_reader_pull_many(struct rib_reader *rd, uint32_t max,
	void (*fn)(void *ctx, const uint32_t *nets, uint32_t n), void *ctx, bool *walking);
/**
 * Walk the table again, then go on with the journal (route refresh). What the journal holds is not
 * skipped: nets that are gone by now are told there.
 */
void rib_reader_restart(struct rib_reader *rd);
/** Nothing to pull at this moment. */
bool rib_reader_is_drained(const struct rib_reader *rd);
/**
 * Do more nets without paths stay for the sake of this one, the slowest, than the table ever had
 * with paths, and at least RIB_EMPTY_MIN? Somebody announces and withdraws ever new prefixes.
 */
bool rib_reader_is_crowding(const struct rib_reader *rd);
#define RIB_EMPTY_MIN 65536
