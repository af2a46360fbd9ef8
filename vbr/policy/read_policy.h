/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the policy container of a scope to what bgpd/policy compiles, and to the names that the
 * model checks.
 */
#pragma once

#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct conf_node;
struct policy_conf;

/** 0, or -EINVAL with err. p->rules becomes a struct policy_conf. */
int read_policy(const struct conf_node *n, struct model_policy *p, struct errbuf *err);
