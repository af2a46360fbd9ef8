/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between worker.c (threads, rings) and apply.c (what orders do). Nobody else includes
 * it.
 */
#pragma once

#include "bfd/bfd_thread.h"
#include "fib/fib.h"
#include "lib/io/loop.h"
#include "vbr/worker/worker.h"

enum worker_op {
	WORKER_TENANT_SET,
	WORKER_TENANT_DEL,
	WORKER_POLICY_SET,
	WORKER_CIDRS_SET,
	WORKER_INSTANCE_SET,
	WORKER_INSTANCE_DEL,
	WORKER_EDGE_SET,
	WORKER_EDGE_DEL,
	WORKER_CALL,
	WORKER_GUEST_JOIN,
	WORKER_GUEST_LEAVE,
	WORKER_OP_COUNT,
};

struct worker_order {
	enum worker_op op;
	uint32_t tenant;
	uint32_t id;          /* instance or edge; number of CIDRS_SET */
	uint32_t peer_worker; /* EDGE_SET: of the other half */
	uint32_t generation;  /* EDGE_SET */
	void *ptr;            /* owned by the receiver, but for CALL and GUEST_* */
	void (*fn)(const struct worker *v, void *arg);
	void (*done)(void *arg);
};

/* done NULL: ptr is a heap struct worker_event. */
struct worker_answer {
	void (*done)(void *arg);
	void *ptr;
};

/*
 * A route of an edge whose halves live on two threads; take_attrs holds its octets behind
 * itself.
 */
struct worker_edge_msg {
	uint32_t edge;
	uint32_t generation;
	uint32_t live_key;
	uint32_t from; /* table */
	struct prefix pfx;
	bool withdraw;
	uint8_t flags;
	uint8_t heard; /* enum bgp_edge_heard: no route, but how far it is with family */
	uint8_t family;
	bool say_again; /* to the sending half: no route, but that some of family was lost */
	struct wire_attrs *take_attrs; /* one heap block; NULL when withdraw */
};

struct worker_tenant {
	struct bgp_engine *engine;
};

struct worker_inst {
	struct bgp_instance *inst;
	uint32_t tenant;
	struct worker_instance *now; /* owned: as applied */
};

struct worker_half {
	struct worker_edge e;
	bool used;
	struct bgp_edge_out *out; /* on the sender's worker */
	struct bgp_edge_in *in;   /* on the receiver's worker */
	uint32_t id;
	uint32_t generation;
	uint32_t peer_worker; /* of the other half; our own when both are here */
	struct worker *w;
};

struct worker {
	uint32_t index;
	uint32_t n_workers;
	bool started;
	bool restarting;             /* set before the loop is stopped */
	struct loop *loop;           /* owned by workers */
	struct mailbox *feed;        /* borrowed: ring to the fib */
	struct job feed_job;         /* wakes the fib when the running slices have posted */
	struct mailbox *answers;     /* borrowed */
	struct mailbox **edge_rings; /* borrowed */
	struct nhtable *nh;
	struct attrs_table *attrs; /* owned, as nh: of all its tenants */
	uint32_t next_live_key;
	struct worker_tenant *tenants; /* by id */
	struct worker_inst *insts;     /* by id */
	struct worker_half **halves;   /* by id */
	LIST_HEAD(, worker_guest) guests;
	uint32_t n_tenants;
	uint32_t n_insts;
	uint32_t n_halves;
	/*
	 * Orders to the fib that must not be lost and found the ring full: tables and
	 * neighbours, few.
	 */
	struct fib_msg *urgent;
	uint32_t n_urgent;
	struct mailbox *bfd_orders;  /* borrowed; NULL = no BFD */
	struct mailbox *bfd_reports; /* borrowed */
	/* Orders to BFD that found the ring full: two a neighbour and change, so few. */
	struct bfd_order *bfd_late;
	uint32_t n_bfd_late;
	/* Answers that found the ring full: calls, bounded by those in flight. */
	struct worker_answer *late;
	uint32_t n_late;
};

/* vbr/worker/bfd.c: between the engines of this worker and the BFD thread */
void worker_bfd_attach(struct worker *w);
void worker_bfd_fini(struct worker *w);
void worker_bfd_want(void *ctx, const struct bgp_bfd_want *want);

/** An order to the fib that must not be lost: what the ring cannot take waits. Few. */
void worker_feed_urgent(struct worker *w, const struct fib_msg *m);

/* vbr/worker/half.c: edges, of which this worker has one half or both */
void worker_half_set(struct worker *w, const struct worker_order *o);
void worker_half_drop(struct worker *w, uint32_t id);
/** NULL if there is none. */
struct worker_half *worker_half_find(const struct worker *w, uint32_t id);
/** Hear when a ring to another worker has space. */
void worker_halves_attach(struct worker *w);
void worker_apply_edge_route(struct worker *w, const struct worker_edge_msg *m);

/* vbr/worker/apply.c */
/** Room for index i in a zeroed array. */
void *worker_grow(void *v, uint32_t *n, uint32_t i, size_t size);
struct bgp_engine *worker_engine(const struct worker *w, uint32_t tenant);
void worker_attach(struct worker *w);
void worker_run_init(struct worker *w);
void worker_run_fini(struct worker *w);
void worker_apply(struct worker *w, const struct worker_order *o);
uint32_t worker_instance_id(const struct worker *w, const struct bgp_instance *i);
/** Give back what an order, answer or route holds that nobody will handle any more. */
void worker_order_free(const struct worker_order *o);
void worker_order_drop(void *ctx, const void *msg);
void worker_answer_drop(void *ctx, const void *msg);
void worker_edge_drop(void *ctx, const void *msg);
