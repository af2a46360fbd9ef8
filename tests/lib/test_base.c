/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small modules of lib/base, one suite each: errors, levels of the log, clock, metrics,
 * threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/errbuf.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/monotime.h"
#include "lib/base/thread.h"
#include "tests/cu_main.h"

static void errors_print_with_path_and_line(void)
{
	struct errbuf e;
	char *text;

	errbuf_init(&e);
	CU_ASSERT(errbuf_is_empty(&e));
	CU_ASSERT_STRING_EQUAL(errbuf_first(&e), "");
	errbuf_add(&e, "/vbr/vlan-id", 0, "%d is out of range", 4000);
	errbuf_add(&e, NULL, 7, "unknown word");
	errbuf_prefix(&e, 1, "in %s: ", "lab.conf");
	CU_ASSERT_STRING_EQUAL(errbuf_first(&e), "4000 is out of range");
	text = errbuf_format(&e);
	CU_ASSERT_STRING_EQUAL(text,
		"/vbr/vlan-id: 4000 is out of range\nline 7: in lab.conf: unknown word");
	free(text);
	errbuf_fini(&e);
	CU_ASSERT(errbuf_is_empty(&e));
}

static void errors_beyond_the_limit_are_only_counted(void)
{
	struct errbuf e;
	char *text;

	errbuf_init(&e);
	for (unsigned i = 0; i < ERRBUF_MAX_ITEMS + 5; i++)
		errbuf_add(&e, NULL, i + 1, "bad");
	CU_ASSERT_EQUAL(e.n, ERRBUF_MAX_ITEMS);
	CU_ASSERT_EQUAL(e.dropped, 5);
	text = errbuf_format(&e);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n5 more errors not shown"));
	free(text);
	errbuf_fini(&e);
}

/* One log line as it reaches stderr. */
static void capture(char *dst, size_t size, const char *text)
{
	const int saved = dup(STDERR_FILENO);
	int fds[2];
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	dup2(fds[1], STDERR_FILENO);
	log_warning("tenant=%s", text);
	dup2(saved, STDERR_FILENO);
	n = read(fds[0], dst, size - 1);
	dst[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
	close(saved);
}

static void log_line_has_time_level_and_no_controls(void)
{
	char line[512];

	capture(line, sizeof(line), "acme\nfaked");
	CU_ASSERT_EQUAL_FATAL(strlen(line),
		strlen("2026-11-23T12:00:00.123Z ") + strlen("warning tenant=acme?faked\n"));
	CU_ASSERT_EQUAL(line[10], 'T');
	CU_ASSERT_EQUAL(line[23], 'Z');
	CU_ASSERT_STRING_EQUAL(line + 25, "warning tenant=acme?faked\n");
}

static void log_levels_filter_and_have_names(void)
{
	enum log_level level;
	char line[64];

	for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++) {
		CU_ASSERT_EQUAL(log_level_parse(log_level_name((enum log_level)i), &level), 0);
		CU_ASSERT_EQUAL((unsigned)level, i);
	}
	CU_ASSERT_EQUAL(log_level_parse("loud", &level), -EINVAL);
	CU_ASSERT_PTR_NULL(log_level_name(LOG_LEVEL_COUNT));
	log_set_level(LOG_LEVEL_ERROR);
	CU_ASSERT_FALSE(log_is_on(LOG_LEVEL_WARNING));
	capture(line, sizeof(line), "acme");
	CU_ASSERT_STRING_EQUAL(line, "");
	log_set_level(LOG_LEVEL_INFO);
}

static void test_clock_moves_only_by_hand(void)
{
	const struct mono start = { 5000000 };
	struct mono t;

	mono_test_start(start);
	t = mono_now();
	CU_ASSERT_EQUAL(mono_sub_us(t, start), 0);
	mono_test_advance_us(3500000);
	CU_ASSERT_EQUAL(mono_sub_us(mono_now(), t), 3500000);
	CU_ASSERT_EQUAL(mono_age_s(t), 3);
	CU_ASSERT_EQUAL(mono_age_s(mono_add_s(mono_now(), 10)), 0);
	CU_ASSERT(mono_is_before(t, mono_now()));
	CU_ASSERT_FALSE(mono_is_before(mono_now(), mono_add_us(t, 3500000)));
	CU_ASSERT(llabs((long long)(time(NULL) - 3 - mono_to_wall_s(t))) <= 1);
	mono_test_stop();
}

