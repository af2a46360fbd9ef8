/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sessions that talk to each other: how they come up, what goes through, how they end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/session/slot.h"
#include "tests/bgpd/session/rig.h"
#include "tests/cu_main.h"

/* Both ends; B passive unless told otherwise. */
static void start_pair(struct rig *r, bool b_passive)
{
	struct session_conf a;
	struct session_conf b;

	rig_init(r);
	a = rig_conf(r, &r->a);
	b = rig_conf(r, &r->b);
	b.passive = b_passive;
	rig_add(&r->a, &a);
	rig_add(&r->b, &b);
	session_start(r->b.s);
	session_start(r->a.s);
}

static void a_pair_comes_up_and_agrees_on_everything(void)
{
	struct rig r;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	CU_ASSERT_EQUAL(r.a.n_established, 1);
	CU_ASSERT_EQUAL(r.b.n_established, 1);
	CU_ASSERT_EQUAL(r.a.n_down + r.b.n_down, 0);
	CU_ASSERT_TRUE(r.a.ws.as4);
	CU_ASSERT_FALSE(r.a.ws.ibgp);
	CU_ASSERT_TRUE(r.a.ws.ext_message);
	CU_ASSERT_TRUE(r.a.ws.refresh);
	CU_ASSERT_TRUE(r.a.ws.enhanced_refresh);
	CU_ASSERT_EQUAL(r.a.ws.families, 3);
	CU_ASSERT_EQUAL(r.a.ws.ext_nexthop, 0);
	CU_ASSERT_EQUAL(r.a.ws.local_as, RIG_AS_A);
	CU_ASSERT_EQUAL(r.a.ws.peer_as, RIG_AS_B);
	CU_ASSERT_EQUAL(session_remote_id(r.a.s), RIG_ID_B);
	CU_ASSERT_EQUAL(session_hold_s(r.a.s), 30);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->transitions, 1);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_in[BGP_MSG_OPEN], 1);
	CU_ASSERT_PTR_NOT_NULL(session_wire(r.a.s));
	CU_ASSERT_EQUAL(session_last_down(r.a.s)->reason, SESSION_DOWN_COUNT);
	CU_ASSERT(ip_is_equal(&(struct ip_addr[]){ session_local_addr(r.a.s) }[0], &r.a.addr));
	rig_fini(&r);
}

static void incoming_calls_come_up_with_both_ends_active(void)
{
	/* the collision's outcome is chance, that there is one session in the end is not */
	for (int i = 0; i < 8; i++) {
		struct rig r;

		start_pair(&r, false);
		CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 5000));
		rig_run(&r, 20);
		CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
		CU_ASSERT_EQUAL(session_state(r.b.s), SESSION_STATE_ESTABLISHED);
		rig_fini(&r);
	}
}

/* RFC 4271 4.2. */
static void hold_time_is_the_smaller_one_and_zero_is_allowed(void)
{
	static const uint16_t holds[][3] = { { 30, 90, 30 }, { 90, 9, 9 }, { 0, 30, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(holds); i++) {
		struct rig r;
		struct session_conf a;
		struct session_conf b;

		rig_init(&r);
		a = rig_conf(&r, &r.a);
		b = rig_conf(&r, &r.b);
		a.hold_s = holds[i][0];
		b.hold_s = holds[i][1];
		b.passive = true;
		rig_add(&r.a, &a);
		rig_add(&r.b, &b);
		session_start(r.b.s);
		session_start(r.a.s);
		CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
		CU_ASSERT_EQUAL(session_hold_s(r.a.s), holds[i][2]);
		CU_ASSERT_EQUAL(session_hold_s(r.b.s), holds[i][2]);
		CU_ASSERT_EQUAL(timer_is_armed(&r.a.s->slot[SLOT_OUT].keepalive), holds[i][2] > 0);
		if (holds[i][2] > 0)
			CU_ASSERT(timer_left_us(&r.a.s->slot[SLOT_OUT].keepalive) <=
				holds[i][2] * INT64_C(1000000) / 3);
		rig_fini(&r);
	}
}

/* RFC 4760 8, 8950. */
static void families_and_next_hops_are_what_both_have(void)
{
	struct rig r;
	struct session_conf a;
	struct session_conf b;

	rig_init(&r);
	a = rig_conf(&r, &r.a);
	b = rig_conf(&r, &r.b);
	a.ext_nexthop = b.ext_nexthop = true;
	b.families = BGP_FAMILY_BIT(BGP_FAMILY_IP4);
	a.gr = true;
	a.gr_time_s = 120;
	a.local_as = b.peer_as = 4200000001;
	rig_add(&r.a, &a);
	rig_add(&r.b, &b);
	session_start(r.b.s);
	session_start(r.a.s);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 5000));
	CU_ASSERT_EQUAL(r.a.ws.families, BGP_FAMILY_BIT(BGP_FAMILY_IP4));
	CU_ASSERT_EQUAL(r.b.ws.families, BGP_FAMILY_BIT(BGP_FAMILY_IP4));
	CU_ASSERT_EQUAL(r.a.ws.ext_nexthop, BGP_FAMILY_BIT(BGP_FAMILY_IP4));
	CU_ASSERT_EQUAL(r.b.ws.peer_as, 4200000001);
	CU_ASSERT_TRUE(r.b.remote_open.gr);
	CU_ASSERT_FALSE(r.b.remote_open.gr_restarted);
	CU_ASSERT_EQUAL(r.b.remote_open.gr_time_s, 120);
	CU_ASSERT_EQUAL(r.b.remote_open.gr_forwarding, 3);
	CU_ASSERT_FALSE(r.a.remote_open.gr);
	rig_fini(&r);
}

