/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop around it: events and declarations queue devices, a background job compares them
 * slice by slice, and when nothing is queued any more, what changed is reported. So the caller
 * never hears of the steps in between, and may declare or withdraw from inside the report.
 *
 * Costs: an event or a declaration is one comparison of one device (and of those that stand on
 * it); a full read happens at start, after lost events, and every REFRESH_TICKS ticks. Devices
 * that are not in step are tried again each tick: what is refused today for lack of a permission
 * or of a kernel module may work later, and no event tells.
 */
#include "fib/link/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "fib/link/apply.h"
#include "fib/link/observe.h"
#include "fib/link/plane.h"
#include "fib/nl.h"
#include "lib/base/xalloc.h"

#define TICK_US       5000000
#define REFRESH_TICKS 6    /* 30 s */
#define SLICE_US      1000 /* see lib/io/loop.h */
#define SYNC_LIMIT_S  60   /* thousands of devices take seconds to delete; a live-lock ends, too */

void plane_mark(struct linkplane *p, struct dev *d)
{
	if (d->is_dirty || (!d->want && !d->is_releasing) || d->passes >= PLANE_MAX_PASSES)
		return;
	d->is_dirty = true;
	intern_ref(&d->node);
	/* What others stand on goes first: saves them a pass in vain. */
	if (d->want && d->want->kind != LINK_KIND_VLAN && d->want->kind != LINK_KIND_VETH)
		TAILQ_INSERT_HEAD(&p->dirty, d, dirty);
	else
		TAILQ_INSERT_TAIL(&p->dirty, d, dirty);
}

/* As plane_mark, with a fresh count of passes: the declaration changed, or it is time to retry. */
static void mark_again(struct linkplane *p, struct dev *d)
{
	d->passes = 0;
	plane_mark(p, d);
}

static bool depends_on(const struct linkplane *p, const struct link_want *w, const struct dev *d)
{
	if (w->kind == LINK_KIND_VLAN && strcmp(w->parent, d->name) == 0)
		return true;
	return p->mode == LINK_MODE_VRF && w->table && w->kind != LINK_KIND_VRF &&
		devtab_by_table(p->tab, w->table) == d;
}

void plane_mark_dependants(struct linkplane *p, const struct dev *d)
{
	struct dev *i;

	if (d->want && (d->want->kind == LINK_KIND_VETH || d->want->kind == LINK_KIND_IFB)) {
		i = devtab_find(p->tab, d->want->peer);
		if (i)
			plane_mark(p, i);
		return;
	}
	/* Nothing of ours stands on a VLAN of ours: no walk for each of a thousand of them. */
	if (d->want && d->want->kind == LINK_KIND_VLAN)
		return;
	TAILQ_FOREACH(i, devtab_all(p->tab), all) {
		if (i->want && depends_on(p, i->want, d))
			plane_mark(p, i);
	}
}

void plane_set_status(struct linkplane *p, struct dev *d, const struct link_status *st)
{
	d->status = *st;
	if (d->has_news || (d->was_told && memcmp(&d->told, st, sizeof(*st)) == 0))
		return;
	d->has_news = true;
	intern_ref(&d->node);
	TAILQ_INSERT_TAIL(&p->news, d, news);
}

static struct dev *pop_dirty(struct linkplane *p)
{
	struct dev *d = TAILQ_FIRST(&p->dirty);

	if (d) {
		TAILQ_REMOVE(&p->dirty, d, dirty);
		d->is_dirty = false;
	}
	return d;
}

static struct dev *pop_news(struct linkplane *p)
{
	struct dev *d = TAILQ_FIRST(&p->news);

	if (d) {
		TAILQ_REMOVE(&p->news, d, news);
		d->has_news = false;
	}
	return d;
}

/* One report. The callback may do anything but free the plane. */
static void tell(struct linkplane *p)
{
	struct dev *d = pop_news(p);
	const bool is_due = d->want &&
		(!d->was_told || memcmp(&d->told, &d->status, sizeof(d->told)) != 0);
	char name[LINK_NAME_SIZE];
	struct link_status st = d->status;

	memcpy(name, d->name, sizeof(name));
	d->was_told = d->was_told || is_due;
	d->told = d->status;
	devtab_drop(p->tab, d);
	if (is_due && p->changed)
		p->changed(p->ctx, name, &st);
}

/* The next piece of work. Returns whether there may be more. */
static bool step(struct linkplane *p)
{
	struct dev *d;

	if (view_drain(p))
		return true;
	if (p->refresh_due) {
		p->refresh_due = false;
		if (view_refresh(p) == 0) {
			p->global_note[0] = '\0';
			settings_apply_global(p->mode, p->global_note);
		}
		return true;
	}
	if (p->sweep_due) {
		p->sweep_due = false;
		reconcile_sweep(p);
	}
	if (p->rules_stale) {
		reconcile_rules(p);
		return true;
	}
	d = pop_dirty(p);
	if (!d)
		return false;
	if (d->want || d->is_releasing)
		reconcile_dev(p, d);
	devtab_drop(p->tab, d);
	return true;
}

