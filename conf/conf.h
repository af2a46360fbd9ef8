/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration datastores and transactions over the YANG model: running, private candidates,
 * history, confirmed commit. What the objects mean is the owner's business: it gets an ordered
 * list of typed changes and answers in four phases.
 *
 *   edits -> candidate -> YANG validation -> changes -> validate -> prepare -> apply | abort
 *
 * Belongs to one thread (main). libyang is seen only inside conf/: owners read through conf_node.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "lib/base/errbuf.h"

struct conf;
struct conf_session;
struct conf_node; /* a node of a tree: see conf_node.h */
struct loop;

/*
 * An object of the model: the granularity of changes. A leaf belongs to the nearest object above
 * it.
 */
struct conf_object {
	const char *path; /* schema path: "/vbrd:tenant/vbr", "/vbrd:system" */
	uint8_t kind;     /* owner's number */
	int8_t prio;      /* creates and modifies run ascending, deletes before them descending */
};

enum conf_op {
	CONF_OP_CREATE,
	CONF_OP_MODIFY,
	CONF_OP_DELETE,
};

/*
 * before and after show an object with its own leaves and containers, and objects inside it that
 * are no entries of tenants. Entries of a tenant that are objects (tenant/vbr, tenant/peering) are
 * NOT below the tenant of a change: a commit copies what it touches only. Take the rest from
 * conf_running.
 */
struct conf_change {
	enum conf_op op;
	uint8_t kind;
	const char *path;               /* data path with keys */
	const struct conf_node *before; /* NULL for CREATE; lives until apply has returned */
	const struct conf_node *after;  /* NULL for DELETE; lives until apply has returned */
	void *res;                      /* owner's, from validate or prepare to apply or abort */
};

/* The owner's side. Calls come in the order of the members; changes are sorted. */
struct conf_ops {
	/* Semantic checks over running plus changes; pure. 0, or -EINVAL with sentences in err. */
	int (*validate)(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err);
	/* Take what apply needs. On failure the owner has undone what it took in this call. */
	int (*prepare)(void *ctx, struct conf_change *ch, uint32_t n, struct errbuf *err);
	/* Cannot fail. */
	void (*apply)(void *ctx, struct conf_change *ch, uint32_t n);
	/* After a successful validate or prepare that is not followed by apply: give res back. */
	void (*abort)(void *ctx, struct conf_change *ch, uint32_t n);
	/*
	 * Secrets at rest: plain -> "$v1$...", the caller frees; NULL on failure. A sealed one
	 * passes unchanged.
	 */
	char *(*seal)(void *ctx, const char *plain);
	/*
	 * Does a sealed secret hold this plain text? Keeps an unchanged secret unchanged; NULL =
	 * never.
	 */
	bool (*same_secret)(void *ctx, const char *sealed, const char *plain);
};

struct conf_params {
	const char *yang_dir;
	const char *state_dir; /* snapshot, history, confirm; made if absent; NULL = in memory */
	const struct conf_object *objects;
	uint32_t n_objects;
	const struct conf_ops *ops;
	void *ctx;
	struct loop *loop; /* timer of confirmed commits; NULL = none */
};

/** NULL with sentences in err: model not found, state directory not writable. Running is empty. */
struct conf *conf_new(const struct conf_params *p, struct errbuf *err);
void conf_free(struct conf *c);

/* How text is given. */
enum conf_format {
	CONF_FORMAT_AUTO, /* the first non-blank character '{' means JSON */
	CONF_FORMAT_TEXT,
	CONF_FORMAT_JSON, /* RFC 7951 */
	CONF_FORMAT_XML,  /* printing only */
};

enum conf_load {
	CONF_LOAD_MERGE,
	CONF_LOAD_REPLACE,
};

/**
 * First configuration of a process: the snapshot in the state directory if it is newer than the
 * last load of file (or force_file is false and file unchanged), else file, as one commit.
 * *from_snapshot tells which. A pending confirmed commit whose time is over is rolled back, else
 * its timer goes on.
 */
int conf_start(struct conf *c, const char *file, bool force_file, bool *from_snapshot,
	struct errbuf *err);
