/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said by itself, and under which conditions. Inside of the engine, as engine_int.h.
 */
#pragma once

#include "bgpd/engine_int.h"

struct ptable;

/* origin/watch.c: does the table have a route that a map permits? */
struct watch *watch_get(struct bgp_table *t, const char *name);
/** NULL-safe. */
void watch_put(struct watch *w);
bool watch_is_known(const struct watch *w);
bool watch_is_met(const struct watch *w);
const char *watch_name(const struct watch *w);
/** The engine's policy set is another one; the old one still lives. */
void watches_relink(struct bgp_table *t);

/* origin/aggregate.c */
struct aggregates *aggregates_new(struct bgp_table *t);
/** What it has in the table goes in the background. */
void aggregates_free(struct aggregates *ag);
/** The table had no room for some. */
void aggregates_offer_again(struct aggregates *ag);
/** Those of the table's family. */
void aggregates_set(struct aggregates *ag, const struct bgp_aggregate *v, uint32_t n);
/** The engine's policy set is another one; the old one still lives. */
void aggregates_relink(struct aggregates *ag);
/** Our AS or router id is another one. */
void aggregates_speaker_changed(struct aggregates *ag);
/** Aggregates that exist and are summary-only: prefix -> 1. Lives as long as ag. */
const struct ptable *aggregates_summaries(const struct aggregates *ag);

/* origin/condition.c */
/** The peer's configuration is new. */
void peer_conditions_set(struct bgp_peer *p);
void peer_conditions_clear(struct bgp_peer *p);
/** A watch has news. */
void peer_conditions_changed(struct bgp_peer *p);
/** The default route that we originate stands in the tables while a peer wants it. */
void defaults_follow(struct bgp_instance *i, const struct bgp_peer *changed);
/** As aggregates_offer_again. */
void default_offer_again(struct bgp_table *t);
