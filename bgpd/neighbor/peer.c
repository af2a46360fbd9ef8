/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neighbour as configured: its options, the maps that it names, and when its session may run.
 * What happens while the session lives is in peer_session.c and peer_update.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/liveness/bfd.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/limit.h"
#include "bgpd/neighbor/peer_as.h"
#include "bgpd/neighbor/restart.h"
#include "bgpd/origin/origin.h"
#include "lib/base/xalloc.h"
#include "lib/ds/search.h"

struct session_conf peer_session_conf(const struct bgp_peer *p)
{
	const struct bgp_instance *i = p->inst;
	const struct bgp_link *link = &p->circuit->link;
	struct session_conf c = p->conf.session;

	memcpy(c.device, link->device, sizeof(c.device));
	/* towards a link-local neighbour the kernel knows our own best */
	if (!ip_is_set(&c.local) && !ip_is_link_local(&c.remote))
		c.local = c.remote.family == AF_INET ? link->local4 : link->local6;
	c.confed = i->conf.confed_id && instance_has_member(i, c.peer_as);
	if (!c.local_as)
		c.local_as = c.confed ? i->conf.local_as : instance_public_as(i);
	if (!c.router_id)
		c.router_id = i->conf.router_id;
	if (!c.port)
		c.port = i->conf.port;
	c.gr_restarted = !sync_is_done(i);
	c.gr_cold = c.gr_restarted && i->conf.cold;
	return c;
}

uint8_t peer_role(const struct bgp_peer *p)
{
	return wire_is_inside(&p->ws) ? BGP_ROLE_NONE : p->conf.session.role;
}

bool peer_resession(struct bgp_peer *p)
{
	const struct session_conf c = peer_session_conf(p);

	/* A session that lives ends hard for it; of one that restarts nothing is kept either. */
	if (session_conf_changes_routes(session_conf(p->session), &c))
		restart_forget(p);
	return session_reconf(p->session, &c);
}

void peer_find_circuit(struct bgp_peer *p)
{
	p->circuit = circuit_find(p->inst, p->conf.line);
}

void peer_run_or_stop(struct bgp_peer *p)
{
	if (circuit_is_ready(p->circuit) && !p->limit_stopped)
		session_start(p->session);
	else if (p->limit_stopped)
		session_stop(p->session, BGP_ERR_CEASE_MAX_PREFIX, NULL);
	else
		session_stop(p->session, BGP_ERR_CEASE_SHUTDOWN, "link down or disabled");
}

const char *peer_down_code(const struct bgp_peer *p, const struct session_down *why)
{
	return p->lost_link ? "interface-down" : session_down_code(why);
}

void peer_event(struct bgp_peer *p, enum bgp_event_type type, const struct session_down *why,
	uint32_t count)
{
	const struct bgp_engine *e = p->inst->e;
	const struct bgp_event ev = {
		.type = type,
		.instance = p->inst,
		.peer = p,
		.why = why,
		.code = why ? peer_down_code(p, why) : NULL,
		.count = count,
	};

	if (e->ops->event)
		e->ops->event(e->ctx, &ev);
}

void peer_tell_alive(struct bgp_peer *p, bool alive)
{
	const struct bgp_engine *e = p->inst->e;

	if (p->alive == alive)
		return;
	p->alive = alive;
	if (!e->quiet)
		e->ops->neighbor(e->ctx,
			&(struct bgp_neighbor){
				.live_key = p->live_key,
				.up = alive,
				.generation = p->bfd.generation,
				.deaths = p->bfd.deaths,
				.ifindex = p->circuit->link.ifindex,
			});
}

static void tell_gone(const struct bgp_peer *p)
{
	const struct bgp_engine *e = p->inst->e;

	if (!e->quiet)
		e->ops->neighbor(e->ctx,
			&(struct bgp_neighbor){ .live_key = p->live_key, .gone = true });
}

static const struct policy_map *find_map(const struct bgp_peer *p, bool has, const char *name)
{
	const struct policy_set *set = p->inst->e->policy;

	return has && name && set ? policy_find(set, name) : NULL;
}

static bool is_same_map(const struct policy_map *a, const struct policy_map *b)
{
	return a == b || (a && b && policy_map_is_equal(a, b));
}

