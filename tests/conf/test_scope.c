/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoped commits against the naive way: random edits are committed by the engine, and by hand on a
 * copy of the whole tree with full validation. Both must accept the same and end in the same text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/text.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "lib/base/xalloc.h"
#include "tests/conf/fixture.h"

static const char *const names[] = { "a", "b", "c" };

static const char *any_name(void)
{
	return names[cu_random_below(3)];
}

/* Lines that make, change and delete what others refer to. */
static char *random_line(void)
{
	const char *t = any_name();
	const char *n = any_name();
	const char *m = any_name();

	switch (cu_random_below(20)) {
	case 0:
		return xasprintf("physical-connection %s interface eth%s\n", n, n);
	case 1:
		return xasprintf("no physical-connection %s\n", n);
	case 2:
		return xasprintf("physical-connection %s redundant-with %s\n", n, m);
	case 3:
		return xasprintf("no physical-connection %s redundant-with\n", n);
	case 4:
	case 5:
		return xasprintf("tenant %s vbr %s\n physical-connection %s\n vlan-id %u\n", t, n,
			m, cu_random_below(3000));
	case 6:
		return xasprintf("no tenant %s vbr %s\n", t, n);
	case 7:
		return xasprintf("tenant %s vpc %s cidr 10.%u.0.0/16\n", t, n, cu_random_below(9));
	case 8:
		return xasprintf("no tenant %s vpc %s\n", t, n);
	case 9:
	case 10:
		return xasprintf("tenant %s peering %s\n initiator vbr %s\n acceptor vpc %s\n", t,
			n, m, any_name());
	case 11:
		return xasprintf("tenant %s peering %s\n initiator vpc %s\n acceptor vpc %s\n", t,
			n, m, any_name());
	case 12:
		return xasprintf("no tenant %s peering %s\n", t, n);
	case 13:
		return xasprintf("no tenant %s\n", t);
	case 14:
		return xasprintf("tenant %s accept-peering %s %s vpc %s\n", t, n, m, any_name());
	case 15:
		return xasprintf("tenant %s vbr %s bgp group %s hold-time 30\n", t, n, m);
	case 16:
		return xasprintf("no tenant %s vbr %s bgp group %s\n", t, n, m);
	case 17:
		return xasprintf("tenant %s vbr %s bgp peer 10.0.0.%u group %s\n", t, n,
			cu_random_below(3), m);
	case 18:
		return xasprintf("tenant %s quota vpc %u\n", t, cu_random_below(9));
	default:
		return xasprintf("system region %s\n", n);
	}
}

static char *text_of(const struct lyd_node *tree)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	text_print(f, tree, true);
	fclose(f);
	return text;
}

/* The naive commit: everything copied, everything validated. NULL if refused. */
static char *naive_commit(const struct conf_session *s)
{
	const struct conf *c = s->conf;
	struct lyd_node *full = session_full_tree(s);
	char *text = NULL;

	if (lyd_validate_module(&full, c->schema->mod, LYD_VALIDATE_NO_STATE, NULL) == LY_SUCCESS) {
		tree_sort(&full);
		text = text_of(full);
	}
	yang_err_drop(c->schema->ctx);
	lyd_free_all(full);
	return text;
}

static void check_running_is_valid(const struct conf *c)
{
	struct lyd_node *copy = NULL;

	CU_ASSERT(lyd_dup_siblings(c->running, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS,
			  &copy) == LY_SUCCESS);
	CU_ASSERT(
		lyd_validate_all(&copy, c->schema->ctx, LYD_VALIDATE_NO_STATE, NULL) == LY_SUCCESS);
	yang_err_drop(c->schema->ctx);
	lyd_free_all(copy);
}

static void scoped_commit_equals_the_naive_one(void)
{
	struct fixture f;
	uint32_t accepted = 0;
	uint32_t refused = 0;
	const unsigned failures = CU_get_number_of_failures();

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "root", "system hostname edge\n"), 0);
	for (uint32_t round = 0; round < 600; round++) {
		struct conf_session *s = conf_session_new(f.conf, "ann");
		const uint32_t n_lines = 1 + cu_random_below(4);
		char *naive;
		int rc;

		for (uint32_t i = 0; i < n_lines; i++) {
			char *line = random_line();

			(void)conf_load(s, line, CONF_FORMAT_TEXT, CONF_LOAD_MERGE, &f.err);
			free(line);
		}
		errbuf_fini(&f.err);
		errbuf_init(&f.err);
		naive = naive_commit(s);
		rc = conf_commit(s, &(struct conf_commit){ 0 }, &f.err);
		CU_ASSERT_EQUAL(rc == 0, naive != NULL);
		if (rc == 0 && naive != NULL) {
			char *running = text_of(f.conf->running);

			CU_ASSERT_STRING_EQUAL(running, naive);
			check_running_is_valid(f.conf);
			free(running);
			accepted++;
		} else {
			CU_ASSERT(!errbuf_is_empty(&f.err));
			refused++;
		}
		free(naive);
		conf_session_free(s);
		if (CU_get_number_of_failures() > failures)
			break;
	}
	/* Both answers must have been asked for. */
	CU_ASSERT(accepted > 50);
	CU_ASSERT(refused > 50);
	fixture_fini(&f);
}

