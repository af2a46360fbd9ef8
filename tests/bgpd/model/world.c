/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bgpd/model/world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"

#define QUIET_TURNS 3

/* Ordinary ones, and some of each kind that the safety filter refuses. */
static const char *const prefixes[REF_PREFIXES] = {
	"198.18.0.0/16",
	"198.51.0.0/16",
	"198.51.100.0/24",
	"198.51.100.128/25",
	"44.0.0.0/8",
	"44.1.0.0/16",
	"44.1.2.0/24",
	"45.0.0.0/9",
	"172.16.0.0/16",
	"172.16.5.0/24",
	"0.0.0.0/0",
	"10.0.1.128/25",
	"2a00:1::/32",
	"2a00:1:2::/48",
	"2a00:5::/33",
	"fd00:16::/48",
	"::/0",
	"2a00:1:2:3::/64",
};

uint32_t world_below(struct world *w, uint32_t n)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z >> 32) * n >> 32);
}

bool world_chance(struct world *w, enum world_mix of, uint32_t n)
{
	return w->mix & of && world_below(w, n) == 0;
}

void world_note(struct world *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->log[w->n_steps % WORLD_LOG], sizeof(w->log[0]), format, ap);
	va_end(ap);
}

/*
 * The other side of the ring
 */

static int on_group(void *ctx, uint32_t gid, const struct nhgroup *g)
{
	struct world *w = ctx;

	if (gid >= w->n_groups) {
		const uint32_t n = 2 * gid + 16;

		w->group = xreallocarray(w->group, n, sizeof(*w->group));
		memset(w->group + w->n_groups, 0, (n - w->n_groups) * sizeof(*w->group));
		w->n_groups = n;
	}
	CU_ASSERT((w->group[gid].n == 0) == (g != NULL)); /* neither twice nor for nothing */
	w->group[gid] = g ? *g : (struct nhgroup){ 0 };
	return 0;
}

static const struct nhtable_ops group_ops = { .group = on_group };

static int find_prefix(const struct world *w, const struct prefix *pfx)
{
	for (int i = 0; i < REF_PREFIXES; i++) {
		if (prefix_is_equal(&w->ref.pfx[i], pfx))
			return i;
	}
	return -1;
}

static int on_route(void *ctx, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	struct world *w = ctx;
	const int i = find_prefix(w, pfx);

	if (w->ring_busy && world_below(w, 4) == 0) {
		w->ring_full = true;
		return -EAGAIN;
	}
	CU_ASSERT_FATAL(i >= 0);
	CU_ASSERT(!gid || (gid < w->n_groups && w->group[gid].n)); /* its group came before */
	w->gid[table - 1][i] = gid;
	return 0;
}

static int on_synced(void *ctx UNUSED, uint32_t table UNUSED, uint8_t af UNUSED)
{
	return 0;
}

static void on_neighbor(void *ctx, const struct bgp_neighbor *n)
{
	struct world *w = ctx;

	if (n->members)
		ref_put_set(&w->ref, n->live_key, n->members, n->n_members);
}

static uint32_t on_live_key(void *ctx)
{
	return ++((struct world *)ctx)->next_key;
}

static const struct bgp_engine_ops engine_ops = {
	.route = on_route,
	.synced = on_synced,
	.neighbor = on_neighbor,
	.live_key = on_live_key,
};

void world_init(struct world *w, uint64_t seed, uint32_t mix)
{
	static const struct bgp_engine_conf conf = { .name = "model" };

	memset(w, 0, sizeof(*w));
	w->random = seed;
	w->tame = world_below(w, 2);
	w->mix = mix & world_below(w, WORLD_MIX_ALL + 1);
	w->l = loop_new("model");
	w->nh = nhtable_new(&group_ops, w);
	w->attrs = attrs_table_new();
	w->e = bgp_engine_new(&(struct bgp_engine_home){ w->l, w->nh, w->attrs }, &conf,
		&engine_ops, w);
	for (unsigned i = 0; i < REF_PREFIXES; i++)
		CU_ASSERT_EQUAL_FATAL(prefix_parse(prefixes[i], &w->ref.pfx[i]), 0);
	world_conf_init(w);
	world_peers_init(w);
}

void world_fini(struct world *w)
{
	for (unsigned k = 0; k < REF_PEERS; k++) {
		if (w->peer[k].p)
			fake_session_set_hook(w->peer[k].p->session, NULL, NULL);
	}
	bgp_engine_free(w->e);
	nhtable_free(w->nh);
	attrs_table_free(w->attrs);
	loop_free(w->l);
	free(w->group);
	free(w->ref.set);
}

static void give_room(struct world *w)
{
	if (!w->ring_full)
		return;
	w->ring_full = false;
	nhtable_retry(w->nh);
	bgp_engine_fib_space(w->e);
}

static void step_loop(struct world *w)
{
	world_note(w, "the loop turns");
	for (unsigned n = 1 + world_below(w, 4); n; n--)
		(void)loop_turn(w->l);
	if (world_below(w, 3) == 0)
		give_room(w);
	if (world_below(w, 8) == 0)
		w->ring_busy = !w->ring_busy;
}

void world_step(struct world *w)
{
	const uint32_t dice = world_below(w, 1000);

	w->n_steps++;
	if (dice < 880)
		world_peer_step(w);
	else if (dice < 925)
		world_conf_step(w);
	else
		step_loop(w);
	if (!world_has_long_lived(w))
		return;
	/* what may stay is judged as things are now */
	world_settle(w);
	world_purge_long_lived(w);
}

static bool answer_all(struct world *w)
{
	bool answered = false;

	for (unsigned k = 0; k < REF_PEERS; k++)
		answered |= world_answer(&w->peer[k]);
	return answered;
}

void world_settle(struct world *w)
{
	unsigned quiet = 0;

	for (unsigned k = 0; k < REF_PEERS; k++) {
		struct world_peer *wp = &w->peer[k];

		if (wp->congested && wp->p)
			fake_session_congest(wp->p->session, false);
		wp->congested = false;
	}
	while (quiet < QUIET_TURNS) {
		const bool was_full = w->ring_full;
		const bool answered = answer_all(w);

		quiet = loop_turn(w->l) || was_full || answered ? 0 : quiet + 1;
		give_room(w);
	}
}