static bool on_slice(void *ctx)
{
	struct linkplane *p = ctx;
	const struct mono end = mono_add_us(mono_now(), SLICE_US);

	while (step(p)) {
		if (!mono_is_before(mono_now(), end))
			return true;
	}
	while (!TAILQ_EMPTY(&p->news)) {
		tell(p);
		if (!mono_is_before(mono_now(), end))
			break;
	}
	return !TAILQ_EMPTY(&p->news) || !TAILQ_EMPTY(&p->dirty) || p->rules_stale;
}

static void on_events(void *ctx)
{
	struct linkplane *p = ctx;

	job_wake(&p->job);
}

static bool is_behind(const struct dev *d)
{
	return (d->want && !d->status.in_step) || d->is_releasing;
}

static void retry(struct linkplane *p)
{
	struct dev *d;

	TAILQ_FOREACH(d, devtab_all(p->tab), all) {
		if (is_behind(d))
			mark_again(p, d);
	}
	if (p->rules_error[0])
		p->rules_stale = true;
}

static void on_tick(void *ctx)
{
	struct linkplane *p = ctx;

	/* Swept again: the event of a device that was withdrawn just then may have been lost. */
	if (++p->ticks % REFRESH_TICKS == 0) {
		p->refresh_due = true;
		p->sweep_due |= p->is_swept;
	}
	retry(p);
	job_wake(&p->job);
	timer_start(&p->timer, TICK_US);
}

bool link_kernel_has_vrf(void)
{
	struct nl *nl = nl_new();
	bool has = false;

	if (nl)
		has = apply_probe_vrf(nl);
	nl_free(nl);
	return has;
}

struct linkplane *linkplane_new(struct loop *l, enum link_mode mode,
	void (*changed)(void *ctx, const char *name, const struct link_status *st), void *ctx)
{
	struct linkplane *p = xcalloc(1, sizeof(*p));
	int ret = 0;

	p->loop = l;
	p->mode = mode;
	p->changed = changed;
	p->ctx = ctx;
	p->refresh_due = true;
	p->tab = devtab_new();
	TAILQ_INIT(&p->dirty);
	TAILQ_INIT(&p->news);
	job_init(&p->job, l, on_slice, p);
	timer_init(&p->timer, l, on_tick, p);
	p->requests = nl_new();
	p->events = p->requests ? nl_new() : NULL;
	ret = p->events ? view_join(p) : -errno;
	if (ret) {
		linkplane_free(p);
		errno = -ret;
		return NULL;
	}
	io_init(&p->watch, l, nl_fd(p->events), on_events, NULL, p);
	io_want_read(&p->watch, true);
	timer_start(&p->timer, TICK_US);
	job_wake(&p->job);
	return p;
}

void linkplane_free(struct linkplane *p)
{
	struct dev *d;

	if (!p)
		return;
	timer_stop(&p->timer);
	job_cancel(&p->job);
	io_fini(&p->watch);
	while ((d = pop_dirty(p)))
		devtab_drop(p->tab, d);
	while ((d = pop_news(p)))
		devtab_drop(p->tab, d);
	devtab_free(p->tab);
	rules_fini(&p->rules);
	free(p->marks);
	nl_free(p->events);
	nl_free(p->requests);
	free(p);
}

void linkplane_want(struct linkplane *p, const struct link_want *w)
{
	struct dev *d = devtab_hold(p->tab, w->name);

	if (!d->want || memcmp(d->want, w, sizeof(*w)) != 0) {
		if (!d->want || d->want->kind != w->kind)
			d->seen.settings_done = false;
		if (!d->want)
			d->was_told = false;
		else /* of what it was */
			plane_mark_dependants(p, d);
		devtab_set_want(p->tab, d, w);
		d->is_releasing = false;
		d->status.in_step = false;
		mark_again(p, d);
		plane_mark_dependants(p, d);
		p->rules_stale = true;
		job_wake(&p->job);
	}
	devtab_drop(p->tab, d);
}

void linkplane_unwant(struct linkplane *p, const char *name)
{
	struct dev *d = devtab_find(p->tab, name);

	if (!d || !d->want)
		return;
	intern_ref(&d->node);
	devtab_set_want(p->tab, d, NULL);
	d->is_releasing = true;
	memset(&d->status, 0, sizeof(d->status));
	mark_again(p, d);
	devtab_drop(p->tab, d);
	p->rules_stale = true;
	job_wake(&p->job);
}

