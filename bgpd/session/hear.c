/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection brings, as events of fsm.c: its beginning and end, and each message. An OPEN is
 * read before the table is asked, because whether it is a good one is part of the event; so is the
 * outcome of a collision, which only an OPEN can bring about.
 */
#include <assert.h>
#include <stdio.h>

#include "bgpd/session/negotiate.h"
#include "bgpd/session/slot.h"
#include "bgpd/wire/message.h"

#define S_US         INT64_C(1000000)
#define OPEN_SOON_US (2 * S_US)

void slot_fault_make(struct slot_fault *f, const struct wire_err *err)
{
	*f = (struct slot_fault){
		.note = { .code = err->code,
			.subcode = err->subcode,
			.data = err->data,
			.data_len = err->data_len },
		.why = { .reason = SESSION_DOWN_SENT, .code = err->code, .subcode = err->subcode },
	};
	if (err->why != NULL)
		snprintf(f->why.text, sizeof(f->why.text), "%s", err->why);
}

void slot_error(struct slot *sl, const struct wire_err *err)
{
	struct slot_fault f;

	slot_fault_make(&f, err);
	slot_event(sl,
		err->code == BGP_ERR_HEADER       ? FSM_EV_HEADER_ERR :
			err->code == BGP_ERR_OPEN ? FSM_EV_OPEN_ERR :
						    FSM_EV_UPDATE_ERR,
		&(struct slot_input){ .note = &f.note, .why = &f.why });
}

/* --- messages --- */

/*
 * RFC 4271 6.8 lets OpenSent collide when the identifier is known, and the OPEN that has just come
 * names it. It has to: if we confirm the connection that is to go, because the OPEN on the other
 * one is still on its way, we are established there when the peer sees our OPEN on the other one
 * and ends ours; and we end the other one then. An OPEN that is not answered soon is no rival.
 */
static bool is_rival(const struct slot *sl)
{
	if (sl->state == SESSION_STATE_OPEN_SENT)
		return mono_sub_us(mono_now(), sl->last_rx) < OPEN_SOON_US;
	return sl->state > SESSION_STATE_OPEN_SENT;
}

/* RFC 4271 6.8. Whether this connection goes on. */
static bool resolve_collision(struct slot *sl)
{
	struct slot *other = slot_other(sl);
	const bool ours_stays = negotiate_ours_stays(&sl->s->conf, &sl->remote);

	if (!is_rival(other))
		return true;
	if (other->state == SESSION_STATE_ESTABLISHED || ours_stays != (sl->dir == SLOT_OUT)) {
		slot_dump(sl);
		return false;
	}
	slot_dump(other);
	return true;
}

static void on_open(struct slot *sl, const struct slot_input *in)
{
	const bool is_awaited = slot_is_waiting(sl);
	struct wire_err err = { 0 };

	if (sl->state == SESSION_STATE_OPEN_SENT || is_awaited) {
		if (negotiate_open(&sl->s->conf, in->msg, in->len, &sl->remote, &err) < 0) {
			slot_error(sl, &err);
			return;
		}
		if (!resolve_collision(sl))
			return;
	}
	slot_event(sl, is_awaited ? FSM_EV_OPEN_AWAITED : FSM_EV_OPEN, in);
}

static void on_update(struct slot *sl, const struct slot_input *in)
{
	slot_event(sl, FSM_EV_UPDATE, in);
}

static void on_notification(struct slot *sl, const struct slot_input *in)
{
	struct wire_notification n = { 0 };
	struct session_down why = { .reason = SESSION_DOWN_RECEIVED };

	if (wire_notification_decode(in->msg, in->len, &n) == 0) {
		why.hard = wire_notification_unwrap(&n);
		why.code = n.code;
		why.subcode = n.subcode;
		wire_shutdown_text(&n, why.text, sizeof(why.text));
	}
	slot_event(sl,
		n.code == BGP_ERR_OPEN && n.subcode == BGP_ERR_OPEN_VERSION ? FSM_EV_NOTIF_VERSION :
									      FSM_EV_NOTIF,
		&(struct slot_input){ .msg = in->msg, .len = in->len, .why = &why });
}

static void on_keepalive_msg(struct slot *sl, const struct slot_input *in)
{
	slot_event(sl, FSM_EV_KEEPALIVE_MSG, in);
}

static void on_refresh(struct slot *sl, const struct slot_input *in)
{
	slot_event(sl, FSM_EV_REFRESH, in);
}

static bool on_message(void *ctx, const uint8_t *msg, size_t len)
{
	static void (*const by_type[BGP_MSG_COUNT])(struct slot *, const struct slot_input *) = {
		[BGP_MSG_OPEN] = on_open,
		[BGP_MSG_UPDATE] = on_update,
		[BGP_MSG_NOTIFICATION] = on_notification,
		[BGP_MSG_KEEPALIVE] = on_keepalive_msg,
		[BGP_MSG_REFRESH] = on_refresh,
	};
	struct slot *sl = ctx;
	const uint8_t type = msg[BGP_HEADER_LEN - 1];

	assert(type < BGP_MSG_COUNT && by_type[type] != NULL); /* wire_frame has seen to it */
	sl->last_rx = loop_now(sl->s->loop);
	if (!sl->again)
		sl->s->stats.msgs_in[type]++;
	sl->again = false;
	by_type[type](sl, &(struct slot_input){ .msg = msg, .len = len });
	return sl->again;
}

/* --- connection --- */

static void on_connected(void *ctx)
{
	struct slot *sl = ctx;

	slot_event(sl, sl->s->conf.delay_open_s > 0 ? FSM_EV_TCP_DELAYED : FSM_EV_TCP_ACKED,
		&(struct slot_input){ 0 });
}

static void on_failed(void *ctx, int err)
{
	struct slot *sl = ctx;
	const struct session_down why = { .reason = SESSION_DOWN_TCP, .err = err };

	slot_event(sl, slot_is_waiting(sl) ? FSM_EV_WAIT_FAILS : FSM_EV_TCP_FAILS,
		&(struct slot_input){ .why = &why });
}

static void on_malformed(void *ctx, const struct wire_err *err)
{
	slot_error(ctx, err);
}

static void on_writable(void *ctx)
{
	struct slot *sl = ctx;

	if (sl->state == SESSION_STATE_ESTABLISHED)
		sl->s->ops->writable(sl->s->ctx);
}

const struct conn_ops *slot_conn_ops(void)
{
	static const struct conn_ops ops = {
		.connected = on_connected,
		.failed = on_failed,
		.message = on_message,
		.malformed = on_malformed,
		.writable = on_writable,
	};

	return &ops;
}
