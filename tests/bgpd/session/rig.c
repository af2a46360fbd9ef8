/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/session/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/wire/message.h"
#include "tests/cu_main.h"

static void on_established(void *ctx, const struct wire_session *ws, const struct wire_open *remote)
{
	struct rig_end *e = ctx;

	e->n_established++;
	e->ws = *ws;
	e->remote_open = *remote;
	if (e->on_established != NULL)
		e->on_established(e);
}

static int on_update(void *ctx, const uint8_t *msg, size_t len, struct wire_err *err)
{
	struct rig_end *e = ctx;

	e->in_slice = loop_now(e->rig->l).us == e->slice.us ? e->in_slice + 1 : 1;
	e->slice = loop_now(e->rig->l);
	if (e->in_slice > e->max_in_slice)
		e->max_in_slice = e->in_slice;
	e->rx_bytes += len;
	e->rx_hash = rig_hash(e->rx_hash, msg, len);
	return e->on_update != NULL ? e->on_update(e, msg, len, err) : 0;
}

static void on_refresh(void *ctx, enum bgp_family f, uint8_t subtype)
{
	struct rig_end *e = ctx;

	(void)f;
	(void)subtype;
	e->n_refresh++;
}

static void on_down(void *ctx, const struct session_down *why, bool was_up)
{
	struct rig_end *e = ctx;

	e->n_down++;
	e->n_down_up += was_up;
	e->down = *why;
	if (e->on_down != NULL)
		e->on_down(e);
}

static void on_writable(void *ctx)
{
	((struct rig_end *)ctx)->n_writable++;
}

static void on_state(void *ctx, enum session_state from, enum session_state to)
{
	struct rig_end *e = ctx;

	CU_ASSERT_NOT_EQUAL(from, to);
	e->n_states++;
}

static const struct session_ops ops = {
	.established = on_established,
	.update = on_update,
	.refresh = on_refresh,
	.down = on_down,
	.writable = on_writable,
	.state = on_state,
};

uint64_t rig_hash(uint64_t h, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

uint16_t rig_free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint16_t port = 0;

	if (bind(fd, (struct sockaddr *)&in, len) == 0 &&
		getsockname(fd, (struct sockaddr *)&in, &len) == 0)
		port = ntohs(in.sin_port);
	close(fd);
	return port;
}

void rig_init(struct rig *r)
{
	*r = (struct rig){ .l = loop_new("test"), .port = rig_free_port() };
	r->a.rig = r;
	r->b.rig = r;
	CU_ASSERT_EQUAL(ip_parse("127.0.0.1", &r->a.addr), 0);
	CU_ASSERT_EQUAL(ip_parse("127.0.0.2", &r->b.addr), 0);
}

void rig_fini(struct rig *r)
{
	listener_free(r->a.ln);
	listener_free(r->b.ln);
	session_free(r->a.s);
	session_free(r->b.s);
	loop_free(r->l);
}

struct session_conf rig_conf(const struct rig *r, const struct rig_end *e)
{
	const bool is_a = e == &r->a;

	return (struct session_conf){
		.local = e->addr,
		.remote = is_a ? r->b.addr : r->a.addr,
		.port = r->port,
		.local_as = is_a ? RIG_AS_A : RIG_AS_B,
		.peer_as = is_a ? RIG_AS_B : RIG_AS_A,
		.router_id = is_a ? RIG_ID_A : RIG_ID_B,
		.hold_s = 30,
		.keepalive_s = 10,
		.connect_retry_s = 10,
		.enabled = true,
		.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4) | BGP_FAMILY_BIT(BGP_FAMILY_IP6),
	};
}

static struct session *find(void *ctx, const struct ip_addr *remote)
{
	struct rig_end *e = ctx;

	return ip_is_equal(remote, &session_conf(e->s)->remote) ? e->s : NULL;
}

void rig_add(struct rig_end *e, const struct session_conf *conf)
{
	const struct listener_conf lc = { .local = e->addr, .port = e->rig->port };

	e->s = session_new(e->rig->l, conf, &ops, e);
	if (e->no_listener)
		return;
	e->ln = listener_new(e->rig->l, &lc, find, e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->ln);
}

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
}

bool rig_until(struct rig *r, bool (*cond)(void *ctx), void *ctx, int ms)
{
	const struct mono end = mono_add_us(mono_now(), ms * INT64_C(1000));

	while (!cond(ctx)) {
		if (mono_is_before(end, mono_now()))
			return false;
		if (!loop_turn(r->l))
			nap();
	}
	return true;
}

struct wait_state {
	struct rig_end *e;
	enum session_state st;
};

static bool in_state(void *ctx)
{
	const struct wait_state *w = ctx;

	return session_state(w->e->s) == w->st;
}

bool rig_until_state(struct rig_end *e, enum session_state st, int ms)
{
	return rig_until(e->rig, in_state, &(struct wait_state){ e, st }, ms);
}

static bool both_up(void *ctx)
{
	const struct rig *r = ctx;

	return session_state(r->a.s) == SESSION_STATE_ESTABLISHED &&
		session_state(r->b.s) == SESSION_STATE_ESTABLISHED;
}

bool rig_until_both_up(struct rig *r, int ms)
{
	return rig_until(r, both_up, r, ms);
}

static bool never(void *ctx UNUSED)
{
	return false;
}

void rig_run(struct rig *r, int ms)
{
	(void)rig_until(r, never, NULL, ms);
}

