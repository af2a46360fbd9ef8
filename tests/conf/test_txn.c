/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions and commits as an owner and a user see them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conf/fixture.h"

static const char base[] = "physical-connection pc-1\n interface eth1\n!\n"
			   "tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n"
			   " vbr hz-a\n  physical-connection pc-1\n  vlan-id 100\n  bgp\n   peer "
			   "10.0.0.2\n    "
			   "peer-as 65001\n"
			   " peering p1\n  initiator vbr hz-a\n  acceptor vpc prod\n!\n"
			   "tenant globex\n vbr g\n  physical-connection pc-1\n  vlan-id 200\n!\n";

#define VBR  "/vbrd:tenant[name='acme']/vbr[name='hz-a']"
#define PEER VBR "/bgp/peer[address='10.0.0.2']"

static void start(struct fixture *f)
{
	fixture_init(f, false);
	CU_ASSERT_EQUAL_FATAL(fixture_commit(f, "root", base), 0);
}

static int commit(struct fixture *f, struct conf_session *s)
{
	return conf_commit(s, &(struct conf_commit){ 0 }, &f->err);
}

static void first_commit_creates_objects_in_order_of_priority(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_STRING_EQUAL(f.log,
		"create system /vbrd:system\n"
		"create port /vbrd:physical-connection[name='pc-1']\n"
		"create tenant /vbrd:tenant[name='acme']\n"
		"create tenant /vbrd:tenant[name='globex']\n"
		"create vbr " VBR "\n"
		"create vpc /vbrd:tenant[name='acme']/vpc[name='prod']\n"
		"create vbr /vbrd:tenant[name='globex']/vbr[name='g']\n"
		"create peer " PEER "\n"
		"create peering /vbrd:tenant[name='acme']/peering[name='p1']\n");
	CU_ASSERT_EQUAL(conf_revision(f.conf), 1);
	fixture_fini(&f);
}

static void system_is_seen_from_a_changed_object(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system default-local-as 65100\n"), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant acme vbr hz-a mtu 9000\n"), 0);
	CU_ASSERT_EQUAL(f.seen_local_as, 65100);
	fixture_fini(&f);
}

static void change_of_a_leaf_modifies_the_nearest_object(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann",
				"tenant acme vbr hz-a bgp peer 10.0.0.2 hold-time 90\n"),
		0);
	CU_ASSERT_STRING_EQUAL(f.log, "modify peer " PEER "\n");
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant acme vbr hz-a bgp local-as 65002\n"), 0);
	CU_ASSERT_STRING_EQUAL(f.log, "modify vbr " VBR "\n");
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant acme quota vbr 9\n"), 0);
	CU_ASSERT_STRING_EQUAL(f.log, "modify tenant /vbrd:tenant[name='acme']\n");
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region cn-1\n"), 0);
	CU_ASSERT_STRING_EQUAL(f.log, "modify system /vbrd:system\n");
	fixture_fini(&f);
}

static void deletion_of_a_tenant_runs_children_first(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant acme\n"), 0);
	CU_ASSERT_STRING_EQUAL(f.log,
		"delete peering /vbrd:tenant[name='acme']/peering[name='p1']\n"
		"delete peer " PEER "\n"
		"delete vbr " VBR "\n"
		"delete vpc /vbrd:tenant[name='acme']/vpc[name='prod']\n"
		"delete tenant /vbrd:tenant[name='acme']\n");
	fixture_fini(&f);
}

static void failed_prepare_aborts_and_leaves_running_alone(void)
{
	struct fixture f;
	struct conf_session *s;
	char *before;
	char *after;

	start(&f);
	before = fixture_text(&f);
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, VBR "/mtu", "9000", &f.err), 0);
	f.fail_prepare = true;
	CU_ASSERT_EQUAL(commit(&f, s), -ENOSPC);
	CU_ASSERT(fixture_error_has(&f, "no room"));
	CU_ASSERT_EQUAL(f.n_abort, 1);
	CU_ASSERT_EQUAL(f.n_apply, 1);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 1);
	after = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(before, after);
	/* The candidate is kept: what was mended elsewhere lets it through. */
	f.fail_prepare = false;
	CU_ASSERT_EQUAL(commit(&f, s), 0);
	CU_ASSERT_STRING_EQUAL(f.log, "modify vbr " VBR "\n");
	conf_session_free(s);
	free(before);
	free(after);
	fixture_fini(&f);
}

static void refusal_of_the_owner_needs_no_abort(void)
{
	struct fixture f;

	start(&f);
	f.fail_validate = true;
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region cn-1\n"), -EINVAL);
	CU_ASSERT(fixture_error_has(&f, "the owner does not like it"));
	CU_ASSERT_EQUAL(f.n_abort, 0);
	CU_ASSERT_EQUAL(f.n_prepare, 1);
	fixture_fini(&f);
}