/* --- bulk --- */

#define CHUNK_MSGS 64
#define BULK       (6 * 1024 * 1024)

struct chunk {
	uint8_t *p; /* owned */
	size_t len;
	unsigned releases;
};

struct producer {
	struct rig_end *to;
	struct session *s;
	size_t sent;
	uint64_t hash;
	unsigned n_congested;
	unsigned n_chunks;
	struct chunk chunks[4096];
};

static void release_chunk(void *arg)
{
	struct chunk *c = arg;

	c->releases++;
	free(c->p); /* the address sanitizer sees whoever reads it later */
	c->p = NULL;
}

static size_t random_update(uint8_t *dst, size_t max)
{
	uint8_t body[BGP_MAX_LEN_EXT - BGP_HEADER_LEN];
	const size_t len = 4 + cu_random_below((uint32_t)(max - BGP_HEADER_LEN - 3));

	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)(i * 7 + len);
	return rig_msg(dst, BGP_MSG_UPDATE, body, len);
}

static void produce_shared(struct producer *p)
{
	struct chunk *c = &p->chunks[p->n_chunks++];

	CU_ASSERT_FATAL(p->n_chunks < ARRAY_SIZE(p->chunks));
	c->p = malloc(CHUNK_MSGS * 512);
	for (int i = 0; i < CHUNK_MSGS; i++)
		c->len += random_update(c->p + c->len, 512);
	p->sent += c->len;
	p->hash = rig_hash(p->hash, c->p, c->len);
	session_send_shared(p->s,
		&(struct session_shared){ .p = c->p,
			.len = c->len,
			.n_updates = CHUNK_MSGS,
			.release = release_chunk,
			.arg = c });
}

static void produce_copied(struct producer *p, size_t max)
{
	uint8_t msg[BGP_MAX_LEN_EXT];
	const size_t len = random_update(msg, max);

	p->sent += len;
	p->hash = rig_hash(p->hash, msg, len);
	session_send(p->s, msg, len, 1);
}

static void produce(struct producer *p)
{
	if (session_is_congested(p->s)) {
		p->n_congested++;
		return;
	}
	while (p->sent < BULK && !session_is_congested(p->s)) {
		switch (cu_random_below(4)) {
		case 0:
			produce_copied(p, BGP_MAX_LEN_EXT);
			break;
		case 1:
			produce_copied(p, BGP_MAX_LEN);
			break;
		default:
			produce_shared(p);
		}
	}
}

static bool all_arrived(void *ctx)
{
	struct producer **p = ctx;

	produce(p[0]);
	produce(p[1]);
	return p[0]->sent >= BULK && p[1]->sent >= BULK && p[0]->to->rx_bytes == p[0]->sent &&
		p[1]->to->rx_bytes == p[1]->sent;
}

static void assert_released_once(const struct producer *p)
{
	for (unsigned i = 0; i < p->n_chunks; i++)
		CU_ASSERT_EQUAL(p->chunks[i].releases, 1);
}

