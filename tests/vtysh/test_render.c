/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/rib/reason.h"
#include "proto/shared.h"
#include "tests/cu_main.h"
#include "vtysh/text/output.h"
#include "vtysh/text/reason.h"
#include "vtysh/text/render.h"
#include "vtysh/text/table.h"

/* Rendering of some chunks; the caller frees. */
static char *rendered(bool json, const ProtobufCMessageDescriptor *type,
	const ProtobufCMessage *const *chunks, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct errbuf err;
	struct output *o;
	struct render *r;

	errbuf_init(&err);
	o = output_new(f, NULL, NULL, &err);
	r = render_new(o, json, type);
	for (size_t i = 0; i < n; i++)
		render_chunk(r, chunks[i]);
	render_end(r, true);
	render_free(r);
	output_free(o);
	(void)fclose(f);
	errbuf_fini(&err);
	return text;
}

/* The same as JSON without blanks and line ends: layout does not matter. */
static char *json_of(const ProtobufCMessageDescriptor *type, const ProtobufCMessage *const *chunks,
	size_t n)
{
	char *text = rendered(true, type, chunks, n);
	char *to = text;

	for (const char *s = text; *s; s++) {
		if (*s != ' ' && *s != '\n')
			*to++ = *s;
	}
	*to = '\0';
	return text;
}

static char prefix_a[] = "10.1.0.0/16";
static char prefix_b[] = "10.2.0.0/16";
static char next_hop[] = "10.0.0.2";
static char community[] = "65000:1";
static char reason[] = "longer-as-path";
static uint32_t asns[] = { 65001, 65002 };

struct routes {
	Vbrd__AsSegment seq, set;
	Vbrd__AsSegment *segments[2];
	char *communities[1];
	Vbrd__BgpPath best, other;
	Vbrd__BgpPath *paths[2];
	Vbrd__BgpRoute route;
	Vbrd__BgpRoute *list[1];
	Vbrd__BgpRoutes msg;
};

static void fill_routes(struct routes *r, char *prefix)
{
	vbrd__as_segment__init(&r->seq);
	r->seq.asn = asns;
	r->seq.n_asn = 2;
	r->set = r->seq;
	r->set.has_type = 1;
	r->set.type = VBRD__AS_SEGMENT__TYPE__SET;
	r->segments[0] = &r->seq;
	r->segments[1] = &r->set;
	r->communities[0] = community;
	vbrd__bgp_path__init(&r->best);
	r->best.has_best = 1;
	r->best.best = 1;
	r->best.as_path = r->segments;
	r->best.n_as_path = 2;
	r->best.next_hop = next_hop;
	r->best.communities = r->communities;
	r->best.n_communities = 1;
	r->best.has_age = 1;
	r->best.age = 90061;
	vbrd__bgp_path__init(&r->other);
	r->other.has_med = 1;
	r->other.med = 5;
	r->other.reason = reason;
	r->paths[0] = &r->best;
	r->paths[1] = &r->other;
	vbrd__bgp_route__init(&r->route);
	r->route.prefix = prefix;
	r->route.paths = r->paths;
	r->route.n_paths = 2;
	r->list[0] = &r->route;
	vbrd__bgp_routes__init(&r->msg);
	r->msg.routes = r->list;
	r->msg.n_routes = 1;
}

#define JSON_PATHS                                                                              \
	"\"paths\":[{\"best\":true,\"as-path\":[65001,65002,[65001,65002]],"                    \
	"\"next-hop\":\"10.0.0.2\",\"communities\":[\"65000:1\"],\"large-communities\":[],"     \
	"\"extended-communities\":[],\"age\":90061,\"built-in\":[]},{\"as-path\":[],\"med\":5," \
	"\"communities\":[],\"large-communities\":[],\"extended-communities\":[],"              \
	"\"reason\":\"longer-as-path\",\"built-in\":[]}]"

