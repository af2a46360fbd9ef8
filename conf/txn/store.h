/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: a snapshot of running, a record per commit, the pending confirmation. Each
 * file appears whole or not at all: written aside, fsync, rename, fsync of the directory. Without
 * a directory records are kept in memory and nothing else is.
 *
 *	running.json            snapshot, with its revision; may lag behind the records
 *	history/NNNNNN.json     the commit that made revision N
 *	confirm.json            present while a commit waits for its confirmation
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <libyang/libyang.h>

#include "lib/base/errbuf.h"
#include "lib/io/jsonw.h"

#define STORE_KEEP 200 /* records that can be gone back to */

struct store;

struct store_unit {
	char *path;   /* owned */
	char *before; /* owned JSON, or NULL */
	char *after;  /* owned JSON, or NULL */
};

struct store_record {
	uint64_t revision;
	time_t when;
	char *user;               /* owned */
	char *comment;            /* owned, may be NULL */
	char *file_hash;          /* owned, may be NULL */
	struct store_unit *units; /* owned */
	uint32_t n;
};

struct store_head {
	uint64_t revision;
	char *file_hash; /* owned, may be NULL */
	uint64_t file_revision;
};

/** dir NULL = in memory. ctx has the modules vbrd and vbrd-store. NULL with a sentence. */
struct store *store_new(const char *dir, const struct ly_ctx *ctx, struct errbuf *err);
void store_free(struct store *st);

/** Takes nothing; the record may be freed after. Old ones beyond STORE_KEEP go. */
int store_put_record(struct store *st, const struct store_record *rec, struct errbuf *err);
/** -ENOENT, or -EBADMSG if the file is damaged. store_record_fini in the case of 0. */
int store_get_record(struct store *st, uint64_t revision, struct store_record *rec,
	struct errbuf *err);
void store_record_fini(struct store_record *rec);

/** Do the records that a start would redo cost more by now than a snapshot? */
bool store_wants_snapshot(const struct store *st);
/**
 * A snapshot is written in pieces (snapshot.c), while records may go on being put: those behind
 * the begin are not counted as taken in. One at a time; in memory nothing is written.
 */
int store_snapshot_begin(struct store *st, struct errbuf *err);
/** A sink of the JSON writer; st is the store. */
void store_snapshot_add(void *st, const char *text, size_t len);
/** Key and value of the head in the snapshot's object. */
void store_snapshot_head(struct jsonw *j, const struct store_head *head);
/** The snapshot is seen from now on, unless this fails. */
int store_snapshot_end(struct store *st, struct errbuf *err);
/** It is not to be; nothing was begun: nothing is done. */
void store_snapshot_drop(struct store *st);
/** -ENOENT if there is none; -EBADMSG with sentences if damaged; a copy is kept aside. */
int store_get_snapshot(struct store *st, struct lyd_node **tree, struct store_head *head,
	struct errbuf *err);
/** Put a damaged snapshot and the records out of the way. */
void store_set_aside(struct store *st);

int store_put_confirm(struct store *st, uint64_t revision, time_t deadline, struct errbuf *err);
int store_get_confirm(struct store *st, uint64_t *revision, time_t *deadline, struct errbuf *err);
void store_drop_confirm(struct store *st);
