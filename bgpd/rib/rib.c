/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage of a rib: a prefix table to net handles, nets in a slab, paths in blocks of their source,
 * each in a list of its net. For IPv4 a net takes 24 bytes, a path 17, the table some 8 a prefix.
 *
 * An update finds the net in one descent, the path by a walk over those of the net (as many as
 * there are sources of this prefix), and then lets decision.c choose. The journal is told only if
 * somebody could see a difference: another best path or multipath set, another content of one of
 * these, or any change of a network statement, which bgpd/export looks for in any place. Changes of
 * other eligible paths are told to those only who ask for them.
 */
#include "bgpd/rib/rib.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/rib_private.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"

#define MAX_SOURCES 65535
#define US_PER_S    1000000

#define VISIBLE     (RIB_PATH_BEST | RIB_PATH_MULTIPATH)
#define AGE_FLAGS   (RIB_PATH_STALE | RIB_PATH_TURN)
#define OFFER_FLAGS (RIB_PATH_CIDR | RIB_PATH_LOCAL | RIB_PATH_BLACKHOLE)

static_assert(RIB_REASON_COUNT <= 1 << 7, "rib_path.reason is too short");
static_assert(sizeof(struct rib_path) == 16, "a path has holes");
static_assert(offsetof(struct rib, store) == 0, "accessors take the one for the other");

struct rib *rib_new(const struct rib_conf *conf, struct attrs_table *at)
{
	struct rib *r = xcalloc(1, sizeof(*r));

	r->af = conf->af;
	r->max_paths = conf->max_paths;
	r->options = conf->options;
	r->quota = conf->quota;
	r->at = at;
	r->table = ptable_new(conf->af);
	r->store.sets = attrs_pool(at);
	nets_init(r);
	journal_init(r);
	return r;
}

void rib_free(struct rib *r)
{
	uint32_t cursor = 0;

	if (!r)
		return;
	assert(r->journal.n_readers == 0);
	for (uint32_t i = 0; i < r->store.n_sources; i++) {
		if (!r->store.sources[i])
			continue;
		while (rib_source_flush(r, r->store.sources[i], UINT32_MAX, false, &cursor))
			;
		rib_source_free(r, r->store.sources[i]);
	}
	free(r->store.sources);
	free(r->cands);
	paths_fini(&r->store.paths);
	nets_fini(r);
	ptable_free(r->table);
	free(r);
}

static uint32_t net_new(struct rib *r, const struct prefix *pfx)
{
	const uint32_t h = slab_take(&r->store.nets);
	struct rib_net *n = rib_net(r, h);

	*n = (struct rib_net){ .len = pfx->len };
	if (r->af == AF_INET)
		memcpy(n->b, pfx->b, 4);
	else
		memcpy(n->b, pfx->b, 16);
	return h;
}

/* Sources */

static bool source_slot(struct rib *r, uint32_t *slot)
{
	uint32_t n;

	for (*slot = 0; *slot < r->store.n_sources; ++*slot) {
		if (!r->store.sources[*slot])
			return true;
	}
	if (r->store.n_sources == MAX_SOURCES)
		return false;
	n = r->store.n_sources < 8 ? 8 : 2 * r->store.n_sources;
	if (n > MAX_SOURCES)
		n = MAX_SOURCES;
	r->store.sources = xreallocarray(r->store.sources, n, sizeof(*r->store.sources));
	memset(r->store.sources + r->store.n_sources, 0,
		(n - r->store.n_sources) * sizeof(*r->store.sources));
	r->store.n_sources = n;
	return true;
}

struct rib_source *rib_source_new(struct rib *r, const struct rib_source *init)
{
	struct rib_source *s;
	uint32_t slot;

