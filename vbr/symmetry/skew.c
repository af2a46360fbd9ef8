/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/symmetry/skew.h"

#include "lib/base/compiler.h"

#define LEAST_PACKETS 16 /* samples each way: with fewer, chance alone makes shares of a half */
#define BEGINS        50 /* percent */
#define ENDS          25
#define GIVE_UP       12 /* windows without traffic worth the name */

static uint64_t sum_bytes(const struct tally_block *b, enum tally_way w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < TALLY_VBRS; i++)
		n += b->vbr[i].bytes[w];
	return n;
}

static uint64_t sum_packets(const struct tally_block *b, enum tally_way w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < TALLY_VBRS; i++)
		n += b->vbr[i].packets[w];
	return n;
}

struct skew_measure skew_measure(const struct tally_block *b)
{
	const double out = (double)sum_bytes(b, TALLY_OUT);
	const double in = (double)sum_bytes(b, TALLY_IN);
	struct skew_measure m = { 0 };
	double most_out = 0;
	double most_in = 0;
	double moved = 0;

	m.is_clear = sum_packets(b, TALLY_OUT) >= LEAST_PACKETS &&
		sum_packets(b, TALLY_IN) >= LEAST_PACKETS && out > 0 && in > 0;
	for (uint8_t i = 0; m.is_clear && i < TALLY_VBRS; i++) {
		const double d = (double)b->vbr[i].bytes[TALLY_OUT] / out -
			(double)b->vbr[i].bytes[TALLY_IN] / in;

		moved += d > 0 ? d : 0;
		if (d > most_out) {
			most_out = d;
			m.out = i;
		}
		if (-d > most_in) {
			most_in = -d;
			m.in = i;
		}
	}
	m.percent = (uint8_t)(moved * 100 + 0.5);
	return m;
}

/* By what a window showed: nothing, even, between the marks, skewed. */
enum sight {
	SIGHT_UNCLEAR,
	SIGHT_EVEN,
	SIGHT_BETWEEN,
	SIGHT_SKEWED,
	SIGHTS
};

struct move {
	enum skew_state to;
	enum skew_news news;
};

/* clang-format off */
static const struct move moves[SKEW_STATES][SIGHTS] = {
	[SKEW_EVEN] = {
		[SIGHT_UNCLEAR] = { SKEW_EVEN,    SKEW_NEWS_NONE },
		[SIGHT_EVEN]    = { SKEW_EVEN,    SKEW_NEWS_NONE },
		[SIGHT_BETWEEN] = { SKEW_EVEN,    SKEW_NEWS_NONE },
		[SIGHT_SKEWED]  = { SKEW_SUSPECT, SKEW_NEWS_NONE },
	},
	[SKEW_SUSPECT] = {
		[SIGHT_UNCLEAR] = { SKEW_SUSPECT, SKEW_NEWS_NONE },
		[SIGHT_EVEN]    = { SKEW_EVEN,    SKEW_NEWS_NONE },
		[SIGHT_BETWEEN] = { SKEW_EVEN,    SKEW_NEWS_NONE },
		[SIGHT_SKEWED]  = { SKEW_SKEWED,  SKEW_NEWS_BEGAN },
	},
	[SKEW_SKEWED] = {
		[SIGHT_UNCLEAR] = { SKEW_SKEWED,  SKEW_NEWS_NONE },
		[SIGHT_EVEN]    = { SKEW_EASING,  SKEW_NEWS_NONE },
		[SIGHT_BETWEEN] = { SKEW_SKEWED,  SKEW_NEWS_NONE },
		[SIGHT_SKEWED]  = { SKEW_SKEWED,  SKEW_NEWS_NONE },
	},
	[SKEW_EASING] = {
		[SIGHT_UNCLEAR] = { SKEW_EASING,  SKEW_NEWS_NONE },
		[SIGHT_EVEN]    = { SKEW_EVEN,    SKEW_NEWS_ENDED },
		[SIGHT_BETWEEN] = { SKEW_SKEWED,  SKEW_NEWS_NONE },
		[SIGHT_SKEWED]  = { SKEW_SKEWED,  SKEW_NEWS_NONE },
	},
};
/* clang-format on */

static enum sight sight_of(const struct skew_measure *m)
{
	if (!m->is_clear)
		return SIGHT_UNCLEAR;
	if (m->percent >= BEGINS)
		return SIGHT_SKEWED;
	return m->percent < ENDS ? SIGHT_EVEN : SIGHT_BETWEEN;
}

enum skew_news skew_step(struct skew *s, const struct skew_measure *m)
{
	const enum sight sight = sight_of(m);
	const struct move *move = &moves[s->state][sight];
	const bool was_told = skew_is_told(s);

	s->state = move->to;
	s->unclear = (uint8_t)(m->is_clear ? 0 : s->unclear + 1);
	if (sight == SIGHT_BETWEEN || sight == SIGHT_SKEWED)
		s->last = *m;
	if (s->unclear < GIVE_UP)
		return move->news;
	*s = (struct skew){ .last = s->last };
	return was_told ? SKEW_NEWS_ENDED : SKEW_NEWS_NONE;
}
