/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing goes in two rounds, nexthops first. What is refused keeps its text and is tried again;
 * the groups are written with what is there.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "fib/group/group_int.h"
#include "fib/group/spare.h"

/* Writing: first round. */

static void nexthops_written(struct groups *gs, uint32_t n)
{
	struct objects *o = gs->objects;
	char text[FIB_ERROR_SIZE];

	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct fib_op *op = &o->ops[i];
		struct knh *nh = op->owner;

		nh->writing = false;
		nh->up = !op->error;
		errtab_release(o->errors, nh->error);
		nh->error = op->error ?
			errtab_intern(o->errors, op->error,
				errtab_sentence(op->error, op->text, text, sizeof(text))) :
			0;
	}
}

static void write_nexthops(struct groups *gs, struct face *const *faces, uint32_t n_faces)
{
	struct objects *o = gs->objects;
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_faces; i++) {
		for (unsigned j = 0; j < faces[i]->n_nh; j++) {
			struct knh *nh = faces[i]->nh[j];

			if (!nh || nh->up || nh->writing)
				continue;
			nh->writing = true;
			o->ops[n] = (struct fib_op){ .kind = FIB_OP_NEXTHOP_SET,
				.id = nh->id,
				.nexthop = nh->key,
				.owner = nh };
			if (++n == FIB_BATCH) {
				nexthops_written(gs, n);
				n = 0;
			}
		}
	}
	nexthops_written(gs, n);
}

/* Writing: second round. */

/* Its routes wait; those that the kernel has with an older group must leave it. */
static void face_is_broken(struct groups *gs, struct face *f)
{
	gs->retry_due = true;
	gs->walk_due |= !f->broken;
	f->stranded = true;
	face_set_broken(gs, f, true);
}

/* No group can be: say why with the words of the first nexthop. */
static void face_breaks(struct groups *gs, struct face *f)
{
	struct fib_op none = { .error = -ENOSPC, .text = "no kernel nexthop ids are left" };

	face_leave_pair(gs, f);
	face_drop_kgroup(gs, f);
	for (unsigned i = 0; i < f->n_nh; i++) {
		if (f->nh[i] && f->nh[i]->error) {
			none.error = errtab_error(gs->objects->errors, f->nh[i]->error);
			(void)errtab_sentence(none.error,
				errtab_text(gs->objects->errors, f->nh[i]->error), none.text,
				sizeof(none.text));
			break;
		}
	}
	face_set_error(gs, f, &none);
	face_is_broken(gs, f);
}

/* The kernel group is as wanted. */
static void face_settles(struct groups *gs, struct face *f)
{
	face_set_error(gs, f, NULL);
	face_set_broken(gs, f, false);
	if (f->stranded)
		gs->walk_due = true;
	f->stranded = false;
	if (!content_is_complete(f))
		gs->retry_due = true;
}

/*
 * Put the group's message in *op if it must be written. A new kernel group is made here and belongs
 * to the face when the kernel took it.
 */
static bool prepare_group(struct groups *gs, struct face *f, struct fib_op *op)
{
	const struct nhspread spread = spare_spread(gs, f->group->want);
	struct objects *o = gs->objects;
	struct kmember m[NHGROUP_MAX + 1];
	struct kgroup *g;
	bool keep;
	uint8_t n;

	if (heir_must_part(gs, f))
		heir_part(gs, f);
	if (f->kg && !content_is_of_kind(gs, f, kgroup_at(o, f->kg))) {
		face_leave_pair(gs, f);
		face_drop_kgroup(gs, f);
	}
	n = content_of(gs, f, m, &keep);
	if (!n) {
		face_breaks(gs, f);
		return false;
	}
	if (f->elder) {
		face_set_dirty(gs, face_at(gs, f->elder), true);
		face_settles(gs, f);
		return false;
	}
	g = f->kg ? kgroup_at(o, f->kg) : NULL;
	if (!g && (g = kgroup_find_free(o, m, n, &spread)))
		face_claim(gs, f, g);
	if (keep || (g && kgroup_is_equal(g, m, n))) {
		face_settles(gs, f);
		return false;
	}
	if (!g)
		g = kgroup_new(o, &spread);
	if (!g) {
		face_breaks(gs, f);
		return false;
	}
	memset(op, 0, sizeof(*op));
	op->kind = FIB_OP_GROUP_SET;
	op->id = g->id;
	op->owner = f;
	op->table = g->h; /* free in this kind: carries the group to group_written */
	op->n_members = n;
	op->spread = spread;
	if (spare_has(gs, f->group->want))
		spare_order(m, n);
	for (unsigned i = 0; i < n; i++)
		op->members[i] = (struct fib_member){ .id = m[i].nh->id, .weight = m[i].weight };
	return true;
}

