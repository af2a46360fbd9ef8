/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which columns a table has: the only place that knows how replies look as text. A new field of a
 * reply shows in JSON by itself; here it gets a row if people should see it in the table too.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/decimal.h"
#include "proto/vbrd.pb-c.h"
#include "vtysh/text/table.h"

static void peer_uptime(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpSummaryPeer *p = (const Vbrd__BgpSummaryPeer *)m;

	if (p->has_uptime)
		(void)table_duration(p->uptime, dst, size);
	else
		(void)snprintf(dst, size, "never");
}

/* A neighbour that nobody configured by name has a star, as elsewhere. */
static void peer_address(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpSummaryPeer *p = (const Vbrd__BgpSummaryPeer *)m;

	(void)snprintf(dst, size, "%s%s", p->dynamic ? "*" : "", p->address ? p->address : "");
}

/* Best, multipath, invalid, stale: in the first columns as routers have always had it. */
static void path_flags(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpPath *p = (const Vbrd__BgpPath *)m;
	const bool is_valid = !p->has_valid || p->valid;

	(void)size;
	*dst++ = is_valid ? '*' : ' ';
	*dst++ = p->best ? '>' : p->multipath ? '=' : ' ';
	if (p->stale)
		*dst++ = 'S';
	*dst = '\0';
}

/* Of a way that several share, what an operator has to know: whether flows stay. */
static void route_kind(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__FibRoute *r = (const Vbrd__FibRoute *)m;

	(void)snprintf(dst, size, "%s%s", r->kind ? r->kind : "",
		r->has_resilient_buckets ? ", resilient" : "");
}

static void path_age(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpPath *p = (const Vbrd__BgpPath *)m;

	if (p->has_age)
		(void)table_duration(p->age, dst, size);
}

static void path_source(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpPath *p = (const Vbrd__BgpPath *)m;
	const char *from = p->imported_from ? p->imported_from : p->peer;

	(void)snprintf(dst, size, "%s%s%s", p->source ? p->source : "", from ? " " : "",
		from ? from : "");
}

/* The longest that is written in one step. */
#define AS_ROOM (ptrdiff_t)sizeof(" {4294967295}")

/* Moves *at; false where the next number has no room before end. */
static bool put_segment(const Vbrd__AsSegment *s, char **at, const char *end)
{
	static const char *const brackets[] = {
		[VBRD__AS_SEGMENT__TYPE__SEQUENCE] = "",
		[VBRD__AS_SEGMENT__TYPE__SET] = "{}",
		[VBRD__AS_SEGMENT__TYPE__CONFED_SEQUENCE] = "()",
		[VBRD__AS_SEGMENT__TYPE__CONFED_SET] = "[]",
	};
	const char *b = brackets[s->type <= VBRD__AS_SEGMENT__TYPE__CONFED_SET ? s->type : 0];

	if (end - *at < AS_ROOM)
		return false;
	if (*b)
		*(*at)++ = b[0];
	for (size_t i = 0; i < s->n_asn; i++) {
		if (end - *at < AS_ROOM)
			return false;
		if (i)
			*(*at)++ = ' ';
		*at = decimal_put(*at, s->asn[i]);
	}
	if (*b)
		*(*at)++ = b[1];
	return true;
}

static void path_as_path(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__BgpPath *p = (const Vbrd__BgpPath *)m;
	const char *const end = dst + size - sizeof("...");
	bool is_whole = true;

	for (size_t i = 0; i < p->n_as_path && is_whole; i++) {
		if (i)
			*dst++ = ' ';
		is_whole = put_segment(p->as_path[i], &dst, end);
	}
	/* The JSON has it whole. */
	memcpy(dst, is_whole ? "" : "...", is_whole ? 1 : sizeof("..."));
}

static void hop_state(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__FibNextHop *h = (const Vbrd__FibNextHop *)m;

	(void)snprintf(dst, size, "%s", h->has_active && !h->active ? "backup" : "active");
}

static void vpc_interfaces(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Vpc *v = (const Vbrd__Vpc *)m;
	size_t used = 0;

	for (size_t i = 0; i < v->n_interfaces && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? " " : "",
			v->interfaces[i]->name ? v->interfaces[i]->name : "");
}

