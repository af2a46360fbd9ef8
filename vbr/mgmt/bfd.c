/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show bfd: a stream of slices from the BFD thread, by the sessions' keys. Slices are short, for
 * nothing may keep that thread for long.
 */
#include <string.h>

#include "bfd/bfd_thread.h"
#include "fib/fib_thread.h"
#include "vbr/mgmt/mgmt_int.h"

#define SLICE 32

struct bfd_job {
	struct mgmt_job j; /* first */
	uint32_t after;    /* key of the last one */
	bool first;
	bool done;
	uint64_t refused;
	int64_t now_us;
	Vbrd__BfdSession *rows[SLICE];
	size_t n;
};

static const char *auth_word(uint8_t type)
{
	static const char *const words[] = {
		[BFD_AUTH_NONE] = NULL,
		[BFD_AUTH_SIMPLE] = "simple-password",
		[BFD_AUTH_MD5] = "keyed-md5",
		[BFD_AUTH_METICULOUS_MD5] = "meticulous-keyed-md5",
		[BFD_AUTH_SHA1] = "keyed-sha1",
		[BFD_AUTH_METICULOUS_SHA1] = "meticulous-keyed-sha1",
	};

	return words[type];
}

static uint64_t sum(const uint64_t *v)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < BFD_DROP_COUNT; i++)
		n += v[i];
	return n;
}

static void put_remote(struct arena *a, const struct bfd_session *s, Vbrd__BfdSession *r)
{
	if (s->remote_discr == 0)
		return;
	r->remote_state = mgmt_str(a, bfd_state_name(s->remote_state));
	r->remote_diagnostic = mgmt_str(a, bfd_diag_name(s->remote_diag));
	r->has_remote_discriminator = r->has_remote_min_tx = r->has_remote_min_rx = true;
	r->has_remote_multiplier = r->has_control_plane_independent = true;
	r->remote_discriminator = s->remote_discr;
	r->remote_min_tx = s->remote_min_tx_us / 1000;
	r->remote_min_rx = s->remote_min_rx_us / 1000;
	r->remote_multiplier = s->remote_multiplier;
	r->control_plane_independent = s->remote_independent;
}

static void put_stats(const struct bfd_session *s, Vbrd__BfdSession *r)
{
	const struct bfd_session_stats *st = &s->stats;

	r->has_packets_in = r->has_packets_out = r->has_packets_refused = true;
	r->has_receive_gap_max = r->has_receive_gap_average = true;
	r->has_send_late_max = r->has_late_reads = true;
	r->packets_in = st->in;
	r->packets_out = st->out;
	r->packets_refused = sum(st->dropped);
	r->receive_gap_max = st->rx_gap_max_us / 1000;
	r->receive_gap_average = st->rx_gap_avg_us / 1000;
	r->send_late_max = st->tx_late_max_us / 1000;
	r->late_reads = st->expiry_saved;
}

static void add_row(struct bfd_job *q, const struct bfd_view *v)
{
	const struct bfd_session *s = v->session;
	struct arena *a = q->j.arena;
	Vbrd__BfdSession *r = arena_alloc(a, sizeof(*r));

	vbrd__bfd_session__init(r);
	r->tenant = mgmt_str(a, v->want->tenant);
	*(v->want->is_vpc ? &r->vpc : &r->vbr) = mgmt_str(a, v->want->name);
	r->address = mgmt_ip(a, &v->want->remote);
	r->local_address = mgmt_ip(a, &v->want->local);
	r->state = mgmt_str(a, bfd_state_name(s->state));
	r->has_detect_time = r->has_transmit_interval = r->has_flaps = true;
	r->has_multihop = r->has_uptime = r->has_discriminator = true;
	r->detect_time = bfd_session_detect_us(s) / 1000;
	r->transmit_interval = bfd_session_tx_interval_us(s) / 1000;
	r->flaps = s->stats.downs;
	r->multihop = v->want->multihop;
	r->uptime = (uint64_t)((q->now_us - s->since.us) / 1000000);
	r->diagnostic = mgmt_str(a, bfd_diag_name(s->diag));
	r->last_down = s->stats.downs > 0 ? mgmt_str(a, bfd_diag_name(s->down_diag)) : NULL;
	r->discriminator = s->discr;
	r->authentication = mgmt_str(a, auth_word(s->conf.key.type));
	r->error = v->error != 0 ? mgmt_str(a, strerrordesc_np(-v->error)) : NULL;
	put_remote(a, s, r);
	put_stats(s, r);
	q->rows[q->n++] = r;
}

static void visit(struct bfd *b, void *arg)
{
	struct bfd_job *q = arg;
	struct bfd_view v;

	q->now_us = mono_now().us;
	q->refused = sum(bfd_dropped(b));
	while (q->n < SLICE && bfd_next(b, q->after, &v)) {
		add_row(q, &v);
		q->after = v.want->key;
	}
	q->done = q->n < SLICE;
}

static void ask(struct bfd_job *q);

static void put_priorities(struct mgmt_job *j, Vbrd__BfdSessions *m)
{
	m->priority = mgmt_str(j->arena,
		thread_priority_name(bfd_thread_priority(daemon_bfd(j->d))));
	m->switch_priority = mgmt_str(j->arena,
		thread_priority_name(fib_thread_priority(daemon_fib(j->d))));
}

static void finish(struct mgmt_job *j)
{
	struct bfd_job *q = (struct bfd_job *)j;
	Vbrd__BfdSessions m = VBRD__BFD_SESSIONS__INIT;

	if (q->n > 0 || q->done) {
		if (q->first)
			put_priorities(j, &m);
		m.has_packets_refused = q->first;
		m.packets_refused = q->refused;
		m.sessions = q->rows;
		m.n_sessions = q->n;
		(void)rpc_reply_chunk(j->call, &m.base);
		q->first = false;
		q->n = 0;
		arena_reset(j->arena);
	}
	if (q->done)
		mgmt_job_end(j, VBRD__STATUS_CODE__OK, NULL);
	else if (!rpc_call_is_congested(j->call))
		ask(q);
}

static void ask(struct bfd_job *q)
{
	mgmt_job_sent(&q->j, bfd_thread_call(daemon_bfd(q->j.d), visit, mgmt_job_back, q), "BFD");
}

void mgmt_show_bfd(struct rpc_call *call, const Vbrd__Request *req, void *ctx)
{
	struct bfd_job *q = mgmt_job_new(call, mgmt_daemon(ctx), sizeof(*q));

	(void)req;
	q->first = true;
	q->j.finish = finish;
	ask(q);
}
