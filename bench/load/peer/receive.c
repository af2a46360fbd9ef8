/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: each prefix of each UPDATE is looked up and noted in the receiver's word for it.
 * This is the hot path of the tool, and it must be cheaper than the router's work on the same
 * prefix: prefixes are taken in runs, so that the misses of the lookups overlap. An UPDATE that is
 * malformed ends the program, for no figure of that run would count. */
#include "bench/load/blast.h"

enum {
	RUN = 64 /* prefixes whose lookups overlap */
};

/* Prefixes of an UPDATE. */
struct field {
	int af;
	const uint8_t *p, *end;
};

static void note_progress(struct receiver *r, uint64_t now)
{
	struct tally *t = &r->tally;
	uint64_t have = r->n_held, want = r->n_expected;
	bool done = r->n_held == r->n_expected;

	if (r->goal == GOAL_NONE)
		return;
	if (r->goal == GOAL_LEAVE) {
		have = r->n_leaving - r->held_via[r->leaving];
		want = r->n_leaving;
		done = done && !r->held_via[r->leaving];
	}
	while (r->n_deciles < DECILES && have * DECILES >= want * (uint64_t)(r->n_deciles + 1))
		t->decile_ns[r->n_deciles++] = now;
	if (!done)
		t->done_ns = 0;
	else if (!t->done_ns)
		t->done_ns = now;
}

static uint32_t us_between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (uint32_t)((to_ns - from_ns) / 1000) : 0;
}

/* An event of the churn has arrived when what came is of the event's kind. */
static void note_event(struct receiver *r, const struct churn *c, uint32_t id, bool held,
	uint64_t now)
{
	uint32_t event = __atomic_load_n(&c->event[id], __ATOMIC_ACQUIRE);

	if (!event || r->seen[id] == event)
		return;
	if (c->kind[id] != CHURN_EITHER && (c->kind[id] == CHURN_ANNOUNCE) != held)
		return;
	r->seen[id] = event;
	r->n_unstamped += !r->arrived_ns;
	r->sample[r->n_samples++] = (struct sample){ us_between(c->due_ns[id], now),
		us_between(c->from_ns[id], r->arrived_ns ? r->arrived_ns : now) };
}

static inline void apply(struct receiver *r, const struct churn *c, uint32_t id, uint64_t held,
	uint64_t now)
{
	uint64_t old = r->held[id];

	r->held[id] = held;
	if (old)
		r->held_via[held_sender(old)]--;
	if (held) {
		r->held_via[held_sender(held)]++;
		if (old)
			r->tally.replaced++;
		else
			r->n_held++;
	} else if (old) {
		r->n_held--;
	}
	if (__atomic_load_n(&c->on, __ATOMIC_ACQUIRE) && r->seen)
		note_event(r, c, id, held, now);
}

/* The next prefix: octets after its length are put at addr, which is zero. Returns the length or
 * -1 when it is malformed. */
static inline int take_prefix(struct field *f, uint8_t *addr, int longest)
{
	int len = f->p[0], n = (len + 7) >> 3;

	if (len > longest || f->p + 1 + n > f->end)
		return -1;
	for (int i = 0; i < n; i++)
		addr[i] = f->p[1 + i];
	f->p += 1 + n;
	return len;
}

/* A run of prefixes as ids; returns how many or -1. First the places of all short ones are fetched,
 * then they are looked up, and what the receiver holds of them is fetched. */
static inline int take_run4(const struct table *t, const struct receiver *r, struct field *f,
	uint32_t id[RUN])
{
	uint32_t bit[RUN]; /* 0: a long one */
	int n = 0;

	for (; f->p < f->end && n < RUN; n++) {
		uint8_t addr[4] = { 0 };
		int len = take_prefix(f, addr, 32);

		if (len < 0)
			return -1;
		if (len <= TABLE_SHORT_LEN) {
			bit[n] = table_short_bit(addr, len);
			table_short_prefetch(t, bit[n]);
		} else {
			bit[n] = 0;
			id[n] = table_find_long(t, 4, addr, len);
		}
	}
	for (int i = 0; i < n; i++) {
		if (bit[i])
			id[i] = table_find_short(t, bit[i]);
		if (id[i] != TABLE_NONE)
			__builtin_prefetch(&r->held[id[i]], 1);
	}
	return n;
}

static inline int take_run6(const struct table *t, struct field *f, uint32_t id[RUN])
{
	int n = 0;

	for (; f->p < f->end && n < RUN; n++) {
		uint8_t addr[16] = { 0 };
		int len = take_prefix(f, addr, 128);

		if (len < 0)
			return -1;
		id[n] = table_find_long(t, 6, addr, len);
	}
	return n;
}

/* Notes the same for all prefixes of a field: what is held, 0 for withdrawn. Returns false when
 * it is malformed. */
