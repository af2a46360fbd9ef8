/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records are the log, the snapshot a short cut through it: a commit writes its record only (its
 * size follows the change), the snapshot is renewed now and then (snapshot.c), and a start reads
 * the snapshot and redoes the records after it. Files are JSON of the model vbrd-store, written by
 * the streaming writer and read by libyang, so damage is found by the same checks as a wrong
 * configuration.
 */
#include "conf/txn/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/model/yang_err.h"
#include "conf/txn/file.h"
#include "lib/base/xalloc.h"
#include "lib/io/jsonw.h"

struct store {
	char *dir;     /* owned; NULL = in memory */
	char *history; /* owned */
	const struct ly_ctx *ctx;
	struct store_record *mem; /* owned; in memory only, oldest first */
	uint32_t n_mem;
	/* Against each other: what a start has to redo, and what renewing the snapshot costs. */
	size_t snapshot_len;
	size_t records_len; /* octets of the records behind the snapshot */
	uint32_t n_records;
	/* The snapshot that is being written. */
	char *next_path;          /* owned */
	struct file_writer *next; /* owned; NULL = none */
	size_t next_len;
	size_t taken_len; /* of records_len and n_records, what it has in it */
	uint32_t n_taken;
};

/*
 * A snapshot costs as much as the configuration is large, a record what its change is: so each
 * octet of a record pays for one of a snapshot. Short configurations are not written all the time,
 * and the records of large ones are still there when the snapshot takes them in.
 */
#define RECORDS_LEAST 64u
#define RECORDS_MOST  (STORE_KEEP - 8u)

/* Text that the JSON writer fills. */
struct text {
	char *s;
	size_t len;
	size_t size;
};

static void text_add(void *ctx, const char *p, size_t len)
{
	struct text *t = ctx;

	if (t->len + len + 1 > t->size) {
		t->size = 2 * (t->len + len) + 256;
		t->s = xrealloc(t->s, t->size);
	}
	memcpy(t->s + t->len, p, len);
	t->len += len;
	t->s[t->len] = '\0';
}

static int make_dir(const char *path, struct errbuf *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		errbuf_add(err, NULL, 0, "the state directory %s cannot be made: %s", path,
			strerror(errno));
		return -errno;
	}
	if (access(path, R_OK | W_OK | X_OK) < 0) {
		errbuf_add(err, NULL, 0,
			"the state directory %s is not writable: %s; change its owner or choose "
			"another by --state-dir",
			path, strerror(errno));
		return -errno;
	}
	return 0;
}

struct store *store_new(const char *dir, const struct ly_ctx *ctx, struct errbuf *err)
{
	struct store *st = xcalloc(1, sizeof(*st));

	st->ctx = ctx;
	if (dir == NULL)
		return st;
	st->dir = xstrdup(dir);
	st->history = xasprintf("%s/history", dir);
	if (make_dir(st->dir, err) < 0 || make_dir(st->history, err) < 0) {
		store_free(st);
		return NULL;
	}
	return st;
}

void store_free(struct store *st)
{
	if (st == NULL)
		return;
	for (uint32_t i = 0; i < st->n_mem; i++)
		store_record_fini(&st->mem[i]);
	free(st->mem);
	store_snapshot_drop(st);
	free(st->dir);
	free(st->history);
	free(st);
}

void store_record_fini(struct store_record *rec)
{
	for (uint32_t i = 0; i < rec->n; i++) {
		free(rec->units[i].path);
		free(rec->units[i].before);
		free(rec->units[i].after);
	}
	free(rec->units);
	free(rec->user);
	free(rec->comment);
	free(rec->file_hash);
	*rec = (struct store_record){ 0 };
}

static char *dup_or_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static struct store_record record_dup(const struct store_record *rec)
{
	struct store_record dup = *rec;

	dup.user = dup_or_null(rec->user);
	dup.comment = dup_or_null(rec->comment);
	dup.file_hash = dup_or_null(rec->file_hash);
	dup.units = xcalloc(rec->n > 0 ? rec->n : 1, sizeof(*dup.units));
	for (uint32_t i = 0; i < rec->n; i++) {
		dup.units[i].path = xstrdup(rec->units[i].path);
		dup.units[i].before = dup_or_null(rec->units[i].before);
		dup.units[i].after = dup_or_null(rec->units[i].after);
	}
	return dup;
}

