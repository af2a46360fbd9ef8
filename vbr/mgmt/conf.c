/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration requests: each connection has a private candidate, made at its first edit and gone
 * with it. Only admins edit; what everybody may read holds no secret in plain text.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"

#define LOAD_MAX (64u << 20) /* octets of one file */

/* What a connection carries: its candidate, and the parts of a file that is being sent. */
struct editor {
	struct conf_session *session; /* owned */
	char *load;                   /* owned */
	size_t load_len;
};

static void editor_free(void *data)
{
	struct editor *e = data;

	conf_session_free(e->session);
	free(e->load);
	free(e);
}

/* NULL after a refusal was sent. */
static struct editor *editor_of(struct rpc_call *call, void *ctx)
{
	struct editor *e = rpc_call_data(call);

	if (rpc_call_user(call)->role != RPC_ROLE_ADMIN) {
		rpc_reply_error(call, VBRD__STATUS_CODE__DENIED,
			"user %s may not change the configuration: the role admin is needed",
			rpc_call_user(call)->name);
		return NULL;
	}
	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		e->session = conf_session_new(daemon_conf(mgmt_daemon(ctx)),
			rpc_call_user(call)->name);
		rpc_call_set_data(call, e, editor_free);
	}
	return e;
}

static Vbrd__StatusCode code_of(int ret)
{
	switch (ret) {
	case 0:
		return VBRD__STATUS_CODE__OK;
	case -EBUSY:
		return VBRD__STATUS_CODE__BUSY;
	case -ENOENT:
		return VBRD__STATUS_CODE__NOT_FOUND;
	default:
		return VBRD__STATUS_CODE__INVALID;
	}
}

static void end(struct rpc_call *call, int ret, struct errbuf *err)
{
	if (ret < 0 && errbuf_is_empty(err))
		errbuf_add(err, NULL, 0, "%s", strerror(-ret));
	rpc_reply_end(call, code_of(ret), err);
	errbuf_fini(err);
}

static void reply_state(struct rpc_call *call, const struct conf *c, bool changed)
{
	Vbrd__ConfigState st = VBRD__CONFIG_STATE__INIT;
	int64_t left = conf_confirm_left_s(c);

	st.has_revision = true;
	st.revision = conf_revision(c);
	st.has_changed = true;
	st.changed = changed;
	st.has_confirm_within = left >= 0;
	st.confirm_within = left >= 0 ? (uint32_t)left : 0;
	(void)rpc_reply_chunk(call, &st.base);
}

static void reply_text(struct rpc_call *call, const char *text)
{
	size_t len = strlen(text);

	for (size_t off = 0; off < len; off += RPC_CHUNK_TEXT) {
		Vbrd__ConfigText t = VBRD__CONFIG_TEXT__INIT;

		t.has_text = true;
		t.text.data = (uint8_t *)(uintptr_t)(text + off);
		t.text.len = len - off < RPC_CHUNK_TEXT ? len - off : RPC_CHUNK_TEXT;
		(void)rpc_reply_chunk(call, &t.base);
	}
}

void mgmt_config_edit(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ConfigEdit *in = req->config_edit;
	struct editor *e = editor_of(call, ctx);
	struct errbuf err;
	int ret = 0;

	if (e == NULL)
		return;
	errbuf_init(&err);
	for (size_t i = 0; ret == 0 && i < in->n_edits; i++) {
		const Vbrd__Edit *ed = in->edits[i];

		if (ed->path == NULL) {
			errbuf_add(&err, NULL, 0, "an edit without a path");
			ret = -EINVAL;
		} else if (ed->op == VBRD__EDIT__OP__DELETE) {
			ret = conf_delete(e->session, ed->path, ed->value, &err);
		} else {
			ret = conf_set(e->session, ed->path, ed->value, &err);
		}
	}
	if (ret == 0)
		reply_state(call, daemon_conf(mgmt_daemon(ctx)), conf_session_is_dirty(e->session));
	end(call, ret, &err);
}

