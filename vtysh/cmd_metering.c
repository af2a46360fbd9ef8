/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show metering: usage, records, bills, and the examination of the ledger.
 */
#include "vtysh/commands.h"
#include "vtysh/text/metering.h"
#include "vtysh/text/output.h"

struct csv {
	struct shell *sh;
	bool begun;
};

static bool put_csv(void *ctx, const ProtobufCMessage *msg)
{
	struct csv *c = ctx;

	if (msg->descriptor == &vbrd__metering_bills__descriptor)
		metering_bills_csv(c->sh->out, (const Vbrd__MeteringBills *)msg, !c->begun);
	else
		metering_csv(c->sh->out, msg, !c->begun);
	c->begun = true;
	output_flush(c->sh->out);
	return !output_is_closed(c->sh->out);
}

static int show(struct shell *sh, Vbrd__Request *req, const ProtobufCMessageDescriptor *reply,
	const struct args *args)
{
	struct csv csv = { .sh = sh };
	const struct shell_answer answer = { .body = put_csv, .ctx = &csv };

	if (!args_has(args, "csv"))
		return shell_show(sh, req, reply, args_has(args, "json"));
	return shell_call(sh, req, &answer);
}

int cmd_show_metering(void *shell, const struct args *args)
{
	Vbrd__ShowMetering in = VBRD__SHOW_METERING__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	in.tenant = args_get(args, "TENANT");
	in.from = args_get(args, "TIME");
	in.to = args_get(args, "UNTIL");
	req.op_case = VBRD__REQUEST__OP_SHOW_METERING;
	req.show_metering = &in;
	return show(shell, &req, &vbrd__metering__descriptor, args);
}

int cmd_show_metering_records(void *shell, const struct args *args)
{
	Vbrd__ShowMeteringRecords in = VBRD__SHOW_METERING_RECORDS__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	in.tenant = args_get(args, "TENANT");
	in.from = args_get(args, "TIME");
	in.to = args_get(args, "UNTIL");
	in.has_hours = 1;
	in.hours = args_has(args, "hours");
	req.op_case = VBRD__REQUEST__OP_SHOW_METERING_RECORDS;
	req.show_metering_records = &in;
	return show(shell, &req, &vbrd__metering_records__descriptor, args);
}

int cmd_show_metering_bill(void *shell, const struct args *args)
{
	Vbrd__ShowMeteringBill in = VBRD__SHOW_METERING_BILL__INIT;
	Vbrd__Request req = VBRD__REQUEST__INIT;

	in.tenant = args_get(args, "TENANT");
	in.from = args_get(args, "TIME");
	in.to = args_get(args, "UNTIL");
	req.op_case = VBRD__REQUEST__OP_SHOW_METERING_BILL;
	req.show_metering_bill = &in;
	return show(shell, &req, &vbrd__metering_bills__descriptor, args);
}
