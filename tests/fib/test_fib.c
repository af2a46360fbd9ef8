/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suites of fib/: with the kernel in memory, with the real one in a namespace of our own, and on a
 * thread.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_batch;
extern const struct cu_suite suite_encode;
extern const struct cu_suite suite_errtab;
extern const struct cu_suite suite_fifo;
extern const struct cu_suite suite_idle;
extern const struct cu_suite suite_orders;
extern const struct cu_suite suite_live;
extern const struct cu_suite suite_spread;
extern const struct cu_suite suite_spare;
extern const struct cu_suite suite_model;
extern const struct cu_suite suite_kernel;
extern const struct cu_suite suite_thread;

static const struct cu_suite *const suites[] = {
	&suite_batch,
	&suite_encode,
	&suite_errtab,
	&suite_fifo,
	&suite_idle,
	&suite_orders,
	&suite_live,
	&suite_spread,
	&suite_spare,
	&suite_model,
	&suite_kernel,
	&suite_thread,
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
