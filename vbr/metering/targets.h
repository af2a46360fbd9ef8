/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that are metered and their devices, as a model and the plane have them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vbr/ledger/ledger.h"
#include "vbr/model/model.h"

struct model_delta;
struct plane;

struct target_device {
	char name[MODEL_DEVICE_SIZE];
	bool is_others; /* a VLAN on the port of an untagged VBR: not the VBR's */
	bool is_known;  /* has been read since it is a device of the target */
};

struct target {
	struct ledger_entry entry;     /* without its devices */
	struct ledger_entry *paid;     /* owned: the same for who pays instead; NULL: nobody */
	struct model_obj *obj;         /* counted: to see whether it was replaced */
	struct target_device *devices; /* owned */
	uint32_t n_devices;
};

/* By tenant, kind and name. */
struct targets {
	struct target *v; /* owned */
	uint32_t n;
};

/** Of the plane's model. Devices that were known in old stay known. */
void targets_init(struct targets *t, const struct plane *p, const struct targets *old);
void targets_fini(struct targets *t);
/** The one of an object as it was, NULL if that is not metered. */
struct target *targets_find(const struct targets *t, const struct model_obj *was);
/** The same as targets_init, by what a delta touches that the plane has just applied. */
void targets_apply(struct targets *t, const struct plane *p, const struct model_delta *d);
/** Will next not have it any more, under this name and with a device? */
bool target_goes(const struct target *t, const struct model *next);
/** Will next have another payer of it, or none? */
bool target_payer_goes(const struct target *t, const struct model *next);
/** May next change what it is or which devices it has? */
bool target_changes(const struct target *t, const struct model *now, const struct model *next);
