/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the table of fsm.c: turns timers into events (hear.c: what a connection brings), and does
 * the actions. The table alone decides what follows from what.
 *
 * Re-entrancy: an action that calls upwards does so last, when its slot is in order, because the
 * upper layers may stop or reset the session from there. Who goes on after such a call compares
 * conn_serial.
 */
#include "bgpd/session/slot.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "bgpd/session/negotiate.h"
#include "bgpd/wire/message.h"
#include "lib/base/log.h"

#define S_US              INT64_C(1000000)
#define OPEN_HOLD_S       240 /* RFC 4271 8.2.2: the large value while we wait for OPEN */
#define SEND_HOLD_MIN_S   480 /* RFC 9687 */
#define CONNECT_ATTEMPT_S 10  /* three SYNs; a fresh attempt finds a restarted peer sooner */
#define HOLD_RECHECK_US   100000
#define NOTIFICATION_MAX  (BGP_HEADER_LEN + 2 + 1 + SESSION_TEXT_MAX)

struct slot *slot_other(struct slot *sl)
{
	return &sl->s->slot[sl->dir == SLOT_OUT ? SLOT_IN : SLOT_OUT];
}

struct slot *slot_established(struct session *s)
{
	for (unsigned i = 0; i < SLOT_COUNT; i++) {
		if (s->slot[i].state == SESSION_STATE_ESTABLISHED)
			return &s->slot[i];
	}
	return NULL;
}

bool slot_is_waiting(const struct slot *sl)
{
	return timer_is_armed(&sl->delay);
}

static void stop_timers(struct slot *sl)
{
	timer_stop(&sl->retry);
	timer_stop(&sl->delay);
	timer_stop(&sl->hold);
	timer_stop(&sl->keepalive);
	timer_stop(&sl->send_hold);
}

/* --- what we say --- */

static void send_msg(struct slot *sl, enum bgp_msg_type type, const struct cursor_w *w)
{
	assert(!w->fault);
	sl->s->stats.msgs_out[type]++;
	conn_send(&sl->conn, w->start, cursor_w_len(w));
	conn_flush(&sl->conn);
}

static void send_open(struct slot *sl)
{
	uint8_t buf[BGP_MAX_LEN];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct wire_open o;

	negotiate_offer(&sl->s->conf, &o);
	wire_open_encode(&w, &o);
	send_msg(sl, BGP_MSG_OPEN, &w);
}

static void send_keepalive(struct slot *sl)
{
	uint8_t buf[BGP_HEADER_LEN];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_keepalive_encode(&w);
	send_msg(sl, BGP_MSG_KEEPALIVE, &w);
}

static void send_notification(struct slot *sl, const struct wire_notification *n)
{
	uint8_t buf[NOTIFICATION_MAX];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_notification_encode(&w, n->code, n->subcode, n->data, n->data_len);
	send_msg(sl, BGP_MSG_NOTIFICATION, &w);
}

/* --- timers --- */

static void start_keepalive(struct slot *sl)
{
	const uint16_t conf_s = sl->s->conf.keepalive_s;
	const uint16_t third_s = sl->hold_s / 3;

	if (sl->hold_s == 0)
		return;
	timer_start(&sl->keepalive,
		jitter_us((conf_s > 0 && conf_s < third_s ? conf_s : third_s) * S_US));
}

static int64_t send_hold_us(const struct slot *sl)
{
	const int64_t s = 2 * (int64_t)sl->hold_s;

	return (s > SEND_HOLD_MIN_S ? s : SEND_HOLD_MIN_S) * S_US;
}

static void on_retry(void *ctx)
{
	struct slot *sl = ctx;
	const struct session_down timeout = { .reason = SESSION_DOWN_TCP, .err = ETIMEDOUT };
	const bool is_timeout = sl->state == SESSION_STATE_CONNECT;
	const struct session_down failed = { .reason = SESSION_DOWN_TCP, .err = sl->connect_err };

	if (sl->connect_err != 0) {
		sl->connect_err = 0;
		slot_event(sl, FSM_EV_TCP_FAILS, &(struct slot_input){ .why = &failed });
	} else if (sl->state != SESSION_STATE_IDLE) {
		slot_event(sl, FSM_EV_CONNECT_RETRY,
			&(struct slot_input){ .why = is_timeout ? &timeout : NULL });
	} else {
		slot_event(sl, sl->s->conf.passive ? FSM_EV_START_PASSIVE : FSM_EV_IDLE_HOLD,
			&(struct slot_input){ 0 });
	}
}

