/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model refuses, and in which words: each row is a text or JSON that must fail at load or
 * commit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conf/fixture.h"

#define PORT "physical-connection pc\n interface e\n!\n"
#define VBR  PORT "tenant t\n vbr v\n  physical-connection pc\n  vlan-id 1\n"

struct refusal {
	const char *text;
	const char *error;
};

static const struct refusal refusals[] = {
	{ "nonsense\n", "line 1: unknown word \"nonsense\" at the top: expected one of system" },
	{ VBR "  bfd min-tx 49\n", "min-tx is 50..30000 milliseconds" },
	{ VBR "  bfd min-rx 30001\n", "min-rx is 50..30000 milliseconds" },
	{ VBR "  bfd multiplier 1\n", "multiplier is 2..255 packets" },
	{ VBR "  bfd echo true\n", "line 8: unknown word \"echo\" in bfd" },
	{ VBR "  bfd authentication type keyed-sha1\n", "type and secret go together" },
	{ VBR "  bfd authentication secret x\n", "type and secret go together" },
	{ VBR "  bfd authentication key-id 1\n", "key-id means nothing without type and secret" },
	{ VBR "  bgp\n   peer 10.0.0.2\n    bfd maybe\n", "bfd: \"maybe\" is not" },
	{ "http port 8080\n", "unknown word \"http\"" },
	{ "metering interval 7\n", "an hour is no multiple of the interval" },
	{ "metering price-sheet 2026-11-01 bandwidth -1\n", "bandwidth: \"-1\" is not" },
	{ "metering price-sheet november bandwidth 1\n", "give a day as 2026-11-01" },
	{ "tenant t vbr v vlan-id 5000\n", "vlan-id: \"5000\" is not in 0..2999" },
	{ "tenant t vbr v vlan-id five\n", "vlan-id: \"five\" is not a number in 0..2999" },
	{ "tenant t vbr v mtu 100\n", "the MTU is 1280..9216 bytes" },
	{ "tenant t vbr v ipv4 local-gateway 10.0.0\n",
		"local-gateway: \"10.0.0\" is not an IPv4 address" },
	{ "tenant t vbr v ipv6 local-gateway 10.0.0.1\n", "is not an IPv6 address" },
	{ "tenant t vpc v cidr 10.0.0.0/33\n",
		"cidr: \"10.0.0.0/33\" is not an IPv4 prefix (10.0.0.0/8) or an IPv6 prefix" },
	{ "tenant t vpc v interface e address 10.0.0.1\n", "address: \"10.0.0.1\" is not" },
	{ "tenant t vbr v enabled maybe\n", "enabled: \"maybe\" is not true or false" },
	{ "tenant t peering p spec Huge.1\n", "spec: \"Huge.1\" is not one of Mini.2, Mini.5" },
	{ "tenant t vbr v bgp local-as 65025\n", "neither 23456 (AS_TRANS) nor 65025" },
	{ "tenant t vbr v bgp peer 10.0.0.2 hold-time 2\n",
		"the hold time is 0 (no keepalives) or 3..65535 seconds" },
	{ "tenant a/b\n", "a name consists of letters, digits" },
	{ "tenant\n", "tenant: the name is missing" },
	{ "metering price-sheet 2026-11-02 inter-region -1\n",
		"inter-region: \"-1\" is not accepted: a price is 0..1000000, with at most six "
		"decimals" },
	{ "system hostname\n", "hostname: a value is missing" },
	{ "tenant t description two words\n", "quote a value with blanks" },
	{ "tenant t vbr v bgp peer 10.0.0.2 password "
	  "\"01234567890123456789012345678901234567890123456789012345678901234567890123456789X\"\n",
		"password: a secret has 1 to 80 characters" },
	{ "tenant t\n  vpc a\n vpc b\n", "line 3: the line stands in column 2" },
	{ "tenant t\n\tvpc a\n", "line 2: a tab in front of the line" },
	{ " tenant t\n", "line 1: the line is indented, but no block is open" },
	{ "tenant t description \"open\n", "line 1: the quote is never closed" },
	{ "no tenant t\n", "line 1: /vbrd:tenant[name='t']: nothing to delete" },
	{ "tenant t vbr v mtu 1500\n", "physical-connection is missing" },
	{ PORT "tenant t vbr v physical-connection pc\n", "a VBR needs vlan-id" },
	{ "tenant t\n vbr v\n  physical-connection nope\n  vlan-id 1\n!\n",
		"/vbrd:tenant[name='t']/vbr[name='v']/physical-connection: physical-connection "
		"\"nope\" does not exist" },
	{ "tenant t\n vpc v\n peering p\n  initiator vpc v\n",
		"/vbrd:tenant[name='t']/peering[name='p']: acceptor names neither a vbr nor a "
		"vpc: set one of them" },
	{ "tenant t\n vpc v\n peering p\n  acceptor vpc v\n",
		"/vbrd:tenant[name='t']/peering[name='p']: initiator names neither a vbr nor a "
		"vpc: set one of them" },
	{ "tenant t\n peering p\n  initiator vbr v\n  acceptor vpc w\n",
		"vbr \"v\" does not exist" },
	{ VBR "  ipv4 local-gateway 10.0.0.1\n", "give all three or none" },
	{ VBR "  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.1\n  ipv4 prefix-length "
	      "30\n",
		"the two ends of a link differ" },
	{ VBR "  bgp\n   peer 10.0.0.2\n    hold-time 9\n    keepalive 10\n",
		"more than a third of the hold time" },
	{ VBR "  bgp\n   peer 10.0.0.2\n    group g\n", "group \"g\" does not exist" },
	{ VBR "  bgp\n   peer 10.0.0.2\n    next-hop-self true\n"
	      "    next-hop-unchanged true\n",
		"next-hop-self and next-hop-unchanged exclude each other" },
	{ VBR "  bgp confederation member-as 65001\n",
		"members without a confederation: set identifier" },
	{ VBR "  bgp cluster-id 0.0.0.0\n", "0.0.0.0 is no cluster id" },
	{ "tenant t vbr v bgp peer 10.0.0.2 fake-as 65025\n",
		"neither 23456 (AS_TRANS) nor 65025" },
	{ "tenant t vbr v bgp peer 10.0.0.2 remove-private-as some\n",
		"remove-private-as: \"some\" is not one of" },
	{ VBR "  bgp router-id 0.0.0.0\n", "0.0.0.0 is no router id" },
	{ VBR "  health-check interval 500\n", "there is no health check without a target" },
	{ VBR "  health-check observe false\n", "there is no health check without a target" },
	{ VBR "  static-route 10.0.0.0/8\n   next-hop 10.0.0.2\n   blackhole\n",
		"either next-hop or blackhole, not both" },
	{ "policy prefix-list p rule 1\n action permit\n prefix 10.0.0.0/8\n ge 24\n le 16\n",
		"ge is greater than le" },
	{ "policy prefix-list p rule 1\n action permit\n prefix 10.0.0.0/8\n le 4\n",
		"le is less than the length of the prefix" },
	{ "policy prefix-list p rule 1\n action permit\n", "prefix is missing" },
	{ "policy route-map m term 1 set as-path-prepend 0\n", "give 1 to 10 AS numbers" },
	{ "system hostname \"a b\"\n", "letters, digits, '-', '_' and '.', and begins and ends" },
	{ "system hostname "
	  "a123456789b123456789c123456789d123456789e123456789f123456789g123\n",
		"a hostname has 1 to 63 characters" },
	{ "tenant t vpc v interface i address 10.0.0.1\n", ": 172.16.1.1/24, 2001:db8::1/64" },
	{ "tenant t vpc v interface i address 1:2:3:4:5:6:7/64\n",
		": 172.16.1.1/24, 2001:db8::1/64" },
	{ "physical-connection pc\n interface e\n redundant-with pc\n!\n",
		"cannot be redundant with itself" },
	{ "tenant t description \"a\xff\"\n", "is not UTF-8" },
	{ "tenant t vbr v bgp peer 10.0.0.2 password a\x01b\n", "holds control characters" },
	/* JSON */
	{ "{\"vbrd:nonsense\":1}", "unknown node \"nonsense\"" },
	{ "{\"vbrd:tenant\":[{\"name\":\"t\",\"bfd\":{}}]}", "unknown node \"bfd\"" },
	{ "{\"vbrd-store:snapshot\":{\"revision\":\"1\"}}",
		"unknown node \"snapshot\" at the top" },
	{ "{\"vbrd:tenant\":[{\"name\":\"t\",\"vbr\":[{\"name\":\"v\",\"vlan-id\":5000}]}]}",
		"a VLAN id is 0..2999" },
	{ "{\"vbrd:tenant\":[{\"name\":\"t\",\"vbr\":[{\"name\":\"v\",\"enabled\":\"maybe\"}]}]}",
		"true or false" },
	{ "{\"vbrd:tenant\":[{\"name\":\"t\"},{\"name\":\"t\"}]}", "tenant is given twice" },
	{ "{\"vbrd:tenant\":[{\"description\":\"d\"}]}", "lacks its key \"name\"" },
	{ "{\"vbrd:tenant\":[", "line 1" },
	{ "{\"vbrd:tenant\":[{\"name\":\"t\",\"vpc\":[{\"name\":\"v\","
	  "\"cidr\":[\"10.0.0.0/99\"]}]}]}",
		"cidr: \"10.0.0.0/99\" is not an IPv4 prefix" },
};

