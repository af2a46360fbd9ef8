/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel guards for us: TCP-MD5, GTSM, source addresses; and the second address family.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/slot.h"
#include "bgpd/session/socket/sockopt.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

/* A passive, B active; keys by end, NULL for none. False if the kernel has no MD5. */
static bool start_md5(struct rig *r, const char *key_a, const char *key_b)
{
	struct session_conf a;
	struct session_conf b;
	struct prefix from;

	rig_init(r);
	a = rig_conf(r, &r->a);
	b = rig_conf(r, &r->b);
	from = prefix_host(&r->b.addr);
	a.passive = true;
	a.password = key_a;
	b.password = key_b;
	rig_add(&r->a, &a);
	rig_add(&r->b, &b);
	if (key_a[0] != '\0' && listener_set_md5(r->a.ln, &from, key_a) < 0) {
		rig_fini(r);
		return false;
	}
	session_start(r->a.s);
	session_start(r->b.s);
	return true;
}

/* RFC 2385. */
static void the_right_key_opens(void)
{
	struct rig r;

	if (!start_md5(&r, "s3cret", "s3cret")) {
		cu_skip("no TCP-MD5 in this kernel");
		return;
	}
	CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
	rig_fini(&r);
}

static void a_wrong_or_missing_key_does_not(void)
{
	static const char *const keys[][2] = { { "s3cret", "S3cret" }, { "s3cret", "" },
		{ "", "s3cret" } };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct rig r;

		if (!start_md5(&r, keys[i][0], keys[i][1])) {
			cu_skip("no TCP-MD5 in this kernel");
			return;
		}
		CU_ASSERT_FALSE(rig_until_both_up(&r, 150));
		CU_ASSERT_EQUAL(r.a.n_states, 1); /* Idle to Active: it never heard of anybody */
		rig_fini(&r);
	}
}

static void an_attempt_without_an_answer_is_given_up(void)
{
	struct rig r;
	struct session_conf c;

	if (!start_md5(&r, "s3cret", "S3cret")) {
		cu_skip("no TCP-MD5 in this kernel");
		return;
	}
	c = *session_conf(r.b.s);
	c.connect_retry_s = 1;
	session_stop(r.b.s, BGP_ERR_CEASE_SHUTDOWN, NULL);
	CU_ASSERT_FALSE(session_reconf(r.b.s, &c));
	session_start(r.b.s);
	rig_run(&r, 1200);
	CU_ASSERT_EQUAL(session_state(r.b.s), SESSION_STATE_CONNECT);
	CU_ASSERT_EQUAL(r.b.n_down, 2); /* the stop, and this */
	CU_ASSERT_EQUAL(r.b.down.reason, SESSION_DOWN_TCP);
	CU_ASSERT_EQUAL(r.b.down.err, ETIMEDOUT);
	CU_ASSERT_EQUAL(r.b.s->retry.tries, 1);
	rig_fini(&r);
}

static void a_key_can_be_taken_away(void)
{
	struct prefix from;
	struct rig r;

	if (!start_md5(&r, "s3cret", "")) {
		cu_skip("no TCP-MD5 in this kernel");
		return;
	}
	from = prefix_host(&r.b.addr);
	CU_ASSERT_EQUAL(listener_set_md5(r.a.ln, &from, ""), 0);
	CU_ASSERT_EQUAL(listener_set_md5(r.a.ln, &from, ""), 0);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 3000));
	rig_fini(&r);
}

static bool range_key(struct rig *r, const char *range, const char *key)
{
	struct prefix p;

	CU_ASSERT_EQUAL_FATAL(prefix_parse(range, &p), 0);
	return listener_set_md5(r->a.ln, &p, key) == 0;
}

