/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BFD on a thread of its own: nothing but packets and timers, at a priority as high as it is
 * permitted. Feeds are rings from worker threads; reports go back by a ring each; calls come from
 * main and go back to it.
 */
#pragma once

#include <stdint.h>

#include "bfd/bfd.h"
#include "lib/base/thread.h"

struct bfd_thread;
struct loop;
struct mailbox;

enum bfd_order_type {
	BFD_ORDER_SET,
	BFD_ORDER_DEL,
};

struct bfd_order {
	enum bfd_order_type type;
	uint32_t key;               /* DEL */
	struct bfd_want *take_want; /* SET; feed is filled in */
};

/*
 * Who switches traffic away from the dead: a ring with the BFD thread as its producer, borrowed
 * until bfd_thread_stop, and how a death is put into it (0 or -EAGAIN), on that thread. hurry is
 * called before: whoever reads the ring must not wait for a processor.
 */
struct bfd_switch {
	struct mailbox *box;
	int (*post)(struct mailbox *box, const struct bfd_death *d);
	void (*hurry)(void *ctx); /* may be NULL */
	void *ctx;
};

/**
 * n_feeds pairs of rings. main_loop is where calls end. sw is copied; NULL: nobody does. NULL with
 * errno set.
 */
struct bfd_thread *bfd_thread_start(struct loop *main_loop, uint32_t n_feeds,
	const struct bfd_switch *sw);
/** Says AdminDown to all neighbours: an orderly end is no failure. NULL-safe. */
void bfd_thread_stop(struct bfd_thread *t);
/** Ring of struct bfd_order for producer i; of struct bfd_report for it as consumer. Borrowed. */
struct mailbox *bfd_thread_orders(struct bfd_thread *t, uint32_t i);
struct mailbox *bfd_thread_reports(struct bfd_thread *t, uint32_t i);
/** Give back an order that nobody will handle. */
void bfd_order_drop(void *ctx, const void *msg);

/** As fib_thread_call: fn on the thread, then done on main; -EAGAIN with 64 in flight. */
int bfd_thread_call(struct bfd_thread *t, void (*fn)(struct bfd *b, void *arg),
	void (*done)(void *arg), void *arg);
/** What it was permitted; known from the start on. */
enum thread_priority bfd_thread_priority(const struct bfd_thread *t);
struct histogram *bfd_thread_latency(const struct bfd_thread *t);