static void each_refusal_says_what_would_be_accepted(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct fixture f;

		fixture_init(&f, false);
		CU_ASSERT_EQUAL(fixture_commit(&f, "ann", refusals[i].text), -EINVAL);
		CU_ASSERT(fixture_error_has(&f, refusals[i].error));
		CU_ASSERT_EQUAL(conf_revision(f.conf), 0);
		fixture_fini(&f);
	}
}

static void too_many_peers_are_refused(void)
{
	struct fixture f;
	char text[4096];
	int n = snprintf(text, sizeof(text), "%s  bgp\n", VBR);

	for (int i = 1; i <= 65; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "   peer 10.0.0.%d\n", i);
	fixture_init(&f, false);
	CU_ASSERT_EQUAL(fixture_commit(&f, "ann", text), -EINVAL);
	CU_ASSERT(fixture_error_has(&f, "too many entries of peer: 64 at most, remove some"));
	fixture_fini(&f);
}

static void single_edits_are_checked_at_once(void)
{
	struct fixture f;
	struct conf_session *s;

	fixture_init(&f, false);
	s = conf_session_new(f.conf, "ann");
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:nothing", "1", &f.err), -EINVAL);
	CU_ASSERT(fixture_error_has(&f, "/vbrd:nothing: unknown node"));
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:tenant[name='a']/vbr[name='b']/vlan-id", "5000", &f.err),
		-EINVAL);
	CU_ASSERT(fixture_error_has(&f, "vlan-id: \"5000\" is not in 0..2999"));
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:tenant", NULL, &f.err), -EINVAL);
	CU_ASSERT(fixture_error_has(&f, "the key of the list is missing"));
	CU_ASSERT_EQUAL(conf_delete(s, "/vbrd:system/region", NULL, &f.err), -ENOENT);
	CU_ASSERT(fixture_error_has(&f, "nothing to delete"));
	CU_ASSERT_EQUAL(conf_set(s, "rubbish[", "1", &f.err), -EINVAL);
	CU_ASSERT(fixture_error_has(&f, "unknown node"));
	CU_ASSERT_EQUAL(conf_set(s, "/vbrd:tenant[nome='a']", NULL, &f.err), -EINVAL);
	CU_ASSERT(!errbuf_is_empty(&f.err));
	conf_session_free(s);
	fixture_fini(&f);
}

static void secrets_are_in_no_sentence(void)
{
	struct fixture f;
	char *all;

	fixture_init(&f, false);
	CU_ASSERT(fixture_commit(&f, "ann",
			  "tenant t vbr v bgp peer 10.0.0.2 password hunter2 hunter3\n") < 0);
	CU_ASSERT(fixture_commit(&f, "ann",
			  "{\"vbrd:tenant\":[{\"name\":\"t\",\"vbr\":[{\"name\":\"v\","
			  "\"bgp\":{\"peer\":[{"
			  "\"address\":\"10.0.0.2\",\"password\":[\"hunter2\"]}]}}]}]}") < 0);
	all = errbuf_format(&f.err);
	CU_ASSERT(strstr(all, "hunter") == NULL);
	free(all);
	fixture_fini(&f);
}

static const struct cu_case cases[] = {
	CU_CASE(each_refusal_says_what_would_be_accepted),
	CU_CASE(too_many_peers_are_refused),
	CU_CASE(single_edits_are_checked_at_once),
	CU_CASE(secrets_are_in_no_sentence),
};

CU_SUITE(refuse, cases);
