/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sentences of the log about sessions, tenants and the daemon: one voice, one place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "vbr/model/state/subscription.h"

struct asymmetry_standby;
struct asymmetry_view;
struct health_view;
struct worker_event;

void logmsg_event(const struct worker_event *ev);
/** hold: a code, "" when it is back in service. */
void logmsg_service(const char *tenant, const char *vbr, const char *hold);
void logmsg_circuit(const char *tenant, const char *vbr, const char *line, const char *hold);
void logmsg_life(const char *tenant, const char *vbr, const char *from, const char *to);
/** until: when it ends. */
void logmsg_subscription(const char *line, enum subscription_state s, const char *until);
void logmsg_peering(const char *tenant, const char *peering, const char *from, const char *to);
/** A verdict changed. */
void logmsg_health(const struct health_view *v);
/** Dead ways cannot be kept for the next run (-errno), or can again (0). */
void logmsg_health_kept(int ret);
/** Those of the last run cannot be read: -errno. */
void logmsg_health_forgotten(int ret);
/** missing: routes that one of its VBRs lacks. */
void logmsg_failover(const char *tenant, const char *group, const char *from, const char *to,
	uint32_t missing);
/** what: its state, or what is to be said of it in the end. */
void logmsg_drill(const char *tenant, const char *group, int64_t id, const char *what, bool ended);
/** Traffic leaves by one VBR and returns by another, or no longer does. */
void logmsg_asymmetry_blind(const char *tenant, const char *vbr, const char *why);
void logmsg_asymmetry(const struct asymmetry_view *v, bool began);
/** "leaves by hz-a, returns by hz-b (100 % of the bytes)" */
void logmsg_asymmetry_ways(const struct asymmetry_view *v, char *dst, size_t size);
/** What to do about it: a sentence for each side that could change its way. */
void logmsg_asymmetry_fix(const struct asymmetry_view *v, const struct asymmetry_standby *s,
	char *dst, size_t size);
void logmsg_started(uint32_t workers, const char *mode, uint64_t revision);
/** error: errno of why the kernel cannot keep the routes of a line without carrier; 0: it can. */
void logmsg_carrier_loss(int error);
void logmsg_snapshot_wins(const char *file, const char *state_dir);
void logmsg_no_file(void);
void logmsg_reload(const char *file, int ret, const struct errbuf *err);
void logmsg_stopping(bool withdraw);
/** why: "" when the ledger can be written again. */
void logmsg_metering(const char *why);
void logmsg_metering_dropped(uint32_t objects);
void logmsg_errors(const char *what, const struct errbuf *err);
