/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a policy to classes and rules of the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/priority.h"
#include "tests/cu_main.h"
#include "tests/vbr/model/kit.h"
#include "vbr/plane/plane_int.h"

/* High, and two Medium queues of these shares. */
static struct model_qos *policy(struct model *m, uint8_t a, uint8_t b)
{
	struct model_qos *q = (struct model_qos *)model_obj_new(MODEL_QOS, "acme", "p", "");

	q->body.n_queues = 3;
	(void)snprintf(q->body.queues[0].name, MODEL_QOS_NAME, "a");
	(void)snprintf(q->body.queues[1].name, MODEL_QOS_NAME, "b");
	(void)snprintf(q->body.queues[2].name, MODEL_QOS_NAME, "gold");
	q->body.queues[0].percent = a;
	q->body.queues[1].percent = b;
	q->body.queues[2].is_high = true;
	q->body.rules = calloc(2, sizeof(*q->body.rules));
	model_put(m, &q->obj);
	(void)snprintf(kit_hz_a(m)->qos, MODEL_NAME_SIZE, "p");
	kit_hz_a(m)->circuits[0].bandwidth_bps = 100000000;
	return q;
}

static const struct tc_class *class_of(const struct link_want *w, uint16_t minor)
{
	for (uint32_t i = 0; i < w->n_classes; i++)
		if (w->classes[i].minor == minor)
			return &w->classes[i];
	return NULL;
}

