/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/engine/stage.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/wire/bgp.h"
#include "lib/base/xalloc.h"

void stage_ask(struct stage *s, const char *prefix)
{
	const struct prefix p = lab_prefix(prefix);

	lab_settle(&s->lab);
	arena_reset(s->arena);
	bgp_explain(s->lab.a.i, &p, NULL, s->arena, &s->x);
}

void stage_raw_up(struct stage *s, const struct bgp_peer_conf *c)
{
	s->lab.a.p = bgp_peer_new(s->lab.a.i, c);
	CU_ASSERT_TRUE_FATAL(lab_raw_up(&s->raw, &s->lab, false));
	s->has_raw = true;
}

void stage_raw_up_plainly(struct stage *s)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	stage_raw_up(s, &c);
}

void stage_raw_up_internally(struct stage *s)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	c.session.passive = true;
	c.session.local_as = RIG_AS_B;
	stage_raw_up(s, &c);
	s->raw.ws.ibgp = true;
}

/* A map "m": term 10 permits 20.0.0.0/16 and below with local-preference 200, term 20 denies. */
struct policy_set *stage_policy(void)
{
	struct policy_conf *c = xcalloc(1, sizeof(*c));

	c->prefix_lists = xcalloc(1, sizeof(*c->prefix_lists));
	c->n_prefix_lists = 1;
	c->prefix_lists[0].name = xstrdup("l");
	c->prefix_lists[0].rules = xcalloc(1, sizeof(*c->prefix_lists[0].rules));
	c->prefix_lists[0].n_rules = 1;
	c->prefix_lists[0].rules[0] = (struct policy_prefix_rule){ .seq = 1,
		.permit = true,
		.pfx = lab_prefix("20.0.0.0/16"),
		.le = 32 };
	c->maps = xcalloc(1, sizeof(*c->maps));
	c->n_maps = 1;
	c->maps[0].name = xstrdup("m");
	c->maps[0].terms = xcalloc(2, sizeof(*c->maps[0].terms));
	c->maps[0].n_terms = 2;
	c->maps[0].terms[0] = (struct policy_term){ .seq = 10,
		.permit = true,
		.match.ref[POLICY_REF_PREFIX] = xstrdup("l"),
		.set.local_pref = { POLICY_OP_SET, 200 } };
	c->maps[0].terms[1] = (struct policy_term){ .seq = 20 };
	return lab_policy(c);
}

void stage_raw_up_with(struct stage *s, const char *import)
{
	struct bgp_peer_conf c = lab_peer_conf(&s->lab.a);

	bgp_engine_set_policy(s->lab.a.e, stage_policy());
	c.session.passive = true;
	c.has_import = true;
	c.import_policy = import;
	stage_raw_up(s, &c);
}

struct attrs *stage_attrs(struct stage *s, const struct made *m)
{
	static const uint8_t clusters[64];
	static const uint8_t llgr_stale[] = { 0xff, 0xff, 0, 6 }; /* RFC 9494 3.3 */
	uint8_t path[2 + 4 * 16] = { BGP_AS_SEQUENCE, m->path_len };
	struct wire_attrs w = lab_raw_attrs(AF_INET);

	for (unsigned i = 0; i < m->path_len; i++) {
		path[2 + 4 * i + 2] = 0xfc;
		path[2 + 4 * i + 3] = (uint8_t)(i + 1);
	}
	w.has |= m->local_pref || m->is_last_resort ? WIRE_HAS_LOCAL_PREF : 0;
	w.has |= m->med ? WIRE_HAS_MED : 0;
	w.has |= m->originator ? WIRE_HAS_ORIGINATOR_ID : 0;
	if (m->is_llgr_stale)
		w.communities = (struct octets){ llgr_stale, sizeof(llgr_stale) };
	w.local_pref = m->local_pref;
	w.med = m->med;
	w.origin = m->origin;
	w.originator_id = m->originator;
	w.cluster_list = (struct octets){ clusters, (uint16_t)(4 * m->clusters) };
	w.as_path = m->path_len ? (struct octets){ path, (uint16_t)(2 + 4 * m->path_len) } :
				  (struct octets){ NULL, 0 };
	return attrs_get(s->lab.a.e->attrs, &w);
}

/* One path of its own source, or (source of an earlier one, from 1) of that. */
void stage_make(struct stage *s, unsigned n, const struct made *m, unsigned of)
{
	struct bgp_table *t = &s->lab.a.i->table[BGP_FAMILY_IP4];
	struct rib_source init = { .kind = m->kind, .ibgp = m->ibgp, .router_id = m->router_id };
	struct attrs *at = stage_attrs(s, m);
	const struct rib_offer o = {
		.pfx = lab_prefix(STAGE_PFX),
		.path_id = m->path_id,
		.in = at,
		.attrs = at,
	};

	if (m->addr && ip_parse(m->addr, &init.addr) != 0)
		CU_FAIL("no address");
	s->made[n] = of ? s->made[of - 1] : rib_source_new(t->rib, &init);
	CU_ASSERT_EQUAL(rib_update(t->rib, s->made[n], &o), 0);
	attrs_unref(s->lab.a.e->attrs, at);
}

void stage_edge(struct stage *s, uint8_t kinds, bool transit)
{
	const struct bgp_edge_conf conf = { .name = "p1", .kinds = kinds, .transit = transit };
	const struct nexthop nh = nexthop_device(DEV_OF_VPC);

	s->vpc = lab_instance(&s->lab.a, 2);
	s->up = bgp_edge_out_new(s->lab.a.i, &conf, NULL, NULL);
	s->into_vpc = bgp_edge_in_new(s->vpc, "p1", &nh);
	bgp_edge_out_join(s->up, s->into_vpc);
}

static void drop_made(struct stage *s)
{
	struct rib *r = s->lab.a.i->table[BGP_FAMILY_IP4].rib;

	for (unsigned n = 0; n < STAGE_PATHS; n++) {
		uint32_t cursor = 0;

		for (unsigned k = 0; k < n; k++)
			s->made[n] = s->made[k] == s->made[n] ? NULL : s->made[n];
		if (!s->made[n])
			continue;
		while (rib_source_flush(r, s->made[n], 1000, false, &cursor))
			;
		rib_source_free(r, s->made[n]);
	}
}

void stage_open(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	lab_init(&s->lab);
	s->arena = arena_new(4096);
}

void stage_close(struct stage *s)
{
	if (s->has_raw)
		raw_close(&s->raw.raw);
	drop_made(s);
	lab_fini(&s->lab);
	arena_free(s->arena);
}
