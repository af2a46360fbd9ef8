/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of a configuration in, objects of the model out, by the real schema.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "conf/conf.h"
#include "lib/base/log.h"
#include "tests/cu_main.h"
#include "tests/vbr/reader.h"
#include "vbr/model/failover/group.h"
#include "vbr/read.h"
#include "vbr/vault.h"

#define PORT "physical-connection pc-1\n interface eth1\n!\n"
#define VBR                                                                   \
	PORT "tenant acme\n vbr a\n  physical-connection pc-1\n  vlan-id 7\n" \
	     "  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n"  \
	     "  ipv4 prefix-length 30\n"

static bool prefix_is(const struct prefix *p, const char *text)
{
	char s[PREFIX_STRLEN];

	return strcmp(prefix_format(p, s), text) == 0;
}

static void the_system_is_read_leaf_by_leaf(void)
{
	const struct model_system *s;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"system hostname edge-1\nsystem router-id 192.0.2.1\n"
		"system default-local-as 65010\n"
		"system data-plane mode rules\nsystem data-plane table-base 20000\n"
		"system log level debug\n!\n");
	s = model_system(r.model);
	CU_ASSERT_STRING_EQUAL(s->hostname, "edge-1");
	CU_ASSERT_EQUAL(s->router_id, 0xc0000201);
	CU_ASSERT_EQUAL(s->default_local_as, 65010);
	CU_ASSERT_EQUAL(s->data_plane, 2);
	CU_ASSERT_EQUAL(s->table_base, 20000);
	CU_ASSERT_EQUAL(s->log_level, LOG_LEVEL_DEBUG);
	reader_fini(&r);
}

static void connections_and_tenants_have_the_defaults_of_the_model(void)
{
	const struct model_physconn *p;
	const struct model_tenant *t;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		PORT
		"physical-connection pc-2\n interface eth2\n bandwidth 10000\n enabled false\n"
		" access-point \"hall 3\"\n circuit-code C-1\n!\n"
		"tenant acme\n!\n"
		"tenant beta\n quota vbr 1\n quota vpc 2\n quota peering 3\n quota route 4\n!\n");
	p = model_physconn(r.model, "pc-1");
	CU_ASSERT_STRING_EQUAL(p->interface, "eth1");
	CU_ASSERT(p->enabled);
	CU_ASSERT_EQUAL(p->bandwidth_bps, 0);
	p = model_physconn(r.model, "pc-2");
	CU_ASSERT(!p->enabled);
	CU_ASSERT_EQUAL(p->bandwidth_bps, 10000000000);
	CU_ASSERT_STRING_EQUAL(p->access_point, "hall 3");
	CU_ASSERT_STRING_EQUAL(p->circuit_code, "C-1");
	t = model_tenant(r.model, "acme");
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_VBR], 5);
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_VPC], UINT32_MAX);
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_PEERING], 20);
	CU_ASSERT_EQUAL(t->quota_route, 0);
	t = model_tenant(r.model, "beta");
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_VBR], 1);
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_VPC], 2);
	CU_ASSERT_EQUAL(t->quota[MODEL_QUOTA_PEERING], 3);
	CU_ASSERT_EQUAL(t->quota_route, 4);
	reader_fini(&r);
}

static void a_vpc_is_read_leaf_by_leaf(void)
{
	const struct model_vpc *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n  cidr fd00:16::/48\n"
		"  interface eth5\n   address 172.16.0.1/24\n   address fd00:16::1/64\n"
		"  interface eth6\n  maximum-paths 4\n  route-limit maximum 100\n"
		"  static-route 198.18.0.0/24\n   next-hop 172.16.0.7\n   next-hop 172.16.0.8\n"
		"  static-route 198.18.1.0/24\n   blackhole\n"
		"  static-route 198.18.2.0/24\n   interface eth6\n!\n");
	v = model_vpc(r.model, "acme", "prod");
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	CU_ASSERT_EQUAL_FATAL(v->n_cidrs, 2);
	CU_ASSERT(prefix_is(&v->cidrs[0], "172.16.0.0/16"));
	CU_ASSERT(prefix_is(&v->cidrs[1], "fd00:16::/48"));
	CU_ASSERT_EQUAL_FATAL(v->n_ifaces, 2);
	CU_ASSERT_STRING_EQUAL(v->ifaces[0].name, "eth5");
	CU_ASSERT_EQUAL_FATAL(v->ifaces[0].n_addrs, 2);
	CU_ASSERT(reader_ip_is(&v->ifaces[0].addr[0].addr, "172.16.0.1"));
	CU_ASSERT_EQUAL(v->ifaces[0].addr[0].len, 24);
	CU_ASSERT(reader_ip_is(&v->ifaces[0].addr[1].addr, "fd00:16::1"));
	CU_ASSERT_EQUAL(v->ifaces[0].addr[1].len, 64);
	CU_ASSERT_EQUAL(v->ifaces[1].n_addrs, 0);
	CU_ASSERT_EQUAL(v->max_paths, 4);
	CU_ASSERT_EQUAL(v->limit_max, 100);
	CU_ASSERT_EQUAL(v->limit_warning, 75);
	CU_ASSERT_EQUAL_FATAL(v->n_statics, 3);
	CU_ASSERT(prefix_is(&v->statics[0].pfx, "198.18.0.0/24"));
	CU_ASSERT_EQUAL(v->statics[0].n_next_hops, 2);
	CU_ASSERT(reader_ip_is(&v->statics[0].next_hop[1], "172.16.0.8"));
	CU_ASSERT(v->statics[1].blackhole);
	CU_ASSERT_STRING_EQUAL(v->statics[2].interface, "eth6");
	reader_fini(&r);
}

