/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every line about a session starts with tenant=<name> vbr=<name> peer=<addr>, so that one grep
 * follows one session.
 */
#include "vbr/logmsg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "vbr/health/health.h"
#include "vbr/symmetry/symmetry.h"
#include "vbr/worker/worker.h"

/* That of a neighbour, or of a VPC's table. */
static const char *whose_limit(const struct worker_event *ev, char *dst, size_t size)
{
	char peer[IP_STRLEN];

	if (ev->is_vpc)
		snprintf(dst, size, "vpc=%s", ev->instance);
	else
		snprintf(dst, size, "vbr=%s peer=%s", ev->instance, ip_format(&ev->peer, peer));
	return dst;
}

void logmsg_event(const struct worker_event *ev)
{
	char peer[IP_STRLEN];
	char who[sizeof(ev->instance) + IP_STRLEN + 16];

	ip_format(&ev->peer, peer);
	switch (ev->type) {
	case WORKER_EVENT_PEER_UP:
		log_notice("tenant=%s vbr=%s peer=%s session established", ev->tenant, ev->instance,
			peer);
		return;
	case WORKER_EVENT_PEER_DOWN:
		log_notice("tenant=%s vbr=%s peer=%s session down: %s", ev->tenant, ev->instance,
			peer, ev->text);
		return;
	case WORKER_EVENT_LIMIT_WARNING:
		log_warning("tenant=%s %s %u routes: the warning mark of route-limit is passed",
			ev->tenant, whose_limit(ev, who, sizeof(who)), ev->count);
		return;
	case WORKER_EVENT_LIMIT_REACHED:
		log_warning("tenant=%s %s %u routes: route-limit is reached", ev->tenant,
			whose_limit(ev, who, sizeof(who)), ev->count);
		return;
	case WORKER_EVENT_BFD_UP:
		log_notice("tenant=%s %s=%s %s=%s BFD up", ev->tenant, ev->is_vpc ? "vpc" : "vbr",
			ev->instance, ev->is_next_hop ? "next-hop" : "peer", peer);
		return;
	case WORKER_EVENT_BFD_DOWN:
		log_notice("tenant=%s %s=%s %s=%s BFD down: %s", ev->tenant,
			ev->is_vpc ? "vpc" : "vbr", ev->instance,
			ev->is_next_hop ? "next-hop" : "peer", peer, ev->text);
		return;
	case WORKER_EVENT_SECOND_ROUTER:
		log_warning("tenant=%s vbr=%s peer=%s %s advertises itself as a router on the "
			    "same link: ignored while the peer is there",
			ev->tenant, ev->instance, peer, ev->text);
		return;
	case WORKER_EVENT_POLICY_APPLIED:
		log_debug("tenant=%s vbr=%s peer=%s import policy run over %u routes", ev->tenant,
			ev->instance, peer, ev->count);
		return;
	}
}

void logmsg_service(const char *tenant, const char *vbr, const char *hold)
{
	if (hold[0] == '\0')
		log_notice("tenant=%s vbr=%s in service", tenant, vbr);
	else
		log_notice("tenant=%s vbr=%s out of service: %s", tenant, vbr, hold);
}

void logmsg_circuit(const char *tenant, const char *vbr, const char *line, const char *hold)
{
	if (hold[0] == '\0')
		log_notice("tenant=%s vbr=%s physical-connection=%s in service", tenant, vbr, line);
	else
		log_notice("tenant=%s vbr=%s physical-connection=%s out of service: %s", tenant,
			vbr, line, hold);
}

void logmsg_life(const char *tenant, const char *vbr, const char *from, const char *to)
{
	log_notice("tenant=%s vbr=%s %s, was %s", tenant, vbr, to, from);
}

void logmsg_subscription(const char *line, enum subscription_state s, const char *until)
{
	switch (s) {
	case SUBSCRIPTION_ENDING:
		log_warning("physical-connection=%s subscription ends %s: renew it by months, "
			    "years or from, or the line is locked then",
			line, until);
		return;
	case SUBSCRIPTION_ENDED:
		log_warning("physical-connection=%s subscription has ended %s, the line is locked: "
			    "renew it by months, years or from",
			line, until);
		return;
	default:
		log_notice("physical-connection=%s subscription: %s", line,
			subscription_state_name(s));
		return;
	}
}

void logmsg_peering(const char *tenant, const char *peering, const char *from, const char *to)
{
	log_info("tenant=%s peering=%s %s, was %s", tenant, peering, to, from);
}

void logmsg_health(const struct health_view *v)
{
	const struct model_obj *o = v->obj;
	const struct health_check *c = &v->check;
	const bool is_vbr = o->kind == MODEL_VBR;
	char who[2 * MODEL_NAME_SIZE + 32];
	char target[IP_STRLEN];

	ip_format(&v->conf->target, target);
	snprintf(who, sizeof(who), "tenant=%s %s=%s", o->tenant, is_vbr ? "vbr" : "peering",
		o->name);
	switch (c->state) {
	case HEALTH_UNKNOWN:
		log_notice("%s health check begins anew", who);
		return;
	case HEALTH_ALIVE:
		log_notice("%s %s answers", who, target);
		return;
	case HEALTH_NOISY:
		log_warning("%s %s has not answered %u probes, "
			    "but traffic arrives: the way is used on",
			who, target, c->lost_row);
		return;
	case HEALTH_DEAD:
		if (c->cause == HEALTH_CAUSE_BEFORE) {
			log_notice("%s %s did not answer before the restart: "
				   "dead until it does",
				who, target);
			return;
		}
		log_warning("%s %s has not answered %u probes (%s): %s", who, target, c->lost_row,
			health_cause_name(c->cause),
			v->conf->observe ? "observed only" :
				is_vbr   ? "what it has learned is not used" :
					   "the VPC does not use the way");
		return;
	case HEALTH_STATES:
		return;
	}
}

