/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one path by which running changes: validated tree in, phases of the owner, record, new
 * running.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libyang/libyang.h>

#include "conf/conf.h"
#include "conf/txn/unit.h"

struct txn {
	struct conf *conf;
	struct lyd_node *tree; /* owned by the caller; validated and sorted here, then emptied */
	const struct units *units; /* what may differ */
	const struct lyd_node
		*base; /* what the record compares with: running, or the stored one at start */
	const char *user;
	const char *comment;   /* may be NULL */
	const char *file_hash; /* the file that this commit loads, or NULL */
	bool check;            /* stop after the owner's validation */
	bool restore; /* at start: running is what was stored; no record, no new revision */
};

/** 0; -EINVAL or another -errno with sentences, nothing changed. */
int txn_run(struct txn *t, struct errbuf *err);
/** All units of two trees (either may be NULL). */
void txn_all_units(const struct conf *c, const struct lyd_node *a, const struct lyd_node *b,
	struct units *out);