static void more_than_fits_is_refused_not_cut(void)
{
	char text[4096];
	struct reader r;
	size_t n;

	reader_init(&r);
	n = (size_t)snprintf(text, sizeof(text),
		"tenant acme\n vpc prod\n  cidr 172.16.0.0/16\n  interface eth5\n");
	for (int i = 1; i <= 9; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "   address 172.16.%d.1/24\n", i);
	snprintf(text + n, sizeof(text) - n, "!\n");
	CU_ASSERT(reader_load(&r, text) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&r.err), "more than 8 addresses"));
	errbuf_fini(&r.err);
	errbuf_init(&r.err);
	n = (size_t)snprintf(text, sizeof(text), VBR "  static-route 198.18.0.0/24\n");
	for (int i = 1; i <= 9; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "   next-hop 10.0.%d.2\n", i);
	snprintf(text + n, sizeof(text) - n, "!\n");
	CU_ASSERT(reader_load(&r, text) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&r.err), "more than 8 next hops"));
	reader_fini(&r);
}

static void a_vbr_is_read_leaf_by_leaf(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  enabled false\n  bandwidth 50\n  mtu 9000\n  maximum-paths 2\n"
		    "  ipv6 local-gateway fd00:f::1\n  ipv6 peer-gateway fd00:f::2\n"
		    "  ipv6 prefix-length 64\n  static-route 198.18.0.0/24\n   next-hop 10.0.0.2\n"
		    "  health-check target fd00:f::2\n  health-check interval 500\n"
		    "  bgp\n   local-as 65020\n   router-id 192.0.2.9\n   network 198.51.0.0/16\n"
		    "   advertise none\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	CU_ASSERT(!v->enabled);
	CU_ASSERT_STRING_EQUAL(v->circuits[0].physconn, "pc-1");
	CU_ASSERT_EQUAL(v->circuits[0].vlan_id, 7);
	CU_ASSERT_EQUAL(v->circuits[0].bandwidth_bps, 50000000);
	CU_ASSERT_EQUAL(v->mtu, 9000);
	CU_ASSERT_EQUAL(v->max_paths, 2);
	CU_ASSERT(reader_ip_is(&v->circuits[0].ipv4.local, "10.0.0.1"));
	CU_ASSERT(reader_ip_is(&v->circuits[0].ipv4.peer, "10.0.0.2"));
	CU_ASSERT_EQUAL(v->circuits[0].ipv4.len, 30);
	CU_ASSERT(reader_ip_is(&v->circuits[0].ipv6.local, "fd00:f::1"));
	CU_ASSERT(reader_ip_is(&v->circuits[0].ipv6.peer, "fd00:f::2"));
	CU_ASSERT_EQUAL(v->circuits[0].ipv6.len, 64);
	CU_ASSERT(reader_ip_is(&v->health.target, "fd00:f::2"));
	CU_ASSERT(reader_ip_is(&v->health.source, "fd00:f::1"));
	CU_ASSERT_EQUAL(v->health.interval_ms, 500);
	CU_ASSERT_EQUAL(v->health.threshold, 8);
	CU_ASSERT_EQUAL(v->n_statics, 1);
	CU_ASSERT(v->has_bgp);
	CU_ASSERT_EQUAL(v->local_as, 65020);
	CU_ASSERT_EQUAL(v->router_id, 0xc0000209);
	CU_ASSERT_EQUAL_FATAL(v->n_networks, 1);
	CU_ASSERT(prefix_is(&v->networks[0], "198.51.0.0/16"));
	CU_ASSERT_EQUAL(v->advertise, 2);
	reader_must_load(&r, VBR "!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT(v->enabled);
	CU_ASSERT(!v->has_bgp);
	CU_ASSERT_FALSE(ip_is_set(&v->health.target));
	CU_ASSERT_EQUAL(v->mtu, 1500);
	CU_ASSERT_EQUAL(v->max_paths, 8);
	reader_fini(&r);
}

static void a_peer_that_says_nothing_has_the_built_in_values(void)
{
	const struct model_peer *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r, VBR "  bgp\n   peer 10.0.0.2\n    peer-as 65001\n!\n");
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT(p->enabled);
	CU_ASSERT_EQUAL(p->peer_as, 65001);
	CU_ASSERT_EQUAL(p->hold_s, 30);
	CU_ASSERT_EQUAL(p->keepalive_s, 10);
	CU_ASSERT_EQUAL(p->connect_retry_s, 10);
	CU_ASSERT_EQUAL(p->delay_open_s, 0);
	CU_ASSERT(!p->passive);
	CU_ASSERT(!p->ttl_security);
	CU_ASSERT_EQUAL(p->multihop, 0);
	CU_ASSERT(!p->bfd);
	CU_ASSERT(p->ipv4);
	CU_ASSERT(!p->ipv6);
	CU_ASSERT_EQUAL(p->limit_max, 110);
	CU_ASSERT_EQUAL(p->limit_warning, 75);
	CU_ASSERT_EQUAL(p->limit_action, 0);
	CU_ASSERT_EQUAL(p->limit_restart_s, 60);
	CU_ASSERT_EQUAL(p->add_path, 0);
	CU_ASSERT_EQUAL(p->add_path_send, 0);
	CU_ASSERT_EQUAL(p->add_path_best, 2);
	CU_ASSERT(p->gr);
	CU_ASSERT_EQUAL(p->gr_time_s, 120);
	CU_ASSERT_EQUAL(p->llgr_time_s, 0);
	CU_ASSERT_EQUAL(p->role, 0);
	CU_ASSERT(!p->role_strict);
	CU_ASSERT(p->fake_as == 0 && !p->fake_no_prepend && !p->fake_replace_as);
	CU_ASSERT(!p->as_override && !p->rr_client && !p->next_hop_self && !p->next_hop_unchanged);
	CU_ASSERT_EQUAL(p->private_as, 0);
	CU_ASSERT_EQUAL(p->withhold, 0);
	CU_ASSERT_STRING_EQUAL(p->password, "");
	CU_ASSERT_STRING_EQUAL(p->group, "");
	reader_fini(&r);
}

