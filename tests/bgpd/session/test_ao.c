/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP-AO (RFC 5925): with a kernel that has it, sessions with keys that come and go; with one that
 * has not, a session that stays down and says so.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgpd/session/slot.h"
#include "bgpd/session/socket/ao.h"
#include "bgpd/session/socket/sockopt.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

static struct session_ao_key key(uint8_t send, uint8_t receive, const char *secret)
{
	struct session_ao_key k = { .send_id = send, .receive_id = receive };

	snprintf(k.secret, sizeof(k.secret), "%s", secret);
	return k;
}

static bool kernel_has_ao(void)
{
	const int fd = sockopt_socket(AF_INET, "");
	struct ao_keys k = { .n = 1, .key = { key(1, 1, "x") } };
	int ret;

	CU_ASSERT_EQUAL(prefix_parse("127.0.0.9/32", &k.net), 0);
	ret = ao_set(fd, &k);
	close(fd);
	if (ret < 0)
		CU_ASSERT_EQUAL(ret, -ENOPROTOOPT);
	return ret == 0;
}

/* What each end has: the ids of one are those of the other, turned round. */
static void set_keys(struct rig_end *e, const struct session_ao_key *v, uint8_t n)
{
	struct session_conf c = e->s ? *session_conf(e->s) : rig_conf(e->rig, e);
	struct session_ao ao = { .n = n };
	struct ao_keys k;

	memcpy(ao.key, v, n * sizeof(*v));
	c.ao = &ao;
	c.passive = e == &e->rig->a;
	if (e->s)
		(void)session_reconf(e->s, &c);
	else
		rig_add(e, &c);
	if (e != &e->rig->a)
		return;
	ao_keys_make(&k, &c, true);
	CU_ASSERT_EQUAL(listener_set_ao(e->ln, &k), kernel_has_ao() ? 0 : -ENOPROTOOPT);
}

static void start(struct rig *r, const struct session_ao_key *a, const struct session_ao_key *b)
{
	rig_init(r);
	set_keys(&r->a, a, 1);
	set_keys(&r->b, b, 1);
	session_start(r->a.s);
	session_start(r->b.s);
}

static void a_kernel_without_it_keeps_the_session_down_and_we_say_why(void)
{
	const struct session_ao_key k = key(1, 1, "s3cret");
	struct session_conf open;
	char text[128];
	struct rig r;

	if (kernel_has_ao()) {
		cu_skip("this kernel has TCP-AO");
		return;
	}
	start(&r, &k, &k);
	CU_ASSERT_FALSE(rig_until_both_up(&r, 300));
	CU_ASSERT_EQUAL(r.b.down.err, ENOPROTOOPT);
	CU_ASSERT_STRING_EQUAL(session_down_format(&r.b.down, text, sizeof(text)),
		"the kernel has no TCP-AO (CONFIG_TCP_AO)");
	open = *session_conf(r.b.s); /* nor does the other side get in unsigned */
	open.ao = NULL;
	(void)session_reconf(r.b.s, &open);
	CU_ASSERT_FALSE(rig_until_both_up(&r, 1500));
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_OPEN], 0);
	rig_fini(&r);
}

static void every_algorithm_works_and_the_wrong_key_does_not(void)
{
	for (uint8_t alg = 0; alg < SESSION_AO_ALG_COUNT; alg++) {
		struct session_ao_key a = key(1, 2, "s3cret");
		struct session_ao_key b = key(2, 1, "s3cret");
		struct rig r;

		if (!kernel_has_ao()) {
			cu_skip("no TCP-AO in this kernel");
			return;
		}
		a.algorithm = b.algorithm = alg;
		start(&r, &a, &b);
		CU_ASSERT_TRUE(rig_until_both_up(&r, 3000));
		rig_fini(&r);
		snprintf(b.secret, sizeof(b.secret), "S3cret");
		start(&r, &a, &b);
		CU_ASSERT_FALSE(rig_until_both_up(&r, 200));
		rig_fini(&r);
	}
}

