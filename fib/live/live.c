/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker that runs a session may be busy for a long while, so BFD and the kernel tell the fib
 * directly, and what the worker says arrives before or after that, about the same death or about
 * an earlier time. So nothing is taken back by whoever does not know of it:
 *
 *   witness   says             takes it back
 *   -------   --------------   ----------------------------------------------------------------
 *   worker    down             up
 *   BFD       died, epoch e    up of the worker who has heard of e: it has ended the session of
 *                              then and made a new one. Not BFD itself: when it comes back, the
 *                              old session is still what the routes are of, and is about to end
 *   kernel    line down        line up: a fact that each can look at, and BFD has its own opinion
 *
 * An epoch is the number of the watch and how many deaths it has seen; the worker sends the
 * greatest one that was reported to it. Then
 *
 *	died 2, up 1 (sent before the worker read of 2)        stays dead
 *	died 2, down, up 2                                     lives
 *	died 2, BFD back, down, up 2                           dead in between, without a break
 *	died 2, the watch is switched off, its end reported    what the worker says counts alone
 *
 * Two orders are needed for that, and given. Of a death, the fib is told before the worker (bfd/
 * bfd.c), and the fib reads what BFD has said before it believes an "up" (fib_thread.c): so a death
 * that the worker has dealt with is never heard after its "up". And the end of a watch reaches the
 * worker behind all deaths of it, and the fib through the worker behind what that has said before.
 *
 * Routes may be re-pointed at any time: a group is written by the verdict of the moment, whatever
 * the worker thought when it was made.
 *
 * What is carried from a table where it leans on several neighbours leans on a set of them. Nobody
 * speaks of a set but who made it: its verdict is that of its members, looked up when asked.
 *
 * An array by key: a few words for each neighbour, binary search. Neighbours of a listen range come
 * and go as they please, so those that are gone are forgotten (live_forget).
 */
#include "fib/live/live.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"

#define FORGET_AT 64  /* gone ones */
#define FORGET_S  120 /* routes of a neighbour that is gone are removed in the background */
#define DEPTH     8   /* of sets in sets: a VBR's in a VPC's in another VPC's, and so on */

struct live {
	uint32_t key;
	uint32_t ifindex;
	struct live_epoch died; /* watch 0: BFD has nothing against it */
	bool down;              /* says the worker */
	bool line_down;
	bool gone;
	bool used; /* live_mark */
	struct mono gone_at;
	bool was_dead;        /* at the last live_settle */
	struct live_set *set; /* owned; NULL: a neighbour */
};

void lives_init(struct lives *l)
{
	memset(l, 0, sizeof(*l));
	l->forget_at = FORGET_AT;
}

void lives_fini(struct lives *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		free(l->all[i].set);
	free(l->all);
}

