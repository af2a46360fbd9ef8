/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/check.h"

#include "lib/base/compiler.h"

const char *health_state_name(enum health_state s)
{
	static const char *const names[HEALTH_STATES] = {
		[HEALTH_UNKNOWN] = "unknown",
		[HEALTH_ALIVE] = "alive",
		[HEALTH_NOISY] = "noisy",
		[HEALTH_DEAD] = "dead",
	};

	return names[s];
}

const char *health_cause_name(enum health_cause c)
{
	static const char *const names[HEALTH_CAUSES] = {
		[HEALTH_CAUSE_NONE] = "",
		[HEALTH_CAUSE_ANSWERS] = "answers",
		[HEALTH_CAUSE_PROBES_LOST] = "probes-lost",
		[HEALTH_CAUSE_SILENCE] = "silence",
		[HEALTH_CAUSE_BGP_ENDED] = "bgp-ended",
		[HEALTH_CAUSE_TRAFFIC] = "traffic",
		[HEALTH_CAUSE_BEFORE] = "before-restart",
	};

	return names[c];
}

static void become(struct health_check *c, enum health_state s, enum health_cause why,
	struct mono now)
{
	if (c->state == s) {
		/* What is found anew needs no older reason. */
		c->cause = c->cause == HEALTH_CAUSE_BEFORE ? why : c->cause;
		return;
	}
	c->cause = why;
	c->deaths += s == HEALTH_DEAD;
	c->state = s;
	c->since = now;
	if (s != HEALTH_NOISY)
		c->slower = 1;
}

void health_begin(struct health_check *c, const struct health_conf *conf, struct mono now)
{
	/* conf may be that of c itself. */
	*c = (struct health_check){ .conf = *conf, .since = now, .slower = 1 };
}

void health_recall(struct health_check *c)
{
	c->state = HEALTH_DEAD;
	c->cause = HEALTH_CAUSE_BEFORE;
}

/* Packets beside the answers: an answer proves itself. */
static void listen(struct health_check *c, struct mono now, const struct health_evidence *e)
{
	if (c->sent != 0 && e->rx_packets > c->rx_packets + c->rx_answers)
		c->heard_at = now;
	/* A counter that went back belongs to a device made anew: it says nothing this time. */
	c->rx_packets = e->rx_packets;
	c->rx_answers = 0;
	c->bgp_ended |= e->bgp_ended;
}

/* Nothing heard for as long as threshold probes take; half of one for timers that are late. */
static bool is_silent(const struct health_check *c, struct mono now)
{
	const int64_t probes_us = (int64_t)c->conf.interval_ms * 1000;

	return mono_sub_us(now, c->heard_at) >= probes_us * c->conf.threshold - probes_us / 2;
}

static void judge_losses(struct health_check *c, struct mono now)
{
	if (c->lost_row < c->conf.threshold)
		return;
	if (c->conf.probes_only) {
		become(c, HEALTH_DEAD, HEALTH_CAUSE_PROBES_LOST, now);
	} else if (c->bgp_ended) {
		become(c, HEALTH_DEAD, HEALTH_CAUSE_BGP_ENDED, now);
	} else if (is_silent(c, now)) {
		become(c, HEALTH_DEAD, HEALTH_CAUSE_SILENCE, now);
	} else if (c->state == HEALTH_ALIVE || c->state == HEALTH_NOISY) {
		become(c, HEALTH_NOISY, HEALTH_CAUSE_TRAFFIC, now);
		if (c->slower < HEALTH_SLOWER)
			c->slower *= 2;
	}
}

int64_t health_probe(struct health_check *c, struct mono now, const struct health_evidence *e)
{
	listen(c, now, e);
	if (c->sent != 0 && c->open & 1) {
		c->lost++;
		c->lost_row++;
		c->answered_row = 0;
		judge_losses(c, now);
	}
	c->sequence++;
	c->open = c->open << 1 | 1;
	c->sent_at[c->sequence % HEALTH_MAX_LOSSES] = now;
	c->sent++;
	return (int64_t)c->conf.interval_ms * 1000 * c->slower;
}

static void measure(struct health_check *c, uint32_t rtt_us)
{
	c->rtt_us = rtt_us;
	if (c->answered == 0 || rtt_us < c->rtt_min_us)
		c->rtt_min_us = rtt_us;
	if (rtt_us > c->rtt_max_us)
		c->rtt_max_us = rtt_us;
}

bool health_answer(struct health_check *c, struct mono now, uint16_t sequence)
{
	const uint16_t back = (uint16_t)(c->sequence - sequence);

	c->rx_answers++;
	if (back >= HEALTH_MAX_LOSSES || back >= c->sent || !(c->open >> back & 1))
		return false;
	c->open &= ~(1u << back);
	/* One that was judged lost has come after all: slow, not lost. */
	if (back > 0)
		c->lost--;
	measure(c, (uint32_t)mono_sub_us(now, c->sent_at[sequence % HEALTH_MAX_LOSSES]));
	c->answered++;
	c->lost_row = 0;
	c->bgp_ended = false;
	c->answered_row++;
	if (c->state == HEALTH_UNKNOWN || c->answered_row >= HEALTH_RECOVER)
		become(c, HEALTH_ALIVE, HEALTH_CAUSE_ANSWERS, now);
	return true;
}
