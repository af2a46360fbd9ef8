/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets of an instance: one a family and wire, as soon as the device is there and a
 * peer of that family is configured. They are bound to the device, not to an address: the peer is
 * found by its own address, and an address that appears later needs no new socket. What fails is
 * tried again.
 */
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
	const struct bgp_peer *p = bgp_instance_find_peer(c->inst, remote);

	if (p)
		return p->circuit == c ? p->session : NULL;
	return dynamic_accept(c, remote);
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

/* What the kernel refuses shows where a connection is to be made, or is accepted unsigned. */
void link_set_keys(struct listener *ln, const struct prefix *net, const struct session_conf *c)
{
	struct ao_keys k = { .net = *net, .n = c->n_ao };

	memcpy(k.key, c->ao, sizeof(k.key));
	if (c->n_ao == 0)
		(void)listener_set_ao(ln,
			&k); /* a socket has no keys of both kinds for one address */
	(void)listener_set_md5(ln, net, c->password);
	if (c->n_ao > 0)
		(void)listener_set_ao(ln, &k);
	ao_keys_wipe(&k);
}

/* Does somebody stand for the keys of this prefix? */
static bool is_keyed(void *ctx, const struct prefix *net)
{
	const struct circuit *on = ctx;
	const struct bgp_instance *i = on->inst;
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		const struct prefix host = prefix_host(&p->conf.session.remote);

		if (!p->dynamic && p->circuit == on && p->conf.session.n_ao > 0 &&
			prefix_is_equal(&host, net))
			return true;
	}
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (i->ranges[n].peer.session.n_ao > 0 && prefix_is_equal(&i->ranges[n].pfx, net))
			return true;
	}
	return false;
}

static void set_keys(struct circuit *on, struct listener *ln, uint8_t af)
{
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &on->inst->peers, entry) {
		const struct session_conf *c = &p->conf.session;

		const struct prefix host = prefix_host(&c->remote);

		if (c->remote.family == af && p->circuit == on && !p->dynamic)
			link_set_keys(ln, &host, c);
	}
	dynamic_set_keys(on->inst, ln, af);
	listener_keep_ao(ln, is_keyed, on);
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
	set_keys(c, c->listener[f], af);
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

void peer_forget_key(const struct bgp_peer *p)
{
	const struct prefix host = prefix_host(&p->conf.session.remote);
	const bool is6 = host.family == AF_INET6;
	struct listener *ln = p->circuit->listener[is6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4];

	if (ln && p->conf.session.password[0] && !p->dynamic)
		(void)listener_set_md5(ln, &host, "");
}
