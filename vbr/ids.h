/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that must survive a restart: kernel table of each instance, device number of each
 * peering. A name keeps its number as long as it is configured, whatever else comes and goes,
 * so that after a restart the kernel's state is found again and no packet is lost.
 *
 * A number that was given back is not given out again before all others had their turn: whoever
 * used it may still be leaving, on another thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/errbuf.h"

#define IDS_MAX 999999 /* numbers are 1..IDS_MAX: as many tables are ours */

struct ids;

/** Reads state_dir/table-ids. NULL with err when it is there and cannot be read. */
struct ids *ids_open(const char *state_dir, struct errbuf *err);
void ids_close(struct ids *i);
/** Number of a name ("acme/vbr/hz-a"), 0 = none. */
uint32_t ids_find(const struct ids *i, const char *name);
/** The name's number, the next free one if it has none. In memory until ids_save. */
uint32_t ids_get(struct ids *i, const char *name);
void ids_release(struct ids *i, const char *name);
/** Release all names that keep does not want. */
void ids_retain(struct ids *i, bool (*keep)(void *ctx, const char *name), void *ctx);
/** Write and rename, if anything changed. 0 or -errno with a sentence in err. */
int ids_save(struct ids *i, struct errbuf *err) MUST_USE;
