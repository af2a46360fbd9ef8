/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/health/echo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "lib/base/compiler.h"

#define TTL      64
#define DSCP_CS6 0xc0 /* network control (RFC 2474 4.2.2.2): to be queued with the routing */

/* Both ICMPs have the same layout as far as echo goes. */
struct body {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	uint64_t cookie;
};
_Static_assert(sizeof(struct body) == 16, "as on the wire");

/* RFC 1071: sum of 16-bit words; n is even. */
static uint32_t add_words(uint32_t sum, const void *data, size_t n)
{
	const uint8_t *b = data;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(b[i] << 8 | b[i + 1]);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* RFC 8200 8.1: IPv6 sums a header of addresses, length and type in front. */
static uint16_t checksum(const struct echo *e, const struct body *m)
{
	uint32_t sum = 0;

	if (e->source.family == AF_INET6) {
		sum = add_words(sum, e->source.b, 16);
		sum = add_words(sum, e->target.b, 16);
		sum += sizeof(*m) + IPPROTO_ICMPV6;
	}
	return fold(add_words(sum, m, sizeof(*m)));
}

static size_t put_ip4(const struct echo *e, uint8_t *buf)
{
	struct iphdr h = {
		.version = 4,
		.ihl = sizeof(h) / 4,
		.tos = DSCP_CS6,
		.tot_len = htons(sizeof(h) + sizeof(struct body)),
		.frag_off = htons(IP_DF),
		.ttl = TTL,
		.protocol = IPPROTO_ICMP,
	};

	memcpy(&h.saddr, e->source.b, 4);
	memcpy(&h.daddr, e->target.b, 4);
	h.check = fold(add_words(0, &h, sizeof(h)));
	memcpy(buf, &h, sizeof(h));
	return sizeof(h);
}

static size_t put_ip6(const struct echo *e, uint8_t *buf)
{
	struct ip6_hdr h = {
		.ip6_flow = htonl(6u << 28 | DSCP_CS6 << 20),
		.ip6_plen = htons(sizeof(struct body)),
		.ip6_nxt = IPPROTO_ICMPV6,
		.ip6_hlim = TTL,
	};

	memcpy(&h.ip6_src, e->source.b, 16);
	memcpy(&h.ip6_dst, e->target.b, 16);
	memcpy(buf, &h, sizeof(h));
	return sizeof(h);
}

size_t echo_build(const struct echo *e, uint16_t sequence, uint8_t *buf)
{
	const bool is_v6 = e->source.family == AF_INET6;
	const size_t n = is_v6 ? put_ip6(e, buf) : put_ip4(e, buf);
	struct body m = {
		.type = is_v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.id = htons(e->id),
		.sequence = htons(sequence),
		.cookie = e->cookie,
	};

	m.checksum = checksum(e, &m);
	memcpy(buf + n, &m, sizeof(m));
	return n + sizeof(m);
}

/* Length of the IP header of a packet from the target to the source; 0 if it is none. */
static size_t ip_length(const struct echo *e, const uint8_t *b, size_t n)
{
	const bool is_v6 = e->source.family == AF_INET6;
	const size_t min = is_v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
	const size_t from = is_v6 ? offsetof(struct ip6_hdr, ip6_src) :
				    offsetof(struct iphdr, saddr);
	const uint8_t bytes = family_bytes(e->source.family);
	size_t len = min;

	if (n < min || b[0] >> 4 != (is_v6 ? 6 : 4))
		return 0;
	if (b[is_v6 ? 6 : 9] != (is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return 0;
	if (!is_v6)
		len = (size_t)(b[0] & 0x0f) * 4;
	if (len < min || len > n || memcmp(b + from, e->target.b, bytes) != 0 ||
		memcmp(b + from + bytes, e->source.b, bytes) != 0)
		return 0;
	return len;
}

int echo_parse(const struct echo *e, const uint8_t *b, size_t n, uint16_t *sequence)
{
	const size_t head = ip_length(e, b, n);
	struct body m;

	if (head == 0 || n - head < sizeof(m))
		return -EBADMSG;
	memcpy(&m, b + head, sizeof(m));
	if (m.type != (e->source.family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) ||
		m.code != 0 || m.id != htons(e->id) || m.cookie != e->cookie)
		return -EBADMSG;
	*sequence = ntohs(m.sequence);
	return 0;
}

static uint32_t word(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Appends "load, and give the packet up unless it is k"; the last instruction gives up. */
struct program {
	struct sock_filter *f;
	unsigned n;
};

static void want(struct program *p, uint16_t load, uint32_t offset, uint32_t k)
{
	p->f[p->n++] = (struct sock_filter)BPF_STMT(BPF_LD | load, offset);
	p->f[p->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 0);
}

static void want_address(struct program *p, uint32_t offset, const struct ip_addr *a)
{
	for (uint32_t i = 0; i < family_bytes(a->family); i += 4)
		want(p, BPF_W | BPF_ABS, offset + i, word(a->b + i));
}

unsigned echo_filter(const struct echo *e, struct sock_filter *f)
{
	const bool is_v6 = e->source.family == AF_INET6;
	struct program p = { .f = f };

	want(&p, BPF_B | BPF_ABS, is_v6 ? 6 : 9, is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	want_address(&p, is_v6 ? 8 : 12, &e->target);
	if (is_v6) {
		f[p.n++] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 40);
	} else {
		want_address(&p, 16, &e->source);
		f[p.n++] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0);
	}
	want(&p, BPF_H | BPF_IND, 4, e->id);
	f[p.n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ECHO_SIZE * 2);
	f[p.n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	for (unsigned i = 0; i < p.n; i++)
		if (BPF_CLASS(f[i].code) == BPF_JMP)
			f[i].jf = (uint8_t)(p.n - i);
	return p.n + 2;
}
