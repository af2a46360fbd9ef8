/* SPDX-License-Identifier: Apache-2.0 */
/* The one line of JSON on stdout, put together as the run goes on. Names and digits of its members
 * are what bench/ reads: see README.md. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench/load/blast.h"

void report_add(struct report *r, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (r->cap - r->n < (size_t)n + 1) {
		r->cap = r->cap * 2 + n + 16384;
		r->text = xrealloc(r->text, r->cap);
	}
	va_start(ap, format);
	r->n += vsnprintf(r->text + r->n, r->cap - r->n, format, ap);
	va_end(ap);
}

const char *report_comma(const struct report *r)
{
	return r->text[r->n - 1] == '[' ? "" : ",";
}

/* Messages of a stream. */
static size_t count_messages(const struct octets *stream)
{
	size_t n = 0;

	for (size_t at = 0; at < stream->n; at += get16(stream->p + at + 16))
		n++;
	return n;
}

void report_head(struct blast *b)
{
	const struct table *t = &b->table;
	const struct options *o = &b->opt;
	uint32_t used = 0, last = TABLE_NONE;
	uint64_t hops = 0;
	size_t octets = 0;

	for (int s = 0; s < o->senders; s++)
		octets += b->stream[s].n;
	for (uint32_t i = 0; i < t->n_prefixes; i++) {
		uint32_t a = t->prefix[t->order[i]].attrs;

		hops += t->attrs[a].hops + 1; /* the sender's AS */
		used += a != last;
		last = a;
	}
	report_add(&b->report,
		"{\"tool\":\"bgpblast\",\"label\":\"%s\",\"senders\":%d,\"receivers\":%d,"
		"\"prefixes\":%u,\"attr_sets\":%u,\"avg_path\":%.2f,\"stream_bytes\":%zu,"
		"\"stream_msgs_first\":%zu",
		o->label, o->senders, o->both ? o->senders : o->receivers, t->n_prefixes, used,
		t->n_prefixes ? (double)hops / t->n_prefixes : 0, octets,
		count_messages(&b->stream[0]));
}

/* Figures of all receivers together. */
struct totals {
	struct tally sum; /* counts added; times of the earliest first, else of the latest */
	uint64_t done_min_ns, sent_ns;
	int n_receivers, n_done;
	struct faults faults;
};

static void raise_to(uint64_t *max, uint64_t x)
{
	if (x > *max)
		*max = x;
}

/* 0 is none. */
static void lower_to(uint64_t *min, uint64_t x)
{
	if (x && (!*min || x < *min))
		*min = x;
}

static void add_receiver(struct totals *t, const struct tally *r)
{
	struct tally *sum = &t->sum;

	t->n_receivers++;
	t->n_done += r->done_ns != 0;
	lower_to(&sum->first_ns, r->first_ns);
	lower_to(&t->done_min_ns, r->done_ns);
	raise_to(&sum->last_ns, r->last_ns);
	raise_to(&sum->done_ns, r->done_ns);
	for (int k = 0; k < DECILES; k++)
		raise_to(&sum->decile_ns[k], r->decile_ns[k]);
	sum->announced += r->announced;
	sum->withdrawn += r->withdrawn;
	sum->replaced += r->replaced;
	sum->unknown += r->unknown;
	sum->octets += r->octets;
	sum->messages += r->messages;
	sum->bad_path += r->bad_path;
	sum->own += r->own;
}

static void add_all(const struct blast *b, struct totals *t)
{
	for (int i = 0; i < b->n_sessions; i++) {
		const struct session *s = &b->session[i];

		raise_to(&t->sent_ns, s->sent_ns);
		if (!s->receiver || s->deaf)
			continue;
		add_receiver(t, &s->receiver->tally);
		if (!b->opt.no_verify)
			verify_session(s, &t->faults);
	}
}

static double time_full(const struct totals *t, uint64_t t0)
{
	return t->n_done == t->n_receivers ? clock_seconds(t->sum.done_ns, t0) : -1;
}

static void add_times(struct report *r, const struct totals *t, const struct phase_result *p)
{
	const struct tally *sum = &t->sum;
	uint64_t t0 = p->t0_ns;

	report_add(r, "%s{\"phase\":\"%s\",\"ok\":%s,\"t0_mono\":%.6f,\"t_sent\":%.4f,",
		report_comma(r), p->name, p->ok ? "true" : "false", t0 / 1e9,
		clock_seconds(t->sent_ns, t0));
	report_add(r,
		"\"t_first\":%.4f,\"t_full\":%.4f,\"t_full_fastest\":%.4f,\"t_last\":%.4f,"
		"\"t_idle\":%.3f,",
		clock_seconds(sum->first_ns, t0), time_full(t, t0),
		clock_seconds(t->done_min_ns, t0), clock_seconds(sum->last_ns, t0),
		clock_seconds(p->idle_ns, t0));
	report_add(r, "\"receivers_done\":%d,\"deciles\":[", t->n_done);
	for (int k = 0; k < DECILES; k++)
		report_add(r, "%s%.4f", k ? "," : "", clock_seconds(sum->decile_ns[k], t0));
	report_add(r, "],");
}

static void add_counts(struct report *r, const struct tally *t)
{
	report_add(r,
		"\"rx_announce\":%" PRIu64 ",\"rx_withdraw\":%" PRIu64 ",\"rx_replace\":%" PRIu64
		",\"rx_unknown\":%" PRIu64 ",",
		t->announced, t->withdrawn, t->replaced, t->unknown);
	report_add(r,
		"\"rx_bytes\":%" PRIu64 ",\"rx_msgs\":%" PRIu64 ",\"badpath\":%" PRIu64
		",\"rx_own_updates\":%" PRIu64 ",",
		t->octets, t->messages, t->bad_path, t->own);
}

static void add_verdict(struct report *r, const struct totals *t)
{
	const struct faults *f = &t->faults;
	bool ok = !(f->missing + f->extra + f->wrong_via + f->path + f->attr + f->not_best +
		t->sum.unknown + t->sum.bad_path);

	report_add(r,
		"\"verify\":{\"ok\":%s,\"missing\":%" PRIu64 ",\"extra\":%" PRIu64
		",\"wrong_via\":%" PRIu64 ",\"path_bad\":%" PRIu64 ",\"attr_bad\":%" PRIu64
		",\"not_best\":%" PRIu64 "},",
		ok ? "true" : "false", f->missing, f->extra, f->wrong_via, f->path, f->attr,
		f->not_best);
}

void report_phase(struct blast *b, const struct phase_result *p)
{
	struct totals t = { 0 };

	add_all(b, &t);
	add_times(&b->report, &t, p);
	add_counts(&b->report, &t.sum);
	if (!b->opt.no_verify && t.n_receivers)
		add_verdict(&b->report, &t);
	report_add(&b->report,
		"\"dut_cpu_s\":%.4f,\"dut_cpu_done_s\":%.4f,\"dut_rss_kb\":%ld,\"dut_hwm_kb\":%ld,"
		"\"tool_cpu_s\":%.2f",
		account_dut_cpu_s(&b->opt) - p->cpu0_s, p->cpu_done_s - p->cpu0_s,
		account_dut_kb(&b->opt, "VmRSS:"), account_dut_kb(&b->opt, "VmHWM:"),
		account_own_cpu_s() - p->own_cpu0_s);
	fprintf(stderr, "bgpblast: %s: %s full=%.3f last=%.3f\n", p->name, p->ok ? "ok" : "TIMEOUT",
		time_full(&t, p->t0_ns), clock_seconds(t.sum.last_ns, p->t0_ns));
}
