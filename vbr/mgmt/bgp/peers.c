/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers: summary, details, clear. Rows are built on the worker's thread in the job's arena;
 * main only sends them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/wire/message.h"
#include "lib/base/xalloc.h"
#include "vbr/mgmt/mgmt_int.h"

struct peer_job {
	struct mgmt_job j; /* first */
	/* The question, copied: a request is gone with its call, maybe while we are away. */
	char *tenant;                /* owned, NULL = all */
	char *vbr;                   /* owned, NULL = all */
	struct ip_addr address;      /* family 0 = all */
	Vbrd__BgpSummaryPeer **rows; /* owned array, rows in the arena */
	Vbrd__BgpPeer **details;     /* owned array */
	size_t n;
	enum bgp_clear how;
	char *text; /* owned, NULL = none: for the neighbour */
};

static void peer_free(struct mgmt_job *j)
{
	struct peer_job *p = (struct peer_job *)j;

	free(p->tenant);
	free(p->vbr);
	free(p->text);
	free(p->rows);
	free(p->details);
}

static void *grow(void *v, size_t n)
{
	return (n & (n - 1)) == 0 ? xreallocarray(v, n == 0 ? 1 : 2 * n, sizeof(void *)) : v;
}

/* Call fn for each peer of this worker that the question is about. */
static void each_peer(struct peer_job *j, const struct worker *w,
	void (*fn)(struct peer_job *j, const char *tenant, struct bgp_peer *p))
{
	for (uint32_t k = 0; k < worker_view_instance_limit(w); k++) {
		struct bgp_instance *i = worker_view_instance(w, k);
		const char *tenant;

		if (i == NULL)
			continue;
		tenant = bgp_engine_name(worker_view_engine(w, worker_view_tenant_of(w, k)));
		if (!mgmt_matches(j->tenant, tenant) ||
			!mgmt_matches(j->vbr, bgp_instance_conf(i)->name))
			continue;
		for (struct bgp_peer *p = bgp_instance_next_peer(i, NULL); p != NULL;
			p = bgp_instance_next_peer(i, p)) {
			struct bgp_peer_view v;

			bgp_peer_view(p, &v);
			if (!ip_is_set(&j->address) || ip_is_equal(&j->address, &v.address))
				fn(j, tenant, p);
		}
	}
}

static uint64_t total(const uint64_t *by_type)
{
	uint64_t n = 0;

	for (int t = 0; t < BGP_MSG_COUNT; t++)
		n += by_type[t];
	return n;
}

static void add_summary(struct peer_job *j, const char *tenant, struct bgp_peer *p)
{
	const struct bgp_instance_conf *ic = bgp_instance_conf(bgp_peer_instance(p));
	struct arena *a = j->j.arena;
	Vbrd__BgpSummaryPeer *r = arena_alloc(a, sizeof(*r));
	const struct session_stats *st;
	struct bgp_peer_view v;

	bgp_peer_view(p, &v);
	st = session_stats(v.session);
	vbrd__bgp_summary_peer__init(r);
	r->tenant = mgmt_str(a, tenant);
	r->vbr = mgmt_str(a, ic->name);
	r->address = mgmt_ip(a, &v.address);
	r->has_peer_as = r->has_local_as = r->has_uptime = r->has_prefixes_received = true;
	r->has_prefixes_accepted = r->has_prefixes_advertised = true;
	r->has_messages_in = r->has_messages_out = true;
	r->peer_as = v.conf->session.peer_as;
	r->local_as = session_conf(v.session)->local_as;
	r->state = mgmt_str(a, session_state_name(session_state(v.session)));
	r->uptime = session_state(v.session) == SESSION_STATE_ESTABLISHED ?
		mono_age_s(session_since(v.session)) :
		0;
	r->prefixes_received = v.received;
	r->prefixes_accepted = v.accepted;
	r->has_prefixes_discarded = true;
	r->prefixes_discarded = v.discarded;
	r->prefixes_advertised = v.advertised;
	r->messages_in = total(st->msgs_in);
	r->messages_out = total(st->msgs_out);
	r->last_error = arena_strdup(a, v.last_error);
	r->has_dynamic = v.dynamic;
	r->dynamic = v.dynamic;
	j->rows = grow(j->rows, j->n);
	j->rows[j->n++] = r;
}

