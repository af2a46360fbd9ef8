/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls from main to a thread that has a loop: a function runs there, then another one on main.
 * A mailbox there, one back; a call in flight has a place in both, so only main is ever refused.
 */
#pragma once

#include <stdint.h>

#include "lib/base/compiler.h"

struct calls;
struct loop;

/** Any function; who is called knows of what type it is. */
typedef void calls_fn(void);

struct calls_params {
	struct loop *main_loop; /* borrowed, like the other */
	struct loop *loop;      /* of the thread */
	uint32_t max;           /* in flight */
	uint32_t burst;         /* calls a turn of the thread's loop */
	/* On the thread: casts fn to what it is and runs it. */
	void (*run)(void *ctx, calls_fn *fn, void *arg);
	void *ctx;
};

/** On main, before the thread starts. NULL with errno set. */
struct calls *calls_new(const struct calls_params *p);
/**
 * On main, when the thread has ended, before either loop does. Ends that are still underway are
 * told, so that nobody waits for ever. NULL-safe.
 */
void calls_free(struct calls *c);
/** On the thread, at its end: what main has called for is run; its ends are told by calls_free. */
void calls_finish(struct calls *c);

/** On main: fn on the thread, then done (NULL: nothing) on main. -EAGAIN with max in flight. */
int calls_make(struct calls *c, calls_fn *fn, void (*done)(void *arg), void *arg) MUST_USE;
