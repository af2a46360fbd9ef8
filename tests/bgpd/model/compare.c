/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be seen of the engine against everything that the model concludes. */
#include <stdio.h>
#include <string.h>

#include "tests/bgpd/model/world.h"

#define MARKS                                                                                      \
	(RIB_PATH_REJECTED | RIB_PATH_BEST | RIB_PATH_MULTIPATH | RIB_PATH_STALE | RIB_PATH_CIDR | \
		RIB_PATH_LOCAL)

static char text[2 * ROUTE_TEXT + 200];

/* What no RFC says, and the model has to be told. */
static void ask_order(struct world *w)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		for (unsigned i = 0; i < REF_INSTANCES; i++) {
			for (unsigned k = 0; k < RIB_SOURCE_COUNT; k++) {
				const struct rib_source *s = w->inst[i]->local_source[f][k];

				w->ref.inst[i].local_index[f][k] = s ? s->index : 0;
			}
		}
		for (unsigned e = 0; e < REF_EDGES; e++) {
			const struct rib_source *s = w->in[e] ? w->in[e]->source[f] : NULL;

			w->ref.edge[e].index[f] = s ? s->index : 0;
		}
		for (unsigned k = 0; k < REF_PEERS; k++) {
			const struct rib_source *s = w->peer[k].p ? w->peer[k].p->family[f].source :
								    NULL;

			w->ref.peer[k].index[f] = s ? s->index : 0;
		}
	}
}

static bool is_of(const struct world *w, const struct rib_source *s, const struct ref_source *src)
{
	if (s->kind != src->kind)
		return false;
	if (s->kind == RIB_SOURCE_BGP)
		return s->owner == w->peer[src->n].p;
	if (s->kind == RIB_SOURCE_PEERING)
		return s->owner == w->in[src->n];
	return true;
}

static const struct rib_path *find_path(const struct world *w, const struct rib *r, uint32_t net,
	const struct ref_source *src)
{
	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path(r, h)->next) {
		const struct rib_path *p = rib_path(r, h);

		if (is_of(w, rib_source_at(r, p->source), src))
			return p;
	}
	return NULL;
}

static unsigned count_paths(const struct rib *r, uint32_t net)
{
	unsigned n = 0;

	for (uint32_t h = net ? rib_net(r, net)->paths : 0; h; h = rib_path(r, h)->next)
		n++;
	return n;
}

static bool has_same_attrs(const struct attrs *a, const struct route *r)
{
	const uint32_t len = r->n_path - r->n_set + (r->n_set > 0) + r->n_via;

	return a->origin == r->origin && a->path_len == len &&
		a->local_pref == (r->has_local_pref ? r->local_pref : 100) &&
		!(a->has & WIRE_HAS_MED) == !r->has_med && (!r->has_med || a->med == r->med);
}

static bool is_same_path(const struct rib_path *p, const struct ref_path *want)
{
	return (p->flags & MARKS) == want->flags && p->reason == want->reason &&
		p->live_key == want->live_key &&
		(want->flags & RIB_PATH_REJECTED ? !p->attrs : has_same_attrs(p->attrs, &want->r));
}

static const char *path_differs(const struct world *w, unsigned inst, unsigned pfx,
	const struct ref_path *want, const struct rib_path *got)
{
	char name[64];
	char route[ROUTE_TEXT];

	(void)snprintf(text, sizeof(text),
		"instance %u %s kind %u source %u: want flags %x reason '%s' key %u (%s); "
		"the engine has %s flags %x reason '%s' key %u len %u lp %u",
		inst, prefix_format(&w->ref.pfx[pfx], name), want->src.kind, want->src.n,
		want->flags, rib_reason_name((enum rib_reason)want->reason), want->live_key,
		route_format(&want->r, route), got ? "it," : "no such path", got ? got->flags : 0,
		got ? rib_reason_name((enum rib_reason)got->reason) : "", got ? got->live_key : 0,
		got && got->attrs ? got->attrs->path_len : 0,
		got && got->attrs ? got->attrs->local_pref : 0);
	return text;
}

static const char *compare_net(const struct world *w, unsigned inst, unsigned pfx)
{
	const struct rib *r = w->inst[inst]->table[ref_family(&w->ref.pfx[pfx])].rib;
	const uint32_t net = rib_find(r, &w->ref.pfx[pfx]);
	const struct ref_net *want = &w->ref.net[inst][pfx];
	char name[64];

	for (unsigned i = 0; i < want->n; i++) {
		const struct rib_path *p = net ? find_path(w, r, net, &want->path[i].src) : NULL;

		if (!p || !is_same_path(p, &want->path[i]))
			return path_differs(w, inst, pfx, &want->path[i], p);
	}
	if (count_paths(r, net) == want->n)
		return NULL;
	(void)snprintf(text, sizeof(text), "instance %u %s: want %u paths, the engine has %u", inst,
		prefix_format(&w->ref.pfx[pfx], name), want->n, count_paths(r, net));
	return text;
}

static const char *compare_fib(const struct world *w, unsigned inst, unsigned pfx)
{
	const uint32_t gid = w->gid[inst][pfx];
	struct nhgroup want;
	struct nhgroup got;
	char name[64];

	ref_fib(&w->ref, inst, pfx, &want);
	nhgroup_init(&got);
	if (gid)
		got = w->group[gid];
	if (nhgroup_is_equal(&want, &got))
		return NULL;
	(void)snprintf(text, sizeof(text),
		"instance %u %s: want %u next hops, %u behind (%u), the kernel has %u, %u (%u)",
		inst, prefix_format(&w->ref.pfx[pfx], name), want.n, want.n_backup,
		want.nh[want.n].live_key, got.n, got.n_backup, got.nh[got.n].live_key);
	return text;
}

static const char *compare_told(const struct world *w, unsigned k, unsigned pfx)
{
	const struct world_peer *wp = &w->peer[k];
	struct route want;
	bool has;
	char name[64];
	char a[ROUTE_TEXT];
	char b[ROUTE_TEXT];

	memset(&want, 0, sizeof(want));
	has = w->ref.peer[k].is && ref_told(&w->ref, &w->ref.peer[k], pfx, &want);
	if (has == wp->has[pfx] && (!has || memcmp(&want, &wp->told[pfx], sizeof(want)) == 0))
		return NULL;
	(void)snprintf(text, sizeof(text), "peer %u %s: want %s, it was told %s", k,
		prefix_format(&w->ref.pfx[pfx], name), has ? route_format(&want, a) : "nothing",
		wp->has[pfx] ? route_format(&wp->told[pfx], b) : "nothing");
	return text;
}

const char *world_compare(struct world *w)
{
	const char *diff = NULL;

	ask_order(w);
	if (!ref_compute(&w->ref))
		return "the model itself does not come to rest";
	for (unsigned pfx = 0; pfx < REF_PREFIXES && !diff; pfx++) {
		for (unsigned i = 0; i < REF_INSTANCES && !diff; i++) {
			diff = compare_net(w, i, pfx);
			if (!diff)
				diff = compare_fib(w, i, pfx);
		}
		for (unsigned k = 0; k < REF_PEERS && !diff; k++)
			diff = compare_told(w, k, pfx);
	}
	for (unsigned k = 0; k < REF_PEERS && !diff; k++) {
		if (!w->peer[k].bad)
			continue;
		(void)snprintf(text, sizeof(text), "peer %u was told %s", k, w->peer[k].bad);
		diff = text;
	}
	return diff;
}