static void megabytes_pass_both_ways_in_order(void)
{
	struct rig r;
	struct producer *a = calloc(1, sizeof(*a));
	struct producer *b = calloc(1, sizeof(*b));
	struct producer *both[] = { a, b };

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	a->s = r.a.s;
	a->to = &r.b;
	b->s = r.b.s;
	b->to = &r.a;
	CU_ASSERT_TRUE(rig_until(&r, all_arrived, both, 15000));
	CU_ASSERT_EQUAL(r.b.rx_hash, a->hash);
	CU_ASSERT_EQUAL(r.a.rx_hash, b->hash);
	CU_ASSERT(a->n_congested > 0);
	CU_ASSERT(r.a.n_writable > 0);
	CU_ASSERT_EQUAL(r.a.n_down + r.b.n_down, 0);
	CU_ASSERT(session_stats(r.a.s)->bytes_in >= b->sent);
	CU_ASSERT(session_stats(r.a.s)->bytes_out >= a->sent);
	CU_ASSERT_EQUAL(session_stats(r.a.s)->msgs_out[BGP_MSG_UPDATE],
		session_stats(r.b.s)->msgs_in[BGP_MSG_UPDATE]);
	assert_released_once(a);
	assert_released_once(b);
	rig_fini(&r);
	free(a);
	free(b);
}

static int slow_update(struct rig_end *e UNUSED, const uint8_t *msg UNUSED, size_t len UNUSED,
	struct wire_err *err UNUSED)
{
	const struct mono end = mono_add_us(mono_now(), 100);

	while (mono_is_before(mono_now(), end))
		continue;
	return 0;
}

static bool got_all(void *ctx)
{
	const struct producer *p = ctx;

	return p->to->rx_bytes == p->sent;
}

/* A burst of seconds of work must not keep the loop from its timers for more than a slice. */
static void a_burst_is_digested_in_slices(void)
{
	struct rig r;
	struct producer *a = calloc(1, sizeof(*a));

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	r.b.on_update = slow_update;
	a->s = r.a.s;
	a->to = &r.b;
	for (int i = 0; i < 64; i++)
		produce_shared(a);
	CU_ASSERT_TRUE(rig_until(&r, got_all, a, 60000));
	CU_ASSERT_EQUAL(r.b.rx_hash, a->hash);
	CU_ASSERT_EQUAL(session_stats(r.b.s)->msgs_in[BGP_MSG_UPDATE], 64 * CHUNK_MSGS);
	CU_ASSERT(r.b.max_in_slice <= 12); /* 1 ms of 100 us each, and the last one */
	rig_fini(&r);
	assert_released_once(a);
	free(a);
}

static void send_some(struct rig_end *e)
{
	uint8_t msg[BGP_MAX_LEN];

	for (int i = 0; i < 100; i++)
		session_send(e->s, msg, random_update(msg, 200), 1);
}

/* A message that is asked for again comes again, before the next one. */
static int update_in_pieces(struct rig_end *e UNUSED, const uint8_t *msg, size_t len,
	struct wire_err *err UNUSED)
{
	static uint64_t last;
	static unsigned times;
	const uint64_t hash = rig_hash(1, msg, len);

	CU_ASSERT(times == 0 || hash == last);
	last = hash;
	times = (times + 1) % 3;
	return times ? -EAGAIN : 0;
}

static void a_message_comes_again_until_it_is_taken_and_counts_once(void)
{
	struct rig r;

	start_pair(&r, true);
	r.b.on_update = update_in_pieces;
	r.a.on_established = send_some;
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	rig_run(&r, 100);
	CU_ASSERT_EQUAL(session_stats(r.b.s)->msgs_in[BGP_MSG_UPDATE], 100);
	CU_ASSERT_EQUAL(r.a.n_down + r.b.n_down, 0);
	rig_fini(&r);
}

static void what_is_queued_at_the_end_is_released_once(void)
{
	for (int how = 0; how < 3; how++) {
		struct rig r;
		struct producer *a = calloc(1, sizeof(*a));

		start_pair(&r, true);
		CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
		a->s = r.a.s;
		while (!session_is_congested(r.a.s))
			produce_shared(a);
		if (how == 1)
			session_stop(r.a.s, BGP_ERR_CEASE_SHUTDOWN, NULL);
		if (how == 2)
			session_stop(r.b.s, BGP_ERR_CEASE_SHUTDOWN, NULL);
		if (how > 0)
			rig_run(&r, 50);
		produce_shared(a); /* dropped when down, and released all the same */
		rig_fini(&r);
		assert_released_once(a);
		free(a);
	}
}

