/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state machine: every cell of RFC 5880 6.2, and what goes with a change.
 */
#include "bfd/session.h"
#include "tests/bfd/kit.h"
#include "tests/cu_main.h"

#define A BFD_STATE_ADMIN_DOWN
#define D BFD_STATE_DOWN
#define I BFD_STATE_INIT
#define U BFD_STATE_UP

/* RFC 5880 6.8.6 read aloud; columns: the neighbour says AdminDown, Down, Init, Up. */
static const enum bfd_state expect[BFD_STATE_COUNT][BFD_STATE_COUNT] = {
	[A] = { A, A, A, A },
	[D] = { D, I, U, D },
	[I] = { D, I, U, U },
	[U] = { D, D, U, U },
};

/* Into a state, as a neighbour would bring it there. */
static void go(struct kit *k, enum bfd_state st)
{
	struct bfd_session_conf conf = kit_conf();

	conf.admin_down = st == A;
	kit_init(k, &conf);
	(void)kit_emit(k);
	if (st == I || st == U)
		(void)kit_hear(k, D);
	if (st == U)
		(void)kit_hear(k, U);
	CU_ASSERT_EQUAL_FATAL(k->s.state, st);
}

static void every_cell_of_the_table(void)
{
	for (unsigned from = 0; from < BFD_STATE_COUNT; from++) {
		for (unsigned heard = 0; heard < BFD_STATE_COUNT; heard++) {
			struct kit k;

			CU_ASSERT_EQUAL(bfd_session_next(from, heard), expect[from][heard]);
			go(&k, from);
			CU_ASSERT_EQUAL(kit_hear(&k, heard), BFD_DROP_NONE);
			CU_ASSERT_EQUAL(k.s.state, expect[from][heard]);
			CU_ASSERT_EQUAL(k.s.remote_state, heard);
			if (from == U && expect[from][heard] == D)
				CU_ASSERT_EQUAL(k.s.diag, BFD_DIAG_NEIGHBOR_DOWN);
		}
	}
}

/* RFC 5880 6.8.4 */
static void silence_ends_init_and_up_only(void)
{
	static const enum bfd_state after[BFD_STATE_COUNT] = { A, D, D, D };

	for (unsigned from = 0; from < BFD_STATE_COUNT; from++) {
		struct kit k;

		go(&k, from);
		if (from == A || from == D)
			(void)kit_hear(&k, A);
		kit_pass_ms(&k, 150);
		CU_ASSERT_TRUE(bfd_session_is_expired(&k.s, k.now));
		bfd_session_expire(&k.s, k.now);
		CU_ASSERT_EQUAL(k.s.state, after[from]);
		CU_ASSERT_EQUAL(k.s.remote_discr, 0);
		CU_ASSERT_FALSE(bfd_session_is_expired(&k.s, k.now));
		if (from == I || from == U)
			CU_ASSERT_EQUAL(k.s.diag, BFD_DIAG_EXPIRED);
		CU_ASSERT_EQUAL(k.s.stats.downs, from == U);
	}
}

static void the_diagnostic_stays_until_it_is_up_again(void)
{
	struct kit k;

	go(&k, U);
	kit_pass_ms(&k, 150);
	bfd_session_expire(&k.s, k.now);
	(void)kit_hear(&k, D);
	CU_ASSERT_EQUAL(k.s.state, I);
	CU_ASSERT_EQUAL(kit_emit(&k).diag, BFD_DIAG_EXPIRED);
	(void)kit_hear(&k, U);
	CU_ASSERT_EQUAL(kit_emit(&k).diag, BFD_DIAG_NONE);
	CU_ASSERT_EQUAL(k.s.down_diag, BFD_DIAG_EXPIRED);
}

/* RFC 5882 4.2: the operator of the other end is no failure. */
static void admin_down_of_the_neighbour_is_told_apart(void)
{
	struct kit k;

	go(&k, U);
	(void)kit_hear(&k, A);
	CU_ASSERT_TRUE(k.s.down_by_neighbor);
	go(&k, U);
	(void)kit_hear(&k, D);
	CU_ASSERT_FALSE(k.s.down_by_neighbor);
	CU_ASSERT_EQUAL(k.s.down_diag, BFD_DIAG_NEIGHBOR_DOWN);
	go(&k, U);
	kit_pass_ms(&k, 150);
	bfd_session_expire(&k.s, k.now);
	CU_ASSERT_FALSE(k.s.down_by_neighbor);
}

