/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How neighbours are watched: text of a configuration in, the model out.
 */
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

static const struct cu_case cases[] = {
	CU_CASE(a_peer_is_watched_as_its_group_is_unless_it_says_otherwise),
	CU_CASE(each_type_takes_a_secret_of_its_length),
};
CU_SUITE(vbr_bfd, cases);
