/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes as octets: what is sent is right to the last bit, what is taken is an answer and nothing
 * else, and the kernel's filter and ours agree.
 */
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "vbr/health/echo.h"

static struct echo flow(const char *source, const char *target)
{
	struct echo e = { .id = 0x1234, .cookie = 0x1122334455667788 };

	CU_ASSERT_EQUAL(ip_parse(source, &e.source), 0);
	CU_ASSERT_EQUAL(ip_parse(target, &e.target), 0);
	return e;
}

static struct echo flow4(void)
{
	return flow("172.16.0.250", "192.168.1.1");
}

static struct echo flow6(void)
{
	return flow("fd00:16::250", "fd00:1::1");
}

/* Sum of big-endian words with carries: 0xffff over what carries its own checksum. */
static uint16_t sum(const uint8_t *b, size_t n, uint32_t start)
{
	for (size_t i = 0; i < n; i += 2)
		start += (uint32_t)(b[i] << 8 | b[i + 1]);
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return (uint16_t)start;
}

static void a_request_over_ipv4_is_right(void)
{
	const struct echo e = flow4();
	static const uint8_t head[] = { 0x45, 0xc0, 0, 36, 0, 0, 0x40, 0, 64, 1 };
	static const uint8_t icmp[] = { 8, 0 };
	uint8_t b[ECHO_SIZE];

	CU_ASSERT_EQUAL(echo_build(&e, 0x0a0b, b), 36);
	CU_ASSERT_EQUAL(memcmp(b, head, sizeof(head)), 0);
	CU_ASSERT_EQUAL(sum(b, 20, 0), 0xffff);
	CU_ASSERT_EQUAL(memcmp(b + 12, e.source.b, 4), 0);
	CU_ASSERT_EQUAL(memcmp(b + 16, e.target.b, 4), 0);
	CU_ASSERT_EQUAL(memcmp(b + 20, icmp, sizeof(icmp)), 0);
	CU_ASSERT_EQUAL(sum(b + 20, 16, 0), 0xffff);
	CU_ASSERT_EQUAL(memcmp(b + 24, "\x12\x34\x0a\x0b", 4), 0);
}

static void a_request_over_ipv6_is_right(void)
{
	const struct echo e = flow6();
	static const uint8_t head[] = { 0x6c, 0, 0, 0, 0, 16, 58, 64 };
	uint8_t b[ECHO_SIZE];

	CU_ASSERT_EQUAL(echo_build(&e, 0x0a0b, b), 56);
	CU_ASSERT_EQUAL(memcmp(b, head, sizeof(head)), 0);
	CU_ASSERT_EQUAL(memcmp(b + 8, e.source.b, 16), 0);
	CU_ASSERT_EQUAL(memcmp(b + 24, e.target.b, 16), 0);
	CU_ASSERT_EQUAL(b[40], 128);
	/* RFC 8200 8.1: addresses, length and type are summed, too. */
	CU_ASSERT_EQUAL(sum(b + 8, 48, 16 + 58), 0xffff);
}

/* What a host makes of a request: addresses exchanged, another type. */
static size_t answer(const struct echo *e, uint16_t sequence, uint8_t *b)
{
	const size_t n = echo_build(e, sequence, b);
	const uint8_t bytes = family_bytes(e->source.family);
	uint8_t *from = b + (bytes == 4 ? 12 : 8);

	memcpy(from, e->target.b, bytes);
	memcpy(from + bytes, e->source.b, bytes);
	b[bytes == 4 ? 20 : 40] = bytes == 4 ? 0 : 129;
	return n;
}

/* Passes through a socket of the kernel's that has the filter? */
static bool kernel_passes(const struct echo *e, const uint8_t *b, size_t n)
{
	struct sock_filter code[ECHO_FILTER_MAX];
	const struct sock_fprog prog = { .len = (unsigned short)echo_filter(e, code),
		.filter = code };
	uint8_t in[ECHO_SIZE * 2];
	ssize_t got;
	int fd[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd) == 0);
	CU_ASSERT_FATAL(setsockopt(fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0);
	(void)!send(fd[0], b, n, MSG_DONTWAIT);
	got = recv(fd[1], in, sizeof(in), MSG_DONTWAIT);
	close(fd[0]);
	close(fd[1]);
	return got == (ssize_t)n;
}