/* The fuller family counts. */
static void vpc_limit(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Vpc *v = (const Vbrd__Vpc *)m;
	const uint32_t n = v->limited_routes_ipv4 > v->limited_routes_ipv6 ?
		v->limited_routes_ipv4 :
		v->limited_routes_ipv6;

	if (v->has_route_limit)
		(void)snprintf(dst, size, "%" PRIu32 "/%" PRIu32, n, v->route_limit);
}

static void tenant_peers(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Tenant *t = (const Vbrd__Tenant *)m;

	(void)snprintf(dst, size, "%" PRIu32 "/%" PRIu32, t->bgp_peers_established, t->bgp_peers);
}

static void vbr_peers(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Vbr *v = (const Vbrd__Vbr *)m;

	(void)snprintf(dst, size, "%" PRIu32 "/%" PRIu32, v->bgp_peers_established, v->bgp_peers);
}

static void vbr_tags(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Vbr *v = (const Vbrd__Vbr *)m;
	size_t used = 0;

	for (size_t i = 0; i < v->n_tags && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s=%s", i ? " " : "",
			v->tags[i]->key ? v->tags[i]->key : "",
			v->tags[i]->value ? v->tags[i]->value : "");
}

/* Of several, each with its state. */
static void vbr_connections(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Vbr *v = (const Vbrd__Vbr *)m;
	size_t used = 0;

	if (v->n_connections < 2)
		(void)snprintf(dst, size, "%s",
			v->physical_connection ? v->physical_connection : "");
	for (size_t i = 0; v->n_connections > 1 && i < v->n_connections && used < size; i++) {
		const Vbrd__VbrConnection *c = v->connections[i];
		const bool told = c->reason && c->reason[0];

		used += (size_t)snprintf(dst + used, size - used, "%s%s %s%s%s%s", i ? ", " : "",
			c->physical_connection ? c->physical_connection : "",
			c->state ? c->state : "", told ? " (" : "", told ? c->reason : "",
			told ? ")" : "");
	}
}

static void member_missing(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__FailoverMember *r = (const Vbrd__FailoverMember *)m;

	if (r->has_missing_ipv4)
		(void)snprintf(dst, size, "%" PRIu64, r->missing_ipv4 + r->missing_ipv6);
}

/* "pass", "fail", or why there is no verdict; while it is open, what it does. */
static void drill_verdict(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;
	const char *text = r->verdict ? r->verdict : r->outcome ? r->outcome : r->state;

	if (r->state && strcmp(r->state, "ended") != 0)
		text = r->state;
	(void)snprintf(dst, size, "%s", text ? text : "");
}

static void drill_target(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;

	(void)snprintf(dst, size, "%s %s", r->target ? r->target : "", r->name ? r->name : "");
}

static void drill_time(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;
	const char *t = r->begun ? r->begun : r->at;

	(void)snprintf(dst, size, "%s", t ? t : "");
}

/* Milliseconds. */
static void put_ms(protobuf_c_boolean has, uint64_t us, char *dst, size_t size)
{
	if (has)
		(void)snprintf(dst, size, "%" PRIu64, us / 1000);
}

static void drill_switch(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;

	put_ms(r->has_switch_time_us, r->switch_time_us, dst, size);
}

static void drill_outage(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;

	put_ms(r->has_outage_us, r->outage_us, dst, size);
}

static void drill_return(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;

	put_ms(r->has_return_outage_us, r->return_outage_us, dst, size);
}

static void drill_reasons(const ProtobufCMessage *m, char *dst, size_t size)
{
	const Vbrd__Drill *r = (const Vbrd__Drill *)m;
	size_t used = 0;

	for (size_t i = 0; i < r->n_reasons && used < size; i++)
		used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? " " : "",
			r->reasons[i]);
}

