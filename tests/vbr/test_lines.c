/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of a configuration in, lines of the model out, by the real schema.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/walltime.h"
#include "lib/io/loop.h"
#include "tests/cu_main.h"
#include "tests/vbr/reader.h"
#include "vbr/events.h"
#include "vbr/model/delta.h"
#include "vbr/model/failover/group.h"
#include "vbr/news/news.h"

static void a_line_is_read_leaf_by_leaf(void)
{
	const struct model_physconn *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"tenant acme\n!\ntenant globex\n!\n"
		"physical-connection pc-1\n interface eth1\n bandwidth 10000\n"
		" access-point \"hall 3\"\n line-operator Equinix\n port-type 10GBase-LR\n"
		" circuit-code C-1\n peer-location \"plant 7\"\n redundant-with pc-2\n"
		" owner acme\n status confirmed\n business-status security-locked\n"
		" loa-status completing\n"
		" hosted h1\n  tenant acme\n  bandwidth 200\n  vlan-id 11\n"
		" hosted h2\n  tenant globex\n  bandwidth 300\n  vlan-id 12\n"
		"  payer owner\n!\n"
		"physical-connection pc-2\n interface eth2\n redundant-with pc-1\n!\n");
	p = model_physconn(r.model, "pc-1");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->line.line_operator, "Equinix");
	CU_ASSERT_STRING_EQUAL(p->line.port_type, "10GBase-LR");
	CU_ASSERT_STRING_EQUAL(p->line.peer_location, "plant 7");
	CU_ASSERT_STRING_EQUAL(p->line.redundant_with, "pc-2");
	CU_ASSERT_STRING_EQUAL(p->line.owner, "acme");
	CU_ASSERT_EQUAL(p->line.status, MODEL_LINE_CONFIRMED);
	CU_ASSERT_EQUAL(p->line.business, MODEL_BUSINESS_SECURITY_LOCKED);
	CU_ASSERT_EQUAL(p->line.loa, MODEL_LOA_COMPLETING);
	CU_ASSERT_EQUAL_FATAL(p->line.n_hosted, 2);
	CU_ASSERT_STRING_EQUAL(p->line.hosted[1].name, "h2");
	CU_ASSERT_STRING_EQUAL(p->line.hosted[1].tenant, "globex");
	CU_ASSERT_EQUAL(p->line.hosted[1].bandwidth_bps, 300000000);
	CU_ASSERT_EQUAL(p->line.hosted[1].vlan_id, 12);
	CU_ASSERT(p->line.hosted[1].owner_pays);
	CU_ASSERT_FALSE(p->line.hosted[0].owner_pays);
	p = model_physconn(r.model, "pc-2");
	CU_ASSERT_EQUAL(p->line.status, MODEL_LINE_ENABLED);
	CU_ASSERT_EQUAL(p->line.business, MODEL_BUSINESS_NORMAL);
	CU_ASSERT_EQUAL(p->line.loa, MODEL_LOA_NONE);
	CU_ASSERT_EQUAL(p->line.n_hosted, 0);
	reader_fini(&r);
}

static void a_line_is_bought_for_months_or_for_years(void)
{
	static const struct {
		const char *words;
		const char *from, *warn, *until;
	} rows[] = {
		{ "from 2026-12-01\n  years 2", "2026-12-01T00:00:00Z", "2028-11-01T00:00:00Z",
			"2028-12-01T00:00:00Z" },
		{ "from 2026-12-01T12:30:00Z\n  months 9\n  warning 7", "2026-12-01T12:30:00Z",
			"2027-08-25T12:30:00Z", "2027-09-01T12:30:00Z" },
	};
	char text[256];
	struct reader r;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct subscription *s;

		reader_init(&r);
		snprintf(text, sizeof(text),
			"physical-connection pc\n interface e\n subscription\n  %s\n!\n",
			rows[i].words);
		reader_must_load(&r, text);
		s = &model_physconn(r.model, "pc")->line.subscription;
		CU_ASSERT_STRING_EQUAL(walltime_format(s->from_s, text), rows[i].from);
		CU_ASSERT_STRING_EQUAL(walltime_format(s->warn_s, text), rows[i].warn);
		CU_ASSERT_STRING_EQUAL(walltime_format(s->until_s, text), rows[i].until);
		reader_fini(&r);
	}
	reader_init(&r);
	reader_must_load(&r, "physical-connection pc\n interface e\n!\n");
	CU_ASSERT_EQUAL(model_physconn(r.model, "pc")->line.subscription.until_s, 0);
	reader_fini(&r);
}

