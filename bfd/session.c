/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time is two deadlines: the next packet of ours, and the end of the detection time. Everything
 * that changes an interval moves them; the owner asks for the earlier one after each call.
 *
 * What we say (desired, required) and what we do (used) differ only during a poll sequence: a
 * slower transmission and a shorter detection time begin when the neighbour has confirmed that it
 * knows them. So timers change without a flap.
 *
 * A sequence number that a neighbour has used is forgotten after twice the detection time of
 * silence, so one that has lost its state is heard again.
 */
#include "bfd/session.h"

#include <assert.h>
#include <string.h>

#include "lib/base/compiler.h"

#define NEVER INT64_MAX

/* RFC 5880 6.2, 6.8.6 */
enum bfd_state bfd_session_next(enum bfd_state now, enum bfd_state heard)
{
	enum {
		A = BFD_STATE_ADMIN_DOWN,
		D = BFD_STATE_DOWN,
		I = BFD_STATE_INIT,
		U = BFD_STATE_UP
	};
	static const uint8_t table[BFD_STATE_COUNT][BFD_STATE_COUNT] = {
		/* heard:  A  D  I  U */
		[A] = { A, A, A, A },
		[D] = { D, I, U, D },
		[I] = { D, I, U, U },
		[U] = { D, D, U, U },
	};

	return table[now][heard];
}

