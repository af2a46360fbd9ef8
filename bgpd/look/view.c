/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at the engine: nothing here changes anything.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"
#include "bgpd/neighbor/unnumbered.h"

bool bgp_engine_is_leaving(const struct bgp_engine *e, uint32_t table)
{
	const struct bgp_instance *i;

	TAILQ_FOREACH(i, &e->leaving, entry) {
		if (i->conf.table == table)
			return true;
	}
	return false;
}

const struct bgp_instance_conf *bgp_instance_conf(const struct bgp_instance *i)
{
	return &i->conf;
}

struct rib *bgp_instance_rib(const struct bgp_instance *i, enum bgp_family f)
{
	return i->table[f].rib;
}

struct bgp_peer *bgp_instance_next_peer(const struct bgp_instance *i, struct bgp_peer *prev)
{
	return prev ? TAILQ_NEXT(prev, entry) : TAILQ_FIRST(&i->peers);
}

struct bgp_instance *bgp_peer_instance(const struct bgp_peer *p)
{
	return p->inst;
}

/* The number is kept until the next session begins. */
static uint32_t count_discarded(const struct peer_family *pf)
{
	return pf->up ? pf->discarded : 0;
}

void bgp_peer_view(const struct bgp_peer *p, struct bgp_peer_view *v)
{
	const struct session_down *why = session_last_down(p->session);

	*v = (struct bgp_peer_view){
		.address = p->conf.session.remote,
		.dynamic = p->dynamic,
		.discovered = p->discovered,
		.others = p->discovered && p->inst->unnumbered ? p->inst->unnumbered->n_others : 0,
		.range = p->range,
		.session = p->session,
		.live_key = p->live_key,
		.bfd_watched = p->bfd.asked,
		.bfd_up = p->bfd.up,
		.updates_bad = p->updates_bad,
		.attrs_bad = p->attrs_bad,
		.conf = &p->conf,
		.last_code = peer_down_code(p, why),
		.last_down = why,
	};
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		const struct peer_family *pf = &p->family[f];

		v->discarded += count_discarded(pf);
		if (pf->member)
			v->advertised += export_count(pf->member);
		if (!pf->source)
			continue;
		v->received += pf->source->n_paths;
		v->accepted += pf->source->n_accepted;
		v->stale += pf->source->n_stale;
	}
	v->rejected = v->received - v->accepted;
	if (why->reason != SESSION_DOWN_COUNT)
		(void)session_down_format(why, v->last_error, sizeof(v->last_error));
}

void bgp_peer_family_view(const struct bgp_peer *p, enum bgp_family f,
	struct bgp_peer_family_view *v)
{
	const struct peer_family *pf = &p->family[f];

	*v = (struct bgp_peer_family_view){
		.eor_received = pf->eor,
		.surplus = pf->surplus,
		.discarded = count_discarded(pf),
	};
	if (pf->member)
		v->advertised = export_count(pf->member);
	if (!pf->source)
		return;
	v->received = pf->source->n_paths;
	v->accepted = pf->source->n_accepted;
	v->stale = pf->source->n_stale;
}

bool bgp_peer_owns(const struct bgp_peer *p, const struct rib *r, const struct rib_path *path)
{
	const struct rib_source *s = rib_source_at(r, path->source);

	return s->kind == RIB_SOURCE_BGP && s->owner == p;
}

uint8_t bgp_path_builtins(const struct rib *r, const struct rib_path *path)
{
	const struct rib_source *s = rib_source_at(r, path->source);
	const struct prefix pfx = rib_net_prefix(r, rib_path_net(r, path));
	const struct bgp_peer *p = s->owner;

	if (path->flags & RIB_PATH_REJECTED || s->kind != RIB_SOURCE_BGP || !p)
		return 0;
	return import_builtins(p, &p->conf, &pfx, rib_path_attrs(r, path));
}

const char *bgp_builtin_name(unsigned i)
{
	static const char *const names[BGP_BUILTIN_COUNT] = { "graceful-shutdown", "blackhole" };

	return i < BGP_BUILTIN_COUNT ? names[i] : "";
}

int bgp_peer_advertised(const struct bgp_peer *p, enum bgp_family f, uint32_t net, struct arena *a,
	struct wire_attrs *out, enum rib_reason *why)
{
	const struct peer_family *pf = &p->family[f];
	struct export_conf c;

	if (!pf->member) {
		*why = RIB_REASON_NO_POLICY;
		return -ENOENT;
	}
	peer_export_conf(pf, &c);
	return export_attrs(pf->table->export, &c, net, a, out, why);
}

uint32_t bgp_peer_paths(const struct bgp_peer *p, enum bgp_family f, uint32_t net, struct arena *a,
	struct export_path **out)
{
	const struct peer_family *pf = &p->family[f];
	struct export_conf c;

	if (!pf->member)
		return 0;
	peer_export_conf(pf, &c);
	return export_paths(pf->table->export, &c, net, a, out);
}

char *bgp_source_name(const struct rib_source *s, char *dst)
{
	const struct bgp_edge_in *in = s->owner;

	dst[0] = '\0';
	if (s->kind == RIB_SOURCE_BGP)
		(void)ip_format(&s->addr, dst);
	else if (s->kind == RIB_SOURCE_PEERING && in)
		memcpy(dst, in->name, BGP_NAME_SIZE);
	return dst;
}
