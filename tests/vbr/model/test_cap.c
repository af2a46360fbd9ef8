/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest cap of a path: each object in turn is the one that limits.
 */
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/traffic/cap.h"

#define MBIT 1000000

static const char *limiter(const struct model_cap *c, char *dst)
{
	return model_cap_text(c, dst, 2 * MODEL_NAME_SIZE);
}

static void smallest_on_the_path_is_named(void)
{
	static const struct {
		uint64_t line, vbr, peering; /* Mbit/s, 0 = none */
		uint64_t cap;
		const char *by;
	} rows[] = {
		{ 0, 0, 0, 0, "" },
		{ 1000, 0, 0, 1000, "physical-connection pc-1" },
		{ 0, 50, 0, 50, "vbr hz-a" },
		{ 0, 0, 20, 20, "peering hz-a-prod" },
		{ 1000, 100, 20, 20, "peering hz-a-prod" },
		{ 1000, 100, 200, 100, "vbr hz-a" },
		{ 10, 100, 200, 10, "physical-connection pc-1" },
		{ 100, 100, 100, 100, "physical-connection pc-1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();
		char text[2 * MODEL_NAME_SIZE];
		struct model_cap c;

		kit_pc(m, "pc-1")->bandwidth_bps = rows[i].line * MBIT;
		kit_hz_a(m)->circuits[0].bandwidth_bps = rows[i].vbr * MBIT;
		kit_hz_a_prod(m)->bandwidth_bps = rows[i].peering * MBIT;
		c = model_peering_cap(m, kit_hz_a_prod(m));
		CU_ASSERT_EQUAL(c.bps, rows[i].cap * MBIT);
		CU_ASSERT_STRING_EQUAL(limiter(&c, text), rows[i].by);
		model_free(m);
	}
}

static void share_of_a_line_limits_its_vbr(void)
{
	struct model *m = kit_new();
	char text[2 * MODEL_NAME_SIZE];
	struct model_vbr *v = kit_hz_a(m);
	struct model_cap c;

	kit_pc(m, "pc-1")->bandwidth_bps = 1000ULL * MBIT;
	(void)kit_hosted(m, "pc-1", "share", "acme", 50);
	(void)snprintf(v->circuits[0].hosted, sizeof(v->circuits[0].hosted), "share");
	c = model_vbr_cap(m, v);
	CU_ASSERT_EQUAL(c.bps, 50ULL * MBIT);
	CU_ASSERT_STRING_EQUAL(limiter(&c, text), "hosted-connection share");
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(smallest_on_the_path_is_named),
	CU_CASE(share_of_a_line_limits_its_vbr),
};

CU_SUITE(cap, cases);
