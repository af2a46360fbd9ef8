/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader per kind of object, all of the same shape: a fresh object, filled leaf by leaf.
 * Syntax and ranges were checked by the model; what is checked here is only what would not fit
 * our structs.
 */
#include "vbr/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/policy/policy.h"
#include "conf/conf_node.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "vbr/bfd/read_bfd.h"
#include "vbr/life/read_line.h"
#include "vbr/metering/read_metering.h"
#include "vbr/model/failover/group.h"
#include "vbr/policy/read_policy.h"
#include "vbr/qos/read_qos.h"
#include "vbr/vault.h"

static const struct conf_object objects[] = {
	/* clang-format off */
	{ "/vbrd:system",                MODEL_SYSTEM,   0 },
	{ "/vbrd:policy",                MODEL_POLICY,   1 },
	{ "/vbrd:physical-connection",   MODEL_PHYSCONN, 2 },
	{ "/vbrd:tenant",                MODEL_TENANT,   3 },
	{ "/vbrd:tenant/policy",         MODEL_POLICY,   4 },
	{ "/vbrd:tenant/vpc",            MODEL_VPC,      5 },
	{ "/vbrd:tenant/vbr",            MODEL_VBR,      6 },
	{ "/vbrd:tenant/peering",        MODEL_PEERING,  7 },
	{ "/vbrd:tenant/accept-peering", MODEL_ACCEPT,   8 },
	{ "/vbrd:tenant/accept-hosted",  MODEL_ACCEPT_HOSTED, 9 },
	{ "/vbrd:tenant/accept-vbr",     MODEL_ACCEPT_VBR, 10 },
	{ "/vbrd:tenant/reject-peering", MODEL_REJECT, 11 },
	{ "/vbrd:metering",              MODEL_METERING, 12 },
	{ "/vbrd:tenant/qos-policy",     MODEL_QOS,      13 },
	{ "/vbrd:tenant/failover-group", MODEL_FAILOVER, 14 },
	/* clang-format on */
};

/* Built-in session parameters (contract section 2). */
#define DEFAULT_HOLD_S          30
#define DEFAULT_KEEPALIVE_S     10
#define DEFAULT_CONNECT_RETRY_S 10
#define DEFAULT_LIMIT           110
#define DEFAULT_LIMIT_WARNING   75
#define DEFAULT_LIMIT_RESTART_S 60
#define DEFAULT_GR_TIME_S       120
#define DEFAULT_RANGE_LIMIT     8
#define DEFAULT_ADD_PATH_BEST   2

static void copy(char *dst, size_t size, const char *src)
{
	snprintf(dst, size, "%s", src != NULL ? src : "");
}

static uint32_t read_id(const struct conf_node *n, const char *name)
{
	struct ip_addr a;

	return conf_addr(n, name, &a) == 0 ? ip_to_v4(&a) : 0;
}