/* Every parameter in the group; the second peer says each one itself. */
static const char group_says
	[] = "   group g\n    description of-g\n    peer-as 65001\n    password \"group\"\n"
	     "    update-source 10.0.0.1\n    shutdown-text \"moved on\"\n"
	     "    passive true\n    hold-time 90\n    keepalive 30\n    connect-retry 5\n"
	     "    delay-open 240\n"
	     "    ttl-security true\n    multihop 2\n    families ipv4\n    families ipv6\n"
	     "    route-limit maximum 1000\n    route-limit warning 50\n"
	     "    route-limit action restart\n    route-limit restart-after 86400\n"
	     "    role provider\n    role-strict true\n"
	     "    add-path receive\n    add-path-send best\n    add-path-best 16\n"
	     "    fake-as 64999\n    fake-as-no-prepend true\n"
	     "    fake-as-replace-as true\n    as-override true\n"
	     "    remove-private-as replace\n    next-hop-unchanged true\n"
	     "    send-community large\n    route-reflector-client true\n"
	     "    allow-own-as 1\n    graceful-restart enabled false\n"
	     "    graceful-restart restart-time 60\n"
	     "    graceful-restart long-lived-stale-time 16777215\n"
	     "    import-policy in-g\n    export-policy out-g\n";
static const char peer_says
	[] = "   peer 10.0.0.6\n    group g\n    enabled false\n    description own\n"
	     "    peer-as 65002\n    password \"own\"\n    passive false\n    hold-time 0\n"
	     "    keepalive 7\n    connect-retry 6\n    delay-open 0\n    ttl-security false\n"
	     "    multihop 3\n"
	     "    families ipv6\n    route-limit maximum 2000\n    route-limit warning 60\n"
	     "    route-limit action warn\n    route-limit restart-after 61\n"
	     "    role peer\n    role-strict false\n"
	     "    add-path both\n    add-path-send ecmp\n    add-path-best 3\n"
	     "    fake-as 64998\n    fake-as-no-prepend false\n"
	     "    fake-as-replace-as false\n    as-override false\n"
	     "    remove-private-as true\n    next-hop-unchanged false\n"
	     "    next-hop-self true\n"
	     "    send-community both\n    route-reflector-client false\n"
	     "    allow-own-as 0\n    graceful-restart enabled true\n"
	     "    graceful-restart restart-time 61\n"
	     "    graceful-restart long-lived-stale-time 0\n"
	     "    import-policy in-p\n    export-policy out-p\n";

