/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sampled packets to blocks, blocks to shares, shares to a verdict with hysteresis.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "vbr/symmetry/skew.h"

/* VPC 0 has 172.16.0.0/16 and fd00:16::/48, VPC 1 has 172.17.0.0/16. */
static struct tally *start(void)
{
	static const char *const nets[] = { "172.16.0.0/16", "fd00:16::/48", "172.17.0.0/16" };
	struct tally_net *v = xcalloc(ARRAY_SIZE(nets), sizeof(*v));
	struct tally *t = tally_new();

	for (unsigned i = 0; i < ARRAY_SIZE(nets); i++) {
		CU_ASSERT_EQUAL(prefix_parse(nets[i], &v[i].pfx), 0);
		v[i].vpc = i / 2;
	}
	tally_set_nets(t, v, ARRAY_SIZE(nets));
	return t;
}

static size_t packet(uint8_t *p, const char *src, const char *dst, uint16_t bytes)
{
	struct ip_addr a;
	struct ip_addr b;
	bool is4;

	CU_ASSERT_EQUAL(ip_parse(src, &a), 0);
	CU_ASSERT_EQUAL(ip_parse(dst, &b), 0);
	is4 = a.family == AF_INET;
	memset(p, 0, TALLY_HEADERS);
	p[0] = is4 ? 0x45 : 0x60;
	bytes = (uint16_t)(is4 ? bytes : bytes - 40);
	p[is4 ? 2 : 4] = (uint8_t)(bytes >> 8);
	p[is4 ? 3 : 5] = (uint8_t)bytes;
	memcpy(p + (is4 ? 12 : 8), a.b, is4 ? 4 : 16);
	memcpy(p + (is4 ? 16 : 24), b.b, is4 ? 4 : 16);
	return is4 ? 20 : 40;
}

static bool take(struct tally *t, uint8_t vbr, enum tally_way way, const char *src, const char *dst)
{
	uint8_t p[TALLY_HEADERS];

	return tally_take(t, vbr, way, p, packet(p, src, dst, 1000));
}

static void packets_count_by_the_end_that_is_outside(void)
{
	struct tally *t = start();
	struct tally_block *v;
	uint32_t n;

	CU_ASSERT(take(t, 0, TALLY_OUT, "172.16.0.1", "192.168.1.7"));
	CU_ASSERT(take(t, 0, TALLY_OUT, "172.16.9.1", "192.168.1.8"));
	CU_ASSERT(take(t, 1, TALLY_IN, "192.168.1.9", "172.16.0.1"));
	CU_ASSERT(take(t, 1, TALLY_IN, "192.168.1.9", "172.17.0.1"));
	CU_ASSERT(take(t, 1, TALLY_IN, "fd00:1::1", "fd00:16::1"));
	v = tally_take_blocks(t, &n);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	CU_ASSERT_EQUAL(v[0].vbr[0].bytes[TALLY_OUT], 2000);
	CU_ASSERT_EQUAL(v[0].vbr[0].packets[TALLY_OUT], 2);
	CU_ASSERT_EQUAL(v[0].vbr[1].bytes[TALLY_IN], 1000);
	CU_ASSERT_EQUAL(v[0].key.pfx.len, 24);
	CU_ASSERT_EQUAL(v[1].key.vpc, 1);
	CU_ASSERT_EQUAL(v[2].key.pfx.len, 48);
	CU_ASSERT_EQUAL(v[2].vbr[1].bytes[TALLY_IN], 1000);
	CU_ASSERT_EQUAL(tally_count(t), 0);
	free(v);
	tally_free(t);
}

static void what_is_no_such_packet_does_not_count(void)
{
	struct tally *t = start();
	uint8_t p[TALLY_HEADERS];
	const size_t len = packet(p, "172.16.0.1", "192.168.1.7", 1000);

	CU_ASSERT_FALSE(take(t, 0, TALLY_OUT, "10.0.0.1", "10.0.0.2"));
	CU_ASSERT_FALSE(take(t, 0, TALLY_OUT, "172.16.0.1", "172.17.0.1"));
	CU_ASSERT_FALSE(take(t, 0, TALLY_IN, "172.16.0.1", "192.168.1.7"));
	CU_ASSERT_FALSE(take(t, TALLY_VBRS, TALLY_OUT, "172.16.0.1", "192.168.1.7"));
	for (size_t i = 0; i < len; i++)
		CU_ASSERT_FALSE(tally_take(t, 0, TALLY_OUT, p, i));
	p[0] = 0x60;
	CU_ASSERT_FALSE(tally_take(t, 0, TALLY_OUT, p, len));
	CU_ASSERT_EQUAL(tally_count(t), 0);
	tally_free(t);
}

static void blocks_have_a_limit_and_those_of_one_key_merge(void)
{
	struct tally *t = start();
	struct tally_block *v;
	char dst[32];
	uint32_t n;

	for (unsigned i = 0; i < TALLY_BLOCKS + 10; i++) {
		snprintf(dst, sizeof(dst), "10.%u.%u.1", i / 200, i % 200);
		CU_ASSERT_EQUAL(take(t, 0, TALLY_OUT, "172.16.0.1", dst), i < TALLY_BLOCKS);
	}
	CU_ASSERT_EQUAL(tally_missed(t), 10);
	v = tally_take_blocks(t, &n);
	CU_ASSERT_EQUAL(n, TALLY_BLOCKS);
	CU_ASSERT_EQUAL(tally_missed(t), 0);
	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_EQUAL(prefix_parse(i % 2 ? "10.0.0.0/8" : "10.0.0.0/16", &v[i].key.pfx),
			0);
	n = tally_merge(v, n);
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_EQUAL(v[0].key.pfx.len, 8);
	CU_ASSERT_EQUAL(v[0].vbr[0].packets[TALLY_OUT], TALLY_BLOCKS / 2);
	CU_ASSERT_EQUAL(tally_merge(NULL, 0), 0);
	free(v);
	tally_free(t);
}

