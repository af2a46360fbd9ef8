/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/symmetry/sampler.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "vbr/symmetry/tally.h"

#define BURST  64    /* samples a turn */
#define BUFFER 65536 /* octets: some hundred samples */

void sampler_init(struct sampler *s, void (*packet)(void *, bool, const uint8_t *, size_t),
	void *ctx)
{
	*s = (struct sampler){ .fd = -1, .packet = packet, .ctx = ctx };
}

void sampler_close(struct sampler *s)
{
	if (s->fd < 0)
		return;
	io_fini(&s->io);
	(void)close(s->fd);
	s->fd = -1;
	s->ifindex = 0;
}

static void on_packets(void *ctx)
{
	struct sampler *s = ctx;
	uint8_t buf[TALLY_HEADERS];

	for (int i = 0; i < BURST && s->fd >= 0; i++) {
		struct sockaddr_ll from = { 0 };
		socklen_t size = sizeof(from);
		const ssize_t n = recvfrom(s->fd, buf, sizeof(buf), MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);

		if (n < 0)
			return; /* EAGAIN; or the device has gone, whoever owns us will see */
		if (from.sll_pkttype == PACKET_OUTGOING || from.sll_pkttype == PACKET_HOST)
			s->packet(s->ctx, from.sll_pkttype == PACKET_OUTGOING, buf, (size_t)n);
	}
}

/* Dice below the threshold: the first octets; else nothing. One of one needs no dice. */
static int set_filter(int fd, uint16_t of)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, of > 1 ? UINT32_MAX / of : UINT32_MAX, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, TALLY_HEADERS),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = { .len = ARRAY_SIZE(code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

int sampler_open(struct sampler *s, struct loop *l, uint32_t ifindex, uint16_t of)
{
	/* All protocols: the kernel shows what leaves to nobody else. */
	const struct sockaddr_ll sa = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)ifindex,
	};
	const int buffer = BUFFER;
	int ret = 0;

	sampler_close(s);
	s->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (set_filter(s->fd, of) < 0 ||
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) < 0 ||
		bind(s->fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		ret = -errno;
		(void)close(s->fd);
		s->fd = -1;
		return ret;
	}
	s->ifindex = ifindex;
	io_init(&s->io, l, s->fd, on_packets, NULL, s);
	io_want_read(&s->io, true);
	return 0;
}