static void a_peer_goes_before_its_group_leaf_by_leaf(void)
{
	const struct model_peer *p;
	struct reader r;
	char text[4096];

	reader_init(&r);
	snprintf(text, sizeof(text), "%s  bgp\n%s   peer 10.0.0.2\n    group g\n%s!\n", VBR,
		group_says, peer_says);
	reader_must_load(&r, text);
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT_STRING_EQUAL(p->description, "of-g");
	CU_ASSERT_EQUAL(p->peer_as, 65001);
	CU_ASSERT_STRING_EQUAL(p->password, "group");
	CU_ASSERT(p->passive && p->ttl_security && p->ipv4 && p->ipv6 && !p->gr && p->enabled);
	CU_ASSERT(reader_ip_is(&p->update_source, "10.0.0.1"));
	CU_ASSERT_STRING_EQUAL(p->shutdown_text, "moved on");
	CU_ASSERT_EQUAL(p->hold_s, 90);
	CU_ASSERT_EQUAL(p->keepalive_s, 30);
	CU_ASSERT(p->connect_retry_s == 5 && p->delay_open_s == 240);
	CU_ASSERT_EQUAL(p->multihop, 2);
	CU_ASSERT_EQUAL(p->limit_max, 1000);
	CU_ASSERT_EQUAL(p->limit_warning, 50);
	CU_ASSERT_EQUAL(p->limit_action, 3);
	CU_ASSERT_EQUAL(p->limit_restart_s, 86400);
	CU_ASSERT_EQUAL(p->allow_own_as, 1);
	CU_ASSERT(p->add_path == 1 && p->add_path_send == 1 && p->add_path_best == 16);
	CU_ASSERT_EQUAL(p->gr_time_s, 60);
	CU_ASSERT_EQUAL(p->llgr_time_s, 16777215);
	CU_ASSERT_EQUAL(p->role, 1);
	CU_ASSERT(p->role_strict);
	CU_ASSERT_EQUAL(p->fake_as, 64999);
	CU_ASSERT(p->fake_no_prepend && p->fake_replace_as && p->as_override && p->rr_client);
	CU_ASSERT(p->next_hop_unchanged && !p->next_hop_self);
	CU_ASSERT_EQUAL(p->private_as, 3);
	CU_ASSERT_EQUAL(p->withhold, 1 | 2);
	CU_ASSERT_STRING_EQUAL(p->import_policy, "in-g");
	CU_ASSERT_STRING_EQUAL(p->export_policy, "out-g");
	p = reader_peer(&r, "10.0.0.6");
	CU_ASSERT_STRING_EQUAL(p->description, "own");
	CU_ASSERT_EQUAL(p->peer_as, 65002);
	CU_ASSERT_STRING_EQUAL(p->password, "own");
	CU_ASSERT(!p->passive && !p->ttl_security && !p->ipv4 && p->ipv6 && p->gr && !p->enabled);
	CU_ASSERT(p->hold_s == 0 && p->keepalive_s == 7 && p->connect_retry_s == 6 &&
		p->delay_open_s == 0);
	CU_ASSERT_EQUAL(p->multihop, 3);
	CU_ASSERT_EQUAL(p->limit_max, 2000);
	CU_ASSERT_EQUAL(p->limit_warning, 60);
	CU_ASSERT_EQUAL(p->limit_action, 1);
	CU_ASSERT_EQUAL(p->limit_restart_s, 61);
	CU_ASSERT_EQUAL(p->allow_own_as, 0);
	CU_ASSERT_EQUAL(p->gr_time_s, 61);
	CU_ASSERT_EQUAL(p->llgr_time_s, 0);
	CU_ASSERT(p->add_path == 3 && p->add_path_send == 2 && p->add_path_best == 3);
	CU_ASSERT_EQUAL(p->role, 5);
	CU_ASSERT(!p->role_strict);
	CU_ASSERT_EQUAL(p->fake_as, 64998);
	CU_ASSERT(!p->fake_no_prepend && !p->fake_replace_as && !p->as_override && !p->rr_client);
	CU_ASSERT(!p->next_hop_unchanged && p->next_hop_self);
	CU_ASSERT_EQUAL(p->private_as, 1);
	CU_ASSERT_EQUAL(p->withhold, 4);
	CU_ASSERT_STRING_EQUAL(p->import_policy, "in-p");
	CU_ASSERT_STRING_EQUAL(p->export_policy, "out-p");
	reader_fini(&r);
}

