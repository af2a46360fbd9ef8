/* SPDX-License-Identifier: Apache-2.0 */
/* Random options of neighbours, as the model and as the engine has them. */
#include <stdio.h>

#include "tests/bgpd/model/world.h"

#define LLGR_S 86400

struct bgp_peer_conf world_peer_conf(struct world_peer *wp)
{
	const struct ref_peer *p = world_ref(wp);
	const bool external = ref_peer_side(&wp->w->ref, p) == REF_EXTERNAL;
	struct bgp_peer_conf c = {
		.session = {
			.remote = p->addr,
			.local_as = external ? p->fake_as : 0,
			.peer_as = p->as,
			.enabled = true,
			.families = 3,
			.gr = true,
			.llgr_time_s = p->llgr ? LLGR_S : 0,
			.addpath_rx = p->add_path_in,
			.addpath_tx = p->add_path_out,
			.multihop = p->multihop,
			.role = (uint8_t)p->role,
		},
		.limit_max = p->limit,
		.limit_action = (uint8_t)p->limit_action,
		.add_path_send = (uint8_t)p->add_path,
		.add_path_best = p->add_path_best,
		.allow_own_as = p->allow_own_as,
		.gshut = p->gshut,
		.ignore_gshut = p->ignore_gshut,
		.blackhole_len = { p->blackhole_len[0], p->blackhole_len[1] },
		.default_originate = p->default_originate,
		.condition = (uint8_t)p->condition,
		.fake_no_prepend = p->fake_no_prepend,
		.fake_replace_as = p->fake_replace_as,
		.as_override = p->as_override,
		.rr_client = p->client,
		.private_as = (uint8_t)p->private_as,
		.withhold = p->withhold,
		.next_hop = (uint8_t)p->next_hop,
		.has_import = p->import != 0,
		.has_export = p->export != 0,
		.import_policy = world_map_name(p->import),
		.export_policy = world_map_name(p->export),
		.default_policy = world_map_name(p->default_map),
		.advertise_policy = world_map_name(p->advertise_map),
		.condition_policy = world_map_name(p->condition_map),
	};

	return c;
}

static uint8_t random_map(struct world *w)
{
	return (uint8_t)world_below(w, REF_MAPS + 1);
}

static void random_egress(struct world *w, struct ref_peer *p)
{
	const uint32_t dice = world_below(w, 64);

	p->as_override = (dice & 3) == 1;
	p->private_as = (enum export_private_as)world_below(w, EXPORT_PRIVATE_AS_REPLACE + 1);
	p->withhold = (uint8_t)(dice & 4 ? world_below(w, 8) : 0);
	p->next_hop = (enum export_next_hop)world_below(w, EXPORT_NEXT_HOP_UNCHANGED + 1);
	if (ref_peer_side(&w->ref, p) != REF_EXTERNAL)
		return;
	p->fake_as = (dice & 48) == 16 ? 64999 : 0;
	p->fake_no_prepend = dice & 8;
	p->fake_replace_as = world_below(w, 2);
}

static void random_marks(struct world *w, struct ref_peer *p)
{
	const uint32_t dice = world_below(w, 16);

	p->gshut = dice < 3;
	p->ignore_gshut = dice & 4;
	p->blackhole_len[0] = (uint8_t)(dice & 8 ? 16 + world_below(w, 10) : 0);
	p->blackhole_len[1] = dice & 8 ? 48 : 0;
}

static void random_reflection(struct world *w, struct ref_peer *p)
{
	p->client = ref_peer_side(&w->ref, p) == REF_INTERNAL && world_below(w, 2);
}

static void random_add_path(struct world *w, struct ref_peer *p)
{
	if (world_below(w, 4) == 0) {
		p->add_path_in = world_below(w, 2);
		p->add_path_out = world_below(w, 2);
	}
	p->add_path = (enum export_add_path)world_below(w, EXPORT_ADD_PATH_ECMP + 1);
	p->add_path_best = (uint8_t)(2 + world_below(w, 4));
}

static void random_conditions(struct world *w, struct ref_peer *p)
{
	p->default_originate = world_below(w, 2);
	p->default_map = world_below(w, 2) ? random_map(w) : 0;
	p->condition = (enum bgp_condition)world_below(w, BGP_CONDITION_NON_EXIST + 1);
	p->condition_map = (uint8_t)(1 + world_below(w, REF_MAPS));
	p->advertise_map = (uint8_t)(1 + world_below(w, REF_MAPS));
}

static void random_llgr(struct world *w, struct ref_peer *p)
{
	p->llgr = world_below(w, 4);
}

static void random_limit(struct world *w, struct ref_peer *p)
{
	p->limit = world_below(w, 3) ? 2 + world_below(w, 8) : 0;
	p->limit_action = (enum bgp_limit_action)world_below(w, BGP_LIMIT_RESTART + 1);
}

static const struct {
	enum world_mix mix;
	void (*random)(struct world *w, struct ref_peer *p);
} subjects[] = {
	{ WORLD_EGRESS, random_egress },
	{ WORLD_MARKS, random_marks },
	{ WORLD_REFLECT, random_reflection },
	{ WORLD_ADD_PATH, random_add_path },
	{ WORLD_CONDITION, random_conditions },
	{ WORLD_LLGR, random_llgr },
	{ WORLD_LIMIT, random_limit },
};

void world_random_options(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = world_ref(wp);
	const uint32_t subject = world_below(w, 2 * ARRAY_SIZE(subjects));

	if (subject < ARRAY_SIZE(subjects) && w->mix & subjects[subject].mix) {
		subjects[subject].random(w, p);
	} else if (subject & 1) {
		p->export = random_map(w);
	} else {
		p->import = random_map(w);
		p->allow_own_as = (uint8_t)world_below(w, 3);
		p->multihop = world_below(w, 2) ? 2 : 0;
	}
}

void world_first_options(struct world_peer *wp)
{
	struct world *w = wp->w;
	struct ref_peer *p = world_ref(wp);

	p->role = BGP_ROLE_NONE;
	if (ref_peer_side(&w->ref, p) == REF_EXTERNAL && world_below(w, 2))
		p->role = (enum bgp_role)world_below(w, BGP_ROLE_COUNT);
	for (unsigned i = 0; i < ARRAY_SIZE(subjects); i++) {
		if (w->mix & subjects[i].mix)
			subjects[i].random(w, p);
	}
}
