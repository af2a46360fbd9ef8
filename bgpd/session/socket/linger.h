/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that are over but for their last words: what is still queued (a NOTIFICATION at
 * its end) is written, then the peer is given a moment to read it. Owned by the session, bounded
 * in number and time; nobody waits for them.
 */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

struct evbuffer;
struct linger_conn;
struct loop;

struct linger_list {
	TAILQ_HEAD(, linger_conn) head; /* private */
	uint8_t n;
};

void linger_list_init(struct linger_list *ll);
/** Closes them all at once. */
void linger_list_fini(struct linger_list *ll);
/** Takes fd and out (which may be NULL) in every case. */
void linger_add(struct linger_list *ll, struct loop *l, int fd, struct evbuffer *take_out);
