/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is built on the stack of the caller and leaves by one write(2): threads need no lock
 * and lines never mix. Longer lines than LINE_MAX_LEN are cut; control characters, which may
 * come from a peer (a shutdown message, RFC 9003), become '?' so that one event stays one line.
 *
 * The statics here are the exception to "no process-wide state": there is one stderr.
 */
#include "lib/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 4096

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};
_Static_assert(ARRAY_SIZE(level_names) == LOG_LEVEL_COUNT, "every level has a name");

static const int syslog_levels[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_NOTICE] = LOG_NOTICE,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};
_Static_assert(ARRAY_SIZE(syslog_levels) == LOG_LEVEL_COUNT, "every level has a priority");

static _Atomic int current_level = LOG_LEVEL_INFO;
static _Atomic int current_target = LOG_TARGET_STDERR;

void log_open(const char *ident, enum log_target target)
{
	if (target == LOG_TARGET_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	atomic_store_explicit(&current_target, (int)target, memory_order_relaxed);
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

const char *log_level_name(enum log_level level)
{
	return (unsigned)level < LOG_LEVEL_COUNT ? level_names[level] : NULL;
}

int log_level_parse(const char *name, enum log_level *level)
{
	for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* "2026-11-23T12:00:00.123Z warning ", the head of a line on stderr. */
static size_t put_head(char *dst, size_t size, enum log_level level)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(dst, size, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(dst + n, size - n, ".%03dZ %s ", (int)(ts.tv_nsec / 1000000),
		level_names[level]);
	return n;
}

static void mask_controls(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	const bool to_syslog = atomic_load_explicit(&current_target, memory_order_relaxed) ==
		LOG_TARGET_SYSLOG;
	const int saved_errno = errno;
	char line[LINE_MAX_LEN];
	size_t head;
	size_t len;
	va_list ap;

	if (!log_is_on(level))
		return;
	head = to_syslog ? 0 : put_head(line, sizeof(line), level);
	errno = saved_errno; /* fmt may hold %m */
	va_start(ap, fmt);
	vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	va_end(ap);
	mask_controls(line + head);
	if (to_syslog) {
		syslog(syslog_levels[level], "%s", line);
	} else {
		len = head + strlen(line + head);
		line[len++] = '\n';
		(void)!write(STDERR_FILENO, line, len);
	}
	errno = saved_errno;
}
