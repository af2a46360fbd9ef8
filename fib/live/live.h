/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which neighbours are dead, by three witnesses that do not wait for each other: the worker that
 * runs the session, BFD on its thread, and the kernel's devices. A neighbour is dead while one of
 * them says so. Who may take back what is the protocol at the head of live.c.
 *
 * Knows nothing of groups: whoever gives it news asks live_changed afterwards for whom the verdict
 * is another one, rewrites what contains them, and calls live_settle.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/monotime.h"

/* How much BFD has seen of a neighbour: deaths of the watch with this number. Later is greater. */
struct live_epoch {
	uint32_t watch;
	uint32_t deaths;
};

struct live;

struct lives {
	struct live *all; /* owned; by key */
	uint32_t n;
	uint32_t cap;
	uint32_t n_gone;    /* of them */
	uint32_t forget_at; /* n_gone that is worth a look */
	uint32_t n_changed; /* neighbours with another verdict, and sets that came as dead ones */
};

void lives_init(struct lives *l);
void lives_fini(struct lives *l);

bool live_is_dead(const struct lives *l, uint32_t key);
/** Is the verdict another one than at the last live_settle? */
bool live_has_changed(const struct lives *l, uint32_t key);
/** All who asked have acted on it. */
void live_settle(struct lives *l);

/* What leans on several neighbours at once. */
struct live_set {
	uint32_t n;
	uint32_t key[]; /* of neighbours, or of other sets */
};
struct live_set *live_set_new(const uint32_t *key, uint32_t n);
/**
 * The worker: this is the key of a set, which is dead while all of its members are. A set stays
 * what it is; live_gone says that nobody will ask for it any more, and does not make it dead.
 */
void live_put_set(struct lives *l, uint32_t key, struct live_set *take_set);

/** The worker: it is not to be counted on. */
void live_down(struct lives *l, uint32_t key);
/**
 * The worker: it is to be counted on again, and this is what it knows of BFD. ifindex: its line, 0
 * = none that it would die with.
 */
void live_up(struct lives *l, uint32_t key, const struct live_epoch *seen, uint32_t ifindex);
/**
 * The worker: there is no such neighbour any more. Dead, and forgotten by live_forget. Or no such
 * set.
 */
void live_gone(struct lives *l, uint32_t key, struct mono now);
/** BFD: it has just died. */
void live_died(struct lives *l, uint32_t key, const struct live_epoch *at);
/** BFD, by way of the worker: nothing comes any more of watches up to this one. */
void live_unwatched(struct lives *l, uint32_t key, uint32_t watch);
/* Devices that may have changed; n 0: any. is_up tells how it is now. */
struct live_lines {
	const uint32_t *ifindex;
	uint32_t n;
	bool (*is_up)(void *ctx, uint32_t ifindex);
	void *ctx;
};
/** The kernel. */
void live_lines(struct lives *l, const struct live_lines *c);

/**
 * Those that are gone go for good when no group names them and their last routes have had time to
 * be removed. Are there enough for a look? Then live_mark each key of a group, and live_forget.
 */
bool live_has_gone(const struct lives *l);
void live_mark(struct lives *l, uint32_t key);
void live_forget(struct lives *l, struct mono now);
