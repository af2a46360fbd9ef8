/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic queues of a VBR: a policy is a set of queues and of rules that choose among them, for
 * what goes from the cloud to the data centre. Values only; what they become in the kernel is the
 * business of vbr/plane/qos.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"

#define MODEL_QOS_NAME       64 /* MODEL_NAME_SIZE */
#define MODEL_QOS_MAX_MEDIUM 8
#define MODEL_QOS_MAX_QUEUES (MODEL_QOS_MAX_MEDIUM + 1)
#define MODEL_QOS_MAX_RULES  100
#define MODEL_QOS_ANY        (-1)
#define MODEL_QOS_DEFAULT    "default" /* the queue of what no rule matches; nobody makes it */

struct model_queue {
	char name[MODEL_QOS_NAME];
	bool is_high;    /* goes before all others; else a Medium queue */
	uint8_t percent; /* Medium: of what High leaves; 0 = not given */
};

/* What the words of "protocol" stand for. */
struct model_protocol {
	const char *name;
	uint8_t number; /* 0 = any */
	uint16_t port;  /* of a service, 0 = none */
	uint8_t family; /* AF_INET, AF_INET6; 0 = both */
	bool has_ports; /* the rule may say which */
};

struct model_qos_rule {
	uint16_t priority; /* the larger wins */
	const struct model_protocol *protocol;
	struct prefix src; /* family 0 = any */
	struct prefix dst;
	uint16_t sport; /* 0 = any */
	uint16_t dport;
	int8_t dscp;                /* MODEL_QOS_ANY */
	int8_t set_dscp;            /* MODEL_QOS_ANY = leave alone */
	char queue[MODEL_QOS_NAME]; /* MODEL_QOS_DEFAULT, or a queue of the policy */
};

/* Body of an object MODEL_QOS. */
struct model_qos_body {
	struct model_queue queues[MODEL_QOS_MAX_QUEUES];
	uint8_t n_queues;
	bool has_too_many_queues;     /* the rest was not read */
	struct model_qos_rule *rules; /* owned, by priority, the largest first */
	uint32_t n_rules;
};

/** NULL if there is no such word. */
const struct model_protocol *model_protocol_find(const char *name);
/** AF_INET or AF_INET6 if the rule can match only one of them, 0 for both. */
uint8_t model_qos_family(const struct model_qos_rule *r);
/** Index of a queue, -1 for the default one or an unknown one. */
int model_queue_index(const struct model_qos_body *b, const char *name);