	if (!source_slot(r, &slot)) {
		errno = ENOSPC;
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->index = (uint16_t)slot;
	s->serial = ++r->store.last_serial;
	s->kind = init->kind;
	s->ibgp = init->ibgp;
	s->confed = init->confed;
	s->client = init->client;
	s->router_id = init->router_id;
	s->addr = init->addr;
	s->weight = init->weight;
	s->standby = init->standby;
	s->team = init->team;
	s->owner = init->owner;
	r->store.sources[slot] = s;
	return s;
}

void rib_source_set_team(struct rib_source *s, uint32_t team)
{
	s->team = team;
}

void rib_source_free(struct rib *r, struct rib_source *s)
{
	if (!s)
		return;
	assert(s->n_paths == 0);
	r->store.sources[s->index] = NULL;
	free(s);
}

/* Paths */

/* Left over from the time before a restart: marked, or waiting for it. */
static bool is_old(const struct rib_source *s, const struct rib_path *p)
{
	return p->flags & RIB_PATH_STALE || (p->flags & RIB_PATH_TURN) != s->turn;
}

/*
 * Handle of the path that a source offers for a net, 0 = none. others: how many of its paths were
 * passed on the way; old ones do not count, since a neighbour that restarts may choose other ids
 * (RFC 7911 6).
 */
static uint32_t find_among(const struct rib *r, const struct rib_net *n, const struct rib_source *s,
	uint32_t path_id, uint32_t *others)
{
	*others = 0;
	for (uint32_t h = n->paths; h;) {
		const struct rib_path *p = rib_path(r, h);

		if (p->source == s->index) {
			if (rib_path_id(p) == path_id)
				return h;
			*others += !is_old(s, p);
		}
		h = rib_path_next(p);
	}
	return 0;
}

static uint32_t find_path(const struct rib *r, const struct rib_net *n, const struct rib_source *s,
	uint32_t path_id)
{
	uint32_t others;

	return find_among(r, n, s, path_id, &others);
}

static void count_net(struct rib *r)
{
	struct rib_store *s = &r->store;

	if (++s->n_nets > s->most_nets)
		s->most_nets = s->n_nets;
}

/* A new path stands behind the first one: that may be the best, which decide() has to find. */
static uint32_t path_add(struct rib *r, uint32_t net, struct rib_source *s)
{
	struct rib_net *n = rib_net(r, net);
	const uint32_t h = paths_take(&r->store.paths, s);
	struct rib_path *p = rib_path(r, h);

	*p = (struct rib_path){ .source = s->index };
	if (n->paths) {
		p->link = rib_path(r, n->paths)->link;
		rib_path(r, n->paths)->link = h;
	} else {
		p->link = RIB_PATH_LAST | net;
		n->paths = h;
		count_net(r);
	}
	return h;
}

/* Counters that follow from the flags of paths. */
static void count_path(struct rib *r, struct rib_source *s, const struct rib_path *p, int sign)
{
	if (!(p->flags & RIB_PATH_REJECTED))
		s->n_accepted += (uint32_t)sign;
	if (p->flags & RIB_PATH_STALE)
		s->n_stale += (uint32_t)sign;
	if (p->flags & RIB_PATH_LOCAL)
		r->store.n_local += (uint32_t)sign;
}

static bool is_unchanged(const struct rib *r, const struct rib_path *p, const struct rib_offer *o)
{
	return rib_path_in(r, p) == o->in && p->set == attrs_handle(o->attrs) &&
		rib_path_live_key(p) == o->live_key &&
		(p->flags & OFFER_FLAGS) == (o->flags & OFFER_FLAGS) &&
		(o->attrs || p->reason == o->reject);
}

/* Nothing stands beside the path, nor beside others of its block: so it is with most. */
static bool is_plain(const struct rib_path *p, const struct rib_offer *o)
{
	const struct rib_block *b = rib_path_block(p);

	return o->in == o->attrs && !o->path_id && o->live_key == b->live_key && !b->tags && !b->in;
}

/* The attributes that were there before are the caller's to undo. Returns what was received. */
static struct attrs *path_fill(struct rib *r, struct rib_path *p, const struct rib_offer *o)
{
	const struct rib_path_tag tag = { .path_id = o->path_id, .live_key = o->live_key };
	uint32_t in = 0;

