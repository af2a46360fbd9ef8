/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test for each rule of a bill. The numbers are those of the examples in doc/metering.md.
 */
#include <string.h>

#include "tests/cu_main.h"
#include "vbr/meter/bill.h"
#include "vbr/meter/span.h"

#define NOV INT64_C(1793491200) /* 2026-11-01T00:00:00Z */
#define DEC INT64_C(1796083200)
#define GB  BILL_GB

static struct bill_price specs[] = { { "Small.1", 30000 }, { "Large.1", 900000 } };
static struct bill_price ports[] = { { "1000Base-LX", 85000000 }, { "10GBase-LR", 720000000 } };

static const struct bill_sheet sheets[] = {
	{ .from_s = NOV - 86400 * 100,
		.dedicated = 50000,
		.hosted = 80000,
		.inter_region = 20000,
		.bandwidth = 1000,
		.specs = specs,
		.n_specs = ARRAY_SIZE(specs),
		.ports = ports,
		.n_ports = ARRAY_SIZE(ports) },
	{ .from_s = NOV + 86400 * 14,
		.dedicated = 40000,
		.hosted = BILL_NO_PRICE,
		.inter_region = 20000,
		.bandwidth = BILL_NO_PRICE,
		.specs = specs,
		.n_specs = 1 },
};

static struct bill *november(void)
{
	struct bill *b = bill_new(sheets, ARRAY_SIZE(sheets), NOV, DEC);

	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	return b;
}

static void use(struct bill *b, enum meter_kind kind, const char *name, int64_t hour, uint64_t out,
	const char *detail)
{
	const struct bill_use u = { .kind = kind,
		.name = name,
		.detail = detail,
		.hour_s = NOV + hour * METER_HOUR_S,
		.octets_in = 7,
		.octets_out = out };

	bill_add(b, &u);
}

static const struct bill_line *line(const struct bill *b, enum bill_item item, const char *product,
	uint32_t sheet)
{
	for (uint32_t i = 0; i < bill_line_count(b); i++) {
		const struct bill_line *l = bill_line_at(b, i);

		if (l->item == item && strcmp(l->product, product) == 0 &&
			l->sheet_s == sheets[sheet].from_s)
			return l;
	}
	CU_FAIL_FATAL("no such line");
	return NULL;
}

static void outbound_volume_is_summed_and_lines_are_kept_apart(void)
{
	struct bill *b = november();
	const struct bill_line *l;

	use(b, METER_KIND_VBR, "hz-a", 0, 100 * GB, "line=dedicated on=pc-1 mbps=500");
	use(b, METER_KIND_VBR, "hz-b", 0, 50 * GB, "line=dedicated on=pc-2");
	use(b, METER_KIND_VBR, "hz-a", 1, 20 * GB, "line=dedicated on=pc-1 mbps=1000");
	use(b, METER_KIND_VBR, "hz-c", 1, 10 * GB, "line=hosted on=pc-3");
	use(b, METER_KIND_VPC, "prod", 1, 10 * GB, "");
	bill_finish(b);
	CU_ASSERT_EQUAL(bill_line_count(b), 2);
	l = line(b, BILL_OUTBOUND, "dedicated", 0);
	CU_ASSERT_EQUAL(l->quantity, 170 * GB);
	CU_ASSERT_EQUAL(l->amount, 8500000); /* 8.50 */
	CU_ASSERT_EQUAL_FATAL(l->n_shares, 2);
	CU_ASSERT_STRING_EQUAL(l->shares[0].name, "hz-a");
	CU_ASSERT_EQUAL(l->shares[0].amount, 6000000);
	CU_ASSERT_EQUAL(l->shares[1].amount, 2500000);
	CU_ASSERT_EQUAL(line(b, BILL_OUTBOUND, "hosted", 0)->amount, 800000);
	bill_free(b);
}

static void what_the_owner_of_the_line_pays_costs_its_tenant_nothing(void)
{
	struct bill *tenants = november();
	struct bill *owners = november();
	const struct bill_line *l;
	bool complete;

	use(tenants, METER_KIND_VBR, "hz-a", 0, 10 * GB, "line=hosted on=pc-1 payer=owner");
	use(tenants, METER_KIND_VBR, "hz-a", 1, 20 * GB, "line=hosted on=pc-1"); /* from now on */
	use(tenants, METER_KIND_VBR, "hz-b", 1, 5 * GB, "line=hosted on=pc-2 mbps=20 payer=owner");
	bill_finish(tenants);
	l = line(tenants, BILL_OUTBOUND, "paid-by-owner", 0);
	CU_ASSERT_EQUAL(l->quantity, 15 * GB);
	CU_ASSERT_EQUAL(l->amount, 0);
	CU_ASSERT_EQUAL(l->n_shares, 2);
	CU_ASSERT_EQUAL(line(tenants, BILL_OUTBOUND, "hosted", 0)->amount, 1600000);
	CU_ASSERT_EQUAL(bill_total(tenants, &complete), 1600000);
	CU_ASSERT(complete);
	use(owners, METER_KIND_HOSTED, "pc-1/h1", 0, 10 * GB, "for=acme");
	use(owners, METER_KIND_HOSTED, "pc-2/h1", 1, 5 * GB, "for=acme mbps=20");
	use(owners, METER_KIND_VBR, "own", 1, GB, "line=dedicated on=pc-1");
	bill_finish(owners);
	l = line(owners, BILL_OUTBOUND, "hosted", 0);
	CU_ASSERT_EQUAL(l->quantity, 15 * GB);
	CU_ASSERT_EQUAL(l->amount, 1200000);
	CU_ASSERT_EQUAL_FATAL(l->n_shares, 2);
	CU_ASSERT_STRING_EQUAL(l->shares[0].name, "pc-1/h1");
	CU_ASSERT_EQUAL(l->shares[0].amount, 800000);
	CU_ASSERT_EQUAL(line(owners, BILL_OUTBOUND, "dedicated", 0)->quantity, GB);
	bill_free(tenants);
	bill_free(owners);
}

