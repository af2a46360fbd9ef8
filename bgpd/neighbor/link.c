/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets of an instance: one a family, as soon as the device is there and a peer of
 * that family is configured. They are bound to the device, not to an address: the peer is found
 * by its own address, and an address that appears later needs no new socket. What fails is
 * tried again.
 */
#include <string.h>

#include "bgpd/engine_int.h"
#include "bgpd/neighbor/dynamic.h"
#include "bgpd/neighbor/unnumbered.h"
#include "bgpd/session/socket/ao.h"
#include "bgpd/session/socket/listener.h"

#define RETRY_US INT64_C(1000000)

static struct session *find(void *ctx, const struct ip_addr *remote)
{
	const struct bgp_peer *p = bgp_instance_find_peer(ctx, remote);

	return p ? p->session : dynamic_accept(ctx, remote);
}

static bool is_wanted(const struct bgp_instance *i, uint8_t af)
{
	const struct bgp_peer *p;

	if (!instance_is_ready(i))
		return false;
	TAILQ_FOREACH(p, &i->peers, entry) {
		if (p->conf.session.remote.family == af)
			return true;
	}
	return dynamic_is_wanted(i, af);
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
	const struct bgp_instance *i = ctx;
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		const struct prefix host = prefix_host(&p->conf.session.remote);

		if (!p->dynamic && p->conf.session.n_ao > 0 && prefix_is_equal(&host, net))
			return true;
	}
	for (uint32_t n = 0; n < i->n_ranges; n++) {
		if (i->ranges[n].peer.session.n_ao > 0 && prefix_is_equal(&i->ranges[n].pfx, net))
			return true;
	}
	return false;
}

static void set_keys(struct bgp_instance *i, struct listener *ln, uint8_t af)
{
	const struct bgp_peer *p;

	TAILQ_FOREACH(p, &i->peers, entry) {
		const struct session_conf *c = &p->conf.session;

		const struct prefix host = prefix_host(&c->remote);

		if (c->remote.family == af && !p->dynamic)
			link_set_keys(ln, &host, c);
	}
	dynamic_set_keys(i, ln, af);
	listener_keep_ao(ln, is_keyed, i);
}

/* False: it has to be tried again. */
static bool listen_family(struct bgp_instance *i, enum bgp_family f)
{
	const uint8_t af = wire_family_af(f);
	struct listener_conf conf = { .local = { .family = af }, .port = i->conf.port };

	if (!is_wanted(i, af)) {
		listener_free(i->listener[f]);
		i->listener[f] = NULL;
		return true;
	}
	if (!i->listener[f]) {
		memcpy(conf.device, i->link.device, sizeof(conf.device));
		i->listener[f] = listener_new(i->e->loop, &conf, find, i);
	}
	if (!i->listener[f])
		return false;
	set_keys(i, i->listener[f], af);
	return true;
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
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++)
		ok &= listen_family(i, (enum bgp_family)f);
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
	for (unsigned f = 0; f < BGP_FAMILY_COUNT; f++) {
		listener_free(i->listener[f]);
		i->listener[f] = NULL;
	}
}

void instance_forget_key(struct bgp_instance *i, const struct bgp_peer *p)
{
	const struct prefix host = prefix_host(&p->conf.session.remote);
	const bool is6 = host.family == AF_INET6;
	struct listener *ln = i->listener[is6 ? BGP_FAMILY_IP6 : BGP_FAMILY_IP4];

	if (ln && p->conf.session.password[0] && !p->dynamic)
		(void)listener_set_md5(ln, &host, "");
}
