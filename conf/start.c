/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which configuration a process begins with. What was committed since the file was last loaded
 * must not be lost by a restart, and a file that was edited since must not be ignored for ever:
 * the snapshot wins while it holds later commits or the file is the same, else the file does.
 * Damage is an error; an empty configuration is never a fallback.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "conf/model/yang_err.h"
#include "conf/txn/file.h"
#include "conf/txn/snapshot.h"
#include "conf/txn/txn.h"
#include "lib/base/xalloc.h"
#include "lib/ds/intern.h"

static char *hash_of(const char *text)
{
	const size_t len = strlen(text);

	return xasprintf("%08x%08x", intern_hash(text, len, 0), intern_hash(text, len, 1));
}

static char *read_config(const char *file, struct errbuf *err)
{
	char *text = file_read(file);

	if (text == NULL)
		errbuf_add(err, NULL, 0, "%s cannot be read: %s", file, strerror(errno));
	return text;
}

/* Do a commit again that the snapshot does not hold yet. */
static int redo(struct conf *c, struct lyd_node **tree, const struct store_record *rec,
	struct store_head *head, struct errbuf *err)
{
	for (uint32_t i = 0; i < rec->n; i++) {
		const struct store_unit *u = &rec->units[i];
		struct lyd_node *new = NULL;

		if (u->after != NULL && tree_parse(c->schema, u->after, &new, err) < 0)
			return -EBADMSG;
		unit_install(&c->rules, tree, &new, u->path);
		lyd_free_all(new);
	}
	head->revision = rec->revision;
	if (rec->file_hash != NULL) {
		free(head->file_hash);
		head->file_hash = xstrdup(rec->file_hash);
		head->file_revision = rec->revision;
	}
	return 0;
}

/* Snapshot plus the records after it. -ENOENT: nothing is stored. */
static int read_stored(struct conf *c, struct lyd_node **tree, struct store_head *head,
	struct errbuf *err)
{
	struct store_record rec;
	bool has_any = false;
	int rc = store_get_snapshot(c->store, tree, head, err);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	has_any = rc == 0;
	for (;;) {
		rc = store_get_record(c->store, head->revision + 1, &rec, err);
		if (rc < 0)
			break;
		has_any = true;
		rc = redo(c, tree, &rec, head, err);
		store_record_fini(&rec);
		if (rc < 0)
			break;
	}
	if (rc == -ENOENT)
		return has_any ? 0 : -ENOENT;
	errbuf_add(err, NULL, 0,
		"the stored configuration cannot be taken as a whole: mend the state directory, "
		"or start with --replace to take the configuration file instead");
	return rc;
}

static bool snapshot_wins(const struct store_head *head, const char *hash)
{
	if (hash == NULL)
		return true;
	if (head->file_hash != NULL && strcmp(head->file_hash, hash) == 0)
		return true;
	return head->revision > head->file_revision;
}

static void take_head(struct conf *c, const struct store_head *head)
{
	c->revision = head->revision;
	c->file_revision = head->file_revision;
	free(c->file_hash);
	c->file_hash = head->file_hash != NULL ? xstrdup(head->file_hash) : NULL;
}

static int start_stored(struct conf *c, struct lyd_node *tree, struct errbuf *err)
{
	struct txn t = { .conf = c, .tree = tree, .user = "vbrd", .restore = true };
	const int rc = txn_run(&t, err);

	lyd_free_all(t.tree);
	return rc;
}

static int start_file(struct conf *c, const char *text, const struct lyd_node *stored,
	struct errbuf *err)
{
	char *hash = hash_of(text);
	struct txn t = { .conf = c, .base = stored, .user = "file", .file_hash = hash };
	int rc = load_tree(c, text, CONF_FORMAT_AUTO, &t.tree, err);

	if (rc == 0)
		rc = txn_run(&t, err);
	lyd_free_all(t.tree);
	free(hash);
	return rc;
}

int conf_start(struct conf *c, const char *file, bool force_file, bool *from_snapshot,
	struct errbuf *err)
{
	struct lyd_node *stored = NULL;
	struct store_head head = { 0 };
	char *text = NULL;
	char *hash = NULL;
	int rc = read_stored(c, &stored, &head, err);
	const bool damaged = rc < 0 && rc != -ENOENT;
	bool take_stored = rc == 0 && !force_file;

	if (damaged && !force_file)
		goto out;
	if (damaged) {
		store_set_aside(c->store);
		errbuf_fini(err);
		errbuf_init(err);
		lyd_free_all(stored);
		stored = NULL;
		free(head.file_hash);
		head = (struct store_head){ 0 };
	}
	if (file != NULL && (!take_stored || (text = file_read(file)) != NULL)) {
		if (text == NULL)
			text = read_config(file, err);
		if (text == NULL) {
			rc = -ENOENT;
			goto out;
		}
		hash = hash_of(text);
	}
	take_stored = take_stored && snapshot_wins(&head, hash);
	take_head(c, &head);
	if (force_file)
		store_drop_confirm(c->store);
	if (take_stored) {
		rc = start_stored(c, stored, err);
		stored = NULL;
	} else {
		rc = start_file(c, text != NULL ? text : "", stored, err);
	}
	if (rc == 0)
		rc = confirm_resume(c, err);
	if (rc == 0)
		rc = snapshot_write(c, err);
out:
	if (from_snapshot != NULL)
		*from_snapshot = take_stored;
	lyd_free_all(stored);
	free(head.file_hash);
	free(text);
	free(hash);
	return rc;
}

int conf_reload(struct conf *c, const char *file, struct errbuf *err)
{
	struct conf_session *s;
	char *text = read_config(file, err);
	int rc;

	if (text == NULL)
		return -ENOENT;
	s = conf_session_new(c, "file");
	rc = conf_load(s, text, CONF_FORMAT_AUTO, CONF_LOAD_REPLACE, err);
	if (rc == 0) {
		s->file_hash = hash_of(text);
		rc = conf_commit(s, &(struct conf_commit){ .comment = "reload" }, err);
	}
	conf_session_free(s);
	free(text);
	return rc;
}

int conf_check_file(struct conf *c, const char *file, struct errbuf *err)
{
	char *text = read_config(file, err);
	struct txn t = { .conf = c, .user = "check", .check = true };
	int rc;

	if (text == NULL)
		return -ENOENT;
	rc = load_tree(c, text, CONF_FORMAT_AUTO, &t.tree, err);
	if (rc == 0)
		rc = txn_run(&t, err);
	lyd_free_all(t.tree);
	free(text);
	return rc;
}
