/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the schema to numbers of the model, which has the words.
 */
#include "vbr/life/read_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_node.h"
#include "lib/base/walltime.h"
#include "lib/base/xalloc.h"

static void copy(char *dst, size_t size, const char *src)
{
	snprintf(dst, size, "%s", src != NULL ? src : "");
}

/* Number of a word among those that name_of knows; 0 if absent. */
static uint8_t read_word(const char *value, const char *(*name_of)(unsigned))
{
	for (uint8_t i = 0; value != NULL && name_of(i) != NULL; i++)
		if (strcmp(name_of(i), value) == 0)
			return i;
	return 0;
}

static void read_hosted(const struct conf_node *n, struct model_line *l)
{
	const uint32_t total = conf_count(n, "hosted");

	if (total > 0)
		l->hosted = xcalloc(total, sizeof(*l->hosted));
	for (const struct conf_node *e = conf_next(n, "hosted", NULL); e != NULL;
		e = conf_next(n, "hosted", e)) {
		struct model_hosted *h = &l->hosted[l->n_hosted++];
		const char *payer = conf_str(e, "payer");

		copy(h->name, sizeof(h->name), conf_str(e, "name"));
		copy(h->tenant, sizeof(h->tenant), conf_str(e, "tenant"));
		h->bandwidth_bps = conf_u64(e, "bandwidth", 0) * 1000000;
		h->vlan_id = (uint16_t)conf_u32(e, "vlan-id", 0);
		h->owner_pays = payer != NULL && strcmp(payer, "owner") == 0;
	}
}

/* The schema has seen to the form of a time, but not to the calendar. */
static int read_time(const struct conf_node *n, const char *leaf, const char *path,
	struct errbuf *err, int64_t *t)
{
	const char *s = conf_str(n, leaf);

	if (walltime_parse(s, t) == 0 && *t > 0)
		return 0;
	errbuf_add(err, path, 0, "%s: there is no time %s: give one like %s", leaf, s,
		"2026-12-31T23:59:59Z");
	return -EINVAL;
}

static int read_subscription(const struct conf_node *n, struct model_physconn *p,
	struct errbuf *err)
{
	const struct conf_node *c = conf_child(n, "subscription");
	int64_t from_s;
	int ret;

	if (c == NULL)
		return 0;
	ret = read_time(c, "from", p->obj.path, err, &from_s);
	if (ret < 0)
		return ret;
	p->line.subscription = subscription_make(from_s,
		conf_u32(c, "months", 0) + 12 * conf_u32(c, "years", 0),
		conf_u32(c, "warning", SUBSCRIPTION_WARNING_DAYS));
	return 0;
}

int read_physconn(const struct conf_node *n, struct model_physconn *p, struct errbuf *err)
{
	struct model_line *l = &p->line;

	copy(p->interface, sizeof(p->interface), conf_str(n, "interface"));
	p->bandwidth_bps = conf_u64(n, "bandwidth", 0) * 1000000;
	p->enabled = conf_bool(n, "enabled", true);
	copy(p->access_point, sizeof(p->access_point), conf_str(n, "access-point"));
	copy(p->circuit_code, sizeof(p->circuit_code), conf_str(n, "circuit-code"));
	copy(l->line_operator, sizeof(l->line_operator), conf_str(n, "line-operator"));
	copy(l->port_type, sizeof(l->port_type), conf_str(n, "port-type"));
	copy(l->peer_location, sizeof(l->peer_location), conf_str(n, "peer-location"));
	copy(l->redundant_with, sizeof(l->redundant_with), conf_str(n, "redundant-with"));
	copy(l->owner, sizeof(l->owner), conf_str(n, "owner"));
	l->status = read_word(conf_str(n, "status"), model_line_status_name);
	l->business = read_word(conf_str(n, "business-status"), model_business_name);
	l->loa = read_word(conf_str(n, "loa-status"), model_loa_name);
	read_hosted(n, l);
	return read_subscription(n, p, err);
}

int read_accept(const struct conf_node *n, struct model_accept *a, struct errbuf *err)
{
	copy(a->vpc, sizeof(a->vpc), conf_str(n, "vpc"));
	if (!conf_has(n, "until"))
		return 0;
	return read_time(n, "until", a->obj.path, err, &a->until_s);
}

void read_vswitches(const struct conf_node *n, struct model_vpc *v)
{
	const uint32_t total = conf_count(n, "vswitch");

	if (total > 0)
		v->vswitches = xcalloc(total, sizeof(*v->vswitches));
	for (const struct conf_node *e = conf_next(n, "vswitch", NULL); e != NULL;
		e = conf_next(n, "vswitch", e)) {
		struct model_vswitch *s = &v->vswitches[v->n_vswitches++];

		copy(s->name, sizeof(s->name), conf_str(e, "name"));
		(void)conf_prefix(e, "cidr", &s->cidr);
	}
}

static void read_link(const struct conf_node *n, const char *family, struct model_link *l)
{
	const struct conf_node *c = conf_child(n, family);

	if (c == NULL || !conf_has(c, "local-gateway"))
		return;
	(void)conf_addr(c, "local-gateway", &l->local);
	(void)conf_addr(c, "peer-gateway", &l->peer);
	l->len = (uint8_t)conf_u32(c, "prefix-length", 0);
}

static void read_circuit(const struct conf_node *n, struct model_circuit *c)
{
	copy(c->physconn, sizeof(c->physconn), conf_str(n, "physical-connection"));
	copy(c->hosted, sizeof(c->hosted), conf_str(n, "hosted-connection"));
	c->vlan_id = (uint16_t)conf_u32(n, "vlan-id", 0);
	c->bandwidth_bps = conf_u64(n, "bandwidth", 0) * 1000000;
	read_link(n, "ipv4", &c->ipv4);
	read_link(n, "ipv6", &c->ipv6);
}

void read_tags(const struct conf_node *n, struct model_vbr *v)
{
	const uint32_t total = conf_count(n, "tag");

	if (total > 0)
		v->tags = xcalloc(total, sizeof(*v->tags));
	for (const struct conf_node *e = conf_next(n, "tag", NULL); e != NULL;
		e = conf_next(n, "tag", e)) {
		struct model_tag *t = &v->tags[v->n_tags++];

		copy(t->key, sizeof(t->key), conf_str(e, "key"));
		copy(t->value, sizeof(t->value), conf_str(e, "value"));
	}
}

static int by_line(const void *a, const void *b)
{
	return strcmp(((const struct model_circuit *)a)->physconn,
		((const struct model_circuit *)b)->physconn);
}

void read_circuits(const struct conf_node *n, struct model_vbr *v)
{
	read_circuit(n, &v->circuits[0]);
	for (const struct conf_node *e = conf_next(n, "additional-connection", NULL); e != NULL;
		e = conf_next(n, "additional-connection", e)) {
		struct model_circuit *c = model_vbr_add_circuit(v);

		read_circuit(e, c);
		c->disabled = !conf_bool(e, "enabled", true);
		if (c->bandwidth_bps == 0 && c->hosted[0] == '\0')
			c->bandwidth_bps = v->circuits[0].bandwidth_bps;
	}
	qsort(&v->circuits[1], v->n_circuits - 1u, sizeof(*v->circuits), by_line);
}