static void hear(void *ctx, const struct event_report *ev)
{
	char *heard = ctx;
	const size_t n = strlen(heard);

	snprintf(heard + n, 512 - n, "%s %s %s %s %s|", event_name(ev->type),
		ev->tenant != NULL ? ev->tenant : "-", ev->instance != NULL ? ev->instance : "-",
		ev->line, ev->text);
}

/* What is told when the clock goes from the first time to the second, and nothing else happens. */
static const char *told_between(const struct model *m, int64_t was_s, int64_t now_s, char *heard)
{
	struct model *was = model_copy(m);
	struct model *now = model_copy(m);
	struct loop *loop = loop_new("test");
	struct events *e = events_new(loop);
	struct event_listener l = { .fn = hear, .ctx = heard };
	struct model_delta d;

	heard[0] = '\0';
	was->now_s = was_s;
	now->now_s = now_s;
	model_delta_init(&d, was, now);
	events_listen(e, &l);
	news_subscriptions(e, &d);
	events_unlisten(e, &l);
	model_delta_fini(&d);
	events_free(e);
	loop_free(loop);
	model_free(was);
	model_free(now);
	return heard;
}

static void the_end_of_a_subscription_is_told_to_all_who_stand_on_the_line(void)
{
	static const char vbr[] = " vbr %s\n  physical-connection pc-1\n  %s\n"
				  "  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n"
				  "  ipv4 prefix-length 30\n";
	char text[2048];
	char heard[512];
	struct reader r;
	const struct subscription *s;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
		"physical-connection pc-1\n interface e\n owner olaf\n bandwidth 1000\n"
		" subscription\n  from 2026-01-01\n  months 1\n"
		" hosted h1\n  tenant hans\n  bandwidth 100\n  vlan-id 11\n"
		" hosted h2\n  tenant nobody\n  bandwidth 100\n  vlan-id 12\n!\n"
		"physical-connection pc-2\n interface f\n!\n"
		"tenant olaf\n accept-vbr gerd hz-g\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, vbr, "hz-o", "vlan-id 1");
	n += (size_t)snprintf(text + n, sizeof(text) - n,
		"!\ntenant hans\n accept-hosted pc-1 h1\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, vbr, "hz-h", "hosted-connection h1");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "!\ntenant nobody\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, vbr, "hz-n", "hosted-connection h2");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "!\ntenant gerd\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, vbr, "hz-g", "vlan-id 2");
	n += (size_t)snprintf(text + n, sizeof(text) - n, vbr, "hz-x", "vlan-id 3");
	CU_ASSERT(n < sizeof(text));
	reader_init(&r);
	reader_must_load(&r, text);
	s = &model_physconn(r.model, "pc-1")->line.subscription;
	/* Who has not accepted, or was not accepted, is not told what others have. */
	CU_ASSERT_STRING_EQUAL(told_between(r.model, s->until_s - 1, s->until_s, heard),
		"subscription-state olaf - pc-1 ended|"
		"subscription-state gerd vbr hz-g pc-1 ended|"
		"subscription-state hans vbr hz-h pc-1 ended|");
	CU_ASSERT_STRING_EQUAL(told_between(r.model, s->warn_s - 1, s->warn_s, heard),
		"subscription-state olaf - pc-1 ending|"
		"subscription-state gerd vbr hz-g pc-1 ending|"
		"subscription-state hans vbr hz-h pc-1 ending|");
	CU_ASSERT_STRING_EQUAL(told_between(r.model, s->until_s, s->until_s + 1, heard), "");
	reader_fini(&r);
}

