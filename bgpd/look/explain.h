/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the routes of one prefix are as they are: every path with its verdict, what is told to whom,
 * what crosses which edge, and the group that is wanted in the kernel. Numbers, reason codes and
 * pointers; no words.
 *
 * Nothing was written down for it: verdicts are asked for again from the functions that decide
 * (import_judge, rib_compare, export_judge, edge_judge). Cost: the paths, neighbours and edges
 * of one prefix; no walk.
 *
 * All pointers are into the engine or the arena, valid until the next change of the engine.
 */
#pragma once

#include "bgpd/engine.h"

#define EXPLAIN_MAX_PATHS  256  /* a neighbour with ADD-PATH may offer many */
#define EXPLAIN_MAX_TO     1024 /* paths to neighbours with ADD-PATH, beyond one each */
#define EXPLAIN_MAX_LONGER 3

enum explain_verdict {
	EXPLAIN_VERDICT_BEST,
	EXPLAIN_VERDICT_MULTIPATH, /* shares the traffic with the best */
	EXPLAIN_VERDICT_LOST,      /* in the decision: compare tells */
	EXPLAIN_VERDICT_REFUSED,   /* on import: path->reason tells */
	EXPLAIN_VERDICT_COUNT,
};

/* What a policy said. */
struct explain_policy {
	const char *name; /* NULL: none is named */
	bool asked;       /* it was asked, and term is its answer */
	uint32_t term;    /* 0 = end of the map */
	uint16_t changed; /* import: as in struct policy_verdict */
	uint32_t changed_by[POLICY_CHANGE_COUNT];
};

struct explain_path {
	uint32_t handle;
	const struct rib_path *path;
	const struct attrs *in;    /* as received, or NULL: it was refused before */
	const struct attrs *attrs; /* after import policy, or NULL: it was refused */
	const struct rib_source *source;
	enum explain_verdict verdict;
	bool judged;                  /* import was asked again: policy is filled */
	bool is_old;                  /* the rules have changed, the path's turn comes (rerun) */
	struct explain_policy policy; /* import */
	struct rib_compare compare;   /* LOST and MULTIPATH */
	const struct rib_source *rival;
};

/* One neighbour as a listener: with ADD-PATH once for each path that import has not refused. */
struct explain_to {
	const struct bgp_peer *peer;
	bool sent;                    /* is it told this prefix (path) now? */
	uint32_t path_id;             /* of path as it is or would be sent; 0 without ADD-PATH */
	enum rib_reason why;          /* NONE with !sent: it is about to be */
	const struct rib_path *path;  /* the candidate, or NULL */
	struct explain_policy policy; /* export */
	struct wire_attrs attrs;      /* as they leave, if why is NONE */
};

/* One half of a peering connection. */
struct explain_edge {
	const char *name;
	bool outward;      /* leads away from this instance */
	bool is_known;     /* the sending half is on this engine: verdict is filled */
	const char *other; /* instance at the other end, NULL if on another engine */
	bool crossed;      /* the receiving half holds it, as far as is known */
	enum rib_reason why;
	struct explain_policy policy;
	const struct rib_path *path;     /* in the sending table: its best one, or NULL */
	const struct rib_source *source; /* of path */
	const struct rib_path *arrived;  /* in the receiving table, or NULL */
	const struct attrs *arrived_as;  /* what it has there, or would have */
};

/* What was said and nothing was kept of: why this prefix may be missing. */
struct explain_gone {
	const struct bgp_peer *peer; /* NULL: of our own routes, or by a peering connection */
	enum rib_reason reason;      /* ROUTE_LIMIT, TREAT_AS_WITHDRAW, QUOTA */
	uint64_t count; /* prefixes discarded, messages taken as withdrawals; 0 = not counted */
	uint32_t max;   /* ROUTE_LIMIT, QUOTA: the limit, and how many are kept */
	uint32_t kept;
};

struct explain {
	struct prefix pfx;
	enum bgp_family family;
	struct rib *rib;
	uint32_t net; /* 0: not in the table */
	uint32_t n_paths;
	uint32_t n_more; /* beyond EXPLAIN_MAX_PATHS */
	uint32_t n_to;
	uint32_t cap_to;
	uint32_t n_to_extra; /* rows that a neighbour has after its first one */
	uint32_t n_to_more;  /* beyond EXPLAIN_MAX_TO */
	uint32_t n_edges;
	uint32_t n_gone;
	uint32_t n_longer;
	struct explain_path *paths;
	struct explain_to *to;
	struct explain_edge *edges;
	struct explain_gone *gone; /* of those without a path here */
	bool has_cover; /* not in the table, or without a best path: what forwards it instead */
	struct prefix cover;
	struct prefix longer[EXPLAIN_MAX_LONGER]; /* not in the table: some that are inside it */
	enum rib_reason filter; /* what the safety filter would say of it from any neighbour */
	bool has_group;
	struct nhgroup group; /* wanted in the kernel */
};

/** All memory from the arena. only: paths of this neighbour and what it is told; NULL = all. */
void bgp_explain(const struct bgp_instance *i, const struct prefix *pfx,
	const struct bgp_peer *only, struct arena *a, struct explain *x);
/** One path of a net of this table: as bgp_explain has it. */
void bgp_explain_path(const struct bgp_instance *i, enum bgp_family f, uint32_t path,
	struct explain_path *x);
