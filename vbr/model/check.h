/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the model's check; nobody else's business (model_check is the entrance).
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct check {
	const struct model *m;
	struct errbuf *err;
};

/**
 * What must be unique or counted over all tenants: VLANs, devices, VBRs a connection, pairs of
 * ends.
 */
void check_unique(const struct check *c);
