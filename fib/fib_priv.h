/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of struct fib, shared by the files that work on it and by nobody else:
 *
 *	fib.c     orders of feeds, life cycle     writer.c  queue -> batches -> results, retry
 *	table.c   tables and entries              scan.c    comparison with the kernel, adoption
 *	view.c    inspection                      sweep.c   removal of what nobody wants
 *	note.c    what happened to single routes
 *	route.c   orders about routes             idle.c    how entries go
 *
 * An entry is one prefix of one table: the face it wants, the kernel group that the kernel has it
 * with, and a few bits. What must be done follows from these alone (entry_plan); the queue only
 * says that somebody should look. An entry stands in the queue at most once, so the latest order
 * wins.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fib/backend/backend.h"
#include "fib/errtab.h"
#include "fib/fib.h"
#include "fib/group/group.h"
#include "fib/group/object.h"
#include "fib/note.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/ptable.h"
#include "lib/ds/slab.h"
#include "lib/io/loop.h"

enum entry_flag {
	ENTRY_PRESENT = 1, /* the kernel has a route of ours here, unless its group went */
	ENTRY_QUEUED = 2,
	ENTRY_STALE = 4,    /* read back, not relearned yet */
	ENTRY_FAILED = 8,   /* refused; error tells */
	ENTRY_UNSURE = 16,  /* the answer was dropped; the next scan finds out */
	ENTRY_COUNTED = 32, /* among the installed of its face, unless its group changed */
};

/* Repeated for each route: 16 octets, and about as much for its place in the table. */
struct entry {
	uint32_t want;     /* face handle, counted; 0 = no route wanted */
	uint32_t have;     /* kernel group handle, counted; 0 = none of ours */
	uint32_t since_ds; /* mono time of the last change, tenths of a second */
	uint16_t error;    /* errtab */
	uint8_t flags;
	uint8_t mark; /* the table's: seen or written since its scan began; 0 = never */
};

/* Entries of one table and family that nobody needs: idle.c. */
struct idle {
	uint32_t n;
	uint32_t n_new; /* since a sweep went on, or did not */
	bool is_sweeping;
	struct ptable_place at; /* of the sweep */
};

struct table {
	TAILQ_ENTRY(table) entry;
	uint32_t id;
	uint32_t life;            /* another number when the id comes again */
	struct ptable *routes[2]; /* owned; prefix -> entry handle; by family_index */
	struct idle idle[2];
	uint32_t foreign[2];
	bool guard_up[2];
	bool synced[2]; /* what is still stale goes at the next walk */
	bool deleting;
	bool walk_due;
	bool scan_due;
	bool scan_again; /* due at the next retry: its dump was cut short */
	uint8_t mark; /* of entries that the running scan has seen, or the last one; 0 = none yet */
};

TAILQ_HEAD(table_list, table);

struct fifo_item {
	uint32_t table;
	struct prefix pfx;
	/* In the writer's queue, where an entry is not removed as long as its table lives: */
	uint32_t life;
	uint32_t entry;
};

struct fifo_block;

/* In blocks: what is taken is given back while the rest still waits. */
struct fifo {
	struct fifo_block *first; /* owned, as all that follow it */
	struct fifo_block *last;
	uint32_t first_at; /* next to be taken, in first */
	uint32_t last_at;  /* next to be put, in last */
	uint32_t n;
};

/* A walk over the entries of one table, in slices. */
struct walk {
	struct table *table; /* borrowed; NULL = none */
	uint8_t family;
	bool inclusive;
	struct prefix key;
};

enum scan_state {
	SCAN_IDLE,
	SCAN_DUMP,    /* reading the kernel's routes of walk.table and walk.family */
	SCAN_MISSING, /* looking for entries that the dump did not show */
};

struct fib {
	struct loop *loop; /* borrowed */
	struct fib_conf conf;
	struct fib_backend *backend; /* owned */
	struct fib_stats stats;
	struct fib_notes refused;
	struct fib_notes drift;
	struct errtab errors;
	struct objects objects;
	struct groups groups;
	struct slab entries;
	struct bitmap idle;    /* handles of entries */
	uint32_t lives;        /* of tables, so far */
	struct table **tables; /* owned; by id - table_base */
	struct table_list table_list;
	struct fifo queue;
	struct fifo failed; /* wait for the retry timer */
	uint32_t n_deleting;
	uint32_t backoff_ms;
	uint32_t batch; /* routes that the next write may have, <= FIB_BATCH */
	bool guard_due;
	bool withdrawn; /* the end: nothing is written any more */
	bool was_full;  /* on_space is due */
	void (*on_space)(void *ctx);
	void *space_ctx;
	struct job writer_job;
	struct job scan_job;
	struct timer retry_timer;
	struct timer check_timer;
	struct timer stale_timer;
	struct timer part_timer; /* of faces that inherited a kernel group */
	struct io_watch events;
	struct walk walk; /* of the writer */
	enum scan_state scan;
	struct walk scan_walk;
	uint32_t scan_foreign;
	bool scan_guard;
	bool scan_exact;    /* the dump showed all */
	struct fifo extras; /* seen in the kernel, unknown here */
	struct fib_op ops[FIB_BATCH];
};