static void an_answer_is_taken(void)
{
	const struct echo flows[] = { flow4(), flow6() };

	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		uint8_t b[ECHO_SIZE];
		uint16_t sequence = 0;
		const size_t n = answer(&flows[i], 0xfffe, b);

		CU_ASSERT_EQUAL(echo_parse(&flows[i], b, n, &sequence), 0);
		CU_ASSERT_EQUAL(sequence, 0xfffe);
		CU_ASSERT(kernel_passes(&flows[i], b, n));
	}
}

static void ipv4_options_are_stepped_over(void)
{
	const struct echo e = flow4();
	uint8_t b[ECHO_SIZE];
	uint8_t with[ECHO_SIZE] = { 0 };
	uint16_t sequence = 0;
	const size_t n = answer(&e, 9, b);

	memcpy(with, b, 20);
	with[0] = 0x46;
	memset(with + 20, 1, 4);
	memcpy(with + 24, b + 20, n - 20);
	CU_ASSERT_EQUAL(echo_parse(&e, with, n + 4, &sequence), 0);
	CU_ASSERT_EQUAL(sequence, 9);
	CU_ASSERT(kernel_passes(&e, with, n + 4));
}

static void a_request_is_no_answer(void)
{
	const struct echo flows[] = { flow4(), flow6() };

	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		uint8_t b[ECHO_SIZE];
		uint16_t sequence;
		const size_t n = echo_build(&flows[i], 1, b);

		CU_ASSERT_EQUAL(echo_parse(&flows[i], b, n, &sequence), -EBADMSG);
		CU_ASSERT(!kernel_passes(&flows[i], b, n));
	}
}

/* Octets that do not have to be as they were: length, TOS, TTL and kin, checksums, sequence. */
static bool is_free(bool is_v6, size_t at)
{
	if (is_v6)
		return at < 6 || at == 7 || at == 42 || at == 43 || at == 46 || at == 47;
	return (at > 0 && at < 9) || at == 10 || at == 11 || at == 22 || at == 23 || at == 26 ||
		at == 27;
}

static void any_other_octet_makes_it_somebody_elses(void)
{
	const struct echo flows[] = { flow4(), flow6() };

	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		const bool is_v6 = flows[i].source.family == AF_INET6;
		uint8_t b[ECHO_SIZE];
		uint16_t sequence;
		const size_t n = answer(&flows[i], 1, b);

		for (size_t at = 0; at < n; at++) {
			b[at] ^= 0x81;
			if (!is_free(is_v6, at))
				CU_ASSERT_EQUAL(echo_parse(&flows[i], b, n, &sequence), -EBADMSG);
			b[at] ^= 0x81;
		}
		CU_ASSERT_EQUAL(echo_parse(&flows[i], b, n, &sequence), 0);
	}
}

static void what_is_cut_short_is_no_answer(void)
{
	const struct echo flows[] = { flow4(), flow6() };

	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		uint8_t b[ECHO_SIZE];
		uint16_t sequence;
		const size_t n = answer(&flows[i], 1, b);

		for (size_t k = 0; k < n; k++)
			CU_ASSERT_EQUAL(echo_parse(&flows[i], b, k, &sequence), -EBADMSG);
	}
}

static void random_octets_are_no_answer(void)
{
	const struct echo e = flow4();

	for (int i = 0; i < 20000; i++) {
		uint8_t b[ECHO_SIZE];
		uint16_t sequence;
		const size_t n = cu_random_below(sizeof(b) + 1);

		for (size_t k = 0; k < n; k++)
			b[k] = (uint8_t)cu_random();
		CU_ASSERT_EQUAL(echo_parse(&e, b, n, &sequence), -EBADMSG);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(a_request_over_ipv4_is_right),
	CU_CASE(a_request_over_ipv6_is_right),
	CU_CASE(an_answer_is_taken),
	CU_CASE(ipv4_options_are_stepped_over),
	CU_CASE(a_request_is_no_answer),
	CU_CASE(any_other_octet_makes_it_somebody_elses),
	CU_CASE(what_is_cut_short_is_no_answer),
	CU_CASE(random_octets_are_no_answer),
};

CU_SUITE(echo, cases);
