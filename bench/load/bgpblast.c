/* SPDX-License-Identifier: Apache-2.0 */
/* bgpblast: BGP load generator and checker. See README.md.
 *
 * One process plays S sender peers and R receiver peers against a device under test (DUT). All
 * UPDATE streams are encoded before the clock starts. Every receiver keeps one word per prefix
 * (whose path it holds, hash of the AS path, hash of the other attributes), so that at the end of
 * each phase all that was received is checked, not just counted. What is needed when stands here;
 * blast.h tells who does it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/load/blast.h"

static void make_table(struct blast *b)
{
	const struct options *o = &b->opt;
	uint32_t times = o->disjoint ? o->senders : 1;
	const uint32_t n[2] = { o->v4 * times, o->v6 * times };

	b->rng.state = o->seed;
	if (o->mrt)
		mrt_read(&b->table, o->mrt, o->mrt_peer, n);
	else
		table_synthesize(&b->table, &b->rng, n[0], n[1]);
	table_index(&b->table, &b->rng);
	if (o->disjoint && b->table.n_prefixes % o->senders)
		die("%u prefixes do not divide evenly", b->table.n_prefixes);
	if (o->write_mrt)
		mrt_write(&b->table, o->write_mrt);
	if (o->dump_prefixes)
		table_dump(&b->table, o->dump_prefixes);
}

static void dump_stream(const struct octets *stream, const char *file)
{
	FILE *f = fopen(file, "w");

	if (!f || fwrite(stream->p, 1, stream->n, f) != stream->n || fclose(f))
		die("%s: %s", file, strerror(errno));
}

/* Sockets of thousands of peers; no signal when one closes. */
static void prepare_process(void)
{
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
}

/* Returns false, with the report closed, when not all sessions came up in time. */
static bool establish(struct blast *b)
{
	uint64_t start = clock_ns(), end = start + (uint64_t)(b->opt.timeout_s * 1e9), first, now;
	size_t octets = 0;

	worker_start_all(b);
	if (!establish_all(b, end, &first)) {
		fprintf(stderr, "bgpblast: only %d of %d sessions established\n", b->established,
			b->n_sessions);
		report_add(&b->report, ",\"error\":\"established %d of %d\"}", b->established,
			b->n_sessions);
		return false;
	}
	now = clock_ns();
	b->started = true;
	report_add(&b->report,
		",\"dut_as\":%u,\"t_first_established\":%.4f,\"t_all_established\":%.4f,"
		"\"t_est_mono\":%.4f,\"rss_idle_kb\":%ld,\"cpu_idle_s\":%.2f,\"phases\":[",
		b->dut_as, clock_seconds(first, start), clock_seconds(now, start), now / 1e9,
		account_dut_kb(&b->opt, "VmRSS:"), account_dut_cpu_s(&b->opt));
	for (int s = 0; s < b->opt.senders; s++)
		octets += b->stream[s].n;
	fprintf(stderr, "bgpblast: %d sessions established in %.3f s, %u prefixes, %.1f MB\n",
		b->n_sessions, clock_seconds(now, start), b->table.n_prefixes, octets / 1e6);
	return true;
}

static void play_phases(struct blast *b)
{
	char *text = strdup(b->opt.phases), *rest = NULL, *t;

	if (!text)
		die("out of memory");
	for (t = strtok_r(text, ",", &rest); t; t = strtok_r(NULL, ",", &rest))
		phase_run(b, t);
	report_add(&b->report, "],\"session_drops\":%u}", b->drops);
	free(text);
}

/* Closes all sessions with RST: nothing lingers for the next run. */
static void close_sessions(struct blast *b)
{
	const struct linger now = { 1, 0 };

	for (int i = 0; i < b->n_sessions; i++) {
		if (b->session[i].fd < 0)
			continue;
		setsockopt(b->session[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		close(b->session[i].fd);
	}
}

int main(int argc, char **argv)
{
	struct blast *b = xalloc(sizeof *b);
	const struct options *o = &b->opt;

	options_parse(&b->opt, argc, argv);
	make_table(b);
	setup_sessions(b);
	setup_streams(b);
	report_head(b);
	if (o->dump_stream)
		dump_stream(&b->stream[0], o->dump_stream);
	if (o->stats || o->write_mrt || o->dump_prefixes || o->dump_stream) {
		report_add(&b->report, "}");
		puts(b->report.text);
		return 0;
	}
	prepare_process();
	if (!establish(b)) {
		puts(b->report.text);
		return 1;
	}
	play_phases(b);
	puts(b->report.text);
	fflush(stdout);
	worker_join_all(b);
	close_sessions(b);
	return 0;
}
