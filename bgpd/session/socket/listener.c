/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepts in small batches. A connection whose source has no session is closed before a byte of
 * it is read: a stranger gets no parser to talk to. Answers to SYN go out with TTL 255, because
 * a peer with GTSM drops anything less, and the kernel makes them before we know who it is.
 */
#include "bgpd/session/socket/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/session.h"
#include "bgpd/session/socket/ao.h"
#include "bgpd/session/socket/sockopt.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define BACKLOG    1024 /* after a start all come at once; net.core.somaxconn has the last word */
#define ACCEPTS    16   /* a turn */
#define PAUSE_US   INT64_C(100000)
#define TTL_LISTEN 255

struct listener {
	int fd;
	struct io_watch io;
	struct timer pause;
	struct session *(*find)(void *ctx, const struct ip_addr *remote);
	void *ctx;
	uint64_t refused;
	bool has_md5;       /* some key of TCP-MD5 was set */
	struct ao_keys *ao; /* owned: as set, one an address or range */
	unsigned n_ao;
};

static void hand_over(struct listener *l, int fd, const struct sockaddr_storage *ss)
{
	struct ip_addr remote;
	struct session *s = NULL;

	if (ip_from_sockaddr((const struct sockaddr *)ss, &remote, NULL) == 0)
		s = l->find(l->ctx, &remote);
	if (s != NULL) {
		session_accept(s, fd);
		return;
	}
	l->refused++;
	close(fd);
}

static void on_read(void *ctx)
{
	struct listener *l = ctx;

	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		const int fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			hand_over(l, fd, &ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* the socket stays readable: come back later instead of spinning */
			io_want_read(&l->io, false);
			timer_start(&l->pause, PAUSE_US);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

static void on_pause(void *ctx)
{
	struct listener *l = ctx;

	io_want_read(&l->io, true);
}

static int open_socket(const struct listener_conf *conf)
{
	const int fd = sockopt_socket(conf->local.family, conf->device);
	const int on = 1;
	struct sockaddr_storage ss;
	socklen_t len;

	if (fd < 0)
		return fd;
	len = ip_to_sockaddr(&conf->local, conf->port ? conf->port : BGP_PORT,
		sockopt_ifindex(conf->device), &ss);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		sockopt_send_ttl(fd, conf->local.family, TTL_LISTEN) < 0 ||
		bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, BACKLOG) < 0) {
		const int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

struct listener *listener_new(struct loop *l, const struct listener_conf *conf,
	struct session *(*find)(void *ctx, const struct ip_addr *remote), void *ctx)
{
	const int fd = open_socket(conf);
	struct listener *ln;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	ln = xcalloc(1, sizeof(*ln));
	ln->fd = fd;
	ln->find = find;
	ln->ctx = ctx;
	io_init(&ln->io, l, fd, on_read, NULL, ln);
	timer_init(&ln->pause, l, on_pause, ln);
	io_want_read(&ln->io, true);
	return ln;
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	timer_stop(&l->pause);
	io_fini(&l->io);
	close(l->fd);
	for (unsigned i = 0; i < l->n_ao; i++)
		ao_keys_wipe(&l->ao[i]);
	free(l->ao);
	free(l);
}

int listener_set_md5(struct listener *l, const struct prefix *remote, const char *key)
{
	if (key[0] != '\0')
		l->has_md5 = true;
	return l->has_md5 ? sockopt_md5(l->fd, remote, key) : 0;
}

static struct ao_keys *find_ao(const struct listener *l, const struct prefix *net)
{
	for (unsigned i = 0; i < l->n_ao; i++) {
		if (prefix_is_equal(&l->ao[i].net, net))
			return &l->ao[i];
	}
	return NULL;
}

static void drop_ao(struct listener *l, struct ao_keys *slot)
{
	*slot = l->ao[--l->n_ao];
	ao_keys_wipe(&l->ao[l->n_ao]);
}

int listener_set_ao(struct listener *l, const struct ao_keys *k)
{
	struct ao_keys none = { .net = k->net };
	struct ao_keys *slot = find_ao(l, &k->net);
	int ret;

	if (!slot && k->n == 0)
		return 0;
	ret = ao_set_listener(l->fd, slot ? slot : &none, k);
	if (ret < 0)
		return ret;
	if (k->n == 0) {
		drop_ao(l, slot);
		return 0;
	}
	if (!slot) {
		l->ao = xreallocarray(l->ao, l->n_ao + 1, sizeof(*l->ao));
		slot = &l->ao[l->n_ao++];
	}
	*slot = *k;
	return 0;
}

void listener_keep_ao(struct listener *l, bool (*keep)(void *ctx, const struct prefix *net),
	void *ctx)
{
	for (unsigned i = l->n_ao; i-- > 0;) {
		const struct ao_keys none = { .net = l->ao[i].net };

		if (!keep(ctx, &none.net))
			(void)listener_set_ao(l, &none);
	}
}

uint64_t listener_refused(const struct listener *l)
{
	return l->refused;
}
