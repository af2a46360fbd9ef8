/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world in which names meet, and random commits to it: some right, some not.
 */
#pragma once

#include "vbr/model/model.h"

/** Lines and tenants, and nothing that stands on them yet. */
struct model *edits_world(void);
/** One to three edits on. */
struct model *edits_next(const struct model *m);
