/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the edge report, made into events for who listens and lines of the log. Nothing
 * is decided here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/model/model.h"
#include "vbr/model/state/channel.h"

struct conf_change;
struct events;
struct health_view;
struct plane_circuit;
struct plane_instance;
struct worker_event;

void news_worker(struct events *to, const struct worker_event *ev);
void news_health(struct events *to, const struct health_view *v);
void news_line(struct events *to, const struct plane_instance *i, const struct plane_circuit *c,
	bool up);
/** Of a VBR on several lines, one of them. */
void news_circuit(struct events *to, const struct plane_instance *i, const struct plane_circuit *c,
	enum model_hold hold);
/** Both of its tenants hear of it. */
void news_peering(struct events *to, const struct model_peering *m, enum channel_state was,
	enum channel_state is);
/** Lines whose subscription is in another state, by an edit or by the clock. */
void news_subscriptions(struct events *to, const struct model_delta *d);
/** hold: why it is out of service, MODEL_HOLD_NONE when it is in. */
void news_service(struct events *to, const struct plane_instance *i, enum model_hold hold);
/** One event for each tenant that the changes touch, and one for the rest. */
void news_commit(struct events *to, uint64_t revision, const struct conf_change *ch, uint32_t n);
