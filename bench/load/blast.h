/* SPDX-License-Identifier: Apache-2.0 */
/* A run of bgpblast: sender and receiver peers of one device under test (DUT), what each receiver
 * holds, and the phases that are played and checked.
 *
 * The main thread plays the phases; workers own the sockets. Sessions, senders first, are shared
 * among the workers by number and stay with theirs. The main thread asks a worker for something
 * with session_ask(), and reads the receivers' figures while they grow: only words of which it
 * needs no order, until a phase has become quiet. The table never changes once it is indexed. */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "bench/load/options.h"
#include "bench/load/table/encode.h"
#include "bench/load/table/table.h"

struct blast;

enum session_state {
	SESSION_IDLE,
	SESSION_CONNECTING,
	SESSION_OPENSENT,
	SESSION_OPENCONFIRM,
	SESSION_ESTABLISHED,
	SESSION_DOWN /* until it is asked to come up */
};

enum session_ask {
	ASK_NOTHING,
	ASK_SEND,  /* what tx points at */
	ASK_RESET, /* NOTIFICATION, close, stay down */
	ASK_UP,
	ASK_DEAF, /* reads no more, but stays */
	ASK_TAKE  /* the accepted connection in new_fd */
};

/* What a receiver waits for. */
enum goal {
	GOAL_NONE,
	GOAL_FILL, /* hold all that is expected */
	GOAL_LEAVE /* hold nothing of one sender, and all else */
};

enum {
	DECILES = 10
};

/* What a receiver counts in a phase. */
struct tally {
	uint64_t announced, withdrawn, replaced; /* prefixes */
	uint64_t unknown, bad_path, own;
	uint64_t octets, messages;
	uint64_t first_ns, last_ns, done_ns, decile_ns[DECILES];
};

/* How long one change took to one receiver. */
struct sample {
	uint32_t whole_us; /* from when it was due until it was read */
	uint32_t dut_us;   /* of that, in the DUT: see phase/churn.c */
};

struct receiver {
	/* Per prefix, 0 when not held: sender + 1, hashes of path (24 bits) and others (24). */
	uint64_t *held;
	uint32_t *held_via; /* per sender: how many */
	uint32_t n_held, n_expected;
	struct tally tally;
	int n_deciles;
	enum goal goal;
	int leaving;         /* GOAL_LEAVE: the sender */
	uint32_t n_leaving;  /* what it had at the start */
	uint64_t arrived_ns; /* when the kernel had what was read last; 0: it does not say */
	uint32_t *seen;      /* churn: per prefix the last event that arrived; NULL: not measured */
	struct sample *sample; /* room for an event each */
	uint32_t n_samples, n_unstamped;
};

static inline uint64_t held_pack(uint32_t via, uint32_t path_hash, uint32_t other_hash)
{
	return (uint64_t)(via + 1) << 48 | (uint64_t)path_hash << 24 | other_hash;
}

static inline int held_sender(uint64_t held)
{
	return (int)(held >> 48) - 1;
}

static inline uint32_t held_path_hash(uint64_t held)
{
	return held >> 24 & 0xffffff;
}

static inline uint32_t held_other_hash(uint64_t held)
{
	return held & 0xffffff;
}

struct session {
	struct blast *blast;
	int number;
	int sender;                /* -1: none */
	struct receiver *receiver; /* NULL: none; owned */
	int worker;
	struct speaker speaker;
	struct sockaddr_storage local;
	int fd;
	enum session_state state;
	_Atomic int ask;
	int new_fd;
	uint64_t retry_ns, last_tx_ns, sent_ns;
	uint8_t control[512]; /* small messages, sent before tx */
	uint32_t control_len, control_sent;
	const uint8_t *tx; /* borrowed stream */
	size_t tx_len, tx_sent;
	bool wants_out; /* polled for room */
	bool lent;      /* the main thread writes to the socket itself */
	bool stays_down;
	bool deaf;     /* does not read, and is not waited for */
	uint8_t *part; /* of a message; owned */
	uint32_t part_len;
};

struct worker {
	struct blast *blast;
	pthread_t thread;
	int number, epoll, event;
	uint8_t *buf;
};

/* Single routes that change under way. The main thread writes, the workers read. */
struct churn {
	bool on;
	int sender;
	uint32_t *event; /* per prefix: number of the last one. NULL: never was any churn */
	uint64_t *due_ns, *from_ns; /* its time in the DUT begins at from */
	uint8_t *kind;              /* enum churn_kind */
	uint8_t *prepends;          /* the sender's AS stands there twice */
	uint8_t *gone;
};