static void summary_visit(struct mgmt_job *j, const struct worker *w)
{
	each_peer((struct peer_job *)j, w, add_summary);
}

static void summary_finish(struct mgmt_job *j)
{
	struct peer_job *p = (struct peer_job *)j;
	Vbrd__BgpSummary m = VBRD__BGP_SUMMARY__INIT;

	for (size_t off = 0; off == 0 || off < p->n; off += MGMT_CHUNK) {
		m.peers = p->rows + off;
		m.n_peers = p->n - off < MGMT_CHUNK ? p->n - off : MGMT_CHUNK;
		(void)rpc_reply_chunk(j->call, &m.base);
	}
	mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

static char *copy(const char *s)
{
	return s != NULL && s[0] != '\0' ? xstrdup(s) : NULL;
}

static struct peer_job *peer_job_new(struct rpc_call *call, void *ctx, const char *tenant,
	const char *vbr)
{
	struct peer_job *p = mgmt_job_new(call, mgmt_daemon(ctx), sizeof(*p));

	p->j.free_extra = peer_free;
	p->tenant = copy(tenant);
	p->vbr = copy(vbr);
	return p;
}

void mgmt_show_bgp_summary(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowBgpSummary *in = req->show_bgp_summary;
	struct peer_job *p;

	if (!mgmt_is_known(call, mgmt_daemon(ctx), in->tenant, MODEL_VBR, in->vbr))
		return;
	p = peer_job_new(call, ctx, in->tenant, in->vbr);
	p->j.visit = summary_visit;
	p->j.finish = summary_finish;
	mgmt_job_all(&p->j);
}

/* Details */

static Vbrd__BgpMessages *messages(struct arena *a, const uint64_t *by_type)
{
	Vbrd__BgpMessages *m = arena_alloc(a, sizeof(*m));

	vbrd__bgp_messages__init(m);
	m->has_open = m->has_update = m->has_notification = true;
	m->has_keepalive = m->has_route_refresh = m->has_total = true;
	m->open = by_type[BGP_MSG_OPEN];
	m->update = by_type[BGP_MSG_UPDATE];
	m->notification = by_type[BGP_MSG_NOTIFICATION];
	m->keepalive = by_type[BGP_MSG_KEEPALIVE];
	m->route_refresh = by_type[BGP_MSG_REFRESH];
	m->total = total(by_type);
	return m;
}

static const char *limit_word(uint8_t action)
{
	static const char *const words[] = {
		[BGP_LIMIT_DISCARD] = "discard",
		[BGP_LIMIT_WARN] = "warn",
		[BGP_LIMIT_TEARDOWN] = "teardown",
		[BGP_LIMIT_RESTART] = "restart",
	};

	return action < ARRAY_SIZE(words) ? words[action] : "";
}

static const char *role_word(int role)
{
	static const char *const words[BGP_ROLE_COUNT] = {
		[BGP_ROLE_PROVIDER] = "provider",
		[BGP_ROLE_RS] = "rs",
		[BGP_ROLE_RS_CLIENT] = "rs-client",
		[BGP_ROLE_CUSTOMER] = "customer",
		[BGP_ROLE_PEER] = "peer",
	};

	return role > BGP_ROLE_NONE && role < BGP_ROLE_COUNT ? words[role] : NULL;
}

/* RFC 9234 4: on the wire the number is one less. */
static void add_roles(struct arena *a, const struct bgp_peer_view *v, Vbrd__BgpPeer *r)
{
	const struct wire_open *o = session_remote_open(v->session);

	r->role = mgmt_str(a, role_word(v->conf->session.role));
	r->peer_role = mgmt_str(a, o != NULL ? role_word(o->role + 1) : NULL);
}

static void add_last_error(struct arena *a, const struct bgp_peer_view *v, Vbrd__BgpPeer *r)
{
	const bool is_notified = session_down_is_notified(v->last_down);

	r->last_error = arena_strdup(a, v->last_error);
	r->last_error_code = mgmt_str(a, v->last_code);
	r->has_notification_code = r->has_notification_subcode = is_notified;
	r->notification_code = v->last_down->code;
	r->notification_subcode = v->last_down->subcode;
}

static void add_capabilities(struct arena *a, const struct bgp_peer_view *v, Vbrd__BgpPeer *r)
{
	const struct wire_open *remote = session_remote_open(v->session);
	struct wire_open own;

	if (remote == NULL)
		return;
	session_own_open(v->session, &own);
	r->capabilities_sent = mgmt_capabilities(a, &own, &r->n_capabilities_sent);
	r->capabilities_received = mgmt_capabilities(a, remote, &r->n_capabilities_received);
}

/* What was negotiated, in the words of the configuration; NULL = nothing (RFC 7911). */
static const char *add_path_word(const struct wire_session *ws, enum bgp_family f)
{
	static const char *const words[] = { NULL, "receive", "send", "both" };
	const unsigned bit = BGP_FAMILY_BIT(f);

	if (ws == NULL)
		return NULL;
	return words[(ws->addpath_rx & bit ? 1 : 0) | (ws->addpath_tx & bit ? 2 : 0)];
}

/* Where the neighbour is, and who we are to it. */
static void add_side(const struct bgp_peer_view *v, const struct bgp_instance_conf *ic,
	Vbrd__BgpPeer *r)
{
	static char internal[] = "internal";
	static char confederation[] = "confederation";
	static char external[] = "external";
	const struct session_conf *c = session_conf(v->session);
	const uint32_t public_as = ic->confed_id ? ic->confed_id : ic->local_as;

	r->side = c->local_as == c->peer_as ? internal : c->confed ? confederation : external;
	r->has_real_as = r->side == external && c->local_as != public_as;
	r->real_as = public_as;
	r->has_route_reflector_client = r->side == internal;
	r->route_reflector_client = v->conf->rr_client;
}

static Vbrd__BgpPeerFamily *family_row(struct arena *a, const struct bgp_peer *p,
	const struct bgp_peer_view *v, enum bgp_family f)
{
	const struct wire_session *ws = session_wire(v->session);
	Vbrd__BgpPeerFamily *r = arena_alloc(a, sizeof(*r));
	struct bgp_peer_family_view fv;

	bgp_peer_family_view(p, f, &fv);
	vbrd__bgp_peer_family__init(r);
	r->family = mgmt_str(a, wire_family_name(f));
	r->has_negotiated = r->has_prefixes_received = r->has_prefixes_accepted = true;
	r->has_prefixes_rejected = r->has_prefixes_advertised = r->has_limit = true;
	r->has_limit_warning = r->has_end_of_rib_received = r->has_stale = true;
	r->negotiated = ws != NULL && (ws->families & BGP_FAMILY_BIT(f)) != 0;
	r->prefixes_received = fv.received;
	r->prefixes_accepted = fv.accepted;
	r->prefixes_rejected = fv.received - fv.accepted;
	r->has_prefixes_discarded = true;
	r->prefixes_discarded = fv.discarded;
	r->prefixes_advertised = fv.advertised;
	r->end_of_rib_received = fv.eor_received;
	r->stale = fv.stale;
	r->add_path = mgmt_str(a, add_path_word(ws, f));
	r->has_surplus_paths = ws != NULL && (ws->addpath_rx & BGP_FAMILY_BIT(f)) != 0;
	r->surplus_paths = fv.surplus;
	r->limit = v->conf->limit_max;
	r->limit_warning = v->conf->limit_warning;
	r->limit_action = mgmt_str(a, limit_word(v->conf->limit_action));
	r->import_policy = mgmt_str(a, v->conf->import_policy);
	r->export_policy = mgmt_str(a, v->conf->export_policy);
	return r;
}

static void add_detail(struct peer_job *j, const char *tenant, struct bgp_peer *p)
{
	const struct bgp_instance_conf *ic = bgp_instance_conf(bgp_peer_instance(p));
	struct arena *a = j->j.arena;
	Vbrd__BgpPeer *r = arena_alloc(a, sizeof(*r));
	const struct session_stats *st;
	struct bgp_peer_view v;
	struct ip_addr local;
	bool up;

	bgp_peer_view(p, &v);
	st = session_stats(v.session);
	up = session_state(v.session) == SESSION_STATE_ESTABLISHED;
	local = session_local_addr(v.session);
	vbrd__bgp_peer__init(r);
	r->tenant = mgmt_str(a, tenant);
	r->vbr = mgmt_str(a, ic->name);
	r->address = mgmt_ip(a, &v.address);
	r->state = mgmt_str(a, session_state_name(session_state(v.session)));
	r->has_enabled = r->has_peer_as = r->has_local_as = r->has_uptime = true;
	r->enabled = v.conf->session.enabled;
	r->peer_as = v.conf->session.peer_as;
	r->local_as = session_conf(v.session)->local_as;
	add_side(&v, ic, r);
	r->uptime = up ? mono_age_s(session_since(v.session)) : 0;
	r->peer_router_id = mgmt_id(a, session_remote_id(v.session));
	r->local_router_id = mgmt_id(a, ic->router_id);
	r->local_address = mgmt_ip(a, &local);
	r->has_established_count = r->has_hold_time = r->has_keepalive = r->has_passive = true;
	r->established_count = st->transitions;
	r->hold_time = up ? session_hold_s(v.session) : v.conf->session.hold_s;
	r->keepalive = v.conf->session.keepalive_s;
	r->passive = v.conf->session.passive;
	r->has_delay_open = v.conf->session.delay_open_s > 0;
	r->delay_open = v.conf->session.delay_open_s;
	r->has_authenticated = r->has_ttl_security = true;
	r->authenticated = v.conf->session.password != NULL ||
		session_conf_keys(&v.conf->session) > 0;
	r->ttl_security = v.conf->session.ttl_security != 0;
	r->has_bfd = true;
	r->bfd = v.conf->bfd.on;
	r->has_bfd_up = v.bfd_watched;
	r->bfd_up = v.bfd_up;
	add_roles(a, &v, r);
	add_capabilities(a, &v, r);
	add_last_error(a, &v, r);
	r->has_dynamic = true;
	r->dynamic = v.dynamic;
	r->has_unnumbered = r->has_routers_ignored = v.discovered;
	r->unnumbered = v.discovered;
	r->routers_ignored = v.others;
	if (v.dynamic && !v.discovered)
		r->listen_range = mgmt_prefix(a, &v.range);
	if (session_text_sent(v.session)[0] != '\0')
		r->shutdown_text_sent = arena_strdup(a, session_text_sent(v.session));
	if (session_text_received(v.session)[0] != '\0')
		r->shutdown_text_received = arena_strdup(a, session_text_received(v.session));
	r->received = messages(a, st->msgs_in);
	r->sent = messages(a, st->msgs_out);
	r->has_bytes_in = r->has_bytes_out = true;
	r->bytes_in = st->bytes_in;
	r->bytes_out = st->bytes_out;
	r->has_treated_as_withdraw = r->has_attributes_discarded = true;
	r->treated_as_withdraw = v.updates_bad;
	r->attributes_discarded = v.attrs_bad;
	r->families = arena_calloc(a, BGP_FAMILY_COUNT, sizeof(*r->families));
	for (int f = 0; f < BGP_FAMILY_COUNT; f++)
		if (v.conf->session.families & BGP_FAMILY_BIT(f))
			r->families[r->n_families++] = family_row(a, p, &v, (enum bgp_family)f);
	j->details = grow(j->details, j->n);
	j->details[j->n++] = r;
}

static void detail_visit(struct mgmt_job *j, const struct worker *w)
{
	each_peer((struct peer_job *)j, w, add_detail);
}

static bool is_range_of(const Vbrd__BgpPeer *r, const struct model_range *m)
{
	struct prefix range;

	if (r->unnumbered || m->discover)
		return r->unnumbered && m->discover;
	return r->listen_range != NULL && prefix_parse(r->listen_range, &range) == 0 &&
		prefix_is_equal(&m->pfx, &range);
}

/* What main knows beside the worker: the words of the configuration. */
static void add_words(struct peer_job *p, Vbrd__BgpPeer *r)
{
	const struct model_vbr *v = model_vbr(daemon_model(p->j.d), r->tenant, r->vbr);
	struct ip_addr a;

	if (v == NULL || r->address == NULL || ip_parse(r->address, &a) < 0)
		return;
	for (uint8_t i = 0; i < v->n_peers; i++) {
		if (!ip_is_equal(&v->peers[i].address, &a))
			continue;
		r->description = mgmt_str(p->j.arena, v->peers[i].description);
		r->group = mgmt_str(p->j.arena, v->peers[i].group);
	}
	for (uint32_t i = 0; i < v->n_ranges; i++) {
		if (!is_range_of(r, &v->ranges[i]))
			continue;
		r->description = mgmt_str(p->j.arena, v->ranges[i].peer.description);
		r->group = mgmt_str(p->j.arena, v->ranges[i].peer.group);
	}
}

static void detail_finish(struct mgmt_job *j)
{
	struct peer_job *p = (struct peer_job *)j;
	Vbrd__BgpPeers m = VBRD__BGP_PEERS__INIT;

	for (size_t i = 0; i < p->n; i++)
		add_words(p, p->details[i]);
	for (size_t off = 0; off == 0 || off < p->n; off += MGMT_CHUNK) {
		m.peers = p->details + off;
		m.n_peers = p->n - off < MGMT_CHUNK ? p->n - off : MGMT_CHUNK;
		(void)rpc_reply_chunk(j->call, &m.base);
	}
	if (p->n == 0 && ip_is_set(&p->address))
		mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND,
			"there is no such peer: see show bgp summary");
	else
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

/* An address of a request; false after an error reply. */
static bool read_address(struct rpc_call *call, const char *text, struct ip_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (text == NULL || text[0] == '\0' || ip_parse(text, a) == 0)
		return true;
	rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "\"%s\" is not an address", text);
	return false;
}