/* Packets of 100 octets: out and in of three VBRs. */
static struct skew_measure measure(const uint32_t out[3], const uint32_t in[3])
{
	struct tally_block b = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		b.vbr[i].packets[TALLY_OUT] = out[i];
		b.vbr[i].packets[TALLY_IN] = in[i];
		b.vbr[i].bytes[TALLY_OUT] = 100ul * out[i];
		b.vbr[i].bytes[TALLY_IN] = 1500ul * in[i]; /* answers are larger: shares count */
	}
	return skew_measure(&b);
}

static void the_skew_is_what_would_have_to_move(void)
{
	static const struct {
		uint32_t out[3];
		uint32_t in[3];
		uint8_t percent;
		uint8_t by_out;
		uint8_t by_in;
	} rows[] = {
		{ { 100, 0, 0 }, { 100, 0, 0 }, 0, 0, 0 },
		{ { 100, 0, 0 }, { 0, 0, 50 }, 100, 0, 2 },
		{ { 50, 50, 0 }, { 20, 20, 0 }, 0, 0, 0 }, /* equal shares are symmetric */
		{ { 0, 100, 0 }, { 60, 40, 0 }, 60, 1, 0 },
		{ { 40, 40, 20 }, { 0, 80, 20 }, 40, 0, 1 },
	};
	static const uint32_t few[3] = { 15, 0, 0 };
	static const uint32_t many[3] = { 0, 100, 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct skew_measure m = measure(rows[i].out, rows[i].in);

		CU_ASSERT(m.is_clear);
		CU_ASSERT_EQUAL(m.percent, rows[i].percent);
		CU_ASSERT(m.percent == 0 || m.out == rows[i].by_out);
		CU_ASSERT(m.percent == 0 || m.in == rows[i].by_in);
	}
	CU_ASSERT_FALSE(measure(few, many).is_clear);
	CU_ASSERT_FALSE(measure(many, few).is_clear);
}

static enum skew_news see(struct skew *s, int percent)
{
	const struct skew_measure m = { .is_clear = percent >= 0,
		.percent = (uint8_t)(percent < 0 ? 0 : percent) };

	return skew_step(s, &m);
}

static void two_windows_begin_it_and_two_end_it(void)
{
	struct skew s = { 0 };

	CU_ASSERT_EQUAL(see(&s, 100), SKEW_NEWS_NONE);
	CU_ASSERT_EQUAL(see(&s, 30), SKEW_NEWS_NONE); /* once is chance */
	CU_ASSERT_EQUAL(see(&s, 50), SKEW_NEWS_NONE);
	CU_ASSERT_FALSE(skew_is_told(&s));
	CU_ASSERT_EQUAL(see(&s, 50), SKEW_NEWS_BEGAN);
	CU_ASSERT(skew_is_told(&s));
	CU_ASSERT_EQUAL(see(&s, 49), SKEW_NEWS_NONE); /* between the marks it stays */
	CU_ASSERT_EQUAL(see(&s, 25), SKEW_NEWS_NONE);
	CU_ASSERT_EQUAL(see(&s, 24), SKEW_NEWS_NONE);
	CU_ASSERT_EQUAL(see(&s, 60), SKEW_NEWS_NONE);
	CU_ASSERT_EQUAL(see(&s, 0), SKEW_NEWS_NONE);
	CU_ASSERT(skew_is_told(&s));
	CU_ASSERT_EQUAL(s.last.percent, 60);
	CU_ASSERT_EQUAL(see(&s, 0), SKEW_NEWS_ENDED);
	CU_ASSERT_EQUAL(s.last.percent, 60); /* what has ended */
	CU_ASSERT_FALSE(skew_is_told(&s));
	CU_ASSERT_EQUAL(s.state, SKEW_EVEN);
}

static void without_traffic_nothing_changes_until_it_is_given_up(void)
{
	struct skew s = { 0 };
	enum skew_news news = SKEW_NEWS_NONE;
	unsigned n = 0;

	(void)see(&s, 90);
	CU_ASSERT_EQUAL(see(&s, 90), SKEW_NEWS_BEGAN);
	while (news == SKEW_NEWS_NONE && n < 100) {
		CU_ASSERT(skew_is_told(&s));
		CU_ASSERT_EQUAL(s.last.percent, 90);
		news = see(&s, -1);
		n++;
	}
	CU_ASSERT_EQUAL(news, SKEW_NEWS_ENDED);
	CU_ASSERT_EQUAL(n, 12);
	CU_ASSERT_EQUAL(s.state, SKEW_EVEN);
	(void)see(&s, 90);
	for (unsigned i = 0; i < 12; i++)
		CU_ASSERT_EQUAL(see(&s, -1), SKEW_NEWS_NONE); /* it was not told */
	CU_ASSERT_EQUAL(s.state, SKEW_EVEN);
}

static const struct cu_case cases[] = {
	CU_CASE(packets_count_by_the_end_that_is_outside),
	CU_CASE(what_is_no_such_packet_does_not_count),
	CU_CASE(blocks_have_a_limit_and_those_of_one_key_merge),
	CU_CASE(the_skew_is_what_would_have_to_move),
	CU_CASE(two_windows_begin_it_and_two_end_it),
	CU_CASE(without_traffic_nothing_changes_until_it_is_given_up),
};
CU_SUITE(symmetry, cases);

static const struct cu_suite *const suites[] = { &suite_symmetry };

int main(void)
{
	return cu_main(suites, ARRAY_SIZE(suites));
}
