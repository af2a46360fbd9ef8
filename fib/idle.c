/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How entries go. One that is neither wanted nor in the kernel is idle: it stays in its prefix
 * table until a sweep of that comes by. To search it there once more, when its deletion has been
 * acknowledged and its place is in no cache, and to move what stands behind it, was half of what a
 * deletion costs beside the kernel. Whoever wants it again takes it as it is, as if it were new.
 *
 * A sweep begins when half of a table is idle, and goes on by SWEEP_BY places for each entry that
 * becomes idle, so at most nine of sixteen are. The last entry takes all of them along.
 *
 * Idle entries are marked in a bitmap, which a sweep asks instead of the entries. Nobody else sees
 * them: entry_find and all walks pass them over.
 */
#include "fib/fib_priv.h"

#define IDLE_SHARE 2
#define SWEEP_EACH 32 /* entries: to set out costs as much as to look at some */
#define SWEEP_BY   16

struct swept {
	struct fib *f;
	struct idle *idle;
};

static bool on_swept(void *ctx, uint32_t h)
{
	const struct swept *s = ctx;

	(void)bitmap_clear(&s->f->idle, h);
	slab_release(&s->f->entries, h);
	s->idle->n--;
	return true;
}

static void sweep(struct fib *f, struct ptable *pt, struct idle *idle, uint32_t max)
{
	struct swept s = { .f = f, .idle = idle };
	const struct ptable_purge purge = { .marked = &f->idle, .goes = on_swept, .ctx = &s };

	idle->is_sweeping = ptable_sweep(pt, &idle->at, max, &purge);
	if (!slab_count(&f->entries))
		bitmap_fini(&f->idle);
}

void idle_put(struct fib *f, struct table *t, uint8_t family, uint32_t h)
{
	struct ptable *pt = t->routes[family_index(family)];
	struct idle *idle = &t->idle[family_index(family)];

	(void)bitmap_set(&f->idle, h);
	idle->n++;
	if (idle->n == ptable_count(pt)) {
		/* There are few: or a sweep would have come to them. */
		while (idle->n)
			sweep(f, pt, idle, SWEEP_BY * SWEEP_EACH);
		idle->n_new = 0;
		return;
	}
	if (++idle->n_new < SWEEP_EACH)
		return;
	idle->n_new = 0;
	if (idle->n > ptable_count(pt) / IDLE_SHARE)
		idle->is_sweeping = true;
	if (idle->is_sweeping)
		sweep(f, pt, idle, SWEEP_BY * SWEEP_EACH);
}

void idle_take(struct fib *f, struct table *t, uint8_t family, uint32_t h)
{
	if (bitmap_clear(&f->idle, h))
		t->idle[family_index(family)].n--;
}