static void one_key_guards_a_range_and_the_longest_prefix_counts(void)
{
	static const struct {
		const char *range, *key, *other, *other_key;
		bool up;
	} rows[] = {
		{ "127.0.0.0/24", "s3cret", "127.0.9.0/24", "x", true },
		{ "127.0.0.0/24", "other", "127.0.9.0/24", "x", false },
		{ "127.0.0.0/24", "other", "127.0.0.2/31", "s3cret", true },
		{ "127.0.0.0/24", "s3cret", "127.0.0.2/32", "other", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig r;

		if (!start_md5(&r, "", "s3cret") || !range_key(&r, rows[i].range, rows[i].key)) {
			rig_fini(&r);
			cu_skip("no TCP-MD5 for prefixes in this kernel");
			return;
		}
		CU_ASSERT_TRUE(range_key(&r, rows[i].other, rows[i].other_key));
		CU_ASSERT_EQUAL(rig_until_both_up(&r, rows[i].up ? 3000 : 150), rows[i].up);
		rig_fini(&r);
	}
}

static void start_gtsm(struct rig *r, uint8_t hops_a, uint8_t hops_b)
{
	struct session_conf a;
	struct session_conf b;

	rig_init(r);
	a = rig_conf(r, &r->a);
	b = rig_conf(r, &r->b);
	a.passive = true;
	a.ttl_security = hops_a;
	b.ttl_security = hops_b;
	rig_add(&r->a, &a);
	rig_add(&r->b, &b);
	session_start(r->a.s);
	session_start(r->b.s);
}

/* RFC 5082. */
static void gtsm_on_both_ends_comes_up(void)
{
	struct rig r;

	start_gtsm(&r, 1, 1);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
	rig_fini(&r);
}

/* RFC 5082. */
static void gtsm_drops_what_comes_from_afar(void)
{
	static const uint8_t hops[][2] = { { 1, 0 }, { 0, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(hops); i++) {
		struct rig r;

		start_gtsm(&r, hops[i][0], hops[i][1]);
		CU_ASSERT_FALSE(rig_until_both_up(&r, 150));
		rig_fini(&r);
	}
}

static void a_stranger_is_closed_unheard(void)
{
	struct rig r;
	struct raw raw;
	struct session_conf c;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	c.passive = true;
	rig_add(&r.a, &c);
	session_start(r.a.s);
	for (unsigned i = 1; i <= 40; i++) { /* more than a turn's worth */
		CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.3"));
		CU_ASSERT_EQUAL(raw_notification(&raw), -1);
		CU_ASSERT_EQUAL(listener_refused(r.a.ln), i);
		raw_close(&raw);
	}
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_OPEN], 0);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
	rig_fini(&r);
}

static void a_stopped_session_takes_nothing(void)
{
	struct rig r;
	struct raw raw;
	struct session_conf c;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	rig_add(&r.a, &c);
	CU_ASSERT_TRUE_FATAL(raw_connect(&raw, &r, "127.0.0.2"));
	CU_ASSERT_EQUAL(raw_notification(&raw), -1);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_OPEN], 0);
	raw_close(&raw);
	rig_fini(&r);
}

static void a_listener_says_why_it_cannot_be(void)
{
	struct rig r;
	struct listener_conf lc;
	struct session_conf c;

	rig_init(&r);
	lc = (struct listener_conf){ .local = r.a.addr, .port = r.port, .device = "no-such-dev0" };
	errno = 0;
	CU_ASSERT_PTR_NULL(listener_new(r.l, &lc, NULL, NULL));
	CU_ASSERT_EQUAL(errno, ENODEV);
	c = rig_conf(&r, &r.a);
	rig_add(&r.a, &c);
	lc.device[0] = '\0';
	CU_ASSERT_PTR_NULL(listener_new(r.l, &lc, NULL, NULL));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	CU_ASSERT_EQUAL(ip_parse("192.0.2.1", &lc.local), 0);
	CU_ASSERT_PTR_NULL(listener_new(r.l, &lc, NULL, NULL));
	CU_ASSERT_EQUAL(errno, EADDRNOTAVAIL);
	rig_fini(&r);
}

static void ipv6_works_the_same(void)
{
	struct rig r;
	struct session_conf a;
	struct session_conf b;
	const int fd = sockopt_socket(AF_INET6, "");

	if (fd < 0) {
		cu_skip("no IPv6 in this kernel");
		return;
	}
	close(fd);
	rig_init(&r);
	CU_ASSERT_EQUAL(ip_parse("::1", &r.a.addr), 0);
	r.b.addr = r.a.addr;
	r.b.no_listener = true;
	a = rig_conf(&r, &r.a);
	b = rig_conf(&r, &r.b);
	a.passive = true;
	a.ttl_security = 1;
	b.ttl_security = 1;
	rig_add(&r.a, &a);
	rig_add(&r.b, &b);
	session_start(r.a.s);
	session_start(r.b.s);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
	rig_fini(&r);
}

static int option(int fd, int level, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	CU_ASSERT_EQUAL(getsockopt(fd, level, name, &v, &len), 0);
	return v;
}

