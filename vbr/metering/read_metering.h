/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration's metering and prices to the model.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/metering.h"

struct conf_node;

/** 0, or -EINVAL with a sentence. */
int read_metering(const struct conf_node *n, struct model_metering *m, struct errbuf *err);
