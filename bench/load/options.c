/* SPDX-License-Identifier: Apache-2.0 */
/* One row an option: its name, what kind of value it takes, where the value goes. getopt_long()
 * gets its table from these rows, so that an option is added in one place (and in the usage). */
#include "bench/load/options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/util.h"

enum kind {
	KIND_FLAG,
	KIND_INT,
	KIND_U32,
	KIND_U64,
	KIND_REAL,
	KIND_TEXT,
	KIND_ADDRESS,
	KIND_RECEIVER_ADDRESS,
	KIND_NEXTHOP4,
	KIND_NEXTHOP6,
	KIND_PIDS
};

struct row {
	const char *name;
	enum kind kind;
	size_t at;
};

#define ROW(name, kind, member)                              \
	{                                                    \
		name, kind, offsetof(struct options, member) \
	}

static const struct row rows[] = {
	ROW("dut", KIND_ADDRESS, dut),
	ROW("port", KIND_INT, port),
	ROW("local", KIND_ADDRESS, local),
	ROW("rlocal", KIND_RECEIVER_ADDRESS, receiver_local),
	ROW("senders", KIND_INT, senders),
	ROW("receivers", KIND_INT, receivers),
	ROW("both", KIND_FLAG, both),
	ROW("sender-as", KIND_U32, sender_as),
	ROW("receiver-as", KIND_U32, receiver_as),
	ROW("dut-as", KIND_U32, dut_as),
	ROW("transparent", KIND_FLAG, transparent),
	ROW("v4", KIND_U32, v4),
	ROW("v6", KIND_U32, v6),
	ROW("disjoint", KIND_FLAG, disjoint),
	ROW("diverse", KIND_FLAG, diverse),
	ROW("seed", KIND_U64, seed),
	ROW("pack", KIND_INT, pack),
	ROW("mrt", KIND_TEXT, mrt),
	ROW("mrt-peer", KIND_INT, mrt_peer),
	ROW("write-mrt", KIND_TEXT, write_mrt),
	ROW("dump-prefixes", KIND_TEXT, dump_prefixes),
	ROW("dump-stream", KIND_TEXT, dump_stream),
	ROW("stats", KIND_FLAG, stats),
	ROW("nexthop", KIND_NEXTHOP4, nexthop4),
	ROW("nexthop6", KIND_NEXTHOP6, nexthop6),
	ROW("phases", KIND_TEXT, phases),
	ROW("pid", KIND_PIDS, pid),
	ROW("listen", KIND_FLAG, listen),
	ROW("threads", KIND_INT, threads),
	ROW("hold", KIND_INT, hold_s),
	ROW("quiet", KIND_REAL, quiet_s),
	ROW("timeout", KIND_REAL, timeout_s),
	ROW("sndbuf", KIND_INT, sndbuf),
	ROW("rcvbuf", KIND_INT, rcvbuf),
	ROW("no-verify", KIND_FLAG, no_verify),
	ROW("samples", KIND_FLAG, samples),
	ROW("label", KIND_TEXT, label),
	ROW("verbose", KIND_FLAG, verbose),
};

enum {
	N_ROWS = sizeof rows / sizeof *rows
};

