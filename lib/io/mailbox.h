/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way between threads: a bounded ring of fixed-size messages from ONE producer thread
 * to ONE consumer thread, with an eventfd each way. A full ring refuses (-EAGAIN) and promises
 * to call the producer's on_space when half of it is free again: back-pressure, never growth,
 * never loss.
 *
 * Messages are copied in and out. A pointer inside a message passes ownership to the consumer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct loop;
struct mailbox;

/** capacity: messages, rounded up to a power of two. NULL with errno set if eventfds fail. */
struct mailbox *mailbox_new(size_t message_size, uint32_t capacity);
/**
 * Both threads must have ended or detached. Detaches what still is attached, so it goes before
 * the loops. Messages left inside are dropped unseen. NULL-safe.
 */
void mailbox_free(struct mailbox *m);

/**
 * Consumer side, once, on (or before the start of) the consumer's thread: fn gets each message;
 * at most burst messages a turn, then other events have theirs.
 */
void mailbox_attach_consumer(struct mailbox *m, struct loop *l, uint32_t burst,
	void (*fn)(void *ctx, const void *msg), void *ctx);
/**
 * Consumer side: after it emptied the ring it looks again this much later, before it wants to be
 * woken. So the first of what comes now and then wakes it at once, and what comes all the time
 * wakes it once in a pause, however little it is. 0, as at first: no pause.
 */
void mailbox_set_pause(struct mailbox *m, uint32_t pause_us);
/** Consumer side: take no message until it is let go; whoever posts may find the ring full. */
void mailbox_hold(struct mailbox *m, bool held);
/** Producer side, optional: on_space is called on the producer's loop after a refusal. */
void mailbox_attach_producer(struct mailbox *m, struct loop *l, void (*on_space)(void *ctx),
	void *ctx);
/** Stop watching on either side. */
void mailbox_detach_consumer(struct mailbox *m);
void mailbox_detach_producer(struct mailbox *m);

/** 0, or -EAGAIN when full. The consumer is woken at mailbox_flush, or after 64 posts. */
int mailbox_post(struct mailbox *m, const void *msg) MUST_USE;
/** Wake the consumer if something was posted since the last wake-up. Cheap when nothing was. */
void mailbox_flush(struct mailbox *m);
/** Wake it whatever was before, also out of its pause. */
void mailbox_ring(struct mailbox *m);
/** Consumer side without a loop: up to max messages; for tests and for draining at the end. */
uint32_t mailbox_drain(struct mailbox *m, uint32_t max, void (*fn)(void *ctx, const void *msg),
	void *ctx);
/**
 * Consumer side, while fn has a message: the one that comes so many after it, or NULL if it is not
 * there yet. Valid until fn returns.
 */
const void *mailbox_peek(const struct mailbox *m, uint32_t ahead);
/** Messages inside, as either side sees it now. */
uint32_t mailbox_count(const struct mailbox *m);
