/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lives over a plane that is a note pad: what is done when, what outlives a restart, when traffic
 * counts as gone. Time is the test's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/io/loop.h"
#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/model/kit.h"
#include "vbr/life/lives.h"

struct world {
	struct loop *loop;
	struct lives *lives;
	struct model *m;
	const char *dir;
	struct errbuf err;
	/* the plane */
	enum life_action last;
	unsigned n_acts;
	unsigned n_changes;
	bool is_up;
	bool has_device;
	uint64_t in;
	uint64_t out;
};

static void act(void *ctx, const char *tenant, const char *vbr, enum life_action a)
{
	struct world *w = ctx;

	CU_ASSERT_STRING_EQUAL(tenant, "acme");
	CU_ASSERT_STRING_EQUAL(vbr, "hz-a");
	w->last = a;
	w->n_acts++;
}

static int octets(void *ctx, const char *tenant, const char *vbr, uint64_t *in, uint64_t *out)
{
	const struct world *w = ctx;

	(void)tenant;
	(void)vbr;
	*in = w->in;
	*out = w->out;
	return w->has_device ? 0 : -ENODEV;
}

static bool is_up(void *ctx, const char *tenant, const char *vbr)
{
	(void)tenant;
	(void)vbr;
	return ((const struct world *)ctx)->is_up;
}

static void changed(void *ctx, const char *tenant, const char *vbr, enum life_state from,
	enum life_state to)
{
	(void)tenant;
	(void)vbr;
	CU_ASSERT_NOT_EQUAL(from, to);
	((struct world *)ctx)->n_changes++;
}

static const struct lives_ops ops = { act, octets, is_up, changed };

static void open_lives(struct world *w)
{
	w->lives = lives_new(w->loop, w->dir, &ops, w, &w->err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->lives);
	lives_sync(w->lives, w->m);
}

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->loop = loop_new("test");
	w->m = kit_new();
	w->dir = dir_new();
	w->has_device = w->is_up = true;
	errbuf_init(&w->err);
	mono_test_start(mono_now());
	open_lives(w);
}

static void world_fini(struct world *w)
{
	mono_test_stop();
	lives_free(w->lives);
	loop_free(w->loop);
	model_free(w->m);
	errbuf_fini(&w->err);
	dir_remove(w->dir);
}

static enum life_state state(const struct world *w)
{
	struct life_view v;

	return lives_find(w->lives, "acme", "hz-a", &v) ? v.state : LIFE_GONE;
}

static void a_second(struct world *w, uint64_t in, uint64_t out)
{
	w->in += in;
	w->out += out;
	mono_test_advance_us(1000000);
	lives_look(w->lives);
}

static int terminate(struct world *w, uint32_t drain_s)
{
	return lives_terminate(w->lives, "acme", "hz-a", drain_s, &w->err);
}

static int recover(struct world *w)
{
	return lives_recover(w->lives, "acme", "hz-a", &w->err);
}

static void restart(struct world *w)
{
	lives_free(w->lives);
	open_lives(w);
}

static void a_vbr_is_born_active_without_a_word(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	CU_ASSERT_EQUAL(w.n_changes, 0);
	CU_ASSERT_EQUAL(w.n_acts, 0);
	world_fini(&w);
}

