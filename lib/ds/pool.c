/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of 16 kB, each with objects of one size class. A class has a list of its pages that have
 * room. A page links its free objects through their first two octets, and has a mark up to which
 * objects were ever given out, so that a new page need not be threaded. A page whose last object
 * went can be taken by any class: what one size left behind is another one's, and a pool that
 * churns does not grow.
 *
 * Classes are 4 octets apart up to 256 octets, then an eighth: no more is lost. What is larger
 * than CLASSED_MAX has a run of pages for itself; a free run is used again whole or cut, but not
 * joined with its neighbours: only the longest attributes want more than one page.
 *
 * The range is reserved without memory (PROT_NONE) and opened in steps. When the last object goes,
 * all memory but KEEP_PAGES is given back.
 */
#include "lib/ds/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/xalloc.h"

#define PAGE          16384u
#define PAGE_UNITS    (PAGE / POOL_UNIT)
#define N_PAGES_MAX   (uint32_t)(POOL_RANGE / PAGE)
#define FINE_MAX      256u /* octets: classes are a unit apart up to here */
#define FINE_CLASSES  (FINE_MAX / POOL_UNIT)
#define CLASSED_MAX   8192u
#define N_CLASSES     (FINE_CLASSES + 5 * 8 + 1) /* five doublings; the first is of no size */
#define RUN_MAX       8                          /* pages */
#define STEP          ((size_t)2 << 20)
#define KEEP_PAGES    64u
#define POOL_SIZE_MAX (RUN_MAX * PAGE - sizeof(struct page))

/* At the beginning of each page, or of the first one of a run. */
struct page {
	uint32_t next; /* pages of the class with room, or free ones; numbers, 0 = none */
	uint32_t prev;
	uint16_t class;  /* of its objects; 0 = it is a run */
	uint16_t n_used; /* objects, or the pages of a run */
	uint16_t free;   /* in units from the beginning of the page; 0 = none */
	uint16_t fresh;  /* in units: from here on nothing was ever given out */
};

struct pool {
	uint32_t n_pages;         /* that were ever in use, this one too */
	uint32_t n_used;          /* objects */
	size_t opened;            /* octets of the range */
	uint32_t free[RUN_MAX];   /* runs of one page more than the index */
	uint32_t open[N_CLASSES]; /* pages with room */
};

static_assert(sizeof(struct page) == 16, "of 16 kB");
static_assert(sizeof(struct pool) <= PAGE, "the first page is the pool's");

static struct page *page_at(const struct pool *p, uint32_t no)
{
	return pool_at(p, no * PAGE_UNITS);
}

/* Make the range usable up to the end of page n_pages - 1. */
static void open_range(struct pool *p, size_t opened, uint32_t n_pages)
{
	while (opened < (size_t)n_pages * PAGE) {
		if (mprotect((uint8_t *)p + opened, STEP, PROT_READ | PROT_WRITE) < 0)
			xalloc_failed();
		opened += STEP;
	}
	p->opened = opened;
}

struct pool *pool_new(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	uint8_t *start = mmap(NULL, 2 * POOL_RANGE, PROT_NONE, flags, -1, 0);
	struct pool *p;
	size_t before;

	if (start == MAP_FAILED)
		xalloc_failed();
	p = pool_of(start + POOL_RANGE - 1);
	before = (size_t)((uint8_t *)p - start);
	if (before)
		(void)munmap(start, before);
	(void)munmap((uint8_t *)p + POOL_RANGE, POOL_RANGE - before);
	open_range(p, 0, 1);
	p->n_pages = 1;
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	memory_back(p, (size_t)p->n_pages * PAGE);
	(void)munmap(p, POOL_RANGE);
}

/* Above FINE_MAX: the three bits below the highest one count, rounded up. */
static uint32_t class_of(size_t size)
{
	const uint32_t n = (uint32_t)size - 1;
	uint32_t top;

	if (size <= FINE_MAX)
		return n / POOL_UNIT + 1;
	top = 31 - (uint32_t)__builtin_clz(n);
	return FINE_CLASSES + (top - 8) * 8 + (n >> (top - 3)) - 7;
}

static uint32_t class_units(uint32_t class)
{
	const uint32_t k = class - FINE_CLASSES - 1;

	if (class <= FINE_CLASSES)
		return class;
	return ((k % 8 + 9) << (k / 8 + 5)) / POOL_UNIT;
}

static void run_release(struct pool *p, uint32_t no, uint32_t n)
{
	page_at(p, no)->next = p->free[n - 1];
	p->free[n - 1] = no;
}

