/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that the schema has checked; what the model must judge is only carried over.
 */
#include "vbr/qos/read_qos.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_node.h"
#include "lib/base/xalloc.h"

static void read_queue(const struct conf_node *n, struct model_queue *q)
{
	const char *type = conf_str(n, "type");

	(void)snprintf(q->name, sizeof(q->name), "%s", conf_str(n, "name"));
	q->is_high = type != NULL && strcmp(type, "high") == 0;
	q->percent = (uint8_t)conf_u32(n, "bandwidth-percent", 0);
}

static int8_t read_dscp(const struct conf_node *n, const char *name)
{
	return conf_has(n, name) ? (int8_t)conf_u32(n, name, 0) : MODEL_QOS_ANY;
}

static int read_prefix(const struct conf_node *n, const char *name, struct prefix *p)
{
	return conf_has(n, name) ? conf_prefix(n, name, p) : 0;
}

static int read_rule(const struct conf_node *n, struct model_qos_rule *r)
{
	const char *protocol = conf_str(n, "protocol");
	const char *queue = conf_str(n, "queue");

	r->priority = (uint16_t)conf_u32(n, "priority", 0);
	r->protocol = model_protocol_find(protocol != NULL ? protocol : "all");
	r->sport = (uint16_t)conf_u32(n, "source-port", 0);
	r->dport = (uint16_t)conf_u32(n, "destination-port", 0);
	r->dscp = read_dscp(n, "dscp");
	r->set_dscp = read_dscp(n, "set-dscp");
	(void)snprintf(r->queue, sizeof(r->queue), "%s", queue != NULL ? queue : MODEL_QOS_DEFAULT);
	if (r->protocol == NULL || read_prefix(n, "source", &r->src) < 0 ||
		read_prefix(n, "destination", &r->dst) < 0)
		return -EINVAL;
	return 0;
}

static int by_priority(const void *a, const void *b)
{
	const struct model_qos_rule *x = a;
	const struct model_qos_rule *y = b;

	return (int)y->priority - (int)x->priority;
}

int read_qos(const struct conf_node *n, struct model_qos *q, struct errbuf *err)
{
	struct model_qos_body *b = &q->body;

	for (const struct conf_node *u = conf_next(n, "queue", NULL); u != NULL;
		u = conf_next(n, "queue", u)) {
		if (b->n_queues == MODEL_QOS_MAX_QUEUES)
			b->has_too_many_queues = true;
		else
			read_queue(u, &b->queues[b->n_queues++]);
	}
	b->rules = xcalloc(conf_count(n, "rule") + 1U, sizeof(*b->rules));
	for (const struct conf_node *r = conf_next(n, "rule", NULL); r != NULL;
		r = conf_next(n, "rule", r)) {
		if (read_rule(r, &b->rules[b->n_rules++]) == 0)
			continue;
		errbuf_add(err, q->obj.path, 0, "a value of rule %s cannot be used",
			conf_str(r, "priority"));
		return -EINVAL;
	}
	qsort(b->rules, b->n_rules, sizeof(*b->rules), by_priority);
	return 0;
}
