/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, one line.
 */
#pragma once

#include "proto/vbrd.pb-c.h"

struct output;

void events_text(struct output *o, const Vbrd__Event *e);
