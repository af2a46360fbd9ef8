/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities: NET_ADMIN for routes, devices and TCP-MD5, NET_BIND_SERVICE for port 179,
 * NET_RAW for sockets bound to a device; SYS_NICE for the priority of the BFD thread, only where
 * the resource limit that permits it could not be raised. Taken away before any thread starts,
 * since Linux keeps them per thread.
 */
#include "vbr/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/base/log.h"
#include "lib/base/xalloc.h"

static const cap_value_t needed[] = { CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW };

static void warn_missing(cap_t had)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		cap_flag_value_t on = CAP_CLEAR;
		char *name;

		if (cap_get_flag(had, needed[i], CAP_PERMITTED, &on) != 0 || on == CAP_SET)
			continue;
		name = cap_to_name(needed[i]);
		log_warning(
			"capability %s is missing: start vbrd as root or with AmbientCapabilities",
			name);
		cap_free(name);
	}
}

/* Of the two ways to a real-time priority for the BFD thread the one without a capability. */
static bool needs_nice(void)
{
	struct rlimit r;

	return getrlimit(RLIMIT_RTPRIO, &r) != 0 || r.rlim_cur == 0;
}

static int keep_one(cap_t keep, cap_t had, cap_value_t what)
{
	cap_flag_value_t on = CAP_CLEAR;

	(void)cap_get_flag(had, what, CAP_PERMITTED, &on);
	if (on == CAP_SET &&
		(cap_set_flag(keep, CAP_PERMITTED, 1, &what, CAP_SET) != 0 ||
			cap_set_flag(keep, CAP_EFFECTIVE, 1, &what, CAP_SET) != 0))
		return -errno;
	return 0;
}

int process_drop_privileges(void)
{
	cap_t had = cap_get_proc();
	cap_t keep = cap_init();
	int ret = 0;

	if (had == NULL || keep == NULL)
		ret = -errno;
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(needed); i++)
		ret = keep_one(keep, had, needed[i]);
	if (ret == 0 && needs_nice())
		ret = keep_one(keep, had, CAP_SYS_NICE);
	if (ret == 0)
		warn_missing(had);
	if (ret == 0 && cap_set_proc(keep) != 0)
		ret = -errno;
	if (ret == 0)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	cap_free(had);
	cap_free(keep);
	return ret;
}

/* So that the BFD thread may have a real-time priority, or a better nice value, later. */
static void permit_priority(void)
{
	const struct rlimit realtime = { 1, 1 };
	const struct rlimit nice = { 40, 40 }; /* 20 - nice value */

	(void)setrlimit(RLIMIT_RTPRIO, &realtime);
	(void)setrlimit(RLIMIT_NICE, &nice);
}

void process_raise_limits(void)
{
	struct rlimit r;

	permit_priority();

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

void process_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (path == NULL || strlen(path) >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, strlen(path));
	/* '@' stands for the abstract name space (sd_notify(3)). */
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&sa,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

#define BOOT_ID_SIZE 64

static void read_line(const char *path, char *dst)
{
	FILE *f = fopen(path, "re");

	if (f == NULL || fgets(dst, BOOT_ID_SIZE, f) == NULL)
		dst[0] = '\0';
	if (f != NULL)
		fclose(f);
}

bool process_kernel_is_same(const char *state_dir)
{
	char *path = xasprintf("%s/boot-id", state_dir);
	char now[BOOT_ID_SIZE];
	char then[BOOT_ID_SIZE];
	bool same;
	FILE *f;

	read_line("/proc/sys/kernel/random/boot_id", now);
	read_line(path, then);
	same = now[0] != '\0' && strcmp(now, then) == 0;
	f = same ? NULL : fopen(path, "we");
	if (f != NULL) {
		/* what is not written makes the next start a cold one: no harm */
		(void)fputs(now, f);
		fclose(f);
	}
	free(path);
	return same;
}

void process_kernel_forget(const char *state_dir)
{
	char *path = xasprintf("%s/boot-id", state_dir);

	(void)unlink(path);
	free(path);
}