/* --- how it ends --- */

/* RFC 9003. */
static void the_words_of_a_shutdown_arrive(void)
{
	struct rig r;
	char text[512];

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	session_stop(r.a.s, BGP_ERR_CEASE_SHUTDOWN, "maintenance until 04:00, Grüße");
	CU_ASSERT_EQUAL(r.a.n_down, 1); /* before it returns */
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_ADMIN);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	CU_ASSERT_TRUE(rig_until_state(&r.b, SESSION_STATE_ACTIVE, 2000));
	CU_ASSERT_EQUAL(r.b.n_down_up, 1);
	CU_ASSERT_EQUAL(r.b.down.reason, SESSION_DOWN_RECEIVED);
	CU_ASSERT_STRING_EQUAL(r.b.down.text, "maintenance until 04:00, Grüße");
	CU_ASSERT_STRING_EQUAL(session_down_format(&r.b.down, text, sizeof(text)),
		"received Cease/Administrative Shutdown: \"maintenance until 04:00, Grüße\"");
	session_stop(r.a.s, BGP_ERR_CEASE_SHUTDOWN, NULL); /* idempotent */
	CU_ASSERT_EQUAL(r.a.n_down, 1);
	rig_fini(&r);
}

/* RFC 9003, 3629 4. */
static void a_text_too_long_is_cut_between_characters(void)
{
	struct rig r;
	char text[400];

	memset(text, 'x', sizeof(text));
	text[0] = 'y'; /* odd, so that 255 falls into the middle of one of these */
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "ü", 2);
	text[sizeof(text) - 1] = '\0';
	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	session_stop(r.a.s, BGP_ERR_CEASE_RESET, text + 1);
	CU_ASSERT_TRUE(rig_until_state(&r.b, SESSION_STATE_ACTIVE, 2000));
	CU_ASSERT_EQUAL(strlen(r.b.down.text), 254);
	CU_ASSERT_EQUAL(memcmp(r.b.down.text, text + 1, 254), 0);
	rig_fini(&r);
}

static void a_reset_comes_back_within_seconds(void)
{
	struct rig r;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	session_reset(r.a.s, BGP_ERR_CEASE_RESET, NULL);
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_SENT);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
	CU_ASSERT(timer_left_us(&r.a.s->slot[SLOT_OUT].retry) <= 1000000);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 3000));
	CU_ASSERT_EQUAL(session_stats(r.a.s)->transitions, 2);
	rig_fini(&r);
}

static void a_restarted_peer_is_heard_during_back_off(void)
{
	struct rig r;
	struct session_conf b;

	rig_init(&r);
	b = rig_conf(&r, &r.a);
	b.connect_retry_s = 100;
	rig_add(&r.a, &b);
	session_start(r.a.s);
	for (int i = 0; i < 10; i++)
		retry_failed(&r.a.s->retry);
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ACTIVE, 1000)); /* refused */
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_TCP);
	CU_ASSERT(timer_left_us(&r.a.s->slot[SLOT_OUT].retry) > 70000000);
	b = rig_conf(&r, &r.b);
	rig_add(&r.b, &b);
	session_start(r.b.s);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 1000));
	rig_fini(&r);
}

static void a_flapping_peer_is_not_listened_to(void)
{
	struct rig r;
	struct session_conf b;

	start_pair(&r, false);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 5000));
	for (int i = 0; i < 6; i++)
		retry_went_down(&r.a.s->retry, 1, 30);
	session_stop(r.b.s, BGP_ERR_CEASE_SHUTDOWN, NULL);
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_IDLE, 1000));
	CU_ASSERT(timer_left_us(&r.a.s->slot[SLOT_OUT].retry) > 40000000);
	session_start(r.b.s);
	rig_run(&r, 100);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	/* an operator's reset ends the penalty, so does a change of options */
	b = *session_conf(r.a.s);
	b.connect_retry_s = 7;
	CU_ASSERT_FALSE(session_reconf(r.a.s, &b));
	session_reset(r.a.s, BGP_ERR_CEASE_RESET, NULL);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 4000));
	rig_fini(&r);
}

