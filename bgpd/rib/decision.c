/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision process, RFC 4271 9.1.2, as a ladder of steps. Each step compares two paths and
 * knows the reason that its loser is given:
 *
 *	 1  weight             network statements last (see below)
 *	    llgr-stale         not long-lived stale, the last resort (RFC 9494 4.3)
 *	    last-resort        not of local preference 0, as a neighbour's routes are who is about
 *	                       to leave (RFC 8326)
 *	    weight             higher: local routes first, unless policy says otherwise
 *	 2  local-preference   higher
 *	 3  as-path-length     shorter (9.1.2.2 a)
 *	 4  origin             IGP, EGP, incomplete (b)
 *	 5  med                lower, among paths of one neighbour AS only; absent is 0 (c); the
 *	                      options may have it otherwise
 *	 6  ebgp               external before internal (d)
 *	--- paths that are equal up to here may share the traffic (maximum-paths), if may_share ---
 *	 7  router-id          lower; ORIGINATOR_ID in its place (f, RFC 4456 9)
 *	 8  cluster-length     shorter (RFC 4456 9)
 *	 9  address            lower (g); sources without one by their index
 *	10  path-id            lower
 *
 * The interior cost (e) has no step: next hops are on our own links. The age of a path has none
 * either (RFC 5004): the outcome must depend on the paths alone, not on their history.
 *
 * MED orders only some pairs, so "better" is not transitive and a tournament would depend on the
 * order of arrival. Hence elimination, as the RFC words it: steps 1-4 leave a set of leaders; of
 * these, each goes that has a rival of its neighbour AS with a lower MED; the rest is a total
 * order again. Cost O(n), and O(m log m) in the m leaders if their MEDs differ: with ADD-PATH a
 * neighbour chooses how many paths there are.
 *
 * A path that is new is compared with the best one alone where the outcome follows from that
 * (decide_newcomer): not where it may share the traffic, join a team, or be or beat somebody's
 * rival at step 5. Whether all paths of a net have one MED, and nobody has a rival, is remembered
 * in the net.
 *
 * Sources may be a team: two ways to one network, of which the operator said that both shall carry.
 * What is of the best path's team joins it as multipath, though it lost at steps 3-6.
 *
 * What is about to go away comes before the weight. The weight says which of several ways is to
 * be taken, that of a standby never while there is another one; it must not keep the traffic on a
 * way that ends in a minute.
 *
 * A network statement (RIB_PATH_LOCAL) has no next hop. It is weighed last, so that a usable path
 * of the same prefix carries the traffic; bgpd/export finds it in any place.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"
#include "lib/base/xalloc.h"

#define WEIGHT_STATIC 32768
#define WEIGHT_MAX    UINT16_MAX

/* cmp < 0: a is better; > 0: b is. value is what it compares, for people (rib_compare). */
struct step {
	enum rib_reason reason;
	int (*cmp)(const struct candidate *a, const struct candidate *b);
	struct rib_value (*value)(const struct candidate *c);
};

static int cmp_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/*
 * Import policy gives what is learned 0..65535. A static route stands where other routers put their
 * own; what the table itself is made of, links and CIDRs, cannot be outweighed.
 */
static int32_t weight(const struct candidate *c)
{
	static const int32_t by_kind[RIB_SOURCE_COUNT] = {
		[RIB_SOURCE_STATIC] = WEIGHT_STATIC,
		[RIB_SOURCE_CONNECTED] = WEIGHT_MAX + 1,
		[RIB_SOURCE_VPC] = WEIGHT_MAX + 2,
	};

	/* It leads nowhere, so even a standby is better: the first step. */
	if (c->path->flags & RIB_PATH_LOCAL)
		return -(WEIGHT_MAX + 2);
	return by_kind[c->source->kind] + c->attrs->weight -
		(c->source->standby ? WEIGHT_MAX + 1 : 0);
}