/* Index of a word in a NULL-terminated list; 0 if absent. */
static uint8_t read_enum(const char *value, const char *const *words)
{
	for (uint8_t i = 0; value != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	return 0;
}

static void read_system(const struct conf_node *n, struct model_system *s)
{
	static const char *const modes[] = { "auto", "vrf", "rules", NULL };
	enum log_level level = LOG_LEVEL_INFO;
	const char *word = conf_str(n, "log/level");

	copy(s->hostname, sizeof(s->hostname), conf_str(n, "hostname"));
	copy(s->region, sizeof(s->region), conf_str(n, "region"));
	s->router_id = read_id(n, "router-id");
	s->default_local_as = conf_u32(n, "default-local-as", 45104);
	s->data_plane = read_enum(conf_str(n, "data-plane/mode"), modes);
	s->table_base = conf_u32(n, "data-plane/table-base", 10000);
	if (word != NULL)
		(void)log_level_parse(word, &level);
	s->log_level = (uint8_t)level;
	s->gshut = conf_bool(n, "graceful-shutdown", false);
}

static void read_tenant(const struct conf_node *n, struct model_tenant *t)
{
	const struct conf_node *r = conf_child(n, "asymmetry-detection");

	for (unsigned q = 0; q < MODEL_QUOTA_COUNT; q++) {
		const struct model_quota_row *row = model_quota_row((enum model_quota)q);
		char leaf[MODEL_NAME_SIZE];

		snprintf(leaf, sizeof(leaf), "quota/%s", row->leaf);
		t->quota[q] = conf_u32(n, leaf, row->fallback);
	}
	t->quota_route = conf_u32(n, "quota/route", 0);
	if (r == NULL)
		return;
	t->skew_sample = (uint16_t)conf_u32(r, "sample", 100);
	t->skew_interval_s = (uint16_t)conf_u32(r, "interval", 10);
}

static int read_statics(const struct conf_node *n, const char *path, struct model_static **out,
	uint32_t *n_out, struct errbuf *err)
{
	struct model_static *v = NULL;
	uint32_t total = conf_count(n, "static-route");
	uint32_t i = 0;
	int ret = 0;

	if (total > 0)
		v = xcalloc(total, sizeof(*v));
	for (const struct conf_node *e = conf_next(n, "static-route", NULL); e != NULL;
		e = conf_next(n, "static-route", e), i++) {
		(void)conf_prefix(e, "prefix", &v[i].pfx);
		if (conf_count(e, "next-hop") > ARRAY_SIZE(v[i].next_hop)) {
			errbuf_add(err, path, 0,
				"static-route %s has more than %zu next hops: delete some",
				conf_str(e, "prefix"), ARRAY_SIZE(v[i].next_hop));
			ret = -EINVAL;
		}
		v[i].blackhole = conf_has(e, "blackhole");
		v[i].bfd = conf_bool(e, "bfd", false);
		copy(v[i].interface, sizeof(v[i].interface), conf_str(e, "interface"));
		for (const struct conf_node *h = conf_next(e, "next-hop", NULL);
			h != NULL && v[i].n_next_hops < ARRAY_SIZE(v[i].next_hop);
			h = conf_next(e, "next-hop", h))
			(void)ip_parse(conf_value(h), &v[i].next_hop[v[i].n_next_hops++]);
	}
	*out = v;
	*n_out = total;
	return ret;
}

static struct prefix *read_prefixes(const struct conf_node *n, const char *name, uint32_t *n_out)
{
	struct prefix *v = NULL;
	uint32_t total = conf_count(n, name);
	uint32_t i = 0;

	if (total > 0)
		v = xcalloc(total, sizeof(*v));
	for (const struct conf_node *e = conf_next(n, name, NULL); e != NULL;
		e = conf_next(n, name, e))
		(void)prefix_parse(conf_value(e), &v[i++]);
	*n_out = total;
	return v;
}

static void read_iface(const struct conf_node *n, struct model_iface *f)
{
	copy(f->name, sizeof(f->name), conf_str(n, "name"));
	copy(f->vswitch, sizeof(f->vswitch), conf_str(n, "vswitch"));
	for (const struct conf_node *a = conf_next(n, "address", NULL);
		a != NULL && f->n_addrs < ARRAY_SIZE(f->addr); a = conf_next(n, "address", a)) {
		char text[PREFIX_STRLEN];
		char *slash;

		copy(text, sizeof(text), conf_value(a));
		slash = strchr(text, '/');
		if (slash == NULL)
			continue;
		*slash = '\0';
		(void)ip_parse(text, &f->addr[f->n_addrs].addr);
		f->addr[f->n_addrs++].len = (uint8_t)strtoul(slash + 1, NULL, 10);
	}
}

static struct nhspread read_spread(const struct conf_node *n)
{
	const struct conf_node *r = conf_child(n, "resilient-hashing");

	if (r == NULL)
		return (struct nhspread){ 0 };
	return (struct nhspread){ .buckets = (uint16_t)conf_u32(r, "buckets", 128),
		.idle_s = (uint16_t)conf_u32(r, "idle-timer", 120) };
}

static int read_vpc(const struct conf_node *n, const struct vault *sec, struct model_vpc *v,
	struct errbuf *err)
{
	uint32_t i = 0;
	int ret;

	copy(v->region, sizeof(v->region), conf_str(n, "region"));
	v->cidrs = read_prefixes(n, "cidr", &v->n_cidrs);
	ret = read_statics(n, v->obj.path, &v->statics, &v->n_statics, err);
	if (ret == 0)
		ret = read_bfd(n, sec, v->obj.path, &v->bfd, err);
	v->max_paths = (uint8_t)conf_u32(n, "maximum-paths", 8);
	v->limit_max = conf_u32(n, "route-limit/maximum", 0);
	v->limit_warning = (uint8_t)conf_u32(n, "route-limit/warning", DEFAULT_LIMIT_WARNING);
	v->spread = read_spread(n);
	read_vswitches(n, v);
	v->n_ifaces = conf_count(n, "interface");
	if (v->n_ifaces > 0)
		v->ifaces = xcalloc(v->n_ifaces, sizeof(*v->ifaces));
	for (const struct conf_node *e = conf_next(n, "interface", NULL); e != NULL;
		e = conf_next(n, "interface", e)) {
		read_iface(e, &v->ifaces[i]);
		if (conf_count(e, "address") > ARRAY_SIZE(v->ifaces[i].addr)) {
			errbuf_add(err, v->obj.path, 0,
				"interface %s has more than %zu addresses: delete some",
				v->ifaces[i].name, ARRAY_SIZE(v->ifaces[i].addr));
			ret = -EINVAL;
		}
		i++;
	}
	return ret;
}

/* A parameter of the peer, else of its group: the node that has it, or NULL. */
struct layers {
	const struct conf_node *peer;
	const struct conf_node *group; /* may be NULL */
};

static const struct conf_node *layer_of(const struct layers *l, const char *name)
{
	if (conf_has(l->peer, name))
		return l->peer;
	return l->group != NULL && conf_has(l->group, name) ? l->group : NULL;
}

static const char *layer_str(const struct layers *l, const char *name)
{
	const struct conf_node *n = layer_of(l, name);

	return n != NULL ? conf_str(n, name) : NULL;
}

static uint32_t layer_u32(const struct layers *l, const char *name, uint32_t fallback)
{
	const struct conf_node *n = layer_of(l, name);

	return n != NULL ? conf_u32(n, name, fallback) : fallback;
}

static bool layer_bool(const struct layers *l, const char *name, bool fallback)
{
	const struct conf_node *n = layer_of(l, name);

	return n != NULL ? conf_bool(n, name, fallback) : fallback;
}

static void read_families(const struct layers *l, struct model_peer *p)
{
	const struct conf_node *n = layer_of(l, "families");

	if (n == NULL) {
		p->ipv4 = p->address.family == AF_INET;
		p->ipv6 = !p->ipv4;
		return;
	}
	for (const struct conf_node *e = conf_next(n, "families", NULL); e != NULL;
		e = conf_next(n, "families", e)) {
		p->ipv4 |= strcmp(conf_value(e), "ipv4") == 0;
		p->ipv6 |= strcmp(conf_value(e), "ipv6") == 0;
	}
}

static int read_password(const struct layers *l, const struct vault *sec, struct model_peer *p,
	const char *path, struct errbuf *err)
{
	const char *sealed = layer_str(l, "password");
	char addr[IP_STRLEN];
	int ret;

	if (sealed == NULL)
		return 0;
	ret = vault_unseal(sec, sealed, p->password, 81);
	if (ret == 0)
		return 0;
	errbuf_add(err, path, 0, "peer %s: the password %s: set it again in plain text",
		ip_format(&p->address, addr),
		ret == -ENOSPC ? "has more than 80 characters" : "was sealed by another edge");
	return -EINVAL;
}

/* Keys of the peer, or of its group: never some of each, for their ids belong together. */
static int read_ao(const struct layers *l, const struct vault *sec, struct model_peer *p,
	const char *path, struct errbuf *err)
{
	static const char *const algorithms[] = { "hmac-sha-1-96", "aes-128-cmac-96",
		"hmac-sha-256", NULL };
	const struct conf_node *n = conf_count(l->peer, "tcp-ao/key") > 0 ? l->peer : l->group;
	char addr[IP_STRLEN];

	for (const struct conf_node *e = n != NULL ? conf_next(n, "tcp-ao/key", NULL) : NULL;
		e != NULL && p->n_ao < MODEL_MAX_AO; e = conf_next(n, "tcp-ao/key", e)) {
		struct model_ao_key *k = &p->ao[p->n_ao++];
		int ret;

		k->id = (uint8_t)conf_u32(e, "id", 0);
		k->receive_id = (uint8_t)conf_u32(e, "receive-id", k->id);
		k->algorithm = read_enum(conf_str(e, "algorithm"), algorithms);
		k->preferred = conf_bool(e, "preferred", false);
		ret = vault_unseal(sec, conf_str(e, "secret"), k->secret, 81);
		if (ret == 0)
			continue;
		errbuf_add(err, path, 0,
			"peer %s: the secret of tcp-ao key %u %s: set it again in plain text",
			ip_format(&p->address, addr), k->id,
			ret == -ENOSPC ? "has more than 80 characters" :
					 "was sealed by another edge");
		return -EINVAL;
	}
	return 0;
}

static void read_limit(const struct layers *l, struct model_peer *p)
{
	static const char *const actions[] = { "discard", "warn", "teardown", "restart", NULL };

	p->limit_max = layer_u32(l, "route-limit/maximum", DEFAULT_LIMIT);
	p->limit_warning = (uint8_t)layer_u32(l, "route-limit/warning", DEFAULT_LIMIT_WARNING);
	p->limit_action = read_enum(layer_str(l, "route-limit/action"), actions);
	p->limit_restart_s = layer_u32(l, "route-limit/restart-after", DEFAULT_LIMIT_RESTART_S);
}

static void read_origination(const struct layers *l, struct model_peer *p)
{
	p->default_originate = layer_bool(l, "default-originate", false);
	copy(p->default_policy, sizeof(p->default_policy),
		layer_str(l, "default-originate-policy"));
	copy(p->advertise_policy, sizeof(p->advertise_policy),
		layer_str(l, "conditional-advertisement/advertise-policy"));
	copy(p->exist_policy, sizeof(p->exist_policy),
		layer_str(l, "conditional-advertisement/exist-policy"));
	copy(p->non_exist_policy, sizeof(p->non_exist_policy),
		layer_str(l, "conditional-advertisement/non-exist-policy"));
}

/* What a peer's routes look like: AS paths, next hops, communities. */
static void read_paths(const struct layers *l, struct model_peer *p)
{
	static const char *const privates[] = { "false", "true", "all", "replace", NULL };
	static const struct {
		const char *word;
		uint8_t withhold;
	} sends[] = {
		{ "both", 4 },
		{ "standard", 2 | 4 },
		{ "extended", 1 | 4 },
		{ "large", 1 | 2 },
		{ "none", 1 | 2 | 4 },
		{ "false", 1 | 2 | 4 },
	};
	const char *send = layer_str(l, "send-community");

	p->allow_own_as = (uint8_t)layer_u32(l, "allow-own-as", 0);
	p->fake_as = layer_u32(l, "fake-as", 0);
	p->fake_no_prepend = layer_bool(l, "fake-as-no-prepend", false);
	p->fake_replace_as = layer_bool(l, "fake-as-replace-as", false);
	p->as_override = layer_bool(l, "as-override", false);
	p->private_as = read_enum(layer_str(l, "remove-private-as"), privates);
	p->next_hop_self = layer_bool(l, "next-hop-self", false);
	p->next_hop_unchanged = layer_bool(l, "next-hop-unchanged", false);
	p->rr_client = layer_bool(l, "route-reflector-client", false);
	for (size_t i = 0; send != NULL && i < ARRAY_SIZE(sends); i++)
		if (strcmp(send, sends[i].word) == 0)
			p->withhold = sends[i].withhold;
}

static uint8_t read_add_path_has(const struct layers *l)
{
	static const char *const names[] = { "add-path-send", "add-path-best" };
	uint8_t has = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		const struct conf_node *n = layer_of(l, names[i]);

		if (n != NULL)
			has |= (uint8_t)((n == l->group ? MODEL_ADD_PATH_GROUP_SEND :
							  MODEL_ADD_PATH_HAS_SEND)
				<< i);
	}
	return has;
}