void peer_relink(struct bgp_peer *p)
{
	const struct bgp_peer_conf *c = &p->conf;
	const struct policy_map *in = find_map(p, c->has_import, c->import_policy);
	const struct policy_map *out = find_map(p, c->has_export, c->export_policy);
	const struct policy_map *ad = find_map(p, c->condition, c->advertise_policy);
	const bool in_changed = !is_same_map(p->import_map, in);
	/* An equal map too: those that come by now and those that were here share a group. */
	const bool out_changed = p->export_map != out || p->advertise_map != ad;

	p->import_map = in;
	p->export_map = out;
	p->advertise_map = ad;
	if (in_changed)
		peer_rerun(p);
	if (out_changed)
		peer_export_again(p);
}

/* --- by address --- */

static int cmp_find(const void *key, const void *item)
{
	const struct bgp_peer *const *p = item;

	return ip_cmp(key, &(*p)->conf.session.remote);
}

/* Behind those of the same address: on several wires there may be several. */
static int cmp_behind(const void *key, const void *item)
{
	return cmp_find(key, item) < 0 ? -1 : 1;
}

uint32_t peer_first_at(const struct bgp_instance *i, const struct ip_addr *a)
{
	return search_lower(a, i->by_addr, i->n_by_addr, sizeof(struct bgp_peer *), cmp_find);
}

struct bgp_peer *bgp_instance_find_peer(const struct bgp_instance *i, const struct ip_addr *a)
{
	const uint32_t at = peer_first_at(i, a);

	if (at == i->n_by_addr || cmp_find(a, &i->by_addr[at]) != 0)
		return NULL;
	return i->by_addr[at];
}

static void index_add(struct bgp_peer *p)
{
	struct bgp_instance *i = p->inst;
	const uint32_t at = search_lower(&p->conf.session.remote, i->by_addr, i->n_by_addr,
		sizeof(struct bgp_peer *), cmp_behind);

	i->by_addr = xreallocarray(i->by_addr, i->n_by_addr + 1, sizeof(struct bgp_peer *));
	memmove(i->by_addr + at + 1, i->by_addr + at,
		(i->n_by_addr - at) * sizeof(struct bgp_peer *));
	i->by_addr[at] = p;
	i->n_by_addr++;
}

/* While its address is what it was when it was added. */
static void index_remove(const struct bgp_peer *p)
{
	struct bgp_instance *i = p->inst;
	uint32_t at = peer_first_at(i, &p->conf.session.remote);

	while (i->by_addr[at] != p)
		at++;
	i->n_by_addr--;
	memmove(i->by_addr + at, i->by_addr + at + 1,
		(i->n_by_addr - at) * sizeof(struct bgp_peer *));
}

struct bgp_peer *peer_make(struct bgp_instance *i, const struct bgp_peer_conf *conf)
{
	struct bgp_peer *p = xcalloc(1, sizeof(*p));
	const struct bgp_peer_conf *c = &p->conf;

	p->inst = i;
	bgp_peer_conf_copy(&p->conf, conf);
	peer_find_circuit(p);
	p->live_key = i->e->ops->live_key(i->e->ctx);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		p->family[f] = (struct peer_family){
			.peer = p,
			.table = &i->table[f],
			.f = (enum bgp_family)f,
		};
		family_work_init(&p->family[f]);
	}
	p->import_map = find_map(p, c->has_import, c->import_policy);
	p->export_map = find_map(p, c->has_export, c->export_policy);
	p->advertise_map = find_map(p, c->condition, c->advertise_policy);
	limit_init(p);
	peer_session_init(p);
	TAILQ_INSERT_TAIL(&i->peers, p, entry);
	index_add(p);
	peer_conditions_set(p);
	return p;
}

struct bgp_peer *bgp_peer_new(struct bgp_instance *i, const struct bgp_peer_conf *conf)
{
	struct bgp_peer *p = peer_make(i, conf);

	peer_listen(p);
	peer_run_or_stop(p);
	return p;
}

void peer_kill(struct bgp_peer *p)
{
	struct bgp_instance *i = p->inst;
	const char *text = i->e->quiet ? NULL : p->conf.session.shutdown_text;

	/* RFC 4724 4: a neighbour keeps our routes when the connection ends without a word. */
	if (!i->e->restarting || !p->gr || !p->up)
		/* RFC 9003 2: words go with a shutdown, not with Peer De-configured */
		session_stop(p->session,
			i->e->quiet || text ? BGP_ERR_CEASE_SHUTDOWN : BGP_ERR_CEASE_DECONFIGURED,
			text);
	peer_tell_alive(p, false);
	tell_gone(p);
	bfd_end(p);
	timer_stop(&p->reap_timer);
	TAILQ_REMOVE(&i->peers, p, entry);
	index_remove(p);
	sync_forget(p);
	peer_forget_key(p);
	limit_fini(p);
	peer_session_fini(p);
	peer_conditions_clear(p);
	defaults_follow(i, p);
	bgp_peer_conf_release(&p->conf);
	free(p);
}