static void what_a_subscription_cannot_be_is_refused_with_what_it_can(void)
{
	static const struct {
		const char *words;
		const char *why;
	} rows[] = {
		{ "from 2026-12-01", "a subscription is for months or for years" },
		{ "from 2026-12-01\n  months 3\n  years 1",
			"a subscription is for months or for years" },
		{ "from 2026-12-01\n  months 10", "1..9 months, or for years" },
		{ "from 2026-12-01\n  years 6", "1..5 years, or for months" },
		{ "from 2026-12-01\n  years 0", "1..5 years, or for months" },
		{ "from 2026-12-01\n  years 1\n  warning 91", "1..90 days before the end" },
		{ "from tomorrow\n  years 1", "give a day, like 2026-12-01" },
		{ "from 2026-02-30\n  years 1", "there is no time 2026-02-30" },
		{ "from 1969-12-31\n  years 1", "there is no time 1969-12-31" },
		{ "years 1", "from" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader r;
		char text[256];
		char *said;

		reader_init(&r);
		snprintf(text, sizeof(text),
			"physical-connection pc\n interface e\n subscription\n  %s\n!\n",
			rows[i].words);
		CU_ASSERT_NOT_EQUAL(reader_load(&r, text), 0);
		said = errbuf_format(&r.err);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].why));
		if (strstr(said, rows[i].why) == NULL)
			printf("# %s: %s\n", rows[i].words, said);
		free(said);
		reader_fini(&r);
	}
}

static void tags_are_read_in_the_order_of_their_keys(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"physical-connection pc\n interface e\n!\n"
		"tenant t\n vbr v\n  physical-connection pc\n  vlan-id 1\n"
		"  tag team\n   value \"net, north\"\n  tag a/b:c=d\n!\n");
	v = model_vbr(r.model, "t", "v");
	CU_ASSERT_EQUAL_FATAL(v->n_tags, 2);
	CU_ASSERT_STRING_EQUAL(v->tags[0].key, "a/b:c=d");
	CU_ASSERT_STRING_EQUAL(v->tags[0].value, "");
	CU_ASSERT_STRING_EQUAL(v->tags[1].key, "team");
	CU_ASSERT_STRING_EQUAL(v->tags[1].value, "net, north");
	reader_fini(&r);
}

/* 0 if a VBR may have n tags whose keys begin so. */
static int load_tags(unsigned n, const char *key)
{
	char text[2048] = "physical-connection pc\n interface e\n!\n"
			  "tenant t\n vbr v\n  physical-connection pc\n  vlan-id 1\n";
	size_t len = strlen(text);
	struct reader r;
	int ret;

	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "  tag %s%u\n   value x\n",
			key, i);
	reader_init(&r);
	ret = reader_load(&r, text);
	reader_fini(&r);
	return ret;
}

static void tags_are_few_and_none_of_the_provider(void)
{
	CU_ASSERT_EQUAL(load_tags(20, "k"), 0);
	CU_ASSERT_NOT_EQUAL(load_tags(21, "k"), 0);
	CU_ASSERT_NOT_EQUAL(load_tags(1, "aliyun"), 0);
	CU_ASSERT_NOT_EQUAL(load_tags(1, "acs:"), 0);
	CU_ASSERT_EQUAL(load_tags(1, "acs"), 0);
	CU_ASSERT_EQUAL(load_tags(1, "my-aliyun"), 0);
	CU_ASSERT_NOT_EQUAL(load_tags(1, "\"a b\""), 0);
}

static void an_address_where_a_prefix_is_wanted_is_told_how_a_host_is_written(void)
{
	static const struct {
		const char *route;
		const char *why;
	} rows[] = {
		{ "static-route 10.0.0.5", "\"10.0.0.5\" has no length: write 10.0.0.5/32 for" },
		{ "static-route fd00::5", "\"fd00::5\" has no length: write fd00::5/128 for" },
		{ "cidr 10.0.0.0", "\"10.0.0.0\" has no length: write 10.0.0.0/32 for" },
		{ "static-route 10.0.0.500", "\"10.0.0.500\" is not" },
		{ "static-route 10.0.0.5/33", "\"10.0.0.5/33\" is not" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader r;
		char text[128];
		char *said;

		reader_init(&r);
		snprintf(text, sizeof(text), "tenant t\n vpc v\n  %s\n!\n", rows[i].route);
		CU_ASSERT_NOT_EQUAL(reader_load(&r, text), 0);
		said = errbuf_format(&r.err);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].why));
		if (strstr(said, rows[i].why) == NULL)
			printf("# %s\n", said);
		free(said);
		reader_fini(&r);
	}
}

