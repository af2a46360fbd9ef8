/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of route-maps and lists: whether they exist for who names them, and whether what a map sets
 * has an effect there.
 */
#include <string.h>

#include "lib/base/compiler.h"
#include "vbr/model/check/check.h"

static bool has_name(const struct model_policy *p, enum model_policy_kind kind, const char *name)
{
	const uint32_t n = p == NULL ? 0 : p->has[kind].n;

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(p->has[kind].v[i], name) == 0)
			return true;
	return false;
}

static const struct model_policy *scope(const struct check *c, const char *tenant)
{
	return (const struct model_policy *)model_get(c->m, MODEL_POLICY, tenant, "", "");
}

#define PEERING_CANNOT \
	(MODEL_MAP_WEIGHT | MODEL_MAP_ACCEPT_OWN | MODEL_MAP_NEXT_HOP_SELF | MODEL_MAP_NEXT_HOP)

/* Where a route-map is named, and what it cannot set there. */
static const struct map_use {
	const char *leaf;
	uint8_t cannot; /* enum model_map_sets */
	bool is_peering;
} map_uses[] = {
	{ "import-policy", MODEL_MAP_NEXT_HOP_SELF },
	{ "export-policy", MODEL_MAP_WEIGHT | MODEL_MAP_ACCEPT_OWN },
	/* Towards another table of ours: its next hop is the peering connection. */
	{ "import-policy", PEERING_CANNOT, true },
	{ "export-policy", PEERING_CANNOT, true },
	/* They only ask. */
	{ "default-originate-policy", UINT8_MAX },
	{ "conditional-advertisement advertise-policy", UINT8_MAX },
	{ "conditional-advertisement exist-policy", UINT8_MAX },
	{ "conditional-advertisement non-exist-policy", UINT8_MAX },
	{ "aggregate policy", UINT8_MAX },
};

static void check_sets(const struct check *c, const struct model_obj *o, const struct map_use *use,
	const struct model_policy *p, const char *name)
{
	static const char *const words[] = {
		"weight",
		"accept-own",
		"next-hop self",
		"next-hop",
	};
	uint8_t sets = 0;

	for (uint32_t i = 0; p->map_sets != NULL && i < p->has[MODEL_POLICY_MAP].n; i++)
		if (strcmp(p->has[MODEL_POLICY_MAP].v[i], name) == 0)
			sets = p->map_sets[i];
	if (use->is_peering && sets & MODEL_MAP_WEIGHT) {
		/* Each of two tables may then prefer what the other one has. */
		errbuf_add(c->err, o->path, 0,
			"%s names route-map \"%s\", which sets weight: over a peering connection "
			"two tables could change their minds for ever: "
			"set local-preference instead",
			use->leaf, name);
		sets &= (uint8_t)~MODEL_MAP_WEIGHT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sets & use->cannot & 1u << i)
			errbuf_add(c->err, o->path, 0,
				"%s names route-map \"%s\", which sets %s: "
				"that has no effect here, name a map without it",
				use->leaf, name, words[i]);
}

/* A route-map of the tenant, else a global one; never another tenant's. */
void check_map(const struct check *c, const struct model_obj *o, enum map_use_kind kind,
	const char *name)
{
	const struct map_use *use = &map_uses[kind];

	if (name[0] == '\0')
		return;
	if (has_name(scope(c, o->tenant), MODEL_POLICY_MAP, name))
		check_sets(c, o, use, scope(c, o->tenant), name);
	else if (has_name(scope(c, ""), MODEL_POLICY_MAP, name))
		check_sets(c, o, use, scope(c, ""), name);
	else
		errbuf_add(c->err, o->path, 0,
			"%s names route-map \"%s\", which neither tenant %s nor the global policy "
			"has: create it, or correct the name",
			use->leaf, name, o->tenant);
}

static void check_uses(const struct check *c, const struct model_policy *p,
	enum model_policy_kind kind)
{
	static const char *const words[] = {
		[MODEL_POLICY_PREFIX_LIST] = "prefix-list",
		[MODEL_POLICY_ASPATH_LIST] = "as-path-list",
		[MODEL_POLICY_COMMUNITY_LIST] = "community-list",
	};
	const struct model_names *uses = &p->uses[kind];

	for (uint32_t i = 0; i < uses->n; i++) {
		if (has_name(p, kind, uses->v[i]) || has_name(scope(c, ""), kind, uses->v[i]))
			continue;
		errbuf_add(c->err, p->obj.path, 0,
			"a route-map names %s \"%s\", "
			"which does not exist here or globally: create it, or correct the name",
			words[kind], uses->v[i]);
	}
}

void check_policy(const struct check *c, const struct model_obj *o)
{
	const struct model_policy *p = (const struct model_policy *)o;

	for (unsigned k = MODEL_POLICY_MAP + 1; k < MODEL_POLICY_KIND_COUNT; k++)
		check_uses(c, p, (enum model_policy_kind)k);
}
