/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring with two free-running indexes: only the producer writes tail, only the consumer writes
 * head, each on a cache line of its own together with what else that side alone uses. The
 * producer keeps a copy of head and reads the real one only when the ring looks full.
 *
 * Why no wake-up is lost. Both directions use one flag that both sides change by exchange, so all
 * changes of a flag have one order and each reads from the one before (acquire and release).
 *
 * Consumer's bell ("rung"). Producer: store tail; exchange(rung, true); ring the eventfd if it was
 * false. Consumer, when it found the ring empty: read the eventfd; exchange(rung, false); look at
 * tail again. If the producer's exchange came later it saw false and rang. If it came earlier, the
 * consumer's exchange read from it, hence sees the tail stored before, and rings its own bell. The
 * eventfd is read before the flag is cleared, so no later ring is swallowed. While messages remain
 * after a burst the eventfd is left unread: the poll is level-triggered.
 *
 * A consumer that pauses puts the second half off: it has read the eventfd, the flag stays, and a
 * timer looks again. To the producer it is as one that is still busy; mailbox_ring writes the
 * eventfd whatever the flag says.
 *
 * Producer's bell ("starving"). Producer, when full: exchange(starving, true); look at head again.
 * Consumer, after each burst that leaves the ring at most half full: exchange(starving, false);
 * ring if it was true. If the consumer's exchange came later it rings; if earlier, the producer
 * sees the head stored before it and posts after all. A refusal also flushes, so the consumer of a
 * full ring is awake and gets to half; an on_space too many is possible, one too few is not.
 */
#include "lib/io/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define CACHE_LINE    64
#define FLUSH_EVERY   64 /* posts without a flush by the producer */
#define MESSAGE_ALIGN 8

struct mailbox {
	/* Constant after mailbox_new. */
	uint8_t *ring; /* owned */
	uint32_t capacity;
	uint32_t slot_size;
	uint32_t message_size;
	int bell_fd;
	int space_fd;

	/* Producer. */
	alignas(CACHE_LINE) _Atomic uint32_t tail;
	uint32_t head_seen;
	uint32_t unflushed;
	struct io_watch space_watch;
	void (*on_space)(void *ctx);
	void *space_ctx;

	/* Consumer. */
	alignas(CACHE_LINE) _Atomic uint32_t head;
	uint32_t burst;
	bool attached;
	bool held;
	uint32_t pause_us;
	struct timer pause;
	struct io_watch bell_watch;
	void (*fn)(void *ctx, const void *msg);
	void *ctx;

	/* Both. */
	alignas(CACHE_LINE) _Atomic bool rung;
	_Atomic bool starving;
};

static uint32_t power_of_two(uint32_t n)
{
	assert(n <= UINT32_C(1) << 31);
	return n <= 2 ? 2 : UINT32_C(1) << (32 - __builtin_clz(n - 1));
}

struct mailbox *mailbox_new(size_t message_size, uint32_t capacity)
{
	struct mailbox *m = aligned_alloc(CACHE_LINE, sizeof(*m));

	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->message_size = (uint32_t)message_size;
	m->slot_size = (uint32_t)((message_size + MESSAGE_ALIGN - 1) / MESSAGE_ALIGN *
		MESSAGE_ALIGN);
	m->capacity = power_of_two(capacity);
	m->ring = xcalloc(m->capacity, m->slot_size);
	m->bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	m->space_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->bell_fd < 0 || m->space_fd < 0) {
		const int err = errno;

		mailbox_free(m);
		errno = err;
		return NULL;
	}
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	mailbox_detach_consumer(m);
	mailbox_detach_producer(m);
	if (m->bell_fd >= 0)
		close(m->bell_fd);
	if (m->space_fd >= 0)
		close(m->space_fd);
	free(m->ring);
	free(m);
}

static void ring_bell(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one)); /* EAGAIN: the counter is full, so it rings */
}

static void silence_bell(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n)); /* EAGAIN: it was silent */
}

static void wake_consumer(struct mailbox *m)
{
	if (!atomic_exchange_explicit(&m->rung, true, memory_order_acq_rel))
		ring_bell(m->bell_fd);
}

void mailbox_flush(struct mailbox *m)
{
	if (!m->unflushed)
		return;
	m->unflushed = 0;
	wake_consumer(m);
}

void mailbox_ring(struct mailbox *m)
{
	m->unflushed = 0;
	atomic_exchange_explicit(&m->rung, true, memory_order_acq_rel);
	ring_bell(m->bell_fd);
}

void mailbox_hold(struct mailbox *m, bool held)
{
	if (!m->attached || m->held == held)
		return;
	m->held = held;
	io_want_read(&m->bell_watch, !held);
}

/* Producer: is there a free slot? If not, the consumer knows that we wait. */
static bool has_space(struct mailbox *m, uint32_t tail)
{
	if (likely(tail - m->head_seen < m->capacity))
		return true;
	m->head_seen = atomic_load_explicit(&m->head, memory_order_acquire);
	if (tail - m->head_seen < m->capacity)
		return true;
	mailbox_flush(m);
	atomic_exchange_explicit(&m->starving, true, memory_order_acq_rel);
	m->head_seen = atomic_load_explicit(&m->head, memory_order_acquire);
	if (tail - m->head_seen == m->capacity)
		return false;
	atomic_exchange_explicit(&m->starving, false, memory_order_acq_rel);
	return true;
}

