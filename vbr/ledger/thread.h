/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger on a thread of its own: whoever waits for the disk is not main. Calls come from main,
 * in order, and go back to it.
 */
#pragma once

#include "vbr/ledger/ledger.h"

struct ledger_thread;
struct loop;

#define LEDGER_CALLS 64 /* in flight */

/** NULL with errno set. */
struct ledger_thread *ledger_thread_start(struct loop *main_loop, const char *path);
/** What was called before is carried out first, and told. NULL-safe. */
void ledger_thread_stop(struct ledger_thread *t);
/**
 * Run fn on the thread, then done on main's loop. -EAGAIN when LEDGER_CALLS are in flight. fn must
 * not be long: samples wait behind it.
 */
int ledger_thread_call(struct ledger_thread *t, void (*fn)(struct ledger *l, void *arg),
	void (*done)(void *arg), void *arg);
