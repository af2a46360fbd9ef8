/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bills: the hour records of a tenant by the prices of the configuration, a tenant a visit.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/meter/money.h"
#include "vbr/metering/metering.h"
#include "vbr/mgmt/mgmt_int.h"
#include "vbr/model/metering.h"

struct bill_job {
	struct mgmt_job j;        /* first */
	struct model_obj *prices; /* counted, on main only; NULL: none are configured */
	const struct bill_sheet *sheets;
	uint32_t n_sheets;
	char currency[4];
	struct meter_asked asked;
	char tenant[METER_NAME_SIZE]; /* the present one */
	bool is_first;
	bool is_done;
	int64_t from_s;
	int64_t to_s;
	int ret;
	struct errbuf err;
	Vbrd__MeteringBill *row; /* of the present visit, in the arena */
};

static void add_use(void *ctx, const struct ledger_record *r)
{
	const struct bill_use u = { .kind = r->kind,
		.name = r->name,
		.detail = r->detail,
		.hour_s = r->start_s,
		.octets_in = r->c.v[METER_IN],
		.octets_out = r->c.v[METER_OUT] };

	bill_add(ctx, &u);
}

static char *money(struct arena *a, int64_t micro)
{
	char s[MONEY_SIZE];

	return arena_strdup(a, money_format(micro, s));
}

static Vbrd__MeteringBillShare *share_row(struct arena *a, const struct bill_share *s)
{
	Vbrd__MeteringBillShare *r = arena_alloc(a, sizeof(*r));

	vbrd__metering_bill_share__init(r);
	r->kind = mgmt_str(a, meter_kind_name(s->kind));
	r->name = mgmt_str(a, s->name);
	r->has_quantity = true;
	r->quantity = s->quantity;
	r->amount = money(a, s->amount);
	return r;
}

static Vbrd__MeteringBillLine *line_row(struct arena *a, const struct bill_line *l)
{
	Vbrd__MeteringBillLine *r = arena_alloc(a, sizeof(*r));

	vbrd__metering_bill_line__init(r);
	r->item = mgmt_str(a, bill_item_name(l->item));
	r->product = mgmt_str(a, l->product);
	r->prices_from = l->sheet_s != 0 ? mgmt_time(a, l->sheet_s) : NULL;
	r->has_quantity = true;
	r->quantity = l->quantity;
	r->price = l->price != BILL_NO_PRICE ? money(a, l->price) : NULL;
	r->unit = mgmt_str(a, bill_item_unit(l->item));
	r->amount = money(a, l->amount);
	r->shares = arena_calloc(a, l->n_shares + 1u, sizeof(*r->shares));
	for (uint32_t i = 0; i < l->n_shares; i++)
		r->shares[r->n_shares++] = share_row(a, &l->shares[i]);
	return r;
}

static void build(struct bill_job *q, struct bill *b)
{
	struct arena *a = q->j.arena;
	Vbrd__MeteringBill *r = arena_alloc(a, sizeof(*r));
	bool complete;

	bill_finish(b);
	vbrd__metering_bill__init(r);
	r->tenant = mgmt_str(a, q->tenant);
	r->total = money(a, bill_total(b, &complete));
	r->has_complete = true;
	r->complete = complete;
	r->lines = arena_calloc(a, bill_line_count(b) + 1u, sizeof(*r->lines));
	for (uint32_t i = 0; i < bill_line_count(b); i++)
		r->lines[r->n_lines++] = line_row(a, bill_line_at(b, i));
	q->row = r;
}

static int next_tenant(struct bill_job *q, struct ledger *l)
{
	int ret;

	if (q->asked.tenant[0] == '\0')
		return ledger_tenant_after(l, q->tenant, &q->err);
	ret = mgmt_metering_ask(l, &q->asked, &q->err);
	return ret < 0 ? ret : !q->asked.is_unknown;
}

/* On the ledger's thread: the next tenant, its hours, its lines. */
static void visit(struct ledger *l, void *arg)
{
	struct bill_job *q = arg;
	struct ledger_filter f = { .tenant = q->tenant, .from_s = q->from_s, .to_s = q->to_s };
	struct bill *b;

	q->row = NULL;
	q->ret = next_tenant(q, l);
	q->is_done = q->asked.tenant[0] != '\0' || q->ret <= 0;
	if (q->ret <= 0)
		return;
	b = bill_new(q->sheets, q->n_sheets, q->from_s, q->to_s);
	if (b == NULL)
		return;
	/* Whole hours, as the bill is. */
	f.from_s = meter_hour_of(q->from_s);
	f.to_s = meter_hour_of(q->to_s + METER_HOUR_S - 1);
	q->ret = ledger_hours(l, &f, add_use, b, &q->err);
	if (q->ret == 0)
		build(q, b);
	bill_free(b);
}

static void finish(struct mgmt_job *j)
{
	struct bill_job *q = (struct bill_job *)j;
	Vbrd__MeteringBills m = VBRD__METERING_BILLS__INIT;

	if (q->ret < 0) {
		mgmt_job_end(j, VBRD__STATUS_CODE__FAILED, &q->err);
		return;
	}
	if (q->asked.is_unknown) {
		mgmt_metering_unknown(j, &q->asked);
		return;
	}
	if (q->row != NULL || q->is_first) {
		if (q->is_first) {
			m.from = mgmt_time(j->arena, q->from_s);
			m.to = mgmt_time(j->arena, q->to_s);
			m.currency = mgmt_str(j->arena, q->currency);
		}
		m.bills = &q->row;
		m.n_bills = q->row != NULL;
		(void)rpc_reply_chunk(j->call, &m.base);
		q->row = NULL;
		q->is_first = false;
		arena_reset(j->arena);
	}
	if (q->is_done)
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
	else if (!rpc_call_is_congested(j->call))
		mgmt_job_ledger(j, visit);
}

static void free_extra(struct mgmt_job *j)
{
	struct bill_job *q = (struct bill_job *)j;

	model_obj_unref(q->prices);
	errbuf_fini(&q->err);
}

static void take_prices(struct bill_job *q)
{
	const struct model *m = daemon_model(q->j.d);
	const struct model_metering *p = model_metering(m);

	if (m->of[MODEL_METERING].n > 0)
		q->prices = model_obj_ref(m->of[MODEL_METERING].v[0]);
	q->sheets = p->sheets;
	q->n_sheets = p->n_sheets;
	snprintf(q->currency, sizeof(q->currency), "%s", p->currency);
}

void mgmt_show_metering_bill(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowMeteringBill *in = req->show_metering_bill;
	struct bill_job *q;
	int64_t from_s;
	int64_t to_s;

	if (!mgmt_metering_times(call, in->from, in->to, &from_s, &to_s))
		return;
	if (to_s - from_s > BILL_MAX_S - 2 * METER_HOUR_S) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"a bill is for 400 days at most: give from and to");
		return;
	}
	q = mgmt_job_new(call, mgmt_daemon(ctx), sizeof(*q));
	q->j.finish = finish;
	q->j.free_extra = free_extra;
	q->is_first = true;
	q->from_s = from_s;
	q->to_s = to_s;
	errbuf_init(&q->err);
	take_prices(q);
	mgmt_metering_asked(q->j.d, in->tenant, &q->asked);
	snprintf(q->tenant, sizeof(q->tenant), "%s", q->asked.tenant);
	mgmt_job_ledger(&q->j, visit);
}
