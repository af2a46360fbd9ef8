/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Past commits. This process's own are kept as a short log with the paths they changed (conflicts
 * of sessions); everything else is read from the records when somebody asks.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "lib/base/xalloc.h"

static void entry_fini(struct conf_log_entry *e)
{
	for (uint32_t i = 0; i < e->n_paths; i++)
		free(e->paths[i]);
	free(e->paths);
	free(e->user);
	free(e->comment);
}

/* No session is older than the oldest entry that is dropped: those are the ones that need it. */
static void trim(struct conf *c)
{
	uint64_t oldest = c->revision;
	const struct conf_session *s;
	uint32_t drop = 0;

	LIST_FOREACH(s, &c->sessions, entry) {
		if (s->whole && s->whole_rev < oldest)
			oldest = s->whole_rev;
		for (uint32_t i = 0; i < s->units.n; i++) {
			if (s->units.v[i].base < oldest)
				oldest = s->units.v[i].base;
		}
	}
	while (drop < c->n_log && c->n_log - drop > STORE_KEEP && c->log[drop].revision <= oldest)
		entry_fini(&c->log[drop++]);
	c->n_log -= drop;
	memmove(c->log, c->log + drop, c->n_log * sizeof(*c->log));
}

void history_add(struct conf *c, const struct store_record *rec)
{
	struct conf_log_entry e = {
		.revision = rec->revision,
		.when = rec->when,
		.user = xstrdup(rec->user),
		.comment = rec->comment != NULL ? xstrdup(rec->comment) : NULL,
		.paths = xcalloc(rec->n > 0 ? rec->n : 1, sizeof(char *)),
		.n_paths = rec->n,
	};

	for (uint32_t i = 0; i < rec->n; i++)
		e.paths[i] = xstrdup(rec->units[i].path);
	c->log = xreallocarray(c->log, c->n_log + 1, sizeof(*c->log));
	c->log[c->n_log++] = e;
	trim(c);
}

void history_free(struct conf *c)
{
	for (uint32_t i = 0; i < c->n_log; i++)
		entry_fini(&c->log[i]);
	free(c->log);
	c->log = NULL;
	c->n_log = 0;
}

static bool tell(const struct conf *c, const struct conf_log_entry *e,
	bool (*fn)(void *, const struct conf_revision_info *), void *ctx)
{
	return fn(ctx,
		&(struct conf_revision_info){
			.revision = e->revision,
			.when = e->when,
			.user = e->user,
			.comment = e->comment,
			.confirmed_pending = c->confirm_pending && e->revision == c->revision,
		});
}

void conf_history(struct conf *c, bool (*fn)(void *ctx, const struct conf_revision_info *r),
	void *ctx)
{
	uint64_t revision = c->revision;
	struct errbuf ignored;

	for (uint32_t i = c->n_log; i-- > 0; revision--) {
		if (!tell(c, &c->log[i], fn, ctx))
			return;
	}
	errbuf_init(&ignored);
	for (; revision > 0; revision--) {
		struct store_record rec;
		struct conf_log_entry e;

		if (store_get_record(c->store, revision, &rec, &ignored) < 0)
			break;
		e = (struct conf_log_entry){ rec.revision, rec.when, rec.user, rec.comment };
		const bool more = tell(c, &e, fn, ctx);

		store_record_fini(&rec);
		if (!more)
			break;
	}
	errbuf_fini(&ignored);
}

static int revert_unit(struct conf *c, const struct store_unit *u, struct lyd_node **tree,
	struct errbuf *err)
{
	struct lyd_node *old = NULL;

	if (u->before != NULL && tree_parse(c->schema, u->before, &old, err) < 0)
		return -EBADMSG;
	unit_install(&c->rules, tree, &old, u->path);
	lyd_free_all(old);
	return 0;
}

int history_revert(struct conf *c, uint32_t n, struct lyd_node **tree,
	void (*touch)(void *ctx, const char *unit), void *ctx, struct errbuf *err)
{
	struct store_record rec;
	int rc = 0;

	for (uint32_t i = 0; i < n && rc == 0; i++) {
		if (c->revision <= i ||
			store_get_record(c->store, c->revision - i, &rec, err) == -ENOENT) {
			errbuf_add(err, NULL, 0,
				"there is no revision %u commits ago: %u are kept; show "
				"configuration history lists them",
				n, i);
			return -ENOENT;
		}
		if (!errbuf_is_empty(err))
			return -EBADMSG;
		/* All first: a copy of an inner unit would bring back an entry that is gone. */
		for (uint32_t k = 0; k < rec.n && touch != NULL; k++)
			touch(ctx, rec.units[k].path);
		for (uint32_t k = 0; k < rec.n && rc == 0; k++)
			rc = revert_unit(c, &rec.units[k], tree, err);
		store_record_fini(&rec);
	}
	return rc;
}

static void touch_cb(void *ctx, const char *unit)
{
	session_touch(ctx, unit);
}

int conf_rollback(struct conf_session *s, uint32_t n, struct errbuf *err)
{
	int rc;

	session_clear(s);
	rc = history_revert(s->conf, n, &s->tree, touch_cb, s, err);
	if (rc < 0)
		session_clear(s);
	return rc;
}