/** SIGHUP: replace running by file as one commit. */
int conf_reload(struct conf *c, const char *file, struct errbuf *err);
/** --check: parse and validate file against the model and the owner's validate; nothing changes. */
int conf_check_file(struct conf *c, const char *file, struct errbuf *err);

uint64_t conf_revision(const struct conf *c);
/**
 * Root of running, with defaults, for the owner's reading: conf_next(root, "tenant", NULL). NULL
 * before the first commit. Valid until the next commit; during one it shows the old state, and
 * nodes of before are nodes of it.
 */
const struct conf_node *conf_running(const struct conf *c);

/* Sessions: one private candidate each, nothing copied until the first edit. */
struct conf_session *conf_session_new(struct conf *c, const char *user);
/** Edits that were not committed are gone. NULL-safe. */
void conf_session_free(struct conf_session *s);
/**
 * configure exclusive: 0, or -EBUSY naming the holder. Released by conf_session_free or on =
 * false.
 */
int conf_session_exclusive(struct conf_session *s, bool on, struct errbuf *err);

/**
 * One edit of the candidate by data path ("/vbrd:tenant[name='a']/vbr[name='b']/vlan-id"). value
 * NULL for list entries and presence containers. Checked for path and type at once; the rest at
 * commit.
 */
int conf_set(struct conf_session *s, const char *path, const char *value, struct errbuf *err);
/** value: of a leaf-list entry or NULL. -ENOENT if nothing is there. */
int conf_delete(struct conf_session *s, const char *path, const char *value, struct errbuf *err);
/** Text or JSON into the candidate, whole or not at all; errors carry lines. */
int conf_load(struct conf_session *s, const char *text, enum conf_format fmt, enum conf_load how,
	struct errbuf *err);
/** Candidate := running. */
void conf_discard(struct conf_session *s);
/** Candidate := revision N commits ago (1 = the one before running); 0 = running. */
int conf_rollback(struct conf_session *s, uint32_t n, struct errbuf *err);
bool conf_session_is_dirty(const struct conf_session *s);

struct conf_commit {
	bool check;           /* validate only */
	uint32_t confirmed_s; /* 0 = for good */
	const char *comment;  /* may be NULL */
};
/** 0; or -EINVAL with all errors (candidate kept), -EBUSY (exclusive, or a confirm is pending). */
int conf_commit(struct conf_session *s, const struct conf_commit *how, struct errbuf *err);
/** Keep, or take back at once, the pending confirmed commit. -ENOENT if none. */
int conf_confirm(struct conf *c, struct errbuf *err);
int conf_cancel(struct conf *c, struct errbuf *err);
/** Is the transaction that runs one that takes such a commit back? It was right before. */
bool conf_takes_back(const struct conf *c);
/** Seconds until the pending confirm rolls back; -1 = none pending. */
int64_t conf_confirm_left_s(const struct conf *c);

/* Printing: the caller frees; NULL with err. */
enum conf_source {
	CONF_SOURCE_RUNNING,
	CONF_SOURCE_CANDIDATE,
	CONF_SOURCE_HISTORY, /* n commits ago */
};
struct conf_print {
	enum conf_source source;
	uint32_t n; /* HISTORY */
	enum conf_format format;
	bool with_defaults;
	const char *path; /* data path of a subtree, or NULL */
};
/** s is needed for CANDIDATE only. */
char *conf_print(struct conf *c, struct conf_session *s, const struct conf_print *how,
	struct errbuf *err);
/**
 * Lines with "+ ", "- " and "  " (context of the block): candidate against running, or against n
 * commits ago.
 */
char *conf_compare(struct conf_session *s, uint32_t n, struct errbuf *err);

struct conf_revision_info {
	uint64_t revision;
	time_t when;
	const char *user;
	const char *comment;
	bool confirmed_pending;
};
/** Newest first; fn returns false to stop. */
void conf_history(struct conf *c, bool (*fn)(void *ctx, const struct conf_revision_info *r),
	void *ctx);
/** Values of a leaf or the keys of a list in running (or the candidate of s): for completion. */
void conf_values(struct conf *c, struct conf_session *s, const char *path,
	void (*fn)(void *ctx, const char *value), void *ctx);
