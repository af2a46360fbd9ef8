/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic queues from the configuration: part of vbr/read.h for that subject.
 */
#pragma once

#include "conf/conf.h"
#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

/** Fill a policy. 0 or -EINVAL with err. */
int read_qos(const struct conf_node *n, struct model_qos *q, struct errbuf *err);
