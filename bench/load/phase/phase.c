/* SPDX-License-Identifier: Apache-2.0 */
/* The phases of --phases. Most have one shape: set what the receivers wait for, start the clock,
 * have a sender do something, wait until every receiver is there, wait for quiet, report. A row of
 * the table says what the sender does; the others do all of their work in their row's function. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/load/blast.h"

/* A phase as it was asked for, NAME:ARG:ARG. */
struct call {
	char *arg[5];
	int n;
	int sender; /* arg[1] */
};

static uint64_t deadline(const struct blast *b)
{
	return clock_ns() + (uint64_t)(b->opt.timeout_s * 1e9);
}

/* What session s gets when all senders that announce have been heard. */
static uint32_t count_expected(const struct blast *b, const struct session *s)
{
	uint32_t n = 0, from, share;

	for (int k = 0; k < b->opt.senders; k++) {
		if (!b->announcing[k] || k == s->sender)
			continue;
		setup_range(b, k, &from, &share);
		n = b->opt.disjoint ? n + share : share;
	}
	return n;
}

static void begin_receiver(const struct blast *b, struct session *s, enum goal goal, int leaving)
{
	struct receiver *r = s->receiver;

	r->tally = (struct tally){ 0 };
	r->n_deciles = 0;
	r->leaving = leaving;
	r->n_leaving = goal == GOAL_LEAVE ? r->held_via[leaving] : 0;
	r->n_expected = count_expected(b, s);
	r->goal = goal;
	if (s->deaf || (goal == GOAL_LEAVE && s->sender == leaving))
		r->goal = GOAL_NONE;
	/* who announces the same routes may be told of none */
	if (goal == GOAL_FILL && b->opt.both && !b->opt.disjoint)
		r->goal = GOAL_NONE;
	/* nothing to wait for */
	if (r->goal != GOAL_NONE && !r->n_leaving && r->n_held == r->n_expected)
		r->tally.done_ns = clock_ns();
}

void phase_begin(struct blast *b, enum goal goal, int leaving)
{
	for (int i = 0; i < b->n_sessions; i++) {
		b->session[i].sent_ns = 0;
		if (b->session[i].receiver)
			begin_receiver(b, &b->session[i], goal, leaving);
	}
}

void phase_start(const struct blast *b, struct phase_result *r)
{
	r->cpu0_s = account_dut_cpu_s(&b->opt);
	r->own_cpu0_s = account_own_cpu_s();
}

static bool is_busy(const struct session *s)
{
	const struct receiver *r = s->receiver;

	return s->tx || s->ask || (r && r->goal != GOAL_NONE && !r->tally.done_ns);
}

/* Until all streams are written and all receivers have what they wait for. */
static bool wait_done(const struct blast *b, uint64_t t0)
{
	uint64_t end = t0 + (uint64_t)(b->opt.timeout_s * 1e9);

	for (;; usleep(2000)) {
		int i = 0;

		while (i < b->n_sessions && !is_busy(&b->session[i]))
			i++;
		if (i == b->n_sessions)
			return true;
		if (clock_ns() > end)
			return false;
	}
}

static uint64_t last_update(const struct blast *b)
{
	uint64_t last = 0;

	for (int i = 0; i < b->n_sessions; i++) {
		const struct receiver *r = b->session[i].receiver;

		if (r && r->tally.last_ns > last)
			last = r->tally.last_ns;
	}
	return last;
}

/* Quiet is no UPDATE for --quiet seconds and, given --pid, a DUT that took under a tenth of a core
 * in that time too. */
uint64_t phase_wait_quiet(struct blast *b)
{
	uint64_t end = deadline(b), from = clock_ns();
	double quiet_ns = b->opt.quiet_s * 1e9, cpu = account_dut_cpu_s(&b->opt);

	for (;; usleep(5000)) {
		uint64_t last = last_update(b), now = clock_ns();

		if (last < from)
			last = from;
		if (now - from > 250000000ull) {
			double c = account_dut_cpu_s(&b->opt);

			if (c - cpu > 0.1 * (now - from) / 1e9 + 0.015) {
				from = now;
				cpu = c;
			}
		}
		if ((now - last > quiet_ns && now - from > quiet_ns) || now > end)
			return last;
	}
}

static uint64_t begin_announce(struct blast *b, const struct call *c)
{
	bool all = !strcmp(c->arg[0], "converge") && c->n < 2;
	int first = all ? 0 : c->sender, end = all ? b->opt.senders : c->sender + 1;
	uint64_t t0;

	for (int k = first; k < end; k++)
		b->announcing[k] = true;
	phase_begin(b, GOAL_FILL, 0);
	t0 = clock_ns();
	for (int k = first; k < end; k++)
		session_send(&b->session[k], &b->stream[k]);
	return t0;
}

static uint64_t begin_withdraw(struct blast *b, const struct call *c)
{
	uint32_t from, n;
	uint64_t t0;

	setup_range(b, c->sender, &from, &n);
	b->withdrawal.n = 0;
	encode_withdraw(&b->withdrawal, &b->table, b->table.order + from, n);
	b->announcing[c->sender] = false;
	phase_begin(b, GOAL_LEAVE, c->sender);
	t0 = clock_ns();
	session_send(&b->session[c->sender], &b->withdrawal);
	return t0;
}

