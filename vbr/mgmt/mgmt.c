/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of requests, who may make them, and jobs that visit other threads.
 */
#include "vbr/mgmt/mgmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"

struct mgmt {
	struct daemon *d;          /* borrowed */
	struct rpc_server *server; /* owned */
};

static const struct rpc_handler handlers[] = {
	/* clang-format off */
	{ VBRD__REQUEST__OP_CONFIG_EDIT,              mgmt_config_edit },
	{ VBRD__REQUEST__OP_CONFIG_LOAD,              mgmt_config_load },
	{ VBRD__REQUEST__OP_CONFIG_GET,               mgmt_config_get },
	{ VBRD__REQUEST__OP_CONFIG_COMPARE,           mgmt_config_compare },
	{ VBRD__REQUEST__OP_CONFIG_DISCARD,           mgmt_config_discard },
	{ VBRD__REQUEST__OP_CONFIG_COMMIT,            mgmt_config_commit },
	{ VBRD__REQUEST__OP_CONFIG_CONFIRM,           mgmt_config_confirm },
	{ VBRD__REQUEST__OP_CONFIG_CANCEL,            mgmt_config_cancel },
	{ VBRD__REQUEST__OP_CONFIG_ROLLBACK,          mgmt_config_rollback },
	{ VBRD__REQUEST__OP_CONFIG_HISTORY,           mgmt_config_history },
	{ VBRD__REQUEST__OP_CONFIG_VALUES,            mgmt_config_values },
	{ VBRD__REQUEST__OP_CONFIG_EXCLUSIVE,         mgmt_config_exclusive },
	{ VBRD__REQUEST__OP_SHOW_VERSION,             mgmt_show_version },
	{ VBRD__REQUEST__OP_SHOW_SYSTEM,              mgmt_show_system },
	{ VBRD__REQUEST__OP_SHOW_MEMORY,              mgmt_show_memory },
	{ VBRD__REQUEST__OP_SHOW_THREADS,             mgmt_show_threads },
	{ VBRD__REQUEST__OP_SHOW_PHYSICAL_CONNECTION, mgmt_show_physical_connection },
	{ VBRD__REQUEST__OP_SHOW_TENANT,              mgmt_show_tenant },
	{ VBRD__REQUEST__OP_SHOW_VBR,                 mgmt_show_vbr },
	{ VBRD__REQUEST__OP_SHOW_VPC,                 mgmt_show_vpc },
	{ VBRD__REQUEST__OP_SHOW_PEERING,             mgmt_show_peering },
	{ VBRD__REQUEST__OP_SHOW_HEALTH,              mgmt_show_health },
	{ VBRD__REQUEST__OP_SHOW_FAILOVER,            mgmt_show_failover },
	{ VBRD__REQUEST__OP_SHOW_ASYMMETRY,           mgmt_show_asymmetry },
	{ VBRD__REQUEST__OP_SHOW_BGP_SUMMARY,         mgmt_show_bgp_summary },
	{ VBRD__REQUEST__OP_SHOW_BGP_PEER,            mgmt_show_bgp_peer },
	{ VBRD__REQUEST__OP_SHOW_BGP_ROUTES,          mgmt_show_bgp_routes },
	{ VBRD__REQUEST__OP_SHOW_ROUTE,               mgmt_show_route },
	{ VBRD__REQUEST__OP_SHOW_QOS,                 mgmt_show_qos },
	{ VBRD__REQUEST__OP_SHOW_DRIFT,               mgmt_show_drift },
	{ VBRD__REQUEST__OP_SHOW_BFD,                 mgmt_show_bfd },
	{ VBRD__REQUEST__OP_CLEAR_BGP,                mgmt_clear_bgp },
	{ VBRD__REQUEST__OP_SHUTDOWN,                 mgmt_shutdown },
	{ VBRD__REQUEST__OP_REQUEST_VBR,              mgmt_request_vbr },
	{ VBRD__REQUEST__OP_REQUEST_DRILL,            mgmt_request_drill },
	{ VBRD__REQUEST__OP_SHOW_DRILLS,              mgmt_show_drills },
	{ VBRD__REQUEST__OP_EXPLAIN,                  mgmt_explain },
	{ VBRD__REQUEST__OP_MONITOR,                  mgmt_monitor },
	{ VBRD__REQUEST__OP_SHOW_METERING,            mgmt_show_metering },
	{ VBRD__REQUEST__OP_SHOW_METERING_RECORDS,    mgmt_show_metering_records },
	{ VBRD__REQUEST__OP_SHOW_METERING_BILL,       mgmt_show_metering_bill },
	{ VBRD__REQUEST__OP_SHOW_METERING_VERIFY,     mgmt_show_metering_verify },
	/* clang-format on */
};

