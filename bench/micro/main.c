/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the parts of micro.h.
 *
 *	micro                  all at a small size, for correctness only: TAP, as the unit tests
 *	micro --time [PART]    those whose name begins with PART, ROUNDS times each: a line of JSON
 *	micro --once NAME [N]  one of them once; for callgrind, which counts in micro_measured alone
 *
 * bench/micro/run does the last two and puts their figures together.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro/micro.h"
#include "lib/base/compiler.h"
#include "lib/base/monotime.h"

#define SMALL  1000
#define ROUNDS 5

static struct micro_set (*const sets[])(
	void) = { micro_codec, micro_rib, micro_policy, micro_export, micro_netlink };

/* By name for --toggle-collect of callgrind, so it must stay a function. */
__attribute__((noinline)) static void micro_measured(const struct micro *m, void *ctx, uint32_t n)
{
	m->run(ctx, n);
}

/* Nanoseconds of one run; negative when its outcome is wrong. */
static int64_t run_once(const struct micro *m, uint32_t n)
{
	void *ctx = m->setup(n);
	const struct mono start = mono_now();
	int64_t ns;

	micro_measured(m, ctx, n);
	ns = mono_sub_us(mono_now(), start) * 1000;
	if (!m->is_right(ctx, n))
		ns = -1;
	m->teardown(ctx);
	return ns;
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of ROUNDS, with the least and the most. */
static bool time_one(const struct micro *m, unsigned number)
{
	int64_t ns[ROUNDS];

	(void)number;
	for (int i = 0; i < ROUNDS; i++) {
		ns[i] = run_once(m, m->n);
		if (ns[i] < 0)
			return false;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), compare);
	printf("{\"micro\":\"%s\",\"n\":%" PRIu32 ",\"ns\":%.1f,\"ns_least\":%.1f,"
	       "\"ns_most\":%.1f}\n",
		m->name, m->n, (double)ns[ROUNDS / 2] / m->n, (double)ns[0] / m->n,
		(double)ns[ROUNDS - 1] / m->n);
	fflush(stdout);
	return true;
}

static bool check_one(const struct micro *m, unsigned number)
{
	const bool is_right = run_once(m, m->n < SMALL ? m->n : SMALL) >= 0;

	printf("%sok %u - micro: %s\n", is_right ? "" : "not ", number, m->name);
	return is_right;
}

/* False when one of them was wrong; *n counts. */
static bool for_all(const char *part, bool (*fn)(const struct micro *m, unsigned number),
	unsigned *n)
{
	bool is_right = true;

	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		const struct micro_set set = sets[s]();

		for (size_t i = 0; i < set.n; i++) {
			if (strncmp(set.v[i].name, part, strlen(part)))
				continue;
			is_right &= fn(&set.v[i], ++*n);
		}
	}
	return is_right;
}

static const struct micro *find(const char *name)
{
	for (size_t s = 0; s < ARRAY_SIZE(sets); s++) {
		const struct micro_set set = sets[s]();

		for (size_t i = 0; i < set.n; i++) {
			if (!strcmp(set.v[i].name, name))
				return &set.v[i];
		}
	}
	return NULL;
}

static int once(const char *name, const char *n)
{
	const struct micro *m = find(name);

	if (!m)
		return 2;
	return run_once(m, n ? (uint32_t)strtoul(n, NULL, 10) : m->n) < 0;
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	bool is_right;

	if (argc >= 3 && !strcmp(argv[1], "--once"))
		return once(argv[2], argc > 3 ? argv[3] : NULL);
	if (argc >= 2 && !strcmp(argv[1], "--time")) {
		is_right = for_all(argc > 2 ? argv[2] : "", time_one, &n);
	} else if (argc == 1) {
		is_right = for_all("", check_one, &n);
		printf("1..%u\n", n);
	} else {
		fprintf(stderr, "usage: micro [--time [PART] | --once NAME [N]]\n");
		return 2;
	}
	return is_right && n ? 0 : 1;
}
