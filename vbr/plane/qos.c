/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a VBR's bandwidth and policy to the classes of what leaves by its device (fib/tc/sched.c has
 * the tree) and the rules that choose among them (fib/nft).
 *
 * Each VBR that is shaped has a class for what keeps it alive, BGP, BFD, address resolution, both
 * ways: a customer who fills the line does not lose the session by it, nor gets a policy at it: the
 * first rules let it pass.
 *
 * A rule of the model becomes up to four of the kernel: one a family, since the DSCP and addresses
 * stand elsewhere, and one a direction for a service by name (its port is the source of answers).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "lib/net/priority.h"
#include "vbr/plane/plane_int.h"

#define LARGEST       66000  /* what offloading glues together, with headers */
#define CONTROL_BYTES 131072 /* a burst of updates; TCP waits for answers before it sends more */
#define MIN_QUEUE     18432  /* two frames of 9,000 bytes and their headers */
#define FAN_OUT       4      /* rules of the kernel from one of ours */

enum {
	PRIO_CONTROL,
	PRIO_HIGH,
	PRIO_SHARED,
	PRIO_REST,
};

/* 50 ms of a rate: enough for TCP to fill it, too little to hide congestion from it. */
static uint32_t queue_bytes(uint64_t bps)
{
	const uint64_t bytes = bps / 8 / 20;

	return bytes < MIN_QUEUE ? MIN_QUEUE : bytes > INT32_MAX ? INT32_MAX : (uint32_t)bytes;
}

static struct tc_class *add_class(struct link_want *w, uint16_t minor, uint16_t prio,
	uint32_t limit)
{
	struct tc_class *c = &w->classes[w->n_classes++];

	c->minor = minor;
	c->prio = prio;
	c->quantum = LARGEST;
	c->limit = limit;
	return c;
}

uint16_t qos_minor(const struct model_qos_body *b, int index)
{
	uint16_t minor = TC_CLASS_MEDIUM;

	if (index < 0)
		return TC_CLASS_DEFAULT;
	if (b->queues[index].is_high)
		return TC_CLASS_HIGH;
	for (int i = 0; i < index; i++)
		minor = (uint16_t)(minor + !b->queues[i].is_high);
	return minor;
}

/* The smallest share sends one packet as long as they come a turn, the others in proportion. */
static uint32_t smallest_share(const struct model_qos_body *b, uint32_t rest)
{
	uint32_t least = rest > 0 ? rest : 100;

	for (uint32_t i = 0; i < b->n_queues; i++)
		if (!b->queues[i].is_high && b->queues[i].percent < least)
			least = b->queues[i].percent;
	return least;
}

static void set_share(struct tc_class *c, uint64_t bps, uint32_t percent, uint32_t least)
{
	const uint64_t burst = tc_burst(bps);
	const uint32_t longest = burst < LARGEST ? (uint32_t)burst : LARGEST;

	c->quantum = longest * percent / least;
	c->limit = queue_bytes(bps / 100 * percent);
	/* A queue that runs dry before its turn is over gives the rest of it away. */
	if (c->limit < c->quantum + longest)
		c->limit = c->quantum + longest;
}

static void add_queues(const struct model_qos_body *b, uint64_t bps, struct link_want *w)
{
	uint32_t rest = 100;
	uint32_t least;
	struct tc_class *c;

	for (uint32_t i = 0; i < b->n_queues; i++)
		rest -= b->queues[i].percent;
	least = smallest_share(b, rest);
	for (int i = 0; i < b->n_queues; i++) {
		const struct model_queue *q = &b->queues[i];

		if (q->is_high) {
			(void)add_class(w, TC_CLASS_HIGH, PRIO_HIGH, queue_bytes(bps));
			continue;
		}
		c = add_class(w, qos_minor(b, i), PRIO_SHARED, 0);
		set_share(c, bps, q->percent, least);
	}
	/* With nothing left for it, Default gets what nobody else wants. */
	if (rest == 0) {
		(void)add_class(w, TC_CLASS_DEFAULT, PRIO_REST, queue_bytes(bps));
		return;
	}
	c = add_class(w, TC_CLASS_DEFAULT, PRIO_SHARED, 0);
	set_share(c, bps, rest, least);
}

void qos_classes(const struct model *m, const struct model_vbr *v, const struct model_circuit *on,
	struct link_want *w)
{
	const uint64_t bps = model_circuit_bandwidth(m, on);
	const struct model_qos *q = model_qos(m, v);

