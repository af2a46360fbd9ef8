/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets are sealed on their way into a tree. Sealing is randomised, so the same plain text given
 * twice would look like a change and reset a session; the owner is asked whether the sealed value
 * that is there already holds it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf_int.h"
#include "conf/model/tree.h"
#include "conf/model/type.h"
#include "lib/base/xalloc.h"

static bool is_sealed(const char *value)
{
	return strncmp(value, CONF_SECRET_MARK, strlen(CONF_SECRET_MARK)) == 0;
}

char *secret_seal(const struct conf *c, const char *plain, const char *old, struct errbuf *err)
{
	const struct conf_ops *ops = c->p.ops;
	char *sealed;

	if (is_sealed(plain) || ops->seal == NULL)
		return xstrdup(plain);
	if (old != NULL && ops->same_secret != NULL && ops->same_secret(c->p.ctx, old, plain))
		return xstrdup(old);
	sealed = ops->seal(c->p.ctx, plain);
	if (sealed == NULL)
		errbuf_add(err, NULL, 0,
			"the secret could not be sealed: see the log for the key file");
	return sealed;
}

static const char *find_old(const struct lyd_node *const old[2], const struct lyd_node *leaf)
{
	char *path = tree_path(leaf);
	const struct lyd_node *node = tree_find(old[0], path);

	if (node == NULL)
		node = tree_find(old[1], path);
	free(path);
	return node != NULL ? lyd_get_value(node) : NULL;
}

static int seal_leaf(const struct conf *c, struct lyd_node *leaf,
	const struct lyd_node *const old[2], struct errbuf *err)
{
	const char *value = lyd_get_value(leaf);
	char *sealed;
	char *path;

	if (is_sealed(value))
		return 0;
	if (strlen(value) > type_secret_max(leaf->schema)) {
		path = tree_path(leaf);
		errbuf_add(err, path, 0, "%s: a secret has 1 to %u characters", leaf->schema->name,
			type_secret_max(leaf->schema));
		free(path);
		return -EINVAL;
	}
	sealed = secret_seal(c, value, find_old(old, leaf), err);
	if (sealed == NULL)
		return -EINVAL;
	if (strcmp(sealed, value) != 0)
		(void)lyd_change_term(leaf, sealed);
	free(sealed);
	return 0;
}

int secret_seal_tree(const struct conf *c, struct lyd_node *tree,
	const struct lyd_node *const old[2], struct errbuf *err)
{
	for (; tree != NULL; tree = tree->next) {
		int rc;

		if ((tree->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) == 0)
			rc = secret_seal_tree(c, lyd_child(tree), old, err);
		else if (type_secret_max(tree->schema) != 0)
			rc = seal_leaf(c, tree, old, err);
		else
			rc = 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}
