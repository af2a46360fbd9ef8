/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports hear, sessions speak. A packet is given to a session of the port that it came in by, found
 * by its discriminator and by its source address together (RFC 5880 6.8.6 needs only the first; the
 * second costs a stranger who has seen a discriminator his hope), or by the address alone while the
 * other end does not know us.
 *
 * When a detection time ends, the port is read empty before anybody is declared dead: what waits in
 * the socket while this thread was not given a processor has arrived in time.
 *
 * What is reported is level-triggered: a session remembers how many changes it has told, and a
 * reader whose ring was full is told the state of then. A death is told to whoever switches traffic
 * first, and only then to the reader: who has read of it can rely on that.
 */
#include "bfd/bfd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <unistd.h>

#include "bfd/socket.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define RETRY_US  INT64_C(1000000)
#define LINGER_US INT64_C(3000000) /* of AdminDown; slow pace, so some three packets */
#define BURST     64               /* packets a turn and port */
#define DRAIN     1024             /* packets before somebody is declared dead */
#define SINGLE    255

struct port {
	TAILQ_ENTRY(port) entry;
	struct bfd *b;
	char device[BFD_DEVICE_SIZE];
	uint32_t ifindex;
	uint8_t family;
	bool multihop;
	int fd;
	struct io_watch io;
	TAILQ_HEAD(, node) nodes;
};

struct node {
	TAILQ_ENTRY(node) entry;
	TAILQ_ENTRY(node) port_entry;
	struct bfd *b;
	struct bfd_want want;
	struct bfd_session s;
	struct port *port; /* NULL: no sockets, tried again */
	int fd;
	int error;
	struct timer timer;
	struct timer life; /* retry of sockets; end of a leaving one */
	uint32_t told;     /* changes */
	uint32_t deaths_told;
	uint32_t ended; /* generation whose end is still to be told, 0 = none */
	bool ever_told;
	bool leaving;
};

struct bfd {
	struct loop *loop; /* borrowed */
	const struct bfd_ops *ops;
	void *ctx;
	TAILQ_HEAD(, port) ports;
	TAILQ_HEAD(, node) nodes;
	uint64_t dropped[BFD_DROP_COUNT];
};

static uint32_t random_number(void *ctx)
{
	uint32_t n = 0;

	(void)ctx;
	(void)!getrandom(&n, sizeof(n), 0);
	return n;
}

/* Telling */

static bool report(struct node *n, const struct bfd_report *r)
{
	return n->b->ops->report(n->b->ctx, n->want.feed, r) == 0;
}

/* The end of a watch, once: whoever counts deaths may strike out those of it. */
static bool tell_end(struct node *n)
{
	const struct bfd_report r = {
		.key = n->want.key,
		.owner = n->want.owner,
		.generation = n->ended,
		.ended = true,
	};

	if (n->ended && report(n, &r))
		n->ended = 0;
	return !n->ended;
}

static bool tell_death(struct node *n)
{
	const struct bfd_death d = {
		.key = n->want.key,
		.generation = n->want.generation,
		.deaths = n->s.stats.deaths,
	};

	if (n->deaths_told != d.deaths && n->b->ops->died && n->b->ops->died(n->b->ctx, &d) < 0)
		return false;
	n->deaths_told = d.deaths;
	return true;
}

static void tell(struct node *n)
{
	const struct bfd_report r = {
		.key = n->want.key,
		.owner = n->want.owner,
		.generation = n->want.generation,
		.state = (uint8_t)n->s.state,
		.diag = n->s.down_diag,
		.independent = n->s.remote_independent,
		.downs = n->s.stats.downs,
		.deaths = n->s.stats.deaths,
	};

	if (!tell_end(n) || n->leaving || (n->ever_told && n->told == n->s.changes))
		return;
	if (!tell_death(n) || !report(n, &r))
		return;
	n->told = n->s.changes;
	n->ever_told = true;
}

void bfd_space(struct bfd *b, uint32_t feed)
{
	struct node *n;

	TAILQ_FOREACH(n, &b->nodes, entry) {
		if (feed == BFD_ALL_FEEDS || n->want.feed == feed)
			tell(n);
	}
}

/* Sending */

static void speak(struct node *n, struct mono now)
{
	uint8_t out[BFD_PACKET_MAX];
	struct sockaddr_storage ss;
	const size_t len = bfd_session_emit(&n->s, out, now);
	const socklen_t to = ip_to_sockaddr(&n->want.remote,
		n->want.multihop ? BFD_PORT_MULTIHOP : BFD_PORT, n->want.ifindex, &ss);

	/* What the kernel refuses (no route, no neighbour) is a lost packet, as on the line. */
	if (len > 0 && n->port)
		(void)!sendto(n->fd, out, len, MSG_NOSIGNAL, (struct sockaddr *)&ss, to);
}

static void arm(struct node *n, struct mono now)
{
	const struct mono at = bfd_session_deadline(&n->s);
	const int64_t left = mono_sub_us(at, now);

	if (at.us == INT64_MAX)
		timer_stop(&n->timer);
	else
		timer_start(&n->timer, left > 0 ? left : 0);
}

