/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of this folder. */
#pragma once

#include "tests/bgpd/model/ref/ref.h"

bool ref_has_u32(const uint32_t *v, unsigned n, uint32_t x);
/** The AS that the outside knows. */
uint32_t ref_public_as(const struct ref_instance *i);
/** The AS that a neighbour outside takes us for, if it is not that one; else 0. */
uint32_t ref_fake_as(const struct ref *m, const struct ref_peer *p);
uint32_t ref_cluster_id(const struct ref_instance *i);
/** RFC 9234: what we are towards it; nothing inside. */
enum bgp_role ref_role_of(const struct ref_peer *p);
bool ref_is_above_or_beside(enum bgp_role ours);
bool ref_is_below_or_beside(enum bgp_role ours);

/** Adds what the neighbours of an instance offer for a prefix. */
void ref_gather_peers(struct ref *m, unsigned inst, unsigned pfx);
struct ref_path *ref_add_path(struct ref_net *n);
/** Whose death kills what is carried from here. */
uint32_t ref_net_key(const struct ref *m, const struct ref_net *n);

/** Marks and reasons of all paths; best of the net. */
void ref_decide(const struct ref *m, struct ref_net *n, const struct ref_instance *i);
/** Smaller is better. */
int64_t ref_step_value(const struct ref *m, const struct ref_path *p, enum rib_reason step);

/** Does a map permit a path? The path is as it was. */
bool ref_map_permits(const struct ref *m, uint8_t map, unsigned pfx, const struct ref_path *p);
/** Is there a best path in the table, of the family, that the map permits? */
bool ref_is_met(const struct ref *m, unsigned inst, unsigned family, uint8_t map);
void ref_gather_default(struct ref *m, unsigned inst, unsigned pfx);
/** When all else is decided: what they stand on does not depend on them. */
void ref_compute_aggregates(struct ref *m);
/** Is a summary announced in its place? */
bool ref_is_suppressed(const struct ref *m, unsigned inst, unsigned pfx);
