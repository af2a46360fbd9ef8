/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The member of a group that gets no packets as long as there is another one, so that the kernel
 * does not remove the group, and all its routes, with the device of the others. Which groups have
 * one, and how that is done: spare.c.
 */
#pragma once

#include "fib/group/group.h"

/** After objects_adopt: find out whether the kernel can, once. */
void spare_start(struct groups *gs);
/** At the end, before the objects go. */
void spare_stop(struct groups *gs);
/** Somebody may have removed the device, or what stands on it: make it anew. */
void spare_mend(struct groups *gs);

/** Shall its kernel group have one? */
bool spare_has(const struct groups *gs, const struct nhgroup *want);
/** How the kernel group of such a wanted one spreads its flows. */
struct nhspread spare_spread(const struct groups *gs, const struct nhgroup *want);
/**
 * n members, sorted by id, get a spare one if the group shall have one. m has room for NHGROUP_MAX
 * + 1. Returns how many they are now.
 */
uint8_t spare_add(const struct groups *gs, const struct face *f, struct kmember *m, uint8_t n);
/** Members of such a group in the order in which the kernel must be told. */
void spare_order(struct kmember *m, uint8_t n);
/** Has such a kernel group these members, whatever its spare one is? */
bool spare_fits(const struct kgroup *g, const struct kmember *m, uint8_t n);
