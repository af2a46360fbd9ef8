/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample is a job: it reads a few devices a slice (some 20 us each) into a batch, and posts the
 * batch to the ledger's thread. Samples are due when the wall clock is at a multiple of the
 * interval. Objects are also read
 *
 *   - when a commit takes them away or changes them: before it is applied
 *   - when a device of theirs has come up that was never read: within a second, so that what flows
 *     from now on counts
 *   - when vbrd stops
 *
 * A batch that could not be written is no loss, since the next one begins where the last one on
 * disk ended. But for objects that are gone there is no next one: batches with a last reading are
 * kept, as many as KEPT_MAX, and written before anything else. What is dropped beyond that is
 * counted in the log.
 */
#include "vbr/metering/metering.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/digest.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/daemon.h"
#include "vbr/events.h"
#include "vbr/logmsg.h"
#include "vbr/metering/targets.h"
#include "vbr/model/delta.h"
#include "vbr/model/metering.h"
#include "vbr/plane/plane.h"

#define SLICE           16       /* devices read in one slice */
#define LATE_US         20000    /* behind the boundary: timers are not exact */
#define LOOK_US         60000000 /* the wall clock may have been set meanwhile */
#define NEW_US          1000000  /* devices that have come are looked for so often, */
#define NEW_MAX         120      /* so many times after a commit */
#define KEPT_MAX        64
#define ETHERNET_HEADER 14
#define DAY_S           86400u

/* A batch on its way. */
struct post {
	TAILQ_ENTRY(post) entry;
	struct metering *m; /* main's: the thread leaves it alone */
	struct ledger_batch batch;
	bool is_sample; /* of all */
	bool has_last;  /* of an object that goes */
	struct errbuf err;
	int ret;
	uint64_t took_us;
};

struct metering {
	struct daemon *d; /* borrowed */
	struct ledger_thread *ledger;
	struct targets targets;
	struct timer due;
	struct timer look;
	struct job job;
	struct post *reading; /* being filled by the job */
	uint32_t next;        /* target of the job */
	uint32_t looks;       /* left for new devices */
	int64_t due_s;
	uint64_t epoch;
	bool is_away; /* a sample is with the ledger */
	TAILQ_HEAD(, post) kept;
	uint32_t n_kept;
	char error[256];
	int64_t last_s;
	uint64_t write_us;
};

/* Of this boot and this network namespace: interface indices mean something within it only. */
static uint64_t find_epoch(void)
{
	char boot[64] = "";
	struct stat st = { 0 };
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	uint64_t d;

	if (f != NULL) {
		if (fgets(boot, sizeof(boot), f) == NULL)
			boot[0] = '\0';
		fclose(f);
	}
	(void)stat("/proc/self/ns/net", &st);
	d = digest_add_str(0, boot);
	return digest_add_u64(d, st.st_ino) | 1; /* 0 is "never" */
}

static const struct model_metering *conf(const struct metering *m)
{
	return model_metering(daemon_model(m->d));
}

static int64_t wall_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Posts */

static struct post *post_new(struct metering *m, bool is_sample)
{
	const struct model_metering *c = conf(m);
	struct post *p = xcalloc(1, sizeof(*p));

	p->m = m;
	p->is_sample = is_sample;
	p->batch.now.epoch = m->epoch;
	p->batch.now.mono_us = mono_now().us;
	p->batch.now.wall_s = wall_us() / 1000000;
	p->batch.interval_s = c->interval_s;
	p->batch.sample_keep_s = c->keep_samples * DAY_S;
	p->batch.hour_keep_s = c->keep_hours * DAY_S;
	errbuf_init(&p->err);
	return p;
}

static void post_free(struct post *p)
{
	if (p == NULL)
		return;
	free(p->batch.entries);
	free(p->batch.devices);
	errbuf_fini(&p->err);
	free(p);
}

/* What is read for the last time: another of its name begins anew. */
enum last {
	LAST_NOT,
	LAST_PAYER, /* somebody else pays for it from now on */
	LAST_ALL,
};

static void add_entry(struct post *p, const struct ledger_entry *e, uint32_t n_devices,
	bool is_last)
{
	struct ledger_batch *b = &p->batch;
	struct ledger_entry *x;

	b->entries = xreallocarray(b->entries, b->n_entries + 1, sizeof(*b->entries));
	x = &b->entries[b->n_entries++];
	*x = *e;
	x->is_last = is_last;
	x->first_device = b->n_devices;
	x->n_devices = n_devices;
	p->has_last |= is_last;
}