/* The session parameters; the address is known. */
static void read_session(const struct layers *layers, struct model_peer *p)
{
	static const char *const roles[] = { "none", "provider", "rs", "rs-client", "customer",
		"peer", NULL };
	static const char *const add_path[] = { "", "receive", "send", "both", NULL };
	static const char *const add_path_send[] = { "all", "best", "ecmp", NULL };
	const struct layers l = *layers;

	copy(p->description, sizeof(p->description), layer_str(&l, "description"));
	p->peer_as = layer_u32(&l, "peer-as", 0);
	if (layer_str(&l, "update-source") != NULL)
		(void)ip_parse(layer_str(&l, "update-source"), &p->update_source);
	copy(p->shutdown_text, sizeof(p->shutdown_text), layer_str(&l, "shutdown-text"));
	p->passive = layer_bool(&l, "passive", false);
	p->hold_s = (uint16_t)layer_u32(&l, "hold-time", DEFAULT_HOLD_S);
	p->keepalive_s = (uint16_t)layer_u32(&l, "keepalive", DEFAULT_KEEPALIVE_S);
	/* They may come from two layers: the hold time decides (RFC 4271 4.4). */
	if (p->hold_s > 0 && p->keepalive_s > p->hold_s / 3)
		p->keepalive_s = p->hold_s / 3;
	p->connect_retry_s = (uint16_t)layer_u32(&l, "connect-retry", DEFAULT_CONNECT_RETRY_S);
	p->delay_open_s = (uint8_t)layer_u32(&l, "delay-open", 0);
	p->ttl_security = layer_bool(&l, "ttl-security", false);
	p->multihop = (uint8_t)layer_u32(&l, "multihop", 0);
	p->bfd = layer_bool(&l, "bfd", false);
	read_paths(&l, p);
	p->role = read_enum(layer_str(&l, "role"), roles);
	p->role_strict = layer_bool(&l, "role-strict", false);
	p->add_path = read_enum(layer_str(&l, "add-path"), add_path);
	p->add_path_send = read_enum(layer_str(&l, "add-path-send"), add_path_send);
	p->add_path_best = (uint8_t)layer_u32(&l, "add-path-best", DEFAULT_ADD_PATH_BEST);
	p->add_path_has = read_add_path_has(&l);
	p->gshut = layer_bool(&l, "graceful-shutdown", false);
	p->ignore_gshut = !layer_bool(&l, "honour-graceful-shutdown", true);
	if (layer_bool(&l, "accept-blackhole", false)) {
		p->blackhole4 = (uint8_t)layer_u32(&l, "blackhole-length-ipv4", 32);
		p->blackhole6 = (uint8_t)layer_u32(&l, "blackhole-length-ipv6", 128);
	}
	read_origination(&l, p);
	p->gr = layer_bool(&l, "graceful-restart/enabled", true);
	p->gr_time_s = (uint16_t)layer_u32(&l, "graceful-restart/restart-time", DEFAULT_GR_TIME_S);
	p->llgr_time_s = layer_u32(&l, "graceful-restart/long-lived-stale-time", 0);
	copy(p->import_policy, sizeof(p->import_policy), layer_str(&l, "import-policy"));
	copy(p->export_policy, sizeof(p->export_policy), layer_str(&l, "export-policy"));
	read_families(&l, p);
	read_limit(&l, p);
}

