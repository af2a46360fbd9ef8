/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path can carry at most, and which object says so: line, share of a line, VBR, and peering
 * connection each have a bandwidth, and the smallest wins.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct model;
struct model_circuit;
struct model_peering;
struct model_vbr;

struct model_cap {
	uint64_t bps;     /* 0 = no limit on the path */
	const char *kind; /* "physical-connection", "hosted-connection", "vbr", "peering"; NULL */
	const char *name; /* borrowed from the model */
};

/** Between the data centre and the VBR, by one of its circuits. */
struct model_cap model_circuit_cap(const struct model *m, const struct model_vbr *v,
	const struct model_circuit *w);
/** By all of them: of several, the sum. */
struct model_cap model_vbr_cap(const struct model *m, const struct model_vbr *v);
/** Through a peering connection, from behind one end to behind the other. */
struct model_cap model_peering_cap(const struct model *m, const struct model_peering *p);
/** "vbr hz-a"; "" where nothing limits. */
const char *model_cap_text(const struct model_cap *c, char *dst, size_t size);
