/* SPDX-License-Identifier: Apache-2.0 */
/* Who plays: senders are sessions 0 .. S-1, receivers follow; with --both the senders receive.
 * Session k has the address --local + k, unless receivers have addresses of their own. With more
 * than one worker the first serves the senders and the others the receivers, so that a sender never
 * waits behind the checking of what comes in. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/load/blast.h"

static void add_to_address(struct sockaddr_storage *a, uint32_t n)
{
	uint8_t *p = ((struct sockaddr_in6 *)a)->sin6_addr.s6_addr + 12;

	if (a->ss_family == AF_INET)
		p = (uint8_t *)&((struct sockaddr_in *)a)->sin_addr;
	put32(p, get32(p) + n);
}

static void set_local(struct session *s, const struct options *o, int receiver)
{
	bool apart = receiver >= 0 && o->has_receiver_local;

	s->local = apart ? o->receiver_local : o->local;
	add_to_address(&s->local, apart ? receiver : s->number);
}

/* Next hops are those given, for IPv6 counted up, else the session's own address. */
static void set_nexthops(struct session *s, const struct options *o)
{
	struct speaker *sp = &s->speaker;

	if (o->has_nexthop4)
		memcpy(sp->nexthop4, o->nexthop4, 4);
	else if (s->local.ss_family == AF_INET)
		memcpy(sp->nexthop4, &((struct sockaddr_in *)&s->local)->sin_addr, 4);
	if (o->has_nexthop6) {
		memcpy(sp->nexthop6, o->nexthop6, 16);
		put32(sp->nexthop6 + 12, get32(sp->nexthop6 + 12) + s->number);
	} else if (s->local.ss_family == AF_INET6) {
		memcpy(sp->nexthop6, &((struct sockaddr_in6 *)&s->local)->sin6_addr, 16);
	}
}

static int choose_worker(const struct options *o, int number, int receiver)
{
	if (o->both)
		return number % o->threads;
	if (receiver < 0 || o->threads == 1)
		return 0;
	return 1 + receiver % (o->threads - 1);
}

static struct receiver *receiver_new(const struct blast *b)
{
	struct receiver *r = xalloc(sizeof *r);
	size_t n = b->table.n_prefixes * sizeof *r->held;

	/* one place more: routes of no sender known */
	r->held_via = xalloc((b->opt.senders + 2) * sizeof *r->held_via);
	r->held = mmap(NULL, n + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->held == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	madvise(r->held, n, MADV_HUGEPAGE);
	memset(r->held, 0, n); /* no page faults while the clock runs */
	return r;
}

static void session_init(struct blast *b, int number)
{
	const struct options *o = &b->opt;
	struct session *s = &b->session[number];
	int receiver = number < o->senders ? -1 : number - o->senders;

	s->blast = b;
	s->number = number;
	s->fd = -1;
	s->sender = receiver < 0 ? number : -1;
	s->speaker.asn = receiver < 0 ? o->sender_as + number : o->receiver_as + receiver;
	s->speaker.pack = o->pack;
	set_local(s, o, receiver);
	set_nexthops(s, o);
	s->worker = choose_worker(o, number, receiver);
	if (receiver >= 0 || o->both)
		s->receiver = receiver_new(b);
}

void setup_sessions(struct blast *b)
{
	const struct options *o = &b->opt;

	if (o->dut.ss_family != o->local.ss_family)
		die("--dut and --local must be of one family");
	b->dut = o->dut;
	if (b->dut.ss_family == AF_INET)
		((struct sockaddr_in *)&b->dut)->sin_port = htons(o->port);
	else
		((struct sockaddr_in6 *)&b->dut)->sin6_port = htons(o->port);
	b->dut_as = o->dut_as;
	b->n_sessions = o->senders + o->receivers;
	b->session = xalloc(b->n_sessions * sizeof *b->session);
	for (int i = 0; i < b->n_sessions; i++)
		session_init(b, i);
}

void setup_range(const struct blast *b, int s, uint32_t *from, uint32_t *n)
{
	*n = b->opt.disjoint ? b->table.n_prefixes / b->opt.senders : b->table.n_prefixes;
	*from = b->opt.disjoint ? *n * s : 0;
}

uint32_t setup_attrs(const struct blast *b, int s, uint32_t a)
{
	if (!b->opt.diverse || !s)
		return a;
	return (uint32_t)(hash_mix(s * 7919 + 13, a) % b->table.n_attrs);
}

static void encode_sender(struct blast *b, int s)
{
	const struct table *t = &b->table;
	uint32_t from, n, end;

	setup_range(b, s, &from, &n);
	end = from + n;
	while (from < end) {
		uint32_t a = t->prefix[t->order[from]].attrs, next = from;
		struct announcement what = { setup_attrs(b, s, a), 1, t->order + from, 0 };

		while (next < end && t->prefix[t->order[next]].attrs == a)
			next++;
		what.n = next - from;
		encode_announce(&b->stream[s], t, &b->session[s].speaker, &what);
		from = next;
	}
	encode_end(&b->stream[s], b->opt.v4, b->opt.v6);
}

void setup_streams(struct blast *b)
{
	b->stream = xalloc(b->opt.senders * sizeof *b->stream);
	b->announcing = xalloc(b->opt.senders * sizeof *b->announcing);
	for (int s = 0; s < b->opt.senders; s++)
		encode_sender(b, s);
}
