/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader of physical connections and what is hosted on them.
 */
#pragma once

#include "vbr/model/model.h"

struct conf_node;

void read_physconn(const struct conf_node *n, struct model_physconn *p);
