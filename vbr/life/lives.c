/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted records, one a VBR; a VBR that is deleted and made again at once has two for a moment, the
 * old one DELETING.
 *
 * Whether traffic has left is asked of the device's counters once a second: three quiet looks in a
 * row. Quiet is not silent, for BGP and BFD go on until the end: 20 BFD packets a second and a
 * keepalive are below 4,096 octets a second in each direction.
 */
#include "vbr/life/lives.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/ds/search.h"
#include "lib/io/loop.h"
#include "vbr/model/delta.h"

#define LOOK_US      1000000
#define QUIET_OCTETS 4096 /* a look, each direction */
#define QUIET_LOOKS  3

struct life {
	char tenant[MODEL_NAME_SIZE];
	char vbr[MODEL_NAME_SIZE];
	enum life_state state;
	struct mono since;
	bool is_terminated; /* as on disk */
	bool is_confirmed;
	bool seen; /* a model has it: more than a name in the file */
	/* TERMINATING */
	struct mono drain_until;
	uint64_t in;
	uint64_t out;
	uint32_t n_looks;
	uint32_t n_quiet;
};

struct lives {
	const struct lives_ops *ops;
	void *ctx;
	char *path;     /* owned; NULL: memory only */
	struct life *v; /* owned, sorted by (tenant, vbr) */
	uint32_t n;
	struct life *dying; /* owned: DELETING, in the order of their deletion */
	uint32_t n_dying;
	uint32_t n_awaited; /* answers of workers */
	struct timer look;
	bool dirty;     /* the file is not what it should be */
	bool is_synced; /* with a model, once */
};

struct key {
	const char *tenant;
	const char *vbr;
};

static int by_key(const void *key, const void *item)
{
	const struct key *k = key;
	const struct life *f = item;
	const int d = strcmp(k->tenant, f->tenant);

	return d != 0 ? d : strcmp(k->vbr, f->vbr);
}

static uint32_t lower_bound(const struct lives *l, const struct key *k)
{
	return search_lower(k, l->v, l->n, sizeof(*l->v), by_key);
}

static struct life *find(const struct lives *l, const char *tenant, const char *vbr)
{
	const struct key k = { tenant, vbr };
	const uint32_t i = lower_bound(l, &k);

	return i < l->n && by_key(&k, &l->v[i]) == 0 ? &l->v[i] : NULL;
}

static struct life *insert(struct lives *l, const char *tenant, const char *vbr)
{
	const struct key k = { tenant, vbr };
	const uint32_t i = lower_bound(l, &k);
	struct life *f;

	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	f = &l->v[i];
	memmove(f + 1, f, (l->n++ - i) * sizeof(*f));
	memset(f, 0, sizeof(*f));
	snprintf(f->tenant, sizeof(f->tenant), "%s", tenant);
	snprintf(f->vbr, sizeof(f->vbr), "%s", vbr);
	f->since = mono_now();
	return f;
}

/* The file */

static int load(struct lives *l)
{
	FILE *f = fopen(l->path, "re");
	char tenant[MODEL_NAME_SIZE];
	char vbr[MODEL_NAME_SIZE];
	int ret = 0;
	int n;

	_Static_assert(MODEL_NAME_SIZE == 64, "widths of names below");
	if (f == NULL)
		return errno == ENOENT ? 0 : -errno;
	while ((n = fscanf(f, "%63s %63s", tenant, vbr)) == 2) {
		struct life *r = find(l, tenant, vbr);

		r = r != NULL ? r : insert(l, tenant, vbr);
		r->state = LIFE_TERMINATED;
		r->is_terminated = true;
	}
	if (n != EOF || ferror(f))
		ret = -EBADMSG;
	fclose(f);
	return ret;
}

