/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit changes, and what stands on that: everybody behind the reader works from this list,
 * so the cost of a commit follows its size and not that of the edge.
 *
 * Objects are immutable and shared by the models before and after, so the changes are found by
 * comparing pointers. What stands on a changed object by its name (a VBR on its line) is touched as
 * well; delta.c has the table of who stands on whom.
 */
#pragma once

#include "lib/ds/bitmap.h"
#include "vbr/model/model.h"

struct model_change {
	struct model_obj *was; /* borrowed from the model before; NULL: it is new */
	struct model_obj *now; /* borrowed from the next one; NULL: it goes */
};

struct model_delta {
	const struct model *was; /* borrowed, as all below: both must outlive the delta */
	const struct model *now;
	struct model_change *changes; /* owned: by kind, then by key */
	uint32_t n;
	bool is_whole;                           /* so many that everything is touched */
	struct bitmap touched[MODEL_KIND_COUNT]; /* indexes in now */
};

void model_delta_init(struct model_delta *d, const struct model *was, const struct model *now);
/** Idempotent; a zeroed one is right. */
void model_delta_fini(struct model_delta *d);

/** First object of a kind, from index *i of the next model on, that is touched; moves *i behind. */
struct model_obj *model_delta_next(const struct model_delta *d, enum model_kind kind, uint32_t *i);
/** Has an object of the kind changed, come or gone? */
bool model_delta_has(const struct model_delta *d, enum model_kind kind);