void mgmt_show_bgp_peer(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ShowBgpPeer *in = req->show_bgp_peer;
	struct ip_addr a;
	struct peer_job *p;

	if (!read_address(call, in->address, &a) ||
		!mgmt_is_known(call, mgmt_daemon(ctx), in->tenant, MODEL_VBR, in->vbr))
		return;
	p = peer_job_new(call, ctx, in->tenant, in->vbr);
	p->j.visit = detail_visit;
	p->j.finish = detail_finish;
	p->address = a;
	mgmt_job_all(&p->j);
}

/* Clear */

static void clear_one(struct peer_job *j, const char *tenant, struct bgp_peer *p)
{
	(void)tenant;
	if (j->how == BGP_CLEAR_HARD)
		bgp_peer_reset(p, j->text);
	else
		bgp_peer_clear(p, j->how);
	j->n++;
}

static void clear_visit(struct mgmt_job *j, const struct worker *w)
{
	each_peer((struct peer_job *)j, w, clear_one);
}

static void clear_finish(struct mgmt_job *j)
{
	if (((struct peer_job *)j)->n == 0)
		mgmt_job_fail(j, VBRD__STATUS_CODE__NOT_FOUND,
			"no peer matches: see show bgp summary");
	else
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
}

/* Words for a neighbour; false after an error reply. */
static bool read_message(struct rpc_call *call, const Vbrd__ClearBgp *in)
{
	if (in->message == NULL)
		return true;
	if (in->has_soft && in->soft != VBRD__CLEAR_BGP__SOFT__NONE)
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"a soft clear says nothing to the neighbour: leave out soft or message");
	else if (strlen(in->message) > SESSION_TEXT_MAX)
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE,
			"the message has %zu octets, the neighbour takes %d: shorten it",
			strlen(in->message), SESSION_TEXT_MAX);
	else if (!wire_text_is_utf8(in->message))
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "the message is not UTF-8");
	else
		return true;
	return false;
}

