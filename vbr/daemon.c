/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composition and the transaction's owner side.
 *
 *   validate   next model = present one + changed objects, checked as far as it is another one
 *   prepare    engines started if those that run do not do; numbers reserved on disk
 *   apply      the plane becomes the next model
 *
 * The engines start with the first commit, since the data plane's mode and tables are
 * configuration.
 */
#include "vbr/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bfd/bfd_thread.h"
#include "conf/conf.h"
#include "fib/fib_thread.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/drill/drill.h"
#include "vbr/engines.h"
#include "vbr/events.h"
#include "vbr/failover/failover.h"
#include "vbr/health/health.h"
#include "vbr/ids.h"
#include "vbr/life/act.h"
#include "vbr/logmsg.h"
#include "vbr/metering/metering.h"
#include "vbr/mgmt/mgmt.h"
#include "vbr/model/delta.h"
#include "vbr/news/news.h"
#include "vbr/plane/plane.h"
#include "vbr/process.h"
#include "vbr/read.h"
#include "vbr/symmetry/symmetry.h"
#include "vbr/vault.h"
#include "vbr/worker/worker.h"

#define GOODBYE_US 50000

struct daemon {
	struct daemon_params p;
	struct loop *loop; /* borrowed */
	struct mono started;
	struct events *events; /* owned, all below too */
	struct vault *secret;
	struct ids *ids;
	struct lives *lives;
	struct conf *conf;
	struct fib_thread *fib;
	struct bfd_thread *bfd;
	struct workers *workers;
	struct plane *plane;
	struct health *health;
	struct metering *metering;
	struct failovers *failovers;
	struct drills *drills;
	struct symmetries *symmetries;
	struct mgmt *mgmt;
	struct model *next;       /* of the transaction in progress, */
	struct model_delta delta; /* and from the plane's model to it, once that is prepared */
	struct engines fresh;     /* for it, if those that run do not do; else zero */
	struct model *candidate;  /* the last one that was only checked, if it is wanted */
	bool keeps_candidate;
	uint32_t whatifs;
	uint32_t route_watches;
	struct timer goodbye;
	bool withdraw; /* of the goodbye */
	bool is_cold;  /* the kernel has booted since vbrd ran last */
	bool stopping; /* no transaction begins any more */
	bool swept;    /* what an earlier run left is gone from the kernel */
	int lock_fd;
};

/* Transactions */

/* The first model is checked whole, later ones as far as they are not the present one. */
static int check(const struct daemon *d, struct errbuf *err)
{
	struct model_delta delta;
	int ret;

	if (d->plane == NULL)
		return model_check(d->next, err);
	model_delta_init(&delta, plane_model(d->plane), d->next);
	ret = model_check_delta(&delta, err);
	if (ret == 0 && !conf_takes_back(d->conf))
		ret = model_check_fixed(&delta, err);
	model_delta_fini(&delta);
	return ret;
}

static int edit(struct daemon *d, const struct conf_change *ch, struct errbuf *err)
{
	struct model_obj *o;
	struct read_key k;

	if (ch->op == CONF_OP_DELETE) {
		read_key(ch, &k);
		model_del(d->next, ch->kind, k.tenant, k.name, k.name2);
		return 0;
	}
	o = read_object(ch, d->secret, err);
	if (o == NULL)
		return -EINVAL;
	model_put(d->next, o);
	return 0;
}

static int on_validate(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct daemon *d = ctx;
	int ret = 0;

	if (d->stopping) {
		errbuf_add(err, NULL, 0, "vbrd is shutting down");
		return -EINVAL;
	}
	d->next = d->plane != NULL ? model_copy(plane_model(d->plane)) : model_new();
	d->next->now_s = (int64_t)time(NULL);
	for (uint32_t i = 0; i < n; i++) {
		int r = edit(d, &ch[i], err);

		ret = r < 0 ? r : ret;
	}
	if (model_system(d->next) == NULL) {
		struct model *fresh = model_new();

		model_put(d->next, model_obj_ref(fresh->of[MODEL_SYSTEM].v[0]));
		model_free(fresh);
	}
	if (ret == 0)
		ret = check(d, err);
	if (ret < 0) {
		model_free(d->next);
		d->next = NULL;
	}
	return ret;
}

static void on_event(void *ctx, const struct worker_event *ev)
{
	const struct daemon *d = ctx;

	if (ev->type == WORKER_EVENT_PEER_DOWN)
		health_bgp_ended(d->health, ev->tenant, ev->instance);
	if (ev->type == WORKER_EVENT_PEER_UP || ev->type == WORKER_EVENT_PEER_DOWN)
		failovers_poke(d->failovers, ev->tenant);
	news_worker(d->events, ev);
}