/* Tell before anything else: a switch waits for it. */
static void follow(struct node *n, struct mono now)
{
	tell(n);
	if (n->s.want_final)
		speak(n, now);
	if (bfd_session_wants_send(&n->s, now))
		speak(n, now);
	arm(n, now);
}

/* Hearing */

static struct node *find_node(struct port *p, const struct ip_addr *from,
	const struct bfd_packet *d)
{
	struct node *n;

	TAILQ_FOREACH(n, &p->nodes, port_entry) {
		if (!ip_is_equal(&n->want.remote, from))
			continue;
		if (d->your_discr == 0 ? !n->leaving : d->your_discr == n->s.discr)
			return n;
	}
	return NULL;
}

static enum bfd_drop hear(struct port *p, const uint8_t *octets, const struct bfd_datagram *dg)
{
	const struct mono now = mono_now();
	struct bfd_packet d;
	enum bfd_drop drop;
	struct node *n;

	/* RFC 5881 5: before anything is read */
	if (!p->multihop && dg->hops != SINGLE)
		return BFD_DROP_HOPS;
	drop = bfd_packet_decode(octets, dg->len, &d);
	if (drop != BFD_DROP_NONE)
		return drop;
	n = find_node(p, &dg->from, &d);
	if (!n)
		return BFD_DROP_NO_SESSION;
	if (dg->hops < n->want.min_hops) {
		n->s.stats.dropped[BFD_DROP_HOPS]++;
		return BFD_DROP_NONE;
	}
	if (bfd_session_receive(&n->s, octets, &d, now) == BFD_DROP_NONE)
		follow(n, now);
	return BFD_DROP_NONE;
}

/* Up to max packets; false: there were none left. */
static bool drain(struct port *p, int max)
{
	for (int i = 0; i < max; i++) {
		uint8_t octets[256]; /* length is one octet of the packet */
		struct bfd_datagram d;
		const int ret = bfd_socket_read(p->fd, octets, sizeof(octets), &d);
		enum bfd_drop drop;

		if (ret == -EAGAIN)
			return false;
		if (ret < 0)
			continue;
		drop = hear(p, octets, &d);
		p->b->dropped[drop] += drop != BFD_DROP_NONE;
	}
	return true;
}

static void on_read(void *ctx)
{
	(void)drain(ctx, BURST);
}

static void on_timer(void *ctx)
{
	struct node *n = ctx;
	struct mono now = mono_now();

	if (bfd_session_is_expired(&n->s, now)) {
		if (n->port)
			(void)drain(n->port, DRAIN);
		now = mono_now();
		if (bfd_session_is_expired(&n->s, now))
			bfd_session_expire(&n->s, now);
		else
			n->s.stats.expiry_saved++;
	}
	follow(n, now);
}

/* Ports */

static void port_free(struct port *p)
{
	io_fini(&p->io);
	if (p->fd >= 0)
		close(p->fd);
	TAILQ_REMOVE(&p->b->ports, p, entry);
	free(p);
}

static struct port *port_get(struct bfd *b, const struct bfd_want *w, int *err)
{
	const uint16_t number = w->multihop ? BFD_PORT_MULTIHOP : BFD_PORT;
	struct port *p;

	TAILQ_FOREACH(p, &b->ports, entry) {
		if (p->family == w->remote.family && p->multihop == w->multihop &&
			p->ifindex == w->ifindex && strcmp(p->device, w->device) == 0)
			return p;
	}
	p = xcalloc(1, sizeof(*p));
	p->b = b;
	p->family = w->remote.family;
	p->multihop = w->multihop;
	p->ifindex = w->ifindex;
	memcpy(p->device, w->device, sizeof(p->device));
	TAILQ_INIT(&p->nodes);
	TAILQ_INSERT_TAIL(&b->ports, p, entry);
	p->fd = bfd_socket_hear(p->family, p->device, number);
	if (p->fd < 0) {
		*err = p->fd;
		port_free(p);
		return NULL;
	}
	io_init(&p->io, b->loop, p->fd, on_read, NULL, p);
	io_want_read(&p->io, true);
	return p;
}

static void node_close(struct node *n)
{
	struct port *p = n->port;

	if (!p)
		return;
	close(n->fd);
	n->fd = -1;
	n->port = NULL;
	TAILQ_REMOVE(&p->nodes, n, port_entry);
	if (TAILQ_EMPTY(&p->nodes))
		port_free(p);
}

static void node_open(struct node *n)
{
	struct ip_addr local = n->want.local;
	struct port *p;

	n->error = 0;
	if (!ip_is_set(&local))
		local.family = n->want.remote.family;
	p = port_get(n->b, &n->want, &n->error);
	if (!p)
		goto retry;
	n->fd = bfd_socket_speak(&local, n->want.device, n->want.ifindex);
	if (n->fd >= 0) {
		n->port = p;
		TAILQ_INSERT_TAIL(&p->nodes, n, port_entry);
		return;
	}
	n->error = n->fd;
	if (TAILQ_EMPTY(&p->nodes))
		port_free(p);
retry:
	timer_start(&n->life, RETRY_US);
}

/* Sessions */

