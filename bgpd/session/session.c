/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session as the upper layers see it: one state out of two slots (the one that is further),
 * one stream out of whichever connection won, and the policy of when to try again.
 *
 * What is reported: leaving Established, and each attempt that failed, unless another connection
 * is on its way; a connection that loses a collision is nobody's business. Calls that end a
 * session (stop, reset, fail, reconf) stop both slots under `quiesced`, and then tell the upper
 * layers once.
 */
#include "bgpd/session/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/negotiate.h"
#include "bgpd/session/slot.h"
#include "bgpd/session/socket/ao.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define SETTLED_S 2 /* from then on no connection of the peer is a rival of the session */

static bool is_running(const struct session *s)
{
	return s->started && s->conf.enabled;
}

static enum session_state current_state(const struct session *s)
{
	const uint8_t out = s->slot[SLOT_OUT].state;
	const uint8_t in = s->slot[SLOT_IN].state;

	return (enum session_state)(out > in ? out : in);
}

void session_sync_state(struct session *s)
{
	const enum session_state from = (enum session_state)s->told;
	const enum session_state to = current_state(s);

	if (s->quiesced || from == to)
		return;
	s->told = (uint8_t)to;
	if (s->ops->state != NULL)
		s->ops->state(s->ctx, from, to);
}

/* See to it that something is under way, or waits for its time. */
static void schedule(struct session *s)
{
	struct slot *out = &s->slot[SLOT_OUT];

	if (s->quiesced || !is_running(s) || timer_is_armed(&out->retry) ||
		current_state(s) >= SESSION_STATE_OPEN_CONFIRM)
		return;
	if (out->state == SESSION_STATE_ACTIVE && !s->conf.passive)
		timer_start(&out->retry, retry_delay_us(&s->retry, s->conf.connect_retry_s));
	if (out->state != SESSION_STATE_IDLE)
		return;
	if (retry_is_damped(&s->retry))
		timer_start(&out->retry, retry_delay_us(&s->retry, s->conf.connect_retry_s));
	else
		slot_event(out, FSM_EV_START_PASSIVE, &(struct slot_input){ 0 });
}

static void count_loss(struct session *s, const struct slot *sl, bool was_up)
{
	if (!was_up) {
		retry_failed(&s->retry);
		return;
	}
	retry_went_down(&s->retry, mono_age_s(s->since), sl->hold_s);
	s->since = mono_now();
}

static void remember(char **text, const char *now)
{
	free(*text);
	*text = xstrdup(now);
}

static void tell_down(struct session *s, const struct session_down *why, bool was_up)
{
	if (!s->last_down)
		s->last_down = xmalloc(sizeof(*s->last_down));
	*s->last_down = *why;
	if (why->reason == SESSION_DOWN_RECEIVED && why->code == BGP_ERR_CEASE && why->text[0])
		remember(&s->heard, why->text);
	s->ops->down(s->ctx, why, was_up);
}

void session_slot_lost(struct slot *sl, bool was_up, const struct session_down *why)
{
	struct session *s = sl->s;

	if (s->quiesced)
		return;
	if (why == NULL || slot_other(sl)->state >= SESSION_STATE_OPEN_SENT) {
		schedule(s);
		session_sync_state(s);
		return;
	}
	count_loss(s, sl, was_up);
	schedule(s);
	session_sync_state(s);
	tell_down(s, why, was_up);
}

void session_attempt_failed(struct session *s, const struct session_down *why)
{
	retry_failed(&s->retry);
	if (current_state(s) < SESSION_STATE_OPEN_SENT)
		tell_down(s, why, false);
}

