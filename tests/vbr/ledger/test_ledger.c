/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of vbr/ledger, on real files.
 */
#include "tests/cu_main.h"
#include "tests/vbr/ledger/disk.h"

extern const struct cu_suite suite_ledger_write;
extern const struct cu_suite suite_ledger_chain;
extern const struct cu_suite suite_ledger_prune;
extern const struct cu_suite suite_ledger_disk;
extern const struct cu_suite suite_ledger_kill;

static const struct cu_suite *const suites[] = {
	&suite_ledger_write,
	&suite_ledger_chain,
	&suite_ledger_prune,
	&suite_ledger_disk,
	&suite_ledger_kill,
};

int main(void)
{
	disk_install();
	return cu_main(suites, ARRAY_SIZE(suites));
}
