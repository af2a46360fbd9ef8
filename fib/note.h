/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to single routes: the kernel has refused one, or was found to differ. Of each of
 * the two the last ones are kept. Each has the value that the counter of its kind had with it, so a
 * reader that remembers that counter knows which notes are new to it, and how much has no note.
 */
#pragma once

#include <stdint.h>

#include "fib/fib.h"
#include "lib/base/monotime.h"

#define FIB_NOTES 32

enum fib_problem {
	FIB_PROBLEM_REFUSED,
	FIB_PROBLEM_MISSING,    /* it was not in the kernel */
	FIB_PROBLEM_DIFFERENT,  /* it was there with other next hops */
	FIB_PROBLEM_UNEXPECTED, /* it was there and should not be */
	FIB_PROBLEM_COUNT,
};

struct fib_note {
	uint8_t problem; /* enum fib_problem */
	struct prefix pfx;
	uint32_t table;
	int error;                 /* REFUSED: -errno */
	char text[FIB_ERROR_SIZE]; /* REFUSED: as in struct fib_route_view */
	uint64_t nth;              /* fib_stats.errors with this one; of drift: drift_repaired */
	struct mono at;
};

struct fib_notes {
	uint64_t made; /* ever; the i-th is at ring[i % FIB_NOTES] */
	struct fib_note ring[FIB_NOTES];
};

/* A copy, with the counters of the same moment. */
struct fib_news {
	struct fib_notes refused; /* once for each series of refusals of a route */
	struct fib_notes drift;
	uint64_t errors;
	uint64_t repaired;
};

/** "refused", "missing", ...: part of the outside view. */
const char *fib_problem_name(enum fib_problem p);
/** How many are kept. */
uint32_t fib_notes_count(const struct fib_notes *n);
/** i-th of those that are kept, the oldest first. */
const struct fib_note *fib_notes_at(const struct fib_notes *n, uint32_t i);
void fib_read_news(const struct fib *f, struct fib_news *news);
