/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vtysh/fake_daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "lib/base/xalloc.h"
#include "lib/io/loop.h"

static char text_acme[] = "acme";
static char text_hz[] = "hz-a";
static char text_peer[] = "10.0.0.2";
static char text_state[] = "established";
static char text_bgp[] = "bgp";

static void ok(struct rpc_call *call)
{
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}

static void show_summary(struct rpc_call *call, const Vbrd__Request *req, void *ctx UNUSED)
{
	Vbrd__BgpSummaryPeer peer = VBRD__BGP_SUMMARY_PEER__INIT;
	Vbrd__BgpSummaryPeer *peers[] = { &peer };
	Vbrd__BgpSummary msg = VBRD__BGP_SUMMARY__INIT;
	const char *tenant = req->show_bgp_summary->tenant;

	peer.tenant = text_acme;
	peer.vbr = text_hz;
	peer.address = text_peer;
	peer.has_peer_as = 1;
	peer.peer_as = 65001;
	peer.has_local_as = 1;
	peer.local_as = 45104;
	peer.state = text_state;
	peer.has_uptime = 1;
	peer.uptime = 3725;
	msg.peers = peers;
	msg.n_peers = 1;
	if (!tenant || strcmp(tenant, "acme") == 0)
		(void)rpc_reply_chunk(call, &msg.base);
	ok(call);
}

struct stream {
	struct fake_daemon *f;
	struct rpc_call *call;
	uint32_t next;
};

static void send_route(struct stream *s)
{
	char prefix[24];
	Vbrd__BgpPath path = VBRD__BGP_PATH__INIT;
	Vbrd__BgpPath *paths[] = { &path };
	Vbrd__BgpRoute route = VBRD__BGP_ROUTE__INIT;
	Vbrd__BgpRoute *routes[] = { &route };
	Vbrd__BgpRoutes msg = VBRD__BGP_ROUTES__INIT;

	(void)snprintf(prefix, sizeof(prefix), "10.%u.%u.0/24", s->next >> 8 & 255, s->next & 255);
	s->next++;
	path.source = text_bgp;
	path.peer = text_peer;
	route.prefix = prefix;
	route.paths = paths;
	route.n_paths = 1;
	msg.routes = routes;
	msg.n_routes = 1;
	(void)rpc_reply_chunk(s->call, &msg.base);
}

static void produce(void *ctx)
{
	struct stream *s = ctx;

	while (s->next < s->f->n_routes) {
		if (rpc_call_is_congested(s->call))
			return;
		send_route(s);
	}
	ok(s->call);
	free(s);
}

static void on_cancel(void *ctx)
{
	struct stream *s = ctx;

	s->f->n_cancelled++;
	free(s);
}

static void show_routes(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx)
{
	static const struct rpc_call_ops ops = { .on_writable = produce, .on_cancel = on_cancel };
	struct stream *s = xcalloc(1, sizeof(*s));

	s->f = ctx;
	s->call = call;
	rpc_call_watch(call, &ops, s);
	produce(s);
}

static void config_edit(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct fake_daemon *f = ctx;
	const Vbrd__ConfigEdit *e = req->config_edit;

	for (size_t i = 0; i < e->n_edits && f->n_edits < FAKE_EDITS; i++) {
		const Vbrd__Edit *edit = e->edits[i];

		(void)snprintf(f->edits[f->n_edits++], sizeof(f->edits[0]), "%s %s %s",
			edit->op == VBRD__EDIT__OP__SET ? "set" : "delete", edit->path,
			edit->value ? edit->value : "-");
	}
	ok(call);
}

static void config_load(struct rpc_call *call, const Vbrd__Request *req, void *ctx UNUSED)
{
	const Vbrd__ConfigLoad *load = req->config_load;
	struct errbuf err;

	if (!memmem(load->text.data, load->text.len, "broken", 6)) {
		ok(call);
		return;
	}
	errbuf_init(&err);
	errbuf_add(&err, NULL, 2, "unknown word \"broken\"");
	rpc_reply_end(call, VBRD__STATUS_CODE__INVALID, &err);
	errbuf_fini(&err);
}

static void config_commit(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct fake_daemon *f = ctx;
	Vbrd__ConfigState st = VBRD__CONFIG_STATE__INIT;

	if (f->n_edits && strstr(f->edits[f->n_edits - 1], "bandwidth 1")) {
		rpc_reply_error(call, VBRD__STATUS_CODE__INVALID, "no quota");
		return;
	}
	f->n_commits++;
	if (req->config_commit->comment)
		(void)snprintf(f->comment, sizeof(f->comment), "%s", req->config_commit->comment);
	st.has_revision = 1;
	st.revision = 7;
	(void)rpc_reply_chunk(call, &st.base);
	ok(call);
}

