/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the monitor and the tables of the engine.
 */
#pragma once

struct bgp_instance;
struct bgp_table;

/** A new instance: all monitors of its engine read it. */
void monitor_add_instance(struct bgp_instance *i);
/** The table goes: nothing more is told of it. */
void monitor_drop_table(struct bgp_table *t);