static int read_secrets(const struct layers *l, const struct vault *sec, struct model_peer *p,
	const char *path, struct errbuf *err)
{
	const int ret = read_password(l, sec, p, path, err);

	return ret < 0 ? ret : read_ao(l, sec, p, path, err);
}

static const struct conf_node *group_of(const struct conf_node *bgp, const char *name)
{
	for (const struct conf_node *g = conf_next(bgp, "group", NULL); name != NULL && g != NULL;
		g = conf_next(bgp, "group", g))
		if (strcmp(conf_str(g, "name"), name) == 0)
			return g;
	return NULL;
}

static int read_peer(const struct conf_node *bgp, const struct conf_node *n,
	const struct vault *sec, struct model_vbr *v, struct errbuf *err)
{
	struct model_peer *p = &v->peers[v->n_peers++];
	const char *group = conf_str(n, "group");
	const struct layers l = { .peer = n, .group = group_of(bgp, group) };

	(void)conf_addr(n, "address", &p->address);
	copy(p->line, sizeof(p->line), conf_str(n, "physical-connection"));
	copy(p->group, sizeof(p->group), group);
	p->enabled = conf_bool(n, "enabled", true);
	read_session(&l, p);
	return read_secrets(&l, sec, p, v->obj.path, err);
}

/* A range has no parameters of its own: all are the group's. */
static int read_range(const struct conf_node *bgp, const struct conf_node *n,
	const struct vault *sec, struct model_vbr *v, struct errbuf *err)
{
	struct model_range *r = &v->ranges[v->n_ranges - 1];
	const char *group = conf_str(n, "group");
	const struct layers l = { .peer = group_of(bgp, group) };

	if (l.peer == NULL)
		return -EINVAL;
	r->peer.address = prefix_addr(&r->pfx);
	r->peer.enabled = true;
	copy(r->peer.group, sizeof(r->peer.group), group);
	read_session(&l, &r->peer);
	r->peer.add_path_has = (uint8_t)(r->peer.add_path_has << 2); /* all is of the group */
	return read_secrets(&l, sec, &r->peer, v->obj.path, err);
}

