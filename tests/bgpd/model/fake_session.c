/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/fake_session.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/session/socket/listener.h"
#include "bgpd/session/socket/nd.h"
#include "lib/base/xalloc.h"

struct session {
	struct session_conf conf;
	const struct session_ops *ops;
	void *ctx;
	const struct fake_hook *hook;
	void *hook_ctx;
	enum session_state state; /* IDLE, CONNECT or ESTABLISHED */
	struct wire_session ws;
	struct session_down last;
	bool congested;
};

void fake_session_set_hook(struct session *s, const struct fake_hook *hook, void *ctx)
{
	s->hook = hook;
	s->hook_ctx = ctx;
}

bool fake_session_is_waiting(const struct session *s)
{
	return s->state == SESSION_STATE_CONNECT;
}

void fake_session_up(struct session *s, const struct wire_session *ws,
	const struct wire_open *remote)
{
	s->ws = *ws;
	s->state = SESSION_STATE_ESTABLISHED;
	s->congested = false;
	s->ops->established(s->ctx, ws, remote);
}

static void go_down(struct session *s, const struct session_down *why, enum session_state to)
{
	const bool was_up = s->state == SESSION_STATE_ESTABLISHED;

	s->state = to;
	s->last = *why;
	if (was_up && s->hook)
		s->hook->down(s->hook_ctx, &s->last);
	s->ops->down(s->ctx, &s->last, was_up);
}

void fake_session_down(struct session *s, enum session_down_reason reason, bool graceful)
{
	go_down(s,
		&(struct session_down){
			.reason = reason,
			.code = BGP_ERR_CEASE,
			.graceful = graceful,
		},
		SESSION_STATE_CONNECT);
}

void fake_session_say(struct session *s, const uint8_t *msg, size_t len)
{
	struct wire_err err = { 0 };

	if (s->ops->update(s->ctx, msg, len, &err) < 0 && s->state == SESSION_STATE_ESTABLISHED)
		go_down(s,
			&(struct session_down){
				.reason = SESSION_DOWN_SENT,
				.code = err.code,
				.subcode = err.subcode,
			},
			SESSION_STATE_CONNECT);
}

void fake_session_refresh(struct session *s, enum bgp_family f, uint8_t subtype)
{
	s->ops->refresh(s->ctx, f, subtype);
}

void fake_session_congest(struct session *s, bool on)
{
	if (s->congested == on)
		return;
	s->congested = on;
	if (!on && s->state == SESSION_STATE_ESTABLISHED)
		s->ops->writable(s->ctx);
}

struct session *session_new(struct loop *l UNUSED, const struct session_conf *conf,
	const struct session_ops *ops, void *ctx)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->conf = *conf;
	s->ops = ops;
	s->ctx = ctx;
	return s;
}

void session_free(struct session *s)
{
	free(s);
}

void session_start(struct session *s)
{
	if (s->state == SESSION_STATE_IDLE && s->conf.enabled)
		s->state = SESSION_STATE_CONNECT;
}

void session_stop(struct session *s, uint8_t subcode, const char *text UNUSED)
{
	if (s->state != SESSION_STATE_IDLE)
		go_down(s,
			&(struct session_down){
				.reason = SESSION_DOWN_ADMIN,
				.code = BGP_ERR_CEASE,
				.subcode = subcode,
			},
			SESSION_STATE_IDLE);
}

static void reset(struct session *s, uint8_t subcode, bool graceful)
{
	if (s->state == SESSION_STATE_ESTABLISHED)
		go_down(s,
			&(struct session_down){
				.reason = SESSION_DOWN_SENT,
				.code = BGP_ERR_CEASE,
				.subcode = subcode,
				.graceful = graceful,
			},
			SESSION_STATE_CONNECT);
}

/* RFC 8538, as between two who have the N bit. */
void session_reset(struct session *s, uint8_t subcode, const char *text UNUSED)
{
	reset(s, subcode, subcode == BGP_ERR_CEASE_CONFIG_CHANGE);
}

void session_fail(struct session *s, const struct wire_err *err)
{
	reset(s, err->subcode, false);
}

/* Of the options that the test changes. */
bool session_conf_changes_routes(const struct session_conf *a, const struct session_conf *b)
{
	return !ip_is_equal(&a->local, &b->local) || a->local_as != b->local_as ||
		a->confed != b->confed || a->router_id != b->router_id || a->role != b->role ||
		a->addpath_rx != b->addpath_rx || a->addpath_tx != b->addpath_tx;
}

const struct session_conf *session_conf(const struct session *s)
{
	return &s->conf;
}

void session_bfd_down(struct session *s UNUSED, bool keep UNUSED, const char *text UNUSED)
{
	/* nobody watches here */
}

bool session_reconf(struct session *s, const struct session_conf *conf)
{
	const struct session_conf old = s->conf;
	const bool was_running = s->state != SESSION_STATE_IDLE;

	s->conf = *conf;
	if (was_running && !conf->enabled) {
		session_stop(s, BGP_ERR_CEASE_SHUTDOWN, NULL);
		return true;
	}
	if (!was_running)
		return false;
	if (session_conf_changes_routes(&old, conf))
		reset(s, BGP_ERR_CEASE_CONFIG_CHANGE, false);
	else if (old.llgr_time_s != conf->llgr_time_s)
		reset(s, BGP_ERR_CEASE_CONFIG_CHANGE, true);
	else
		return false;
	return true;
}

void session_send_shared(struct session *s, const struct session_shared *sh)
{
	if (s->state == SESSION_STATE_ESTABLISHED && s->hook)
		s->hook->sent(s->hook_ctx, sh->p, sh->len);
	sh->release(sh->arg);
}

void session_send_refresh(struct session *s, enum bgp_family f, uint8_t subtype UNUSED)
{
	if (s->state == SESSION_STATE_ESTABLISHED && s->hook)
		s->hook->asked(s->hook_ctx, f);
}

bool session_is_congested(const struct session *s)
{
	return s->congested;
}

const struct session_down *session_last_down(const struct session *s)
{
	return &s->last;
}

struct ip_addr session_local_addr(const struct session *s)
{
	return s->state == SESSION_STATE_ESTABLISHED ? s->conf.local : (struct ip_addr){ 0 };
}

uint16_t session_hold_s(const struct session *s)
{
	return s->conf.hold_s;
}

struct listener {
	int nothing;
};

struct listener *listener_new(struct loop *l UNUSED, const struct listener_conf *conf UNUSED,
	struct session *(*find)(void *ctx, const struct ip_addr *remote)UNUSED, void *ctx UNUSED)
{
	return xcalloc(1, sizeof(struct listener));
}

void listener_free(struct listener *l)
{
	free(l);
}

int listener_set_md5(struct listener *l UNUSED, const struct prefix *remote UNUSED,
	const char *key UNUSED)
{
	return 0;
}

int listener_set_ao(struct listener *l UNUSED, const struct ao_keys *k UNUSED)
{
	return 0;
}

void listener_keep_ao(struct listener *l UNUSED,
	bool (*keep)(void *ctx, const struct prefix *net) UNUSED, void *ctx UNUSED)
{
}

struct nd *nd_new(struct loop *l UNUSED, const char *device UNUSED, nd_heard_fn *heard UNUSED,
	void *ctx UNUSED)
{
	return NULL;
}

void nd_free(struct nd *n UNUSED)
{
}

void nd_advertise(struct nd *n UNUSED)
{
}

enum session_state session_state(const struct session *s)
{
	return s->state;
}
