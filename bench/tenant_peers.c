/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbours of many tenants, for scenario K of bench/run: each tenant has a device to the
 * router, P sessions on it, and R routes on each of them, the same prefixes for all tenants but for
 * one that is the tenant's own. Then all kernel tables are read, until every route is there, and
 * compared: the right prefixes, in the right table, by the right device.
 *
 *	tenant_peers MAP PEERS ROUTES ROUTER-NAMESPACE PROTOCOL TIMEOUT-S
 *
 * MAP has a line for each tenant: device here, device there, address of the router, address of the
 * first peer, kernel table. A thread reads the kernel's tables, with dumps that become frequent
 * when the end is near. One line of JSON; then sessions are held until a signal, or for the same
 * time.
 *
 * Connections are begun in order; at most WINDOW are waiting for the router's OPEN, so that no
 * queue of it overflows: a SYN that is dropped comes again after a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/xalloc.h"

#define WINDOW      8  /* BIRD listens with a queue of 8 */
#define ROUTES_EACH 10 /* of one attribute set */
#define PEER_AS     64512
#define COMMON_NET  0x14000000u /* 20.0.0.0/24, 20.0.1.0/24, ... */
#define OWN_NET     0x1e000000u /* 30.x.y.0/24 of tenant x.y */
#define KEEPALIVE_S 20

enum {
	OPEN = 1,
	UPDATE = 2,
	KEEPALIVE = 4
};
enum state {
	IDLE,
	CONNECTING,
	CONNECTED,
	OPENING,
	UP
};

struct tenant {
	char here[IFNAMSIZ];
	char there[IFNAMSIZ];
	uint32_t router;
	uint32_t peer;
	uint32_t table;
	uint32_t ifindex; /* of there */
	uint32_t routes;  /* seen in its table, right ones */
};

struct session {
	int fd;
	enum state state;
	uint32_t tenant;
	uint32_t peer;
	uint8_t in[4096];
	size_t n_in;
	uint8_t *out; /* owned: not yet sent */
	size_t n_out;
	size_t sent;
};

struct bench {
	struct tenant *tenants;
	uint32_t n;
	uint32_t peers;
	uint32_t routes;
	const char *netns;
	int protocol;
	double timeout;
	struct session *sessions;
	uint32_t begun;
	uint32_t pending;
	uint32_t up;
	int epoll;
	double t0;
	double t_up;   /* the last session is up */
	double t_sent; /* the last octet is with the kernel */
	uint32_t sent_all;
	atomic_bool is_done;
	/* of the watching thread */
	uint64_t count;
	uint64_t wrong;
	double t_kernel; /* the last route is in the kernel; 0 = never */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "tenant_peers: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Messages */

static uint8_t *put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v);
}

static uint8_t *put_header(uint8_t *p, uint8_t type, size_t body)
{
	memset(p, 0xff, 16);
	p = put16(p + 16, (uint32_t)(19 + body));
	*p++ = type;
	return p;
}

static uint8_t *put_open(uint8_t *p, uint32_t id)
{
	static const uint8_t caps[] = { 2, 12, 1, 4, 0, 1, 0, 1, 65, 4 };

	p = put_header(p, OPEN, 10 + sizeof(caps) + 4);
	*p++ = 4;
	p = put16(p, PEER_AS);
	p = put16(p, 180);
	p = put32(p, id);
	*p++ = sizeof(caps) + 4;
	memcpy(p, caps, sizeof(caps));
	return put32(p + sizeof(caps), PEER_AS);
}

