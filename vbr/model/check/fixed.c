/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may not change once it is there. These are the only rules about the way from one model to
 * the next: model_check judges what is, whatever was before, so they stand apart. Who takes a
 * commit back that nobody confirmed does not ask here.
 */
#include <errno.h>
#include <string.h>

#include "vbr/model/delta.h"

/* Both lines of a pair know it; the one whose twin goes, or is new itself, is free. */
static void check_pair(const struct model_delta *d, const struct model_physconn *was,
	const struct model_physconn *now, struct errbuf *err)
{
	const char *twin = was->line.redundant_with;

	if (twin[0] == '\0' || strcmp(twin, now->line.redundant_with) == 0 ||
		model_physconn(d->now, twin) == NULL)
		return;
	errbuf_add(err, now->obj.path, 0,
		"redundant-with %s is fixed once the pair is made: keep it, or delete "
		"physical-connection %s or %s, which may be created anew with a later commit",
		twin, now->obj.name, twin);
}

int model_check_fixed(const struct model_delta *d, struct errbuf *err)
{
	const size_t n = err->n;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_change *c = &d->changes[i];

		if (c->was != NULL && c->now != NULL && c->now->kind == MODEL_PHYSCONN)
			check_pair(d, (const struct model_physconn *)c->was,
				(const struct model_physconn *)c->now, err);
	}
	return err->n > n ? -EINVAL : 0;
}