static int cmp_weight(const struct candidate *a, const struct candidate *b)
{
	return (weight(b) > weight(a)) - (weight(b) < weight(a));
}

static uint32_t leads_nowhere(const struct candidate *c)
{
	return (c->path->flags & RIB_PATH_LOCAL) != 0;
}

static int cmp_nowhere(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(leads_nowhere(a), leads_nowhere(b));
}

static uint32_t is_last_resort(const struct candidate *c)
{
	return c->attrs->local_pref == 0;
}

/* RFC 8326 4.2: who leaves is used while there is no other path, whatever the weight says. */
static int cmp_last_resort(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(is_last_resort(a), is_last_resort(b));
}

static int cmp_local_pref(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(b->attrs->local_pref, a->attrs->local_pref);
}

static int cmp_path_len(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(a->attrs->path_len, b->attrs->path_len);
}

static int cmp_origin(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(a->attrs->origin, b->attrs->origin);
}

/* RFC 5065 5.3: what another member of our confederation says is internal. */
static bool is_internal(const struct rib_source *s)
{
	return s->ibgp || s->confed;
}

static int cmp_ebgp(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(is_internal(a->source), is_internal(b->source));
}

static uint32_t router_id(const struct candidate *c)
{
	const struct attrs *a = c->attrs;

	return a->has & WIRE_HAS_ORIGINATOR_ID ? attrs_originator_id(a) : c->source->router_id;
}

static int cmp_router_id(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(router_id(a), router_id(b));
}

static uint32_t cluster_length(const struct candidate *c)
{
	return attrs_cluster_list(c->attrs).len / 4u;
}

static int cmp_cluster_length(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(cluster_length(a), cluster_length(b));
}

static int cmp_address(const struct candidate *a, const struct candidate *b)
{
	const int c = ip_cmp(&a->source->addr, &b->source->addr);

	return c ? c : cmp_u32(a->source->index, b->source->index);
}

static int cmp_path_id(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(rib_path_id(a->place), rib_path_id(b->place));
}

/* What the steps compare */

static struct rib_value number(enum rib_value_kind kind, uint32_t n)
{
	return (struct rib_value){ .kind = kind, .number = n };
}

static struct rib_value value_weight(const struct candidate *c)
{
	return number(RIB_VALUE_SIGNED, (uint32_t)weight(c));
}

static uint32_t is_llgr_stale(const struct candidate *c)
{
	return (c->attrs->limits & ATTRS_LIMIT_LLGR_STALE) != 0;
}

/* Ours or the neighbour's mark, it is the same: RFC 9494 4.3. */
static int cmp_llgr_stale(const struct candidate *a, const struct candidate *b)
{
	return cmp_u32(is_llgr_stale(a), is_llgr_stale(b));
}

static struct rib_value value_llgr_stale(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, is_llgr_stale(c));
}

static struct rib_value value_local_pref(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, c->attrs->local_pref);
}

static struct rib_value value_path_len(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, c->attrs->path_len);
}

static struct rib_value value_origin(const struct candidate *c)
{
	return number(RIB_VALUE_ORIGIN, c->attrs->origin);
}

static struct rib_value value_med(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, c->med);
}

static struct rib_value value_ebgp(const struct candidate *c)
{
	return number(RIB_VALUE_IBGP, is_internal(c->source));
}

static struct rib_value value_router_id(const struct candidate *c)
{
	return number(RIB_VALUE_ROUTER_ID, router_id(c));
}

static struct rib_value value_cluster_length(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, cluster_length(c));
}

/* Sources without an address, as of our own routes, are told apart by their place. */
static struct rib_value value_address(const struct candidate *c)
{
	if (!ip_is_set(&c->source->addr))
		return number(RIB_VALUE_NUMBER, c->source->index);
	return (struct rib_value){ .kind = RIB_VALUE_ADDRESS, .address = c->source->addr };
}

static struct rib_value value_path_id(const struct candidate *c)
{
	return number(RIB_VALUE_NUMBER, rib_path_id(c->place));
}

