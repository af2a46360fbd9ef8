/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of physical connections, of what is hosted and what stands on them, and of consents.
 */
#pragma once

#include "vbr/model/model.h"

struct conf_node;

/** 0, or -EINVAL with err when a time is none. */
int read_accept(const struct conf_node *n, struct model_accept *a, struct errbuf *err);
void read_vswitches(const struct conf_node *n, struct model_vpc *v);
/** The lines that a VBR stands on: its own words, and additional-connection. */
void read_circuits(const struct conf_node *n, struct model_vbr *v);
/** Tags of a VBR. */
void read_tags(const struct conf_node *n, struct model_vbr *v);
int read_physconn(const struct conf_node *n, struct model_physconn *p, struct errbuf *err);
