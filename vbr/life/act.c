/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the lives (which know no kernel) and the plane (which knows no life cycle).
 */
#include "vbr/life/act.h"

#include <errno.h>
#include <stdio.h>

#include "vbr/daemon.h"
#include "vbr/events.h"
#include "vbr/logmsg.h"
#include "vbr/worker/worker.h"

static void act(void *ctx, const char *tenant, const char *vbr, enum life_action a)
{
	struct plane *p = daemon_plane(ctx);
	const enum plane_phase phase = a == LIFE_DRAIN ? PLANE_PHASE_DRAIN :
		a == LIFE_SHUT                         ? PLANE_PHASE_SHUT :
							 PLANE_PHASE_SERVE;

	if (p != NULL)
		plane_vbr_phase(p, tenant, vbr, phase);
}

static const struct plane_instance *instance_of(void *ctx, const char *tenant, const char *vbr)
{
	struct plane *p = daemon_plane(ctx);

	return p != NULL ? plane_instance_find(p, tenant, true, vbr) : NULL;
}

static int octets(void *ctx, const char *tenant, const char *vbr, uint64_t *in, uint64_t *out)
{
	const struct plane_instance *i = instance_of(ctx, tenant, vbr);
	struct link_counters c;
	int ret;

	if (i == NULL)
		return -ENODEV;
	ret = plane_vbr_counters(daemon_plane(ctx), i, &c);
	if (ret < 0)
		return ret;
	*in = c.rx_bytes;
	*out = c.tx_bytes;
	return 0;
}

static bool is_up(void *ctx, const char *tenant, const char *vbr)
{
	const struct plane_instance *i = instance_of(ctx, tenant, vbr);

	return i != NULL && plane_vbr_hold(daemon_plane(ctx), i) == MODEL_HOLD_NONE &&
		plane_vbr_is_up(daemon_plane(ctx), i);
}

static void changed(void *ctx, const char *tenant, const char *vbr, enum life_state from,
	enum life_state to)
{
	char instance[MODEL_NAME_SIZE + 4];

	logmsg_life(tenant, vbr, life_state_name(from), life_state_name(to));
	snprintf(instance, sizeof(instance), "vbr %s", vbr);
	events_publish(daemon_events(ctx),
		&(struct event_report){ .type = EVENT_VBR_STATE,
			.tenant = tenant,
			.instance = instance,
			.text = life_state_name(to) });
}

const struct lives_ops *life_ops(void)
{
	static const struct lives_ops ops = {
		.act = act,
		.octets = octets,
		.is_up = is_up,
		.changed = changed,
	};

	return &ops;
}

/* One that was terminated before a restart does not come up first to go down again. */
enum plane_phase life_phase(void *ctx, const char *tenant, const char *vbr)
{
	struct life_view v;

	if (!lives_find(daemon_lives(ctx), tenant, vbr, &v))
		return PLANE_PHASE_SERVE;
	return v.state == LIFE_TERMINATED   ? PLANE_PHASE_SHUT :
		v.state == LIFE_TERMINATING ? PLANE_PHASE_DRAIN :
					      PLANE_PHASE_SERVE;
}

static void nothing(const struct worker *w, void *arg)
{
	(void)w;
	(void)arg;
}

static void answered(void *arg)
{
	lives_removed(daemon_lives(arg));
}

/* Orders are done in their order: who answers this has done all before it. */
void life_settle(struct daemon *d)
{
	const struct worker_call c = { .fn = nothing, .done = answered, .arg = d };
	struct workers *ws = daemon_workers(d);
	struct life_view v;

	if (ws == NULL || !lives_deleting(daemon_lives(d), 0, &v))
		return;
	lives_await(daemon_lives(d), workers_count(ws));
	for (uint32_t i = 0; i < workers_count(ws); i++)
		worker_call(ws, i, &c);
}
