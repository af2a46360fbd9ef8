/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vbrd: options, signals, start and stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "lib/base/errbuf.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"
#include "lib/io/loop.h"
#include "vbr/daemon.h"
#include "vbr/logmsg.h"
#include "vbr/process.h"

enum exit_code { /* contract section 1 */
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INVALID = 5,
};

#define MAX_WORKERS 64

struct options {
	struct daemon_params d;
	bool check;
	enum log_level level;
	enum log_target target;
	bool has_level;
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "state-dir", required_argument, NULL, 's' },
	{ "run-dir", required_argument, NULL, 'r' },
	{ "workers", required_argument, NULL, 'w' },
	{ "log-level", required_argument, NULL, 'l' },
	{ "log-target", required_argument, NULL, 't' },
	{ "check", no_argument, NULL, 'C' },
	{ "replace", no_argument, NULL, 'R' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void usage(FILE *f)
{
	fputs("usage: vbrd [-c FILE] [--replace] [--state-dir DIR] [--run-dir DIR] [--workers N]\n"
	      "            [--log-level error|warning|notice|info|debug]\n"
	      "            [--log-target stderr|syslog] [--check] [-V] [-h]\n"
	      "  -c FILE      configuration, text or JSON (default: " VBRD_SYSCONFDIR
	      "/vbrd.conf)\n"
	      "  --replace    take FILE although the state directory has a newer configuration\n"
	      "  --check      read and validate FILE, print each error, exit 0 or 5\n",
		f);
}

static int usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "vbrd: %s \"%s\"\n", what, arg);
	usage(stderr);
	return EXIT_USAGE;
}

/* -1 to go on, else an exit code. */
static int parse_option(int c, struct options *o)
{
	char *end;

	switch (c) {
	case 'c':
		o->d.file = optarg;
		return -1;
	case 's':
		o->d.state_dir = optarg;
		return -1;
	case 'r':
		o->d.run_dir = optarg;
		return -1;
	case 'w':
		o->d.n_workers = (uint32_t)strtoul(optarg, &end, 10);
		if (*end != '\0' || o->d.n_workers < 1 || o->d.n_workers > MAX_WORKERS)
			return usage_error("--workers takes 1 to 64, not", optarg);
		return -1;
	case 'l':
		o->has_level = true;
		o->d.keep_log_level = true;
		if (log_level_parse(optarg, &o->level) < 0)
			return usage_error("unknown log level", optarg);
		return -1;
	case 't':
		if (strcmp(optarg, "syslog") == 0)
			o->target = LOG_TARGET_SYSLOG;
		else if (strcmp(optarg, "stderr") != 0)
			return usage_error("unknown log target", optarg);
		return -1;
	case 'C':
		o->check = true;
		return -1;
	case 'R':
		o->d.replace = true;
		return -1;
	case 'V':
		puts("vbrd " VERSION);
		return EXIT_OK;
	case 'h':
		usage(stdout);
		return EXIT_OK;
	default:
		usage(stderr);
		return EXIT_USAGE;
	}
}

static uint32_t default_workers(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores <= 2 ? 1 : cores - 1 > MAX_WORKERS ? MAX_WORKERS : (uint32_t)(cores - 1);
}

static int parse_options(int argc, char **argv, struct options *o)
{
	const char *yang = getenv("VBRD_YANGDIR");
	int c;

	o->d.state_dir = VBRD_STATEDIR;
	o->d.run_dir = VBRD_RUNDIR;
	o->d.yang_dir = yang != NULL ? yang : VBRD_YANGDIR;
	o->d.n_workers = default_workers();
	while ((c = getopt_long(argc, argv, "c:Vh", long_options, NULL)) != -1) {
		int ret = parse_option(c, o);

		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		return usage_error("unexpected argument", argv[optind]);
	if (o->d.file == NULL && access(VBRD_SYSCONFDIR "/vbrd.conf", F_OK) == 0)
		o->d.file = VBRD_SYSCONFDIR "/vbrd.conf";
	return -1;
}

static void print_errors(const struct errbuf *err)
{
	char *text = errbuf_format(err);

	if (text[0] != '\0')
		fprintf(stderr, "%s\n", text);
	free(text);
}

static int check(const struct options *o)
{
	struct errbuf err;
	int ret;

	if (o->d.file == NULL) {
		fprintf(stderr, "vbrd: --check needs a file: give -c FILE\n");
		return EXIT_USAGE;
	}
	errbuf_init(&err);
	ret = daemon_check(&o->d, &err);
	print_errors(&err);
	errbuf_fini(&err);
	return ret == 0 ? EXIT_OK : EXIT_INVALID;
}

static void on_stop(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	process_notify("STOPPING=1");
	daemon_shutdown(arg, false);
}

static void on_hup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	daemon_reload(arg);
}

static int run_until_stopped(struct loop *l, struct daemon *d)
{
	struct event *sigs[] = {
		evsignal_new(loop_base(l), SIGTERM, on_stop, d),
		evsignal_new(loop_base(l), SIGINT, on_stop, d),
		evsignal_new(loop_base(l), SIGHUP, on_hup, d),
	};
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		event_add(sigs[i], NULL);
	process_notify("READY=1");
	ret = loop_run(l);
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		event_free(sigs[i]);
	return ret;
}

static int run(const struct options *o)
{
	struct loop *l = loop_new("main");
	struct errbuf err;
	struct daemon *d;
	int ret;

	if (l == NULL) {
		fprintf(stderr, "vbrd: cannot make an event loop: %m\n");
		return EXIT_FAILED;
	}
	errbuf_init(&err);
	d = daemon_new(l, &o->d, &err);
	if (d == NULL) {
		ret = errno == EINVAL || errno == ENOENT ? EXIT_INVALID : EXIT_FAILED;
		logmsg_errors("cannot start:", &err);
		errbuf_fini(&err);
		loop_free(l);
		return ret;
	}
	errbuf_fini(&err);
	ret = run_until_stopped(l, d);
	daemon_free(d);
	loop_free(l);
	libevent_global_shutdown();
	return ret == 0 ? EXIT_OK : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	int ret = parse_options(argc, argv, &o);

	if (ret >= 0)
		return ret;
	log_open("vbrd", o.target);
	log_set_level(o.has_level ? o.level : LOG_LEVEL_INFO);
	if (o.check)
		return check(&o);
	signal(SIGPIPE, SIG_IGN);
	process_raise_limits();
	ret = process_drop_privileges();
	if (ret < 0)
		log_warning("cannot drop privileges: %s", strerror(-ret));
	return run(&o);
}
