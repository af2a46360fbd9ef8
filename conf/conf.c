/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life of the engine: the model, the owner's objects, the store. Running stays NULL until the first
 * commit, so that this one creates everything for the owner, the singletons included.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/yang_err.h"
#include "conf/txn/snapshot.h"
#include "lib/base/xalloc.h"

/* Lists directly in top-level lists, registered as objects, are units of their own. */
static bool is_split(const struct lysc_node *node)
{
	return node->nodetype == LYS_LIST && node->parent != NULL &&
		node->parent->nodetype == LYS_LIST && node->parent->parent == NULL;
}

static int bind_objects(struct conf *c, struct errbuf *err)
{
	const uint32_t n = c->p.n_objects;

	c->object_nodes = xcalloc(n > 0 ? n : 1, sizeof(struct lysc_node *));
	c->rules.split = xcalloc(n > 0 ? n : 1, sizeof(struct lysc_node *));
	c->rules.mod = c->schema->mod;
	for (uint32_t i = 0; i < n; i++) {
		const struct lysc_node *node = lys_find_path(c->schema->ctx, NULL,
			c->p.objects[i].path, 0);

		if (node == NULL) {
			yang_err_drop(c->schema->ctx);
			errbuf_add(err, c->p.objects[i].path, 0, "the model has no such object");
			return -EINVAL;
		}
		c->object_nodes[i] = node;
		if (is_split(node))
			c->rules.split[c->rules.n_split++] = node;
	}
	return 0;
}

struct conf *conf_new(const struct conf_params *p, struct errbuf *err)
{
	struct conf *c = xcalloc(1, sizeof(*c));

	c->p = *p;
	LIST_INIT(&c->sessions);
	c->schema = schema_new(p->yang_dir, err);
	if (c->schema == NULL)
		goto err;
	/* Loading recompiles the model: nothing of it may be remembered before this. */
	if (ly_ctx_load_module(c->schema->ctx, "vbrd-store", NULL, NULL) == NULL) {
		yang_err_take(c->schema->ctx, err);
		goto err;
	}
	if (bind_objects(c, err) < 0)
		goto err;
	c->store = store_new(p->state_dir, c->schema->ctx, err);
	if (c->store == NULL)
		goto err;
	if (p->loop != NULL)
		timer_init(&c->confirm_timer, p->loop, confirm_expired, c);
	return c;
err:
	conf_free(c);
	return NULL;
}

void conf_free(struct conf *c)
{
	struct errbuf ignored;

	if (c == NULL)
		return;
	while (!LIST_EMPTY(&c->sessions))
		conf_session_free(LIST_FIRST(&c->sessions));
	if (c->running != NULL) {
		errbuf_init(&ignored);
		(void)snapshot_write(c, &ignored);
		errbuf_fini(&ignored);
	}
	if (c->p.loop != NULL)
		timer_stop(&c->confirm_timer);
	history_free(c);
	lyd_free_all(c->running);
	store_free(c->store);
	free(c->object_nodes);
	free(c->rules.split);
	free(c->file_hash);
	schema_free(c->schema);
	free(c);
}

uint64_t conf_revision(const struct conf *c)
{
	return c->revision;
}

const struct conf_node *conf_running(const struct conf *c)
{
	return conf_node_root(c->running);
}