static void on_health(void *ctx, const struct health_view *v)
{
	const struct daemon *d = ctx;

	if (v->obj->kind == MODEL_VBR)
		failovers_poke(d->failovers, v->obj->tenant);
	news_health(d->events, v);
}

static void on_health_kept(void *ctx, int ret)
{
	(void)ctx;
	logmsg_health_kept(ret);
}

static void on_line(void *ctx, const struct plane_instance *i, const struct plane_circuit *c,
	bool up)
{
	const struct daemon *d = ctx;

	failovers_poke(d->failovers, i->tenant);
	news_line(d->events, i, c, up);
}

static void on_peering(void *ctx, const struct model_peering *m, enum channel_state from,
	enum channel_state to)
{
	news_peering(((const struct daemon *)ctx)->events, m, from, to);
}

static void on_service(void *ctx, const struct plane_instance *i, enum model_hold hold)
{
	const struct daemon *d = ctx;

	failovers_poke(d->failovers, i->tenant);
	news_service(d->events, i, hold);
}

static void on_circuit(void *ctx, const struct plane_instance *i, const struct plane_circuit *c,
	enum model_hold hold)
{
	const struct daemon *d = ctx;

	failovers_poke(d->failovers, i->tenant);
	news_circuit(d->events, i, c, hold);
}

/* No commit, but the same to those who are metered. */
static void on_expired(void *ctx, const struct model_delta *delta, bool gone)
{
	const struct daemon *d = ctx;

	if (gone) {
		metering_applied(d->metering, delta);
		return;
	}
	news_subscriptions(d->events, delta);
	metering_before(d->metering, delta);
}

/* As a configuration wants them. */
static int start_engines(struct daemon *d, const struct model_system *sys, struct engines *e,
	struct errbuf *err)
{
	const struct engines_params p = {
		.loop = d->loop,
		.n_workers = d->p.n_workers,
		.system = sys,
		.event = on_event,
		.plane = {
			.ids = d->ids,
			.cold = d->is_cold,
			.line = on_line,
			.expired = on_expired,
			.service = on_service,
			.circuit = on_circuit,
			.peering = on_peering,
			.phase = life_phase,
		},
		.ctx = d,
	};

	return engines_start(e, &p, err);
}

static void engines_take(struct daemon *d, struct engines *e)
{
	struct engines old = {
		.fib = d->fib,
		.bfd = d->bfd,
		.workers = d->workers,
		.plane = d->plane,
	};

	d->fib = e->fib;
	d->bfd = e->bfd;
	d->workers = e->workers;
	d->plane = e->plane;
	*e = (struct engines){ 0 };
	d->swept = false;
	events_watch_fib(d->events, d->fib, d->plane);
	if (d->fib != NULL)
		logmsg_carrier_loss((int)counter_get(&fib_thread_stats(d->fib)->keep_errno));
	engines_stop(&old);
}

static bool engines_fit(const struct daemon *d, const struct model_system *sys)
{
	bool is_vrf = plane_mode(d->plane) == LINK_MODE_VRF;

	return sys->table_base == plane_table_base(d->plane) &&
		(sys->data_plane == 0 || (sys->data_plane == 1) == is_vrf);
}

/* Mode and tables are for life, but as long as there is nothing that stands on them. */
static int engines_want(struct daemon *d, struct errbuf *err)
{
	const struct model_system *sys = model_system(d->next);

	if (d->plane != NULL && engines_fit(d, sys))
		return 0;
	if (d->plane != NULL && !plane_is_empty(d->plane)) {
		errbuf_add(err, "/vbrd:system/data-plane", 0,
			"mode and table-base cannot change while tenants are configured: "
			"stop vbrd with shutdown withdraw, change the file, "
			"start it with --replace");
		return -EBUSY;
	}
	return start_engines(d, sys, &d->fresh, err);
}

static int on_prepare(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err)
{
	struct daemon *d = ctx;
	struct plane *p;
	int ret;

	(void)ch;
	(void)n;
	ret = engines_want(d, err);
	if (ret < 0)
		return ret;
	p = d->fresh.plane != NULL ? d->fresh.plane : d->plane;
	model_delta_init(&d->delta, plane_model(p), d->next);
	ret = plane_prepare(p, &d->delta, err);
	if (ret < 0) {
		model_delta_fini(&d->delta);
		engines_stop(&d->fresh);
	}
	return ret;
}

