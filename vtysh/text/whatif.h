/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a candidate would change, told to people.
 */
#pragma once

#include "proto/vbrd.pb-c.h"

struct output;

void whatif_text(struct output *o, const Vbrd__WhatIf *m);
