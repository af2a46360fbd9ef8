/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the model says of neighbours to what the engine is told of them: options, the circuit
 * that leads to each, and what becomes of them while that is out of service.
 */
#include <stdio.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/plane/plane_int.h"

static void derive_origination(const struct model_peer *m, struct bgp_peer_conf *c)
{
	const bool exist = m->exist_policy[0] != '\0';

	c->default_originate = m->default_originate;
	c->default_policy = conf_text_copy(m->default_policy);
	if (m->advertise_policy[0] == '\0')
		return;
	c->condition = exist ? BGP_CONDITION_EXIST : BGP_CONDITION_NON_EXIST;
	c->advertise_policy = conf_text_copy(m->advertise_policy);
	c->condition_policy = conf_text_copy(exist ? m->exist_policy : m->non_exist_policy);
}

static void derive_paths(const struct model_peer *m, struct bgp_peer_conf *c)
{
	c->session.local_as = m->fake_as;
	c->allow_own_as = m->allow_own_as;
	c->fake_no_prepend = m->fake_no_prepend;
	c->fake_replace_as = m->fake_replace_as;
	c->as_override = m->as_override;
	c->private_as = m->private_as;
	c->withhold = m->withhold;
	c->rr_client = m->rr_client;
	c->next_hop = m->next_hop_self ? EXPORT_NEXT_HOP_SELF :
		m->next_hop_unchanged  ? EXPORT_NEXT_HOP_UNCHANGED :
					 EXPORT_NEXT_HOP_USUAL;
}

void derive_bfd(const struct model_bfd *m, bool on, struct bgp_bfd_conf *c)
{
	c->on = on;
	c->min_tx_ms = m->min_tx_ms;
	c->min_rx_ms = m->min_rx_ms;
	c->multiplier = m->multiplier;
	c->auth_type = m->auth_type;
	c->auth_id = m->auth_id;
	c->secret_len = (uint8_t)strnlen(m->secret, sizeof(c->secret));
	memcpy(c->secret, m->secret, c->secret_len);
}

static const struct session_ao *derive_ao(const struct model_peer *m)
{
	struct session_ao *ao;

	if (m->n_ao == 0)
		return NULL;
	ao = xcalloc(1, sizeof(*ao));
	ao->n = m->n_ao;
	for (uint8_t k = 0; k < m->n_ao; k++) {
		struct session_ao_key *key = &ao->key[k];

		key->send_id = m->ao[k].id;
		key->receive_id = m->ao[k].receive_id;
		key->algorithm = m->ao[k].algorithm;
		key->preferred = m->ao[k].preferred;
		snprintf(key->secret, sizeof(key->secret), "%.80s", m->ao[k].secret);
	}
	return ao;
}

/* All that it points to is the copy's own: worker_instance_free. */
static void derive_peer(const struct model_peer *m, const struct model_vbr *v, bool on,
	struct bgp_peer_conf *c)
{
	c->session.remote = m->address;
	c->session.peer_as = m->peer_as;
	c->session.hold_s = m->hold_s;
	c->session.keepalive_s = m->keepalive_s;
	c->session.connect_retry_s = m->connect_retry_s;
	c->session.delay_open_s = m->delay_open_s;
	c->session.local = m->update_source;
	c->session.shutdown_text = conf_text_copy(m->shutdown_text);
	c->session.passive = m->passive;
	c->session.enabled = m->enabled && on;
	c->session.multihop = m->multihop;
	c->session.ttl_security = !m->ttl_security ? 0 : m->multihop != 0 ? m->multihop : 1;
	c->session.families = (uint8_t)((m->ipv4 ? BGP_FAMILY_BIT(BGP_FAMILY_IP4) : 0) |
		(m->ipv6 ? BGP_FAMILY_BIT(BGP_FAMILY_IP6) : 0));
	/* RFC 8950 costs nothing where it is not used, and an IPv6-only link needs it. */
	c->session.ext_nexthop = m->ipv4 &&
		(m->address.family == AF_INET6 || ip_is_set(&model_peer_circuit(v, m)->ipv6.local));
	c->session.role = m->role;
	c->session.role_strict = m->role_strict;
	c->session.addpath_rx = m->add_path & MODEL_ADD_PATH_RECEIVE;
	c->session.addpath_tx = m->add_path & MODEL_ADD_PATH_SEND;
	c->add_path_send = m->add_path_send;
	c->add_path_best = m->add_path_best;
	c->session.gr = m->gr;
	c->session.gr_time_s = m->gr_time_s;
	c->session.llgr_time_s = m->gr ? m->llgr_time_s : 0;
	c->session.password = conf_text_copy(m->password);
	c->session.ao = derive_ao(m);
	c->limit_max = m->limit_max;
	c->limit_warning = m->limit_warning;
	c->limit_action = m->limit_action;
	c->limit_restart_s = m->limit_restart_s;
	c->gshut = m->gshut;
	c->ignore_gshut = m->ignore_gshut;
	c->blackhole_len[BGP_FAMILY_IP4] = m->blackhole4;
	c->blackhole_len[BGP_FAMILY_IP6] = m->blackhole6;
	derive_origination(m, c);
	derive_paths(m, c);
	derive_bfd(&v->bfd, m->bfd, &c->bfd);
	c->has_import = m->import_policy[0] != '\0';
	c->has_export = m->export_policy[0] != '\0';
	c->import_policy = conf_text_copy(m->import_policy);
	c->export_policy = conf_text_copy(m->export_policy);
}

