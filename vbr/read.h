/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From configuration trees to objects of the model: the only place where names of the YANG
 * model and fields of the domain meet. Values are resolved here (peer, group, built-in
 * default), so that nobody below asks twice.
 */
#pragma once

#include "conf/conf.h"
#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct vault;

/** Objects whose changes the configuration engine reports; kind is enum model_kind. Static. */
const struct conf_object *read_objects(uint32_t *n);

/**
 * The object after a change; one reference for the caller. NULL with err when a value cannot be
 * used (a secret that does not open).
 */
struct model_obj *read_object(const struct conf_change *ch, const struct vault *sec,
	struct errbuf *err);
/** Key of the object that a change is about: buffers of MODEL_NAME_SIZE. */
struct read_key {
	char tenant[MODEL_NAME_SIZE];
	char name[MODEL_NAME_SIZE];
	char name2[MODEL_NAME_SIZE];
};
void read_key(const struct conf_change *ch, struct read_key *k);