static void each_word_of_send_community_keeps_its_kinds(void)
{
	static const struct {
		const char *word;
		uint8_t withhold;
	} rows[] = {
		{ "true", 0 },
		{ "all", 0 },
		{ "both", 4 },
		{ "standard", 2 | 4 },
		{ "extended", 1 | 4 },
		{ "large", 1 | 2 },
		{ "none", 1 | 2 | 4 },
		{ "false", 1 | 2 | 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader r;
		char text[1024];

		reader_init(&r);
		snprintf(text, sizeof(text),
			"%s  bgp\n   peer 10.0.0.2\n    peer-as 1\n    send-community %s\n!\n", VBR,
			rows[i].word);
		reader_must_load(&r, text);
		CU_ASSERT_EQUAL(reader_peer(&r, "10.0.0.2")->withhold, rows[i].withhold);
		reader_fini(&r);
	}
}

static void reflector_and_confederation_are_of_the_vbr(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r, VBR "  bgp\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT(v->cluster_id == 0 && !v->clients_meshed);
	CU_ASSERT(v->confed_id == 0 && v->n_confed_members == 0);
	reader_fini(&r);
	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   local-as 65001\n   cluster-id 1.2.3.4\n   client-to-client false\n"
		    "   confederation identifier 100\n   confederation member-as 65002\n"
		    "   confederation member-as 4200000000\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_EQUAL(v->cluster_id, 0x01020304);
	CU_ASSERT(v->clients_meshed);
	CU_ASSERT_EQUAL(v->confed_id, 100);
	CU_ASSERT_EQUAL_FATAL(v->n_confed_members, 2);
	CU_ASSERT_EQUAL(v->confed_member[0], 65002);
	CU_ASSERT_EQUAL(v->confed_member[1], 4200000000u);
	reader_fini(&r);
}

static void keys_of_tcp_ao_are_the_peers_or_the_groups(void)
{
	const struct model_peer *p;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR
		"  bgp\n   group g\n    peer-as 65001\n    tcp-ao key 7\n     secret old\n"
		"    tcp-ao key 8\n     receive-id 108\n     secret new\n"
		"     algorithm aes-128-cmac-96\n     preferred true\n"
		"   peer 10.0.0.2\n    group g\n"
		"   peer 10.0.0.6\n    group g\n    multihop 2\n    tcp-ao key 1\n     secret own\n"
		"     algorithm hmac-sha-256\n!\n");
	p = reader_peer(&r, "10.0.0.2");
	CU_ASSERT_EQUAL_FATAL(p->n_ao, 2);
	CU_ASSERT_EQUAL(p->ao[0].id, 7);
	CU_ASSERT_EQUAL(p->ao[0].receive_id, 7);
	CU_ASSERT_EQUAL(p->ao[0].algorithm, 0);
	CU_ASSERT_STRING_EQUAL(p->ao[0].secret, "old");
	CU_ASSERT(!p->ao[0].preferred && p->ao[1].preferred);
	CU_ASSERT_EQUAL(p->ao[1].receive_id, 108);
	CU_ASSERT_EQUAL(p->ao[1].algorithm, 1);
	CU_ASSERT_STRING_EQUAL(p->ao[1].secret, "new");
	p = reader_peer(&r, "10.0.0.6");
	CU_ASSERT_EQUAL_FATAL(p->n_ao, 1);
	CU_ASSERT_EQUAL(p->ao[0].id, 1);
	CU_ASSERT_EQUAL(p->ao[0].algorithm, 2);
	CU_ASSERT_STRING_EQUAL(p->ao[0].secret, "own");
	reader_fini(&r);
}

static void a_range_has_the_parameters_of_its_group(void)
{
	const struct prefix pfx = { .family = AF_INET, .len = 31, .b = { 10, 0, 0, 2 } };
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    password \"s3cret\"\n"
		    "    description rack\n    passive false\n    hold-time 9\n"
		    "   listen-range 10.0.0.0/31\n    group g\n"
		    "   listen-range 10.0.0.2/31\n    group g\n    limit 1000\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	CU_ASSERT_EQUAL_FATAL(v->n_ranges, 2);
	CU_ASSERT_EQUAL(v->n_peers, 0);
	CU_ASSERT_EQUAL(v->ranges[0].limit, 8);
	CU_ASSERT_EQUAL(v->ranges[1].limit, 1000);
	CU_ASSERT_TRUE(prefix_is_equal(&v->ranges[1].pfx, &pfx));
	CU_ASSERT_EQUAL(v->ranges[1].peer.peer_as, 65001);
	CU_ASSERT_EQUAL(v->ranges[1].peer.hold_s, 9);
	CU_ASSERT_EQUAL(v->ranges[1].peer.keepalive_s, 3);
	CU_ASSERT(v->ranges[1].peer.enabled && v->ranges[1].peer.ipv4 && !v->ranges[1].peer.ipv6);
	CU_ASSERT_STRING_EQUAL(v->ranges[1].peer.password, "s3cret");
	CU_ASSERT_STRING_EQUAL(v->ranges[1].peer.description, "rack");
	CU_ASSERT_STRING_EQUAL(v->ranges[1].peer.group, "g");
	reader_fini(&r);
}