	p->set = o->attrs ? attrs_handle(attrs_ref(o->attrs)) : 0;
	p->since_s = o->now_s ? o->now_s : (uint32_t)(mono_coarse().us / US_PER_S);
	p->flags |= o->flags & OFFER_FLAGS;
	if (!o->attrs) {
		p->flags |= RIB_PATH_REJECTED;
		p->reason = (uint8_t)o->reject;
	}
	if (likely(is_plain(p, o)))
		return NULL;
	paths_set_tag(&r->store.paths, p, &tag);
	if (o->in && o->in != o->attrs)
		in = attrs_handle(attrs_ref(o->in));
	return attrs_at(r->store.sets, paths_set_in(&r->store.paths, p, in));
}

static void path_set(struct rib *r, struct rib_path *p, const struct rib_offer *o)
{
	struct attrs *old = rib_path_attrs(r, p);

	p->flags &= (uint8_t)(VISIBLE | (o->again ? AGE_FLAGS : 0));
	p->is_long &= o->again;
	attrs_unref(r->at, path_fill(r, p, o));
	attrs_unref(r->at, old);
}

static bool has_best(const struct rib *r, uint32_t net)
{
	return rib_net_best(r, net) != NULL;
}

/* What a change of paths did before the decision. */
struct change {
	uint32_t net;
	bool had_best;
	bool is_visible; /* to readers of best paths */
	bool is_minor;   /* to readers of all paths */
};

static void tell(struct rib *r, const struct change *c, bool is_visible)
{
	if (is_visible)
		journal_add(r, c->net);
	else if (unlikely(r->journal.n_all) && c->is_minor)
		journal_add_minor(r, c->net);
}

/* After a change of a net's paths: choose, count, tell. */
static void settle(struct rib *r, const struct change *c)
{
	const bool is_visible = decide(r, c->net) || c->is_visible;

	r->n_best += (uint32_t)has_best(r, c->net) - (uint32_t)c->had_best;
	tell(r, c, is_visible);
}

/* The same when a path has come. */
static void settle_new(struct rib *r, const struct change *c, uint32_t path)
{
	const enum decision d = decide_newcomer(r, c->net, path);

	if (unlikely(d == DECISION_OPEN))
		settle(r, c);
	else
		tell(r, c, c->is_visible || d == DECISION_CHANGED);
}

/* Is that the net of the prefix, and has it paths? Of a handle that is out of date, too. */
static inline bool is_net_of(const struct rib *r, uint32_t net, const struct prefix *pfx)
{
	const struct rib_net *n;

	if (!slab_has(&r->store.nets, net))
		return false;
	n = rib_net(r, net);
	if (!n->paths || n->len != pfx->len)
		return false;
	return r->af == AF_INET ? memcmp(n->b, pfx->b, 4) == 0 : memcmp(n->b, pfx->b, 16) == 0;
}

/* Net for the prefix, made if it is new; 0 when a new path would exceed the quota. */
static uint32_t net_for(struct rib *r, const struct rib_source *s, const struct rib_offer *o)
{
	uint32_t *slot;

	if (unlikely(r->quota && r->store.paths.n >= r->quota)) {
		const uint32_t h = rib_find(r, &o->pfx);

		return h && find_path(r, rib_net(r, h), s, o->path_id) ? h : 0;
	}
	if (o->spot && is_net_of(r, o->spot->value, &o->pfx))
		return o->spot->value;
	slot = o->spot ? ptable_slot_at(r->table, &o->pfx, o->spot) :
			 ptable_slot(r->table, &o->pfx);
	if (*slot == PTABLE_NONE)
		*slot = net_new(r, &o->pfx);
	return *slot;
}

/*
 * Nets have their handles in the order of arrival, and who repeats, changes or withdraws a table
 * often goes by the same order: then the next net is the one behind the last, and the prefix table
 * need not be asked. Returns how many of the prefixes have been found so.
 */
static uint32_t follow(const struct rib *r, const struct rib_source *s, const struct prefix *pfx,
	uint32_t n, struct ptable_spot *spots)
{
	uint32_t i = 0;

	if (!s->ahead)
		return 0;
	for (; i < n && is_net_of(r, s->ahead + i, &pfx[i]); i++) {
		prefetch(rib_path(r, rib_net(r, s->ahead + i)->paths));
		spots[i] = (struct ptable_spot){ .value = s->ahead + i };
	}
	return i;
}

void rib_expect(const struct rib *r, struct rib_source *s, const struct prefix *pfx, uint32_t n,
	struct ptable_spot *spots)
{
	const uint32_t n_followed = follow(r, s, pfx, n, spots);