static const struct step first_steps[] = {
	{ RIB_REASON_STEP_WEIGHT, cmp_nowhere, value_weight },
	{ RIB_REASON_STEP_LLGR_STALE, cmp_llgr_stale, value_llgr_stale },
	{ RIB_REASON_STEP_LAST_RESORT, cmp_last_resort, value_local_pref },
	{ RIB_REASON_STEP_WEIGHT, cmp_weight, value_weight },
	{ RIB_REASON_STEP_LOCAL_PREF, cmp_local_pref, value_local_pref },
	{ RIB_REASON_STEP_AS_PATH_LENGTH, cmp_path_len, value_path_len },
	{ RIB_REASON_STEP_ORIGIN, cmp_origin, value_origin },
};

/* Between them, by elimination and not by comparing pairs. */
static const struct step med_steps[] = {
	{ RIB_REASON_STEP_MED, NULL, value_med },
};

static const struct step last_steps[] = {
	{ RIB_REASON_STEP_EBGP, cmp_ebgp, value_ebgp },
	{ RIB_REASON_STEP_ROUTER_ID, cmp_router_id, value_router_id },
	{ RIB_REASON_STEP_CLUSTER_LENGTH, cmp_cluster_length, value_cluster_length },
	{ RIB_REASON_STEP_ADDRESS, cmp_address, value_address },
	{ RIB_REASON_STEP_PATH_ID, cmp_path_id, value_path_id },
};

static const struct step *find_step(const struct step *steps, size_t n, enum rib_reason reason)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i].reason == reason)
			return &steps[i];
	}
	return NULL;
}

struct rib_value candidate_value(const struct candidate *c, enum rib_reason reason)
{
	const struct step *s = find_step(first_steps, ARRAY_SIZE(first_steps), reason);

	if (!s)
		s = find_step(med_steps, ARRAY_SIZE(med_steps), reason);
	if (!s)
		s = find_step(last_steps, ARRAY_SIZE(last_steps), reason);
	return s ? s->value(c) : (struct rib_value){ .kind = RIB_VALUE_NONE };
}

bool candidate_leads(const struct candidate *c)
{
	return !find_step(first_steps, ARRAY_SIZE(first_steps), (enum rib_reason)c->path->reason);
}

/*
 * Compare by a run of steps; *reason is the one at which they parted, NONE if they did not. The
 * tables are known when this is compiled, so there is no call left of it.
 */
ALWAYS_INLINE int cmp_by(const struct step *steps, size_t n, const struct candidate *pair[2],
	enum rib_reason *reason)
{
#pragma GCC unroll 8
	for (size_t i = 0; i < n; i++) {
		const int c = steps[i].cmp(pair[0], pair[1]);

		if (c) {
			*reason = steps[i].reason;
			return c;
		}
	}
	*reason = RIB_REASON_NONE;
	return 0;
}

static int cmp_first(const struct candidate *a, const struct candidate *b, enum rib_reason *reason)
{
	return cmp_by(first_steps, ARRAY_SIZE(first_steps), (const struct candidate *[]){ a, b },
		reason);
}

static int cmp_last(const struct candidate *a, const struct candidate *b, enum rib_reason *reason)
{
	return cmp_by(last_steps, ARRAY_SIZE(last_steps), (const struct candidate *[]){ a, b },
		reason);
}

static uint32_t best_by(const struct candidate *c, uint32_t n,
	int (*cmp)(const struct candidate *, const struct candidate *, enum rib_reason *))
{
	enum rib_reason reason;
	uint32_t best = 0;

	for (uint32_t i = 1; i < n; i++) {
		if (cmp(&c[i], &c[best], &reason) < 0)
			best = i;
	}
	return best;
}

static void swap(struct candidate *a, struct candidate *b)
{
	const struct candidate t = *a;

	*a = *b;
	*b = t;
}

