/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of struct groups, shared by the files that work on it and by nobody else:
 *
 *	group.c    names, faces, deaths        write.c  what is dirty gets its kernel group
 *	content.c  which members a group has   heir.c   resilient groups go from face to face
 *	spare.c    a member that keeps the routes when the others go
 */
#pragma once

#include "fib/group/group.h"

/* group.c */
void face_set_dirty(struct groups *gs, struct face *f, bool dirty);
void face_set_broken(struct groups *gs, struct face *f, bool broken);
/** op: with the refusal; NULL: all is well. */
void face_set_error(struct groups *gs, struct face *f, const struct fib_op *op);
/**
 * The kernel group is not ours any more, for whatever reason; its routes do not count as
 * installed.
 */
void face_drop_kgroup(struct groups *gs, struct face *f);
/** No heir and no elder any more; the other one has the kernel group for itself. */
void face_leave_pair(struct groups *gs, struct face *f);

/* content.c; m has room for NHGROUP_MAX + 1 */
/** Members whose nexthop is up and whose neighbour is alive, or even dead. */
uint8_t content_members(const struct groups *gs, const struct face *f, struct kmember *m,
	bool even_dead);
/** Of n members of an elder, those that its heir has too: moved to the front. */
uint8_t content_common(const struct groups *gs, const struct face *f, struct kmember *m, uint8_t n);
/**
 * What the kernel group should have, by the ladder and with the spare member (spare.h); 0 when
 * broken. *keep: step 3.
 */
uint8_t content_of(const struct groups *gs, const struct face *f, struct kmember *m, bool *keep);
/** Is the i-th nexthop up, and its neighbour alive, or even dead? */
bool content_is_usable(const struct groups *gs, const struct face *f, unsigned i, bool even_dead);
/** Insert by id; the same nexthop once, with the larger weight. Returns how many there are. */
uint8_t content_add(struct kmember *m, uint8_t n, struct knh *nh, uint16_t weight);
/** Does the kernel have all nexthops? */
bool content_is_complete(const struct face *f);
/** Could the face go on with this kernel group? */
bool content_is_of_kind(const struct groups *gs, const struct face *f, const struct kgroup *g);

/* heir.c */
/** The one with fewer routes goes its own way. */
void heir_part(struct groups *gs, struct face *elder);
/** Has it nothing in common with its heir, now that something has changed? */
bool heir_must_part(const struct groups *gs, const struct face *f);
