/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's check as a whole. Each refusal stands in check/: one point of a right world is
 * spoilt, and the one sentence is read.
 */
#include <errno.h>
#include <stdio.h>

#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"

static void a_right_model_has_no_fault(void)
{
	struct model *m = kit_new();

	CU_ASSERT(kit_is_right(m));
	model_free(m);
}

static void faults_are_all_told_not_just_the_first(void)
{
	struct model *m = kit_new();
	struct errbuf err;

	errbuf_init(&err);
	snprintf(kit_hz_a(m)->circuits[0].physconn, MODEL_NAME_SIZE, "pc-9");
	kit_hz_a(m)->peers[0].peer_as = 0;
	kit_cidr(kit_prod(m), "172.16.9.0/24");
	CU_ASSERT_EQUAL(model_check(m, &err), -EINVAL);
	CU_ASSERT_EQUAL(err.n, 3);
	errbuf_fini(&err);
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(a_right_model_has_no_fault),
	CU_CASE(faults_are_all_told_not_just_the_first),
};

CU_SUITE(check, cases);
