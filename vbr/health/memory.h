/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways that were dead when vbrd was last here, as a file of names. Without it a restart sends
 * what has long left a dead way back into it, until threshold probes are lost anew.
 *
 * Written aside and renamed, not synced: it outlives the process, not the machine, and that is all
 * that is wanted, for a kernel that was booted anew forwards by nothing. What cannot be read is
 * forgotten, which costs those probes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/net/prefix.h"
#include "vbr/model/model.h"

/* What a verdict is about. Another target is another question. */
struct health_way {
	bool is_vbr; /* else a peering connection */
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	struct ip_addr target;
};

struct health_memory {
	struct health_way *v; /* owned */
	uint32_t n;
};

/** Nobody has the file: nothing is remembered. 0 or -errno, -EBADMSG: then m has nothing. */
int health_memory_load(struct health_memory *m, const char *path);
/** 0 or -errno: then the file is as it was. */
int health_memory_save(const struct health_memory *m, const char *path);
void health_memory_add(struct health_memory *m, const struct health_way *w);
bool health_memory_has(const struct health_memory *m, const struct health_way *w);
/** Empty again. */
void health_memory_fini(struct health_memory *m);