static void an_unnumbered_neighbour_is_a_range_that_speaks_both_families(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    hold-time 9\n"
		    "   unnumbered\n    group g\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	CU_ASSERT_EQUAL_FATAL(v->n_ranges, 1);
	CU_ASSERT_TRUE(v->ranges[0].discover);
	CU_ASSERT_EQUAL(v->ranges[0].limit, 1);
	CU_ASSERT_TRUE(ip_is_link_local(&v->ranges[0].peer.address));
	CU_ASSERT_EQUAL(v->ranges[0].peer.hold_s, 9);
	CU_ASSERT(v->ranges[0].peer.ipv4 && v->ranges[0].peer.ipv6);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    families ipv6\n"
		    "   unnumbered\n    group g\n!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_EQUAL_FATAL(v->n_ranges, 1);
	CU_ASSERT(!v->ranges[0].peer.ipv4 && v->ranges[0].peer.ipv6);
	reader_fini(&r);
}

static void a_keepalive_of_the_group_bends_to_the_hold_time_of_the_peer(void)
{
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		VBR "  bgp\n   group g\n    peer-as 65001\n    keepalive 30\n"
		    "   peer 10.0.0.2\n    group g\n    hold-time 9\n!\n");
	CU_ASSERT_EQUAL(reader_peer(&r, "10.0.0.2")->keepalive_s, 3);
	reader_must_load(&r,
		VBR "  bgp\n   peer 10.0.0.2\n    peer-as 65001\n    hold-time 3\n!\n");
	CU_ASSERT_EQUAL(reader_peer(&r, "10.0.0.2")->keepalive_s, 1);
	reader_fini(&r);
}

static void passwords_that_cannot_be_used_are_refused(void)
{
	struct vault *other;
	struct reader r;
	char text[1024];
	char *sealed;

	reader_init(&r);
	other = vault_open(NULL, &r.err);
	sealed = vault_seal(other, "s3cret");
	snprintf(text, sizeof(text),
		"%s  bgp\n   peer 10.0.0.2\n    peer-as 65001\n    password \"%s\"\n!\n", VBR,
		sealed);
	CU_ASSERT(reader_load(&r, text) < 0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(errbuf_first(&r.err), "peer 10.0.0.2: the password was sealed by another"));
	free(sealed);
	vault_close(other);
	reader_fini(&r);
}

static void peerings_and_consents_are_read_leaf_by_leaf(void)
{
	static const char vpcs[] = "tenant acme\n vpc a\n  cidr 10.1.0.0/16\n"
				   " vpc b\n  cidr 10.2.0.0/16\n";
	const struct model_peering *p;
	const struct model_accept *a;
	struct reader r;
	char text[2048];

	reader_init(&r);
	snprintf(text, sizeof(text),
		"%s peering one\n  initiator vpc a\n  acceptor vpc b\n  spec Small.5\n"
		" peering two\n  enabled false\n  initiator vpc b\n  acceptor tenant beta\n"
		"  acceptor vpc far\n  bandwidth 7\n  weight 1000\n  transit true\n"
		"  import-policy in\n  export-policy out\n"
		" accept-peering beta back\n  vpc a\n!\n",
		vpcs);
	reader_must_load(&r, text);
	p = model_peering(r.model, "acme", "one");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT(p->enabled && !p->transit && !p->initiator.is_vbr && !p->acceptor.is_vbr);
	CU_ASSERT_STRING_EQUAL(p->initiator.tenant, "acme");
	CU_ASSERT_STRING_EQUAL(p->initiator.name, "a");
	CU_ASSERT_STRING_EQUAL(p->acceptor.tenant, "acme");
	CU_ASSERT_STRING_EQUAL(p->acceptor.name, "b");
	CU_ASSERT_STRING_EQUAL(p->spec, "Small.5");
	CU_ASSERT_EQUAL(p->bandwidth_bps, 50000000);
	CU_ASSERT_EQUAL(p->weight, 100);
	p = model_peering(r.model, "acme", "two");
	CU_ASSERT(!p->enabled && p->transit);
	CU_ASSERT_STRING_EQUAL(p->acceptor.tenant, "beta");
	CU_ASSERT_STRING_EQUAL(p->spec, "");
	CU_ASSERT_EQUAL(p->bandwidth_bps, 7000000);
	CU_ASSERT_EQUAL(p->weight, 1000);
	CU_ASSERT_STRING_EQUAL(p->import_policy, "in");
	CU_ASSERT_STRING_EQUAL(p->export_policy, "out");
	a = (const struct model_accept *)model_get(r.model, MODEL_ACCEPT, "acme", "back", "beta");
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_STRING_EQUAL(a->vpc, "a");
	reader_must_load(&r, "tenant acme\n!\n");
	CU_ASSERT_PTR_NULL(model_peering(r.model, "acme", "one"));
	CU_ASSERT_PTR_NULL(model_get(r.model, MODEL_ACCEPT, "acme", "back", "beta"));
	CU_ASSERT_PTR_NULL(model_vpc(r.model, "acme", "a"));
	reader_fini(&r);
}