void mgmt_config_load(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ConfigLoad *in = req->config_load;
	struct editor *e = editor_of(call, ctx);
	struct errbuf err;
	int ret = 0;

	if (e == NULL)
		return;
	errbuf_init(&err);
	if (e->load_len + in->text.len > LOAD_MAX) {
		errbuf_add(&err, NULL, 0, "the file is larger than %u MiB: load it in parts",
			LOAD_MAX >> 20);
		ret = -EINVAL;
	} else {
		e->load = xrealloc(e->load, e->load_len + in->text.len + 1);
		if (in->text.len > 0)
			memcpy(e->load + e->load_len, in->text.data, in->text.len);
		e->load_len += in->text.len;
		e->load[e->load_len] = '\0';
		if (!in->more)
			ret = conf_load(e->session, e->load, CONF_FORMAT_AUTO,
				in->mode == VBRD__CONFIG_LOAD__MODE__REPLACE ? CONF_LOAD_REPLACE :
									       CONF_LOAD_MERGE,
				&err);
	}
	if (ret < 0 || !in->more) {
		free(e->load);
		e->load = NULL;
		e->load_len = 0;
	}
	if (ret == 0)
		reply_state(call, daemon_conf(mgmt_daemon(ctx)), conf_session_is_dirty(e->session));
	end(call, ret, &err);
}

void mgmt_config_get(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	static const enum conf_format formats[] = {
		[VBRD__CONFIG_GET__FORMAT__TEXT] = CONF_FORMAT_TEXT,
		[VBRD__CONFIG_GET__FORMAT__JSON] = CONF_FORMAT_JSON,
		[VBRD__CONFIG_GET__FORMAT__XML] = CONF_FORMAT_XML,
	};
	const Vbrd__ConfigGet *in = req->config_get;
	struct conf_print how = {
		.source = CONF_SOURCE_RUNNING,
		.n = in->n,
		.format = (unsigned)in->format < ARRAY_SIZE(formats) ? formats[in->format] :
								       CONF_FORMAT_TEXT,
		.with_defaults = in->with_defaults,
		.path = in->path,
	};
	struct conf_session *s = NULL;
	struct errbuf err;
	char *text;

	if (in->source == VBRD__CONFIG_GET__SOURCE__CANDIDATE) {
		struct editor *e = editor_of(call, ctx);

		if (e == NULL)
			return;
		s = e->session;
		how.source = CONF_SOURCE_CANDIDATE;
	} else if (in->source == VBRD__CONFIG_GET__SOURCE__HISTORY) {
		how.source = CONF_SOURCE_HISTORY;
	}
	errbuf_init(&err);
	text = conf_print(daemon_conf(mgmt_daemon(ctx)), s, &how, &err);
	if (text != NULL)
		reply_text(call, text);
	/* What is asked for is not there: a failed command, not a refused configuration. */
	end(call, text != NULL ? 0 : -ENOENT, &err);
	free(text);
}

void mgmt_config_compare(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct editor *e = editor_of(call, ctx);
	struct errbuf err;
	char *text;

	if (e == NULL)
		return;
	errbuf_init(&err);
	text = conf_compare(e->session, req->config_compare->n, &err);
	if (text != NULL)
		reply_text(call, text);
	end(call, text != NULL ? 0 : -EINVAL, &err);
	free(text);
}

void mgmt_config_discard(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct editor *e = editor_of(call, ctx);

	(void)req;
	if (e == NULL)
		return;
	conf_discard(e->session);
	reply_state(call, daemon_conf(mgmt_daemon(ctx)), false);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
}

/* Valid; now what it would change. Differences of nothing have none. */
static void check(struct rpc_call *call, struct daemon *d, struct conf_session *s)
{
	const struct conf_commit how = { .check = true };
	Vbrd__WhatIf none = VBRD__WHAT_IF__INIT;
	struct model *candidate;
	struct errbuf err;
	int ret;

	errbuf_init(&err);
	daemon_keep_candidate(d, true);
	ret = conf_commit(s, &how, &err);
	candidate = daemon_take_candidate(d);
	if (ret == 0)
		reply_state(call, daemon_conf(d), false);
	if (ret == 0 && candidate != NULL && daemon_plane(d) != NULL) {
		errbuf_fini(&err);
		mgmt_whatif(call, d, candidate);
		return;
	}
	model_free(candidate);
	if (ret == 0)
		(void)rpc_reply_chunk(call, &none.base);
	end(call, ret, &err);
}

void mgmt_config_commit(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ConfigCommit *in = req->config_commit;
	struct editor *e = editor_of(call, ctx);
	struct conf *c = daemon_conf(mgmt_daemon(ctx));
	struct conf_commit how = { .confirmed_s = in->confirmed_s, .comment = in->comment };
	uint64_t before = conf_revision(c);
	struct errbuf err;
	int ret;

	if (e == NULL)
		return;
	if (in->check) {
		check(call, mgmt_daemon(ctx), e->session);
		return;
	}
	errbuf_init(&err);
	ret = conf_commit(e->session, &how, &err);
	if (ret == 0)
		reply_state(call, c, conf_revision(c) != before);
	end(call, ret, &err);
}

