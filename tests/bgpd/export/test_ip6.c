/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6, with extended messages: the same path through MP_REACH_NLRI and MP_UNREACH_NLRI.
 */
#include <string.h>

#include "bgpd/wire/message.h"
#include "bgpd/wire/update.h"
#include "tests/bgpd/export/rig.h"
#include "tests/cu_main.h"

#define PREFIXES 3000

struct listener {
	struct wire_session rx;
	struct ip_addr next_hop;
	struct arena *arena;
	uint32_t n_known;
	uint32_t n_eor;
	uint32_t n_messages;
	bool known[PREFIXES];
};

static struct prefix prefix6(uint32_t n)
{
	struct ip_addr a = { .family = AF_INET6, .b = { 0x24, 0, (uint8_t)(n >> 8), (uint8_t)n } };

	return prefix_make(&a, 48);
}

static void count(struct listener *l, const struct wire_nlri *nlri, bool known)
{
	struct wire_nlri_iter it;
	struct prefix pfx;
	uint32_t path_id;

	wire_nlri_begin(&it, nlri);
	while (wire_nlri_next(&it, &pfx, &path_id)) {
		const uint32_t n = (uint32_t)pfx.b[2] << 8 | pfx.b[3];

		CU_ASSERT_TRUE_FATAL(n < PREFIXES && pfx.len == 48 && l->known[n] != known);
		l->known[n] = known;
		l->n_known += known ? 1u : UINT32_MAX;
	}
}

static void on_send(void *ctx, const struct export_run *run)
{
	struct listener *l = ctx;
	const uint8_t *p = run->p;
	size_t len = run->len;
	struct wire_err err = { 0 };
	struct wire_update u;

	l->n_messages += run->n_updates;
	while (len) {
		const int n = wire_frame(p, len, BGP_MAX_LEN_EXT, &err);

		CU_ASSERT_TRUE_FATAL(n > 0);
		arena_reset(l->arena);
		CU_ASSERT_EQUAL_FATAL(wire_update_split(p, (size_t)n, &l->rx, &u, &err), 0);
		CU_ASSERT_EQUAL_FATAL(wire_update_decode(&u, &l->rx, l->arena, &err), 0);
		l->n_eor += u.end_of_rib == BGP_FAMILY_IP6;
		count(l, &u.withdrawn[1], false);
		count(l, &u.reach[1], true);
		if (u.reach[1].o.len)
			CU_ASSERT_TRUE(ip_is_equal(&u.mp_next_hop, &l->next_hop));
		p += n;
		len -= (size_t)n;
	}
	export_chunk_unref(run->chunk);
}

static bool never_congested(void *ctx UNUSED)
{
	return false;
}

static const struct export_member_ops ops = {
	.send = on_send,
	.is_congested = never_congested,
};

static void fill(struct rib *r, struct rib_source *s, struct attrs *at)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		const struct rib_offer o = { .pfx = prefix6(i), .in = at, .attrs = at };

		CU_ASSERT_EQUAL_FATAL(rib_update(r, s, &o), 0);
	}
}

static void table_goes_out_and_is_taken_back(void)
{
	const struct rib_conf conf = { .af = AF_INET6, .max_paths = 1 };
	const struct rib_source init = { .kind = RIB_SOURCE_BGP };
	struct listener l = { 0 };
	struct export_conf c;
	struct export_member *m;
	struct export *e;
	struct rib_source *s;
	uint32_t cursor = 0;
	struct rib *r;
	struct rig g;

	rig_setup(&g);
	r = rib_new(&conf, g.at);
	e = export_new(g.loop, r);
	s = rib_source_new(r, &init);
	memset(&c, 0, sizeof(c));
	c.wire.as4 = true;
	c.wire.ext_message = true;
	c.wire.families = BGP_FAMILY_BIT(BGP_FAMILY_IP6);
	c.wire.local_as = 65000;
	c.wire.peer_as = 65001;
	c.family = BGP_FAMILY_IP6;
	c.bgp_to_all = true;
	CU_ASSERT_EQUAL(ip_parse("2400:ffff::1", &c.next_hop), 0);
	l.rx = c.wire;
	l.rx.local_as = 65001;
	l.rx.peer_as = 65000;
	l.next_hop = c.next_hop;
	l.arena = g.arena;

	fill(r, s, g.sets[2]);
	m = export_join(e, &c, &ops, &l);
	rig_settle(&g);
	CU_ASSERT_EQUAL(l.n_known, PREFIXES);
	CU_ASSERT_EQUAL(export_count(m), PREFIXES);
	CU_ASSERT_EQUAL(l.n_eor, 1);
	CU_ASSERT(l.n_messages < 6); /* 21,000 octets of prefixes, a message a slice, End-of-RIB */
	while (rib_source_flush(r, s, 500, false, &cursor))
		;
	rig_settle(&g);
	CU_ASSERT_EQUAL(l.n_known, 0);
	CU_ASSERT_EQUAL(export_count(m), 0);
	CU_ASSERT_EQUAL(rib_net_limit(r), 0); /* all handles are free again */
	export_leave(m);
	export_free(e);
	rib_free(r);
	rig_teardown(&g);
}

static const struct cu_case cases[] = {
	CU_CASE(table_goes_out_and_is_taken_back),
};
CU_SUITE(ip6, cases);
