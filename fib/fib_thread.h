/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fib on a thread of its own. Feeds are rings from worker threads (and main); queries come from
 * main and go back to it.
 */
#pragma once

#include <stdint.h>

#include "fib/fib.h"
#include "lib/base/thread.h"

struct fib_thread;
struct mailbox;

/**
 * Start the thread. n_feeds rings are made; feed i belongs to one producer thread. main_loop is
 * where answers to queries arrive. NULL with errno set if the kernel refuses (netlink socket,
 * eventfd).
 */
struct fib_thread *fib_thread_start(struct loop *main_loop, const struct fib_conf *conf,
	uint32_t n_feeds);
/** Orderly end: what is queued is written first, routes stay. */
void fib_thread_stop(struct fib_thread *t);
/** Ring of struct fib_msg for producer i: mailbox_attach_producer, mailbox_post. Borrowed. */
struct mailbox *fib_thread_feed(struct fib_thread *t, uint32_t i);
/**
 * Ring of struct fib_msg for who watches the neighbours, one thread: NEIGHBOR_DIED. It goes before
 * the others, and is empty whenever an "up" of them is believed. Borrowed.
 */
struct mailbox *fib_thread_deaths(struct fib_thread *t);
/** By the same thread, before each death: the switch does not wait for a processor. */
void fib_thread_hurry(struct fib_thread *t);
/** What that lends, as permitted; known from the start on. */
enum thread_priority fib_thread_priority(const struct fib_thread *t);

/*
 * Run fn on the fib thread with exclusive sight of the fib, then done on the main loop. Used by
 * show commands slice by slice, and for withdraw. From main only; at most 64 in flight: -EAGAIN.
 */
int fib_thread_call(struct fib_thread *t, void (*fn)(struct fib *f, void *arg),
	void (*done)(void *arg), void *arg);
struct fib_stats *fib_thread_stats(struct fib_thread *t);
