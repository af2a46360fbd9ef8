/* SPDX-License-Identifier: Apache-2.0 */
/* Churn: one sender changes single routes at a steady rate, and the time until a receiver hears of
 * each is measured. Half of the events change the path (the sender's AS once or twice), a quarter
 * withdraw, a quarter announce again what was withdrawn.
 *
 * All events are encoded before the clock starts. The main thread then writes to the sender's
 * socket itself, so that no wake-up of a worker is in the figures, and notes for each prefix the
 * event and when it was due: a DUT that takes no more makes the latency longer, not the load
 * smaller. An event that the DUT merged with the next of its prefix is never seen.
 *
 * On a machine that the tool shares with the DUT, the tool itself may be late. So of each event
 * two times are taken: the whole one, from when it was due until it was read, and the DUT's part,
 * from the call that hands it to the kernel until the kernel has it at the receiver's end. What is
 * left is the tool's. Where the two may not be told apart it is the DUT's: an event that was not
 * sent in time since the DUT took no more counts from when it was due; of several packets that are
 * read at once all have the time of the last. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/blast.h"

enum {
	CANDIDATES_MIN = 20
};

/* Events that are sent at once. */
struct turn {
	uint64_t t0;        /* when the first of all was due */
	uint32_t from, end; /* not the last */
	bool kept_back;     /* the DUT has taken no more since all that was due was sent */
};

struct plan {
	int sender;
	double rate;
	uint32_t n;
	uint32_t *id;     /* per event */
	uint8_t *kind;    /* of what a receiver will see */
	uint32_t *offset; /* in stream; one more than events */
	struct octets stream;
	uint8_t *prepends, *gone; /* per prefix, at the end */
	uint32_t *candidate, n_candidates;
	uint32_t *withdrawn, n_withdrawn, n_back; /* in this order they come back */
};

static void churn_init(struct blast *b)
{
	struct churn *c = &b->churn;
	size_t n = b->table.n_prefixes;

	if (c->event)
		return;
	c->event = xalloc(n * sizeof *c->event);
	c->due_ns = xalloc(n * sizeof *c->due_ns);
	c->from_ns = xalloc(n * sizeof *c->from_ns);
	c->kind = xalloc(n);
	c->prepends = xalloc(n);
	c->gone = xalloc(n);
}

static const struct receiver *first_receiver(const struct blast *b, int sender)
{
	for (int i = 0; i < b->n_sessions; i++)
		if (b->session[i].receiver && i != sender)
			return b->session[i].receiver;
	die("churn needs a receiver");
}

/* Prefixes that receivers now hold from this sender, shuffled. */
static void find_candidates(struct blast *b, struct plan *p)
{
	const struct receiver *r = first_receiver(b, p->sender);
	uint32_t from, n;

	setup_range(b, p->sender, &from, &n);
	p->candidate = xalloc(n * sizeof *p->candidate);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = b->table.order[from + i];

		if (r->held[id] && held_sender(r->held[id]) == p->sender)
			p->candidate[p->n_candidates++] = id;
	}
	if (p->n_candidates < CANDIDATES_MIN)
		die("churn: sender %d is best for only %u prefixes", p->sender, p->n_candidates);
	rng_shuffle(&b->rng, p->candidate, p->n_candidates);
}

static bool others_announce(const struct blast *b, int sender)
{
	for (int k = 0; k < b->opt.senders; k++)
		if (k != sender && b->announcing[k] && !b->opt.disjoint)
			return true;
	return false;
}

static void plan_announce(const struct blast *b, struct plan *p, uint32_t id)
{
	struct announcement what = { setup_attrs(b, p->sender, b->table.prefix[id].attrs),
		1 + p->prepends[id], &id, 1 };

	encode_announce(&p->stream, &b->table, &b->session[p->sender].speaker, &what);
}

/* One event; turn is where the next candidate is looked for. Returns its prefix. */
static uint32_t plan_event(const struct blast *b, struct plan *p, uint32_t k, uint32_t *turn)
{
	bool others = others_announce(b, p->sender);
	uint32_t lag = (uint32_t)p->rate + 1, id;

	if (lag > p->n_candidates / 4)
		lag = p->n_candidates / 4;
	if (k % 4 == 3 && p->n_withdrawn - p->n_back > lag / 4) {
		id = p->withdrawn[p->n_back++];
		p->gone[id] = 0;
		plan_announce(b, p, id);
		p->kind[k] = CHURN_ANNOUNCE;
		return id;
	}
	do
		id = p->candidate[(*turn)++ % p->n_candidates];
	while (p->gone[id]);
	if (k % 4 == 1) {
		encode_withdraw(&p->stream, &b->table, &id, 1);
		p->gone[id] = 1;
		p->withdrawn[p->n_withdrawn++] = id;
		p->kind[k] = others ? CHURN_EITHER : CHURN_WITHDRAW;
	} else {
		p->prepends[id] ^= 1;
		plan_announce(b, p, id);
		p->kind[k] = others ? CHURN_EITHER : CHURN_ANNOUNCE;
	}
	return id;
}

