/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the transaction engine: shared by the files of conf/, seen by nobody else.
 *
 * Everything is done by units: a top-level container, a top-level list entry without the objects
 * in it, or an object directly in such an entry (tenant/vbr). A candidate holds copies of the
 * units that were touched, a commit validates and compares units, history stores them. So the cost
 * of a commit follows its size.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include <libyang/libyang.h>

#include "conf/conf.h"
#include "conf/model/walk.h"
#include "conf/txn/store.h"
#include "conf/txn/unit.h"
#include "lib/io/loop.h"

#define CONF_SECRET_MARK "$v1$"

/* What is known of a past commit without opening its record. */
struct conf_log_entry {
	uint64_t revision;
	time_t when;
	char *user;    /* owned */
	char *comment; /* owned, may be NULL */
	char **paths;  /* owned; units it changed; empty for commits of earlier processes */
	uint32_t n_paths;
};

struct conf {
	struct schema *schema;                 /* owned */
	struct unit_rules rules;               /* which lists are split, from the objects */
	struct conf_params p;                  /* pointers borrowed, strings owned below */
	const struct lysc_node **object_nodes; /* owned array; schema node of p.objects[i] */
	struct lyd_node *running;              /* owned; NULL before the first commit */
	uint64_t revision;
	struct store *store;        /* owned */
	struct snapshot *snapshot;  /* owned; NULL = none is being written */
	struct conf_log_entry *log; /* owned; oldest first */
	uint32_t n_log;
	struct conf_session *exclusive; /* borrowed */
	LIST_HEAD(, conf_session) sessions;
	char *file_hash; /* owned; of the last file load, or NULL */
	uint64_t file_revision;
	struct timer confirm_timer;
	uint64_t confirm_revision; /* to go back to */
	time_t confirm_deadline;
	bool confirm_pending;
	bool takes_back; /* the transaction that runs is the rollback of an unconfirmed commit */
};

struct conf_session {
	LIST_ENTRY(conf_session) entry;
	struct conf *conf;
	char *user;            /* owned */
	struct lyd_node *tree; /* owned; the touched units, or everything if whole */
	struct units units;    /* touched ones, each with the revision it was copied at */
	bool whole;            /* the candidate replaces running as a whole */
	uint64_t whole_rev;    /* revision when it became so */
	char *file_hash;       /* owned; the candidate comes from this file load */
};

const struct conf_node *conf_node_root(const void *first);

/* session.c */
/** Copy a unit of running into the candidate, once. */
void session_touch(struct conf_session *s, const char *unit);
void session_clear(struct conf_session *s);
/** running with the candidate's units in place: a tree of its own, to be freed. */
struct lyd_node *session_full_tree(const struct conf_session *s);
/** The candidate as a transaction, whoever else may hold the lock or wait for a confirmation. */
int session_run(struct conf_session *s, const struct conf_commit *how, struct errbuf *err);

/* secret.c */
/** Replace plain secrets in a tree by sealed ones; equal ones keep the sealed value of old. */
int secret_seal_tree(const struct conf *c, struct lyd_node *tree,
	const struct lyd_node *const old[2], struct errbuf *err);
/** Value to store for a secret leaf; the caller frees; NULL with a sentence. */
char *secret_seal(const struct conf *c, const char *plain, const char *old, struct errbuf *err);

/* history.c */
void history_add(struct conf *c, const struct store_record *rec);
/** Put the units of tree *tree back to what they were n commits ago; touched paths go to fn. */
int history_revert(struct conf *c, uint32_t n, struct lyd_node **tree,
	void (*touch)(void *ctx, const char *unit), void *ctx, struct errbuf *err);
void history_free(struct conf *c);

/* confirm.c */
int confirm_arm(struct conf *c, uint64_t back_to, uint32_t seconds, struct errbuf *err);
void confirm_disarm(struct conf *c);
void confirm_expired(void *ctx);
/** After start: take up, or roll back, what an earlier process left. */
int confirm_resume(struct conf *c, struct errbuf *err);

/* load.c */
/** Text or JSON to a fresh tree with sealed secrets; 0 or -EINVAL. */
int load_tree(struct conf *c, const char *text, enum conf_format fmt, struct lyd_node **tree,
	struct errbuf *err);

/* print.c */
/** A tree of its own with defaults, in order; NULL with err if history has no such revision. */
struct lyd_node *print_source(struct conf *c, struct conf_session *s, enum conf_source source,
	uint32_t n, struct errbuf *err);