static void stream_is_one_json_object_with_one_array(void)
{
	struct routes a;
	struct routes b;
	const ProtobufCMessage *chunks[] = { &a.msg.base, &b.msg.base };
	char *text;

	fill_routes(&a, prefix_a);
	fill_routes(&b, prefix_b);
	text = json_of(&vbrd__bgp_routes__descriptor, chunks, 2);
	CU_ASSERT_STRING_EQUAL(text,
		"{\"routes\":[{\"prefix\":\"10.1.0.0/16\"," JSON_PATHS
		"},{\"prefix\":\"10.2.0.0/16\"," JSON_PATHS "}]}");
	free(text);
}

static void fields_beside_the_array_come_once_and_first(void)
{
	Vbrd__FibRoute route = VBRD__FIB_ROUTE__INIT;
	Vbrd__FibRoute *list[] = { &route };
	Vbrd__FibRoutes first = VBRD__FIB_ROUTES__INIT;
	Vbrd__FibRoutes second = VBRD__FIB_ROUTES__INIT;
	const ProtobufCMessage *chunks[] = { &first.base, &second.base };
	char *text;

	first.has_kernel_table = 1;
	first.kernel_table = 10001;
	route.prefix = prefix_a;
	route.has_installed = 1;
	second.routes = list;
	second.n_routes = 1;
	text = json_of(&vbrd__fib_routes__descriptor, chunks, 2);
	CU_ASSERT_STRING_EQUAL(text,
		"{\"kernel-table\":10001,\"routes\":[{\"prefix\":"
		"\"10.1.0.0/16\",\"next-hops\":[],\"installed\":false}]}");
	free(text);
}

static void empty_answers_have_their_shape(void)
{
	char *text = json_of(&vbrd__bgp_summary__descriptor, NULL, 0);

	CU_ASSERT_STRING_EQUAL(text, "{\"peers\":[]}");
	free(text);
	text = json_of(&vbrd__system__descriptor, NULL, 0);
	CU_ASSERT_STRING_EQUAL(text, "{}");
	free(text);
	text = rendered(false, &vbrd__bgp_summary__descriptor, NULL, 0);
	CU_ASSERT_STRING_EQUAL(text, "no BGP peers\n");
	free(text);
}

static void table_prints_a_line_per_path_and_the_prefix_once(void)
{
	struct routes a;
	const ProtobufCMessage *chunks[] = { &a.msg.base };
	char *text;

	fill_routes(&a, prefix_a);
	text = rendered(false, &vbrd__bgp_routes__descriptor, chunks, 1);
	/* clang-format off */
	CU_ASSERT_STRING_EQUAL(text,
		"Prefix                  Next hop  MED  Pref  AS path                    Origin"
		"  Source    Age  Reason\n"
		"10.1.0.0/16         *>  10.0.0.2             65001 65002 {65001 65002}        "
		"          1d01h\n"
		"                    *               5                                         "
		"                 longer-as-path\n");
	/* clang-format on */
	free(text);
}

/* The first message of a table goes another way than those behind it: it is here twice. */
static void paths_that_are_as_others_look_like_them(void)
{
	struct routes a;
	uint32_t first_like[] = { SHARED_LIKE_REMEMBERED, SHARED_LIKE_REMEMBERED };
	uint32_t like[] = { SHARED_LIKE_FIRST, SHARED_LIKE_FIRST + 1, SHARED_LIKE_FIRST + 1 };
	uint64_t age[] = { 9, 90061, 5 };
	Vbrd__BgpPath younger;
	Vbrd__BgpPath *other_paths[] = { &a.other, &a.best, &younger };
	Vbrd__BgpRoute other = VBRD__BGP_ROUTE__INIT;
	Vbrd__BgpRoute *list[] = { &a.route, &other };
	Vbrd__BgpRoutes m = VBRD__BGP_ROUTES__INIT;
	const ProtobufCMessage *chunks[] = { &m.base, &m.base };

	fill_routes(&a, prefix_a);
	younger = a.best;
	younger.age = 5;
	other.prefix = prefix_b;
	m.routes = list;
	m.n_routes = 2;
	for (int json = 0; json < 2; json++) {
		char *full;
		char *shared;

		other.n_paths = 3;
		other.paths = other_paths;
		other.n_like = other.n_age = a.route.n_like = 0;
		full = rendered(json != 0, &vbrd__bgp_routes__descriptor, chunks, 2);
		other.n_paths = 0;
		other.n_like = other.n_age = 3;
		a.route.n_like = 2;
		a.route.like = first_like;
		other.like = like;
		other.age = age;
		shared = rendered(json != 0, &vbrd__bgp_routes__descriptor, chunks, 2);
		CU_ASSERT_STRING_EQUAL(shared, full);
		CU_ASSERT_PTR_NOT_NULL(strstr(full, "10.2.0.0/16"));
		CU_ASSERT_PTR_NOT_NULL(strstr(full, json ? "\"age\": 5" : "   5s\n"));
		free(shared);
		free(full);
	}
}

