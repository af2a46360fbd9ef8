/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wanted groups, as feeds name them: (feed, gid), and their faces. A face is what one family of
 * routes sees of a group: it holds the nexthops of all members and of the backup (made ahead, so
 * that a switch needs one message), and the kernel group that its routes refer to. A face lives
 * while a route wants it.
 *
 * Which members are in the kernel group follows from three facts: is the member's neighbour alive,
 * does the kernel have its nexthop (its device is up), and is another one left. The ladder is in
 * content.c.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fib/group/object.h"
#include "fib/live/live.h"
#include "lib/ds/intern.h"
#include "lib/ds/slab.h"
#include "lib/net/nexthop.h"

struct group {
	struct intern_node node; /* by (feed, gid); one reference for the feed's name, one a face */
	TAILQ_ENTRY(group) entry;
	uint32_t feed;
	uint32_t gid;
	bool named;           /* the feed has not deleted it */
	struct nhgroup *want; /* owned */
	uint32_t face[2];     /* handles, by family_index; 0 = no route of this family */
};

struct face {
	TAILQ_ENTRY(face) entry;
	TAILQ_ENTRY(face) dirty_entry;
	struct group *group; /* counted */
	uint32_t h;          /* handle of this in the slab */
	uint32_t kg;         /* kernel group with our content, 0 = none: routes cannot be written */
	uint32_t n_routes;   /* entries that want it */
	uint32_t n_installed; /* of them, those that the kernel has with kg */
	uint16_t error;       /* errtab: why not all is as wanted */
	uint8_t family;
	uint8_t n_nh; /* members and backup */
	bool dirty;
	bool broken;   /* tried and refused: no kg */
	bool stranded; /* routes left the queue unwritten: walk the tables once kg is there */
	/* Resilient hashing: who uses whose kernel group meanwhile; handles, 0 = nobody's. */
	uint32_t elder;                  /* we use its */
	uint32_t heir;                   /* it uses ours */
	uint32_t n_routes_then;          /* of the elder, at the last groups_part */
	struct knh *nh[NHGROUP_MAX + 1]; /* users; in the order of want->nh; NULL: ids ran out */
};

TAILQ_HEAD(face_list, face);
TAILQ_HEAD(group_list, group);

struct groups {
	struct objects *objects; /* borrowed */
	struct intern *by_name;  /* owned; struct group */
	struct group_list all_groups;
	struct group *last; /* that a route named, or NULL: mostly the next one names it too */
	struct slab faces;
	struct face_list all;
	struct face_list dirty;
	struct lives lives;
	struct knh *sink; /* user of it; NULL: groups have no spare member (spare.h) */
	bool retry_due;   /* something was refused: groups_recheck later */
	bool walk_due;    /* stranded routes can be written now */
};

static inline unsigned family_index(uint8_t family)
{
	return family == AF_INET ? 0 : 1;
}

void groups_init(struct groups *gs, struct objects *objects);
/** No route wants a face any more (face_put each). */
void groups_fini(struct groups *gs);

/** New group, or new members of one. Takes want. -EINVAL for a group without members. */
int groups_set(struct groups *gs, uint32_t feed, uint32_t gid, struct nhgroup *take_want);
/** The name goes now, the rest with the last route. -ENOENT for an unknown one. */
int groups_del(struct groups *gs, uint32_t feed, uint32_t gid);
/**
 * After news for lives: rewrites what contains the neighbours concerned at once, in as few writes
 * as possible.
 */
void groups_follow(struct groups *gs);

static inline struct face *face_at(const struct groups *gs, uint32_t h)
{
	return slab_at_sized(&gs->faces, h, sizeof(struct face));
}
/**
 * Face of a named group for a route of the family, one route more; 0 when there is no such
 * group.
 */
uint32_t face_get(struct groups *gs, uint32_t feed, uint32_t gid, uint8_t family);
/** Private: what is rare in face_put. */
void face_put_other(struct groups *gs, struct face *f);
/** One route less; the last one frees the face. */
static inline void face_put(struct groups *gs, uint32_t h)
{
	struct face *f = face_at(gs, h);

	assert(f->n_routes);
	if (--f->n_routes == 0 || f->broken)
		face_put_other(gs, f);
}
/**
 * The kernel has a route of this face with an adopted group: take that one, if the content
 * fits.
 */
void face_claim(struct groups *gs, struct face *f, struct kgroup *g);

/**
 * A route moves from one face to another. If both are resilient and have members in common, and the
 * new one has no kernel group, it inherits the other's, so that flows stay where they are. Returns
 * whether it did: groups_part then, every few seconds.
 */
bool face_inherit(struct groups *gs, struct face *f, uint32_t from);
/** Heirs whose elder keeps its routes get a group of their own. Returns whether others wait. */
bool groups_part(struct groups *gs);

/** Write what is dirty, up to max faces. Returns whether more is. */
bool groups_flush(struct groups *gs, uint32_t max);
/** After objects_check, a link event or the retry timer: what is not as wanted becomes dirty. */
void groups_recheck(struct groups *gs);