/* table.c */
struct table *table_get(const struct fib *f, uint32_t id);
struct table *table_new(struct fib *f, uint32_t id);
/** All entries and references; the kernel is not touched. */
void table_free(struct fib *f, struct table *t);
static inline struct entry *entry_at(const struct fib *f, uint32_t h)
{
	return slab_at_sized(&f->entries, h, sizeof(struct entry));
}
/** Nobody needs it: to all but idle.c as if it were not there. */
static inline bool entry_is_idle(const struct fib *f, uint32_t h)
{
	return bitmap_has(&f->idle, h);
}
/** Handle of the entry of a prefix, or 0. */
uint32_t entry_find(const struct fib *f, const struct table *t, const struct prefix *pfx);
/** The entry itself, or NULL. */
struct entry *entry_get(const struct fib *f, const struct table *t, const struct prefix *pfx);
uint32_t entry_find_or_add(struct fib *f, struct table *t, const struct prefix *pfx);
/** The same where ptable_find_many has been before; no entry was removed since. */
uint32_t entry_add_at(struct fib *f, struct table *t, const struct prefix *pfx,
	const struct ptable_spot *spot);
/** Entry of an item of the writer's queue, if it waits there still; its table. Or NULL. */
struct entry *entry_queued(const struct fib *f, const struct fifo_item *item, struct table **t);
/** The entry goes: nothing wanted, nothing in the kernel. Idle ones may be freed. */
void entry_remove(struct fib *f, struct table *t, uint8_t family, uint32_t h);
/** Change what is wanted; takes the face (0 = nothing). */
void entry_set_want(struct fib *f, struct entry *e, uint32_t take_face);
/** Change what the kernel has. kg NULL with present: a route of ours with something unknown. */
void entry_set_have(struct fib *f, struct entry *e, bool present, struct kgroup *kg);
/**
 * Set and clear flags that the gauges count: STALE, FAILED. error: errtab, taken; 0 unless
 * FAILED.
 */
void entry_set_state(struct fib *f, struct entry *e, uint8_t flags, uint16_t error);
/** The kernel has it with this group, and nothing is wrong: both of these at once. */
void entry_set_written(struct fib *f, struct entry *e, struct kgroup *kg);
/** Count it as installed if it became so by itself: its face took the group that it has. */
void entry_settle(struct fib *f, struct entry *e);
void entry_touch(struct fib *f, struct entry *e);
static inline void entry_mark(const struct table *t, struct entry *e)
{
	e->mark = t->mark;
}
static inline bool entry_is_marked(const struct table *t, const struct entry *e)
{
	return e->mark == t->mark;
}
/** Does the kernel have a route of ours here? */
bool entry_has_place(const struct fib *f, const struct entry *e);
bool entry_is_installed(const struct fib *f, const struct entry *e);

enum entry_plan {
	ENTRY_PLAN_NONE,
	ENTRY_PLAN_ADD,
	ENTRY_PLAN_REPLACE,
	ENTRY_PLAN_DEL,
	ENTRY_PLAN_REMOVE, /* the entry itself: nothing wanted, nothing there */
};
enum entry_plan entry_plan(const struct fib *f, const struct entry *e);

void fifo_put(struct fifo *q, uint32_t table, const struct prefix *pfx);
void fifo_put_item(struct fifo *q, const struct fifo_item *item);
bool fifo_take(struct fifo *q, struct fifo_item *item);
void fifo_fini(struct fifo *q);

void walk_start(struct walk *w, struct table *t);
/**
 * Up to max entries, idle ones too; false when the table is done. fn must not change the table's
 * set of entries.
 */
bool walk_step(struct walk *w, uint32_t max,
	bool (*fn)(void *ctx, const struct prefix *pfx, uint32_t h), void *ctx);

/* idle.c */
/** Nobody needs the entry any more. */
void idle_put(struct fib *f, struct table *t, uint8_t family, uint32_t h);
/** Somebody does, who has found it; no matter if it was not idle. */
void idle_take(struct fib *f, struct table *t, uint8_t family, uint32_t h);

/* note.c */
void note_refused(struct fib *f, const struct fib_op *op, const char *text);
/** Counts it, too. */
void note_drift(struct fib *f, enum fib_problem problem, uint32_t table, const struct prefix *pfx);

/* writer.c */
void writer_init(struct fib *f);
void writer_fini(struct fib *f);
/** Somebody should look at the entry of this handle. */
void writer_queue(struct fib *f, const struct table *t, const struct prefix *pfx, uint32_t h);
void writer_wake(struct fib *f);
void writer_walk(struct fib *f, struct table *t);
/** Try what was refused again: now (things changed), or after the pause. */
void writer_retry_now(struct fib *f);
void writer_retry_later(struct fib *f);
bool writer_is_idle(const struct fib *f);
bool writer_is_full(struct fib *f);
/** If somebody waits and it is not full any more. */
void writer_tell_space(struct fib *f);

/* route.c */
/**
 * The orders at the beginning that are about routes of one table and family; the first one is about
 * a route. Returns how many.
 */
uint32_t routes_handle(struct fib *f, uint32_t feed, const struct fib_msg *const *m, uint32_t n);
/** Heirs part; the timer goes on as long as others wait, which is returned. */
bool routes_part(struct fib *f);

/* scan.c */
void scan_init(struct fib *f);
void scan_fini(struct fib *f);
/** Read back what an earlier run left in a new table: entries become stale. */
void scan_adopt(struct fib *f, struct table *t);
void scan_request(struct fib *f, struct table *t);
void scan_request_all(struct fib *f);
/** After a pause: go on with what was requested. */
void scan_wake(struct fib *f);
/** The table goes. */
void scan_forget(struct fib *f, const struct table *t);
/** Compare the objects with the kernel and set right what differs. */
void scan_objects(struct fib *f);
bool scan_is_idle(const struct fib *f);

/* sweep.c */
/**
 * Remove our routes from tables of ours that nobody added (all: from all), and their
 * guards. 0 or -errno.
 */
int sweep_tables(struct fib *f, bool all);
/** Remove all nexthop objects of ours. 0 or -errno. */
int sweep_objects(struct fib *f);
