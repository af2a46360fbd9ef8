/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time for which a line is bought: some months, or some years, from a moment on. The state
 * follows from the clock alone, so a renewal, a clock that is set, and a restart need no rule of
 * their own.
 */
#pragma once

#include <stdint.h>

#define SUBSCRIPTION_WARNING_DAYS 30

enum subscription_state {
	SUBSCRIPTION_NONE,    /* not said: the line is there without an end */
	SUBSCRIPTION_PENDING, /* has not begun */
	SUBSCRIPTION_RUNNING,
	SUBSCRIPTION_ENDING, /* runs, and its end is near */
	SUBSCRIPTION_ENDED,
	SUBSCRIPTION_STATE_COUNT,
};

/* All zero: none. */
struct subscription {
	int64_t from_s;  /* wall clock */
	int64_t warn_s;  /* from here on its end is near */
	int64_t until_s; /* the first second that is not paid; 0: there is no subscription */
};

/** @from_s  after 1970; @months may be years. */
struct subscription subscription_make(int64_t from_s, uint32_t months, uint32_t warning_days);
enum subscription_state subscription_state(const struct subscription *s, int64_t now_s);
/** When the state changes next; 0 = never. */
int64_t subscription_next(const struct subscription *s, int64_t now_s);
/** "running", ...: part of the outside view. */
const char *subscription_state_name(enum subscription_state s);
