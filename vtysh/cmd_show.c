/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show: a request filled from the words, an answer rendered by its type. Most differ only in
 * which words go into which fields, and that is data.
 */
#include <assert.h>
#include <string.h>

#include "proto/shared.h"
#include "vtysh/commands.h"

static const ProtobufCFieldDescriptor *request_field(Vbrd__Request__OpCase op)
{
	return protobuf_c_message_descriptor_get_field(&vbrd__request__descriptor, op);
}

static void set_request(Vbrd__Request *req, Vbrd__Request__OpCase op, ProtobufCMessage *msg)
{
	req->op_case = op;
	memcpy((char *)req + request_field(op)->offset, &msg, sizeof(msg));
}

static void set_string(ProtobufCMessage *msg, const char *name, char *value)
{
	const ProtobufCFieldDescriptor
		*f = protobuf_c_message_descriptor_get_field_by_name(msg->descriptor, name);

	assert(f && f->type == PROTOBUF_C_TYPE_STRING);
	memcpy((char *)msg + f->offset, &value, sizeof(value));
}

int cmd_show(void *shell, const struct args *args)
{
	const struct show *s = args->command->data;
	const ProtobufCMessageDescriptor *type = request_field(s->op)->descriptor;
	union {
		ProtobufCMessage base;
		char room[128];
	} msg;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	assert(type->sizeof_message <= sizeof(msg));
	protobuf_c_message_init(type, &msg.base);
	for (size_t i = 0; i < ARRAY_SIZE(s->fields) && s->fields[i].field; i++)
		set_string(&msg.base, s->fields[i].field, args_get(args, s->fields[i].variable));
	set_request(&req, s->op, &msg.base);
	return shell_show(shell, &req, s->reply, args_has(args, "json"));
}

static void fill_instance(Vbrd__Instance *i, const struct args *args)
{
	char *vpc = args_get(args, "VPC");

	vbrd__instance__init(i);
	i->tenant = args_get(args, "TENANT");
	i->has_kind = 1;
	i->kind = vpc ? VBRD__INSTANCE__KIND__VPC : VBRD__INSTANCE__KIND__VBR;
	i->name = vpc ? vpc : args_get(args, "VBR");
}

static Vbrd__Family family(const struct args *args)
{
	if (args_has(args, "ipv4"))
		return VBRD__FAMILY__IPV4;
	return args_has(args, "ipv6") ? VBRD__FAMILY__IPV6 : VBRD__FAMILY__FAMILY_ALL;
}

/* An address without a length asks for what forwards it. */
static Vbrd__Match match(const struct args *args)
{
	const char *prefix = args_get(args, "PREFIX");

	if (args_has(args, "longer"))
		return VBRD__MATCH__LONGER;
	if (args_has(args, "longest-match") || (prefix && !strchr(prefix, '/')))
		return VBRD__MATCH__LONGEST;
	return VBRD__MATCH__EXACT;
}

static Vbrd__ShowBgpRoutes__View view(const struct args *args)
{
	static const struct {
		const char *word;
		Vbrd__ShowBgpRoutes__View view;
	} views[] = {
		{ "received", VBRD__SHOW_BGP_ROUTES__VIEW__RECEIVED },
		{ "accepted", VBRD__SHOW_BGP_ROUTES__VIEW__ACCEPTED },
		{ "rejected", VBRD__SHOW_BGP_ROUTES__VIEW__REJECTED },
		{ "advertised", VBRD__SHOW_BGP_ROUTES__VIEW__ADVERTISED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
		if (args_has(args, views[i].word))
			return views[i].view;
	}
	return VBRD__SHOW_BGP_ROUTES__VIEW__BEST;
}

int cmd_show_bgp_routes(void *shell, const struct args *args)
{
	Vbrd__Instance instance;
	Vbrd__ShowBgpRoutes show = VBRD__SHOW_BGP_ROUTES__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	fill_instance(&instance, args);
	show.instance = &instance;
	show.has_family = 1;
	show.family = family(args);
	show.prefix = args_get(args, "PREFIX");
	show.has_match = 1;
	show.match = match(args);
	show.peer = args_get(args, "ADDRESS");
	show.has_view = 1;
	show.view = view(args);
	show.has_memory = 1;
	show.memory = SHARED_MEMORY;
	req.op_case = VBRD__REQUEST__OP_SHOW_BGP_ROUTES;
	req.show_bgp_routes = &show;
	return shell_show(shell, &req, &vbrd__bgp_routes__descriptor, args_has(args, "json"));
}

int cmd_show_route(void *shell, const struct args *args)
{
	Vbrd__Instance instance;
	Vbrd__ShowRoute show = VBRD__SHOW_ROUTE__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	fill_instance(&instance, args);
	show.instance = &instance;
	show.has_family = 1;
	show.family = family(args);
	show.prefix = args_get(args, "PREFIX");
	show.has_match = 1;
	show.match = match(args);
	req.op_case = VBRD__REQUEST__OP_SHOW_ROUTE;
	req.show_route = &show;
	return shell_show(shell, &req, &vbrd__fib_routes__descriptor, args_has(args, "json"));
}

int cmd_explain(void *shell, const struct args *args)
{
	Vbrd__Instance instance;
	Vbrd__Explain explain = VBRD__EXPLAIN__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	fill_instance(&instance, args);
	explain.instance = &instance;
	explain.prefix = args_get(args, "PREFIX");
	explain.peer = args_get(args, "ADDRESS");
	req.op_case = VBRD__REQUEST__OP_EXPLAIN;
	req.explain = &explain;
	return shell_show(shell, &req, &vbrd__explanation__descriptor, args_has(args, "json"));
}