static void config_get(struct rpc_call *call, const Vbrd__Request *req, void *ctx UNUSED)
{
	const char *path = req->config_get->path;
	Vbrd__ConfigText msg = VBRD__CONFIG_TEXT__INIT;
	char *text = xasprintf("tenant acme\n vpc prod\n!\n%s%s", path ? path : "",
		path ? "\n" : "");

	msg.has_text = 1;
	msg.text.data = (uint8_t *)text;
	msg.text.len = strlen(text);
	(void)rpc_reply_chunk(call, &msg.base);
	free(text);
	ok(call);
}

static void config_values(struct rpc_call *call, const Vbrd__Request *req, void *ctx UNUSED)
{
	char beta[] = "beta";
	char *names[] = { text_acme, beta };
	Vbrd__Values msg = VBRD__VALUES__INIT;

	if (strcmp(req->config_values->path, "/vbrd:tenant") == 0 ||
		strcmp(req->config_values->path, "/vbrd:tenant/name") == 0) {
		msg.values = names;
		msg.n_values = 2;
	}
	(void)rpc_reply_chunk(call, &msg.base);
	ok(call);
}

static void clear_bgp(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx UNUSED)
{
	rpc_reply_error(call, VBRD__STATUS_CODE__DENIED, "only operators clear sessions");
}

/* What it was asked, as the reason why not. */
static void request_drill(struct rpc_call *call, const Vbrd__Request *req, void *ctx UNUSED)
{
	const Vbrd__RequestDrill *d = req->request_drill;

	rpc_reply_error(call, VBRD__STATUS_CODE__FAILED,
		"%s %s op %d at %s for %u by %d vbr %s line %s peer %s within %u force %d",
		d->tenant, d->group, d->op, d->at ? d->at : "-",
		d->has_duration_s ? d->duration_s : 0, d->by, d->vbr ? d->vbr : "-",
		d->line ? d->line : "-", d->peer ? d->peer : "-",
		d->has_within_ms ? d->within_ms : 0, d->force);
}

static void just_ok(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx UNUSED)
{
	ok(call);
}

static const char *hostname(void *ctx UNUSED)
{
	return "edge-1";
}

static const struct rpc_handler handlers[] = {
	{ VBRD__REQUEST__OP_SHOW_BGP_SUMMARY, show_summary },
	{ VBRD__REQUEST__OP_SHOW_BGP_ROUTES, show_routes },
	{ VBRD__REQUEST__OP_CONFIG_EDIT, config_edit },
	{ VBRD__REQUEST__OP_CONFIG_LOAD, config_load },
	{ VBRD__REQUEST__OP_CONFIG_COMMIT, config_commit },
	{ VBRD__REQUEST__OP_CONFIG_GET, config_get },
	{ VBRD__REQUEST__OP_CONFIG_VALUES, config_values },
	{ VBRD__REQUEST__OP_CONFIG_DISCARD, just_ok },
	{ VBRD__REQUEST__OP_CLEAR_BGP, clear_bgp },
	{ VBRD__REQUEST__OP_REQUEST_DRILL, request_drill },
};

static void *run(void *ctx)
{
	struct fake_daemon *f = ctx;

	(void)loop_run(f->loop);
	return NULL;
}

void fake_daemon_init(struct fake_daemon *f)
{
	struct rpc_server_params p = { .version = "0.1.0",
		.handlers = handlers,
		.n_handlers = ARRAY_SIZE(handlers),
		.ctx = f,
		.hostname = hostname };
	struct errbuf err;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(f, 0, sizeof(*f));
	f->n_routes = 3;
	strcpy(f->dir, "/tmp/vbrd-vtysh-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/vbrd.sock", f->dir);
	f->loop = loop_new("fake");
	p.loop = f->loop;
	p.path = f->path;
	errbuf_init(&err);
	f->server = rpc_server_new(&p, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->server);
	errbuf_fini(&err);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&f->thread, NULL, run, f), 0);
}

void fake_daemon_fini(struct fake_daemon *f)
{
	loop_stop(f->loop);
	(void)pthread_join(f->thread, NULL);
	rpc_server_free(f->server);
	loop_free(f->loop);
	(void)rmdir(f->dir);
}
