/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What survives: restarts, crashes at bad moments, damaged files, commits that nobody confirms.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_int.h"
#include "lib/base/xalloc.h"
#include "tests/conf/fixture.h"

#define FILE_A "system region a\ntenant acme\n vpc prod\n!\n"
#define FILE_B "system region b\n"

static bool running_has(struct fixture *f, const char *part)
{
	char *text = fixture_text(f);
	const bool has = strstr(text, part) != NULL;

	free(text);
	return has;
}

static void first_start_takes_the_file(void)
{
	struct fixture f;
	bool from_snapshot = true;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, &from_snapshot), 0);
	CU_ASSERT(!from_snapshot);
	CU_ASSERT(running_has(&f, "region a"));
	CU_ASSERT_EQUAL(conf_revision(f.conf), 1);
	CU_ASSERT_STRING_EQUAL(f.log,
		"create system /vbrd:system\ncreate tenant /vbrd:tenant[name='acme']\n"
		"create vpc /vbrd:tenant[name='acme']/vpc[name='prod']\n");
	fixture_fini(&f);
}

static void commits_after_the_load_win_over_the_file(void)
{
	struct fixture f;
	bool from_snapshot = false;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region later\n"), 0);
	fixture_restart(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_B, false, &from_snapshot), 0);
	CU_ASSERT(from_snapshot);
	CU_ASSERT(running_has(&f, "region later"));
	CU_ASSERT_EQUAL(conf_revision(f.conf), 2);
	/* --replace */
	fixture_restart(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_B, true, &from_snapshot), 0);
	CU_ASSERT(!from_snapshot);
	CU_ASSERT(running_has(&f, "region b"));
	CU_ASSERT(!running_has(&f, "acme"));
	CU_ASSERT_EQUAL(conf_revision(f.conf), 3);
	fixture_fini(&f);
}

static void file_edited_since_its_load_wins_over_an_older_snapshot(void)
{
	struct fixture f;
	bool from_snapshot = true;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	fixture_restart(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, &from_snapshot), 0);
	CU_ASSERT(from_snapshot);
	fixture_restart(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_B, false, &from_snapshot), 0);
	CU_ASSERT(!from_snapshot);
	CU_ASSERT(running_has(&f, "region b"));
	/* What the file took away can be brought back. */
	struct conf_session *s = conf_session_new(f.conf, "ann");

	CU_ASSERT_EQUAL(conf_rollback(s, 1, &f.err), 0);
	CU_ASSERT_EQUAL(conf_commit(s, &(struct conf_commit){ 0 }, &f.err), 0);
	conf_session_free(s);
	CU_ASSERT(running_has(&f, "vpc prod"));
	fixture_fini(&f);
}

static void crash_loses_no_commit(void)
{
	struct fixture f;
	char *before;
	char *after;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	for (uint32_t i = 0; i < 70; i++) {
		char line[64];

		snprintf(line, sizeof(line), "tenant t%u vpc v%u\nsystem region r%u\n", i % 7, i,
			i);
		CU_ASSERT_EQUAL(fixture_commit(&f, "ann", line), 0);
	}
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant t3\n"), 0);
	before = fixture_text(&f);
	fixture_crash(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	after = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 72);
	free(before);
	free(after);
	fixture_fini(&f);
}

static void half_written_files_are_not_seen(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region two\n"), 0);
	fixture_crash(&f);
	fixture_write(fixture_file(&f, "running.json.new"), "{\"vbrd-store:snap");
	fixture_write(fixture_file(&f, "history/000003.json.new"), "{");
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT(running_has(&f, "region two"));
	fixture_fini(&f);
}

