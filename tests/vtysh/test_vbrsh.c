/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vbrsh with -c and -f against a daemon in a thread of this test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vtysh/program.h"

static void show_prints_a_table_or_json(void)
{
	struct fake_daemon f;
	struct program_run r;

	fake_daemon_init(&f);
	VBRSH(&r, &f, "-c", "show bgp summary");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.err, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "acme    hz-a  10.0.0.2  65001  established"));
	program_run_fini(&r);
	VBRSH(&r, &f, "--json", "-c", "sh bgp summ | include local-as");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "45104"));
	program_run_fini(&r);
	VBRSH(&r, &f, "-c", "show bgp summary tenant other json");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "\"peers\""));
	program_run_fini(&r);
	fake_daemon_fini(&f);
}

static void long_streams_come_whole_through_a_count(void)
{
	struct fake_daemon f;
	struct program_run r;

	fake_daemon_init(&f);
	f.n_routes = 20000;
	VBRSH(&r, &f, "-c", "show bgp routes tenant acme vbr hz-a | include ^10 | count");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.out, "20000\n");
	program_run_fini(&r);
	fake_daemon_fini(&f);
}

static void exit_codes_tell_what_went_wrong(void)
{
	static const struct {
		const char *args[6];
		int code;
		const char *err; /* part of stderr */
	} calls[] = {
		{ { "-c", "show bgp foo" }, 2,
			"% unknown word \"foo\" after \"show bgp\"; expected: summary | peer | "
			"routes\n" },
		{ { "-c", "rollback 1" }, 2,
			"% \"rollback\" belongs to the configure mode: enter configure first\n" },
		{ { "-c", "no tenant acme" }, 2,
			"% \"no\" belongs to the configure mode: enter configure first\n" },
		{ { "-c", "tenant acme vbr hz-a mtu 1500" }, 2,
			"% \"tenant\" belongs to the configure mode: enter configure first\n" },
		{ { "-c", "tenat acme" }, 2, "% unknown command \"tenat\"; expected: show" },
		{ { "-c", "clear bgp tenant acme vbr hz-a all" }, 4,
			"% only operators clear sessions\n" },
		{ { "-c", "request tenant t failover-group g drill start" }, 1,
			"% t g op 0 at - for 0 by 0 vbr - line - peer - within 0 force 0\n" },
		{ { "-c",
			  "request tenant t failover-group g drill start at 2026-11-28 duration 30 "
			  "by cut target vbr v within 50 force" },
			1,
			"% t g op 0 at 2026-11-28 for 1800 by 1 vbr v line - peer - "
			"within 50 force 1\n" },
		{ { "-c", "request tenant t failover-group g drill start duration 1193047h" }, 1,
			"% t g op 0 at - for 4294967295 by 0 vbr - line - peer - within 0 "
			"force 0\n" },
		{ { "-c",
			  "request tenant t failover-group g drill start duration 90s by drain "
			  "target line l" },
			1, "for 90 by 0 vbr - line l peer - within 0 force 0\n" },
		{ { "-c",
			  "request tenant t failover-group g drill start duration 2h "
			  "target peer 10.0.0.2" },
			1, "for 7200 by 0 vbr - line - peer 10.0.0.2 within 0 force 0\n" },
		{ { "-c", "request tenant t failover-group g drill abort" }, 1, "% t g op 1 at -" },
		{ { "-c", "show system" }, 1, "does not know the request" },
		{ { "-c", "show system | include (" }, 2, "| include (" },
		{ { "-c", "show \"system" }, 2, "%" },
		{ { "--connect", "host:1", "-c", "show system" }, 2, "no remote access" },
		{ { "--bad-option" }, 2, "vbrsh -h" },
		{ { "word" }, 2, "commands are given by -c" },
		{ { "--run-dir", "/nonexistent", "-c", "show system" }, 3,
			"/nonexistent/vbrd.sock" },
		{ { "-f", "/nonexistent" }, 1, "/nonexistent" },
	};
	struct fake_daemon f;

	fake_daemon_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct program_run r;

		program_run(&r, &f, calls[i].args);
		CU_ASSERT_EQUAL(r.code, calls[i].code);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.err, calls[i].err));
		CU_ASSERT_STRING_EQUAL(r.out, "");
		program_run_fini(&r);
	}
	fake_daemon_fini(&f);
}

static void first_failure_stops_unless_told_otherwise(void)
{
	struct fake_daemon f;
	struct program_run r;

	fake_daemon_init(&f);
	VBRSH(&r, &f, "-c", "foo", "-c", "show bgp summary");
	CU_ASSERT_EQUAL(r.code, 2);
	CU_ASSERT_STRING_EQUAL(r.out, "");
	program_run_fini(&r);
	VBRSH(&r, &f, "-n", "-c", "foo", "-c", "show bgp summary");
	CU_ASSERT_EQUAL(r.code, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.out, "established"));
	program_run_fini(&r);
	fake_daemon_fini(&f);
}

static void commands_of_one_call_share_a_candidate(void)
{
	struct fake_daemon f;
	struct program_run r;

	fake_daemon_init(&f);
	VBRSH(&r, &f, "-c", "configure", "-c", "tenant acme", "-c", "vbr hz-a", "-c", "vlan-id 100",
		"-c", "no mtu", "-c", "commit comment first line");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.err, "");
	CU_ASSERT_STRING_EQUAL(r.out, "committed as revision 7\n");
	program_run_fini(&r);
	fake_daemon_fini(&f);
	CU_ASSERT_EQUAL(f.n_commits, 1);
	CU_ASSERT_STRING_EQUAL(f.comment, "first line");
	CU_ASSERT_STRING_EQUAL(f.edits[0], "set /vbrd:tenant[name='acme'] -");
	CU_ASSERT_STRING_EQUAL(f.edits[2],
		"set /vbrd:tenant[name='acme']/vbr[name='hz-a']/vlan-id 100");
	CU_ASSERT_STRING_EQUAL(f.edits[3],
		"delete /vbrd:tenant[name='acme']/vbr[name='hz-a']/mtu -");
}

