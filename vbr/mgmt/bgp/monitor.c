/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor events: a call that never ends by itself. The queue of a client is the output of its
 * connection, which has a limit (RPC_OUTPUT_MAX); beyond it events are counted, not kept, and when
 * there is room again the number of those that were lost is told first.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/xalloc.h"
#include "vbr/events.h"
#include "vbr/mgmt/bgp/watch.h"
#include "vbr/mgmt/mgmt_int.h"

struct monitor {
	struct rpc_call *call;
	struct events *events; /* borrowed */
	struct event_listener listener;
	struct arena *arena;        /* owned: one event */
	char *tenant;               /* owned; NULL = all */
	struct route_watch *routes; /* owned; NULL = not asked */
	uint64_t lost;
};

static void send_event(struct monitor *m, Vbrd__Event *ev)
{
	Vbrd__Events out = VBRD__EVENTS__INIT;

	if (ev->time == NULL)
		ev->time = mgmt_time(m->arena, (int64_t)time(NULL));
	out.n_events = 1;
	out.events = &ev;
	if (rpc_reply_chunk(m->call, &out.base) < 0)
		m->lost++; /* larger than a frame */
}

static void tell_lost(struct monitor *m)
{
	Vbrd__Event ev = VBRD__EVENT__INIT;

	if (m->lost == 0)
		return;
	arena_reset(m->arena);
	ev.event = mgmt_str(m->arena, "events-lost");
	ev.has_count = true;
	ev.count = m->lost;
	m->lost = 0;
	send_event(m, &ev);
}

static void on_event(void *ctx, const struct event_report *e)
{
	struct monitor *m = ctx;
	struct arena *a = m->arena;
	Vbrd__Event ev = VBRD__EVENT__INIT;

	if (m->tenant != NULL && (e->tenant == NULL || strcmp(m->tenant, e->tenant) != 0))
		return;
	if (m->lost > 0 || rpc_call_is_congested(m->call)) {
		m->lost++;
		return;
	}
	arena_reset(a);
	ev.event = mgmt_str(a, event_name(e->type));
	ev.tenant = mgmt_str(a, e->tenant);
	ev.instance = mgmt_str(a, e->instance);
	ev.peer = ip_is_set(&e->peer) ? mgmt_ip(a, &e->peer) : NULL;
	ev.interface = mgmt_str(a, e->device);
	ev.physical_connection = mgmt_str(a, e->line);
	ev.reason = mgmt_str(a, e->text);
	ev.code = mgmt_str(a, e->code);
	ev.has_notification_code = ev.has_notification_subcode = e->notification[0] != 0;
	ev.notification_code = e->notification[0];
	ev.notification_subcode = e->notification[1];
	ev.has_count = e->count != 0;
	ev.count = e->count;
	ev.prefix = e->prefix != NULL ? mgmt_prefix(a, e->prefix) : NULL;
	ev.has_kernel_table = e->kernel_table != 0;
	ev.kernel_table = e->kernel_table;
	ev.has_revision = e->revision != 0;
	ev.revision = e->revision;
	send_event(m, &ev);
}

static void on_route(void *ctx, Vbrd__Event *ev)
{
	send_event(ctx, ev);
}

static bool is_full(void *ctx)
{
	return rpc_call_is_congested(((struct monitor *)ctx)->call);
}

static void monitor_free(struct monitor *m)
{
	events_unlisten(m->events, &m->listener);
	arena_free(m->arena);
	free(m->tenant);
	free(m);
}

static void on_over(void *ctx)
{
	struct monitor *m = ctx;
	struct rpc_call *call = m->call;

	monitor_free(m);
	rpc_reply_error(call, VBRD__STATUS_CODE__FAILED,
		"the workers have ended: nobody tells routes any more");
}

static const struct route_watch_ops route_ops = { .event = on_route,
	.is_full = is_full,
	.over = on_over };

static void on_writable(void *stream)
{
	struct monitor *m = stream;

	tell_lost(m);
	if (m->routes != NULL)
		route_watch_room(m->routes);
}

static void on_cancel(void *stream)
{
	struct monitor *m = stream;

	route_watch_free(m->routes);
	monitor_free(m);
}

static const struct rpc_call_ops ops = { .on_writable = on_writable, .on_cancel = on_cancel };

void mgmt_monitor(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const char *tenant = req->monitor->tenant;
	struct daemon *d = mgmt_daemon(ctx);
	struct monitor *m;

	if (!mgmt_is_known(call, d, tenant, MODEL_TENANT, NULL))
		return;
	m = xcalloc(1, sizeof(*m));
	m->call = call;
	m->events = daemon_events(d);
	m->arena = arena_new(1024);
	m->tenant = tenant != NULL ? xstrdup(tenant) : NULL;
	m->listener.fn = on_event;
	m->listener.ctx = m;
	events_listen(m->events, &m->listener);
	if (req->monitor->routes)
		m->routes = route_watch_new(d, tenant, &route_ops, m);
	if (req->monitor->routes && m->routes == NULL) {
		monitor_free(m);
		rpc_reply_error(call, VBRD__STATUS_CODE__BUSY,
			"too many monitors of routes are under way: end one first");
		return;
	}
	rpc_call_watch(call, &ops, m);
}
