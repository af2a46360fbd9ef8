/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of VPCs that meet. Two VPCs that are connected cannot tell whose host is meant; nor can
 * an instance that is connected with both: of equal ranges its table would share the flows among
 * two VPCs, one of them another tenant's perhaps.
 *
 * A connection is compared with those at either of its ends. Whatever makes two ranges meet
 * touches one of the two connections (delta.c): their ends, their consents, themselves. Of a pair
 * always the same one is told, whichever is touched, in the order of their names.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/xalloc.h"
#include "vbr/model/check/check.h"
#include "vbr/model/delta.h"

static bool is_same_end(const struct model_end *a, const struct model_end *b)
{
	return a->is_vbr == b->is_vbr && strcmp(a->name, b->name) == 0 &&
		strcmp(a->tenant, b->tenant) == 0;
}

static const struct model_vpc *vpc_at(const struct model *m, const struct model_end *e)
{
	return e->is_vbr ? NULL : model_vpc(m, e->tenant, e->name);
}

/* The first two ranges that meet: false if there are none. */
static bool find_overlap(const struct model_vpc *a, const struct model_vpc *b, struct prefix *pa,
	struct prefix *pb)
{
	for (uint32_t i = 0; i < a->n_cidrs; i++)
		for (uint32_t k = 0; k < b->n_cidrs; k++)
			if (prefix_overlaps(&a->cidrs[i], &b->cidrs[k])) {
				*pa = a->cidrs[i];
				*pb = b->cidrs[k];
				return true;
			}
	return false;
}

void check_overlap(const struct check *c, const struct model_peering *p)
{
	const struct model_vpc *a = vpc_at(c->m, &p->initiator);
	const struct model_vpc *b = vpc_at(c->m, &p->acceptor);
	char sa[PREFIX_STRLEN];
	char sb[PREFIX_STRLEN];

	if (a == NULL || b == NULL || !model_peering_has_consent(c->m, p))
		return;
	for (uint32_t i = 0; i < a->n_cidrs; i++)
		for (uint32_t k = 0; k < b->n_cidrs; k++)
			if (prefix_overlaps(&a->cidrs[i], &b->cidrs[k]))
				errbuf_add(c->err, p->obj.path, 0,
					"cidr %s of VPC %s overlaps cidr %s of VPC %s: "
					"peered VPCs need distinct ranges, change one of them",
					prefix_format(&a->cidrs[i], sa), a->obj.name,
					prefix_format(&b->cidrs[k], sb), b->obj.name);
}

static int peering_cmp(const struct model_peering *a, const struct model_peering *b)
{
	const int d = strcmp(a->obj.tenant, b->obj.tenant);

	return d != 0 ? d : strcmp(a->obj.name, b->obj.name);
}

/* Two connections at one instance whose far ends have ranges that meet. */
struct clash {
	const struct model_peering *a; /* the later one by name: it is told */
	const struct model_peering *b;
};

struct clashes {
	const struct model *m;
	struct clash *v; /* owned */
	uint32_t n;
};

static bool runs(const struct model *m, const struct model_peering *p)
{
	return p->enabled && model_peering_has_consent(m, p);
}

/* The end that two connections have in common, and what is behind it by each; or NULL. */
static const struct model_end *common_end(const struct model_peering *a,
	const struct model_peering *b, const struct model_end **far_a,
	const struct model_end **far_b)
{
	const struct model_end *ends_a[2] = { &a->initiator, &a->acceptor };
	const struct model_end *ends_b[2] = { &b->initiator, &b->acceptor };

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			if (is_same_end(ends_a[i], ends_b[k])) {
				*far_a = ends_a[1 - i];
				*far_b = ends_b[1 - k];
				return ends_a[i];
			}
	return NULL;
}