static uint32_t greater(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Timers */

uint32_t bfd_session_tx_interval_us(const struct bfd_session *s)
{
	/* RFC 5880 6.8.7: it wants none, or asks for silence and both are up */
	if (s->remote_min_rx_us == 0)
		return 0;
	if (s->remote_demand && s->state == BFD_STATE_UP && s->remote_state == BFD_STATE_UP &&
		!s->polling)
		return 0;
	return greater(s->tx_used_us, s->remote_min_rx_us);
}

uint64_t bfd_session_detect_us(const struct bfd_session *s)
{
	return (uint64_t)s->remote_multiplier * greater(s->rx_used_us, s->remote_min_tx_us);
}

/* RFC 5880 6.8.7: 75 to 100 percent; to 90 where one lost packet is the end. */
static int64_t jitter(struct bfd_session *s, uint32_t interval)
{
	const uint32_t least = s->conf.multiplier == 1 ? interval / 10 : 0;
	const uint32_t most = interval / 4;

	return interval - least - s->random(s->random_ctx) % (most - least + 1);
}

static void schedule(struct bfd_session *s, struct mono now)
{
	const uint32_t interval = bfd_session_tx_interval_us(s);
	struct mono at;

	if (interval == 0) {
		s->next_tx.us = NEVER;
		return;
	}
	at = s->last_tx.us == 0 ? now : mono_add_us(s->last_tx, jitter(s, interval));
	s->next_tx = mono_is_before(at, now) ? now : at;
}

static void watch(struct bfd_session *s)
{
	s->detect_at.us = s->has_heard ? s->last_rx.us + (int64_t)bfd_session_detect_us(s) : NEVER;
}

/* What we say has changed: RFC 5880 6.8.3. Whom we do not know cannot confirm. */
static void begin_poll(struct bfd_session *s)
{
	s->poll_again = s->polling;
	s->polling = s->remote_discr != 0;
}

static void end_poll(struct bfd_session *s)
{
	s->polling = s->poll_again;
	s->poll_again = false;
	if (s->polling)
		return;
	s->tx_used_us = s->desired_min_tx_us;
	s->rx_used_us = s->required_min_rx_us;
}

static void set_intervals(struct bfd_session *s, struct mono now)
{
	const bool up = s->state == BFD_STATE_UP;
	const uint32_t tx = up ? s->conf.min_tx_us : greater(s->conf.min_tx_us, BFD_SLOW_US);
	const uint32_t rx = s->conf.min_rx_us;
	const bool changed = tx != s->desired_min_tx_us || rx != s->required_min_rx_us;

	s->desired_min_tx_us = tx;
	s->required_min_rx_us = rx;
	if (!up || tx < s->tx_used_us)
		s->tx_used_us = tx;
	if (!up || rx > s->rx_used_us)
		s->rx_used_us = rx;
	if (changed)
		begin_poll(s);
	schedule(s, now);
	watch(s);
}

/* State */

static void enter(struct bfd_session *s, enum bfd_state to, uint8_t diag, struct mono now)
{
	const enum bfd_state from = s->state;

	if (from == to)
		return;
	s->state = to;
	s->since = now;
	s->changes++;
	if (from == BFD_STATE_UP) {
		s->down_diag = diag;
		s->down_by_neighbor = diag == BFD_DIAG_NEIGHBOR_DOWN &&
			s->remote_state == BFD_STATE_ADMIN_DOWN;
		s->stats.downs += to != BFD_STATE_ADMIN_DOWN;
		s->stats.deaths += to != BFD_STATE_ADMIN_DOWN && !s->down_by_neighbor;
	}
	/* RFC 5880 6.8.1: it tells the reason of the last change from up, until it is up again */
	if (to == BFD_STATE_UP || diag != BFD_DIAG_NONE)
		s->diag = diag;
	if (to == BFD_STATE_UP) {
		s->stats.rx_gap_max_us = 0;
		s->stats.rx_gap_avg_us = 0;
		s->stats.tx_late_max_us = 0;
	}
	set_intervals(s, now);
	/* RFC 5880 6.8.7: what differs from the last packet is said at once */
	if (s->next_tx.us != NEVER)
		s->next_tx = now;
}

void bfd_session_init(struct bfd_session *s, uint32_t discr, uint32_t (*random)(void *ctx),
	void *random_ctx)
{
	assert(discr != 0);
	*s = (struct bfd_session){
		.random = random,
		.random_ctx = random_ctx,
		.state = BFD_STATE_DOWN,
		.remote_state = BFD_STATE_DOWN,
		.discr = discr,
		.remote_min_rx_us = 1, /* RFC 5880 6.8.1 */
		.next_tx.us = NEVER,
		.detect_at.us = NEVER,
		.auth.xmit_seq = random(random_ctx),
	};
}

void bfd_session_reconf(struct bfd_session *s, const struct bfd_session_conf *conf, struct mono now)
{
	/* another key counts its packets anew */
	if (memcmp(&s->conf.key, &conf->key, sizeof(conf->key)) != 0)
		s->auth.known = false;
	s->conf = *conf;
	if (s->since.us == 0)
		s->since = now;
	if (conf->admin_down && s->state != BFD_STATE_ADMIN_DOWN)
		enter(s, BFD_STATE_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN, now);
	else if (!conf->admin_down && s->state == BFD_STATE_ADMIN_DOWN)
		enter(s, BFD_STATE_DOWN, BFD_DIAG_NONE, now);
	else
		set_intervals(s, now);
}

/* Receiving */

static void measure(struct bfd_session *s, struct mono now)
{
	int64_t gap = mono_sub_us(now, s->last_rx);

	if (s->state != BFD_STATE_UP || !s->has_heard || gap < 0)
		return;
	if (gap > UINT32_MAX)
		gap = UINT32_MAX;
	s->stats.rx_gap_max_us = greater(s->stats.rx_gap_max_us, (uint32_t)gap);
	s->stats.rx_gap_avg_us = s->stats.rx_gap_avg_us == 0 ?
		(uint32_t)gap :
		(uint32_t)(((uint64_t)s->stats.rx_gap_avg_us * 15 + (uint64_t)gap) / 16);
}

/* RFC 5880 6.8.6, after authentication. */
static void take(struct bfd_session *s, const struct bfd_packet *d, struct mono now)
{
	enum bfd_state to;

	measure(s, now);
	s->has_heard = true;
	s->last_rx = now;
	s->stats.in++;
	s->remote_discr = d->my_discr;
	s->remote_state = d->state;
	s->remote_diag = d->diag;
	s->remote_demand = d->demand;
	s->remote_min_rx_us = d->required_min_rx_us;
	s->remote_min_tx_us = d->desired_min_tx_us;
	s->remote_multiplier = d->multiplier;
	if (d->state == BFD_STATE_UP)
		s->remote_independent = d->independent;
	if (s->polling && d->final)
		end_poll(s);
	watch(s);
	/* RFC 5880 6.8.6: whom the operator has switched off answers no poll */
	if (s->state == BFD_STATE_ADMIN_DOWN)
		return;
	to = bfd_session_next(s->state, d->state);
	enter(s, to, to == BFD_STATE_DOWN ? BFD_DIAG_NEIGHBOR_DOWN : BFD_DIAG_NONE, now);
	s->want_final |= d->poll;
}

enum bfd_drop bfd_session_receive(struct bfd_session *s, const uint8_t *p,
	const struct bfd_packet *d, struct mono now)
{
	const uint32_t before = bfd_session_tx_interval_us(s);
	enum bfd_drop drop;

	/* RFC 5880 6.8.1: twice the detection time without a packet */
	if (mono_sub_us(now, s->last_rx) > 2 * (int64_t)bfd_session_detect_us(s))
		s->auth.known = false;
	drop = bfd_auth_check(&s->conf.key, &s->auth, p, d, s->conf.multiplier);
	if (drop != BFD_DROP_NONE) {
		s->stats.dropped[drop]++;
		return drop;
	}
	take(s, d, now);
	if (bfd_session_tx_interval_us(s) != before && s->next_tx.us != now.us)
		schedule(s, now);
	return BFD_DROP_NONE;
}

bool bfd_session_is_expired(const struct bfd_session *s, struct mono now)
{
	return s->detect_at.us != NEVER && !mono_is_before(now, s->detect_at);
}

void bfd_session_expire(struct bfd_session *s, struct mono now)
{
	s->has_heard = false;
	s->detect_at.us = NEVER;
	/* RFC 5880 6.8.1 */
	s->remote_discr = 0;
	s->polling = s->poll_again = false;
	s->remote_demand = false;
	s->remote_min_rx_us = greater(s->remote_min_rx_us, 1);
	if (s->state == BFD_STATE_INIT || s->state == BFD_STATE_UP)
		enter(s, BFD_STATE_DOWN, BFD_DIAG_EXPIRED, now);
	else
		set_intervals(s, now);
	s->remote_state = BFD_STATE_DOWN;
}

/* Sending */

bool bfd_session_wants_send(const struct bfd_session *s, struct mono now)
{
	return s->next_tx.us != NEVER && !mono_is_before(now, s->next_tx);
}

static void note_sent(struct bfd_session *s, struct mono now)
{
	const int64_t late = mono_sub_us(now, s->next_tx);

	if (s->state == BFD_STATE_UP && late > s->stats.tx_late_max_us)
		s->stats.tx_late_max_us = late > UINT32_MAX ? UINT32_MAX : (uint32_t)late;
	s->last_tx = now;
}

size_t bfd_session_emit(struct bfd_session *s, uint8_t dst[BFD_PACKET_MAX], struct mono now)
{
	const bool final = s->want_final;
	const uint8_t len = (uint8_t)(BFD_HEADER_LEN + bfd_auth_len(&s->conf.key));
	const struct bfd_packet d = {
		.diag = s->diag,
		.state = (uint8_t)s->state,
		.poll = s->polling && !final,
		.final = final,
		.has_auth = s->conf.key.type != BFD_AUTH_NONE,
		.multiplier = s->conf.multiplier,
		.len = len,
		.my_discr = s->discr,
		.your_discr = s->remote_discr,
		.desired_min_tx_us = s->desired_min_tx_us,
		.required_min_rx_us = s->required_min_rx_us,
	};
	int ret = 0;

	s->want_final = false;
	bfd_packet_encode(&d, dst);
	if (d.has_auth)
		ret = bfd_auth_sign(&s->conf.key, &s->auth, dst);
	if (!final)
		note_sent(s, now);
	s->stats.out += ret == 0;
	if (!final)
		schedule(s, now);
	return ret < 0 ? 0 : len;
}

struct mono bfd_session_deadline(const struct bfd_session *s)
{
	return mono_is_before(s->next_tx, s->detect_at) ? s->next_tx : s->detect_at;
}