static void failing_upwards_ends_with_the_error_given(void)
{
	struct rig r;
	struct wire_err err = { 0 };

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	wire_err_set(&err, WIRE_ACTION_RESET, BGP_ERR_CEASE, BGP_ERR_CEASE_MAX_PREFIX, "too many");
	session_fail(r.a.s, &err);
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	CU_ASSERT_EQUAL(r.a.down.code, BGP_ERR_CEASE);
	CU_ASSERT_EQUAL(r.a.s->retry.flaps, 1);
	CU_ASSERT_TRUE(rig_until_state(&r.b, SESSION_STATE_ACTIVE, 2000));
	CU_ASSERT_EQUAL(r.b.down.subcode, BGP_ERR_CEASE_MAX_PREFIX);
	rig_fini(&r);
}

/* --- the upper layers answer from inside --- */

static int refuse_update(struct rig_end *e UNUSED, const uint8_t *msg UNUSED, size_t len UNUSED,
	struct wire_err *err)
{
	wire_err_set(err, WIRE_ACTION_RESET, BGP_ERR_UPDATE, BGP_ERR_UPDATE_NETWORK, "no");
	return -EBADMSG;
}

static int stop_and_refuse_update(struct rig_end *e, const uint8_t *msg, size_t len,
	struct wire_err *err)
{
	session_stop(e->s, BGP_ERR_CEASE_SHUTDOWN, NULL);
	return refuse_update(e, msg, len, err);
}

static int restart_on_update(struct rig_end *e, const uint8_t *msg UNUSED, size_t len UNUSED,
	struct wire_err *err UNUSED)
{
	session_stop(e->s, BGP_ERR_CEASE_SHUTDOWN, NULL);
	session_start(e->s);
	return 0;
}

static int echo_update(struct rig_end *e, const uint8_t *msg, size_t len,
	struct wire_err *err UNUSED)
{
	session_send(e->s, msg, len, 1);
	return 0;
}

static void stop_now(struct rig_end *e)
{
	session_stop(e->s, BGP_ERR_CEASE_SHUTDOWN, NULL);
}

static void start_again(struct rig_end *e)
{
	if (session_state(e->s) == SESSION_STATE_IDLE)
		session_start(e->s);
}

/* RFC 4271 6.3. */
static void a_bad_update_ends_the_session_with_its_code(void)
{
	struct rig r;

	start_pair(&r, true);
	r.b.on_update = refuse_update;
	r.a.on_established = send_some;
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ACTIVE, 2000));
	CU_ASSERT_EQUAL(r.b.down.reason, SESSION_DOWN_SENT);
	CU_ASSERT_STRING_EQUAL(r.b.down.text, "no");
	CU_ASSERT_EQUAL(r.a.down.reason, SESSION_DOWN_RECEIVED);
	CU_ASSERT_EQUAL(r.a.down.code, BGP_ERR_UPDATE);
	CU_ASSERT_EQUAL(r.a.down.subcode, BGP_ERR_UPDATE_NETWORK);
	CU_ASSERT_EQUAL(session_stats(r.b.s)->msgs_in[BGP_MSG_UPDATE], 1);
	rig_fini(&r);
}

static void calls_from_inside_calls_are_safe(void)
{
	static int (*const on_update[])(struct rig_end *, const uint8_t *, size_t,
		struct wire_err *) = { stop_and_refuse_update, restart_on_update, echo_update };

	for (size_t i = 0; i < ARRAY_SIZE(on_update); i++) {
		struct rig r;

		start_pair(&r, true);
		r.b.on_update = on_update[i];
		r.b.on_down = start_again;
		r.a.on_established = send_some;
		CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
		rig_run(&r, 100);
		CU_ASSERT_EQUAL(r.b.n_down_up, i < 2 ? 1 : 0);
		CU_ASSERT_EQUAL(session_stats(r.b.s)->msgs_in[BGP_MSG_UPDATE], i < 2 ? 1 : 100);
		CU_ASSERT_NOT_EQUAL(session_state(r.b.s), SESSION_STATE_IDLE);
		rig_fini(&r);
	}
}

