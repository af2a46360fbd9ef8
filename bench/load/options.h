/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of bgpblast as values. Strings are those of argv. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	OPTIONS_PIDS = 64,
	OPTIONS_THREADS = 64
};

struct options {
	struct sockaddr_storage dut, local, receiver_local;
	int port;
	int senders, receivers, threads;
	bool both; /* the senders are the receivers */
	bool listen, disjoint, diverse, transparent, no_verify, verbose, stats, samples;
	uint32_t sender_as, receiver_as;
	uint32_t dut_as; /* 0: as the OPEN says */
	uint32_t v4, v6; /* prefixes */
	uint64_t seed;
	int pack; /* most prefixes per UPDATE, 0: as many as fit */
	int hold_s, sndbuf, rcvbuf;
	double quiet_s, timeout_s;
	const char *mrt, *write_mrt, *dump_prefixes, *dump_stream;
	int mrt_peer; /* -1: the fullest */
	const char *phases, *label;
	uint8_t nexthop4[4], nexthop6[16];
	bool has_receiver_local, has_nexthop4, has_nexthop6;
	int pid[OPTIONS_PIDS], n_pids;
};

/** Fills o; ends the program with a message when the command line makes no sense. */
void options_parse(struct options *o, int argc, char **argv);