static void on_abort(void *ctx, struct conf_change *ch, uint32_t n)
{
	struct daemon *d = ctx;

	(void)ch;
	(void)n;
	model_delta_fini(&d->delta);
	if (d->keeps_candidate) {
		model_free(d->candidate);
		d->candidate = d->next;
	} else {
		model_free(d->next);
	}
	d->next = NULL;
	engines_stop(&d->fresh);
	if (d->plane != NULL)
		plane_abort(d->plane);
}

/* What an earlier run left and this configuration does not want. */
static void sweep(struct daemon *d)
{
	if (!d->swept)
		plane_sweep(d->plane);
	d->swept = true;
}

static void on_apply(void *ctx, struct conf_change *ch, uint32_t n)
{
	struct daemon *d = ctx;
	const struct model_delta *delta = &d->delta;
	struct model *before;

	if (d->fresh.plane != NULL)
		engines_take(d, &d->fresh);
	news_commit(d->events, conf_revision(d->conf) + 1, ch, n);
	if (!d->p.keep_log_level)
		log_set_level(model_system(d->next)->log_level);
	news_subscriptions(d->events, delta);
	lives_apply(d->lives, delta);
	metering_before(d->metering, delta);
	before = plane_apply(d->plane, d->next, delta);
	metering_applied(d->metering, delta);
	life_settle(d);
	health_apply(d->health, d->plane, delta);
	if (model_delta_has(delta, MODEL_FAILOVER))
		failovers_sync(d->failovers, daemon_model(d));
	drills_sync(d->drills, daemon_model(d));
	if (model_delta_has(delta, MODEL_TENANT) || model_delta_has(delta, MODEL_VBR) ||
		model_delta_has(delta, MODEL_VPC) || model_delta_has(delta, MODEL_PEERING) ||
		model_delta_has(delta, MODEL_ACCEPT))
		symmetries_sync(d->symmetries, daemon_model(d));
	d->next = NULL;
	model_delta_fini(&d->delta);
	model_free(before);
	sweep(d);
}

static char *on_seal(void *ctx, const char *plain)
{
	return vault_seal(((const struct daemon *)ctx)->secret, plain);
}

static bool on_same_secret(void *ctx, const char *sealed, const char *plain)
{
	return vault_is_same(((const struct daemon *)ctx)->secret, sealed, plain);
}

static const struct conf_ops conf_ops = {
	.validate = on_validate,
	.prepare = on_prepare,
	.apply = on_apply,
	.abort = on_abort,
	.seal = on_seal,
	.same_secret = on_same_secret,
};

static struct conf *conf_open(struct daemon *d, const char *state_dir, struct errbuf *err)
{
	struct conf_params cp = {
		.yang_dir = d->p.yang_dir,
		.state_dir = state_dir,
		.ops = &conf_ops,
		.ctx = d,
		.loop = d->loop,
	};

	cp.objects = read_objects(&cp.n_objects);
	return conf_new(&cp, err);
}

/* Only the key of this edge opens what it sealed; who may not read it checks with none. */
static struct vault *vault_for_check(const char *state_dir, struct errbuf *err)
{
	char *path = xasprintf("%s/secret.key", state_dir);
	bool readable = access(path, R_OK) == 0;

	free(path);
	return vault_open(readable ? state_dir : NULL, err);
}

int daemon_check(const struct daemon_params *p, struct errbuf *err)
{
	struct daemon d = { .p = { .yang_dir = p->yang_dir } };
	int ret = -EINVAL;

	d.secret = vault_for_check(p->state_dir, err);
	d.conf = d.secret != NULL ? conf_open(&d, NULL, err) : NULL;
	if (d.conf != NULL)
		ret = conf_check_file(d.conf, p->file, err);
	conf_free(d.conf);
	vault_close(d.secret);
	return ret;
}

/* Start */

static int make_dir(const char *path, mode_t mode, const char *option, struct errbuf *err)
{
	char *copy = xstrdup(path);
	int ret = 0;

	for (char *p = strchr(copy + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(copy, 0755);
		*p = '/';
	}
	free(copy);
	if (mkdir(path, mode) < 0 && errno != EEXIST) {
		errbuf_add(err, NULL, 0,
			"%s: cannot create the directory: %s: make it for vbrd, or use %s", path,
			strerror(errno), option);
		ret = -EIO;
	}
	return ret;
}

/* Two daemons on one state directory would undo each other's work. */
static int take_lock(struct daemon *d, struct errbuf *err)
{
	char *path = xasprintf("%s/lock", d->p.state_dir);
	int ret = -EIO;

	d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->lock_fd < 0)
		errbuf_add(err, NULL, 0,
			"%s: cannot write: %s: give vbrd the right to write there, "
			"or use --state-dir",
			path, strerror(errno));
	else if (flock(d->lock_fd, LOCK_EX | LOCK_NB) < 0)
		errbuf_add(err, NULL, 0, "%s: %s", path,
			errno == EWOULDBLOCK ? "another vbrd runs on this state directory: "
					       "stop it, or use --state-dir" :
					       strerror(errno));
	else
		ret = 0;
	free(path);
	return ret;
}