static int write_all(const struct lives *l, const char *tmp)
{
	FILE *f = fopen(tmp, "we");
	bool ok = f != NULL;

	if (!ok)
		return -errno;
	for (uint32_t i = 0; i < l->n && ok; i++)
		if (l->v[i].is_terminated)
			ok = fprintf(f, "%s %s\n", l->v[i].tenant, l->v[i].vbr) > 0;
	ok = ok && fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (fclose(f) != 0 || !ok)
		return errno != 0 ? -errno : -EIO;
	return rename(tmp, l->path) == 0 ? 0 : -errno;
}

static int save(struct lives *l, struct errbuf *err)
{
	char *tmp;
	int ret;

	if (l->path == NULL)
		return 0;
	tmp = xasprintf("%s.new", l->path);
	ret = write_all(l, tmp);
	l->dirty = ret < 0;
	if (ret < 0) {
		errbuf_add(err, NULL, 0,
			"%s: cannot write: %s: make room, or give vbrd the right to write there",
			tmp, strerror(-ret));
		(void)unlink(tmp);
	}
	free(tmp);
	return ret < 0 ? -EIO : 0;
}

static int set_terminated(struct lives *l, struct life *f, bool on, struct errbuf *err)
{
	int ret;

	if (f->is_terminated == on)
		return 0;
	f->is_terminated = on;
	ret = save(l, err);
	if (ret < 0)
		f->is_terminated = !on;
	return ret;
}

/* Steps */

static void step(struct lives *l, struct life *f, enum life_event e)
{
	const enum life_state from = f->state;
	const struct life_step s = life_next(from, e);

	if (!s.changes)
		return;
	f->state = s.next;
	f->since = mono_now();
	if (s.action == LIFE_SERVE || s.action == LIFE_DRAIN || s.action == LIFE_SHUT)
		l->ops->act(l->ctx, f->tenant, f->vbr, s.action);
	l->ops->changed(l->ctx, f->tenant, f->vbr, from, s.next);
}

static bool is_quiet(const struct lives *l, struct life *f)
{
	uint64_t in;
	uint64_t out;
	bool quiet;

	if (l->ops->octets(l->ctx, f->tenant, f->vbr, &in, &out) < 0)
		return true; /* no device, no traffic */
	quiet = f->n_looks++ > 0 && in - f->in < QUIET_OCTETS && out - f->out < QUIET_OCTETS;
	f->in = in;
	f->out = out;
	return quiet;
}

/* Returns whether it goes on. */
static bool drain(struct lives *l, struct life *f)
{
	f->n_quiet = is_quiet(l, f) ? f->n_quiet + 1 : 0;
	if (f->n_quiet < QUIET_LOOKS && mono_is_before(mono_now(), f->drain_until))
		return true;
	step(l, f, LIFE_DRAINED);
	return false;
}

/* Returns whether there is more to wait for. */
static bool look(struct lives *l, struct life *f)
{
	if (f->state == LIFE_TERMINATING)
		return drain(l, f);
	if (f->state != LIFE_RECOVERING)
		return false;
	if (!l->ops->is_up(l->ctx, f->tenant, f->vbr))
		return true;
	step(l, f, LIFE_UP);
	return false;
}

void lives_look(struct lives *l)
{
	bool more = false;

	for (uint32_t i = 0; i < l->n; i++)
		more |= look(l, &l->v[i]);
	if (more)
		timer_start(&l->look, LOOK_US);
}

static void on_look(void *ctx)
{
	lives_look(ctx);
}

static void look_soon(struct lives *l)
{
	if (!timer_is_armed(&l->look))
		timer_start(&l->look, LOOK_US);
}

/* Orders */

static struct life *find_or_say(const struct lives *l, const char *tenant, const char *vbr,
	struct errbuf *err)
{
	struct life *f = find(l, tenant, vbr);

	if (f == NULL || !f->seen) {
		errbuf_add(err, NULL, 0, "tenant \"%s\" has no vbr \"%s\": see show vbr", tenant,
			vbr);
		return NULL;
	}
	return f;
}

static int refuse(const struct life *f, const char *what, struct errbuf *err)
{
	errbuf_add(err, NULL, 0, "VBR %s is %s: there is nothing to %s", f->vbr,
		life_state_name(f->state), what);
	return -EALREADY;
}