static void uncommitted_and_refused_changes_fail(void)
{
	struct fake_daemon f;
	struct program_run r;

	fake_daemon_init(&f);
	VBRSH(&r, &f, "-c", "configure", "-c", "tenant acme");
	CU_ASSERT_EQUAL(r.code, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(r.err, "uncommitted changes were discarded: end with 'commit'"));
	program_run_fini(&r);
	VBRSH(&r, &f, "-c", "configure", "-c", "tenant acme", "-c", "discard");
	CU_ASSERT_EQUAL(r.code, 0);
	program_run_fini(&r);
	VBRSH(&r, &f, "-c", "configure", "-c", "physical-connection pc-1", "-c", "bandwidth 1",
		"-c", "commit");
	CU_ASSERT_EQUAL(r.code, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "% no quota\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "uncommitted changes were discarded\n"));
	program_run_fini(&r);
	VBRSH(&r, &f, "-c", "configure", "-c", "tenant acme", "-c", "vlan-id 5");
	CU_ASSERT_EQUAL(r.code, 2);
	program_run_fini(&r);
	fake_daemon_fini(&f);
}

/* The caller frees the name. */
static char *write_file(const struct fake_daemon *f, const char *text)
{
	char *name = xasprintf("%s/file", f->dir);
	FILE *file = fopen(name, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fputs(text, file);
	(void)fclose(file);
	return name;
}

static void file_of_commands_follows_indentation(void)
{
	static const char script[] = "! a script\n"
				     "configure\n"
				     "tenant acme\n"
				     " vbr hz-a\n"
				     "  description inner\n"
				     " description outer\n"
				     "!\n"
				     "physical-connection pc-1\n"
				     " interface eth1\n"
				     "commit\n";
	struct fake_daemon f;
	struct program_run r;
	char *name;

	fake_daemon_init(&f);
	name = write_file(&f, script);
	VBRSH(&r, &f, "-f", name);
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.err, "");
	program_run_fini(&r);
	(void)unlink(name);
	free(name);
	fake_daemon_fini(&f);
	CU_ASSERT_EQUAL(f.n_commits, 1);
	CU_ASSERT_EQUAL(f.n_edits, 6);
	CU_ASSERT_STRING_EQUAL(f.edits[2],
		"set /vbrd:tenant[name='acme']/vbr[name='hz-a']/description inner");
	CU_ASSERT_STRING_EQUAL(f.edits[3], "set /vbrd:tenant[name='acme']/description outer");
	CU_ASSERT_STRING_EQUAL(f.edits[5],
		"set /vbrd:physical-connection[name='pc-1']/interface eth1");
}

static void file_with_a_configuration_is_merged_and_committed(void)
{
	struct fake_daemon f;
	struct program_run r;
	char *name;

	fake_daemon_init(&f);
	name = write_file(&f, "tenant acme\n vpc prod\n!\n");
	VBRSH(&r, &f, "-f", name);
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.out, "committed as revision 7\n");
	program_run_fini(&r);
	free(name);
	name = write_file(&f, "tenant acme\n broken\n!\n");
	VBRSH(&r, &f, "-f", name);
	CU_ASSERT_EQUAL(r.code, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "line 2: unknown word \"broken\""));
	program_run_fini(&r);
	free(name);
	name = write_file(&f, "show bgp summary\nsho bgp summary\n");
	VBRSH(&r, &f, "-f", name);
	CU_ASSERT_EQUAL(r.code, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.err, "file:2: unknown command \"sho\""));
	program_run_fini(&r);
	(void)unlink(name);
	free(name);
	fake_daemon_fini(&f);
	CU_ASSERT_EQUAL(f.n_commits, 1);
}

static void running_config_takes_a_path_and_is_saved_to_a_file(void)
{
	struct fake_daemon f;
	struct program_run r;
	char *name;
	char *command;
	char *text;

	fake_daemon_init(&f);
	VBRSH(&r, &f, "-c", "show running-config tenant acme | exclude ^!");
	CU_ASSERT_EQUAL(r.code, 0);
	CU_ASSERT_STRING_EQUAL(r.out, "tenant acme\n vpc prod\n/vbrd:tenant[name='acme']\n");
	program_run_fini(&r);
	name = xasprintf("%s/saved", f.dir);
	command = xasprintf("save %s", name);
	VBRSH(&r, &f, "-c", command);
	CU_ASSERT_EQUAL(r.code, 0);
	text = program_read_file(name);
	CU_ASSERT_STRING_EQUAL(text, "tenant acme\n vpc prod\n!\n");
	(void)unlink(name);
	free(text);
	free(name);
	free(command);
	program_run_fini(&r);
	fake_daemon_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(show_prints_a_table_or_json),
	CU_CASE(long_streams_come_whole_through_a_count),
	CU_CASE(exit_codes_tell_what_went_wrong),
	CU_CASE(first_failure_stops_unless_told_otherwise),
	CU_CASE(commands_of_one_call_share_a_candidate),
	CU_CASE(uncommitted_and_refused_changes_fail),
	CU_CASE(file_of_commands_follows_indentation),
	CU_CASE(file_with_a_configuration_is_merged_and_committed),
	CU_CASE(running_config_takes_a_path_and_is_saved_to_a_file),
};

CU_SUITE(vbrsh, cases);
