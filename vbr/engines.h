/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs under a configuration: the route writer, BFD, the workers, and the plane that gives
 * them orders. They know the mode of the data plane and the numbers of its tables for life; another
 * set of them may be started while one runs. Main thread.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/plane/plane.h"
#include "vbr/worker/worker.h"

struct bfd_thread;
struct fib_thread;
struct loop;

struct engines {
	struct fib_thread *fib; /* owned, all */
	struct bfd_thread *bfd;
	struct workers *workers;
	struct plane *plane;
};

struct engines_params {
	struct loop *loop; /* of main; borrowed, as all */
	uint32_t n_workers;
	const struct model_system *system; /* mode and tables */
	void (*event)(void *ctx, const struct worker_event *ev);
	struct plane_params plane; /* ids, cold, and what it tells */
	void *ctx;                 /* of whom event and the plane tell */
};

/** 0, or -ENOTSUP, -EIO with a sentence; then there are none. */
int engines_start(struct engines *e, const struct engines_params *p, struct errbuf *err);
/** Routes stay in the kernel. None is one, too. */
void engines_stop(struct engines *e);
