/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switches of a device under /proc/sys/net, as a table. Best effort: a read-only /proc (container)
 * must not keep a device from working, so refusals are told and nothing else.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fib/link/link.h"

#define SETTINGS_MAX 16

/* What was there before; -1 = not changed by us. */
struct settings_saved {
	int32_t v[SETTINGS_MAX];
};

/**
 * Write what a device of this kind needs, keep the old values.
 *
 * @problem  first refusal in words; untouched if there is none
 */
void settings_apply(const char *dev, enum link_kind kind, enum link_mode mode,
	struct settings_saved *saved, char problem[LINK_ERROR_SIZE]);
/** Put the old values back. */
void settings_restore(const char *dev, struct settings_saved *saved);
/** Those that the kernel has for all devices only; never put back. */
void settings_apply_global(enum link_mode mode, char problem[LINK_ERROR_SIZE]);