static void admin_down_is_said_and_left_again(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	go(&k, U);
	conf.admin_down = true;
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_TRUE(bfd_session_wants_send(&k.s, k.now));
	CU_ASSERT_EQUAL(k.s.diag, BFD_DIAG_ADMIN_DOWN);
	CU_ASSERT_EQUAL(kit_emit(&k).state, A);
	CU_ASSERT_EQUAL(k.s.stats.downs, 0);
	k.peer.poll = true;
	(void)kit_hear(&k, U);
	CU_ASSERT_FALSE(k.s.want_final);
	k.peer.poll = false;
	conf.admin_down = false;
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_EQUAL(k.s.state, D);
	(void)kit_hear(&k, D);
	CU_ASSERT_EQUAL(k.s.state, I);
}

/* RFC 5880 6.8.7 */
static void a_change_is_said_at_once(void)
{
	struct kit k;

	go(&k, D);
	CU_ASSERT_FALSE(bfd_session_wants_send(&k.s, k.now));
	(void)kit_hear(&k, D);
	CU_ASSERT_TRUE(bfd_session_wants_send(&k.s, k.now));
	CU_ASSERT_EQUAL(kit_emit(&k).state, I);
	CU_ASSERT_FALSE(bfd_session_wants_send(&k.s, k.now));
}

static void it_learns_the_neighbours_discriminator(void)
{
	struct kit k;

	go(&k, D);
	CU_ASSERT_EQUAL(kit_emit(&k).your_discr, 0);
	CU_ASSERT_EQUAL(k.s.discr, KIT_DISCR);
	(void)kit_hear(&k, D);
	CU_ASSERT_EQUAL(kit_emit(&k).your_discr, KIT_REMOTE);
	CU_ASSERT_EQUAL(kit_emit(&k).my_discr, KIT_DISCR);
	CU_ASSERT_EQUAL(kit_emit(&k).required_min_echo_us, 0);
}

static void the_c_bit_is_that_of_its_last_packet_while_up(void)
{
	struct kit k;

	go(&k, U);
	CU_ASSERT_FALSE(k.s.remote_independent);
	k.peer.independent = true;
	(void)kit_hear(&k, U);
	CU_ASSERT_TRUE(k.s.remote_independent);
	k.peer.independent = false;
	(void)kit_hear(&k, D);
	CU_ASSERT_TRUE(k.s.remote_independent);
	CU_ASSERT_FALSE(kit_emit(&k).independent);
}

static void a_bad_signature_changes_nothing(void)
{
	struct bfd_session_conf conf = kit_conf();
	struct kit k;

	go(&k, U);
	conf.key = (struct bfd_key){ .type = BFD_AUTH_SHA1, .id = 1, .len = 1, .secret = "k" };
	bfd_session_reconf(&k.s, &conf, k.now);
	CU_ASSERT_EQUAL(kit_hear(&k, D), BFD_DROP_AUTH_MISSING);
	CU_ASSERT_EQUAL(k.s.state, U);
	CU_ASSERT_EQUAL(k.s.stats.dropped[BFD_DROP_AUTH_MISSING], 1);
	CU_ASSERT_TRUE(kit_emit(&k).has_auth);
}

static const struct cu_case cases[] = {
	CU_CASE(every_cell_of_the_table),
	CU_CASE(silence_ends_init_and_up_only),
	CU_CASE(the_diagnostic_stays_until_it_is_up_again),
	CU_CASE(admin_down_of_the_neighbour_is_told_apart),
	CU_CASE(admin_down_is_said_and_left_again),
	CU_CASE(a_change_is_said_at_once),
	CU_CASE(it_learns_the_neighbours_discriminator),
	CU_CASE(the_c_bit_is_that_of_its_last_packet_while_up),
	CU_CASE(a_bad_signature_changes_nothing),
};
CU_SUITE(session, cases);