static void what_another_pays_needs_no_price(void)
{
	struct bill *b = bill_new(NULL, 0, 0, 3600);
	bool complete;

	bill_add(b,
		&(struct bill_use){ .kind = METER_KIND_VBR,
			.name = "hz-a",
			.detail = "line=hosted on=pc-1 payer=owner",
			.octets_out = GB });
	bill_finish(b);
	CU_ASSERT_EQUAL(bill_total(b, &complete), 0);
	CU_ASSERT(complete);
	bill_free(b);
}

static void a_part_of_an_hour_is_an_hour(void)
{
	struct bill *b = november();
	const struct bill_line *l;

	for (int h = 10; h < 13; h++)
		use(b, METER_KIND_PEERING, "a-prod", h, 5,
			"spec=Large.1 mbps=1000 from=vbr/a to=vpc/p");
	/* The clock was set back: the same hour again. It is paid once. */
	use(b, METER_KIND_PEERING, "a-prod", 11, 5, "spec=Large.1 mbps=1000 from=vbr/a to=vpc/p");
	bill_finish(b);
	l = line(b, BILL_PEERING, "Large.1", 0);
	CU_ASSERT_EQUAL(l->quantity, 3);
	CU_ASSERT_EQUAL(l->amount, 2700000);
	bill_free(b);
}

static void an_hour_with_two_specs_is_one_of_the_larger(void)
{
	struct bill *b = november();

	use(b, METER_KIND_PEERING, "a-prod", 10, 5, "spec=Large.1 mbps=1000 from=vbr/a to=vpc/p");
	use(b, METER_KIND_PEERING, "a-prod", 10, 5, "spec=Small.1 mbps=10 from=vbr/a to=vpc/p");
	use(b, METER_KIND_PEERING, "a-prod", 11, 5, "spec=Small.1 mbps=10 from=vbr/a to=vpc/p");
	bill_finish(b);
	CU_ASSERT_EQUAL(bill_line_count(b), 2);
	CU_ASSERT_EQUAL(line(b, BILL_PEERING, "Large.1", 0)->quantity, 1);
	CU_ASSERT_EQUAL(line(b, BILL_PEERING, "Small.1", 0)->quantity, 1);
	bill_free(b);
}

static void a_bandwidth_without_a_name_is_paid_by_its_size(void)
{
	struct bill *b = november();
	const struct bill_line *l;

	use(b, METER_KIND_PEERING, "a-prod", 1, 5, "spec=bandwidth mbps=300 from=vbr/a to=vpc/p");
	use(b, METER_KIND_PEERING, "a-prod", 2, 5, "spec=bandwidth mbps=300 from=vbr/a to=vpc/p");
	bill_finish(b);
	l = line(b, BILL_PEERING, "300 Mbit/s", 0);
	CU_ASSERT_EQUAL(l->price, 300000);
	CU_ASSERT_EQUAL(l->amount, 600000);
	bill_free(b);
}

static void two_vpcs_of_one_region_are_free(void)
{
	struct bill *b = november();
	const struct bill_line *l;
	bool complete;

	use(b, METER_KIND_PEERING, "p-q", 1, 5 * GB,
		"spec=Large.1 mbps=1000 from=vpc/p to=vpc/q pair=same-region");
	bill_finish(b);
	l = line(b, BILL_PEERING, "same-region", 0);
	CU_ASSERT_EQUAL(l->quantity, 1);
	CU_ASSERT_EQUAL(l->price, 0);
	CU_ASSERT_EQUAL(bill_total(b, &complete), 0);
	CU_ASSERT_TRUE(complete);
	bill_free(b);
}

static void two_vpcs_of_two_regions_pay_for_their_data(void)
{
	struct bill *b = november();
	const struct bill_line *l;

	use(b, METER_KIND_PEERING, "p-q", 1, 5 * GB - 7,
		"spec=Large.1 mbps=1000 from=vpc/p to=vpc/q pair=inter-region");
	bill_finish(b);
	l = line(b, BILL_PEERING_DATA, "inter-region", 0);
	CU_ASSERT_EQUAL(l->quantity, 5 * GB); /* both directions */
	CU_ASSERT_EQUAL(l->amount, 100000);
	bill_free(b);
}