/* Steps 1-4: move those that lead to the front and tell the others; returns how many lead. */
static uint32_t keep_leaders(struct candidate *c, uint32_t n)
{
	uint32_t m = 1;

	swap(&c[0], &c[best_by(c, n, cmp_first)]);
	for (uint32_t i = 1; i < n; i++) {
		enum rib_reason reason;

		if (cmp_first(&c[0], &c[i], &reason) == 0)
			swap(&c[m++], &c[i]);
		else
			c[i].reason = (uint8_t)reason;
	}
	return m;
}

/* By neighbour AS, and in each the lowest MED first. */
static int cmp_med(const void *x, const void *y)
{
	const struct candidate *a = x;
	const struct candidate *b = y;
	const int c = cmp_u32(a->med_as, b->med_as);

	return c ? c : cmp_u32(a->med, b->med);
}

/* Step 5. Rivals that go themselves still count: whoever beat them beats their losers too. */
static uint32_t keep_lowest_med(struct candidate *c, uint32_t m)
{
	uint32_t as = 0;
	uint32_t lowest = 0;
	bool differ = false;
	uint32_t kept = 0;

	for (uint32_t i = 1; i < m && !differ; i++)
		differ = c[i].med != c[0].med;
	if (!differ)
		return m;
	qsort(c, m, sizeof(*c), cmp_med);
	for (uint32_t i = 0; i < m; i++) {
		if (i == 0 || c[i].med_as != as) {
			as = c[i].med_as;
			lowest = c[i].med;
		}
		if (c[i].med > lowest)
			c[i].reason = RIB_REASON_STEP_MED;
		else
			swap(&c[kept++], &c[i]);
	}
	return kept;
}

static int cmp_equals(const void *a, const void *b)
{
	enum rib_reason reason;

	return cmp_last(a, b, &reason);
}

/*
 * Equal paths of one neighbour AS lead to one network; inside of our own AS that is known of one AS
 * path only. Others share the traffic if the operator says so. A path that drops packets never
 * shares with one that forwards them.
 */
static bool may_share(const struct rib *r, const struct candidate *a, const struct candidate *b)
{
	if ((a->path->flags ^ b->path->flags) & RIB_PATH_BLACKHOLE)
		return false;
	if (r->options.relax)
		return true;
	if (a->source->ibgp)
		return attrs_has_path_of(a->attrs, b->attrs);
	return a->attrs->first_as == b->attrs->first_as;
}

/* Of n equal paths, those that share with the first come before the others: how many. */
static uint32_t keep_sharers(const struct rib *r, struct candidate *c, uint32_t n)
{
	uint32_t kept = 1;

	for (uint32_t i = 1; i < n; i++) {
		if (may_share(r, &c[0], &c[i]))
			swap(&c[kept++], &c[i]);
	}
	return kept;
}

/* Steps 6-10 and the multipath set; the best path comes to the front. */
static void rank_rest(const struct rib *r, struct candidate *c, uint32_t n, uint8_t max_paths)
{
	uint32_t n_equal = 1;

	swap(&c[0], &c[best_by(c, n, cmp_last)]);
	for (uint32_t i = 1; i < n; i++) {
		enum rib_reason reason;

		cmp_last(&c[0], &c[i], &reason);
		c[i].reason = (uint8_t)reason;
		if (reason != RIB_REASON_STEP_EBGP)
			swap(&c[n_equal++], &c[i]);
	}
	if (max_paths < 2)
		return;
	n_equal = keep_sharers(r, c, n_equal);
	if (n_equal > max_paths)
		qsort(&c[1], n_equal - 1, sizeof(*c), cmp_equals);
	for (uint32_t i = 1; i < n_equal; i++) {
		if (i < max_paths)
			c[i].path->flags |= RIB_PATH_MULTIPATH;
		else
			c[i].reason = RIB_REASON_STEP_MULTIPATH_LIMIT;
	}
}