struct session *session_new(struct loop *l, const struct session_conf *conf,
	const struct session_ops *ops, void *ctx)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->loop = l;
	session_conf_copy(&s->conf, conf);
	s->ops = ops;
	s->ctx = ctx;
	s->since = mono_now();
	linger_list_init(&s->lingers);
	slot_init(&s->slot[SLOT_OUT], s, SLOT_OUT);
	slot_init(&s->slot[SLOT_IN], s, SLOT_IN);
	return s;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	slot_fini(&s->slot[SLOT_OUT]);
	slot_fini(&s->slot[SLOT_IN]);
	linger_list_fini(&s->lingers);
	session_conf_release(&s->conf);
	free(s->last_down);
	free(s->said);
	free(s->heard);
	free(s);
}

static void begin(struct session *s)
{
	if (is_running(s))
		slot_event(&s->slot[SLOT_OUT],
			s->conf.passive ? FSM_EV_START_PASSIVE : FSM_EV_START,
			&(struct slot_input){ 0 });
}

void session_start(struct session *s)
{
	if (s->started)
		return;
	s->started = true;
	begin(s);
}

/* Both slots to Idle, saying note where somebody listens. */
static void quiesce(struct session *s, const struct wire_notification *note)
{
	const struct slot_input in = { .note = note };

	s->quiesced = true;
	for (unsigned i = 0; i < SLOT_COUNT; i++) {
		timer_stop(&s->slot[i].retry); /* idle-hold is no business of the table's STOP */
		slot_event(&s->slot[i], FSM_EV_STOP, &in);
	}
	s->quiesced = false;
}