/* Message by message: two paths, then what is as they were, in messages of their own. */
static void paths_are_remembered_beyond_their_message(void)
{
	struct routes a;
	uint32_t first_like[] = { SHARED_LIKE_REMEMBERED, SHARED_LIKE_REMEMBERED };
	uint32_t like[] = { SHARED_LIKE_FIRST + 1 };
	uint64_t age[] = { 5 };
	Vbrd__BgpPath younger;
	Vbrd__BgpPath *other_paths[] = { &younger };
	Vbrd__BgpRoute other = VBRD__BGP_ROUTE__INIT;
	Vbrd__BgpRoute *list[] = { &other };
	Vbrd__BgpRoutes m = VBRD__BGP_ROUTES__INIT;
	const ProtobufCMessage *chunks[] = { &a.msg.base, &m.base, &m.base };

	fill_routes(&a, prefix_a);
	younger = a.best;
	younger.age = 5;
	other.prefix = prefix_b;
	m.routes = list;
	m.n_routes = 1;
	for (int json = 0; json < 2; json++) {
		char *full;
		char *shared;

		other.n_paths = 1;
		other.paths = other_paths;
		other.n_like = other.n_age = a.route.n_like = 0;
		full = rendered(json != 0, &vbrd__bgp_routes__descriptor, chunks, 3);
		other.n_paths = 0;
		other.n_like = other.n_age = 1;
		other.like = like;
		other.age = age;
		a.route.n_like = 2;
		a.route.like = first_like;
		shared = rendered(json != 0, &vbrd__bgp_routes__descriptor, chunks, 3);
		CU_ASSERT_STRING_EQUAL(shared, full);
		CU_ASSERT_PTR_NOT_NULL(strstr(full, json ? "\"age\": 5" : "   5s"));
		free(shared);
		free(full);
	}
}

/* Three messages: the first path of a route, the second one, another route. */
static void a_route_in_parts_looks_like_a_whole_one(void)
{
	struct routes a;
	struct routes b;
	Vbrd__BgpRoute parts[2];
	Vbrd__BgpRoute *lists[] = { &parts[0], &parts[1] };
	Vbrd__BgpRoutes m[2] = { VBRD__BGP_ROUTES__INIT, VBRD__BGP_ROUTES__INIT };
	const ProtobufCMessage *whole[] = { &a.msg.base, &b.msg.base };
	const ProtobufCMessage *in_parts[] = { &m[0].base, &m[1].base, &b.msg.base };

	fill_routes(&a, prefix_a);
	fill_routes(&b, prefix_b);
	for (int i = 0; i < 2; i++) {
		parts[i] = a.route;
		parts[i].n_paths = 1;
		parts[i].paths = a.paths + i;
		m[i].routes = &lists[i];
		m[i].n_routes = 1;
	}
	parts[0].has_more = parts[0].more = 1;
	for (int json = 0; json < 2; json++) {
		char *expect = rendered(json != 0, &vbrd__bgp_routes__descriptor, whole, 2);
		char *text = rendered(json != 0, &vbrd__bgp_routes__descriptor, in_parts, 3);

		/* Widths are those of the first message: titles and blanks may differ. */
		if (json)
			CU_ASSERT_STRING_EQUAL(text, expect);
		CU_ASSERT_PTR_NULL(strstr(strstr(text, prefix_a) + 1, prefix_a));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "longer-as-path"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, prefix_b));
		free(text);
		free(expect);
	}
}

