/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten thousand VBRs are a tenth of a second of printing, and the thread that prints is the one that
 * hears of links and of neighbours' deaths. So it is done unit by unit, in slices of a job, and
 * commits may come in between.
 *
 * What is written is then no state that running ever had: some units are older than a commit that
 * came meanwhile, others have it. The head says the revision of the beginning, so a start does all
 * commits behind it again, and each puts whole units: whatever stands in the snapshot of a unit
 * that such a commit changed is replaced. Two things are left to mind. The next unit may be
 * removed: the walk steps on before that. A unit that is made anew is passed over, since libyang
 * appends it where it may have stood before, in the part that is written: there is one entry for
 * each key.
 *
 * The file is one JSON object, as libyang would print the tree. libyang prints one node at a time,
 * the writer puts the values together: {"vbrd:tenant":[{...}]} is the value [{...}] of a key.
 */
#include "conf/txn/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "lib/base/xalloc.h"

#define SLICE_UNITS 16 /* some 10 us each: what loop.h asks for */

/* Lists within each other: of the module, and split ones in an entry of these. */
enum level {
	LEVEL_TOP,
	LEVEL_ENTRY,
};

struct snapshot {
	struct conf *conf;
	struct job job;
	struct jsonw j;
	struct lyd_node *at; /* of running: the next unit; NULL = all are written */
	struct units born;   /* they came since the beginning */
	const struct lysc_node *open_list[2]; /* by level: its array is open */
	bool open_entry;                      /* of the list at the top */
	bool failed;                          /* libyang could not print */
};

/* The value in {"name":value}, or in {"name":[value]} of a list or leaf-list. */
static char *value_of(const struct lyd_node *node, size_t *len, char **text)
{
	const size_t wrap = (node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) != 0 ? 1 : 0;
	char *from;
	size_t n;

	*text = NULL;
	if (lyd_print_mem(text, node, LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_WD_EXPLICIT) !=
			LY_SUCCESS ||
		*text == NULL)
		return NULL;
	n = strlen(*text);
	from = strchr(*text, ':');
	/* The name begins with the module's. */
	if (from != NULL)
		from = strchr(from + 1, ':');
	*len = from != NULL ? n - (size_t)(from - *text) - 2 - 2 * wrap : 0;
	return from != NULL ? from + 1 + wrap : *text + n;
}

/* Key and array of a list once, before its first entry. */
static void open_list(struct snapshot *s, enum level at, const struct lyd_node *node)
{
	const struct lysc_node *schema = node->schema;
	char *key;

	if (s->open_list[at] == schema)
		return;
	if (s->open_list[at] != NULL)
		jsonw_array_end(&s->j);
	s->open_list[at] = NULL;
	key = at == LEVEL_TOP ? xasprintf("%s:%s", schema->module->name, schema->name) :
				xstrdup(schema->name);
	jsonw_key(&s->j, key);
	free(key);
	if ((schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) == 0)
		return;
	jsonw_array(&s->j);
	s->open_list[at] = schema;
}

static void close_list(struct snapshot *s, enum level at)
{
	if (s->open_list[at] != NULL)
		jsonw_array_end(&s->j);
	s->open_list[at] = NULL;
}

static void close_entry(struct snapshot *s)
{
	if (!s->open_entry)
		return;
	close_list(s, LEVEL_ENTRY);
	jsonw_object_end(&s->j);
	s->open_entry = false;
}

static void put_node(struct snapshot *s, enum level at, const struct lyd_node *node)
{
	size_t len = 0;
	char *text;
	const char *value = value_of(node, &len, &text);

	s->failed |= value == NULL;
	/* A container of nothing but defaults. */
	if (len > 0) {
		open_list(s, at, node);
		jsonw_raw(&s->j, value, len);
	}
	free(text);
}

/* An entry of a list at the top: what is its own; the units in it come next. */
static void put_entry(struct snapshot *s, const struct lyd_node *node)
{
	const struct unit_rules *r = &s->conf->rules;

	open_list(s, LEVEL_TOP, node);
	jsonw_object(&s->j);
	s->open_entry = true;
	for (const struct lyd_node *c = lyd_child(node); c != NULL; c = c->next)
		if (!unit_is_split(r, c->schema))
			put_node(s, LEVEL_ENTRY, c);
	close_list(s, LEVEL_ENTRY);
}

