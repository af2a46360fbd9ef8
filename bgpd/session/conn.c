/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input: one buffer for all connections of a thread, and that buffer is the stack of the
 * callback. An idle connection so costs no buffer at all; only a message that has arrived in
 * part is kept on the heap. Measured against bufferevents: about twice the messages a second, a
 * quarter of the memory.
 *
 * A callback reads once, at most READ_SIZE octets, and digests for at most SLICE_US, or for
 * SLICE_ALONE_US while no peer on this thread says little. What is left then goes to the tail,
 * reading stops, and a job goes on with it in turn with everybody else: a peer that sends a full
 * table delays the keepalive of another one by a slice, not by a table.
 *
 * Output: an evbuffer, so that chunks of several sessions are shared by reference. Writing is
 * put off to a job: a burst of small messages becomes one writev. The marks are advice to the
 * caller; nothing that is queued is lost.
 */
#include "bgpd/session/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "bgpd/session/socket/ao.h"
#include "bgpd/session/socket/linger.h"
#include "bgpd/session/socket/sockopt.h"
#include "bgpd/wire/message.h"
#include "lib/base/xalloc.h"

#define READ_SIZE    (64 * 1024)
#define LOOK_US      50 /* messages that take less are not timed one by one */
#define LOOK_MAX     8  /* but so many together */
#define WRITE_ATMOST (256 * 1024)
#define HIGH_MARK    (1024 * 1024) /* seconds of a slow line */
#define LOW_MARK     (256 * 1024)  /* one writev: the next slice is produced while it drains */

#define LITTLE         4096 /* octets of a read */
#define END_OF_RIB_LEN 23   /* RFC 4724 2 */

/* What others on the thread wait for, beside a slice of a job. */
#define SLICE_US       100
#define SLICE_ALONE_US 250 /* less work in all: what comes is sent on in longer runs */

static bool is_transient(int err)
{
	return err == EAGAIN || err == EINTR;
}

static void keep_tail(struct conn *c, const uint8_t *p, size_t len)
{
	if (len == 0)
		return;
	c->tail = xmalloc(len);
	memcpy(c->tail, p, len);
	c->tail_off = 0;
	c->tail_len = len;
}

static void drop_tail(struct conn *c)
{
	free(c->tail);
	c->tail = NULL;
	c->tail_len = 0;
}

static size_t take_tail(struct conn *c, uint8_t *dst)
{
	const size_t len = c->tail_len;

	if (len > 0)
		memcpy(dst, c->tail + c->tail_off, len);
	drop_tail(c);
	return len;
}

/*
 * Is the slice over? A look at the clock costs as much as a small message, so while they take
 * little time the next look is after more of them.
 */
static bool is_over(const struct conn *c, struct mono start, struct mono *looked, unsigned *step)
{
	const int64_t slice = loop_hears_little(c->loop) ? SLICE_US : SLICE_ALONE_US;
	const struct mono now = mono_now();

	if (mono_sub_us(now, *looked) >= LOOK_US)
		*step = 1;
	else if (*step < LOOK_MAX)
		*step *= 2;
	*looked = now;
	return mono_sub_us(now, start) > slice;
}

/*
 * Hand up whole messages; returns how many octets at the end are left over. Nothing of c may be
 * touched once its serial has changed.
 */
static size_t digest(struct conn *c, const uint8_t *p, size_t len)
{
	const uint32_t serial = c->serial;
	const struct mono start = mono_now();
	struct mono looked = start;
	unsigned until_look = 1;
	unsigned step = 1;
	size_t off = 0;

	for (;;) {
		struct wire_err err = { 0 };
		const int n = wire_frame(p + off, len - off, c->max_len, &err);
		bool again;

		if (n < 0) {
			c->ops->malformed(c->ctx, &err);
			return 0;
		}
		if (n == 0 || (size_t)n > len - off) {
			io_want_read(&c->io, true);
			return len - off;
		}
		again = c->ops->message(c->ctx, p + off, (size_t)n);
		if (c->serial != serial)
			return 0;
		if (again)
			until_look = 1; /* such a piece takes longer than a look */
		else
			off += (size_t)n;
		if (off == len || --until_look)
			continue;
		if (is_over(c, start, &looked, &step)) {
			io_want_read(&c->io, false);
			job_wake(&c->rx_job);
			return len - off;
		}
		until_look = step;
	}
}

/* A tail is what one round leaves over: a partial message, or a read that was not digested. */
#define TAIL_MAX (READ_SIZE + BGP_MAX_LEN_EXT)

/*
 * The octets stay where they are from slice to slice. Whoever reads a message may close the
 * connection, so meanwhile they are ours.
 */
