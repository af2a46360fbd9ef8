/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at each place where something is written, and at random times. The world outlives the
 * process that meters it, as the kernel does: its counters are in shared memory. Afterwards the
 * chains are sound, what was acknowledged is there, and the next reading makes up for what was cut
 * short: nothing is missing, nothing is there twice.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cu_main.h"
#include "tests/vbr/dir.h"
#include "tests/vbr/ledger/disk.h"
#include "tests/vbr/ledger/kit.h"

#define DAY 86400

/* One sample, and sometimes an object that goes and comes again; and old records that go. */
static void step(struct kit *k, struct ledger *l, uint32_t n, bool comes_again)
{
	struct ledger_batch b = { .now = k->now, .sample_keep_s = DAY, .hour_keep_s = 2 * DAY };
	struct errbuf err;
	bool more;

	errbuf_init(&err);
	kit_pass(k, 1800);
	for (uint32_t i = 0; i < KIT_METERS; i++)
		kit_move(k, i, n * 1000 + i, n);
	if (comes_again && n % 5 == 4 && kit_write(k, l, 1, &err) == 0) {
		k->m[1].ifindex += 10;
		memset(&k->m[1].shown, 0, sizeof(k->m[1].shown));
	}
	if (kit_write(k, l, -1, &err) == 0)
		k->writes++;
	(void)ledger_prune(l, &b, &more, &err);
	errbuf_fini(&err);
}

/* In the child. */
static void live(struct kit *k, const char *path, uint32_t steps, enum disk_mode mode, uint32_t at)
{
	struct ledger *l = ledger_new(path);

	disk_set(mode, at);
	for (uint32_t n = 1; n <= steps; n++)
		step(k, l, n, mode != DISK_GOOD);
	ledger_free(l);
	_exit(0);
}

static void take_total(void *ctx, const struct ledger_usage *u)
{
	meter_counts_add(ctx, &u->total);
}

static struct meter_counts sum_of_totals(struct ledger *l)
{
	const struct ledger_filter f = { .to_s = INT64_MAX, .interval_s = 300 };
	struct meter_counts sum = { 0 };
	struct ledger_place p = { 0 };
	struct errbuf err;

	errbuf_init(&err);
	while (ledger_usage(l, &f, &p, take_total, &sum, &err) > 0)
		;
	CU_ASSERT_TRUE_FATAL(errbuf_is_empty(&err));
	errbuf_fini(&err);
	return sum;
}

static struct meter_counts sum_of_truth(const struct kit *k)
{
	struct meter_counts sum = { 0 };

	for (uint32_t i = 0; i < KIT_METERS; i++)
		meter_counts_add(&sum, &k->m[i].truth);
	return sum;
}

/* After a death: examine, take the next reading, and examine again. */
static void survive(struct kit *k, const char *path)
{
	struct ledger *l = ledger_new(path);
	const struct meter_counts truth = sum_of_truth(k);
	struct meter_counts sum = sum_of_totals(l);

	CU_ASSERT_EQUAL_FATAL(kit_fault(l, NULL), LEDGER_SOUND);
	CU_ASSERT_TRUE(sum.v[METER_IN] <= truth.v[METER_IN]);
	kit_pass(k, 10);
	kit_sample(k, l);
	sum = sum_of_totals(l);
	CU_ASSERT_EQUAL_FATAL(memcmp(&sum, &truth, sizeof(sum)), 0);
	ledger_free(l);
}

static void begin(struct kit *k, const char *path)
{
	struct ledger *l = ledger_new(path);

	disk_set(DISK_GOOD, 0);
	kit_sample(k, l);
	ledger_free(l);
}

static bool was_killed(pid_t child)
{
	int status = 0;

	CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void killed_at_each_place(enum disk_mode mode)
{
	const char *dir = dir_new();
	char *path = strdup(dir_file(dir, "ledger.db"));
	struct kit *k = kit_shared();
	uint32_t deaths = 0;

	begin(k, path);
	for (uint32_t at = 1; at < 1000; at++) {
		const pid_t child = fork();

		if (child == 0)
			live(k, path, 5, mode, at);
		if (!was_killed(child))
			break;
		deaths++;
		survive(k, path);
	}
	survive(k, path);
	CU_ASSERT_TRUE(deaths > 50);
	CU_ASSERT_TRUE(deaths < 999);
	kit_unshare(k);
	free(path);
	dir_remove(dir);
}

static void killed_before_each_write_nothing_is_lost_or_doubled(void)
{
	killed_at_each_place(DISK_KILL);
}

static void killed_within_each_write_nothing_is_lost_or_doubled(void)
{
	killed_at_each_place(DISK_KILL_HALF);
}

/* The child may have died while it moved them: what the kernel shows is the truth. */
static void settle(struct kit *k)
{
	for (uint32_t i = 0; i < KIT_METERS; i++) {
		k->m[i].truth = k->m[i].shown;
		k->m[i].truth.v[METER_IN] -= KIT_BEFORE;
	}
}

static void killed_at_random_times_nothing_is_lost_or_doubled(void)
{
	const char *dir = dir_new();
	char *path = strdup(dir_file(dir, "ledger.db"));
	struct kit *k = kit_shared();

	begin(k, path);
	for (int n = 0; n < 40; n++) {
		const pid_t child = fork();

		if (child == 0)
			live(k, path, UINT32_MAX, DISK_GOOD, 0);
		usleep(cu_random_below(15000));
		(void)kill(child, SIGKILL);
		CU_ASSERT_TRUE(was_killed(child));
		settle(k);
		survive(k, path);
	}
	CU_ASSERT_TRUE(k->writes > 40);
	kit_unshare(k);
	free(path);
	dir_remove(dir);
}

static const struct cu_case cases[] = {
	CU_CASE(killed_before_each_write_nothing_is_lost_or_doubled),
	CU_CASE(killed_within_each_write_nothing_is_lost_or_doubled),
	CU_CASE(killed_at_random_times_nothing_is_lost_or_doubled),
};

CU_SUITE(ledger_kill, cases);