/*
 * As a range of all link-local addresses. Over them both families are at home, so both are spoken
 * unless the group says otherwise.
 */
static int read_unnumbered(const struct conf_node *bgp, const struct vault *sec,
	struct model_vbr *v, struct errbuf *err)
{
	const struct conf_node *n = conf_child(bgp, "unnumbered");
	struct model_range *r;
	int ret;

	if (n == NULL)
		return 0;
	r = &v->ranges[v->n_ranges++];
	*r = (struct model_range){
		.pfx = { .family = AF_INET6, .len = 10, .b = { 0xfe, 0x80 } },
		.limit = 1,
		.discover = true,
	};
	copy(r->peer.line, sizeof(r->peer.line), conf_str(n, "physical-connection"));
	ret = read_range(bgp, n, sec, v, err);
	if (ret == 0 && !conf_has(group_of(bgp, r->peer.group), "families"))
		r->peer.ipv4 = r->peer.ipv6 = true;
	return ret;
}

static int read_ranges(const struct conf_node *bgp, const struct vault *sec, struct model_vbr *v,
	struct errbuf *err)
{
	const uint32_t n_all = conf_count(bgp, "listen-range") +
		(conf_child(bgp, "unnumbered") != NULL);

	v->n_ranges = 0;
	if (n_all > 0)
		v->ranges = xcalloc(n_all, sizeof(*v->ranges));
	for (const struct conf_node *n = conf_next(bgp, "listen-range", NULL); n != NULL;
		n = conf_next(bgp, "listen-range", n)) {
		struct model_range *r = &v->ranges[v->n_ranges++];
		int ret;

		(void)conf_prefix(n, "prefix", &r->pfx);
		r->limit = (uint16_t)conf_u32(n, "limit", DEFAULT_RANGE_LIMIT);
		ret = read_range(bgp, n, sec, v, err);
		if (ret < 0)
			return ret;
	}
	return read_unnumbered(bgp, sec, v, err);
}