/* place: where the path lies; p may be a copy of it. */
static struct candidate candidate_of(const struct rib *r, struct rib_path *p,
	const struct rib_path *place, uint32_t handle)
{
	const struct attrs *a = rib_path_attrs(r, p);
	struct candidate c = { .path = p,
		.place = place,
		.source = r->store.sources[p->source],
		.attrs = a,
		.handle = handle };

	if (!a)
		return c;
	c.med = a->has & WIRE_HAS_MED || !r->options.med_missing ? a->med : UINT32_MAX;
	c.med_as = r->options.med_always ? 0 : a->first_as;
	return c;
}

struct candidate candidate_make(const struct rib *r, uint32_t path)
{
	struct rib_path *p = rib_path(r, path);

	return candidate_of(r, p, p, path);
}

static struct candidate *candidate_add(struct rib *r, uint32_t n)
{
	if (n == r->cap_cands) {
		r->cap_cands = r->cap_cands ? 2 * r->cap_cands : 16;
		r->cands = xreallocarray(r->cands, r->cap_cands, sizeof(*r->cands));
	}
	return &r->cands[n];
}

/*
 * Eligible paths into r->cands, all marks cleared. *lost_mark: one that had a mark is not
 * eligible.
 */
static uint32_t gather(struct rib *r, const struct rib_net *n, bool *lost_mark)
{
	uint32_t count = 0;

	*lost_mark = false;
	for (uint32_t h = n->paths; h;) {
		struct rib_path *p = rib_path(r, h);
		const uint8_t marks = p->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH);

		p->flags &= (uint8_t)~marks;
		if (p->flags & RIB_PATH_REJECTED) {
			*lost_mark |= marks != 0;
		} else {
			struct candidate *c = candidate_add(r, count++);

			*c = candidate_make(r, h);
			c->old_flags = marks;
		}
		h = rib_path_next(p);
	}
	return count;
}

/* The best path is the first of its net: readers find it without a search. */
static void move_to_front(const struct rib *r, struct rib_net *n, uint32_t best)
{
	uint32_t *link = &n->paths;

	while (*link != best)
		link = &rib_path(r, *link)->link;
	*link = rib_path(r, best)->link;
	rib_path(r, best)->link = n->paths;
	n->paths = best;
}

/* Of one team, and nothing that policy says puts one above the other. */
static bool is_team_mate(const struct candidate *a, const struct candidate *b)
{
	return a->source->team == b->source->team && cmp_weight(a, b) == 0 &&
		cmp_llgr_stale(a, b) == 0 && cmp_local_pref(a, b) == 0 &&
		!((a->path->flags ^ b->path->flags) & RIB_PATH_BLACKHOLE);
}

/* In the order of the ladder, but for MED, which orders only those of one AS. */
static int cmp_mates(const void *a, const void *b)
{
	enum rib_reason reason;
	const int first = cmp_first(a, b, &reason);

	return first ? first : cmp_last(a, b, &reason);
}

/*
 * Of those that lost, whoever is of the best path's team carries with it. If there are too many the
 * better ones do, whatever the order in which they came: nothing moves but for a better one.
 */
static void join_team(struct candidate *c, uint32_t n, uint8_t max_paths)
{
	uint32_t n_active = 1;
	uint32_t n_mates = 0;

	if (!c[0].source->team)
		return;
	for (uint32_t i = 1; i < n; i++) {
		if (c[i].path->flags & RIB_PATH_MULTIPATH)
			n_active++;
		else if (is_team_mate(&c[0], &c[i]))
			swap(&c[1 + n_mates++], &c[i]);
	}
	if (n_active + n_mates > max_paths)
		qsort(&c[1], n_mates, sizeof(*c), cmp_mates);
	for (uint32_t i = 1; i <= n_mates && n_active < max_paths; i++, n_active++)
		c[i].path->flags |= RIB_PATH_MULTIPATH;
}

/* The best of them comes to the front. */
static void choose(const struct rib *r, struct candidate *c, uint32_t n, uint8_t max_paths)
{
	if (n > 1)
		rank_rest(r, c, keep_lowest_med(c, keep_leaders(c, n)), max_paths);
	join_team(c, n, max_paths);
}

