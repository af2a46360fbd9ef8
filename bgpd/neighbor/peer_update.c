/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE to RIB: the path that a million routes take.
 *
 * Once a message: split, decode (or find the raw attributes in the cache: then nothing is
 * decoded), intern, judge the attributes. Once a prefix: safety filter, route-map, one descent
 * of the table. No allocation a prefix but the slabs of the RIB; what decoding needs lies in
 * the engine's arena until the next message.
 */
#include <errno.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/neighbor/restart.h"
#include "bgpd/wire/update.h"

static struct peer_family *family_of(struct bgp_peer *p, const struct wire_nlri *n)
{
	struct peer_family *pf = n->o.len && n->family >= 0 ? &p->family[n->family] : NULL;

	return pf && pf->up ? pf : NULL;
}

/* Prefixes of a message, some at a time: the table looks for them side by side. */
struct batch {
	uint32_t n;
	struct prefix pfx[PTABLE_MANY];
	uint32_t ids[PTABLE_MANY];
	struct ptable_spot spots[PTABLE_MANY];
};

static bool next_batch(struct wire_nlri_iter *it, struct batch *b)
{
	for (b->n = 0; b->n < PTABLE_MANY; b->n++) {
		if (!wire_nlri_next(it, &b->pfx[b->n], &b->ids[b->n]))
			break;
	}
	return b->n > 0;
}

static void withdraw_all(struct bgp_peer *p, const struct wire_nlri *n)
{
	struct peer_family *pf = family_of(p, n);
	struct wire_nlri_iter it;
	struct batch b;

	if (!pf)
		return;
	wire_nlri_begin(&it, n);
	while (next_batch(&it, &b)) {
		const uint32_t missing = b.n -
			rib_withdraw_many(pf->table->rib, pf->source, b.pfx, b.ids, b.n);

		/* what was not kept need not come back */
		pf->discarded -= missing < pf->discarded ? missing : pf->discarded;
	}
	limit_account(pf);
	fib_feed_heard(&pf->table->feed, loop_now(p->inst->e->loop));
}

static void count_refused(struct peer_family *pf, int ret)
{
	pf->discarded += ret == -EDQUOT;
	pf->surplus += ret == -E2BIG;
}

/* False: the session is gone. */
static bool reach_batch(struct import *im, const struct batch *b)
{
	struct peer_family *pf = im->pf;

	for (uint32_t i = 0; i < b->n; i++) {
		const enum limit_verdict v = limit_check(pf, &b->pfx[i], b->ids[i]);

		if (v == LIMIT_STOP)
			return false;
		if (v == LIMIT_KEEP)
			count_refused(pf, import_offer(im, &b->pfx[i], b->ids[i], &b->spots[i]));
	}
	return true;
}

/* The prefixes of one field: the first of them are looked for before their attributes are there. */
struct reach {
	struct peer_family *pf;
	struct wire_nlri_iter it;
	struct batch b;
	bool some;
};

static void reach_next(struct reach *r)
{
	r->some = next_batch(&r->it, &r->b);
	if (r->some)
		rib_expect(r->pf->table->rib, r->pf->source, r->b.pfx, r->b.n, r->b.spots);
}

static void reach_begin(struct reach *r, struct bgp_peer *p, const struct wire_nlri *n)
{
	r->pf = family_of(p, n);
	if (!r->pf)
		return;
	wire_nlri_begin(&r->it, n);
	reach_next(r);
}

/* False: the session is gone. */
static bool reach_all(struct reach *r, struct attrs *in)
{
	struct peer_family *pf = r->pf;
	bool is_up = true;
	struct import im;

	if (!pf)
		return true;
	import_begin(&im, pf, in);
	while (r->some && is_up) {
		is_up = reach_batch(&im, &r->b);
		if (is_up)
			reach_next(r);
	}
	import_end(&im);
	if (!is_up)
		return false;
	limit_account(pf);
	fib_feed_heard(&pf->table->feed, loop_now(pf->peer->inst->e->loop));
	return true;
}

