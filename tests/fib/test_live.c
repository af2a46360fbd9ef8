/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may take back what: the protocol at the head of fib/live/live.c, row by row, and against a
 * model by random news in random order.
 */
#include "fib/live/live.h"
#include "tests/cu_main.h"

#define KEY 7

static void worker_up(struct lives *l, uint32_t watch, uint32_t deaths)
{
	live_up(l, KEY, &(struct live_epoch){ watch, deaths }, 0);
}

static void bfd_died(struct lives *l, uint32_t watch, uint32_t deaths)
{
	live_died(l, KEY, &(struct live_epoch){ watch, deaths });
}

static void who_was_never_heard_of_lives(void)
{
	struct lives l;

	lives_init(&l);
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	CU_ASSERT_FALSE(live_is_dead(&l, 0));
	live_down(&l, 0);
	CU_ASSERT_FALSE(live_is_dead(&l, 0));
	CU_ASSERT_EQUAL(l.n, 0);
	lives_fini(&l);
}

static void an_up_that_knows_less_does_not_wake_the_dead(void)
{
	struct lives l;

	lives_init(&l);
	bfd_died(&l, 1, 2);
	worker_up(&l, 1, 1);
	CU_ASSERT_TRUE(live_is_dead(&l, KEY));
	live_down(&l, KEY);
	worker_up(&l, 1, 2);
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	/* a later watch counts from one again */
	bfd_died(&l, 2, 1);
	worker_up(&l, 1, 2);
	CU_ASSERT_TRUE(live_is_dead(&l, KEY));
	worker_up(&l, 2, 1);
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	lives_fini(&l);
}

static void between_the_death_and_the_next_session_it_is_dead_without_a_break(void)
{
	struct lives l;

	lives_init(&l);
	bfd_died(&l, 1, 1);
	CU_ASSERT_TRUE(live_has_changed(&l, KEY));
	live_settle(&l);
	/* the worker reads of it, much later; BFD is back and dies again meanwhile */
	live_down(&l, KEY);
	CU_ASSERT_FALSE(live_has_changed(&l, KEY));
	bfd_died(&l, 1, 2);
	worker_up(&l, 1, 1);
	CU_ASSERT_FALSE(live_has_changed(&l, KEY));
	live_down(&l, KEY);
	worker_up(&l, 1, 2);
	CU_ASSERT_TRUE(live_has_changed(&l, KEY));
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	live_settle(&l);
	CU_ASSERT_FALSE(live_has_changed(&l, KEY));
	CU_ASSERT_EQUAL(l.n, 0); /* of those who are well nothing is kept */
	lives_fini(&l);
}

static void the_end_of_a_watch_strikes_out_its_deaths_only(void)
{
	struct lives l;

	lives_init(&l);
	bfd_died(&l, 1, 3);
	live_unwatched(&l, KEY, 1);
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	bfd_died(&l, 2, 1);
	live_unwatched(&l, KEY, 1);
	CU_ASSERT_TRUE(live_is_dead(&l, KEY));
	live_down(&l, KEY);
	live_unwatched(&l, KEY, 2);
	CU_ASSERT_TRUE(live_is_dead(&l, KEY));
	worker_up(&l, 2, 0);
	CU_ASSERT_FALSE(live_is_dead(&l, KEY));
	lives_fini(&l);
}

struct devices {
	bool up[4];
	unsigned asked;
};

static bool is_up(void *ctx, uint32_t ifindex)
{
	struct devices *d = ctx;

	d->asked++;
	return d->up[ifindex];
}

static void look(struct lives *l, struct devices *d, uint32_t ifindex)
{
	const struct live_lines c = {
		.ifindex = &ifindex,
		.n = ifindex != 0,
		.is_up = is_up,
		.ctx = d,
	};

	live_lines(l, &c);
}

