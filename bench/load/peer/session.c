/* SPDX-License-Identifier: Apache-2.0 */
/* One BGP session as far as a load generator needs it: OPEN with the families that are played and
 * AS numbers of four octets (RFC 6793), KEEPALIVE, what it is given to send, and reading. No timer
 * but the one for KEEPALIVE and for another try: a DUT that is silent is seen by the phases. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/load/blast.h"

enum {
	AS_TRANS = 23456,
	PARAMETER_CAPABILITIES = 2,
	CAPABILITY_MP = 1,
	CAPABILITY_REFRESH = 2,
	CAPABILITY_AS4 = 65,
	ROUTER_ID = 0x0a630000, /* 10.99.x.y */
	CHUNK = 1 << 19,        /* most octets given to the kernel at once */
	READS = 4               /* of one session before the next has its turn */
};

#define RETRY_NS   250000000ull
#define CONNECT_NS 3000000000ull

socklen_t session_address_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int epoll_of(const struct session *s)
{
	return s->blast->worker[s->worker].epoll;
}

/* An end of the connection is told in any case. */
static void poll_again(struct session *s)
{
	struct epoll_event e = { .events = (s->deaf ? 0 : EPOLLIN) | (s->wants_out ? EPOLLOUT : 0),
		.data.ptr = s };

	epoll_ctl(epoll_of(s), EPOLL_CTL_MOD, s->fd, &e);
}

static void want_out(struct session *s, bool out)
{
	if (s->wants_out == out && !out)
		return;
	s->wants_out = out;
	poll_again(s);
}

void session_deafen(struct session *s)
{
	s->deaf = s->stays_down = true;
	if (s->fd >= 0)
		poll_again(s);
}

static void poll_fd(struct session *s)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = s };

	epoll_ctl(epoll_of(s), EPOLL_CTL_ADD, s->fd, &e);
	s->wants_out = true;
}

static void set_option(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof value);
}

static void tune(const struct options *o, int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (o->sndbuf)
		set_option(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf);
	if (o->rcvbuf)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf);
}

