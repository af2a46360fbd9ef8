/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ICMPv6 socket bound to the device. The kernel checks and makes checksums, and lets through
 * the two types that we want. What strangers send costs a read each, a bounded number of them a
 * turn; however much they ask, an answer goes out every MIN_DELAY_US at most, to everybody.
 */
#include "bgpd/session/socket/nd.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/session.h"
#include "bgpd/session/socket/sockopt.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

#define HOPS         255 /* of who stands on the link (RFC 4861 6.1) */
#define READS        16  /* a turn */
#define MAC_SIZE     6
#define RS_SIZE      8
#define RA_SIZE      16
#define MIN_DELAY_US INT64_C(3000000)
#define AGAIN_US     INT64_C(1000000) /* our own address may still be tentative */

struct nd {
	int fd;
	uint32_t ifindex;
	struct io_watch io;
	struct timer timer;
	struct mono sent; /* 0 = not yet */
	nd_heard_fn *heard;
	void *ctx;
	uint8_t ra[ND_RA_SIZE];
	size_t ra_len;
};

size_t nd_encode(uint8_t *dst, const uint8_t *mac)
{
	memset(dst, 0, ND_RA_SIZE);
	dst[0] = ND_ROUTER_ADVERT;
	if (!mac)
		return RA_SIZE;
	dst[RA_SIZE] = ND_OPT_SOURCE_LINKADDR;
	dst[RA_SIZE + 1] = 1; /* in units of 8 octets */
	memcpy(dst + RA_SIZE + 2, mac, MAC_SIZE);
	return RA_SIZE + 8;
}

/* RFC 4861 6.1: an option of length 0 makes the whole message invalid; so does a cut one. */
static bool are_options_valid(const uint8_t *p, size_t len, bool may_have_source)
{
	while (len > 0) {
		const size_t size = len < 2 ? 0 : p[1] * 8u;

		if (size == 0 || size > len || (p[0] == ND_OPT_SOURCE_LINKADDR && !may_have_source))
			return false;
		p += size;
		len -= size;
	}
	return true;
}

int nd_parse(const uint8_t *p, size_t len, const struct ip_addr *from, int hops, enum nd_kind *kind)
{
	static const uint8_t unspecified[16] = { 0 };
	const bool is_near = from->family == AF_INET6 && ip_is_link_local(from);
	const bool has_source = from->family == AF_INET6 && memcmp(from->b, unspecified, 16) != 0;
	size_t head;

	if (len < 1)
		return -EBADMSG;
	if (p[0] != ND_ROUTER_ADVERT && p[0] != ND_ROUTER_SOLICIT)
		return -ENOMSG;
	*kind = p[0] == ND_ROUTER_ADVERT ? ND_ADVERTISEMENT : ND_SOLICITATION;
	head = *kind == ND_ADVERTISEMENT ? RA_SIZE : RS_SIZE;
	/* RFC 4861 6.1.2: a router speaks from its link-local address */
	if (hops != HOPS || len < head || p[1] != 0 || (*kind == ND_ADVERTISEMENT && !is_near))
		return -EBADMSG;
	return are_options_valid(p + head, len - head, has_source) ? 0 : -EBADMSG;
}

/* Sending */

static int send_ra(const struct nd *n)
{
	const struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_addr = { .s6_addr = { 0xff, 0x02, [15] = 1 } },
		.sin6_scope_id = n->ifindex,
	};
	const ssize_t ret = sendto(n->fd, n->ra, n->ra_len, MSG_DONTWAIT,
		(const struct sockaddr *)&to, sizeof(to));

	return ret < 0 ? -errno : 0;
}

static void on_timer(void *ctx)
{
	struct nd *n = ctx;

	if (send_ra(n) < 0) {
		timer_start(&n->timer, AGAIN_US);
		return;
	}
	n->sent = mono_now();
	timer_start(&n->timer, ND_INTERVAL_S * INT64_C(1000000));
}

void nd_advertise(struct nd *n)
{
	int64_t wait = 0;

	if (n->sent.us)
		wait = MIN_DELAY_US - mono_sub_us(mono_now(), n->sent);
	if (wait < 0)
		wait = 0;
	if (!timer_is_armed(&n->timer) || timer_left_us(&n->timer) > wait)
		timer_start(&n->timer, wait);
}

