/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of bgpd/rib: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_attrs;
extern const struct cu_suite suite_decision;
extern const struct cu_suite suite_journal;
extern const struct cu_suite suite_rib;

static const struct cu_suite *const suites[] = {
	&suite_attrs,
	&suite_decision,
	&suite_journal,
	&suite_rib,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
