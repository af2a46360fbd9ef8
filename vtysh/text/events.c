/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences for the events of a stream: one row a kind. A kind without a row is shown by its name.
 */
#include "vtysh/text/events.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vtysh/text/output.h"
#include "vtysh/text/reason.h"

/* clang-format off */
static const struct {
	const char *event;
	const char *text; /* what is said before the number, or instead of it */
	const char *unit; /* of the number, NULL: it is not shown */
} rows[] = {
	{ "peer-up",        "session established",                        NULL },
	{ "peer-down",      "session down",                               NULL },
	{ "limit-warning",  "the warning mark of route-limit is passed:", "routes" },
	{ "limit-reached",  "route-limit is reached:",                    "routes" },
	{ "policy-applied", "the import policy has been run over",        "routes" },
	{ "bfd-up",         "BFD is up",                                  NULL },
	{ "bfd-down",       "BFD is down",                                NULL },
	{ "second-router",  "another router is on the link",              NULL },
	{ "vbr-in-service", "the VBR is in service",                      NULL },
	{ "vbr-out-of-service", "the VBR is out of service",              NULL },
	{ "connection-in-service", "this line of the VBR is in service",  NULL },
	{ "connection-out-of-service", "this line of the VBR is out of service", NULL },
	{ "vbr-state",      "the VBR is now",                             NULL },
	{ "subscription-state", "the subscription of the line is now",    NULL },
	{ "peering-state",  "the peering connection is now",              NULL },
	{ "failover-state", "the failover group is now",                  NULL },
	{ "drill-state",    "the failover drill is now",                  NULL },
	{ "drill-ended",    "the failover drill has ended",               NULL },
	{ "asymmetry-blind", "packets cannot be sampled",                 NULL },
	{ "health-unknown", "the health check begins anew",               NULL },
	{ "health-alive",   "the health check is answered",               NULL },
	{ "health-noisy",   "probes are lost, traffic is not",            NULL },
	{ "health-dead",    "the way is dead",                            NULL },
	{ "commit",         "committed:",                                 "objects changed" },
	{ "link-up",        "the line is up",                             NULL },
	{ "link-down",      "the line is down",                           NULL },
	{ "kernel-error",   "the kernel has refused",                     "writes" },
	{ "drift-repaired", "put right in the kernel:",                   "routes or objects" },
	{ "metering-error", "usage cannot be written",                    NULL },
	{ "metering-ok",    "usage is written again, and nothing is missing", NULL },
	{ "events-lost",    "too slow:",                                  "events were lost" },
	{ "routes-watched", "best paths are told from here on",           NULL },
	{ "routes-missed",  "too slow:",                                  "changes were missed" },
};
/* clang-format on */

/* Of kinds that are counted, those that may be about one route. */
static const struct {
	const char *event;
	const char *text;
} singles[] = {
	{ "kernel-error", "the kernel refuses the route" },
	{ "drift-repaired", "put right in the kernel" },
	{ "asymmetry-began", "traffic is asymmetric" },
	{ "asymmetry-ended", "traffic is symmetric again, or too little; before it was one that" },
};

static void put_word(struct output *o, const char *name, const char *value)
{
	if (value)
		output_printf(o, " %s=%s", name, value);
}

static void put_single(struct output *o, const Vbrd__Event *e)
{
	if (e->has_kernel_table)
		output_printf(o, " table=%" PRIu32, e->kernel_table);
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++) {
		if (strcmp(singles[i].event, e->event) == 0)
			output_printf(o, " %s", singles[i].text);
	}
	if (e->code && !e->reason)
		output_printf(o, ": %s", reason_text(e->code));
}

static void put_sentence(struct output *o, const Vbrd__Event *e)
{
	if (e->event && e->prefix && !e->has_count && !e->old && !e->new_) {
		put_single(o, e);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!e->event || strcmp(rows[i].event, e->event) != 0)
			continue;
		output_printf(o, " %s", rows[i].text);
		if (rows[i].unit)
			output_printf(o, " %" PRIu64 " %s", e->count, rows[i].unit);
	}
}

/* "bgp 10.0.0.2", "static" */
static void put_path(struct output *o, const Vbrd__BgpPath *p)
{
	const char *peer = p->peer ? p->peer : "";

	output_printf(o, " %s%s%s", p->source ? p->source : "", *peer ? " " : "", peer);
	if (p->has_path_id)
		output_printf(o, " path %" PRIu32, p->path_id);
}

static void put_values(struct output *o, const Vbrd__BgpPath *p)
{
	if (p->value)
		output_printf(o, ", %s against %s", p->value, p->against ? p->against : "");
	if (p->against_path)
		output_printf(o, " of %s", p->against_path);
}

/* Before the colon what was and what is, behind it why. */
static void put_route(struct output *o, const Vbrd__Event *e)
{
	const Vbrd__BgpPath *p = e->old;

	if (!p && !e->new_)
		return;
	if (p)
		put_path(o, p);
	output_printf(o, "%s", p && e->new_ ? " ->" : p ? " -> none" : " none ->");
	if (e->new_)
		put_path(o, e->new_);
	if (e->code && p->step && p->verdict) {
		output_printf(o, ": it lost by %s", e->code);
		put_values(o, p);
	} else if (e->code) {
		output_printf(o, ": %s [%s]", reason_text(e->code), e->code);
		if (p->policy)
			output_printf(o, "; policy %s", p->policy);
		if (p->policy && p->has_term && p->term)
			output_printf(o, ", term %" PRIu32, p->term);
	}
	if (e->new_ && e->new_->step && !(p && p->step)) {
		output_printf(o, "%s it won by %s", e->code ? ";" : ":", e->new_->step);
		put_values(o, e->new_);
	}
}

void events_text(struct output *o, const Vbrd__Event *e)
{
	output_printf(o, "%s %s", e->time ? e->time : "", e->event ? e->event : "");
	put_word(o, "tenant", e->tenant);
	put_word(o, "instance", e->instance);
	put_word(o, "peer", e->peer);
	put_word(o, "physical-connection", e->physical_connection);
	put_word(o, "interface", e->interface);
	put_word(o, "prefix", e->prefix);
	if (e->has_revision)
		output_printf(o, " revision=%" PRIu64, e->revision);
	put_sentence(o, e);
	put_route(o, e);
	output_printf(o, "%s%s", e->reason ? ": " : "", e->reason ? e->reason : "");
	if (e->code && !e->old)
		output_printf(o, " [%s]", e->code);
	output_write(o, "\n", 1);
}
