/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in the whole model and YANG cannot say cheaply: XPath over all VBRs is
 * quadratic, these are sorted arrays. Each rule judges one object, by what it says and by what it
 * stands on, so a commit judges those only that it touches (delta.h): the others were right
 * before, and nothing that they stand on is another thing now. What must be unique is judged over
 * all at once, by keys (unique.c).
 *
 * Each fault is one sentence with the path of the object and what to change.
 */
#include "vbr/model/check/check.h"

#include <errno.h>

#include "lib/base/compiler.h"
#include "vbr/model/delta.h"

/* Who is judged, in which order, and by whom. */
static const struct rule {
	enum model_kind kind;
	void (*judge)(const struct check *c, const struct model_obj *o);
} rules[] = {
	{ MODEL_POLICY, check_policy },
	{ MODEL_PHYSCONN, check_line },
	{ MODEL_TENANT, check_counts },
	{ MODEL_VPC, check_vpc },
	{ MODEL_VBR, check_vbr },
	{ MODEL_QOS, check_qos },
	{ MODEL_PEERING, check_peering },
	{ MODEL_ACCEPT, check_other },
	{ MODEL_REJECT, check_reject },
	{ MODEL_ACCEPT_VBR, check_other },
	{ MODEL_FAILOVER, check_group },
};

static void judge_all(const struct check *c, const struct rule *r)
{
	for (uint32_t i = 0; i < c->m->of[r->kind].n; i++)
		r->judge(c, c->m->of[r->kind].v[i]);
}

static void judge_touched(const struct check *c, const struct rule *r)
{
	const struct model_obj *o;

	for (uint32_t i = 0; (o = model_delta_next(c->delta, r->kind, &i)) != NULL;)
		r->judge(c, o);
}

static int run(const struct check *c)
{
	const uint32_t before = c->err->n + c->err->dropped;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (c->delta != NULL)
			judge_touched(c, &rules[i]);
		else
			judge_all(c, &rules[i]);
	check_meetings(c);
	check_unique(c);
	if (c->err->n + c->err->dropped == before)
		check_chains(c);
	return c->err->n + c->err->dropped > before ? -EINVAL : 0;
}

int model_check(const struct model *m, struct errbuf *err)
{
	return run(&(struct check){ .m = m, .err = err });
}

int model_check_delta(const struct model_delta *d, struct errbuf *err)
{
	return run(&(struct check){ .m = d->now, .delta = d, .err = err });
}