	w->n_classes = 0;
	(void)add_class(w, TC_CLASS_CONTROL, PRIO_CONTROL, CONTROL_BYTES);
	if (q != NULL)
		add_queues(&q->body, bps, w);
	else
		(void)add_class(w, TC_CLASS_DEFAULT, PRIO_SHARED, queue_bytes(bps));
}

static void add_own(struct tc_control *c, const struct ip_addr *a)
{
	if (!ip_is_set(a) || c->n_own == TC_MAX_OWN)
		return;
	for (uint32_t i = 0; i < c->n_own; i++)
		if (ip_is_equal(&c->own[i], a))
			return;
	c->own[c->n_own++] = *a;
}

void qos_inlet(const struct model *m, const struct model_vbr *v, const struct model_circuit *on,
	struct link_want *w)
{
	static const struct ip_addr link_local = { AF_INET6, { 0xfe, 0x80 } };

	w->n_classes = 0;
	(void)add_class(w, TC_CLASS_CONTROL, PRIO_CONTROL, CONTROL_BYTES);
	(void)add_class(w, TC_CLASS_DEFAULT, PRIO_SHARED,
		queue_bytes(model_circuit_bandwidth(m, on)));
	add_own(&w->control, &link_local);
	add_own(&w->control, &on->ipv4.local);
	add_own(&w->control, &on->ipv6.local);
	for (uint32_t i = 0; i < v->n_peers; i++)
		add_own(&w->control, &v->peers[i].update_source);
}

/* Rules */

static struct nft_rule blank(void)
{
	struct nft_rule r;

	memset(&r, 0, sizeof(r)); /* gaps too: it is compared and digested as octets */
	r.dscp = NFT_ANY;
	r.remark = NFT_ANY;
	return r;
}

static struct nft_rule one_rule(const struct model_qos_rule *m, uint8_t family, uint16_t minor)
{
	struct nft_rule r = blank();

	r.family = family;
	r.l4proto = m->protocol->number;
	r.sport = m->sport;
	r.dport = m->dport;
	r.dscp = m->dscp;
	r.remark = m->set_dscp;
	r.class = TC_SCHED | minor;
	r.src = m->src;
	r.dst = m->dst;
	return r;
}

static uint32_t fan_out(const struct model_qos_rule *m, uint16_t minor, struct nft_rule *v)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	const uint8_t only = model_qos_family(m);
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct nft_rule r = one_rule(m, families[i], minor);

		if (only != 0 && only != families[i])
			continue;
		r.dport = m->protocol->port != 0 ? m->protocol->port : r.dport;
		v[n++] = r;
		if (m->protocol->port == 0)
			continue;
		r.sport = r.dport;
		r.dport = 0;
		v[n++] = r;
	}
	return n;
}

uint32_t qos_rules(const struct model_qos_body *b, struct nft_rule **rules)
{
	struct nft_rule *v = xcalloc(2U + FAN_OUT * (size_t)b->n_rules, sizeof(*v));
	uint32_t n = 0;

	v[n] = blank();
	v[n++].priority = PRIORITY_CONTROL;
	/* Neighbour discovery, which a policy for ICMPv6 or for all must not hold up. */
	v[n] = blank();
	v[n].family = AF_INET6;
	v[n].l4proto = IPPROTO_ICMPV6;
	v[n].hop_limit = 255;
	v[n++].class = PRIORITY_CONTROL;
	for (uint32_t i = 0; i < b->n_rules; i++) {
		const struct model_qos_rule *r = &b->rules[i];

		n += fan_out(r, qos_minor(b, model_queue_index(b, r->queue)), v + n);
	}
	*rules = v;
	return n;
}

void qos_classify(struct plane *p, const struct rt_instance *i)
{
	const struct model_qos *q = (const struct model_qos *)(const void *)i->qos;
	struct nft_rule *rules = NULL;
	const uint32_t n = q != NULL ? qos_rules(&q->body, &rules) : 0;

	for (uint8_t k = 0; k < i->pub.n_circuits; k++) {
		const struct rt_circuit *c = &i->circuits[k];

		classifier_want(p->classifier, c->pub.inlet, c->pub.device, rules,
			c->is_closing ? 0 : n);
	}
	free(rules);
}
