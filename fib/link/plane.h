/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the link plane, shared by its three files: link.c (what the caller sees, and the
 * loop), view.c (the kernel's state, kept by dumps and events), reconcile.c (comparing and
 * doing).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fib/link/devtab.h"
#include "fib/link/link.h"
#include "fib/link/rules.h"
#include "lib/io/loop.h"

struct nl;

#define PLANE_MAX_PASSES 8 /* of one device without getting in step: leave it to the timer */

struct linkplane {
	struct loop *loop;
	enum link_mode mode;
	void (*changed)(void *ctx, const char *name, const struct link_status *st);
	void *ctx;
	struct nl *requests; /* owned */
	struct nl *events;   /* owned */
	struct io_watch watch;
	struct job job;
	struct timer timer;
	struct devtab *tab;      /* owned */
	struct dev_list dirty;   /* to be compared */
	struct dev_list news;    /* to be reported */
	struct rules rules;      /* seen */
	struct link_mark *marks; /* owned: wanted */
	uint32_t n_marks;
	bool rules_stale; /* to be read and compared again */
	bool refresh_due; /* all is to be read again */
	bool sweep_due;
	bool is_swept; /* rules that nobody wants may go */
	uint32_t ticks;
	char rules_error[LINK_ERROR_SIZE];
	char global_note[LINK_ERROR_SIZE];
};

/* link.c */
/** Queue a device for comparison, if it concerns us. */
void plane_mark(struct linkplane *p, struct dev *d);
/** Queue those whose plan looks at d: children, other end, members. */
void plane_mark_dependants(struct linkplane *p, const struct dev *d);
/** The status of a wanted device is this now. */
void plane_set_status(struct linkplane *p, struct dev *d, const struct link_status *st);

/* view.c */
/** 0 or -errno; subscribes to what view_drain handles. */
int view_join(struct linkplane *p);
/** Read everything again. -EINTR: it kept changing, some may be missing. */
int view_refresh(struct linkplane *p);
/** Read rules again. */
int view_read_rules(struct linkplane *p);
/** Read the permanent neighbours of one device again. */
int view_read_neighs(struct linkplane *p, struct dev *d);
/** Read the traffic classes of one device again. */
int view_read_classes(struct linkplane *p, struct dev *d);
/** Read the filters of the scheduler of one device again. */
int view_read_control(struct linkplane *p, struct dev *d);
/** Find the detour of one device again. */
int view_read_detour(struct linkplane *p, struct dev *d);
/** Take notice of what happened. Returns whether there may be more. */
bool view_drain(struct linkplane *p);

/* reconcile.c */
/** Compare one device and do what is missing. */
void reconcile_dev(struct linkplane *p, struct dev *d);
/** The same for rules. */
void reconcile_rules(struct linkplane *p);
/** Find leftovers of earlier runs and queue them for removal. */
void reconcile_sweep(struct linkplane *p);