static bool has_same_med(const struct candidate *a, const struct candidate *b)
{
	return a->attrs->med == b->attrs->med && !((a->attrs->has ^ b->attrs->has) & WIRE_HAS_MED);
}

/* Of the candidates as they were received: whatever the options make of them. */
static void note_meds(struct rib_net *n, const struct candidate *c, uint32_t count)
{
	n->flags |= NET_FLAG_ONE_MED;
	for (uint32_t i = 1; i < count; i++) {
		if (!has_same_med(&c[0], &c[i]))
			n->flags &= (uint8_t)~NET_FLAG_ONE_MED;
	}
}

/* Step 5 between a newcomer and the best path, when both lead. */
enum med_outcome {
	MED_DRAW, /* nobody goes */
	MED_LOST, /* the newcomer goes, and only it */
	MED_OPEN, /* the others have to be asked */
};

static enum med_outcome compare_med(const struct rib_net *n, const struct candidate *best,
	const struct candidate *c)
{
	if (n->flags & NET_FLAG_ONE_MED)
		return MED_DRAW;
	if (c->med_as != best->med_as || c->med < best->med)
		return MED_OPEN; /* it may have a rival of its own AS, or beat one */
	return c->med > best->med ? MED_LOST : MED_DRAW;
}

/* All steps, as cmp_by: 0 = it cannot be said of these two alone. */
static int cmp_all(const struct rib_net *n, const struct candidate *best, const struct candidate *c,
	enum rib_reason *reason)
{
	const int first = cmp_first(best, c, reason);
	enum med_outcome med;

	if (first)
		return first;
	med = compare_med(n, best, c);
	if (med == MED_DRAW)
		return cmp_last(best, c, reason);
	*reason = RIB_REASON_STEP_MED;
	return med == MED_LOST ? -1 : 0;
}

/*
 * The newcomer has won at a step, STEP_LOCAL_PREF or later. What lost at a later one was equal to
 * the old best path there, so it loses here now; what lost earlier loses there again. Reasons are
 * numbered in the order of their steps.
 */
static void succeed(const struct rib *r, struct rib_net *n, const struct candidate *c,
	enum rib_reason step)
{
	struct rib_path *best = rib_path(r, n->paths);

	for (uint32_t h = n->paths; h; h = rib_path_next(rib_path(r, h))) {
		struct rib_path *p = rib_path(r, h);

		if (!(p->flags & RIB_PATH_REJECTED) && p->reason > step)
			p->reason = step;
	}
	best->flags &= (uint8_t)~RIB_PATH_BEST;
	best->reason = step;
	c->path->flags |= RIB_PATH_BEST;
	c->path->reason = RIB_REASON_NONE;
	move_to_front(r, n, c->handle);
}

/* May the newcomer be more than the best path, or a loser: one that shares the traffic? */
static bool may_join(const struct rib *r, const struct candidate *best, int order,
	enum rib_reason step)
{
	return r->max_paths > 1 && (order > 0 || best->source->team || step > RIB_REASON_STEP_EBGP);
}

enum decision decide_newcomer(const struct rib *r, uint32_t net, uint32_t path)
{
	struct rib_net *n = rib_net(r, net);
	const struct candidate best = candidate_make(r, n->paths);
	const struct candidate c = candidate_make(r, path);
	enum rib_reason step;
	int order;

	if (!c.attrs)
		return DECISION_SAME;
	if (!(best.path->flags & RIB_PATH_BEST))
		return DECISION_OPEN;
	if (!has_same_med(&best, &c))
		n->flags &= (uint8_t)~NET_FLAG_ONE_MED;
	order = cmp_all(n, &best, &c, &step);
	if (!order || may_join(r, &best, order, step))
		return DECISION_OPEN;
	if (order < 0) {
		c.path->reason = step;
		return DECISION_SAME;
	}
	if (step < RIB_REASON_STEP_LOCAL_PREF)
		return DECISION_OPEN;
	succeed(r, n, &c, step);
	return DECISION_CHANGED;
}