static uint64_t begin_reset(struct blast *b, const struct call *c)
{
	uint64_t t0;

	b->announcing[c->sender] = false;
	phase_begin(b, GOAL_LEAVE, c->sender);
	t0 = clock_ns();
	session_ask(&b->session[c->sender], ASK_RESET);
	return t0;
}

static uint64_t begin_up(struct blast *b, const struct call *c)
{
	struct session *s = &b->session[c->sender];
	uint64_t asked, end = deadline(b);

	session_ask(s, ASK_UP);
	asked = clock_ns();
	while (s->state != SESSION_ESTABLISHED && clock_ns() < end)
		usleep(1000);
	report_add(&b->report, "%s{\"phase\":\"reconnect:%d\",\"t_established\":%.4f}",
		report_comma(&b->report), c->sender, clock_seconds(clock_ns(), asked));
	return begin_announce(b, c);
}

static void do_sleep(struct blast *b, const struct call *c)
{
	(void)b;
	usleep((useconds_t)(1e6 * (c->n > 1 ? atof(c->arg[1]) : 1)));
}

static void do_waitfile(struct blast *b, const struct call *c)
{
	uint64_t end = deadline(b);

	if (c->n < 2)
		die("waitfile:PATH");
	while (access(c->arg[1], F_OK) && clock_ns() < end)
		usleep(10000);
}

/* Receiver arg[1], counted from the first one. */
static struct session *receiver_of(struct blast *b, const struct call *c)
{
	int first = b->opt.both ? 0 : b->opt.senders, k = first + c->sender;

	if (c->n < 2 || k < first || k >= b->n_sessions)
		die("%s: there is no receiver %d", c->arg[0], c->sender);
	return &b->session[k];
}

static void do_deaf(struct blast *b, const struct call *c)
{
	session_ask(receiver_of(b, c), ASK_DEAF);
}

/* How long the DUT keeps a session whose receiver does not read. */
static void do_gone(struct blast *b, const struct call *c)
{
	const struct session *s = receiver_of(b, c);
	uint64_t t0 = clock_ns(), end = deadline(b);

	while (s->state != SESSION_DOWN && clock_ns() < end)
		usleep(10000);
	report_add(&b->report, "%s{\"phase\":\"gone:%d\",\"gone\":%s,\"seconds\":%.2f}",
		report_comma(&b->report), c->sender, s->state == SESSION_DOWN ? "true" : "false",
		clock_seconds(clock_ns(), t0));
}

static void do_mem(struct blast *b, const struct call *c)
{
	(void)c;
	report_add(&b->report, "%s{\"phase\":\"mem\",\"dut_rss_kb\":%ld,\"dut_hwm_kb\":%ld}",
		report_comma(&b->report), account_dut_kb(&b->opt, "VmRSS:"),
		account_dut_kb(&b->opt, "VmHWM:"));
}

static void do_churn(struct blast *b, const struct call *c)
{
	if (c->n < 4)
		die("churn:SENDER:RATE:SECONDS");
	churn_run(b, c->sender, atof(c->arg[2]), atof(c->arg[3]));
}

static const struct row {
	const char *name;
	bool of_sender;
	/* either: starts what the receivers then wait for, and returns when */
	uint64_t (*begin)(struct blast *b, const struct call *c);
	void (*all)(struct blast *b, const struct call *c);
} rows[] = {
	{ "converge", true, begin_announce, NULL },
	{ "announce", true, begin_announce, NULL },
	{ "withdraw", true, begin_withdraw, NULL },
	{ "reset", true, begin_reset, NULL },
	{ "up", true, begin_up, NULL },
	{ "churn", true, NULL, do_churn },
	{ "deaf", false, NULL, do_deaf },
	{ "gone", false, NULL, do_gone },
	{ "sleep", false, NULL, do_sleep },
	{ "waitfile", false, NULL, do_waitfile },
	{ "mem", false, NULL, do_mem },
};

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (name && !strcmp(rows[i].name, name))
			return &rows[i];
	die("unknown phase %s", name ? name : "");
}

static void parse_call(struct call *c, char *text)
{
	char *rest = NULL, *t;

	for (t = strtok_r(text, ":", &rest); t && c->n < 5; t = strtok_r(NULL, ":", &rest))
		c->arg[c->n++] = t;
	c->sender = c->n > 1 ? atoi(c->arg[1]) : 0;
}

void phase_run(struct blast *b, char *text)
{
	struct phase_result r = { 0 };
	struct call c = { .n = 0 };
	const struct row *row;

	snprintf(r.name, sizeof r.name, "%s", text);
	parse_call(&c, text);
	row = find_row(c.arg[0]);
	if (row->of_sender && (c.sender < 0 || c.sender >= b->opt.senders))
		die("%s: there is no sender %d", r.name, c.sender);
	if (!row->begin) {
		row->all(b, &c);
		return;
	}
	phase_start(b, &r);
	r.t0_ns = row->begin(b, &c);
	r.ok = wait_done(b, r.t0_ns);
	r.cpu_done_s = account_dut_cpu_s(&b->opt);
	r.idle_ns = phase_wait_quiet(b);
	report_phase(b, &r);
	report_add(&b->report, "}");
}
