/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The snapshot of running: written whole at start and stop, and in slices of the loop while commits
 * go on.
 */
#pragma once

#include <libyang/libyang.h>

#include "conf/conf.h"
#include "lib/base/errbuf.h"

/** Write it now, whole; one that is being written is dropped. 0, or -errno with a sentence. */
int snapshot_write(struct conf *c, struct errbuf *err);
/**
 * After a commit: begin one if it is time to. It goes on by itself, and its failure is no failure
 * of anything: the record decides, the snapshot only spares work.
 */
void snapshot_now_and_then(struct conf *c);
/** A commit is about to put unit of the tree from into running, or to remove it: from lacks it. */
void snapshot_follow(struct conf *c, const struct lyd_node *from, const char *unit);
/** Drop the one that is being written, if there is one. */
void snapshot_cancel(struct conf *c);
