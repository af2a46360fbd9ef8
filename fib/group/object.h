/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel objects under the routes: nexthops, one for each way out whoever uses it, and groups of
 * them. Routes refer to groups only, also where a group has one member, so that a group can be
 * rewritten in place and all its routes follow.
 *
 * An object is known while somebody uses it (a wanted group, or an entry whose route the kernel
 * holds with it), and a little longer: what nobody uses is removed by objects_collect. Ids are
 * given out in turn, so that one is not used again while a late answer may still speak of it.
 *
 * This part knows how the kernel stands; group.h knows what is wanted.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fib/backend/backend.h"
#include "fib/errtab.h"
#include "lib/base/compiler.h"
#include "lib/ds/bitmap.h"
#include "lib/ds/intern.h"
#include "lib/ds/slab.h"

/* One nexthop object. */
struct knh {
	struct intern_node node; /* by key; one reference as long as it is known */
	TAILQ_ENTRY(knh) entry;
	struct fib_nexthop key;
	uint32_t id;
	uint32_t users;
	uint16_t error; /* errtab: why it is not up */
	bool up;        /* the kernel has it */
	bool seen;      /* by the check that is running */
	bool shaken;    /* its line changed since the last check: it may have gone with that */
	bool is_sink;   /* on our own device, which is no line: nothing takes that away by itself */
	bool idle;      /* on the list of the unused */
	bool writing;   /* is in the batch that is being put together */
	TAILQ_ENTRY(knh) idle_entry;
};

struct kmember {
	struct knh *nh; /* a user of it */
	uint16_t weight;
};

/* One group object, as the kernel has it. */
struct kgroup {
	TAILQ_ENTRY(kgroup) entry;
	TAILQ_ENTRY(kgroup) idle_entry;
	uint32_t h; /* handle of this in the slab */
	uint32_t id;
	uint32_t users; /* the face that writes it, and entries whose route refers to it */
	uint8_t n;      /* 0: content unknown, must be written */
	uint8_t n_seen; /* of them, by the check that is running */
	bool up;
	bool seen;
	bool idle;
	bool owned;   /* a face writes it, or did; false: adopted, to be had */
	bool adopted; /* of an earlier run: routes in tables not read yet may refer to it */
	struct nhspread spread;        /* buckets never change; n is 0 when the time did */
	struct kmember m[NHGROUP_MAX]; /* by id */
};

TAILQ_HEAD(knh_list, knh);
TAILQ_HEAD(kgroup_list, kgroup);

/* Who has an id: one of them, or neither when it is a stray's or free. */
struct id_owner {
	struct knh *nh;
	struct kgroup *group;
};

struct objects {
	struct fib_backend *backend; /* borrowed */
	struct fib_stats *stats;     /* borrowed */
	struct errtab *errors;       /* borrowed */
	struct intern *nexthops;     /* owned; struct knh */
	struct slab groups;          /* struct kgroup */
	struct knh_list all_nexthops;
	struct kgroup_list all_groups;
	struct knh_list idle_nexthops;
	struct kgroup_list idle_groups;
	struct bitmap ids;       /* in use, from FIB_ID_BASE on */
	struct id_owner *owners; /* owned; by id - FIB_ID_BASE */
	uint32_t n_owners;
	uint32_t next_id;
	bool adopting; /* unused objects of an earlier run may still be claimed: keep them */
	bool check_due;
	bool marked;      /* by the check that is running */
	uint32_t *strays; /* owned; ids in our range that nobody knows */
	uint32_t n_strays;
	uint32_t cap_strays;
	struct fib_op ops[FIB_BATCH]; /* scratch of whoever writes objects */
};

void objects_init(struct objects *o, struct fib_backend *backend, struct fib_stats *stats,
	struct errtab *errors);
void objects_fini(struct objects *o);
/**
 * Take over what an earlier run left. 0 or -errno (then nothing is known, and the check
 * finds out).
 */
int objects_adopt(struct objects *o);
/** The time of claiming is over. */
void objects_adopt_end(struct objects *o);

/** One user more. Not written yet when new (up is false). NULL when ids ran out. */
struct knh *knh_get(struct objects *o, const struct fib_nexthop *key);
void knh_put(struct objects *o, struct knh *nh);

/** New group, not written yet, one user. NULL when ids ran out. */
struct kgroup *kgroup_new(struct objects *o, const struct nhspread *spread);
static inline struct kgroup *kgroup_at(const struct objects *o, uint32_t h)
{
	return slab_at_sized(&o->groups, h, sizeof(struct kgroup));
}
/** Private: nobody uses it any more; somebody does again. */
void kgroup_unused(struct objects *o, struct kgroup *g);
void kgroup_used(struct objects *o, struct kgroup *g);
static inline void kgroup_hold(struct objects *o, struct kgroup *g)
{
	g->users++;
	if (unlikely(g->idle))
		kgroup_used(o, g);
}
static inline void kgroup_put(struct objects *o, struct kgroup *g)
{
	assert(g->users);
	if (--g->users == 0)
		kgroup_unused(o, g);
}
/** What the kernel has now: takes users of the members, gives back the old ones. m sorted by id. */
void kgroup_set_members(struct objects *o, struct kgroup *g, const struct kmember *m, uint8_t n);
/** By id. */
void kgroup_sort(struct kmember *m, uint8_t n);
bool kgroup_is_equal(const struct kgroup *g, const struct kmember *m, uint8_t n);
/** An adopted group with this content that no face has taken, or NULL. */
struct kgroup *kgroup_find_free(const struct objects *o, const struct kmember *m, uint8_t n,
	const struct nhspread *spread);
/** Adopted group of a kernel id, or NULL. */
struct kgroup *kgroup_by_id(const struct objects *o, uint32_t id);

/**
 * Write ops, again if the kernel dropped its answers (object writes may be repeated). Each op has
 * its result.
 */
void objects_write(struct objects *o, struct fib_op *ops, uint32_t n);
/**
 * Compare with the kernel. Objects that went are marked (up false), groups that changed are marked
 * (n 0), strays removed. Returns 1 when anything was marked that did not just go with its line, 0,
 * or -errno.
 */
int objects_check(struct objects *o);
/** This device (0: any) changed; what is missing at the next check may have gone with it. */
void objects_line_event(struct objects *o, uint32_t ifindex);
/**
 * Remove unused objects, some at a time. Returns whether there are more that can be removed
 * now.
 */
bool objects_collect(struct objects *o);
bool objects_has_idle(const struct objects *o);