/* Two waits for memory that overlap: for the places of the prefixes, and for those of the set. */
static bool reach_classic(struct bgp_peer *p, const struct wire_update *u,
	const struct attrs_section *sec)
{
	struct attrs_table *at = p->inst->e->attrs;
	struct attrs_key key;
	struct reach r;
	struct attrs *in;
	bool is_up;

	attrs_expect(at, &u->attrs, &key);
	reach_begin(&r, p, &u->reach[0]);
	in = attrs_get_expected(at, &key);
	if (sec)
		attrs_cache_put(at, sec, in);
	is_up = reach_all(&r, in);
	attrs_unref(at, in);
	return is_up;
}

static void reach_mp(struct bgp_peer *p, struct wire_update *u)
{
	struct attrs_table *at = p->inst->e->attrs;
	struct reach r;
	struct attrs *in;

	if (!u->reach[1].o.len)
		return;
	u->attrs.next_hop = u->mp_next_hop;
	u->attrs.next_hop_ll = u->mp_next_hop_ll;
	u->attrs.has |= WIRE_HAS_NEXT_HOP;
	reach_begin(&r, p, &u->reach[1]);
	in = attrs_get(at, &u->attrs);
	(void)reach_all(&r, in);
	attrs_unref(at, in);
}

static void end_of_rib(struct bgp_peer *p, enum bgp_family f)
{
	struct peer_family *pf = &p->family[f];

	if (!pf->up)
		return;
	pf->eor = true;
	restart_end_of_rib(pf);
	sync_check(p->inst);
}

static void count_faults(struct bgp_peer *p, const struct wire_err *err)
{
	p->attrs_bad += err->action == WIRE_ACTION_DISCARD;
	p->updates_bad += err->action == WIRE_ACTION_WITHDRAW;
}

/* Decoded and taken in. */
static void apply(struct bgp_peer *p, struct wire_update *u, const struct attrs_section *sec,
	const struct wire_err *err)
{
	const bool is_sound = !u->has_mp && err->action == WIRE_ACTION_NONE;

	for (unsigned i = 0; i < 2; i++) {
		withdraw_all(p, &u->withdrawn[i]);
		if (err->action >= WIRE_ACTION_WITHDRAW) /* RFC 7606 2: treat-as-withdraw */
			withdraw_all(p, &u->reach[i]);
	}
	if (err->action >= WIRE_ACTION_WITHDRAW)
		return;
	if (u->reach[0].o.len && !reach_classic(p, u, is_sound ? sec : NULL))
		return;
	reach_mp(p, u);
	if (u->end_of_rib >= 0)
		end_of_rib(p, (enum bgp_family)u->end_of_rib);
}

/* The attributes were seen before: their set is at hand. */
static void apply_cached(struct bgp_peer *p, const struct wire_update *u, struct attrs *in)
{
	struct attrs_table *at = p->inst->e->attrs;
	struct reach r;

	(void)attrs_ref(in); /* the cache may let go of it while the prefixes are taken in */
	withdraw_all(p, &u->withdrawn[0]);
	reach_begin(&r, p, &u->reach[0]);
	(void)reach_all(&r, in);
	attrs_unref(at, in);
}

int peer_update(void *ctx, const uint8_t *msg, size_t len, struct wire_err *err)
{
	struct bgp_peer *p = ctx;
	struct bgp_engine *e = p->inst->e;
	struct attrs_section sec = { 0 };
	struct attrs *known = NULL;
	struct wire_update u;

	arena_reset(e->arena);
	if (wire_update_split(msg, len, &p->ws, &u, err) < 0)
		return -EBADMSG;
	if (u.reach[0].o.len) {
		sec = attrs_section_make(attrs_cache_kind(&p->ws), u.raw_attrs);
		known = attrs_cache_find(e->attrs, &sec);
	}
	if (known) {
		if (wire_update_check_nlri(&u, err) < 0)
			return -EBADMSG;
		if (err->action < WIRE_ACTION_WITHDRAW) {
			apply_cached(p, &u, known);
			return 0;
		}
	} else if (wire_update_decode(&u, &p->ws, e->arena, err) < 0) {
		return -EBADMSG;
	}
	count_faults(p, err);
	apply(p, &u, &sec, err);
	return 0;
}
