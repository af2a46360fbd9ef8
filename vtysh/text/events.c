/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences for the events of a stream: one row a kind. A kind without a row is shown by its name.
 */
#include "vtysh/text/events.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "vtysh/text/output.h"

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
	{ "second-router",  "another router is on the link",              NULL },
	{ "vbr-in-service", "the VBR is in service",                      NULL },
	{ "vbr-out-of-service", "the VBR is out of service",              NULL },
	{ "commit",         "committed:",                                 "objects changed" },
	{ "link-up",        "the line is up",                             NULL },
	{ "link-down",      "the line is down",                           NULL },
	{ "kernel-error",   "the kernel has refused",                     "writes" },
	{ "drift-repaired", "put right in the kernel:",                   "routes" },
	{ "events-lost",    "too slow:",                                  "events were lost" },
};
/* clang-format on */

static void put_word(struct output *o, const char *name, const char *value)
{
	if (value)
		output_printf(o, " %s=%s", name, value);
}

static void put_sentence(struct output *o, const Vbrd__Event *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!e->event || strcmp(rows[i].event, e->event) != 0)
			continue;
		output_printf(o, " %s", rows[i].text);
		if (rows[i].unit)
			output_printf(o, " %" PRIu64 " %s", e->count, rows[i].unit);
	}
}

void events_text(struct output *o, const Vbrd__Event *e)
{
	output_printf(o, "%s %s", e->time ? e->time : "", e->event ? e->event : "");
	put_word(o, "tenant", e->tenant);
	put_word(o, "instance", e->instance);
	put_word(o, "peer", e->peer);
	put_word(o, "interface", e->interface);
	if (e->has_revision)
		output_printf(o, " revision=%" PRIu64, e->revision);
	put_sentence(o, e);
	output_printf(o, "%s%s\n", e->reason ? ": " : "", e->reason ? e->reason : "");
}