static void plan_init(struct blast *b, struct plan *p)
{
	size_t n_prefixes = b->table.n_prefixes;
	uint32_t turn = 0;

	find_candidates(b, p);
	p->id = xalloc(p->n * sizeof *p->id);
	p->kind = xalloc(p->n);
	p->withdrawn = xalloc(p->n * sizeof *p->withdrawn);
	p->offset = xalloc((p->n + 1ull) * sizeof *p->offset);
	p->prepends = xalloc(n_prefixes);
	p->gone = xalloc(n_prefixes);
	memcpy(p->prepends, b->churn.prepends, n_prefixes);
	memcpy(p->gone, b->churn.gone, n_prefixes);
	for (uint32_t k = 0; k < p->n; k++) {
		p->offset[k] = p->stream.n;
		p->id[k] = plan_event(b, p, k, &turn);
	}
	p->offset[p->n] = p->stream.n;
}

static void plan_fini(struct plan *p)
{
	free(p->id);
	free(p->kind);
	free(p->offset);
	free(p->stream.p);
	free(p->prepends);
	free(p->gone);
	free(p->candidate);
	free(p->withdrawn);
}

static uint64_t due_at(const struct plan *p, uint32_t k, uint64_t t0)
{
	return t0 + (uint64_t)(k / p->rate * 1e9);
}

/* Events from .. end-1 are to be sent at now, or were kept back by the DUT. */
static void note_events(struct churn *c, const struct plan *p, const struct turn *t, uint64_t now)
{
	for (uint32_t i = t->from; i < t->end; i++) {
		uint32_t id = p->id[i];

		c->due_ns[id] = due_at(p, i, t->t0);
		c->from_ns[id] = t->kept_back ? c->due_ns[id] : now;
		c->kind[id] = p->kind[i];
		__atomic_store_n(&c->event[id], i + 1, __ATOMIC_RELEASE);
	}
}

/* Writes a part of the stream; returns how often the DUT had no room for it. */
static uint64_t write_part(const struct session *s, const struct plan *p, uint32_t at, uint32_t end)
{
	uint64_t stalls = 0;

	while (at < end) {
		ssize_t n = send(s->fd, p->stream.p + at, end - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		struct pollfd room = { s->fd, POLLOUT, 0 };

		if (n >= 0) {
			at += n;
		} else if (errno == EAGAIN) {
			stalls++;
			poll(&room, 1, 1000);
		} else {
			die("churn: %s", strerror(errno));
		}
	}
	return stalls;
}

static void sleep_until(uint64_t ns)
{
	const struct timespec t = { ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Returns the stalls. */
static uint64_t play(struct blast *b, const struct plan *p, uint64_t t0)
{
	struct turn t = { .t0 = t0 };
	uint64_t stalls = 0;

	while (t.from < p->n) {
		uint64_t now = clock_ns(), n;

		while (t.end < p->n && due_at(p, t.end, t0) <= now)
			t.end++;
		if (t.end == t.from) {
			t.kept_back = false;
			sleep_until(due_at(p, t.end, t0));
			continue;
		}
		note_events(&b->churn, p, &t, clock_ns());
		n = write_part(&b->session[p->sender], p, p->offset[t.from], p->offset[t.end]);
		t.kept_back |= n > 0;
		stalls += n;
		t.from = t.end;
	}
	return stalls;
}

void churn_run(struct blast *b, int sender, double rate, double seconds)
{
	struct plan p = { .sender = sender, .rate = rate, .n = (uint32_t)(rate * seconds) };
	struct session *s = &b->session[sender];
	struct phase_result r = { .ok = true };
	uint64_t stalls;
	int n_receivers;

	churn_init(b);
	b->churn.sender = sender;
	plan_init(b, &p);
	phase_begin(b, GOAL_NONE, 0);
	n_receivers = latency_start(b, sender, p.n);
	s->lent = true;
	prctl(PR_SET_TIMERSLACK, 1000); /* naps of this thread end in time */
	usleep(60000);
	snprintf(r.name, sizeof r.name, "churn:%d:%g:%g", sender, rate, seconds);
	phase_start(b, &r);
	r.t0_ns = clock_ns();
	stalls = play(b, &p, r.t0_ns);
	s->sent_ns = s->last_tx_ns = clock_ns();
	s->lent = false;
	r.idle_ns = phase_wait_quiet(b);
	memcpy(b->churn.prepends, p.prepends, b->table.n_prefixes);
	memcpy(b->churn.gone, p.gone, b->table.n_prefixes);
	__atomic_store_n(&b->churn.on, false, __ATOMIC_RELEASE);
	r.cpu_done_s = account_dut_cpu_s(&b->opt);
	report_phase(b, &r);
	report_add(&b->report, ",\"events\":%u,\"lat_receivers\":%d,\"sender_stalls\":%llu", p.n,
		n_receivers, (unsigned long long)stalls);
	latency_report(b, (size_t)p.n * n_receivers);
	report_add(&b->report, "}");
	plan_fini(&p);
}
