/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that do something, and those that move between modes.
 */
#include <stdlib.h>

#include "conf/schema.h"
#include "vtysh/commands.h"
#include "vtysh/text/events.h"
#include "vtysh/text/output.h"
#include "vtysh/text/render.h"

int cmd_clear_bgp(void *shell, const struct args *args)
{
	Vbrd__ClearBgp clear = VBRD__CLEAR_BGP__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	int ret;

	clear.tenant = args_get(args, "TENANT");
	clear.vbr = args_get(args, "VBR");
	clear.address = args_get(args, "ADDRESS");
	clear.has_soft = 1;
	clear.soft = VBRD__CLEAR_BGP__SOFT__NONE;
	if (args_has(args, "soft"))
		clear.soft = args_has(args, "in") ? VBRD__CLEAR_BGP__SOFT__IN :
						    VBRD__CLEAR_BGP__SOFT__OUT;
	clear.message = args_join(args, "TEXT");
	req.op_case = VBRD__REQUEST__OP_CLEAR_BGP;
	req.clear_bgp = &clear;
	ret = shell_call(shell, &req, NULL);
	free(clear.message);
	return ret;
}

int cmd_request_vbr(void *shell, const struct args *args)
{
	Vbrd__RequestVbr order = VBRD__REQUEST_VBR__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	const char *wait = args_get(args, "WAIT");

	order.tenant = args_get(args, "TENANT");
	order.vbr = args_get(args, "VBR");
	order.has_op = 1;
	order.op = args_has(args, "recover") ? VBRD__REQUEST_VBR__OP__RECOVER :
					       VBRD__REQUEST_VBR__OP__TERMINATE;
	order.has_drain_s = wait != NULL;
	order.drain_s = wait ? (uint32_t)strtoul(wait, NULL, 10) : 0;
	req.op_case = VBRD__REQUEST__OP_REQUEST_VBR;
	req.request_vbr = &order;
	return shell_call(shell, &req, NULL);
}

/* What does not fit is the most that does: the daemon says what it takes. */
static uint32_t duration_s(const char *word)
{
	char *unit;
	const uint64_t n = strtoul(word, &unit, 10);
	const uint64_t s = *unit == 's' ? n : *unit == 'h' ? n * 3600 : n * 60;

	return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

int cmd_request_drill(void *shell, const struct args *args)
{
	Vbrd__RequestDrill order = VBRD__REQUEST_DRILL__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	const char *duration = args_get(args, "DURATION");

	order.tenant = args_get(args, "TENANT");
	order.group = args_get(args, "GROUP");
	order.has_op = order.has_by = order.has_force = 1;
	order.op = args_has(args, "abort") ? VBRD__REQUEST_DRILL__OP__ABORT :
					     VBRD__REQUEST_DRILL__OP__START;
	order.by = args_has(args, "cut") ? VBRD__REQUEST_DRILL__BY__CUT :
					   VBRD__REQUEST_DRILL__BY__DRAIN;
	order.force = args_has(args, "force");
	order.at = args_get(args, "TIME");
	order.vbr = args_get(args, "MEMBER");
	order.line = args_get(args, "CONNECTION");
	order.peer = args_get(args, "PEER");
	order.has_duration_s = duration != NULL;
	order.duration_s = duration != NULL ? duration_s(duration) : 0;
	order.has_within_ms = args_get(args, "MS") != NULL;
	order.within_ms = args_u32(args, "MS", 0);
	req.op_case = VBRD__REQUEST__OP_REQUEST_DRILL;
	req.request_drill = &order;
	return shell_call(shell, &req, NULL);
}

int cmd_shutdown(void *shell, const struct args *args)
{
	Vbrd__Shutdown shutdown = VBRD__SHUTDOWN__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	const struct shell_answer answer = { .timeout_ms = SHELL_COMMIT_TIMEOUT_MS };

	shutdown.has_withdraw = 1;
	shutdown.withdraw = args_has(args, "withdraw");
	req.op_case = VBRD__REQUEST__OP_SHUTDOWN;
	req.shutdown = &shutdown;
	return shell_call(shell, &req, &answer);
}

int cmd_exit(void *shell, const struct args *args UNUSED)
{
	struct shell *sh = shell;

	if (!sh->pos)
		sh->quit = true;
	else if (!schema_pos_leave(sh->pos))
		config_leave(sh);
	return SHELL_OK;
}

int cmd_end(void *shell, const struct args *args UNUSED)
{
	config_leave(shell);
	return SHELL_OK;
}

struct watch {
	struct shell *sh;
	bool json;
};

static bool put_events(void *ctx, const ProtobufCMessage *msg)
{
	const struct watch *w = ctx;
	const Vbrd__Events *m = (const Vbrd__Events *)msg;

	for (size_t i = 0; msg->descriptor == &vbrd__events__descriptor && i < m->n_events; i++) {
		if (w->json)
			render_line(w->sh->out, &m->events[i]->base);
		else
			events_text(w->sh->out, m->events[i]);
	}
	output_flush(w->sh->out);
	return !output_is_closed(w->sh->out);
}

/* Lines or, as JSON, objects of one line each. It ends by Ctrl-C, and that is no failure. */
int cmd_monitor(void *shell, const struct args *args)
{
	Vbrd__Monitor monitor = VBRD__MONITOR__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;
	struct watch w = { .sh = shell, .json = args_has(args, "json") };
	const struct shell_answer answer = { .body = put_events,
		.ctx = &w,
		.timeout_ms = SHELL_NO_TIMEOUT_MS };
	int ret;

	w.json |= w.sh->json;
	monitor.tenant = args_get(args, "TENANT");
	monitor.has_routes = monitor.routes = args_has(args, "routes");
	req.op_case = VBRD__REQUEST__OP_MONITOR;
	req.monitor = &monitor;
	ret = shell_call(shell, &req, &answer);
	return w.sh->is_interrupted && w.sh->is_interrupted() ? SHELL_OK : ret;
}
