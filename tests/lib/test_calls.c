/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: where each half runs, who is refused, and that every call ends, whatever becomes of the
 * thread.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/io/calls.h"
#include "lib/io/loop.h"
#include "tests/cu_main.h"

#define MAX 4

struct rig {
	struct loop *main_loop;
	struct loop *loop;
	struct calls *calls;
	unsigned n_run;
	unsigned n_done;
	pthread_t ran_on;
	pthread_t done_on;
	bool again; /* done calls once more */
};

static void visit(struct rig *r, void *arg)
{
	CU_ASSERT_PTR_EQUAL(arg, r);
	r->n_run++;
	r->ran_on = pthread_self();
}

static void run(void *ctx, calls_fn *fn, void *arg)
{
	((void (*)(struct rig *, void *))fn)(ctx, arg);
}

static int call(struct rig *r);

static void done(void *arg)
{
	struct rig *r = arg;

	r->n_done++;
	r->done_on = pthread_self();
	if (r->again) {
		r->again = false;
		CU_ASSERT_EQUAL(call(r), 0);
	}
}

static int call(struct rig *r)
{
	return calls_make(r->calls, (calls_fn *)visit, done, r);
}

static void rig_init(struct rig *r)
{
	r->main_loop = loop_new("main");
	r->loop = loop_new("thread");
	r->calls = calls_new(&(struct calls_params){ .main_loop = r->main_loop,
		.loop = r->loop,
		.max = MAX,
		.burst = 1,
		.run = run,
		.ctx = r });
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->calls);
}

static void rig_fini(struct rig *r)
{
	calls_free(r->calls);
	loop_free(r->loop);
	loop_free(r->main_loop);
}

static void *thread_main(void *arg)
{
	struct rig *r = arg;

	(void)loop_run(r->loop);
	calls_finish(r->calls);
	return NULL;
}

static void it_runs_on_the_thread_and_ends_on_main(void)
{
	struct rig r = { 0 };
	pthread_t id;

	rig_init(&r);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&id, NULL, thread_main, &r), 0);
	CU_ASSERT_EQUAL(call(&r), 0);
	while (r.n_done == 0)
		if (!loop_turn(r.main_loop))
			usleep(100);
	CU_ASSERT_EQUAL(r.n_run, 1);
	CU_ASSERT(pthread_equal(r.ran_on, id));
	CU_ASSERT(pthread_equal(r.done_on, pthread_self()));
	loop_stop(r.loop);
	pthread_join(id, NULL);
	rig_fini(&r);
}

static void a_call_is_in_flight_until_main_has_seen_its_end(void)
{
	struct rig r = { 0 };

	rig_init(&r);
	for (unsigned i = 0; i < MAX; i++)
		CU_ASSERT_EQUAL(call(&r), 0);
	CU_ASSERT_EQUAL(call(&r), -EAGAIN);
	CU_ASSERT(loop_turn(r.loop));
	CU_ASSERT_EQUAL(r.n_run, 1);
	CU_ASSERT_EQUAL(call(&r), -EAGAIN);
	CU_ASSERT(loop_turn(r.main_loop));
	CU_ASSERT_EQUAL(r.n_done, 1);
	CU_ASSERT_EQUAL(call(&r), 0);
	CU_ASSERT_EQUAL(call(&r), -EAGAIN);
	rig_fini(&r);
	CU_ASSERT_EQUAL(r.n_done, MAX + 1);
}

static void what_was_called_before_the_end_is_run_and_told(void)
{
	struct rig r = { 0 };

	rig_init(&r);
	CU_ASSERT_EQUAL(call(&r), 0);
	CU_ASSERT_EQUAL(call(&r), 0);
	calls_finish(r.calls);
	CU_ASSERT_EQUAL(r.n_run, 2);
	CU_ASSERT_EQUAL(r.n_done, 0);
	rig_fini(&r);
	CU_ASSERT_EQUAL(r.n_done, 2);
}

static void what_was_called_after_it_is_told_and_not_run(void)
{
	struct rig r = { .again = true };

	rig_init(&r);
	CU_ASSERT_EQUAL(call(&r), 0);
	calls_finish(r.calls);
	rig_fini(&r);
	CU_ASSERT_EQUAL(r.n_run, 1);
	CU_ASSERT_EQUAL(r.n_done, 2);
}

static void nobody_need_be_told(void)
{
	struct rig r = { 0 };

	rig_init(&r);
	CU_ASSERT_EQUAL(calls_make(r.calls, (calls_fn *)visit, NULL, &r), 0);
	CU_ASSERT(loop_turn(r.loop));
	CU_ASSERT(loop_turn(r.main_loop));
	CU_ASSERT_EQUAL(r.n_run, 1);
	rig_fini(&r);
	calls_free(NULL);
}

static const struct cu_case cases[] = {
	CU_CASE(it_runs_on_the_thread_and_ends_on_main),
	CU_CASE(a_call_is_in_flight_until_main_has_seen_its_end),
	CU_CASE(what_was_called_before_the_end_is_run_and_told),
	CU_CASE(what_was_called_after_it_is_told_and_not_run),
	CU_CASE(nobody_need_be_told),
};
CU_SUITE(calls, cases);