/* One attribute set; the second peer's path is longer, so the first one's is used. */
static uint8_t *put_update(uint8_t *p, const struct bench *b, const struct session *s, uint32_t set)
{
	const uint32_t n_as = 2 + s->peer;
	const uint32_t first = set * ROUTES_EACH;
	uint32_t n = b->routes - first < ROUTES_EACH ? b->routes - first : ROUTES_EACH;
	const uint32_t attrs = 4 + 5 + 4 * n_as + 7;

	p = put_header(p, UPDATE, 4 + attrs + 4 * (size_t)n);
	p = put16(p, 0);
	p = put16(p, attrs);
	p = put32(p, 0x40010100); /* ORIGIN: IGP */
	p = put16(p, 0x4002);
	*p++ = (uint8_t)(2 + 4 * n_as);
	*p++ = 2;
	*p++ = (uint8_t)n_as;
	p = put32(p, PEER_AS);
	for (uint32_t i = 1; i < n_as; i++)
		p = put32(p, 100 + set);
	p = put16(p, 0x4003);
	*p++ = 4;
	p = put32(p, b->tenants[s->tenant].peer + s->peer);
	for (uint32_t i = first; n-- > 0; i++) {
		const uint32_t net = i == 0 ? OWN_NET | s->tenant << 8 : COMMON_NET | i << 8;

		*p++ = 24;
		p = put16(p, net >> 16);
		*p++ = (uint8_t)(net >> 8);
	}
	return p;
}

/* Sessions */

static void want(struct bench *b, struct session *s, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = s };

	if (epoll_ctl(b->epoll, EPOLL_CTL_MOD, s->fd, &e) < 0)
		die("epoll");
}

static void flush(struct bench *b, struct session *s)
{
	while (s->sent < s->n_out) {
		const ssize_t n = send(s->fd, s->out + s->sent, s->n_out - s->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			want(b, s, EPOLLIN | EPOLLOUT);
			return;
		}
		if (n < 0)
			die("a session was lost");
		s->sent += (size_t)n;
	}
	want(b, s, EPOLLIN);
	if (s->state == UP && s->out) {
		free(s->out);
		s->out = NULL;
		s->n_out = s->sent = 0;
		if (++b->sent_all == b->n * b->peers)
			b->t_sent = now();
	}
}

static void say(struct bench *b, struct session *s, const uint8_t *v, size_t n)
{
	(void)b;
	if (send(s->fd, v, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("a session was lost");
}

static void announce(struct bench *b, struct session *s)
{
	const uint32_t sets = (b->routes + ROUTES_EACH - 1) / ROUTES_EACH;
	uint8_t *p = s->out = xmalloc(sets * 128UL);

	for (uint32_t i = 0; i < sets; i++)
		p = put_update(p, b, s, i);
	s->n_out = (size_t)(p - s->out);
	s->sent = 0;
	flush(b, s);
}

static void begin(struct bench *b, struct session *s)
{
	const struct tenant *t = &b->tenants[s->tenant];
	const struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(t->peer + s->peer) };
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(t->router),
		.sin_port = htons(179) };
	struct epoll_event e = { .events = EPOLLOUT, .data.ptr = s };
	const int one = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, t->here, IFNAMSIZ) < 0 ||
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
		bind(s->fd, (const void *)&from, sizeof(from)) < 0 ||
		(connect(s->fd, (const void *)&to, sizeof(to)) < 0 && errno != EINPROGRESS) ||
		epoll_ctl(b->epoll, EPOLL_CTL_ADD, s->fd, &e) < 0)
		die("connect");
	s->state = CONNECTING;
	s->n_in = 0;
	b->pending++;
}

static void begin_more(struct bench *b)
{
	while (b->pending < WINDOW && b->begun < b->n * b->peers) {
		struct session *s = &b->sessions[b->begun];

		s->tenant = b->begun / b->peers;
		s->peer = b->begun % b->peers;
		b->begun++;
		begin(b, s);
	}
}

/* Refused: the router is not that far yet. */
static void again(struct bench *b, struct session *s)
{
	close(s->fd);
	b->pending--;
	usleep(1000);
	begin(b, s);
}

static void connected(struct bench *b, struct session *s)
{
	uint8_t m[64];
	int err = 0;
	socklen_t len = sizeof(err);

	(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err) {
		again(b, s);
		return;
	}
	s->state = CONNECTED;
	say(b, s, m, (size_t)(put_open(m, b->tenants[s->tenant].peer + s->peer) - m));
	want(b, s, EPOLLIN);
}

