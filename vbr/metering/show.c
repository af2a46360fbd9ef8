/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the ledger, as streams of slices: the job visits its thread, which builds rows in
 * the job's arena, and comes back to send them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"
#include "vbr/metering/metering.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/model/metering.h"

#define SLICE_US     20000 /* samples wait no longer behind a question */
#define CHECK_SLICE  1000  /* records */
#define RECORD_SLICE 128

struct meter_job {
	struct mgmt_job j; /* first */
	struct ledger_filter filter;
	struct meter_asked asked;
	struct ledger_cursor cursor;
	struct ledger_place place;
	struct ledger_check check;
	bool is_first;
	bool is_done;
	uint32_t faults;
	int ret;
	struct errbuf err;
	void (*visit)(struct ledger *l, void *arg);
	void (*reply)(struct meter_job *q);
	union {
		Vbrd__MeteringUsage *usage[MGMT_CHUNK];
		Vbrd__MeteringRecord *records[MGMT_CHUNK];
		Vbrd__MeteringChain *chains[MGMT_CHUNK];
	} rows;
	size_t n;
};

void mgmt_job_ledger(struct mgmt_job *j, void (*fn)(struct ledger *l, void *arg))
{
	mgmt_job_sent(j,
		ledger_thread_call(metering_ledger(daemon_metering(j->d)), fn, mgmt_job_back, j),
		"the ledger");
}

void mgmt_metering_asked(const struct daemon *d, const char *tenant, struct meter_asked *q)
{
	snprintf(q->tenant, sizeof(q->tenant), "%s", tenant != NULL ? tenant : "");
	q->is_configured = model_tenant(daemon_model(d), q->tenant) != NULL;
}

int mgmt_metering_ask(struct ledger *l, struct meter_asked *q, struct errbuf *err)
{
	int ret;

	if (q->tenant[0] == '\0' || q->is_configured)
		return 0;
	ret = ledger_has_tenant(l, q->tenant, err);
	q->is_unknown = ret == 0;
	return ret < 0 ? ret : 0;
}

void mgmt_metering_unknown(struct mgmt_job *j, const struct meter_asked *q)
{
	mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND,
		arena_printf(j->arena,
			"there is no tenant \"%s\", nor was one metered: "
			"see show tenant, show metering",
			q->tenant));
}

static bool read_time(struct rpc_call *call, const char *text, int64_t *t)
{
	if (text == NULL || text[0] == '\0' || walltime_parse(text, t) == 0)
		return true;
	rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
		"\"%s\" is no time: give 2026-11-28 or 2026-11-28T10:00:00Z", text);
	return false;
}

bool mgmt_metering_times(struct rpc_call *call, const char *from, const char *to, int64_t *from_s,
	int64_t *to_s)
{
	const int64_t now = (int64_t)time(NULL);

	*from_s = walltime_month(now);
	*to_s = now + 1;
	if (!read_time(call, from, from_s) || !read_time(call, to, to_s))
		return false;
	if (*from_s < *to_s)
		return true;
	rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "the time ends before it begins");
	return false;
}

static void finish(struct mgmt_job *j)
{
	struct meter_job *q = (struct meter_job *)j;

	if (q->asked.is_unknown) {
		mgmt_metering_unknown(j, &q->asked);
		return;
	}
	if (q->n > 0 || q->is_first) {
		q->reply(q);
		q->n = 0;
		q->is_first = false;
		arena_reset(j->arena);
	}
	if (q->ret < 0)
		mgmt_job_end(j, VBRD__STATUS_CODE__FAILED, &q->err);
	else if (q->is_done && q->faults > 0)
		mgmt_job_fail(j, VBRD__STATUS_CODE__FAILED,
			"the ledger is not as it was written: see the results that are not sound");
	else if (q->is_done)
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
	else if (!rpc_call_is_congested(j->call))
		mgmt_job_ledger(j, q->visit);
}

static void free_extra(struct mgmt_job *j)
{
	errbuf_fini(&((struct meter_job *)j)->err);
}

static struct meter_job *job_new(struct rpc_call *call, void *ctx, const char *tenant)
{
	struct meter_job *q = mgmt_job_new(call, mgmt_daemon(ctx), sizeof(*q));

	q->j.finish = finish;
	q->j.free_extra = free_extra;
	q->is_first = true;
	errbuf_init(&q->err);
	mgmt_metering_asked(q->j.d, tenant, &q->asked);
	if (q->asked.tenant[0] != '\0')
		q->filter.tenant = q->asked.tenant;
	return q;
}