static void read_inside(const struct conf_node *bgp, struct model_vbr *v)
{
	const struct conf_node *c = conf_child(bgp, "confederation");

	v->cluster_id = read_id(bgp, "cluster-id");
	v->clients_meshed = !conf_bool(bgp, "client-to-client", true);
	v->confed_id = conf_u32(bgp, "confederation/identifier", 0);
	for (const struct conf_node *e = c != NULL ? conf_next(c, "member-as", NULL) : NULL;
		e != NULL && v->n_confed_members < MODEL_MAX_MEMBERS;
		e = conf_next(c, "member-as", e))
		v->confed_member[v->n_confed_members++] = (uint32_t)strtoul(conf_value(e), NULL,
			10);
}

static void read_aggregates(const struct conf_node *bgp, struct model_vbr *v)
{
	uint32_t i = 0;

	v->n_aggregates = conf_count(bgp, "aggregate");
	if (v->n_aggregates > 0)
		v->aggregates = xcalloc(v->n_aggregates, sizeof(*v->aggregates));
	for (const struct conf_node *e = conf_next(bgp, "aggregate", NULL); e != NULL;
		e = conf_next(bgp, "aggregate", e), i++) {
		struct model_aggregate *a = &v->aggregates[i];

		(void)conf_prefix(e, "prefix", &a->pfx);
		a->summary_only = conf_bool(e, "summary-only", false);
		copy(a->policy, sizeof(a->policy), conf_str(e, "policy"));
	}
}