static void damaged_snapshot_is_an_error_and_kept(void)
{
	static const char *const damages[] = { "", "{\"vbrd-store:snapshot\":{\"revi", "{}",
		"garbage" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct fixture f;

		fixture_init(&f, true);
		CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
		fixture_crash(&f);
		fixture_write(fixture_file(&f, "running.json"), damages[i]);
		CU_ASSERT(fixture_start(&f, FILE_A, false, NULL) < 0);
		CU_ASSERT(fixture_error_has(&f, "running.json is damaged"));
		CU_ASSERT(conf_running(f.conf) == NULL);
		CU_ASSERT(stat(fixture_file(&f, "running.json.damaged"), &st) == 0);
		CU_ASSERT_EQUAL(f.n_apply, 1);
		fixture_restart(&f);
		CU_ASSERT(fixture_start(&f, FILE_A, false, NULL) < 0);
		fixture_restart(&f);
		CU_ASSERT_EQUAL(fixture_start(&f, FILE_B, true, NULL), 0);
		CU_ASSERT(running_has(&f, "region b"));
		fixture_fini(&f);
	}
}

static void damaged_record_is_an_error(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region two\n"), 0);
	fixture_crash(&f);
	fixture_write(fixture_file(&f, "history/000002.json"), "{\"vbrd-store:record\":{");
	CU_ASSERT(fixture_start(&f, FILE_A, false, NULL) < 0);
	CU_ASSERT(fixture_error_has(&f, "000002.json is damaged"));
	fixture_fini(&f);
}

static int commit_confirmed(struct fixture *f, const char *text, uint32_t seconds)
{
	struct conf_session *s = conf_session_new(f->conf, "ann");
	int rc = conf_load(s, text, CONF_FORMAT_AUTO, CONF_LOAD_MERGE, &f->err);

	if (rc == 0)
		rc = conf_commit(s, &(struct conf_commit){ .confirmed_s = seconds }, &f->err);
	conf_session_free(s);
	return rc;
}

static void confirmed_commit_stays_and_cancelled_one_goes(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT_EQUAL(conf_confirm(f.conf, &f.err), -ENOENT);
	CU_ASSERT(fixture_error_has(&f, "no commit waits"));
	CU_ASSERT_EQUAL(commit_confirmed(&f, "system region try\n", 600), 0);
	CU_ASSERT(conf_confirm_left_s(f.conf) > 590);
	CU_ASSERT_EQUAL(fixture_commit(&f, "bob", "system hostname h\n"), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "commit confirm or commit cancel first"));
	CU_ASSERT_EQUAL(conf_confirm(f.conf, &f.err), 0);
	CU_ASSERT_EQUAL(conf_confirm_left_s(f.conf), -1);
	CU_ASSERT(running_has(&f, "region try"));
	CU_ASSERT_EQUAL(commit_confirmed(&f, "system region bad\ntenant x vpc y\n", 600), 0);
	CU_ASSERT_EQUAL(conf_cancel(f.conf, &f.err), 0);
	CU_ASSERT(running_has(&f, "region try"));
	CU_ASSERT(!running_has(&f, "tenant x"));
	CU_ASSERT_EQUAL(conf_confirm_left_s(f.conf), -1);
	fixture_fini(&f);
}

static void unconfirmed_commit_is_rolled_back_after_a_crash(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT_EQUAL(commit_confirmed(&f, "system region bad\n", 600), 0);
	fixture_crash(&f);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT(running_has(&f, "region bad"));
	CU_ASSERT(conf_confirm_left_s(f.conf) > 590);
	CU_ASSERT_EQUAL(conf_confirm(f.conf, &f.err), 0);
	CU_ASSERT_EQUAL(commit_confirmed(&f, "system region worse\n", 1), 0);
	fixture_crash(&f);
	sleep(2);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	CU_ASSERT(running_has(&f, "region bad"));
	CU_ASSERT_EQUAL(conf_confirm_left_s(f.conf), -1);
	fixture_fini(&f);
}

