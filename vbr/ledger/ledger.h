/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: amounts on disk, each once, in chains that a customer can check.
 *
 * A tenant has two chains, samples and hours. What a reading adds, the raw counters it leads to,
 * the hour it fills and the links it appends are one transaction. So whenever the process is
 * killed, the next reading continues from the last one that is on disk: nothing is counted twice,
 * and nothing is missed as long as the devices live. A ledger that cannot be written loses nothing
 * for the same reason.
 *
 * Not thread-safe: it belongs to one thread (ledger_thread.h). No clock, no kernel: readings come
 * with their time. After an error the file is closed, and opened again with the next call.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/errbuf.h"
#include "vbr/ledger/record.h"

struct ledger;

#define LEDGER_DEVICE_SIZE 16

struct ledger_device {
	char name[LEDGER_DEVICE_SIZE];
	struct meter_reading reading; /* epoch 0: it is not there at the moment */
	bool is_others;               /* shown by another of the entry, too, and not the object's */
};

/* What was read of one object. */
struct ledger_entry {
	enum meter_kind kind;
	bool is_last; /* the object goes: another of its name begins anew */
	char tenant[METER_NAME_SIZE];
	char name[METER_OBJECT_SIZE];
	char detail[METER_DETAIL_SIZE];
	uint64_t rate_bps;
	uint32_t first_device; /* in the batch */
	uint32_t n_devices;
};

/* Readings of one moment. */
struct ledger_batch {
	struct meter_clock now;
	uint32_t interval_s;
	uint32_t sample_keep_s; /* 0 = for ever */
	uint32_t hour_keep_s;
	struct ledger_entry *entries; /* owned by whoever made it */
	struct ledger_device *devices;
	uint32_t n_entries;
	uint32_t n_devices;
};

/** Nothing is opened yet. */
struct ledger *ledger_new(const char *path);
/** NULL-safe. */
void ledger_free(struct ledger *l);
/**
 * All of the batch in one transaction, or nothing of it: 0, or -errno with a sentence in err. Hours
 * that are over get their records.
 */
int ledger_write(struct ledger *l, const struct ledger_batch *b, struct errbuf *err);
/**
 * Remove what is older than the batch says, a day at a time and some thousand records a chain, and
 * leave a checkpoint. *more: call again.
 */
int ledger_prune(struct ledger *l, const struct ledger_batch *b, bool *more, struct errbuf *err);

/* Which records; to_s is not among them. */
struct ledger_filter {
	const char *tenant; /* NULL = all */
	int64_t from_s;
	int64_t to_s;
	enum ledger_series series; /* ledger_records */
	uint32_t max;              /* ledger_records: so many with one call */
	uint32_t interval_s;       /* ledger_usage: of samples, for percentiles */
};

/* Where a walk over records stands: the chain, the last record that was given. Zeroed at first. */
struct ledger_cursor {
	char tenant[METER_NAME_SIZE];
	int series; /* enum ledger_series */
	uint64_t seq;
	bool in_chain;
};

/**
 * Up to max records of one series that touch the time, in the order of tenant and seq. Returns 1
 * if there may be more, 0 at the end, or -errno.
 */
int ledger_records(struct ledger *l, const struct ledger_filter *f, struct ledger_cursor *c,
	void (*fn)(void *ctx, const struct ledger_record *r), void *ctx, struct errbuf *err);

/* Use of one object within a time. */
struct ledger_usage {
	const char *tenant; /* borrowed, until fn returns */
	enum meter_kind kind;
	const char *name;
	const char *detail;        /* of its last hour */
	struct meter_counts c;     /* in the time */
	struct meter_counts total; /* since the ledger knows it */
	uint32_t hours;            /* in which it was there */
	uint32_t seconds;          /* that are covered by records */
	uint32_t flags;            /* of all its records */
	bool has_percentile;       /* the time is within the samples that are kept */
	uint64_t p95_in_bps;
	uint64_t p95_out_bps;
};

/* The last object that was given. Zeroed at first. */
struct ledger_place {
	char tenant[METER_NAME_SIZE];
	int kind;
	char name[METER_OBJECT_SIZE];
};

/**
 * The next object that was in use in the time. From samples, exactly, as long as they are kept;
 * else from the hours. Returns 1 after fn was called, 0 at the end, or -errno.
 */
int ledger_usage(struct ledger *l, const struct ledger_filter *f, struct ledger_place *p,
	void (*fn)(void *ctx, const struct ledger_usage *u), void *ctx, struct errbuf *err);

/**
 * Hour records of one tenant, and the hours that are being filled, as for a bill. The record's seq
 * is 0 for the latter.
 */
int ledger_hours(struct ledger *l, const struct ledger_filter *f,
	void (*fn)(void *ctx, const struct ledger_record *r), void *ctx, struct errbuf *err);
/** Has this tenant records, of any time? 1, 0, or -errno. */
int ledger_has_tenant(struct ledger *l, const char *name, struct errbuf *err);
/** Next tenant with records, behind the one in name ("" at first): 1, 0 at the end, or -errno. */
int ledger_tenant_after(struct ledger *l, char *name, struct errbuf *err);

enum ledger_fault {
	LEDGER_SOUND,
	LEDGER_MISSING,       /* record seq is not there */
	LEDGER_CHANGED,       /* record seq, or what is before it, is not what was written */
	LEDGER_END_DIFFERS,   /* records at the end are missing, or the head was changed */
	LEDGER_NO_CHECKPOINT, /* the records before seq were not removed by vbrd */
	LEDGER_FAULTS,
};

/** "sound", "missing", ... */
const char *ledger_fault_name(enum ledger_fault f);

/* One chain under examination. Zeroed at first. */
struct ledger_check {
	struct ledger_cursor at;
	int64_t chain;
	enum ledger_fault fault; /* the first one */
	uint64_t fault_seq;
	uint64_t first_seq;
	uint64_t records;
	uint64_t base_seq;
	uint64_t head_seq;
	bool is_base_proven;
	uint8_t base_hash[LEDGER_HASH_LEN];
	uint8_t hash[LEDGER_HASH_LEN]; /* of the last record that was seen */
	uint8_t head_hash[LEDGER_HASH_LEN];
	bool is_done; /* with this chain: look at the result, go on with the next call */
};

/**
 * Look at up to max records. Returns 1 while there are more or a chain is done, 0 when no chain is
 * left, or -errno.
 */
int ledger_check(struct ledger *l, const char *tenant, struct ledger_check *c, uint32_t max,
	struct errbuf *err);
