/* SPDX-License-Identifier: Apache-2.0 */
/* What neighbours are told, as they understand it. */
#include <string.h>

#include "tests/bgpd/model/world.h"

static int find(const struct world_peer *wp, const struct prefix *pfx)
{
	for (int i = 0; i < REF_PREFIXES; i++) {
		if (prefix_is_equal(&wp->w->ref.pfx[i], pfx))
			return i;
	}
	return -1;
}

static struct world_told *find_told(struct world_peer *wp, int pfx, uint32_t id)
{
	for (unsigned k = 0; k < wp->n_told[pfx]; k++) {
		if (wp->told[pfx][k].id == id)
			return &wp->told[pfx][k];
	}
	return NULL;
}

static void drop(struct world_peer *wp, int pfx, struct world_told *t)
{
	*t = wp->told[pfx][--wp->n_told[pfx]];
}

static void on_reach(void *ctx, const struct prefix *pfx, uint32_t id, const struct route *r)
{
	struct world_peer *wp = ctx;
	const int i = find(wp, pfx);
	struct world_told *t;

	if (i < 0) {
		wp->bad = "a prefix that nobody has";
		return;
	}
	t = find_told(wp, i, id);
	if (!t && wp->n_told[i] == WORLD_TOLD) {
		wp->bad = "more paths than there are";
		return;
	}
	if (!t)
		t = &wp->told[i][wp->n_told[i]++];
	t->id = id;
	t->old = false;
	t->r = *r;
}

static void on_gone(void *ctx, const struct prefix *pfx, uint32_t id)
{
	struct world_peer *wp = ctx;
	const int i = find(wp, pfx);
	struct world_told *t = i < 0 ? NULL : find_told(wp, i, id);

	if (i < 0)
		wp->bad = "to forget a prefix that nobody has";
	if (t)
		drop(wp, i, t);
	else
		wp->w->n_needless++; /* harmless, and it should be seldom */
}

/* RFC 7313 4: what was not said again between the markers is gone. */
static void on_mark(void *ctx, uint8_t af, uint8_t subtype)
{
	struct world_peer *wp = ctx;

	for (int i = 0; i < REF_PREFIXES; i++) {
		if (wp->w->ref.pfx[i].family != af)
			continue;
		for (unsigned k = wp->n_told[i]; k-- > 0;) {
			struct world_told *t = &wp->told[i][k];

			if (subtype == 1)
				t->old = true;
			else if (subtype == 2 && t->old)
				drop(wp, i, t);
		}
	}
}

void world_heard(void *peer, const uint8_t *p, size_t len)
{
	static const struct heard_ops ops = { on_reach, on_gone, on_mark };
	struct world_peer *wp = peer;
	const struct ref_session *s = &world_ref(wp)->s;
	const struct heard h = {
		.ops = &ops,
		.ctx = wp,
		.ids4 = s->ids_out[BGP_FAMILY_IP4],
		.ids6 = s->ids_out[BGP_FAMILY_IP6],
	};

	if (!route_decode(&h, p, len))
		wp->bad = "octets that are no messages";
}

void world_heard_nothing(struct world_peer *wp)
{
	memset(wp->n_told, 0, sizeof(wp->n_told));
}
