/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "vtysh/commands.h"
#include "vtysh/grammar.h"

struct line {
	struct grammar *g;
	char *copy;
	char *words[2 * GRAMMAR_MAX_WORDS];
	struct grammar_query q;
	struct errbuf err;
};

static void line_init(struct line *l, const char *text)
{
	char *rest;

	memset(l, 0, sizeof(*l));
	l->g = grammar_new(&command_tables);
	l->copy = xstrdup(text);
	for (char *w = strtok_r(l->copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		l->words[l->q.n++] = w;
	l->q.words = l->words;
	l->q.mode = COMMAND_EXEC;
	l->q.abbreviate = true;
	errbuf_init(&l->err);
}

static void line_fini(struct line *l)
{
	grammar_free(l->g);
	free(l->copy);
	errbuf_fini(&l->err);
}

static void commands_match_with_and_without_abbreviations(void)
{
	static const struct {
		const char *line;
		int (*run)(void *shell, const struct args *args);
	} lines[] = {
		{ "show bgp summary", cmd_show },
		{ "sh bg s", cmd_show },
		{ "show bgp summary tenant acme vbr hz json", cmd_show },
		{ "show bgp peer tenant acme vbr hz 10.0.0.2", cmd_show },
		{ "show bgp routes tenant a vbr b", cmd_show_bgp_routes },
		{ "show bgp routes tenant a vpc b ipv6 2001:db8::/32 longer json",
			cmd_show_bgp_routes },
		{ "show bgp routes tenant a vbr b peer 10.0.0.2 advertised", cmd_show_bgp_routes },
		{ "sh b r t a vb b ipv4 10.0.0.0/8 lon peer 10.0.0.2 rec", NULL }, /* lon: two */
		{ "show route tenant a vpc b 10.1.2.3", cmd_show_route },
		{ "show running-config", cmd_show_running },
		{ "show running-config tenant acme vbr x json with-defaults", cmd_show_running },
		{ "clear bgp tenant a vbr b all", cmd_clear_bgp },
		{ "clear bgp tenant a vbr b 10.0.0.2 soft in", cmd_clear_bgp },
		{ "clear bgp tenant a vbr b 10.0.0.2 message back at 04:00", cmd_clear_bgp },
		{ "clear bgp tenant a vbr b all message", NULL },
		{ "clear bgp tenant a vbr b soft in", NULL },
		{ "show failover", cmd_show },
		{ "show failover acme", cmd_show },
		{ "show failover-group drills", cmd_show },
		{ "show failover-group acme hz drills json", cmd_show },
		{ "show failover-group acme hz", NULL },
		{ "request tenant a failover-group g drill start", cmd_request_drill },
		{ "request tenant a failover-group g drill start at 2026-11-28 duration 90s by cut "
		  "target line pc-1 within 200 force",
			cmd_request_drill },
		{ "request tenant a failover-group g drill start force within 200 target line pc-1 "
		  "by cut duration 90s at 2026-11-28",
			cmd_request_drill },
		{ "request tenant a failover-group g drill start within 5 by drain",
			cmd_request_drill },
		{ "request tenant a failover-group g drill start by drain within", NULL },
		{ "request tenant a failover-group g drill start by cut by drain", NULL },
		{ "request tenant a failover-group g drill start force by cut force", NULL },
		{ "request tenant a failover-group g drill start target peer b", NULL },
		{ "request tenant a failover-group g drill start duration 5d", NULL },
		{ "request tenant a failover-group g drill abort", cmd_request_drill },
		{ "request tenant a failover-group g drill abort force", NULL },
		{ "configure exclusive", cmd_configure },
		{ "conf", cmd_configure },
		{ "commit confirmed 60 comment new line", cmd_commit },
		{ "commit confirm", cmd_commit },
		{ "commit cancel", cmd_commit },
		{ "shutdown withdraw", cmd_shutdown },
		{ "shutd", NULL },   /* never abbreviated, so that "sh" is show */
		{ "discard", NULL }, /* only in configure mode */
		{ "show", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line l;
		struct args args;
		int ret;

		line_init(&l, lines[i].line);
		ret = grammar_match(l.g, &l.q, &args, &l.err);
		if (ret != (lines[i].run ? 0 : -EINVAL))
			printf("# %s: %d %s\n", lines[i].line, ret, errbuf_first(&l.err));
		CU_ASSERT_EQUAL(ret, lines[i].run ? 0 : -EINVAL);
		CU_ASSERT_TRUE(ret || args.command->run == lines[i].run);
		line_fini(&l);
	}
}

static void values_are_found_by_their_names(void)
{
	struct line l;
	struct args args;
	uint32_t first = 0;

	line_init(&l, "sh bgp routes tenant acme vp prod 10.0.0.0/8 longer peer 10.0.0.2 received");
	CU_ASSERT_EQUAL_FATAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	CU_ASSERT_STRING_EQUAL(args_get(&args, "TENANT"), "acme");
	CU_ASSERT_STRING_EQUAL(args_get(&args, "VPC"), "prod");
	CU_ASSERT_PTR_NULL(args_get(&args, "VBR"));
	CU_ASSERT_STRING_EQUAL(args_get(&args, "PREFIX"), "10.0.0.0/8");
	CU_ASSERT_TRUE(args_has(&args, "vpc"));
	CU_ASSERT_TRUE(args_has(&args, "longer"));
	CU_ASSERT_FALSE(args_has(&args, "json"));
	line_fini(&l);
	line_init(&l, "commit confirmed 60 comment a b c");
	CU_ASSERT_EQUAL_FATAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	CU_ASSERT_EQUAL(args_u32(&args, "SECONDS", 0), 60);
	CU_ASSERT_EQUAL(args_rest(&args, "TEXT", &first), 3);
	CU_ASSERT_EQUAL(first, 4);
	line_fini(&l);
}

static void words_of_a_drill_mean_the_same_in_any_order(void)
{
	static const char *const parts[] = { "at 2026-11-28", "duration 90s", "by cut",
		"target vbr hz-a", "within 200", "force" };

	for (int round = 0; round < 200; round++) {
		char text[300] = "request tenant a failover-group g drill start";
		bool taken[ARRAY_SIZE(parts)] = { 0 };
		struct line l;
		struct args args;

		for (uint32_t n = cu_random_below(2 * ARRAY_SIZE(parts)); n > 0; n--) {
			const uint32_t k = cu_random_below(ARRAY_SIZE(parts));

			if (!taken[k])
				strcat(strcat(text, " "), parts[k]);
			taken[k] = true;
		}
		line_init(&l, text);
		CU_ASSERT_EQUAL_FATAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
		CU_ASSERT_EQUAL(args_get(&args, "TIME") != NULL, taken[0]);
		CU_ASSERT_EQUAL(args_get(&args, "DURATION") != NULL, taken[1]);
		CU_ASSERT_EQUAL(args_has(&args, "cut"), taken[2]);
		CU_ASSERT_EQUAL(args_get(&args, "MEMBER") != NULL, taken[3]);
		CU_ASSERT_EQUAL(args_u32(&args, "MS", 0), taken[4] ? 200 : 0);
		CU_ASSERT_EQUAL(args_has(&args, "force"), taken[5]);
		line_fini(&l);
	}
}

static void put_word(void *ctx, const struct grammar_next *next)
{
	char *text = ctx;

	strcat(strcat(text, next->word != NULL ? next->word : "end"), " ");
}

static void what_was_said_is_not_offered_again(void)
{
	char text[200] = "";
	struct line l;

	line_init(&l, "request tenant a failover-group g drill start within 5 by cut");
	CU_ASSERT_EQUAL(grammar_next(l.g, &l.q, put_word, text, &l.err), 0);
	CU_ASSERT_STRING_EQUAL(text, "at duration target force end ");
	line_fini(&l);
}

/* An object may be called like the beginning of a keyword; a full keyword is the keyword. */
static void name_wins_over_abbreviation_but_not_over_keyword(void)
{
	struct line l;
	struct args args;

	line_init(&l, "show tenant js");
	CU_ASSERT_EQUAL_FATAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	CU_ASSERT_STRING_EQUAL(args_get(&args, "TENANT"), "js");
	line_fini(&l);
	line_init(&l, "show tenant json");
	CU_ASSERT_EQUAL_FATAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	CU_ASSERT_PTR_NULL(args_get(&args, "TENANT"));
	CU_ASSERT_TRUE(args_has(&args, "json"));
	line_fini(&l);
}

static void errors_name_the_place_and_what_was_expected(void)
{
	static const struct {
		const char *line;
		const char *error;
	} lines[] = {
		{ "show bgp foo",
			"unknown word \"foo\" after \"show bgp\"; expected: summary | peer | "
			"routes" },
		{ "show bgp",
			"incomplete command \"show bgp\"; expected: summary | peer | routes" },
		{ "show v", "ambiguous word \"v\": vbr | vpc | version" },
		{ "show bgp routes tenant a vbr b 10.0.0.0/8 lo",
			"ambiguous word \"lo\": longer | longest-match" },
		{ "show bgp routes tenant a vbr b peer",
			"incomplete command \"show bgp routes tenant a vbr b peer\"; expected: "
			"<address> (address of a BGP peer)" },
		{ "show metering from yesterday",
			"unknown word \"yesterday\" after \"show metering from\"; expected: <time> "
			"(2026-11-28, or 2026-11-28T10:00:00Z)" },
		{ "explain tenant a vpc v 10.0.0.0/33",
			"unknown word \"10.0.0.0/33\" after \"explain tenant a vpc v\"; expected: "
			"<prefix> (10.1.0.0/16, 2001:db8::/32, or an address)" },
		{ "request tenant a failover-group g drill start by cut force now",
			"unknown word \"now\" after \"request tenant a failover-group g drill "
			"start by cut force\"; expected: at | duration | target | within | end of "
			"line" },
		{ "request tenant a failover-group g drill start by cut force by drain",
			"\"by\" stands twice: delete one of them; expected after \"request tenant "
			"a failover-group g drill start by cut force\": at | duration | target | "
			"within | end of line" },
		{ "request tenant a failover-group g drill start duration 5 dur 6",
			"\"duration\" stands twice: delete one of them; expected after \"request "
			"tenant a failover-group g drill start duration 5\": at | by | target | "
			"within | force | end of line" },
		{ "show version json json",
			"unknown word \"json\" after \"show version json\"; expected: end of "
			"line" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line l;
		struct args args;

		line_init(&l, lines[i].line);
		CU_ASSERT_EQUAL(grammar_match(l.g, &l.q, &args, &l.err), -EINVAL);
		CU_ASSERT_STRING_EQUAL(errbuf_first(&l.err), lines[i].error);
		line_fini(&l);
	}
}

static void files_need_whole_words(void)
{
	struct line l;
	struct args args;

	line_init(&l, "show vers");
	CU_ASSERT_EQUAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	l.q.abbreviate = false;
	CU_ASSERT_EQUAL(grammar_match(l.g, &l.q, &args, &l.err), -EINVAL);
	line_fini(&l);
}

static void too_many_words_are_refused(void)
{
	char text[400] = "show running-config";
	struct line l;
	struct args args;

	for (size_t i = 2; i < GRAMMAR_MAX_WORDS; i++)
		strcat(text, " a");
	line_init(&l, text);
	CU_ASSERT_EQUAL(grammar_match(l.g, &l.q, &args, &l.err), 0);
	line_fini(&l);
	strcat(text, " a");
	line_init(&l, text);
	CU_ASSERT_EQUAL(grammar_match(l.g, &l.q, &args, &l.err), -EINVAL);
	line_fini(&l);
}

static void check_help(void *ctx, const struct grammar_next *next)
{
	uint32_t *n = ctx;

	CU_ASSERT_STRING_NOT_EQUAL(next->help, "");
	++*n;
}

static void every_word_has_a_help_text(void)
{
	static const char *const lines[] = { "", "show", "show bgp", "show configuration", "clear",
		"commit", "load", "configure", "shutdown", "show running-config", "rollback",
		"show bgp routes tenant a vbr b", "show bgp routes tenant a vbr b peer 10.0.0.2",
		"show bgp routes tenant a vbr b 10.0.0.0/8", "clear bgp tenant a vbr b all soft" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct line l;
		uint32_t n = 0;

		line_init(&l, lines[i]);
		l.q.mode = COMMAND_ANY;
		CU_ASSERT_EQUAL(grammar_next(l.g, &l.q, check_help, &n, &l.err), 0);
		CU_ASSERT_TRUE(n > 0);
		line_fini(&l);
	}
}

/* Whole, or NULL; to be freed. */
static char *manual(void)
{
	const char *yang = getenv("VBRD_YANGDIR");
	char *path = xasprintf("%s/../doc/vbrsh.1", yang != NULL ? yang : "yang");
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	free(path);
	if (f == NULL)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0)
		abort();
	(void)fclose(f);
	return text;
}

static void every_command_has_its_line_in_the_manual(void)
{
	char *text = manual();

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (uint32_t i = 0; i < command_tables.n_commands; i++) {
		char *line = xasprintf(".It Li \"%s\"\n", command_tables.commands[i].pattern);

		if (strstr(text, line) == NULL)
			printf("# doc/vbrsh.1 lacks: %s", line);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
		free(line);
	}
	free(text);
}

static const struct cu_case cases[] = {
	CU_CASE(commands_match_with_and_without_abbreviations),
	CU_CASE(values_are_found_by_their_names),
	CU_CASE(words_of_a_drill_mean_the_same_in_any_order),
	CU_CASE(what_was_said_is_not_offered_again),
	CU_CASE(name_wins_over_abbreviation_but_not_over_keyword),
	CU_CASE(errors_name_the_place_and_what_was_expected),
	CU_CASE(files_need_whole_words),
	CU_CASE(too_many_words_are_refused),
	CU_CASE(every_word_has_a_help_text),
	CU_CASE(every_command_has_its_line_in_the_manual),
};

CU_SUITE(grammar, cases);