/* clang-format off */
static const struct column summary[] = {
	{ "Tenant",    "tenant" },
	{ "VBR",       "vbr" },
	{ "Peer",      .text = peer_address },
	{ "AS",        "peer_as",             .right = true },
	{ "State",     "state" },
	{ "Up/Down",   .text = peer_uptime,   .right = true },
	{ "Rcvd",      "prefixes_received",   .right = true },
	{ "Accepted",  "prefixes_accepted",   .right = true },
	{ "Discarded", "prefixes_discarded",  .right = true },
	{ "Sent",      "prefixes_advertised", .right = true },
	{ "MsgIn",     "messages_in",         .right = true },
	{ "MsgOut",    "messages_out",        .right = true },
	{ "Last error", "last_error" },
};
static const struct column bgp_routes[] = {
	{ "Prefix",    "prefix",              .least = 18 },
	{ "",          .text = path_flags,    .inner = true },
	{ "Next hop",  "next_hop",            .inner = true },
	{ "MED",       "med",                 .inner = true, .right = true },
	{ "Pref",      "local_preference",    .inner = true, .right = true },
	{ "AS path",   .text = path_as_path,  .inner = true },
	{ "Origin",    "origin",              .inner = true },
	{ "Source",    .text = path_source,   .inner = true },
	{ "Age",       .text = path_age,      .inner = true, .right = true, .own = true },
	{ "Reason",    "reason",              .inner = true },
};
static const struct column fib_routes[] = {
	{ "Prefix",    "prefix",              .least = 18 },
	{ "Via",       "via",                 .inner = true },
	{ "Interface", "interface",           .inner = true },
	{ "Weight",    "weight",              .inner = true, .right = true },
	{ "",          .text = hop_state,     .inner = true },
	{ "Kind",      .text = route_kind },
	{ "Installed", "installed" },
	{ "Error",     "error" },
};
static const struct column tenants[] = {
	{ "Tenant",    "name" },
	{ "Worker",    "worker" },
	{ "VBRs",      "vbrs",                .right = true },
	{ "VPCs",      "vpcs",                .right = true },
	{ "Peerings",  "peerings",            .right = true },
	{ "BGP up",    .text = tenant_peers,  .right = true },
	{ "Routes",    "routes",              .right = true },
	{ "Paths",     "paths",               .right = true },
	{ "Error",     "error" },
};
static const struct column vbrs[] = {
	{ "Tenant",    "tenant" },
	{ "VBR",       "name" },
	{ "State",     "state" },
	{ "Life",      "life" },
	{ "Reason",    "reason" },
	{ "Interface", "interface" },
	{ "Table",     "kernel_table",        .right = true },
	{ "Connection", .text = vbr_connections },
	{ "VLAN",      "vlan_id",             .right = true },
	{ "Addresses", "addresses" },
	{ "BGP up",    .text = vbr_peers,     .right = true },
	{ "Routes",    "routes",              .right = true },
	{ "Spoofed",   "spoofed",             .right = true },
	{ "Strayed",   "strayed",             .right = true },
	{ "Limit",     "effective_bandwidth", .right = true },
	{ "Set by",    "limited_by" },
	{ "Tags",      .text = vbr_tags },
	{ "Error",     "error" },
};
static const struct column vpcs[] = {
	{ "Tenant",    "tenant" },
	{ "VPC",       "name" },
	{ "State",     "state" },
	{ "Table",     "kernel_table",        .right = true },
	{ "CIDR",      "cidr" },
	{ "Interfaces", .text = vpc_interfaces },
	{ "Routes",    "routes",              .right = true },
	{ "Spoofed",   "spoofed",             .right = true },
	{ "Strayed",   "strayed",             .right = true },
	{ "Limit",     .text = vpc_limit },
	{ "Error",     "error" },
};
static const struct column peerings[] = {
	{ "Tenant",    "tenant" },
	{ "Peering",   "name" },
	{ "Initiator", "initiator" },
	{ "Acceptor",  "acceptor" },
	{ "State",     "state" },
	{ "Life",      "life" },
	{ "Mbit/s",    "bandwidth",           .right = true },
	{ "Limit",     "effective_bandwidth", .right = true },
	{ "Set by",    "limited_by" },
	{ "Bytes >",   "bytes_forward",       .right = true },
	{ "Bytes <",   "bytes_reverse",       .right = true },
	{ "Routes >",  "routes_forward",      .right = true },
	{ "Routes <",  "routes_reverse",      .right = true },
	{ "Error",     "error" },
};
static const struct column health[] = {
	{ "Tenant",    "tenant" },
	{ "VBR",       "vbr" },
	{ "Peering",   "peering" },
	{ "Source",    "source" },
	{ "Target",    "target" },
	{ "State",     "state" },
	{ "Reason",    "reason" },
	{ "Sent",      "sent",                .right = true },
	{ "Lost",      "lost",                .right = true },
	{ "In a row",  "lost_in_a_row",       .right = true },
	{ "RTT us",    "round_trip_us",          .right = true },
	{ "Deaths",    "deaths",              .right = true },
	{ "Error",     "error" },
};
static const struct column connections[] = {
	{ "Connection", "name" },
	{ "State",     "state" },
	{ "Reason",    "reason" },
	{ "Interface", "interface" },
	{ "Mbit/s",    "bandwidth",           .right = true },
	{ "Hosted",    "bandwidth_hosted",    .right = true },
	{ "VBRs",      "vbrs",                .right = true },
	{ "Twin",      "redundant_with" },
	{ "Paid until", "subscription_until" },
	{ "Warning",   "warning" },
	{ "Bytes in",  "bytes_in",            .right = true },
	{ "Bytes out", "bytes_out",           .right = true },
	{ "Error",     "error" },
};
static const struct column failovers[] = {
	{ "Tenant",    "tenant" },
	{ "Group",     "name" },
	{ "Mode",      "mode" },
	{ "Verdict",   "verdict" },
	{ "Since",     "since" },
	{ "VBR",       "vbr",                 .inner = true },
	{ "Role",      "role",                .inner = true },
	{ "State",     "state",               .inner = true },
	{ "Detects",   "detection",           .inner = true },
	{ "Carries",   "carries",             .inner = true },
	{ "IPv4",      "routes_ipv4",         .inner = true, .right = true },
	{ "IPv6",      "routes_ipv6",         .inner = true, .right = true },
	{ "Missing",   .text = member_missing, .inner = true, .right = true },
	{ "Like",      "missing_examples",    .inner = true },
};
static const struct column drills[] = {
	{ "Drill",     "id",                  .right = true },
	{ "Tenant",    "tenant" },
	{ "Group",     "failover_group" },
	{ "Target",    .text = drill_target },
	{ "By",        "by" },
	{ "Begin",     .text = drill_time },
	{ "Verdict",   .text = drill_verdict },
	{ "Sent",      "probes_sent",         .right = true },
	{ "Lost",      "probes_lost",         .right = true },
	{ "Switch ms", .text = drill_switch,  .right = true },
	{ "Outage ms", .text = drill_outage,  .right = true },
	{ "Return ms", .text = drill_return,  .right = true },
	{ "Reasons",   .text = drill_reasons },
};
static const struct column asymmetries[] = {
	{ "Prefix",    "prefix" },
	{ "VPC",       "vpc" },
	{ "Leaves by", "out_vbr" },
	{ "Returns by", "in_vbr" },
	{ "%",         "share",               .right = true },
	{ "Since",     "since" },
	{ "Fix",       "fix" },
};
static const struct column memory[] = {
	{ "Pool",      "name" },
	{ "Owner",     "owner" },
	{ "Objects",   "objects",             .right = true },
	{ "Bytes",     "bytes",               .right = true },
};
static const struct column threads[] = {
	{ "Thread",    "name" },
	{ "Tenants",   "tenants",             .right = true },
	{ "CPU ms",    "cpu_ms",              .right = true },
	{ "Loop p50 us", "loop_median_us",    .right = true },
	{ "Loop p99 us", "loop_p99_us",       .right = true },
	{ "Queued",    "queued",              .right = true },
};
static const struct column bfd[] = {
	{ "Tenant",    "tenant" },
	{ "VBR",       "vbr" },
	{ "VPC",       "vpc" },
	{ "Address",   "address" },
	{ "State",     "state" },
	{ "Detect ms", "detect_time",         .right = true },
	{ "Send ms",   "transmit_interval",   .right = true },
	{ "Flaps",     "flaps",               .right = true },
	{ "Last down", "last_down" },
};
static const struct column queues[] = {
	{ "Tenant",    "tenant" },
	{ "VBR",       "vbr" },
	{ "Connection", "physical_connection" },
	{ "Policy",    "policy" },
	{ "Queue",     "queue" },
	{ "Type",      "type" },
	{ "%",         "bandwidth_percent",   .right = true },
	{ "Bytes",     "bytes",               .right = true },
	{ "Packets",   "packets",             .right = true },
	{ "Dropped",   "dropped",             .right = true },
	{ "Waiting",   "backlog",             .right = true },
	{ "Error",     "error" },
};
static const struct column drift[] = {
	{ "Time",      "time" },
	{ "Tenant",    "tenant" },
	{ "Instance",  "instance" },
	{ "Table",     "kernel_table",        .right = true },
	{ "Object",    "object" },
	{ "Problem",   "problem" },
	{ "Repaired",  "repaired" },
};
static const struct column metering[] = {
	{ "Tenant",    "tenant" },
	{ "Kind",      "kind" },
	{ "Name",      "name" },
	{ "Bytes in",  "bytes_in",            .right = true, .least = 12 },
	{ "Bytes out", "bytes_out",           .right = true, .least = 12 },
	{ "95% in bit/s", "percentile_95_in", .right = true },
	{ "95% out bit/s", "percentile_95_out", .right = true },
	{ "Hours",     "hours",               .right = true },
	{ "Flags",     "flags" },
};
static const struct column records[] = {
	{ "Tenant",    "tenant" },
	{ "Seq",       "seq",                 .right = true, .least = 6 },
	{ "Record",    "record" },
	{ "Kind",      "kind",                .least = 7 },
	{ "Name",      "name",                .least = 12 },
	{ "Start",     "start" },
	{ "End",       "end" },
	{ "Seconds",   "seconds",             .right = true },
	{ "Bytes in",  "bytes_in",            .right = true, .least = 12 },
	{ "Bytes out", "bytes_out",           .right = true, .least = 12 },
	{ "Flags",     "flags" },
};
static const struct column chains[] = {
	{ "Tenant",    "tenant" },
	{ "Series",    "series" },
	{ "Result",    "result" },
	{ "Records",   "records",             .right = true },
	{ "First",     "first_seq",           .right = true },
	{ "Last",      "last_seq",            .right = true },
	{ "Fault at",  "fault_seq",           .right = true },
	{ "Hash of the last", "hash" },
};
static const struct column revisions[] = {
	{ "N",         "index",               .right = true },
	{ "Revision",  "revision",            .right = true },
	{ "Time",      "time" },
	{ "User",      "user" },
	{ "Comment",   "comment" },
};

