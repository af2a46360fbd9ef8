/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The management server's requests: what each means. Handlers fill messages of proto/vbrd.proto
 * from the plane, and from workers and fib by calls that travel to their threads and back.
 */
#pragma once

#include "lib/base/errbuf.h"

struct daemon;
struct mgmt;

/** Listens on the socket. NULL with err. */
struct mgmt *mgmt_new(struct daemon *d, const char *socket, struct errbuf *err);
/** Ends all calls. NULL-safe. Before workers and fib are stopped. */
void mgmt_free(struct mgmt *m);