static void unconfirmed_commit_is_rolled_back_in_time(void)
{
	struct fixture f;
	struct loop *loop = loop_new("test");

	fixture_init(&f, false);
	f.conf->p.loop = loop;
	timer_init(&f.conf->confirm_timer, loop, confirm_expired, f.conf);
	CU_ASSERT_EQUAL(fixture_start(&f, NULL, false, NULL), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region good\n"), 0);
	CU_ASSERT_EQUAL(commit_confirmed(&f, "system region bad\n", 1), 0);
	CU_ASSERT_EQUAL(f.n_takes_back, 0);
	for (uint32_t i = 0; i < 300 && conf_confirm_left_s(f.conf) >= 0; i++) {
		(void)loop_turn(loop);
		usleep(10000);
	}
	CU_ASSERT(running_has(&f, "region good"));
	CU_ASSERT_EQUAL(f.n_takes_back, 1);
	CU_ASSERT_FALSE(conf_takes_back(f.conf));
	conf_free(f.conf);
	f.conf = NULL;
	fixture_fini(&f);
	loop_free(loop);
}

static void failed_confirmed_commit_leaves_nothing_pending(void)
{
	struct fixture f;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	f.fail_prepare = true;
	CU_ASSERT(commit_confirmed(&f, "system region bad\n", 600) < 0);
	CU_ASSERT_EQUAL(conf_confirm_left_s(f.conf), -1);
	CU_ASSERT(access(fixture_file(&f, "confirm.json"), F_OK) < 0);
	fixture_fini(&f);
}

static void reload_takes_the_file_as_one_commit(void)
{
	struct fixture f;
	char *file;

	fixture_init(&f, true);
	CU_ASSERT_EQUAL(fixture_start(&f, FILE_A, false, NULL), 0);
	file = xstrdup(fixture_file(&f, "vbrd.conf"));
	fixture_write(file, FILE_B);
	CU_ASSERT_EQUAL(conf_check_file(f.conf, file, &f.err), 0);
	CU_ASSERT(running_has(&f, "region a"));
	CU_ASSERT_EQUAL(conf_reload(f.conf, file, &f.err), 0);
	CU_ASSERT(running_has(&f, "region b"));
	CU_ASSERT(!running_has(&f, "acme"));
	fixture_write(file, "system regio x\n");
	CU_ASSERT(conf_reload(f.conf, file, &f.err) < 0);
	CU_ASSERT(fixture_error_has(&f, "line 1: unknown word \"regio\""));
	CU_ASSERT(conf_check_file(f.conf, file, &f.err) < 0);
	CU_ASSERT(running_has(&f, "region b"));
	free(file);
	fixture_fini(&f);
}

static void state_directory_that_cannot_be_made_is_told(void)
{
	struct errbuf err;
	const struct conf_ops no_ops = { 0 };
	const struct conf_params p = {
		.yang_dir = yang_dir(),
		.state_dir = "/proc/nowhere",
		.ops = &no_ops,
	};
	char *all;

	errbuf_init(&err);
	CU_ASSERT(conf_new(&p, &err) == NULL);
	all = errbuf_format(&err);
	CU_ASSERT(strstr(all, "/proc/nowhere cannot be made") != NULL);
	free(all);
	errbuf_fini(&err);
}

static const struct cu_case cases[] = {
	CU_CASE(first_start_takes_the_file),
	CU_CASE(commits_after_the_load_win_over_the_file),
	CU_CASE(file_edited_since_its_load_wins_over_an_older_snapshot),
	CU_CASE(crash_loses_no_commit),
	CU_CASE(half_written_files_are_not_seen),
	CU_CASE(damaged_snapshot_is_an_error_and_kept),
	CU_CASE(damaged_record_is_an_error),
	CU_CASE(confirmed_commit_stays_and_cancelled_one_goes),
	CU_CASE(unconfirmed_commit_is_rolled_back_after_a_crash),
	CU_CASE(unconfirmed_commit_is_rolled_back_in_time),
	CU_CASE(failed_confirmed_commit_leaves_nothing_pending),
	CU_CASE(reload_takes_the_file_as_one_commit),
	CU_CASE(state_directory_that_cannot_be_made_is_told),
};

CU_SUITE(store, cases);
