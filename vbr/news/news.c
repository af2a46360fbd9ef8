/* SPDX-License-Identifier: Apache-2.0 */
#include "vbr/news/news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"
#include "vbr/events.h"
#include "vbr/health/health.h"
#include "vbr/logmsg.h"
#include "vbr/model/delta.h"
#include "vbr/plane/plane.h"
#include "vbr/worker/worker.h"

void news_worker(struct events *to, const struct worker_event *ev)
{
	static const enum event_type types[] = {
		[WORKER_EVENT_PEER_UP] = EVENT_PEER_UP,
		[WORKER_EVENT_PEER_DOWN] = EVENT_PEER_DOWN,
		[WORKER_EVENT_LIMIT_WARNING] = EVENT_LIMIT_WARNING,
		[WORKER_EVENT_LIMIT_REACHED] = EVENT_LIMIT_REACHED,
		[WORKER_EVENT_POLICY_APPLIED] = EVENT_POLICY_APPLIED,
		[WORKER_EVENT_SECOND_ROUTER] = EVENT_SECOND_ROUTER,
		[WORKER_EVENT_BFD_UP] = EVENT_BFD_UP,
		[WORKER_EVENT_BFD_DOWN] = EVENT_BFD_DOWN,
	};
	char instance[BGP_NAME_SIZE + 4];
	const struct event_report e = {
		.type = types[ev->type],
		.tenant = ev->tenant,
		.instance = instance,
		.peer = ev->peer,
		.text = ev->text,
		.count = ev->count,
		.code = ev->code,
		.notification = { ev->notification[0], ev->notification[1] },
	};

	logmsg_event(ev);
	snprintf(instance, sizeof(instance), "%s %s", ev->is_vpc ? "vpc" : "vbr", ev->instance);
	events_publish(to, &e);
}

void news_health(struct events *to, const struct health_view *v)
{
	static const enum event_type types[HEALTH_STATES] = {
		[HEALTH_UNKNOWN] = EVENT_HEALTH_UNKNOWN,
		[HEALTH_ALIVE] = EVENT_HEALTH_ALIVE,
		[HEALTH_NOISY] = EVENT_HEALTH_NOISY,
		[HEALTH_DEAD] = EVENT_HEALTH_DEAD,
	};
	const struct model_obj *o = v->obj;
	char name[MODEL_NAME_SIZE + 8];

	logmsg_health(v);
	snprintf(name, sizeof(name), "%s %s", o->kind == MODEL_VBR ? "vbr" : "peering", o->name);
	events_publish(to,
		&(struct event_report){ .type = types[v->check.state],
			.tenant = o->tenant,
			.instance = name,
			.peer = v->conf->target,
			.text = health_cause_name(v->check.cause) });
}

void news_line(struct events *to, const struct plane_instance *i, const struct plane_circuit *c,
	bool up)
{
	char instance[MODEL_NAME_SIZE + 4];

	snprintf(instance, sizeof(instance), "vbr %s", i->name);
	events_publish(to,
		&(struct event_report){ .type = up ? EVENT_LINK_UP : EVENT_LINK_DOWN,
			.tenant = i->tenant,
			.instance = instance,
			.device = c->device });
}

void news_peering(struct events *to, const struct model_peering *m, enum channel_state was,
	enum channel_state is)
{
	char instance[MODEL_NAME_SIZE + 8];
	struct event_report e = {
		.type = EVENT_PEERING_STATE,
		.tenant = m->obj.tenant,
		.instance = instance,
		.text = channel_state_name(is),
	};

	logmsg_peering(m->obj.tenant, m->obj.name, channel_state_name(was), e.text);
	snprintf(instance, sizeof(instance), "peering %s", m->obj.name);
	events_publish(to, &e);
	e.tenant = m->acceptor.tenant;
	if (strcmp(m->obj.tenant, e.tenant) != 0)
		events_publish(to, &e);
}

void news_circuit(struct events *to, const struct plane_instance *i, const struct plane_circuit *c,
	enum model_hold hold)
{
	char instance[MODEL_NAME_SIZE + 4];

	logmsg_circuit(i->tenant, i->name, c->line, model_hold_name(hold));
	snprintf(instance, sizeof(instance), "vbr %s", i->name);
	events_publish(to,
		&(struct event_report){
			.type = hold == MODEL_HOLD_NONE ? EVENT_CONNECTION_IN :
							  EVENT_CONNECTION_OUT,
			.tenant = i->tenant,
			.instance = instance,
			.device = c->device,
			.line = c->line,
			.text = hold == MODEL_HOLD_NONE ? NULL : model_hold_name(hold),
		});
}