static void consents_are_read_by_their_keys(void)
{
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"physical-connection pc-1\n interface eth1\n bandwidth 1000\n"
		" hosted h1\n  tenant acme\n  bandwidth 200\n  vlan-id 11\n!\n"
		"tenant acme\n accept-hosted pc-1 h1\n accept-vbr globex hz-g\n"
		" vbr a\n  physical-connection pc-1\n  hosted-connection h1\n!\n");
	CU_ASSERT_PTR_NOT_NULL(model_get(r.model, MODEL_ACCEPT_HOSTED, "acme", "pc-1", "h1"));
	CU_ASSERT_PTR_NOT_NULL(model_get(r.model, MODEL_ACCEPT_VBR, "acme", "hz-g", "globex"));
	CU_ASSERT_STRING_EQUAL(model_vbr(r.model, "acme", "a")->circuits[0].hosted, "h1");
	CU_ASSERT_EQUAL(model_circuit_vlan(r.model, &model_vbr(r.model, "acme", "a")->circuits[0]),
		11);
	reader_fini(&r);
}

static void a_failover_group_is_read(void)
{
	const struct model_failover *f;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"physical-connection pc-1\n interface eth1\n!\n"
		"tenant acme\n vbr a\n  physical-connection pc-1\n  vlan-id 1\n"
		" vbr b\n  physical-connection pc-1\n  vlan-id 2\n"
		" vbr c\n  physical-connection pc-1\n  vlan-id 3\n"
		" vbr d\n  physical-connection pc-1\n  vlan-id 4\n"
		" failover-group g\n  primary b\n  secondary a\n"
		" failover-group h\n  primary c\n  secondary d\n  mode load-share\n!\n");
	CU_ASSERT_EQUAL(model_failover(r.model, "acme", "h")->mode, FAILOVER_LOAD_SHARE);
	f = model_failover(r.model, "acme", "g");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_STRING_EQUAL(f->member[FAILOVER_PRIMARY], "b");
	CU_ASSERT_STRING_EQUAL(f->member[FAILOVER_SECONDARY], "a");
	CU_ASSERT_EQUAL(f->mode, FAILOVER_ACTIVE_STANDBY);
	CU_ASSERT_NOT_EQUAL(reader_load(&r, "tenant acme\n failover-group g\n  primary b\n!\n"), 0);
	reader_fini(&r);
}

static void how_flows_are_spread_and_looked_at_is_read(void)
{
	static const char *const refused[] = {
		"tenant acme\n vpc p\n  resilient-hashing buckets 31\n!\n",
		"tenant acme\n vpc p\n  resilient-hashing idle-timer 0\n!\n",
		"tenant acme\n asymmetry-detection sample 0\n!\n",
		"tenant acme\n asymmetry-detection interval 301\n!\n",
	};
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"physical-connection pc-1\n interface eth1\n!\n"
		"tenant acme\n asymmetry-detection\n vpc p\n  cidr 172.16.0.0/16\n"
		"  resilient-hashing buckets 256\n  resilient-hashing idle-timer 30\n"
		" vpc q\n  cidr 172.17.0.0/16\n"
		" vbr a\n  physical-connection pc-1\n  vlan-id 1\n  resilient-hashing\n!\n"
		"tenant far\n!\n");
	CU_ASSERT_EQUAL(model_vpc(r.model, "acme", "p")->spread.buckets, 256);
	CU_ASSERT_EQUAL(model_vpc(r.model, "acme", "p")->spread.idle_s, 30);
	CU_ASSERT_EQUAL(model_vpc(r.model, "acme", "q")->spread.buckets, 0);
	CU_ASSERT_EQUAL(model_vbr(r.model, "acme", "a")->spread.buckets, 128);
	CU_ASSERT_EQUAL(model_vbr(r.model, "acme", "a")->spread.idle_s, 120);
	CU_ASSERT_EQUAL(model_tenant(r.model, "acme")->skew_sample, 100);
	CU_ASSERT_EQUAL(model_tenant(r.model, "acme")->skew_interval_s, 10);
	CU_ASSERT_EQUAL(model_tenant(r.model, "far")->skew_sample, 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		CU_ASSERT_NOT_EQUAL(reader_load(&r, refused[i]), 0);
	reader_fini(&r);
}