void logmsg_health_kept(int ret)
{
	if (ret == 0)
		log_notice("verdicts of health checks are kept for a restart again");
	else
		log_warning("cannot keep verdicts of health checks for a restart (dead-ways): %s",
			strerror(-ret));
}

void logmsg_health_forgotten(int ret)
{
	log_warning("cannot read which ways were dead before the restart (dead-ways): %s: "
		    "they are used until they are found dead again",
		ret == -EBADMSG ? "not as vbrd writes it" : strerror(-ret));
}

void logmsg_drill(const char *tenant, const char *group, int64_t id, const char *what, bool ended)
{
	log_notice("tenant=%s failover-group=%s drill %lld %s %s", tenant, group, (long long)id,
		ended ? "has ended:" : "is", what);
}

void logmsg_failover(const char *tenant, const char *group, const char *from, const char *to,
	uint32_t missing)
{
	log_notice("tenant=%s failover-group=%s %s, was %s; %u routes are on one VBR only", tenant,
		group, to, from, missing);
}

void logmsg_asymmetry_ways(const struct asymmetry_view *v, char *dst, size_t size)
{
	snprintf(dst, size, "leaves by %s, returns by %s (%u %% of the bytes)", v->out, v->in,
		v->percent);
}

/* A standby loses before local preference is compared. */
static void put_leave(const struct asymmetry_view *v, const struct asymmetry_standby *s, char *dst,
	size_t size)
{
	char pfx[PREFIX_STRLEN];

	if (s->group[0] != '\0')
		snprintf(dst, size, "make it the primary of failover-group %s", s->group);
	else if (s->peering[0] != '\0')
		snprintf(dst, size, "give peering %s, which is standby, a weight above 0",
			s->peering);
	else
		snprintf(dst, size,
			"set local-preference above that of %s for %s in the import policy of the "
			"peers of %s",
			v->out, prefix_format(&v->pfx, pfx), v->in);
}

void logmsg_asymmetry_fix(const struct asymmetry_view *v, const struct asymmetry_standby *s,
	char *dst, size_t size)
{
	char leave[3 * MODEL_NAME_SIZE + 128];

	put_leave(v, s, leave, sizeof(leave));
	snprintf(dst, size,
		"to return by %s: set med or as-path-prepend for the CIDRs of VPC %s in the export "
		"policy of the peers of %s; or to leave by %s: %s",
		v->out, v->vpc, v->in, v->in, leave);
}

void logmsg_asymmetry(const struct asymmetry_view *v, bool began)
{
	char pfx[PREFIX_STRLEN];
	char ways[2 * MODEL_NAME_SIZE + 64];

	logmsg_asymmetry_ways(v, ways, sizeof(ways));
	if (began)
		log_warning("tenant=%s vpc=%s traffic with %s %s", v->tenant, v->vpc,
			prefix_format(&v->pfx, pfx), ways);
	else
		log_notice("tenant=%s vpc=%s traffic with %s no longer %s", v->tenant, v->vpc,
			prefix_format(&v->pfx, pfx), ways);
}

void logmsg_asymmetry_blind(const char *tenant, const char *vbr, const char *why)
{
	log_warning("tenant=%s vbr=%s packets cannot be sampled: %s", tenant, vbr, why);
}

void logmsg_started(uint32_t workers, const char *mode, uint64_t revision)
{
	log_notice("vbrd %s started: %u worker%s, data plane %s, configuration revision %llu",
		VERSION, workers, workers == 1 ? "" : "s", mode, (unsigned long long)revision);
}

void logmsg_carrier_loss(int error)
{
	if (error)
		log_notice("a line that loses its carrier takes its routes along, and others wait "
			   "meanwhile: no IFB devices or no resilient groups: %s",
			strerror(error));
}

void logmsg_snapshot_wins(const char *file, const char *state_dir)
{
	log_notice("configuration taken from %s: %s has not changed since it was loaded, "
		   "or later commits followed; start with --replace to take the file",
		state_dir, file);
}

void logmsg_no_file(void)
{
	log_notice("no configuration file: starting empty, configure with vbrsh");
}

void logmsg_reload(const char *file, int ret, const struct errbuf *err)
{
	if (ret == 0)
		log_notice("%s loaded", file);
	else
		logmsg_errors("reload refused, the running configuration stays", err);
}

void logmsg_stopping(bool withdraw)
{
	log_notice(withdraw ? "stopping: routes and devices are removed from the kernel" :
			      "stopping: routes stay in the kernel");
}

void logmsg_metering(const char *why)
{
	if (why[0] != '\0')
		log_error("metering: %s; counters go on, the next sample that can be written has "
			  "all of it",
			why);
	else
		log_notice("metering: the ledger is written");
}

void logmsg_metering_dropped(uint32_t objects)
{
	log_error("metering: the last reading of %u objects that are gone could not be written "
		  "and is lost",
		objects);
}

void logmsg_errors(const char *what, const struct errbuf *err)
{
	log_error("%s", what);
	for (uint32_t i = 0; i < err->n; i++) {
		const struct errbuf_item *e = &err->items[i];

		if (e->line != 0)
			log_error("line %u: %s%s%s", e->line, e->path != NULL ? e->path : "",
				e->path != NULL ? ": " : "", e->text);
		else
			log_error("%s%s%s", e->path != NULL ? e->path : "",
				e->path != NULL ? ": " : "", e->text);
	}
	if (err->dropped > 0)
		log_error("and %u more", err->dropped);
}
