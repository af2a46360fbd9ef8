/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rib: first and second paths come, change, and go. One operation is one prefix; nobody reads
 * the journal.
 */
#include <stdlib.h>

#include "bench/micro/micro.h"
#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"

struct world {
	struct table_rib t;
	struct rib_source *second;
	uint32_t n_found;
	uint32_t n;
};

static void *setup(uint32_t n)
{
	const struct rib_source init = { .kind = RIB_SOURCE_BGP,
		.router_id = 2,
		.addr = ip_from_v4(0x0a000003) };
	struct world *w = xcalloc(1, sizeof(*w));

	table_rib_init(&w->t, n);
	w->second = rib_source_new(w->t.rib, &init);
	w->n = n;
	return w;
}

static void *setup_full(uint32_t n)
{
	struct world *w = setup(n);

	table_rib_offer(&w->t, w->t.source, n, 0);
	return w;
}

static void teardown(void *ctx)
{
	struct world *w = ctx;

	table_rib_fini(&w->t);
	free(w);
}

static void insert(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	table_rib_offer(&w->t, w->t.source, n, 0);
}

static void insert_second(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	table_rib_offer(&w->t, w->second, n, 1);
}

static void replace(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	table_rib_offer(&w->t, w->t.source, n, 1);
}

static void withdraw(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	for (uint32_t i = 0; i < n; i++) {
		const struct prefix pfx = table_prefix(i);

		w->n_found += rib_withdraw(w->t.rib, w->t.source, &pfx, 0) == 0;
	}
}

static void find(void *ctx, uint32_t n)
{
	struct world *w = ctx;

	for (uint32_t i = 0; i < n; i++) {
		const struct prefix pfx = table_prefix(i);

		w->n_found += rib_find(w->t.rib, &pfx) != 0;
	}
}

/* The best path of each prefix has the set that it was offered with. */
static bool has_sets(const struct world *w, uint32_t shift)
{
	for (uint32_t i = 0; i < w->n; i++) {
		const struct prefix pfx = table_prefix(i);
		const uint32_t net = rib_find(w->t.rib, &pfx);
		const struct rib_path *p = net ? rib_net_best(w->t.rib, net) : NULL;

		if (!p ||
			rib_path_attrs(w->t.rib, p) !=
				w->t.sets[(i / TABLE_EACH + shift) % w->t.n_sets])
			return false;
	}
	return true;
}

static bool is_full(void *ctx, uint32_t n)
{
	const struct world *w = ctx;

	return rib_count_best(w->t.rib) == n && rib_count_paths(w->t.rib) == n && has_sets(w, 0);
}

static bool has_two(void *ctx, uint32_t n)
{
	const struct world *w = ctx;

	return rib_count_best(w->t.rib) == n && rib_count_paths(w->t.rib) == 2 * n;
}

static bool is_replaced(void *ctx, uint32_t n)
{
	const struct world *w = ctx;

	return rib_count_paths(w->t.rib) == n && has_sets(w, 1);
}

static bool is_empty(void *ctx, uint32_t n)
{
	const struct world *w = ctx;

	return w->n_found == n && rib_count_paths(w->t.rib) == 0;
}

static bool is_found(void *ctx, uint32_t n)
{
	return ((const struct world *)ctx)->n_found == n;
}

static const struct micro rows[] = {
	{ "rib.insert", 500000, setup, insert, is_full, teardown },
	{ "rib.insert-second", 500000, setup_full, insert_second, has_two, teardown },
	{ "rib.replace", 500000, setup_full, replace, is_replaced, teardown },
	{ "rib.find", 500000, setup_full, find, is_found, teardown },
	{ "rib.withdraw", 500000, setup_full, withdraw, is_empty, teardown },
};

struct micro_set micro_rib(void)
{
	return (struct micro_set){ rows, ARRAY_SIZE(rows) };
}