static void check_changes_nothing(void)
{
	struct fixture f;
	struct conf_session *s;

	start(&f);
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:system/region", "cn-1", &f.err), 0);
	CU_ASSERT_EQUAL(conf_commit(s, &(struct conf_commit){ .check = true }, &f.err), 0);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 1);
	CU_ASSERT_EQUAL(f.n_abort, 1);
	CU_ASSERT(conf_session_is_dirty(s));
	conf_session_free(s);
	fixture_fini(&f);
}

static void commit_without_a_difference_makes_no_revision(void)
{
	struct fixture f;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", base), 0);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 1);
	fixture_fini(&f);
}

static void disjoint_edits_of_two_sessions_both_commit(void)
{
	struct fixture f;
	struct conf_session *a;
	struct conf_session *b;
	char *text;

	start(&f);
	a = conf_session_new(f.conf, "ann");
	b = conf_session_new(f.conf, "bob");
	CU_ASSERT_EQUAL(conf_set(a, VBR "/mtu", "9000", &f.err), 0);
	CU_ASSERT_EQUAL(conf_set(b, "/vbrd:tenant[name='globex']/vbr[name='g']/mtu", "1400",
				&f.err),
		0);
	CU_ASSERT_EQUAL(conf_set(b, "/vbrd:tenant[name='acme']/description", "d", &f.err), 0);
	CU_ASSERT_EQUAL(commit(&f, a), 0);
	CU_ASSERT_EQUAL(commit(&f, b), 0);
	text = fixture_text(&f);
	CU_ASSERT(strstr(text, "mtu 9000") != NULL);
	CU_ASSERT(strstr(text, "mtu 1400") != NULL);
	CU_ASSERT(strstr(text, " description d") != NULL);
	free(text);
	conf_session_free(a);
	conf_session_free(b);
	fixture_fini(&f);
}

static void second_change_of_one_object_is_a_conflict_that_names_the_first(void)
{
	struct fixture f;
	struct conf_session *a;
	struct conf_session *b;

	start(&f);
	a = conf_session_new(f.conf, "ann");
	b = conf_session_new(f.conf, "bob");
	CU_ASSERT_EQUAL(conf_set(a, VBR "/mtu", "9000", &f.err), 0);
	CU_ASSERT_EQUAL(conf_set(b, VBR "/description", "mine", &f.err), 0);
	CU_ASSERT_EQUAL(commit(&f, a), 0);
	CU_ASSERT_EQUAL(commit(&f, b), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "ann has changed this since"));
	conf_discard(b);
	CU_ASSERT_EQUAL(conf_set(b, VBR "/description", "mine", &f.err), 0);
	CU_ASSERT_EQUAL(commit(&f, b), 0);
	conf_session_free(a);
	conf_session_free(b);
	fixture_fini(&f);
}

static void deleted_tenant_is_not_revived_by_an_older_session(void)
{
	struct fixture f;
	struct conf_session *a;

	start(&f);
	a = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(a, "/vbrd:tenant[name='acme']/vpc[name='new']", NULL, &f.err), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "bob", "no tenant acme\n"), 0);
	CU_ASSERT_EQUAL(commit(&f, a), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "bob has changed this"));
	conf_session_free(a);
	fixture_fini(&f);
}

static void new_object_is_not_lost_with_a_tenant_deleted_by_an_older_session(void)
{
	struct fixture f;
	struct conf_session *a;

	start(&f);
	a = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_delete(a, "/vbrd:tenant[name='acme']", NULL, &f.err), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "bob", "tenant acme vpc other\n"), 0);
	CU_ASSERT_EQUAL(commit(&f, a), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "bob has changed this"));
	conf_session_free(a);
	fixture_fini(&f);
}

static void exclusive_lock_names_its_holder(void)
{
	struct fixture f;
	struct conf_session *a;
	struct conf_session *b;

	start(&f);
	a = conf_session_new(f.conf, "ann");
	b = conf_session_new(f.conf, "bob");
	CU_ASSERT_EQUAL(conf_session_exclusive(a, true, &f.err), 0);
	CU_ASSERT_EQUAL(conf_session_exclusive(b, true, &f.err), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "ann holds the exclusive lock"));
	CU_ASSERT_EQUAL(conf_set(b, VBR "/mtu", "9000", &f.err), 0);
	CU_ASSERT_EQUAL(commit(&f, b), -EBUSY);
	CU_ASSERT(fixture_error_has(&f, "ann holds the exclusive lock"));
	conf_session_free(a);
	CU_ASSERT_EQUAL(commit(&f, b), 0);
	conf_session_free(b);
	fixture_fini(&f);
}