static bool rx_slice(void *ctx)
{
	struct conn *c = ctx;
	uint8_t *const tail = c->tail;
	const size_t end = c->tail_off + c->tail_len;
	const size_t len = c->tail_len;
	size_t left;

	c->tail = NULL;
	c->tail_len = 0;
	left = digest(c, tail + end - len, len);
	if (left <= BGP_MAX_LEN) { /* a partial message may wait for long */
		keep_tail(c, tail + end - left, left);
		free(tail);
		return false;
	}
	c->tail = tail;
	c->tail_off = end - left;
	c->tail_len = left;
	return false;
}

/* News of some routes, which should not wait: not an OPEN, a keepalive, or the end of a table. */
static bool is_little_news(const uint8_t *p, size_t len)
{
	return len > END_OF_RIB_LEN && len <= LITTLE && p[BGP_HEADER_LEN - 1] == BGP_MSG_UPDATE;
}

static void rx(struct conn *c)
{
	uint8_t buf[TAIL_MAX];
	const size_t had = take_tail(c, buf); /* a partial message: longer tails stop the reading */
	const ssize_t n = read(c->fd, buf + had, READ_SIZE);

	if (n > 0) {
		const size_t len = had + (size_t)n;
		size_t left;

		c->stats->bytes_in += (uint64_t)n;
		if (is_little_news(buf, len))
			loop_heard_little(c->loop);
		left = digest(c, buf, len);
		keep_tail(c, buf + len - left, left);
		return;
	}
	if (n < 0 && is_transient(errno)) {
		keep_tail(c, buf, had);
		return;
	}
	c->ops->failed(c->ctx, n < 0 ? errno : c->tx_err);
}

/*
 * A failure is not reported here: what the peer said before it closed may still wait to be read,
 * a NOTIFICATION most of all. Reading comes to the same end and tells.
 */
static void tx(struct conn *c)
{
	int n;

	if (c->tx_err != 0 || evbuffer_get_length(c->out) == 0)
		return;
	n = evbuffer_write_atmost(c->out, c->fd, WRITE_ATMOST);
	if (n < 0 && !is_transient(errno))
		c->tx_err = errno;
	if (n > 0) {
		c->stats->bytes_out += (uint64_t)n;
		c->last_tx = mono_now();
	}
	io_want_write(&c->io, c->tx_err == 0 && evbuffer_get_length(c->out) > 0);
}

static void tx_turn(struct conn *c)
{
	tx(c);
	if (c->congested && evbuffer_get_length(c->out) <= LOW_MARK) {
		c->congested = false;
		c->ops->writable(c->ctx);
	}
}

static bool tx_slice(void *ctx)
{
	struct conn *c = ctx;

	if (c->up && !io_wants_write(&c->io))
		tx_turn(c);
	return false;
}

static struct ip_addr local_addr(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip_addr a = { 0 };

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		(void)ip_from_sockaddr((struct sockaddr *)&ss, &a, NULL);
	return a;
}

static void go_up(struct conn *c)
{
	c->up = true;
	c->local = local_addr(c->fd);
	c->last_tx = mono_now();
	io_want_write(&c->io, false);
	io_want_read(&c->io, true);
}

static void finish_connect(struct conn *c)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err != 0) {
		c->ops->failed(c->ctx, err);
		return;
	}
	go_up(c);
	c->ops->connected(c->ctx);
}

static void on_read(void *ctx)
{
	rx(ctx);
}

static void on_write(void *ctx)
{
	struct conn *c = ctx;

	if (c->up)
		tx_turn(c);
	else
		finish_connect(c);
}

void conn_init(struct conn *c, struct loop *l, const struct conn_ops *ops, void *ctx,
	struct session_stats *stats)
{
	*c = (struct conn){ .loop = l, .ops = ops, .ctx = ctx, .stats = stats };
	c->fd = -1;
	c->max_len = BGP_MAX_LEN;
	job_init(&c->rx_job, l, rx_slice, c);
	job_init(&c->tx_job, l, tx_slice, c);
}

void conn_fini(struct conn *c)
{
	conn_close(c);
}

static void open_fd(struct conn *c, int fd)
{
	c->fd = fd;
	c->max_len = BGP_MAX_LEN;
	c->tx_err = 0;
	c->out = evbuffer_new();
	io_init(&c->io, c->loop, fd, on_read, on_write, c);
}

static int set_ao(int fd, const struct session_conf *conf)
{
	struct ao_keys k;
	int ret;

	if (session_conf_keys(conf) == 0)
		return 0;
	ao_keys_make(&k, conf, false);
	ret = ao_set(fd, &k);
	ao_keys_wipe(&k);
	return ret;
}

/* The kernel lets nothing else through once the listener has the keys; before that, we do not. */
static int check_ao(int fd, const struct session_conf *conf)
{
	struct ao_keys k;
	int ret;

	if (session_conf_keys(conf) == 0)
		return 0;
	ao_keys_make(&k, conf, true);
	ret = ao_accepted(fd, &k);
	ao_keys_wipe(&k);
	return ret;
}