static void read_health(const struct conf_node *n, struct model_health *h)
{
	const char *source = conf_str(n, "health-check/source");
	const char *target = conf_str(n, "health-check/target");

	if (source != NULL)
		(void)ip_parse(source, &h->source);
	if (target != NULL)
		(void)ip_parse(target, &h->target);
	h->interval_ms = conf_u32(n, "health-check/interval", 2000);
	h->threshold = (uint8_t)conf_u32(n, "health-check/threshold", 8);
	h->probes_only = conf_bool(n, "health-check/probes-only", false);
	h->observe = conf_bool(n, "health-check/observe", false);
}

/* By which the probes of its health check leave. */
static const struct model_circuit *health_circuit(const struct model_vbr *v)
{
	const struct model_circuit *c = model_vbr_circuit_to(v, &v->health.target);

	return c != NULL ? c : &v->circuits[0];
}

static int read_vbr(const struct conf_node *n, const struct vault *sec, struct model_vbr *v,
	struct errbuf *err)
{
	static const char *const advertise[] = { "peered", "networks", "none", NULL };
	const struct conf_node *bgp = conf_child(n, "bgp");
	int ret;

	v->enabled = conf_bool(n, "enabled", true);
	read_circuits(n, v);
	read_tags(n, v);
	copy(v->qos, sizeof(v->qos), conf_str(n, "qos-policy"));
	v->mtu = conf_u32(n, "mtu", 1500);
	v->max_paths = (uint8_t)conf_u32(n, "maximum-paths", 8);
	v->spread = read_spread(n);
	read_health(n, &v->health);
	v->health.source = model_circuit_link(health_circuit(v), v->health.target.family)->local;
	ret = read_statics(n, v->obj.path, &v->statics, &v->n_statics, err);
	if (ret == 0)
		ret = read_bfd(n, sec, v->obj.path, &v->bfd, err);
	if (bgp == NULL || ret < 0)
		return ret;
	v->has_bgp = true;
	v->local_as = conf_u32(bgp, "local-as", 0);
	v->router_id = read_id(bgp, "router-id");
	v->advertise = read_enum(conf_str(bgp, "advertise"), advertise);
	v->gshut = conf_bool(bgp, "graceful-shutdown", false);
	v->med_always = conf_bool(bgp, "med/always-compare", false);
	v->med_missing = conf_bool(bgp, "med/missing-as-worst", false);
	v->relax = conf_bool(bgp, "multipath/as-path-relax", false);
	v->link_bandwidth = conf_bool(bgp, "multipath/link-bandwidth", false);
	read_inside(bgp, v);
	v->networks = read_prefixes(bgp, "network", &v->n_networks);
	read_aggregates(bgp, v);
	v->peers = xcalloc(conf_count(bgp, "peer") + 1u, sizeof(*v->peers));
	for (const struct conf_node *p = conf_next(bgp, "peer", NULL);
		p != NULL && v->n_peers < MODEL_MAX_PEERS; p = conf_next(bgp, "peer", p)) {
		ret = read_peer(bgp, p, sec, v, err);
		if (ret < 0)
			return ret;
	}
	return read_ranges(bgp, sec, v, err);
}

static void read_end(const struct conf_node *n, const char *own, struct model_end *e)
{
	const char *tenant = conf_str(n, "tenant");
	const char *vbr = conf_str(n, "vbr");

	copy(e->tenant, sizeof(e->tenant), tenant != NULL ? tenant : own);
	e->is_vbr = vbr != NULL;
	copy(e->name, sizeof(e->name), vbr != NULL ? vbr : conf_str(n, "vpc"));
}

static void read_peering(const struct conf_node *n, struct model_peering *p)
{
	const char *spec = conf_str(n, "spec");

	p->enabled = conf_bool(n, "enabled", true);
	read_end(conf_child(n, "initiator"), p->obj.tenant, &p->initiator);
	read_end(conf_child(n, "acceptor"), p->obj.tenant, &p->acceptor);
	copy(p->spec, sizeof(p->spec), spec);
	p->bandwidth_bps = spec != NULL ? model_spec_bps(spec) :
					  conf_u64(n, "bandwidth", 0) * 1000000;
	p->weight = (uint16_t)conf_u32(n, "weight", 100);
	p->transit = conf_bool(n, "transit", false);
	copy(p->import_policy, sizeof(p->import_policy), conf_str(n, "import-policy"));
	copy(p->export_policy, sizeof(p->export_policy), conf_str(n, "export-policy"));
	read_health(n, &p->health);
}