/* Read one object into the batch; nothing is added if none of its devices is there. */
static void post_read(struct post *p, struct target *t, enum last last)
{
	struct linkplane *links = plane_links(daemon_plane(p->m->d));
	struct ledger_batch *b = &p->batch;
	const uint32_t first = b->n_devices;
	bool is_there = false;

	b->devices = xreallocarray(b->devices, first + t->n_devices, sizeof(*b->devices));
	for (uint32_t i = 0; i < t->n_devices; i++) {
		struct ledger_device *d = &b->devices[first + i];
		struct link_counters c;

		memset(d, 0, sizeof(*d));
		snprintf(d->name, sizeof(d->name), "%s", t->devices[i].name);
		d->is_others = t->devices[i].is_others;
		if (linkplane_counters(links, d->name, &c) < 0)
			continue;
		/* A VLAN device counts what arrives without the header that its port counts. */
		if (d->is_others)
			c.rx_bytes += c.rx_packets * ETHERNET_HEADER;
		d->reading = (struct meter_reading){ p->m->epoch, c.ifindex,
			{ { c.rx_bytes, c.tx_bytes, c.rx_packets, c.tx_packets } } };
		t->devices[i].is_known = true;
		is_there = true;
	}
	if (!is_there)
		return;
	add_entry(p, &t->entry, t->n_devices, last == LAST_ALL);
	if (t->paid != NULL)
		add_entry(p, t->paid, t->n_devices, last != LAST_NOT);
	b->n_devices += t->n_devices;
}

/* On the ledger's thread. */
static void write_batch(struct ledger *l, void *arg)
{
	struct post *p = arg;
	const struct mono before = mono_now();
	bool more;

	p->ret = ledger_write(l, &p->batch, &p->err);
	p->took_us = (uint64_t)mono_sub_us(mono_now(), before);
	if (p->ret == 0 && p->is_sample)
		p->ret = ledger_prune(l, &p->batch, &more, &p->err);
}

static void keep(struct metering *m, struct post *p)
{
	if (m->n_kept == KEPT_MAX) {
		logmsg_metering_dropped(p->batch.n_entries);
		post_free(p);
		return;
	}
	errbuf_fini(&p->err);
	errbuf_init(&p->err);
	TAILQ_INSERT_TAIL(&m->kept, p, entry);
	m->n_kept++;
}

/* Told once when it begins, and when it ends; a reason that changes is told, too. */
static void set_error(struct metering *m, const char *why)
{
	const enum event_type type = why[0] != '\0' ? EVENT_METERING_ERROR : EVENT_METERING_OK;

	if (strcmp(m->error, why) == 0)
		return;
	snprintf(m->error, sizeof(m->error), "%s", why);
	logmsg_metering(m->error);
	events_publish(daemon_events(m->d),
		&(struct event_report){ .type = type,
			.text = m->error[0] != '\0' ? m->error : NULL });
}

static void written(void *arg)
{
	struct post *p = arg;
	struct metering *m = p->m;

	if (p->is_sample)
		m->is_away = false;
	set_error(m, p->ret < 0 ? errbuf_first(&p->err) : "");
	if (p->ret == 0 && p->is_sample) {
		m->last_s = p->batch.now.wall_s;
		m->write_us = p->took_us;
	}
	if (p->ret < 0 && p->has_last)
		keep(m, p);
	else
		post_free(p);
}

static void post_send(struct metering *m, struct post *p)
{
	if (p->batch.n_entries == 0 && !p->is_sample) {
		post_free(p);
		return;
	}
	if (ledger_thread_call(m->ledger, write_batch, written, p) == 0)
		m->is_away |= p->is_sample;
	else if (p->has_last)
		keep(m, p);
	else
		post_free(p); /* the ledger is stuck: the next sample has it all */
}

/* What was kept comes first: it is older. */
static void send_kept(struct metering *m)
{
	uint32_t n = m->n_kept;

	while (n-- > 0) {
		struct post *p = TAILQ_FIRST(&m->kept);

		TAILQ_REMOVE(&m->kept, p, entry);
		m->n_kept--;
		post_send(m, p);
	}
}

/* Samples */

static bool on_slice(void *ctx)
{
	struct metering *m = ctx;
	struct post *p = m->reading;
	uint32_t n = 0;

	if (p == NULL)
		return false;
	while (m->next < m->targets.n && n < SLICE) {
		struct target *t = &m->targets.v[m->next++];

		post_read(p, t, LAST_NOT);
		n += t->n_devices;
	}
	if (m->next < m->targets.n)
		return true;
	m->reading = NULL;
	post_send(m, p);
	return false;
}

static void sample(struct metering *m)
{
	if (m->reading != NULL || m->is_away) /* slower than the interval: the next one has it */
		return;
	send_kept(m);
	m->reading = post_new(m, true);
	m->next = 0;
	job_wake(&m->job);
}

static void schedule(struct metering *m)
{
	const int64_t interval_s = conf(m)->interval_s;
	const int64_t now = wall_us();
	int64_t wait;

	m->due_s = (now / 1000000 / interval_s + 1) * interval_s;
	wait = m->due_s * 1000000 - now + LATE_US;
	timer_start(&m->due, wait < LOOK_US ? wait : LOOK_US);
}