/* A connection may be lost after the first part: what was printed is JSON all the same. */
static void json_of_half_a_route_is_closed(void)
{
	struct routes a;
	const ProtobufCMessage *chunks[] = { &a.msg.base };
	char *text;

	fill_routes(&a, prefix_a);
	a.route.has_more = a.route.more = 1;
	text = json_of(&vbrd__bgp_routes__descriptor, chunks, 1);
	CU_ASSERT_STRING_EQUAL(text, "{\"routes\":[{\"prefix\":\"10.1.0.0/16\"," JSON_PATHS "}]}");
	free(text);
}

static void later_lines_look_as_those_of_the_first_message(void)
{
	struct routes a;
	const ProtobufCMessage *chunks[] = { &a.msg.base, &a.msg.base };
	char *text;
	const char *first;
	size_t len;

	fill_routes(&a, prefix_a);
	text = rendered(false, &vbrd__bgp_routes__descriptor, chunks, 2);
	first = strchr(text, '\n') + 1;
	len = strlen(first) / 2;
	CU_ASSERT_EQUAL(strlen(first), 2 * len);
	CU_ASSERT_NSTRING_EQUAL(first, first + len, len);
	CU_ASSERT_NSTRING_EQUAL(first, "10.1.0.0/16", 11);
	free(text);
}

static void a_long_path_ends_behind_a_whole_number(void)
{
	struct routes a;
	const ProtobufCMessage *chunks[] = { &a.msg.base };
	uint32_t many[64];
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = 4200000000;
	fill_routes(&a, prefix_a);
	a.seq.asn = many;
	a.seq.n_asn = ARRAY_SIZE(many);
	text = rendered(false, &vbrd__bgp_routes__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " 4200000000 4200000000..."));
	free(text);
}

static void each_line_of_a_vbr_has_its_state(void)
{
	char name[] = "hz-a";
	char lines[2][5] = { "pc-1", "pc-2" };
	char up[] = "up";
	char off[] = "disabled";
	char why[] = "financial-locked";
	Vbrd__VbrConnection c[2] = { VBRD__VBR_CONNECTION__INIT, VBRD__VBR_CONNECTION__INIT };
	Vbrd__VbrConnection *both[] = { &c[0], &c[1] };
	Vbrd__Vbr v = VBRD__VBR__INIT;
	Vbrd__Vbr *rows[] = { &v };
	Vbrd__Vbrs m = VBRD__VBRS__INIT;
	const ProtobufCMessage *chunks[] = { &m.base };
	char *text;

	for (int i = 0; i < 2; i++)
		c[i].physical_connection = lines[i];
	c[0].state = up;
	c[1].state = off;
	c[1].reason = why;
	v.name = name;
	v.physical_connection = lines[0];
	v.connections = both;
	m.vbrs = rows;
	m.n_vbrs = 1;
	v.n_connections = 1;
	text = rendered(false, &vbrd__vbrs__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "pc-1"));
	CU_ASSERT_PTR_NULL(strstr(text, "pc-1 up"));
	free(text);
	v.n_connections = 2;
	text = rendered(false, &vbrd__vbrs__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "pc-1 up, pc-2 disabled (financial-locked)"));
	free(text);
}

static void record_prints_its_fields_by_name(void)
{
	Vbrd__System s = VBRD__SYSTEM__INIT;
	const ProtobufCMessage *chunks[] = { &s.base };
	char version[] = "0.1.0";
	char *text;

	s.version = version;
	s.has_uptime = 1;
	s.uptime = 125;
	s.has_memory_resident = 1;
	s.memory_resident = UINT64_C(5000000000);
	text = rendered(false, &vbrd__system__descriptor, chunks, 1);
	CU_ASSERT_STRING_EQUAL(text,
		"version                0.1.0\n"
		"uptime                 2m05s\n"
		"memory resident        5000000000\n");
	free(text);
}