size_t rig_msg(uint8_t *dst, uint8_t type, const void *body, size_t len)
{
	struct cursor_w w = cursor_w_make(dst, BGP_HEADER_LEN + len);
	const size_t off = wire_header_begin(&w, (enum bgp_msg_type)type);

	cursor_w_bytes(&w, body, len);
	wire_header_end(&w, off);
	CU_ASSERT_FALSE(w.fault);
	return cursor_w_len(&w);
}

#define ACCEPT_US 30000000 /* longer than any retry of ours, on a busy machine */

static int tcp_socket(const char *src, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	inet_pton(AF_INET, src, &in.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

bool raw_connect(struct raw *raw, struct rig *r, const char *src)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(r->port) };

	raw->rig = r;
	raw->len = 0;
	raw->eof = raw->reset = false;
	raw->fd = tcp_socket(src, 0);
	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	return connect(raw->fd, (struct sockaddr *)&in, sizeof(in)) == 0;
}

int raw_listen(struct rig *r)
{
	const int fd = tcp_socket("127.0.0.2", r->port);

	CU_ASSERT_EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	CU_ASSERT_EQUAL(listen(fd, 4), 0);
	return fd;
}

bool raw_accept(struct raw *raw, struct rig *r, int listen_fd)
{
	const struct mono end = mono_add_us(mono_now(), ACCEPT_US);

	raw->rig = r;
	raw->len = 0;
	raw->eof = raw->reset = false;
	raw->fd = -1;
	while (raw->fd < 0 && mono_is_before(mono_now(), end)) {
		(void)loop_turn(r->l);
		raw->fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (raw->fd < 0)
			nap();
	}
	return raw->fd >= 0;
}

void raw_close(struct raw *raw)
{
	close(raw->fd);
}

void raw_send(struct raw *raw, const void *p, size_t len)
{
	CU_ASSERT_EQUAL(send(raw->fd, p, len, MSG_NOSIGNAL), (ssize_t)len);
}

void raw_send_keepalive(struct raw *raw)
{
	uint8_t msg[BGP_HEADER_LEN];

	raw_send(raw, msg, rig_msg(msg, BGP_MSG_KEEPALIVE, NULL, 0));
}

struct wire_open raw_open(void)
{
	return (struct wire_open){
		.version = BGP_VERSION,
		.as2 = RIG_AS_B,
		.hold_s = 30,
		.router_id = RIG_ID_B,
		.as4 = RIG_AS_B,
		.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4) | BGP_FAMILY_BIT(BGP_FAMILY_IP6),
		.has_mp = true,
		.refresh = true,
		.enhanced_refresh = true,
		.role = -1,
	};
}

void raw_send_open(struct raw *raw, const struct wire_open *o)
{
	uint8_t buf[512];
	struct cursor_w w = cursor_w_make(buf, sizeof(buf));

	wire_open_encode(&w, o);
	CU_ASSERT_FALSE(w.fault);
	raw_send(raw, buf, cursor_w_len(&w));
}

static void raw_read(struct raw *raw)
{
	const ssize_t n = recv(raw->fd, raw->buf + raw->len, sizeof(raw->buf) - raw->len,
		MSG_DONTWAIT);

	if (n > 0)
		raw->len += (size_t)n;
	else if (n == 0)
		raw->eof = true;
	else if (errno != EAGAIN)
		raw->eof = raw->reset = true;
}

/* A whole message off the front; 0 if there is none. */
static size_t raw_take(struct raw *raw, uint8_t *msg)
{
	const size_t len = raw->len < BGP_HEADER_LEN ? 0 : (size_t)raw->buf[16] << 8 | raw->buf[17];

	if (len == 0 || raw->len < len)
		return 0;
	memcpy(msg, raw->buf, len);
	raw->len -= len;
	memmove(raw->buf, raw->buf + len, raw->len);
	return len;
}

static size_t next_until(struct raw *raw, uint8_t *msg, struct mono end)
{
	for (;;) {
		const size_t len = raw_take(raw, msg);

		if (len > 0 || raw->eof || mono_is_before(end, mono_now()))
			return len;
		if (!loop_turn(raw->rig->l))
			nap();
		raw_read(raw);
	}
}

size_t raw_next(struct raw *raw, uint8_t *msg, int ms)
{
	return next_until(raw, msg, mono_add_us(mono_now(), ms * INT64_C(1000)));
}

size_t raw_expect(struct raw *raw, uint8_t type, uint8_t *msg, int ms)
{
	const struct mono end = mono_add_us(mono_now(), ms * INT64_C(1000));
	size_t len;

	do
		len = next_until(raw, msg, end);
	while (len > 0 && msg[BGP_HEADER_LEN - 1] != type);
	return len;
}

int raw_notification(struct raw *raw)
{
	uint8_t msg[65536];

	if (raw_expect(raw, BGP_MSG_NOTIFICATION, msg, 2000) == 0)
		return raw->eof ? -1 : -2;
	return msg[BGP_HEADER_LEN] << 8 | msg[BGP_HEADER_LEN + 1];
}

bool raw_establish(struct raw *raw, struct rig *r)
{
	const struct wire_open o = raw_open();
	uint8_t msg[BGP_MAX_LEN];

	if (!raw_connect(raw, r, "127.0.0.2") || raw_expect(raw, BGP_MSG_OPEN, msg, 2000) == 0)
		return false;
	raw_send_open(raw, &o);
	if (raw_expect(raw, BGP_MSG_KEEPALIVE, msg, 2000) == 0)
		return false;
	raw_send_keepalive(raw);
	return rig_until_state(&r->a, SESSION_STATE_ESTABLISHED, 2000);
}