static int start_connect(int fd, const struct session_conf *conf)
{
	const uint32_t ifindex = sockopt_ifindex(conf->device);
	struct sockaddr_storage ss;
	socklen_t len;
	int ret = sockopt_ttl(fd, conf);

	if (ret == 0 && conf->password && conf->password[0] != '\0') {
		const struct prefix to = prefix_host(&conf->remote);

		ret = sockopt_md5(fd, &to, conf->password);
	}
	if (ret == 0)
		ret = set_ao(fd, conf);
	if (ret < 0)
		return ret;
	if (ip_is_set(&conf->local)) {
		len = ip_to_sockaddr(&conf->local, 0, ifindex, &ss);
		if (bind(fd, (struct sockaddr *)&ss, len) < 0)
			return -errno;
	}
	len = ip_to_sockaddr(&conf->remote, conf->port ? conf->port : BGP_PORT, ifindex, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) < 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

int conn_connect(struct conn *c, const struct session_conf *conf)
{
	const int fd = sockopt_socket(conf->remote.family, conf->device);
	int ret;

	if (fd < 0)
		return fd;
	ret = start_connect(fd, conf);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	open_fd(c, fd);
	io_want_write(&c->io, true);
	return 0;
}

int conn_adopt(struct conn *c, int take_fd, const struct session_conf *conf)
{
	int ret = sockopt_accepted(take_fd, conf->remote.family);

	if (ret == 0)
		ret = sockopt_ttl(take_fd, conf);
	if (ret == 0)
		ret = check_ao(take_fd, conf);
	if (ret < 0) {
		close(take_fd);
		return ret;
	}
	open_fd(c, take_fd);
	go_up(c);
	return 0;
}

/* Let go of everything but fd and queue. */
static void detach(struct conn *c)
{
	io_fini(&c->io);
	job_cancel(&c->rx_job);
	job_cancel(&c->tx_job);
	drop_tail(c);
	c->fd = -1;
	c->out = NULL;
	c->up = false;
	c->congested = false;
	c->serial++;
}

void conn_close(struct conn *c)
{
	const int fd = c->fd;
	struct evbuffer *out = c->out;

	if (fd < 0)
		return;
	detach(c);
	close(fd);
	evbuffer_free(out); /* calls release() of shared chunks: c is already in order */
}

void conn_finish(struct conn *c, struct linger_list *ll)
{
	const int fd = c->fd;
	struct evbuffer *out = c->out;

	if (!c->up) {
		conn_close(c);
		return;
	}
	detach(c);
	linger_add(ll, c->loop, fd, out);
}

static void queued(struct conn *c, size_t before)
{
	if (before == 0)
		c->last_tx = mono_now();
	if (evbuffer_get_length(c->out) >= HIGH_MARK)
		c->congested = true;
	job_wake(&c->tx_job);
}

void conn_send(struct conn *c, const void *p, size_t len)
{
	size_t before;

	if (!c->up)
		return;
	before = evbuffer_get_length(c->out);
	if (evbuffer_add(c->out, p, len) == 0)
		queued(c, before);
}

struct shared_ref {
	void (*release)(void *arg);
	void *arg;
};

static void release_ref(const void *p UNUSED, size_t len UNUSED, void *ctx)
{
	struct shared_ref *ref = ctx;

	ref->release(ref->arg);
	free(ref);
}

void conn_send_shared(struct conn *c, const struct session_shared *sh)
{
	struct shared_ref *ref;
	size_t before;

	if (!c->up || sh->len == 0) {
		sh->release(sh->arg);
		return;
	}
	ref = xmalloc(sizeof(*ref));
	*ref = (struct shared_ref){ .release = sh->release, .arg = sh->arg };
	before = evbuffer_get_length(c->out);
	if (evbuffer_add_reference(c->out, sh->p, sh->len, release_ref, ref) == 0)
		queued(c, before);
	else
		release_ref(sh->p, sh->len, ref);
}

void conn_flush(struct conn *c)
{
	if (c->up)
		tx(c);
}

void conn_set_max_len(struct conn *c, uint16_t max_len)
{
	c->max_len = max_len;
}

bool conn_is_open(const struct conn *c)
{
	return c->fd >= 0;
}

bool conn_is_up(const struct conn *c)
{
	return c->up;
}

bool conn_is_congested(const struct conn *c)
{
	return c->congested;
}

bool conn_has_input(const struct conn *c)
{
	int n = 0;

	if (!c->up)
		return false;
	return c->rx_job.queued || (ioctl(c->fd, FIONREAD, &n) == 0 && n > 0);
}

int64_t conn_stuck_us(const struct conn *c)
{
	if (!c->up || evbuffer_get_length(c->out) == 0)
		return 0;
	return mono_sub_us(mono_now(), c->last_tx);
}

uint32_t conn_serial(const struct conn *c)
{
	return c->serial;
}

struct ip_addr conn_local_addr(const struct conn *c)
{
	return c->up ? c->local : (struct ip_addr){ 0 };
}