static void put_unit(struct snapshot *s, const struct lyd_node *node)
{
	if (lyd_parent(node) != NULL) {
		put_node(s, LEVEL_ENTRY, node);
		return;
	}
	close_entry(s);
	if (node->schema->nodetype == LYS_LIST) {
		put_entry(s, node);
		return;
	}
	close_list(s, LEVEL_TOP);
	put_node(s, LEVEL_TOP, node);
}

static bool is_born(const struct snapshot *s, const struct lyd_node *node)
{
	char *path;
	bool is;

	if (s->born.n == 0)
		return false;
	path = tree_path(node);
	is = units_has(&s->born, path);
	free(path);
	return is;
}

static void step(struct snapshot *s)
{
	const struct unit_rules *r = &s->conf->rules;

	if (is_born(s, s->at)) {
		s->at = unit_after(r, s->at);
		return;
	}
	put_unit(s, s->at);
	s->at = unit_next(r, s->at);
}

static void snapshot_free(struct snapshot *s)
{
	s->conf->snapshot = NULL;
	job_cancel(&s->job);
	store_snapshot_drop(s->conf->store);
	units_fini(&s->born);
	free(s);
}

static struct snapshot *begin(struct conf *c, struct errbuf *err)
{
	const struct store_head head = {
		.revision = c->revision,
		.file_hash = c->file_hash,
		.file_revision = c->file_revision,
	};
	struct snapshot *s;

	if (store_snapshot_begin(c->store, err) < 0)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->conf = c;
	s->at = c->running;
	jsonw_init(&s->j, true, store_snapshot_add, c->store);
	jsonw_object(&s->j);
	store_snapshot_head(&s->j, &head);
	return s;
}

static int end(struct snapshot *s, struct errbuf *err)
{
	int ret = 0;

	close_entry(s);
	close_list(s, LEVEL_TOP);
	jsonw_object_end(&s->j);
	if (s->failed) {
		errbuf_add(err, NULL, 0, "the configuration cannot be printed");
		ret = -EIO;
	}
	if (ret == 0)
		ret = store_snapshot_end(s->conf->store, err);
	snapshot_free(s);
	return ret;
}

int snapshot_write(struct conf *c, struct errbuf *err)
{
	struct snapshot *s;

	snapshot_cancel(c);
	if (c->p.state_dir == NULL)
		return 0;
	s = begin(c, err);
	if (s == NULL)
		return -EIO;
	while (s->at != NULL)
		step(s);
	return end(s, err);
}

static bool on_slice(void *ctx)
{
	struct snapshot *s = ctx;
	struct errbuf ignored;

	for (uint32_t i = 0; i < SLICE_UNITS && s->at != NULL; i++)
		step(s);
	if (s->at != NULL)
		return true;
	errbuf_init(&ignored);
	(void)end(s, &ignored);
	errbuf_fini(&ignored);
	return false;
}

void snapshot_now_and_then(struct conf *c)
{
	struct errbuf ignored;

	if (c->snapshot != NULL || !store_wants_snapshot(c->store))
		return;
	errbuf_init(&ignored);
	if (c->p.loop == NULL) {
		(void)snapshot_write(c, &ignored);
	} else {
		c->snapshot = begin(c, &ignored);
		if (c->snapshot != NULL) {
			job_init(&c->snapshot->job, c->p.loop, on_slice, c->snapshot);
			job_wake(&c->snapshot->job);
		}
	}
	errbuf_fini(&ignored);
}

void snapshot_follow(struct conf *c, const struct lyd_node *from, const char *unit)
{
	struct snapshot *s = c->snapshot;
	const struct lyd_node *is;
	bool stays;

	if (s == NULL)
		return;
	is = tree_find(c->running, unit);
	stays = tree_find(from, unit) != NULL;
	if (is == NULL && stays)
		(void)units_add(&s->born, unit, 0);
	else if (is != NULL && !stays && s->at != NULL && (s->at == is || lyd_parent(s->at) == is))
		s->at = unit_after(&c->rules, is);
}

void snapshot_cancel(struct conf *c)
{
	if (c->snapshot != NULL)
		snapshot_free(c->snapshot);
}