static void first_visit(struct ledger *l, void *arg)
{
	struct meter_job *q = arg;

	q->ret = mgmt_metering_ask(l, &q->asked, &q->err);
	if (q->ret == 0 && !q->asked.is_unknown)
		q->visit(l, q);
}

static bool has_time(const struct meter_job *q, struct mono begin)
{
	return q->ret > 0 && q->n < MGMT_CHUNK && arena_used(q->j.arena) < MGMT_SLICE &&
		mono_sub_us(mono_now(), begin) < SLICE_US;
}

static char *flags_text(struct arena *a, uint32_t flags)
{
	char text[METER_FLAGS_SIZE];

	return mgmt_str(a, meter_flags_text(flags, text));
}

/* Over the times that a request names; NULL after an error reply. */
static struct meter_job *job_over(struct rpc_call *call, void *ctx, const char *tenant,
	const char *from, const char *to)
{
	struct meter_job *q;
	int64_t from_s;
	int64_t to_s;

	if (!mgmt_metering_times(call, from, to, &from_s, &to_s))
		return NULL;
	q = job_new(call, ctx, tenant);
	q->filter.from_s = from_s;
	q->filter.to_s = to_s;
	return q;
}

/* Usage */

static void add_usage(void *ctx, const struct ledger_usage *u)
{
	struct meter_job *q = ctx;
	struct arena *a = q->j.arena;
	Vbrd__MeteringUsage *r = arena_alloc(a, sizeof(*r));

	vbrd__metering_usage__init(r);
	r->tenant = mgmt_str(a, u->tenant);
	r->kind = mgmt_str(a, meter_kind_name(u->kind));
	r->name = mgmt_str(a, u->name);
	r->has_bytes_in = r->has_bytes_out = r->has_packets_in = r->has_packets_out = true;
	r->bytes_in = u->c.v[METER_IN];
	r->bytes_out = u->c.v[METER_OUT];
	r->packets_in = u->c.v[METER_PACKETS_IN];
	r->packets_out = u->c.v[METER_PACKETS_OUT];
	r->has_percentile_95_in = r->has_percentile_95_out = u->has_percentile;
	r->percentile_95_in = u->p95_in_bps;
	r->percentile_95_out = u->p95_out_bps;
	r->has_hours = r->has_seconds = r->has_total_bytes_in = r->has_total_bytes_out = true;
	r->hours = u->hours;
	r->seconds = u->seconds;
	r->total_bytes_in = u->total.v[METER_IN];
	r->total_bytes_out = u->total.v[METER_OUT];
	r->detail = mgmt_str(a, u->detail);
	r->flags = flags_text(a, u->flags);
	q->rows.usage[q->n++] = r;
}

static void visit_usage(struct ledger *l, void *arg)
{
	struct meter_job *q = arg;
	const struct mono begin = mono_now();

	do
		q->ret = ledger_usage(l, &q->filter, &q->place, add_usage, q, &q->err);
	while (has_time(q, begin));
	q->is_done = q->ret <= 0;
}

static void reply_usage(struct meter_job *q)
{
	const struct metering *mt = daemon_metering(q->j.d);
	Vbrd__Metering m = VBRD__METERING__INIT;
	struct arena *a = q->j.arena;
	const char *error = metering_error(mt);

	if (q->ret < 0)
		return;
	if (q->is_first) {
		m.from = mgmt_time(a, q->filter.from_s);
		m.to = mgmt_time(a, q->filter.to_s);
		m.ledger = mgmt_str(a, error[0] != '\0' ? error : "ok");
		if (metering_last_s(mt) != 0) {
			m.last_sample = mgmt_time(a, metering_last_s(mt));
			m.has_write_us = true;
			m.write_us = metering_write_us(mt);
		}
	}
	m.usage = q->rows.usage;
	m.n_usage = q->n;
	(void)rpc_reply_chunk(q->j.call, &m.base);
}

void mgmt_show_metering(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowMetering *in = req->show_metering;
	struct meter_job *q = job_over(call, ctx, in->tenant, in->from, in->to);

	if (q == NULL)
		return;
	q->filter.interval_s = model_metering(daemon_model(q->j.d))->interval_s;
	q->visit = visit_usage;
	q->reply = reply_usage;
	mgmt_job_ledger(&q->j, first_visit);
}

/* Records */