static void a_failover_group_is_read_leaf_by_leaf(void)
{
	static const char members[] = VBR
		" vbr b\n  physical-connection pc-1\n  vlan-id 8\n"
		"  ipv4 local-gateway 10.0.1.1\n  ipv4 peer-gateway 10.0.1.2\n"
		"  ipv4 prefix-length 30\n failover-group g\n  primary b\n  secondary a\n";
	const struct model_failover *f;
	struct reader r;
	char text[2048];

	reader_init(&r);
	snprintf(text, sizeof(text), "%s!\n", members);
	reader_must_load(&r, text);
	f = model_failover(r.model, "acme", "g");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_STRING_EQUAL(f->member[FAILOVER_PRIMARY], "b");
	CU_ASSERT_STRING_EQUAL(f->member[FAILOVER_SECONDARY], "a");
	CU_ASSERT_EQUAL(f->mode, FAILOVER_ACTIVE_STANDBY);
	CU_ASSERT_EQUAL(f->audit_s, 10);
	snprintf(text, sizeof(text), "%s  mode load-share\n  audit-interval 2\n!\n", members);
	reader_must_load(&r, text);
	f = model_failover(r.model, "acme", "g");
	CU_ASSERT_EQUAL(f->mode, FAILOVER_LOAD_SHARE);
	CU_ASSERT_EQUAL(f->audit_s, 2);
	snprintf(text, sizeof(text), "%s  audit-interval 1\n!\n", members);
	CU_ASSERT_EQUAL(reader_load(&r, text), -EINVAL);
	reader_fini(&r);
}