void session_connect(struct session *s)
{
	struct blast *b = s->blast;

	s->fd = socket(b->dut.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		die("socket: %s", strerror(errno));
	set_option(s->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if (b->dut.ss_family == AF_INET)
		set_option(s->fd, IPPROTO_IP, IP_FREEBIND, 1);
	else
		set_option(s->fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	tune(&b->opt, s->fd);
	if (bind(s->fd, (void *)&s->local, session_address_len(&s->local)))
		die("bind session %d: %s", s->number, strerror(errno));
	s->state = SESSION_CONNECTING;
	s->retry_ns = clock_ns() + CONNECT_NS;
	if (connect(s->fd, (void *)&b->dut, session_address_len(&b->dut)) && errno != EINPROGRESS) {
		close(s->fd);
		s->fd = -1;
		s->state = SESSION_IDLE;
		s->retry_ns = clock_ns() + RETRY_NS;
		return;
	}
	poll_fd(s);
}

void session_take(struct session *s, int fd)
{
	s->fd = fd;
	tune(&s->blast->opt, fd);
	poll_fd(s);
	session_open(s);
}

void session_close(struct session *s, const char *why)
{
	struct blast *b = s->blast;

	if (s->state == SESSION_ESTABLISHED)
		b->established--;
	if (s->fd >= 0) {
		epoll_ctl(epoll_of(s), EPOLL_CTL_DEL, s->fd, NULL);
		close(s->fd);
	}
	if (b->started && s->state == SESSION_ESTABLISHED && !s->stays_down) {
		b->drops++;
		fprintf(stderr, "bgpblast: session %d lost: %s\n", s->number, why);
	} else if (b->opt.verbose && s->state >= SESSION_OPENSENT) {
		fprintf(stderr, "bgpblast: session %d closed in state %d: %s\n", s->number,
			(int)s->state, why);
	}
	s->fd = -1;
	s->control_len = s->control_sent = s->part_len = 0;
	s->tx = NULL;
	s->state = s->stays_down ? SESSION_DOWN : SESSION_IDLE;
	s->retry_ns = clock_ns() + RETRY_NS;
}

/* Gives octets to the kernel; -1 when it takes no more for now or the session is lost. */
static ssize_t send_some(struct session *s, const uint8_t *p, size_t n)
{
	ssize_t sent = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent >= 0)
		return sent;
	if (errno == EAGAIN)
		want_out(s, true);
	else
		session_close(s, strerror(errno));
	return -1;
}

void session_flush(struct session *s)
{
	ssize_t n;

	while (s->control_sent < s->control_len) {
		n = send_some(s, s->control + s->control_sent, s->control_len - s->control_sent);
		if (n < 0)
			return;
		s->control_sent += n;
	}
	s->control_len = s->control_sent = 0;
	while (s->tx && s->tx_sent < s->tx_len) {
		size_t left = s->tx_len - s->tx_sent;

		n = send_some(s, s->tx + s->tx_sent, left < CHUNK ? left : CHUNK);
		if (n < 0)
			return;
		s->tx_sent += n;
		s->last_tx_ns = clock_ns();
	}
	if (s->tx) {
		s->sent_ns = clock_ns();
		s->tx = NULL;
	}
	want_out(s, false);
}

void session_control(struct session *s, const uint8_t *m, int n)
{
	if (s->control_len + n > sizeof s->control)
		return;
	memcpy(s->control + s->control_len, m, n);
	s->control_len += n;
	s->last_tx_ns = clock_ns();
}

void session_keepalive(struct session *s)
{
	uint8_t m[BGP_HEADER];

	encode_header(m, sizeof m, BGP_KEEPALIVE);
	session_control(s, m, sizeof m);
}

static uint8_t *put_family(uint8_t *p, uint16_t afi)
{
	const uint8_t capability[] = { CAPABILITY_MP, 4, 0, afi, 0, SAFI_UNICAST };

	memcpy(p, capability, sizeof capability);
	return p + sizeof capability;
}

void session_open(struct session *s)
{
	const struct options *o = &s->blast->opt;
	uint32_t asn = s->speaker.asn;
	uint8_t m[128], *parameter = m + 29, *p = parameter + 2;

	m[19] = 4; /* version */
	put16(m + 20, asn > 65535 ? AS_TRANS : asn);
	put16(m + 22, o->hold_s);
	put32(m + 24, ROUTER_ID + s->number + 1);
	if (o->v4)
		p = put_family(p, AFI_IPV4);
	if (o->v6)
		p = put_family(p, AFI_IPV6);
	*p++ = CAPABILITY_REFRESH;
	*p++ = 0;
	*p++ = CAPABILITY_AS4;
	*p++ = 4;
	put32(p, asn);
	p += 4;
	parameter[0] = PARAMETER_CAPABILITIES;
	parameter[1] = p - parameter - 2;
	m[28] = p - parameter;
	encode_header(m, p - m, BGP_OPEN);
	session_control(s, m, p - m);
	s->state = SESSION_OPENSENT;
	session_flush(s);
}

/* The AS of four octets among the capabilities of a parameter, or asn. */
static uint32_t find_as4(const uint8_t *p, const uint8_t *end, uint32_t asn)
{
	for (; p + 2 <= end; p += 2 + p[1])
		if (p[0] == CAPABILITY_AS4 && p[1] == 4 && p + 6 <= end)
			asn = get32(p + 2);
	return asn;
}

static void hear_open(struct session *s, const uint8_t *m, int len)
{
	const uint8_t *end = m + len;
	uint32_t asn = get16(m + 20);

	for (const uint8_t *p = m + 29; p + 2 <= end && p + 2 + p[1] <= end; p += 2 + p[1])
		if (p[0] == PARAMETER_CAPABILITIES)
			asn = find_as4(p + 2, p + 2 + p[1], asn);
	if (!s->blast->dut_as)
		s->blast->dut_as = asn;
	session_keepalive(s);
	s->state = SESSION_OPENCONFIRM;
	session_flush(s);
}

static void hear_keepalive(struct session *s)
{
	const struct options *o = &s->blast->opt;
	struct octets end = { 0 };

	if (s->state != SESSION_OPENCONFIRM)
		return;
	s->state = SESSION_ESTABLISHED;
	s->blast->established++;
	if (s->sender >= 0)
		return;
	/* a receiver has nothing to announce, and says so */
	encode_end(&end, o->v4, o->v6);
	session_control(s, end.p, end.n);
	free(end.p);
	session_flush(s);
}

static void hear_notification(struct session *s, const uint8_t *m)
{
	char text[64];

	snprintf(text, sizeof text, "NOTIFICATION %d/%d", m[19], m[20]);
	if (s->blast->opt.verbose)
		fprintf(stderr, "bgpblast: session %d got %s\n", s->number, text);
	session_close(s, text);
}

/* Returns false when the session is gone. */
static bool hear(struct session *s, const uint8_t *m, int len, uint64_t now)
{
	switch (m[18]) {
	case BGP_OPEN:
		hear_open(s, m, len);
		break;
	case BGP_UPDATE:
		if (s->receiver) {
			s->receiver->tally.messages++;
			receive_update(s, m, len, now);
		}
		break;
	case BGP_NOTIFICATION:
		hear_notification(s, m);
		break;
	case BGP_KEEPALIVE:
		hear_keepalive(s);
		break;
	}
	return s->fd >= 0;
}

/* Returns how many octets were whole messages, or -1 when the session is gone. */
static ssize_t hear_all(struct session *s, const uint8_t *buf, size_t n, uint64_t now)
{
	size_t at = 0;

	while (n - at >= BGP_HEADER) {
		const uint8_t *m = buf + at;
		uint32_t len = get16(m + 16);

		if (len < BGP_HEADER || m[0] != 0xff || m[15] != 0xff)
			die("bad header from DUT on session %d", s->number);
		if (n - at < len)
			break;
		if (!hear(s, m, len, now))
			return -1;
		at += len;
	}
	return at;
}

void session_stamp(const struct session *s)
{
	set_option(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/* When the kernel had the last octet of what was read, or 0 when it does not say. */
static uint64_t stamp_of(struct msghdr *h)
{
	struct timespec t;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof t);
		return clock_from_realtime((uint64_t)t.tv_sec * 1000000000ull + t.tv_nsec);
	}
	return 0;
}

/* As recv(). */
static ssize_t take_octets(struct session *s, uint8_t *buf, size_t room)
{
	union {
		uint8_t octets[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr aligned;
	} control;
	struct iovec part = { buf, room };
	struct msghdr h = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t n = recvmsg(s->fd, &h, MSG_DONTWAIT);

	if (n > 0 && s->receiver)
		s->receiver->arrived_ns = stamp_of(&h);
	return n;
}

void session_read(struct session *s, uint8_t *buf)
{
	for (int i = 0; i < READS; i++) {
		size_t have = s->part_len;
		ssize_t n, whole;

		if (have)
			memcpy(buf, s->part, have);
		n = take_octets(s, buf + have, RX_BUF - have);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			session_close(s, n ? strerror(errno) : "closed by DUT");
			return;
		}
		if (s->receiver)
			s->receiver->tally.octets += n;
		s->part_len = 0;
		have += n;
		whole = hear_all(s, buf, have, clock_ns());
		if (whole < 0)
			return;
		if ((size_t)whole < have) {
			if (!s->part)
				s->part = xalloc(RX_PART);
			s->part_len = have - whole;
			memcpy(s->part, buf + whole, s->part_len);
		}
		if (n < RX_BUF / 4)
			return;
	}
}
