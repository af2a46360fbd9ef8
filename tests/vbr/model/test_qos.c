/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic queues: what a policy must be, and what a rule can match.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/model/traffic/qos.h"

#define PATH "/tenant[name='acme']/qos-policy[name='p']"

static struct model_qos *policy(struct model *m)
{
	struct model_qos *q = (struct model_qos *)model_obj_new(MODEL_QOS, "acme", "p", "");

	q->obj.path = xstrdup(PATH);
	q->body.rules = xcalloc(4, sizeof(*q->body.rules));
	model_put(m, &q->obj);
	(void)snprintf(kit_hz_a(m)->qos, MODEL_NAME_SIZE, "p");
	kit_hz_a(m)->circuits[0].bandwidth_bps = 10000000;
	return q;
}

static void queue(struct model_qos *q, const char *name, bool is_high, uint8_t percent)
{
	struct model_queue *u = &q->body.queues[q->body.n_queues++];

	(void)snprintf(u->name, sizeof(u->name), "%s", name);
	u->is_high = is_high;
	u->percent = percent;
}

static struct model_qos_rule *rule(struct model_qos *q, const char *protocol, const char *to)
{
	struct model_qos_rule *r = &q->body.rules[q->body.n_rules++];

	r->priority = (uint16_t)(100 - q->body.n_rules);
	r->protocol = model_protocol_find(protocol);
	r->dscp = MODEL_QOS_ANY;
	r->set_dscp = MODEL_QOS_ANY;
	(void)snprintf(r->queue, sizeof(r->queue), "%s", to);
	return r;
}

/* The only complaint of the check has this in it. */
static bool is_refused(const struct model *m, const char *text)
{
	struct errbuf err;
	bool found;

	errbuf_init(&err);
	found = model_check(m, &err) < 0 && err.n == 1 && strstr(errbuf_first(&err), text) != NULL;
	if (!found)
		printf("# wanted %s\n", text);
	errbuf_fini(&err);
	return found;
}

static void good_policy_is_right(void)
{
	struct model *m = kit_new();
	struct model_qos *q = policy(m);

	queue(q, "gold", true, 0);
	queue(q, "silver", false, 60);
	queue(q, "tin", false, 40);
	rule(q, "tcp", "gold")->dport = 179;
	rule(q, "ssh", "silver")->src = kit_prefix("10.0.0.0/8");
	rule(q, "icmpv6", "default")->dst = kit_prefix("fd00::/8");
	CU_ASSERT(kit_is_right(m));
	CU_ASSERT_EQUAL(model_qos_family(&q->body.rules[0]), 0);
	CU_ASSERT_EQUAL(model_qos_family(&q->body.rules[1]), AF_INET);
	CU_ASSERT_EQUAL(model_qos_family(&q->body.rules[2]), AF_INET6);
	model_free(m);
}

static void queues_are_refused_with_a_reason(void)
{
	static const struct {
		const char *name;
		bool is_high;
		uint8_t percent;
		const char *text;
	} rows[] = {
		{ "second", true, 0, "2 High queues" },
		{ "bronze", false, 0, "queue bronze: a Medium queue has a share" },
		{ "bronze", false, 41, "101 % together" },
		{ "default", false, 10, "queue default is always there" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();
		struct model_qos *q = policy(m);

		queue(q, "gold", true, 0);
		queue(q, "silver", false, 60);
		queue(q, rows[i].name, rows[i].is_high, rows[i].percent);
		CU_ASSERT(is_refused(m, rows[i].text));
		model_free(m);
	}
}

static void rules_that_match_nothing_are_refused(void)
{
	struct model *m = kit_new();
	struct model_qos *q = policy(m);
	struct model_qos_rule *r = rule(q, "icmp", "default");

	r->dst = kit_prefix("fd00::/8");
	CU_ASSERT(is_refused(m, "rule 99 matches IPv4 and IPv6 at once"));
	r->dst = kit_prefix("10.0.0.0/8");
	CU_ASSERT(kit_is_right(m));
	r->src = kit_prefix("fd00::/8");
	CU_ASSERT(is_refused(m, "rule 99 matches IPv4 and IPv6 at once"));
	r->src = kit_prefix("10.0.0.0/8");
	r->dport = 7;
	CU_ASSERT(is_refused(m, "ports go with protocol tcp or udp, not with icmp"));
	r->dport = 0;
	(void)snprintf(r->queue, sizeof(r->queue), "nosuch");
	CU_ASSERT(is_refused(m, "queue \"nosuch\" does not exist"));
	model_free(m);
}

static void vbr_needs_bandwidth_and_a_policy_that_exists(void)
{
	struct model *m = kit_new();

	(void)policy(m);
	CU_ASSERT(kit_is_right(m));
	kit_hz_a(m)->circuits[0].bandwidth_bps = 0;
	CU_ASSERT(is_refused(m, "qos-policy needs a bandwidth"));
	kit_hz_a(m)->circuits[0].bandwidth_bps = 1000000;
	(void)snprintf(kit_hz_a(m)->qos, MODEL_NAME_SIZE, "nosuch");
	CU_ASSERT(is_refused(m, "qos-policy \"nosuch\" does not exist"));
	model_free(m);
}

static void services_have_their_ports(void)
{
	CU_ASSERT_EQUAL(model_protocol_find("ssh")->port, 22);
	CU_ASSERT_EQUAL(model_protocol_find("ms-sql")->port, 1433);
	CU_ASSERT_EQUAL(model_protocol_find("icmpv6")->number, 58);
	CU_ASSERT_PTR_NULL(model_protocol_find("ipx"));
}

static const struct cu_case cases[] = {
	CU_CASE(good_policy_is_right),
	CU_CASE(queues_are_refused_with_a_reason),
	CU_CASE(rules_that_match_nothing_are_refused),
	CU_CASE(vbr_needs_bandwidth_and_a_policy_that_exists),
	CU_CASE(services_have_their_ports),
};

CU_SUITE(qos, cases);
