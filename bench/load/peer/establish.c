/* SPDX-License-Identifier: Apache-2.0 */
/* Waits until all sessions are up. The workers connect by themselves; with --listen the DUT does,
 * and a connection belongs to the session whose address it was made to. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "bench/load/blast.h"

static int listen_any(const struct blast *b)
{
	struct sockaddr_storage any = { .ss_family = b->dut.ss_family };
	int fd = socket(any.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	/* the port stands at the same place in both families */
	((struct sockaddr_in *)&any)->sin_port = htons(b->opt.port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (void *)&any, session_address_len(&any)) || listen(fd, 1024))
		die("listen: %s", strerror(errno));
	return fd;
}

static bool is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr);
}

static void accept_one(struct blast *b, int listener)
{
	struct sockaddr_storage local;
	struct session *hit = NULL;
	socklen_t n = sizeof local;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	getsockname(fd, (void *)&local, &n);
	for (int i = 0; i < b->n_sessions; i++)
		if (is_same_host(&local, &b->session[i].local))
			hit = &b->session[i];
	if (!hit || hit->fd >= 0) {
		close(fd);
		return;
	}
	hit->new_fd = fd;
	session_ask(hit, ASK_TAKE);
}

bool establish_all(struct blast *b, uint64_t end, uint64_t *first_ns)
{
	struct pollfd listener = { b->opt.listen ? listen_any(b) : -1, POLLIN, 0 };

	*first_ns = 0;
	while (b->established < b->n_sessions) {
		if (listener.fd < 0)
			usleep(1000);
		else if (poll(&listener, 1, 5) > 0)
			accept_one(b, listener.fd);
		if (!*first_ns && b->established > 0)
			*first_ns = clock_ns();
		if (clock_ns() > end)
			return false;
	}
	return true;
}