/* The same pair of ends twice is another fault (unique.c). */
static bool clash(const struct model *m, const struct clash *k, struct prefix *pa,
	struct prefix *pb)
{
	const struct model_end *far_a;
	const struct model_end *far_b;
	const struct model_vpc *a;
	const struct model_vpc *b;

	if (common_end(k->a, k->b, &far_a, &far_b) == NULL || is_same_end(far_a, far_b))
		return false;
	a = vpc_at(m, far_a);
	b = vpc_at(m, far_b);
	return a != NULL && b != NULL && find_overlap(a, b, pa, pb);
}

static void compare(struct clashes *l, const struct model_peering *p,
	const struct model_peering *other)
{
	const bool is_later = peering_cmp(p, other) > 0;
	const struct clash k = { is_later ? p : other, is_later ? other : p };
	struct prefix pa;
	struct prefix pb;

	if (other == p || !clash(l->m, &k, &pa, &pb) || !runs(l->m, other))
		return;
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = k;
}

/* All that may be at e: of its tenant, and those that its tenant has accepted. */
static void compare_at(struct clashes *l, const struct model_peering *p, const struct model_end *e)
{
	const struct model *m = l->m;
	uint32_t i;
	uint32_t end;

	model_range(m, MODEL_PEERING, e->tenant, &i, &end);
	for (; i < end; i++)
		compare(l, p, (const struct model_peering *)m->of[MODEL_PEERING].v[i]);
	model_range(m, MODEL_ACCEPT, e->tenant, &i, &end);
	for (; i < end; i++) {
		const struct model_obj *a = m->of[MODEL_ACCEPT].v[i];
		const struct model_peering *other = model_peering(m, a->name2, a->name);

		if (other != NULL && strcmp(a->name2, e->tenant) != 0)
			compare(l, p, other);
	}
}

static void collect(struct clashes *l, const struct model_obj *o)
{
	const struct model_peering *p = (const struct model_peering *)o;

	if (!runs(l->m, p))
		return;
	compare_at(l, p, &p->initiator);
	if (strcmp(p->initiator.tenant, p->acceptor.tenant) != 0)
		compare_at(l, p, &p->acceptor);
}

static int clash_cmp(const void *x, const void *y)
{
	const struct clash *a = x;
	const struct clash *b = y;
	const int d = peering_cmp(a->a, b->a);

	return d != 0 ? d : peering_cmp(a->b, b->b);
}

static void tell(const struct check *c, const struct clash *k)
{
	const struct model_end *far_a;
	const struct model_end *far_b;
	const struct model_end *e = common_end(k->a, k->b, &far_a, &far_b);
	char sa[PREFIX_STRLEN];
	char sb[PREFIX_STRLEN];
	struct prefix pa;
	struct prefix pb;

	(void)clash(c->m, k, &pa, &pb);
	errbuf_add(c->err, k->a->obj.path, 0,
		"cidr %s of VPC %s overlaps cidr %s of VPC %s, and %s %s is connected with that "
		"one by peering %s: it could not tell whose host is meant, change a range or "
		"delete one of the connections",
		prefix_format(&pa, sa), far_a->name, prefix_format(&pb, sb), far_b->name,
		e->is_vbr ? "VBR" : "VPC", e->name, k->b->obj.name);
}

void check_meetings(const struct check *c)
{
	struct clashes l = { .m = c->m };
	const struct model_obj *o;

	if (c->delta == NULL)
		for (uint32_t i = 0; i < c->m->of[MODEL_PEERING].n; i++)
			collect(&l, c->m->of[MODEL_PEERING].v[i]);
	else
		for (uint32_t i = 0; (o = model_delta_next(c->delta, MODEL_PEERING, &i)) != NULL;)
			collect(&l, o);
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), clash_cmp);
	for (uint32_t i = 0; i < l.n; i++) /* each was found from both sides */
		if (i == 0 || clash_cmp(&l.v[i - 1], &l.v[i]) != 0)
			tell(c, &l.v[i]);
	free(l.v);
}
