/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network namespace of our own with veth pairs, for tests that need the real kernel.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Move the calling thread to a new namespace, once a process. False without the privilege. */
bool netns_enter(void);
/** Pair name / name with "-p"; both up. Returns the index of the first; 0 when it failed. */
uint32_t netns_veth(const char *name);
void netns_del(uint32_t ifindex);
/** 0 or -errno. */
int netns_set_up(uint32_t ifindex, bool up);
/** A route of the administrator: blackhole, of the given metric. 0 or -errno. */
int netns_route(bool add, uint32_t table, const char *pfx, uint32_t metric);