static void take(struct bench *b, struct session *s, uint8_t type)
{
	uint8_t m[19];

	if (type == OPEN) {
		s->state = OPENING;
		b->pending--;
		(void)put_header(m, KEEPALIVE, 0);
		say(b, s, m, sizeof(m));
	} else if (type == KEEPALIVE && s->state == OPENING) {
		s->state = UP;
		if (++b->up == b->n * b->peers)
			b->t_up = now();
		announce(b, s);
	} else if (type != KEEPALIVE && type != UPDATE) {
		errno = EPROTO;
		die("the router says NOTIFICATION");
	}
}

static void readable(struct bench *b, struct session *s)
{
	const ssize_t n = recv(s->fd, s->in + s->n_in, sizeof(s->in) - s->n_in, 0);
	size_t at = 0;

	if (n <= 0 && s->state == CONNECTED) {
		again(b, s);
		return;
	}
	if (n <= 0)
		die("the router ends a session");
	s->n_in += (size_t)n;
	while (s->n_in - at >= 19) {
		const size_t len = (size_t)(s->in[at + 16] << 8 | s->in[at + 17]);

		if (s->n_in - at < len)
			break;
		take(b, s, s->in[at + 18]);
		at += len;
	}
	memmove(s->in, s->in + at, s->n_in - at);
	s->n_in -= at;
}

static void keep_alive(struct bench *b)
{
	uint8_t m[19];

	(void)put_header(m, KEEPALIVE, 0);
	for (uint32_t i = 0; i < b->begun; i++) {
		if (b->sessions[i].state == UP && !b->sessions[i].out)
			say(b, &b->sessions[i], m, sizeof(m));
	}
}

static void turn(struct bench *b)
{
	struct epoll_event e[256];
	const int n = epoll_wait(b->epoll, e, 256, 10);

	for (int i = 0; i < n; i++) {
		struct session *s = e[i].data.ptr;

		if (s->state == CONNECTING)
			connected(b, s);
		else if (e[i].events & EPOLLOUT)
			flush(b, s);
		else
			readable(b, s);
	}
	begin_more(b);
}

/* The kernel's tables */

static struct tenant *by_table(const struct bench *b, uint32_t table)
{
	/* Numbers are given out in order, if not from the first line on. */
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->tenants[i].table == table)
			return &b->tenants[i];
	}
	return NULL;
}

struct route {
	uint32_t table;
	uint32_t net;
	uint32_t oif;
};

static void see(struct bench *b, struct rtmsg *r, size_t len)
{
	struct route x = { .table = r->rtm_table };
	static struct tenant *last; /* dumps go table by table */
	struct rtattr *a = RTM_RTA(r);
	size_t left = len - NLMSG_ALIGN(sizeof(*r));
	uint32_t own;

	if (r->rtm_protocol != b->protocol || r->rtm_type != RTN_UNICAST || r->rtm_dst_len != 24)
		return;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_TABLE)
			memcpy(&x.table, RTA_DATA(a), 4);
		else if (a->rta_type == RTA_DST)
			memcpy(&x.net, RTA_DATA(a), 4);
		else if (a->rta_type == RTA_OIF)
			memcpy(&x.oif, RTA_DATA(a), 4);
		else if (a->rta_type == RTA_MULTIPATH) /* of a group the first one carries */
			x.oif = (uint32_t)((const struct rtnexthop *)RTA_DATA(a))->rtnh_ifindex;
	}
	x.net = ntohl(x.net);
	if (!last || last->table != x.table)
		last = by_table(b, x.table);
	b->count++;
	if (!last) {
		b->wrong++;
		return;
	}
	own = OWN_NET | (uint32_t)(last - b->tenants) << 8;
	if (x.oif != last->ifindex || (x.net != own && x.net >> 24 != COMMON_NET >> 24))
		b->wrong++;
	else
		last->routes++;
}

