/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE to RIB: the path that a million routes take.
 *
 * Once a message: split, decode (or find the raw attributes in the cache: then nothing is
 * decoded), intern, judge the attributes. Once a prefix: safety filter, route-map, one descent
 * of the table. No allocation a prefix but the slabs of the RIB; what decoding needs lies in
 * the engine's arena until the next message.
 *
 * A message may have a thousand prefixes, or with RFC 8654 sixteen thousand. It is taken in by
 * turns, so that what others wait for does not depend on what one neighbour puts into a message:
 * each turn decodes it anew, which is little beside what is done for its prefixes, and goes on at
 * the neighbour's mark.
 */
#include <errno.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/import.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/neighbor/restart.h"
#include "bgpd/wire/update.h"

#define TURN_PREFIXES 256 /* a turn, in whole batches: some hundred microseconds */

/* One turn of a message: what it may still take in. */
struct turn {
	struct bgp_peer *p;
	int left;
};

enum field {
	FIELD_WITHDRAWN,
	FIELD_WITHDRAWN_MP,
	FIELD_REACH,
	FIELD_REACH_MP,
};

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

/* Where this turn begins in a field. False: the field is behind us. */
static bool go_on(const struct turn *t, enum field field, const struct wire_nlri *n,
	struct wire_nlri_iter *it)
{
	const struct update_mark *m = &t->p->mark;

	if (m->field > field)
		return false;
	wire_nlri_begin(it, n);
	if (m->field == field)
		it->p += m->octets;
	return true;
}

/* Returns whether the field is through; if not, the mark says where it stopped. */
static bool leave(const struct turn *t, enum field field, const struct wire_nlri *n,
	const struct wire_nlri_iter *it)
{
	if (it->p == it->end)
		return true;
	t->p->mark = (struct update_mark){ field, (uint16_t)(it->p - n->o.p) };
	return false;
}

/* The next ones return false when the turn is over, and something of the message is left. */

static bool withdraw_field(struct turn *t, enum field field, const struct wire_nlri *n)
{
	struct peer_family *pf = family_of(t->p, n);
	struct wire_nlri_iter it;
	struct batch b;

	if (!pf || !go_on(t, field, n, &it))
		return true;
	while (t->left > 0 && next_batch(&it, &b)) {
		const uint32_t missing = b.n -
			rib_withdraw_many(pf->table->rib, pf->source, b.pfx, b.ids, b.n);

		/* what was not kept need not come back */
		pf->discarded -= missing < pf->discarded ? missing : pf->discarded;
		t->left -= (int)b.n;
	}
	limit_account(pf);
	return leave(t, field, n, &it);
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
	const struct wire_nlri *nlri;
	enum field field;
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

static void reach_begin(struct reach *r, const struct turn *t, enum field field,
	const struct wire_nlri *n)
{
	r->pf = family_of(t->p, n);
	r->field = field;
	r->nlri = n;
	r->some = false;
	if (r->pf && go_on(t, field, n, &r->it))
		reach_next(r);
}

/* Also when the session is gone: then the message has come to its end. */
static bool reach_field(struct reach *r, struct turn *t, struct attrs *in)
{
	struct peer_family *pf = r->pf;
	bool is_up = true;
	struct import im;

	if (!r->some)
		return true;
	import_begin(&im, pf, in);
	while (r->some && is_up) {
		is_up = reach_batch(&im, &r->b);
		t->left -= (int)r->b.n;
		if (t->left <= 0)
			break;
		if (is_up)
			reach_next(r);
	}
	import_end(&im);
	if (!is_up)
		return true;
	limit_account(pf);
	return leave(t, r->field, r->nlri, &r->it);
}

/* Two waits for memory that overlap: for the places of the prefixes, and for those of the set. */
static bool reach_classic(struct turn *t, const struct wire_update *u,
	const struct attrs_section *sec)
{
	struct attrs_table *at = t->p->inst->e->attrs;
	struct attrs_key key;
	struct reach r;
	struct attrs *in;
	bool is_through;

	attrs_expect(at, &u->attrs, &key);
	reach_begin(&r, t, FIELD_REACH, &u->reach[0]);
	in = attrs_get_expected(at, &key);
	if (sec)
		attrs_cache_put(at, sec, in);
	is_through = reach_field(&r, t, in);
	attrs_unref(at, in);
	return is_through;
}

static bool reach_mp(struct turn *t, struct wire_update *u)
{
	struct attrs_table *at = t->p->inst->e->attrs;
	struct reach r;
	struct attrs *in;
	bool is_through;

	u->attrs.next_hop = u->mp_next_hop;
	u->attrs.next_hop_ll = u->mp_next_hop_ll;
	u->attrs.has |= WIRE_HAS_NEXT_HOP;
	reach_begin(&r, t, FIELD_REACH_MP, &u->reach[1]);
	in = attrs_get(at, &u->attrs);
	is_through = reach_field(&r, t, in);
	attrs_unref(at, in);
	return is_through;
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

/* Decoded; to be taken in. */
static bool apply(struct turn *t, struct wire_update *u, const struct attrs_section *sec,
	const struct wire_err *err)
{
	const bool is_sound = !u->has_mp && err->action == WIRE_ACTION_NONE;

	if (!withdraw_field(t, FIELD_WITHDRAWN, &u->withdrawn[0]) ||
		!withdraw_field(t, FIELD_WITHDRAWN_MP, &u->withdrawn[1]))
		return false;
	if (err->action >= WIRE_ACTION_WITHDRAW) /* RFC 7606 2: treat-as-withdraw */
		return withdraw_field(t, FIELD_REACH, &u->reach[0]) &&
			withdraw_field(t, FIELD_REACH_MP, &u->reach[1]);
	if (u->reach[0].o.len && !reach_classic(t, u, is_sound ? sec : NULL))
		return false;
	if (u->reach[1].o.len && !reach_mp(t, u))
		return false;
	if (u->end_of_rib >= 0)
		end_of_rib(t->p, (enum bgp_family)u->end_of_rib);
	return true;
}

/* The attributes were seen before: their set is at hand. */
static bool apply_cached(struct turn *t, const struct wire_update *u, struct attrs *in)
{
	struct attrs_table *at = t->p->inst->e->attrs;
	struct reach r;
	bool is_through;

	if (!withdraw_field(t, FIELD_WITHDRAWN, &u->withdrawn[0]))
		return false;
	(void)attrs_ref(in); /* the cache may let go of it while the prefixes are taken in */
	reach_begin(&r, t, FIELD_REACH, &u->reach[0]);
	is_through = reach_field(&r, t, in);
	attrs_unref(at, in);
	return is_through;
}

static bool is_begun(const struct update_mark *m)
{
	return m->field || m->octets;
}

static int end_turn(struct bgp_peer *p, bool is_through)
{
	if (!is_through)
		return -EAGAIN;
	p->mark = (struct update_mark){ 0 };
	return 0;
}

int peer_update(void *ctx, const uint8_t *msg, size_t len, struct wire_err *err)
{
	struct bgp_peer *p = ctx;
	struct bgp_engine *e = p->inst->e;
	struct turn t = { .p = p, .left = TURN_PREFIXES };
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
		if (err->action < WIRE_ACTION_WITHDRAW)
			return end_turn(p, apply_cached(&t, &u, known));
	} else if (wire_update_decode(&u, &p->ws, e->arena, err) < 0) {
		return -EBADMSG;
	}
	if (!is_begun(&p->mark))
		count_faults(p, err);
	return end_turn(p, apply(&t, &u, &sec, err));
}
