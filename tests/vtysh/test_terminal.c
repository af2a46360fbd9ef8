/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vbrsh on a terminal: keys go in, the test waits for what the screen must show.
 */
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/xalloc.h"
#include "tests/cu_main.h"
#include "tests/vtysh/program.h"

#define WAIT_STEPS 30 /* of 100 ms; only a failing test waits so long */

struct terminal {
	struct fake_daemon f;
	int fd;
	pid_t pid;
	size_t have;
	char text[1 << 16]; /* all that was seen */
};

/* False, and the test is skipped, where there are no pseudo-terminals. */
static bool terminal_init(struct terminal *t, uint32_t n_routes)
{
	memset(t, 0, sizeof(*t));
	fake_daemon_init(&t->f);
	t->f.n_routes = n_routes;
	t->pid = forkpty(&t->fd, NULL, NULL, NULL);
	if (t->pid == 0) {
		(void)setenv("TERM", "xterm", 1);
		(void)setenv("HOME", t->f.dir, 1);
		(void)setenv("VBRSH_PAGER", "", 1);
		program_exec(&t->f, (const char *const[]){ NULL });
	}
	if (t->pid > 0)
		return true;
	fake_daemon_fini(&t->f);
	cu_skip("no pseudo-terminal to be had: is devpts mounted?");
	return false;
}

/* Ends the shell by keys; returns its history, which the caller frees. */
static char *terminal_fini(struct terminal *t, const char *keys)
{
	char *name = xasprintf("%s/.vbrsh_history", t->f.dir);
	char *history;
	int status = 0;

	(void)!write(t->fd, keys, strlen(keys));
	CU_ASSERT_EQUAL(waitpid(t->pid, &status, 0), t->pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(t->fd);
	history = program_read_file(name);
	(void)unlink(name);
	free(name);
	fake_daemon_fini(&t->f);
	return history;
}

/* What comes within some time; false if nothing does. */
static bool receive(struct terminal *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return false;
	n = read(t->fd, t->text + t->have, sizeof(t->text) - 1 - t->have);
	if (n > 0)
		t->have += (size_t)n;
	return n > 0;
}

/* Keys are for the editor only when it is back: wait until the screen rests. */
static void wait_text(struct terminal *t, size_t from, const char *expect)
{
	for (int i = 0; i < WAIT_STEPS && !strstr(t->text + from, expect); i++)
		(void)receive(t, 100);
	while (receive(t, 50))
		;
	if (!strstr(t->text + from, expect))
		printf("# no \"%s\" in: %s\n", expect, t->text + from);
	CU_ASSERT_PTR_NOT_NULL(strstr(t->text + from, expect));
}

static void type(struct terminal *t, const char *keys, const char *expect)
{
	const size_t from = t->have;

	(void)!write(t->fd, keys, strlen(keys));
	wait_text(t, from, expect);
}

static void question_mark_and_tab_help_in_both_modes(void)
{
	struct terminal t;

	if (!terminal_init(&t, 3))
		return;
	wait_text(&t, 0, "edge-1# ");
	type(&t, "show bgp ?", "one line a session");
	type(&t, "su\t", "mmary ");
	type(&t, "tenant ?", "beta");
	type(&t, "a\t\n", "established");
	type(&t, "show v?", "versions of the daemon");
	type(&t, "\x03", "^C");
	type(&t, "conf\n", "edge-1(config)# ");
	type(&t, "tenant ac\t", "Gme ");
	type(&t, "\n", "edge-1(config-tenant-acme)# ");
	type(&t, "vb hz-a\n", "edge-1(config-tenant-acme-vbr-hz-a)# ");
	type(&t, "vlan-id ?", "2999");
	type(&t, "100\n", "vbr-hz-a)# ");
	type(&t, "commit\n", "committed as revision 7");
	type(&t, "\x1a", "edge-1# ");
	free(terminal_fini(&t, "\x04"));
	CU_ASSERT_EQUAL(t.f.n_commits, 1);
}

static void end_of_file_goes_up_one_level(void)
{
	struct terminal t;

	if (!terminal_init(&t, 3))
		return;
	wait_text(&t, 0, "edge-1# ");
	type(&t, "configure\n", "edge-1(config)# ");
	type(&t, "tenant acme\n", "edge-1(config-tenant-acme)# ");
	type(&t, "\x04", "edge-1(config)# ");
	type(&t, "\x04", "edge-1# ");
	free(terminal_fini(&t, "\x04"));
}

static void history_has_no_secrets(void)
{
	struct terminal t;
	char *history;

	if (!terminal_init(&t, 3))
		return;
	wait_text(&t, 0, "edge-1# ");
	type(&t, "show bgp summary\n", "established");
	type(&t, "some password s3cret\n", "unknown command");
	history = terminal_fini(&t, "quit\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(history, "bgp"));
	CU_ASSERT_PTR_NULL(strstr(history, "s3cret"));
	free(history);
}

static void interrupt_cancels_a_long_answer(void)
{
	struct terminal t;

	if (!terminal_init(&t, 100000000))
		return;
	wait_text(&t, 0, "edge-1# ");
	type(&t, "show bgp routes tenant acme vbr hz-a | begin nothing\n", "\n");
	usleep(300000);
	type(&t, "\x03", "edge-1# ");
	free(terminal_fini(&t, "quit\n"));
	CU_ASSERT_EQUAL(t.f.n_cancelled, 1);
}

static const struct cu_case cases[] = {
	CU_CASE(question_mark_and_tab_help_in_both_modes),
	CU_CASE(end_of_file_goes_up_one_level),
	CU_CASE(history_has_no_secrets),
	CU_CASE(interrupt_cancels_a_long_answer),
};

CU_SUITE(terminal, cases);
