/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container bfd of a VBR or VPC.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct conf_node;
struct vault;

/** 0, or -EINVAL with err. */
int read_bfd(const struct conf_node *n, const struct vault *sec, const char *path,
	struct model_bfd *b, struct errbuf *err);
