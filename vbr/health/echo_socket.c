/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/echo_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STAMP_MAX_US INT64_C(60000000)

static uint16_t ethertype(const struct echo *e)
{
	return htons(e->source.family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
}

/* Deaf until it has its filter and is bound: nothing but answers is ever copied. */
int echo_socket_open(const struct echo *e, uint32_t ifindex)
{
	struct sock_filter code[ECHO_FILTER_MAX];
	const struct sock_fprog prog = {
		.len = (unsigned short)echo_filter(e, code),
		.filter = code,
	};
	const struct sockaddr_ll sa = {
		.sll_family = AF_PACKET,
		.sll_protocol = ethertype(e),
		.sll_ifindex = (int)ifindex,
	};
	const int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return -errno;
	/* Best effort: the filter passes no request anyway. */
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ||
		bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		const int err = errno;

		(void)close(fd);
		return -err;
	}
	return fd;
}

int echo_socket_send(int fd, const struct echo *e, uint16_t sequence, const struct echo_way *w)
{
	uint8_t packet[ECHO_SIZE];
	const size_t n = echo_build(e, sequence, packet);
	struct sockaddr_ll sa = {
		.sll_family = AF_PACKET,
		.sll_protocol = ethertype(e),
		.sll_ifindex = (int)w->ifindex,
		.sll_halen = 6,
	};

	memcpy(sa.sll_addr, w->lladdr, sa.sll_halen);
	return sendto(fd, packet, n, MSG_DONTWAIT, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ?
		-errno :
		0;
}

/* IPPROTO_RAW: the header is ours, in either family. It receives nothing. */
int echo_socket_open_link(const struct echo *e, const char *device)
{
	const int fd = socket(e->target.family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
		IPPROTO_RAW);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1) <
		0) {
		const int err = errno;

		(void)close(fd);
		return -err;
	}
	return fd;
}

int echo_socket_send_link(int fd, const struct echo *e, uint16_t sequence)
{
	uint8_t packet[ECHO_SIZE];
	const size_t n = echo_build(e, sequence, packet);
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const bool is_ip6 = e->target.family == AF_INET6;

	memcpy(&in4.sin_addr, e->target.b, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, e->target.b, sizeof(in6.sin6_addr));
	return sendto(fd, packet, n, MSG_DONTWAIT,
		       is_ip6 ? (const struct sockaddr *)&in6 : (const struct sockaddr *)&in4,
		       is_ip6 ? sizeof(in6) : sizeof(in4)) < 0 ?
		-errno :
		0;
}

/* The kernel's stamp is of the wall clock, which is not ours: what counts is how old it is. */
static struct mono arrival(struct msghdr *m)
{
	struct timespec stamp;
	struct timespec wall;
	struct mono now;
	int64_t age_us;

	/* In this order: who is held up in between sees it younger, not older than its probe. */
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	now = mono_now();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		age_us = (wall.tv_sec - stamp.tv_sec) * INT64_C(1000000) +
			(wall.tv_nsec - stamp.tv_nsec) / 1000;
		/* The clock was set meanwhile. */
		return age_us < 0 || age_us > STAMP_MAX_US ? now : mono_add_us(now, -age_us);
	}
	return now;
}

bool echo_socket_read(int fd, const struct echo *e, uint16_t *sequence, struct mono *at)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec)) * 2];
	uint8_t buf[ECHO_SIZE * 2];
	struct iovec iov = { buf, sizeof(buf) };
	ssize_t n;

	for (;;) {
		struct msghdr m = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		n = recvmsg(fd, &m, MSG_DONTWAIT);
		if (n < 0)
			return false;
		if (echo_parse(e, buf, (size_t)n, sequence) < 0)
			continue;
		if (at != NULL)
			*at = arrival(&m);
		return true;
	}
}