static void on_due(void *ctx)
{
	struct metering *m = ctx;

	if (wall_us() / 1000000 >= m->due_s)
		sample(m);
	schedule(m);
}

/* Devices that were never read and are there now. */
static bool has_news(const struct metering *m, const struct target *t)
{
	const struct linkplane *links = plane_links(daemon_plane(m->d));
	struct link_status st;

	for (uint32_t i = 0; i < t->n_devices; i++)
		if (!t->devices[i].is_known &&
			linkplane_status(links, t->devices[i].name, &st) == 0 && st.present)
			return true;
	return false;
}

static bool is_waiting(const struct target *t)
{
	for (uint32_t i = 0; i < t->n_devices; i++)
		if (!t->devices[i].is_known)
			return true;
	return false;
}

static void on_look(void *ctx)
{
	struct metering *m = ctx;
	struct post *p = post_new(m, false);
	bool more = false;

	for (uint32_t i = 0; i < m->targets.n; i++) {
		if (has_news(m, &m->targets.v[i]))
			post_read(p, &m->targets.v[i], LAST_NOT);
		more |= is_waiting(&m->targets.v[i]);
	}
	post_send(m, p);
	if (more && m->looks-- > 1)
		timer_start(&m->look, NEW_US);
}

static void read_before(struct metering *m, const struct model_delta *d,
	const struct model_obj *was, struct post *p)
{
	struct target *t = targets_find(&m->targets, was);

	if (t == NULL)
		return;
	if (target_goes(t, d->now))
		post_read(p, t, LAST_ALL);
	else if (target_changes(t, d->was, d->now))
		post_read(p, t, target_payer_goes(t, d->now) ? LAST_PAYER : LAST_NOT);
}

void metering_before(struct metering *m, const struct model_delta *d)
{
	struct post *p = post_new(m, false);
	const struct model_obj *o;

	for (uint32_t i = 0; i < d->n; i++)
		if (d->changes[i].now == NULL)
			read_before(m, d, d->changes[i].was, p);
	for (int k = 0; k < MODEL_KIND_COUNT; k++)
		for (uint32_t i = 0; (o = model_delta_next(d, (enum model_kind)k, &i)) != NULL;) {
			const struct model_obj *was = model_counterpart(d->was, o);

			if (was != NULL)
				read_before(m, d, was, p);
		}
	post_send(m, p);
}

static void renew_all(struct metering *m)
{
	struct targets old = m->targets;

	targets_init(&m->targets, daemon_plane(m->d), &old);
	targets_fini(&old);
}

void metering_applied(struct metering *m, const struct model_delta *d)
{
	if (d == NULL || d->is_whole)
		renew_all(m);
	else
		targets_apply(&m->targets, daemon_plane(m->d), d);
	if (m->reading != NULL) { /* it reads what may be gone: from the start */
		post_free(m->reading);
		m->reading = NULL;
		sample(m);
	}
	m->looks = NEW_MAX;
	timer_start(&m->look, NEW_US / 10);
	schedule(m);
}

void metering_read_all(struct metering *m)
{
	struct post *p = post_new(m, true);

	for (uint32_t i = 0; i < m->targets.n; i++)
		post_read(p, &m->targets.v[i], LAST_NOT);
	send_kept(m);
	post_send(m, p);
}

struct metering *metering_new(struct daemon *d, const char *state_dir)
{
	struct metering *m = xcalloc(1, sizeof(*m));
	char *path = xasprintf("%s/ledger.db", state_dir);

	m->d = d;
	m->epoch = find_epoch();
	TAILQ_INIT(&m->kept);
	timer_init(&m->due, daemon_loop(d), on_due, m);
	timer_init(&m->look, daemon_loop(d), on_look, m);
	job_init(&m->job, daemon_loop(d), on_slice, m);
	m->ledger = ledger_thread_start(daemon_loop(d), path);
	free(path);
	if (m->ledger != NULL)
		return m;
	free(m);
	return NULL;
}

void metering_free(struct metering *m)
{
	struct post *p;

	if (m == NULL)
		return;
	timer_stop(&m->due);
	timer_stop(&m->look);
	job_cancel(&m->job);
	post_free(m->reading);
	m->reading = NULL;
	if (daemon_plane(m->d) != NULL)
		metering_read_all(m);
	ledger_thread_stop(m->ledger);
	while ((p = TAILQ_FIRST(&m->kept)) != NULL) {
		TAILQ_REMOVE(&m->kept, p, entry);
		logmsg_metering_dropped(p->batch.n_entries);
		post_free(p);
	}
	targets_fini(&m->targets);
	free(m);
}

struct ledger_thread *metering_ledger(const struct metering *m)
{
	return m->ledger;
}

const char *metering_error(const struct metering *m)
{
	return m->error;
}

int64_t metering_last_s(const struct metering *m)
{
	return m->last_s;
}

uint64_t metering_write_us(const struct metering *m)
{
	return m->write_us;
}
