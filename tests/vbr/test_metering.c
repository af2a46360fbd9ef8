/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metering and prices, from the configuration to the model.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "tests/vbr/reader.h"
#include "vbr/model/metering.h"

static void it_is_on_without_a_word(void)
{
	struct reader r;
	const struct model_metering *m;

	reader_init(&r);
	reader_must_load(&r, "system hostname edge\n");
	m = model_metering(r.model);
	CU_ASSERT_EQUAL(m->interval_s, 300);
	CU_ASSERT_EQUAL(m->keep_samples, 40);
	CU_ASSERT_EQUAL(m->keep_hours, 400);
	CU_ASSERT_STRING_EQUAL(m->currency, "USD");
	CU_ASSERT_EQUAL(m->n_sheets, 0);
	reader_fini(&r);
}

static void prices_are_millionths_in_the_order_of_their_days(void)
{
	const struct model_metering *m;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"metering interval 60\nmetering currency EUR\n"
		"metering price-sheet 2026-11-01\n outbound-dedicated 0.05\n peering Large.1\n"
		"  price 0.9\n peering unlimited\n  price 12\n port 10GBase-LR\n  price 720\n!\n"
		"metering price-sheet 1999-12-31\n bandwidth 0.000001\n!\n");
	m = model_metering(r.model);
	CU_ASSERT_EQUAL(m->interval_s, 60);
	CU_ASSERT_STRING_EQUAL(m->currency, "EUR");
	CU_ASSERT_EQUAL_FATAL(m->n_sheets, 2);
	CU_ASSERT_EQUAL(m->sheets[0].bandwidth, 1);
	CU_ASSERT_EQUAL(m->sheets[0].dedicated, BILL_NO_PRICE);
	CU_ASSERT_EQUAL(m->sheets[1].from_s, 1793491200);
	CU_ASSERT_EQUAL(m->sheets[1].dedicated, 50000);
	CU_ASSERT_EQUAL(m->sheets[1].hosted, BILL_NO_PRICE);
	CU_ASSERT_EQUAL_FATAL(m->sheets[1].n_specs, 2);
	CU_ASSERT_STRING_EQUAL(m->sheets[1].specs[0].product, "Large.1");
	CU_ASSERT_EQUAL(m->sheets[1].specs[0].micro, 900000);
	CU_ASSERT_STRING_EQUAL(m->sheets[1].specs[1].product, "unlimited");
	CU_ASSERT_EQUAL(m->sheets[1].ports[0].micro, 720000000);
	reader_fini(&r);
}

static void a_day_that_is_none_is_refused(void)
{
	struct reader r;

	reader_init(&r);
	CU_ASSERT(reader_load(&r, "metering price-sheet 2026-02-30\n bandwidth 1\n!\n") < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&r.err), "there is no such day"));
	reader_fini(&r);
}

static void regions_are_read(void)
{
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"system region hangzhou\ntenant acme\n vpc prod\n  region beijing\n!\n");
	CU_ASSERT_STRING_EQUAL(model_system(r.model)->region, "hangzhou");
	CU_ASSERT_STRING_EQUAL(model_vpc(r.model, "acme", "prod")->region, "beijing");
	reader_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(it_is_on_without_a_word),
	CU_CASE(prices_are_millionths_in_the_order_of_their_days),
	CU_CASE(a_day_that_is_none_is_refused),
	CU_CASE(regions_are_read),
};

CU_SUITE(read_metering, cases);