static void with_a_device_all_die_who_are_on_it(void)
{
	const struct live_epoch none = { 0 };
	struct devices d = { .up = { false, true, true, false } };
	struct lives l;

	lives_init(&l);
	live_up(&l, 1, &none, 1);
	live_up(&l, 2, &none, 1);
	live_up(&l, 3, &none, 2);
	live_up(&l, 4, &none, 0);
	d.up[1] = false;
	look(&l, &d, 1);
	CU_ASSERT_EQUAL(d.asked, 1);
	CU_ASSERT_TRUE(live_is_dead(&l, 1));
	CU_ASSERT_TRUE(live_is_dead(&l, 2));
	CU_ASSERT_FALSE(live_is_dead(&l, 3));
	CU_ASSERT_FALSE(live_is_dead(&l, 4));
	live_settle(&l);
	/* back before the worker has read of it: nothing else speaks against it */
	d.up[1] = true;
	d.up[2] = false;
	look(&l, &d, 0);
	CU_ASSERT_FALSE(live_is_dead(&l, 1));
	CU_ASSERT_TRUE(live_is_dead(&l, 3));
	/* but BFD: the line's return does not take that back */
	live_died(&l, 1, &(struct live_epoch){ 1, 1 });
	look(&l, &d, 1);
	CU_ASSERT_TRUE(live_is_dead(&l, 1));
	/* an "up" that was on its way when the device went */
	live_down(&l, 2);
	live_up(&l, 2, &none, 3);
	look(&l, &d, 3);
	CU_ASSERT_TRUE(live_is_dead(&l, 2));
	lives_fini(&l);
}

static void those_who_are_gone_are_forgotten_when_nobody_names_them(void)
{
	const struct mono then = { 1000000 };
	const struct mono later = mono_add_s(then, 600);
	struct lives l;
	uint32_t key = 0;

	lives_init(&l);
	while (!live_has_gone(&l)) {
		live_gone(&l, ++key, then);
		live_gone(&l, key, then);
		live_settle(&l);
		CU_ASSERT_TRUE_FATAL(key <= 1000);
	}
	CU_ASSERT_EQUAL(l.n, key);
	live_forget(&l, mono_add_s(then, 1)); /* too early */
	CU_ASSERT_EQUAL(l.n, key);
	CU_ASSERT_FALSE(live_has_gone(&l));
	live_mark(&l, 3);
	live_forget(&l, later);
	CU_ASSERT_EQUAL(l.n, 1);
	CU_ASSERT_TRUE(live_is_dead(&l, 3));
	live_forget(&l, later); /* the mark was for once */
	CU_ASSERT_EQUAL(l.n, 0);
	CU_ASSERT_EQUAL(l.n_gone, 0);
	lives_fini(&l);
}

static void put_set(struct lives *l, uint32_t key, uint32_t a, uint32_t b)
{
	const uint32_t members[] = { a, b };

	live_put_set(l, key, live_set_new(members, 2));
}

static void a_set_is_dead_while_all_of_it_is(void)
{
	const struct live_epoch none = { 0 };
	struct devices d = { .up = { false, true, true, false } };
	struct lives l;

	lives_init(&l);
	put_set(&l, 10, 1, 2);
	CU_ASSERT_EQUAL(l.n_changed, 0);
	live_up(&l, 1, &none, 1);
	live_died(&l, 1, &(struct live_epoch){ 1, 1 });
	CU_ASSERT_FALSE(live_has_changed(&l, 10));
	live_settle(&l);
	/* each by a witness of its own */
	live_up(&l, 2, &none, 2);
	d.up[2] = false;
	look(&l, &d, 2);
	CU_ASSERT_TRUE(live_has_changed(&l, 10));
	CU_ASSERT_TRUE(live_is_dead(&l, 10));
	live_settle(&l);
	CU_ASSERT_FALSE(live_has_changed(&l, 10));
	live_up(&l, 1, &(struct live_epoch){ 1, 1 }, 1);
	CU_ASSERT_TRUE(live_has_changed(&l, 10));
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	live_settle(&l);
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	lives_fini(&l);
}

