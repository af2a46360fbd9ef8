/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets of an instance: one a family and wire, as soon as the device is there and a
 * peer of that family is configured. They are bound to the device, not to an address: the peer is
 * found by its own address, and an address that appears later needs no new socket. What fails is
 * tried again.
 */
#include <errno.h>
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/unnumbered.h"
#include "bgpd/session/socket/ao.h"
#include "bgpd/session/socket/listener.h"

#define RETRY_US INT64_C(1000000)

/* Who stands on another wire has no business on this one. */
static struct session *find(void *ctx, const struct ip_addr *remote)
{
	const struct circuit *c = ctx;
	const struct bgp_instance *i = c->inst;
	bool elsewhere = false;

	for (uint32_t n = peer_first_at(i, remote); n < i->n_by_addr; n++) {
		const struct bgp_peer *p = i->by_addr[n];

		if (!ip_is_equal(&p->conf.session.remote, remote))
			break;
		if (p->circuit == c)
			return p->session;
		elsewhere = true;
	}
	return elsewhere ? NULL : dynamic_accept(c, remote);
}

static bool is_wanted(const struct circuit *c, uint8_t af)
{
	const struct bgp_peer *p;

	if (!circuit_is_ready(c))
		return false;
	TAILQ_FOREACH(p, &c->inst->peers, entry) {
		if (p->circuit == c && p->conf.session.remote.family == af)
			return true;
	}
	return dynamic_is_wanted(c->inst, af);
}

/* A kernel without this kind of key will not have it the next time either. */
static bool is_worth_another(int ret)
{
	return ret < 0 && ret != -EOPNOTSUPP && ret != -ENOPROTOOPT;
}

/*
 * What the kernel refuses shows where a connection is to be made, or is accepted unsigned. A socket
 * has no keys of both kinds for one address.
 */
bool link_set_keys(struct listener *ln, const struct prefix *net, const struct session_conf *c)
{
	struct ao_keys k;
	int ao = 0;
	int md5;

	ao_keys_make(&k, c, false);
	k.net = *net;
	if (k.n == 0)
		ao = listener_set_ao(ln, &k);
	md5 = listener_set_md5(ln, net, c->password ? c->password : "");
	if (k.n > 0)
		ao = listener_set_ao(ln, &k);
	ao_keys_wipe(&k);
	return !is_worth_another(ao) && !is_worth_another(md5);
}

/* Does somebody stand for the keys of this prefix? */
static bool is_keyed(void *ctx, const struct prefix *net)
{
	const struct circuit *on = ctx;
	const struct bgp_instance *i = on->inst;
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		const struct prefix host = prefix_host(&p->conf.session.remote);

		if (!p->dynamic && p->circuit == on && session_conf_keys(&p->conf.session) > 0 &&
			prefix_is_equal(&host, net))
			return true;
	}
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (session_conf_keys(&i->ranges[n].peer.session) > 0 &&
			prefix_is_equal(&i->ranges[n].pfx, net))
			return true;
	}
	return false;
}

static bool set_peer_keys(struct listener *ln, const struct bgp_peer *p)
{
	const struct prefix host = prefix_host(&p->conf.session.remote);

	return link_set_keys(ln, &host, &p->conf.session);
}

static bool set_keys(struct circuit *on, struct listener *ln, uint8_t af)
{
	const struct bgp_peer *p;
	bool ok = true;

	TAILQ_FOREACH(p, &on->inst->peers, entry) {
		if (p->conf.session.remote.family == af && p->circuit == on && !p->dynamic)
			ok &= set_peer_keys(ln, p);
	}
	ok &= dynamic_set_keys(on->inst, ln, af);
	listener_keep_ao(ln, is_keyed, on);
	return ok;
}

/* False: it has to be tried again. */
static bool listen_family(struct circuit *c, enum bgp_family f)
{
	const uint8_t af = wire_family_af(f);
	struct listener_conf conf = { .local = { .family = af }, .port = c->inst->conf.port };

	if (!is_wanted(c, af)) {
		listener_free(c->listener[f]);
		c->listener[f] = NULL;
		return true;
	}
	if (!c->listener[f]) {
		memcpy(conf.device, c->link.device, sizeof(conf.device));
		c->listener[f] = listener_new(c->inst->e->loop, &conf, find, c);
	}
	if (!c->listener[f])
		return false;
	if (!set_keys(c, c->listener[f], af))
		c->inst->owes_keys = true;
	return true;
}

bool circuit_listen(struct circuit *c)
{
	bool ok = true;

	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		ok &= listen_family(c, (enum bgp_family)f);
	return ok;
}

void circuit_unlisten(struct circuit *c)
{
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		listener_free(c->listener[f]);
		c->listener[f] = NULL;
	}
}

static void retry(void *ctx)
{
	instance_listen(ctx);
}

void instance_listen(struct bgp_instance *i)
{
	bool ok = true;

	if (!i->listen_timer.fn)
		timer_init(&i->listen_timer, i->e->loop, retry, i);
	i->owes_keys = false;
	for (uint8_t k = 0; k < i->n_circuits; k++)
		ok &= circuit_listen(i->circuits[k]);
	if (ok)
		timer_stop(&i->listen_timer);
	else
		timer_start(&i->listen_timer, RETRY_US);
	unnumbered_follow(i);
}

void instance_unlisten(struct bgp_instance *i)
{
	timer_stop(&i->listen_timer);
	unnumbered_close(i);
	for (uint8_t k = 0; k < i->n_circuits; k++)
		circuit_unlisten(i->circuits[k]);
}

static struct listener *listener_of(const struct bgp_peer *p)
{
	const bool is6 = p->conf.session.remote.family == AF_INET6;

	return p->circuit->listener[is6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4];
}

/* All of them are asked only if there is no socket yet, or something is amiss. */
void peer_listen(const struct bgp_peer *p)
{
	struct listener *ln = listener_of(p);

	if (p->dynamic)
		return;
	if (!ln || p->inst->owes_keys)
		instance_listen(p->inst);
	else if (!set_peer_keys(ln, p))
		p->inst->owes_keys = true;
}

void peer_forget_key(const struct bgp_peer *p)
{
	const struct prefix host = prefix_host(&p->conf.session.remote);
	struct listener *ln = listener_of(p);

	if (ln && p->conf.session.password && !p->dynamic)
		(void)listener_set_md5(ln, &host, "");
}