enum churn_kind {
	CHURN_ANNOUNCE = 1, /* seen as an announcement */
	CHURN_WITHDRAW = 2,
	CHURN_EITHER = 3 /* best-path selection decides */
};

struct report {
	char *text;
	size_t n, cap;
};

struct blast {
	struct options opt;
	struct rng rng;
	struct table table;
	struct sockaddr_storage dut;
	uint32_t dut_as; /* 0: not known yet */
	struct session *session;
	int n_sessions;
	struct octets *stream; /* per sender: all that it announces */
	struct octets withdrawal;
	bool *announcing; /* per sender */
	struct worker worker[OPTIONS_THREADS];
	_Atomic bool started; /* all sessions were up */
	_Atomic bool stopping;
	_Atomic int established;
	_Atomic uint32_t drops;
	struct churn churn;
	struct report report;
};

enum {
	RX_BUF = 1 << 20,
	RX_PART = 1 << 16 /* longest message */
};

/* peer/setup.c: who is who */

/** Makes all sessions, numbered, senders first. */
void setup_sessions(struct blast *b);
/** Encodes all streams. */
void setup_streams(struct blast *b);
/** Positions in the order of sending that sender s announces. */
void setup_range(const struct blast *b, int s, uint32_t *from, uint32_t *n);
/** The attribute set that sender s has for routes of set a. */
uint32_t setup_attrs(const struct blast *b, int s, uint32_t a);

/* peer/session.c: one session; only its worker calls these */

socklen_t session_address_len(const struct sockaddr_storage *a);
void session_connect(struct session *s);
/** Takes a connection that was accepted. */
void session_take(struct session *s, int fd);
void session_open(struct session *s);
void session_close(struct session *s, const char *why);
/** Queues a small message. */
void session_control(struct session *s, const uint8_t *m, int n);
void session_keepalive(struct session *s);
/** From now on the receiver is told when the kernel had what it reads. */
void session_stamp(const struct session *s);
/** Writes what the socket takes. */
void session_flush(struct session *s);
void session_read(struct session *s, uint8_t *buf);
/** From now on it reads nothing; when the DUT ends it, it stays down. */
void session_deafen(struct session *s);

/* peer/receive.c */

/** Takes in an UPDATE that came on s. */
void receive_update(struct session *s, const uint8_t *m, int len, uint64_t now);

/* peer/worker.c; any thread may call these */

void worker_start_all(struct blast *b);
void worker_join_all(struct blast *b);
void session_ask(struct session *s, enum session_ask what);
/** Has it send a stream, which must stay. */
void session_send(struct session *s, const struct octets *stream);

/* peer/establish.c */

/** Waits until all sessions are up; false when time ran out. first_ns: of the first. */
bool establish_all(struct blast *b, uint64_t end, uint64_t *first_ns);

/* phase/account.c: what the DUT's processes and this one have cost */

double account_dut_cpu_s(const struct options *o);
/** Sum of a line of /proc/PID/status, like "VmRSS:". */
long account_dut_kb(const struct options *o, const char *key);
double account_own_cpu_s(void);

/* phase/verify.c: prefixes that are not what they should be */

struct faults {
	uint64_t missing, extra, wrong_via, path, attr, not_best;
};

void verify_session(const struct session *s, struct faults *f);

/* phase/phase.c */

/* How a phase went. */
struct phase_result {
	char name[128];
	uint64_t t0_ns, idle_ns;
	bool ok;
	double cpu0_s, cpu_done_s, own_cpu0_s;
};

/** Plays one of --phases; text is cut up. */
void phase_run(struct blast *b, char *text);
/** Clears the figures of all receivers and sets their goal. */
void phase_begin(struct blast *b, enum goal goal, int leaving);
/** Notes name and costs before the work. */
void phase_start(const struct blast *b, struct phase_result *r);
/** Waits for quiet; returns when it began. */
uint64_t phase_wait_quiet(struct blast *b);

/* phase/churn.c */

void churn_run(struct blast *b, int sender, double rate, double seconds);

/* phase/latency.c: what receivers have noted of a churn */

/** Has the first receivers but the sender note up to n events each; returns how many do. */
int latency_start(struct blast *b, int sender, uint32_t n);
/** Adds the figures to the report; the receivers note no more. room: most samples. */
void latency_report(struct blast *b, size_t room);

/* phase/report.c: the line of JSON */

void report_add(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** A comma unless a list has just begun. */
const char *report_comma(const struct report *r);
/** What was made, with an open brace. */
void report_head(struct blast *b);
/** All figures of a phase, with its brace left open. */
void report_phase(struct blast *b, const struct phase_result *r);