#define TABLE(type_, columns_, inner_, empty_) \
	{ &vbrd__##type_##__descriptor, inner_, empty_, columns_, ARRAY_SIZE(columns_) }

static const struct table tables[] = {
	TABLE(bgp_summary,          summary,     NULL,        "no BGP peers"),
	TABLE(bgp_routes,           bgp_routes,  "paths",     "no routes"),
	TABLE(fib_routes,           fib_routes,  "next_hops", "no routes"),
	TABLE(tenants,              tenants,     NULL,        "no tenants"),
	TABLE(vbrs,                 vbrs,        NULL,        "no VBRs"),
	TABLE(vpcs,                 vpcs,        NULL,        "no VPCs"),
	TABLE(peerings,             peerings,    NULL,        "no peering connections"),
	TABLE(health_checks,        health,      NULL,        "no health checks"),
	TABLE(asymmetries,          asymmetries, NULL,        "no asymmetric traffic was seen"),
	TABLE(failover_groups,      failovers,   "members",   "no failover groups"),
	TABLE(drills,               drills,      NULL,        "no failover drills"),
	TABLE(physical_connections, connections, NULL,        "no physical connections"),
	TABLE(memory,               memory,      NULL,        "no pools"),
	TABLE(threads,              threads,     NULL,        "no threads"),
	TABLE(bfd_sessions,         bfd,         NULL,        "no BFD sessions"),
	TABLE(qos_queues,           queues,      NULL,        "no VBR has a bandwidth"),
	TABLE(drift,                drift,       NULL,        "no drift"),
	TABLE(metering,             metering,    NULL,        "no usage"),
	TABLE(metering_records,     records,     NULL,        "no records"),
	TABLE(metering_chains,      chains,      NULL,        "no records"),
	TABLE(revisions,            revisions,   NULL,        "no commits"),
};
/* clang-format on */

const struct table *table_find(const ProtobufCMessageDescriptor *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i].type == type)
			return &tables[i];
	}
	return NULL;
}
