/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of an export: what is to be said of nets, in runs and in buckets, and saying it. Not for
 * other folders.
 */
#pragma once

#include "bgpd/export/export_private.h"

#define RUN_MAX 2048

/* Nets that have the same to say, of the slice that pulls; see run.c. */
struct run {
	struct statement say; /* its set counted */
	uint32_t tag;
	uint32_t n;
	uint32_t nets[RUN_MAX]; /* pinned if withdrawn */
};

/* queue.c */
void queue_init(struct group *g);
/** Unpins what it holds. */
void queue_fini(struct group *g);
/** A net of which nothing waits: look, and queue what is to be said, or add it to the run. */
void queue_look(struct group *g, uint32_t net);
/** A net may have changed: the same, if nothing waits. */
void queue_net(struct group *g, uint32_t net);
/** Nothing of it waits, and it is not to be told. */
void queue_withdraw(struct group *g, uint32_t net);
/** What a run has to say of its nets from that one on. */
void queue_add_run(struct group *g, const struct run *run, uint32_t first);
/**
 * Something is to be said of a net of which nothing waits, or (said, with ADD-PATH) of one of its
 * paths. Returns the handle of the item.
 */
uint32_t queue_add(struct group *g, const struct item *it, uint32_t said,
	const struct statement *s);
/** s says this of a path that comes from there. */
void queue_statement(struct statement *s, struct attrs *set, uint16_t from);
/** Was it told by this tag and source, and would it be told the same now? */
bool queue_is_as_told(const struct group *g, const struct outcome *o, uint32_t tag, uint16_t from);
/**
 * The first item of a bucket that is not empty, if it is still to be said; else it is gone (its net
 * has changed, and is looked at again).
 */
bool queue_due(struct group *g, struct bucket *b, uint32_t *net, uint32_t *id);
/** The turn of n items comes soon: have their nets in the cache. Returns the item after them. */
uint32_t queue_expect(const struct group *g, uint32_t item, uint32_t n);
/** It is said. Returns whether the member behind the path must forget another one. */
bool queue_said(struct group *g, struct bucket *b);
/** Nets that were said are pinned until then. */
void queue_let_go(struct group *g);
/** A bucket that is empty goes. */
void queue_drop_empty(struct group *g, struct bucket *b);
/** What the bucket says cannot be said: members forget these nets. */
void queue_refuse(struct group *g, struct bucket *b);
/** All nets of a queue, appended to dst. */
void queue_list(const struct queue *q, uint32_t *dst);

/* run.c */
/** Nets follow, and no path changes meanwhile. */
void run_begin(struct group *g);
/** Paths may change from here on. */
void run_end(struct group *g);
/** Nets, each once, that may have changed: look. Pins, never unpins. */
void run_nets(struct group *g, const uint32_t *nets, uint32_t n);
/** This is to be said of a net of which nothing waits. */
void run_say(struct group *g, uint32_t net, uint32_t tag, const struct statement *s);
/** What was found of the last net: says, what the run does, or nothing. */
void run_remember(struct group *g, const struct outcome *o, bool says);

/* emit.c */
/**
 * Say what a run has to say; returns of how many nets, unpinned if they were withdrawn. 0: it
 * cannot be said. With more a message that is not full is left out if another one went before.
 */
uint32_t emit_run(struct group *g, const struct run *run, bool more);
/** Encode from the queue: a net costs one unit, a message some more, up to max units. */
void emit_nets(struct group *g, uint32_t max);
void emit_end_of_rib(struct group *g);
/** RFC 7313 marker. */
void emit_refresh_mark(struct group *g, uint8_t subtype);
/** Hand what is encoded to the members. */
void emit_flush(struct group *g);
/** Nothing is to be said for now: give the buffer of the slices back. All is flushed. */
void emit_rest(struct export *e);
