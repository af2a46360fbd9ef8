/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of the engine: one suite a subject.
 */
#include <signal.h>

#include "tests/cu_main.h"

extern const struct cu_suite suite_paths;
extern const struct cu_suite suite_peer;
extern const struct cu_suite suite_restart;
extern const struct cu_suite suite_roles;
extern const struct cu_suite suite_bfd;
extern const struct cu_suite suite_sets;
extern const struct cu_suite suite_gateway;
extern const struct cu_suite suite_import;
extern const struct cu_suite suite_dynamic;
extern const struct cu_suite suite_limit;
extern const struct cu_suite suite_addpath;
extern const struct cu_suite suite_policy;
extern const struct cu_suite suite_slices;
extern const struct cu_suite suite_edge;
extern const struct cu_suite suite_places;
extern const struct cu_suite suite_circuits;
extern const struct cu_suite suite_nhtable;
extern const struct cu_suite suite_explain;
extern const struct cu_suite suite_explain_model;
extern const struct cu_suite suite_whatif;
extern const struct cu_suite suite_aggregate;
extern const struct cu_suite suite_condition;
extern const struct cu_suite suite_origin;
extern const struct cu_suite suite_weight;
extern const struct cu_suite suite_monitor;
extern const struct cu_suite suite_pair;

static const struct cu_suite *const suites[] = {
	&suite_paths,
	&suite_peer,
	&suite_restart,
	&suite_roles,
	&suite_bfd,
	&suite_sets,
	&suite_gateway,
	&suite_import,
	&suite_dynamic,
	&suite_limit,
	&suite_addpath,
	&suite_policy,
	&suite_slices,
	&suite_edge,
	&suite_places,
	&suite_circuits,
	&suite_nhtable,
	&suite_explain,
	&suite_explain_model,
	&suite_whatif,
	&suite_aggregate,
	&suite_condition,
	&suite_origin,
	&suite_weight,
	&suite_monitor,
	&suite_pair,
};

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cu_main(suites, ARRAY_SIZE(suites));
}
