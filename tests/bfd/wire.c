/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of 127/8 is at home on lo, so each neighbour has an address of its own.
 */
#include "tests/bfd/wire.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/cu_main.h"

static bool lo_up(void)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK };
	const bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

bool wire_enter(void)
{
	static bool entered;

	if (!entered && unshare(CLONE_NEWNET) == 0)
		entered = lo_up();
	return entered;
}

int wire_socket(const char *from, int ttl)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage ss;
	struct ip_addr a;
	socklen_t len;

	CU_ASSERT_EQUAL_FATAL(ip_parse(from, &a), 0);
	len = ip_to_sockaddr(&a, 0, 0, &ss);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&ss, len), 0);
	CU_ASSERT_EQUAL_FATAL(setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)), 0);
	return fd;
}

void wire_send(int fd, uint16_t port, const struct bfd_packet *d)
{
	const struct ip_addr to = ip_from_v4(0x7f000001);
	uint8_t octets[BFD_HEADER_LEN];
	struct sockaddr_storage ss;
	const socklen_t len = ip_to_sockaddr(&to, port, 0, &ss);

	bfd_packet_encode(d, octets);
	CU_ASSERT_EQUAL(sendto(fd, octets, sizeof(octets), 0, (struct sockaddr *)&ss, len),
		sizeof(octets));
}

struct bfd_want wire_want(uint32_t key, const char *local, const char *remote)
{
	struct bfd_want w = {
		.key = key,
		.device = "lo",
		.ifindex = 1,
		.session = { .min_tx_us = 50000, .min_rx_us = 50000, .multiplier = 3 },
	};

	CU_ASSERT_EQUAL_FATAL(ip_parse(local, &w.local), 0);
	CU_ASSERT_EQUAL_FATAL(ip_parse(remote, &w.remote), 0);
	return w;
}