static void on_delay(void *ctx)
{
	slot_event(ctx, FSM_EV_DELAY_OPEN, &(struct slot_input){ 0 });
}

/* Not re-armed for each message: it looks at the time of the last one when it fires. */
static void on_hold(void *ctx)
{
	struct slot *sl = ctx;
	const int64_t left = sl->hold_s * S_US - mono_sub_us(mono_now(), sl->last_rx);
	const struct wire_notification note = { .code = BGP_ERR_HOLD_TIMER };
	const struct session_down why = { .reason = SESSION_DOWN_HOLD, .code = note.code };

	if (left > 0) {
		timer_start(&sl->hold, left);
		return;
	}
	if (conn_has_input(&sl->conn)) {
		/* the peer has spoken, it is us who did not listen yet */
		timer_start(&sl->hold, HOLD_RECHECK_US);
		return;
	}
	slot_event(sl, FSM_EV_HOLD, &(struct slot_input){ .note = &note, .why = &why });
}

static void on_keepalive(void *ctx)
{
	slot_event(ctx, FSM_EV_KEEPALIVE, &(struct slot_input){ 0 });
}

static void on_send_hold(void *ctx)
{
	struct slot *sl = ctx;
	const int64_t left = send_hold_us(sl) - conn_stuck_us(&sl->conn);
	const struct session_down why = { .reason = SESSION_DOWN_SEND_HOLD,
		.code = BGP_ERR_SEND_HOLD };

	if (left > 0)
		timer_start(&sl->send_hold, left);
	else
		slot_event(sl, FSM_EV_SEND_HOLD, &(struct slot_input){ .why = &why });
}

/* --- actions --- */

bool slot_ends_gracefully(const struct slot *sl, const struct session_down *why)
{
	if (sl->state != SESSION_STATE_ESTABLISHED || why->hard || !sl->ws.graceful)
		return false;
	switch (why->reason) {
	case SESSION_DOWN_TCP:
		return true;
	case SESSION_DOWN_ADMIN:
	case SESSION_DOWN_SENT:
	case SESSION_DOWN_RECEIVED:
	case SESSION_DOWN_HOLD:
		return sl->ws.graceful_notification;
	default: /* a peer that takes nothing is not well: RFC 9687 */
		return false;
	}
}

/* The end of every connection. note: say it first. */
static void drop(struct slot *sl, enum session_state next, const struct wire_notification *note,
	const struct session_down *why)
{
	const bool was_up = sl->state == SESSION_STATE_ESTABLISHED;
	struct session_down end;

	if (why != NULL) {
		end = *why;
		end.graceful = slot_ends_gracefully(sl, why);
		why = &end;
	}
	stop_timers(sl);
	/* a machine of the peer's connection ends with the connection (RFC 4271 8.2.1) */
	sl->state = sl->dir == SLOT_IN ? SESSION_STATE_IDLE : next;
	sl->connect_err = 0;
	if (note != NULL && conn_is_up(&sl->conn)) {
		send_notification(sl, note);
		conn_finish(&sl->conn, &sl->s->lingers);
	} else {
		conn_close(&sl->conn);
	}
	session_slot_lost(sl, was_up, why);
}

static void act_ignore(struct slot *sl UNUSED, enum session_state next UNUSED,
	const struct slot_input *in UNUSED)
{
}

static int64_t attempt_us(const struct session_conf *conf)
{
	const uint16_t retry_s = conf->connect_retry_s;

	return (retry_s > 0 && retry_s < CONNECT_ATTEMPT_S ? retry_s : CONNECT_ATTEMPT_S) * S_US;
}

static void act_connect(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	struct session *s = sl->s;
	int ret;

	conn_close(&sl->conn);
	sl->state = next;
	ret = conn_connect(&sl->conn, &s->conf);
	sl->connect_err = ret < 0 ? -ret : 0;
	timer_start(&sl->retry, ret < 0 ? 0 : attempt_us(&s->conf));
	session_sync_state(s);
	if (in->why != NULL)
		session_attempt_failed(s, in->why);
}

static void act_listen(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	if (conn_is_open(&sl->conn)) {
		drop(sl, next, NULL, in->why);
		return;
	}
	sl->state = next;
	if (!sl->s->conf.passive)
		timer_start(&sl->retry, retry_delay_us(&sl->s->retry, sl->s->conf.connect_retry_s));
	session_sync_state(sl->s);
}

