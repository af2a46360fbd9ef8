/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random operations, and after each few of them the engine at rest against a naive BGP.
 *
 * MODEL_SEED=n begins with the world of that number, MODEL_STEPS=n says how many operations in all;
 * a failure prints the number of its world, how far it had come, and what was done last.
 * MODEL_MIX=n allows features only whose bits are in it (enum world_mix).
 * MODEL_EACH=1 compares after each operation: what fails then, fails by its last line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/xalloc.h"
#include "tests/bgpd/model/world.h"
#include "tests/cu_main.h"

#define STEPS_DEFAULT 60000 /* ./check makes a million */
#define STEPS_A_WORLD 5000
#define BATCH_MAX     24

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void print_failure(const struct world *w, uint64_t seed, const char *why)
{
	printf("# MODEL_SEED=%" PRIu64 " (mix %x), after %" PRIu64 " operations: %s\n", seed,
		w->mix, w->n_steps, why);
	for (uint64_t i = w->n_steps > WORLD_LOG - 1 ? w->n_steps - WORLD_LOG + 1 : 1;
		i <= w->n_steps; i++)
		printf("#   %" PRIu64 " %s\n", i, w->log[i % WORLD_LOG]);
}

/* Operations done; *ok = no difference was found. */
static uint64_t live(struct world *w, uint64_t seed, uint64_t max, bool *ok)
{
	const uint32_t batch = number("MODEL_EACH", 0) ? 1 : BATCH_MAX;
	const char *why = NULL;

	world_init(w, seed, (uint32_t)number("MODEL_MIX", WORLD_MIX_ALL));
	while (!why && w->n_steps < max) {
		for (uint32_t n = 1 + world_below(w, batch); n; n--)
			world_step(w);
		world_settle(w);
		why = world_compare(w);
	}
	*ok = !why;
	if (why)
		print_failure(w, seed, why);
	return w->n_steps;
}

/* RFC 4271 9, 1997, 4724 4.2, 7313 4. */
static void engine_and_naive_bgp_agree_at_every_rest(void)
{
	const uint64_t steps = number("MODEL_STEPS", STEPS_DEFAULT);
	uint64_t seed = number("MODEL_SEED", cu_random());
	struct world *w = xcalloc(1, sizeof(*w));
	uint64_t done = 0;
	uint64_t needless = 0;
	bool ok = true;

	printf("# MODEL_SEED=%" PRIu64 " MODEL_STEPS=%" PRIu64 "\n", seed, steps);
	for (; ok && done < steps; seed++) {
		const uint64_t left = steps - done;

		done += live(w, seed, left < STEPS_A_WORLD ? left : STEPS_A_WORLD, &ok);
		needless += w->n_needless;
		world_fini(w);
	}
	printf("# %" PRIu64 " operations, %" PRIu64 " needless withdrawals\n", done, needless);
	CU_ASSERT_TRUE(ok);
	free(w);
}

static const struct cu_case cases[] = {
	CU_CASE(engine_and_naive_bgp_agree_at_every_rest),
};
CU_SUITE(model, cases);

int main(void)
{
	static const struct cu_suite *const suites[] = { &suite_model };

	return cu_main(suites, ARRAY_SIZE(suites));
}