static char *record_name(const struct store *st, uint64_t revision)
{
	return xasprintf("%s/%06" PRIu64 ".json", st->history, revision);
}

static void put_string(struct jsonw *j, const char *key, const char *value)
{
	if (value == NULL)
		return;
	jsonw_key(j, key);
	jsonw_string(j, value);
}

/* RFC 7951 6.1: 64-bit numbers are strings. */
static void put_u64(struct jsonw *j, const char *key, uint64_t value)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	put_string(j, key, buf);
}

static void format_record(struct text *t, const struct store_record *rec)
{
	struct jsonw j;

	jsonw_init(&j, true, text_add, t);
	jsonw_object(&j);
	jsonw_key(&j, "vbrd-store:record");
	jsonw_object(&j);
	put_u64(&j, "revision", rec->revision);
	put_u64(&j, "time", (uint64_t)rec->when);
	put_string(&j, "user", rec->user);
	put_string(&j, "comment", rec->comment);
	put_string(&j, "file-hash", rec->file_hash);
	jsonw_key(&j, "unit");
	jsonw_array(&j);
	for (uint32_t i = 0; i < rec->n; i++) {
		jsonw_object(&j);
		put_string(&j, "path", rec->units[i].path);
		put_string(&j, "before", rec->units[i].before);
		put_string(&j, "after", rec->units[i].after);
		jsonw_object_end(&j);
	}
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	jsonw_object_end(&j);
}

static int put_file(const char *dir, const char *path, const struct text *t, struct errbuf *err)
{
	const int rc = file_write(dir, path, t->s, t->len);

	if (rc < 0)
		errbuf_add(err, NULL, 0, "%s cannot be written: %s", path, strerror(-rc));
	return rc;
}

/* Not what the snapshot has not taken in, if it could not be written. */
static void trim_records(struct store *st, uint64_t newest)
{
	bool is_gone = true;
	char *name;

	if (st->dir == NULL) {
		if (st->n_mem <= STORE_KEEP)
			return;
		store_record_fini(&st->mem[0]);
		memmove(st->mem, st->mem + 1, --st->n_mem * sizeof(*st->mem));
		return;
	}
	if (newest <= STORE_KEEP || st->n_records > STORE_KEEP)
		return;
	/* Most often there is one; after a long while without a snapshot there are more. */
	for (uint64_t old = newest - STORE_KEEP; is_gone && old > 0; old--) {
		name = record_name(st, old);
		is_gone = unlink(name) == 0;
		free(name);
	}
}

int store_put_record(struct store *st, const struct store_record *rec, struct errbuf *err)
{
	struct text t = { 0 };
	char *name;
	int rc;

	if (st->dir == NULL) {
		st->mem = xreallocarray(st->mem, st->n_mem + 1, sizeof(*st->mem));
		st->mem[st->n_mem++] = record_dup(rec);
		trim_records(st, rec->revision);
		return 0;
	}
	format_record(&t, rec);
	name = record_name(st, rec->revision);
	rc = put_file(st->history, name, &t, err);
	if (rc == 0) {
		st->records_len += t.len;
		st->n_records++;
		trim_records(st, rec->revision);
	}
	free(name);
	free(t.s);
	return rc;
}

/* Read a file and parse it; -ENOENT, or -EBADMSG with sentences that name it. */
static int get_file(const struct store *st, const char *path, struct lyd_node **tree,
	struct errbuf *err)
{
	const uint32_t first = err->n;
	char *text = file_read(path);
	LY_ERR rc;

	*tree = NULL;
	if (text == NULL && errno == ENOENT)
		return -ENOENT;
	if (text == NULL) {
		errbuf_add(err, NULL, 0, "%s cannot be read: %s", path, strerror(errno));
		return -EBADMSG;
	}
	rc = lyd_parse_data_mem(st->ctx, text, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0,
		tree);
	free(text);
	if (rc == LY_SUCCESS && *tree != NULL)
		return 0;
	if (rc != LY_SUCCESS)
		yang_err_take(st->ctx, err);
	else
		errbuf_add(err, NULL, 0, "the file is empty");
	errbuf_prefix(err, first, "%s is damaged: ", path);
	lyd_free_all(*tree);
	*tree = NULL;
	return -EBADMSG;
}