static void durations_are_short(void)
{
	static const struct {
		uint64_t s;
		const char *text;
	} tries[] = {
		{ 0, "0s" },
		{ 59, "59s" },
		{ 60, "1m00s" },
		{ 3599, "59m59s" },
		{ 3600, "1h00m" },
		{ 86399, "23h59m" },
		{ 86400, "1d00h" },
		{ 8640000, "100d00h" },
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		CU_ASSERT_STRING_EQUAL(table_duration(tries[i].s, buf, sizeof(buf)), tries[i].text);
}

/* The keys of the JSON shapes that others rely on: they may grow, never go. */
static void replies_have_the_keys_that_were_promised(void)
{
	static const struct {
		const ProtobufCMessageDescriptor *type;
		const char *fields; /* with '_' */
	} tries[] = {
		{ &vbrd__bgp_summary_peer__descriptor,
			"tenant vbr address peer_as local_as state uptime prefixes_received "
			"prefixes_accepted prefixes_advertised messages_in messages_out "
			"last_error prefixes_discarded" },
		{ &vbrd__bgp_peer_family__descriptor,
			"family negotiated prefixes_received prefixes_accepted prefixes_rejected "
			"prefixes_discarded prefixes_advertised limit limit_action" },
		{ &vbrd__bgp_path__descriptor,
			"source peer best multipath valid as_path origin next_hop med "
			"local_preference communities large_communities extended_communities age "
			"reason" },
		{ &vbrd__fib_routes__descriptor, "kernel_table routes" },
		{ &vbrd__fib_route__descriptor, "prefix next_hops installed error" },
		{ &vbrd__fib_next_hop__descriptor, "via interface weight active" },
		{ &vbrd__peering__descriptor,
			"tenant name initiator acceptor state bandwidth bytes_forward "
			"bytes_reverse" },
		{ &vbrd__vbr__descriptor,
			"tenant name state interface kernel_table physical_connection vlan_id" },
		{ &vbrd__system__descriptor,
			"version uptime workers routes paths attribute_sets memory_resident "
			"config_revision" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		char copy[256];
		char *rest;

		strcpy(copy, tries[i].fields);
		for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
			CU_ASSERT_PTR_NOT_NULL(
				protobuf_c_message_descriptor_get_field_by_name(tries[i].type, w));
	}
}

static void an_explanation_is_told_in_the_order_of_a_route_s_life(void)
{
	Vbrd__AsSegment seq = VBRD__AS_SEGMENT__INIT;
	Vbrd__AsSegment *segments[] = { &seq };
	Vbrd__BgpPath lost = VBRD__BGP_PATH__INIT;
	Vbrd__BgpPath refused = VBRD__BGP_PATH__INIT;
	Vbrd__BgpPath *paths[] = { &lost, &refused };
	Vbrd__ExplainTo to = VBRD__EXPLAIN_TO__INIT;
	Vbrd__ExplainTo one = VBRD__EXPLAIN_TO__INIT;
	Vbrd__ExplainTo other = VBRD__EXPLAIN_TO__INIT;
	Vbrd__ExplainTo *exported[] = { &to, &one, &other };
	Vbrd__ExplainKernel kernel = VBRD__EXPLAIN_KERNEL__INIT;
	Vbrd__Explanation m = VBRD__EXPLANATION__INIT;
	const ProtobufCMessage *chunks[] = { &m.base };
	char *text;

	seq.n_asn = 2;
	seq.asn = asns;
	lost.source = (char[]){ "bgp" };
	lost.peer = next_hop;
	lost.verdict = (char[]){ "lost" };
	lost.step = (char[]){ "as-path-length" };
	lost.value = (char[]){ "3" };
	lost.against = (char[]){ "2" };
	lost.against_path = (char[]){ "10.0.0.6" };
	lost.n_as_path = 1;
	lost.as_path = segments;
	refused.source = lost.source;
	refused.verdict = (char[]){ "refused" };
	refused.reason = (char[]){ "policy" };
	refused.policy = (char[]){ "from-idc" };
	refused.has_term = 1;
	refused.term = 20;
	to.to = next_hop;
	to.why = (char[]){ "a-new-code" };
	one.to = other.to = next_hop;
	one.sent = 1;
	one.path = other.path = (char[]){ "10.0.0.6" };
	one.has_path_id = other.has_path_id = 1;
	one.path_id = 3;
	other.path_id = 4;
	other.why = (char[]){ "not-selected" };
	kernel.table = 10001;
	kernel.state = (char[]){ "failed" };
	kernel.error = (char[]){ "Network is unreachable" };
	m.prefix = prefix_a;
	m.known = 1;
	m.n_paths = 2;
	m.paths = paths;
	m.n_exported = 3;
	m.exported = exported;
	m.kernel = &kernel;
	text = rendered(false, &vbrd__explanation__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "received     as-path 65001 65002\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "lost by as-path-length: 3 against 2 of 10.0.0.6\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "refused: the policy denies it [policy]: policy from-idc, term 20\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no: a-new-code\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " yes; path of 10.0.0.6, path-id 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
		"no: add-path-send does not select it [not-selected]; "
		"path of 10.0.0.6, path-id 4\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "error: Network is unreachable\n"));
	CU_ASSERT_TRUE(strstr(text, "path 1 of 2") < strstr(text, "told to"));
	CU_ASSERT_TRUE(strstr(text, "told to") < strstr(text, "kernel"));
	free(text);
}

static void what_would_change_is_a_small_table(void)
{
	Vbrd__WhatIfRoutes r = VBRD__WHAT_IF_ROUTES__INIT;
	Vbrd__WhatIfRoutes *rows[] = { &r };
	char *examples[] = { prefix_a };
	Vbrd__WhatIf m = VBRD__WHAT_IF__INIT;
	const ProtobufCMessage *chunks[] = { &m.base };
	char *text = rendered(false, &vbrd__what_if__descriptor, chunks, 1);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no route that is here would change\n"));
	free(text);
	r.tenant = (char[]){ "acme" };
	r.vbr = (char[]){ "hz-a" };
	r.peer = next_hop;
	r.has_lost = 1;
	r.lost = 7;
	r.n_lost_examples = 1;
	r.lost_examples = examples;
	r.resets = 1;
	m.n_what_if = 1;
	m.what_if = rows;
	text = rendered(false, &vbrd__what_if__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "acme vbr hz-a 10.0.0.2          0         7         0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "  - 10.1.0.0/16  the session would be reset\n"));
	free(text);
	text = json_of(&vbrd__what_if__descriptor, chunks, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "{\"what-if\":[{\"tenant\":\"acme\",\"vbr\":\"hz-a\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"vpcs\":[]}"));
	free(text);
}

static void every_reason_has_a_sentence(void)
{
	for (unsigned r = RIB_REASON_NONE + 1; r < RIB_REASON_COUNT; r++) {
		const char *name = rib_reason_name((enum rib_reason)r);

		if (strcmp(reason_text(name), name) == 0)
			(void)fprintf(stderr, "no sentence: %s\n", name);
		CU_ASSERT_STRING_NOT_EQUAL(reason_text(name), name);
	}
	CU_ASSERT_STRING_EQUAL(reason_text("of-tomorrow"), "of-tomorrow");
}

static const struct cu_case cases[] = {
	CU_CASE(stream_is_one_json_object_with_one_array),
	CU_CASE(fields_beside_the_array_come_once_and_first),
	CU_CASE(empty_answers_have_their_shape),
	CU_CASE(table_prints_a_line_per_path_and_the_prefix_once),
	CU_CASE(each_line_of_a_vbr_has_its_state),
	CU_CASE(paths_that_are_as_others_look_like_them),
	CU_CASE(paths_are_remembered_beyond_their_message),
	CU_CASE(a_route_in_parts_looks_like_a_whole_one),
	CU_CASE(json_of_half_a_route_is_closed),
	CU_CASE(later_lines_look_as_those_of_the_first_message),
	CU_CASE(a_long_path_ends_behind_a_whole_number),
	CU_CASE(record_prints_its_fields_by_name),
	CU_CASE(durations_are_short),
	CU_CASE(replies_have_the_keys_that_were_promised),
	CU_CASE(an_explanation_is_told_in_the_order_of_a_route_s_life),
	CU_CASE(what_would_change_is_a_small_table),
	CU_CASE(every_reason_has_a_sentence),
};

CU_SUITE(render, cases);
