/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is needed by others comes first: the workers write to the fib and to BFD, BFD to the fib, the
 * plane to all. The workers end first, for they have a last word to say to both.
 */
#include "vbr/engines.h"

#include <errno.h>
#include <string.h>

#include "bfd/bfd_thread.h"
#include "fib/fib_thread.h"
#include "fib/link/link.h"
#include "vbr/ids.h"

#define STALE_S 180 /* routes of an earlier run that nobody relearned go after this time */

static struct mailbox *feed_of(void *ctx, uint32_t i)
{
	return fib_thread_feed(((struct engines *)ctx)->fib, i);
}

static void hurry(void *ctx)
{
	fib_thread_hurry(ctx);
}

/* 0 auto, 1 vrf, 2 rules */
static int choose_mode(uint8_t wish, enum link_mode *mode, struct errbuf *err)
{
	const bool has = wish != 2 && link_kernel_has_vrf();

	*mode = has ? LINK_MODE_VRF : LINK_MODE_RULES;
	if (wish != 1 || has)
		return 0;
	errbuf_add(err, "/vbrd:system/data-plane/mode", 0,
		"this kernel has no VRF devices, or vbrd may not make them: "
		"load the vrf module, or set mode rules");
	return -ENOTSUP;
}

void engines_stop(struct engines *e)
{
	workers_stop(e->workers, true);
	bfd_thread_stop(e->bfd);
	fib_thread_stop(e->fib);
	plane_free(e->plane);
	*e = (struct engines){ 0 };
}

static struct fib_thread *start_fib(const struct engines_params *p)
{
	const struct fib_conf c = {
		.table_base = p->system->table_base,
		.table_count = IDS_MAX + 1,
		.stale_s = STALE_S,
	};

	return fib_thread_start(p->loop, &c, p->n_workers);
}

static struct bfd_thread *start_bfd(const struct engines *e, const struct engines_params *p)
{
	return bfd_thread_start(p->loop, p->n_workers,
		&(struct bfd_switch){
			.box = fib_thread_deaths(e->fib),
			.post = worker_bfd_died,
			.hurry = hurry,
			.ctx = e->fib,
		});
}

static struct workers *start_workers(struct engines *e, const struct engines_params *p)
{
	const struct workers_params wp = {
		.main_loop = p->loop,
		.n = p->n_workers,
		.fib_feed = feed_of,
		.ctx = e, /* for fib_feed, which is called at the start only */
		.bfd = e->bfd,
		.event = p->event,
		.event_ctx = p->ctx,
	};

	return workers_start(&wp);
}

static struct plane *start_plane(const struct engines *e, const struct engines_params *p,
	enum link_mode mode)
{
	struct plane_params pp = p->plane;

	pp.loop = p->loop;
	pp.workers = e->workers;
	pp.fib = e->fib;
	pp.mode = mode;
	pp.table_base = p->system->table_base;
	pp.ctx = p->ctx;
	return plane_new(&pp);
}

int engines_start(struct engines *e, const struct engines_params *p, struct errbuf *err)
{
	const char *what = "route writer";
	enum link_mode mode;
	int ret = choose_mode(p->system->data_plane, &mode, err);

	*e = (struct engines){ 0 };
	if (ret < 0)
		return ret;
	e->fib = start_fib(p);
	if (e->fib != NULL) {
		what = "BFD thread";
		e->bfd = start_bfd(e, p);
	}
	if (e->bfd != NULL) {
		what = "workers";
		e->workers = start_workers(e, p);
	}
	if (e->workers != NULL) {
		what = "watch over the kernel's devices";
		e->plane = start_plane(e, p, mode);
	}
	if (e->plane != NULL)
		return 0;
	errbuf_add(err, NULL, 0, "cannot start the %s: %s", what, strerror(errno));
	engines_stop(e);
	return -EIO;
}