static const char *get_string(const struct lyd_node *parent, const char *name)
{
	const struct lyd_node *c;

	for (c = lyd_child(parent); c != NULL; c = c->next) {
		if (strcmp(c->schema->name, name) == 0)
			return lyd_get_value(c);
	}
	return NULL;
}

static uint64_t get_u64(const struct lyd_node *parent, const char *name)
{
	const char *s = get_string(parent, name);

	return s != NULL ? strtoull(s, NULL, 10) : 0;
}

static void read_record(const struct lyd_node *node, struct store_record *rec)
{
	*rec = (struct store_record){
		.revision = get_u64(node, "revision"),
		.when = (time_t)get_u64(node, "time"),
		.user = dup_or_null(get_string(node, "user")),
		.comment = dup_or_null(get_string(node, "comment")),
		.file_hash = dup_or_null(get_string(node, "file-hash")),
	};
	for (const struct lyd_node *c = lyd_child(node); c != NULL; c = c->next) {
		if (strcmp(c->schema->name, "unit") != 0)
			continue;
		rec->units = xreallocarray(rec->units, rec->n + 1, sizeof(*rec->units));
		rec->units[rec->n++] = (struct store_unit){
			.path = xstrdup(get_string(c, "path")),
			.before = dup_or_null(get_string(c, "before")),
			.after = dup_or_null(get_string(c, "after")),
		};
	}
}

int store_get_record(struct store *st, uint64_t revision, struct store_record *rec,
	struct errbuf *err)
{
	struct lyd_node *tree;
	char *name;
	int rc;

	if (st->dir == NULL) {
		for (uint32_t i = 0; i < st->n_mem; i++) {
			if (st->mem[i].revision != revision)
				continue;
			*rec = record_dup(&st->mem[i]);
			return 0;
		}
		return -ENOENT;
	}
	name = record_name(st, revision);
	rc = get_file(st, name, &tree, err);
	if (rc == 0 &&
		(strcmp(tree->schema->name, "record") != 0 ||
			get_u64(tree, "revision") != revision)) {
		errbuf_add(err, NULL, 0, "%s is damaged: it is not the record of revision %" PRIu64,
			name, revision);
		rc = -EBADMSG;
	} else if (rc == 0) {
		read_record(tree, rec);
	}
	lyd_free_all(tree);
	free(name);
	return rc;
}

static char *file_in(const struct store *st, const char *name)
{
	return xasprintf("%s/%s", st->dir, name);
}

bool store_wants_snapshot(const struct store *st)
{
	return st->n_records >= RECORDS_MOST ||
		(st->n_records >= RECORDS_LEAST && st->records_len >= st->snapshot_len);
}

int store_snapshot_begin(struct store *st, struct errbuf *err)
{
	if (st->dir == NULL)
		return 0;
	st->next_path = file_in(st, "running.json");
	st->next = file_begin(st->dir, st->next_path);
	if (st->next == NULL) {
		const int ret = -errno;

		errbuf_add(err, NULL, 0, "%s cannot be written: %s", st->next_path, strerror(-ret));
		store_snapshot_drop(st);
		return ret;
	}
	st->next_len = 0;
	st->taken_len = st->records_len;
	st->n_taken = st->n_records;
	return 0;
}

void store_snapshot_add(void *ctx, const char *text, size_t len)
{
	struct store *st = ctx;

	if (st->next == NULL)
		return;
	file_put(st->next, text, len);
	st->next_len += len;
}

void store_snapshot_head(struct jsonw *j, const struct store_head *head)
{
	jsonw_key(j, "vbrd-store:snapshot");
	jsonw_object(j);
	put_u64(j, "revision", head->revision);
	put_string(j, "file-hash", head->file_hash);
	put_u64(j, "file-revision", head->file_revision);
	jsonw_object_end(j);
}

