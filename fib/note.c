/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two rings, so that a flood of refusals does not push the drift out. A newer note takes the place
 * of the oldest one; nothing is allocated.
 */
#include "fib/note.h"

#include <stdio.h>

#include "fib/fib_priv.h"

const char *fib_problem_name(enum fib_problem p)
{
	static const char *const names[] = {
		[FIB_PROBLEM_REFUSED] = "refused",
		[FIB_PROBLEM_MISSING] = "missing",
		[FIB_PROBLEM_DIFFERENT] = "different",
		[FIB_PROBLEM_UNEXPECTED] = "unexpected",
	};

	_Static_assert(ARRAY_SIZE(names) == FIB_PROBLEM_COUNT, "one name a problem");
	return names[p];
}

static void put(struct fib_notes *n, const struct fib_note *note)
{
	n->ring[n->made++ % FIB_NOTES] = *note;
}

void note_refused(struct fib *f, const struct fib_op *op, const char *text)
{
	struct fib_note note = {
		.problem = FIB_PROBLEM_REFUSED,
		.pfx = op->pfx,
		.table = op->table,
		.error = op->error,
		.nth = counter_get(&f->stats.errors),
		.at = mono_now(),
	};

	(void)snprintf(note.text, sizeof(note.text), "%s", text);
	put(&f->refused, &note);
}

void note_drift(struct fib *f, enum fib_problem problem, uint32_t table, const struct prefix *pfx)
{
	counter_add(&f->stats.drift_repaired, 1);
	put(&f->drift,
		&(struct fib_note){ .problem = (uint8_t)problem,
			.pfx = *pfx,
			.table = table,
			.nth = counter_get(&f->stats.drift_repaired),
			.at = mono_now() });
}

uint32_t fib_notes_count(const struct fib_notes *n)
{
	return n->made < FIB_NOTES ? (uint32_t)n->made : FIB_NOTES;
}

const struct fib_note *fib_notes_at(const struct fib_notes *n, uint32_t i)
{
	return &n->ring[(n->made - fib_notes_count(n) + i) % FIB_NOTES];
}

void fib_read_news(const struct fib *f, struct fib_news *news)
{
	news->refused = f->refused;
	news->drift = f->drift;
	news->errors = counter_get(&f->stats.errors);
	news->repaired = counter_get(&f->stats.drift_repaired);
}