/* Of one that drains: another end of it. */
static int shorten(struct lives *l, struct life *f, uint32_t drain_s, struct errbuf *err)
{
	if (drain_s == LIVES_DRAIN_UNSAID) {
		errbuf_add(err, NULL, 0,
			"VBR %s is terminating: wait, end its drain now by terminate drain 0, or "
			"recover it",
			f->vbr);
		return -EALREADY;
	}
	f->drain_until = mono_add_s(mono_now(), drain_s);
	if (drain_s == 0)
		step(l, f, LIFE_HASTEN);
	return 0;
}

int lives_terminate(struct lives *l, const char *tenant, const char *vbr, uint32_t drain_s,
	struct errbuf *err)
{
	struct life *f = find_or_say(l, tenant, vbr, err);
	int ret;

	if (f == NULL)
		return -ENOENT;
	if (f->state == LIFE_TERMINATING)
		return shorten(l, f, drain_s, err);
	if (!life_next(f->state, LIFE_TERMINATE).changes)
		return refuse(f, "terminate", err);
	ret = set_terminated(l, f, true, err);
	if (ret < 0)
		return ret;
	if (drain_s == LIVES_DRAIN_UNSAID)
		drain_s = LIVES_DRAIN_S;
	f->drain_until = mono_add_s(mono_now(), drain_s);
	f->n_looks = f->n_quiet = 0;
	step(l, f, LIFE_TERMINATE);
	if (f->state != LIFE_TERMINATING)
		return 0;
	if (drain_s == 0)
		step(l, f, LIFE_HASTEN);
	else
		look_soon(l);
	return 0;
}

int lives_recover(struct lives *l, const char *tenant, const char *vbr, struct errbuf *err)
{
	struct life *f = find_or_say(l, tenant, vbr, err);
	int ret;

	if (f == NULL)
		return -ENOENT;
	if (!life_next(f->state, LIFE_RECOVER).changes)
		return refuse(f, "recover", err);
	ret = set_terminated(l, f, false, err);
	if (ret < 0)
		return ret;
	step(l, f, LIFE_RECOVER);
	if (!f->is_confirmed)
		step(l, f, LIFE_REVOKE);
	look_soon(l);
	return 0;
}

/* Models */

static void remove_at(struct lives *l, uint32_t i)
{
	memmove(&l->v[i], &l->v[i + 1], (l->n - i - 1) * sizeof(*l->v));
	l->n--;
}

static void bury(struct lives *l, uint32_t i)
{
	l->dirty |= l->v[i].is_terminated;
	if (l->v[i].seen) { /* of the model before: not only a name in the file */
		step(l, &l->v[i], LIFE_DELETE);
		l->dying = xreallocarray(l->dying, l->n_dying + 1, sizeof(*l->dying));
		l->dying[l->n_dying++] = l->v[i];
	}
	remove_at(l, i);
}

static bool is_of(const struct life *f, const struct model_obj *o)
{
	return strcmp(f->vbr, o->name) == 0 && strcmp(f->tenant, o->tenant) == 0;
}

/* Both are in the same order, and mostly at the same place. */
static bool exists(const struct model *m, uint32_t i, const struct life *f)
{
	if (i < m->of[MODEL_VBR].n && is_of(f, m->of[MODEL_VBR].v[i]))
		return true;
	return model_vbr(m, f->tenant, f->vbr) != NULL;
}

static struct life *find_at(struct lives *l, uint32_t i, const struct model_obj *o)
{
	if (i < l->n && is_of(&l->v[i], o))
		return &l->v[i];
	return find(l, o->tenant, o->name);
}

/* Of a VBR whose life is *f, NULL if it has none yet. */
static void follow(struct lives *l, const struct model *m, struct life *f,
	const struct model_obj *o)
{
	const bool confirmed = model_vbr_is_confirmed(m, (const struct model_vbr *)o);

	/* A birth is no event. */
	if (f == NULL) {
		f = insert(l, o->tenant, o->name);
		f->state = confirmed ? LIFE_ACTIVE : LIFE_UNCONFIRMED;
	}
	f->seen = true;
	f->is_confirmed = confirmed;
	step(l, f, confirmed ? LIFE_CONFIRM : LIFE_REVOKE);
}

