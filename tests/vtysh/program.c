/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vtysh/program.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CUnit/CUnit.h>

#include "lib/base/xalloc.h"

#define MAX_ARGS  32
#define MAX_BYTES (1u << 20)

char *program_read_file(const char *name)
{
	FILE *f = fopen(name, "re");
	char *text = xcalloc(1, MAX_BYTES + 1);

	if (f) {
		(void)!fread(text, 1, MAX_BYTES, f);
		(void)fclose(f);
	}
	return text;
}

void program_exec(const struct fake_daemon *f, const char *const *args)
{
	const char *dir = getenv("VBRD_BUILDDIR");
	char *argv[MAX_ARGS + 4] = { NULL };
	int n = 0;

	argv[n++] = xasprintf("%s/vtysh/vbrsh", dir ? dir : ".");
	argv[n++] = xstrdup("--socket");
	argv[n++] = xstrdup(f->path);
	for (int i = 0; args[i] && n < MAX_ARGS; i++)
		argv[n++] = xstrdup(args[i]);
	(void)execv(argv[0], argv);
	_exit(99);
}

void program_run(struct program_run *r, const struct fake_daemon *f, const char *const *args)
{
	char *out = xasprintf("%s/out", f->dir);
	char *err = xasprintf("%s/err", f->dir);
	const pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		(void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		(void)dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
		(void)dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
		program_exec(f, args);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	r->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	r->out = program_read_file(out);
	r->err = program_read_file(err);
	(void)unlink(out);
	(void)unlink(err);
	free(out);
	free(err);
}

void program_run_fini(struct program_run *r)
{
	free(r->out);
	free(r->err);
}