static bool take_field(struct session *s, struct field f, uint64_t held, uint64_t now)
{
	const struct blast *b = s->blast;
	struct receiver *r = s->receiver;
	uint64_t *count = held ? &r->tally.announced : &r->tally.withdrawn;
	uint32_t id[RUN];

	while (f.p < f.end) {
		int n = f.af == 4 ? take_run4(&b->table, r, &f, id) : take_run6(&b->table, &f, id);

		if (n < 0)
			return false;
		*count += n;
		for (int i = 0; i < n; i++) {
			if (id[i] == TABLE_NONE)
				r->tally.unknown++;
			else
				apply(r, &b->churn, id[i], held, now);
		}
	}
	return true;
}

/* What the attributes of an UPDATE say. */
struct heard {
	const uint8_t *reach; /* MP_REACH or NULL */
	int reach_len;
	uint64_t others; /* sum of hashes */
	uint32_t path_hash;
	int via; /* sender by the AS path, -1: none of ours */
};

/* The path must begin with the DUT's AS, if it prepends one, and the sender's. */
static void hear_path(const struct blast *b, struct heard *h, const uint8_t *v, int n)
{
	const struct options *o = &b->opt;
	int ours = o->transparent ? 1 : 2;
	uint32_t sender;

	if (n < 2 + 4 * ours || v[0] != AS_SEQUENCE || v[1] < ours)
		return;
	if (!o->transparent && b->dut_as && get32(v + 2) != b->dut_as)
		return;
	sender = get32(v + 2 + 4 * (ours - 1)) - o->sender_as;
	if (sender < (uint32_t)o->senders)
		h->via = sender;
	h->path_hash = attr_path_hash(v, n, ours);
}

static bool take_unreach(struct session *s, const uint8_t *v, int n, uint64_t now)
{
	struct field f = { 6, v + 3, v + n };

	if (n < 3)
		return false;
	if (get16(v) == AFI_IPV4)
		f.af = 4;
	else if (get16(v) != AFI_IPV6)
		return true;
	return take_field(s, f, 0, now);
}

static bool hear_attrs(struct session *s, struct heard *h, const uint8_t *p, const uint8_t *end,
	uint64_t now)
{
	while (p < end) {
		int head = p[0] & ATTR_EXTENDED ? 4 : 3, type, n;
		const uint8_t *v = p + head;

		if (v > end)
			return false;
		type = p[1];
		n = head == 4 ? get16(p + 2) : p[2];
		if (v + n > end)
			return false;
		if (type == ATTR_ORIGIN || attr_is_checked(type)) {
			h->others += attr_hash(type, v, n);
		} else if (type == ATTR_AS_PATH) {
			hear_path(s->blast, h, v, n);
		} else if (type == ATTR_MP_REACH) {
			h->reach = v;
			h->reach_len = n;
		} else if (type == ATTR_MP_UNREACH && !take_unreach(s, v, n, now)) {
			return false;
		}
		p = v + n;
	}
	return true;
}

static bool take_reach(struct session *s, const struct heard *h, uint64_t held, uint64_t now)
{
	const uint8_t *v = h->reach;
	struct field f;

	if (h->reach_len < 5 || 5 + v[3] > h->reach_len)
		return false;
	f.af = get16(v) == AFI_IPV6 ? 6 : 4;
	f.p = v + 5 + v[3];
	f.end = v + h->reach_len;
	return take_field(s, f, held, now);
}

/* What all routes of an UPDATE with these attributes are noted as. */
static uint64_t judge(struct session *s, const struct heard *h)
{
	struct tally *t = &s->receiver->tally;

	if (h->via < 0) {
		t->bad_path++;
		/* counted apart, never valid */
		return held_pack(s->blast->opt.senders, h->path_hash, attr_hash_fold(h->others));
	}
	if (h->via == s->sender) {
		/* Its own route sent back: a peer would drop it as a loop of ASes (RFC 4271
		 * 9.1.2), and it replaces whatever was there. */
		t->own++;
		return 0;
	}
	return held_pack(h->via, h->path_hash, attr_hash_fold(h->others));
}

/* Returns false when the UPDATE is malformed. */
static bool take_update(struct session *s, const uint8_t *m, int len, uint64_t now)
{
	struct heard h = { .via = -1 };
	struct field withdrawn = { 4, m + 21, NULL }, announced = { 4, NULL, m + len };
	struct tally *t = &s->receiver->tally;
	const uint8_t *attrs;
	uint64_t held;

	if (len < 23)
		return false;
	withdrawn.end = withdrawn.p + get16(m + 19);
	attrs = withdrawn.end + 2;
	if (attrs > announced.end)
		return false;
	announced.p = attrs + get16(attrs - 2);
	if (announced.p > announced.end)
		return false;
	if (len == 23)
		return true; /* End-of-RIB */
	if (!t->first_ns)
		t->first_ns = now;
	t->last_ns = now;
	if (!take_field(s, withdrawn, 0, now) || !hear_attrs(s, &h, attrs, announced.p, now))
		return false;
	if (announced.p < announced.end || h.reach) {
		held = judge(s, &h);
		if (!take_field(s, announced, held, now))
			return false;
		if (h.reach && !take_reach(s, &h, held, now))
			return false;
	}
	note_progress(s->receiver, now);
	return true;
}

void receive_update(struct session *s, const uint8_t *m, int len, uint64_t now)
{
	if (!take_update(s, m, len, now))
		die("malformed UPDATE on session %d", s->number);
}
