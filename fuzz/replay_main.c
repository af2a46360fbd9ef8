/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over its corpus: each file of fuzz/corpus/<target> of the source tree, or the
 * files named on the command line. Inputs are copied into an allocation of exactly their size, so
 * that the address sanitizer sees a step beyond the end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "lib/base/xalloc.h"

#define INPUT_MAX (1024 * 1024)

static int run_file(const char *path)
{
	uint8_t *data;
	size_t len;
	FILE *f = fopen(path, "rb");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -errno;
	}
	data = xmalloc(INPUT_MAX);
	len = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	data = xrealloc(data, len ? len : 1);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

/* Number of files run, or -errno. */
static int run_directory(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d)
		return -errno;
	while (n >= 0 && (e = readdir(d))) {
		char *path;
		int ret;

		if (e->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", dir, e->d_name);
		ret = run_file(path);
		free(path);
		n = ret ? ret : n + 1;
	}
	closedir(d);
	return n;
}

/* fuzz_open runs fuzz/corpus/open. */
static int run_corpus(const char *program)
{
	const char *src = getenv("VBRD_SRCDIR");
	const char *name = strstr(program, "fuzz_");
	char *dir;
	int n;

	for (const char *next = name; next; next = strstr(next + 1, "fuzz_"))
		name = next;
	dir = xasprintf("%s/fuzz/corpus/%s", src ? src : ".", name ? name + 5 : "");
	n = run_directory(dir);
	free(dir);
	printf("1..1\n%s 1 - %d inputs of %s\n", n > 0 ? "ok" : "not ok", n, name ? name : program);
	return n > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	int ret = 0;

	if (argc < 2)
		return run_corpus(argv[0]);
	for (int i = 1; i < argc && !ret; i++)
		ret = run_file(argv[i]);
	return ret ? 1 : 0;
}
