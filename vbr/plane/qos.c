/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a VBR's bandwidth to the classes of what leaves by its device (fib/tc/sched.c has the tree).
 *
 * Each VBR that is shaped has a class for what keeps it alive, BGP and BFD: a customer who fills
 * the line does not lose the session by it.
 */
#include <stdlib.h>

#include "vbr/plane/plane_int.h"

#define FRAME         1514
#define CONTROL_BYTES 131072 /* a burst of updates; TCP waits for answers before it sends more */
#define MIN_QUEUE     18432  /* two frames of 9,000 bytes and their headers */

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

static void add_class(struct link_want *w, uint16_t minor, uint16_t prio, uint32_t limit)
{
	struct tc_class *c = &w->classes[w->n_classes++];

	c->minor = minor;
	c->prio = prio;
	c->quantum = FRAME;
	c->limit = limit;
}

void qos_classes(uint64_t bps, struct link_want *w)
{
	w->n_classes = 0;
	add_class(w, TC_CLASS_CONTROL, PRIO_CONTROL, CONTROL_BYTES);
	add_class(w, TC_CLASS_DEFAULT, PRIO_SHARED, queue_bytes(bps));
}
