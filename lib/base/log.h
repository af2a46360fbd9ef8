/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines to stderr or syslog. Thread-safe: one write(2) a line. Engines log at debug only;
 * sentences for people stand in vbr/logmsg.c. The level is the only process-wide state.
 */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT,
};

enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_SYSLOG,
};

void log_open(const char *ident, enum log_target target);
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);
/** "error", "warning", ...; NULL out of range. */
const char *log_level_name(enum log_level level);
/** 0, or -EINVAL for an unknown name. */
int log_level_parse(const char *name, enum log_level *level);
void log_msg(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_msg(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                         \
	do {                                                   \
		if (log_is_on(LOG_LEVEL_DEBUG))                \
			log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__); \
	} while (0)