/* RFC 9003: the neighbour's operator reads why, unless somebody has written something better. */
static void tell_hold(const struct rt_instance *i, enum model_hold hold, struct session_conf *s)
{
	if (hold != MODEL_HOLD_NONE && hold != MODEL_HOLD_DISABLED && !s->shutdown_text)
		s->shutdown_text = xasprintf("VBR %s: %s", i->pub.name, model_hold_name(hold));
}

/* A drill of one peer. */
static void derive_drill(const struct rt_instance *i, struct bgp_peer_conf *c)
{
	if (i->drill.how == PLANE_DRILL_NONE || !ip_is_equal(&i->drill.peer, &c->session.remote))
		return;
	c->gshut = true;
	if (i->drill.how == PLANE_DRILL_DRAIN)
		return;
	c->session.enabled = false;
	if (!c->session.shutdown_text)
		c->session.shutdown_text = xasprintf("VBR %s: %s", i->pub.name,
			model_hold_name(MODEL_HOLD_DRILL));
}

bool derive_is_draining(const struct rt_instance *i, uint8_t k)
{
	return i->phase == PLANE_PHASE_DRAIN ||
		(i->drill.how == PLANE_DRILL_DRAIN && service_is_drilled(i, k, PLANE_DRILL_DRAIN));
}

/* One that stands on the k-th circuit. */
static void derive_on(const struct plane *p, const struct rt_instance *i, uint8_t k,
	const struct model_peer *m, struct bgp_peer_conf *c)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;

	derive_peer(m, v, service_has_sessions(p, i, k), c);
	snprintf(c->line, sizeof(c->line), "%s", k > 0 ? v->circuits[k].physconn : "");
	tell_hold(i, service_circuit_hold(p, i, k), &c->session);
	c->gshut |= derive_is_draining(i, k);
}

/* Those of a range come by any circuit: the first is as good as another while all of them serve. */
static uint8_t circuit_of_range(const struct plane *p, const struct rt_instance *i,
	const struct model_range *r)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;

	if (r->discover)
		return (uint8_t)(model_peer_circuit(v, &r->peer) - v->circuits);
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (service_has_sessions(p, i, k) && !derive_is_draining(i, k))
			return k;
	return 0;
}

static void derive_range(const struct plane *p, const struct rt_instance *i,
	const struct model_range *m, struct bgp_range_conf *r)
{
	r->pfx = m->pfx;
	r->limit = m->limit;
	r->discover = m->discover;
	derive_on(p, i, circuit_of_range(p, i, m), &m->peer, &r->peer);
	if (!m->discover)
		r->peer.line[0] = '\0';
}

void derive_peers(const struct plane *p, const struct rt_instance *i, bool gshut,
	struct worker_instance *wi)
{
	const struct model_vbr *v = (const struct model_vbr *)i->obj;

	wi->n_peers = v->n_peers;
	wi->peers = xcalloc(v->n_peers + 1u, sizeof(*wi->peers));
	for (uint8_t k = 0; k < v->n_peers; k++) {
		const struct model_circuit *on = model_peer_circuit(v, &v->peers[k]);

		derive_on(p, i, (uint8_t)(on - v->circuits), &v->peers[k], &wi->peers[k]);
		wi->peers[k].gshut |= gshut;
		derive_drill(i, &wi->peers[k]);
	}
	wi->n_ranges = v->n_ranges;
	wi->ranges = xcalloc(v->n_ranges + 1u, sizeof(*wi->ranges));
	for (uint32_t k = 0; k < v->n_ranges; k++) {
		derive_range(p, i, &v->ranges[k], &wi->ranges[k]);
		wi->ranges[k].peer.gshut |= gshut;
	}
}
