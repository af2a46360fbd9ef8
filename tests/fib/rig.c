/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pauses are short (retry after 2 ms), so that tests with refusals settle in a moment.
 */
#include "tests/fib/rig.h"

#include <string.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "lib/base/xalloc.h"

#define RETRY_MS 2
#define TURN_US  1000 /* no turn counts for more */

void rig_start(struct rig *r, struct fib_backend *take_backend, uint32_t stale_s)
{
	const struct fib_conf conf = { .table_base = RIG_TABLE,
		.table_count = RIG_TABLES,
		.stale_s = stale_s,
		.retry_ms = RETRY_MS };

	r->loop = loop_new("test");
	r->backend = take_backend;
	r->fib = fib_new(r->loop, &conf, take_backend);
	r->feed = 0;
	r->spread = (struct nhspread){ 0 };
	r->on_line = false;
}

void rig_stop(struct rig *r)
{
	fib_free(r->fib);
	loop_free(r->loop);
}

bool rig_settle(struct rig *r)
{
	const struct mono end = mono_add_s(mono_now(), 30);

	do {
		while (loop_turn(r->loop))
			;
		if (fib_is_idle(r->fib))
			return true;
	} while (mono_is_before(mono_now(), end));
	return false;
}

void rig_turn_ms(struct rig *r, uint32_t ms)
{
	int64_t left = (int64_t)ms * 1000;
	struct mono last = mono_now();

	while (left > 0) {
		struct mono now;
		int64_t us;

		if (!loop_turn(r->loop))
			usleep(200);
		now = mono_now();
		us = mono_sub_us(now, last);
		left -= us < TURN_US ? us : TURN_US;
		last = now;
	}
}

struct prefix rig_prefix(const char *s)
{
	struct prefix p;

	CU_ASSERT_EQUAL_FATAL(prefix_parse(s, &p), 0);
	return p;
}

struct nexthop rig_via(uint32_t ifindex, const char *gw, uint32_t live_key)
{
	struct ip_addr a;

	CU_ASSERT_EQUAL_FATAL(ip_parse(gw, &a), 0);
	return nexthop_gateway(ifindex, &a, live_key);
}

static void order(struct rig *r, const struct fib_msg *m)
{
	fib_handle(r->fib, r->feed, m);
}

void rig_table(struct rig *r, enum fib_msg_type type, uint32_t table)
{
	const struct fib_msg m = { .type = (uint8_t)type, .table = table };

	order(r, &m);
}

void rig_group(struct rig *r, uint32_t gid, const struct nexthop *nh, unsigned n,
	const struct nexthop *backup)
{
	struct fib_msg m = { .type = FIB_MSG_GROUP_SET, .gid = gid };

	m.take_group = xmalloc(sizeof(*m.take_group));
	nhgroup_init(m.take_group);
	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_EQUAL(nhgroup_add(m.take_group, &nh[i]), 0);
	m.take_group->spread = r->spread;
	m.take_group->on_line = r->on_line;
	if (backup)
		nhgroup_set_backup(m.take_group, backup);
	order(r, &m);
}

void rig_group_via(struct rig *r, uint32_t gid, uint32_t ifindex, const char *gw)
{
	const struct nexthop nh = rig_via(ifindex, gw, 0);

	rig_group(r, gid, &nh, 1, NULL);
}

void rig_group_del(struct rig *r, uint32_t gid)
{
	const struct fib_msg m = { .type = FIB_MSG_GROUP_DEL, .gid = gid };

	order(r, &m);
}

void rig_route_pfx(struct rig *r, uint32_t table, const struct prefix *pfx, uint32_t gid)
{
	const struct fib_msg m = { .type = FIB_MSG_ROUTE_SET,
		.table = table,
		.pfx = *pfx,
		.gid = gid };

	order(r, &m);
}

void rig_route(struct rig *r, uint32_t table, const char *pfx, uint32_t gid)
{
	const struct prefix p = rig_prefix(pfx);

	rig_route_pfx(r, table, &p, gid);
}

void rig_route_del(struct rig *r, uint32_t table, const struct prefix *pfx)
{
	const struct fib_msg m = { .type = FIB_MSG_ROUTE_DEL, .table = table, .pfx = *pfx };

	order(r, &m);
}

void rig_synced(struct rig *r, uint32_t table)
{
	struct fib_msg m = { .type = FIB_MSG_SYNCED, .table = table, .family = AF_INET };

	order(r, &m);
	m.family = AF_INET6;
	order(r, &m);
}

void rig_neighbor(struct rig *r, uint32_t live_key, bool alive)
{
	const struct fib_msg m = { .type = alive ? FIB_MSG_NEIGHBOR_UP : FIB_MSG_NEIGHBOR_DOWN,
		.gid = live_key };

	order(r, &m);
}
enum fib_state rig_state(struct rig *r, uint32_t table, const char *pfx, char *error)
{
	const struct prefix p = rig_prefix(pfx);
	struct fib_route_view v;

	if (error)
		error[0] = '\0';
	if (fib_get(r->fib, table, &p, &v) < 0)
		return FIB_STATE_COUNT;
	if (error)
		memcpy(error, v.error, sizeof(v.error));
	return v.state;
}