/* The only path of its net, as most are. */
static bool decide_alone(struct rib_net *n, struct rib_path *p)
{
	const uint8_t marks = RIB_PATH_BEST | RIB_PATH_MULTIPATH;
	const uint8_t old = p->flags & marks;
	const bool is_usable = !(p->flags & RIB_PATH_REJECTED);

	n->flags |= NET_FLAG_ONE_MED;
	p->flags = (uint8_t)((p->flags & ~marks) | (is_usable ? RIB_PATH_BEST : 0));
	if (is_usable)
		p->reason = RIB_REASON_NONE;
	return old != (p->flags & marks);
}

bool decide(struct rib *r, uint32_t net)
{
	struct rib_net *n = rib_net(r, net);
	bool changed;
	uint32_t count;

	if (n->paths && !rib_path_next(rib_path(r, n->paths)))
		return decide_alone(n, rib_path(r, n->paths));
	count = gather(r, n, &changed);
	note_meds(n, r->cands, count);
	if (count == 0)
		return changed;
	choose(r, r->cands, count, r->max_paths);
	r->cands[0].path->flags |= RIB_PATH_BEST;
	if (n->paths != r->cands[0].handle)
		move_to_front(r, n, r->cands[0].handle);
	for (uint32_t i = 0; i < count; i++) {
		const struct candidate *c = &r->cands[i];

		c->path->reason = c->reason;
		changed |= c->old_flags != (c->path->flags & (RIB_PATH_BEST | RIB_PATH_MULTIPATH));
	}
	return changed;
}

/* The best one first, as the readers of a net expect it. */
static void pretence_link(struct rib_pretence *p, uint32_t best)
{
	uint32_t *link = &p->first;

	for (uint32_t k = 0; k < p->n; k++) {
		const uint32_t i = k == 0 ? best : k <= best ? k - 1 : k;

		*link = p->handles[i];
		link = &p->paths[i].link;
	}
	*link = RIB_PATH_LAST | p->net;
}

void rib_pretend(struct rib *r, struct rib_pretence *p)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		struct rib_path *copy = &p->paths[i];

		copy->flags &= (uint8_t) ~(RIB_PATH_BEST | RIB_PATH_MULTIPATH);
		if (copy->flags & RIB_PATH_REJECTED)
			continue;
		*candidate_add(r, count++) = candidate_of(r, copy, rib_path(r, p->handles[i]), i);
	}
	if (count == 0) {
		pretence_link(p, 0);
		return;
	}
	choose(r, r->cands, count, r->max_paths);
	for (uint32_t i = 0; i < count; i++)
		r->cands[i].path->reason = r->cands[i].reason;
	r->cands[0].path->flags |= RIB_PATH_BEST;
	pretence_link(p, r->cands[0].handle);
}

void rib_pretend_attrs(struct rib_path *copy, struct attrs *attrs)
{
	copy->set = attrs_handle(attrs);
	copy->flags &= (uint8_t)~RIB_PATH_REJECTED;
	if (!attrs)
		copy->flags |= RIB_PATH_REJECTED;
}

/*
 * MED makes no order of them, so the next one is who would be the best if those before it were not
 * there.
 */
uint32_t rib_rank(struct rib *r, uint32_t net, uint32_t *paths, uint32_t max)
{
	uint32_t count = 0;
	uint32_t n = 0;

	for (uint32_t h = rib_net(r, net)->paths; h; h = rib_path_next(rib_path(r, h))) {
		if (!(rib_path(r, h)->flags & RIB_PATH_REJECTED))
			*candidate_add(r, count++) = candidate_make(r, h);
	}
	for (; n < max && n < count; n++) {
		choose(r, &r->cands[n], count - n, 1);
		paths[n] = r->cands[n].handle;
	}
	return n;
}