static void real_clock_does_not_run_backwards(void)
{
	struct mono before = mono_now();

	for (unsigned i = 0; i < 1000; i++) {
		const struct mono now = mono_now();

		CU_ASSERT_FATAL(!mono_is_before(now, before));
		before = now;
	}
}

static void histogram_bounds_are_powers_of_two(void)
{
	static const struct {
		uint64_t us;
		unsigned bucket;
	} rows[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 3 }, { 1024, 10 },
		{ 1025, 11 }, { UINT64_C(1) << 27, 27 }, { (UINT64_C(1) << 27) + 1, 28 },
		{ UINT64_C(1) << 40, 28 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct histogram h = { 0 };

		histogram_add_us(&h, rows[i].us);
		CU_ASSERT_EQUAL(h.bucket[rows[i].bucket], 1);
	}
}

static void quantiles_cover_their_share_of_samples(void)
{
	struct histogram h = { 0 };

	CU_ASSERT_EQUAL(histogram_quantile_us(&h, 0.5), 0);
	for (unsigned i = 0; i < 99; i++)
		histogram_add_us(&h, 100);
	histogram_add_us(&h, 1000000);
	CU_ASSERT_EQUAL(histogram_quantile_us(&h, 0.5), 128);
	CU_ASSERT_EQUAL(histogram_quantile_us(&h, 0.99), 128);
	CU_ASSERT_EQUAL(histogram_quantile_us(&h, 1.0), 1 << 20);
}

static void *blocked_signals(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return arg;
}

static void threads_are_started_with_signals_blocked(void)
{
	sigset_t mine;
	sigset_t its;
	pthread_t id;
	void *ret;

	sigemptyset(&its);
	CU_ASSERT_EQUAL_FATAL(thread_start(&id, "test", blocked_signals, &its), 0);
	CU_ASSERT_EQUAL(pthread_join(id, &ret), 0);
	CU_ASSERT_PTR_EQUAL(ret, &its);
	CU_ASSERT(sigismember(&its, SIGTERM));
	CU_ASSERT(sigismember(&its, SIGHUP));
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	CU_ASSERT(!sigismember(&mine, SIGTERM));
}

/* What a thread prefers must not become the usage of who made it. */
static void *niceness_of_a_worker(void *arg)
{
	int *niceness = arg;
	const enum thread_priority p = thread_prefer();

	*niceness = getpriority(PRIO_PROCESS, 0);
	return p == THREAD_PRIORITY_NICE ? arg : NULL;
}

static void a_thread_may_be_preferred_to_all_others(void)
{
	const int usual = getpriority(PRIO_PROCESS, 0);
	int niceness = 99;
	pthread_t id;
	void *ret;

	CU_ASSERT_EQUAL_FATAL(thread_start(&id, "test", niceness_of_a_worker, &niceness), 0);
	CU_ASSERT_EQUAL(pthread_join(id, &ret), 0);
	CU_ASSERT_EQUAL(niceness, ret ? -20 : usual);
	CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, 0), usual);
}

static const struct cu_case errbuf_cases[] = {
	CU_CASE(errors_print_with_path_and_line),
	CU_CASE(errors_beyond_the_limit_are_only_counted),
};
CU_SUITE(errbuf, errbuf_cases);

static const struct cu_case log_cases[] = {
	CU_CASE(log_line_has_time_level_and_no_controls),
	CU_CASE(log_levels_filter_and_have_names),
};
CU_SUITE(log, log_cases);

static const struct cu_case monotime_cases[] = {
	CU_CASE(test_clock_moves_only_by_hand),
	CU_CASE(real_clock_does_not_run_backwards),
};
CU_SUITE(monotime, monotime_cases);

static const struct cu_case metrics_cases[] = {
	CU_CASE(histogram_bounds_are_powers_of_two),
	CU_CASE(quantiles_cover_their_share_of_samples),
};
CU_SUITE(metrics, metrics_cases);

static const struct cu_case thread_cases[] = {
	CU_CASE(threads_are_started_with_signals_blocked),
	CU_CASE(a_thread_may_be_preferred_to_all_others),
};
CU_SUITE(thread, thread_cases);