/* Receiving */

/* -1 if the kernel did not say. */
static int hops_of(struct msghdr *m)
{
	int hops = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT &&
			c->cmsg_len == CMSG_LEN(sizeof(hops)))
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
	}
	return hops;
}

/* False: nothing is left. */
static bool take(struct nd *n)
{
	uint8_t buf[1500];
	union {
		struct cmsghdr align;
		uint8_t b[CMSG_SPACE(sizeof(int))];
	} control;
	struct sockaddr_storage ss;
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = {
		.msg_name = &ss,
		.msg_namelen = sizeof(ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const ssize_t len = recvmsg(n->fd, &m, MSG_DONTWAIT);
	struct ip_addr from;
	enum nd_kind kind;

	if (len < 0)
		return errno == EINTR;
	if (m.msg_flags & MSG_TRUNC || ip_from_sockaddr((struct sockaddr *)&ss, &from, NULL) < 0 ||
		nd_parse(buf, (size_t)len, &from, hops_of(&m), &kind) < 0)
		return true;
	if (kind == ND_SOLICITATION)
		nd_advertise(n);
	else
		n->heard(n->ctx, &from);
	return true;
}

static void on_read(void *ctx)
{
	for (int i = 0; i < READS; i++) {
		if (!take(ctx))
			return;
	}
}

/* The socket */

static int set_int(int fd, int name, int v)
{
	return setsockopt(fd, IPPROTO_IPV6, name, &v, sizeof(v)) < 0 ? -errno : 0;
}

/* All-routers is where solicitations go; all-nodes, where advertisements go, has every host. */
static int join(int fd, uint32_t ifindex)
{
	const struct ipv6_mreq routers = {
		.ipv6mr_multiaddr = { .s6_addr = { 0xff, 0x02, [15] = 2 } },
		.ipv6mr_interface = ifindex,
	};

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &routers, sizeof(routers)) < 0)
		return -errno;
	return 0;
}

static int set_options(int fd, const char *device, uint32_t ifindex)
{
	struct icmp6_filter filter;
	int ret = 0;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_SOLICIT, &filter);
	ICMP6_FILTER_SETPASS(ND_ROUTER_ADVERT, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1) < 0)
		ret = -errno;
	if (ret == 0)
		ret = set_int(fd, IPV6_RECVHOPLIMIT, 1);
	if (ret == 0)
		ret = set_int(fd, IPV6_MULTICAST_HOPS, HOPS);
	if (ret == 0)
		ret = set_int(fd, IPV6_MULTICAST_LOOP, 0);
	if (ret == 0)
		ret = set_int(fd, IPV6_MULTICAST_IF, (int)ifindex);
	return ret == 0 ? join(fd, ifindex) : ret;
}

static int open_socket(const char *device, uint32_t ifindex)
{
	const int fd = socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	int ret;

	if (fd < 0)
		return -errno;
	ret = set_options(fd, device, ifindex);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

static size_t make_ra(int fd, const char *device, uint8_t *dst)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, device, strnlen(device, sizeof(r.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFHWADDR, &r) < 0)
		return nd_encode(dst, NULL);
	return nd_encode(dst, (const uint8_t *)r.ifr_hwaddr.sa_data);
}

struct nd *nd_new(struct loop *l, const char *device, nd_heard_fn *heard, void *ctx)
{
	const uint32_t ifindex = sockopt_ifindex(device);
	const int fd = ifindex ? open_socket(device, ifindex) : -ENODEV;
	struct nd *n;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	n = xcalloc(1, sizeof(*n));
	n->fd = fd;
	n->ifindex = ifindex;
	n->heard = heard;
	n->ctx = ctx;
	n->ra_len = make_ra(fd, device, n->ra);
	io_init(&n->io, l, fd, on_read, NULL, n);
	timer_init(&n->timer, l, on_timer, n);
	io_want_read(&n->io, true);
	nd_advertise(n);
	return n;
}

void nd_free(struct nd *n)
{
	if (!n)
		return;
	timer_stop(&n->timer);
	io_fini(&n->io);
	close(n->fd);
	free(n);
}