int mailbox_post(struct mailbox *m, const void *msg)
{
	const uint32_t tail = atomic_load_explicit(&m->tail, memory_order_relaxed);

	if (!has_space(m, tail))
		return -EAGAIN;
	memcpy(m->ring + (size_t)(tail & (m->capacity - 1)) * m->slot_size, msg, m->message_size);
	atomic_store_explicit(&m->tail, tail + 1, memory_order_release);
	if (++m->unflushed >= FLUSH_EVERY)
		mailbox_flush(m);
	return 0;
}

/* Consumer: hand over one message; false when there is none. */
static bool take_one(struct mailbox *m, void (*fn)(void *ctx, const void *msg), void *ctx)
{
	const uint32_t head = atomic_load_explicit(&m->head, memory_order_relaxed);

	if (head == atomic_load_explicit(&m->tail, memory_order_acquire))
		return false;
	/* In place: the producer cannot reuse the slot before head moves. */
	fn(ctx, m->ring + (size_t)(head & (m->capacity - 1)) * m->slot_size);
	atomic_store_explicit(&m->head, head + 1, memory_order_release);
	return true;
}

const void *mailbox_peek(const struct mailbox *m, uint32_t ahead)
{
	const uint32_t head = atomic_load_explicit(&m->head, memory_order_relaxed);
	const uint32_t tail = atomic_load_explicit(&m->tail, memory_order_acquire);

	if (tail - head <= ahead)
		return NULL;
	return m->ring + (size_t)((head + ahead) & (m->capacity - 1)) * m->slot_size;
}

static void tell_space(struct mailbox *m)
{
	if (mailbox_count(m) <= m->capacity / 2 &&
		atomic_exchange_explicit(&m->starving, false, memory_order_acq_rel))
		ring_bell(m->space_fd);
}

uint32_t mailbox_drain(struct mailbox *m, uint32_t max, void (*fn)(void *ctx, const void *msg),
	void *ctx)
{
	uint32_t n = 0;

	while (n < max && take_one(m, fn, ctx))
		n++;
	if (n)
		tell_space(m);
	return n;
}

/* Returns how many. */
static uint32_t take_burst(struct mailbox *m)
{
	uint32_t n = 0;

	/* A message may end the consumer's interest ("stop"): the rest stays inside. */
	while (n < m->burst && m->attached && !m->held && take_one(m, m->fn, m->ctx))
		n++;
	tell_space(m);
	return n;
}

/* The ring was empty after n messages. */
static void rest(struct mailbox *m, uint32_t n)
{
	silence_bell(m->bell_fd);
	if (n && m->pause_us) {
		timer_start(&m->pause, m->pause_us);
		return;
	}
	atomic_exchange_explicit(&m->rung, false, memory_order_acq_rel);
	if (mailbox_count(m))
		wake_consumer(m);
}

static void on_bell(void *ctx)
{
	struct mailbox *m = ctx;
	const uint32_t n = take_burst(m);

	if (m->attached && !mailbox_count(m))
		rest(m, n);
}

static void on_pause_end(void *ctx)
{
	struct mailbox *m = ctx;
	const uint32_t n = take_burst(m); /* none when it is held */

	if (!m->attached)
		return;
	if (mailbox_count(m))
		ring_bell(m->bell_fd); /* it is silent: for the rest */
	else
		rest(m, n);
}

void mailbox_attach_consumer(struct mailbox *m, struct loop *l, uint32_t burst,
	void (*fn)(void *ctx, const void *msg), void *ctx)
{
	assert(!m->attached && burst);
	m->burst = burst;
	m->fn = fn;
	m->ctx = ctx;
	m->attached = true;
	timer_init(&m->pause, l, on_pause_end, m);
	io_init(&m->bell_watch, l, m->bell_fd, on_bell, NULL, m);
	io_want_read(&m->bell_watch, true);
}

void mailbox_set_pause(struct mailbox *m, uint32_t pause_us)
{
	m->pause_us = pause_us;
}

static void on_space_bell(void *ctx)
{
	struct mailbox *m = ctx;

	silence_bell(m->space_fd);
	m->on_space(m->space_ctx);
}

void mailbox_attach_producer(struct mailbox *m, struct loop *l, void (*on_space)(void *ctx),
	void *ctx)
{
	m->on_space = on_space;
	m->space_ctx = ctx;
	io_init(&m->space_watch, l, m->space_fd, on_space_bell, NULL, m);
	io_want_read(&m->space_watch, true);
}

void mailbox_detach_consumer(struct mailbox *m)
{
	m->attached = false;
	timer_stop(&m->pause);
	io_fini(&m->bell_watch);
}

void mailbox_detach_producer(struct mailbox *m)
{
	io_fini(&m->space_watch);
}

uint32_t mailbox_count(const struct mailbox *m)
{
	/* head first: it never passes the tail read after it. */
	const uint32_t head = atomic_load_explicit(&m->head, memory_order_acquire);

	return atomic_load_explicit(&m->tail, memory_order_acquire) - head;
}
