/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TCP connection that carries BGP messages: made or taken over, framed, queued, closed.
 * Knows the header of a message and nothing else of it. Embedded in its owner and used again and
 * again: conn_serial tells one use from the next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/session/session.h"
#include "lib/io/loop.h"

struct evbuffer;
struct linger_list;

/* Each may close the connection; none may free it. */
struct conn_ops {
	void (*connected)(void *ctx);
	void (*failed)(void *ctx, int err); /* errno, 0 = the peer closed; call conn_close */
	/* True: not through with it; it comes again, at once or when others had their turn. */
	bool (*message)(void *ctx, const uint8_t *msg, size_t len);
	void (*malformed)(void *ctx, const struct wire_err *err);
	void (*writable)(void *ctx); /* fell below the low mark after being congested */
};

/* Fields private, use the functions. */
struct conn {
	struct loop *loop;          /* borrowed */
	const struct conn_ops *ops; /* borrowed */
	void *ctx;
	int fd; /* -1 = closed */
	struct io_watch io;
	struct job rx_job; /* goes on with octets that are already read */
	struct job tx_job; /* writes what one burst of callers has queued */
	uint8_t *tail;     /* owned; octets read and not yet digested, from tail_off on */
	size_t tail_off;
	size_t tail_len;
	struct evbuffer *out; /* owned; NULL when closed */
	struct mono last_tx;  /* the queue was empty or shrank */
	uint32_t serial;
	int tx_err;           /* errno of a write; reading goes on to the end */
	struct ip_addr local; /* of a connection that is up */
	uint16_t max_len;
	bool up;
	bool congested;
	struct session_stats *stats; /* borrowed; counts octets there */
};

void conn_init(struct conn *c, struct loop *l, const struct conn_ops *ops, void *ctx,
	struct session_stats *stats);
void conn_fini(struct conn *c);

/** Begin to connect; connected() or failed() follows, never from inside. 0 or -errno. */
int conn_connect(struct conn *c, const struct session_conf *conf);
/** Take over an accepted connection. 0 or -errno; fd is taken in every case. */
int conn_adopt(struct conn *c, int take_fd, const struct session_conf *conf);
/** Close at once, without a word. */
void conn_close(struct conn *c);
/** Close for the owner, but write what is queued and let the peer read it. */
void conn_finish(struct conn *c, struct linger_list *ll);

void conn_send(struct conn *c, const void *p, size_t len);
/** release() is called exactly once in every case. */
void conn_send_shared(struct conn *c, const struct session_shared *sh);
/** Write now what can be written; for words that must not wait for their turn. */
void conn_flush(struct conn *c);
/** Longest message that is accepted from now on. */
void conn_set_max_len(struct conn *c, uint16_t max_len);

bool conn_is_open(const struct conn *c);
/** Both directions work: connected, not closed. */
bool conn_is_up(const struct conn *c);
bool conn_is_congested(const struct conn *c);
/** Octets of the peer wait here or in the kernel: silence is our own doing. */
bool conn_has_input(const struct conn *c);
/** How long nothing could be written although something is queued; 0 if nothing is. */
int64_t conn_stuck_us(const struct conn *c);
/** Changes when the connection is closed: compare it after a call that may do so. */
uint32_t conn_serial(const struct conn *c);
struct ip_addr conn_local_addr(const struct conn *c);