static void stop_from_established_is_the_last_word(void)
{
	struct rig r;

	start_pair(&r, true);
	r.b.on_established = stop_now;
	CU_ASSERT_TRUE(
		rig_until_state(&r.a, SESSION_STATE_OPEN_CONFIRM, 2000) || r.a.n_established > 0);
	rig_run(&r, 50);
	CU_ASSERT_EQUAL(session_state(r.b.s), SESSION_STATE_IDLE);
	CU_ASSERT_EQUAL(r.b.n_established, 1);
	CU_ASSERT_EQUAL(r.b.n_down_up, 1);
	rig_fini(&r);
}

/* --- options --- */

static void live_options_do_not_disturb_the_session(void)
{
	struct rig r;
	struct session_conf c;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	c = *session_conf(r.a.s);
	c.keepalive_s = 3;
	c.connect_retry_s = 60;
	c.passive = true;
	CU_ASSERT_FALSE(session_conf_needs_reset(session_conf(r.a.s), &c));
	CU_ASSERT_FALSE(session_reconf(r.a.s, &c));
	rig_run(&r, 20);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
	CU_ASSERT_EQUAL(r.a.n_down, 0);
	CU_ASSERT_EQUAL(session_conf(r.a.s)->keepalive_s, 3);
	rig_fini(&r);
}

static void other_options_reset_it_and_take_effect(void)
{
	struct rig r;
	struct session_conf c;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	c = *session_conf(r.a.s);
	c.hold_s = 12;
	CU_ASSERT_TRUE(session_conf_needs_reset(session_conf(r.a.s), &c));
	CU_ASSERT_TRUE(session_reconf(r.a.s, &c));
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	CU_ASSERT_TRUE(rig_until_state(&r.b, SESSION_STATE_ACTIVE, 1000));
	CU_ASSERT_EQUAL(r.b.down.subcode, BGP_ERR_CEASE_CONFIG_CHANGE);
	CU_ASSERT_TRUE(rig_until_both_up(&r, 3000));
	CU_ASSERT_EQUAL(session_hold_s(r.b.s), 12);
	rig_fini(&r);
}

static void disabling_stops_and_enabling_starts(void)
{
	struct rig r;
	struct session_conf c;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	c = *session_conf(r.a.s);
	c.enabled = false;
	CU_ASSERT_TRUE(session_reconf(r.a.s, &c));
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	CU_ASSERT_EQUAL(r.a.n_down_up, 1);
	rig_run(&r, 30);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	session_start(r.a.s); /* has no effect while disabled */
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_IDLE);
	c.enabled = true;
	CU_ASSERT_FALSE(session_reconf(r.a.s, &c));
	CU_ASSERT_TRUE(rig_until_both_up(&r, 2000));
	rig_fini(&r);
}

static void words_of_operators_go_both_ways_and_are_remembered(void)
{
	struct rig r;
	struct session_conf c;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	CU_ASSERT_STRING_EQUAL(session_text_sent(r.a.s), "");
	session_reset(r.b.s, BGP_ERR_CEASE_RESET, "a new image");
	CU_ASSERT_TRUE(rig_until_both_up(&r, 5000));
	CU_ASSERT_STRING_EQUAL(session_text_sent(r.b.s), "a new image");
	CU_ASSERT_STRING_EQUAL(session_text_received(r.a.s), "a new image");
	c = *session_conf(r.a.s);
	c.shutdown_text = "moved to hz-b";
	CU_ASSERT_FALSE(session_reconf(r.a.s, &c)); /* no reason to reset anything */
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ESTABLISHED);
	c.enabled = false;
	CU_ASSERT_TRUE(session_reconf(r.a.s, &c));
	rig_run(&r, 50);
	CU_ASSERT_EQUAL(r.b.down.subcode, BGP_ERR_CEASE_SHUTDOWN);
	CU_ASSERT_STRING_EQUAL(session_text_received(r.b.s), "moved to hz-b");
	CU_ASSERT_STRING_EQUAL(session_text_sent(r.a.s), "moved to hz-b");
	CU_ASSERT_STRING_EQUAL(session_text_received(r.a.s), "a new image");
	session_stop(r.b.s, BGP_ERR_CEASE_SHUTDOWN, "to nobody");
	CU_ASSERT_STRING_EQUAL(session_text_sent(r.b.s), "a new image");
	rig_fini(&r);
}

