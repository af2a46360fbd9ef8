/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container bfd of a VBR.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct conf_node;
struct vault;

/** 0, or -EINVAL with err. */
int read_bfd(const struct conf_node *vbr, const struct vault *sec, struct model_vbr *v,
	struct errbuf *err);
