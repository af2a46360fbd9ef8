/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of vbr/model: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_add_path;
extern const struct cu_suite suite_cap;
extern const struct cu_suite suite_check;
extern const struct cu_suite suite_check_peer;
extern const struct cu_suite suite_check_range;
extern const struct cu_suite suite_check_as;
extern const struct cu_suite suite_check_policy;
extern const struct cu_suite suite_check_vbr;
extern const struct cu_suite suite_check_vpc;
extern const struct cu_suite suite_check_peering;
extern const struct cu_suite suite_check_unique;
extern const struct cu_suite suite_delta;
extern const struct cu_suite suite_failover;
extern const struct cu_suite suite_channel;
extern const struct cu_suite suite_life;
extern const struct cu_suite suite_health;
extern const struct cu_suite suite_circuit;
extern const struct cu_suite suite_line;
extern const struct cu_suite suite_model;
extern const struct cu_suite suite_quota;
extern const struct cu_suite suite_reach;
extern const struct cu_suite suite_chain;
extern const struct cu_suite suite_vpc;
extern const struct cu_suite suite_qos;

static const struct cu_suite *const suites[] = {
	&suite_model,
	&suite_cap,
	&suite_add_path,
	&suite_check,
	&suite_check_peer,
	&suite_check_range,
	&suite_check_as,
	&suite_check_policy,
	&suite_check_vbr,
	&suite_check_vpc,
	&suite_check_peering,
	&suite_check_unique,
	&suite_health,
	&suite_circuit,
	&suite_line,
	&suite_qos,
	&suite_life,
	&suite_quota,
	&suite_reach,
	&suite_chain,
	&suite_vpc,
	&suite_channel,
	&suite_failover,
	&suite_delta,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
