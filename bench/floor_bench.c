/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own limit, to which scenario E is compared: the prefixes of a file go into a table
 * of a namespace of our own, in full batches with the id of one nexthop, and out again. What writes
 * them is the backend of fib/ and nothing else: no table, no queue, no neighbour. One JSON line.
 *
 *	floor_bench FILE
 *
 * FILE has a prefix a line, as bgpblast --dump-prefixes leaves them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fib/backend/backend.h"
#include "lib/base/monotime.h"
#include "lib/base/xalloc.h"
#include "tests/fib/netns.h"

#define TABLE   10000
#define NEXTHOP FIB_ID_BASE

struct floor {
	struct fib_backend *backend;
	struct prefix *prefixes; /* owned */
	uint32_t n;
	uint32_t n_failed;
	struct fib_op ops[FIB_BATCH];
};

static int read_prefixes(struct floor *f, const char *path)
{
	FILE *in = fopen(path, "r");
	char line[64];
	uint32_t room = 0;

	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, " \n")] = '\0';
		if (f->n == room) {
			room = room ? 2 * room : 1024;
			f->prefixes = xreallocarray(f->prefixes, room, sizeof(*f->prefixes));
		}
		if (prefix_parse(line, &f->prefixes[f->n]) == 0)
			f->n++;
	}
	(void)fclose(in);
	return f->n ? 0 : -1;
}

static void flush(struct floor *f, uint32_t n)
{
	if (f->backend->ops->write(f->backend, f->ops, n) < 0) {
		f->n_failed += n;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		f->n_failed += f->ops[i].error != 0;
}

/* Seconds for all of them. */
static double write_all(struct floor *f, enum fib_op_kind kind)
{
	const struct mono start = mono_now();
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n; i++) {
		struct fib_op *op = &f->ops[n++];

		op->kind = (uint8_t)kind;
		op->table = TABLE;
		op->id = NEXTHOP;
		op->pfx = f->prefixes[i];
		if (n == FIB_BATCH || i + 1 == f->n) {
			flush(f, n);
			n = 0;
		}
	}
	return (double)mono_sub_us(mono_now(), start) / 1e6;
}

static void make_nexthop(struct floor *f, uint32_t ifindex)
{
	f->ops[0].kind = FIB_OP_NEXTHOP_SET;
	f->ops[0].id = NEXTHOP;
	f->ops[0].nexthop = (struct fib_nexthop){ .ifindex = ifindex,
		.kind = NEXTHOP_KIND_GATEWAY,
		.family = AF_INET,
		.gw = ip_from_v4(0x0a000002) };
	flush(f, 1);
}

int main(int argc, char **argv)
{
	struct floor *f = xcalloc(1, sizeof(*f));
	uint32_t ifindex;
	double in_s;
	double out_s;

	if (argc != 2 || read_prefixes(f, argv[1]) < 0) {
		fprintf(stderr, "usage: floor_bench FILE, with a prefix a line\n");
		return 2;
	}
	if (!netns_enter() || !(ifindex = netns_veth("fa"))) {
		fprintf(stderr, "floor_bench: needs the privilege to make a network namespace\n");
		return 77;
	}
	f->backend = fib_backend_netlink_new();
	if (!f->backend)
		return 1;
	make_nexthop(f, ifindex);
	in_s = write_all(f, FIB_OP_ROUTE_ADD);
	out_s = write_all(f, FIB_OP_ROUTE_DEL);
	printf("{\"bench\":\"floor\",\"routes\":%u,\"failed\":%u,\"in_s\":%.3f,\"out_s\":%.3f}\n",
		f->n, f->n_failed, in_s, out_s);
	f->backend->ops->free(f->backend);
	free(f->prefixes);
	free(f);
	return 0;
}
