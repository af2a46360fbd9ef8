/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How neighbours are watched: text of a configuration in, the model out.
 */
#include <stdlib.h>
#include <string.h>

#include "bfd/packet.h"
#include "tests/cu_main.h"
#include "tests/vbr/reader.h"

#define VBR                                                                             \
	"physical-connection pc-1\n interface eth1\n!\n"                                \
	"tenant acme\n vbr a\n  physical-connection pc-1\n  vlan-id 7\n"                \
	"  ipv4 local-gateway 10.0.0.1\n  ipv4 peer-gateway 10.0.0.2\n"                 \
	"  ipv4 prefix-length 30\n  bgp\n   group g\n    peer-as 65001\n    bfd true\n" \
	"   peer 10.0.0.2\n    group g\n   peer 10.0.0.6\n    group g\n    bfd false\n"

static const struct model_vbr *load(struct reader *r, const char *bfd)
{
	char text[2048];
	const struct model_vbr *v;

	snprintf(text, sizeof(text), VBR "%s!\n", bfd);
	reader_must_load(r, text);
	v = model_vbr(r->model, "acme", "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	return v;
}

static void a_peer_is_watched_as_its_group_is_unless_it_says_otherwise(void)
{
	const struct model_vbr *v;
	struct reader r;

	reader_init(&r);
	v = load(&r, "");
	CU_ASSERT_EQUAL_FATAL(v->n_peers, 2);
	CU_ASSERT(v->peers[0].bfd);
	CU_ASSERT(!v->peers[1].bfd);
	CU_ASSERT_EQUAL(v->bfd.min_tx_ms, 1000);
	CU_ASSERT_EQUAL(v->bfd.min_rx_ms, 1000);
	CU_ASSERT_EQUAL(v->bfd.multiplier, 3);
	CU_ASSERT_EQUAL(v->bfd.auth_type, BFD_AUTH_NONE);
	v = load(&r, "  bfd min-tx 50\n  bfd min-rx 30000\n  bfd multiplier 255\n");
	CU_ASSERT_EQUAL(v->bfd.min_tx_ms, 50);
	CU_ASSERT_EQUAL(v->bfd.min_rx_ms, 30000);
	CU_ASSERT_EQUAL(v->bfd.multiplier, 255);
	reader_fini(&r);
}

static const struct {
	const char *word;
	uint8_t type;
	size_t max;
} types[] = {
	{ "simple-password", BFD_AUTH_SIMPLE, 16 },
	{ "keyed-md5", BFD_AUTH_MD5, 16 },
	{ "meticulous-keyed-md5", BFD_AUTH_METICULOUS_MD5, 16 },
	{ "keyed-sha1", BFD_AUTH_SHA1, 20 },
	{ "meticulous-keyed-sha1", BFD_AUTH_METICULOUS_SHA1, 20 },
};

static void each_type_takes_a_secret_of_its_length(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct model_vbr *v;
		char text[2048];
		char secret[32];
		struct reader r;

		memset(secret, 's', sizeof(secret));
		secret[types[i].max] = '\0';
		snprintf(text, sizeof(text),
			"  bfd authentication type %s\n  bfd authentication key-id 9\n"
			"  bfd authentication secret %s\n",
			types[i].word, secret);
		reader_init(&r);
		v = load(&r, text);
		CU_ASSERT_EQUAL(v->bfd.auth_type, types[i].type);
		CU_ASSERT_EQUAL(v->bfd.auth_id, 9);
		CU_ASSERT_STRING_EQUAL(v->bfd.secret, secret);
		snprintf(text, sizeof(text),
			VBR "  bfd authentication type %s\n  bfd authentication secret %ss\n!\n",
			types[i].word, secret);
		CU_ASSERT(reader_load(&r, text) < 0);
		reader_fini(&r);
	}
}

#define VPC             "tenant acme\n vpc p\n  cidr 172.16.0.0/16\n  interface eth2\n"
#define STATIC(pfx, nh) "  static-route " pfx "\n   next-hop " nh "\n   bfd true\n"
#define ALONE                                                                      \
	"physical-connection pc-1\n interface eth1\n!\ntenant acme\n vbr a\n"      \
	"  physical-connection pc-1\n  vlan-id 7\n  ipv4 local-gateway 10.0.0.1\n" \
	"  ipv4 peer-gateway 10.0.0.2\n  ipv4 prefix-length 24\n"