static void add_record(void *ctx, const struct ledger_record *in)
{
	struct meter_job *q = ctx;
	struct arena *a = q->j.arena;
	Vbrd__MeteringRecord *r = arena_alloc(a, sizeof(*r));
	char hex[LEDGER_HEX_SIZE];

	vbrd__metering_record__init(r);
	r->tenant = mgmt_str(a, in->tenant);
	r->series = mgmt_str(a, ledger_series_name(in->series));
	r->has_seq = r->has_seconds = true;
	r->seq = in->seq;
	r->record = mgmt_str(a, ledger_type_name(in->type));
	r->kind = in->type == LEDGER_USAGE ? mgmt_str(a, meter_kind_name(in->kind)) : NULL;
	r->name = mgmt_str(a, in->name);
	r->start = mgmt_time(a, in->start_s);
	r->end = mgmt_time(a, in->end_s);
	r->seconds = in->seconds;
	r->has_bytes_in = r->has_bytes_out = r->has_packets_in = r->has_packets_out = true;
	r->bytes_in = in->c.v[METER_IN];
	r->bytes_out = in->c.v[METER_OUT];
	r->packets_in = in->c.v[METER_PACKETS_IN];
	r->packets_out = in->c.v[METER_PACKETS_OUT];
	r->detail = mgmt_str(a, in->detail);
	r->flags = flags_text(a, in->flags);
	r->previous = mgmt_str(a, ledger_hex(in->previous, hex));
	r->hash = mgmt_str(a, ledger_hex(in->hash, hex));
	q->rows.records[q->n++] = r;
}

static void visit_records(struct ledger *l, void *arg)
{
	struct meter_job *q = arg;
	const struct mono begin = mono_now();

	do
		q->ret = ledger_records(l, &q->filter, &q->cursor, add_record, q, &q->err);
	while (has_time(q, begin) && q->n + RECORD_SLICE <= MGMT_CHUNK);
	q->is_done = q->ret <= 0;
}

static void reply_records(struct meter_job *q)
{
	Vbrd__MeteringRecords m = VBRD__METERING_RECORDS__INIT;

	m.records = q->rows.records;
	m.n_records = q->n;
	(void)rpc_reply_chunk(q->j.call, &m.base);
}

void mgmt_show_metering_records(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowMeteringRecords *in = req->show_metering_records;
	struct meter_job *q = job_over(call, ctx, in->tenant, in->from, in->to);

	if (q == NULL)
		return;
	q->filter.series = in->hours ? LEDGER_HOURS : LEDGER_SAMPLES;
	q->filter.max = RECORD_SLICE;
	q->visit = visit_records;
	q->reply = reply_records;
	mgmt_job_ledger(&q->j, first_visit);
}

/* Examination */

static void add_chain(struct meter_job *q)
{
	const struct ledger_check *c = &q->check;
	struct arena *a = q->j.arena;
	Vbrd__MeteringChain *r = arena_alloc(a, sizeof(*r));
	char hex[LEDGER_HEX_SIZE];

	vbrd__metering_chain__init(r);
	r->tenant = mgmt_str(a, c->at.tenant);
	r->series = mgmt_str(a, ledger_series_name((enum ledger_series)c->at.series));
	r->result = mgmt_str(a, ledger_fault_name(c->fault));
	r->has_records = r->has_first_seq = r->has_last_seq = true;
	r->records = c->records;
	r->first_seq = c->first_seq;
	r->last_seq = c->at.seq;
	r->has_fault_seq = c->fault != LEDGER_SOUND;
	r->fault_seq = c->fault_seq;
	r->hash = mgmt_str(a, ledger_hex(c->hash, hex));
	q->faults += c->fault != LEDGER_SOUND;
	q->rows.chains[q->n++] = r;
}

static void visit_chains(struct ledger *l, void *arg)
{
	struct meter_job *q = arg;
	const struct mono begin = mono_now();

	do {
		q->ret = ledger_check(l, q->filter.tenant, &q->check, CHECK_SLICE, &q->err);
		if (q->ret > 0 && q->check.is_done)
			add_chain(q);
	} while (has_time(q, begin));
	q->is_done = q->ret <= 0;
}

static void reply_chains(struct meter_job *q)
{
	Vbrd__MeteringChains m = VBRD__METERING_CHAINS__INIT;

	m.chains = q->rows.chains;
	m.n_chains = q->n;
	(void)rpc_reply_chunk(q->j.call, &m.base);
}

void mgmt_show_metering_verify(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct meter_job *q = job_new(call, ctx, req->show_metering_verify->tenant);

	q->visit = visit_chains;
	q->reply = reply_chains;
	mgmt_job_ledger(&q->j, first_visit);
}