static void save_if_dirty(struct lives *l)
{
	struct errbuf err;

	if (!l->dirty)
		return;
	errbuf_init(&err);
	if (save(l, &err) < 0)
		log_error("%s", errbuf_first(&err));
	errbuf_fini(&err);
}

void lives_sync(struct lives *l, const struct model *m)
{
	for (uint32_t i = l->n; i-- > 0;)
		if (!exists(m, i, &l->v[i]))
			bury(l, i);
	for (uint32_t i = 0; i < m->of[MODEL_VBR].n; i++)
		follow(l, m, find_at(l, i, m->of[MODEL_VBR].v[i]), m->of[MODEL_VBR].v[i]);
	l->is_synced = true;
	save_if_dirty(l);
}

void lives_apply(struct lives *l, const struct model_delta *d)
{
	const struct model_obj *o;

	/* The first time there may be names in the file that the model has not. */
	if (d->is_whole || !l->is_synced) {
		lives_sync(l, d->now);
		return;
	}
	for (uint32_t i = 0; i < d->n; i++) {
		const struct model_change *ch = &d->changes[i];
		const struct life *f = ch->now == NULL && ch->was->kind == MODEL_VBR ?
			find(l, ch->was->tenant, ch->was->name) :
			NULL;

		if (f != NULL)
			bury(l, (uint32_t)(f - l->v));
	}
	for (uint32_t i = 0; (o = model_delta_next(d, MODEL_VBR, &i)) != NULL;)
		follow(l, d->now, find(l, o->tenant, o->name), o);
	save_if_dirty(l);
}

void lives_await(struct lives *l, uint32_t n)
{
	l->n_awaited += n;
}

/* Who died while others were awaited is among them: more were asked after that. */
void lives_removed(struct lives *l)
{
	if (--l->n_awaited > 0)
		return;
	for (uint32_t i = 0; i < l->n_dying; i++)
		step(l, &l->dying[i], LIFE_REMOVED);
	l->n_dying = 0;
}

/* Looking */

static void view(const struct life *f, struct life_view *v)
{
	const int64_t left = mono_sub_us(f->drain_until, mono_now());

	*v = (struct life_view){ f->tenant, f->vbr, f->state, f->since, 0 };
	if (f->state == LIFE_TERMINATING && left > 0)
		v->drain_left_s = (uint32_t)((left + 999999) / 1000000);
}

bool lives_find(const struct lives *l, const char *tenant, const char *vbr, struct life_view *v)
{
	const struct life *f = find(l, tenant, vbr);

	if (f != NULL)
		view(f, v);
	return f != NULL;
}

bool lives_deleting(const struct lives *l, uint32_t i, struct life_view *v)
{
	if (i >= l->n_dying)
		return false;
	view(&l->dying[i], v);
	return true;
}

struct lives *lives_new(struct loop *loop, const char *state_dir, const struct lives_ops *ops,
	void *ctx, struct errbuf *err)
{
	struct lives *l = xcalloc(1, sizeof(*l));
	int ret = 0;

	l->ops = ops;
	l->ctx = ctx;
	timer_init(&l->look, loop, on_look, l);
	if (state_dir != NULL) {
		l->path = xasprintf("%s/terminated", state_dir);
		ret = load(l);
	}
	if (ret == 0)
		return l;
	errbuf_add(err, NULL, 0,
		"%s: %s: restore it, or delete it and all terminated VBRs are in service again",
		l->path, ret == -EBADMSG ? "not what vbrd wrote" : strerror(-ret));
	lives_free(l);
	return NULL;
}

void lives_free(struct lives *l)
{
	if (l == NULL)
		return;
	timer_stop(&l->look);
	free(l->v);
	free(l->dying);
	free(l->path);
	free(l);
}