/* RFC 4271 10 has no jitter for this one. */
static void act_delay(struct slot *sl, enum session_state next, const struct slot_input *in UNUSED)
{
	timer_stop(&sl->retry);
	sl->state = next;
	timer_start(&sl->delay, sl->s->conf.delay_open_s * S_US);
	session_sync_state(sl->s);
}

static void act_open(struct slot *sl, enum session_state next, const struct slot_input *in UNUSED)
{
	timer_stop(&sl->retry);
	timer_stop(&sl->delay);
	sl->state = next;
	sl->hold_s = OPEN_HOLD_S;
	sl->last_rx = mono_now();
	sl->again = false;
	timer_start(&sl->hold, OPEN_HOLD_S * S_US);
	send_open(sl);
	session_sync_state(sl->s);
}

/* Our machine stops trying while the peer's connection is that far. */
static void park(struct slot *sl)
{
	if (sl->state < SESSION_STATE_OPEN_SENT) {
		timer_stop(&sl->retry);
		slot_event(sl, FSM_EV_STOP, &(struct slot_input){ 0 });
	}
}

static void act_confirm(struct slot *sl, enum session_state next,
	const struct slot_input *in UNUSED)
{
	const struct session_conf *conf = &sl->s->conf;

	sl->state = next;
	sl->hold_s = negotiate_hold_s(conf, &sl->remote);
	negotiate_result(conf, &sl->remote, &sl->ws);
	/* RFC 8654 3: who offers extended messages takes them, whether the peer offers or not */
	conn_set_max_len(&sl->conn, BGP_MAX_LEN_EXT);
	send_keepalive(sl);
	timer_stop(&sl->hold);
	if (sl->hold_s > 0) {
		timer_start(&sl->hold, sl->hold_s * S_US);
		timer_start(&sl->send_hold, send_hold_us(sl));
		start_keepalive(sl);
	}
	park(slot_other(sl));
	session_sync_state(sl->s);
}

static void act_answer(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	timer_stop(&sl->retry);
	timer_stop(&sl->delay);
	send_open(sl);
	act_confirm(sl, next, in);
}

static void act_establish(struct slot *sl, enum session_state next,
	const struct slot_input *in UNUSED)
{
	struct session *s = sl->s;
	const uint32_t serial = conn_serial(&sl->conn);

	sl->state = next;
	s->since = mono_now();
	s->stats.transitions++;
	slot_dump(slot_other(sl));
	session_sync_state(s);
	if (conn_serial(&sl->conn) == serial)
		s->ops->established(s->ctx, &sl->ws, &sl->remote);
}

static void act_keepalive(struct slot *sl, enum session_state next UNUSED,
	const struct slot_input *in UNUSED)
{
	send_keepalive(sl);
	start_keepalive(sl);
}

static void act_update(struct slot *sl, enum session_state next UNUSED, const struct slot_input *in)
{
	struct session *s = sl->s;
	const uint32_t serial = conn_serial(&sl->conn);
	struct wire_err err = { 0 };
	const int ret = s->ops->update(s->ctx, in->msg, in->len, &err);

	if (ret == 0 || conn_serial(&sl->conn) != serial)
		return;
	if (ret == -EAGAIN)
		sl->again = true;
	else
		slot_error(sl, &err);
}

static void act_refresh(struct slot *sl, enum session_state next UNUSED,
	const struct slot_input *in)
{
	struct session *s = sl->s;
	struct wire_err err = { 0 };
	struct wire_refresh r;

	if (wire_refresh_decode(in->msg, in->len, &sl->ws, &r, &err) < 0)
		slot_error(sl, &err);
	else if (r.family >= 0 && (sl->ws.families & BGP_FAMILY_BIT(r.family)))
		s->ops->refresh(s->ctx, (enum bgp_family)r.family, r.subtype);
}

/* A message that had to be an OPEN, while ours waits: closed without a word, but not forgotten. */
static void act_close(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	const struct session_down odd = { .reason = SESSION_DOWN_TCP, .err = EPROTO };

	drop(sl, next, NULL, in->why == NULL && in->msg != NULL ? &odd : in->why);
}

static void act_notify(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	drop(sl, next, in->note, in->why);
}

/*
 * RFC 6608 4: the subcode names the state, the data the message. A NOTIFICATION that had no
 * business here is the better reason nevertheless.
 */