static void deletion_of_what_others_refer_to_is_refused(void)
{
	struct fixture f;

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(
		fixture_commit(&f, "root",
			"physical-connection pc\n interface e\n!\ntenant a\n vpc v\n vbr r\n"
			"  physical-connection pc\n  vlan-id 1\n peering p\n  initiator vbr r\n"
			"  acceptor vpc v\n!\n"),
		0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no physical-connection pc\n"), -EINVAL);
	CU_ASSERT(fixture_error_has(&f,
		"/vbrd:tenant[name='a']/vbr[name='r']/physical-connection: physical-connection "
		"\"pc\" does not exist"));
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant a vbr r\n"), -EINVAL);
	CU_ASSERT(
		fixture_error_has(&f, "peering[name='p']/initiator/vbr: vbr \"r\" does not exist"));
	/* All of it together is fine. */
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant a\nno physical-connection pc\n"), 0);
	fixture_fini(&f);
}

static void whoever_refers_to_what_is_deleted_is_named(void)
{
	struct fixture f;
	char *text;

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "root",
				"tenant a\n vpc u\n vpc v\n vpc w\n"
				" peering p\n  initiator vpc v\n  acceptor vpc u\n"
				" peering q\n  initiator vpc w\n  acceptor vpc u\n"
				" peering r\n  initiator vpc v\n  acceptor vpc w\n!\n"
				"tenant b\n vpc v\n vpc x\n"
				" peering p\n  initiator vpc v\n  acceptor vpc x\n!\n"),
		0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant a vpc v\n"), -EINVAL);
	text = errbuf_format(&f.err);
	CU_ASSERT_STRING_EQUAL(text,
		"/vbrd:tenant[name='a']/peering[name='p']/initiator/vpc: vpc \"v\" does not exist: "
		"create it, or name one that exists\n"
		"/vbrd:tenant[name='a']/peering[name='r']/initiator/vpc: vpc \"v\" does not exist: "
		"create it, or name one that exists");
	free(text);
	fixture_fini(&f);
}

/* Names that fill the list, and the number of those that are in it no more. */
static void of_many_that_refer_the_rest_is_counted(void)
{
	struct fixture f;
	char line[128];

	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "root", "tenant a\n vpc u\n vpc v\n!\n"), 0);
	for (unsigned i = 0; i < ERRBUF_MAX_ITEMS + 6; i++) {
		snprintf(line, sizeof(line),
			"tenant a peering p%u\n initiator vpc v\n acceptor vpc u\n", i);
		CU_ASSERT_EQUAL(fixture_commit(&f, "root", line), 0);
	}
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant a vpc v\n"), -EINVAL);
	CU_ASSERT_EQUAL(f.err.n, ERRBUF_MAX_ITEMS);
	CU_ASSERT_EQUAL(f.err.dropped, 6);
	fixture_fini(&f);
}

/* Milliseconds since *t, which moves on. */
static double lap_ms(struct mono *t)
{
	const struct mono now = mono_now();
	const double ms = (double)mono_sub_us(now, *t) / 1000.0;

	*t = now;
	return ms;
}

static void leaf_of_a_thousand_vbrs_commits(void)
{
	struct fixture f;
	char *text = NULL;
	size_t len;
	FILE *m = open_memstream(&text, &len);
	struct mono t;
	double all_ms;

	fixture_init(&f, true);
	fprintf(m, "physical-connection pc\n interface e\n!\ntenant big\n");
	for (uint32_t i = 0; i < 1000; i++)
		fprintf(m,
			" vbr v%u\n  physical-connection pc\n  vlan-id %u\n  ipv4 local-gateway "
			"10.%u.%u.1\n"
			"  ipv4 peer-gateway 10.%u.%u.2\n  ipv4 prefix-length 30\n  bgp\n   peer "
			"10.%u.%u.2\n"
			"    peer-as 65001\n    hold-time 90\n",
			i, i, i / 256, i % 256, i / 256, i % 256, i / 256, i % 256);
	fclose(m);
	t = mono_now();
	CU_ASSERT_EQUAL(fixture_commit(&f, "root", text), 0);
	all_ms = lap_ms(&t);
	for (uint32_t i = 0; i < 20; i++) {
		struct conf_session *s = conf_session_new(f.conf, "ann");
		char path[128];
		char mtu[16];

		snprintf(path, sizeof(path), "/vbrd:tenant[name='big']/vbr[name='v%u']/mtu",
			i * 50);
		snprintf(mtu, sizeof(mtu), "%u", 1400 + i);
		CU_ASSERT_EQUAL(conf_set(s, path, mtu, &f.err), 0);
		CU_ASSERT_EQUAL(conf_commit(s, &(struct conf_commit){ 0 }, &f.err), 0);
		conf_session_free(s);
	}
	printf("# 1000 VBRs: load and commit %.1f ms, one leaf with its record on disk %.2f ms\n",
		all_ms, lap_ms(&t) / 20);
	check_running_is_valid(f.conf);
	free(text);
	fixture_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(scoped_commit_equals_the_naive_one),
	CU_CASE(deletion_of_what_others_refer_to_is_refused),
	CU_CASE(whoever_refers_to_what_is_deleted_is_named),
	CU_CASE(of_many_that_refer_the_rest_is_counted),
	CU_CASE(leaf_of_a_thousand_vbrs_commits),
};

CU_SUITE(scope, cases);