static uint32_t place_of(const struct lives *l, uint32_t key)
{
	uint32_t lo = 0;
	uint32_t hi = l->n;

	while (lo < hi) {
		const uint32_t mid = (lo + hi) / 2;

		if (l->all[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct live *find(const struct lives *l, uint32_t key)
{
	const uint32_t i = place_of(l, key);

	return i < l->n && l->all[i].key == key ? &l->all[i] : NULL;
}

static struct live *find_or_add(struct lives *l, uint32_t key)
{
	const uint32_t i = place_of(l, key);

	if (i < l->n && l->all[i].key == key)
		return &l->all[i];
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->all = xreallocarray(l->all, l->cap, sizeof(l->all[0]));
	}
	memmove(&l->all[i + 1], &l->all[i], (l->n - i) * sizeof(l->all[0]));
	l->n++;
	l->all[i] = (struct live){ .key = key };
	return &l->all[i];
}

/* Of a neighbour. */
static bool is_dead(const struct live *x)
{
	return x->down || x->died.watch || x->line_down;
}

static bool is_key_dead(const struct lives *l, uint32_t key, unsigned depth)
{
	const struct live *x = key ? find(l, key) : NULL;

	if (!x || !x->set)
		return x && is_dead(x);
	for (uint32_t i = 0; i < x->set->n; i++) {
		if (depth == DEPTH || !is_key_dead(l, x->set->key[i], depth + 1))
			return false;
	}
	return true;
}

bool live_is_dead(const struct lives *l, uint32_t key)
{
	return is_key_dead(l, key, 0);
}

bool live_has_changed(const struct lives *l, uint32_t key)
{
	const struct live *x = key && l->n_changed ? find(l, key) : NULL;

	return x && live_is_dead(l, key) != x->was_dead;
}

/* Around each change of one. */
static void count(struct lives *l, const struct live *x, bool before)
{
	const bool after = is_dead(x);

	if (before == after)
		return;
	if (after != x->was_dead)
		l->n_changed++;
	else
		l->n_changed--;
}

/* Nothing is said of it. */
static bool is_empty(const struct live *x)
{
	return !x->set && !is_dead(x) && !x->ifindex;
}

void live_settle(struct lives *l)
{
	uint32_t n = 0;

	if (!l->n_changed)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		l->all[i].was_dead = live_is_dead(l, l->all[i].key);
	for (uint32_t i = 0; i < l->n; i++) {
		const struct live *x = &l->all[i];

		if (!is_empty(x))
			l->all[n++] = *x;
	}
	l->n = n;
	l->n_changed = 0;
}

static bool is_later(const struct live_epoch *a, const struct live_epoch *b)
{
	return a->watch != b->watch ? a->watch > b->watch : a->deaths > b->deaths;
}

void live_down(struct lives *l, uint32_t key)
{
	struct live *x = key ? find_or_add(l, key) : NULL;
	const bool before = x && is_dead(x);

	if (!x)
		return;
	x->down = true;
	count(l, x, before);
}

void live_up(struct lives *l, uint32_t key, const struct live_epoch *seen, uint32_t ifindex)
{
	struct live *x = key ? find_or_add(l, key) : NULL;
	const bool before = x && is_dead(x);

	if (!x)
		return;
	x->down = false;
	if (!is_later(&x->died, seen))
		x->died = (struct live_epoch){ 0 };
	if (x->ifindex != ifindex)
		x->line_down = false; /* of another line: live_lines looks at this one */
	x->ifindex = ifindex;
	count(l, x, before);
}

struct live_set *live_set_new(const uint32_t *key, uint32_t n)
{
	struct live_set *s = xmalloc(sizeof(*s) + n * sizeof(s->key[0]));

	s->n = n;
	memcpy(s->key, key, n * sizeof(s->key[0]));
	return s;
}

void live_put_set(struct lives *l, uint32_t key, struct live_set *take_set)
{
	struct live *x = key ? find_or_add(l, key) : NULL;

	if (!x) {
		free(take_set);
		return;
	}
	free(x->set);
	x->set = take_set;
	/* A group of another worker may name it already. */
	l->n_changed += live_is_dead(l, key);
}

void live_gone(struct lives *l, uint32_t key, struct mono now)
{
	struct live *x = find(l, key);

	if (!x || !x->set)
		live_down(l, key);
	x = key ? find(l, key) : NULL;
	if (!x || x->gone)
		return;
	x->gone = true;
	x->gone_at = now;
	l->n_gone++;
}

void live_died(struct lives *l, uint32_t key, const struct live_epoch *at)
{
	struct live *x = key ? find_or_add(l, key) : NULL;
	const bool before = x && is_dead(x);

	if (!x)
		return;
	if (is_later(at, &x->died))
		x->died = *at;
	count(l, x, before);
}

void live_unwatched(struct lives *l, uint32_t key, uint32_t watch)
{
	struct live *x = find(l, key);
	const bool before = x && is_dead(x);

	if (!x || x->died.watch > watch)
		return;
	x->died = (struct live_epoch){ 0 };
	count(l, x, before);
}

static bool is_named(const struct live_lines *c, uint32_t ifindex)
{
	for (uint32_t i = 0; i < c->n; i++) {
		if (c->ifindex[i] == ifindex)
			return true;
	}
	return c->n == 0;
}

void live_lines(struct lives *l, const struct live_lines *c)
{
	uint32_t asked = 0; /* those of one line mostly stand together */
	bool up = false;

	for (uint32_t i = 0; i < l->n; i++) {
		struct live *x = &l->all[i];
		const bool before = is_dead(x);

		if (!x->ifindex || x->gone || !is_named(c, x->ifindex))
			continue;
		if (x->ifindex != asked)
			up = c->is_up(c->ctx, x->ifindex);
		asked = x->ifindex;
		x->line_down = !up;
		count(l, x, before);
	}
}

bool live_has_gone(const struct lives *l)
{
	return l->n_gone >= l->forget_at;
}

void live_mark(struct lives *l, uint32_t key)
{
	struct live *x = find(l, key);

	if (!x || x->used)
		return;
	x->used = true;
	for (uint32_t i = 0; x->set && i < x->set->n; i++)
		live_mark(l, x->set->key[i]);
}

void live_forget(struct lives *l, struct mono now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		struct live x = l->all[i];
		const bool goes = x.gone && !x.used &&
			mono_is_before(mono_add_s(x.gone_at, FORGET_S), now);

		x.used = false;
		l->n_gone -= goes;
		if (goes)
			free(x.set);
		else
			l->all[n++] = x;
	}
	l->n = n;
	/* The next look when as many have come: it costs nothing, on the whole. */
	l->forget_at = 2 * l->n_gone + FORGET_AT;
}