void bgp_peer_free(struct bgp_peer *p)
{
	struct bgp_instance *i;
	bool dynamic;

	if (!p)
		return;
	i = p->inst;
	dynamic = p->dynamic;
	peer_kill(p);
	if (!dynamic)
		instance_listen(i);
	sync_check(i);
}

void bgp_peer_conf_copy(struct bgp_peer_conf *dst, const struct bgp_peer_conf *src)
{
	*dst = *src;
	session_conf_copy(&dst->session, &src->session);
	dst->default_policy = conf_text_copy(src->default_policy);
	dst->advertise_policy = conf_text_copy(src->advertise_policy);
	dst->condition_policy = conf_text_copy(src->condition_policy);
	dst->import_policy = conf_text_copy(src->import_policy);
	dst->export_policy = conf_text_copy(src->export_policy);
}

void bgp_peer_conf_release(struct bgp_peer_conf *c)
{
	session_conf_release(&c->session);
	explicit_bzero(c->bfd.secret, sizeof(c->bfd.secret));
	conf_text_release(&c->default_policy);
	conf_text_release(&c->advertise_policy);
	conf_text_release(&c->condition_policy);
	conf_text_release(&c->import_policy);
	conf_text_release(&c->export_policy);
}

static bool has_limit_changed(const struct bgp_peer_conf *a, const struct bgp_peer_conf *b)
{
	return a->limit_max != b->limit_max || a->limit_warning != b->limit_warning ||
		a->limit_action != b->limit_action || a->limit_restart_s != b->limit_restart_s;
}

void bgp_peer_reconf(struct bgp_peer *p, const struct bgp_peer_conf *conf)
{
	struct bgp_peer_conf old = p->conf;
	const bool moved = strcmp(old.line, conf->line) != 0;
	const bool readdressed = moved || !ip_is_equal(&old.session.remote, &conf->session.remote);
	bool import_changed = moved || old.has_import != conf->has_import ||
		old.allow_own_as != conf->allow_own_as || old.gshut != conf->gshut ||
		old.ignore_gshut != conf->ignore_gshut ||
		memcmp(old.blackhole_len, conf->blackhole_len, sizeof(old.blackhole_len)) != 0 ||
		old.fake_no_prepend != conf->fake_no_prepend ||
		(old.session.multihop <= 1) != (conf->session.multihop <= 1);

	/* a key that stays is not taken away in between: an unsigned SYN would find no guard */
	if (readdressed)
		peer_forget_key(p);
	index_remove(p);
	bgp_peer_conf_copy(&p->conf, conf);
	index_add(p);
	peer_find_circuit(p);
	if (readdressed && !p->dynamic)
		instance_listen(p->inst);
	else
		peer_listen(p);
	/* Who is told what it says changes with it, for all neighbours: nothing is kept of it. */
	if (!peer_resession(p) && old.rr_client != conf->rr_client) {
		session_reset(p->session, BGP_ERR_CEASE_CONFIG_CHANGE, NULL);
		restart_forget(p);
	}
	peer_conditions_set(p);
	peer_relink(p);
	peer_export_again(p);
	if (import_changed)
		peer_rerun(p);
	for (unsigned f = 0; f < BGP_FAMILY_COUNT && moved; f++)
		fib_feed_restart(&p->inst->table[f].feed);
	if (!conf->session.enabled)
		limit_clear(p);
	else if (has_limit_changed(&old, conf))
		limit_recheck(p);
	peer_run_or_stop(p);
	bfd_follow(p);
	bgp_peer_conf_release(&old);
	sync_check(p->inst);
}

void bgp_peer_reset(struct bgp_peer *p, const char *text)
{
	limit_clear(p);
	dynamic_forgive(p);
	restart_forget(p);
	session_reset(p->session, BGP_ERR_CEASE_RESET, text);
	peer_run_or_stop(p);
}

void bgp_peer_clear(struct bgp_peer *p, enum bgp_clear how)
{
	switch (how) {
	case BGP_CLEAR_HARD:
		bgp_peer_reset(p, NULL);
		break;
	case BGP_CLEAR_SOFT_IN:
		peer_rerun(p);
		break;
	case BGP_CLEAR_SOFT_OUT:
		for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
			if (p->family[f].member)
				export_refresh(p->family[f].member);
		}
		break;
	}
}