static void act_fsm_error(struct slot *sl, enum session_state next, const struct slot_input *in)
{
	static const uint8_t subcodes[SESSION_STATE_COUNT] = {
		[SESSION_STATE_OPEN_SENT] = BGP_ERR_FSM_OPEN_SENT,
		[SESSION_STATE_OPEN_CONFIRM] = BGP_ERR_FSM_OPEN_CONFIRM,
		[SESSION_STATE_ESTABLISHED] = BGP_ERR_FSM_ESTABLISHED,
	};
	struct wire_notification note = { .code = BGP_ERR_FSM, .subcode = subcodes[sl->state] };
	const struct session_down why = { .reason = SESSION_DOWN_SENT,
		.code = note.code,
		.subcode = note.subcode };

	if (in->msg != NULL) {
		note.data = in->msg + BGP_HEADER_LEN - 1;
		note.data_len = 1;
	}
	drop(sl, next, &note,
		in->why != NULL && in->why->reason == SESSION_DOWN_RECEIVED ? in->why : &why);
}

typedef void action_fn(struct slot *sl, enum session_state next, const struct slot_input *in);

/* clang-format off */
static action_fn *const actions[FSM_ACT_COUNT] = {
	[FSM_ACT_IGNORE]    = act_ignore,
	[FSM_ACT_CONNECT]   = act_connect,
	[FSM_ACT_LISTEN]    = act_listen,
	[FSM_ACT_DELAY]     = act_delay,
	[FSM_ACT_OPEN]      = act_open,
	[FSM_ACT_CONFIRM]   = act_confirm,
	[FSM_ACT_ANSWER]    = act_answer,
	[FSM_ACT_ESTABLISH] = act_establish,
	[FSM_ACT_KEEPALIVE] = act_keepalive,
	[FSM_ACT_ALIVE]     = act_ignore,
	[FSM_ACT_UPDATE]    = act_update,
	[FSM_ACT_REFRESH]   = act_refresh,
	[FSM_ACT_CLOSE]     = act_close,
	[FSM_ACT_NOTIFY]    = act_notify,
	[FSM_ACT_FSM_ERROR] = act_fsm_error,
};
/* clang-format on */

void slot_event(struct slot *sl, enum fsm_event ev, const struct slot_input *in)
{
	const struct fsm_cell cell = fsm_cell((enum session_state)sl->state, ev);

	if (cell.next != sl->state)
		log_debug("session %s: %s in %s", sl->dir == SLOT_OUT ? "out" : "in",
			fsm_event_name(ev), session_state_name((enum session_state)sl->state));
	actions[cell.act](sl, (enum session_state)cell.next, in);
}

void slot_dump(struct slot *sl)
{
	const struct wire_notification note = { .code = BGP_ERR_CEASE,
		.subcode = BGP_ERR_CEASE_COLLISION };

	if (sl->state >= SESSION_STATE_OPEN_SENT || slot_is_waiting(sl))
		slot_event(sl, FSM_EV_COLLISION, &(struct slot_input){ .note = &note });
}

void slot_init(struct slot *sl, struct session *s, enum slot_dir dir)
{
	*sl = (struct slot){ .s = s, .dir = dir, .state = SESSION_STATE_IDLE };
	conn_init(&sl->conn, s->loop, slot_conn_ops(), sl, &s->stats);
	timer_init(&sl->retry, s->loop, on_retry, sl);
	timer_init(&sl->delay, s->loop, on_delay, sl);
	timer_init(&sl->hold, s->loop, on_hold, sl);
	timer_init(&sl->keepalive, s->loop, on_keepalive, sl);
	timer_init(&sl->send_hold, s->loop, on_send_hold, sl);
}

void slot_fini(struct slot *sl)
{
	stop_timers(sl);
	conn_fini(&sl->conn);
}

void slot_accept(struct slot *sl, int take_fd)
{
	int ret;

	assert(sl->dir == SLOT_IN && sl->state == SESSION_STATE_IDLE);
	ret = conn_adopt(&sl->conn, take_fd, &sl->s->conf);
	if (ret < 0) {
		session_attempt_failed(sl->s,
			&(struct session_down){ .reason = SESSION_DOWN_TCP, .err = -ret });
		return;
	}
	sl->state = SESSION_STATE_ACTIVE; /* listening is the Active state of this machine */
	slot_event(sl, sl->s->conf.delay_open_s > 0 ? FSM_EV_TCP_DELAYED : FSM_EV_TCP_CONFIRMED,
		&(struct slot_input){ 0 });
}