static _Noreturn void usage(void)
{
	puts("usage: bgpblast --dut ADDR [options]   (see README.md)\n"
	     "  --dut A --port N            device under test\n"
	     "  --local A                   address of the first sender; session k uses A+k\n"
	     "  --rlocal A                  address of the first receiver "
	     "(default: after senders)\n"
	     "  --senders N --receivers N   --both: senders are receivers as well\n"
	     "  --sender-as N --receiver-as N   sender k has AS N+k, receiver k likewise\n"
	     "  --dut-as N --transparent    AS that the DUT must prepend; none with --transparent\n"
	     "  --v4 N --v6 N               prefixes (per sender when --disjoint)\n"
	     "  --disjoint                  every sender has prefixes of its own\n"
	     "  --diverse                   competing senders have different paths\n"
	     "  --seed N --pack N           N = most prefixes per UPDATE (default: no limit)\n"
	     "  --mrt FILE [--mrt-peer N]   routes from a TABLE_DUMP_V2 file\n"
	     "  --write-mrt FILE, --dump-prefixes FILE, --dump-stream FILE (sender 0), --stats:\n"
	     "                              write the table and exit\n"
	     "  --nexthop A --nexthop6 A    fixed next hops (default: each sender's address)\n"
	     "  --phases LIST               converge[:S],announce:S,withdraw:S,reset:S,up:S,\n"
	     "                              churn:S:RATE:SECS,deaf:R,gone:R,sleep:SECS,\n"
	     "                              waitfile:PATH,mem\n"
	     "  --pid N (repeatable, or a,b,c)  DUT processes to account\n"
	     "  --listen                    accept connections from the DUT instead\n"
	     "  --threads N --hold N --quiet S --timeout S --sndbuf N --rcvbuf N\n"
	     "  --no-verify --samples --label TEXT --verbose");
	exit(2);
}

static void parse_address(struct sockaddr_storage *a, const char *text)
{
	memset(a, 0, sizeof *a);
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)a)->sin_addr) == 1)
		a->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)a)->sin6_addr) == 1)
		a->ss_family = AF_INET6;
	else
		die("bad address %s", text);
}

static void parse_pids(struct options *o, char *text)
{
	char *rest = NULL, *t;

	for (t = strtok_r(text, ",", &rest); t && o->n_pids < OPTIONS_PIDS;
		t = strtok_r(NULL, ",", &rest))
		o->pid[o->n_pids++] = atoi(t);
}

static void take(struct options *o, const struct row *row, char *text)
{
	void *at = (char *)o + row->at;

	switch (row->kind) {
	case KIND_FLAG:
		*(bool *)at = true;
		break;
	case KIND_INT:
		*(int *)at = atoi(text);
		break;
	case KIND_U32:
		*(uint32_t *)at = strtoul(text, NULL, 10);
		break;
	case KIND_U64:
		*(uint64_t *)at = strtoull(text, NULL, 10);
		break;
	case KIND_REAL:
		*(double *)at = atof(text);
		break;
	case KIND_TEXT:
		*(const char **)at = text;
		break;
	case KIND_RECEIVER_ADDRESS:
	case KIND_ADDRESS:
		o->has_receiver_local |= row->kind == KIND_RECEIVER_ADDRESS;
		parse_address(at, text);
		break;
	case KIND_NEXTHOP4:
		o->has_nexthop4 = inet_pton(AF_INET, text, at) == 1;
		break;
	case KIND_NEXTHOP6:
		o->has_nexthop6 = inet_pton(AF_INET6, text, at) == 1;
		break;
	case KIND_PIDS:
		parse_pids(o, text);
		break;
	}
}

static void set_defaults(struct options *o)
{
	*o = (struct options){ .port = 179,
		.senders = 1,
		.receivers = 1,
		.threads = 2,
		.sender_as = 64512,
		.receiver_as = 4200000000u,
		.v4 = 1000,
		.seed = 1,
		.hold_s = 180,
		.quiet_s = 1.0,
		.timeout_s = 600,
		.mrt_peer = -1,
		.phases = "converge",
		.label = "" };
	parse_address(&o->dut, "127.0.0.1");
	parse_address(&o->local, "127.0.1.1");
}

void options_parse(struct options *o, int argc, char **argv)
{
	struct option list[N_ROWS + 1] = { { 0 } };
	int c;

	set_defaults(o);
	for (int i = 0; i < N_ROWS; i++)
		list[i] = (struct option){ rows[i].name, rows[i].kind != KIND_FLAG, NULL, i };
	while ((c = getopt_long(argc, argv, "", list, NULL)) != -1) {
		if (c < 0 || c >= N_ROWS)
			usage();
		take(o, &rows[c], optarg);
	}
	if (o->senders < 1 || o->receivers < 0 || o->threads < 1 || o->threads > OPTIONS_THREADS)
		usage();
	if (o->both)
		o->receivers = 0;
}
