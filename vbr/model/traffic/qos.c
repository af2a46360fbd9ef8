/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold for traffic queues. Shares of Medium queues are parts of one whole, so their sum
 * is at most 100; one queue goes first, or nobody would; and a rule that can never match is a
 * mistake.
 */
#include "vbr/model/traffic/qos.h"

#include <string.h>
#include <sys/socket.h>

#include "lib/base/compiler.h"
#include "vbr/model/check/check.h"
#include "vbr/model/line.h"

#define TCP    6
#define UDP    17
#define GRE    47
#define ICMP   1
#define ICMPV6 58

const struct model_protocol *model_protocol_find(const char *name)
{
	static const struct model_protocol table[] = {
		/* clang-format off */
		{ "all",        0,      0,    0,        false },
		{ "icmp",       ICMP,   0,    AF_INET,  false },
		{ "icmpv6",     ICMPV6, 0,    AF_INET6, false },
		{ "tcp",        TCP,    0,    0,        true },
		{ "udp",        UDP,    0,    0,        true },
		{ "gre",        GRE,    0,    0,        false },
		{ "ssh",        TCP,    22,   0,        false },
		{ "telnet",     TCP,    23,   0,        false },
		{ "http",       TCP,    80,   0,        false },
		{ "https",      TCP,    443,  0,        false },
		{ "ms-sql",     TCP,    1433, 0,        false },
		{ "oracle",     TCP,    1521, 0,        false },
		{ "mysql",      TCP,    3306, 0,        false },
		{ "rdp",        TCP,    3389, 0,        false },
		{ "postgresql", TCP,    5432, 0,        false },
		{ "redis",      TCP,    6379, 0,        false },
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

int model_queue_index(const struct model_qos_body *b, const char *name)
{
	for (int i = 0; i < b->n_queues; i++) {
		if (strcmp(b->queues[i].name, name) == 0)
			return i;
	}
	return -1;
}

uint8_t model_qos_family(const struct model_qos_rule *r)
{
	return r->src.family != 0  ? r->src.family :
		r->dst.family != 0 ? r->dst.family :
				     r->protocol->family;
}

static void check_queues(const struct check *c, const struct model_qos *q)
{
	unsigned high = 0;
	unsigned percent = 0;

	if (q->body.has_too_many_queues)
		errbuf_add(c->err, q->obj.path, 0,
			"more than %u queues: a policy has one High and %u Medium ones at most",
			MODEL_QOS_MAX_QUEUES, MODEL_QOS_MAX_MEDIUM);
	for (uint32_t i = 0; i < q->body.n_queues; i++) {
		const struct model_queue *u = &q->body.queues[i];

		if (strcmp(u->name, MODEL_QOS_DEFAULT) == 0)
			errbuf_add(c->err, q->obj.path, 0,
				"queue default is always there: give this one another name");
		if (u->is_high && u->percent != 0)
			errbuf_add(c->err, q->obj.path, 0,
				"queue %s: a High queue takes what it needs: "
				"delete bandwidth-percent, or make it medium",
				u->name);
		if (!u->is_high && u->percent == 0)
			errbuf_add(c->err, q->obj.path, 0,
				"queue %s: a Medium queue has a share: set bandwidth-percent",
				u->name);
		high += u->is_high;
		percent += u->percent;
	}
	if (high > 1)
		errbuf_add(c->err, q->obj.path, 0,
			"%u High queues: only one can go first, make the others medium", high);
	if (percent > 100)
		errbuf_add(c->err, q->obj.path, 0,
			"the Medium queues have %u %% together: lower them to 100 %% or less",
			percent);
}

static void check_rule(const struct check *c, const struct model_qos *q,
	const struct model_qos_rule *r)
{
	const uint8_t family = model_qos_family(r);
	const bool mixed = r->src.family != 0 && r->dst.family != 0 &&
		r->src.family != r->dst.family;

	if (mixed || (r->protocol->family != 0 && r->protocol->family != family))
		errbuf_add(c->err, q->obj.path, 0,
			"rule %u matches IPv4 and IPv6 at once, so nothing: "
			"correct protocol, source or destination",
			r->priority);
	if ((r->sport != 0 || r->dport != 0) && !r->protocol->has_ports)
		errbuf_add(c->err, q->obj.path, 0,
			"rule %u: ports go with protocol tcp or udp, not with %s", r->priority,
			r->protocol->name);
	if (strcmp(r->queue, MODEL_QOS_DEFAULT) != 0 && model_queue_index(&q->body, r->queue) < 0)
		errbuf_add(c->err, q->obj.path, 0,
			"rule %u: queue \"%s\" does not exist: create it, or correct the name",
			r->priority, r->queue);
}

void check_qos(const struct check *c, const struct model_obj *qos)
{
	const struct model_qos *q = (const struct model_qos *)qos;

	check_queues(c, q);
	if (q->body.n_rules > MODEL_QOS_MAX_RULES)
		errbuf_add(c->err, q->obj.path, 0, "%u rules: a policy has at most %u",
			q->body.n_rules, MODEL_QOS_MAX_RULES);
	for (uint32_t i = 0; i < q->body.n_rules; i++)
		check_rule(c, q, &q->body.rules[i]);
}

void check_vbr_qos(const struct check *c, const struct model_vbr *v)
{
	if (v->qos[0] == '\0')
		return;
	if (model_get(c->m, MODEL_QOS, v->obj.tenant, v->qos, "") == NULL)
		errbuf_add(c->err, v->obj.path, 0,
			"qos-policy \"%s\" does not exist: create it, or correct the name", v->qos);
	for (uint8_t k = 0; k < v->n_circuits; k++)
		if (model_circuit_is_there(c->m, v, &v->circuits[k]) &&
			model_circuit_bandwidth(c->m, &v->circuits[k]) == 0) {
			errbuf_add(c->err, v->obj.path, 0,
				"qos-policy needs a bandwidth, for where nothing waits nothing "
				"goes first: set bandwidth");
			return;
		}
}
