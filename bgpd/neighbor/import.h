/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdict of one attribute set of one neighbour, then of each prefix. Pure functions of what a path
 * says and of struct import_rules: the same code judges and explains, and asks what other rules
 * would do. Inside of the engine, as engine_int.h.
 */
#pragma once

#include "bgpd/engine_int.h"

struct import_rules {
	const struct bgp_peer_conf *conf;
	const struct policy_map *map; /* of conf's import-policy; NULL = none, or not found */
	const struct safety_filter *safety;
};
struct import_verdict {
	enum rib_reason reason; /* NONE: accepted */
	bool asked;             /* the map was asked, and said */
	struct policy_verdict said;
	uint8_t builtins;    /* enum bgp_builtin: what was done after policy */
	struct attrs *attrs; /* as used, a reference; NULL when refused */
};
struct import {
	struct peer_family *pf;
	struct import_rules rules;
	struct attrs *in;   /* borrowed: as received */
	struct attrs *base; /* counted: what policy is given; NULL when refused already */
	enum rib_reason reason;
	enum rib_reason loop;         /* our own AS stands in the path: only a policy can take it */
	const struct policy_map *map; /* NULL: the safety filter decides alone */
	struct wire_attrs wire;       /* for map */
	bool has_common;
	struct import_verdict common; /* of each prefix that passes the safety filter */
	struct rib_offer offer;       /* of common: lacks the prefix, its path id and its place */
};
/** enum bgp_builtin: what is done after policy to a route with these attributes. */
uint8_t import_builtins(const struct bgp_peer *p, const struct bgp_peer_conf *conf,
	const struct prefix *pfx, const struct attrs *a);
/** The rules in force. */
struct import_rules import_rules_of(const struct bgp_peer *p);
void import_begin(struct import *im, struct peer_family *pf, struct attrs *in);
void import_end(struct import *im);
/** The same under other rules. */
void import_begin_by(struct import *im, struct peer_family *pf, struct attrs *in,
	const struct import_rules *rules);
/** What becomes of a prefix. Changes nothing; memory from the engine's arena. */
void import_judge(const struct import *im, const struct prefix *pfx, struct import_verdict *v);
/** 0, or as rib_update. spot: of rib_expect, or NULL. */
int import_offer(struct import *im, const struct prefix *pfx, uint32_t path_id,
	const struct ptable_spot *spot);
/** A path that is kept, under other rules: as old as it was. */
void import_again(const struct import *im, uint32_t path);
