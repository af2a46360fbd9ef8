/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link plane in a network namespace of its own, and customers in further ones. Needs root and
 * iproute2; without them each test is skipped. All goes away with the processes.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "fib/link/link.h"
#include "lib/base/compiler.h"
#include "lib/io/loop.h"

#define LAB_CUSTOMERS 4

struct lab {
	struct loop *loop;
	struct linkplane *plane;
	enum link_mode mode;
	unsigned reports;        /* calls of changed */
	struct link_status last; /* of the last report */
	unsigned n_customers;
	pid_t customers[LAB_CUSTOMERS];
};

/** A new namespace and a plane in it. False: the test is skipped (and says why). */
bool lab_start(struct lab *lab, enum link_mode mode);
/** End the plane and the customers; what the plane made stays. */
void lab_stop(struct lab *lab);
/** Another plane, as after a restart of the daemon. */
void lab_restart(struct lab *lab);
/** Run the loop until nothing happens any more. */
void lab_settle(struct lab *lab);
/** Status of a want, settled. */
struct link_status lab_status(struct lab *lab, const char *name);
/** Exit status of a shell command. */
int lab_sh(const char *fmt, ...) PRINTF_LIKE(1, 2);
/**
 * A customer behind a port of that name: a veth pair, dev here, e0 there with the address, a
 * default route by the gateway. Its namespace lives in a process; the returned pid names it.
 */
pid_t lab_customer(struct lab *lab, const char *dev, const char *addr, const char *gateway);
/** Does an ICMP echo from the customer to dst (IPv4) come back within two seconds? */
bool lab_ping(pid_t customer, const char *dst);

/* Wants. */
struct link_want lab_port(const char *name, uint32_t table, const char *addr, uint8_t len);
struct link_want lab_made(const char *name, enum link_kind kind, uint32_t table);
void lab_add_addr(struct link_want *w, const char *addr, uint8_t len);
