/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A close(2) with unread octets in the receive queue sends RST, and the peer's kernel then
 * throws away the NOTIFICATION that it has not read yet: the operator on the other side never
 * learns why. So the write side is shut first and input is drained until the peer closes, two
 * seconds at most. Only a few may hang about per session: a peer that connects in a loop closes
 * its own oldest ones.
 */
#include "bgpd/session/socket/linger.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define LINGER_US    INT64_C(2000000)
#define LINGER_MAX   4
#define WRITE_ATMOST (256 * 1024)
#define DRAIN_SIZE   16384
#define DRAIN_READS  16 /* reads a turn */

struct linger_conn {
	TAILQ_ENTRY(linger_conn) entry;
	struct linger_list *list; /* borrowed: owns us */
	struct evbuffer *out;     /* owned; NULL once the write side is shut */
	struct io_watch io;
	struct timer timer;
	int fd;
};

static void linger_free(struct linger_conn *g)
{
	TAILQ_REMOVE(&g->list->head, g, entry);
	g->list->n--;
	timer_stop(&g->timer);
	io_fini(&g->io);
	if (g->out != NULL)
		evbuffer_free(g->out);
	close(g->fd);
	free(g);
}

/* Whether the connection is still of use. */
static bool flush(struct linger_conn *g)
{
	if (g->out == NULL)
		return true;
	if (evbuffer_get_length(g->out) > 0 &&
		evbuffer_write_atmost(g->out, g->fd, WRITE_ATMOST) < 0 && errno != EAGAIN &&
		errno != EINTR)
		return false;
	if (evbuffer_get_length(g->out) > 0) {
		io_want_write(&g->io, true);
		return true;
	}
	io_want_write(&g->io, false);
	evbuffer_free(g->out);
	g->out = NULL;
	return shutdown(g->fd, SHUT_WR) == 0;
}

/* Whether the peer may still be reading. */
static bool drain(struct linger_conn *g)
{
	uint8_t buf[DRAIN_SIZE];

	for (int i = 0; i < DRAIN_READS; i++) {
		const ssize_t n = read(g->fd, buf, sizeof(buf));

		if (n == 0)
			return false;
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
	}
	return true;
}

static void on_read(void *ctx)
{
	struct linger_conn *g = ctx;

	if (!drain(g))
		linger_free(g);
}

static void on_write(void *ctx)
{
	struct linger_conn *g = ctx;

	if (!flush(g))
		linger_free(g);
}

static void on_timer(void *ctx)
{
	linger_free(ctx);
}

void linger_list_init(struct linger_list *ll)
{
	TAILQ_INIT(&ll->head);
	ll->n = 0;
}

void linger_list_fini(struct linger_list *ll)
{
	struct linger_conn *g;

	while ((g = TAILQ_FIRST(&ll->head)) != NULL) {
		(void)drain(g);
		linger_free(g);
	}
}

void linger_add(struct linger_list *ll, struct loop *l, int fd, struct evbuffer *take_out)
{
	struct linger_conn *g = xcalloc(1, sizeof(*g));

	if (ll->n >= LINGER_MAX)
		linger_free(TAILQ_FIRST(&ll->head));
	g->list = ll;
	g->fd = fd;
	g->out = take_out;
	io_init(&g->io, l, fd, on_read, on_write, g);
	timer_init(&g->timer, l, on_timer, g);
	TAILQ_INSERT_TAIL(&ll->head, g, entry);
	ll->n++;
	if (!flush(g)) {
		linger_free(g);
		return;
	}
	io_want_read(&g->io, true);
	timer_start(&g->timer, LINGER_US);
}
