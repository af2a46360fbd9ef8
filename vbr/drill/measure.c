/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/drill/measure.h"

#include <string.h>

#define FEW_OCTETS 32 /* a look: a probe is more */

void measure_init(struct measure *m, struct mono now)
{
	memset(m, 0, sizeof(*m));
	for (int i = 0; i < MEASURE_PARTS; i++)
		m->of[i].moved_us = m->of[i].traffic_us = MEASURE_NEVER;
	m->way = MEASURE_NO_WAY;
	m->begun = now;
}

void measure_begin(struct measure *m, enum measure_part part, struct mono now)
{
	m->part = part;
	m->begun = now;
	m->way_was = m->way;
}

void measure_route(struct measure *m, enum measure_way way, struct mono now)
{
	struct measure_result *r = &m->of[m->part];

	if (way != m->way)
		r->moved_us = way == m->way_was ? MEASURE_NEVER : mono_sub_us(now, m->begun);
	m->way = way;
}

/* Settling */

static void open_gap(struct measure *m, const struct measure_probe *p)
{
	if (m->is_gap)
		return;
	m->is_gap = true;
	m->gap_from = p->sent;
	m->gap_part = (enum measure_part)p->part;
}

static void close_gap(struct measure *m, struct mono at)
{
	const int64_t us = mono_sub_us(at, m->gap_from);

	if (m->is_gap && us > m->of[m->gap_part].outage_us)
		m->of[m->gap_part].outage_us = us;
	m->is_gap = false;
}

static void settle_one(struct measure *m, const struct measure_probe *p)
{
	struct measure_result *r = &m->of[p->part];

	r->sent++;
	if (!p->is_answered) {
		r->lost++;
		open_gap(m, p);
		return;
	}
	r->answered++;
	r->crossed += p->is_crossed;
	close_gap(m, p->sent);
}

static void settle(struct measure *m, struct mono now, int64_t timeout_us)
{
	for (; m->first != m->next; m->first++) {
		const struct measure_probe *p = &m->ring[m->first % MEASURE_RING];

		if (!p->is_answered && mono_sub_us(now, p->sent) < timeout_us)
			return;
		settle_one(m, p);
	}
}

uint16_t measure_send(struct measure *m, struct mono now)
{
	struct measure_probe *p;

	settle(m, now, MEASURE_TIMEOUT_US);
	/* Who sends faster than agreed loses the oldest, and is told so by the count. */
	if ((uint16_t)(m->next - m->first) == MEASURE_RING)
		settle_one(m, &m->ring[m->first++ % MEASURE_RING]);
	p = &m->ring[m->next % MEASURE_RING];
	*p = (struct measure_probe){
		.sent = now,
		.way = (uint8_t)m->way,
		.part = (uint8_t)m->part,
	};
	return m->next++;
}

bool measure_answer(struct measure *m, uint16_t sequence, enum measure_way by, struct mono now)
{
	struct measure_probe *p = &m->ring[sequence % MEASURE_RING];

	if ((uint16_t)(sequence - m->first) >= (uint16_t)(m->next - m->first) || p->is_answered ||
		mono_sub_us(now, p->sent) >= MEASURE_TIMEOUT_US)
		return false;
	p->is_answered = true;
	p->is_crossed = by != (enum measure_way)p->way;
	settle(m, now, MEASURE_TIMEOUT_US);
	return true;
}

void measure_finish(struct measure *m, struct mono now)
{
	settle(m, now, MEASURE_TIMEOUT_US);
	for (; m->first != m->next; m->first++)
		if (m->ring[m->first % MEASURE_RING].is_answered)
			settle_one(m, &m->ring[m->first % MEASURE_RING]);
	close_gap(m, now);
}

/* Counters */

/* A device that was made anew counts from zero. */
static uint64_t grown(uint64_t was, uint64_t is)
{
	return is >= was ? is - was : is;
}

void measure_count(struct measure *m, const struct measure_counters *c, struct mono now)
{
	struct measure_result *r = &m->of[m->part];
	const struct measure_counters was = m->counters;
	uint64_t out[2];
	uint64_t in[2];
	int carrier;

	m->counters = *c;
	if (!m->has_counters) {
		m->has_counters = true;
		return;
	}
	for (int i = 0; i < 2; i++) {
		out[i] = grown(was.out[i], c->out[i]);
		in[i] = grown(was.in[i], c->in[i]);
	}
	carrier = out[MEASURE_OTHER] > out[MEASURE_TARGET] ? MEASURE_OTHER : MEASURE_TARGET;
	if (out[carrier] < FEW_OCTETS)
		return;
	r->in += in[0] + in[1];
	r->in_strange += in[1 - carrier];
	/* Of what is on its way back, the way home is the target's. */
	if (r->traffic_us == MEASURE_NEVER &&
		carrier == (m->part == MEASURE_BACK ? MEASURE_TARGET : MEASURE_OTHER))
		r->traffic_us = mono_sub_us(now, m->begun);
}

enum measure_way measure_way(const struct measure *m)
{
	return m->way;
}
