/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the paths of a table lie: blocks of one source each, see paths.c. Private to the rib; in a
 * header of its own for the accessors in rib.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct rib_path;
struct rib_source;

#define RIB_BLOCK_SHIFT 6
#define RIB_BLOCK       (1u << RIB_BLOCK_SHIFT) /* paths of a block */

/* Places for paths of one source. */
struct rib_block {
	uint64_t used;
	uint32_t next;      /* of the same source, or free */
	uint32_t next_room; /* of the same source, among those with room */
	uint16_t owner;     /* source */
	bool starts_run;    /* of memory */
};

/* All paths of a table, see paths.c. */
struct rib_paths {
	struct rib_path **at;     /* owned: of each block, by number */
	struct rib_block *blocks; /* owned: likewise */
	uint32_t n_blocks;        /* with number 0, which there is not */
	uint32_t cap;
	uint32_t free; /* blocks that are nobody's */
	uint32_t n;    /* paths */
};

/** Place for a new path of a source: its handle. Content undefined; counted by the source. */
uint32_t paths_take(struct rib_paths *s, struct rib_source *src) MUST_USE;
void paths_release(struct rib_paths *s, struct rib_source *src, uint32_t h);
void paths_fini(struct rib_paths *s);
size_t paths_bytes(const struct rib_paths *s);