/* The group may be of another worker than the set, and its members of a third. */
static void a_set_that_comes_late_is_looked_at(void)
{
	struct lives l;

	lives_init(&l);
	live_down(&l, 1);
	live_down(&l, 2);
	live_settle(&l);
	CU_ASSERT_FALSE(live_is_dead(&l, 11));
	put_set(&l, 11, 10, 2);
	CU_ASSERT_FALSE(live_has_changed(&l, 11));
	put_set(&l, 10, 1, 2);
	CU_ASSERT_TRUE(live_has_changed(&l, 10));
	CU_ASSERT_TRUE(live_has_changed(&l, 11));
	CU_ASSERT_TRUE(live_is_dead(&l, 11));
	live_settle(&l);
	CU_ASSERT_FALSE(live_has_changed(&l, 11));
	CU_ASSERT_EQUAL(l.n_changed, 0);
	live_put_set(&l, 0, live_set_new((const uint32_t[]){ 1 }, 1));
	CU_ASSERT_EQUAL(l.n, 4);
	lives_fini(&l);
}

static void a_set_in_itself_is_never_dead(void)
{
	struct lives l;

	lives_init(&l);
	live_down(&l, 1);
	put_set(&l, 10, 1, 11);
	put_set(&l, 11, 1, 10);
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	live_mark(&l, 10);
	lives_fini(&l);
}

static void a_set_that_is_gone_lives_on_and_holds_its_members(void)
{
	const struct mono then = { 1000000 };
	const struct mono later = mono_add_s(then, 600);
	struct lives l;

	lives_init(&l);
	put_set(&l, 10, 1, 2);
	put_set(&l, 11, 1, 3);
	live_gone(&l, 10, then);
	live_gone(&l, 10, then);
	CU_ASSERT_EQUAL(l.n_gone, 1);
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	live_gone(&l, 1, then);
	live_settle(&l);
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	live_gone(&l, 2, then);
	CU_ASSERT_TRUE(live_is_dead(&l, 10));
	live_mark(&l, 10);
	live_forget(&l, later);
	CU_ASSERT_TRUE(live_is_dead(&l, 10));
	CU_ASSERT_TRUE(live_is_dead(&l, 2));
	live_forget(&l, later);
	CU_ASSERT_FALSE(live_is_dead(&l, 10));
	CU_ASSERT_EQUAL(l.n_gone, 0);
	CU_ASSERT_EQUAL(l.n, 1); /* nobody said that the other one is gone */
	lives_fini(&l);
}

/*
 * BFD and a worker with a slow mailbox between them: whatever the pace, nothing lives between a
 * death and the "up" of the session after it, and all live when the worker has read everything.
 */
static void whatever_the_pace_the_dead_stay_dead_until_the_next_session(void)
{
	struct lives l;
	uint32_t happened = 0; /* deaths */
	uint32_t read = 0;
	bool session = true; /* of the worker, as it knows */

	lives_init(&l);
	for (unsigned i = 0; i < 20000; i++) {
		switch (cu_random_below(4)) {
		case 0:
			bfd_died(&l, 1, ++happened);
			break;
		case 1:
			if (read < happened) {
				read += 1 + cu_random_below(happened - read);
				live_down(&l, KEY);
				session = false;
			}
			break;
		case 2:
			if (!session)
				worker_up(&l, 1, read);
			session = true;
			break;
		default:
			live_settle(&l);
		}
		CU_ASSERT_EQUAL_FATAL(live_is_dead(&l, KEY), !session || read < happened);
	}
	lives_fini(&l);
}

static const struct cu_case cases[] = {
	CU_CASE(who_was_never_heard_of_lives),
	CU_CASE(an_up_that_knows_less_does_not_wake_the_dead),
	CU_CASE(between_the_death_and_the_next_session_it_is_dead_without_a_break),
	CU_CASE(the_end_of_a_watch_strikes_out_its_deaths_only),
	CU_CASE(with_a_device_all_die_who_are_on_it),
	CU_CASE(those_who_are_gone_are_forgotten_when_nobody_names_them),
	CU_CASE(a_set_is_dead_while_all_of_it_is),
	CU_CASE(a_set_that_comes_late_is_looked_at),
	CU_CASE(a_set_in_itself_is_never_dead),
	CU_CASE(a_set_that_is_gone_lives_on_and_holds_its_members),
	CU_CASE(whatever_the_pace_the_dead_stay_dead_until_the_next_session),
};
CU_SUITE(live, cases);