static int load(struct daemon *d, struct errbuf *err)
{
	bool from_snapshot = false;
	int ret = conf_start(d->conf, d->p.file, d->p.replace, &from_snapshot, err);

	if (ret < 0)
		return ret;
	if (from_snapshot && d->p.file != NULL)
		logmsg_snapshot_wins(d->p.file, d->p.state_dir);
	else if (d->p.file == NULL && !from_snapshot)
		logmsg_no_file();
	if (d->plane == NULL) {
		/* An empty configuration commits nothing; the engines run all the same. */
		struct model *empty = model_new();
		struct engines e = { 0 };

		ret = start_engines(d, model_system(empty), &e, err);
		model_free(empty);
		if (ret == 0)
			engines_take(d, &e);
	}
	if (ret == 0) {
		sweep(d);
		metering_applied(d->metering, NULL);
		drills_sync(d->drills, daemon_model(d));
	}
	return ret;
}

static int start(struct daemon *d, struct errbuf *err)
{
	char *socket;
	int ret = make_dir(d->p.state_dir, 0700, "--state-dir", err);

	if (ret == 0)
		ret = make_dir(d->p.run_dir, 0755, "--run-dir", err);
	if (ret == 0)
		ret = take_lock(d, err);
	if (ret < 0)
		return ret;
	d->is_cold = !process_kernel_is_same(d->p.state_dir);
	ret = health_remember(d->health, d->p.state_dir, d->is_cold);
	if (ret < 0)
		logmsg_health_forgotten(ret);
	d->secret = vault_open(d->p.state_dir, err);
	d->ids = d->secret != NULL ? ids_open(d->p.state_dir, err) : NULL;
	d->lives = d->ids != NULL ? lives_new(d->loop, d->p.state_dir, life_ops(), d, err) : NULL;
	d->conf = d->lives != NULL ? conf_open(d, d->p.state_dir, err) : NULL;
	if (d->conf == NULL)
		return -EIO;
	d->drills = drills_new(d, d->p.state_dir, err);
	if (d->drills == NULL)
		return -EIO;
	d->metering = metering_new(d, d->p.state_dir);
	if (d->metering == NULL) {
		errbuf_add(err, NULL, 0, "cannot start the ledger: %s", strerror(errno));
		return -EIO;
	}
	ret = load(d, err);
	if (ret < 0)
		return ret == -EIO ? ret : -EINVAL;
	socket = xasprintf("%s/vbrd.sock", d->p.run_dir);
	d->mgmt = mgmt_new(d, socket, err);
	free(socket);
	return d->mgmt != NULL ? 0 : -EIO;
}

static void on_goodbye(void *ctx);

struct daemon *daemon_new(struct loop *main_loop, const struct daemon_params *p, struct errbuf *err)
{
	struct daemon *d = xcalloc(1, sizeof(*d));
	int ret;

	d->p = *p;
	d->loop = main_loop;
	d->lock_fd = -1;
	d->started = mono_now();
	d->events = events_new(main_loop);
	d->health = health_new(&(struct health_params){ .loop = main_loop,
		.changed = on_health,
		.kept = on_health_kept,
		.ctx = d });
	d->failovers = failovers_new(d);
	d->symmetries = symmetries_new(d);
	timer_init(&d->goodbye, main_loop, on_goodbye, d);
	ret = start(d, err);
	if (ret < 0) {
		daemon_free(d);
		errno = -ret;
		return NULL;
	}
	logmsg_started(p->n_workers, plane_mode(d->plane) == LINK_MODE_VRF ? "vrf" : "rules",
		conf_revision(d->conf));
	return d;
}

