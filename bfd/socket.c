/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hearing sockets are bound to a device, so a packet can only ever meet the sessions of the VBR
 * that it came in by: that is the isolation of tenants with equal addresses. Packets are marked
 * CS6, as BGP's are: a full line must not look like a dead one.
 */
#include "bfd/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net/priority.h"

#define TOS_CS6     0xc0
#define TTL_MAX     255
#define SOURCE_LOW  49152 /* RFC 5881 4 */
#define SOURCE_N    16384
#define SOURCE_TRY  64
#define SPEAK_QUEUE 2048 /* octets: what is sent to it is not read */

static int set_int(int fd, int level, int name, int v)
{
	return setsockopt(fd, level, name, &v, sizeof(v)) < 0 ? -errno : 0;
}

static int open_udp(uint8_t family, const char *device)
{
	const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (family == AF_INET6)
		ret = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!ret && device[0] &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1) < 0)
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int bfd_socket_hear(uint8_t family, const char *device, uint16_t port)
{
	const struct ip_addr any = { .family = family };
	const int fd = open_udp(family, device);
	struct sockaddr_storage ss;
	int ret;

	if (fd < 0)
		return fd;
	if (family == AF_INET6)
		ret = set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	else
		ret = set_int(fd, IPPROTO_IP, IP_RECVTTL, 1);
	if (!ret && bind(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&any, port, 0, &ss)) < 0)
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* A random one: whoever wants to guess it has 16384 to choose from. */
static int bind_source(int fd, const struct ip_addr *local, uint32_t ifindex)
{
	for (int i = 0; i < SOURCE_TRY; i++) {
		struct sockaddr_storage ss;
		uint16_t n = 0;
		socklen_t len;

		(void)!getrandom(&n, sizeof(n), 0);
		len = ip_to_sockaddr(local, (uint16_t)(SOURCE_LOW + n % SOURCE_N), ifindex, &ss);
		if (bind(fd, (struct sockaddr *)&ss, len) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

int bfd_socket_speak(const struct ip_addr *local, const char *device, uint32_t ifindex)
{
	const int fd = open_udp(local->family, device);
	int ret;

	if (fd < 0)
		return fd;
	if (local->family == AF_INET6) {
		ret = set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL_MAX);
		if (!ret)
			ret = set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_CS6);
	} else {
		ret = set_int(fd, IPPROTO_IP, IP_TTL, TTL_MAX);
		if (!ret)
			ret = set_int(fd, IPPROTO_IP, IP_TOS, TOS_CS6);
	}
	/* After IP_TOS, which sets it too. It needs a right, and is not worth a session. */
	(void)set_int(fd, SOL_SOCKET, SO_PRIORITY, (int)PRIORITY_CONTROL);
	if (!ret)
		ret = set_int(fd, SOL_SOCKET, SO_RCVBUF, SPEAK_QUEUE);
	if (!ret)
		ret = bind_source(fd, local, ifindex);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static int find_hops(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL;
		const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT;
		int hops;

		if (!v4 && !v6)
			continue;
		memcpy(&hops, CMSG_DATA(c), sizeof(hops));
		return hops;
	}
	return -1;
}

int bfd_socket_read(int fd, void *p, size_t size, struct bfd_datagram *d)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int)) * 2];
	} control;
	struct sockaddr_storage ss;
	struct iovec iov = { .iov_base = p, .iov_len = size };
	struct msghdr m = {
		.msg_name = &ss,
		.msg_namelen = sizeof(ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return -errno;
	d->len = (size_t)n;
	d->hops = find_hops(&m);
	return ip_from_sockaddr((const struct sockaddr *)&ss, &d->from, NULL);
}