static void next_hops_of_static_routes_are_watched_each_once(void)
{
	struct ip_addr gw[MODEL_MAX_GATEWAYS];
	const struct model_vbr *v;
	const struct model_vpc *p;
	struct ip_addr own;
	struct reader r;
	char text[64];

	reader_init(&r);
	reader_must_load(&r,
		ALONE STATIC("192.168.1.0/24", "10.0.0.9") STATIC("192.168.2.0/24",
			"10.0.0.9") STATIC("192.168.3.0/24",
			"10.0.0.8") "  static-route 192.168.4.0/24\n   next-hop 10.0.0.7\n!\n" VPC
				    "   address 172.16.0.1/24\n  bfd min-tx 70\n" STATIC(
					    "192.168.1.0/24", "172.16.0.10") "!\n");
	v = model_vbr(r.model, "acme", "a");
	CU_ASSERT_EQUAL(model_gateways(v->statics, v->n_statics, gw), 2);
	CU_ASSERT_STRING_EQUAL(ip_format(&gw[0], text), "10.0.0.9");
	CU_ASSERT_STRING_EQUAL(ip_format(&gw[1], text), "10.0.0.8");
	p = model_vpc(r.model, "acme", "p");
	CU_ASSERT_EQUAL(p->bfd.min_tx_ms, 70);
	CU_ASSERT_EQUAL(p->bfd.min_rx_ms, 1000);
	CU_ASSERT_EQUAL(model_gateways(p->statics, p->n_statics, gw), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(model_vpc_iface_to(p, &gw[0], &own));
	CU_ASSERT_STRING_EQUAL(ip_format(&own, text), "172.16.0.1");
	reader_fini(&r);
}

static int load_and_check(struct reader *r, const char *text)
{
	const int ret = reader_load(r, text);

	return ret < 0 ? ret : model_check(r->model, &r->err);
}

static void what_cannot_be_watched_is_refused(void)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{ VBR STATIC("192.168.1.0/24", "10.0.0.2") "!\n", "is a peer with bfd, too" },
		{ ALONE "  bgp\n   group g\n    peer-as 65001\n    bfd true\n"
			"   listen-range 10.0.0.0/28\n    group g\n" STATIC("192.168.1.0/24",
				"10.0.0.9") "!\n",
			"is in listen-range 10.0.0.0/28 with bfd" },
		{ VPC STATIC("192.168.1.0/24", "172.16.0.10") "!\n",
			"has no address to speak from" },
		{ ALONE "  static-route 192.168.1.0/24\n   blackhole\n   bfd true\n!\n",
			"bfd watches next hops" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct reader r;

		reader_init(&r);
		CU_ASSERT(load_and_check(&r, bad[i].text) < 0);
		CU_ASSERT_FALSE_FATAL(errbuf_is_empty(&r.err));
		CU_ASSERT_PTR_NOT_NULL(strstr(errbuf_first(&r.err), bad[i].why));
		reader_fini(&r);
	}
}

static void a_vbr_has_64_watched_next_hops(void)
{
	const size_t size = 16384;
	char *text = malloc(size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (unsigned n = MODEL_MAX_GATEWAYS; n <= MODEL_MAX_GATEWAYS + 1; n++) {
		struct reader r;
		size_t len = (size_t)snprintf(text, size, ALONE);

		for (unsigned i = 0; i < n; i++) {
			if (i % 8 == 0)
				len += (size_t)snprintf(text + len, size - len,
					"  static-route 192.168.%u.0/24\n   bfd true\n", i / 8);
			len += (size_t)snprintf(text + len, size - len, "   next-hop 10.0.0.%u\n",
				10 + i);
		}
		(void)snprintf(text + len, size - len, "!\n");
		reader_init(&r);
		CU_ASSERT_EQUAL(load_and_check(&r, text) == 0, n == MODEL_MAX_GATEWAYS);
		CU_ASSERT_EQUAL(errbuf_is_empty(&r.err), n == MODEL_MAX_GATEWAYS);
		if (n > MODEL_MAX_GATEWAYS)
			CU_ASSERT_PTR_NOT_NULL(
				strstr(errbuf_first(&r.err), "more than 64 next hops"));
		reader_fini(&r);
	}
	free(text);
}

static const struct cu_case cases[] = {
	CU_CASE(a_peer_is_watched_as_its_group_is_unless_it_says_otherwise),
	CU_CASE(each_type_takes_a_secret_of_its_length),
	CU_CASE(next_hops_of_static_routes_are_watched_each_once),
	CU_CASE(what_cannot_be_watched_is_refused),
	CU_CASE(a_vbr_has_64_watched_next_hops),
};
CU_SUITE(vbr_bfd, cases);