	if (n_followed < n)
		ptable_find_many(r->table, pfx + n_followed, n - n_followed, spots + n_followed);
	s->ahead = spots[n - 1].value == PTABLE_NONE ? 0 : spots[n - 1].value + 1;
	for (uint32_t i = n_followed; i < n; i++) {
		if (spots[i].value != PTABLE_NONE)
			prefetch(rib_net(r, spots[i].value));
	}
	for (uint32_t i = n_followed; i < n; i++) {
		if (spots[i].value != PTABLE_NONE && rib_net(r, spots[i].value)->paths)
			prefetch(rib_path(r, rib_net(r, spots[i].value)->paths));
	}
}

static void set_turn(const struct rib_source *s, struct rib_path *p)
{
	p->flags = (uint8_t)((p->flags & ~RIB_PATH_TURN) | s->turn);
}

/* The first path of its net, as most are: nothing to be searched, compared or undone. */
static void path_first(struct rib *r, uint32_t net, struct rib_source *s, const struct rib_offer *o)
{
	struct rib_net *n = rib_net(r, net);
	const uint32_t h = paths_take(&r->store.paths, s);
	struct rib_path *p = rib_path(r, h);

	*p = (struct rib_path){
		.link = RIB_PATH_LAST | net,
		.source = s->index,
		.flags = s->turn | (o->attrs ? RIB_PATH_BEST : 0),
	};
	attrs_unref(r->at, path_fill(r, p, o));
	n->paths = h;
	n->flags |= NET_FLAG_ONE_MED;
	nets_take(r, net);
	count_net(r);
	r->n_best += o->attrs != NULL;
	count_path(r, s, p, 1);
	if (p->flags & (RIB_PATH_BEST | RIB_PATH_LOCAL))
		journal_add_first(r, n, net);
}

int rib_update(struct rib *r, struct rib_source *s, const struct rib_offer *o)
{
	struct change c = { .net = net_for(r, s, o) };
	struct rib_path *p;
	uint32_t others;
	uint32_t new;
	uint32_t h;
	uint8_t seen;

	assert(!o->attrs == (o->reject != RIB_REASON_NONE) && (o->in || !o->attrs));
	if (!c.net)
		return -EDQUOT;
	if (!rib_net(r, c.net)->paths) {
		path_first(r, c.net, s, o);
		return 0;
	}
	c.had_best = has_best(r, c.net);
	h = find_among(r, rib_net(r, c.net), s, o->path_id, &others);
	if (!h && others >= RIB_SOURCE_PATHS_MAX)
		return -E2BIG;
	new = h ? 0 : path_add(r, c.net, s);
	p = rib_path(r, h ? h : new);
	if (h) {
		count_path(r, s, p, -1);
		if (!o->again) {
			p->flags &= (uint8_t)~RIB_PATH_STALE;
			p->is_long = false;
			set_turn(s, p);
		}
		if (is_unchanged(r, p, o)) {
			count_path(r, s, p, 1);
			return 0;
		}
	}
	/* Marks and LOCAL before and after: what any reader could have seen or will see. */
	seen = p->flags;
	c.is_minor = o->attrs || (h && !(seen & RIB_PATH_REJECTED));
	path_set(r, p, o);
	if (!h || !o->again)
		set_turn(s, p);
	seen |= p->flags;
	c.is_visible = seen & (VISIBLE | RIB_PATH_LOCAL);
	count_path(r, s, p, 1);
	if (h)
		settle(r, &c);
	else
		settle_new(r, &c, new);
	return 0;
}

void rib_set_attrs(struct rib *r, uint32_t path, struct attrs *attrs)
{
	struct rib_path *p = rib_path(r, path);
	const uint32_t net = rib_path_net(r, p);
	const struct change c = {
		.net = net,
		.had_best = has_best(r, net),
		.is_visible = p->flags & (VISIBLE | RIB_PATH_LOCAL),
		.is_minor = true,
	};
	struct attrs *in = attrs_ref(rib_path_in(r, p));
	struct attrs *old = rib_path_attrs(r, p);
	uint32_t old_in;

	assert(old && !(p->flags & RIB_PATH_REJECTED));
	old_in = paths_set_in(&r->store.paths, p, attrs_handle(in));
	attrs_unref(r->at, attrs_at(r->store.sets, old_in));
	p->set = attrs_handle(attrs_ref(attrs));
	attrs_unref(r->at, old);
	settle(r, &c);
}

void rib_set_long_lived(struct rib *r, uint32_t path)
{
	struct rib_path *p = rib_path(r, path);

	assert(p->flags & RIB_PATH_STALE);
	p->is_long = true;
}

static void path_unlink(const struct rib *r, struct rib_net *n, uint32_t h)
{
	uint32_t *link = &n->paths;

	while (*link != h)
		link = &rib_path(r, *link)->link;
	*link = rib_path(r, h)->link;
	if (n->paths & RIB_PATH_LAST)
		n->paths = 0;
}

/* One of several of its net. */
static void path_remove(struct rib *r, struct rib_source *s, uint32_t h)
{
	struct rib_path *p = rib_path(r, h);
	const uint32_t net = rib_path_net(r, p);
	const struct change c = {
		.net = net,
		.had_best = has_best(r, net),
		.is_visible = p->flags & (VISIBLE | RIB_PATH_LOCAL),
		.is_minor = !(p->flags & RIB_PATH_REJECTED),
	};

	count_path(r, s, p, -1);
	path_unlink(r, rib_net(r, c.net), h);
	attrs_unref(r->at, attrs_at(r->store.sets, paths_set_in(&r->store.paths, p, 0)));
	attrs_unref(r->at, rib_path_attrs(r, p));
	paths_release(&r->store.paths, s, h);
	settle(r, &c);
}

/* The only path of its net, as most are: nothing to be searched or compared. */
static void path_last(struct rib *r, struct rib_source *s, uint32_t h)
{
	struct rib_path *p = rib_path(r, h);
	const uint32_t net = rib_path_net(r, p);
	struct rib_net *n = rib_net(r, net);
	const uint8_t flags = p->flags;

	count_path(r, s, p, -1);
	attrs_unref(r->at, attrs_at(r->store.sets, paths_set_in(&r->store.paths, p, 0)));
	attrs_unref(r->at, rib_path_attrs(r, p));
	paths_release(&r->store.paths, s, h);
	n->paths = 0;
	r->store.n_nets--;
	r->n_best -= (flags & RIB_PATH_BEST) != 0;
	if (flags & (VISIBLE | RIB_PATH_LOCAL))
		journal_add(r, net);
	else if (unlikely(r->journal.n_all) && !(flags & RIB_PATH_REJECTED))
		journal_add_minor(r, net);
	if (!(n->flags & NET_FLAG_JOURNALED))
		nets_release(r, &net, 1);
}

static void path_go(struct rib *r, struct rib_source *s, uint32_t h)
{
	const struct rib_path *p = rib_path(r, h);

	if (!rib_path_next(p) && rib_net(r, rib_path_net(r, p))->paths == h)
		path_last(r, s, h);
	else
		path_remove(r, s, h);
}

static int withdraw(struct rib *r, struct rib_source *s, uint32_t net, uint32_t path_id)
{
	const uint32_t h = net ? find_path(r, rib_net(r, net), s, path_id) : 0;

	if (!h)
		return -ENOENT;
	path_go(r, s, h);
	return 0;
}

int rib_withdraw(struct rib *r, struct rib_source *s, const struct prefix *pfx, uint32_t path_id)
{
	return withdraw(r, s, rib_find(r, pfx), path_id);
}

/* A path is in the cache: what goes with it is not yet. */
static void expect_removal(const struct rib *r, uint32_t path)
{
	const struct rib_path *p = rib_path(r, path);

	prefetch(rib_path_attrs(r, p));
	if (rib_path_next(p))
		prefetch(rib_path(r, rib_path_next(p)));
}

uint32_t rib_withdraw_many(struct rib *r, struct rib_source *s, const struct prefix *pfx,
	const uint32_t *path_ids, uint32_t n)
{
	const uint32_t n_gone = r->n_gone;
	struct ptable_spot spots[PTABLE_MANY];
	uint32_t found = 0;

	rib_expect(r, s, pfx, n, spots);
	for (uint32_t i = 0; i < n; i++) {
		if (spots[i].value != PTABLE_NONE && rib_net(r, spots[i].value)->paths)
			expect_removal(r, rib_net(r, spots[i].value)->paths);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t net = spots[i].value == PTABLE_NONE ? 0 : spots[i].value;

		/* Named twice, it may be gone with the first time. */
		if (unlikely(r->n_gone != n_gone))
			net = rib_find(r, &pfx[i]);
		found += withdraw(r, s, net, path_ids[i]) == 0;
	}
	return found;
}

void rib_touch(struct rib *r, uint32_t net)
{
	journal_add(r, net);
}

static bool flush_stale(struct rib *r, struct rib_source *s, uint32_t max, uint32_t *cursor)
{
	for (uint32_t n = 0; n < max; n++) {
		if (!s->n_stale)
			return false;
		*cursor = rib_source_next(r, s, *cursor);
		if (!*cursor)
			return false;
		if (rib_path(r, *cursor)->flags & RIB_PATH_STALE)
			path_go(r, s, *cursor);
	}
	return true;
}

#define FLUSH_MANY 16

/*
 * The next few paths of a source; how many. What goes with a path is all over the memory, and of a
 * million none is in the cache: it is asked for in advance, all of one kind together.
 */
static uint32_t flush_some(struct rib *r, struct rib_source *s, uint32_t max, uint32_t *cursor)
{
	uint32_t paths[FLUSH_MANY];
	uint32_t nets[FLUSH_MANY];
	uint32_t n = 0;

	while (n < max && n < FLUSH_MANY) {
		*cursor = rib_source_next(r, s, *cursor);
		if (!*cursor)
			break;
		expect_removal(r, *cursor);
		paths[n++] = *cursor;
	}
	for (uint32_t i = 0; i < n; i++) {
		nets[i] = rib_path_net(r, rib_path(r, paths[i]));
		prefetch(rib_net(r, nets[i]));
	}
	for (uint32_t i = 0; i < n; i++)
		prefetch(rib_path(r, rib_net(r, nets[i])->paths));
	for (uint32_t i = 0; i < n; i++)
		path_go(r, s, paths[i]);
	return n;
}

bool rib_source_flush(struct rib *r, struct rib_source *s, uint32_t max, bool only_stale,
	uint32_t *cursor)
{
	if (only_stale)
		return flush_stale(r, s, max, cursor);
	while (max && s->n_paths)
		max -= flush_some(r, s, max, cursor);
	return s->n_paths != 0;
}

static bool mark_slice(const struct rib *r, struct rib_source *s, uint32_t max, uint32_t *cursor)
{
	for (uint32_t n = 0; n < max; n++) {
		struct rib_path *p;

		*cursor = rib_source_next(r, s, *cursor);
		s->marking = *cursor != 0;
		if (!s->marking)
			return false;
		p = rib_path(r, *cursor);
		if ((p->flags & RIB_PATH_TURN) == s->turn)
			continue;
		if (!(p->flags & RIB_PATH_STALE))
			s->n_stale++;
		p->flags |= RIB_PATH_STALE;
		set_turn(s, p);
	}
	return true;
}

/*
 * Each path has the turn of its source, so the other turn makes all of them old at once. One that
 * was given up in the middle is brought to its end before, lest its paths become new again.
 */
static void begin_marking(const struct rib *r, struct rib_source *s)
{
	uint32_t cursor = 0;

	if (s->marking)
		(void)mark_slice(r, s, UINT32_MAX, &cursor);
	s->turn ^= RIB_PATH_TURN;
}

bool rib_source_mark_stale(struct rib *r, struct rib_source *s, uint32_t max, uint32_t *cursor)
{
	if (!*cursor)
		begin_marking(r, s);
	return mark_slice(r, s, max, cursor);
}

void rib_set_max_paths(struct rib *r, uint8_t max_paths)
{
	r->max_paths = max_paths;
}

void rib_set_options(struct rib *r, const struct rib_options *o)
{
	r->options = *o;
}

void rib_set_quota(struct rib *r, uint32_t quota)
{
	r->quota = quota;
}

static bool redecide(void *ctx, const struct prefix *pfx UNUSED, uint32_t net)
{
	struct rib *r = ctx;

	const struct change c = {
		.net = net,
		.had_best = has_best(r, net),
		.is_minor = true, /* the order of the others may be another */
	};

	if (rib_net(r, net)->paths)
		settle(r, &c);
	return true;
}

bool rib_redecide_slice(struct rib *r, struct prefix *key, bool *started, uint32_t max)
{
	uint32_t seen;

	if (!*started)
		*key = prefix_any(r->af);
	seen = ptable_walk(r->table, key, !*started, max, redecide, r);
	*started = true;
	return seen == max;
}

/* Looking */

uint32_t rib_find(const struct rib *r, const struct prefix *pfx)
{
	const uint32_t h = ptable_get(r->table, pfx);

	return h == PTABLE_NONE || bitmap_has(&r->idle, h) ? 0 : h;
}

uint32_t rib_match(const struct rib *r, const struct ip_addr *a)
{
	struct prefix key = prefix_host(a);
	struct prefix found;

	for (;;) {
		const uint32_t h = ptable_match(r->table, &key, &found);

		if (h == PTABLE_NONE)
			return 0;
		if (has_best(r, h))
			return h;
		if (found.len == 0)
			return 0;
		key = prefix_make(a, found.len - 1);
	}
}

struct walk {
	const struct rib *rib;
	const struct prefix *within; /* NULL = everything */
	bool (*fn)(void *ctx, uint32_t net);
	void *ctx;
	bool is_outside;
};

static bool walk_entry(void *ctx, const struct prefix *pfx, uint32_t net)
{
	struct walk *w = ctx;

	if (w->within && !prefix_covers(w->within, pfx)) {
		w->is_outside = true;
		return false;
	}
	return !rib_net(w->rib, net)->paths || w->fn(w->ctx, net);
}

uint32_t rib_walk(const struct rib *r, struct rib_range *at, uint32_t max,
	bool (*fn)(void *ctx, uint32_t net), void *ctx)
{
	struct walk w = { .rib = r, .within = at->within, .fn = fn, .ctx = ctx };
	const bool is_first = !at->started;
	uint32_t seen;

	/* What a prefix covers is one run of the order, and the prefix comes first in it. */
	if (is_first)
		at->key = at->within ? *at->within : prefix_any(r->af);
	at->started = true;
	seen = ptable_walk(r->table, &at->key, is_first, max, walk_entry, &w);
	return seen - w.is_outside;
}

uint32_t rib_count_best(const struct rib *r)
{
	return r->n_best;
}

size_t rib_bytes(const struct rib *r)
{
	return sizeof(*r) + ptable_bytes(r->table) + slab_bytes(&r->store.nets) +
		r->idle.n_words * sizeof(uint64_t) + paths_bytes(&r->store.paths) +
		r->store.n_sources * sizeof(struct rib_source *) + r->cap_cands * sizeof(*r->cands);
}

uint8_t rib_af(const struct rib *r)
{
	return r->af;
}

struct attrs_table *rib_attrs(const struct rib *r)
{
	return r->at;
}