/* What sockopt_ttl sets is checked below for one socket; here that both ends really have it. */
static void accepted_and_connecting_sockets_have_the_same_hop_limits(void)
{
	static const struct {
		const char *a;
		const char *b;
		uint8_t multihop;
		uint8_t security;
		int ttl;
		int least;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.2", 0, 0, 1, 0 },
		{ "127.0.0.1", "127.0.0.2", 3, 0, 3, 0 },
		{ "127.0.0.1", "127.0.0.2", 0, 1, 255, 255 },
		{ "127.0.0.1", "127.0.0.2", 3, 3, 255,
			253 }, /* RFC 5082 3: 255 less the hops between */
		{ "::1", "::1", 0, 0, 1, 0 },
		{ "::1", "::1", 3, 3, 255, 253 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const bool is6 = strchr(rows[i].a, ':') != NULL;
		const int level = is6 ? IPPROTO_IPV6 : IPPROTO_IP;
		struct session_conf c;
		struct rig r;

		rig_init(&r);
		CU_ASSERT_EQUAL(ip_parse(rows[i].a, &r.a.addr), 0);
		CU_ASSERT_EQUAL(ip_parse(rows[i].b, &r.b.addr), 0);
		r.b.no_listener = true;
		for (unsigned k = 0; k < 2; k++) {
			struct rig_end *e = k == 0 ? &r.a : &r.b;

			c = rig_conf(&r, e);
			c.passive = e == &r.a;
			c.multihop = rows[i].multihop;
			c.ttl_security = rows[i].security;
			rig_add(e, &c);
			session_start(e->s);
		}
		CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
		for (unsigned k = 0; k < 2; k++) {
			const struct slot *sl = slot_established(k == 0 ? r.a.s : r.b.s);

			CU_ASSERT_PTR_NOT_NULL_FATAL(sl);
			CU_ASSERT_EQUAL(option(sl->conn.fd, level,
						is6 ? IPV6_UNICAST_HOPS : IP_TTL),
				rows[i].ttl);
			CU_ASSERT_EQUAL(option(sl->conn.fd, level,
						is6 ? IPV6_MINHOPCOUNT : IP_MINTTL),
				rows[i].least);
		}
		rig_fini(&r);
	}
}

static void a_connection_to_another_address_of_ours_is_none_of_the_session(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct session_conf c;
	struct rig r;
	struct raw raw;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	c.passive = true;
	r.a.no_listener = true;
	rig_add(&r.a, &c);
	session_start(r.a.s);
	for (unsigned host = 1; host <= 2; host++) { /* 127.0.0.1 is the update source */
		const int ln = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		socklen_t len = sizeof(in);

		in.sin_addr.s_addr = htonl(0x7f000000 + host);
		in.sin_port = 0;
		CU_ASSERT_EQUAL_FATAL(bind(ln, (struct sockaddr *)&in, sizeof(in)), 0);
		CU_ASSERT_EQUAL_FATAL(listen(ln, 1), 0);
		CU_ASSERT_EQUAL_FATAL(getsockname(ln, (struct sockaddr *)&in, &len), 0);
		raw = (struct raw){ .rig = &r };
		raw.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		CU_ASSERT_EQUAL_FATAL(bind(raw.fd,
					      (struct sockaddr *)&(
						      struct sockaddr_in){ .sin_family = AF_INET,
						      .sin_addr.s_addr = htonl(0x7f000002) },
					      sizeof(in)),
			0);
		CU_ASSERT_EQUAL_FATAL(connect(raw.fd, (struct sockaddr *)&in, sizeof(in)), 0);
		session_accept(r.a.s, accept(ln, NULL, NULL));
		CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_OPEN], 1);
		close(raw.fd);
		close(ln);
	}
	rig_fini(&r);
}

static void sockets_carry_the_options_of_routing(void)
{
	const int fd = sockopt_socket(AF_INET, "");
	struct session_conf c = { .local_as = 1, .peer_as = 2, .remote.family = AF_INET };
	int v = 0;
	socklen_t len = sizeof(v);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_IP, IP_TOS, &v, &len), 0);
	CU_ASSERT_EQUAL(v, 0xc0);
	CU_ASSERT_EQUAL(sockopt_ttl(fd, &c), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_IP, IP_TTL, &v, &len), 0);
	CU_ASSERT_EQUAL(v, 1);
	c.peer_as = 1;
	CU_ASSERT_EQUAL(sockopt_ttl(fd, &c), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_IP, IP_TTL, &v, &len), 0);
	CU_ASSERT_EQUAL(v, 64);
	c.multihop = 7;
	CU_ASSERT_EQUAL(sockopt_ttl(fd, &c), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_IP, IP_TTL, &v, &len), 0);
	CU_ASSERT_EQUAL(v, 7);
	c.ttl_security = 2;
	CU_ASSERT_EQUAL(sockopt_ttl(fd, &c), 0);
	CU_ASSERT_EQUAL(getsockopt(fd, IPPROTO_IP, IP_MINTTL, &v, &len), 0);
	CU_ASSERT_EQUAL(v, 254);
	close(fd);
}

static const struct cu_case cases[] = {
	CU_CASE(the_right_key_opens),
	CU_CASE(a_wrong_or_missing_key_does_not),
	CU_CASE(an_attempt_without_an_answer_is_given_up),
	CU_CASE(a_key_can_be_taken_away),
	CU_CASE(one_key_guards_a_range_and_the_longest_prefix_counts),
	CU_CASE(gtsm_on_both_ends_comes_up),
	CU_CASE(gtsm_drops_what_comes_from_afar),
	CU_CASE(a_stranger_is_closed_unheard),
	CU_CASE(a_stopped_session_takes_nothing),
	CU_CASE(a_listener_says_why_it_cannot_be),
	CU_CASE(ipv6_works_the_same),
	CU_CASE(accepted_and_connecting_sockets_have_the_same_hop_limits),
	CU_CASE(a_connection_to_another_address_of_ours_is_none_of_the_session),
	CU_CASE(sockets_carry_the_options_of_routing),
};

CU_SUITE(socket, cases);