static struct ao_state state_of(const struct rig_end *e)
{
	const struct slot *sl = slot_established(e->s);
	struct ao_state st = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(sl);
	CU_ASSERT_EQUAL(ao_get(sl->conn.fd, &st), 0);
	return st;
}

/* Old and new, then the new one preferred on both sides, then the old one goes. */
static void keys_roll_over_while_the_session_lives(void)
{
	struct session_ao_key a[2] = { key(1, 11, "old"), key(2, 12, "new") };
	struct session_ao_key b[2] = { key(11, 1, "old"), key(12, 2, "new") };
	struct rig r;

	if (!kernel_has_ao()) {
		cu_skip("no TCP-AO in this kernel");
		return;
	}
	start(&r, a, b);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 3000));
	set_keys(&r.a, a, 2);
	set_keys(&r.b, b, 2);
	session_send_refresh(r.a.s, BGP_FAMILY_IP4, 0);
	rig_run(&r, 50);
	CU_ASSERT_EQUAL(state_of(&r.a).current, 1);
	a[1].preferred = b[1].preferred = true;
	set_keys(&r.a, a, 2);
	set_keys(&r.b, b, 2);
	for (unsigned i = 0; i < 4; i++) { /* the ids travel with what is said */
		session_send_refresh(i % 2 ? r.a.s : r.b.s, BGP_FAMILY_IP4, 0);
		rig_run(&r, 50);
	}
	CU_ASSERT_EQUAL(state_of(&r.a).current, 2);
	CU_ASSERT_EQUAL(state_of(&r.a).rnext, 12);
	CU_ASSERT_EQUAL(state_of(&r.b).current, 12);
	set_keys(&r.a, a + 1, 1);
	set_keys(&r.b, b + 1, 1);
	session_send_refresh(r.a.s, BGP_FAMILY_IP4, 0);
	session_send_refresh(r.b.s, BGP_FAMILY_IP4, 0);
	rig_run(&r, 100);
	CU_ASSERT_TRUE(r.a.n_refresh >= 3 && r.b.n_refresh >= 3);
	CU_ASSERT_EQUAL(r.a.n_down, 0);
	CU_ASSERT_EQUAL(r.b.n_down, 0);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
	/* and a new connection knows the new one only */
	session_reset(r.b.s, BGP_ERR_CEASE_RESET, NULL);
	rig_run(&r, 50);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 5000));
	rig_fini(&r);
}

static void keys_that_cannot_roll_reset_the_session(void)
{
	const struct session_ao one = { .n = 2, .key = { key(1, 1, "x"), key(2, 2, "y") } };
	struct session_ao other = one;
	const struct session_conf a = { .ao = &one };
	struct session_conf b = { .ao = &other };

	CU_ASSERT_FALSE(session_conf_needs_reset(&a, &b));
	other.key[1].preferred = true;
	CU_ASSERT_FALSE(session_conf_needs_reset(&a, &b));
	other.key[0] = key(3, 3, "z");
	CU_ASSERT_FALSE(session_conf_needs_reset(&a, &b));
	other.key[0] = key(1, 1, "z"); /* another secret under the same id */
	CU_ASSERT_TRUE(session_conf_needs_reset(&a, &b));
	other.key[0] = key(3, 1, "x");
	CU_ASSERT_TRUE(session_conf_needs_reset(&a, &b));
	b.ao = NULL;
	CU_ASSERT_TRUE(session_conf_needs_reset(&a, &b));
}

static const struct cu_case cases[] = {
	CU_CASE(a_kernel_without_it_keeps_the_session_down_and_we_say_why),
	CU_CASE(every_algorithm_works_and_the_wrong_key_does_not),
	CU_CASE(keys_roll_over_while_the_session_lives),
	CU_CASE(keys_that_cannot_roll_reset_the_session),
};

CU_SUITE(ao, cases);