static void a_part_of_a_month_is_a_month(void)
{
	struct bill *b = bill_new(sheets, 1, NOV - 86400, DEC + 86400);
	const struct bill_line *l;

	/* October's last day, and one hour of November. */
	for (int h = -24; h <= 0; h++)
		use(b, METER_KIND_PORT, "pc-1", h, 5, "type=10GBase-LR mbps=10000");
	bill_finish(b);
	l = line(b, BILL_PORT, "10GBase-LR", 0);
	CU_ASSERT_EQUAL(l->quantity, 2);
	CU_ASSERT_EQUAL(l->amount, 1440000000);
	bill_free(b);
}

static void each_hour_has_the_prices_of_its_time(void)
{
	struct bill *b = november();

	use(b, METER_KIND_VBR, "hz-a", 14 * 24 - 1, GB, "line=dedicated on=pc-1");
	use(b, METER_KIND_VBR, "hz-a", 14 * 24, GB, "line=dedicated on=pc-1");
	bill_finish(b);
	CU_ASSERT_EQUAL(line(b, BILL_OUTBOUND, "dedicated", 0)->amount, 50000);
	CU_ASSERT_EQUAL(line(b, BILL_OUTBOUND, "dedicated", 1)->amount, 40000);
	bill_free(b);
}

static void what_has_no_price_is_said(void)
{
	static const struct bill_sheet none;
	struct bill *b = november();
	bool complete = true;

	use(b, METER_KIND_VBR, "hz-c", 20 * 24, GB, "line=hosted on=pc-3");
	use(b, METER_KIND_VBR, "hz-a", 20 * 24, GB, "line=dedicated on=pc-3");
	bill_finish(b);
	CU_ASSERT_EQUAL(line(b, BILL_OUTBOUND, "hosted", 1)->price, BILL_NO_PRICE);
	CU_ASSERT_EQUAL(bill_total(b, &complete), 40000);
	CU_ASSERT_FALSE(complete);
	bill_free(b);
	b = bill_new(&none, 0, NOV, DEC);
	use(b, METER_KIND_VBR, "hz-a", 0, GB, "line=dedicated on=pc-3");
	bill_finish(b);
	CU_ASSERT_EQUAL_FATAL(bill_line_count(b), 1);
	CU_ASSERT_EQUAL(bill_line_at(b, 0)->price, BILL_NO_PRICE);
	bill_free(b);
}

static void only_the_hours_of_the_bill_count(void)
{
	struct bill *b = november();

	use(b, METER_KIND_VBR, "hz-a", -1, GB, "line=dedicated on=pc-1");
	use(b, METER_KIND_VBR, "hz-a", 30 * 24, GB, "line=dedicated on=pc-1");
	bill_finish(b);
	CU_ASSERT_EQUAL(bill_line_count(b), 0);
	bill_free(b);
	CU_ASSERT_PTR_NULL(bill_new(sheets, 1, NOV, NOV));
	CU_ASSERT_PTR_NULL(bill_new(sheets, 1, NOV, NOV + BILL_MAX_S + 1));
}

static void shares_add_up_to_the_last_millionth(void)
{
	for (int n = 0; n < 50; n++) {
		struct bill *b = november();
		const struct bill_line *l;
		int64_t sum = 0;

		for (int i = 0; i < 40; i++) {
			char name[16];

			snprintf(name, sizeof(name), "v%u", cu_random_below(7));
			use(b, METER_KIND_VBR, name, cu_random_below(300), cu_random() * 3ull,
				"line=dedicated on=pc-1");
		}
		bill_finish(b);
		l = line(b, BILL_OUTBOUND, "dedicated", 0);
		for (uint32_t i = 0; i < l->n_shares; i++)
			sum += l->shares[i].amount;
		CU_ASSERT_EQUAL_FATAL(sum, l->amount);
		bill_free(b);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(outbound_volume_is_summed_and_lines_are_kept_apart),
	CU_CASE(what_the_owner_of_the_line_pays_costs_its_tenant_nothing),
	CU_CASE(what_another_pays_needs_no_price),
	CU_CASE(a_part_of_an_hour_is_an_hour),
	CU_CASE(an_hour_with_two_specs_is_one_of_the_larger),
	CU_CASE(a_bandwidth_without_a_name_is_paid_by_its_size),
	CU_CASE(two_vpcs_of_one_region_are_free),
	CU_CASE(two_vpcs_of_two_regions_pay_for_their_data),
	CU_CASE(a_part_of_a_month_is_a_month),
	CU_CASE(each_hour_has_the_prices_of_its_time),
	CU_CASE(what_has_no_price_is_said),
	CU_CASE(only_the_hours_of_the_bill_count),
	CU_CASE(shares_add_up_to_the_last_millionth),
};

CU_SUITE(bill, cases);
