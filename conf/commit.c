/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before a session's transaction: may it commit, and has somebody else changed the
 * same.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"

static int check_allowed(const struct conf_session *s, const struct conf_commit *how,
	struct errbuf *err)
{
	const struct conf *c = s->conf;

	if (c->exclusive != NULL && c->exclusive != s) {
		errbuf_add(err, NULL, 0,
			"%s holds the exclusive lock: commit when that session has left "
			"configuration mode",
			c->exclusive->user);
		return -EBUSY;
	}
	if (c->confirm_pending && !how->check) {
		errbuf_add(err, NULL, 0,
			"an earlier commit waits for its confirmation (%lld s left): commit "
			"confirm or commit cancel first",
			(long long)conf_confirm_left_s(c));
		return -EBUSY;
	}
	return 0;
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Does a commit that changed path collide with our unit? */
static bool collides(const struct conf_session *s, const char *unit, const char *path)
{
	if (strcmp(unit, path) == 0)
		return true;
	/* We delete the entry around what they changed, or they deleted the one around ours. */
	if (starts_with(path, unit) && path[strlen(unit)] == '/')
		return tree_find(s->tree, unit) == NULL;
	if (starts_with(unit, path) && unit[strlen(path)] == '/')
		return tree_find(s->conf->running, path) == NULL;
	return false;
}

static int conflict(const struct conf_log_entry *e, const char *path, struct errbuf *err)
{
	errbuf_add(err, path, 0,
		"%s has changed this since you began to edit it (revision %" PRIu64
		"): look with compare, then discard and edit again",
		e->user, e->revision);
	return -EBUSY;
}

static int check_entry(const struct conf_session *s, const struct conf_log_entry *e,
	struct errbuf *err)
{
	if (s->whole)
		return e->revision > s->whole_rev ? conflict(e, NULL, err) : 0;
	for (uint32_t i = 0; i < s->units.n; i++) {
		const struct unit *u = &s->units.v[i];

		if (e->revision <= u->base)
			continue;
		for (uint32_t k = 0; k < e->n_paths; k++) {
			if (collides(s, u->path, e->paths[k]))
				return conflict(e, u->path, err);
		}
	}
	return 0;
}

static int check_conflicts(const struct conf_session *s, struct errbuf *err)
{
	const struct conf *c = s->conf;

	for (uint32_t i = c->n_log; i-- > 0;) {
		const int rc = check_entry(s, &c->log[i], err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int conf_commit(struct conf_session *s, const struct conf_commit *how, struct errbuf *err)
{
	struct conf *c = s->conf;
	const uint64_t back_to = c->revision;
	int rc = check_allowed(s, how, err);

	if (rc == 0)
		rc = check_conflicts(s, err);
	/*
	 * The deadline is stored first: a crash between the two must not make the commit
	 * permanent.
	 */
	if (rc == 0 && how->confirmed_s > 0 && !how->check)
		rc = confirm_arm(c, back_to, how->confirmed_s, err);
	if (rc < 0)
		return rc;
	rc = session_run(s, how, err);
	if (how->confirmed_s > 0 && !how->check && (rc < 0 || c->revision == back_to))
		confirm_disarm(c);
	if (rc == 0 && !how->check)
		session_clear(s);
	return rc;
}