static void failed_load_leaves_the_candidate_as_it_was(void)
{
	struct fixture f;
	struct conf_session *s;
	char *before;
	char *after;

	start(&f);
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, VBR "/mtu", "9000", &f.err), 0);
	before = conf_compare(s, 0, &f.err);
	CU_ASSERT_EQUAL(conf_load(s, "tenant acme\n quota vbr 7\n nonsense\n!\n", CONF_FORMAT_AUTO,
				CONF_LOAD_MERGE, &f.err),
		-EINVAL);
	CU_ASSERT(fixture_error_has(&f, "line 3: unknown word \"nonsense\""));
	after = conf_compare(s, 0, &f.err);
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
	conf_session_free(s);
	fixture_fini(&f);
}

static void compare_shows_lines_in_their_blocks(void)
{
	struct fixture f;
	struct conf_session *s;
	char *text;

	start(&f);
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, VBR "/vlan-id", "101", &f.err), 0);
	CU_ASSERT_EQUAL(conf_set(s, VBR "/ipv4/prefix-length", "30", &f.err), 0);
	CU_ASSERT_EQUAL(conf_delete(s, "/vbrd:tenant[name='globex']/vbr[name='g']", NULL, &f.err),
		0);
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:tenant[name='new']", NULL, &f.err), 0);
	text = conf_compare(s, 0, &f.err);
	CU_ASSERT_STRING_EQUAL(text,
		"  tenant acme\n"
		"   vbr hz-a\n"
		"-   vlan-id 100\n"
		"+   vlan-id 101\n"
		"+   ipv4 prefix-length 30\n"
		"  tenant globex\n"
		"-  vbr g\n"
		"-   physical-connection pc-1\n"
		"-   vlan-id 200\n"
		"+ tenant new\n");
	free(text);
	conf_session_free(s);
	fixture_fini(&f);
}

static void rollback_brings_back_what_was(void)
{
	struct fixture f;
	struct conf_session *s;
	char *first;
	char *now;

	start(&f);
	first = fixture_text(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "no tenant acme\n"), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant newco\n vpc v\n!\nsystem region x\n"), 0);
	s = conf_session_new(f.conf, "bob");
	CU_ASSERT_EQUAL(conf_rollback(s, 2, &f.err), 0);
	CU_ASSERT_EQUAL(commit(&f, s), 0);
	now = fixture_text(&f);
	CU_ASSERT_STRING_EQUAL(first, now);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 4);
	free(now);
	now = conf_print(f.conf, NULL,
		&(struct conf_print){ .source = CONF_SOURCE_HISTORY,
			.n = 3,
			.format = CONF_FORMAT_TEXT },
		&f.err);
	CU_ASSERT_STRING_EQUAL(first, now);
	CU_ASSERT_EQUAL(conf_rollback(s, 99, &f.err), -ENOENT);
	CU_ASSERT(fixture_error_has(&f, "there is no revision 99 commits ago"));
	free(first);
	free(now);
	conf_session_free(s);
	fixture_fini(&f);
}

static bool count_revision(void *ctx, const struct conf_revision_info *r)
{
	uint64_t *expected = ctx;

	CU_ASSERT_EQUAL(r->revision, *expected);
	CU_ASSERT_STRING_EQUAL(r->user, *expected == 1 ? "root" : "ann");
	(*expected)--;
	return true;
}

static void history_lists_newest_first(void)
{
	struct fixture f;
	uint64_t expected = 3;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region a\n"), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "system region b\n"), 0);
	conf_history(f.conf, count_revision, &expected);
	CU_ASSERT_EQUAL(expected, 0);
	fixture_fini(&f);
}

static void secret_is_sealed_and_not_resealed(void)
{
	static const char line[] = "tenant acme vbr hz-a bgp peer 10.0.0.2 password s3cret\n";
	static const char json[] = "{\"vbrd:tenant\":[{\"name\":\"acme\","
				   "\"vbr\":[{\"name\":\"hz-a\","
				   "\"bgp\":{\"peer\":["
				   "{\"address\":\"10.0.0.2\",\"password\":\"s3cret\"}]}}]}]}";
	struct fixture f;
	char *text;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", line), 0);
	text = fixture_text(&f);
	CU_ASSERT(strstr(text, "s3cret") == NULL);
	CU_ASSERT(strstr(text, "password $v1$733363726574") != NULL);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 2);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", line), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", json), 0);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 2);
	/* What is printed reads back as the same. */
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", text), 0);
	CU_ASSERT_EQUAL(conf_revision(f.conf), 2);
	free(text);
	fixture_fini(&f);
}

