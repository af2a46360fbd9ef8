/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/echo_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

bool echo_socket_read(int fd, const struct echo *e, uint16_t *sequence)
{
	uint8_t buf[ECHO_SIZE * 2];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) >= 0)
		if (echo_parse(e, buf, (size_t)n, sequence) == 0)
			return true;
	return false;
}
