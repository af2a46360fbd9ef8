/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests of lib/: one suite a source file.
 */
#include "tests/cu_main.h"

extern const struct cu_suite suite_errbuf;
extern const struct cu_suite suite_log;
extern const struct cu_suite suite_monotime;
extern const struct cu_suite suite_metrics;
extern const struct cu_suite suite_thread;
extern const struct cu_suite suite_arena;
extern const struct cu_suite suite_bitmap;
extern const struct cu_suite suite_search;
extern const struct cu_suite suite_slab;
extern const struct cu_suite suite_walltime;
extern const struct cu_suite suite_intern;
extern const struct cu_suite suite_hset;
extern const struct cu_suite suite_pool;
extern const struct cu_suite suite_ptable;
extern const struct cu_suite suite_cursor;
extern const struct cu_suite suite_prefix;
extern const struct cu_suite suite_nexthop;
extern const struct cu_suite suite_calls;
extern const struct cu_suite suite_jsonw;
extern const struct cu_suite suite_loop;
extern const struct cu_suite suite_mailbox;

static const struct cu_suite *const suites[] = {
	&suite_errbuf, &suite_log, &suite_monotime, &suite_metrics, &suite_thread, /* lib/base */
	&suite_arena, &suite_bitmap, &suite_search, &suite_slab, &suite_walltime, &suite_intern,
	&suite_ptable, &suite_hset, &suite_pool,                 /* lib/ds */
	&suite_cursor, &suite_prefix, &suite_nexthop,            /* lib/net */
	&suite_calls, &suite_jsonw, &suite_loop, &suite_mailbox, /* lib/io */
};

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