static void other_case_of_a_choice_goes(void)
{
	struct fixture f;
	char *text;

	start(&f);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant acme peering p1 spec Large.1\n"), 0);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", "tenant acme peering p1 bandwidth 30\n"), 0);
	text = fixture_text(&f);
	CU_ASSERT(strstr(text, "spec") == NULL);
	CU_ASSERT(strstr(text, "bandwidth 30") != NULL);
	free(text);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann",
				"{\"vbrd:tenant\":[{\"name\":\"acme\","
				"\"peering\":[{\"name\":\"p1\","
				"\"spec\":\"Mini.2\"}]}]}"),
		0);
	text = fixture_text(&f);
	CU_ASSERT(strstr(text, "spec Mini.2") != NULL);
	CU_ASSERT(strstr(text, "bandwidth 30") == NULL);
	free(text);
	fixture_fini(&f);
}

static void add_value(void *ctx, const char *value)
{
	strcat(ctx, value);
	strcat(ctx, " ");
}

static void values_are_listed_for_completion(void)
{
	struct fixture f;
	struct conf_session *s;
	char list[256] = "";

	start(&f);
	conf_values(f.conf, NULL, "/vbrd:tenant/name", add_value, list);
	CU_ASSERT_STRING_EQUAL(list, "acme globex ");
	list[0] = '\0';
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:tenant[name='beta']", NULL, &f.err), 0);
	conf_values(f.conf, s, "/vbrd:tenant", add_value, list);
	CU_ASSERT_STRING_EQUAL(list, "acme beta globex ");
	conf_session_free(s);
	fixture_fini(&f);
}

static void owner_reads_running_by_names(void)
{
	struct fixture f;
	const struct conf_node *root;
	const struct conf_node *tenant;
	const struct conf_node *vbr;
	const struct conf_node *peer;
	struct prefix p;
	struct ip_addr a;

	start(&f);
	root = conf_running(f.conf);
	tenant = conf_next(root, "tenant", NULL);
	CU_ASSERT_STRING_EQUAL(conf_str(tenant, "name"), "acme");
	CU_ASSERT_STRING_EQUAL(conf_str(conf_next(root, "tenant", tenant), "name"), "globex");
	vbr = conf_next(tenant, "vbr", NULL);
	CU_ASSERT_EQUAL(conf_u32(vbr, "mtu", 0), 1500);
	CU_ASSERT(!conf_has(vbr, "mtu"));
	CU_ASSERT(conf_has(vbr, "vlan-id"));
	peer = conf_next(vbr, "bgp/peer", NULL);
	CU_ASSERT_EQUAL(conf_addr(peer, "address", &a), 0);
	CU_ASSERT_EQUAL(conf_u64(peer, "peer-as", 0), 65001);
	CU_ASSERT_STRING_EQUAL(conf_key(peer, "tenant"), "acme");
	CU_ASSERT_STRING_EQUAL(conf_key(peer, "vbr"), "hz-a");
	CU_ASSERT(conf_next(vbr, "bgp/peer", peer) == NULL);
	CU_ASSERT_EQUAL(conf_u32(peer, "/system/default-local-as", 0), 45104);
	CU_ASSERT_EQUAL(conf_prefix(conf_next(tenant, "vpc", NULL), "cidr", &p), 0);
	CU_ASSERT_EQUAL(p.len, 16);
	CU_ASSERT(conf_bool(vbr, "enabled", false));
	CU_ASSERT(conf_child(vbr, "bgp") != NULL);
	CU_ASSERT(conf_child(vbr, "nothing") == NULL);
	fixture_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(first_commit_creates_objects_in_order_of_priority),
	CU_CASE(system_is_seen_from_a_changed_object),
	CU_CASE(change_of_a_leaf_modifies_the_nearest_object),
	CU_CASE(deletion_of_a_tenant_runs_children_first),
	CU_CASE(failed_prepare_aborts_and_leaves_running_alone),
	CU_CASE(refusal_of_the_owner_needs_no_abort),
	CU_CASE(check_changes_nothing),
	CU_CASE(commit_without_a_difference_makes_no_revision),
	CU_CASE(disjoint_edits_of_two_sessions_both_commit),
	CU_CASE(second_change_of_one_object_is_a_conflict_that_names_the_first),
	CU_CASE(deleted_tenant_is_not_revived_by_an_older_session),
	CU_CASE(new_object_is_not_lost_with_a_tenant_deleted_by_an_older_session),
	CU_CASE(exclusive_lock_names_its_holder),
	CU_CASE(failed_load_leaves_the_candidate_as_it_was),
	CU_CASE(compare_shows_lines_in_their_blocks),
	CU_CASE(rollback_brings_back_what_was),
	CU_CASE(history_lists_newest_first),
	CU_CASE(secret_is_sealed_and_not_resealed),
	CU_CASE(other_case_of_a_choice_goes),
	CU_CASE(values_are_listed_for_completion),
	CU_CASE(owner_reads_running_by_names),
};

CU_SUITE(txn, cases);
