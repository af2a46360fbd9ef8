/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a report is that of a route's life: what came, what policy made of it, how it was
 * decided, who is told, which edges it crosses, what the kernel has. A line begins with a word in
 * a column of its own, so that it can be grepped; after a verdict stands its code in brackets, as
 * JSON has it.
 */
#include "vtysh/text/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vtysh/text/output.h"
#include "vtysh/text/reason.h"
#include "vtysh/text/table.h"

#define LABEL 12 /* columns of the first word of a line */

static void label(struct output *o, const char *word)
{
	output_printf(o, "  %-*s ", LABEL, word);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* Attributes */

static void put_segment(struct output *o, const Vbrd__AsSegment *s)
{
	static const char *const brackets[] = { "", "{}", "()", "[]" };
	const char *b = brackets[(unsigned)s->type < ARRAY_SIZE(brackets) ? s->type : 0];

	output_printf(o, " %.1s", b);
	for (size_t i = 0; i < s->n_asn; i++)
		output_printf(o, "%s%" PRIu32, i ? " " : "", s->asn[i]);
	if (*b)
		output_printf(o, "%s", b + 1);
}

static void put_list(struct output *o, const char *name, char *const *v, size_t n)
{
	if (n)
		output_printf(o, ", %s", name);
	for (size_t i = 0; i < n; i++)
		output_printf(o, " %s", v[i]);
}

static void put_attributes(struct output *o, const Vbrd__BgpPath *p)
{
	output_printf(o, "as-path");
	for (size_t i = 0; i < p->n_as_path; i++)
		put_segment(o, p->as_path[i]);
	if (!p->n_as_path)
		output_printf(o, " empty");
	if (p->origin)
		output_printf(o, ", origin %s", p->origin);
	if (p->next_hop)
		output_printf(o, ", next-hop %s", p->next_hop);
	if (p->has_med)
		output_printf(o, ", med %" PRIu32, p->med);
	if (p->has_weight)
		output_printf(o, ", weight %" PRIu32, p->weight);
	if (p->has_local_preference)
		output_printf(o, ", local-preference %" PRIu32, p->local_preference);
	put_list(o, "communities", p->communities, p->n_communities);
	put_list(o, "large-communities", p->large_communities, p->n_large_communities);
	put_list(o, "extended-communities", p->extended_communities, p->n_extended_communities);
	output_write(o, "\n", 1);
}

static void put_term(struct output *o, bool has_term, uint32_t term)
{
	if (has_term && term)
		output_printf(o, ", term %" PRIu32, term);
	else if (has_term)
		output_printf(o, ", end of the policy");
}

static void put_reason(struct output *o, const char *code)
{
	const char *text = reason_text(code);

	if (strcmp(text, code) == 0)
		output_printf(o, "%s", code);
	else
		output_printf(o, "%s [%s]", text, code);
}

/* Paths */

static void put_import(struct output *o, const Vbrd__BgpPath *p)
{
	const bool is_refused = p->verdict && strcmp(p->verdict, "refused") == 0;

	if (!p->source || strcmp(p->source, "bgp") != 0) {
		if (is_refused) {
			label(o, "not used");
			put_reason(o, or_empty(p->reason));
			output_write(o, "\n", 1);
		}
		return;
	}
	label(o, "import");
	if (is_refused) {
		output_printf(o, "refused: ");
		put_reason(o, or_empty(p->reason));
	} else {
		output_printf(o, "%s", p->changed ? "accepted and changed" : "accepted as it came");
	}
	if (p->policy)
		output_printf(o, ": policy %s", p->policy);
	else if (!is_refused)
		output_printf(o, ": no policy is named");
	put_term(o, p->has_term, p->term);
	if (p->changes)
		output_printf(o, ": %s", p->changes);
	output_printf(o, "%s\n", p->pending ? "; the rules have changed, its turn is to come" : "");
}

static void put_decision(struct output *o, const Vbrd__BgpPath *p)
{
	if (p->verdict && strcmp(p->verdict, "refused") == 0)
		return;
	label(o, "decision");
	if (p->best) {
		output_printf(o, "best\n");
		return;
	}
	output_printf(o, "%s",
		p->multipath ? "shares the traffic; behind the best by " : "lost by ");
	output_printf(o, "%s", or_empty(p->step));
	if (p->value && p->step && strcmp(p->step, "maximum-paths") == 0)
		output_printf(o, ": %s equal paths, %s may be used", p->value,
			or_empty(p->against));
	else if (p->value)
		output_printf(o, ": %s against %s of %s", p->value, or_empty(p->against),
			or_empty(p->against_path));
	output_write(o, "\n", 1);
}

static void put_path(struct output *o, const Vbrd__BgpPath *p, size_t i, size_t n)
{
	char age[32] = "";

	output_printf(o, "\npath %zu of %zu: %s%s%s, %s%s\n", i + 1, n, or_empty(p->source),
		p->peer && *p->peer ? " " : "", or_empty(p->peer), or_empty(p->verdict),
		p->stale ? ", kept over a restart of the neighbour" : "");
	label(o, "since");
	output_printf(o, "%s, %s\n", or_empty(p->since), table_duration(p->age, age, sizeof(age)));
	if (p->has_path_id) {
		label(o, "path id");
		output_printf(o, "%" PRIu32 "\n", p->path_id);
	}
	label(o, p->source && strcmp(p->source, "bgp") == 0 ? "received" : "attributes");
	put_attributes(o, p->received ? p->received : p);
	put_import(o, p);
	if (p->received) {
		label(o, "used");
		put_attributes(o, p);
	}
	put_decision(o, p);
}

static void put_not_kept(struct output *o, const Vbrd__ExplainNotKept *n)
{
	label(o, "not kept");
	if (n->has_maximum && strcmp(or_empty(n->why), "route-quota") == 0)
		output_printf(o,
			"%s: the table has room for %" PRIu32
			" paths by the tenant's quota, and has %" PRIu32 " [route-quota]\n",
			n->peer ? n->peer : "own routes, or what peering connections bring",
			n->maximum, n->kept);
	else if (n->has_maximum)
		output_printf(o,
			"%s: route-limit %" PRIu32 " is reached, %" PRIu32 " are kept, %" PRIu64
			" were discarded [route-limit]\n",
			or_empty(n->peer), n->maximum, n->kept, n->count);
	else
		output_printf(o, "%s: %" PRIu64 " messages had malformed attributes [%s]\n",
			or_empty(n->peer), n->count, or_empty(n->why));
}

static void put_absence(struct output *o, const Vbrd__Explanation *m)
{
	if (!m->known)
		output_printf(o, "\nnobody announced it\n");
	if (m->covered_by) {
		label(o, "covered by");
		output_printf(o, "%s\n", m->covered_by);
	}
	if (m->n_more_specific) {
		label(o, "inside it");
		for (size_t i = 0; i < m->n_more_specific; i++)
			output_printf(o, "%s%s", i ? " " : "", m->more_specific[i]);
		output_write(o, "\n", 1);
	}
	if (m->filter && !m->known) {
		label(o, "filter");
		output_printf(o, "from a neighbour it would be refused: ");
		put_reason(o, m->filter);
		output_write(o, "\n", 1);
	}
	for (size_t i = 0; i < m->n_not_kept; i++)
		put_not_kept(o, m->not_kept[i]);
}

/* Listeners */

static void put_to(struct output *o, const Vbrd__ExplainTo *t)
{
	output_printf(o, "  %-*s %s", 24, or_empty(t->to), t->sent ? "yes" : "no: ");
	if (!t->sent)
		put_reason(o, or_empty(t->why));
	if (t->has_path_id)
		output_printf(o, "; path of %s, path-id %" PRIu32, or_empty(t->path), t->path_id);
	if (t->policy)
		output_printf(o, "; policy %s", t->policy);
	put_term(o, t->has_term, t->term);
	output_write(o, "\n", 1);
	if (t->attributes) {
		output_printf(o, "  %-*s ", 24, "");
		put_attributes(o, t->attributes);
	}
}

static void put_edge(struct output *o, const Vbrd__ExplainEdge *e)
{
	const bool is_out = e->direction && strcmp(e->direction, "out") == 0;
	char where[256];

	(void)snprintf(where, sizeof(where), "%s %s %s", or_empty(e->peering),
		is_out ? "to" : "from", or_empty(e->other));
	output_printf(o, "  %-*s %s", 24, where, e->crossed ? "yes" : "no");
	if (!e->crossed && e->why) {
		output_printf(o, ": ");
		put_reason(o, e->why);
	}
	if (e->path)
		output_printf(o, "; path of %s", e->path);
	if (e->policy)
		output_printf(o, "; policy %s", e->policy);
	put_term(o, e->has_term, e->term);
	if (e->arrived)
		output_printf(o, "; %s there%s%s", e->arrived->best ? "best" : "not best",
			e->arrived->reason ? ": " : "", or_empty(e->arrived->reason));
	output_write(o, "\n", 1);
	if (e->arrived && is_out) {
		output_printf(o, "  %-*s ", 24, "");
		put_attributes(o, e->arrived);
	}
}

static void put_kernel(struct output *o, const Vbrd__ExplainKernel *k)
{
	char age[32] = "";

	output_printf(o, "  table %" PRIu32 ": %s", k->table, or_empty(k->state));
	if (k->has_age)
		output_printf(o, " since %s, %s", or_empty(k->since),
			table_duration(k->age, age, sizeof(age)));
	if (!k->wanted)
		output_printf(o, "; no route is wanted");
	if (k->error)
		output_printf(o, "; error: %s", k->error);
	output_write(o, "\n", 1);
	if (k->kind && strcmp(k->kind, "blackhole") == 0)
		output_printf(o, "  blackhole\n");
	for (size_t i = 0; i < k->n_next_hops; i++) {
		const Vbrd__FibNextHop *h = k->next_hops[i];

		output_printf(o, "  %s%s%s%s%s, weight %" PRIu32 ", %s\n", h->via ? "via " : "",
			or_empty(h->via), h->via && h->interface ? " " : "",
			h->interface ? "dev " : "", or_empty(h->interface), h->weight,
			h->active ? "active" : "backup or dead");
	}
}

void explain_text(struct output *o, const Vbrd__Explanation *m)
{
	output_printf(o, "%s in tenant %s, %s\n", or_empty(m->prefix), or_empty(m->tenant),
		or_empty(m->instance));
	if (m->out_of_service)
		output_printf(o, "the VBR is out of service: %s\n", reason_text(m->out_of_service));
	for (size_t i = 0; i < m->n_paths; i++)
		put_path(o, m->paths[i], i, m->n_paths + m->paths_left_out);
	if (m->paths_left_out)
		output_printf(o, "\nand %" PRIu32 " more: see show bgp routes\n",
			m->paths_left_out);
	put_absence(o, m);
	if (m->n_exported)
		output_printf(o, "\ntold to\n");
	for (size_t i = 0; i < m->n_exported; i++)
		put_to(o, m->exported[i]);
	if (m->exported_left_out)
		output_printf(o, "  and %" PRIu32 " more: see show bgp advertised\n",
			m->exported_left_out);
	if (m->n_edges)
		output_printf(o, "\npeering connections\n");
	for (size_t i = 0; i < m->n_edges; i++)
		put_edge(o, m->edges[i]);
	if (m->kernel) {
		output_printf(o, "\nkernel\n");
		put_kernel(o, m->kernel);
	}
}