static void vbr_without_policy_has_control_and_default(void)
{
	struct model *m = kit_new();
	struct link_want w = { 0 };

	kit_hz_a(m)->circuits[0].bandwidth_bps = 2000000;
	qos_classes(m, kit_hz_a(m), kit_hz_a(m)->circuits, &w);
	CU_ASSERT_EQUAL(w.n_classes, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(class_of(&w, TC_CLASS_CONTROL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(class_of(&w, TC_CLASS_DEFAULT));
	CU_ASSERT(class_of(&w, TC_CLASS_CONTROL)->prio < class_of(&w, TC_CLASS_DEFAULT)->prio);
	model_free(m);
}

static void what_arrives_lets_sessions_go_first(void)
{
	struct model *m = kit_new();
	struct model_vbr *v = kit_hz_a(m);
	struct link_want w = { 0 };

	(void)policy(m, 50, 30);
	qos_inlet(m, v, v->circuits, &w);
	CU_ASSERT_EQUAL(w.n_classes, 2); /* the policy is for what leaves */
	CU_ASSERT_FATAL(class_of(&w, TC_CLASS_CONTROL) && class_of(&w, TC_CLASS_DEFAULT));
	CU_ASSERT(class_of(&w, TC_CLASS_CONTROL)->prio < class_of(&w, TC_CLASS_DEFAULT)->prio);
	CU_ASSERT(ip_is_link_local(&w.control.own[0]));
	CU_ASSERT(ip_is_equal(&w.control.own[1], &v->circuits[0].ipv4.local));
	/* A source of a peer is one more, once. */
	for (uint32_t i = 0; i < 2; i++) {
		v->peers[i].update_source = ip_from_v4(0x0a636363);
		v->n_peers = 2;
	}
	w.control.n_own = 0;
	qos_inlet(m, v, v->circuits, &w);
	CU_ASSERT(ip_is_equal(&w.control.own[w.control.n_own - 1], &v->peers[0].update_source));
	CU_ASSERT_EQUAL(w.control.n_own,
		2u + ip_is_set(&v->circuits[0].ipv4.local) + ip_is_set(&v->circuits[0].ipv6.local));
	model_free(m);
}

static void quanta_are_in_proportion_and_queues_hold_them(void)
{
	struct model *m = kit_new();
	struct link_want w = { 0 };
	const struct tc_class *a;
	const struct tc_class *b;
	const struct tc_class *rest;
	const struct tc_class *high;

	(void)policy(m, 50, 30);
	qos_classes(m, kit_hz_a(m), kit_hz_a(m)->circuits, &w);
	CU_ASSERT_EQUAL(w.n_classes, 5);
	a = class_of(&w, TC_CLASS_MEDIUM);
	b = class_of(&w, TC_CLASS_MEDIUM + 1);
	rest = class_of(&w, TC_CLASS_DEFAULT);
	high = class_of(&w, TC_CLASS_HIGH);
	CU_ASSERT_FATAL(a && b && rest && high);
	CU_ASSERT_EQUAL(a->quantum * 2 / 10, b->quantum * 2 / 6);
	CU_ASSERT_EQUAL(a->quantum / 5, rest->quantum / 2);
	CU_ASSERT(rest->quantum >= 65536); /* offloading glues up to that */
	CU_ASSERT(a->limit > a->quantum && rest->limit > rest->quantum);
	CU_ASSERT(a->prio == b->prio && b->prio == rest->prio && high->prio < a->prio);
	model_free(m);
}

static void default_gets_what_is_left_when_all_is_given_away(void)
{
	struct model *m = kit_new();
	struct link_want w = { 0 };

	(void)policy(m, 60, 40);
	qos_classes(m, kit_hz_a(m), kit_hz_a(m)->circuits, &w);
	CU_ASSERT_FATAL(class_of(&w, TC_CLASS_DEFAULT) && class_of(&w, TC_CLASS_MEDIUM));
	CU_ASSERT(class_of(&w, TC_CLASS_DEFAULT)->prio > class_of(&w, TC_CLASS_MEDIUM)->prio);
	model_free(m);
}

static struct model_qos_rule *rule(struct model_qos *q, const char *protocol, const char *queue)
{
	struct model_qos_rule *r = &q->body.rules[q->body.n_rules++];

	memset(r, 0, sizeof(*r));
	r->protocol = model_protocol_find(protocol);
	r->dscp = MODEL_QOS_ANY;
	r->set_dscp = MODEL_QOS_ANY;
	(void)snprintf(r->queue, sizeof(r->queue), "%s", queue);
	return r;
}

static void rules_fan_out_by_family_and_side(void)
{
	static const struct {
		const char *protocol;
		const char *src;
		uint32_t n;
	} rows[] = {
		{ "all", NULL, 2 },
		{ "all", "10.0.0.0/8", 1 },
		{ "tcp", "fd00::/8", 1 },
		{ "icmp", NULL, 1 },
		{ "icmpv6", NULL, 1 },
		{ "ssh", NULL, 4 },
		{ "ssh", "10.0.0.0/8", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct model *m = kit_new();
		struct model_qos *q = policy(m, 50, 30);
		struct model_qos_rule *r = rule(q, rows[i].protocol, "b");
		struct nft_rule *v;
		uint32_t n;

		if (rows[i].src != NULL)
			r->src = kit_prefix(rows[i].src);
		n = qos_rules(&q->body, &v);
		CU_ASSERT_EQUAL(n, 2 + rows[i].n);
		/* BGP, BFD and neighbour discovery pass before anybody's rule. */
		CU_ASSERT_EQUAL(v[0].priority, PRIORITY_CONTROL);
		CU_ASSERT_EQUAL(v[0].class, 0);
		CU_ASSERT(v[1].l4proto == IPPROTO_ICMPV6 && v[1].hop_limit == 255);
		CU_ASSERT_EQUAL(v[1].class, PRIORITY_CONTROL);
		for (uint32_t k = 2; k < n; k++)
			CU_ASSERT_EQUAL(v[k].class, TC_SCHED | (TC_CLASS_MEDIUM + 1));
		free(v);
		model_free(m);
	}
}

static void service_matches_its_port_on_either_side(void)
{
	struct model *m = kit_new();
	struct model_qos *q = policy(m, 50, 30);
	struct nft_rule *v;

	rule(q, "https", "gold")->dst = kit_prefix("192.0.2.0/24");
	rule(q, "all", "nosuch")->set_dscp = 46;
	CU_ASSERT_EQUAL(qos_rules(&q->body, &v), 6);
	CU_ASSERT(v[2].dport == 443 && v[2].sport == 0 && v[2].l4proto == 6);
	CU_ASSERT(v[3].sport == 443 && v[3].dport == 0);
	CU_ASSERT_EQUAL(v[2].class, TC_SCHED | TC_CLASS_HIGH);
	CU_ASSERT_EQUAL(v[4].class, TC_SCHED | TC_CLASS_DEFAULT);
	CU_ASSERT_EQUAL(v[5].remark, 46);
	free(v);
	model_free(m);
}

static const struct cu_case cases[] = {
	CU_CASE(vbr_without_policy_has_control_and_default),
	CU_CASE(what_arrives_lets_sessions_go_first),
	CU_CASE(quanta_are_in_proportion_and_queues_hold_them),
	CU_CASE(default_gets_what_is_left_when_all_is_given_away),
	CU_CASE(rules_fan_out_by_family_and_side),
	CU_CASE(service_matches_its_port_on_either_side),
};

CU_SUITE(queues, cases);
