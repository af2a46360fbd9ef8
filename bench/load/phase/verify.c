/* SPDX-License-Identifier: Apache-2.0 */
/* What every receiver should hold after a phase, against what it holds: a naive model of the DUT.
 * A route may come from any sender whose path is as good as the best; which of these the DUT
 * prefers is not judged. */
#include "bench/load/blast.h"

/* The first sender that may have the prefix, and the one after the last. */
static void owners(const struct blast *b, uint32_t id, int *first, int *end)
{
	*first = 0;
	*end = b->opt.senders;
	if (b->opt.disjoint) {
		*first = (int)(b->table.position[id] / (b->table.n_prefixes / b->opt.senders));
		*end = *first < *end ? *first + 1 : *first;
	}
}

static bool announces(const struct blast *b, int sender, uint32_t id)
{
	const struct churn *c = &b->churn;
	int first, end;

	if (!b->announcing[sender] || (c->event && sender == c->sender && c->gone[id]))
		return false;
	owners(b, id, &first, &end);
	return sender >= first && sender < end;
}

static bool prepends(const struct blast *b, int sender, uint32_t id)
{
	return b->churn.event && sender == b->churn.sender && b->churn.prepends[id];
}

static const struct attrs *attrs_of(const struct blast *b, int sender, uint32_t id)
{
	return &b->table.attrs[setup_attrs(b, sender, b->table.prefix[id].attrs)];
}

/* Less is better: length of the path, then origin (RFC 4271 9.1.2.2 a, b). */
static uint32_t rank(const struct blast *b, int sender, uint32_t id)
{
	const struct attrs *a = attrs_of(b, sender, id);

	return (uint32_t)(a->hops + prepends(b, sender, id)) * 4 + a->origin;
}

/* Rank of the best that the session may get; false when it may get none. */
static bool find_best(const struct session *s, uint32_t id, uint32_t *best)
{
	const struct blast *b = s->blast;
	bool found = false;
	int k, end;

	*best = ~0u;
	for (owners(b, id, &k, &end); k < end; k++) {
		uint32_t x;

		if (k == s->sender || !announces(b, k, id))
			continue;
		found = true;
		x = rank(b, k, id);
		if (x < *best)
			*best = x;
		if (!b->opt.diverse && !b->churn.event)
			break; /* all are equal */
	}
	return found;
}

static uint32_t path_hash(const struct blast *b, int sender, uint32_t id)
{
	const struct attrs *a = attrs_of(b, sender, id);
	uint8_t path[4200];

	if (!prepends(b, sender, id))
		return a->path_hash;
	return attr_path_hash(path, attr_prepend(&b->table, a, b->opt.sender_as + sender, 1, path),
		0);
}

static void verify_prefix(const struct session *s, uint32_t id, struct faults *f)
{
	const struct blast *b = s->blast;
	uint64_t held = s->receiver->held[id];
	int via = held_sender(held);
	uint32_t best;
	bool expected = find_best(s, id, &best);

	if (!held) {
		/* a sender whose own path is the best gets none */
		f->missing += expected && !(s->sender >= 0 && !b->opt.disjoint);
	} else if (!expected) {
		f->extra++;
	} else if (via >= b->opt.senders || via == s->sender || !announces(b, via, id)) {
		f->wrong_via++;
	} else {
		f->path += path_hash(b, via, id) != held_path_hash(held);
		f->attr += attrs_of(b, via, id)->other_hash != held_other_hash(held);
		if (s->sender < 0)
			f->not_best += rank(b, via, id) != best;
	}
}

void verify_session(const struct session *s, struct faults *f)
{
	for (uint32_t id = 0; id < s->blast->table.n_prefixes; id++)
		verify_prefix(s, id, f);
}
