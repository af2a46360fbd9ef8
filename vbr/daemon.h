/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root object: owns every part of the running daemon and joins them. Made in main, passed
 * down.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "lib/base/monotime.h"

struct conf;
struct daemon;
struct drills;
struct events;
struct bfd_thread;
struct failovers;
struct fib_thread;
struct health;
struct loop;
struct metering;
struct model;
struct plane;
struct symmetries;
struct workers;

struct daemon_params {
	const char *file; /* configuration; NULL: only what the state directory has */
	const char *state_dir;
	const char *run_dir;
	const char *yang_dir;
	uint32_t n_workers;
	bool keep_log_level; /* the command line has set it */
	bool replace;        /* take file although the snapshot is newer */
};

/**
 * Starts everything up to the management socket. NULL with sentences in err; errno is EINVAL or
 * ENOENT when it is the configuration that is at fault.
 */
struct daemon *daemon_new(struct loop *main_loop, const struct daemon_params *p,
	struct errbuf *err);
/** Orderly stop: Cease to peers, routes stay in the kernel. NULL-safe. */
void daemon_free(struct daemon *d);
/** --check of p->file: 0, or -EINVAL with all errors. Nothing is touched. */
int daemon_check(const struct daemon_params *p, struct errbuf *err);
/** SIGHUP */
void daemon_reload(struct daemon *d);
/**
 * Take routes and devices out of the kernel, then stop the loop ("shutdown withdraw"); without
 * withdraw just stop it.
 */
void daemon_shutdown(struct daemon *d, bool withdraw);
/** The same in a moment, when the answer to whoever asked has left. */
void daemon_shutdown_soon(struct daemon *d, bool withdraw);

struct loop *daemon_loop(const struct daemon *d);
struct conf *daemon_conf(const struct daemon *d);
struct plane *daemon_plane(const struct daemon *d);
struct workers *daemon_workers(const struct daemon *d);
struct bfd_thread *daemon_bfd(const struct daemon *d);
struct fib_thread *daemon_fib(const struct daemon *d);
const struct model *daemon_model(const struct daemon *d);
struct mono daemon_started(const struct daemon *d);
/** From now on (or not) a model that is only checked is kept for daemon_take_candidate. */
void daemon_keep_candidate(struct daemon *d, bool on);
/** The model of the last check; the caller's. NULL if it differed in nothing, or was refused. */
struct model *daemon_take_candidate(struct daemon *d);
/** Checks under way. */
uint32_t *daemon_whatifs(struct daemon *d);
/** Listeners to best paths. */
uint32_t *daemon_route_watches(struct daemon *d);
/** States of the VBRs. */
struct lives *daemon_lives(const struct daemon *d);
/** Audits of failover groups. */
struct failovers *daemon_failovers(const struct daemon *d);
struct drills *daemon_drills(const struct daemon *d);
/** Looks for asymmetric traffic. */
const struct symmetries *daemon_symmetries(const struct daemon *d);
struct events *daemon_events(const struct daemon *d);
const struct health *daemon_health(const struct daemon *d);
struct metering *daemon_metering(const struct daemon *d);