int store_snapshot_end(struct store *st, struct errbuf *err)
{
	int ret;

	if (st->next == NULL)
		return 0;
	ret = file_end(st->next);
	st->next = NULL;
	if (ret < 0) {
		errbuf_add(err, NULL, 0, "%s cannot be written: %s", st->next_path, strerror(-ret));
	} else {
		st->snapshot_len = st->next_len;
		st->records_len -= st->taken_len;
		st->n_records -= st->n_taken;
	}
	store_snapshot_drop(st);
	return ret;
}

void store_snapshot_drop(struct store *st)
{
	file_drop(st->next);
	st->next = NULL;
	free(st->next_path);
	st->next_path = NULL;
}

/* A second name for the damaged file, so that nothing later can overwrite it. */
static void keep_aside(const char *name)
{
	char *aside = xasprintf("%s.damaged", name);

	if (link(name, aside) < 0 && errno == EEXIST) {
		unlink(aside);
		(void)!link(name, aside);
	}
	free(aside);
}

int store_get_snapshot(struct store *st, struct lyd_node **tree, struct store_head *head,
	struct errbuf *err)
{
	struct lyd_node *n;
	char *name;
	int rc;

	*tree = NULL;
	if (st->dir == NULL)
		return -ENOENT;
	name = file_in(st, "running.json");
	rc = get_file(st, name, tree, err);
	if (rc == -ENOENT)
		goto out;
	for (n = *tree; n != NULL && strcmp(n->schema->name, "snapshot") != 0;)
		n = n->next;
	if (rc == 0 && n == NULL) {
		errbuf_add(err, NULL, 0, "%s is damaged: its head is missing", name);
		rc = -EBADMSG;
	}
	if (rc < 0) {
		keep_aside(name);
		errbuf_add(err, NULL, 0,
			"a copy is kept as %s.damaged; mend the file, or start with --replace to "
			"take the configuration file instead",
			name);
		lyd_free_all(*tree);
		*tree = NULL;
		goto out;
	}
	*head = (struct store_head){
		.revision = get_u64(n, "revision"),
		.file_hash = dup_or_null(get_string(n, "file-hash")),
		.file_revision = get_u64(n, "file-revision"),
	};
	if (*tree == n)
		*tree = n->next;
	lyd_free_tree(n);
out:
	free(name);
	return rc;
}

void store_set_aside(struct store *st)
{
	static const char *const names[] = { "running.json", "history", "confirm.json" };

	if (st->dir == NULL)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *name = file_in(st, names[i]);
		char *aside = xasprintf("%s.%lld.damaged", name, (long long)time(NULL));

		(void)rename(name, aside);
		free(aside);
		free(name);
	}
	(void)mkdir(st->history, 0700);
}

int store_put_confirm(struct store *st, uint64_t revision, time_t deadline, struct errbuf *err)
{
	struct text t = { 0 };
	struct jsonw j;
	char *name;
	int rc;

	if (st->dir == NULL)
		return 0;
	jsonw_init(&j, true, text_add, &t);
	jsonw_object(&j);
	jsonw_key(&j, "vbrd-store:confirm");
	jsonw_object(&j);
	put_u64(&j, "revision", revision);
	put_u64(&j, "deadline", (uint64_t)deadline);
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	name = file_in(st, "confirm.json");
	rc = put_file(st->dir, name, &t, err);
	free(name);
	free(t.s);
	return rc;
}

int store_get_confirm(struct store *st, uint64_t *revision, time_t *deadline, struct errbuf *err)
{
	struct lyd_node *tree;
	char *name;
	int rc;

	if (st->dir == NULL)
		return -ENOENT;
	name = file_in(st, "confirm.json");
	rc = get_file(st, name, &tree, err);
	free(name);
	if (rc < 0)
		return rc;
	*revision = get_u64(tree, "revision");
	*deadline = (time_t)get_u64(tree, "deadline");
	lyd_free_all(tree);
	return 0;
}

void store_drop_confirm(struct store *st)
{
	char *name;

	if (st->dir == NULL)
		return;
	name = file_in(st, "confirm.json");
	unlink(name);
	free(name);
}