/* Lists differ little from one time to the next: each is looked for behind the one before. */
static bool has_marks(const struct linkplane *p, const struct link_mark *v, uint32_t n)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t tried = 0;

		while (tried < p->n_marks &&
			memcmp(&p->marks[(at + tried) % p->n_marks], &v[i], sizeof(*v)) != 0)
			tried++;
		if (tried == p->n_marks)
			return false;
		at = (at + tried + 1) % p->n_marks;
	}
	return true;
}

int linkplane_marks(struct linkplane *p, const struct link_mark *v, uint32_t n)
{
	struct link_mark *copy = xcalloc(n + 1U, sizeof(*copy));
	const bool has_all = has_marks(p, v, n);

	if (n > 0)
		memcpy(copy, v, n * sizeof(*copy));
	if (!has_all || n != p->n_marks)
		p->rules_stale = true;
	free(p->marks);
	p->marks = copy;
	p->n_marks = n;
	if (!has_all)
		reconcile_rules(p);
	job_wake(&p->job);
	return n > 0 && p->rules_error[0] ? -EIO : 0;
}

void linkplane_sweep(struct linkplane *p)
{
	p->sweep_due = true;
	job_wake(&p->job);
}

uint32_t linkplane_sync(struct linkplane *p)
{
	const struct mono end = mono_add_s(mono_now(), SYNC_LIMIT_S);
	uint32_t behind = 0;
	struct dev *d;

	retry(p);
	while (step(p) && mono_is_before(mono_now(), end))
		;
	TAILQ_FOREACH(d, devtab_all(p->tab), all) {
		if (d->want && !d->status.in_step)
			behind++;
	}
	job_wake(&p->job);
	return behind;
}

int linkplane_status(const struct linkplane *p, const char *name, struct link_status *st)
{
	const struct dev *d = devtab_find(p->tab, name);

	if (!d || !d->want)
		return -ENOENT;
	*st = d->status;
	return 0;
}

static int on_counters(void *ctx, const struct nlmsghdr *nlh)
{
	return observe_counters(nlh, ctx) ? 0 : -ENODEV;
}

int linkplane_counters(struct linkplane *p, const char *name, struct link_counters *c)
{
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETLINK, 0);

	memset(c, 0, sizeof(*c));
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	return nl_get(p->requests, h, on_counters, c);
}

static int on_shaper(void *ctx, const struct nlmsghdr *nlh)
{
	struct tc_qdisc q;

	if (tc_see_qdisc(nlh, &q) && q.handle == TC_HANDLE)
		*(struct tc_counts *)ctx = tc_see_stats(nlh);
	return 0;
}

int linkplane_shaper(struct linkplane *p, const char *name, struct tc_counts *st)
{
	const struct dev *d = devtab_find(p->tab, name);
	char buf[NL_REQUEST_SIZE];
	/* Without the flag only listeners to events are told. */
	struct nlmsghdr *h = nl_request(buf, RTM_GETQDISC, NLM_F_ECHO);

	memset(st, 0, sizeof(*st));
	if (!d || d->seen.qdisc != TC_HANDLE)
		return -ENOENT;
	tc_put_shaper_key(h, d->seen.link.ifindex);
	return nl_get(p->requests, h, on_shaper, st);
}

struct class_list {
	struct tc_class_seen *v;
	int n;
};

static int on_class(void *ctx, const struct nlmsghdr *nlh)
{
	struct class_list *l = ctx;
	struct tc_class_seen s;
	int i;

	if (!tc_see_class(nlh, &s) || l->n == TC_MAX_CLASSES)
		return 0;
	for (i = l->n++; i > 0 && l->v[i - 1].class.minor > s.class.minor; i--)
		l->v[i] = l->v[i - 1];
	l->v[i] = s;
	return 0;
}

int linkplane_classes(struct linkplane *p, const char *name, struct tc_class_seen *v)
{
	const struct dev *d = devtab_find(p->tab, name);
	struct class_list l = { .v = v };
	char buf[NL_REQUEST_SIZE];
	struct nlmsghdr *h = nl_request(buf, RTM_GETTCLASS, 0);
	int ret;

	if (!d || !d->seen.link.ifindex)
		return -ENODEV;
	tc_put_class_key(h, d->seen.link.ifindex, 0);
	ret = nl_dump(p->requests, h, on_class, &l);
	return ret < 0 ? ret : l.n;
}

void linkplane_withdraw_all(struct linkplane *p)
{
	struct dev *d;
	struct dev *next;

	(void)linkplane_marks(p, NULL, 0);
	for (d = TAILQ_FIRST(devtab_all(p->tab)); d; d = next) {
		next = TAILQ_NEXT(d, all);
		linkplane_unwant(p, d->name);
	}
	linkplane_sweep(p);
	(void)linkplane_sync(p);
}
