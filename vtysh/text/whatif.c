/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two small tables, each only if it has rows: what each peer's routes become, and what the other
 * ends of peering connections would see. A line ends in examples.
 */
#include "vtysh/text/whatif.h"

#include <inttypes.h>
#include <stdio.h>

#include "vtysh/text/output.h"

struct place {
	char text[200];
};

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static struct place peer_place(const Vbrd__WhatIfRoutes *r)
{
	struct place p;

	(void)snprintf(p.text, sizeof(p.text), "%s vbr %s %s", or_empty(r->tenant),
		or_empty(r->vbr), or_empty(r->peer));
	return p;
}

static struct place vpc_place(const Vbrd__WhatIfRoutes *r)
{
	struct place p;

	(void)snprintf(p.text, sizeof(p.text), "%s %s by %s", or_empty(r->tenant), or_empty(r->vpc),
		or_empty(r->peering));
	return p;
}

static void put_examples(struct output *o, const char *word, char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		output_printf(o, "%s%s", i ? " " : word, v[i]);
}

/* What a commit would keep out, and where that is changed. */
static void put_limit(struct output *o, const Vbrd__WhatIfRoutes *r)
{
	if (r->beyond_limit)
		output_printf(o,
			"  %" PRIu32 " find no room in route-limit maximum %" PRIu32
			" of the VPC: raise it, or let fewer in",
			r->beyond_limit, r->route_limit);
	else if (r->has_route_limit && !r->has_beyond_limit)
		output_printf(o, "  as far as its route-limit maximum %" PRIu32 " has room",
			r->route_limit);
}

static void put_table(struct output *o, const char *title, Vbrd__WhatIfRoutes *const *rows,
	size_t n, struct place (*place)(const Vbrd__WhatIfRoutes *r))
{
	int width = (int)snprintf(NULL, 0, "%s", title);

	for (size_t i = 0; i < n; i++) {
		const struct place p = place(rows[i]);
		const int len = (int)snprintf(NULL, 0, "%s", p.text);

		width = len > width ? len : width;
	}
	if (n)
		output_printf(o, "\n%-*s  %9s %9s %9s\n", width, title, "Gained", "Lost",
			"Changed");
	for (size_t i = 0; i < n; i++) {
		const Vbrd__WhatIfRoutes *r = rows[i];
		const struct place p = place(r);

		output_printf(o, "%-*s  %9" PRIu32 " %9" PRIu32 " %9" PRIu32, width, p.text,
			r->gained, r->lost, r->changed);
		put_examples(o, "  + ", r->gained_examples, r->n_gained_examples);
		put_examples(o, "  - ", r->lost_examples, r->n_lost_examples);
		put_examples(o, "  ~ ", r->changed_examples, r->n_changed_examples);
		if (r->advertised_gained || r->advertised_lost || r->advertised_changed)
			output_printf(o,
				"  it would be told %" PRIu32 " more, %" PRIu32 " less, %" PRIu32
				" otherwise",
				r->advertised_gained, r->advertised_lost, r->advertised_changed);
		put_limit(o, r);
		if (r->becomes)
			output_printf(o, "  its routes would be %s", r->becomes);
		output_printf(o, "%s\n", r->resets ? "  the session would be reset" : "");
	}
}

void whatif_text(struct output *o, const Vbrd__WhatIf *m)
{
	output_printf(o, "configuration is valid\n");
	if (!m->n_what_if && !m->n_vpcs) {
		output_printf(o, "no route that is here would change\n");
		return;
	}
	put_table(o, "Routes of", m->what_if, m->n_what_if, peer_place);
	put_table(o, "VPC", m->vpcs, m->n_vpcs, vpc_place);
	if (m->left_out)
		output_printf(o, "and %" PRIu32 " more\n", m->left_out);
}