static void passive_waits_and_changes_live(void)
{
	struct rig r;
	struct session_conf c;

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	c.passive = true;
	rig_add(&r.a, &c);
	session_start(r.a.s);
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
	CU_ASSERT_FALSE(timer_is_armed(&r.a.s->slot[SLOT_OUT].retry));
	c.passive = false;
	CU_ASSERT_FALSE(session_reconf(r.a.s, &c));
	CU_ASSERT_TRUE(timer_is_armed(&r.a.s->slot[SLOT_OUT].retry));
	c.passive = true;
	CU_ASSERT_FALSE(session_reconf(r.a.s, &c));
	CU_ASSERT_EQUAL(session_state(r.a.s), SESSION_STATE_ACTIVE);
	CU_ASSERT_FALSE(timer_is_armed(&r.a.s->slot[SLOT_OUT].retry));
	rig_fini(&r);
}

/* RFC 2918 3. */
static void refresh_goes_through(void)
{
	struct rig r;

	start_pair(&r, true);
	CU_ASSERT_TRUE_FATAL(rig_until_both_up(&r, 2000));
	session_send_refresh(r.a.s, BGP_FAMILY_IP6, 0);
	session_send_refresh(r.a.s, BGP_FAMILY_IP4, 1);
	session_send_refresh(r.a.s, BGP_FAMILY_IP4, 2);
	rig_run(&r, 30);
	CU_ASSERT_EQUAL(r.b.n_refresh, 3);
	CU_ASSERT_EQUAL(session_stats(r.b.s)->msgs_in[BGP_MSG_REFRESH], 3);
	rig_fini(&r);
}

static void a_dead_address_is_tried_again_and_again(void)
{
	struct rig r;
	struct session_conf c;
	char text[256];

	rig_init(&r);
	c = rig_conf(&r, &r.a);
	CU_ASSERT_EQUAL(ip_parse("192.0.2.1", &c.local), 0); /* not ours: fails at once */
	rig_add(&r.a, &c);
	session_start(r.a.s);
	CU_ASSERT_EQUAL(r.a.n_down, 0); /* never from inside session_start */
	CU_ASSERT_TRUE(rig_until_state(&r.a, SESSION_STATE_ACTIVE, 1000));
	CU_ASSERT_EQUAL(r.a.n_down, 1);
	CU_ASSERT_EQUAL(r.a.n_down_up, 0);
	CU_ASSERT_EQUAL(r.a.down.err, EADDRNOTAVAIL);
	CU_ASSERT_STRING_EQUAL(session_down_format(&r.a.down, text, sizeof(text)),
		"connection failed: Cannot assign requested address");
	CU_ASSERT(timer_is_armed(&r.a.s->slot[SLOT_OUT].retry));
	rig_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(a_pair_comes_up_and_agrees_on_everything),
	CU_CASE(incoming_calls_come_up_with_both_ends_active),
	CU_CASE(hold_time_is_the_smaller_one_and_zero_is_allowed),
	CU_CASE(families_and_next_hops_are_what_both_have),
	CU_CASE(megabytes_pass_both_ways_in_order),
	CU_CASE(a_burst_is_digested_in_slices),
	CU_CASE(a_message_comes_again_until_it_is_taken_and_counts_once),
	CU_CASE(what_is_queued_at_the_end_is_released_once),
	CU_CASE(the_words_of_a_shutdown_arrive),
	CU_CASE(a_text_too_long_is_cut_between_characters),
	CU_CASE(a_reset_comes_back_within_seconds),
	CU_CASE(a_restarted_peer_is_heard_during_back_off),
	CU_CASE(a_flapping_peer_is_not_listened_to),
	CU_CASE(failing_upwards_ends_with_the_error_given),
	CU_CASE(a_bad_update_ends_the_session_with_its_code),
	CU_CASE(calls_from_inside_calls_are_safe),
	CU_CASE(stop_from_established_is_the_last_word),
	CU_CASE(live_options_do_not_disturb_the_session),
	CU_CASE(other_options_reset_it_and_take_effect),
	CU_CASE(disabling_stops_and_enabling_starts),
	CU_CASE(words_of_operators_go_both_ways_and_are_remembered),
	CU_CASE(passive_waits_and_changes_live),
	CU_CASE(refresh_goes_through),
	CU_CASE(a_dead_address_is_tried_again_and_again),
};

CU_SUITE(pair, cases);
