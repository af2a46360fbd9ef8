/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that serve the sessions: each has an epoll for its own and an eventfd by which the main
 * thread wakes it when it asks for something. Besides, at every tick, it connects what is idle and
 * keeps what is silent alive; ticks are short until all sessions are up. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench/load/blast.h"

enum {
	EVENTS = 256,
	CEASE = 6,
	ADMINISTRATIVE_RESET = 4
};

#define SECOND_NS 1000000000ull

static void reset(struct session *s)
{
	uint8_t m[BGP_HEADER + 2];

	encode_header(m, sizeof m, BGP_NOTIFICATION);
	m[19] = CEASE;
	m[20] = ADMINISTRATIVE_RESET;
	if (s->fd >= 0)
		send(s->fd, m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
	s->stays_down = true;
	session_close(s, "reset");
}

static void obey(struct session *s)
{
	switch (atomic_exchange(&s->ask, ASK_NOTHING)) {
	case ASK_SEND:
		if (s->fd >= 0)
			session_flush(s);
		break;
	case ASK_RESET:
		reset(s);
		break;
	case ASK_UP:
		s->stays_down = false;
		s->state = SESSION_IDLE;
		s->retry_ns = 0;
		break;
	case ASK_DEAF:
		session_deafen(s);
		break;
	case ASK_TAKE:
		session_take(s, s->new_fd);
		break;
	}
}

static void wake(struct worker *w)
{
	struct blast *b = w->blast;
	uint64_t n;

	if (read(w->event, &n, sizeof n) != sizeof n)
		return;
	for (int i = 0; i < b->n_sessions; i++)
		if (b->session[i].worker == w->number)
			obey(&b->session[i]);
}

static void finish_connect(struct session *s, uint32_t events)
{
	int err = 0;
	socklen_t n = sizeof err;

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &n);
	if (err)
		session_close(s, strerror(err));
	else if (events & EPOLLOUT)
		session_open(s);
}

static void serve(struct worker *w, struct session *s, uint32_t events)
{
	if (s->fd < 0)
		return;
	if (s->state == SESSION_CONNECTING) {
		finish_connect(s, events);
		return;
	}
	if (s->deaf && events & (EPOLLHUP | EPOLLERR))
		session_close(s, "ended by DUT");
	else if (!s->deaf && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		session_read(s, w->buf);
	if (s->fd >= 0 && (events & EPOLLOUT) && !s->lent)
		session_flush(s);
}

static bool is_opening(const struct session *s)
{
	return s->state == SESSION_CONNECTING || s->state == SESSION_OPENSENT;
}

/* n_opening counts the sessions that are being opened: few at a time, as some daemons listen with
 * a short backlog. */
static void tick_session(struct session *s, uint64_t now, int *n_opening)
{
	const struct options *o = &s->blast->opt;
	int most = o->threads > 1 ? 4 : 8;

	if (is_opening(s) && now >= s->retry_ns) {
		session_close(s, "connect timeout");
		--*n_opening;
	}
	if (s->state == SESSION_IDLE && !o->listen && now >= s->retry_ns && !s->stays_down &&
		*n_opening < most) {
		session_connect(s);
		++*n_opening;
	}
	/* A deaf one learns by its own words that it was ended: soon. */
	if (s->state == SESSION_ESTABLISHED && !s->tx && !s->lent &&
		now - s->last_tx_ns > (s->deaf ? SECOND_NS : o->hold_s * SECOND_NS / 3)) {
		session_keepalive(s);
		session_flush(s);
	}
}

static void tick(struct worker *w, uint64_t now)
{
	struct blast *b = w->blast;
	int n_opening = 0;

	for (int i = 0; i < b->n_sessions; i++)
		n_opening += b->session[i].worker == w->number && is_opening(&b->session[i]);
	for (int i = 0; i < b->n_sessions; i++)
		if (b->session[i].worker == w->number)
			tick_session(&b->session[i], now, &n_opening);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct blast *b = w->blast;
	struct epoll_event events[EVENTS];
	uint64_t last = 0;

	while (!b->stopping) {
		int n = epoll_wait(w->epoll, events, EVENTS, b->started ? 50 : 1);
		uint64_t now;

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				serve(w, events[i].data.ptr, events[i].events);
			else
				wake(w);
		}
		now = clock_ns();
		if (now - last < (b->started ? 50000000ull : 1000000ull))
			continue;
		last = now;
		tick(w, now);
	}
	return NULL;
}

static void start(struct blast *b, int number)
{
	struct worker *w = &b->worker[number];
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
	int err;

	w->blast = b;
	w->number = number;
	w->buf = xalloc(RX_BUF + RX_PART);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->epoll < 0 || w->event < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->event, &e))
		die("epoll: %s", strerror(errno));
	err = pthread_create(&w->thread, NULL, worker_main, w);
	if (err)
		die("pthread_create: %s", strerror(err));
}

void worker_start_all(struct blast *b)
{
	for (int i = 0; i < b->opt.threads; i++)
		start(b, i);
}

void worker_join_all(struct blast *b)
{
	b->stopping = true;
	for (int i = 0; i < b->opt.threads; i++)
		pthread_join(b->worker[i].thread, NULL);
}

void session_ask(struct session *s, enum session_ask what)
{
	uint64_t one = 1;

	s->ask = what;
	if (write(s->blast->worker[s->worker].event, &one, sizeof one) != sizeof one)
		die("eventfd");
}

void session_send(struct session *s, const struct octets *stream)
{
	s->tx = stream->p;
	s->tx_len = stream->n;
	s->tx_sent = 0;
	session_ask(s, ASK_SEND);
}