void news_service(struct events *to, const struct plane_instance *i, enum model_hold hold)
{
	char instance[MODEL_NAME_SIZE + 4];

	logmsg_service(i->tenant, i->name, model_hold_name(hold));
	snprintf(instance, sizeof(instance), "vbr %s", i->name);
	events_publish(to,
		&(struct event_report){ .type = hold == MODEL_HOLD_NONE ? EVENT_VBR_IN :
									  EVENT_VBR_OUT,
			.tenant = i->tenant,
			.instance = instance,
			.text = hold == MODEL_HOLD_NONE ? NULL : model_hold_name(hold) });
}

/* Tenant in a data path, "" if it is not one's. */
static void tenant_of(const char *path, char *dst, size_t size)
{
	static const char head[] = "/vbrd:tenant[name='";
	const char *name = path + sizeof(head) - 1;

	dst[0] = '\0';
	if (strncmp(path, head, sizeof(head) - 1) == 0)
		snprintf(dst, size, "%.*s", (int)strcspn(name, "'"), name);
}

static enum subscription_state subscription_of(const struct model *m, const struct model_obj *pc)
{
	if (pc == NULL)
		return SUBSCRIPTION_NONE;
	return subscription_state(&((const struct model_physconn *)pc)->line.subscription,
		m->now_s);
}

/* Who stands on somebody else's line, by a share or as a guest, goes out of service with it. */
static void tell_guests(struct events *to, const struct model *m, const struct model_obj *pc,
	struct event_report *e)
{
	const char *owner = ((const struct model_physconn *)pc)->line.owner;
	char instance[MODEL_NAME_SIZE + 4];

	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++) {
		const struct model_vbr *v = (const struct model_vbr *)m->of[MODEL_VBR].v[i];
		const struct model_circuit *c = model_vbr_circuit_on(v, pc->name);

		if (c == NULL || strcmp(v->obj.tenant, owner) == 0 ||
			!model_circuit_is_confirmed(m, v, c))
			continue;
		snprintf(instance, sizeof(instance), "vbr %s", v->obj.name);
		e->tenant = v->obj.tenant;
		e->instance = instance;
		events_publish(to, e);
	}
}

static void tell_subscription(struct events *to, const struct model *m, const struct model_obj *pc,
	enum subscription_state is)
{
	const struct model_line *l = &((const struct model_physconn *)pc)->line;
	char until[WALLTIME_SIZE];
	struct event_report e = {
		.type = EVENT_SUBSCRIPTION,
		.tenant = l->owner[0] != '\0' ? l->owner : NULL,
		.line = pc->name,
		.text = subscription_state_name(is),
	};

	(void)walltime_format(l->subscription.until_s, until);
	logmsg_subscription(pc->name, is, until);
	events_publish(to, &e);
	tell_guests(to, m, pc, &e);
}

void news_subscriptions(struct events *to, const struct model_delta *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_change *ch = &d->changes[i];
		enum subscription_state is;

		if (ch->now == NULL || ch->now->kind != MODEL_PHYSCONN)
			continue;
		is = subscription_of(d->now, ch->now);
		/* At the start, and of a new line, only what somebody has to do something about. */
		if (is != subscription_of(d->was, ch->was) &&
			!(ch->was == NULL && is == SUBSCRIPTION_RUNNING))
			tell_subscription(to, d->now, ch->now, is);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

void news_commit(struct events *to, uint64_t revision, const struct conf_change *ch, uint32_t n)
{
	char(*tenant)[MODEL_NAME_SIZE] = xcalloc(n + 1u, sizeof(*tenant));
	uint32_t first = 0;

	/* Changes stand in the order in which they are applied, those of a tenant apart. */
	for (uint32_t i = 0; i < n; i++)
		tenant_of(ch[i].path, tenant[i], sizeof(*tenant));
	qsort(tenant, n, sizeof(*tenant), by_text);
	for (uint32_t i = 1; i <= n; i++) {
		if (i < n && strcmp(tenant[i], tenant[first]) == 0)
			continue;
		events_publish(to,
			&(struct event_report){ .type = EVENT_COMMIT,
				.revision = revision,
				.tenant = tenant[first][0] != '\0' ? tenant[first] : NULL,
				.count = i - first });
		first = i;
	}
	free(tenant);
}
