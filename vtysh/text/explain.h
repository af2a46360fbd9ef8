/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An explanation told to people.
 */
#pragma once

#include "proto/vbrd.pb-c.h"

struct output;

void explain_text(struct output *o, const Vbrd__Explanation *m);