/* Cuts at the start of a UTF-8 sequence. */
static size_t utf8_cut(const char *text, size_t max)
{
	size_t n = strnlen(text, max + 1);

	if (n <= max)
		return n;
	n = max;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

#define HARD_RESET_LEN 2 /* RFC 8538 3: code and subcode of what is wrapped */

struct cease {
	struct wire_notification note;
	struct session_down why;
	uint8_t data[HARD_RESET_LEN + 1 + SESSION_TEXT_MAX];
};

/* RFC 8538 5.1: what is meant to last is a hard reset; a change that is not is for the caller. */
static bool is_hard(uint8_t subcode)
{
	return subcode == BGP_ERR_CEASE_MAX_PREFIX || subcode == BGP_ERR_CEASE_SHUTDOWN ||
		subcode == BGP_ERR_CEASE_DECONFIGURED || subcode == BGP_ERR_CEASE_RESET;
}

/* RFC 8538 4: only a peer with the N bit knows what a hard reset is. */
static void cease_harden(struct cease *c, struct session *s)
{
	const struct slot *up = slot_established(s);

	c->why.graceful = false;
	if (up == NULL || !up->ws.graceful_notification || c->why.hard)
		return;
	memmove(c->data + HARD_RESET_LEN, c->data, c->note.data_len);
	c->data[0] = c->note.code;
	c->data[1] = c->note.subcode;
	c->note.subcode = BGP_ERR_CEASE_HARD_RESET;
	c->note.data = c->data;
	c->note.data_len += HARD_RESET_LEN;
	c->why.hard = true;
}

/* RFC 9003: only these two carry words. */
static void cease_text(struct cease *c, const char *text)
{
	const size_t len = utf8_cut(text, SESSION_TEXT_MAX);

	memcpy(c->why.text, text, len);
	if (c->note.subcode != BGP_ERR_CEASE_SHUTDOWN && c->note.subcode != BGP_ERR_CEASE_RESET)
		return;
	c->data[0] = (uint8_t)len;
	memcpy(c->data + 1, text, len);
	c->note.data = c->data;
	c->note.data_len = (uint16_t)(len + 1);
}

static void cease_make(struct cease *c, struct session *s, enum session_down_reason reason,
	uint8_t subcode, const char *text)
{
	const struct slot *up = slot_established(s);

	*c = (struct cease){ .note = { .code = BGP_ERR_CEASE, .subcode = subcode },
		.why = { .reason = reason, .code = BGP_ERR_CEASE, .subcode = subcode } };
	if (text != NULL && text[0] != '\0')
		cease_text(c, text);
	c->why.graceful = up != NULL && slot_ends_gracefully(up, &c->why);
	if (is_hard(subcode))
		cease_harden(c, s);
}

/* Somebody has to be there who hears it. */
static void remember_said(struct session *s, const struct cease *c)
{
	if (c->why.text[0] && current_state(s) >= SESSION_STATE_OPEN_SENT &&
		(c->why.subcode == BGP_ERR_CEASE_SHUTDOWN || c->why.subcode == BGP_ERR_CEASE_RESET))
		remember(&s->said, c->why.text);
}

static bool take_was_up(struct session *s)
{
	const bool was_up = slot_established(s) != NULL;

	if (was_up)
		s->since = mono_now();
	return was_up;
}

static void halt(struct session *s, uint8_t subcode, const char *text)
{
	const bool was_up = slot_established(s) != NULL;
	struct cease c;

	cease_make(&c, s, SESSION_DOWN_ADMIN, subcode, text);
	(void)take_was_up(s);
	remember_said(s, &c);
	quiesce(s, &c.note);
	retry_clear(&s->retry);
	session_sync_state(s);
	tell_down(s, &c.why, was_up);
}

void session_stop(struct session *s, uint8_t subcode, const char *text)
{
	const bool running = is_running(s);

	s->started = false;
	if (running)
		halt(s, subcode, text);
}

/* Ends what there is and tries again later. */
static void restart(struct session *s, const struct wire_notification *note,
	const struct session_down *why)
{
	const bool was_up = take_was_up(s);
	const bool had_conn = current_state(s) >= SESSION_STATE_OPEN_SENT;

	quiesce(s, note);
	schedule(s);
	session_sync_state(s);
	if (had_conn)
		tell_down(s, why, was_up);
}

void session_reset(struct session *s, uint8_t subcode, const char *text)
{
	struct cease c;

	if (!is_running(s))
		return;
	cease_make(&c, s, SESSION_DOWN_SENT, subcode, text);
	/* somebody who asks for it does not want to wait for old sins */
	retry_clear(&s->retry);
	remember_said(s, &c);
	restart(s, &c.note, &c.why);
}

void session_bfd_down(struct session *s, bool keep, const char *text)
{
	const struct slot *up = slot_established(s);
	struct cease c;
	bool silent;

	if (up == NULL)
		return;
	cease_make(&c, s, SESSION_DOWN_BFD, BGP_ERR_CEASE_BFD_DOWN, text);
	c.why.graceful = keep && up->ws.graceful;
	if (!c.why.graceful)
		cease_harden(&c, s);
	silent = c.why.graceful && !up->ws.graceful_notification;
	if (silent)
		c.why.code = c.why.subcode = 0;
	retry_went_down(&s->retry, mono_age_s(s->since), up->hold_s);
	restart(s, silent ? NULL : &c.note, &c.why);
}

void session_fail(struct session *s, const struct wire_err *err)
{
	const struct slot *up = slot_established(s);
	struct slot_fault f;

	if (!is_running(s))
		return;
	slot_fault_make(&f, err);
	f.why.graceful = up != NULL && slot_ends_gracefully(up, &f.why);
	if (up != NULL)
		retry_went_down(&s->retry, mono_age_s(s->since), up->hold_s);
	else
		retry_failed(&s->retry);
	restart(s, &f.note, &f.why);
}

/*
 * Keys come and go while the session lives. Not so the first and the last of them, and not another
 * secret under the same id: neither side could tell which one is meant.
 */
static bool keys_need_reset(const struct session_conf *a, const struct session_conf *b)
{
	const uint8_t n_a = session_conf_keys(a);
	const uint8_t n_b = session_conf_keys(b);

	if ((n_a == 0) != (n_b == 0) || !prefix_is_equal(&a->ao_net, &b->ao_net))
		return true;
	for (uint8_t i = 0; i < n_a; i++) {
		for (uint8_t k = 0; k < n_b; k++) {
			const struct session_ao_key *x = &a->ao->key[i];
			const struct session_ao_key *y = &b->ao->key[k];

			if ((x->send_id == y->send_id || x->receive_id == y->receive_id) &&
				!ao_key_is_equal(x, y))
				return true;
		}
	}
	return false;
}

/* On whatever connection there is; one that has begun without them is about to end anyway. */
static void roll_keys(struct session *s, const struct session_conf *old)
{
	for (unsigned i = 0; i < SLOT_COUNT; i++) {
		const bool accepted = i == SLOT_IN;
		struct ao_keys was;
		struct ao_keys now;
		int ret;

		if (!conn_is_open(&s->slot[i].conn))
			continue;
		ao_keys_make(&was, old, accepted);
		ao_keys_make(&now, &s->conf, accepted);
		ret = ao_roll(s->slot[i].conn.fd, &was, &now);
		if (ret < 0)
			log_debug("TCP-AO keys of a connection cannot be changed: %s",
				strerrordesc_np(-ret));
		ao_keys_wipe(&was);
		ao_keys_wipe(&now);
	}
}

bool session_conf_needs_reset(const struct session_conf *a, const struct session_conf *b)
{
	return !ip_is_equal(&a->local, &b->local) || !ip_is_equal(&a->remote, &b->remote) ||
		a->port != b->port || strcmp(a->device, b->device) != 0 ||
		a->local_as != b->local_as || a->peer_as != b->peer_as || a->confed != b->confed ||
		a->router_id != b->router_id || a->hold_s != b->hold_s ||
		a->ttl_security != b->ttl_security || a->multihop != b->multihop ||
		!conf_text_is_equal(a->password, b->password) || keys_need_reset(a, b) ||
		a->families != b->families || a->role != b->role ||
		a->role_strict != b->role_strict || a->ext_nexthop != b->ext_nexthop ||
		a->addpath_rx != b->addpath_rx || a->addpath_tx != b->addpath_tx ||
		a->gr != b->gr || a->gr_time_s != b->gr_time_s || a->llgr_time_s != b->llgr_time_s;
}

bool session_conf_changes_routes(const struct session_conf *a, const struct session_conf *b)
{
	struct session_conf c = *a;

	/* what is of the transport alone */
	c.port = b->port;
	c.hold_s = b->hold_s;
	c.ttl_security = b->ttl_security;
	c.multihop = b->multihop;
	c.gr_time_s = b->gr_time_s;
	c.llgr_time_s = b->llgr_time_s;
	c.password = b->password;
	c.ao = b->ao;
	c.ao_net = b->ao_net;
	return session_conf_needs_reset(&c, b);
}

/* passive alone: what waits must learn whether it may call. */
static void passive_changed(struct session *s)
{
	struct slot *out = &s->slot[SLOT_OUT];

	if (s->conf.passive && out->state <= SESSION_STATE_ACTIVE &&
		out->state != SESSION_STATE_IDLE)
		slot_event(out, FSM_EV_STOP, &(struct slot_input){ 0 });
	schedule(s);
	session_sync_state(s);
}

static bool has_equal_keys(const struct session_conf *a, const struct session_conf *b)
{
	const uint8_t n = session_conf_keys(a);

	return n == session_conf_keys(b) &&
		(n == 0 || memcmp(a->ao->key, b->ao->key, n * sizeof(a->ao->key[0])) == 0);
}

/* From the old options to those that s has by now. Returns whether it was reset. */
static bool follow_conf(struct session *s, const struct session_conf *old, bool was_running)
{
	const struct session_conf *conf = &s->conf;

	if (was_running && session_conf_needs_reset(old, conf)) {
		struct cease c;

		cease_make(&c, s, SESSION_DOWN_SENT, BGP_ERR_CEASE_CONFIG_CHANGE, NULL);
		if (session_conf_changes_routes(old, conf))
			cease_harden(&c, s);
		retry_clear(&s->retry);
		restart(s, &c.note, &c.why);
		return true;
	}
	if (was_running && !has_equal_keys(old, conf))
		roll_keys(s, old);
	if (!was_running)
		begin(s);
	else if (old->passive != conf->passive)
		passive_changed(s);
	return false;
}

bool session_reconf(struct session *s, const struct session_conf *conf)
{
	const bool was_running = is_running(s);
	struct session_conf old = s->conf;
	bool was_reset = true;

	if (was_running && !conf->enabled) {
		halt(s, BGP_ERR_CEASE_SHUTDOWN, conf->shutdown_text);
		session_conf_copy(&s->conf, conf);
	} else {
		session_conf_copy(&s->conf, conf);
		was_reset = follow_conf(s, &old, was_running);
	}
	session_conf_release(&old);
	return was_reset;
}

static bool is_from_peer(const struct session *s, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip_addr a;

	return getpeername(fd, (struct sockaddr *)&ss, &len) == 0 &&
		ip_from_sockaddr((struct sockaddr *)&ss, &a, NULL) == 0 &&
		ip_is_equal(&a, &s->conf.remote);
}

/*
 * To the address that we speak from, and no other: where instances share the kernel's local table
 * a neighbour can reach addresses that are not those of its own link.
 */
static bool is_to_us(const struct session *s, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip_addr a;

	if (!ip_is_set(&s->conf.local))
		return true;
	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
		ip_from_sockaddr((struct sockaddr *)&ss, &a, NULL) == 0 &&
		ip_is_equal(&a, &s->conf.local);
}

/* Says why in one write: the connection has never had a slot. */
static void refuse(struct session *s, int fd)
{
	uint8_t buf[BGP_HEADER_LEN + 2];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_notification_encode(&w, BGP_ERR_CEASE, BGP_ERR_CEASE_COLLISION, NULL, 0);
	s->stats.msgs_out[BGP_MSG_NOTIFICATION]++;
	if (send(fd, buf, cursor_w_len(&w), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		close(fd);
	else
		linger_add(&s->lingers, s->loop, fd, NULL);
}

/*
 * RFC 4724 5: a peer that restarts gracefully and is here again before we have missed it takes the
 * place of the old connection, which ends without a word, and its routes stay. Not in the first
 * moments: then it is a latecomer of the collision from which the session came.
 */
static void give_way(struct session *s)
{
	const struct session_down why = { .reason = SESSION_DOWN_TCP };
	struct slot *up = slot_established(s);

	if (up != NULL && up->ws.graceful && mono_age_s(s->since) >= SETTLED_S)
		slot_event(up, FSM_EV_TCP_FAILS, &(struct slot_input){ .why = &why });
}

void session_accept(struct session *s, int fd)
{
	struct slot *out = &s->slot[SLOT_OUT];
	struct slot *in = &s->slot[SLOT_IN];
	const bool ours = is_running(s) && is_from_peer(s, fd) && is_to_us(s, fd);

	/* Idle refuses (RFC 4271 8.2.2): stopped, or a flapping peer that has to wait */
	if (ours)
		give_way(s);
	if (!ours || current_state(s) == SESSION_STATE_IDLE) {
		close(fd);
		return;
	}
	if (out->state == SESSION_STATE_ESTABLISHED || in->state >= SESSION_STATE_OPEN_CONFIRM) {
		refuse(s, fd);
		return;
	}
	/* the peer has opened another one, so the last one is of no use to it */
	slot_dump(in);
	slot_accept(in, fd);
}

void session_send(struct session *s, const void *msg, size_t len, uint32_t n_msgs)
{
	struct slot *up = slot_established(s);

	if (up == NULL)
		return;
	s->stats.msgs_out[BGP_MSG_UPDATE] += n_msgs;
	conn_send(&up->conn, msg, len);
}

void session_send_shared(struct session *s, const struct session_shared *sh)
{
	struct slot *up = slot_established(s);

	if (up == NULL) {
		sh->release(sh->arg);
		return;
	}
	s->stats.msgs_out[BGP_MSG_UPDATE] += sh->n_updates;
	s->stats.msgs_out[BGP_MSG_REFRESH] += sh->n_refreshes;
	conn_send_shared(&up->conn, sh);
}

void session_send_refresh(struct session *s, enum bgp_family f, uint8_t subtype)
{
	uint8_t buf[BGP_HEADER_LEN + 4];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));
	struct slot *up = slot_established(s);

	if (up == NULL || !up->ws.refresh || (subtype != 0 && !up->ws.enhanced_refresh))
		return;
	wire_refresh_encode(&w, f, subtype);
	s->stats.msgs_out[BGP_MSG_REFRESH]++;
	conn_send(&up->conn, buf, cursor_w_len(&w));
}

/* The connection that is furthest, if any has come as far as min. */
static const struct slot *best_slot(const struct session *s, enum session_state min)
{
	const struct slot *out = &s->slot[SLOT_OUT];
	const struct slot *in = &s->slot[SLOT_IN];
	const struct slot *best = in->state > out->state ? in : out;

	return best->state >= min ? best : NULL;
}

bool session_is_congested(const struct session *s)
{
	const struct slot *up = best_slot(s, SESSION_STATE_ESTABLISHED);

	return up != NULL && conn_is_congested(&up->conn);
}

enum session_state session_state(const struct session *s)
{
	return current_state(s);
}

const char *session_state_name(enum session_state st)
{
	static const char *const names[SESSION_STATE_COUNT] = {
		[SESSION_STATE_IDLE] = "idle",
		[SESSION_STATE_CONNECT] = "connect",
		[SESSION_STATE_ACTIVE] = "active",
		[SESSION_STATE_OPEN_SENT] = "open-sent",
		[SESSION_STATE_OPEN_CONFIRM] = "open-confirm",
		[SESSION_STATE_ESTABLISHED] = "established",
	};

	return st < SESSION_STATE_COUNT ? names[st] : "unknown";
}

const struct session_conf *session_conf(const struct session *s)
{
	return &s->conf;
}

const struct wire_session *session_wire(const struct session *s)
{
	const struct slot *up = best_slot(s, SESSION_STATE_ESTABLISHED);

	return up != NULL ? &up->ws : NULL;
}

const struct wire_open *session_remote_open(const struct session *s)
{
	const struct slot *best = best_slot(s, SESSION_STATE_OPEN_CONFIRM);

	return best != NULL ? &best->remote : NULL;
}

void session_own_open(const struct session *s, struct wire_open *o)
{
	negotiate_offer(&s->conf, o);
}

struct mono session_since(const struct session *s)
{
	return s->since;
}

const struct session_stats *session_stats(const struct session *s)
{
	return &s->stats;
}

const struct session_down *session_last_down(const struct session *s)
{
	static const struct session_down never = { .reason = SESSION_DOWN_COUNT };

	return s->last_down ? s->last_down : &never;
}

const char *session_text_sent(const struct session *s)
{
	return s->said ? s->said : "";
}

const char *session_text_received(const struct session *s)
{
	return s->heard ? s->heard : "";
}

uint32_t session_remote_id(const struct session *s)
{
	const struct slot *best = best_slot(s, SESSION_STATE_OPEN_CONFIRM);

	return best != NULL ? best->remote.router_id : 0;
}

struct ip_addr session_local_addr(const struct session *s)
{
	const struct slot *best = best_slot(s, SESSION_STATE_OPEN_SENT);

	return best != NULL ? conn_local_addr(&best->conn) : (struct ip_addr){ 0 };
}

uint16_t session_hold_s(const struct session *s)
{
	const struct slot *best = best_slot(s, SESSION_STATE_OPEN_CONFIRM);

	return best != NULL ? best->hold_s : 0;
}