static void dump(struct bench *b, int fd)
{
	static uint8_t buf[1 << 18];
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
	} q = { .h = { sizeof(q), RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		.r = { .rtm_family = AF_INET, .rtm_protocol = (uint8_t)b->protocol } };

	b->count = b->wrong = 0;
	for (uint32_t i = 0; i < b->n; i++)
		b->tenants[i].routes = 0;
	if (send(fd, &q, sizeof(q), 0) < 0)
		die("dump");
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (void *)buf;

		if (n < 0)
			die("dump");
		for (; NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return;
			see(b, NLMSG_DATA(h), NLMSG_PAYLOAD(h, 0));
		}
	}
}

static bool is_complete(const struct bench *b)
{
	if (b->count != (uint64_t)b->n * b->routes || b->wrong)
		return false;
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->tenants[i].routes != b->routes)
			return false;
	}
	return true;
}

static int enter(const char *netns)
{
	char path[128];
	int ns;
	int fd;

	(void)snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		die(path);
	close(ns);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		die("netlink");
	return fd;
}

/* Half of the time that is left at the pace seen so far: few dumps, and those near the end. */
static void *watch(void *arg)
{
	struct bench *b = arg;
	const int fd = enter(b->netns);
	const double all = (double)b->n * b->routes;
	const int one = 1;

	(void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	for (uint32_t i = 0; i < b->n; i++)
		b->tenants[i].ifindex = if_nametoindex(b->tenants[i].there);
	while (now() < b->t0 + b->timeout) {
		double pause = 0.5;
		double began = now();

		dump(b, fd);
		if (is_complete(b)) {
			b->t_kernel = now();
			break;
		}
		if (b->count > 0)
			pause = (began - b->t0) / (double)b->count * (all - (double)b->count) / 2;
		pause = pause < 0.02 ? 0.02 : pause > 0.5 ? 0.5 : pause;
		usleep((useconds_t)(pause * 1e6));
	}
	close(fd);
	b->is_done = true;
	return NULL;
}

static void read_map(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char router[16];
	char peer[16];
	struct tenant t = { 0 };

	if (!f)
		die(path);
	while (fscanf(f, "%15s %15s %15s %15s %u", t.here, t.there, router, peer, &t.table) == 5) {
		t.router = ntohl(inet_addr(router));
		t.peer = ntohl(inet_addr(peer));
		b->tenants = xreallocarray(b->tenants, b->n + 1UL, sizeof(t));
		b->tenants[b->n++] = t;
	}
	(void)fclose(f);
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	struct bench b = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct rlimit files = { 65536, 65536 };
	double spoke;
	pthread_t thread;

	if (argc != 7) {
		fprintf(stderr, "usage: tenant_peers MAP PEERS ROUTES NETNS PROTOCOL TIMEOUT-S\n");
		return 2;
	}
	(void)setrlimit(RLIMIT_NOFILE, &files);
	read_map(&b, argv[1]);
	b.peers = (uint32_t)atoi(argv[2]);
	b.routes = (uint32_t)atoi(argv[3]);
	b.netns = argv[4];
	b.protocol = atoi(argv[5]);
	b.timeout = atof(argv[6]);
	b.sessions = xcalloc((size_t)b.n * b.peers, sizeof(*b.sessions));
	spoke = b.t0 = now();
	if (pthread_create(&thread, NULL, watch, &b))
		die("thread");
	while (!b.is_done)
		turn(&b);
	(void)pthread_join(thread, NULL);
	printf("{\"ok\":%s,\"count\":%llu,\"wrong\":%llu,\"up\":%u,\"up_seconds\":%.3f,"
	       "\"sent_seconds\":%.3f,\"kernel_seconds\":%.3f,\"tool_cpu_seconds\":%.3f}\n",
		b.t_kernel > 0 ? "true" : "false", (unsigned long long)b.count,
		(unsigned long long)b.wrong, b.up, b.t_up - b.t0, b.t_sent - b.t0,
		b.t_kernel - b.t0, cpu_seconds());
	(void)fflush(stdout);
	while (b.t_kernel > 0 && now() < b.t_kernel + b.timeout) {
		turn(&b);
		if (now() - spoke > KEEPALIVE_S) {
			keep_alive(&b);
			spoke = now();
		}
	}
	return b.t_kernel > 0 ? 0 : 1;
}