static void policies_are_read_in_the_order_of_their_numbers(void)
{
	const struct model_policy *p;
	const struct policy_conf *c;
	const struct policy_term *t;
	struct reader r;

	reader_init(&r);
	reader_must_load(&r,
		"policy prefix-list pl\n"
		" rule 20\n  action deny\n  prefix 10.0.0.0/8\n  ge 9\n  le 24\n"
		" rule 3\n  action permit\n  prefix 192.0.2.0/24\n!\n"
		"policy route-map rm\n term 100\n  action deny\n"
		" term 9\n  action permit\n  match prefix-list pl\n  match source bgp\n"
		"  match source static\n  match med 5\n  match local-preference 6..\n"
		"  match as-path-length 2..4\n  match origin egp\n  set local-preference +200\n"
		"  set med 7\n  set origin incomplete\n  set as-path-prepend \"65001 65002\"\n"
		"  then next\n term 50\n  action permit\n  match as-path-length 3..\n"
		"  match next-hop-list pl\n  match as-path-list al\n  set med -1\n"
		"  set as-path-prepend \"last 3\"\n!\n"
		"policy as-path-list al\n rule 7\n  action permit\n"
		"  regex \"^65001_[0-9]+(_\\\\{.*\\\\})?$\"\n!\n"
		"tenant acme\n policy route-map own\n  term 1\n   action permit\n!\n");
	p = (const struct model_policy *)model_get(r.model, MODEL_POLICY, "", "", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	c = p->rules;
	CU_ASSERT_EQUAL_FATAL(c->n_prefix_lists, 1);
	CU_ASSERT_EQUAL_FATAL(c->prefix_lists[0].n_rules, 2);
	CU_ASSERT_EQUAL(c->prefix_lists[0].rules[0].seq, 3);
	CU_ASSERT(c->prefix_lists[0].rules[0].permit);
	CU_ASSERT_EQUAL(c->prefix_lists[0].rules[1].ge, 9);
	CU_ASSERT_EQUAL(c->prefix_lists[0].rules[1].le, 24);
	CU_ASSERT_EQUAL_FATAL(c->n_maps, 1);
	CU_ASSERT_EQUAL_FATAL(c->maps[0].n_terms, 3);
	t = &c->maps[0].terms[0];
	CU_ASSERT_EQUAL(t->seq, 9);
	CU_ASSERT(t->permit && t->next);
	CU_ASSERT_STRING_EQUAL(t->match.ref[POLICY_REF_PREFIX], "pl");
	CU_ASSERT_EQUAL(t->match.source_mask, 1u << RIB_SOURCE_BGP | 1u << RIB_SOURCE_STATIC);
	CU_ASSERT(t->match.med.given && t->match.med.min == 5 && t->match.med.max == 5);
	CU_ASSERT(t->match.local_pref.given && t->match.local_pref.min == 6 &&
		t->match.local_pref.max == UINT32_MAX);
	CU_ASSERT(t->match.path_len.given && t->match.path_len.min == 2 &&
		t->match.path_len.max == 4);
	CU_ASSERT(t->match.has_origin && t->match.origin == BGP_ORIGIN_EGP);
	CU_ASSERT(t->set.local_pref.op == POLICY_OP_ADD && t->set.local_pref.value == 200);
	CU_ASSERT(t->set.med.op == POLICY_OP_SET && t->set.med.value == 7);
	CU_ASSERT(t->set.has_origin && t->set.origin == BGP_ORIGIN_INCOMPLETE);
	CU_ASSERT(
		t->set.n_prepend == 2 && t->set.prepend[0] == 65001 && t->set.prepend[1] == 65002);
	t = &c->maps[0].terms[1];
	CU_ASSERT_EQUAL(t->seq, 50);
	CU_ASSERT(!t->next && t->match.path_len.min == 3 && t->match.path_len.max == UINT32_MAX);
	CU_ASSERT(t->set.prepend_last == 3 && t->set.n_prepend == 0);
	CU_ASSERT(t->set.med.op == POLICY_OP_SUB && t->set.med.value == 1);
	CU_ASSERT_STRING_EQUAL(t->match.ref[POLICY_REF_NEXT_HOP], "pl");
	CU_ASSERT_STRING_EQUAL(t->match.ref[POLICY_REF_AS_PATH], "al");
	CU_ASSERT(!c->maps[0].terms[2].permit);
	CU_ASSERT_EQUAL_FATAL(c->n_aspath_lists, 1);
	CU_ASSERT_EQUAL(c->aspath_lists[0].rules[0].seq, 7);
	CU_ASSERT(c->aspath_lists[0].rules[0].permit);
	CU_ASSERT_STRING_EQUAL(aspath_regex_text(c->aspath_lists[0].rules[0].regex),
		"^65001_[0-9]+(_\\{.*\\})?$");
	CU_ASSERT_EQUAL(p->uses[MODEL_POLICY_PREFIX_LIST].n, 2);
	CU_ASSERT_EQUAL(p->uses[MODEL_POLICY_ASPATH_LIST].n, 1);
	p = (const struct model_policy *)model_get(r.model, MODEL_POLICY, "acme", "", "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->has[MODEL_POLICY_MAP].n, 1);
	CU_ASSERT_STRING_EQUAL(p->has[MODEL_POLICY_MAP].v[0], "own");
	reader_fini(&r);
}

static const struct cu_case cases[] = {
	CU_CASE(the_system_is_read_leaf_by_leaf),
	CU_CASE(connections_and_tenants_have_the_defaults_of_the_model),
	CU_CASE(a_vpc_is_read_leaf_by_leaf),
	CU_CASE(more_than_fits_is_refused_not_cut),
	CU_CASE(a_vbr_is_read_leaf_by_leaf),
	CU_CASE(a_peer_that_says_nothing_has_the_built_in_values),
	CU_CASE(a_peer_goes_before_its_group_leaf_by_leaf),
	CU_CASE(each_word_of_send_community_keeps_its_kinds),
	CU_CASE(reflector_and_confederation_are_of_the_vbr),
	CU_CASE(a_keepalive_of_the_group_bends_to_the_hold_time_of_the_peer),
	CU_CASE(keys_of_tcp_ao_are_the_peers_or_the_groups),
	CU_CASE(a_range_has_the_parameters_of_its_group),
	CU_CASE(an_unnumbered_neighbour_is_a_range_that_speaks_both_families),
	CU_CASE(passwords_that_cannot_be_used_are_refused),
	CU_CASE(peerings_and_consents_are_read_leaf_by_leaf),
	CU_CASE(a_failover_group_is_read_leaf_by_leaf),
	CU_CASE(policies_are_read_in_the_order_of_their_numbers),
};
CU_SUITE(read, cases);
