/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of ADD-PATH that would do nothing are refused, not ignored. What counts is what is in
 * force at a peer, from whichever layer. An option of a group is of use if it is so to one of those
 * who have it from there: a group may well hold what only some of its peers complete.
 */
#include <string.h>

#include "vbr/model/check/check.h"

static const struct option {
	uint8_t own; /* enum model_add_path_has */
	uint8_t of_group;
	const char *name;
	const char *remedy;
} options[] = {
	{ MODEL_ADD_PATH_HAS_SEND, MODEL_ADD_PATH_GROUP_SEND, "add-path-send",
		"without add-path send: set add-path to send or both, or delete add-path-send" },
	{ MODEL_ADD_PATH_HAS_BEST, MODEL_ADD_PATH_GROUP_BEST, "add-path-best",
		"without add-path-send best: set add-path to send or both and add-path-send to "
		"best, or delete add-path-best" },
};

static bool is_of_use(const struct option *o, const struct model_peer *p)
{
	if (!(p->add_path & MODEL_ADD_PATH_SEND))
		return false;
	return o->own == MODEL_ADD_PATH_HAS_SEND || p->add_path_send == MODEL_ADD_PATH_SEND_BEST;
}

/* Peers, then ranges; NULL behind the last. */
static const struct model_peer *peer_at(const struct model_vbr *v, uint32_t i)
{
	if (i < v->n_peers)
		return &v->peers[i];
	return i - v->n_peers < v->n_ranges ? &v->ranges[i - v->n_peers].peer : NULL;
}

static bool is_of_use_to_group(const struct option *o, const struct model_vbr *v, const char *group)
{
	const struct model_peer *p;

	for (uint32_t i = 0; (p = peer_at(v, i)) != NULL; i++)
		if (p->add_path_has & o->of_group && strcmp(p->group, group) == 0 &&
			is_of_use(o, p))
			return true;
	return false;
}

/* Told once a group, at its first peer. */
static bool is_first_of_group(const struct option *o, const struct model_vbr *v,
	const struct model_peer *of)
{
	const struct model_peer *p;

	for (uint32_t i = 0; (p = peer_at(v, i)) != of; i++)
		if (p->add_path_has & o->of_group && strcmp(p->group, of->group) == 0)
			return false;
	return true;
}

static void check_option(const struct check *c, const struct model_vbr *v, const struct option *o)
{
	const struct model_peer *p;
	char addr[IP_STRLEN];

	for (uint32_t i = 0; (p = peer_at(v, i)) != NULL; i++) {
		if (p->add_path_has & o->own && !is_of_use(o, p))
			errbuf_add(c->err, v->obj.path, 0, "peer %s has %s %s",
				ip_format(&p->address, addr), o->name, o->remedy);
		if (p->add_path_has & o->of_group && is_first_of_group(o, v, p) &&
			!is_of_use_to_group(o, v, p->group))
			errbuf_add(c->err, v->obj.path, 0, "group %s has %s for peers %s", p->group,
				o->name, o->remedy);
	}
}

void check_add_path(const struct check *c, const struct model_vbr *v)
{
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		check_option(c, v, &options[i]);
}
