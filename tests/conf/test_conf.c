/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Program of the tests of conf/.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_txn;
extern const struct cu_suite suite_scope;
extern const struct cu_suite suite_store;
extern const struct cu_suite suite_snapshot;
extern const struct cu_suite suite_schema;
extern const struct cu_suite suite_text;
extern const struct cu_suite suite_refuse;

static const struct cu_suite *const suites[] = {
	&suite_schema,
	&suite_text,
	&suite_refuse,
	&suite_txn,
	&suite_scope,
	&suite_store,
	&suite_snapshot,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