/* What becomes of a commit that waits for its confirmation. */
static void settle(struct rpc_call *call, void *ctx, int (*how)(struct conf *, struct errbuf *),
	bool changed)
{
	struct conf *c = daemon_conf(mgmt_daemon(ctx));
	struct errbuf err;
	int ret;

	if (editor_of(call, ctx) == NULL)
		return;
	errbuf_init(&err);
	ret = how(c, &err);
	if (ret == 0)
		reply_state(call, c, changed);
	end(call, ret, &err);
}

void mgmt_config_confirm(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx)
{
	settle(call, ctx, conf_confirm, false);
}

void mgmt_config_cancel(struct rpc_call *call, const Vbrd__Request *req UNUSED, void *ctx)
{
	settle(call, ctx, conf_cancel, true);
}

void mgmt_config_rollback(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct editor *e = editor_of(call, ctx);
	struct errbuf err;
	int ret;

	if (e == NULL)
		return;
	errbuf_init(&err);
	ret = conf_rollback(e->session, req->config_rollback->n, &err);
	if (ret == 0)
		reply_state(call, daemon_conf(mgmt_daemon(ctx)), conf_session_is_dirty(e->session));
	end(call, ret, &err);
}

/* History and values: rows collected in an arena, sent when there are enough. */
struct rows {
	struct rpc_call *call;
	struct arena *arena;
	Vbrd__Revision *revs[MGMT_CHUNK];
	char *values[MGMT_CHUNK];
	size_t n;
	uint32_t index;
};

static void send_revisions(struct rows *r)
{
	Vbrd__Revisions m = VBRD__REVISIONS__INIT;

	m.n_revisions = r->n;
	m.revisions = r->revs;
	(void)rpc_reply_chunk(r->call, &m.base);
	arena_reset(r->arena);
	r->n = 0;
}

static bool add_revision(void *ctx, const struct conf_revision_info *info)
{
	struct rows *r = ctx;
	Vbrd__Revision *v = arena_alloc(r->arena, sizeof(*v));

	vbrd__revision__init(v);
	v->has_index = true;
	v->index = r->index++;
	v->has_revision = true;
	v->revision = info->revision;
	v->time = mgmt_time(r->arena, info->when);
	v->user = mgmt_str(r->arena, info->user);
	v->comment = mgmt_str(r->arena, info->comment);
	v->has_confirm_pending = info->confirmed_pending;
	v->confirm_pending = info->confirmed_pending;
	r->revs[r->n++] = v;
	if (r->n == MGMT_CHUNK)
		send_revisions(r);
	return true;
}

void mgmt_config_history(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct rows *r = xcalloc(1, sizeof(*r));

	(void)req;
	r->call = call;
	r->arena = arena_new(4096);
	conf_history(daemon_conf(mgmt_daemon(ctx)), add_revision, r);
	send_revisions(r);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(r->arena);
	free(r);
}

static void send_values(struct rows *r)
{
	Vbrd__Values m = VBRD__VALUES__INIT;

	m.n_values = r->n;
	m.values = r->values;
	(void)rpc_reply_chunk(r->call, &m.base);
	arena_reset(r->arena);
	r->n = 0;
}

static void add_value(void *ctx, const char *value)
{
	struct rows *r = ctx;

	r->values[r->n++] = arena_strdup(r->arena, value);
	if (r->n == MGMT_CHUNK)
		send_values(r);
}

void mgmt_config_values(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ConfigValues *in = req->config_values;
	struct editor *e = in->candidate ? editor_of(call, ctx) : NULL;
	struct rows *r;

	if (in->candidate && e == NULL)
		return;
	if (in->path == NULL) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "values of what? give a path");
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->call = call;
	r->arena = arena_new(4096);
	conf_values(daemon_conf(mgmt_daemon(ctx)), e != NULL ? e->session : NULL, in->path,
		add_value, r);
	send_values(r);
	rpc_reply_end(call, VBRD__STATUS_CODE__OK, NULL);
	arena_free(r->arena);
	free(r);
}

void mgmt_config_exclusive(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct editor *e = editor_of(call, ctx);
	struct errbuf err;

	if (e == NULL)
		return;
	errbuf_init(&err);
	end(call, conf_session_exclusive(e->session, req->config_exclusive->on, &err), &err);
}