static void read_failover(const struct conf_node *n, struct model_failover *f)
{
	static const char *const modes[] = { "active-standby", "load-share", NULL };

	copy(f->member[FAILOVER_PRIMARY], MODEL_NAME_SIZE, conf_str(n, "primary"));
	copy(f->member[FAILOVER_SECONDARY], MODEL_NAME_SIZE, conf_str(n, "secondary"));
	f->mode = (enum failover_mode)read_enum(conf_str(n, "mode"), modes);
	f->audit_s = (uint16_t)conf_u32(n, "audit-interval", 10);
}

const struct conf_object *read_objects(uint32_t *n)
{
	*n = ARRAY_SIZE(objects);
	return objects;
}

void read_key(const struct conf_change *ch, struct read_key *k)
{
	const struct conf_node *n = ch->after != NULL ? ch->after : ch->before;

	memset(k, 0, sizeof(*k));
	switch ((enum model_kind)ch->kind) {
	case MODEL_SYSTEM:
	case MODEL_METERING:
		return;
	case MODEL_PHYSCONN:
		copy(k->name, sizeof(k->name), conf_key(n, "physical-connection"));
		return;
	case MODEL_VPC:
		copy(k->name, sizeof(k->name), conf_key(n, "vpc"));
		break;
	case MODEL_VBR:
		copy(k->name, sizeof(k->name), conf_key(n, "vbr"));
		break;
	case MODEL_QOS:
		copy(k->name, sizeof(k->name), conf_key(n, "qos-policy"));
		break;
	case MODEL_PEERING:
		copy(k->name, sizeof(k->name), conf_key(n, "peering"));
		break;
	case MODEL_FAILOVER:
		copy(k->name, sizeof(k->name), conf_key(n, "failover-group"));
		break;
	case MODEL_ACCEPT:
	case MODEL_ACCEPT_VBR:
	case MODEL_REJECT:
		copy(k->name, sizeof(k->name), conf_str(n, "name"));
		copy(k->name2, sizeof(k->name2), conf_str(n, "tenant"));
		break;
	case MODEL_ACCEPT_HOSTED:
		copy(k->name, sizeof(k->name), conf_str(n, "physical-connection"));
		copy(k->name2, sizeof(k->name2), conf_str(n, "name"));
		break;
	default:
		break;
	}
	copy(k->tenant, sizeof(k->tenant), conf_key(n, "tenant"));
}

static int read_into(const struct conf_node *n, const struct vault *sec, struct model_obj *o,
	struct errbuf *err)
{
	switch (o->kind) {
	case MODEL_SYSTEM:
		read_system(n, (struct model_system *)o);
		return 0;
	case MODEL_POLICY:
		return read_policy(n, (struct model_policy *)o, err);
	case MODEL_PHYSCONN:
		return read_physconn(n, (struct model_physconn *)o, err);
	case MODEL_TENANT:
		read_tenant(n, (struct model_tenant *)o);
		return 0;
	case MODEL_VPC:
		return read_vpc(n, sec, (struct model_vpc *)o, err);
	case MODEL_VBR:
		return read_vbr(n, sec, (struct model_vbr *)o, err);
	case MODEL_PEERING:
		read_peering(n, (struct model_peering *)o);
		return 0;
	case MODEL_FAILOVER:
		read_failover(n, (struct model_failover *)o);
		return 0;
	case MODEL_ACCEPT:
		return read_accept(n, (struct model_accept *)o, err);
	case MODEL_QOS:
		return read_qos(n, (struct model_qos *)o, err);
	case MODEL_ACCEPT_HOSTED:
	case MODEL_ACCEPT_VBR:
	case MODEL_REJECT:
		return 0;
	case MODEL_METERING:
		return read_metering(n, (struct model_metering *)o, err);
	default:
		return -EINVAL;
	}
}

struct model_obj *read_object(const struct conf_change *ch, const struct vault *sec,
	struct errbuf *err)
{
	struct read_key k;
	struct model_obj *o;

	read_key(ch, &k);
	o = model_obj_new(ch->kind, k.tenant, k.name, k.name2);
	o->path = xstrdup(ch->path);
	if (read_into(ch->after, sec, o, err) == 0)
		return o;
	model_obj_unref(o);
	return NULL;
}
