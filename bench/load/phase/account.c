/* SPDX-License-Identifier: Apache-2.0 */
/* Time and memory of processes, as /proc has them. A process that has ended counts nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/load/blast.h"

static FILE *open_proc(int pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	return fopen(path, "r");
}

static unsigned long read_ticks(FILE *f)
{
	unsigned long user = 0, system = 0;
	char line[1024], *p;
	size_t n = fread(line, 1, sizeof line - 1, f);

	line[n] = '\0';
	p = strrchr(line, ')'); /* of the name, which may hold anything */
	if (p)
		sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			&system);
	return user + system;
}

double account_dut_cpu_s(const struct options *o)
{
	double sum = 0;

	for (int i = 0; i < o->n_pids; i++) {
		FILE *f = open_proc(o->pid[i], "stat");

		if (!f)
			continue;
		sum += (double)read_ticks(f) / sysconf(_SC_CLK_TCK);
		fclose(f);
	}
	return sum;
}

long account_dut_kb(const struct options *o, const char *key)
{
	size_t n = strlen(key);
	char line[256];
	long sum = 0;

	for (int i = 0; i < o->n_pids; i++) {
		FILE *f = open_proc(o->pid[i], "status");

		if (!f)
			continue;
		while (fgets(line, sizeof line, f))
			if (!strncmp(line, key, n))
				sum += atol(line + n);
		fclose(f);
	}
	return sum;
}

double account_own_cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
		(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