/* A free run of n pages, or what is cut from the beginning of a longer one; 0 = there is none. */
static uint32_t run_reuse(struct pool *p, uint32_t n)
{
	for (uint32_t len = n; len <= RUN_MAX; len++) {
		const uint32_t no = p->free[len - 1];

		if (!no)
			continue;
		p->free[len - 1] = page_at(p, no)->next;
		if (len > n) {
			memory_back(page_at(p, no + n), sizeof(struct page));
			run_release(p, no + n, len - n);
		}
		return no;
	}
	return 0;
}

static uint32_t run_take(struct pool *p, uint32_t n)
{
	uint32_t no = run_reuse(p, n);

	if (!no) {
		if (p->n_pages > N_PAGES_MAX - n)
			xalloc_failed();
		no = p->n_pages;
		p->n_pages += n;
		open_range(p, p->opened, p->n_pages);
		if (p->n_pages > KEEP_PAGES)
			xpopulate(page_at(p, no), n * PAGE);
	}
	memory_back(page_at(p, no), (size_t)n * PAGE);
	return no;
}

static void link_open(struct pool *p, uint32_t no)
{
	struct page *pg = page_at(p, no);

	pg->prev = 0;
	pg->next = p->open[pg->class];
	if (pg->next)
		page_at(p, pg->next)->prev = no;
	p->open[pg->class] = no;
}

static void unlink_open(struct pool *p, uint32_t no)
{
	const struct page *pg = page_at(p, no);

	if (pg->prev)
		page_at(p, pg->prev)->next = pg->next;
	else
		p->open[pg->class] = pg->next;
	if (pg->next)
		page_at(p, pg->next)->prev = pg->prev;
}

static bool is_full(const struct page *pg)
{
	return !pg->free && pg->fresh + class_units(pg->class) > PAGE_UNITS;
}

static uint32_t open_page(struct pool *p, uint32_t class)
{
	const uint32_t no = run_take(p, 1);

	*page_at(p, no) = (struct page){
		.class = (uint16_t) class,
		.fresh = sizeof(struct page) / POOL_UNIT,
	};
	link_open(p, no);
	return no;
}

static uint32_t take_run_for(struct pool *p, size_t size)
{
	const uint32_t n = (uint32_t)((size + sizeof(struct page) + PAGE - 1) / PAGE);
	uint32_t no;

	assert(size <= POOL_SIZE_MAX);
	no = run_take(p, n);
	*page_at(p, no) = (struct page){ .n_used = (uint16_t)n };
	return no * PAGE_UNITS + (uint32_t)sizeof(struct page) / POOL_UNIT;
}

uint32_t pool_take(struct pool *p, size_t size)
{
	struct page *pg;
	uint32_t class;
	uint32_t no;
	uint32_t h;

	p->n_used++;
	if (unlikely(size > CLASSED_MAX))
		return take_run_for(p, size);
	class = class_of(size);
	no = p->open[class];
	if (unlikely(!no))
		no = open_page(p, class);
	pg = page_at(p, no);
	if (pg->free) {
		h = no * PAGE_UNITS + pg->free;
		memory_back(pool_at(p, h), class_units(class) * POOL_UNIT);
		memcpy(&pg->free, pool_at(p, h), sizeof(pg->free));
	} else {
		h = no * PAGE_UNITS + pg->fresh;
		pg->fresh = (uint16_t)(pg->fresh + class_units(class));
	}
	pg->n_used++;
	if (unlikely(is_full(pg)))
		unlink_open(p, no);
	return h;
}

/* Nothing is left: begin anew, with the memory of the first pages. */
static void restart(struct pool *p)
{
	if (p->n_pages > KEEP_PAGES)
		(void)madvise(page_at(p, KEEP_PAGES), (size_t)(p->n_pages - KEEP_PAGES) * PAGE,
			MADV_DONTNEED);
	p->n_pages = 1;
	memset(p->free, 0, sizeof(p->free));
	memset(p->open, 0, sizeof(p->open));
}

void pool_release(struct pool *p, uint32_t h)
{
	const uint32_t no = h / PAGE_UNITS;
	struct page *pg = page_at(p, no);
	bool was_full;

	assert(no && no < p->n_pages && p->n_used);
	if (--p->n_used == 0) {
		restart(p);
		return;
	}
	if (unlikely(!pg->class)) {
		run_release(p, no, pg->n_used);
		return;
	}
	was_full = is_full(pg);
	memcpy(pool_at(p, h), &pg->free, sizeof(pg->free));
	memory_gone(pool_at(p, h), class_units(pg->class) * POOL_UNIT);
	pg->free = (uint16_t)(h % PAGE_UNITS);
	if (--pg->n_used == 0) {
		if (!was_full)
			unlink_open(p, no);
		run_release(p, no, 1);
	} else if (was_full) {
		link_open(p, no);
	}
}

uint32_t pool_count(const struct pool *p)
{
	return p->n_used;
}

size_t pool_bytes(const struct pool *p)
{
	return (size_t)p->n_pages * PAGE;
}