static void traffic_leaves_before_the_sessions_end(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 60), 0);
	CU_ASSERT_EQUAL(w.last, LIFE_DRAIN);
	for (int i = 0; i < 10; i++)
		a_second(&w, 1000000, 5000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	a_second(&w, 100, 5000); /* one direction is not enough */
	a_second(&w, 100, 5000);
	a_second(&w, 100, 5000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	a_second(&w, 2000, 2000);
	a_second(&w, 2000, 2000);
	a_second(&w, 2000, 1000000); /* it was but a pause */
	a_second(&w, 2000, 2000);
	a_second(&w, 2000, 2000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	a_second(&w, 2000, 2000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(w.last, LIFE_SHUT);
	world_fini(&w);
}

static void traffic_that_does_not_leave_is_waited_for_in_vain(void)
{
	struct life_view v;
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 5), 0);
	CU_ASSERT(lives_find(w.lives, "acme", "hz-a", &v) && v.drain_left_s == 5);
	for (int i = 0; i < 4; i++)
		a_second(&w, 1000000, 1000000);
	CU_ASSERT(lives_find(w.lives, "acme", "hz-a", &v) && v.drain_left_s == 1);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	world_fini(&w);
}

static void without_a_drain_it_is_down_at_once(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(w.last, LIFE_SHUT);
	world_fini(&w);
}

static uint32_t left(const struct world *w)
{
	struct life_view v;

	return lives_find(w->lives, "acme", "hz-a", &v) ? v.drain_left_s : UINT32_MAX;
}

static void a_drain_that_runs_may_be_given_another_end(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 600), 0);
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(left(&w), 599);
	CU_ASSERT_EQUAL(terminate(&w, 3), 0); /* from now on */
	CU_ASSERT_EQUAL(left(&w), 3);
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(terminate(&w, 4), 0); /* also a later one */
	for (int i = 0; i < 3; i++)
		a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	CU_ASSERT_EQUAL(w.last, LIFE_DRAIN);
	CU_ASSERT_EQUAL(w.n_acts, 1); /* no neighbour hears of it */
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(w.last, LIFE_SHUT);
	world_fini(&w);
}

static void another_end_is_no_reason_to_forget_that_it_was_quiet(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 600), 0);
	a_second(&w, 0, 0);
	a_second(&w, 0, 0);
	a_second(&w, 0, 0);
	CU_ASSERT_EQUAL(terminate(&w, 100), 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATING);
	a_second(&w, 0, 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	world_fini(&w);
}

static void a_drain_that_runs_can_be_ended_now(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 600), 0);
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(terminate(&w, LIVES_DRAIN_UNSAID), -EALREADY);
	CU_ASSERT_STRING_EQUAL(errbuf_first(&w.err),
		"VBR hz-a is terminating: wait, end its drain now by terminate drain 0, or recover "
		"it");
	CU_ASSERT_EQUAL(left(&w), 599);
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(w.last, LIFE_SHUT);
	restart(&w);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	world_fini(&w);
}

static void a_drain_lasts_a_minute_without_a_word(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, LIVES_DRAIN_UNSAID), 0);
	CU_ASSERT_EQUAL(left(&w), LIVES_DRAIN_S);
	world_fini(&w);
}

static void a_drain_that_is_taken_back_has_changed_nothing(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 60), 0);
	a_second(&w, 1000000, 1000000);
	CU_ASSERT_EQUAL(recover(&w), 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	CU_ASSERT_EQUAL(w.last, LIFE_SERVE);
	restart(&w);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	world_fini(&w);
}

static void recovery_lasts_until_the_device_is_up(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	w.is_up = false;
	CU_ASSERT_EQUAL(recover(&w), 0);
	CU_ASSERT_EQUAL(w.last, LIFE_SERVE);
	a_second(&w, 0, 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_RECOVERING);
	w.is_up = true;
	a_second(&w, 0, 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	world_fini(&w);
}

static void orders_without_sense_are_refused(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(recover(&w), -EALREADY);
	CU_ASSERT_STRING_EQUAL(errbuf_first(&w.err),
		"VBR hz-a is active: there is nothing to recover");
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	CU_ASSERT_EQUAL(terminate(&w, 0), -EALREADY);
	CU_ASSERT_EQUAL(lives_terminate(w.lives, "acme", "nobody", 0, &w.err), -ENOENT);
	CU_ASSERT_EQUAL(lives_recover(w.lives, "globex", "hz-a", &w.err), -ENOENT);
	world_fini(&w);
}

static void it_stays_terminated_through_restarts_and_commits(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 60), 0);
	restart(&w); /* in the middle of the drain */
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	kit_hz_a(w.m)->mtu = 1400;
	lives_sync(w.lives, w.m);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(recover(&w), 0);
	restart(&w);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	world_fini(&w);
}

