/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that drops whatever it is given, for nexthops that are never to be used: a group whose
 * other members the kernel takes away keeps its routes by it (fib/group/spare.c). It is an IFB
 * device, which forwards only what a filter sends it. Nothing of ours is known by its name
 * elsewhere, and the link plane leaves it alone.
 */
#pragma once

#include <stdint.h>

#define SINK_NAME "vbrd-sink"

struct nl;

/** Make it, unless it is there, and up. Its ifindex, or -errno. */
int64_t sink_make(struct nl *nl);
/** 0 also when there is none; or -errno. */
int sink_remove(struct nl *nl);
