/* SPDX-License-Identifier: Apache-2.0 */
/* Time and memory of processes. One that has ended counts nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/load/blast.h"

static FILE *open_proc(int pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	return fopen(path, "r");
}

/* By the clocks of processes: to the 10 ms of /proc, a small table takes no time at all. */
double account_dut_cpu_s(const struct options *o)
{
	double sum = 0;

	for (int i = 0; i < o->n_pids; i++) {
		struct timespec t;
		clockid_t clock;

		if (!clock_getcpuclockid(o->pid[i], &clock) && !clock_gettime(clock, &t))
			sum += t.tv_sec + t.tv_nsec / 1e9;
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