static void with_the_vbr_its_state_is_forgotten(void)
{
	struct life_view v;
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	model_del(w.m, MODEL_PEERING, "acme", "hz-a-prod", "");
	model_del(w.m, MODEL_VBR, "acme", "hz-a", "");
	lives_sync(w.lives, w.m);
	CU_ASSERT(lives_deleting(w.lives, 0, &v) && v.state == LIFE_DELETING);
	CU_ASSERT_FALSE(lives_deleting(w.lives, 1, &v));
	lives_await(w.lives, 2);
	lives_removed(w.lives);
	CU_ASSERT(lives_deleting(w.lives, 0, &v)); /* the other worker has not answered */
	kit_vbr(w.m, "acme", "hz-a", "pc-1", 100);
	lives_sync(w.lives, w.m);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE); /* another one of the same name */
	lives_removed(w.lives);
	CU_ASSERT_FALSE(lives_deleting(w.lives, 0, &v));
	restart(&w);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	world_fini(&w);
}

static void consent_that_is_withdrawn_needs_no_drain(void)
{
	struct world w;

	world_init(&w);
	snprintf(kit_pc(w.m, "pc-1")->line.owner, MODEL_NAME_SIZE, "globex");
	lives_sync(w.lives, w.m);
	CU_ASSERT_EQUAL(state(&w), LIFE_UNCONFIRMED);
	kit_consent(w.m, MODEL_ACCEPT_VBR, "globex", "hz-a", "acme");
	lives_sync(w.lives, w.m);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	CU_ASSERT_EQUAL(terminate(&w, 60), 0);
	model_del(w.m, MODEL_ACCEPT_VBR, "globex", "hz-a", "acme");
	lives_sync(w.lives, w.m);
	CU_ASSERT_EQUAL(state(&w), LIFE_TERMINATED);
	CU_ASSERT_EQUAL(recover(&w), 0);
	CU_ASSERT_EQUAL(state(&w), LIFE_UNCONFIRMED);
	world_fini(&w);
}

static void what_cannot_be_written_is_not_done(void)
{
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL_FATAL(mkdir(dir_file(w.dir, "terminated.new"), 0700), 0);
	CU_ASSERT_EQUAL(terminate(&w, 0), -EIO);
	CU_ASSERT_EQUAL(state(&w), LIFE_ACTIVE);
	CU_ASSERT_EQUAL(w.n_acts, 0);
	(void)remove(dir_file(w.dir, "terminated.new"));
	CU_ASSERT_EQUAL(terminate(&w, 0), 0);
	world_fini(&w);
}

static void a_file_that_is_not_ours_is_refused(void)
{
	struct world w;

	world_init(&w);
	dir_write(w.dir, "terminated", "acme hz-a\nacme\n", 15);
	CU_ASSERT_PTR_NULL(lives_new(w.loop, w.dir, &ops, &w, &w.err));
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&w.err), "not what vbrd wrote"));
	world_fini(&w);
}

static const struct cu_case cases[] = {
	CU_CASE(a_vbr_is_born_active_without_a_word),
	CU_CASE(traffic_leaves_before_the_sessions_end),
	CU_CASE(traffic_that_does_not_leave_is_waited_for_in_vain),
	CU_CASE(without_a_drain_it_is_down_at_once),
	CU_CASE(a_drain_that_runs_may_be_given_another_end),
	CU_CASE(another_end_is_no_reason_to_forget_that_it_was_quiet),
	CU_CASE(a_drain_that_runs_can_be_ended_now),
	CU_CASE(a_drain_lasts_a_minute_without_a_word),
	CU_CASE(a_drain_that_is_taken_back_has_changed_nothing),
	CU_CASE(recovery_lasts_until_the_device_is_up),
	CU_CASE(orders_without_sense_are_refused),
	CU_CASE(it_stays_terminated_through_restarts_and_commits),
	CU_CASE(with_the_vbr_its_state_is_forgotten),
	CU_CASE(consent_that_is_withdrawn_needs_no_drain),
	CU_CASE(what_cannot_be_written_is_not_done),
	CU_CASE(a_file_that_is_not_ours_is_refused),
};

CU_SUITE(lives, cases);
