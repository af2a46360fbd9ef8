/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the top floor that need neither a kernel nor a peer. What they are together is
 * tested end to end (tests/netns).
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_ids;
extern const struct cu_suite suite_read_metering;
extern const struct cu_suite suite_increments;
extern const struct cu_suite suite_lines;
extern const struct cu_suite suite_lives;
extern const struct cu_suite suite_vault;
extern const struct cu_suite suite_policy;
extern const struct cu_suite suite_origination;
extern const struct cu_suite suite_vbr_bfd;
extern const struct cu_suite suite_queues;
extern const struct cu_suite suite_read;
extern const struct cu_suite suite_share;
extern const struct cu_suite suite_workers;

int main(void)
{
	static const struct cu_suite *const suites[] = {
		&suite_ids,
		&suite_increments,
		&suite_read_metering,
		&suite_lines,
		&suite_lives,
		&suite_vault,
		&suite_policy,
		&suite_origination,
		&suite_vbr_bfd,
		&suite_queues,
		&suite_read,
		&suite_share,
		&suite_workers,
	};

	return cu_main(suites, ARRAY_SIZE(suites));
}