static void group_written(struct groups *gs, const struct fib_op *op)
{
	struct objects *o = gs->objects;
	struct kgroup *g = kgroup_at(o, op->table);
	struct kmember m[NHGROUP_MAX];
	struct face *f = op->owner;

	if (op->error) {
		/* Mostly a nexthop that went meanwhile: look what there is. */
		o->check_due = true;
		gs->retry_due = true;
		if (!f->kg) {
			kgroup_put(o, g);
			face_is_broken(gs, f);
		}
		face_set_error(gs, f, op);
		return;
	}
	for (unsigned i = 0; i < op->n_members; i++) {
		const struct id_owner *owner = &o->owners[op->members[i].id - FIB_ID_BASE];

		m[i] = (struct kmember){ .nh = owner->nh, .weight = op->members[i].weight };
	}
	kgroup_sort(m, op->n_members);
	kgroup_set_members(o, g, m, op->n_members);
	g->up = true;
	f->kg = g->h;
	face_settles(gs, f);
}

static void write_groups(struct groups *gs, struct face *const *faces, uint32_t n_faces)
{
	struct objects *o = gs->objects;
	uint32_t n = 0;

	assert(n_faces <= FIB_BATCH);
	for (uint32_t i = 0; i < n_faces; i++)
		n += prepare_group(gs, faces[i], &o->ops[n]);
	objects_write(o, o->ops, n);
	for (uint32_t i = 0; i < n; i++)
		group_written(gs, &o->ops[i]);
}

bool groups_flush(struct groups *gs, uint32_t max)
{
	struct face *faces[FIB_BATCH];
	uint32_t n = 0;

	while (n < max && n < FIB_BATCH && !TAILQ_EMPTY(&gs->dirty)) {
		faces[n] = TAILQ_FIRST(&gs->dirty);
		face_set_dirty(gs, faces[n], false);
		n++;
	}
	write_nexthops(gs, faces, n);
	write_groups(gs, faces, n);
	return !TAILQ_EMPTY(&gs->dirty);
}

void face_claim(struct groups *gs, struct face *f, struct kgroup *g)
{
	struct kmember m[NHGROUP_MAX + 1];
	bool keep;
	uint8_t n;

	if (f->kg || g->owned || !g->up || !content_is_of_kind(gs, f, g))
		return;
	n = content_of(gs, f, m, &keep);
	if (!n ||
		!(kgroup_is_equal(g, m, n) ||
			(spare_has(gs, f->group->want) && spare_fits(g, m, n))))
		return;
	g->owned = true;
	kgroup_hold(gs->objects, g);
	f->kg = g->h;
}

/*
 * A nexthop may have come up for another face: completeness alone does not say that the
 * group has it.
 */
static bool is_as_wanted(const struct groups *gs, const struct face *f)
{
	struct kmember m[NHGROUP_MAX + 1];
	bool keep;
	uint8_t n;

	if (!f->kg || f->error || !content_is_complete(f))
		return false;
	if (f->elder)
		return true; /* as the elder is */
	n = content_of(gs, f, m, &keep);
	return keep || kgroup_is_equal(kgroup_at(gs->objects, f->kg), m, n);
}

void groups_recheck(struct groups *gs)
{
	struct face *f;

	gs->retry_due = false;
	spare_mend(gs);
	TAILQ_FOREACH(f, &gs->all, entry) {
		if (f->kg && !kgroup_at(gs->objects, f->kg)->up) {
			face_leave_pair(gs, f);
			face_drop_kgroup(gs, f);
		}
		if (!is_as_wanted(gs, f))
			face_set_dirty(gs, f, true);
	}
}
