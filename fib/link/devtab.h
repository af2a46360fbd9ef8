/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All devices that are wanted or seen, by name and by ifindex; and the wanted VRF devices by
 * table. A device exists here as long as something holds it (see struct dev). Fields are the
 * plane's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "fib/link/diff.h"
#include "fib/link/link.h"
#include "fib/link/seen.h"
#include "fib/link/settings.h"
#include "lib/ds/intern.h"

struct devtab;

/* Held by: being wanted, being seen, each queue it stands in. */
struct dev {
	struct intern_node node;
	char name[LINK_NAME_SIZE];
	TAILQ_ENTRY(dev) all;
	TAILQ_ENTRY(dev) dirty;
	TAILQ_ENTRY(dev) news;
	struct link_want *want; /* owned; NULL = not wanted */
	struct seen seen;
	struct diff_original was;
	struct settings_saved saved;
	struct link_status status;  /* as of now */
	struct link_status told;    /* as last reported */
	char note[LINK_ERROR_SIZE]; /* best effort that failed; shown if nothing worse is */
	uint8_t passes;             /* with work to do since it was last in step or retried */
	bool is_seen;               /* holds a reference */
	bool is_dirty;              /* in the queue */
	bool has_news;              /* in the queue */
	bool was_told;
	bool is_releasing; /* not wanted: take back what is ours */
	bool is_marked;    /* by a dump: still there */
};

TAILQ_HEAD(dev_list, dev);

struct devtab *devtab_new(void);
void devtab_free(struct devtab *t);
struct dev_list *devtab_all(struct devtab *t);
/** Borrowed, or NULL. */
struct dev *devtab_find(const struct devtab *t, const char *name);
struct dev *devtab_by_index(const struct devtab *t, uint32_t ifindex);
/** The wanted VRF device of a table. */
struct dev *devtab_by_table(const struct devtab *t, uint32_t table);
/** Found or made; with one more reference. */
struct dev *devtab_hold(struct devtab *t, const char *name);
void devtab_drop(struct devtab *t, struct dev *d);
/** Replace the want; NULL removes it. */
void devtab_set_want(struct devtab *t, struct dev *d, const struct link_want *w);
/** Replace what is seen of the link; ifindex 0: it is gone, d may be freed. Keeps the index. */
void devtab_set_link(struct devtab *t, struct dev *d, const struct seen_link *l);