static void node_free(struct node *n)
{
	node_close(n);
	timer_stop(&n->timer);
	timer_stop(&n->life);
	TAILQ_REMOVE(&n->b->nodes, n, entry);
	explicit_bzero(n, sizeof(*n));
	free(n);
}

static void on_life(void *ctx)
{
	struct node *n = ctx;

	if (!n->leaving) {
		node_open(n);
		return;
	}
	tell(n);
	if (n->ended)
		timer_start(&n->life, RETRY_US);
	else
		node_free(n);
}

static struct node *node_find(const struct bfd *b, uint32_t key)
{
	struct node *n;

	TAILQ_FOREACH(n, &b->nodes, entry) {
		if (n->want.key == key)
			return n;
	}
	return NULL;
}

static uint32_t pick_discr(const struct bfd *b)
{
	const struct node *n;
	uint32_t discr;

	do {
		discr = random_number(NULL);
		TAILQ_FOREACH(n, &b->nodes, entry) {
			if (n->s.discr == discr)
				break;
		}
	} while (discr == 0 || n);
	return discr;
}

static struct node *node_new(struct bfd *b)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->b = b;
	n->fd = -1;
	bfd_session_init(&n->s, pick_discr(b), random_number, NULL);
	timer_init(&n->timer, b->loop, on_timer, n);
	timer_init(&n->life, b->loop, on_life, n);
	TAILQ_INSERT_TAIL(&b->nodes, n, entry);
	return n;
}

static bool is_same_place(const struct bfd_want *a, const struct bfd_want *b)
{
	return a->ifindex == b->ifindex && a->multihop == b->multihop &&
		strcmp(a->device, b->device) == 0 && ip_is_equal(&a->local, &b->local) &&
		ip_is_equal(&a->remote, &b->remote);
}

/* One that says goodbye to the same neighbour would contradict the new one. */
static void make_room(struct bfd *b, const struct bfd_want *w)
{
	struct node *n = TAILQ_FIRST(&b->nodes);

	while (n) {
		struct node *next = TAILQ_NEXT(n, entry);

		if (n->leaving && n->want.key != w->key && n->want.ifindex == w->ifindex &&
			ip_is_equal(&n->want.remote, &w->remote)) {
			node_close(n);
			timer_start(&n->life, 0);
		}
		n = next;
	}
}

void bfd_set(struct bfd *b, const struct bfd_want *w)
{
	const struct mono now = mono_now();
	struct node *n = node_find(b, w->key);
	bool moved = true;

	make_room(b, w);
	if (!n)
		n = node_new(b);
	else
		moved = !is_same_place(&n->want, w);
	if (moved)
		node_close(n);
	if (n->leaving) {
		/* begun anew, in all but the sockets */
		n->s.stats = (struct bfd_session_stats){ 0 };
		n->deaths_told = 0;
		n->ever_told = false;
	}
	n->leaving = false;
	n->want = *w;
	if (!w->multihop)
		n->want.min_hops = SINGLE;
	timer_stop(&n->life);
	if (!n->port)
		node_open(n);
	bfd_session_reconf(&n->s, &w->session, now);
	follow(n, now);
}

static void say_goodbye(struct node *n, struct mono now)
{
	struct bfd_session_conf c = n->want.session;

	c.admin_down = true;
	bfd_session_reconf(&n->s, &c, now);
	n->s.want_final = false;
	/* Twice: one that is lost would be a flap over there. */
	speak(n, now);
	speak(n, now);
}

void bfd_del(struct bfd *b, uint32_t key)
{
	const struct mono now = mono_now();
	struct node *n = node_find(b, key);

	if (!n || n->leaving)
		return;
	n->leaving = true;
	n->ended = n->want.generation;
	tell(n);
	say_goodbye(n, now);
	/* RFC 5880 6.8.16: for a detection time at least, so that it is heard */
	timer_start(&n->life, LINGER_US);
	arm(n, now);
}

struct bfd *bfd_new(struct loop *l, const struct bfd_ops *ops, void *ctx)
{
	struct bfd *b = xcalloc(1, sizeof(*b));

	b->loop = l;
	b->ops = ops;
	b->ctx = ctx;
	TAILQ_INIT(&b->ports);
	TAILQ_INIT(&b->nodes);
	return b;
}

void bfd_free(struct bfd *b)
{
	struct node *n;

	if (!b)
		return;
	while ((n = TAILQ_FIRST(&b->nodes))) {
		if (!n->leaving)
			say_goodbye(n, mono_now());
		node_free(n);
	}
	free(b);
}

bool bfd_next(const struct bfd *b, uint32_t after, struct bfd_view *v)
{
	const struct node *best = NULL;
	const struct node *n;

	TAILQ_FOREACH(n, &b->nodes, entry) {
		if (!n->leaving && n->want.key > after && (!best || n->want.key < best->want.key))
			best = n;
	}
	if (!best)
		return false;
	*v = (struct bfd_view){
		.want = &best->want,
		.session = &best->s,
		.error = best->error,
		.leaving = best->leaving,
	};
	return true;
}

const uint64_t *bfd_dropped(const struct bfd *b)
{
	return b->dropped;
}
