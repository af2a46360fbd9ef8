/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usage as CSV, and a bill as people read it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/errbuf.h"
#include "tests/cu_main.h"
#include "vtysh/text/metering.h"
#include "vtysh/text/output.h"

/* What write makes of a message; the caller frees it. */
static char *written(void (*write)(struct output *o, const void *m), const void *m)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct errbuf err;
	struct output *o;

	errbuf_init(&err);
	o = output_new(f, NULL, NULL, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	write(o, m);
	output_free(o);
	fclose(f);
	errbuf_fini(&err);
	return text;
}

static void put_csv(struct output *o, const void *m)
{
	metering_csv(o, m, true);
}

static void put_bills(struct output *o, const void *m)
{
	metering_bills_text(o, m);
}

static void csv_is_the_line_that_was_hashed(void)
{
	Vbrd__MeteringRecord r = VBRD__METERING_RECORD__INIT;
	Vbrd__MeteringRecord *rows[] = { &r };
	Vbrd__MeteringRecords m = VBRD__METERING_RECORDS__INIT;
	char *text;

	r.tenant = (char[]){ "acme" };
	r.series = (char[]){ "samples" };
	r.has_seq = r.has_seconds = r.has_bytes_in = true;
	r.seq = 7;
	r.record = (char[]){ "usage" };
	r.bytes_in = 1042;
	r.detail = (char[]){ "line=dedicated on=pc-1" };
	r.hash = (char[]){ "ff" };
	m.records = rows;
	m.n_records = 1;
	text = written(put_csv, &m);
	CU_ASSERT_STRING_EQUAL(text,
		"tenant,series,seq,record,kind,name,start,end,seconds,bytes-in,bytes-out,"
		"packets-in,packets-out,detail,flags,previous,hash\n"
		"acme,samples,7,usage,,,,,0,1042,,,,line=dedicated on=pc-1,,,ff\n");
	free(text);
	r.name = (char[]){ "a,\"b\"" };
	text = written(put_csv, &m);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ",usage,,\"a,\"\"b\"\"\",,"));
	free(text);
}

static void a_bill_shows_who_adds_what(void)
{
	Vbrd__MeteringBillShare share = VBRD__METERING_BILL_SHARE__INIT;
	Vbrd__MeteringBillShare *shares[] = { &share };
	Vbrd__MeteringBillLine line = VBRD__METERING_BILL_LINE__INIT;
	Vbrd__MeteringBillLine none = VBRD__METERING_BILL_LINE__INIT;
	Vbrd__MeteringBillLine *lines[] = { &line, &none };
	Vbrd__MeteringBill bill = VBRD__METERING_BILL__INIT;
	Vbrd__MeteringBill *bills[] = { &bill };
	Vbrd__MeteringBills m = VBRD__METERING_BILLS__INIT;
	char *text;

	share.kind = (char[]){ "vbr" };
	share.name = (char[]){ "hz-a" };
	share.quantity = 1500000000;
	share.amount = (char[]){ "0.075" };
	line.item = none.item = (char[]){ "outbound-traffic" };
	line.product = (char[]){ "dedicated" };
	line.unit = none.unit = (char[]){ "GB" };
	line.quantity = 1500000000;
	line.price = (char[]){ "0.05" };
	line.amount = (char[]){ "0.075" };
	line.shares = shares;
	line.n_shares = 1;
	none.product = (char[]){ "hosted" };
	bill.tenant = (char[]){ "acme" };
	bill.total = (char[]){ "0.075" };
	bill.lines = lines;
	bill.n_lines = 2;
	m.from = m.to = (char[]){ "2026-11-01T00:00:00Z" };
	m.currency = (char[]){ "EUR" };
	m.bills = bills;
	m.n_bills = 1;
	text = written(put_bills, &m);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "tenant acme\n  outbound-traffic dedicated "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " 1.500000 GB "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "    vbr hz-a "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "has no price in the price sheet"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "0.075, and what has no price\n"));
	free(text);
}

static void put_bills_csv(struct output *o, const void *m)
{
	metering_bills_csv(o, m, true);
}

static void a_bill_as_csv_has_a_line_for_each_share(void)
{
	Vbrd__MeteringBillShare a = VBRD__METERING_BILL_SHARE__INIT;
	Vbrd__MeteringBillShare b = VBRD__METERING_BILL_SHARE__INIT;
	Vbrd__MeteringBillShare c = VBRD__METERING_BILL_SHARE__INIT;
	Vbrd__MeteringBillShare *priced[] = { &a, &b };
	Vbrd__MeteringBillShare *unpriced[] = { &c };
	Vbrd__MeteringBillLine line = VBRD__METERING_BILL_LINE__INIT;
	Vbrd__MeteringBillLine none = VBRD__METERING_BILL_LINE__INIT;
	Vbrd__MeteringBillLine *lines[] = { &line, &none };
	Vbrd__MeteringBill bill = VBRD__METERING_BILL__INIT;
	Vbrd__MeteringBill idle = VBRD__METERING_BILL__INIT;
	Vbrd__MeteringBill *bills[] = { &idle, &bill };
	Vbrd__MeteringBills m = VBRD__METERING_BILLS__INIT;
	char *text;

	a.kind = b.kind = c.kind = (char[]){ "vbr" };
	a.name = (char[]){ "hz-a" };
	b.name = (char[]){ "odd, \"name\"" };
	c.name = (char[]){ "hz-c" };
	a.quantity = 1500000000;
	b.quantity = c.quantity = 7;
	a.amount = (char[]){ "0.075" };
	b.amount = c.amount = (char[]){ "0.00" };
	line.item = none.item = (char[]){ "outbound-traffic" };
	line.product = (char[]){ "dedicated" };
	none.product = (char[]){ "hosted" };
	line.prices_from = (char[]){ "2026-11-01T00:00:00Z" };
	line.unit = none.unit = (char[]){ "GB" };
	line.price = (char[]){ "0.05" };
	line.shares = priced;
	line.n_shares = ARRAY_SIZE(priced);
	none.shares = unpriced;
	none.n_shares = 1;
	idle.tenant = (char[]){ "idle" };
	bill.tenant = (char[]){ "acme" };
	bill.lines = lines;
	bill.n_lines = ARRAY_SIZE(lines);
	m.bills = bills;
	m.n_bills = ARRAY_SIZE(bills);
	text = written(put_bills_csv, &m);
	CU_ASSERT_STRING_EQUAL(text,
		"tenant,item,product,prices-from,kind,name,quantity,price,unit,amount\n"
		"acme,outbound-traffic,dedicated,2026-11-01T00:00:00Z,vbr,hz-a,1500000000,0.05,GB,"
		"0.075\n"
		"acme,outbound-traffic,dedicated,2026-11-01T00:00:00Z,vbr,\"odd, \"\"name\"\"\",7,"
		"0.05,GB,0.00\n"
		"acme,outbound-traffic,hosted,,vbr,hz-c,7,,GB,\n");
	free(text);
}

static const struct cu_case cases[] = {
	CU_CASE(csv_is_the_line_that_was_hashed),
	CU_CASE(a_bill_shows_who_adds_what),
	CU_CASE(a_bill_as_csv_has_a_line_for_each_share),
};

CU_SUITE(vtysh_metering, cases);