void daemon_free(struct daemon *d)
{
	if (d == NULL)
		return;
	d->stopping = true;
	timer_stop(&d->goodbye);
	mgmt_free(d->mgmt);
	health_stop(d->health);
	drills_stop(d->drills);
	metering_free(d->metering);
	failovers_stop(d->failovers);
	symmetries_stop(d->symmetries);
	engines_take(d, &(struct engines){ 0 });
	drills_free(d->drills);
	failovers_free(d->failovers);
	symmetries_free(d->symmetries);
	conf_free(d->conf);
	model_delta_fini(&d->delta);
	model_free(d->next);
	model_free(d->candidate);
	lives_free(d->lives);
	health_free(d->health);
	ids_close(d->ids);
	vault_close(d->secret);
	events_free(d->events);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d);
}

void daemon_reload(struct daemon *d)
{
	struct errbuf err;
	int ret;

	if (d->p.file == NULL) {
		logmsg_no_file();
		return;
	}
	errbuf_init(&err);
	ret = conf_reload(d->conf, d->p.file, &err);
	logmsg_reload(d->p.file, ret, &err);
	errbuf_fini(&err);
}

/* Shutdown: sessions first, so that no route comes back behind the withdrawal. */

static void withdraw_fib(struct fib *f, void *arg)
{
	(void)arg;
	fib_withdraw_all(f);
}

static void withdraw_done(void *arg)
{
	struct daemon *d = arg;

	if (d->plane != NULL) {
		metering_read_all(d->metering);
		plane_withdraw(d->plane);
	}
	loop_stop(d->loop);
}

static void withdraw(struct daemon *d)
{
	process_kernel_forget(d->p.state_dir);
	/* Full of questions of show commands: they end soon. */
	if (fib_thread_call(d->fib, withdraw_fib, withdraw_done, d) < 0)
		timer_start(&d->goodbye, GOODBYE_US);
}

void daemon_shutdown(struct daemon *d, bool is_withdraw)
{
	struct workers *ws = d->workers;

	if (d->stopping)
		return; /* a withdrawal that has begun is finished */
	d->stopping = true;
	logmsg_stopping(is_withdraw);
	if (!is_withdraw) {
		loop_stop(d->loop);
		return;
	}
	drills_stop(d->drills);
	health_stop(d->health);
	failovers_stop(d->failovers);
	symmetries_stop(d->symmetries);
	plane_stop(d->plane);
	/* Questions that come back now must see that there is nobody left to ask. */
	d->workers = NULL;
	workers_stop(ws, false);
	withdraw(d);
}

static void on_goodbye(void *ctx)
{
	struct daemon *d = ctx;

	if (d->stopping)
		withdraw(d);
	else
		daemon_shutdown(d, d->withdraw);
}

void daemon_shutdown_soon(struct daemon *d, bool is_withdraw)
{
	if (d->stopping)
		return;
	d->withdraw |= is_withdraw;
	timer_start(&d->goodbye, GOODBYE_US);
}

struct loop *daemon_loop(const struct daemon *d)
{
	return d->loop;
}

struct conf *daemon_conf(const struct daemon *d)
{
	return d->conf;
}

struct plane *daemon_plane(const struct daemon *d)
{
	return d->plane;
}

struct workers *daemon_workers(const struct daemon *d)
{
	return d->workers;
}

struct bfd_thread *daemon_bfd(const struct daemon *d)
{
	return d->bfd;
}

struct fib_thread *daemon_fib(const struct daemon *d)
{
	return d->fib;
}

const struct model *daemon_model(const struct daemon *d)
{
	return plane_model(d->plane);
}

struct mono daemon_started(const struct daemon *d)
{
	return d->started;
}

void daemon_keep_candidate(struct daemon *d, bool on)
{
	d->keeps_candidate = on;
	model_free(d->candidate);
	d->candidate = NULL;
}

struct model *daemon_take_candidate(struct daemon *d)
{
	struct model *m = d->candidate;

	d->candidate = NULL;
	d->keeps_candidate = false;
	return m;
}

uint32_t *daemon_whatifs(struct daemon *d)
{
	return &d->whatifs;
}

uint32_t *daemon_route_watches(struct daemon *d)
{
	return &d->route_watches;
}

struct lives *daemon_lives(const struct daemon *d)
{
	return d->lives;
}

struct events *daemon_events(const struct daemon *d)
{
	return d->events;
}

const struct health *daemon_health(const struct daemon *d)
{
	return d->health;
}

struct metering *daemon_metering(const struct daemon *d)
{
	return d->metering;
}

const struct symmetries *daemon_symmetries(const struct daemon *d)
{
	return d->symmetries;
}

struct failovers *daemon_failovers(const struct daemon *d)
{
	return d->failovers;
}

struct drills *daemon_drills(const struct daemon *d)
{
	return d->drills;
}