static const char *hostname(void *ctx)
{
	const struct model_system *s = model_system(daemon_model(((const struct mgmt *)ctx)->d));

	return s->hostname[0] != '\0' ? s->hostname : NULL;
}

/* Handlers get the daemon, not us: so the server's context is a thin one. */
struct mgmt *mgmt_new(struct daemon *d, const char *socket, struct errbuf *err)
{
	struct mgmt *m = xcalloc(1, sizeof(*m));
	struct rpc_server_params p = {
		.loop = daemon_loop(d),
		.path = socket,
		.version = VERSION,
		.handlers = handlers,
		.n_handlers = ARRAY_SIZE(handlers),
		.ctx = m,
		.hostname = hostname,
	};

	m->d = d;
	m->server = rpc_server_new(&p, err);
	if (m->server != NULL)
		return m;
	free(m);
	return NULL;
}

void mgmt_free(struct mgmt *m)
{
	if (m == NULL)
		return;
	rpc_server_free(m->server);
	free(m);
}

struct daemon *mgmt_daemon(void *ctx)
{
	return ((const struct mgmt *)ctx)->d;
}

/* Jobs */

static void job_free(struct mgmt_job *j)
{
	if (j->free_extra != NULL)
		j->free_extra(j);
	arena_free(j->arena);
	free(j);
}

static void on_writable(void *stream)
{
	struct mgmt_job *j = stream;

	if (!j->away)
		j->finish(j);
}

static void on_cancel(void *stream)
{
	struct mgmt_job *j = stream;

	j->call = NULL;
	if (!j->away)
		job_free(j);
}

static const struct rpc_call_ops call_ops = { .on_writable = on_writable, .on_cancel = on_cancel };

void *mgmt_job_new(struct rpc_call *call, struct daemon *d, size_t size)
{
	struct mgmt_job *j = xcalloc(1, size);

	j->d = d;
	j->call = call;
	j->arena = arena_new(16384);
	rpc_call_watch(call, &call_ops, j);
	return j;
}

/* Back on main: false when the job was cancelled meanwhile and has freed itself. */
static bool job_return(struct mgmt_job *j)
{
	j->away = false;
	if (j->call != NULL)
		return true;
	job_free(j);
	return false;
}

void mgmt_job_sent(struct mgmt_job *j, int ret, const char *thread)
{
	if (ret == 0) {
		j->away = true;
		return;
	}
	rpc_reply_error(j->call, VBRD__STATUS_CODE__BUSY,
		"too many questions to %s at once: try again", thread);
	job_free(j);
}

static void job_run(const struct worker *w, void *arg)
{
	struct mgmt_job *j = arg;

	j->visit(j, w);
}

void mgmt_job_back(void *job)
{
	struct mgmt_job *j = job;

	if (job_return(j))
		j->finish(j);
}

static void job_next(void *arg)
{
	struct mgmt_job *j = arg;

	if (!job_return(j))
		return;
	j->worker++;
	mgmt_job_all(j);
}