static void a_vbr_stands_on_the_lines_that_it_names(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"physical-connection pc-1\n interface eth1\n!\n"
		"physical-connection pc-2\n interface eth2\n!\n"
		"physical-connection pc-3\n interface eth3\n!\n"
		"tenant acme\n vbr a\n  physical-connection pc-2\n  vlan-id 1\n  bandwidth 100\n"
		"  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n"
		"  ipv4 prefix-length 30\n"
		"  additional-connection pc-3\n   vlan-id 3\n   enabled false\n   bandwidth 50\n"
		"  additional-connection pc-1\n   vlan-id 2\n   ipv6 local-gateway fd00::1\n"
		"   ipv6 peer-gateway fd00::2\n   ipv6 prefix-length 64\n"
		"  bgp\n   group g\n    peer-as 65001\n   peer fe80::1\n    peer-as 65001\n"
		"    physical-connection pc-1\n"
		"   unnumbered\n    group g\n    physical-connection pc-3\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_EQUAL_FATAL(v->n_circuits, 3);
	CU_ASSERT_STRING_EQUAL(v->circuits[0].physconn, "pc-2");
	CU_ASSERT_STRING_EQUAL(v->circuits[1].physconn, "pc-1");
	CU_ASSERT_STRING_EQUAL(v->circuits[2].physconn, "pc-3");
	CU_ASSERT_EQUAL(v->circuits[1].vlan_id, 2);
	CU_ASSERT_EQUAL(v->circuits[1].bandwidth_bps, 100000000); /* as the first one's */
	CU_ASSERT_EQUAL(v->circuits[1].ipv6.len, 64);
	CU_ASSERT_FALSE(v->circuits[1].disabled);
	CU_ASSERT_EQUAL(v->circuits[2].bandwidth_bps, 50000000);
	CU_ASSERT(v->circuits[2].disabled);
	CU_ASSERT_STRING_EQUAL(v->peers[0].line, "pc-1");
	CU_ASSERT_STRING_EQUAL(v->ranges[0].peer.line, "pc-3");
	CU_ASSERT_NOT_EQUAL(reader_load(&r, "no physical-connection pc-3\n"), 0);
	reader_fini(&r);
}

static void what_a_line_cannot_be_is_refused(void)
{
	static const char *const texts[] = {
		"physical-connection pc\n interface e\n line-operator Mine\n!\n",
		"physical-connection pc\n interface e\n port-type 25GBase-LR\n!\n",
		"physical-connection pc\n interface e\n business-status angry\n!\n",
		"physical-connection pc\n interface e\n hosted h\n  tenant t\n  vlan-id 1\n!\n",
		("physical-connection pc\n interface e\n!\n"
		 "tenant t\n vbr v\n  physical-connection pc\n  hosted-connection h\n  vlan-id 1\n"
		 "!\n"),
		("physical-connection pc\n interface e\n!\n"
		 "tenant t\n vbr v\n  physical-connection pc\n!\n"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct reader r;

		reader_init(&r);
		CU_ASSERT_NOT_EQUAL(reader_load(&r, texts[i]), 0);
		reader_fini(&r);
	}
}

static const struct cu_case cases[] = {
	CU_CASE(a_line_is_read_leaf_by_leaf),
	CU_CASE(a_vbr_stands_on_the_lines_that_it_names),
	CU_CASE(a_line_is_bought_for_months_or_for_years),
	CU_CASE(the_end_of_a_subscription_is_told_to_all_who_stand_on_the_line),
	CU_CASE(what_a_subscription_cannot_be_is_refused_with_what_it_can),
	CU_CASE(tags_are_read_in_the_order_of_their_keys),
	CU_CASE(tags_are_few_and_none_of_the_provider),
	CU_CASE(an_address_where_a_prefix_is_wanted_is_told_how_a_host_is_written),
	CU_CASE(consents_are_read_by_their_keys),
	CU_CASE(a_failover_group_is_read),
	CU_CASE(how_flows_are_spread_and_looked_at_is_read),
	CU_CASE(what_a_line_cannot_be_is_refused),
};

CU_SUITE(lines, cases);