void mgmt_clear_bgp(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	const Vbrd__ClearBgp *in = req->clear_bgp;
	struct peer_job *p;
	struct ip_addr a;

	if (rpc_call_user(call)->role == RPC_ROLE_TENANT) {
		rpc_reply_error(call, VBRD__STATUS_CODE__DENIED,
			"the role operator is needed to clear");
		return;
	}
	if (in->tenant == NULL || in->vbr == NULL) {
		rpc_reply_error(call, VBRD__STATUS_CODE__USAGE, "name a tenant and a VBR");
		return;
	}
	if (!read_address(call, in->address, &a) || !read_message(call, in) ||
		!mgmt_is_known(call, mgmt_daemon(ctx), in->tenant, MODEL_VBR, in->vbr))
		return;
	p = peer_job_new(call, ctx, in->tenant, in->vbr);
	p->text = copy(in->message);
	p->j.visit = clear_visit;
	p->j.finish = clear_finish;
	p->address = a;
	p->how = in->soft == VBRD__CLEAR_BGP__SOFT__IN ? BGP_CLEAR_SOFT_IN :
		in->soft == VBRD__CLEAR_BGP__SOFT__OUT ? BGP_CLEAR_SOFT_OUT :
							 BGP_CLEAR_HARD;
	mgmt_job_all(&p->j);
}