static bool is_stopping(struct mgmt_job *j)
{
	if (daemon_workers(j->d) != NULL)
		return false;
	mgmt_job_fail(j, VBRD__STATUS_CODE__FAILED, "vbrd is shutting down");
	return true;
}

void mgmt_job_all(struct mgmt_job *j)
{
	struct workers *ws = daemon_workers(j->d);
	struct worker_call c = { .fn = job_run, .done = job_next, .arg = j };

	if (is_stopping(j))
		return;
	if (j->worker >= workers_count(ws)) {
		j->finish(j);
		return;
	}
	j->away = true;
	worker_call(ws, j->worker, &c);
}

bool mgmt_job_one(struct mgmt_job *j, uint32_t worker)
{
	struct worker_call c = { .fn = job_run, .done = mgmt_job_back, .arg = j };

	if (is_stopping(j))
		return false;
	j->away = true;
	worker_call(daemon_workers(j->d), worker, &c);
	return true;
}

void mgmt_job_end(struct mgmt_job *j, Vbrd__StatusCode code, const struct errbuf *err)
{
	rpc_reply_end(j->call, code, err);
	job_free(j);
}

void mgmt_job_fail(struct mgmt_job *j, Vbrd__StatusCode code, const char *text)
{
	rpc_reply_error(j->call, code, "%s", text);
	job_free(j);
}

/* Texts */

char *mgmt_str(struct arena *a, const char *s)
{
	return s == NULL || s[0] == '\0' ? NULL : arena_strdup(a, s);
}

char *mgmt_errno(struct arena *a, int error)
{
	return mgmt_str(a, error != 0 ? strerrorname_np(-error) : NULL);
}

char *mgmt_ip(struct arena *a, const struct ip_addr *ip)
{
	char s[IP_STRLEN];

	return mgmt_str(a, ip_format(ip, s));
}

char *mgmt_prefix(struct arena *a, const struct prefix *p)
{
	char s[PREFIX_STRLEN];

	return arena_strdup(a, prefix_format(p, s));
}

char *mgmt_id(struct arena *a, uint32_t router_id)
{
	struct ip_addr ip = ip_from_v4(router_id);

	return router_id == 0 ? NULL : mgmt_ip(a, &ip);
}

char *mgmt_time(struct arena *a, int64_t wall_s)
{
	time_t t = (time_t)wall_s;
	char s[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, s);
}

bool mgmt_prefix_asked(struct rpc_call *call, const char *text, struct prefix *p,
	Vbrd__Match *match)
{
	struct ip_addr a;
	int ret = prefix_parse(text, p);

	if (ret == -EINVAL && ip_parse(text, &a) == 0) {
		*p = prefix_host(&a);
		*match = *match == VBRD__MATCH__LONGER ? *match : VBRD__MATCH__LONGEST;
		ret = 0;
	}
	if (ret == -EINVAL)
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"\"%s\" is neither a prefix nor an address", text);
	return ret != -EINVAL; /* -EDOM: cut at the length is what was meant */
}

bool mgmt_matches(const char *filter, const char *name)
{
	return filter == NULL || filter[0] == '\0' || strcmp(filter, name) == 0;
}

const struct plane_instance *mgmt_instance(struct rpc_call *call, const struct daemon *d,
	const Vbrd__Instance *in)
{
	bool is_vbr = in != NULL && in->kind == VBRD__INSTANCE__KIND__VBR;
	const struct plane_instance *i;

	if (in == NULL || in->tenant == NULL || in->name == NULL) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"name a tenant and one of its VBRs or VPCs");
		return NULL;
	}
	i = plane_instance_find(daemon_plane(d), in->tenant, is_vbr, in->name);
	if (i == NULL)
		rpc_reply_error(call, VBRD__STATUS_CODE__NOT_FOUND,
			"tenant \"%s\" has no %s \"%s\": see show %s", in->tenant,
			is_vbr ? "vbr" : "vpc", in->name, is_vbr ? "vbr" : "vpc");
	return i;
}
